//! Relations of two results: NEAR, BEFORE, SAME SENTENCE, SAME PARAGRAPH, NOT NEAR, in one walk over both.

use std::ops::Range;

use super::matcher::{OCCURRENCES_MOST, Occurrence, Space};
use super::plan::{NodeId, Plan};
use super::syntax::{Reach, Relation};

impl Space {
    pub(super) fn relation(&mut self, plan: &Plan, relation: Relation, left: NodeId, right: NodeId) -> Range<usize> {
        let left = self.places(plan, left);
        if left.is_empty() {
            return left;
        }
        let right = self.places(plan, right);
        if right.is_empty() {
            return if matches!(relation, Relation::NotNear(..)) { left } else { right };
        }
        self.gather(|space, fresh| {
            space.pairs(relation, left, right, |one, other| {
                fresh.push(Occurrence { first: one.first.min(other.first), last: one.last.max(other.last) });
                fresh.len() < OCCURRENCES_MOST
            });
        })
    }

    pub(super) fn relation_holds(&mut self, plan: &Plan, relation: Relation, left: NodeId, right: NodeId) -> bool {
        let left = self.places(plan, left);
        if left.is_empty() {
            return false;
        }
        let right = self.places(plan, right);
        if right.is_empty() {
            return matches!(relation, Relation::NotNear(..));
        }
        let mut holds = false;
        self.pairs(relation, left, right, |_, _| {
            holds = true;
            false
        });
        holds
    }

    /// Visits the pairs that meet the relation, until the visitor has seen enough; for NOT NEAR, each left one without
    /// a partner, paired with itself. Both sides are sorted, so one walk is enough: an occurrence that ended too early
    /// for one left occurrence also ended too early for all later ones.
    fn pairs(
        &self,
        relation: Relation,
        left: Range<usize>,
        right: Range<usize>,
        mut visit: impl FnMut(Occurrence, Occurrence) -> bool,
    ) {
        let mut rights = Lower::new(right);
        for one in &self.found[left] {
            rights.skip(&self.found, |other| self.is_before(relation, *other, *one));
            let near = rights.from(&self.found).iter().take_while(|other| !self.is_behind(relation, **other, *one));
            let mut standing = near.filter(|other| self.stands(relation, *one, **other));
            if let Relation::NotNear(..) = relation {
                if standing.next().is_none() && !visit(*one, *one) {
                    return;
                }
                continue;
            }
            for other in standing {
                if !visit(*one, *other) {
                    return;
                }
            }
        }
    }

    /// Whether `other` ends too early for `one`, and so for all that begin later.
    fn is_before(&self, relation: Relation, other: Occurrence, one: Occurrence) -> bool {
        match relation {
            Relation::Near(n, _) | Relation::NotNear(n, _) => other.last + n + 1 < one.first,
            Relation::Before(..) => other.last < one.first,
            Relation::SameSentence => self.document.sentence(other.last) < self.document.sentence(one.first),
            Relation::SameParagraph => self.document.paragraph(other.last) < self.document.paragraph(one.first),
        }
    }

    /// Whether `other` begins too late for `one`, as do all behind it.
    fn is_behind(&self, relation: Relation, other: Occurrence, one: Occurrence) -> bool {
        match relation {
            Relation::Near(n, _) | Relation::NotNear(n, _) | Relation::Before(n, _) => other.first > one.last + n + 1,
            Relation::SameSentence => self.document.sentence(other.first) > self.document.sentence(one.last),
            Relation::SameParagraph => self.document.paragraph(other.first) > self.document.paragraph(one.last),
        }
    }

    fn stands(&self, relation: Relation, one: Occurrence, other: Occurrence) -> bool {
        let are_apart = one.last < other.first || other.last < one.first;
        let (first, last) = (one.first.min(other.first), one.last.max(other.last));
        match relation {
            Relation::Near(n, reach) => are_apart && self.is_near(one, other, n, reach),
            Relation::Before(n, reach) => one.last < other.first && self.is_near(one, other, n, reach),
            Relation::SameSentence => are_apart && self.document.sentence(first) == self.document.sentence(last),
            Relation::SameParagraph => are_apart && self.document.paragraph(first) == self.document.paragraph(last),
            Relation::NotNear(n, reach) => self.is_near(one, other, n, reach),
        }
    }

    /// Whether at most `n` words are between two occurrences, and no end of the sentence or paragraph that they must
    /// share; overlapping ones are near.
    fn is_near(&self, one: Occurrence, other: Occurrence, n: u32, reach: Reach) -> bool {
        let (before, after) = if one.first <= other.first { (one, other) } else { (other, one) };
        if after.first <= before.last {
            return true;
        }
        let document = &self.document;
        after.first - before.last - 1 <= n
            && match reach {
                Reach::Sentence => document.is_one_sentence(before.last, after.first),
                Reach::Paragraph => document.paragraph(before.last) == document.paragraph(after.first),
            }
    }
}

/// A sorted result from which occurrences that are too early are dropped for good.
pub(super) struct Lower {
    rest: Range<usize>,
}

impl Lower {
    pub(super) fn new(range: Range<usize>) -> Lower {
        Lower { rest: range }
    }

    pub(super) fn skip(&mut self, found: &[Occurrence], is_early: impl Fn(&Occurrence) -> bool) {
        while !self.rest.is_empty() && is_early(&found[self.rest.start]) {
            self.rest.start += 1;
        }
    }

    pub(super) fn from<'f>(&self, found: &'f [Occurrence]) -> &'f [Occurrence] {
        &found[self.rest.clone()]
    }
}
