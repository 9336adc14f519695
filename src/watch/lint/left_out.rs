//! Warnings about `ignore`: a word that is both ignored and searched is never found.

use std::collections::BTreeSet;

use foldhash::HashMap;

use super::{Lint, few, forms_of, listed};
use crate::text::form::spelling;
use crate::watch::forms::Language;
use crate::watch::impossible::needs;
use crate::watch::syntax::{Expr, Fault, Manner, Node, Step, Word, print};

/// Warnings about `ignore`: a single word that is both ignored and searched is never found.
pub(in crate::watch) fn lint_ignored(text: &str, node: &Node, sought: &Sought, language: Language) -> Vec<Fault> {
    let mut lint = Lint { text, language, is_list: false, faults: Vec::new() };
    lint.hidden(node, sought);
    few(lint.faults)
}

/// The words that a watch looks for and whose forms can be listed, by their own spelling: it is among their forms, so
/// that what hides all of these hides it too.
#[derive(Debug, Default)]
pub(in crate::watch) struct Sought {
    by_spelling: HashMap<String, Vec<(usize, Word)>>,
    words: usize,
}

impl Sought {
    /// Adds the words of a query.
    pub(in crate::watch) fn add(&mut self, node: &Node) {
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
pub(in crate::watch) fn passes_over_words(node: &Node) -> bool {
    match &node.expr {
        Expr::Or(nodes) => nodes.iter().any(passes_over_words),
        _ => listed(node).is_some(),
    }
}

impl Lint<'_> {
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
}

/// A phrase that a clause requires, with the language of its query, and the clause.
pub(in crate::watch) struct Needed {
    steps: Vec<Step>,
    language: Language,
    clause: String,
}

/// The phrases without which the clauses of a query do not match.
pub(in crate::watch) fn needed_phrases(node: &Node, language: Language, to: &mut Vec<Needed>) {
    if let Expr::Or(nodes) = &node.expr {
        nodes.iter().for_each(|node| needed_phrases(node, language, to));
        return;
    }
    let mut all = Vec::new();
    needs(node, &mut all);
    to.extend(all.into_iter().filter_map(|needed| match needed.expr {
        Expr::Phrase(steps) => Some(Needed { steps, language, clause: print(node) }),
        _ => None,
    }));
}

/// Warnings on a phrase that is passed over and looked for at once.
pub(in crate::watch) fn lint_dead(node: &Node, needed: &[Needed], faults: &mut Vec<Fault>) {
    match &node.expr {
        Expr::Or(nodes) => nodes.iter().for_each(|node| lint_dead(node, needed, faults)),
        Expr::Phrase(steps) => dead(steps, node, needed, faults),
        Expr::Word(word) => dead(&[Step::Word(word.clone(), node.at.clone())], node, needed, faults),
        _ => {}
    }
}

fn dead(ignored: &[Step], node: &Node, needed: &[Needed], faults: &mut Vec<Fault>) {
    let Some(dead) = needed.iter().find(|needed| needed.is_hidden_by(ignored)) else { return };
    let message = format!("with {} passed over, this watch never finds its own {}", print(node), dead.clause);
    faults.push(Fault::new(node.at.clone(), message).hint("leave it out of ignore, or out of what is to be found"));
}

impl Needed {
    /// Whether each place of the phrase holds these words side by side.
    fn is_hidden_by(&self, ignored: &[Step]) -> bool {
        let covers = |one: &Step, other: &Step| match (one, other) {
            (Step::Gap, _) => true,
            (Step::Word(one, _), Step::Word(other, _)) if is_listed(one) && is_listed(other) => {
                forms_of(other, self.language).is_subset(&forms_of(one, self.language))
            }
            (Step::Word(one, _), Step::Word(other, _)) => one == other,
            (Step::Word(..), Step::Gap) => false,
        };
        self.steps.windows(ignored.len()).any(|steps| ignored.iter().zip(steps).all(|(one, other)| covers(one, other)))
    }
}

fn is_listed(word: &Word) -> bool {
    matches!(word.manner, Manner::Family | Manner::Exact)
}
