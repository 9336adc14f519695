//! How an alert looks to a person: on a terminal in colour and folded to its width, elsewhere as plain text. Pure.

use anstyle::{AnsiColor, Style};
use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthChar;

use super::escape;
use crate::clock::{Timestamp, span};
use crate::model::{Alert, AlertItem, Field, Kind, Level, Reason};

/// How to show alerts.
#[derive(Clone, Debug)]
pub struct Look {
    /// Colours, and marked words in bold; without, the words stay between `[[` and `]]`.
    pub colour: bool,
    /// Columns to fold to; none: one line each, whole.
    pub width: Option<usize>,
    /// How times read.
    pub when: When,
}

/// How times read.
#[derive(Clone, Debug)]
pub enum When {
    /// `2024-11-09 14:05` in that time zone, with a `Z` when that is UTC.
    In(TimeZone),
    /// `3 min ago`, seen from this instant.
    Ago(Timestamp),
}

/// How far all lines but the first stand in from the margin.
const INDENT: &str = "    ";

/// A terminal narrower than this is folded as if it were this wide: less cannot be read anyway.
const WIDTH_MIN_COLUMNS: usize = 40;

const PLAIN: Style = Style::new();
const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();
const MARK: Style = AnsiColor::Yellow.on_default().bold();

/// Characters, each with how it looks.
type Text = Vec<(char, Style)>;

/// An alert as a person reads it: when, which watch, the title; indented below, the feed and the snippet. Nothing is cut,
/// long lines are folded. With a newline at the end.
pub fn full(alert: &Alert, look: &Look) -> String {
    let columns = look.width.map_or(usize::MAX, |width| width.max(WIDTH_MIN_COLUMNS) - INDENT.len());
    let headline = headline(alert, look);
    let below: Vec<Text> = match alert.kind {
        Kind::Alert => vec![passage(alert, look)],
        _ => alert.items.iter().map(listed).collect(),
    };
    let mut shown = String::new();
    let lines = below.iter().flat_map(|text| fold(text, columns));
    for (n, line) in fold(&headline, columns).into_iter().chain(lines).enumerate() {
        shown.push_str(if n == 0 { "" } else { INDENT });
        shown.push_str(&paint(line, look.colour));
        shown.push('\n');
    }
    shown
}

/// The title stands last, as it may read from right to left.
fn headline(alert: &Alert, look: &Look) -> Text {
    let mut text = styled(&when(alert.time, &look.when), DIM);
    text.extend(styled("  ", PLAIN));
    let (about, title) = match alert.kind {
        Kind::Alert => (alert.watch.name.as_str(), alert.article.title.as_str()),
        kind => (kind.name(), alert.message.as_str()),
    };
    text.extend(styled(&escape(about), loudness(alert.level)));
    text.extend(styled("  ", PLAIN));
    text.extend(styled(&escape(title), BOLD));
    text
}

fn passage(alert: &Alert, look: &Look) -> Text {
    let mut text = styled(&escape(&alert.feed.title), DIM);
    text.extend(styled(" — ", DIM));
    let snippet = escape(&alert.snippet);
    text.extend(if look.colour { parse_marks(&snippet) } else { styled(&snippet, PLAIN) });
    text
}

/// A text of an article with the words found in it marked, folded line by line.
///
/// Spans that no longer fit, because the text was edited since, mark nothing.
pub fn marked(text: &str, field: Field, why: &[Reason], look: &Look) -> String {
    let mut spans: Vec<&Reason> = why
        .iter()
        .filter(|reason| reason.field == field && text.get(reason.start..reason.end) == Some(reason.text.as_str()))
        .collect();
    spans.sort_by_key(|reason| (reason.start, reason.end));
    let mut with_marks = String::with_capacity(text.len() + 4 * spans.len());
    let mut at = 0;
    for Reason { start, end, .. } in spans {
        // Spans that overlap are marked once, by the first.
        if *start >= at {
            with_marks.extend([&text[at..*start], "[[", &text[*start..*end], "]]"]);
            at = *end;
        }
    }
    with_marks.push_str(&text[at..]);
    let columns = look.width.map_or(usize::MAX, |width| width.max(WIDTH_MIN_COLUMNS));
    let mut shown = String::new();
    for line in with_marks.lines().filter(|line| !line.trim().is_empty()) {
        let line = escape(line);
        let line = if look.colour { parse_marks(&line) } else { styled(&line, PLAIN) };
        for part in fold(&line, columns) {
            shown.push_str(&paint(part, look.colour));
            shown.push('\n');
        }
    }
    shown
}

