//! What a watch would have found in many articles: how often each clause matched, which form of each word occurred, how
//! many articles `reject` drops.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::Serialize;

use super::lexicon::TermId;
use super::plan::NodeId;
use super::{Scratch, WatchSet};
use crate::model::{Article, Feed};
use crate::text::form::spelling;

/// The counts of a watch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Articles that were looked at.
    pub articles: usize,
    /// Those on which it would fire.
    pub hits: usize,
    /// Those on which it would, were it not for `reject`.
    pub rejected: usize,
    /// Its clauses, or the lines of its score, in its order: the articles in which each holds.
    pub clauses: Vec<(String, usize)>,
    /// Its terms as written, each with the forms that were met, the most frequent first.
    pub words: Vec<(String, Vec<(String, usize)>)>,
}

/// A count under way.
#[derive(Debug)]
pub struct Count<'s> {
    set: &'s WatchSet,
    /// The number of the watch.
    watch: usize,
    scratch: Scratch,
    tally: Tally,
    words: Vec<Words>,
    /// For each term, the parts that it concerns: of an article only the parts that its words concern are counted, not
    /// the whole watch.
    concerns: HashMap<TermId, Concerns>,
}

/// What a term concerns, by number.
#[derive(Debug, Default)]
struct Concerns {
    /// The questions that it calls up: each has a term without one of which it cannot hold.
    questions: Vec<(usize, NodeId)>,
    words: Vec<usize>,
}

/// The counts of one written term.
#[derive(Debug)]
struct Words {
    written: Arc<str>,
    terms: Vec<TermId>,
    met: HashMap<String, usize>,
}

impl WatchSet {
    /// Begins to count for a watch; none if there is no such watch.
    pub fn count(&self, name: &str) -> Option<Count<'_>> {
        let number = self.names().position(|known| known == name)?;
        let watch = &self.inner.watches[number];
        let tally = Tally {
            clauses: watch.questions().map(|clause| (clause.text.to_string(), 0)).collect(),
            ..Tally::default()
        };
        // Of what is written in signs each sign is a term of its own, which says nothing.
        let lexicon = &self.inner.plan.lexicon;
        let is_sign = |term: &TermId| lexicon.term(*term).family.forms.iter().all(|form| form.chars().count() == 1);
        let words = watch.terms(&self.inner.plan).into_iter();
        let words = words.filter(|(_, terms)| terms.len() == 1 || !terms.iter().all(is_sign));
        let words: Vec<_> = words.map(|(written, terms)| Words { written, terms, met: HashMap::new() }).collect();
        let mut concerns: HashMap<TermId, Concerns> = HashMap::new();
        for (question, clause) in watch.questions().enumerate() {
            let anchors = self.inner.plan.anchors(clause.node).terms;
            anchors
                .into_iter()
                .for_each(|term| concerns.entry(term).or_default().questions.push((question, clause.node)));
        }
        for (word, Words { terms, .. }) in words.iter().enumerate() {
            terms.iter().for_each(|term| concerns.entry(*term).or_default().words.push(word));
        }
        Some(Count { set: self, watch: number, scratch: Scratch::default(), tally, words, concerns })
    }
}

impl Count<'_> {
    /// Counts an article.
    pub fn add(&mut self, article: &Article, feed: Option<&Feed>) {
        let Count { set, watch, scratch, tally, words, concerns } = self;
        set.read(article, feed, scratch);
        let (plan, watch, space) = (&set.inner.plan, &set.inner.watches[*watch], &mut scratch.space);
        let concerned: Vec<&Concerns> = space.touched.iter().filter_map(|term| concerns.get(term)).collect();
        let questions: BTreeSet<_> = concerned.iter().flat_map(|concerns| &concerns.questions).copied().collect();
        let concerned_words: BTreeSet<_> = concerned.iter().flat_map(|concerns| &concerns.words).copied().collect();
        let mut any = false;
        for (question, node) in questions {
            let holds = space.matches(plan, node);
            any |= holds;
            tally.clauses[question].1 += usize::from(holds);
        }
        let fires = watch.threshold.map_or(any, |threshold| watch.points(plan, space) >= threshold);
        let rejected = fires && watch.reject.as_ref().is_some_and(|clause| space.matches(plan, clause.node));
        tally.articles += 1;
        tally.hits += usize::from(fires && !rejected);
        tally.rejected += usize::from(rejected);
        for word in concerned_words {
            let Words { terms, met, .. } = &mut words[word];
            for occurrence in terms.iter().flat_map(|term| space.occurrences(*term)) {
                let raw = space.document.raw(article, feed, occurrence.first, occurrence.last);
                *met.entry(spelling(raw)).or_default() += 1;
            }
        }
    }

    /// The counts.
    pub fn done(self) -> Tally {
        let words = self.words.into_iter().map(|Words { written, met, .. }| {
            let mut met: Vec<_> = met.into_iter().collect();
            met.sort_by(|(a, a_times), (b, b_times)| b_times.cmp(a_times).then(a.cmp(b)));
            (written.to_string(), met)
        });
        Tally { words: words.collect(), ..self.tally }
    }
}
