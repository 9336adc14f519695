//! The watch language: what an analyst writes, compiled once, found in articles with reasons. Pure.

mod source;

mod syntax;

mod forms;

mod lexicon;

mod plan;

mod compile;

mod document;

mod matcher;

mod reason;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use source::{Lists, Part, Problem, ScoreSource, Severity, WatchSource};

use crate::model::{Article, Feed, Field, Hit, Reason};
use compile::{Compiled, Watch};
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
            let anchors = plan.union(watch.clauses.iter().map(|clause| clause.node)).unwrap_or_default();
            anchors.0.iter().for_each(|term| called_by.entry(*term).or_default().push(number));
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

    /// Each watch's name and the hash of its compiled form, in the order of the files.
    pub fn revisions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.inner.watches.iter().map(|watch| (&*watch.name, &*watch.revision))
    }

    /// The watches' own tests that fail: texts that are not found though they should be, and the reverse. `sources` are
    /// those this set was compiled from.
    pub fn failures(&self, sources: &[WatchSource]) -> Vec<Problem> {
        let mut scratch = Scratch::default();
        let mut problems = Vec::new();
        for (number, source) in sources.iter().enumerate() {
            let mut hit = |text: &String| {
                let hits = self.find(&Article::of_text(text), None, &mut scratch);
                hits.into_iter().find(|hit| *hit.watch == *source.name)
            };
            for (entry, text) in source.should_find.iter().enumerate() {
                if hit(text).is_none() {
                    problems.push(Problem {
                        severity: Severity::Error,
                        part: Part::ShouldFind(number, entry),
                        range: 0..text.len(),
                        message: "this should be found and is not".to_owned(),
                        hint: Some(format!("see how it is understood: feedwatch explain \"{}\"", source.name)),
                    });
                }
            }
            for (entry, text) in source.should_pass_over.iter().enumerate() {
                let Some(hit) = hit(text) else { continue };
                let terms: Vec<_> = hit.why.iter().map(|reason| format!("\"{}\"", reason.text)).collect();
                // The title is the text's first line, so its bytes are the text's own.
                let in_title = |reason: &&Reason| reason.field == Field::Title;
                let range = hit.why.iter().find(in_title).map_or(0..text.len(), |reason| reason.start..reason.end);
                problems.push(Problem {
                    severity: Severity::Error,
                    part: Part::ShouldPassOver(number, entry),
                    range,
                    message: format!("this should be passed over, but is found by {}", terms.join(" and ")),
                    hint: Some("narrow the find, or add the phrase to ignore".to_owned()),
                });
            }
        }
        problems
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
        let mut why = Vec::new();
        for clause in &self.clauses {
            if !space.matches(plan, clause.node) {
                continue;
            }
            let mut findings = Vec::new();
            reason::findings(space, plan, clause.node, None, &mut findings);
            findings.sort();
            findings.dedup();
            let told = findings
                .iter()
                .map(|finding| (finding.at, reason::tell(space, article, feed, finding, &clause.text, None)));
            why.extend(told);
        }
        if why.is_empty() {
            return None;
        }
        why.sort_by_key(|(at, _)| *at);
        why.truncate(reason::REASONS_MOST);
        Some(Hit {
            watch: self.name.clone(),
            revision: self.revision.clone(),
            level: self.level,
            why: why.into_iter().map(|(_, reason)| reason).collect(),
            score: None,
        })
    }
}
