//! What is wrong in a file and what to type instead, shown the way rustc shows it.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

use super::source::{Place, Source};
use crate::model::SECRET_PARAMETERS;
use crate::watch::Severity;
use crate::words::count_of;

/// Beyond this many a list helps nobody; the rest is counted.
const MAX_SHOWN: usize = 100;

/// Bytes before and behind the caret that are handed to the renderer of a longer line: it shows some 140 columns of
/// them.
const LINE_AROUND_BYTES: usize = 2_000;

/// One thing that is wrong, or deserves a look.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Whether the files are refused for it.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What is said at the caret.
    pub label: Option<String>,
    /// A second place that has to do with it, and what is said there.
    pub related: Option<(Place, String)>,
    /// What to type instead.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Something that refuses the files.
    pub fn error(place: Place, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Error, message: message.into(), place, label: None, related: None, help: None }
    }

    /// Something that deserves a look.
    pub fn warning(place: Place, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(place, message) }
    }

    /// Says something at the caret.
    pub fn label(self, label: impl Into<String>) -> Self {
        Diagnostic { label: Some(label.into()), ..self }
    }

    /// Says what to type.
    pub fn help(self, help: impl Into<String>) -> Self {
        Diagnostic { help: Some(help.into()), ..self }
    }

    /// Points to a second place.
    pub fn related(self, place: Place, label: impl Into<String>) -> Self {
        Diagnostic { related: Some((place, label.into())), ..self }
    }

    /// The lines for a person, with carets; ends with a newline.
    pub fn render(&self, color: bool) -> String {
        let (message, help) = (mask_passwords(&self.message), self.help.as_deref().map(mask_passwords));
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let group = Group::with_title(level.primary_title(message));
        let mut group = show(group, &self.place, self.label.as_deref(), AnnotationKind::Primary);
        if let Some((place, label)) = &self.related {
            group = show(group, place, Some(label), AnnotationKind::Context);
        }
        if let Some(help) = help {
            group = group.element(Level::HELP.message(help));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group]) + "\n"
    }

    /// What is wrong and where, in one line.
    pub fn in_short(&self) -> String {
        let place = match self.place.line_and_column() {
            Some((line, column)) => format!(":{line}:{column}"),
            None => String::new(),
        };
        format!("{} ({}{place})", mask_passwords(&self.message), self.place.path().display())
    }

    /// The same for a program.
    pub fn to_json(&self) -> serde_json::Value {
        let (line, column) = self.place.line_and_column().unzip();
        let json = Json {
            severity: match self.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            },
            file: self.place.path().to_string_lossy().into_owned(),
            line,
            column,
            message: mask_passwords(&self.message),
            label: self.label.as_deref(),
            help: self.help.as_deref().map(mask_passwords),
            related: self.related.as_ref().map(|(place, label)| {
                let (line, column) = place.line_and_column().unzip();
                Related { file: place.path().to_string_lossy().into_owned(), line, column, label }
            }),
        };
        serde_json::to_value(json).expect("strings and numbers always serialise")
    }
}

/// The documented shape of `check --json`.
#[derive(Serialize)]
struct Json<'a> {
    severity: &'static str,
    file: String,
    line: Option<usize>,
    column: Option<usize>,
    message: String,
    label: Option<&'a str>,
    help: Option<String>,
    related: Option<Related<'a>>,
}

#[derive(Serialize)]
struct Related<'a> {
    file: String,
    line: Option<usize>,
    column: Option<usize>,
    label: &'a str,
}

/// Adds a place to a report. Only its own line is handed over: the renderer would otherwise walk the whole file for
/// every mistake.
fn show<'a>(group: Group<'a>, place: &Place, label: Option<&'a str>, kind: AnnotationKind) -> Group<'a> {
    let path = place.path().display().to_string();
    let Place::Text { source, range } = place else {
        return group.element(Origin::path(path));
    };
    let line = source.line_around(range.start);
    let start = range.start.min(line.end);
    let end = range.end.clamp(start, line.end);
    let (number, column) = source.line_and_column(range.start);
    let is_long = line.len() > 2 * LINE_AROUND_BYTES;
    let line = if is_long { around(source, &line, start) } else { line };
    let end = end.min(line.end);
    let text = mask_passwords(&source.text[line.clone()]);
    let annotation = kind.span(start - line.start..end - line.start).label(label.map(str::to_owned));
    let snippet = Snippet::source(text).line_start(number).annotation(annotation);
    match is_long {
        // The renderer would count the column from where the part begins.
        true => group.element(Origin::path(path).line(number).char_column(column)).element(snippet),
        false => group.element(snippet.path(path)),
    }
}

