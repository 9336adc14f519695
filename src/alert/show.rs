//! How an alert looks to a person: on a terminal in colour and folded to its width, elsewhere as plain text. Pure.

use anstyle::{AnsiColor, Style};
use jiff::tz::TimeZone;

use super::diff::{Stretch, diff};
use super::escape;
use super::styled::Styled;
use crate::clock::{Timestamp, span};
use crate::model::{Alert, AlertItem, AlertNews, Field, Kind, Level, NewsKind, Reason};
use crate::words::ago;

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
    /// `2024-11-09 14:05 CET` in that time zone, or `14:05Z` when that is UTC.
    In(TimeZone),
    /// `14:05` in that time zone, for alerts under the name of their day.
    Hour(TimeZone),
    /// `3 min ago`, seen from this instant; `14:05` of what is older than a day.
    Ago(Timestamp, TimeZone),
}

/// The indent of all lines except the first.
const INDENT: &str = "    ";

/// A terminal narrower than this is folded as if it were this wide: less cannot be read anyway.
const WIDTH_MIN_COLUMNS: usize = 40;

/// How much of an id is shown: of a million alerts hardly two begin alike, and the commands that take an id say when
/// they do.
const ID_CHARS: usize = 8;

const PLAIN: Style = Style::new();
const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();
const MARK: Style = AnsiColor::Yellow.on_default().bold();

/// An alert as a person reads it: when, which watch, the title; indented below, the beginning of its id, the feed and
/// the snippet. With colour, a snippet that is only the title replaces it. Nothing is cut; long lines are wrapped. Ends
/// with a newline.
pub fn full(alert: &Alert, look: &Look) -> String {
    let mut shown = stood_in(&headline(alert, look), "", look);
    match alert.kind {
        kind if kind.has_article() => {
            shown.push_str(&stood_in(&passage(alert, look), INDENT, look));
            shown.push_str(&news(alert, look));
        }
        _ => {
            let many_watches = alert.watch.name.is_empty();
            alert.items.iter().for_each(|item| shown.push_str(&stood_in(&listed(item, many_watches), INDENT, look)));
            let held = alert.counts.map_or(0, |counts| counts.held as usize);
            let others = held.saturating_sub(alert.items.len());
            if others > 0 && !alert.items.is_empty() {
                shown.push_str(&remark(&format!("and {others} more: `feedwatch alerts --held` shows them"), look));
            }
        }
    }
    shown
}

/// What is new in a story that grew, below its alert: what the headline above says by its name alone, all else as a
/// quote with its address.
fn news(alert: &Alert, look: &Look) -> String {
    let is_above = |news: &&AlertNews| news.quote == alert.article.title && news.url == alert.article.url;
    let (above, others): (Vec<&AlertNews>, Vec<&AlertNews>) = alert.story.new.iter().partition(is_above);
    let mut shown = String::new();
    if !above.is_empty() {
        let labels: Vec<String> = above.iter().map(|news| news.label()).collect();
        shown.push_str(&stood_in(Styled::default().push(&escape(&labels.join(", ")), BOLD), INDENT, look));
    }
    for news in others {
        let mut text = Styled::default();
        text.push(&escape(&news.label()), BOLD).push(&format!(": {}, ", escape(news.source())), DIM);
        push_quote(&mut text, news, look);
        shown.push_str(&stood_in(&text, INDENT, look));
        let address = news.url.as_deref().filter(|_| news.url != alert.article.url);
        shown.extend(address.map(|url| link(url, look)));
    }
    shown
}

/// A quote with what is new in it marked, where there is colour.
fn push_quote(to: &mut Styled, news: &AlertNews, look: &Look) {
    let (quote, value) = (escape(&news.quote), escape(&news.value));
    let is_said = look.colour && !value.is_empty() && !matches!(news.kind, NewsKind::OwnReport | NewsKind::Tier);
    let Some((before, after)) = quote.split_once(&*value).filter(|_| is_said) else {
        to.push(&format!("\"{quote}\""), PLAIN);
        return;
    };
    to.push(&format!("\"{before}"), PLAIN).push(&value, MARK).push(&format!("{after}\""), PLAIN);
}

/// A step of a story: when, and what its piece brought, with its address.
pub fn step(news: &[AlertNews], look: &Look) -> String {
    let Some(first) = news.first() else { return String::new() };
    let mut text = Styled::default();
    text.push(&when(first.time, &look.when), DIM).push(&format!("  {}", escape(&first.feed)), PLAIN);
    let labels = news.iter().filter(|news| news.kind != NewsKind::Story).map(AlertNews::label);
    let labels: Vec<String> = labels.collect();
    if !labels.is_empty() {
        text.push(", ", PLAIN).push(&escape(&labels.join(", ")), BOLD);
    }
    push_quote(text.push(": ", PLAIN), first, look);
    stood_in(&text, "", look) + &first.url.as_deref().map(|url| link(url, look)).unwrap_or_default()
}

