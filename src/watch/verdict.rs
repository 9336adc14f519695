//! Why a watch did or did not fire on an article, clause by clause: for the analyst who tunes it.

use std::ops::Range;

use foldhash::HashSet;
use serde::Serialize;

use super::compile::Clause;
use super::lack::{Lack, lack, told};
use super::matcher::{Occurrence, Space};
use super::plan::{NodeId, Op, Plan, Step};
use super::{Scratch, WatchSet};
use crate::model::{Article, Feed, Hit, Score};

/// What an article is to a watch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// What fired, with its reasons; none when the watch did not.
    #[serde(skip)]
    pub hit: Option<Hit>,
    /// Its clauses of which the article has at least one word, those that match or nearly match first.
    pub clauses: Vec<ClauseVerdict>,
    /// How many clauses have no word in the article.
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
    /// The words in the article that its terms match, each once.
    pub found: Vec<String>,
    /// Those of them that do not count, as an ignored phrase holds them.
    pub ignored: Vec<String>,
    /// Those of them that do not count, because a built-in list takes them for a look-alike.
    pub passed_over: Vec<PassedOver>,
    /// What is missing or not in the required position; none if it matches.
    pub missing: Option<String>,
    /// How many of its required parts are there, and how many it requires.
    #[serde(skip)]
    share: (usize, usize),
}

/// A word that a built-in list takes for a look-alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// As it stands in the article.
    pub word: String,
    /// The list, in its language.
    pub list: String,
    /// What it took it for.
    pub by: String,
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
        // Those that come nearest first.
        clauses.sort_by(|one, other| {
            let ((a, of_a), (b, of_b)) = (one.share, other.share);
            other.fulfilled.cmp(&one.fulfilled).then((b * of_a).cmp(&(a * of_b)))
        });
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
    let (mut found, mut ignored, mut passed_over, mut seen) = (Vec::new(), Vec::new(), Vec::new(), HashSet::default());
    for leaf in leaves {
        let counted = space.places(plan, leaf);
        let counted = space.found[counted].to_vec();
        let met = space.places_unmasked(plan, leaf);
        let met = space.found[met].to_vec();
        for occurrence in met {
            let counts = counted.binary_search(&occurrence).is_ok();
            let word = space.document.raw(article, feed, occurrence.first, occurrence.last).to_owned();
            if !seen.insert((counts, word.clone())) {
                continue;
            }
            match (counts, space.passed_over_by(plan, leaf, occurrence)) {
                (true, _) => found.push(word),
                (false, Some((list, by))) => passed_over.push(PassedOver { word, list, by }),
                (false, None) => ignored.push(word),
            }
        }
    }
    let hidden = ignored.iter().chain(passed_over.iter().map(|hidden| &hidden.word));
    found.extend(hidden.filter(|word| !seen.contains(&(true, String::clone(word)))).cloned());
    let fulfilled = space.matches(plan, clause.node);
    // For most clauses the article has no word at all, and further details are not needed.
    let Lack { there, asked, told: missing } = match fulfilled || found.is_empty() {
        true => Lack::default(),
        false => lack(space, plan, clause.node),
    };
    let missing = Some(missing).filter(|missing| !missing.is_empty());
    let clause = clause.text.to_string();
    ClauseVerdict { clause, fulfilled, found, ignored, passed_over, missing, share: (there, asked) }
}

/// The words and phrases under a node, each whole.
fn collect_leaves(plan: &Plan, node: NodeId, to: &mut Vec<NodeId>) {
    match &plan.nodes[node as usize] {
        Op::Never => {}
        Op::Term(..) | Op::Unmasked(..) | Op::Phrase(_) => to.push(node),
        Op::AtLeast(_, inner) => collect_leaves(plan, *inner, to),
        Op::Or(nodes) | Op::Loose(nodes, _) | Op::AnyOf(_, nodes) => {
            nodes.iter().for_each(|node| collect_leaves(plan, *node, to));
        }
        Op::And(all, none) => all.iter().chain(none).for_each(|node| collect_leaves(plan, *node, to)),
        Op::Relation(_, left, right) => [left, right].into_iter().for_each(|node| collect_leaves(plan, *node, to)),
    }
}

impl Space {
    /// The places of a word or phrase, whether or not an ignored phrase hides it.
    fn places_unmasked(&mut self, plan: &Plan, node: NodeId) -> Range<usize> {
        match &plan.nodes[node as usize] {
            Op::Unmasked(inner, _) => self.places_unmasked(plan, *inner),
            Op::Phrase(steps) => {
                let bare = |node: NodeId| match &plan.nodes[node as usize] {
                    Op::Unmasked(inner, _) => *inner,
                    _ => node,
                };
                let steps: Vec<Step> = steps.iter().map(|step| Step { node: bare(step.node), ..*step }).collect();
                self.phrase(plan, &steps)
            }
            _ => self.places(plan, node),
        }
    }

    /// The list that passes a word or phrase over at a place, and what it takes it for; none when no list does.
    fn passed_over_by(&mut self, plan: &Plan, leaf: NodeId, at: Occurrence) -> Option<(String, String)> {
        let mask = |node: NodeId| match &plan.nodes[node as usize] {
            Op::Unmasked(_, mask) => Some(*mask),
            _ => None,
        };
        let masks: Vec<NodeId> = match &plan.nodes[leaf as usize] {
            Op::Phrase(steps) => steps.iter().filter_map(|step| mask(step.node)).collect(),
            _ => mask(leaf).into_iter().collect(),
        };
        for mask in masks {
            // What the watch ignores may stand beside it.
            let parts = alternatives(plan, mask).iter().filter(|_| !plan.passed_over.contains_key(&mask));
            for part in parts.chain([&mask]) {
                let Some((list, lang)) = plan.passed_over.get(part) else { continue };
                for one in alternatives(plan, *part).iter().chain([part]) {
                    let places = self.places(plan, *one);
                    if self.found[places].iter().any(|mask| mask.first <= at.last && at.first <= mask.last) {
                        let by = told(plan, *one);
                        let by = by.strip_prefix('(').and_then(|by| by.strip_suffix(')')).unwrap_or(&by).to_owned();
                        return Some((format!("{{{list}.{lang}}}"), by));
                    }
                }
            }
        }
        None
    }
}

/// The alternatives of a node that has some.
fn alternatives(plan: &Plan, node: NodeId) -> &[NodeId] {
    match &plan.nodes[node as usize] {
        Op::Or(nodes) => nodes,
        _ => &[],
    }
}
