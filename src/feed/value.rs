//! What an element's raw inside says: entities, CDATA sections, inline markup, base64, names of people.

use std::borrow::Cow;

use super::draft::Text;
use super::entity::Entities;
use super::limits;
use crate::text::html;
use crate::text::markup::{Markup, Token};

/// How an element says its inside is to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    /// HTML, escaped or not: RSS means this, although it does not say so.
    #[default]
    Html,
    /// Plain text.
    Plain,
    /// Markup in the document itself, so entities in its text are not markup.
    Inline,
    Base64,
    /// Elsewhere, or nothing that is text.
    Nothing,
}

impl Format {
    /// As `type`, `mode` and `src` say; without them plain or HTML. `name` is the element's.
    pub(super) fn of<'a>(attribute: impl Fn(&str) -> Option<&'a str>, name: &str, plain: bool) -> Format {
        let lower = |name| attribute(name).map(|value| value.trim().to_ascii_lowercase());
        let (kind, mode) = (lower("type"), lower("mode"));
        let kind = kind.as_deref().map(|kind| kind.split(';').next().unwrap_or(kind).trim());
        match (kind, mode.as_deref()) {
            (_, Some("base64")) => Format::Base64,
            (Some("html" | "text/html"), Some("xml")) | (Some("xhtml" | "application/xhtml+xml"), _) => Format::Inline,
            (Some("html" | "text/html"), _) => Format::Html,
            (Some("text" | "text/plain"), _) => Format::Plain,
            (Some(kind), Some("escaped")) if kind.starts_with("text/") => Format::Html,
            (Some(kind), _) if kind.ends_with("xml") => Format::Inline,
            (Some(kind), _) if kind.starts_with("text/") || !kind.contains('/') => Format::Plain,
            (Some(_), _) if attribute("src").is_some() => Format::Nothing,
            (Some("application/json"), _) => Format::Plain,
            (Some(_), None) if name.ends_with("content") => Format::Base64,
            _ if plain => Format::Plain,
            _ => Format::Html,
        }
    }
}

/// The text of a raw inside.
pub(super) fn text<'a>(raw: &'a str, format: Format, entities: &Entities) -> Text<'a> {
    let simple = memchr::memchr(b'<', raw.as_bytes()).is_none();
    match format {
        Format::Nothing => Text::default(),
        Format::Base64 => {
            let text = unwrapped(raw, entities, false);
            // A value that is not Base64 is the text itself, wrongly labelled.
            Text { value: base64(&text).map_or(text, Cow::Owned), html: true }
        }
        Format::Inline if !simple && has_tags(raw) => Text { value: unwrapped(raw, entities, true), html: true },
        Format::Plain => Text { html: !simple && has_tags(raw), value: unwrapped(raw, entities, false) },
        Format::Html | Format::Inline if simple => Text { value: entities.decode(raw), html: true },
        Format::Html | Format::Inline => Text { value: unwrapped(raw, entities, false), html: true },
    }
}

/// Whether there are tags outside CDATA sections and comments.
fn has_tags(raw: &str) -> bool {
    Markup::new(raw).any(|token| matches!(token, Token::Start(_) | Token::End(_)))
}

/// Character data decoded, CDATA sections opened, tags kept as they are. `inline`: keeps entities for a reader of HTML
/// and escapes CDATA sections for it. Not read to its end when it is longer than is ever kept.
fn unwrapped<'a>(raw: &'a str, entities: &Entities, inline: bool) -> Cow<'a, str> {
    let mut joined = Joined::default();
    let mut markup = Markup::new(raw);
    while joined.len() <= limits::TEXT_BYTES {
        let at = markup.at();
        let Some(token) = markup.next() else { break };
        joined.push(match token {
            Token::Text(text) if inline => Cow::Borrowed(text),
            Token::Text(text) => entities.decode(text),
            Token::Cdata(text) if inline => htmlize::escape_text(beginning(text)),
            Token::Cdata(text) => Cow::Borrowed(text),
            Token::Start(_) | Token::End(_) => Cow::Borrowed(markup.slice(at, markup.at())),
            Token::Doctype(_) => continue,
        });
    }
    joined.text()
}

/// Pieces of text put together, without blank ones at its ends. The usual case by far is one CDATA section between
/// white space, which is not worth a copy.
#[derive(Default)]
struct Joined<'a> {
    first: Cow<'a, str>,
    /// The first and all that follow, once there are several.
    all: String,
    /// Blank pieces that count only if something follows.
    blank: String,
}

impl<'a> Joined<'a> {
    fn len(&self) -> usize {
        self.all.len() + self.blank.len()
    }

    fn push(&mut self, piece: Cow<'a, str>) {
        match piece.trim().is_empty() {
            true if self.first.is_empty() => {}
            true => append(&mut self.blank, &piece),
            false if self.first.is_empty() => self.first = piece,
            false => {
                if self.all.is_empty() {
                    append(&mut self.all, &self.first);
                }
                append(&mut self.all, &self.blank);
                self.blank.clear();
                append(&mut self.all, &piece);
            }
        }
    }

    fn text(self) -> Cow<'a, str> {
        if self.all.is_empty() { self.first } else { Cow::Owned(self.all) }
    }
}

fn append(text: &mut String, piece: &str) {
    if text.len() <= limits::TEXT_BYTES {
        text.push_str(beginning(piece));
    }
}

/// As much of a text as is ever looked at.
fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(limits::TEXT_BYTES)]
}

/// The name of a person: Atom's `name`, what stands in the brackets of `mail (name)`, before those of `name <mail>`, or
/// all of it.
pub(super) fn person(raw: &str, entities: &Entities) -> String {
    let mut markup = Markup::new(raw);
    while let Some(token) = markup.next() {
        let Token::Start(tag) = token else { continue };
        if super::names::split(tag.name).1.eq_ignore_ascii_case("name") {
            let inside = markup.slice(markup.at(), raw.len());
            let end = inside.find("</").unwrap_or(inside.len());
            return plain(&text(&inside[..end], Format::Html, entities));
        }
    }
    let whole = plain(&text(raw, Format::Html, entities));
    let bracketed = |open, close| {
        let (before, rest) = whole.split_once(open)?;
        Some((before.trim(), rest.split_once(close).map_or(rest, |(inside, _)| inside).trim()))
    };
    let name = match (bracketed('(', ')'), bracketed('<', '>')) {
        (Some((mail, name)), _) if mail.contains('@') && !name.is_empty() => name,
        (_, Some((name, mail))) if mail.contains('@') && !name.is_empty() => name,
        _ => &whole,
    };
    name.to_owned()
}

/// A name that is all of a raw inside.
pub(super) fn label(raw: &str, entities: &Entities) -> String {
    plain(&text(raw, Format::Html, entities))
}

fn plain(text: &Text) -> String {
    if text.value.contains(['<', '&']) { html::title_to_text(&text.value) } else { text.value.trim().to_owned() }
}

/// Base64 (RFC 4648), white space and padding ignored; none if it is not Base64 or not UTF-8.
fn base64(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    String::from_utf8(bytes).ok()
}
