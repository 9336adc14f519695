//! TOML text to a tree with positions, and the parser's complaints in words that say what to type.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Diagnostic;
use super::section::Walked;
use super::source::Source;

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

    /// Where the mistakes begin.
    pub(super) fn starts(&self) -> impl Iterator<Item = usize> {
        self.mistakes.iter().map(|mistake| mistake.place.start())
    }

    /// The mistakes of the syntax together with those that the walk found where the tree can be believed: not on a line
    /// that is broken anyway, nor where the parser had lost the structure. What is missing may stand on a broken line.
    pub(super) fn merge(&self, walked: Walked) -> Vec<Diagnostic> {
        let broken: HashSet<_> = self.mistakes.iter().map(|mistake| mistake.place.line_start()).collect();
        let missing = if self.is_empty() { walked.missing } else { Vec::new() };
        let believed = |diagnostic: &Diagnostic| {
            diagnostic.place.start() < self.doubtful_from && !broken.contains(&diagnostic.place.line_start())
        };
        let mut all: Vec<_> =
            walked.found.into_iter().chain(missing).filter(believed).chain(self.mistakes.iter().cloned()).collect();
        all.sort_by_key(|diagnostic| diagnostic.place.start());
        all
    }
}

/// Parses all of a file, going on after a mistake as far as the parser can.
pub(super) fn parse(source: &Arc<Source>) -> (Spanned<DeTable<'_>>, Faults) {
    let text = source.text.as_str();
    let (tree, errors) = DeTable::parse_recoverable(text);
    let mut mistakes = Vec::new();
    let mut lines = HashSet::new();
    let mut doubtful_from = usize::MAX;
    let mut swallowed_from = usize::MAX;
    for error in &errors {
        let range = error.span().unwrap_or(text.len()..text.len());
        if let Some(unclosed) = UNCLOSED.iter().find(|unclosed| error.message() == unclosed.says) {
            let opened = |start: usize| text[start..].starts_with(unclosed.open);
            let start = start_of_value(tree.get_ref(), range.end, &opened).unwrap_or(range.start);
            let place = source.place(start..(start + unclosed.open.len()).min(text.len()));
            let mistake = Diagnostic::error(place, format!("{} is never closed", unclosed.what));
            mistakes.push(mistake.help(format!("write {} where it ends", unclosed.close)));
            doubtful_from = doubtful_from.min(start);
            swallowed_from = swallowed_from.min(start);
            continue;
        }
        // Of several complaints about one line the parser's first is the cause.
        if !lines.insert(source.line_around(range.start).start) {
            continue;
        }
        let spot = Spot::new(source, range.clone());
        let mistake = match REACTIONS.iter().find(|(says, ..)| error.message().starts_with(says)) {
            Some((_, structure, answer)) => {
                let Answer(message, help) = answer(&spot);
                doubtful_from =
                    if *structure == Structure::Lost { doubtful_from.min(range.start) } else { doubtful_from };
                Diagnostic::error(source.place(range), message).help(help)
            }
            None => {
                doubtful_from = doubtful_from.min(range.start);
                Diagnostic::error(source.place(range), error.message())
            }
        };
        mistakes.push(mistake);
    }
    // What is never closed swallows all that follows; what is said of that is noise.
    mistakes.retain(|mistake| mistake.place.start() <= swallowed_from);
    (tree, Faults { mistakes, doubtful_from })
}

/// What the parser says at the end of a file when something was opened and not closed.
struct Unclosed {
    says: &'static str,
    what: &'static str,
    open: &'static str,
    close: &'static str,
}

const UNCLOSED: [Unclosed; 4] = [
    Unclosed { says: "unclosed array, expected `]`", what: "this list", open: "[", close: "]" },
    Unclosed { says: "unclosed inline table, expected `}`", what: "this table", open: "{", close: "}" },
    Unclosed { says: "invalid multi-line literal string, expected `'`", what: "this text", open: "'''", close: "'''" },
    Unclosed {
        says: "invalid multi-line basic string, expected `\"`",
        what: "this text",
        open: "\"\"\"",
        close: "\"\"\"",
    },
];

/// Whether the parser knows where it is after a mistake.
#[derive(PartialEq)]
enum Structure {
    Kept,
    Lost,
}

/// What is wrong, and what to type.
struct Answer(String, String);

fn answer(message: impl Into<String>, help: impl Into<String>) -> Answer {
    Answer(message.into(), help.into())
}

/// The beginning of a message of the parser, what it means for the rest of the file, and our answer.
type Reaction = (&'static str, Structure, fn(&Spot<'_>) -> Answer);

