//! Why a watch fired: the words found, their places, and their clauses.

use std::sync::Arc;

use super::compile::{Clause, Watch};
use super::document::field;
use super::matcher::{Occurrence, Space};
use super::plan::{NodeId, Op, Plan};
use super::syntax::Relation;
use crate::model::{Article, Feed, Reason};
use crate::text::fold::fold;

/// Reasons told for one hit: enough for a page; an alert is one line of limited length.
const REASONS_MOST: usize = 32;

/// Words looked at for the reasons of one clause; many are the same word in several relations.
const FINDINGS_MOST: usize = 8 * REASONS_MOST;

/// A word or phrase found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    at: Occurrence,
    written: Arc<str>,
}

/// A reported word: its clause, and its points.
struct Told<'w> {
    finding: Finding,
    clause: &'w Clause,
    points: Option<i64>,
}

impl Told<'_> {
    /// Written with a capital or an accent for another language, it is still the same word at the same place.
    fn repeats(&self, other: &Told) -> bool {
        let (own, others) = (&self.finding.written, &other.finding.written);
        self.points == other.points && (own == others || fold(own) == fold(others))
    }
}

/// Why a watch fired, in the order of the article.
pub(super) fn reasons(
    watch: &Watch,
    plan: &Plan,
    article: &Article,
    feed: Option<&Feed>,
    space: &mut Space,
) -> Vec<Reason> {
    let mut all = Vec::new();
    let mut found = Vec::new();
    let clauses = watch.clauses.iter().map(|clause| (clause, None));
    let scored = watch.scored.iter().map(|line| (&line.clause, Some(line)));
    for (clause, line) in clauses.chain(scored) {
        findings(space, plan, clause.node, None, &mut found);
        found.sort();
        found.dedup();
        let mut left = line.map(|line| line.reached(plan, space));
        for finding in found.drain(..) {
            // The points go to the first mentions, as many as were counted.
            let points = left.filter(|left| *left != 0).zip(line).map(|(left, line)| match line.at_most {
                Some(_) if left.abs() > line.points.abs() => line.points,
                _ => left,
            });
            left = left.map(|left| left - points.unwrap_or(0));
            all.push(Told { finding, clause, points });
        }
    }
    all.sort_by_key(|told| told.finding.at);
    let mut first: Vec<Told> = Vec::with_capacity(REASONS_MOST.min(all.len()));
    for told in all {
        let mut same_place = first.iter().rev().take_while(|earlier| earlier.finding.at == told.finding.at);
        if !same_place.any(|earlier| told.repeats(earlier)) {
            first.push(told);
        }
        if first.len() == REASONS_MOST {
            break;
        }
    }
    first.into_iter().map(|told| tell(space, article, feed, told)).collect()
}

/// The words that make a node match, within an occurrence of the node above it.
fn findings(space: &mut Space, plan: &Plan, node: NodeId, within: Option<Occurrence>, to: &mut Vec<Finding>) {
    if to.len() >= FINDINGS_MOST || !space.matches(plan, node) {
        return;
    }
    let range = space.places(plan, node);
    let all = &space.found[range];
    let from = within.map_or(0, |within| all.partition_point(|at| at.first < within.first));
    let inside = |at: &Occurrence| within.is_none_or(|within| at.last <= within.last);
    let begun = all[from..].iter().take_while(|at| within.is_none_or(|within| at.first <= within.last));
    let own: Vec<Occurrence> = begun.copied().filter(inside).take(REASONS_MOST).collect();
    match &plan.nodes[node as usize] {
        Op::Never => {}
        Op::Term(..) | Op::Unmasked(..) | Op::Phrase(_) => {
            let written = plan.written[node as usize].clone().unwrap_or_default();
            to.extend(own.into_iter().map(|at| Finding { at, written: written.clone() }));
        }
        Op::Or(nodes) | Op::And(nodes, _) | Op::AnyOf(_, nodes) => {
            nodes.iter().for_each(|node| findings(space, plan, *node, within, to));
        }
        Op::AtLeast(_, inner) => findings(space, plan, *inner, within, to),
        Op::Loose(nodes, _) => {
            for at in own {
                nodes.iter().for_each(|node| findings(space, plan, *node, Some(at), to));
            }
        }
        Op::Relation(Relation::NotNear(..), left, _) => {
            own.into_iter().for_each(|at| findings(space, plan, *left, Some(at), to));
        }
        Op::Relation(_, left, right) => {
            for at in own {
                findings(space, plan, *left, Some(at), to);
                findings(space, plan, *right, Some(at), to);
            }
        }
    }
}

/// A finding told in the terms of the article's stored text.
fn tell(space: &Space, article: &Article, feed: Option<&Feed>, told: Told) -> Reason {
    let Told { finding: Finding { at: Occurrence { first, last }, written }, clause, points } = told;
    let document = &space.document;
    Reason {
        field: field(document.segment_at(first).part),
        start: document.token(first).start as usize,
        end: document.token(last).end as usize,
        text: document.raw(article, feed, first, last).to_owned(),
        term: written.to_string(),
        clause: clause.text.to_string(),
        points,
    }
}
