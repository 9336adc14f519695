//! The small Atom document that feed-rs gets to see, whatever came in: flat, well-formed, absolute, within all limits.

use std::borrow::Cow;
use std::fmt::Write;

use url::Url;

use super::draft::{Draft, Text};
use super::identity;
use super::limits;
use super::names::Role;

/// An Atom document in the making.
#[derive(Debug)]
pub(super) struct Canonical {
    xml: String,
    entries: usize,
    cuts: Vec<(&'static str, usize)>,
}

/// An Atom document, how many entries it has, and what was cut: of which field and how often.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) xml: String,
    pub(super) entries: usize,
    pub(super) cuts: Vec<(&'static str, usize)>,
}

impl Canonical {
    pub(super) fn new(capacity: usize) -> Self {
        let mut xml = String::with_capacity(capacity);
        xml.push_str("<feed xmlns=\"http://www.w3.org/2005/Atom\">");
        Canonical { xml, entries: 0, cuts: Vec::new() }
    }

    /// Writes an item as an entry.
    pub(super) fn entry(&mut self, item: &Draft, base: &Url) {
        self.entries += 1;
        self.xml.push_str("<entry>");
        if let Some(id) = item.id() {
            self.element("id", &steady(id));
        }
        self.text("title", item.text(Role::Title), limits::TITLE_BYTES, None);
        if let Some(href) = item.link(base) {
            self.link("alternate", &href);
        }
        for href in item.attachments() {
            self.link("enclosure", href);
        }
        for (name, role) in [("published", Role::Published), ("updated", Role::Updated)] {
            if let Some(at) = item.date(role) {
                self.element(name, &at.to_string());
            }
        }
        for author in &item.authors {
            self.xml.push_str("<author>");
            self.element("name", author);
            self.xml.push_str("</author>");
        }
        for category in &item.categories {
            self.xml.push_str("<category term=\"");
            escape(&mut self.xml, category);
            self.xml.push_str("\"/>");
        }
        self.text("summary", item.text(Role::Summary), limits::CONTENT_BYTES, None);
        self.text("content", item.text(Role::Content), limits::CONTENT_BYTES, item.lang.as_deref());
        self.xml.push_str("</entry>");
    }

    /// Writes what is said of the feed itself and ends the document.
    pub(super) fn end(mut self, feed: &Draft) -> Document {
        self.text("title", feed.text(Role::Title), limits::TITLE_BYTES, None);
        self.xml.push_str("</feed>");
        Document { xml: self.xml, entries: self.entries, cuts: self.cuts }
    }

    fn element(&mut self, name: &str, text: &str) {
        self.start(name, None, None);
        escape(&mut self.xml, text);
        self.close(name);
    }

    fn text(&mut self, name: &'static str, text: Option<&Text>, most_bytes: usize, lang: Option<&str>) {
        let Some(text) = text else { return };
        let value = text.value.trim();
        let kept = &value[..value.floor_char_boundary(most_bytes)];
        if kept.len() < value.len() {
            match self.cuts.iter_mut().find(|(cut, _)| *cut == name) {
                Some((_, times)) => *times += 1,
                None => self.cuts.push((name, 1)),
            }
        }
        self.start(name, Some(if text.html { "html" } else { "text" }), lang);
        escape(&mut self.xml, kept);
        self.close(name);
    }

    fn link(&mut self, rel: &str, href: &str) {
        self.xml.push_str("<link rel=\"");
        self.xml.push_str(rel);
        self.xml.push_str("\" href=\"");
        escape(&mut self.xml, href);
        self.xml.push_str("\"/>");
    }

    fn start(&mut self, name: &str, kind: Option<&str>, lang: Option<&str>) {
        self.xml.push('<');
        self.xml.push_str(name);
        for (attribute, value) in [("type", kind), ("xml:lang", lang)] {
            if let Some(value) = value {
                let _ = write!(self.xml, " {attribute}=\"");
                escape(&mut self.xml, value);
                self.xml.push('"');
            }
        }
        self.xml.push('>');
    }

    fn close(&mut self, name: &str) {
        self.xml.push_str("</");
        self.xml.push_str(name);
        self.xml.push('>');
    }
}

/// An identifier, or its hash when it is too long to be kept.
fn steady(id: &str) -> Cow<'_, str> {
    if id.len() <= limits::ID_BYTES { Cow::Borrowed(id) } else { Cow::Owned(identity::hash_text(&[id])) }
}

/// Appends text as character data, without the control characters that XML forbids.
fn escape(xml: &mut String, text: &str) {
    let special =
        |byte: u8| matches!(byte, b'&' | b'<' | b'>' | b'"' | 0x7f) || (byte < b' ' && !matches!(byte, b'\n' | b'\t'));
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(found) = bytes[from..].iter().position(|byte| special(*byte)) {
        let at = from + found;
        xml.push_str(&text[from..at]);
        xml.push_str(match bytes[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\r' => "\n",
            _ => "",
        });
        from = at + 1;
    }
    xml.push_str(&text[from..]);
}