/// A hit of a digest.
fn listed(item: &AlertItem) -> Text {
    let mut text = styled(&escape(&item.feed), DIM);
    text.extend(styled(" — ", DIM));
    text.extend(styled(&escape(&item.title), PLAIN));
    text
}

fn styled(text: &str, style: Style) -> Text {
    text.chars().map(|c| (c, style)).collect()
}

/// A snippet's marks as colour.
///
/// A bracket of the text that touches a mark (`[[[Qatar]]]`) stays outside of it. A mark without its other half, in a
/// record that had to be shortened, stays as it is.
fn parse_marks(text: &str) -> Text {
    let mut chars = Text::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside, after)) = next_mark(rest) {
        chars.extend(styled(before, PLAIN));
        chars.extend(styled(inside, MARK));
        rest = after;
    }
    chars.extend(styled(rest, PLAIN));
    chars
}

fn next_mark(text: &str) -> Option<(&str, &str, &str)> {
    let open = text.find("[[")?;
    let brackets = text[open..].bytes().take_while(|&byte| byte == b'[').count();
    let inside = open + brackets;
    let close = inside + text[inside..].find("]]")?;
    Some((&text[..inside - 2], &text[inside..close], &text[close + 2..]))
}

/// Lines of at most so many columns, broken at spaces, or anywhere in a stretch without any.
fn fold(text: &[(char, Style)], columns: usize) -> Vec<&[(char, Style)]> {
    let mut lines = Vec::new();
    let (mut from, mut used, mut space) = (0, 0, None);
    let mut at = 0;
    while at < text.len() {
        let c = text[at].0;
        used += c.width().unwrap_or(0);
        if used > columns && at > from {
            let end = if c == ' ' { at } else { space.unwrap_or(at) };
            lines.push(&text[from..end]);
            // The spaces where a line breaks belong to none.
            from = end + text[end..].iter().take_while(|(c, _)| *c == ' ').count();
            (at, used, space) = (from, 0, None);
            continue;
        }
        if c == ' ' && at > from && text[at - 1].0 != ' ' {
            space = Some(at);
        }
        at += 1;
    }
    if from < text.len() {
        lines.push(&text[from..]);
    }
    lines
}

fn paint(line: &[(char, Style)], colour: bool) -> String {
    let mut shown = String::new();
    for run in line.chunk_by(|a, b| a.1 == b.1) {
        let style = if colour { run[0].1 } else { PLAIN };
        let text: String = run.iter().map(|(c, _)| c).collect();
        shown.push_str(&format!("{style}{text}{style:#}"));
    }
    shown
}

fn loudness(level: Level) -> Style {
    let colour = match level {
        Level::Info => AnsiColor::Cyan,
        Level::Notice => AnsiColor::Green,
        Level::High => AnsiColor::Red,
    };
    colour.on_default().bold()
}

fn when(at: Timestamp, how: &When) -> String {
    match how {
        When::In(zone) => {
            let at = at.to_zoned_datetime(zone.clone());
            at.strftime(if *zone == TimeZone::UTC { "%Y-%m-%d %H:%MZ" } else { "%Y-%m-%d %H:%M" }).to_string()
        }
        When::Ago(now) => ago(span(at, *now).as_secs()),
    }
}

/// `just now`, `3 min ago`, `2 h ago`, `5 days ago`: the largest unit, rounded down.
fn ago(seconds: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    match seconds {
        0..MINUTE => "just now".into(),
        MINUTE..HOUR => format!("{} min ago", seconds / MINUTE),
        HOUR..DAY => format!("{} h ago", seconds / HOUR),
        DAY.. if seconds < 2 * DAY => "1 day ago".into(),
        _ => format!("{} days ago", seconds / DAY),
    }
}
