//! What is allowed and still worth a look: warnings on a query that was understood, but perhaps not as meant.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use foldhash::{HashMap, HashMapExt};

use super::common::is_common;
use super::forms::{self, Language};
use super::pattern::Pattern;
use super::signs::edges;
use super::syntax::{Expr, Fault, Manner, Node, Reach, Relation, Step, Word};
use crate::text::fold::{Class, table};
use crate::text::form::spelling;

/// Dictionary words a wildcard may stand for before it is worth a look.
const WILDCARD_WORDS_MOST: usize = 100;

/// Words between, within a sentence, beyond which a distance is worth a look.
const DISTANCE_IN_SENTENCE_MOST: u32 = 30;

/// Words in capitals that are operators in other languages, and what they are here.
const FOREIGN_OPERATORS: &[(&[&str], &str)] = &[
    (&["ODER", "OU", "ИЛИ", "VEYA"], "OR"),
    (&["UND", "ET", "VE", "PLUS"], "AND"),
    (&["ANDNOT", "NICHT", "OHNE", "SAUF", "SIN", "SENZA", "EXCEPT", "MINUS", "BUTNOT", "НЕ"], "AND NOT"),
    (&["ADJ", "NEXT", "AROUND", "WITHIN", "ONEAR"], "NEAR/5"),
    (&["XOR"], "(a OR b) AND NOT (a AND b)"),
];

/// Letters of a short form, which may have a full stop behind it.
const SHORT_FORM_LETTERS_MOST: usize = 5;

/// Warnings told of one text: who made the same slip in a thousand lines needs no thousand warnings, and each of them costs the
/// search for its line.
const WARNINGS_MOST: usize = 50;

/// Warnings on a query of what is to be found.
pub(super) fn lint(text: &str, node: &Node, language: Language) -> Vec<Fault> {
    let mut lint = Lint { text, language, faults: Vec::new() };
    lint.visit(node);
    lint.common(node);
    few(lint.faults)
}

/// So many warnings as somebody reads, and how many more there are.
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

/// Warnings on what is passed over: a single word that is also looked for is never found any more.
pub(super) fn lint_ignored(text: &str, node: &Node, sought: &Sought, language: Language) -> Vec<Fault> {
    let mut lint = Lint { text, language, faults: Vec::new() };
    lint.hidden(node, sought);
    few(lint.faults)
}

/// The words that a watch looks for and whose forms can be listed, by their own spelling: it is among their forms, so that what
/// hides all of these hides it too.
#[derive(Debug, Default)]
pub(super) struct Sought {
    by_spelling: HashMap<String, Vec<(usize, Word)>>,
    words: usize,
}

impl Sought {
    /// Adds the words of a query.
    pub(super) fn add(&mut self, node: &Node) {
        node.visit(&mut |node| {
            let Some(word) = listed(node) else { return };
            let alike = self.by_spelling.entry(spelling(&word.text)).or_default();
            if !alike.iter().any(|(_, known)| known == word) {
                alike.push((self.words, word.clone()));
            }
            self.words += 1;
        });
    }

    /// The first word of the queries all of whose forms are among these.
    fn hidden_by(&self, forms: &BTreeSet<String>, language: Language) -> Option<&Word> {
        let spelled = forms.iter().filter_map(|form| self.by_spelling.get(form)).flatten();
        let hidden = spelled.filter(|(_, word)| forms_of(word, language).is_subset(forms));
        hidden.min_by_key(|(number, _)| *number).map(|(_, word)| word)
    }
}

/// Whether a query passes over any single word.
pub(super) fn passes_over_words(node: &Node) -> bool {
    match &node.expr {
        Expr::Or(nodes) => nodes.iter().any(passes_over_words),
        _ => listed(node).is_some(),
    }
}

