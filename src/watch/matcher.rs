//! One article against the plan: postings per term, then the nodes that the watches called up ask for, each answered
//! once.
//!
//! Nothing is allocated once the vectors have grown; stamps tell this article's answers from older ones.

use std::ops::Range;

use super::document::{Document, Place, place};
use super::lexicon::{Memory, TermId};
use super::plan::{NodeId, Op, Plan, Step};
use super::relation::Lower;
use super::syntax::Part;
use super::wide::is_wide;
use crate::model::{Article, Feed};

/// Where something was found: its first and its last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Occurrence {
    pub(super) first: Place,
    pub(super) last: Place,
}

/// Occurrences kept of one node. Only texts made to exhaust us have more.
pub(super) const OCCURRENCES_MOST: usize = 10_000;

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
    /// Tells this article from all others since the last `fit`; never 0.
    pub(super) stamp: u32,
    /// Per term: how many occurrences, then where in `found` they lie.
    postings: Vec<Answer>,
    /// The terms of this article.
    pub(super) touched: Vec<TermId>,
    hits: Vec<(TermId, Occurrence)>,
    /// The occurrences of terms, then those of nodes as they are worked out.
    pub(super) found: Vec<Occurrence>,
    places: Vec<Answer>,
    truths: Vec<(u32, bool)>,
    /// The answer being worked out.
    fresh: Vec<Occurrence>,
    /// The results of the parts of the node that is being evaluated.
    parts: Vec<Range<usize>>,
}

impl Space {
    /// Makes room for a plan, forgetting another's answers.
    pub(super) fn fit(&mut self, plan: &Plan) {
        *self = Space { document: std::mem::take(&mut self.document), ..Space::default() };
        self.postings.resize(plan.lexicon.len(), Answer::default());
        self.places.resize(plan.nodes.len(), Answer::default());
        self.truths.resize(plan.nodes.len(), (0, false));
    }

