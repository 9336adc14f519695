//! The watch files: lists and watches as written, and the way back from a query's bytes to a place in a file.

use std::collections::HashMap;
use std::collections::btree_map::Entry as Slot;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;

use super::literal::raw_range;
use super::section::Section;
use super::source::{Place, Source};
use super::{Diagnostic, value};
use crate::model::Level;
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

/// All that the watch files say so far.
#[derive(Default)]
pub(super) struct Written {
    pub(super) lists: Lists,
    pub(super) watches: Vec<WatchSource>,
    pub(super) tests: Vec<WatchTest>,
    texts: HashMap<Part, Literal>,
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
        top.tables("watch", |watch| self.watch(watch, &literal));
    }

    fn watch(&mut self, watch: &mut Section<'_, '_>, literal: &impl Fn(Range<usize>) -> Literal) {
        let number = self.watches.len();
        let mut texts = Vec::new();
        let mut keep = |part: Part, text: Spanned<String>| {
            texts.push((part, literal(text.span())));
            text.into_inner()
        };
        let name = watch.need("name", value::text, "\"what to call it\"").map(|name| keep(Part::Name(number), name));
        let find = watch.need("find", value::text, "'words to find'").map(|find| keep(Part::Find(number), find));
        let ignore = watch.one_or_list("ignore", value::text).unwrap_or_default().into_iter().enumerate();
        let ignore = ignore.map(|(i, phrase)| keep(Part::Ignore(number, i), phrase)).collect();
        let level = watch.table("alert", |alert| {
            alert.not_built_yet("repeat");
            alert.read("level", value::word(LEVELS)).map(Spanned::into_inner).unwrap_or_default()
        });
        let should_find = watch.one_or_list("should_find", value::text).unwrap_or_default();
        let should_pass_over = watch.one_or_list("should_pass_over", value::text).unwrap_or_default();
        watch.not_built_yet("to");
        // Without a name or anything to find there is nothing to compile; both were reported.
        let (Some(name), Some(find)) = (name, find) else { return };
        let plain = |texts: &[Spanned<String>]| texts.iter().map(|text| text.get_ref().clone()).collect();
        let tests = [(true, &should_find), (false, &should_pass_over)];
        self.tests.extend(
            tests.into_iter().flat_map(|(found, texts)| texts.iter().map(move |text| (found, text))).map(
                |(found, text)| WatchTest {
                    watch: name.clone(),
                    text: text.get_ref().clone(),
                    found,
                    literal: literal(text.span()),
                },
            ),
        );
        self.watches.push(WatchSource {
            name,
            find,
            ignore,
            level,
            should_find: plain(&should_find),
            should_pass_over: plain(&should_pass_over),
        });
        self.texts.extend(texts);
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
