//! Watches as written become watches that can be run; everything wrong with them is told at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::forms::Language;
use super::impossible::impossible;
use super::plan::{NodeId, Plan, Reading};
use super::source::{Lists, Part, Problem, ScoreSource, Severity, WatchSource};
use super::syntax::{Expr, Fault, ListNodes, Node, not_in, parse, parse_lists, print, print_in};
use super::warn::UsedLists;
use crate::model::Level;
use crate::text::form::{form, spelling};

/// A watch ready to run.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) name: Arc<str>,
    pub(super) revision: Arc<str>,
    pub(super) level: Level,
    /// Its clauses, one per alternative; empty if it only scores.
    pub(super) clauses: Vec<Clause>,
    /// What gives points.
    pub(super) scored: Vec<Scored>,
    pub(super) threshold: Option<i64>,
    /// What drops an article.
    pub(super) reject: Option<Clause>,
    /// Phrases that do not count, as understood.
    pub(super) ignored: Vec<Arc<str>>,
    /// The lists it uses, as understood.
    pub(super) lists: BTreeMap<String, String>,
}

impl Watch {
    /// All it asks that may make it fire: its clauses, then the lines of its score.
    pub(super) fn questions(&self) -> impl Iterator<Item = &Clause> {
        self.clauses.iter().chain(self.scored.iter().map(|line| &line.clause))
    }
}

/// A question of a watch.
#[derive(Debug)]
pub(super) struct Clause {
    pub(super) node: NodeId,
    /// As understood, all brackets set.
    pub(super) text: Arc<str>,
}

/// A question that gives points.
#[derive(Debug)]
pub(super) struct Scored {
    pub(super) clause: Clause,
    pub(super) points: i64,
    pub(super) at_most: Option<i64>,
}

impl Scored {
    /// The most it can give.
    pub(super) fn most(&self) -> i64 {
        if self.points > 0 { self.at_most.map_or(self.points, i64::abs) } else { 0 }
    }
}

/// The result of the files.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    pub(super) plan: Plan,
    pub(super) watches: Vec<Watch>,
    pub(super) problems: Vec<Problem>,
}

/// Compiles everything; if any problem is an error, the watches are not to be used.
pub(super) fn compile(lists: &Lists, sources: &[WatchSource]) -> Compiled {
    let mut compiled = Compiled::default();
    compiled.add(lists, sources);
    compiled.plan.seal();
    compiled
}

/// The same for files that know nothing of each other's lists and names: the watches of the first, then those of the
/// others.
pub(super) fn compile_apart(files: &[(&Lists, &[WatchSource])]) -> Compiled {
    let mut compiled = Compiled::default();
    for (lists, sources) in files {
        compiled.plan.forget_lists();
        compiled.add(lists, sources);
    }
    compiled.plan.seal();
    compiled
}

impl Compiled {
    fn add(&mut self, texts: &Lists, sources: &[WatchSource]) {
        let (lists, faults) = parse_lists(texts);
        self.problems.extend(faults.into_iter().map(|(name, fault)| error(Part::List(name), fault)));
        let never = lists.own().filter_map(|(name, node)| Some((name, impossible(node, Language::Plain)?)));
        self.problems.extend(never.map(|(name, fault)| error(Part::List(name.to_owned()), fault)));
        let mut names = BTreeSet::new();
        let mut used = UsedLists::new();
        for (number, source) in sources.iter().enumerate() {
            self.check_name(source, number, &mut names);
            let Some(queries) = Queries::read(source, number, &lists, &mut self.problems) else { continue };
            queries.lint(source, number, &mut self.problems);
            queries.lint_left_out(source, number, &mut self.problems);
            queries.note_lists(source, &mut used);
            let watch = queries.compile(source, &mut self.plan);
            self.watches.push(watch);
        }
        if self.problems.iter().all(|problem| problem.severity != Severity::Error) {
            self.lint_lists(texts, &lists, &used);
        }
    }

    fn check_name<'s>(&mut self, source: &'s WatchSource, number: usize, names: &mut BTreeSet<&'s str>) {
        let name = source.name.as_str();
        let fault = if name.trim().is_empty() {
            Fault::new(0..name.len(), "a watch needs a name").hint("write name = \"office closure\"")
        } else if !names.insert(name) {
            Fault::new(0..name.len(), format!("a watch named \"{name}\" stands above already"))
                .hint("give one of them another name")
        } else {
            return;
        };
        self.problems.push(error(Part::Name(number), fault));
    }
}