/// When something was, as it reads on the way to people.
pub fn at(at: Timestamp, look: &Look) -> String {
    when(at, &look.when)
}

/// A line below an alert that says more of it.
pub fn remark(text: &str, look: &Look) -> String {
    let mut styled = Styled::default();
    stood_in(styled.push(&escape(text), PLAIN), INDENT, look)
}

/// An address below an alert. It is not folded: a terminal knows it as one only whole.
pub fn link(url: &str, look: &Look) -> String {
    let style = if look.colour { DIM } else { PLAIN };
    format!("{INDENT}{style}{}{style:#}\n", escape(url))
}

/// The beginning of an id, by which `alerts show` and `ack` find it.
pub fn short_id(id: &str) -> &str {
    id.get(..ID_CHARS).unwrap_or(id)
}

/// The lines of a text; all except the first one of an alert are indented.
fn stood_in(text: &Styled, before: &str, look: &Look) -> String {
    let columns = look.width.map_or(usize::MAX, |width| width.max(WIDTH_MIN_COLUMNS) - INDENT.len());
    let mut shown = String::new();
    for (n, line) in text.lines(columns, look.colour).into_iter().enumerate() {
        shown.extend([if n == 0 { before } else { INDENT }, &line, "\n"]);
    }
    shown
}

/// The title is last, because it may read from right to left.
fn headline(alert: &Alert, look: &Look) -> Styled {
    let (about, title) = match alert.kind {
        kind if kind.has_article() => (alert.watch.name.as_str(), alert.article.title.as_str()),
        kind => (kind.name(), alert.message.as_str()),
    };
    let mut text = Styled::default();
    text.push(&when(alert.time, &look.when), DIM).push("  ", PLAIN).push(&escape(about), loudness(alert.level));
    if alert.level == Level::High {
        // Said in words: not every reader sees red.
        text.push(" [high]", loudness(alert.level));
    }
    if let Some(change) = &alert.change {
        text.push(&format!(" ({})", escape(change)), PLAIN);
    }
    text.push("  ", PLAIN);
    if stands_as_title(alert, look) {
        push_marked(&mut text, &escape(&alert.snippet), BOLD, look);
        return text;
    }
    let title = title.strip_prefix(about).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(title);
    text.push(&escape(title), BOLD);
    text
}

/// Whether the snippet replaces the title because it says nothing more: many feeds have only headlines. Without colours
/// the title stays, so that a search for it finds it without marks.
fn stands_as_title(alert: &Alert, look: &Look) -> bool {
    look.colour && alert.kind == Kind::Alert && alert.snippet.replace("[[", "").replace("]]", "") == alert.article.title
}

fn passage(alert: &Alert, look: &Look) -> Styled {
    let mut text = Styled::default();
    let from = format!("{}  {}", short_id(&alert.id), escape(&alert.feed.title));
    if alert.snippet.is_empty() || stands_as_title(alert, look) {
        text.push(&from, DIM);
    } else {
        text.push(&format!("{from} — "), DIM);
        push_marked(&mut text, &escape(&alert.snippet), PLAIN, look);
    }
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
        let mut text = Styled::default();
        push_marked(&mut text, &escape(line), PLAIN, look);
        text.lines(columns, look.colour).iter().for_each(|line| shown.extend([line, "\n"]));
    }
    shown
}

/// A fact about an alert under its name, folded beside it.
pub fn fact(name: &str, text: &str, look: &Look) -> String {
    const NAME_COLUMNS: usize = 11;
    beside(&format!("{name:<NAME_COLUMNS$}"), text, look)
}

/// A text folded beside what stands before it, which is all of one column a character.
pub fn beside(before: &str, text: &str, look: &Look) -> String {
    let used = before.chars().count();
    let width = look.width.map(|width| width.max(WIDTH_MIN_COLUMNS));
    let columns = width.map_or(usize::MAX, |width| width.saturating_sub(used).max(WIDTH_MIN_COLUMNS / 2));
    let mut styled = Styled::default();
    let mut shown = String::new();
    for (n, line) in styled.push(&escape(text), PLAIN).lines(columns, look.colour).iter().enumerate() {
        let before = if n == 0 { before } else { "" };
        shown.push_str(&format!("{before:<used$}{line}\n"));
    }
    shown
}

/// A hit that a changed watch gains, loses or keeps.
#[derive(Clone, Debug)]
pub struct Replayed<'a> {
    /// `+`, `-` or `=`.
    pub mark: &'a str,
    /// When the article was first seen.
    pub at: Timestamp,
    /// The watch, where several are shown.
    pub watch: Option<&'a str>,
    /// The headline.
    pub title: &'a str,
    /// The article's number.
    pub article: i64,
    /// What its feed is called.
    pub feed: &'a str,
    /// The passage, the words between `[[` and `]]`.
    pub snippet: &'a str,
}

