//! How an alert looks to a person: on a terminal in colour and folded to its width, elsewhere as plain text. Pure.

use anstyle::{AnsiColor, Style};
use jiff::tz::TimeZone;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::escape;
use crate::clock::{Timestamp, span};
use crate::model::{Alert, Level};

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

/// How far the snippet stands in from the margin.
const INDENT: &str = "    ";

/// A terminal narrower than this is folded as if it were this wide: less cannot be read anyway.
const WIDTH_MIN_COLUMNS: usize = 40;

const DIM: Style = Style::new().dimmed();
const MARK: Style = AnsiColor::Yellow.on_default().bold();

/// An alert as its headline and, indented below, its snippet; with a newline at the end.
pub fn full(alert: &Alert, look: &Look) -> String {
    let mut text = headline(alert, look);
    text.push('\n');
    for line in passage(&escape(&alert.snippet), look) {
        text.push_str(INDENT);
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// An alert in one line: when, the watch, the feed, the title (last, as it may be cut, and may read from right to
/// left). Without a newline.
pub fn headline(alert: &Alert, look: &Look) -> String {
    let when = when(alert.time, &look.when);
    let (watch, feed) = (escape(&alert.watch.name), escape(&alert.feed.title));
    let title = escape(&alert.article.title);
    let taken = [when.as_str(), &watch, &feed].iter().map(|part| part.width() + 2).sum::<usize>();
    let title = match look.width {
        // When names leave no room, the line grows over the edge rather than lose the title.
        Some(width) => cut(&title, width.max(WIDTH_MIN_COLUMNS).saturating_sub(taken).max(WIDTH_MIN_COLUMNS / 2)),
        None => title.into_owned(),
    };
    let paint = |style: Style, text: &str| painted(style, text, look.colour);
    let loud = loudness(alert.level);
    format!(
        "{}  {}  {}  {}",
        paint(DIM, &when),
        paint(loud, &watch),
        paint(DIM, &feed),
        paint(Style::new().bold(), &title)
    )
}

/// A snippet folded to a width: its marks as colour, or as they are when there is none.
fn passage(snippet: &str, look: &Look) -> Vec<String> {
    let text = if look.colour { parse_marks(snippet) } else { snippet.chars().map(|c| (c, false)).collect() };
    let columns = look.width.map_or(usize::MAX, |width| width.max(WIDTH_MIN_COLUMNS) - INDENT.len());
    fold(&text, columns).into_iter().map(paint_marks).collect()
}

/// The characters between and within marks, each with whether it is marked.
///
/// A bracket of the text that touches a mark (`[[[Qatar]]]`) stays outside of it. A mark without its other half, in a
/// record that had to be shortened, stays as it is.
fn parse_marks(text: &str) -> Vec<(char, bool)> {
    let mut chars = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside, after)) = next_mark(rest) {
        chars.extend(before.chars().map(|c| (c, false)));
        chars.extend(inside.chars().map(|c| (c, true)));
        rest = after;
    }
    chars.extend(rest.chars().map(|c| (c, false)));
    chars
}

fn next_mark(text: &str) -> Option<(&str, &str, &str)> {
    let open = text.find("[[")?;
    let brackets = text[open..].bytes().take_while(|&byte| byte == b'[').count();
    let inside = open + brackets;
    let close = inside + text[inside..].find("]]")?;
    Some((&text[..inside - 2], &text[inside..close], &text[close + 2..]))
}

fn paint_marks(line: &[(char, bool)]) -> String {
    let mut shown = String::new();
    for run in line.chunk_by(|a, b| a.1 == b.1) {
        let text: String = run.iter().map(|(c, _)| c).collect();
        shown.push_str(&painted(MARK, &text, run[0].1));
    }
    shown
}

/// Lines of at most so many columns, broken at spaces, or anywhere in a stretch without any.
fn fold(text: &[(char, bool)], columns: usize) -> Vec<&[(char, bool)]> {
    let mut lines = Vec::new();
    let (mut from, mut used, mut space) = (0, 0, None);
    let mut at = 0;
    while at < text.len() {
        let c = text[at].0;
        used += c.width().unwrap_or(0);
        if used > columns && at > from {
            // The space itself belongs to no line.
            let (end, next) = match space {
                _ if c == ' ' => (at, at + 1),
                Some(space) => (space, space + 1),
                None => (at, at),
            };
            lines.push(&text[from..end]);
            (from, used, space, at) = (next, 0, None, next);
            continue;
        }
        if c == ' ' && at > from {
            space = Some(at);
        }
        at += 1;
    }
    if from < text.len() {
        lines.push(&text[from..]);
    }
    lines
}

fn painted(style: Style, text: &str, colour: bool) -> String {
    if colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
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

/// Cut to so many columns, the last one `…` when something was lost.
fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > columns {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}
