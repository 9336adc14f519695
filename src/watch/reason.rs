//! Why a watch fired: the words found, where they stand, and for which clause.

use std::sync::Arc;

use super::document::field;
use super::matcher::{Occurrence, Space};
use super::plan::{NodeId, Op, Plan};
use super::syntax::Relation;
use crate::model::{Article, Feed, Reason};

/// Reasons told for one hit: enough for a page; an alert is one line of limited length.
pub(super) const REASONS_MOST: usize = 32;

/// A word or phrase found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    pub(super) at: Occurrence,
    pub(super) written: Arc<str>,
}

/// The words that make a node match, within an occurrence of what it stands in.
pub(super) fn findings(
    space: &mut Space,
    plan: &Plan,
    node: NodeId,
    within: Option<Occurrence>,
    to: &mut Vec<Finding>,
) {
    if !space.matches(plan, node) {
        return;
    }
    let range = space.places(plan, node);
    let inside = |at: &Occurrence| within.is_none_or(|within| within.first <= at.first && at.last <= within.last);
    let own: Vec<Occurrence> = space.found(range).iter().copied().filter(inside).collect();
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
pub(super) fn tell(
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