/// Such a hit as a person reads it, like an alert: its mark, when, and the title; indented below, the number by which
/// `why` finds the article, the feed and the snippet.
pub fn replayed(hit: &Replayed<'_>, look: &Look) -> String {
    let style = match hit.mark {
        "+" => AnsiColor::Green.on_default().bold(),
        "-" => AnsiColor::Red.on_default().bold(),
        _ => DIM,
    };
    let mut head = Styled::default();
    head.push(hit.mark, style).push("   ", PLAIN).push(&when(hit.at, &look.when), DIM).push("  ", PLAIN);
    if let Some(watch) = hit.watch {
        head.push(&escape(watch), style).push("  ", PLAIN);
    }
    let is_title = look.colour && hit.snippet.replace("[[", "").replace("]]", "") == hit.title;
    let mut below = Styled::default();
    below.push(&format!("{}  {}", hit.article, escape(hit.feed)), DIM);
    match is_title {
        true => push_marked(&mut head, &escape(hit.snippet), BOLD, look),
        false => {
            head.push(&escape(hit.title), BOLD);
            below.push(" — ", DIM);
            push_marked(&mut below, &escape(hit.snippet), PLAIN, look);
        }
    }
    stood_in(&head, "", look) + &stood_in(&below, INDENT, look)
}

/// What an edit did to a text: words that went between `[-` and `-]`, those that came between `{+` and `+}`, in red and
/// green where there is colour. Long stretches that stayed are shortened in their middle.
pub fn changed(name: &str, old: &str, new: &str, look: &Look) -> String {
    const CONTEXT_WORDS: usize = 12;
    let (red, green) = (AnsiColor::Red.on_default(), AnsiColor::Green.on_default());
    let mut text = Styled::default();
    text.push(&format!("{name}:"), DIM);
    for stretch in diff(&escape(old), &escape(new)) {
        text.push(" ", PLAIN);
        match stretch {
            Stretch::Gone(words) => text.push(&format!("[-{words}-]"), red),
            Stretch::Come(words) => text.push(&format!("{{+{words}+}}"), green),
            Stretch::Kept(words) => {
                let all: Vec<&str> = words.split(' ').collect();
                let shortened =
                    || [&all[..CONTEXT_WORDS], &["…"], &all[all.len() - CONTEXT_WORDS..]].concat().join(" ");
                text.push(&if all.len() > 2 * CONTEXT_WORDS { shortened() } else { words }, PLAIN)
            }
        };
    }
    stood_in(&text, INDENT, look)
}

/// A hit of a digest; of one for many watches, with its watch.
fn listed(item: &AlertItem, with_watch: bool) -> Styled {
    let mut text = Styled::default();
    text.push(&format!("{}  ", short_id(&item.id)), DIM);
    if with_watch {
        text.push(&format!("{}  ", escape(&item.watch)), PLAIN);
    }
    text.push(&format!("{} — ", escape(&item.feed)), DIM).push(&escape(&item.title), PLAIN);
    if item.story.feeds > 1 {
        text.push(&format!(" ({})", escape(&item.story.size())), PLAIN);
    }
    if let Some(news) = item.story.new.first() {
        text.push(&format!("; {}: \"{}\"", escape(&news.label()), escape(&news.quote)), PLAIN);
    }
    text
}

/// A snippet's marks as colour, where there is colour.
///
/// A bracket of the text that touches a mark (`[[[Qatar]]]`) stays outside of it. A mark without its other half, in a
/// record that had to be shortened, stays as it is.
fn push_marked(to: &mut Styled, text: &str, style: Style, look: &Look) {
    let mut rest = text;
    while let Some((before, inside, after)) = next_mark(rest).filter(|_| look.colour) {
        to.push(before, style).push(inside, MARK);
        rest = after;
    }
    to.push(rest, style);
}

fn next_mark(text: &str) -> Option<(&str, &str, &str)> {
    let open = text.find("[[")?;
    let brackets = text[open..].bytes().take_while(|&byte| byte == b'[').count();
    let inside = open + brackets;
    let close = inside + text[inside..].find("]]")?;
    Some((&text[..inside - 2], &text[inside..close], &text[close + 2..]))
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
            at.strftime(if *zone == TimeZone::UTC { "%Y-%m-%d %H:%MZ" } else { "%Y-%m-%d %H:%M %Z" }).to_string()
        }
        When::Hour(zone) => at.to_zoned_datetime(zone.clone()).strftime("%H:%M").to_string(),
        // As wide as the widest, so that the watches are aligned.
        When::Ago(now, zone) => {
            let ago = ago(span(at, *now)).unwrap_or_else(|| when(at, &When::Hour(zone.clone())));
            format!("{ago:<10}")
        }
    }
}