fn error(part: Part, fault: Fault) -> Problem {
    problem(Severity::Error, part, fault)
}

pub(super) fn problem(severity: Severity, part: Part, fault: Fault) -> Problem {
    Problem { severity, part, range: fault.at, message: fault.message, hint: fault.hint }
}

/// The queries of a watch as trees.
pub(super) struct Queries {
    pub(super) language: Language,
    /// The language that `lang` names: `find` and `score` take the lists that ship in it, else in all languages.
    lang: Option<String>,
    pub(super) find: Option<Node>,
    pub(super) also: Vec<(Language, Node)>,
    pub(super) ignore: Vec<Node>,
    pub(super) reject: Option<Node>,
    pub(super) score: Vec<Node>,
}

impl Queries {
    /// Reads all queries of a watch; none if any of them is faulty.
    fn read(source: &WatchSource, number: usize, lists: &ListNodes, problems: &mut Vec<Problem>) -> Option<Queries> {
        let before = problems.len();
        let language = source.lang.as_deref().map_or(Some(Language::En), Language::of_code).unwrap_or_default();
        let lang = source.lang.as_deref();
        let mut read = |part: Part, text: &str, lang: Option<&str>| {
            let language = match &part {
                Part::Also(_, code) => Language::of_code(code).unwrap_or_default(),
                _ => language,
            };
            let read = parse(text, lists).and_then(|node| spoken(node, lang));
            let read = read.and_then(|node| impossible(&node, language).map_or(Ok(node), Err));
            read.map_err(|fault| problems.push(error(part, fault))).ok()
        };
        let has_find = !source.find.trim().is_empty();
        let find = (has_find || source.score.is_empty() && source.also.is_empty())
            .then(|| read(Part::Find(number), &source.find, lang))
            .flatten();
        let mut also = Vec::new();
        for (code, text) in &source.also {
            let node = read(Part::Also(number, code.clone()), text, Some(code));
            also.extend(Language::of_code(code).zip(node));
        }
        let ignore = source.ignore.iter().enumerate();
        let ignore = ignore.filter_map(|(entry, text)| read(Part::Ignore(number, entry), text, None)).collect();
        let reject = source.reject.as_ref().and_then(|text| read(Part::Reject(number), text, None));
        let score = source.score.iter().enumerate();
        let score = score.filter_map(|(entry, line)| read(Part::Score(number, entry), &line.find, lang)).collect();
        for (part, fault) in settings_faults(source, number) {
            problems.push(error(part, fault));
        }
        let lang = source.lang.clone();
        (problems.len() == before).then_some(Queries { language, lang, find, also, ignore, reject, score })
    }

    pub(super) fn compile(&self, source: &WatchSource, plan: &mut Plan) -> Watch {
        let mut languages = vec![self.language];
        languages.extend(self.also.iter().map(|(language, _)| *language));
        languages.dedup();
        let struck: BTreeSet<String> = source.but_not.iter().map(|word| spelling(word)).collect();
        let mut all = plan.reading(languages, struck.clone());
        let reject = self.reject.as_ref().map(|node| Clause { node: plan.add(node, &all), text: print(node).into() });
        if !self.ignore.is_empty() {
            let masks = self.ignore.iter().map(|node| plan.add(node, &all)).collect();
            all.mask = Some(plan.either(masks));
        }
        let in_one = |plan: &mut Plan, language| all.by(plan.rules(vec![language], struck.clone()));
        let own = in_one(plan, self.language);
        let mut clauses = Vec::new();
        self.find.iter().for_each(|node| add_clauses(plan, node, &own, self.lang.as_deref(), &mut clauses));
        for ((language, node), code) in self.also.iter().zip(source.also.keys()) {
            let how = in_one(plan, *language);
            add_clauses(plan, node, &how, Some(code), &mut clauses);
        }
        let scored = self.score.iter().zip(&source.score).map(|(node, line)| {
            let spoken = tongues(node, self.lang.as_deref());
            let nodes = spoken.iter().map(|lang| plan.add(node, &own.speaking(*lang, spoken.len() > 1))).collect();
            let clause = Clause { node: plan.either(nodes), text: print(node).into() };
            Scored { clause, points: line.points, at_most: line.at_most }
        });
        let watch = Watch {
            name: source.name.as_str().into(),
            revision: Arc::default(),
            level: source.level,
            scored: scored.collect(),
            threshold: source.threshold,
            reject,
            lists: self.lists(source),
            ignored: self.ignore.iter().map(|node| print(node).into()).collect(),
            clauses,
        };
        Watch { revision: self.revision(source, &watch).into(), ..watch }
    }