/// All that the parser complains of, the more special before the more general. What is not here is passed on.
const REACTIONS: &[Reaction] = &[
    ("string values must be quoted", Structure::Kept, unquoted),
    ("invalid boolean", Structure::Kept, |spot| {
        answer(format!("`{}` is not a value", spot.found), format!("write {}", spot.found.to_lowercase()))
    }),
    ("duplicate key", Structure::Kept, |spot| match spot.before {
        before if before.ends_with("[[") => {
            let header = format!("[[{}]]", spot.found);
            answer(format!("{header} does not go together with [{}]", spot.found), format!("write {header} for each"))
        }
        before if before.ends_with('[') => {
            answer(format!("[{}] appears twice", spot.found), "put all its keys under one header")
        }
        _ => answer(format!("`{}` is given twice", spot.found), "keep one of the two"),
    }),
    ("missing escaped value", Structure::Kept, |_| {
        let help = r"write text that holds backslashes in single quotes: '...'; or double each: \\";
        answer("this backslash stands for nothing that TOML knows", help)
    }),
    ("invalid basic string, expected `\"`", Structure::Kept, |_| no_closing_quote('"')),
    ("invalid literal string, expected `'`", Structure::Kept, |_| no_closing_quote('\'')),
    ("invalid basic string", Structure::Kept, control_character),
    ("invalid literal string", Structure::Kept, control_character),
    ("invalid multi-line basic string", Structure::Kept, control_character),
    ("invalid multi-line literal string", Structure::Kept, control_character),
    ("invalid comment character", Structure::Kept, control_character),
    ("unclosed table, ", Structure::Lost, header_not_closed),
    ("unclosed array table", Structure::Lost, header_not_closed),
    ("unexpected key or value", Structure::Kept, left_over),
    ("key with no value", Structure::Kept, no_value),
    ("invalid key-value pair", Structure::Lost, |spot| match spot.line.starts_with(['{', '<']) {
        true => answer("this is not TOML", "write [table] on a line of its own, then key = value lines"),
        false => answer("this is not a key", "write key = value"),
    }),
    ("missing comma", Structure::Kept, |spot| {
        quote_inside(spot)
            .unwrap_or_else(|| answer("a comma is missing before this", "put a comma between one element and the next"))
    }),
    ("extra comma", Structure::Kept, |_| answer("there is a comma too many", "take it out")),
    ("invalid unquoted key", Structure::Kept, |spot| match spot.line.trim_start().starts_with("also.") {
        true => answer("a language is named by its code", "write also.fr for French, also.es for Spanish"),
        false => answer("a key is made of the letters a to z, digits, - and _", "put any other key in quotes"),
    }),
    ("unquoted keys cannot be empty", Structure::Kept, |_| answer("the key is missing", "write a key before the =")),
];

/// What stands where the parser complains.
struct Spot<'t> {
    /// The whole line.
    line: &'t str,
    /// The part of it before the complaint.
    before: &'t str,
    /// The part of it from the complaint on.
    rest: &'t str,
    /// What is complained of; may be empty.
    found: &'t str,
}

impl<'t> Spot<'t> {
    fn new(source: &'t Source, range: Range<usize>) -> Self {
        let line = source.line_around(range.start);
        let at = range.start.min(line.end);
        let text = &source.text;
        Spot {
            line: &text[line.clone()],
            before: &text[line.start..at],
            rest: &text[at..line.end],
            found: &text[range],
        }
    }
}

/// Opening and closing marks that editors put in place of straight quotes.
const CURLY: [char; 7] = ['“', '”', '„', '‘', '’', '«', '»'];

fn unquoted(spot: &Spot<'_>) -> Answer {
    const MESSAGE: &str = "text must stand in quotes";
    let word = spot.found.trim();
    match word.to_lowercase().as_str() {
        "" => answer("the value is missing", "write a value after the ="),
        "yes" | "on" => answer(MESSAGE, format!("write true, or \"{word}\"")),
        "no" | "off" => answer(MESSAGE, format!("write false, or \"{word}\"")),
        _ if word.starts_with(CURLY) || word.ends_with(CURLY) => {
            let plain = word.trim_matches(CURLY);
            answer("curly quotes do not quote", format!("write \"{plain}\" with straight quotes"))
        }
        _ => answer(MESSAGE, format!("write \"{word}\"")),
    }
}

fn no_closing_quote(quote: char) -> Answer {
    let help = format!("end it with {quote} on the same line; longer text stands between ''' and '''");
    answer("this text has no closing quote", help)
}

fn control_character(_: &Spot<'_>) -> Answer {
    answer("there is a control character here, which cannot be seen", "take it out")
}

fn header_not_closed(spot: &Spot<'_>) -> Answer {
    let name = spot.line.split('#').next().unwrap_or(spot.line).trim().trim_matches(['[', ']']);
    let header = if spot.line.starts_with("[[") { format!("[[{name}]]") } else { format!("[{name}]") };
    answer("this header is not closed", format!("write {header}"))
}

fn left_over(spot: &Spot<'_>) -> Answer {
    if let Some(told) = quote_inside(spot) {
        return told;
    }
    const QUOTE: &str = "the text ended at the quote before this";
    match spot.before.chars().next_back() {
        _ if spot.line.starts_with('[') && spot.rest.starts_with(']') => {
            answer("there is one ] too many", "write as many ] as [")
        }
        Some('\'' | '"') => answer(QUOTE, "start a new line for each key; comments begin with #"),
        _ => answer("the value ended before this", "start a new line for each key; comments begin with #"),
    }
}

/// The quote that ended a text was meant to stand in it: it has letters on both sides.
fn quote_inside(spot: &Spot<'_>) -> Option<Answer> {
    let mut before = spot.before.chars().rev();
    let quote = before.next().filter(|c| matches!(c, '\'' | '"'))?;
    let stands_inside = spot.rest.starts_with(char::is_alphanumeric) && before.next().is_some_and(|c| c != '=');
    stands_inside.then(|| match quote {
        '\'' => answer("the apostrophe before this ended the text", "put three single quotes around it: '''...'''"),
        _ => answer("the \" before this ended the text", "put single quotes around it: '...'"),
    })
}

fn no_value(spot: &Spot<'_>) -> Answer {
    const YAML: &str = "this is YAML; the file must be TOML: [table] on a line of its own, then key = value lines";
    let line = spot.line.trim();
    let key = line.split([':', ' ', '\t', '=']).next().unwrap_or_default();
    let rest = line[key.len()..].trim_start();
    match rest.strip_prefix(':') {
        Some("") => answer("a colon does not open a table", YAML),
        Some(_) => answer("a colon does not assign", format!("write {key} = and the value in quotes")),
        None if key == "-" => answer("a dash does not begin an element of a list", YAML),
        None => answer("this key has no value", format!("write {key} = and a value")),
    }
}

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
