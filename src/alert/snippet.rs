//! A hit as a person reads it: one line that names it, and the passage that raised it. Pure.

use std::ops::Range;

use url::Url;

use super::escape;
use crate::model::{Article, Feed, Field, Hit, Reason};

/// How long a snippet is, in characters, marks and ellipses not counted: two to three lines of a terminal.
const SNIPPET_CHARS: usize = 200;

/// How much of a headline goes into the message: longer ones are teasers.
const HEADLINE_CHARS: usize = 200;

/// How far a cut moves to fall between words. Longer than most words, short enough to lose little of a text that has
/// no spaces (Chinese, Japanese, Thai).
const WORD_CHARS_MAX: usize = 24;

/// The hit in one line: the watch, the headline, and whose headline it is.
///
/// `office closure: Qatar planning to close Hamas's political office (theguardian.com)`
pub fn message(article: &Article, hit: &Hit, feed: &Feed) -> String {
    let headline = article.headline();
    let headline = shorten(headline.trim(), HEADLINE_CHARS);
    let host = article.url.as_deref().and_then(|url| Url::parse(url).ok()).as_ref().and_then(host);
    let source = host.or_else(|| host_of_feed(feed)).unwrap_or_else(|| feed.label().into_owned());
    one_line(&format!("{}: {headline} ({source})", hit.watch))
}

/// About 200 characters around the passage with the most matched words, which are marked with `[[` and `]]`.
///
/// One line, cut between words where the language has spaces, `…` where it was cut. `[[` that stood in the text is
/// written `[ [`, so that marks are only ever ours. A hit outside the text (an author, a category, the feed) names the
/// field instead.
pub fn snippet(article: &Article, hit: &Hit) -> String {
    let best = [Field::Summary, Field::Body, Field::Title]
        .into_iter()
        .filter_map(|field| best_window(text_of(article, field), field, &hit.why))
        // The first of equals: the text says more than the headline, which the message shows already.
        .reduce(|best, next| if next.terms > best.terms { next } else { best });
    match best {
        Some(window) => window.render(),
        None => hit.why.first().map(outside_text).unwrap_or_default(),
    }
}

/// A stretch of a text that is worth showing.
struct Window<'a> {
    text: &'a str,
    /// Of this text, in order, apart from each other, at least one.
    spans: Vec<Range<usize>>,
    /// How many different terms they are for.
    terms: usize,
}

fn text_of(article: &Article, field: Field) -> &str {
    match field {
        Field::Title => &article.title,
        Field::Summary => &article.summary,
        Field::Body => &article.body,
        _ => "",
    }
}

/// The spans that fit into one snippet and answer the most different terms; the first such.
fn best_window<'a>(text: &'a str, field: Field, why: &[Reason]) -> Option<Window<'a>> {
    // A span that does not lie on the text (a record of an older text) cannot be shown.
    let stands = |reason: &&Reason| reason.field == field && text.get(reason.start..reason.end).is_some();
    let mut found: Vec<&Reason> = why.iter().filter(stands).collect();
    found.sort_by_key(|reason| (reason.start, reason.end));
    let mut best: Option<(usize, &[&Reason])> = None;
    let mut from = 0;
    for to in 0..found.len() {
        while from < to && !fits(&text[found[from].start..found[to].end]) {
            from += 1;
        }
        let group = &found[from..=to];
        let mut terms: Vec<&str> = group.iter().map(|reason| reason.term.as_str()).collect();
        terms.sort_unstable();
        terms.dedup();
        if best.is_none_or(|(most, _)| terms.len() > most) {
            best = Some((terms.len(), group));
        }
    }
    best.map(|(terms, group)| Window { text, spans: merged(group), terms })
}

fn fits(passage: &str) -> bool {
    passage.chars().nth(SNIPPET_CHARS).is_none()
}

/// Overlapping and touching spans become one.
fn merged(group: &[&Reason]) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    for reason in group {
        match spans.last_mut() {
            Some(last) if reason.start <= last.end => last.end = last.end.max(reason.end),
            _ => spans.push(reason.start..reason.end),
        }
    }
    spans
}

impl Window<'_> {
    fn render(&self) -> String {
        let text = self.text;
        let Range { start, end } = passage(text, self.spans[0].start..self.spans[self.spans.len() - 1].end);
        let mut shown = String::new();
        shown.push_str(if text[..start].trim().is_empty() { "" } else { "…" });
        let mut at = start;
        for span in &self.spans {
            shown.push_str(&unmarked(&text[at..span.start]));
            shown.push_str("[[");
            shown.push_str(&unmarked(&shorten(&text[span.clone()], SNIPPET_CHARS)));
            shown.push_str("]]");
            at = span.end;
        }
        shown.push_str(&unmarked(&text[at..end]));
        let mut shown = one_line(&shown);
        shown.push_str(if text[end..].trim().is_empty() { "" } else { "…" });
        shown
    }
}

