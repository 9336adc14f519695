//! How a watch was understood, for the analyst: brackets, word forms, what wakes it, what that costs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::common::is_common;
use super::compile::{Clause, Watch};
use super::forms::{Around, clitics};
use super::lexicon::{Term, TermId};
use super::pattern::Pattern;
use super::plan::{NodeId, Op, Plan};
use super::{Lists, Problem, WatchSet, WatchSource};

/// A watch as understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Its name.
    pub watch: String,
    /// A hash of everything that decides what it finds.
    pub revision: String,
    /// What fires it: any of these.
    pub finds: Vec<ExplainedClause>,
    /// The points it needs, when it counts.
    pub threshold: Option<i64>,
    /// What gives points.
    pub scores: Vec<ExplainedScore>,
    /// Phrases that do not count, all brackets set.
    pub ignores: Vec<String>,
    /// What drops an article.
    pub rejects: Option<String>,
    /// The lists it uses, spelled out.
    pub lists: BTreeMap<String, String>,
    /// The meaning of each of its terms.
    pub terms: Vec<ExplainedTerm>,
}

/// A question with all its brackets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedClause {
    /// As understood.
    pub text: String,
    /// The terms that wake it: without one of them an article is not looked at for it.
    pub woken_by: Vec<String>,
    /// Its cost.
    pub cost: Cost,
    /// Those of them that make it so dear.
    pub dear: Vec<String>,
}

/// A question that gives points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedScore {
    /// Its points.
    pub points: i64,
    /// The most that all mentions together give; none when it counts once.
    pub at_most: Option<i64>,
    /// For what.
    pub text: String,
}

/// The meaning of a term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedTerm {
    /// As written.
    pub term: String,
    /// The spellings that count, folded: without case and accents.
    pub forms: Vec<String>,
    /// Other matches besides these forms, in words.
    pub and: Option<String>,
    /// Whether a query of the watch has it, or a list of the files.
    #[serde(skip)]
    pub is_own: bool,
    /// The built-in lists that have it, each with the language.
    #[serde(skip)]
    pub lists: BTreeSet<(&'static str, &'static str)>,
}

/// The cost of a clause per article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cost {
    /// Woken by words that are rare.
    Low,
    /// Woken by patterns, which may meet much.
    Medium,
    /// Woken by words that nearly every article holds.
    High,
}

impl WatchSet {
    /// How a watch was understood.
    pub fn explain(&self, name: &str) -> Option<Explanation> {
        let watch = self.inner.watches.iter().find(|watch| &*watch.name == name)?;
        Some(explain(watch, &self.inner.plan))
    }
}

/// The meaning of the words of a query in one language; or the first mistake.
pub fn word_forms(query: &str, lang: &str) -> Result<Vec<ExplainedTerm>, Problem> {
    let source = WatchSource {
        name: "w".to_owned(),
        find: query.to_owned(),
        lang: Some(lang.to_owned()),
        ..WatchSource::default()
    };
    match WatchSet::compile(&Lists::new(), &[source]) {
        Ok((set, _)) => Ok(set.explain("w").map(|explanation| explanation.terms).unwrap_or_default()),
        Err(problems) => Err(problems.into_iter().next().expect("what is refused has a problem")),
    }
}

impl Watch {
    /// The terms of all its questions, by what was written.
    pub(super) fn terms(&self, plan: &Plan) -> BTreeMap<Arc<str>, Vec<TermId>> {
        let mut terms = BTreeMap::new();
        let clauses = self.questions().chain(&self.reject);
        clauses.for_each(|clause| collect_terms(plan, clause.node, &mut terms));
        terms
    }
}

