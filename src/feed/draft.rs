//! The fields of one item or of the feed as the document has them, before it is decided which are believed.

use std::borrow::Cow;

use url::Url;

use super::budget::Budget;
use super::calendars::can_be_published;
use super::cuts::Cuts;
use super::dates::{self, Reading};
use super::limits;
use super::names::Role;
use crate::model::Original;

/// A text and how to read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text<'a> {
    pub(super) value: Cow<'a, str>,
    /// Whether it is HTML rather than plain text.
    pub(super) html: bool,
}

/// A link as written, its address resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) href: String,
    /// In lower case; none for the text of an RSS `link`, which is the item's own.
    pub(super) rel: Option<String>,
    pub(super) mime: Option<String>,
    /// How deep in the item it is: quoted content has links as well.
    pub(super) depth: u16,
}

/// One claim: what an element says in a role. The lower the rank, the rather it is believed.
#[derive(Clone, Debug)]
struct Claim<'a> {
    role: Role,
    rank: u16,
    text: Text<'a>,
}

/// Everything said of one item or feed.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft<'a> {
    claims: Vec<Claim<'a>>,
    /// Bytes of those texts that are copies.
    copied_bytes: usize,
    links: Vec<Link>,
    enclosures: Vec<String>,
    /// Media RSS objects: enclosures of an item that has no others.
    media: Vec<String>,
    authors: Vec<String>,
    categories: Vec<String>,
    pub(super) lang: Option<Cow<'a, str>>,
    /// The original source, from the first element that names one.
    pub(super) original: Option<Box<Original>>,
    /// `rdf:about`: an identifier and an address.
    pub(super) about: Option<Cow<'a, str>>,
    /// The parts that were too much to keep.
    pub(super) cuts: Cuts,
    /// What `isPermaLink` says of the guid.
    pub(super) permalink: Option<bool>,
}

/// A list of a draft that a document can repeat at will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Enclosures,
    Media,
    Authors,
    Categories,
}

impl List {
    /// The name of the list, and of its elements.
    pub(super) fn names(self) -> (&'static str, &'static str) {
        match self {
            List::Enclosures | List::Media => ("enclosures", "enclosure"),
            List::Authors => ("authors", "author"),
            List::Categories => ("categories", "category"),
        }
    }
}

impl<'a> Draft<'a> {
    pub(super) fn claim(&mut self, role: Role, rank: u16, text: Text<'a>) {
        if text.value.trim().is_empty() {
            return;
        }
        let copied_bytes = match &text.value {
            Cow::Owned(copy) => self.copied_bytes + copy.capacity(),
            Cow::Borrowed(_) => self.copied_bytes,
        };
        if self.claims.len() == limits::CLAIMS || copied_bytes > limits::COPIED_BYTES {
            self.cuts.note_once("fields");
            return;
        }
        self.copied_bytes = copied_bytes;
        self.claims.push(Claim { role, rank, text });
    }

    /// Takes a link, if it is one that matters.
    pub(super) fn add_link(&mut self, link: Link) {
        self.links.push(link);
    }

    /// Whether a link of that kind is wanted, and there is room for one more.
    pub(super) fn wants_link(&mut self, rel: Option<&str>) -> bool {
        let matters = matches!(rel, None | Some("alternate" | "prev-archive" | "next"));
        if matters && self.links.len() >= limits::REPEATS {
            self.cuts.note_once("links");
        }
        matters && self.links.len() < limits::REPEATS
    }

    /// Whether there is room for one more in a list.
    pub(super) fn has_room(&mut self, list: List) -> bool {
        let has_room = self.list(list).len() < limits::REPEATS;
        if !has_room {
            self.cuts.note_once(list.names().0);
        }
        has_room
    }

    /// Adds an address to a list, if there is room.
    pub(super) fn add(&mut self, list: List, address: String) {
        if self.has_room(list) {
            self.list(list).push(address);
        }
    }

    /// Adds a name to a list, each once.
    pub(super) fn add_label(&mut self, list: List, label: &str) {
        let label = label.trim();
        let kept = &label[..label.floor_char_boundary(limits::LABEL_BYTES)];
        if kept.is_empty() || self.list(list).iter().any(|known| known == kept) || !self.has_room(list) {
            return;
        }
        if kept.len() < label.len() {
            self.cuts.note(list.names().1);
        }
        self.list(list).push(kept.to_owned());
    }

    /// Notes the original source of the item: a name, and a separate address.
    pub(super) fn set_original(&mut self, name: &str, address: &str) {
        let (name, address) = (name.trim(), address.trim());
        let kept = &name[..name.floor_char_boundary(limits::LABEL_BYTES)];
        let url = Some(address).filter(|url| url.len() <= limits::LINK_BYTES && is_address(url));
        if self.original.is_some() || (kept.is_empty() && url.is_none()) {
            return;
        }
        if kept.len() < name.len() {
            self.cuts.note("source");
        }
        let name = Some(kept.to_owned()).filter(|name| !name.is_empty());
        self.original = Some(Box::new(Original { name, url: url.map(str::to_owned) }));
    }

    fn list(&mut self, list: List) -> &mut Vec<String> {
        match list {
            List::Enclosures => &mut self.enclosures,
            List::Media => &mut self.media,
            List::Authors => &mut self.authors,
            List::Categories => &mut self.categories,
        }
    }