    /// All queries, each with the language of its lists, if it is restricted to one.
    pub(super) fn nodes<'q>(&'q self, source: &'q WatchSource) -> impl Iterator<Item = (&'q Node, Option<&'q str>)> {
        let lang = self.lang.as_deref();
        let also = self.also.iter().zip(source.also.keys()).map(|((_, node), code)| (node, Some(code.as_str())));
        let own = self.find.iter().chain(&self.score).map(move |node| (node, lang));
        let left_out = self.ignore.iter().chain(&self.reject).map(|node| (node, None));
        own.chain(also).chain(left_out)
    }

    /// The lists that are used, also by one another; of those that ship each language that is read.
    fn lists(&self, source: &WatchSource) -> BTreeMap<String, String> {
        let mut lists = BTreeMap::new();
        for (node, lang) in self.nodes(source) {
            node.visit(&mut |node| match &node.expr {
                Expr::List(name, inner) => drop(lists.entry(name.clone()).or_insert_with(|| print(inner))),
                Expr::Shipped(list, own) => {
                    let lang = own.or(lang);
                    for words in list.languages.iter().filter(|words| lang.is_none_or(|lang| lang == words.lang)) {
                        let name = format!("{}.{}", list.name, words.lang);
                        lists.entry(name).or_insert_with(|| {
                            let passes: Vec<_> = words.pass_over.iter().map(print).collect();
                            let passes = if passes.is_empty() {
                                String::new()
                            } else {
                                format!("; passes over {}", passes.join(", "))
                            };
                            print(&words.find) + &passes
                        });
                    }
                }
                _ => {}
            });
        }
        lists
    }

    /// A hash of everything that decides what the watch finds: each part as it was understood, one per line.
    fn revision(&self, source: &WatchSource, watch: &Watch) -> String {
        let mut all = String::new();
        let mut line = |what: &str, text: &str| [what, " ", text, "\n"].into_iter().for_each(|part| all.push_str(part));
        line("lang", &format!("{:?}", self.language));
        watch.clauses.iter().for_each(|clause| line("find", &clause.text));
        self.also.iter().zip(source.also.keys()).for_each(|((_, node), code)| line(code, &print(node)));
        watch.lists.iter().for_each(|(name, list)| line(name, list));
        watch.ignored.iter().for_each(|text| line("ignore", text));
        watch.reject.iter().for_each(|clause| line("reject", &clause.text));
        source.but_not.iter().for_each(|word| line("but_not", word));
        for Scored { clause, points, at_most } in &watch.scored {
            line("score", &format!("{points} {at_most:?} {}", clause.text));
        }
        line("threshold", &format!("{:?}", source.threshold));
        format!("{:016x}", form(&all))
    }
}

/// Mistakes outside of the queries: languages, `but_not` forms, points.
fn settings_faults(source: &WatchSource, number: usize) -> Vec<(Part, Fault)> {
    let mut faults = Vec::new();
    let no_language = |code: &str, at| {
        let fault = Fault::new(at, format!("\"{code}\" is not a language feedwatch knows"));
        if let Some(meant) = Language::code_of_name(code) {
            return fault.hint(format!("write {meant}"));
        }
        let codes: Vec<_> = Language::codes().collect();
        fault.hint(format!("the languages are {}", codes.join(" ")))
    };
    if let Some(code) = source.lang.as_deref().filter(|code| Language::of_code(code).is_none()) {
        faults.push((Part::Lang(number), no_language(code, 0..code.len())));
    }
    for (code, text) in source.also.iter().filter(|(code, _)| Language::of_code(code).is_none()) {
        faults.push((Part::Also(number, code.clone()), no_language(code, 0..text.len())));
    }
    for (entry, word) in source.but_not.iter().enumerate() {
        if spelling(word).is_empty() || word.split_whitespace().count() > 1 {
            let fault =
                Fault::new(0..word.len(), "but_not takes single word forms").hint("to skip a phrase use ignore");
            faults.push((Part::ButNot(number, entry), fault));
        }
    }
    faults.extend(points_fault(source).map(|fault| (Part::Threshold(number), fault)));
    for (entry, line) in source.score.iter().enumerate() {
        if line.points == 0 || line.at_most == Some(0) {
            let fault = Fault::new(0..line.find.len(), "a line of 0 points changes nothing");
            faults.push((Part::Score(number, entry), fault.hint("give it points, or leave it out")));
        }
    }
    faults
}

