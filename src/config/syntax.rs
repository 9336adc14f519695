//! TOML text to a tree with positions, and the parser's complaints in words that say what to type.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Diagnostic;
use super::section::Walked;
use super::source::{Place, Source};

/// What is wrong with a file's syntax, and how far its tree can be believed.
pub(super) struct Faults {
    /// One mistake a line.
    mistakes: Vec<Diagnostic>,
    /// From here on the tree is the parser's guess, so what seems wrong in it may not be.
    doubtful_from: usize,
}

impl Faults {
    /// Whether what the parser read at an offset is what the writer meant.
    pub(super) fn trusts(&self, offset: usize) -> bool {
        offset < self.doubtful_from
    }

    pub(super) fn is_empty(&self) -> bool {
        self.mistakes.is_empty()
    }

    /// The mistakes of the syntax together with those that the walk found where the tree can be believed: not on a line
    /// that is broken anyway, nor where the parser had lost the structure. What is missing may stand on a broken line.
    pub(super) fn merge(&self, walked: Walked) -> Vec<Diagnostic> {
        let line = |place: &Place| place.line_and_column().map(|(line, _)| line);
        let broken: HashSet<_> = self.mistakes.iter().map(|mistake| line(&mistake.place)).collect();
        let missing = if self.is_empty() { walked.missing } else { Vec::new() };
        let believed = |diagnostic: &Diagnostic| {
            diagnostic.place.start() < self.doubtful_from && !broken.contains(&line(&diagnostic.place))
        };
        let mut all: Vec<_> =
            walked.found.into_iter().chain(missing).filter(believed).chain(self.mistakes.iter().cloned()).collect();
        all.sort_by_key(|diagnostic| diagnostic.place.start());
        all
    }
}

/// A complaint of the parser, put in our words.
struct Mistake {
    range: Range<usize>,
    message: String,
    label: Option<String>,
    help: Option<String>,
    /// Whether the parser lost the structure of what follows.
    lost: bool,
}

/// Parses all of a file, going on after a mistake as far as the parser can.
pub(super) fn parse(source: &Arc<Source>) -> (Spanned<DeTable<'_>>, Faults) {
    let text = source.text.as_str();
    let (tree, errors) = DeTable::parse_recoverable(text);
    let mut mistakes: Vec<Mistake> = Vec::new();
    for error in &errors {
        let range = error.span().unwrap_or(text.len()..text.len());
        mistakes.push(explain(text, tree.get_ref(), error.message(), range));
    }
    // An opening that is never closed swallows what follows; what is said of the swallowed text is noise.
    let swallowed: Vec<usize> =
        mistakes.iter().filter(|m| m.message.ends_with("is never closed")).map(|m| m.range.start).collect();
    mistakes.retain(|mistake| swallowed.iter().all(|&open| mistake.range.start <= open));
    // Of several complaints about one line the parser's first is the cause.
    let mut seen = HashSet::new();
    mistakes.retain(|mistake| seen.insert(source.line_around(mistake.range.start).start));
    let doubtful_from = mistakes.iter().filter(|mistake| mistake.lost).map(|mistake| mistake.range.start).min();
    let mistakes = mistakes.into_iter().map(|mistake| {
        let place = source.place(mistake.range);
        Diagnostic { label: mistake.label, help: mistake.help, ..Diagnostic::error(place, mistake.message) }
    });
    (tree, Faults { mistakes: mistakes.collect(), doubtful_from: doubtful_from.unwrap_or(usize::MAX) })
}

