//! Why a watch did or did not fire on an article, clause by clause: for the analyst who tunes it.

use foldhash::HashSet;
use serde::Serialize;

use super::compile::Clause;
use super::matcher::{Occurrence, Space};
use super::plan::{NodeId, Op, Plan};
use super::{Scratch, WatchSet};
use crate::model::{Article, Feed, Hit, Score};

/// What an article is to a watch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// What fired, with its reasons; none when the watch did not.
    #[serde(skip)]
    pub hit: Option<Hit>,
    /// Its clauses of which at least one term stands in the article, those that are fulfilled first.
    pub clauses: Vec<ClauseVerdict>,
    /// How many clauses have no term in the article.
    pub untouched: usize,
    /// Points, for watches that count.
    pub score: Option<Score>,
    /// What dropped the article.
    pub rejected_by: Option<String>,
}

/// What an article is to a clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClauseVerdict {
    /// All brackets set.
    pub clause: String,
    /// Whether it is fulfilled.
    pub fulfilled: bool,
    /// The words in the article that its terms stand for, each once.
    pub found: Vec<String>,
    /// Those of them that do not count, as an ignored phrase holds them.
    pub ignored: Vec<String>,
}

impl WatchSet {
    /// Why a watch did or did not fire; none when there is no such watch.
    pub fn verdict(
        &self,
        name: &str,
        article: &Article,
        feed: Option<&Feed>,
        scratch: &mut Scratch,
    ) -> Option<Verdict> {
        let number = self.names().position(|known| known == name)?;
        let fired = self.decide(article, feed, scratch).contains(&(number as u32));
        let (watch, plan, space) = (&self.inner.watches[number], &self.inner.plan, &mut scratch.space);
        let mut clauses: Vec<_> =
            watch.questions().map(|clause| clause_verdict(clause, plan, article, feed, space)).collect();
        let all = clauses.len();
        clauses.retain(|clause| clause.fulfilled || !clause.found.is_empty());
        clauses.sort_by_key(|clause| !clause.fulfilled);
        let rejects = watch.reject.as_ref().filter(|clause| space.matches(plan, clause.node));
        Some(Verdict {
            hit: fired.then(|| watch.hit(plan, article, feed, space)),
            untouched: all - clauses.len(),
            clauses,
            score: watch.threshold.map(|threshold| Score { points: watch.points(plan, space), threshold }),
            rejected_by: rejects.map(|clause| clause.text.to_string()),
        })
    }
}

fn clause_verdict(
    clause: &Clause,
    plan: &Plan,
    article: &Article,
    feed: Option<&Feed>,
    space: &mut Space,
) -> ClauseVerdict {
    let mut leaves = Vec::new();
    collect_leaves(plan, clause.node, &mut leaves);
    let (mut found, mut ignored, mut seen) = (Vec::new(), Vec::new(), HashSet::default());
    for (leaf, bare) in leaves {
        let counted = space.places(plan, leaf);
        let met = space.places(plan, bare);
        let counted = space.found[counted].to_vec();
        let words =
            |occurrence: &Occurrence| space.document.raw(article, feed, occurrence.first, occurrence.last).to_owned();
        for occurrence in &space.found[met] {
            let counts = counted.binary_search(occurrence).is_ok();
            let words = words(occurrence);
            if seen.insert((counts, words.clone())) {
                if counts { &mut found } else { &mut ignored }.push(words);
            }
        }
    }
    found.extend(ignored.iter().filter(|word| !seen.contains(&(true, String::clone(word)))).cloned());
    ClauseVerdict { clause: clause.text.to_string(), fulfilled: space.matches(plan, clause.node), found, ignored }
}

/// The words under a node: each as it counts, and as it would without the mask.
fn collect_leaves(plan: &Plan, node: NodeId, to: &mut Vec<(NodeId, NodeId)>) {
    match &plan.nodes[node as usize] {
        Op::Never => {}
        Op::Term(..) => to.push((node, node)),
        Op::Unmasked(inner, _) => to.push((node, *inner)),
        Op::AtLeast(_, inner) => collect_leaves(plan, *inner, to),
        Op::Or(nodes) | Op::Loose(nodes, _) | Op::AnyOf(_, nodes) => {
            nodes.iter().for_each(|node| collect_leaves(plan, *node, to));
        }
        Op::And(all, none) => all.iter().chain(none).for_each(|node| collect_leaves(plan, *node, to)),
        Op::Phrase(steps) => steps.iter().for_each(|step| collect_leaves(plan, step.node, to)),
        Op::Relation(_, left, right) => [left, right].into_iter().for_each(|node| collect_leaves(plan, *node, to)),
    }
}