fn points_fault(source: &WatchSource) -> Option<Fault> {
    let most = |line: &ScoreSource| if line.points > 0 { line.at_most.map_or(line.points, i64::abs) } else { 0 };
    let reachable: i64 = source.score.iter().map(most).fold(0, i64::saturating_add);
    match (source.threshold, source.score.is_empty()) {
        (None, true) => None,
        (None, false) => Some(
            Fault::new(0..0, "score needs a threshold: the points an article must reach").hint("write threshold = 10"),
        ),
        (Some(_), true) => {
            Some(Fault::new(0..0, "threshold needs a score").hint("write score = [{ points = 6, find = '...' }]"))
        }
        (Some(threshold), false) if threshold < 1 => Some(
            Fault::new(0..0, "a threshold below 1 is reached by any article, with none of the words in it")
                .hint("write threshold = 1 or more"),
        ),
        (Some(threshold), false) if reachable < threshold => Some(
            Fault::new(
                0..0,
                format!("the threshold {threshold} can never be reached: all points together are {reachable}"),
            )
            .hint(format!("write threshold = {reachable} or less")),
        ),
        _ => None,
    }
}

/// Adds the alternatives of a query; an alternative with built-in lists becomes one alternative per language of these
/// lists.
fn add_clauses(plan: &mut Plan, node: &Node, how: &Reading, lang: Option<&str>, clauses: &mut Vec<Clause>) {
    for node in alternatives(node) {
        let spoken = tongues(node, lang);
        let first = clauses.len();
        for lang in &spoken {
            let text: Arc<str> = print_in(node, *lang).into();
            let node = plan.add(node, &how.speaking(*lang, spoken.len() > 1));
            // What reads alike in all languages, as a list of the files does, is told once.
            match clauses[first..].iter_mut().find(|clause| clause.text == text) {
                Some(clause) => clause.node = plan.either(vec![clause.node, node]),
                None => clauses.push(Clause { node, text }),
            }
        }
    }
}

/// The languages in which the built-in lists of a query are read: those that all of them have. None if it has no such
/// list, or if each names its own language.
fn tongues(node: &Node, lang: Option<&str>) -> Vec<Option<&'static str>> {
    let mut spoken: Option<Vec<&'static str>> = None;
    node.visit(&mut |node| {
        if let Expr::Shipped(list, None) = &node.expr {
            match &mut spoken {
                Some(spoken) => spoken.retain(|lang| list.of(lang).is_some()),
                None => spoken = Some(list.languages.iter().map(|words| words.lang).collect()),
            }
        }
    });
    let Some(mut spoken) = spoken else { return vec![None] };
    spoken.retain(|spoken| lang.is_none_or(|lang| lang == *spoken));
    spoken.into_iter().map(Some).collect()
}

/// A query whose lists all have its language, or the mistake.
fn spoken(node: Node, lang: Option<&str>) -> Result<Node, Fault> {
    let Some(lang) = lang.filter(|lang| Language::of_code(lang).is_some()) else { return Ok(node) };
    let mut fault = None;
    node.visit(&mut |inner| match &inner.expr {
        Expr::Shipped(list, None) if list.of(lang).is_none() => {
            fault.get_or_insert_with(|| not_in(list, lang, node.at.clone()));
        }
        _ => {}
    });
    fault.map_or(Ok(node), Err)
}

/// The alternatives a query consists of.
fn alternatives(node: &Node) -> Box<dyn Iterator<Item = &Node> + '_> {
    match &node.expr {
        Expr::Or(nodes) => Box::new(nodes.iter().flat_map(alternatives)),
        _ => Box::new(std::iter::once(node)),
    }
}
