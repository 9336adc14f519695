//! What is missing in an article for a clause, in the words of the query.

use super::matcher::Space;
use super::plan::{NodeId, Op, Plan};
use super::syntax::{Reach, Relation};

/// Alternatives of an OR that are named; more say no more.
const ALTERNATIVES_TOLD: usize = 3;

/// Nodes looked at for one clause: a list may have thousands of alternatives, and the nearest is found among the first.
const LOOKED_AT_MOST: usize = 300;

/// How near an article comes to a clause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lack {
    /// The required words that the article contains.
    pub(super) there: usize,
    /// All that it asks for.
    pub(super) asked: usize,
    /// What is missing or not in the required position.
    pub(super) told: String,
}

impl Lack {
    fn all(asked: usize) -> Lack {
        Lack { there: asked, asked, told: String::new() }
    }

    fn none(plan: &Plan, node: NodeId) -> Lack {
        Lack { there: 0, asked: 1, told: format!("no {}", told(plan, node)) }
    }

    fn is_nearer(&self, other: &Lack) -> bool {
        self.there * other.asked > other.there * self.asked
    }
}

/// What keeps a node from matching.
pub(super) fn lack(space: &mut Space, plan: &Plan, node: NodeId) -> Lack {
    if space.matches(plan, node) {
        return Lack::all(1);
    }
    match &plan.nodes[node as usize] {
        Op::Never | Op::Term(..) | Op::Unmasked(..) | Op::Phrase(_) => Lack::none(plan, node),
        Op::Or(nodes) if plan.named.contains_key(&node) || nodes.len() > LOOKED_AT_MOST => Lack::none(plan, node),
        Op::Or(nodes) => {
            let mut nearest = Lack::none(plan, node);
            for node in nodes {
                let one = lack(space, plan, *node);
                if one.is_nearer(&nearest) {
                    nearest = one;
                }
            }
            nearest
        }
        Op::And(all, none) => {
            let mut sum = several(space, plan, all);
            let ruled_out: Vec<_> =
                none.iter().filter(|node| space.matches(plan, **node)).map(|node| told(plan, *node)).collect();
            if !ruled_out.is_empty() {
                add(&mut sum.told, format!("{} is there, which AND NOT rules out", ruled_out.join(", ")));
            }
            sum
        }
        Op::AnyOf(n, nodes) => {
            let there = nodes.iter().filter(|node| space.matches(plan, **node)).count();
            Lack { there, asked: *n as usize, told: format!("{there} of the {n} that are asked for") }
        }
        Op::AtLeast(n, inner) => {
            let places = space.places(plan, *inner);
            let times = space.count(places) as usize;
            let told = format!("{} {times} times of the {n} that are asked for", told(plan, *inner));
            Lack { there: times, asked: *n as usize, told }
        }
        Op::Loose(nodes, between) => {
            let sum = several(space, plan, nodes);
            if sum.there < sum.asked {
                return sum;
            }
            Lack { told: format!("they are not within {between} words of each other in one sentence"), ..sum }
        }
        Op::Relation(relation, left, right) => {
            let sum = several(space, plan, &[*left, *right]);
            if sum.there < sum.asked && !matches!(relation, Relation::NotNear(..)) {
                return sum;
            }
            let (one, other) = (told(plan, *left), told(plan, *right));
            Lack { told: standing(space, plan, *relation, (*left, *right), (&one, &other)), ..sum }
        }
    }
}

/// The relation of two things that are both present.
fn standing(
    space: &mut Space,
    plan: &Plan,
    relation: Relation,
    (left, right): (NodeId, NodeId),
    (one, other): (&str, &str),
) -> String {
    let mut holds = |relation| space.relation_holds(plan, relation, left, right);
    match relation {
        Relation::Near(n, reach) | Relation::Before(n, reach) => {
            let near = Relation::Near(n, reach);
            if matches!(relation, Relation::Before(..)) && holds(near) {
                return format!("{other} stands before {one}, not behind it");
            }
            if reach == Reach::Sentence && holds(Relation::Near(n, Reach::Paragraph)) {
                return format!("a sentence ends between {one} and {other}");
            }
            format!("more than {n} words stand between {one} and {other}")
        }
        Relation::SameSentence => format!("{one} and {other} are in different sentences"),
        Relation::SameParagraph => format!("{one} and {other} are in different paragraphs"),
        Relation::NotNear(..) => format!("each {one} is near {other}"),
    }
}

fn several(space: &mut Space, plan: &Plan, nodes: &[NodeId]) -> Lack {
    let mut sum = Lack::default();
    for node in nodes {
        let one = lack(space, plan, *node);
        sum.there += one.there;
        sum.asked += one.asked;
        if one.there < one.asked || !one.told.is_empty() {
            add(&mut sum.told, one.told);
        }
    }
    sum
}

fn add(told: &mut String, more: String) {
    if !told.is_empty() && !more.is_empty() {
        told.push_str(", ");
    }
    told.push_str(&more);
}

/// A node in the words of the query: a list by its name.
pub(super) fn told(plan: &Plan, node: NodeId) -> String {
    if let Some(name) = plan.named.get(&node) {
        return name.to_string();
    }
    if let Some(written) = &plan.written[node as usize] {
        return written.to_string();
    }
    let join = |nodes: &[NodeId], between: &str| {
        let mut names: Vec<String> = Vec::new();
        for node in nodes {
            let name = told(plan, *node);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let more = names.len() > ALTERNATIVES_TOLD;
        names.truncate(ALTERNATIVES_TOLD);
        format!("{}{}", names.join(between), if more { " ..." } else { "" })
    };
    match &plan.nodes[node as usize] {
        Op::Or(nodes) => join(nodes, " OR "),
        Op::And(nodes, _) => join(nodes, " AND "),
        Op::AnyOf(_, nodes) => join(nodes, ", "),
        Op::Loose(nodes, _) => join(nodes, " "),
        Op::AtLeast(_, inner) | Op::Unmasked(inner, _) => told(plan, *inner),
        Op::Relation(relation, left, right) => format!("({} {relation} {})", told(plan, *left), told(plan, *right)),
        Op::Never | Op::Term(..) | Op::Phrase(_) => String::new(),
    }
}
