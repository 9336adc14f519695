//! The small Atom document that feed-rs gets to see, whatever came in: flat, well-formed, absolute, within all limits.

use std::borrow::Cow;

use memchr::memmem;
use url::Url;

use super::budget::Budget;
use super::cuts::Cuts;
use super::draft::{Draft, Text};
use super::identity;
use super::names::Role;
use super::orders::OpenDate;
use super::reader::Reader;
use super::{FeedError, limits};
use crate::model::{Article, Original};

/// An Atom document that is being written. It is read while it is written, a piece at a time, so that no complete copy
/// of the input is ever in memory; or it is kept, for a person to see.
#[derive(Debug)]
pub(super) struct Canonical {
    xml: String,
    /// Of each entry in `xml` what feed-rs passes over.
    asides: Vec<Aside>,
    /// How many entries there are in all.
    entries: usize,
    open_dates: Vec<OpenDate>,
    pub(super) cuts: Cuts,
    pub(super) budget: Budget,
    reader: Option<Reader>,
    /// What went wrong in a piece.
    error: Option<FeedError>,
}

/// What is known about an entry besides the document that feed-rs reads.
#[derive(Debug)]
pub(super) struct Aside {
    pub(super) lang: Option<String>,
    pub(super) original: Option<Box<Original>>,
}

/// The result of a document.
#[derive(Debug)]
pub(super) struct Document {
    /// All of it, when it was to be kept.
    pub(super) xml: String,
    /// The articles that were read, if it was to be read.
    pub(super) title: Option<String>,
    pub(super) articles: Vec<Article>,
    /// Dates of entries that may be read in another order.
    pub(super) open_dates: Vec<OpenDate>,
    pub(super) cuts: Cuts,
    /// How many bytes of articles were allowed, when there were more.
    pub(super) over: Option<usize>,
}

const HEAD: &str = "<feed xmlns=\"http://www.w3.org/2005/Atom\">";
const TAIL: &str = "</feed>";

impl Canonical {
    /// For a text of that many bytes, to be read into articles that take at most this much memory.
    pub(super) fn read(text_bytes: usize, held_bytes: usize) -> Self {
        Canonical { reader: Some(Reader::new(held_bytes)), ..Canonical::kept(text_bytes) }
    }

    /// For a text of that many bytes, to be kept.
    pub(super) fn kept(text_bytes: usize) -> Self {
        let mut xml = String::with_capacity(text_bytes.min(limits::BATCH_BYTES));
        xml.push_str(HEAD);
        let budget = Budget::of(text_bytes);
        let (asides, open_dates, cuts) = (Vec::new(), Vec::new(), Cuts::default());
        Canonical { xml, asides, entries: 0, open_dates, cuts, budget, reader: None, error: None }
    }

    /// Writes an item as an entry.
    pub(super) fn entry(&mut self, item: &Draft, base: &Url) {
        if self.error.is_some() || self.reader.as_ref().is_some_and(Reader::is_full) {
            return;
        }
        self.cuts.take(&item.cuts);
        self.asides.push(Aside { lang: item.lang(&mut self.cuts), original: item.original.clone() });
        self.xml.push_str("<entry>");
        if let Some(id) = item.id() {
            self.element("id", &steady(id));
        }
        self.text("title", item.text(Role::Title), limits::TITLE_BYTES);
        if let Some(href) = item.link(base, &mut self.budget, &mut self.cuts) {
            self.link("alternate", &href);
        }
        item.attachments().iter().for_each(|href| self.link("enclosure", href));
        for (name, role) in [("published", Role::Published), ("updated", Role::Updated)] {
            if let Some(reading) = item.date(role) {
                self.element(name, &reading.at.to_string());
                let is_update = role == Role::Updated;
                let open = |readings| OpenDate { item: self.entries, is_update, readings };
                self.open_dates.extend(reading.open.map(open));
            }
        }
        for author in item.authors() {
            self.xml.push_str("<author>");
            self.element("name", author);
            self.xml.push_str("</author>");
        }
        for category in item.categories() {
            self.xml.push_str("<category term=\"");
            escape(&mut self.xml, category);
            self.xml.push_str("\"/>");
        }
        self.text("summary", item.text(Role::Summary), limits::CONTENT_BYTES);
        self.text("content", item.content(), limits::CONTENT_BYTES);
        self.xml.push_str("</entry>");
        self.entries += 1;
        let is_batch = self.xml.len() >= limits::BATCH_BYTES || self.asides.len() >= limits::BATCH_ENTRIES;
        if is_batch && self.reader.is_some() {
            self.hand_over();
        }
    }

    /// Writes the data of the feed itself and ends the document.
    pub(super) fn end(mut self, feed: &Draft) -> Result<Document, FeedError> {
        self.cuts.take(&feed.cuts);
        self.text("title", feed.text(Role::Title), limits::TITLE_BYTES);
        self.hand_over();
        if let Some(error) = self.error {
            return Err(error);
        }
        let (title, articles, over) = self.reader.map(Reader::into_parts).unwrap_or_default();
        let mut open_dates = self.open_dates;
        open_dates.retain(|date| over.is_none() || date.item < articles.len());
        Ok(Document { xml: self.xml, title, articles, open_dates, cuts: self.cuts, over })
    }

    /// Ends the piece at hand, and has it read.
    fn hand_over(&mut self) {
        self.xml.push_str(TAIL);
        let Some(reader) = &mut self.reader else { return };
        if let Err(error) = reader.read(&self.xml, self.asides.drain(..)) {
            self.error.get_or_insert(error);
        }
        self.xml.truncate(HEAD.len());
        // One huge item is no reason to keep that much memory for the others.
        self.xml.shrink_to(2 * limits::BATCH_BYTES);
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
        let kept = self.beginning(name, text.value.trim(), most_bytes);
        self.xml.push('<');
        self.xml.push_str(name);
        self.xml.push_str(if text.html { " type=\"html\">" } else { " type=\"text\">" });
        cdata(&mut self.xml, kept);
        self.close(name);
    }

    /// The beginning of a field, as far as it is kept; a loss is noted.
    fn beginning<'t>(&mut self, field: &'static str, text: &'t str, most_bytes: usize) -> &'t str {
        let kept = &text[..text.floor_char_boundary(most_bytes)];
        if kept.len() < text.len() {
            self.cuts.note(field);
        }
        kept
    }

    fn link(&mut self, rel: &str, href: &str) {
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
