//! The watch files: lists and watches as written, and the way back from a query's bytes to a place in a file.

use std::collections::HashMap;
use std::collections::btree_map::Entry as Slot;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;

use super::literal::raw_range;
use super::section::Section;
use super::source::{Place, Source};
use super::{Diagnostic, LOG_AND_JOURNAL, value};
use crate::model::{Level, Route, Routes, Sink};
use crate::watch::{Lists, Part, Problem, WatchSource};

const LEVELS: &[(&str, Level)] = &[("info", Level::Info), ("notice", Level::Notice), ("high", Level::High)];

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

/// A text that a watch must find or pass over: the watch's own test.
#[derive(Clone, Debug)]
pub struct WatchTest {
    /// The watch's name.
    pub watch: String,
    /// The text.
    pub text: String,
    /// Whether the watch must find it; else it must pass over it.
    pub found: bool,
    literal: Literal,
}

impl WatchTest {
    /// The place of some bytes of the text in the file.
    pub fn place(&self, part: Range<usize>) -> Place {
        self.literal.part(part)
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

    /// One text or a list of them.
    fn many(&mut self, watch: &mut Section<'_, '_>, key: &'static str, part: impl Fn(usize) -> Part) -> Vec<String> {
        let texts = watch.one_or_list(key, value::text).unwrap_or_default();
        texts.into_iter().enumerate().map(|(entry, text)| self.keep(part(entry), text)).collect()
    }

    fn keep(&mut self, part: Part, text: Spanned<String>) -> String {
        self.kept.push((part, Literal { source: Arc::clone(self.source), range: text.span() }));
        text.into_inner()
    }
}

/// All that the watch files say so far.
#[derive(Default)]
pub(super) struct Written {
    pub(super) lists: Lists,
    pub(super) watches: Vec<WatchSource>,
    pub(super) tests: Vec<WatchTest>,
    texts: HashMap<Part, Literal>,
    /// The sinks that watches name, each with its place.
    routes: Vec<(String, Vec<(Place, String)>)>,
}

impl Written {
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
                    let message = format!("the list \"{}\" is there twice", name.get_ref());
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
        let find = texts.need(watch, "find", "'words to find'", Part::Find(number));
        let ignore = texts.many(watch, "ignore", |entry| Part::Ignore(number, entry));
        let mut to = None;
        let level = watch.table("alert", |alert| {
            alert.not_built_yet("repeat");
            to = alert.one_or_list("to", value::text);
            alert.read("level", value::word(LEVELS)).map(Spanned::into_inner).unwrap_or_default()
        });
        let should_find = watch.one_or_list("should_find", value::text).unwrap_or_default();
        let should_pass_over = watch.one_or_list("should_pass_over", value::text).unwrap_or_default();
        for key in ["lang", "also", "but_not", "reject", "threshold", "score", "to"] {
            watch.not_built_yet(key);
        }
        // Without a name or anything to find there is nothing to compile; both were reported.
        let (Some(name), Some(find)) = (name, find) else { return };
        for (found, samples) in [(true, &should_find), (false, &should_pass_over)] {
            self.tests.extend(samples.iter().map(|sample| WatchTest {
                watch: name.clone(),
                text: sample.get_ref().clone(),
                found,
                literal: Literal { source: Arc::clone(source), range: sample.span() },
            }));
        }
        let plain = |samples: Vec<Spanned<String>>| samples.into_iter().map(Spanned::into_inner).collect();
        let place = |sink: Spanned<String>| (source.place(sink.span()), sink.into_inner());
        self.routes.extend(to.map(|to| (name.clone(), to.into_iter().map(place).collect())));
        self.texts.extend(texts.kept);
        self.watches.push(WatchSource {
            name,
            find,
            ignore,
            level,
            should_find: plain(should_find),
            should_pass_over: plain(should_pass_over),
        });
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
            sinks: sinks.iter().map(|sink| Route { sink: sink.name.clone(), takes: sink.takes.clone() }).collect(),
            watches: self.routes.iter().map(|(watch, to)| (watch.clone(), to.iter().map(name).collect())).collect(),
        }
    }

    /// A compiler's problem at its place in the file.
    pub(super) fn diagnostic(&self, problem: Problem) -> Diagnostic {
        let owner = match &problem.part {
            Part::List(name) => format!("list \"{name}\""),
            Part::Name(watch) | Part::Find(watch) | Part::Ignore(watch, _) => {
                format!("watch \"{}\"", self.watches[*watch].name)
            }
        };
        let place = self.texts[&problem.part].part(problem.range);
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
        let mut file = Written::default();
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
