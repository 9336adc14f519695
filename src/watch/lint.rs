//! Warnings about a query that is valid, but perhaps not understood as meant.

mod left_out;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use foldhash::{HashMap, HashMapExt};

use super::common::is_common;
use super::forms::{self, Language};
use super::syntax::{Expr, Fault, Manner, Node, Reach, Relation, Word, print};
use crate::text::fold::{Class, table};
use crate::text::form::spelling;

/// Words between, within a sentence, beyond which a distance is worth a look.
const DISTANCE_IN_SENTENCE_MOST: u32 = 30;

/// The most warnings per text: a thousand warnings about the same slip help nobody, and each of them costs the search
/// for its line.
const WARNINGS_MOST: usize = 50;

pub(super) use left_out::{Sought, lint_dead, lint_ignored, needed_phrases, passes_over_words};

/// Warnings on a list. Its words may serve several languages, so that one need not be of use in each.
pub(super) fn lint_list(text: &str, node: &Node, language: Language) -> Vec<Fault> {
    let mut lint = Lint { text, language, is_list: true, faults: Vec::new() };
    lint.visit(node);
    few(lint.faults)
}

/// Warnings on a query of what is to be found.
pub(super) fn lint(text: &str, node: &Node, language: Language) -> Vec<Fault> {
    let mut lint = Lint { text, language, is_list: false, faults: Vec::new() };
    lint.visit(node);
    lint.common(node);
    few(lint.faults)
}

/// As many warnings as a person reads, and how many more there are.
fn few(mut faults: Vec<Fault>) -> Vec<Fault> {
    let more = faults.len().saturating_sub(WARNINGS_MOST);
    if more > 0 {
        let at = faults[WARNINGS_MOST].at.clone();
        faults.truncate(WARNINGS_MOST);
        let message = format!("{more} more warnings on this text, the first of them here");
        faults.push(Fault::new(at, message).hint("correct those above, then check again"));
    }
    faults
}

/// Warnings on what drops whole articles.
pub(super) fn lint_reject(text: &str, node: &Node, language: Language) -> Vec<Fault> {
    let mut faults = lint(text, node, language);
    if matches!(node.expr, Expr::Phrase(_)) {
        let phrase = &text[node.at.clone()];
        faults.push(
            Fault::new(node.at.clone(), format!("reject drops whole articles that say {phrase} anywhere"))
                .hint(format!("to skip only the phrase {phrase} use ignore")),
        );
    }
    faults
}

struct Lint<'t> {
    text: &'t str,
    language: Language,
    is_list: bool,
    faults: Vec<Fault>,
}