    pub(super) fn authors(&self) -> &[String] {
        &self.authors
    }

    pub(super) fn categories(&self) -> &[String] {
        &self.categories
    }

    /// The authors in one text that is short enough to be given to each item of a feed.
    pub(super) fn authors_of_all(&self, cuts: &mut Cuts) -> Option<String> {
        let mut all = self.authors.join(", ");
        if all.len() > limits::LABEL_BYTES {
            cuts.note("author");
            all.truncate(all.floor_char_boundary(limits::LABEL_BYTES));
        }
        Some(all).filter(|all| !all.is_empty())
    }

    fn claims(&self, role: Role) -> impl DoubleEndedIterator<Item = &Claim<'a>> {
        self.claims.iter().filter(move |claim| claim.role == role)
    }

    /// The text believed in a role: of equal ones the first.
    pub(super) fn text(&self, role: Role) -> Option<&Text<'a>> {
        self.claims(role).min_by_key(|claim| claim.rank).map(|claim| &claim.text)
    }

    /// The value believed in a role, trimmed: of equal ones the last, as a repeated value corrects the one before.
    pub(super) fn value(&self, role: Role) -> Option<&str> {
        self.claims(role).rev().min_by_key(|claim| claim.rank).map(|claim| claim.text.value.trim())
    }

    /// The full text: the item's content, or another text besides its summary.
    pub(super) fn content(&self) -> Option<&Text<'a>> {
        let summary = self.text(Role::Summary).map(|summary| summary.value.trim());
        let other = |claim: &&Claim| Some(claim.text.value.trim()) != summary;
        let second =
            || self.claims(Role::Summary).filter(other).min_by_key(|claim| claim.rank).map(|claim| &claim.text);
        self.text(Role::Content).or_else(second)
    }

    /// The best claim of a role that is a date at all, and rather one at which something may have been published.
    pub(super) fn date(&self, role: Role) -> Option<Reading> {
        let dated = |claim: &Claim| Some((claim.rank, dates::read(&claim.text.value)?));
        let worth = |(rank, reading): &(u16, Reading)| (!can_be_published(reading.at), *rank);
        self.claims(role).rev().filter_map(dated).min_by_key(worth).map(|(_, reading)| reading)
    }

    /// The feed's own identifier.
    pub(super) fn id(&self) -> Option<&str> {
        self.value(Role::Id).or(self.about.as_deref())
    }

    /// The language it says it is in.
    pub(super) fn lang(&self, cuts: &mut Cuts) -> Option<String> {
        let lang = self.value(Role::Language).or(self.lang.as_deref())?.trim();
        if lang.len() > limits::LANG_BYTES {
            cuts.note("language");
        }
        (1..=limits::LANG_BYTES).contains(&lang.len()).then(|| lang.to_owned())
    }

    /// Where to read the item: its own link, an alternate one, its guid or `rdf:about` when that is an address.
    pub(super) fn link(&self, base: &Url, budget: &mut Budget, cuts: &mut Cuts) -> Option<Cow<'_, str>> {
        let html = |link: &&Link| link.mime.as_ref().is_none_or(|mime| mime.contains("html"));
        let alternates = || self.links.iter().filter(|link| link.rel.as_deref() == Some("alternate"));
        let own = self.links.iter().rev().filter(|link| link.rel.is_none()).min_by_key(|link| link.depth);
        let html = || alternates().filter(html).min_by_key(|link| link.depth);
        let link = own.or_else(html).or_else(|| alternates().min_by_key(|link| link.depth));
        if let Some(link) = link {
            return Some(Cow::Borrowed(&link.href));
        }
        let guid = self.value(Role::Id).filter(|id| match self.permalink {
            Some(false) => false,
            Some(true) => true,
            None => is_address(id),
        });
        let address = guid.or(self.about.as_deref().filter(|about| is_address(about)))?;
        budget.resolve(address, base, "link", cuts).map(Cow::Owned)
    }

    /// Where older items are: in the archive before this document, or else on the next page (RFC 5005).
    pub(super) fn older(&self) -> Option<&str> {
        let by = |rel: &str| self.links.iter().find(|link| link.rel.as_deref() == Some(rel));
        by("prev-archive").or_else(|| by("next")).map(|link| link.href.as_str())
    }

    /// The attached media.
    pub(super) fn attachments(&self) -> &[String] {
        if self.enclosures.is_empty() { &self.media } else { &self.enclosures }
    }
}

/// Whether an identifier is the address of a page.
fn is_address(text: &str) -> bool {
    let scheme = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    (scheme.starts_with("http://") || scheme.starts_with("https://")) && !text.contains(char::is_whitespace)
}

/// An address made absolute; what already is stays as it is written.
pub(super) fn resolve(href: &str, base: &Url) -> Option<String> {
    let mut href = Cow::Borrowed(href.trim());
    if href.contains(['\n', '\r', '\t']) {
        href = Cow::Owned(href.replace(['\n', '\r', '\t'], ""));
    }
    // Escaped once too often; no address means it.
    if href.contains("&amp;") {
        href = Cow::Owned(href.replace("&amp;", "&"));
    }
    match has_scheme(&href) {
        _ if href.is_empty() => None,
        true => Some(href.into_owned()),
        false => Some(base.join(&href).map_or_else(|_| href.into_owned(), String::from)),
    }
}

pub(super) fn has_scheme(href: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    };
    href.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme))
}