    /// Looks up every word of the document, and sorts the occurrences by term.
    pub(super) fn look_up(&mut self, plan: &Plan, article: &Article, feed: Option<&Feed>) {
        self.begin();
        let document = &self.document;
        let joined = &document.tokens.joined;
        let mut next_joined = 0;
        let mut note = |form: u64, first: Place, last: Place| {
            let raw = || document.raw(article, feed, first, last);
            for number in self.memory.terms(&plan.lexicon, form, raw) {
                let (term, looks_closer) = self.memory.get(number);
                let fits = || {
                    let (text, at) = document.around(article, feed, first, last);
                    plan.lexicon.fits(term, text, at)
                };
                if !looks_closer || fits() {
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
            // Once in four billion articles the stamps start again.
            self.postings.fill(Answer::default());
            self.places.fill(Answer::default());
            self.truths.fill((0, false));
            self.stamp = 0;
        }
        self.stamp += 1;
    }

    /// Whether a term occurs anywhere.
    pub(super) fn has(&self, term: TermId) -> bool {
        self.postings[term as usize].stamp == self.stamp
    }

    /// Where a term occurs.
    pub(super) fn occurrences(&self, term: TermId) -> &[Occurrence] {
        let posting = self.postings[term as usize];
        match posting.stamp == self.stamp {
            true => &self.found[posting.start as usize..posting.end as usize],
            false => &[],
        }
    }

    /// Whether a node matches. Does less than `places` where yes or no is enough.
    pub(super) fn matches(&mut self, plan: &Plan, node: NodeId) -> bool {
        let (stamp, known) = self.truths[node as usize];
        if stamp == self.stamp {
            return known;
        }
        let is_match = match &plan.nodes[node as usize] {
            Op::Never => false,
            Op::Or(nodes) => self.any(plan, node, nodes),
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
            Op::Relation(relation, left, right) if self.places[node as usize].stamp != self.stamp => {
                self.relation_holds(plan, *relation, *left, *right)
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
            Op::Or(nodes) => self.either(plan, node, nodes),
            Op::Phrase(steps) => self.phrase(plan, steps),
            Op::Loose(nodes, between) => self.loose(plan, nodes, *between),
            Op::Relation(relation, left, right) => self.relation(plan, *relation, *left, *right),
            Op::AtLeast(n, inner) => self.at_least(plan, *n, *inner),
        };
        self.places[node as usize] = Answer { stamp: self.stamp, start: range.start as u32, end: range.end as u32 };
        range
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
            Some(part) => self.gather(|space, fresh| {
                let all = space.found[start..end].iter();
                fresh.extend(all.filter(|occurrence| space.document.is_in(occurrence.first, part)));
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
        self.gather(|space, fresh| {
            let mut masks = Lower::new(mask);
            for occurrence in &space.found[range] {
                let touches = |mask: &Occurrence| mask.last >= occurrence.first;
                masks.skip(&space.found, |mask| mask.last < occurrence.first);
                let reach = masks.from(&space.found).iter().take_while(|mask| mask.first <= occurrence.last);
                if !reach.into_iter().any(touches) {
                    fresh.push(*occurrence);
                }
            }
        })
    }

    /// Whether one of the alternatives of a node matches.
    fn any(&mut self, plan: &Plan, node: NodeId, alternatives: &[NodeId]) -> bool {
        if !is_wide(alternatives) {
            return alternatives.iter().any(|one| self.matches(plan, *one));
        }
        (0..self.touched.len()).any(|at| plan.wide.called(self.touched[at], node).any(|one| self.matches(plan, one)))
    }

    fn either(&mut self, plan: &Plan, node: NodeId, alternatives: &[NodeId]) -> Range<usize> {
        let base = self.parts.len();
        let add = |space: &mut Space, one: NodeId| {
            let range = space.places(plan, one);
            if !range.is_empty() {
                space.parts.push(range);
            }
        };
        if is_wide(alternatives) {
            for at in 0..self.touched.len() {
                plan.wide.called(self.touched[at], node).for_each(|one| add(self, one));
            }
        } else {
            alternatives.iter().for_each(|one| add(self, *one));
        }
        let answer = match &self.parts[base..] {
            [] => 0..0,
            [one] => one.clone(),
            _ => self.gather(|space, fresh| {
                space.parts[base..].iter().for_each(|range| fresh.extend(&space.found[range.clone()]));
            }),
        };
        self.parts.truncate(base);
        answer
    }

    /// The answers of nodes that must all have one, on top of `parts`; none when one has not.
    fn all_parts(&mut self, plan: &Plan, nodes: impl Iterator<Item = NodeId>) -> Option<usize> {
        let base = self.parts.len();
        for node in nodes {
            let range = self.places(plan, node);
            if range.is_empty() {
                self.parts.truncate(base);
                return None;
            }
            self.parts.push(range);
        }
        Some(base)
    }

    pub(super) fn phrase(&mut self, plan: &Plan, steps: &[Step]) -> Range<usize> {
        let Some(base) = self.all_parts(plan, steps.iter().map(|step| step.node)) else { return 0..0 };
        let answer = self.gather(|space, fresh| {
            let ranges = &space.parts[base..];
            for first in &space.found[ranges[0].clone()] {
                space.follow(first.first, first.last, &steps[1..], &ranges[1..], fresh);
            }
        });
        self.parts.truncate(base);
        answer
    }

    /// Continues a phrase that has matched up to `last`.
    fn follow(&self, first: Place, last: Place, steps: &[Step], ranges: &[Range<usize>], fresh: &mut Vec<Occurrence>) {
        let ([step, steps @ ..], [range, ranges @ ..]) = (steps, ranges) else {
            fresh.push(Occurrence { first, last });
            return;
        };
        let wanted = last + 1 + step.gap;
        let all = &self.found[range.clone()];
        let from = all.partition_point(|occurrence| occurrence.first < wanted);
        let goes_on = |next: &Occurrence| step.crosses || self.document.is_one_sentence(last, next.first);
        let next = all[from..].iter().take_while(|occurrence| occurrence.first == wanted);
        for next in next.filter(|next| goes_on(next)) {
            self.follow(first, next.last, steps, ranges, fresh);
        }
    }

    fn loose(&mut self, plan: &Plan, nodes: &[NodeId], between: u32) -> Range<usize> {
        let Some(base) = self.all_parts(plan, nodes.iter().copied()) else { return 0..0 };
        let answer = self.gather(|space, fresh| {
            let ranges = &space.parts[base..];
            for (number, range) in ranges.iter().enumerate() {
                // Each word has its share of the room, so that none is first everywhere.
                let room = (number + 1) * OCCURRENCES_MOST / ranges.len();
                for first in &space.found[range.clone()] {
                    if fresh.len() >= room {
                        break;
                    }
                    space.spread((*first, first.last), 1 << number, (ranges, between), fresh);
                }
            }
        });
        self.parts.truncate(base);
        answer
    }

    /// Adds to a loose phrase from `first` to `last` each unused word (one bit each) that follows near it.
    fn spread(
        &self,
        (first, last): (Occurrence, Place),
        used: u64,
        (ranges, between): (&[Range<usize>], u32),
        fresh: &mut Vec<Occurrence>,
    ) {
        if used.count_ones() as usize == ranges.len() {
            fresh.push(Occurrence { first: first.first, last });
            return;
        }
        for (number, range) in ranges.iter().enumerate().filter(|(number, _)| used & 1 << number == 0) {
            let all = &self.found[range.clone()];
            let from = all.partition_point(|occurrence| occurrence.first <= last);
            let near = all[from..].iter().take_while(|next| next.first - last - 1 <= between);
            for next in near.take_while(|next| self.document.is_one_sentence(last, next.first)) {
                if fresh.len() < OCCURRENCES_MOST {
                    self.spread((first, next.last), used | 1 << number, (ranges, between), fresh);
                }
            }
        }
    }

    fn at_least(&mut self, plan: &Plan, n: u32, inner: NodeId) -> Range<usize> {
        let range = self.places(plan, inner);
        if self.count(range.clone()) >= n { range } else { 0..0 }
    }

    /// Runs what works an answer out and adds it to `found`: sorted, each once, not too much.
    pub(super) fn gather(&mut self, work: impl FnOnce(&Space, &mut Vec<Occurrence>)) -> Range<usize> {
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.clear();
        work(self, &mut fresh);
        if !fresh.is_sorted_by(|a, b| a < b) {
            fresh.sort_unstable();
            fresh.dedup();
        }
        fresh.truncate(OCCURRENCES_MOST);
        let start = self.found.len();
        self.found.extend_from_slice(&fresh);
        self.fresh = fresh;
        start..self.found.len()
    }
}
