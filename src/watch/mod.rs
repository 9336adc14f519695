//! The watch language: what an analyst writes, compiled once, found in articles with reasons. Pure.

mod source;

mod lists;

mod syntax;

mod forms;

mod pattern;

mod signs;

mod common;

mod lexicon;

mod plan;

mod wide;

mod lint;

mod warn;

mod advice;

mod impossible;

mod compile;

mod calls;

mod document;

mod matcher;

mod relation;

mod reason;

mod trial;

mod lack;

mod verdict;

mod explain;

mod tally;

mod import;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use advice::advice;
pub use explain::{Cost, ExplainedClause, ExplainedScore, ExplainedTerm, Explanation, word_forms};
pub use import::{Change, Dialect, Imported, import};
pub use lists::{ShippedList, ShippedWords, shipped_list, shipped_names};
pub use source::{Lists, Part, Problem, ScoreSource, Severity, WatchSource};
pub use tally::{Count, Tally};
pub use verdict::{ClauseVerdict, PassedOver, Verdict};

use crate::model::{Article, Feed, Hit, Score};
use calls::{Call, Calls};
use compile::{Compiled, Scored, Watch};
use matcher::Space;
use plan::Plan;

/// All watches, compiled: shared by reference, replaced as a whole at a reload.
#[derive(Clone, Debug, Default)]
pub struct WatchSet {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Tells this set from all others of the process, so that a scratch notices a reload.
    id: u64,
    plan: Plan,
    watches: Vec<Watch>,
    calls: Calls,
}

/// What `find` needs room for; one a thread, reused.
#[derive(Debug, Default)]
pub struct Scratch {
    set: u64,
    space: Space,
    /// The numbers of the watches an article fires.
    fired: Vec<u32>,
    /// By watch, the article that settled it.
    settled: Vec<u32>,
}

impl WatchSet {
    /// Compiles the watches. Returns all errors at once, or the set and its warnings.
    pub fn compile(lists: &Lists, watches: &[WatchSource]) -> Result<(WatchSet, Vec<Problem>), Vec<Problem>> {
        WatchSet::of(compile::compile(lists, watches))
    }

    /// Files that know nothing of each other's lists and names, as one set, which reads an article once for all of
    /// them: the watches of the first, then those of the next.
    pub fn compile_apart(files: &[(&Lists, &[WatchSource])]) -> Result<(WatchSet, Vec<Problem>), Vec<Problem>> {
        WatchSet::of(compile::compile_apart(files))
    }

    fn of(Compiled { plan, watches, problems }: Compiled) -> Result<(WatchSet, Vec<Problem>), Vec<Problem>> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(problems);
        }
        let calls = Calls::of(&watches, &plan);
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        Ok((WatchSet { inner: Arc::new(Inner { id, plan, watches, calls }) }, problems))
    }

    /// How many watches there are.
    pub fn len(&self) -> usize {
        self.inner.watches.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names of the watches, in the order of the files.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.inner.watches.iter().map(|watch| &*watch.name)
    }

    /// Whether any watch asks for more of an article than its title, summary and body: then its labels and its feed are
    /// needed too.
    pub fn uses_labels(&self) -> bool {
        self.inner.plan.uses_labels
    }

    /// Name and revision of every watch, in the order of the files: two sets with the same find the same.
    pub fn revisions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.inner.watches.iter().map(|watch| (&*watch.name, &*watch.revision))
    }

    /// The watches that match an article, in the order of the files, each with its reasons.
    pub fn find(&self, article: &Article, feed: Option<&Feed>, scratch: &mut Scratch) -> Vec<Hit> {
        self.decide(article, feed, scratch);
        self.hits(article, feed, scratch)
    }

    /// The hits of the last decision with this scratch, on the same article: in its order, with their reasons.
    pub fn hits(&self, article: &Article, feed: Option<&Feed>, scratch: &mut Scratch) -> Vec<Hit> {
        let Scratch { space, fired, .. } = scratch;
        let Inner { plan, watches, .. } = &*self.inner;
        fired.iter().map(|number| watches[*number as usize].hit(plan, article, feed, space)).collect()
    }

    /// The numbers of the watches that match an article, in the order of the files: `find` without the reasons.
    pub fn decide<'s>(&self, article: &Article, feed: Option<&Feed>, scratch: &'s mut Scratch) -> &'s [u32] {
        self.read(article, feed, scratch);
        let Inner { plan, watches, calls, .. } = &*self.inner;
        let Scratch { space, fired, settled, .. } = scratch;
        fired.clear();
        for at in 0..space.touched.len() {
            for call in calls.of_term(space.touched[at]) {
                let is_open =
                    settled[call.watch as usize] != space.stamp && call.needs.is_none_or(|term| space.has(term));
                if !is_open {
                    continue;
                }
                let fires = watches[call.watch as usize].fires(call, plan, space);
                if fires {
                    fired.push(call.watch);
                }
                // A score counts all its lines at once: it needs no second look, whatever came of the first.
                if fires || call.clause.is_none() {
                    settled[call.watch as usize] = space.stamp;
                }
            }
        }
        fired.sort_unstable();
        fired
    }

    /// Reads an article and looks its words up.
    fn read(&self, article: &Article, feed: Option<&Feed>, Scratch { set, space, settled, .. }: &mut Scratch) {
        let Inner { id, plan, watches, .. } = &*self.inner;
        if *set != *id {
            space.fit(plan);
            settled.clear();
            settled.resize(watches.len(), 0);
            *set = *id;
        }
        space.document.read(article, feed, plan.uses_labels);
        space.look_up(plan, article, feed);
        if space.stamp == 1 {
            settled.fill(0);
        }
    }
}

impl Watch {
    /// Whether the clause that was called up, and with it the watch, matches.
    fn fires(&self, call: &Call, plan: &Plan, space: &mut Space) -> bool {
        let is_found = call.clause.is_none_or(|node| space.matches(plan, node));
        is_found
            && self.threshold.is_none_or(|threshold| self.points(plan, space) >= threshold)
            && !self.reject.as_ref().is_some_and(|clause| space.matches(plan, clause.node))
    }

    fn hit(&self, plan: &Plan, article: &Article, feed: Option<&Feed>, space: &mut Space) -> Hit {
        let points = self.points(plan, space);
        Hit {
            watch: self.name.clone(),
            revision: self.revision.clone(),
            level: self.level,
            why: reason::reasons(self, plan, article, feed, space),
            score: self.threshold.map(|threshold| Score { points, threshold }),
        }
    }

    fn points(&self, plan: &Plan, space: &mut Space) -> i64 {
        self.scored.iter().map(|line| line.reached(plan, space)).fold(0, i64::saturating_add)
    }
}

impl Scored {
    /// The points a line gives for an article.
    fn reached(&self, plan: &Plan, space: &mut Space) -> i64 {
        if !space.matches(plan, self.clause.node) {
            return 0;
        }
        let Some(most) = self.at_most else { return self.points };
        let range = space.places(plan, self.clause.node);
        let mentions = i64::from(space.count(range).max(1));
        let points = self.points.saturating_mul(mentions);
        points.clamp(-most.abs(), most.abs())
    }
}
