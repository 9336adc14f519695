//! Feed-like text to a canonical document: finds the items in anything that was meant to be RSS or Atom. Linear and
//! bounded; refuses only texts without any feed element.
//!
//! Structure is taken from items, never from proper nesting: an item begins at its start tag and ends at its end tag,
//! at the next item, or with the document. The text between is searched for the elements of `names`.

use std::borrow::Cow;

use url::Url;

use super::budget::Budget;
use super::canonical::{Canonical, Document};
use super::capture::Capture;
use super::discover::{Offer, discover};
use super::draft::{Draft, Link, List, Text};
use super::elsewhere;
use super::entity::Entities;
use super::hints::Hints;
use super::names::{self, Element, Role, Scope};
use super::value::{self, Format};
use super::{FeedError, Note, limits};
use crate::text::markup::{Markup, Tag, Token};

/// A canonical document, and the notes about it.
#[derive(Debug)]
pub(super) struct Repaired {
    pub(super) document: Document,
    /// Item start tags in the source.
    pub(super) items_found: usize,
    /// What holds for all items that say nothing else.
    pub(super) language: Option<String>,
    pub(super) author: Option<String>,
    pub(super) hints: Hints,
    /// The address of its older items.
    pub(super) older: Option<Url>,
    /// The address that the feed names as its new one.
    pub(super) new_address: Option<Url>,
    pub(super) notes: Vec<Note>,
}

/// Makes a document canonical.
pub(super) fn repair(text: &str, base: &Url, canonical: Canonical) -> Result<Repaired, FeedError> {
    let mut walk = Walk::new(text, base, canonical);
    let root = walk.find_root()?;
    walk.atom = matches!(names::split(root.name).1.to_ascii_lowercase().as_str(), "feed" | "entry");
    walk.start(root, true);
    walk.run();
    walk.finish()
}

/// An element that was opened and not yet closed.
#[derive(Debug)]
struct Open<'a> {
    name: &'a str,
    /// Its `xml:base`, resolved, when it has one.
    base: Option<Url>,
}

/// An item that was begun.
#[derive(Debug)]
struct Item<'a> {
    draft: Draft<'a>,
    /// How many elements were open when it began.
    level: usize,
}

