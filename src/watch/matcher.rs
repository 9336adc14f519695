//! One article against the plan: postings per term, then the nodes that the watches called up ask for, each answered once.
//!
//! Nothing is allocated once the vectors have grown; stamps tell this article's answers from older ones.

use std::ops::Range;

use super::document::{Document, Place, place};
use super::lexicon::{Memory, TermId};
use super::plan::{NodeId, Op, Plan};
use super::syntax::{Part, Relation};
use crate::model::{Article, Feed};

/// Where something was found: its first and its last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Occurrence {
    pub(super) first: Place,
    pub(super) last: Place,
}

/// Occurrences kept of one node. Only texts made to exhaust us have more; their answer stays yes.
const OCCURRENCES_MOST: usize = 100_000;

/// Words between neighbours of bare words side by side.
pub(super) const LOOSE_WORDS_BETWEEN: u32 = 5;

/// An answer of this article when the stamp is its.
#[derive(Clone, Copy, Debug, Default)]
struct Answer {
    stamp: u32,
    start: u32,
    end: u32,
}

/// The working space of one thread, reused from article to article.
#[derive(Debug, Default)]
pub(super) struct Space {
    pub(super) document: Document,
    memory: Memory,
    stamp: u32,
    /// Per term: how many occurrences, then where in `found` they lie.
    postings: Vec<Answer>,
    /// The terms of this article.
    pub(super) touched: Vec<TermId>,
    hits: Vec<(TermId, Occurrence)>,
    /// The occurrences of terms, then those of nodes as they are worked out.
    found: Vec<Occurrence>,
    places: Vec<Answer>,
    truths: Vec<(u32, bool)>,
}

impl Space {
    /// Makes room for a plan, forgetting another's answers.
    pub(super) fn fit(&mut self, plan: &Plan) {
        *self = Space { document: std::mem::take(&mut self.document), ..Space::default() };
        self.postings.resize(plan.lexicon.len(), Answer::default());
        self.places.resize(plan.nodes.len(), Answer::default());
        self.truths.resize(plan.nodes.len(), (0, false));
    }

    /// Looks every word of the document up, and sorts what was found by term.
    pub(super) fn look_up(&mut self, plan: &Plan, article: &Article, feed: Option<&Feed>) {
        self.begin();
        let document = &self.document;
        let joined = &document.tokens.joined;
        let mut next_joined = 0;
        let mut note = |form: u64, first: Place, last: Place| {
            let raw = || document.raw(article, feed, first, last);
            for number in self.memory.terms(&plan.lexicon, form, raw) {
                let (term, keeps_case) = self.memory.get(number);
                if !keeps_case || plan.lexicon.fits_case(term, raw()) {
                    self.hits.push((term, Occurrence { first, last }));
                }
            }
        };
        for (segment, range) in document.ranges() {
            for index in range.clone() {
                let first = place(segment, index - range.start);
                note(document.tokens.tokens[index as usize].form, first, first);
                while let Some(joined) = joined.get(next_joined).filter(|joined| joined.first == index) {
                    note(joined.form, first, first + joined.last - joined.first);
                    next_joined += 1;
                }
            }
        }
        for (term, _) in &self.hits {
            let posting = &mut self.postings[*term as usize];
            if posting.stamp != self.stamp {
                *posting = Answer { stamp: self.stamp, start: 0, end: 0 };
                self.touched.push(*term);
            }
            posting.end += 1;
        }
        let mut start = 0;
        for term in &self.touched {
            let posting = &mut self.postings[*term as usize];
            let count = posting.end;
            (posting.start, posting.end) = (start, start);
            start += count;
        }
        self.found.resize(start as usize, Occurrence { first: 0, last: 0 });
        for (term, occurrence) in &self.hits {
            let posting = &mut self.postings[*term as usize];
            self.found[posting.end as usize] = *occurrence;
            posting.end += 1;
        }
    }

    fn begin(&mut self) {
        self.hits.clear();
        self.found.clear();
        self.touched.clear();
        if self.stamp == u32::MAX {
            // Once in four billion articles the stamps begin anew.
            self.postings.fill(Answer::default());
            self.places.fill(Answer::default());
            self.truths.fill((0, false));
            self.stamp = 0;
        }
        self.stamp += 1;
    }