impl Lint<'_> {
    fn visit(&mut self, node: &Node) {
        match &node.expr {
            Expr::Word(word) => self.word(word, node.at.clone()),
            Expr::Loose(nodes) => {
                self.operators_that_are_none(nodes);
                nodes.iter().for_each(|node| self.visit(node));
            }
            Expr::Phrase(steps) => self.phrase(steps, node),
            Expr::Or(nodes) => {
                self.brackets(nodes);
                self.repeated(nodes);
                if !self.is_list {
                    self.subsumed(nodes);
                }
                nodes.iter().for_each(|node| self.visit(node));
            }
            Expr::And(all, none) => all.iter().chain(none).for_each(|node| self.visit(node)),
            Expr::AnyOf(_, nodes) => nodes.iter().for_each(|node| self.visit(node)),
            Expr::Relation(relation, left, right) => {
                self.far(*relation, left, right);
                [left, right].into_iter().for_each(|node| self.visit(node));
            }
            Expr::Field(_, inner) | Expr::AtLeast(_, inner) => self.visit(inner),
            // A list may serve several languages; its words are not judged.
            Expr::List(..) | Expr::Shipped(..) => {}
        }
    }

    /// An alternative of nothing but common words finds everything.
    fn common(&mut self, node: &Node) {
        match &node.expr {
            Expr::Or(nodes) => nodes.iter().for_each(|node| self.common(node)),
            Expr::Word(word) if is_one_letter(word) => {
                let message = format!("{} is one letter, which stands in nearly every article", self.at(&node.at));
                self.warn(node.at.clone(), message, "write more of the word, or join it to another with NEAR/5");
            }
            _ if is_too_common(node) => {
                let message = format!("{} is so common that nearly every article has it", self.at(&node.at));
                self.warn(node.at.clone(), message, "add a rarer word with AND or NEAR/5");
            }
            _ => {}
        }
    }

    fn at(&self, range: &Range<usize>) -> String {
        format!("\"{}\"", self.text[range.clone()].trim_matches('"'))
    }

    fn warn(&mut self, at: Range<usize>, message: String, hint: impl Into<String>) {
        self.faults.push(Fault::new(at, message).hint(hint));
    }

    /// Few sentences are so long that such a distance means anything in them.
    fn far(&mut self, relation: Relation, left: &Node, right: &Node) {
        let (Relation::Near(n, Reach::Sentence) | Relation::Before(n, Reach::Sentence)) = relation else { return };
        if n > DISTANCE_IN_SENTENCE_MOST {
            let message = format!("{relation} stays within a sentence, and few are that long");
            let hint = format!("write {relation} SAME PARAGRAPH if it may reach into the next sentences");
            let between = &self.text[left.at.end..right.at.start];
            let start = left.at.end + between.find(|c: char| c.is_ascii_uppercase()).unwrap_or_default();
            let end = left.at.end + between.trim_end_matches(|c: char| c.is_whitespace() || c == '(').len();
            self.warn(start..end.max(start), message, hint);
        }
    }

    /// AND and NEAR/n bind tighter than OR; an author who mixes them without brackets may not know.
    fn brackets(&mut self, nodes: &[Node]) {
        let is_bare = |node: &Node, text: &str| !text[node.at.clone()].starts_with('(');
        for (number, node) in nodes.iter().enumerate() {
            if !is_bare(node, self.text) {
                continue;
            }
            match &node.expr {
                Expr::And(..) => {
                    let understood = format!("({})", &self.text[node.at.clone()]);
                    self.warn(
                        node.at.clone(),
                        "AND binds tighter than OR".to_owned(),
                        format!("if you meant {understood} set the brackets, else bracket the OR"),
                    );
                }
                Expr::Relation(relation, left, right) => {
                    let before = number
                        .checked_sub(1)
                        .map(|before| &nodes[before])
                        .filter(|before| self.are_on_one_line(before, node));
                    let after = nodes.get(number + 1).filter(|after| self.are_on_one_line(node, after));
                    let is_word = |node: &&Node| matches!(node.expr, Expr::Word(_));
                    let (bound, hint) = match (before.filter(is_word), after.filter(is_word)) {
                        (Some(before), _) if is_word(&&**left) => {
                            let [other, own, right] =
                                [&before.at, &left.at, &right.at].map(|at| &self.text[at.clone()]);
                            (own, format!("write ({other} OR {own}) {relation} {right} if you meant both"))
                        }
                        (_, Some(after)) if is_word(&&**right) => {
                            let [left, own, other] = [&left.at, &right.at, &after.at].map(|at| &self.text[at.clone()]);
                            (own, format!("write {left} {relation} ({own} OR {other}) if you meant both"))
                        }
                        _ => continue,
                    };
                    let message = format!("this {relation} binds only \"{bound}\"");
                    self.warn(node.at.clone(), message, hint);
                }
                _ => {}
            }
        }
    }

    fn are_on_one_line(&self, one: &Node, other: &Node) -> bool {
        !self.text[one.at.end..other.at.start].contains('\n')
    }

    /// Alternatives that occur twice. For words of a query see `subsumed`.
    fn repeated(&mut self, nodes: &[Node]) {
        let mut seen = BTreeSet::new();
        let mut twice = Vec::new();
        for node in nodes.iter().filter(|node| self.is_list || !matches!(node.expr, Expr::Word(_))) {
            if !seen.insert(print(node)) {
                twice.push(node.at.clone());
            }
        }
        for at in twice {
            let message = format!("{} stands here twice", self.at(&at));
            self.warn(at, message, "leave one of them out");
        }
    }

    /// A word whose forms another alternative has already adds nothing.
    fn subsumed(&mut self, nodes: &[Node]) {
        // Kin begin alike; a word alone with its beginning needs no forms.
        let beginning = |word: &Word| spelling(&word.text).chars().take(2).collect::<String>();
        let mut alike: BTreeMap<String, usize> = BTreeMap::new();
        nodes.iter().filter_map(listed).for_each(|word| *alike.entry(beginning(word)).or_default() += 1);
        let words = nodes.iter().filter_map(|node| listed(node).map(|word| (node.at.clone(), word)));
        let words = words.filter(|(_, word)| alike[&beginning(word)] > 1);
        let words: Vec<_> = words.map(|(at, word)| (at, forms_of(word, self.language), word)).collect();
        // A word that covers another one has its spelling among its forms, and few do. Of words with the same forms
        // only the first is used.
        let mut known = HashMap::new();
        let mut by_form: HashMap<&str, Vec<usize>> = HashMap::new();
        for (number, (_, forms, _)) in words.iter().enumerate() {
            if *known.entry(forms).or_insert(number) == number {
                forms.iter().for_each(|form| by_form.entry(form).or_default().push(number));
            }
        }
        let mut faults = Vec::new();
        for (number, (at, forms, word)) in words.iter().enumerate() {
            let covers = |other: &usize| {
                let more = &words[*other].1;
                *other != number && forms.is_subset(more) && (forms.len() < more.len() || *other < number)
            };
            let cover = by_form.get(&*spelling(&word.text)).into_iter().flatten().copied().find(covers);
            if let Some((_, _, by)) = cover.filter(|_| !word.text.contains('-')).map(|cover| &words[cover]) {
                let message = match word.to_string() == by.to_string() {
                    true => format!("\"{word}\" stands here twice"),
                    false => format!("\"{word}\" adds nothing: \"{by}\" stands for it already"),
                };
                faults.push(Fault::new(at.clone(), message).hint("leave one of them out"));
            }
        }
        self.faults.append(&mut faults);
    }
}