/// Says what the parser means. Its messages are matched by their beginnings; one that is not known is passed on.
fn explain(text: &str, tree: &DeTable<'_>, message: &str, range: Range<usize>) -> Mistake {
    let line_start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[range.start..].find('\n').map_or(text.len(), |at| range.start + at);
    let line = text[line_start..line_end].trim_end();
    let before = text[line_start..range.start].trim_end();
    let found = &text[range.clone()];
    let says = |message: &str, help: &str| Mistake {
        range: range.clone(),
        message: message.to_owned(),
        label: None,
        help: Some(help.to_owned()),
        lost: false,
    };
    let lost = |message: &str, help: &str| Mistake { lost: true, ..says(message, help) };
    let starts = |beginning: &str| message.starts_with(beginning);

    if starts("string values must be quoted") {
        return match found.trim() {
            "" => says("the value is missing", "write a value after the ="),
            word if word.starts_with(CURLY) || word.ends_with(CURLY) => {
                let plain = word.trim_matches(CURLY);
                says("curly quotes do not quote", &format!("write \"{plain}\" with straight quotes"))
            }
            "yes" | "on" | "Yes" | "On" => says("text must stand in quotes", &format!("write true, or \"{found}\"")),
            "no" | "off" | "No" | "Off" => says("text must stand in quotes", &format!("write false, or \"{found}\"")),
            word => says("text must stand in quotes", &format!("write \"{word}\"")),
        };
    }
    if starts("invalid boolean") {
        return says(&format!("`{found}` is no value"), &format!("write {}", found.to_lowercase()));
    }
    if starts("duplicate key") {
        let is_table = before.ends_with('[');
        return match is_table {
            true => says(&format!("[{found}] is there twice"), "put all its keys under one header"),
            false => says(&format!("`{found}` is given twice"), "keep one of the two"),
        };
    }
    if starts("missing escaped value") {
        let help = r"write text that holds backslashes in single quotes: '...'; or double each: \\";
        return says("this backslash stands for nothing that TOML knows", help);
    }
    let unclosed = UNCLOSED.iter().find(|(beginning, ..)| starts(beginning));
    if let Some((_, what, open, close)) = unclosed {
        let opened = |start: usize| text[start..].starts_with(*open);
        let start = start_of_value(tree, range.end, &opened).unwrap_or(range.start);
        let message = format!("{what} is never closed");
        let range = start..(start + open.len()).min(text.len());
        return Mistake { range, ..lost(&message, &format!("write {close} where it ends")) };
    }
    if starts("invalid basic string, expected `\"`") || starts("invalid literal string, expected `'`") {
        let quote = if starts("invalid basic") { '"' } else { '\'' };
        let help = format!("end it with {quote} on the same line; longer text stands between {0} and {0}", "'''");
        return says("this text has no closing quote", &help);
    }
    if starts("unclosed table, ") || starts("unclosed array table") {
        let name = line.split('#').next().unwrap_or(line).trim().trim_matches(['[', ']']);
        let header = if line.starts_with("[[") { format!("[[{name}]]") } else { format!("[{name}]") };
        return lost("this header is not closed", &format!("write {header}"));
    }
    if starts("unexpected key or value") {
        if line.starts_with('[') && text[range.start..].starts_with(']') {
            return says("there is one ] too many", "write as many ] as [");
        }
        let help = match text.as_bytes()[..range.start].last() {
            Some(b'\'') => "text with an apostrophe in it stands in double quotes: \"...\"",
            Some(b'"') => "text with double quotes in it stands in single quotes: '...'",
            _ => return says("the value ended before this", "start a new line for each key; comments begin with #"),
        };
        return says("the value ended at the quote before this", help);
    }
    if starts("key with no value") {
        const NOT_YAML: &str = "this is YAML; the file must be TOML: [table] on a line of its own, then key = value";
        let line = line.trim();
        let key = line.split([':', ' ', '\t', '=']).next().unwrap_or_default();
        let rest = line[key.len()..].trim_start();
        return match rest.strip_prefix(':') {
            Some("") => says("a colon does not open a table", NOT_YAML),
            Some(_) => says("a colon does not assign", &format!("write {key} = and the value in quotes")),
            None if key == "-" => says("a dash does not begin an element of a list", NOT_YAML),
            None => says("this key has no value", &format!("write {key} = and a value")),
        };
    }
    if starts("invalid key-value pair") && line.starts_with('{') {
        return lost("the file begins like JSON", "write TOML: [table] on a line of its own, then key = value");
    }
    if starts("missing comma") {
        return says("a comma is missing before this", "part the elements by commas");
    }
    if starts("extra comma") {
        return says("there is a comma too many", "take it out");
    }
    if starts("invalid unquoted key") {
        return says("a key may hold letters, digits, - and _ only", "put other keys in quotes");
    }
    if starts("unquoted keys cannot be empty") {
        return says("the key is missing", "write a key before the =");
    }
    Mistake { help: None, ..lost(message, "") }
}

/// What the parser says at the end of a file when something was opened and not closed: what, and its marks.
const UNCLOSED: [(&str, &str, &str, &str); 4] = [
    ("unclosed array, ", "this list", "[", "]"),
    ("unclosed inline table", "this table", "{", "}"),
    ("invalid multi-line literal", "this text", "'''", "'''"),
    ("invalid multi-line basic", "this text", "\"\"\"", "\"\"\""),
];

/// Opening and closing marks that editors put in place of straight quotes.
const CURLY: [char; 7] = ['“', '”', '„', '‘', '’', '«', '»'];

/// The start of the innermost value that ends at an offset and was opened as wanted.
fn start_of_value(table: &DeTable<'_>, end: usize, opened: &dyn Fn(usize) -> bool) -> Option<usize> {
    table.iter().filter_map(|(_, value)| start_within(value, end, opened)).max()
}

fn start_within(value: &Spanned<DeValue<'_>>, end: usize, opened: &dyn Fn(usize) -> bool) -> Option<usize> {
    let inner = match value.get_ref() {
        DeValue::Array(list) => list.iter().filter_map(|value| start_within(value, end, opened)).max(),
        DeValue::Table(table) => start_of_value(table, end, opened),
        _ => None,
    };
    let Range { start, end: own_end } = value.span();
    inner.or_else(|| (own_end == end && start < end && opened(start)).then_some(start))
}