#[derive(Debug)]
struct Walk<'a> {
    markup: Markup<'a>,
    length: usize,
    document_base: &'a Url,
    entities: Entities,
    scope: Scope<'a>,
    open: Vec<Open<'a>>,
    feed: Draft<'a>,
    item: Option<Item<'a>>,
    canonical: Canonical,
    hints: Hints,
    /// Whether text without a `type` is plain, as in Atom.
    atom: bool,
    items_found: usize,
    elements: usize,
    too_deep: bool,
    /// Whether the document ended within an item.
    torn: bool,
    /// Whether the tag at hand has attributes with prefixes.
    is_qualified: bool,
    capture: Capture,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str, document_base: &'a Url, canonical: Canonical) -> Self {
        Walk {
            markup: Markup::new(text),
            length: text.len(),
            document_base,
            entities: Entities::default(),
            scope: Scope::default(),
            open: Vec::new(),
            feed: Draft::default(),
            item: None,
            canonical,
            hints: Hints::default(),
            atom: false,
            items_found: 0,
            elements: 0,
            too_deep: false,
            torn: false,
            is_qualified: false,
            capture: Capture::default(),
        }
    }

    /// Skips the text before the feed.
    fn find_root(&mut self) -> Result<Tag<'a>, FeedError> {
        let mut is_page = false;
        while self.markup.at() <= limits::PROLOGUE_BYTES {
            match self.markup.next() {
                Some(Token::Doctype(doctype)) => {
                    is_page |= doctype.trim_start().get(..4).is_some_and(|name| name.eq_ignore_ascii_case("html"));
                    self.entities.declare(doctype);
                }
                Some(Token::Start(tag)) if names::is_root(names::split(tag.name).1) && !is_page => return Ok(tag),
                Some(Token::Start(tag)) => is_page |= tag.name.eq_ignore_ascii_case("html"),
                Some(_) => {}
                None => break,
            }
        }
        if self.markup.at() > limits::PROLOGUE_BYTES && !is_page {
            let limit = limits::PROLOGUE_BYTES;
            return Err(FeedError::OverLimit(format!("no feed begins within the first {limit} bytes")));
        }
        let document = self.markup.slice(0, self.length);
        let offers = discover(document, self.document_base);
        // Pages do not always say that they are HTML.
        is_page |= offers.iter().any(|offer| offer.declared);
        Err(FeedError::NotAFeed(match document {
            _ if is_page => a_page(&offers),
            empty if empty.trim().is_empty() => "the document is empty".to_owned(),
            _ => "no rss, feed, RDF or channel element found".to_owned(),
        }))
    }

    fn run(&mut self) {
        while self.elements <= limits::ELEMENTS && self.items_found <= limits::ITEMS {
            match self.markup.next() {
                Some(Token::Start(tag)) => self.start(tag, false),
                Some(Token::End(name)) => self.end(name),
                Some(_) => {}
                None => break,
            }
        }
        self.torn = self.is_torn() && self.item.is_some();
        self.end_item();
    }

    fn finish(mut self) -> Result<Repaired, FeedError> {
        let mut notes = Vec::new();
        if self.torn {
            notes.push(Note::Truncated);
        }
        if self.too_deep {
            notes.push(Note::Cut { what: "nested elements", limit: limits::DEPTH });
        }
        if self.entities.are_cut() {
            notes.push(Note::Cut { what: "bytes of declared entities", limit: limits::EXPANSION_BYTES });
        }
        if self.elements > limits::ELEMENTS {
            notes.push(Note::Cut { what: "elements", limit: limits::ELEMENTS });
        }
        if self.items_found > limits::ITEMS {
            notes.push(Note::Cut { what: "items", limit: limits::ITEMS });
        }
        let cuts = &mut self.canonical.cuts;
        Ok(Repaired {
            language: self.feed.lang(cuts),
            author: self.atom.then(|| self.feed.authors_of_all(cuts)).flatten(),
            older: self.feed.older().and_then(|older| elsewhere::address(older, self.document_base)),
            new_address: self.feed.value(Role::NewAddress).and_then(|to| elsewhere::address(to, self.document_base)),
            document: self.canonical.end(&self.feed)?,
            items_found: self.items_found,
            hints: self.hints,
            notes,
        })
    }

    fn start(&mut self, tag: Tag<'a>, is_root: bool) {
        self.elements += 1;
        let level = self.open.len() + 1;
        let (mut base, mut lang) = (None, None);
        self.is_qualified = false;
        for (name, value) in tag.attributes() {
            match name {
                "xml:base" => {
                    let around = innermost_base(&self.open).unwrap_or(self.document_base);
                    base = Budget::base(&self.entities.decode(value), around, &mut self.canonical.cuts);
                }
                "xml:lang" => lang = Some(Cow::Borrowed(value)),
                _ if name.starts_with("xmlns") => self.scope.declare(level, name, value, is_root),
                _ => self.is_qualified |= name.contains(':'),
            }
        }
        let (prefix, local) = names::split(tag.name);
        let ns = self.scope.resolve(prefix);
        if names::is_item(ns, local) {
            self.begin_item(tag, base, lang);
        } else {
            if let Some(lang) = lang {
                self.draft().lang.get_or_insert(lang);
            }
            match names::element(ns, local) {
                Some(element) => self.element(tag, element, base),
                None => self.push(tag, base),
            }
        }
        // The declarations of an element that has already ended, as most fields have by now.
        self.scope.leave(self.open.len());
    }

    fn push(&mut self, tag: Tag<'a>, base: Option<Url>) {
        match self.open.len() < limits::DEPTH {
            _ if tag.closed => {}
            true => self.open.push(Open { name: tag.name, base }),
            false => self.too_deep = true,
        }
    }

    fn begin_item(&mut self, tag: Tag<'a>, base: Option<Url>, lang: Option<Cow<'a, str>>) {
        self.end_item();
        self.items_found += 1;
        if self.items_found > limits::ITEMS {
            return;
        }
        let level = self.open.len();
        self.push(tag, base);
        let mut draft = Draft::default();
        draft.lang = lang;
        for (name, value) in tag.attributes().filter(|(name, _)| !name.starts_with("xml")) {
            let value = self.entities.decode(value);
            match names::split(name).1 {
                "about" => draft.about = Some(value).filter(|about| !about.trim().is_empty()),
                // The Channel Definition Format, the oldest of all.
                href if href.eq_ignore_ascii_case("href") => {
                    let href = self.resolve(&value, None, "link");
                    href.into_iter().for_each(|href| draft.add_link(Link { href, rel: None, mime: None, depth: 1 }));
                }
                lastmod if lastmod.eq_ignore_ascii_case("lastmod") => {
                    draft.claim(Role::Updated, 9, Text { value, html: false });
                }
                _ => {}
            }
        }
        self.item = Some(Item { draft, level });
        if tag.closed {
            self.end_item();
        }
    }

    fn end_item(&mut self) {
        if let Some(item) = self.item.take() {
            self.canonical.entry(&item.draft, innermost_base(&self.open).unwrap_or(self.document_base));
            self.open.truncate(item.level);
            self.scope.leave(item.level);
        }
    }

    fn end(&mut self, name: &str) {
        let (prefix, local) = names::split(name);
        if names::is_item(self.scope.resolve(prefix), local) {
            self.end_item();
            return;
        }
        let Some(opened) = self.open.iter().rposition(|open| open.name.eq_ignore_ascii_case(name)) else { return };
        if self.item.as_ref().is_some_and(|item| opened < item.level) {
            self.end_item();
        }
        self.open.truncate(opened);
        self.scope.leave(opened);
    }

    /// The item at hand, or else the feed.
    fn draft(&mut self) -> &mut Draft<'a> {
        match &mut self.item {
            Some(item) => &mut item.draft,
            None => &mut self.feed,
        }
    }

    /// How many elements lie between the item (or document) and the present point.
    fn depth(&self) -> u16 {
        let level = self.item.as_ref().map_or(0, |item| item.level + 1);
        u16::try_from(self.open.len().saturating_sub(level)).unwrap_or(u16::MAX)
    }

    /// An address made absolute by the base of its element, or else by that around it.
    fn resolve(&mut self, href: &str, base: Option<&Url>, field: &'static str) -> Option<String> {
        let base = base.or_else(|| innermost_base(&self.open)).unwrap_or(self.document_base);
        let Canonical { budget, cuts, .. } = &mut self.canonical;
        budget.resolve(href, base, field, cuts)
    }

    fn add_link(&mut self, href: &str, rel: Option<String>, mime: Option<String>, base: Option<&Url>) {
        if rel.as_deref() == Some("enclosure") {
            return self.add_address(List::Enclosures, href, base);
        }
        if !self.draft().wants_link(rel.as_deref()) {
            return;
        }
        let Some(href) = self.resolve(href, base, "link") else { return };
        let depth = self.depth();
        self.draft().add_link(Link { href, rel, mime, depth });
    }

    fn add_address(&mut self, list: List, href: &str, base: Option<&Url>) {
        if self.draft().has_room(list)
            && let Some(href) = self.resolve(href, base, list.names().1)
        {
            self.draft().add(list, href);
        }
    }

    /// The raw value of an attribute: under its plain name, or else under that name in a vocabulary of feeds.
    fn attribute(&self, tag: Tag<'a>, name: &str) -> Option<&'a str> {
        let is_meant = |key: &str| {
            let (prefix, local) = names::split(key);
            local.eq_ignore_ascii_case(name) && self.scope.knows(prefix)
        };
        let qualified = || tag.attributes().find(|(key, _)| is_meant(key)).map(|(_, value)| value);
        tag.attribute(name).or_else(|| self.is_qualified.then(qualified).flatten())
    }

    /// Whether the document ended within the field just read: half a text is still a text, but half an address is
    /// wrong.
    fn is_torn(&self) -> bool {
        self.markup.at() == self.length
    }

    fn inside(&mut self, tag: Tag<'a>, element: &'static Element) -> &'a str {
        self.capture.inside(&mut self.markup, &self.scope, tag, element)
    }

    /// Takes an element that has a role.
    fn element(&mut self, tag: Tag<'a>, element: &'static Element, base: Option<Url>) {
        const RANKS_A_LEVEL: u16 = 16;
        let rank = self.depth().saturating_mul(RANKS_A_LEVEL).saturating_add(element.rank);
        let attribute = |names: &[&str]| {
            names.iter().find_map(|name| self.attribute(tag, name)).map(|raw| self.entities.decode(raw))
        };
        match element.role {
            Role::Link => match attribute(&["href"]) {
                Some(href) => {
                    let rel = attribute(&["rel"]).unwrap_or_default().trim().to_ascii_lowercase();
                    let rel = rel.strip_prefix("http://www.iana.org/assignments/relation/").unwrap_or(&rel);
                    let rel = if rel.is_empty() { "alternate" } else { rel }.to_owned();
                    let mime = attribute(&["type"]).map(|mime| mime.trim().to_ascii_lowercase());
                    self.add_link(&href, Some(rel), mime, base.as_ref());
                }
                None => {
                    let raw = self.inside(tag, element);
                    let text = value::text(raw, Format::default(), &self.entities);
                    if !self.is_torn() {
                        self.add_link(&text.value, None, None, base.as_ref());
                    }
                }
            },
            Role::Enclosure | Role::MediaContent => {
                let list = if element.role == Role::Enclosure { List::Enclosures } else { List::Media };
                if let Some(href) = attribute(&["url", "href", "uri"]) {
                    self.add_address(list, &href, None);
                }
                if list == List::Media {
                    self.push(tag, base);
                }
            }
            Role::Category => {
                let label = match attribute(&["term", "label"]) {
                    Some(term) => term,
                    None => value::text(self.inside(tag, element), Format::default(), &self.entities).value,
                };
                self.draft().add_label(List::Categories, &label);
            }
            Role::Keywords => {
                let keywords = value::text(self.inside(tag, element), Format::default(), &self.entities).value;
                let draft = self.draft();
                keywords.split(',').take(KEYWORDS).for_each(|label| draft.add_label(List::Categories, label));
            }
            Role::Author => {
                let raw = self.inside(tag, element);
                let name = value::person(raw, &self.entities);
                self.draft().add_label(List::Authors, &name);
            }
            Role::Original => {
                let address = attribute(&["url"]).unwrap_or_default();
                let raw = self.inside(tag, element);
                // Atom's own holds elements that describe another feed.
                let name = if raw.contains("</") { String::new() } else { value::label(raw, &self.entities) };
                let is_torn = self.is_torn();
                if let Some(item) = self.item.as_mut().filter(|_| !is_torn) {
                    item.draft.set_original(&name, &address);
                }
            }
            Role::Foreign => {
                self.inside(tag, element);
            }
            role => {
                let permalink = self.attribute(tag, "isPermaLink").map(|is| is.trim().eq_ignore_ascii_case("true"));
                let raw = self.inside(tag, element);
                let is_text = matches!(role, Role::Title | Role::Summary | Role::Content);
                let format = Format::of(|name| self.attribute(tag, name), tag.name, self.atom && is_text);
                let text = value::text(raw, format, &self.entities);
                if role == Role::Id {
                    self.draft().permalink = permalink.or(self.draft().permalink);
                }
                match self.item {
                    None if self.hints.take(role, &text.value) => {}
                    _ if self.is_torn() && !is_text => {}
                    _ => self.draft().claim(role, rank, text),
                }
            }
        }
    }
}

/// Most keywords looked at of one element; a hundred are kept.
const KEYWORDS: usize = 1_000;

/// What to say of a web page.
fn a_page(offers: &[Offer]) -> String {
    const SHOWN: usize = 3;
    match offers.iter().take(SHOWN).map(|offer| offer.url.as_str()).collect::<Vec<_>>().as_slice() {
        [] => "it is a web page".to_owned(),
        urls => format!("it is a web page that offers {}", urls.join(" and ")),
    }
}

fn innermost_base<'a>(open: &'a [Open]) -> Option<&'a Url> {
    open.iter().rev().find_map(|open| open.base.as_ref())
}
