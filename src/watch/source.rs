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
    /// How loud its alerts are.
    pub level: Level,
    /// Texts it must find.
    pub should_find: Vec<String>,
    /// Texts it must pass over.
    pub should_pass_over: Vec<String>,
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