    /// Whether a node matches. Does less than `places` where yes or no is enough.
    pub(super) fn matches(&mut self, plan: &Plan, node: NodeId) -> bool {
        let (stamp, known) = self.truths[node as usize];
        if stamp == self.stamp {
            return known;
        }
        let is_match = match &plan.nodes[node as usize] {
            Op::Never => false,
            Op::Or(nodes) => nodes.iter().any(|node| self.matches(plan, *node)),
            Op::And(all, none) => {
                all.iter().all(|node| self.matches(plan, *node)) && !none.iter().any(|node| self.matches(plan, *node))
            }
            Op::AnyOf(n, nodes) => {
                let mut missing = *n;
                nodes.iter().any(|node| {
                    missing -= u32::from(self.matches(plan, *node));
                    missing == 0
                })
            }
            Op::Relation(relation, left, right) if !matches!(relation, Relation::NotNear(_)) => {
                !self.places(plan, *left).is_empty()
                    && !self.places(plan, *right).is_empty()
                    && !self.places(plan, node).is_empty()
            }
            _ => !self.places(plan, node).is_empty(),
        };
        self.truths[node as usize] = (self.stamp, is_match);
        is_match
    }

    /// Where a node matches, in order; for those that only say yes or no, nowhere.
    pub(super) fn places(&mut self, plan: &Plan, node: NodeId) -> Range<usize> {
        let known = self.places[node as usize];
        if known.stamp == self.stamp {
            return known.start as usize..known.end as usize;
        }
        let range = match &plan.nodes[node as usize] {
            Op::Never | Op::And(..) | Op::AnyOf(..) => 0..0,
            Op::Term(term, part) => self.term(*term, *part),
            Op::Unmasked(inner, mask) => self.unmasked(plan, *inner, *mask),
            Op::Or(nodes) => {
                let ranges: Vec<_> = nodes.iter().map(|node| self.places(plan, *node)).collect();
                self.gather(|space| ranges.iter().for_each(|range| space.found.extend_from_within(range.clone())))
            }
            Op::Phrase(steps) => self.phrase(plan, steps),
            Op::Loose(nodes) => self.loose(plan, nodes),
            Op::Relation(relation, left, right) => self.relation(plan, *relation, *left, *right),
            Op::AtLeast(n, inner) => self.at_least(plan, *n, *inner),
        };
        self.places[node as usize] = Answer { stamp: self.stamp, start: range.start as u32, end: range.end as u32 };
        range
    }

    pub(super) fn found(&self, range: Range<usize>) -> &[Occurrence] {
        &self.found[range]
    }

    /// How often it is said: repeats of the title in the text do not count, nor do overlaps.
    pub(super) fn count(&self, range: Range<usize>) -> u32 {
        let mut count = 0;
        let mut behind = None;
        for occurrence in &self.found[range] {
            let is_new = behind.is_none_or(|behind| occurrence.first > behind);
            if is_new && !self.document.is_repeat(occurrence.first) {
                count += 1;
                behind = Some(occurrence.last);
            }
        }
        count
    }

    fn term(&mut self, term: TermId, part: Option<Part>) -> Range<usize> {
        let posting = self.postings[term as usize];
        if posting.stamp != self.stamp {
            return 0..0;
        }
        let (start, end) = (posting.start as usize, posting.end as usize);
        match part {
            None => {
                let text_end = self.document.text_end();
                start..start + self.found[start..end].partition_point(|occurrence| occurrence.first < text_end)
            }
            Some(part) => self.gather(|space| {
                for at in start..end {
                    let occurrence = space.found[at];
                    if space.document.is_in(occurrence.first, part) {
                        space.found.push(occurrence);
                    }
                }
            }),
        }
    }

    fn unmasked(&mut self, plan: &Plan, inner: NodeId, mask: NodeId) -> Range<usize> {
        let range = self.places(plan, inner);
        if range.is_empty() {
            return range;
        }
        let mask = self.places(plan, mask);
        if mask.is_empty() {
            return range;
        }
        self.gather(|space| {
            for at in range.clone() {
                let occurrence = space.found[at];
                let touches = |mask: &Occurrence| mask.first <= occurrence.last && occurrence.first <= mask.last;
                if !space.found[mask.clone()].iter().any(touches) {
                    space.found.push(occurrence);
                }
            }
        })
    }

    fn phrase(&mut self, plan: &Plan, steps: &[(u32, NodeId)]) -> Range<usize> {
        let mut ranges = Vec::with_capacity(steps.len());
        for (gap, node) in steps {
            let range = self.places(plan, *node);
            if range.is_empty() {
                return 0..0;
            }
            ranges.push((*gap, range));
        }
        self.gather(|space| {
            for at in ranges[0].1.clone() {
                let first = space.found[at];
                space.follow(first.first, first.last, &ranges[1..]);
            }
        })
    }

    /// Goes on with a phrase that has come as far as `last`.
    fn follow(&mut self, first: Place, last: Place, rest: &[(u32, Range<usize>)]) {
        let Some(((gap, range), rest)) = rest.split_first() else {
            self.found.push(Occurrence { first, last });
            return;
        };
        let wanted = last + 1 + gap;
        let mut at = range.start + self.found[range.clone()].partition_point(|occurrence| occurrence.first < wanted);
        while at < range.end && self.found[at].first == wanted {
            self.follow(first, self.found[at].last, rest);
            at += 1;
        }
    }

