//! What a document says of one item or of the feed, before it is decided what is believed.

use std::borrow::Cow;

use url::Url;

use super::calendars::can_be_published;
use super::dates::{self, Reading};
use super::names::Role;

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
    /// How deep in the item it stands: what is quoted there has links as well.
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
    pub(super) links: Vec<Link>,
    pub(super) enclosures: Vec<String>,
    /// Media RSS objects: enclosures of an item that has no others.
    pub(super) media: Vec<String>,
    pub(super) authors: Vec<String>,
    pub(super) categories: Vec<String>,
    pub(super) lang: Option<String>,
    /// `rdf:about`: an identifier and an address.
    pub(super) about: Option<String>,
    /// What `isPermaLink` says of the guid.
    pub(super) permalink: Option<bool>,
}

impl<'a> Draft<'a> {
    pub(super) fn claim(&mut self, role: Role, rank: u16, text: Text<'a>) {
        if !text.value.trim().is_empty() {
            self.claims.push(Claim { role, rank, text });
        }
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

    /// The full text: the item's content, or what else it says beside its summary.
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
    pub(super) fn lang(&self) -> Option<String> {
        self.value(Role::Language).map(str::to_owned).or_else(|| self.lang.clone())
    }

    /// Where to read the item: its own link, an alternate one, its guid or `rdf:about` when that is an address.
    pub(super) fn link(&self, base: &Url) -> Option<String> {
        let html = |link: &&Link| link.mime.as_ref().is_none_or(|mime| mime.contains("html"));
        let alternates = || self.links.iter().filter(|link| link.rel.as_deref() == Some("alternate"));
        let own = self.links.iter().rev().filter(|link| link.rel.is_none()).min_by_key(|link| link.depth);
        let html = || alternates().filter(html).min_by_key(|link| link.depth);
        let link = own.or_else(html).or_else(|| alternates().min_by_key(|link| link.depth));
        if let Some(link) = link {
            return Some(link.href.clone());
        }
        let guid = self.value(Role::Id).filter(|id| match self.permalink {
            Some(false) => false,
            Some(true) => true,
            None => is_address(id),
        });
        let address = guid.or(self.about.as_deref().filter(|about| is_address(about)))?;
        resolve(address, base)
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

fn has_scheme(href: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    };
    href.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme))
}
