//! The notes of `check`, besides mistakes and warnings: lists that replace built-in ones, and words for which there is
//! a built-in list.

use std::collections::BTreeSet;

use super::forms::{Family, Language, family};
use super::lists::{ShippedList, shipped_list, shipped_names};
use super::source::{Lists, Part, Problem, Severity, WatchSource};
use super::syntax::{Expr, Fault, Manner, Node, parse, parse_lists};
use crate::text::form::spelling;

/// All advice on files that compile: of each list at most one line.
pub fn advice(lists: &Lists, watches: &[WatchSource]) -> Vec<Problem> {
    let own = lists.keys().filter(|name| shipped_names().any(|shipped| shipped == *name));
    let mut all: Vec<_> = own.map(|name| stands_in(name, &lists[name])).collect();
    let (nodes, _) = parse_lists(lists);
    let mut open: Vec<ShippedList> =
        shipped_names().filter(|name| !nodes.has_own(name)).filter_map(shipped_list).collect();
    for (number, watch) in watches.iter().enumerate() {
        for (part, text, code) in queries(number, watch) {
            let Ok(node) = parse(text, &nodes) else { continue };
            open.retain(|list| !uses(&node, list.name));
            let mut words = Vec::new();
            bare(&node, &mut words);
            for (word, at) in words {
                let Some(place) = open.iter().position(|list| means(list, &word, code)) else { continue };
                let list = open.remove(place);
                let spoken = list.languages.len();
                let message = format!("there is a list {{{}}} in {spoken} languages", list.name);
                let (name, argument) = (list.name, quoted(list.name));
                let hint = format!("write {{{name}}} instead of {word}; see `feedwatch lists {argument}`");
                let fault = Fault::new(at, message).hint(hint);
                all.push(note(part.clone(), fault));
            }
        }
    }
    all
}

fn quoted(name: &str) -> String {
    if name.contains(' ') { format!("\"{name}\"") } else { name.to_owned() }
}

fn note(part: Part, fault: Fault) -> Problem {
    Problem { severity: Severity::Note, part, range: fault.at, message: fault.message, hint: fault.hint }
}

fn stands_in(name: &str, text: &str) -> Problem {
    let message = format!("this list is used for {{{name}}}, and not the one of that name that ships");
    let fault = Fault::new(0..text.len(), message)
        .hint("if you want both, give yours another name and write {yours} OR {theirs}".replace("theirs", name));
    note(Part::List(name.to_owned()), fault)
}

/// What a watch looks for: its queries, each with its language.
fn queries(number: usize, watch: &WatchSource) -> impl Iterator<Item = (Part, &str, &str)> {
    let own = watch.lang.as_deref().unwrap_or("en");
    let find = std::iter::once((Part::Find(number), watch.find.as_str(), own));
    let also =
        watch.also.iter().map(move |(code, text)| (Part::Also(number, code.clone()), text.as_str(), code.as_str()));
    find.chain(also)
}

fn uses(node: &Node, name: &str) -> bool {
    let mut found = false;
    node.visit(&mut |node| found |= matches!(&node.expr, Expr::Shipped(list, _) if list.name == name));
    found
}

/// Single words, with all their forms; words of lists are the author's own choice.
fn bare(node: &Node, to: &mut Vec<(String, std::ops::Range<usize>)>) {
    match &node.expr {
        Expr::Word(word) if word.manner == Manner::Family => to.push((word.text.clone(), node.at.clone())),
        Expr::Loose(nodes) | Expr::Or(nodes) | Expr::AnyOf(_, nodes) => nodes.iter().for_each(|node| bare(node, to)),
        Expr::And(all, _) => all.iter().for_each(|node| bare(node, to)),
        Expr::Relation(_, left, right) => [left, right].into_iter().for_each(|node| bare(node, to)),
        Expr::Field(_, inner) | Expr::AtLeast(_, inner) => bare(inner, to),
        Expr::Word(_) | Expr::Phrase(_) | Expr::List(..) | Expr::Shipped(..) => {}
    }
}

/// Whether a word is the first word of a list in this language, or the list's name.
fn means(list: &ShippedList, word: &str, code: &str) -> bool {
    let Some(language) = Language::of_code(code) else { return false };
    let head = list.languages.iter().find(|words| words.lang == code).map(|words| words.head());
    let heads: BTreeSet<&str> = head.into_iter().chain((code == "en").then_some(list.name)).collect();
    let word = spelling(word);
    heads.into_iter().any(|head| {
        let Family { forms, .. } = family(head, language);
        forms.contains(&word)
    })
}