    fn loose(&mut self, plan: &Plan, nodes: &[NodeId]) -> Range<usize> {
        let mut ranges = Vec::with_capacity(nodes.len());
        for node in nodes {
            let range = self.places(plan, *node);
            if range.is_empty() {
                return 0..0;
            }
            ranges.push(range);
        }
        self.gather(|space| {
            for (number, range) in ranges.iter().enumerate() {
                for at in range.clone() {
                    let mut used = 1_u64 << number;
                    let first = space.found[at];
                    space.spread(first, first.last, &mut used, &ranges);
                }
            }
        })
    }

    /// Adds to a loose phrase from `first` to `last` each word not used yet that stands near behind it.
    fn spread(&mut self, first: Occurrence, last: Place, used: &mut u64, ranges: &[Range<usize>]) {
        if used.count_ones() as usize == ranges.len() {
            self.found.push(Occurrence { first: first.first, last });
            return;
        }
        let paragraph = self.document.token(first.first).paragraph;
        for (number, range) in ranges.iter().enumerate() {
            if *used & 1 << number != 0 {
                continue;
            }
            let mut at = range.start + self.found[range.clone()].partition_point(|occurrence| occurrence.first <= last);
            while at < range.end && self.found[at].first - last - 1 <= LOOSE_WORDS_BETWEEN {
                let next = self.found[at];
                if self.document.token(next.last).paragraph != paragraph {
                    break;
                }
                *used |= 1 << number;
                self.spread(first, next.last, used, ranges);
                *used &= !(1 << number);
                at += 1;
            }
        }
    }

    fn relation(&mut self, plan: &Plan, relation: Relation, left: NodeId, right: NodeId) -> Range<usize> {
        let left = self.places(plan, left);
        if left.is_empty() {
            return left;
        }
        let right = self.places(plan, right);
        if let Relation::NotNear(n) = relation {
            return self.gather(|space| {
                for at in left.clone() {
                    let occurrence = space.found[at];
                    let near = |other: &Occurrence| is_near(occurrence, *other, n);
                    if !space.found[right.clone()].iter().any(near) {
                        space.found.push(occurrence);
                    }
                }
            });
        }
        if right.is_empty() {
            return right;
        }
        self.gather(|space| {
            for l in left.clone() {
                for r in right.clone() {
                    let (one, other) = (space.found[l], space.found[r]);
                    if space.stands(relation, one, other) {
                        space
                            .found
                            .push(Occurrence { first: one.first.min(other.first), last: one.last.max(other.last) });
                    }
                }
            }
        })
    }

    fn stands(&self, relation: Relation, one: Occurrence, other: Occurrence) -> bool {
        let are_apart = one.last < other.first || other.last < one.first;
        let both = |of: fn(&Document, Place) -> u32| {
            let (first, last) = (one.first.min(other.first), one.last.max(other.last));
            are_apart && of(&self.document, first) == of(&self.document, last)
        };
        match relation {
            Relation::Near(n) => are_apart && is_near(one, other, n),
            Relation::Before(n) => one.last < other.first && is_near(one, other, n),
            Relation::SameSentence => both(|document, at| document.token(at).sentence),
            Relation::SameParagraph => both(|document, at| document.token(at).paragraph),
            Relation::NotNear(n) => !is_near(one, other, n),
        }
    }

    fn at_least(&mut self, plan: &Plan, n: u32, inner: NodeId) -> Range<usize> {
        let range = self.places(plan, inner);
        if self.count(range.clone()) >= n { range } else { 0..0 }
    }

    /// Runs what pushes to `found`, and gives what it pushed: sorted, each once, not too much.
    fn gather(&mut self, push: impl FnOnce(&mut Space)) -> Range<usize> {
        let start = self.found.len();
        push(self);
        let new = &mut self.found[start..];
        if !new.is_sorted_by(|a, b| a < b) {
            new.sort_unstable();
            let mut kept = start;
            for at in start..self.found.len() {
                if kept == start || self.found[kept - 1] != self.found[at] {
                    self.found[kept] = self.found[at];
                    kept += 1;
                }
            }
            self.found.truncate(kept);
        }
        self.found.truncate(start + OCCURRENCES_MOST);
        start..self.found.len()
    }
}

/// Whether at most `n` words stand between two occurrences; overlapping ones are near.
fn is_near(one: Occurrence, other: Occurrence, n: u32) -> bool {
    let (before, after) = if one.first <= other.first { (one, other) } else { (other, one) };
    after.first <= before.last || after.first - before.last - 1 <= n
}
