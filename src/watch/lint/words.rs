//! Warnings about words and phrases: signs at their edges, words that look like operators, wildcards that match half a
//! dictionary.

use std::ops::Range;

use super::{Lint, is_common};
use crate::text::fold::{Class, table};
use crate::text::form::spelling;
use crate::watch::forms::{self, Language};
use crate::watch::pattern::Pattern;
use crate::watch::signs::edges;
use crate::watch::syntax::{Expr, Manner, Node, Step, Word};

/// How many dictionary words a wildcard may match without a warning.
const WILDCARD_WORDS_MOST: usize = 100;

/// Words in capitals that are operators in other query languages, and their counterparts here.
const FOREIGN_OPERATORS: &[(&[&str], &str)] = &[
    (&["ODER", "OU", "ИЛИ", "VEYA"], "OR"),
    (&["UND", "ET", "VE", "PLUS"], "AND"),
    (&["ANDNOT", "NICHT", "OHNE", "SAUF", "SIN", "SENZA", "EXCEPT", "MINUS", "BUTNOT", "AND_NOT", "НЕ"], "AND NOT"),
    (&["ADJ", "NEXT", "AROUND", "WITHIN", "ONEAR"], "NEAR/5"),
    (&["XOR"], "(a OR b) AND NOT (a AND b)"),
];

/// Letters of a short form, which may have a full stop behind it.
const SHORT_FORM_LETTERS_MOST: usize = 5;

impl Lint<'_> {
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
        let start = &word.text[..word.text.len() - rest.len()];
        if start.contains(['.', '…']) {
            self.warn(at, format!("the {start} before \"{bare}\" does not count"), format!("write {bare}"));
            return;
        }
        let is_short =
            bare.contains('.') || bare.chars().count() <= SHORT_FORM_LETTERS_MOST && end == "." && bare.is_ascii();
        let is_stop = |c: char| {
            matches!(table().look_up(c).0, Class::Dot | Class::Stop | Class::FullStop) || c == ':' || c == '：'
        };
        if !end.is_empty() && end.chars().all(is_stop) && !is_short && word.manner != Manner::Wildcard {
            self.warn(at, format!("the {end} behind \"{bare}\" does not count"), format!("write {bare}"));
        }
    }

    pub(super) fn word(&mut self, word: &Word, at: Range<usize>) {
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

    /// A word that is an operator elsewhere, or would be one in capitals.
    pub(super) fn operators_that_are_none(&mut self, nodes: &[Node]) {
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
            let same = match word.text.to_lowercase().as_str() {
                "w/s" | "w/sent" => Some("SAME SENTENCE"),
                "w/p" | "w/para" => Some("SAME PARAGRAPH"),
                _ => None,
            };
            if let Some(same) = same {
                let message = format!("\"{}\" is a word to be found here, no operator", word.text);
                self.warn(node.at.clone(), message, format!("write {same}"));
            }
            let is_distance = foreign_distance(&word.text).is_some();
            if let Some((_, own)) = FOREIGN_OPERATORS.iter().find(|(words, _)| words.contains(&bare) && !is_distance) {
                let message = format!("\"{bare}\" is a word to be found here, no operator");
                self.warn(node.at.clone(), message, format!("write {own}, or put the words in quotes"));
            }
        }
    }

    pub(super) fn phrase(&mut self, steps: &[Step], node: &Node) {
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
}

/// The words between that an operator of another language allows: `w/5` and `adj5` mean the fifth word at the furthest.
fn foreign_distance(word: &str) -> Option<u32> {
    let word = word.to_lowercase();
    let number = ["w/", "pre/", "adj", "near", "onear/", "within/", "next/", "n/"]
        .iter()
        .find_map(|operator| word.strip_prefix(operator))?;
    number.parse::<u32>().ok()?.checked_sub(1)
}
