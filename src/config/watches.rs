//! The watch files: lists and watches as written, and the way back from a query's bytes to a place in a file.

use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;

use super::keys::RELATED;
use super::literal::raw_range;
use super::section::Section;
use super::source::{Place, Source};
use super::{Diagnostic, LOG_AND_JOURNAL, value};
use crate::model::{Level, Route, Routes, Sink};
use crate::poll::AtMost;
use crate::watch::{Lists, Part, Problem, ScoreSource, WatchSource};

const LEVELS: &[(&str, Level)] = &[("info", Level::Info), ("notice", Level::Notice), ("high", Level::High)];

/// What is told of a story: the first article that a watch finds of it, or each.
const REPEAT: &[(&str, bool)] = &[("once per story", false), ("every article", true)];

/// A string literal in a file.
#[derive(Clone, Debug)]
pub(super) struct Literal {
    source: Arc<Source>,
    range: Range<usize>,
}

impl Literal {
    /// The place of some bytes of the string's value.
    fn part(&self, decoded: Range<usize>) -> Place {
        let raw = raw_range(&self.source.text[self.range.clone()], decoded);
        self.source.place(self.range.start + raw.start..self.range.start + raw.end)
    }
}

/// Reads the texts of one watch and keeps where each stands: one line a key.
struct Texts<'s> {
    source: &'s Arc<Source>,
    kept: Vec<(Part, Literal)>,
}

impl Texts<'_> {
    /// A text that must be there.
    fn need(&mut self, watch: &mut Section<'_, '_>, key: &'static str, example: &str, part: Part) -> Option<String> {
        let text = watch.need(key, value::text, example)?;
        Some(self.keep(part, text))
    }

    /// A text that may be left out.
    fn one(&mut self, watch: &mut Section<'_, '_>, key: &'static str, part: Part) -> Option<String> {
        let text = watch.read(key, value::text)?;
        Some(self.keep(part, text))
    }

    /// One text or a list of them.
    fn many(&mut self, watch: &mut Section<'_, '_>, key: &'static str, part: impl Fn(usize) -> Part) -> Vec<String> {
        let texts = watch.one_or_list(key, value::text).unwrap_or_default();
        texts.into_iter().enumerate().map(|(entry, text)| self.keep(part(entry), text)).collect()
    }

    fn keep<T>(&mut self, part: Part, value: Spanned<T>) -> T {
        self.kept.push((part, Literal { source: Arc::clone(self.source), range: value.span() }));
        value.into_inner()
    }
}

/// All that the watch files say, and where each text stands.
#[derive(Clone, Debug, Default)]
pub struct WatchFiles {
    pub(super) lists: Lists,
    pub(super) watches: Vec<WatchSource>,
    pub(super) texts: HashMap<Part, Literal>,
    /// The sinks that watches name, each with its place.
    routes: Vec<(String, Vec<(Place, String)>)>,
    at_most: HashMap<String, AtMost>,
    every_article: BTreeSet<String>,
    confirmed: BTreeSet<String>,
    related_in_full: BTreeSet<String>,
    /// Watches that were called otherwise before: the old name, where it stands, and the name now.
    renamed: Vec<(String, Place, String)>,
}

impl WatchFiles {
    /// The watches as written, in the order of the files.
    pub fn sources(&self) -> &[WatchSource] {
        &self.watches
    }

    /// The lists as written.
    pub fn lists(&self) -> &Lists {
        &self.lists
    }

    /// How many tests the watches bring along.
    pub fn tests(&self) -> usize {
        self.watches.iter().map(|watch| watch.should_find.len() + watch.should_pass_over.len()).sum()
    }

    /// Reads one file's top table.
    pub(super) fn read(&mut self, top: &mut Section<'_, '_>, source: &Arc<Source>) {
        let literal = |range| Literal { source: Arc::clone(source), range };
        for (name, text) in top.table("lists", |lists| lists.all(value::text)) {
            let part = Part::List(name.get_ref().clone());
            match self.lists.entry(name.get_ref().clone()) {
                Slot::Vacant(slot) => {
                    self.texts.insert(part, literal(text.span()));
                    slot.insert(text.into_inner());
                }
                Slot::Occupied(_) => {
                    let message = format!("the list \"{}\" is defined twice", name.get_ref());
                    let twice = Diagnostic::error(source.place(name.span()), message);
                    let first = self.texts[&part].part(0..usize::MAX);
                    top.push(twice.related(first, "the other").help("rename one of them, or join their words"));
                }
            }
        }
        top.tables("watch", |watch| self.watch(watch, source));
    }