/// About 200 characters around a stretch of a text.
fn passage(text: &str, around: Range<usize>) -> Range<usize> {
    let Range { start: first, end: last } = around;
    let room = SNIPPET_CHARS.saturating_sub(text[first..last].chars().count());
    // The space that one side does not need is used by the other. The side before does not extend into another
    // paragraph: that is often a caption or a dateline.
    let paragraph = text[..first].rfind('\n').map_or(0, |newline| newline + 1);
    let before = text[paragraph..first].chars().count();
    let after = text[last..].chars().count();
    let lead = (room / 2).max(room.saturating_sub(after)).min(before);
    start_of_word(text, back(text, first, lead), first)..end_of_word(text, forward(text, last, room - lead), last)
}

/// A sentence as it is quoted: in one line; of a long one about 200 characters around a stretch of it, `…` where it was
/// cut.
pub fn quote(sentence: &str, around: Range<usize>) -> String {
    /// What is escaped takes eight for one.
    const SHOWN_CHARS_MOST: usize = 300;
    if fits(sentence) {
        return shorten(&one_line(sentence), SHOWN_CHARS_MOST);
    }
    let around = around.start..around.start + shorten(&sentence[around], SNIPPET_CHARS).trim_end_matches('…').len();
    let Range { start, end } = passage(sentence, around);
    let cut = |rest: &str| if rest.trim().is_empty() { "" } else { "…" };
    let shown = shorten(&one_line(&sentence[start..end]), SHOWN_CHARS_MOST);
    format!("{}{}{}", cut(&sentence[..start]), shown.trim_end_matches('…'), cut(&sentence[end..]))
}

/// Marks that stand in the text itself are no marks: a space goes between two equal brackets.
fn unmarked(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '[' | ']') && plain.ends_with(c) {
            plain.push(' ');
        }
        plain.push(c);
    }
    plain
}

/// The byte `chars` characters before `at`.
fn back(text: &str, at: usize, chars: usize) -> usize {
    text[..at].char_indices().rev().take(chars).last().map_or(at, |(byte, _)| byte)
}

/// The byte `chars` characters after `at`.
fn forward(text: &str, at: usize, chars: usize) -> usize {
    text[at..].char_indices().nth(chars).map_or(text.len(), |(byte, _)| at + byte)
}

/// `at`, or the beginning of the next word when it lies within one; `at` again when none begins soon and before
/// `limit`.
fn start_of_word(text: &str, at: usize, limit: usize) -> usize {
    if at == 0 || text[..at].ends_with(char::is_whitespace) {
        return at;
    }
    let mut soon = text[at..limit].char_indices().take(WORD_CHARS_MAX);
    soon.find(|(_, c)| c.is_whitespace()).map_or(at, |(byte, space)| at + byte + space.len_utf8())
}

/// `at`, or the end of the word before when it lies within one; `at` again when none ends shortly before it and after
/// `limit`.
fn end_of_word(text: &str, at: usize, limit: usize) -> usize {
    if at == text.len() || text[at..].starts_with(char::is_whitespace) {
        return at;
    }
    let mut before = text[limit..at].char_indices().rev().take(WORD_CHARS_MAX);
    before.find(|(_, c)| c.is_whitespace()).map_or(at, |(byte, _)| limit + byte)
}

/// Control characters escaped, every run of white space one space, none at the ends.
fn one_line(text: &str) -> String {
    // Line breaks and tabs become spaces in `escape` only after they have parted words here.
    let words: Vec<_> = text.split_whitespace().map(escape).collect();
    words.join(" ")
}

/// The beginning of a text, cut between words.
pub fn shorten(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((at, _)) => format!("{}…", text[..end_of_word(text, at, 0)].trim_end()),
        None => text.to_owned(),
    }
}

fn outside_text(reason: &Reason) -> String {
    let field = match reason.field {
        Field::Title => "title",
        Field::Summary => "summary",
        Field::Body => "body",
        Field::Author => "author",
        Field::Category => "category",
        Field::Feed => "feed",
        Field::Url => "address",
        Field::Lang => "language",
    };
    one_line(&format!("{field}: [[{}]]", unmarked(&shorten(reason.text.trim(), SNIPPET_CHARS))))
}

fn host_of_feed(feed: &Feed) -> Option<String> {
    host(&feed.source.url)
}

fn host(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
}
