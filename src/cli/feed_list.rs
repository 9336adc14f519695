//! The list of feeds for people: one line a feed, and below it why it waits or what is wrong with it.

use std::io::Write;

use comfy_table::{ContentArrangement, Table, presets};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::feeds::State;
use crate::alert::{self, Look};
use crate::clock::{Timestamp, span};
use crate::model::Wait;
use crate::store::FeedRow;
use crate::words::{coarse, from_now};

/// Where the width is not known: a file or a pipe.
const WIDTH_UNKNOWN_COLUMNS: usize = 200;
/// With fewer columns the list has only what tells how a feed is doing.
const WIDE_COLUMNS: usize = 100;
/// The name of a feed gets at least this much, and no more than it needs.
const NAME_MIN_COLUMNS: usize = 16;

pub(super) fn state(row: &FeedRow) -> State {
    let polls = &row.feed.polls;
    match () {
        () if !row.listed => State::Removed,
        () if polls.wait == Wait::Gone => State::Gone,
        () if polls.error.is_some() => State::Failing,
        () if polls.succeeded_at.is_some() => State::Ok,
        () => State::New,
    }
}

/// Writes the feeds, and how many more there are.
pub(super) fn write(
    rows: &[FeedRow],
    hidden: usize,
    look: &Look,
    now: Timestamp,
    out: &mut impl Write,
) -> std::io::Result<()> {
    if rows.is_empty() {
        return writeln!(out, "no feeds match");
    }
    let width = look.width.unwrap_or(WIDTH_UNKNOWN_COLUMNS);
    let is_wide = width >= WIDE_COLUMNS;
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let columns = |name: String, state: &str, success: String, next: String, more: [String; 3]| {
        let mut cells = vec![name, state.to_owned(), success, next];
        cells.extend(more.into_iter().filter(|_| is_wide));
        cells
    };
    let more = ["interval", "items", "gaps"].map(str::to_owned);
    table.set_header(columns("feed".into(), "state", "last success".into(), "next poll".into(), more));
    let others = if is_wide { 72 } else { 40 };
    // What the other columns need at most.
    let room = width.saturating_sub(others).max(NAME_MIN_COLUMNS);
    for row in rows {
        let polls = &row.feed.polls;
        let success = polls.succeeded_at.map_or_else(|| "never".to_owned(), |at| from_now(at, now));
        let next = match row.listed {
            false => "-".to_owned(),
            true if polls.next_at <= now => "due now".to_owned(),
            true => from_now(polls.next_at, now),
        };
        // What it really waits, not what adapting has reached.
        let wait = polls.last_at.filter(|_| row.listed).map(|last| coarse(span(last, polls.next_at)));
        let more = [wait.unwrap_or_else(|| "-".to_owned()), row.articles.to_string(), polls.learned.gaps.to_string()];
        let name = cut(&alert::escape(&row.feed.label()), room);
        table.add_row(columns(name, state(row).name(), success, next, more));
    }
    let shown = table.trim_fmt();
    let mut lines = shown.lines();
    lines.next().map_or(Ok(()), |header| writeln!(out, "{}", header.trim_end()))?;
    for (line, row) in lines.zip(rows) {
        writeln!(out, "{}", line.trim_end())?;
        if let Some(note) = note(row, now) {
            write!(out, "{}", alert::remark(&note, look))?;
        }
    }
    match hidden {
        0 => Ok(()),
        _ => writeln!(out, "{hidden} more; a larger `--limit`, a word or `--state` shows them"),
    }
}

/// What is wrong with a feed, why it waits unless that is its rhythm, and what else there is to know.
fn note(row: &FeedRow, now: Timestamp) -> Option<String> {
    let polls = &row.feed.polls;
    let wait = match row.host_paused_until.filter(|until| *until > now) {
        Some(until) if !speaks_of_host(&polls.wait) => Some(format!("host pauses until {until:.0}")),
        _ if matches!(polls.wait, Wait::Rhythm | Wait::First) => None,
        _ => Some(polls.wait.to_string()),
    };
    let mut notes = Vec::new();
    if let Some(error) = &polls.error {
        notes.push(format!("{error} ({} in a row)", polls.failures));
    }
    notes.extend(wait);
    notes.extend(row.feed.adopted.as_ref().map(|adopted| format!("moved to {}", alert::mask(adopted))));
    notes.extend(polls.learned.paging.as_ref().map(|_| "its older pages are being read".to_owned()));
    notes.extend(
        polls.learned.suggestion.as_ref().map(|named| format!("its {} names {}", named.by, alert::mask(&named.url))),
    );
    (!notes.is_empty() && row.listed).then(|| notes.join("; "))
}

fn speaks_of_host(wait: &Wait) -> bool {
    matches!(wait, Wait::RetryAfter { host: true, .. } | Wait::Throttled { .. })
}

/// The beginning of a name that fits into so many columns.
fn cut(name: &str, columns: usize) -> String {
    if name.width() <= columns {
        return name.to_owned();
    }
    let mut shown = String::new();
    for character in name.graphemes(true) {
        if shown.width() + character.width() >= columns {
            break;
        }
        shown.push_str(character);
    }
    shown + "…"
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_name_is_cut_between_characters_as_people_see_them() {
        for (name, columns, shown) in [
            ("The Harbour Post", 16, "The Harbour Post"),
            ("The Harbour Post", 8, "The Har…"),
            ("海港日报", 6, "海港…"),
            ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 3, "👩‍👩‍👧‍👦…"),
            ("قطر تستأنف", 5, "قطر …"),
        ] {
            assert_eq!(cut(name, columns), shown, "{columns}");
        }
    }
}