    fn watch(&mut self, watch: &mut Section<'_, '_>, source: &Arc<Source>) {
        let number = self.watches.len();
        let mut texts = Texts { source, kept: Vec::new() };
        let name = texts.need(watch, "name", "\"what to call it\"", Part::Name(number));
        let was = watch.read("was", value::text).map(|was| (source.place(was.span()), was.into_inner()));
        // What counts points may do without a find.
        let find = match watch.has("score") {
            true => texts.one(watch, "find", Part::Find(number)).or_else(|| Some(String::new())),
            false => texts.need(watch, "find", "'words to find'", Part::Find(number)),
        };
        let lang = texts.one(watch, "lang", Part::Lang(number));
        let also = watch.table("also", |also| also.all(value::text)).into_iter().map(|(lang, query)| {
            let lang = lang.into_inner();
            let query = texts.keep(Part::Also(number, lang.clone()), query);
            (lang, query)
        });
        let also = also.collect();
        let ignore = texts.many(watch, "ignore", |entry| Part::Ignore(number, entry));
        let but_not = texts.many(watch, "but_not", |entry| Part::ButNot(number, entry));
        let reject = texts.one(watch, "reject", Part::Reject(number));
        let threshold =
            watch.read("threshold", value::points).map(|points| texts.keep(Part::Threshold(number), points));
        let mut score = Vec::new();
        watch.tables("score", |row| {
            let points = row.need("points", value::points, "5").map(Spanned::into_inner);
            let find = texts.need(row, "find", "'words to find'", Part::Score(number, score.len()));
            let at_most = row.read("at_most", value::points).map(Spanned::into_inner);
            score.extend(points.zip(find).map(|(points, find)| ScoreSource { points, find, at_most }));
        });
        let (mut to, mut at_most, mut every_article, mut confirmed, mut in_full) = (None, None, false, false, false);
        let mut at_most_place = None;
        let level = watch.table("alert", |alert| {
            confirmed = alert.read("confirmed", value::flag).is_some_and(Spanned::into_inner);
            in_full = alert.read("related", value::word(RELATED)).is_some_and(Spanned::into_inner);
            every_article = alert.read("repeat", value::word(REPEAT)).is_some_and(Spanned::into_inner);
            to = alert.one_or_list("to", value::text);
            let limit = alert.read("at_most", value::at_most);
            at_most_place = limit.as_ref().map(|limit| alert.place(limit.span()));
            at_most = limit.map(Spanned::into_inner);
            alert.read("level", value::word(LEVELS)).map(Spanned::into_inner).unwrap_or_default()
        });
        let should_find = texts.many(watch, "should_find", |entry| Part::ShouldFind(number, entry));
        let should_pass_over = texts.many(watch, "should_pass_over", |entry| Part::ShouldPassOver(number, entry));
        // Without a name or anything to find there is nothing to compile; both were reported.
        let (Some(name), Some(find)) = (name, find) else { return };
        let place = |sink: Spanned<String>| (source.place(sink.span()), sink.into_inner());
        if let Some((place, AtMost { .. })) = at_most_place.zip(at_most).filter(|_| level == Level::High) {
            let warning = Diagnostic::warning(
                place,
                format!("at_most does nothing for \"{name}\": alerts of level high are never held by it"),
            );
            watch.push(warning.help("take at_most out, or write level = \"notice\""));
        }
        self.renamed.extend(was.map(|(place, was)| (was, place, name.clone())));
        self.every_article.extend(every_article.then(|| name.clone()));
        self.confirmed.extend(confirmed.then(|| name.clone()));
        self.related_in_full.extend(in_full.then(|| name.clone()));
        self.at_most.extend(at_most.map(|at_most| (name.clone(), at_most)));
        self.routes.extend(to.map(|to| (name.clone(), to.into_iter().map(place).collect())));
        self.texts.extend(texts.kept);
        self.watches.push(WatchSource {
            name,
            find,
            lang,
            also,
            ignore,
            but_not,
            reject,
            threshold,
            score,
            level,
            should_find,
            should_pass_over,
        });
    }

    /// Where the name of a watch stands.
    pub(super) fn place_of(&self, number: usize) -> Option<Place> {
        self.texts.get(&Part::Name(number)).map(|name| name.part(0..usize::MAX))
    }

    /// The old names of watches with the names of now. One that a watch still has, or that two claim, is a mistake.
    pub(super) fn renamed(&self, found: &mut Vec<Diagnostic>) -> Vec<(String, String)> {
        let mut renamed: Vec<(String, String)> = Vec::new();
        for (was, place, name) in &self.renamed {
            let message = match () {
                () if self.watches.iter().any(|watch| watch.name == *was) => {
                    format!("there is a watch \"{was}\" still, which keeps its own history")
                }
                () if renamed.iter().any(|(other, _)| other == was) => {
                    format!("another watch was \"{was}\", too; its history goes to one of them")
                }
                () => {
                    renamed.push((was.clone(), name.clone()));
                    continue;
                }
            };
            found.push(Diagnostic::error(place.clone(), message).help("take `was` out here"));
        }
        renamed
    }

    /// How much the watches may raise that say so.
    pub(super) fn at_most(&self) -> HashMap<String, AtMost> {
        self.at_most.clone()
    }

    /// The watches that tell every article of a story.
    pub(super) fn every_article(&self) -> BTreeSet<String> {
        self.every_article.clone()
    }

