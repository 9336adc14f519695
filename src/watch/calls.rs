//! Which clauses a term calls: a clause is filed under terms of which one must occur for it to match, the rarest
//! possible ones, so that an article calls few clauses that do not match.

use super::compile::{Scored, Watch};
use super::lexicon::TermId;
use super::plan::{NodeId, Op, Plan};

/// A clause that a term calls up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call {
    /// The number of its watch.
    pub(super) watch: u32,
    /// Its node; none when the points must be counted to know.
    pub(super) clause: Option<NodeId>,
    /// Another term without which it cannot match: looked at before the clause is.
    pub(super) needs: Option<TermId>,
}

/// The calls of all terms, those of one side by side.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// Where the calls of each term begin, and where the last end.
    starts: Vec<u32>,
    calls: Vec<Call>,
}

impl Calls {
    /// Files the clauses of all watches.
    pub(super) fn of(watches: &[Watch], plan: &Plan) -> Calls {
        let mut by_term: Vec<(TermId, Call)> = Vec::new();
        for (watch, number) in watches.iter().zip(0..) {
            watch.clauses.iter().for_each(|clause| file(clause.node, number, plan, &mut by_term));
            if watch.clauses.is_empty() {
                let call = Call { watch: number, clause: None, needs: None };
                let needed = needed(watch, plan).map(|line| line.clause.node);
                by_term.extend(plan.union(needed).terms.into_iter().map(|term| (term, call)));
            }
        }
        by_term.sort_unstable();
        let mut starts = vec![0; plan.lexicon.len() + 1];
        by_term.iter().for_each(|(term, _)| starts[*term as usize + 1] += 1);
        for term in 1..starts.len() {
            starts[term] += starts[term - 1];
        }
        Calls { starts, calls: by_term.into_iter().map(|(_, call)| call).collect() }
    }

    /// The calls of a term.
    pub(super) fn of_term(&self, term: TermId) -> &[Call] {
        let (start, end) = (self.starts[term as usize], self.starts[term as usize + 1]);
        &self.calls[start as usize..end as usize]
    }
}

/// Files a clause; where it has alternatives, as a list has, each by itself, as one is enough.
fn file(node: NodeId, watch: u32, plan: &Plan, to: &mut Vec<(TermId, Call)>) {
    match &plan.nodes[node as usize] {
        Op::Or(alternatives) => alternatives.iter().for_each(|one| file(*one, watch, plan, to)),
        Op::Term(..) | Op::Unmasked(..) => {
            plan.each_anchor(node, |term| to.push((term, Call { watch, clause: Some(node), needs: None })));
        }
        _ => {
            let mut needs = plan.needs(node);
            needs.sort_by_key(|anchors| anchors.cost);
            let mut needs = needs.into_iter();
            let anchors = needs.next().unwrap_or_default().terms;
            let single = needs.find(|other| other.terms.len() == 1 && other.terms.is_disjoint(&anchors));
            let needs = single.and_then(|other| other.terms.first().copied());
            let call = Call { watch, clause: Some(node), needs };
            to.extend(anchors.into_iter().map(|term| (term, call)));
        }
    }
}

/// The lines of a score without all of which its threshold is out of reach. Those with the most common words are left
/// out as long as they alone cannot reach it.
fn needed<'w>(watch: &'w Watch, plan: &Plan) -> impl Iterator<Item = &'w Scored> {
    let mut lines: Vec<_> = watch.scored.iter().filter(|line| line.points > 0).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(plan.anchors(line.clause.node).cost));
    let threshold = watch.threshold.unwrap_or(1);
    let mut below: i64 = 0;
    lines.into_iter().skip_while(move |line| {
        below = below.saturating_add(line.most());
        below < threshold
    })
}
