//! Queries that no article can match: each is a mistake, and is refused with a proposal.

use std::collections::BTreeSet;

use super::forms::Language;
use super::lint::forms_of;
use super::syntax::{Expr, Fault, Manner, Node, Part, Relation, Step, Word, print};

/// The most pairs of words of both sides that are compared one by one.
const COMPARED_MOST: usize = 2_000;

/// The first thing in a query that can never hold; what its lists hold is told of the lists.
pub(super) fn impossible(node: &Node, language: Language) -> Option<Fault> {
    let below = |mut nodes: &mut dyn Iterator<Item = &Node>| (&mut nodes).find_map(|node| impossible(node, language));
    match &node.expr {
        Expr::Word(_) | Expr::Phrase(_) | Expr::Loose(_) | Expr::List(..) | Expr::Shipped(..) => None,
        Expr::Or(nodes) | Expr::AnyOf(_, nodes) => below(&mut nodes.iter()),
        Expr::AtLeast(_, inner) => impossible(inner, language),
        Expr::Field(part, inner) => field(node, *part, inner).or_else(|| impossible(inner, language)),
        Expr::Relation(relation, left, right) => {
            let own = relation_of(node, *relation, left, right, language);
            own.or_else(|| below(&mut [&**left, &**right].into_iter()))
        }
        Expr::And(all, none) => both(all).or_else(|| ruled_out(all, none, language)).or_else(|| below(&mut all.iter())),
    }
}

/// A field in a field, a tier that there is not.
fn field(node: &Node, outer: Part, inner: &Node) -> Option<Fault> {
    if let (Part::Tier, Expr::Word(word)) = (outer, &inner.expr)
        && !matches!(word.text.as_str(), "1" | "2" | "3")
    {
        return Some(Fault::new(inner.at.clone(), "a tier is 1, 2 or 3").hint("write tier: 1"));
    }
    let mut fault = None;
    visit_written(inner, &mut |below| {
        if let Expr::Field(part, _) = &below.expr {
            let (own, other) = (part.name(), outer.name());
            let message = format!("{own}: stands inside {other}:, and no word stands in both");
            let hint = format!("write {own}: or {other}:, or join the two with AND");
            fault.get_or_insert(Fault::new(node.at.start..below.at.end, message).hint(hint));
        }
    });
    fault
}

fn relation_of(node: &Node, relation: Relation, left: &Node, right: &Node, language: Language) -> Option<Fault> {
    let never = |message: String| Fault::new(node.at.clone(), message);
    if let Relation::NotNear(..) = relation {
        let hint = "write another word behind it, or leave it out";
        return covers(right, left, language)
            .then(|| never(format!("this never holds: {} is always near itself", print(left))).hint(hint));
    }
    let (one, other) = (parts(left), parts(right));
    if one.is_disjoint(&other) {
        let name = |parts: &BTreeSet<Part>| match parts.first() {
            Some(part) if parts.len() == 1 => format!("{}:", part.name()),
            _ => "the text".to_owned(),
        };
        let (one, other) = (name(&one), name(&other));
        let message = format!("this never holds: nothing in {one} is near anything in {other}");
        return Some(never(message).hint("join them with AND"));
    }
    let is_same = matches!(relation, Relation::SameSentence | Relation::SameParagraph);
    for (pair, single) in [(left, right), (right, left)].into_iter().filter(|_| is_same) {
        let Expr::Relation(within, a, b) = &pair.expr else { continue };
        if [a, b].into_iter().any(|side| print(side) == print(single)) && !matches!(within, Relation::NotNear(..)) {
            let said = print(single);
            let message = format!("{said} stands on both sides of {relation}, which asks for it twice");
            let stays = match within {
                Relation::Near(..) | Relation::Before(..) => " stays within a sentence by itself",
                _ => " says all",
            };
            return Some(never(message).hint(format!("write {}; {within}{stays}", print(pair))));
        }
    }
    None
}

/// Two things an article has one of, and that differ.
fn both(all: &[Node]) -> Option<Fault> {
    let single = |node: &Node| match &node.expr {
        Expr::Field(part @ (Part::Lang | Part::Tier), inner) => match &inner.expr {
            // Of a label such as pt-BR both halves may be asked for.
            Expr::Word(word) if *part == Part::Tier || Language::of_code(&word.text).is_some() => {
                Some((*part, word.text.clone()))
            }
            _ => None,
        },
        _ => None,
    };
    let mut first: Option<(Part, String)> = None;
    for node in all {
        let Some((part, value)) = single(node) else { continue };
        match &first {
            Some((known, other)) if *known == part && *other != value => {
                let what = if part == Part::Lang { "language" } else { "tier" };
                let message = format!("this never holds: an article has one {what}");
                let hint = format!("write {0}: {other} OR {0}: {value}", part.name());
                return Some(Fault::new(all[0].at.start..node.at.end, message).hint(hint));
            }
            Some(_) => {}
            None => first = Some((part, value)),
        }
    }
    None
}