    /// The watches that tell what is perhaps of a story by an alert of its own.
    pub(super) fn related_in_full(&self) -> BTreeSet<String> {
        self.related_in_full.clone()
    }

    /// The watches that tell when a second source has a story.
    pub(super) fn confirmed(&self) -> BTreeSet<String> {
        self.confirmed.clone()
    }

    /// Which watch's alerts go to which sinks. One that nobody defined is a mistake.
    pub(super) fn routes(&self, sinks: &[Sink], found: &mut Vec<Diagnostic>) -> Routes {
        let names: Vec<&str> = sinks.iter().map(|sink| sink.name.as_str()).collect();
        for (place, name) in self.routes.iter().flat_map(|(_, to)| to) {
            if names.contains(&name.as_str()) {
                continue;
            }
            let mistake = Diagnostic::error(place.clone(), format!("there is no sink \"{name}\""));
            found.push(match (value::nearest(name, &names), names.as_slice()) {
                (Some(near), _) => mistake.help(format!("write \"{near}\"")),
                (None, []) => mistake.help(format!("define it with [sink.{name}] in feedwatch.toml")),
                (None, names) => mistake.help(format!("the sinks are: {}", names.join(", "))),
            });
        }
        let name = |(_, name): &(Place, String)| name.clone();
        Routes {
            always: LOG_AND_JOURNAL.map(str::to_owned).to_vec(),
            sinks: sinks
                .iter()
                .map(|sink| Route { sink: sink.name.clone(), takes: sink.takes.clone(), tiers: sink.tiers.clone() })
                .collect(),
            watches: self.routes.iter().map(|(watch, to)| (watch.clone(), to.iter().map(name).collect())).collect(),
        }
    }

    /// A problem of the watch room at its place in the file.
    pub fn diagnostic(&self, problem: Problem) -> Diagnostic {
        let (owner, whole) = match &problem.part {
            Part::List(name) => (format!("list \"{name}\""), problem.part.clone()),
            Part::Name(watch)
            | Part::Find(watch)
            | Part::Lang(watch)
            | Part::Reject(watch)
            | Part::Threshold(watch)
            | Part::Also(watch, _)
            | Part::Ignore(watch, _)
            | Part::ButNot(watch, _)
            | Part::Score(watch, _)
            | Part::ShouldFind(watch, _)
            | Part::ShouldPassOver(watch, _) => {
                (format!("watch \"{}\"", self.watches[*watch].name), Part::Name(*watch))
            }
        };
        let place = match self.texts.get(&problem.part) {
            Some(literal) => literal.part(problem.range),
            // Nothing is written there, such as a threshold that is left out: the watch's name stands for all of it.
            None => self.texts[&whole].part(0..usize::MAX),
        };
        let diagnostic = Diagnostic::error(place, format!("{owner}: {}", problem.message));
        Diagnostic { severity: problem.severity, help: problem.hint, ..diagnostic }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config::section::Report;
    use crate::config::syntax;
    use crate::watch::Severity;

    const FILE: &str = concat!(
        "[lists]\r\n",
        "'diplomatic post' = \"b\\u00fcro OR office\"\r\n",
        "[[watch]]\r\n",
        "name = 'closure'\r\n",
        "find = \'\'\'\r\nclose OR\r\nshut NEAR/5 {post}\'\'\'\r\n",
        "ignore = ['\"box office\"', \"\\\"office hours\\\"\"]\r\n",
    );

    /// The text of the file that a problem about `part` of a text points to, with its line.
    #[track_caller]
    fn check(of: Part, text: &str, part: &str, line: usize, written: &str) {
        let source = Source::new("watches.toml".as_ref(), FILE.to_owned());
        let (tree, _) = syntax::parse(&source);
        let mut report = Report::new(&source);
        let mut file = WatchFiles::default();
        Section::top(&mut report, tree.get_ref(), |top| file.read(top, &source));
        let start = text.find(part).unwrap();
        let range = start..start + part.len();
        let problem = Problem { severity: Severity::Error, part: of, range, message: "x".into(), hint: None };
        let place = file.diagnostic(problem).place;
        let Place::Text { range, .. } = &place else { panic!("no place") };
        assert_eq!((&FILE[range.clone()], place.line_and_column().unwrap().0), (written, line));
    }

    #[test]
    fn a_problem_in_a_query_is_shown_where_it_is_written() {
        let find = "close OR\r\nshut NEAR/5 {post}";
        check(Part::Find(0), find, "{post}", 7, "{post}");
        check(Part::Find(0), find, "close", 6, "close");
        check(Part::Name(0), "closure", "closure", 4, "closure");
        check(Part::Ignore(0, 0), "\"box office\"", "office", 8, "office");
        check(Part::Ignore(0, 1), "\"office hours\"", "hours\"", 8, "hours\\\"");
        check(Part::List("diplomatic post".into()), "büro OR office", "büro", 2, "b\\u00fcro");
        check(Part::List("diplomatic post".into()), "büro OR office", "office", 2, "office");
    }
}