fn explain(watch: &Watch, plan: &Plan) -> Explanation {
    let scored = watch.scored.iter();
    let terms = watch.terms(plan).into_iter();
    let mut origins = Origins::new();
    watch.questions().chain(&watch.reject).for_each(|clause| collect_origins(plan, clause.node, None, &mut origins));
    Explanation {
        watch: watch.name.to_string(),
        revision: watch.revision.to_string(),
        finds: watch.clauses.iter().map(|clause| explain_clause(plan, clause)).collect(),
        threshold: watch.threshold,
        scores: scored
            .map(|line| ExplainedScore {
                points: line.points,
                at_most: line.at_most,
                text: line.clause.text.to_string(),
            })
            .collect(),
        ignores: watch.ignored.iter().map(|text| text.to_string()).collect(),
        rejects: watch.reject.as_ref().map(|clause| clause.text.to_string()),
        lists: watch.lists.iter().map(|(name, text)| (name.clone(), text.clone())).collect(),
        terms: terms
            .map(|(written, terms)| {
                let (is_own, lists) = origins.remove(&written).unwrap_or_default();
                ExplainedTerm { is_own, lists, ..explain_term(&written, &terms, plan) }
            })
            .collect(),
    }
}

fn explain_clause(plan: &Plan, clause: &Clause) -> ExplainedClause {
    let needs = plan.needs(clause.node);
    let anchors = plan.anchors(clause.node).terms;
    let mut terms = BTreeMap::new();
    collect_terms(plan, clause.node, &mut terms);
    let woken_by: Vec<_> =
        terms.into_iter().filter(|(_, terms)| terms.iter().any(|term| anchors.contains(term))).collect();
    let dearest = anchors.iter().map(|term| cost(plan.lexicon.term(*term))).max().unwrap_or(Cost::Low);
    let is_dear = |terms: &[TermId]| {
        let all = terms.iter().filter(|term| anchors.contains(term));
        dearest > Cost::Low && all.into_iter().any(|term| cost(plan.lexicon.term(*term)) == dearest)
    };
    let dear = woken_by.iter().filter(|(_, terms)| is_dear(terms)).map(|(written, _)| written.to_string());
    ExplainedClause {
        text: clause.text.to_string(),
        dear: dear.collect(),
        woken_by: woken_by.iter().map(|(written, _)| written.to_string()).collect(),
        // Where two words must meet, a common one alone wakes nothing.
        cost: if needs.len() > 1 { dearest.min(Cost::Medium) } else { dearest },
    }
}

fn cost(term: &Term) -> Cost {
    match term {
        _ if term.family.forms.iter().any(|form| is_common(form)) => Cost::High,
        Term { pattern: Some(_), .. } => Cost::Medium,
        _ => Cost::Low,
    }
}

/// The meaning of a word of one or several tokens.
fn explain_term(written: &str, terms: &[TermId], plan: &Plan) -> ExplainedTerm {
    let terms: Vec<&Term> = terms.iter().map(|term| plan.lexicon.term(*term)).collect();
    let all = terms.iter().flat_map(|term| &term.family.forms);
    let is_sign = |term: &&Term| term.family.forms.iter().all(|form| form.chars().count() == 1);
    let forms = match terms[..] {
        [_, _, ..] if terms.iter().all(is_sign) => vec![written.to_owned()],
        _ => all.cloned().collect::<BTreeSet<_>>().into_iter().collect(),
    };
    let mut parts: Vec<_> = terms.iter().filter_map(|term| open_part(term)).collect();
    parts.dedup();
    let and = (!parts.is_empty()).then(|| parts.join("; "));
    ExplainedTerm { term: written.to_owned(), forms, and, is_own: false, lists: BTreeSet::new() }
}

/// Of each term as written, whether it stands in the watch itself, and the built-in lists that have it.
type Origins = BTreeMap<Arc<str>, (bool, BTreeSet<(&'static str, &'static str)>)>;

