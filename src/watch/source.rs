//! A watch as it was written, and what can be wrong with it.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::Level;

/// One watch as the files give it: texts not yet understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WatchSource {
    /// The name it goes by.
    pub name: String,
    /// What to find, in the watch language.
    pub find: String,
    /// Phrases that do not count.
    pub ignore: Vec<String>,
    /// The language of its words in Latin script; English when not given.
    pub lang: Option<String>,
    /// What to find in further languages: language to query.
    pub also: BTreeMap<String, String>,
    /// Forms struck from every word family of the watch.
    pub but_not: Vec<String>,
    /// An article that this matches is dropped for this watch.
    pub reject: Option<String>,
    /// The points that fire it, for watches that count.
    pub threshold: Option<i64>,
    /// What counts how much.
    pub score: Vec<ScoreSource>,
    /// How loud its alerts are.
    pub level: Level,
    /// Texts it must find.
    pub should_find: Vec<String>,
    /// Texts it must pass over.
    pub should_pass_over: Vec<String>,
}

/// One row of a watch that counts points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreSource {
    /// What a find is worth; may be negative.
    pub points: i64,
    /// What to find.
    pub find: String,
    /// When every mention counts: the most points that all together give.
    pub at_most: Option<i64>,
}

/// The word lists of the files: name to text.
pub type Lists = BTreeMap<String, String>;

/// Which of the texts a problem stands in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// A list, by its name.
    List(String),
    /// The name of the watch with this number.
    Name(usize),
    /// The `find` of the watch with this number.
    Find(usize),
    /// An `ignore` entry: watch, entry.
    Ignore(usize, usize),
    /// The `lang` of the watch with this number.
    Lang(usize),
    /// The query of a further language: watch, language.
    Also(usize, String),
    /// A `but_not` entry: watch, entry.
    ButNot(usize, usize),
    /// The `reject` of the watch with this number.
    Reject(usize),
    /// The `find` of a `score` entry: watch, entry.
    Score(usize, usize),
    /// The `threshold` of the watch with this number.
    Threshold(usize),
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
}

/// Something wrong in a query, told by the bytes of the text it stands in.
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
