//! Warnings about whole watches and lists: conflicts between the queries of one watch.

use std::collections::{BTreeMap, BTreeSet};

use super::compile::{Compiled, Queries, problem};
use super::forms::Language;
use super::lint::{Sought, lint, lint_dead, lint_ignored, lint_list, lint_reject, needed_phrases, passes_over_words};
use super::plan::Plan;
use super::source::{Lists, Part, Problem, Severity, WatchSource};
use super::syntax::{Expr, Fault, ListNodes, print};
use crate::text::form::spelling;

/// Lists that nothing uses, named at most.
const UNUSED_TOLD: usize = 10;

/// The lists of the files that are used, each with the languages of the queries that name it.
pub(super) type UsedLists = BTreeMap<String, BTreeSet<Language>>;

impl Compiled {
    /// Warns of lists: of each as of a query, and of those that nothing uses.
    pub(super) fn lint_lists(&mut self, texts: &Lists, lists: &ListNodes, used: &UsedLists) {
        let mut unused: Vec<&str> =
            lists.own().map(|(name, _)| name).filter(|name| !used.contains_key(*name)).collect();
        // Without any watch, unused lists are not worth a warning.
        if let Some(first) = unused.first().copied().filter(|_| !self.watches.is_empty()) {
            let more = unused.len().saturating_sub(UNUSED_TOLD);
            unused.truncate(UNUSED_TOLD);
            let names: Vec<_> = unused.iter().map(|name| format!("{{{name}}}")).collect();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let text = texts[first].trim_end();
            let fault = Fault::new(0..text.find(char::is_whitespace).unwrap_or(text.len()), "no query uses this list");
            let hint = match unused.len() {
                1 => format!("name it in a query, {}, or leave it out", names[0]),
                _ => format!("name it in a query, or leave it out; so with all of {}{more}", names.join(" ")),
            };
            self.problems.push(problem(Severity::Warning, Part::List(first.to_owned()), fault.hint(hint)));
        }
        for (name, node) in lists.own() {
            let (part, text) = (Part::List(name.to_owned()), &texts[name]);
            let Some(languages) = used.get(name) else { continue };
            let language = match languages.first() {
                Some(only) if languages.len() == 1 => *only,
                _ => Language::Plain,
            };
            let faults = lint_list(text, node, language).into_iter();
            self.problems.extend(faults.map(|fault| problem(Severity::Warning, part.clone(), fault)));
        }
    }
}

impl Queries {
    /// Warns about queries that are valid, but perhaps not understood as meant.
    pub(super) fn lint(&self, source: &WatchSource, number: usize, problems: &mut Vec<Problem>) {
        let mut warn = |part: Part, faults: Vec<Fault>| {
            problems.extend(faults.into_iter().map(|fault| problem(Severity::Warning, part.clone(), fault)));
        };
        self.find.iter().for_each(|node| warn(Part::Find(number), lint(&source.find, node, self.language)));
        for ((language, node), (code, text)) in self.also.iter().zip(&source.also) {
            warn(Part::Also(number, code.clone()), lint(text, node, *language));
        }
        for (node, text) in self.reject.iter().zip(&source.reject) {
            warn(Part::Reject(number), lint_reject(text, node, self.language));
        }
        for (entry, (node, line)) in self.score.iter().zip(&source.score).enumerate() {
            warn(Part::Score(number, entry), lint(&line.find, node, self.language));
        }
    }

    /// Warns about `but_not` and `ignore` entries that have no effect, or too much.
    pub(super) fn lint_left_out(&self, source: &WatchSource, number: usize, problems: &mut Vec<Problem>) {
        let mut warn = |part, fault| problems.push(problem(Severity::Warning, part, fault));
        let mut sought = Sought::default();
        if self.ignore.iter().any(passes_over_words) {
            self.find.iter().chain(&self.score).for_each(|node| sought.add(node));
        }
        let mut needed = Vec::new();
        if !self.ignore.is_empty() {
            let own = self.find.iter().chain(&self.score).map(|node| (self.language, node));
            let also = self.also.iter().map(|(language, node)| (*language, node));
            own.chain(also).for_each(|(language, node)| needed_phrases(node, language, &mut needed));
        }
        let mut passed_over = BTreeSet::new();
        for (entry, (node, text)) in self.ignore.iter().zip(&source.ignore).enumerate() {
            let mut faults = lint_ignored(text, node, &sought, self.language);
            lint_dead(node, &needed, &mut faults);
            if !passed_over.insert(print(node)) {
                let fault = Fault::new(node.at.clone(), format!("{} is passed over twice", print(node)));
                faults.push(fault.hint("leave one of them out"));
            }
            faults.into_iter().for_each(|fault| warn(Part::Ignore(number, entry), fault));
        }
        if !source.but_not.is_empty() {
            let mut unstruck = Plan::default();
            self.compile(&WatchSource { but_not: Vec::new(), ..source.clone() }, &mut unstruck);
            for (entry, word) in source.but_not.iter().enumerate() {
                if unstruck.lexicon.resolve(&spelling(word)).is_empty() {
                    let message = format!("\"{word}\" strikes nothing: no word of this watch has that form");
                    let fault =
                        Fault::new(0..word.len(), message).hint("`feedwatch explain` shows the forms of each word");
                    warn(Part::ButNot(number, entry), fault);
                }
            }
        }
    }

    /// Notes the lists of the files that are used, also by one another.
    pub(super) fn note_lists(&self, source: &WatchSource, used: &mut UsedLists) {
        for (node, lang) in self.nodes(source) {
            let language = lang.and_then(Language::of_code).unwrap_or(self.language);
            node.visit(&mut |node| {
                if let Expr::List(name, _) = &node.expr {
                    used.entry(name.clone()).or_default().insert(language);
                }
            });
        }
    }
}