/// Where the terms under a node come from; what stands in a list, from that list.
fn collect_origins(plan: &Plan, node: NodeId, list: Option<(&'static str, &'static str)>, to: &mut Origins) {
    let list = plan.spoken.get(&node).copied().or(list);
    let mut all =
        |nodes: &mut dyn Iterator<Item = NodeId>| nodes.for_each(|node| collect_origins(plan, node, list, to));
    match &plan.nodes[node as usize] {
        Op::Never => {}
        Op::Unmasked(inner, _) | Op::AtLeast(_, inner) => all(&mut [*inner].into_iter()),
        Op::Or(nodes) | Op::Loose(nodes, _) | Op::AnyOf(_, nodes) => all(&mut nodes.iter().copied()),
        Op::And(yes, no) => all(&mut yes.iter().chain(no).copied()),
        Op::Phrase(steps) => all(&mut steps.iter().map(|step| step.node)),
        Op::Relation(_, left, right) => all(&mut [*left, *right].into_iter()),
        Op::Term(..) => {
            let (is_own, lists) = to.entry(plan.written[node as usize].clone().unwrap_or_default()).or_default();
            *is_own |= list.is_none();
            lists.extend(list);
        }
    }
}

/// The terms under a node, by what was written, in its order; masks are left out.
fn collect_terms(plan: &Plan, node: NodeId, to: &mut BTreeMap<Arc<str>, Vec<TermId>>) {
    let mut all = |nodes: &mut dyn Iterator<Item = NodeId>| nodes.for_each(|node| collect_terms(plan, node, to));
    match &plan.nodes[node as usize] {
        Op::Never => {}
        Op::Unmasked(inner, _) | Op::AtLeast(_, inner) => all(&mut [*inner].into_iter()),
        Op::Or(nodes) | Op::Loose(nodes, _) | Op::AnyOf(_, nodes) => all(&mut nodes.iter().copied()),
        Op::And(yes, no) => all(&mut yes.iter().chain(no).copied()),
        Op::Phrase(steps) => all(&mut steps.iter().map(|step| step.node)),
        Op::Relation(_, left, right) => all(&mut [*left, *right].into_iter()),
        Op::Term(term, _) => {
            let terms = to.entry(plan.written[node as usize].clone().unwrap_or_default()).or_default();
            if !terms.contains(term) {
                terms.push(*term);
            }
        }
    }
}

/// The matches besides the forms that can be listed.
fn open_part(term: &Term) -> Option<String> {
    // Stems that are not forms themselves are named; the others are among the forms.
    let stems = |wanted: fn(&Around) -> bool| {
        let all: Vec<_> = term.family.stems.iter().filter(|(_, around)| wanted(around)).collect();
        let shown = all.iter().map(|(stem, _)| clitics::shown_ending(stem));
        let named: Vec<_> = shown.filter(|stem| !term.family.forms.contains(stem)).collect();
        (!all.is_empty()).then(|| if named.is_empty() { "these".to_owned() } else { named.join(", ") })
    };
    let mut parts = Vec::new();
    match &term.pattern {
        Some(Pattern::Glob(_)) => parts.push("every word of this shape".to_owned()),
        Some(Pattern::Fuzzy(_)) => parts.push("every word one letter away, the first letter kept".to_owned()),
        None => {}
    }
    if let Some(stems) = stems(|around| matches!(around, Around::Clitics(_))) {
        parts.push(format!("{stems} with particles before and pronouns or plural endings behind"));
    }
    if let Some(stems) = stems(|around| matches!(around, Around::Suffixes(_))) {
        parts.push(format!("{stems} with any chain of suffixes"));
    }
    if !term.family.accented.is_empty() {
        let accented: Vec<_> = term.family.accented.iter().map(String::as_str).collect();
        parts.push(format!("of these only with an accent: {}", accented.join(", ")));
    }
    if !term.signs.is_empty() {
        parts.push("only with its signs".to_owned());
    }
    if let Some(caps) = &term.caps {
        parts.push(format!("only in the case of {caps}"));
    }
    if !term.struck.is_empty() && !parts.is_empty() {
        let struck: Vec<_> = term.struck.iter().map(String::as_str).collect();
        parts.push(format!("but not {}", struck.join(", ")));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}