/// A word that is required and excluded at the same time.
fn ruled_out(all: &[Node], none: &[Node], language: Language) -> Option<Fault> {
    let mut needed = Vec::new();
    all.iter().for_each(|node| needs(node, &mut needed));
    for out in none {
        if let Some(wanted) = needed.iter().find(|wanted| covers(out, wanted, language)) {
            let message = format!("this never holds: {} is asked for and ruled out", print(wanted));
            return Some(
                Fault::new(out.at.clone(), message).hint("leave one of them out; to pass over a phrase use ignore"),
            );
        }
    }
    None
}

/// The words that an article must contain for a node to match.
pub(super) fn needs(node: &Node, to: &mut Vec<Node>) {
    to.push(node.clone());
    match &node.expr {
        Expr::Loose(nodes) | Expr::And(nodes, _) => nodes.iter().for_each(|node| needs(node, to)),
        Expr::Relation(Relation::NotNear(..), left, _) => needs(left, to),
        Expr::Relation(_, left, right) => [left, right].into_iter().for_each(|node| needs(node, to)),
        Expr::AtLeast(_, inner) => needs(inner, to),
        Expr::Field(Part::Title | Part::Summary | Part::Body | Part::Lead, inner) => needs(inner, to),
        Expr::Phrase(steps) => to.extend(steps.iter().filter_map(|step| match step {
            Step::Word(word, at) => Some(Node { expr: Expr::Word(word.clone()), at: at.clone() }),
            Step::Gap => None,
        })),
        Expr::Word(_) | Expr::Or(_) | Expr::Field(..) | Expr::AnyOf(..) | Expr::List(..) | Expr::Shipped(..) => {}
    }
}

/// Whether one is found wherever the other is. Of very long lists only equal ones are seen.
fn covers(one: &Node, other: &Node, language: Language) -> bool {
    if words(one).saturating_mul(words(other)) > COMPARED_MOST {
        return print(one) == print(other);
    }
    covers_each(one, other, language)
}

fn words(node: &Node) -> usize {
    let mut words = 0;
    node.visit(&mut |node| words += usize::from(matches!(node.expr, Expr::Word(_) | Expr::Phrase(_))));
    words
}

fn covers_each(one: &Node, other: &Node, language: Language) -> bool {
    let covers = covers_each;
    match (&one.expr, &other.expr) {
        (Expr::Or(alternatives), _) => alternatives.iter().any(|one| covers(one, other, language)),
        (Expr::List(name, inner), _) => {
            matches!(&other.expr, Expr::List(own, _) if own == name) || covers(inner, other, language)
        }
        (_, Expr::List(_, inner)) => covers(one, inner, language),
        (_, Expr::Or(alternatives)) => alternatives.iter().all(|other| covers(one, other, language)),
        (Expr::Word(one), Expr::Word(other)) if is_listed(one) && is_listed(other) => {
            forms_of(other, language).is_subset(&forms_of(one, language))
        }
        _ => print(one) == print(other),
    }
}

fn is_listed(word: &Word) -> bool {
    matches!(word.manner, Manner::Family | Manner::Exact)
}

/// The parts of an article in which a node may be found.
fn parts(node: &Node) -> BTreeSet<Part> {
    let text = || BTreeSet::from([Part::Title, Part::Summary, Part::Body]);
    match &node.expr {
        Expr::Field(Part::Lead, _) => text(),
        Expr::Field(Part::Feed, _) => BTreeSet::from([Part::Feed]),
        Expr::Field(part, _) => BTreeSet::from([*part]),
        Expr::Or(nodes) => nodes.iter().flat_map(parts).collect(),
        Expr::Relation(_, left, _) => parts(left),
        Expr::AtLeast(_, inner) => parts(inner),
        Expr::List(_, inner) => parts(inner),
        _ => text(),
    }
}

/// Visits a node and the nodes written below it, but not the lists that it names.
fn visit_written(node: &Node, visitor: &mut dyn FnMut(&Node)) {
    if matches!(node.expr, Expr::List(..) | Expr::Shipped(..)) {
        return;
    }
    visitor(node);
    match &node.expr {
        Expr::Word(_) | Expr::Phrase(_) | Expr::List(..) | Expr::Shipped(..) => {}
        Expr::Loose(nodes) | Expr::Or(nodes) | Expr::AnyOf(_, nodes) => {
            nodes.iter().for_each(|node| visit_written(node, visitor));
        }
        Expr::And(all, none) => all.iter().chain(none).for_each(|node| visit_written(node, visitor)),
        Expr::Relation(_, left, right) => [left, right].into_iter().for_each(|node| visit_written(node, visitor)),
        Expr::Field(_, inner) | Expr::AtLeast(_, inner) => visit_written(inner, visitor),
    }
}
