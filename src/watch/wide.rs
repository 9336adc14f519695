//! Nodes with many alternatives, such as a list: which of them a term calls up. Most have no word in an article, so
//! that only those are looked at that have one.

use super::lexicon::TermId;
use super::plan::{NodeId, Op, Plan};

/// Alternatives of a node from which on those are looked for that have a word in the article.
const ALTERNATIVES_LEAST: usize = 16;

/// The alternatives of all such nodes by the terms of which each needs one, those of a term side by side.
#[derive(Debug, Default)]
pub(super) struct Wide {
    /// Where the alternatives of each term begin, and where the last end.
    starts: Vec<u32>,
    /// A node and one of its alternatives, in order of the nodes.
    called: Vec<(NodeId, NodeId)>,
}

/// Whether a node of these alternatives is one.
pub(super) fn is_wide(alternatives: &[NodeId]) -> bool {
    alternatives.len() >= ALTERNATIVES_LEAST
}

impl Wide {
    /// Files the alternatives of all nodes that have many.
    pub(super) fn of(plan: &Plan) -> Wide {
        let mut by_term: Vec<(TermId, (NodeId, NodeId))> = Vec::new();
        for (op, node) in plan.nodes.iter().zip(0..) {
            let Op::Or(alternatives) = op else { continue };
            if is_wide(alternatives) {
                alternatives.iter().for_each(|one| plan.each_anchor(*one, |term| by_term.push((term, (node, *one)))));
            }
        }
        by_term.sort_unstable();
        let mut starts = vec![0; plan.lexicon.len() + 1];
        by_term.iter().for_each(|(term, _)| starts[*term as usize + 1] += 1);
        for term in 1..starts.len() {
            starts[term] += starts[term - 1];
        }
        Wide { starts, called: by_term.into_iter().map(|(_, called)| called).collect() }
    }

    /// The alternatives of a node that a term calls up.
    pub(super) fn called(&self, term: TermId, node: NodeId) -> impl Iterator<Item = NodeId> + use<'_> {
        let (start, end) = (self.starts[term as usize] as usize, self.starts[term as usize + 1] as usize);
        let called = &self.called[start..end];
        let from = called.partition_point(|(wide, _)| *wide < node);
        called[from..].iter().take_while(move |(wide, _)| *wide == node).map(|(_, one)| *one)
    }
}