struct Lint<'t> {
    text: &'t str,
    language: Language,
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
                self.subsumed(nodes);
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
            _ if is_too_common(node) => {
                let message = format!("{} is so common that nearly every article has it", self.at(&node.at));
                self.warn(node.at.clone(), message, "add a rarer word with AND or NEAR/5");
            }
            _ => {}
        }
    }

    fn hidden(&mut self, node: &Node, sought: &Sought) {
        if let Expr::Or(nodes) = &node.expr {
            nodes.iter().for_each(|node| self.hidden(node, sought));
        }
        let Some(word) = listed(node) else { return };
        let ignored = forms_of(word, self.language);
        if let Some(found) = sought.hidden_by(&ignored, self.language) {
            let message = format!("with \"{word}\" passed over, this watch never finds its own \"{found}\"");
            self.warn(node.at.clone(), message, "write the phrase to pass over, such as \"box office\"");
        }
    }

    fn at(&self, range: &Range<usize>) -> String {
        format!("\"{}\"", self.text[range.clone()].trim_matches('"'))
    }

    fn warn(&mut self, at: Range<usize>, message: String, hint: impl Into<String>) {
        self.faults.push(Fault::new(at, message).hint(hint));
    }

    /// What at the edge of a word counts, and what does not.
    fn edges(&mut self, word: &Word, at: Range<usize>) {
        let (before, behind) = edges(&word.text, word.manner);
        let bare = word.text.trim_matches(|c: char| !c.is_alphanumeric());
        if !before.is_empty() || !behind.is_empty() {
            if word.manner == Manner::Family {
                let name = format!("{before}{bare}{behind}");
                let message = format!("the signs of \"{name}\" count: it finds {name}, and not {bare}");
                self.warn(at, message, format!("if that is meant write ={name}; for the word alone write {bare}"));
            }
            return;
        }
        let rest = word.text.trim_start_matches(|c: char| !c.is_alphanumeric());
        let end = rest.strip_prefix(bare).unwrap_or_default();
        let is_short =
            bare.contains('.') || bare.chars().count() <= SHORT_FORM_LETTERS_MOST && end == "." && bare.is_ascii();
        let is_stop = |c: char| {
            matches!(table().look_up(c).0, Class::Dot | Class::Stop | Class::FullStop) || c == ':' || c == '：'
        };
        if !end.is_empty() && end.chars().all(is_stop) && !is_short && word.manner != Manner::Wildcard {
            self.warn(at, format!("the {end} behind \"{bare}\" does not count"), format!("write {bare}"));
        }
    }

    fn word(&mut self, word: &Word, at: Range<usize>) {
        self.edges(word, at.clone());
        if let Some((one, other)) = word.text.split_once('/')
            && [one, other].iter().all(|part| part.chars().count() > 2 && part.chars().all(char::is_lowercase))
            && word.manner == Manner::Family
        {
            let message = format!("\"{}\" finds both words side by side, not either of them", word.text);
            self.warn(at.clone(), message, format!("for either write {one} OR {other}"));
        }
        let is_of = |from: char, to: char| move |c: char| (from..=to).contains(&c);
        let (latin, cyrillic, greek) = (
            word.text.contains(|c: char| c.is_ascii_alphabetic()),
            word.text.contains(is_of('а', 'я')),
            word.text.contains(is_of('α', 'ω')),
        );
        if latin && (cyrillic || greek) {
            let other = if cyrillic { "Cyrillic" } else { "Greek" };
            let strange: String = word.text.chars().filter(|c| c.is_alphabetic() && !c.is_ascii_alphabetic()).collect();
            let message = format!("\"{}\" mixes Latin letters with {other} ones that look alike: {strange}", word.text);
            self.warn(at.clone(), message, "type the word anew");
        }
        if word.manner == Manner::Wildcard && self.language == Language::En {
            let pattern = Pattern::glob(&word.text);
            let begun = forms::english_words(&pattern.beginning());
            let known: Vec<_> = begun.iter().filter(|known| pattern.matches(known)).collect();
            if known.len() > WILDCARD_WORDS_MOST {
                let message = format!(
                    "\"{}\" stands for {} words of the dictionary, such as {}",
                    word.text,
                    known.len(),
                    known.iter().step_by(known.len() / 5).take(5).map(|word| **word).collect::<Vec<_>>().join(", ")
                );
                self.warn(at, message, "give more letters, or list the words with OR");
            }
        }
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

    /// What is an operator elsewhere, or would be one in capitals.
    fn operators_that_are_none(&mut self, nodes: &[Node]) {
        for node in nodes {
            let Expr::Word(word) = &node.expr else { continue };
            if let Some(between) = foreign_distance(&word.text) {
                let message = format!("\"{}\" is a word to be found here, no operator", word.text);
                let hint = format!("write NEAR/{between}, or let `feedwatch import-query` translate the query");
                self.warn(node.at.clone(), message, hint);
            }
            let bare = word.text.split('/').next().unwrap_or_default();
            let low = bare.to_lowercase();
            if matches!(low.as_str(), "or" | "and" | "not" | "near" | "before") {
                let message = format!("\"{}\" is a word to be found here; operators are UPPER CASE", word.text);
                let operator = if low == "not" { "AND NOT".to_owned() } else { word.text.to_uppercase() };
                self.warn(node.at.clone(), message, format!("write {operator}, or put the words in quotes"));
            }
            let is_distance = foreign_distance(&word.text).is_some();
            if let Some((_, own)) = FOREIGN_OPERATORS.iter().find(|(words, _)| words.contains(&bare) && !is_distance) {
                let message = format!("\"{bare}\" is a word to be found here, no operator");
                self.warn(node.at.clone(), message, format!("write {own}, or put the words in quotes"));
            }
        }
    }

    fn phrase(&mut self, steps: &[Step], node: &Node) {
        for (number, step) in steps.iter().enumerate() {
            let Step::Word(word, at) = step else { continue };
            let is_last = number + 1 == steps.len();
            if is_last && word.manner == Manner::Wildcard && word.text.ends_with('?') && !word.text.contains('*') {
                let bare = word.text.trim_end_matches('?');
                let message = format!("? stands for one more letter: \"{bare}\" is not found");
                self.warn(at.clone(), message, format!("if it ends a question write {bare}"));
            }
            if edges(&word.text, word.manner) != Default::default() {
                self.edges(word, at.clone());
            }
        }
        let words = steps.iter().map(|step| match step {
            Step::Word(word, _) if word.manner == Manner::Family => Some(spelling(&word.text)),
            _ => None,
        });
        let Some(words) = words.collect::<Option<Vec<_>>>() else { return };
        let both_count = words.len() == 2 && !words.iter().any(|word| is_common(word));
        if self.language == Language::En && both_count && words.iter().any(|word| forms::is_made_of_verb(word)) {
            let phrase = self.at(&node.at);
            let message = format!("{phrase} in quotes finds only these words in this order");
            let bare = phrase.trim_matches('"').to_owned();
            self.warn(
                node.at.clone(),
                message,
                format!("write {bare} without quotes to find them near each other in any order"),
            );
        }
    }

    /// AND and NEAR/n bind tighter than OR; who mixes them without brackets may not know.
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

    /// A word whose forms another alternative has already adds nothing.
    fn subsumed(&mut self, nodes: &[Node]) {
        // Kin begin alike; a word alone with its beginning needs no forms.
        let beginning = |word: &Word| spelling(&word.text).chars().take(2).collect::<String>();
        let mut alike: BTreeMap<String, usize> = BTreeMap::new();
        nodes.iter().filter_map(listed).for_each(|word| *alike.entry(beginning(word)).or_default() += 1);
        let words = nodes.iter().filter_map(|node| listed(node).map(|word| (node.at.clone(), word)));
        let words = words.filter(|(_, word)| alike[&beginning(word)] > 1);
        let words: Vec<_> = words.map(|(at, word)| (at, forms_of(word, self.language), word)).collect();
        // What covers a word has its spelling among its forms: few do. Of words with the same forms the first stands for all.
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
                let message = format!("\"{word}\" adds nothing: \"{by}\" stands for it already");
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

/// The words between that an operator of another language allows: `w/5` and `adj5` mean the fifth word at the furthest.
fn foreign_distance(word: &str) -> Option<u32> {
    let word = word.to_lowercase();
    let number = ["w/", "pre/", "adj", "near", "onear/", "within/", "next/", "n/"]
        .iter()
        .find_map(|operator| word.strip_prefix(operator))?;
    number.parse::<u32>().ok()?.checked_sub(1)
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