/// A word whose forms can be listed.
fn listed(node: &Node) -> Option<&Word> {
    match &node.expr {
        Expr::Word(word) if matches!(word.manner, Manner::Family | Manner::Exact) => Some(word),
        _ => None,
    }
}

/// The forms of such a word.
pub(super) fn forms_of(word: &Word, language: Language) -> BTreeSet<String> {
    match word.manner {
        Manner::Family => forms::family(&word.text, language).forms,
        _ => BTreeSet::from([spelling(&word.text)]),
    }
}

/// Whether a word is a letter or a sign by itself, and no name such as C++.
fn is_one_letter(word: &Word) -> bool {
    let in_word = |c: &char| matches!(table().look_up(*c).0, Class::Letter | Class::Sign);
    matches!(word.manner, Manner::Family | Manner::Exact)
        && word.text.chars().filter(in_word).count() == 1
        && word.text.chars().count() == 1
}

/// Whether nothing but common words is asked for. Phrases of common words may well be rare.
fn is_too_common(node: &Node) -> bool {
    match &node.expr {
        Expr::Word(word) => matches!(word.manner, Manner::Family | Manner::Exact) && is_common(&spelling(&word.text)),
        Expr::Loose(nodes) | Expr::And(nodes, _) => nodes.iter().all(is_too_common),
        Expr::Or(nodes) => nodes.iter().any(is_too_common),
        Expr::Relation(_, left, right) => is_too_common(left) && is_too_common(right),
        Expr::Field(_, inner) | Expr::AtLeast(_, inner) => is_too_common(inner),
        Expr::Phrase(_) | Expr::AnyOf(..) | Expr::List(..) | Expr::Shipped(..) => false,
    }
}
