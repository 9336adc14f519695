//! The watch language: what an analyst writes, compiled once, found in articles with reasons. Pure.

mod source;

mod syntax;

mod forms;

mod pattern;

mod lexicon;

mod plan;

mod compile;

mod document;

mod matcher;

mod reason;

mod trial;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use source::{Lists, Part, Problem, ScoreSource, Severity, WatchSource};

use crate::model::{Article, Feed, Hit, Score};
use compile::{Compiled, Scored, Watch};
use lexicon::TermId;
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
    /// The watches that a term calls up.
    called_by: HashMap<TermId, Vec<u32>>,
}

/// What `find` needs room for; one a thread, reused.
#[derive(Debug, Default)]
pub struct Scratch {
    set: u64,
    space: Space,
    /// The watches an article calls up.
    called: Vec<u32>,
}

impl WatchSet {
    /// Compiles what was written. All errors at once, or the set and its warnings.
    pub fn compile(lists: &Lists, watches: &[WatchSource]) -> Result<(WatchSet, Vec<Problem>), Vec<Problem>> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);
        let Compiled { plan, watches, problems } = compile::compile(lists, watches);
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(problems);
        }
        let mut called_by: HashMap<TermId, Vec<u32>> = HashMap::new();
        for (watch, number) in watches.iter().zip(0..) {
            watch.anchors(&plan).terms.iter().for_each(|term| called_by.entry(*term).or_default().push(number));
        }
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        Ok((WatchSet { inner: Arc::new(Inner { id, plan, watches, called_by }) }, problems))
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

    /// Name and revision of every watch, in the order of the files: two sets with the same find the same.
    pub fn revisions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.inner.watches.iter().map(|watch| (&*watch.name, &*watch.revision))
    }

    /// The watches that match an article, in the order of the files, each with its reasons.
    pub fn find(&self, article: &Article, feed: Option<&Feed>, scratch: &mut Scratch) -> Vec<Hit> {
        let inner = &*self.inner;
        let Scratch { set, space, called } = scratch;
        if *set != inner.id {
            space.fit(&inner.plan);
            *set = inner.id;
        }
        space.document.read(article, feed, inner.plan.uses_labels);
        space.look_up(&inner.plan, article, feed);
        called.clear();
        for term in &space.touched {
            called.extend(inner.called_by.get(term).into_iter().flatten());
        }
        called.sort_unstable();
        called.dedup();
        called
            .iter()
            .filter_map(|number| inner.watches[*number as usize].find(&inner.plan, article, feed, space))
            .collect()
    }
}

impl Watch {
    fn find(&self, plan: &Plan, article: &Article, feed: Option<&Feed>, space: &mut Space) -> Option<Hit> {
        if self.reject.as_ref().is_some_and(|clause| space.matches(plan, clause.node)) {
            return None;
        }
        let is_found = self.clauses.is_empty() || self.clauses.iter().any(|clause| space.matches(plan, clause.node));
        let points = is_found.then(|| self.points(plan, space))?;
        let score = self.threshold.map(|threshold| Score { points, threshold });
        if score.is_some_and(|score| score.points < score.threshold) {
            return None;
        }
        Some(Hit {
            watch: self.name.clone(),
            revision: self.revision.clone(),
            level: self.level,
            why: reason::reasons(self, plan, article, feed, space),
            score,
        })
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
        if self.points > 0 { points.min(most) } else { points.max(most) }
    }
}
