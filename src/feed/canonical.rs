//! The small Atom document that feed-rs gets to see, whatever came in: flat, well-formed, absolute, within all limits.

use std::borrow::Cow;

use memchr::memmem;
use url::Url;

use super::draft::{Draft, Text};
use super::identity;
use super::limits;
use super::names::Role;
use super::orders::OpenDate;

/// An Atom document in the making.
#[derive(Debug)]
pub(super) struct Canonical {
    xml: String,
    langs: Vec<Option<String>>,
    open_dates: Vec<OpenDate>,
    cuts: Vec<(&'static str, usize)>,
}

/// An Atom document and what it cannot hold.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) xml: String,
    /// The language of each entry, which feed-rs passes over.
    pub(super) langs: Vec<Option<String>>,
    /// Dates of entries that may be read in another order.
    pub(super) open_dates: Vec<OpenDate>,
    /// What was cut: of which field and how often.
    pub(super) cuts: Vec<(&'static str, usize)>,
}

impl Canonical {
    pub(super) fn new(capacity: usize) -> Self {
        let mut xml = String::with_capacity(capacity);
        xml.push_str("<feed xmlns=\"http://www.w3.org/2005/Atom\">");
        Canonical { xml, langs: Vec::new(), open_dates: Vec::new(), cuts: Vec::new() }
    }

    /// Writes an item as an entry.
    pub(super) fn entry(&mut self, item: &Draft, base: &Url) {
        self.langs.push(item.lang());
        self.xml.push_str("<entry>");
        if let Some(id) = item.id() {
            self.element("id", &steady(id));
        }
        self.text("title", item.text(Role::Title), limits::TITLE_BYTES);
        if let Some(href) = item.link(base) {
            self.link("link", "alternate", &href);
        }
        for href in self.first("enclosures", item.attachments()) {
            self.link("enclosure", "enclosure", href);
        }
        for (name, role) in [("published", Role::Published), ("updated", Role::Updated)] {
            if let Some(reading) = item.date(role) {
                self.element(name, &reading.at.to_string());
                let is_update = role == Role::Updated;
                let open = |readings| OpenDate { item: self.langs.len() - 1, is_update, readings };
                self.open_dates.extend(reading.open.map(open));
            }
        }
        for author in self.first("authors", &item.authors) {
            let name = self.kept("author", author, limits::LABEL_BYTES);
            self.xml.push_str("<author>");
            self.element("name", name);
            self.xml.push_str("</author>");
        }
        for category in self.first("categories", &item.categories) {
            let term = self.kept("category", category, limits::LABEL_BYTES);
            self.xml.push_str("<category term=\"");
            escape(&mut self.xml, term);
            self.xml.push_str("\"/>");
        }
        self.text("summary", item.text(Role::Summary), limits::CONTENT_BYTES);
        self.text("content", item.content(), limits::CONTENT_BYTES);
        self.xml.push_str("</entry>");
    }

    /// Writes what is said of the feed itself and ends the document.
    pub(super) fn end(mut self, feed: &Draft) -> Document {
        self.text("title", feed.text(Role::Title), limits::TITLE_BYTES);
        self.xml.push_str("</feed>");
        Document { xml: self.xml, langs: self.langs, open_dates: self.open_dates, cuts: self.cuts }
    }

    fn element(&mut self, name: &str, text: &str) {
        self.xml.push('<');
        self.xml.push_str(name);
        self.xml.push('>');
        escape(&mut self.xml, text);
        self.close(name);
    }

    fn text(&mut self, name: &'static str, text: Option<&Text>, most_bytes: usize) {
        let Some(text) = text else { return };
        let kept = self.kept(name, text.value.trim(), most_bytes);
        self.xml.push('<');
        self.xml.push_str(name);
        self.xml.push_str(if text.html { " type=\"html\">" } else { " type=\"text\">" });
        cdata(&mut self.xml, kept);
        self.close(name);
    }

    /// The beginning of a field that is kept; what is lost is noted.
    fn kept<'t>(&mut self, field: &'static str, text: &'t str, most_bytes: usize) -> &'t str {
        let kept = &text[..text.floor_char_boundary(most_bytes)];
        if kept.len() < text.len() {
            self.note_cut(field);
        }
        kept
    }

    /// As much of a list as is kept.
    fn first<'t>(&mut self, field: &'static str, list: &'t [String]) -> &'t [String] {
        if list.len() > limits::REPEATS {
            self.note_cut(field);
        }
        &list[..list.len().min(limits::REPEATS)]
    }

    fn note_cut(&mut self, field: &'static str) {
        match self.cuts.iter_mut().find(|(cut, _)| *cut == field) {
            Some((_, times)) => *times += 1,
            None => self.cuts.push((field, 1)),
        }
    }

    fn link(&mut self, field: &'static str, rel: &str, href: &str) {
        if href.len() > limits::LINK_BYTES {
            self.note_cut(field);
            return;
        }
        self.xml.push_str("<link rel=\"");
        self.xml.push_str(rel);
        self.xml.push_str("\" href=\"");
        escape(&mut self.xml, href);
        self.xml.push_str("\"/>");
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

/// Appends text as CDATA sections: feed-rs reads them several times faster than escaped text.
fn cdata(xml: &mut String, text: &str) {
    xml.push_str("<![CDATA[");
    let mut rest = text;
    while let Some(end) = memmem::find(rest.as_bytes(), b"]]>") {
        push_allowed(xml, &rest[..end + 2]);
        xml.push_str("]]><![CDATA[");
        rest = &rest[end + 2..];
    }
    push_allowed(xml, rest);
    xml.push_str("]]>");
}

fn push_allowed(xml: &mut String, text: &str) {
    match text.bytes().any(is_forbidden) {
        true => xml.extend(text.chars().filter(|c| !u8::try_from(*c).is_ok_and(is_forbidden))),
        false => xml.push_str(text),
    }
}

/// Control characters, which XML has no way to write.
fn is_forbidden(byte: u8) -> bool {
    (byte < b' ' && !matches!(byte, b'\n' | b'\r' | b'\t')) || byte == 0x7f
}

/// Appends text escaped, as attributes need it.
fn escape(xml: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            c if u8::try_from(c).is_ok_and(is_forbidden) => {}
            c => xml.push(c),
        }
    }
}
