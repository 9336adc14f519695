//! Why a watch fired: the words found, where they stand, and for which clause.

use std::collections::HashSet;
use std::sync::Arc;

use super::compile::Watch;
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

/// Why a watch fired, in the order of the article.
pub(super) fn reasons(
    watch: &Watch,
    plan: &Plan,
    article: &Article,
    feed: Option<&Feed>,
    space: &mut Space,
) -> Vec<Reason> {
    let mut told = Vec::new();
    let found = watch.clauses.iter().map(|clause| (clause, None));
    let scored = watch.scored.iter().map(|line| (&line.clause, Some(line)));
    for (clause, line) in found.chain(scored) {
        let mut all = Vec::new();
        findings(space, plan, clause.node, None, &mut all);
        all.sort();
        all.dedup();
        let mut left = line.map(|line| line.reached(plan, space));
        for finding in all {
            // The points go to the first mentions, as many as were counted.
            let points = left.filter(|left| *left != 0).zip(line).map(|(left, line)| match line.at_most {
                Some(_) if left.abs() > line.points.abs() => line.points,
                _ => left,
            });
            left = left.map(|left| left - points.unwrap_or(0));
            told.push((finding.at, tell(space, article, feed, &finding, &clause.text, points)));
        }
    }
    told.sort_by_key(|(at, _)| *at);
    // Written with a capital or an accent for another language, it is still the same word at the same place.
    let mut seen = HashSet::new();
    told.retain(|(at, reason)| seen.insert((*at, fold(&reason.term), reason.points)));
    told.truncate(REASONS_MOST);
    told.into_iter().map(|(_, reason)| reason).collect()
}

/// The words that make a node match, within an occurrence of what it stands in.
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
        Op::Loose(nodes) => {
            for at in own {
                nodes.iter().for_each(|node| findings(space, plan, *node, Some(at), to));
            }
        }
        Op::Relation(Relation::NotNear(_), left, _) => {
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
fn tell(
    space: &Space,
    article: &Article,
    feed: Option<&Feed>,
    finding: &Finding,
    clause: &str,
    points: Option<i64>,
) -> Reason {
    let (document, Occurrence { first, last }) = (&space.document, finding.at);
    Reason {
        field: field(document.segment_at(first).part),
        start: document.token(first).start as usize,
        end: document.token(last).end as usize,
        text: document.raw(article, feed, first, last).to_owned(),
        term: finding.written.to_string(),
        clause: clause.to_owned(),
        points,
    }
}