/// The part of a long line around a place. It begins behind a space or a text of an array, so that no word is cut in
/// two, and no address loses the beginning by which its password is known.
fn around(source: &Source, line: &Range<usize>, at: usize) -> Range<usize> {
    let text = &source.text;
    let from = text.floor_char_boundary(at.saturating_sub(LINE_AROUND_BYTES).max(line.start));
    let to = text.ceil_char_boundary((at + LINE_AROUND_BYTES).min(line.end));
    let begun = [" ", "',", "\","].iter().find_map(|gap| Some(from + text[from..at].find(gap)? + gap.len()));
    begun.filter(|_| from > line.start).unwrap_or(line.start)..to
}

/// Replaces `secret` in `https://user:secret@host`, and values of parameters that are secrets, by as many stars as it
/// has bytes: what is shown here goes to logs, and the carets must stay where they are.
pub(super) fn mask_passwords(line: &str) -> String {
    let mut masked = line.to_owned();
    let mut from = 0;
    while let Some(at) = line[from..].find("://") {
        let start = from + at + "://".len();
        let authority = line[start..].find(['/', '?', '#', '"', '\'', ' ']).map_or(line.len(), |end| start + end);
        from = start;
        let Some(userinfo) = line[start..authority].rfind('@') else { continue };
        let Some(colon) = line[start..start + userinfo].find(':') else { continue };
        let secret = start + colon + 1..start + userinfo;
        masked.replace_range(secret.clone(), &"*".repeat(secret.len()));
    }
    mask_parameters(&mut masked);
    masked
}

/// The same for the values of `?token=...` and its like.
fn mask_parameters(line: &mut String) {
    for (at, _) in line.clone().match_indices(['?', '&']) {
        let Some((name, _)) = line[at + 1..].split_once('=') else { return };
        if SECRET_PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            let start = at + 1 + name.len() + 1;
            let end = line[start..].find(['&', '#', '"', '\'', ' ']).map_or(line.len(), |end| start + end);
            line.replace_range(start..end, &"*".repeat(end - start));
        }
    }
}

/// Whether anything in a list refuses the files.
pub(super) fn any_error(found: &[Diagnostic]) -> bool {
    found.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// All that is wrong with a set of files; at least one of them an error.
#[derive(Clone, Debug)]
pub struct ConfigErrors {
    found: Vec<Diagnostic>,
    of_watches: bool,
}

impl ConfigErrors {
    /// Errors and warnings in the order of the files.
    pub(super) fn new(diagnostics: Vec<Diagnostic>) -> Self {
        ConfigErrors { found: diagnostics, of_watches: false }
    }

    /// The same, when these are the files of the watches.
    pub(super) fn knowing<'p>(self, watch_files: impl Iterator<Item = &'p Path>) -> Self {
        let watch_files: Vec<&Path> = watch_files.collect();
        let mut errors = self.found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
        let of_watches = errors.all(|error| watch_files.contains(&error.place.path()));
        ConfigErrors { of_watches, ..self }
    }

    /// Whether only files of watches have mistakes.
    pub fn are_of_watches(&self) -> bool {
        self.of_watches
    }

    /// Errors and warnings in the order of the files.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.found
    }

    /// The first error.
    pub(super) fn first(&self) -> Option<&Diagnostic> {
        self.found.iter().find(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// All of them for a person, with carets, and a last line that counts them.
    pub fn render(&self, color: bool) -> String {
        render_all(&self.found, color)
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(false).trim_end())
    }
}

impl std::error::Error for ConfigErrors {}

/// Diagnostics for a person, an empty line between, and a last line that counts them.
pub fn render_all(diagnostics: &[Diagnostic], color: bool) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(MAX_SHOWN) {
        text.push_str(&diagnostic.render(color));
        text.push('\n');
    }
    if diagnostics.len() > MAX_SHOWN {
        text.push_str(&format!("... and {} more\n", diagnostics.len() - MAX_SHOWN));
    }
    if !diagnostics.is_empty() {
        text.push_str(&tally(diagnostics));
        text.push('\n');
    }
    text
}

/// "2 errors, 1 warning".
fn tally(diagnostics: &[Diagnostic]) -> String {
    let of = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let counts = [(of(Severity::Error), "error"), (of(Severity::Warning), "warning"), (of(Severity::Note), "note")];
    let words = counts.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| count_of(*count, noun));
    words.collect::<Vec<_>>().join(", ")
}
