//! A watch as it was written, and its possible mistakes.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::Level;

/// One watch as the files give it: texts not yet understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WatchSource {
    /// The name it goes by.
    pub name: String,
    /// The language of `find`, `ignore` and `reject` in Latin script, ISO 639-1; English when not given.
    pub lang: Option<String>,
    /// What to find, in the watch language; empty when the watch only scores.
    pub find: String,
    /// What else to find, by language.
    pub also: BTreeMap<String, String>,
    /// Phrases that do not count.
    pub ignore: Vec<String>,
    /// Word forms that count as none of the words.
    pub but_not: Vec<String>,
    /// What drops an article whatever else it says.
    pub reject: Option<String>,
    /// Points an article needs.
    pub threshold: Option<i64>,
    /// What gives points.
    pub score: Vec<ScoreSource>,
    /// How loud its alerts are.
    pub level: Level,
    /// Texts it must find.
    pub should_find: Vec<String>,
    /// Texts it must pass over.
    pub should_pass_over: Vec<String>,
}

/// One line of a score.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreSource {
    /// Its points; may be negative.
    pub points: i64,
    /// For what.
    pub find: String,
    /// If given, each mention counts, up to this many points.
    pub at_most: Option<i64>,
}

/// The word lists of the files: name to text.
pub type Lists = BTreeMap<String, String>;

/// The text that has a problem. Numbers are those of watches and of entries, from 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// A list, by its name.
    List(String),
    /// The name of a watch.
    Name(usize),
    /// The `lang` of a watch.
    Lang(usize),
    /// The `find` of a watch.
    Find(usize),
    /// The `also` of a watch for a language.
    Also(usize, String),
    /// An `ignore` entry: watch, entry.
    Ignore(usize, usize),
    /// A `but_not` entry: watch, entry.
    ButNot(usize, usize),
    /// The `reject` of a watch.
    Reject(usize),
    /// The `threshold` of a watch; the range is empty.
    Threshold(usize),
    /// The `find` of a `score` entry: watch, entry.
    Score(usize, usize),
    /// A `should_find` entry: watch, entry.
    ShouldFind(usize, usize),
    /// A `should_pass_over` entry: watch, entry.
    ShouldPassOver(usize, usize),
}

/// Whether a problem refuses the files or only deserves a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The files are refused.
    Error,
    /// The files are taken; `check` shows it.
    Warning,
    /// Nothing is wrong; `check` has advice.
    Note,
}

/// A mistake in a query, with the bytes of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad.
    pub severity: Severity,
    /// Which text.
    pub part: Part,
    /// The bytes of that text it is about.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to type instead, when that can be said.
    pub hint: Option<String>,
}
