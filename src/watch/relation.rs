//! How two answers stand to each other: NEAR, BEFORE, SAME SENTENCE, SAME PARAGRAPH, NOT NEAR, in one walk over both.

use std::ops::Range;

use super::document::Place;
use super::matcher::{OCCURRENCES_MOST, Occurrence, Space};
use super::plan::{NodeId, Plan};
use super::syntax::Relation;

impl Space {
    pub(super) fn relation(&mut self, plan: &Plan, relation: Relation, left: NodeId, right: NodeId) -> Range<usize> {
        let left = self.places(plan, left);
        if left.is_empty() {
            return left;
        }
        let right = self.places(plan, right);
        if right.is_empty() {
            return if matches!(relation, Relation::NotNear(_)) { left } else { right };
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
            return matches!(relation, Relation::NotNear(_));
        }
        let mut holds = false;
        self.pairs(relation, left, right, |_, _| {
            holds = true;
            false
        });
        holds
    }

    /// Visits the pairs that stand as asked, until the visitor has seen enough; of NOT NEAR, each left one that stands
    /// alone, with itself. Both sides are sorted, so one walk serves: what ended too early for one left occurrence has
    /// ended too early for all later ones.
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
            if let Relation::NotNear(_) = relation {
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
            Relation::Near(n) | Relation::NotNear(n) => other.last + n + 1 < one.first,
            Relation::Before(_) => other.last < one.first,
            Relation::SameSentence => self.sentence(other.last) < self.sentence(one.first),
            Relation::SameParagraph => self.paragraph(other.last) < self.paragraph(one.first),
        }
    }

    /// Whether `other` begins too late for `one`, as do all behind it.
    fn is_behind(&self, relation: Relation, other: Occurrence, one: Occurrence) -> bool {
        match relation {
            Relation::Near(n) | Relation::NotNear(n) | Relation::Before(n) => other.first > one.last + n + 1,
            Relation::SameSentence => self.sentence(other.first) > self.sentence(one.last),
            Relation::SameParagraph => self.paragraph(other.first) > self.paragraph(one.last),
        }
    }

    fn sentence(&self, at: Place) -> u32 {
        self.document.token(at).sentence
    }

    fn paragraph(&self, at: Place) -> u32 {
        self.document.token(at).paragraph
    }

    fn stands(&self, relation: Relation, one: Occurrence, other: Occurrence) -> bool {
        let are_apart = one.last < other.first || other.last < one.first;
        let (first, last) = (one.first.min(other.first), one.last.max(other.last));
        match relation {
            Relation::Near(n) => are_apart && is_near(one, other, n),
            Relation::Before(n) => one.last < other.first && is_near(one, other, n),
            Relation::SameSentence => are_apart && self.sentence(first) == self.sentence(last),
            Relation::SameParagraph => are_apart && self.paragraph(first) == self.paragraph(last),
            Relation::NotNear(n) => is_near(one, other, n),
        }
    }
}

/// A sorted answer from which what lies too early is dropped for good.
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

/// Whether at most `n` words stand between two occurrences; overlapping ones are near.
fn is_near(one: Occurrence, other: Occurrence, n: u32) -> bool {
    let (before, after) = if one.first <= other.first { (one, other) } else { (other, one) };
    after.first <= before.last || after.first - before.last - 1 <= n
}
