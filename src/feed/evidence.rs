//! Whether two items of a feed are one article, by all their fields. Pure.
//!
//! No field decides alone. Status pages and weather services give all their items one link; a daily report has the same
//! title, and may have the same words, each day; and a feed may change its identifiers, its links or its dates, once or
//! at every poll. The evidence has to agree. If it is balanced the items are two articles: an article stored twice is
//! visible, and its hit joins the story, but an article mistaken for another one would be lost silently.

use std::collections::BTreeSet;
use std::time::Duration;

use url::Url;

use super::address;
use super::dates::AHEAD_AT_MOST;
use crate::clock::{Timestamp, later, span};
use crate::model::{AlikeArticle, Article, KeyKind};
use crate::text::token::Tokens;

/// Dates that lie closer are one: some feeds round them, and some clocks go a little wrong.
const SAME_DATE: Duration = Duration::from_secs(60);
/// A date this close to the moment of asking may have been made for the answer, and be another one each time.
const MADE_FOR_US: Duration = Duration::from_secs(60);
/// A date on such a multiple of seconds may be a mere day, in some time zone: there are zones with quarters of an hour.
const QUARTER_S: i64 = 15 * 60;
/// Words of a text that are looked at: a page or so, which is enough to tell texts apart.
const WORDS_MOST: usize = 200;
/// Texts that share a smaller part of the words of the shorter one are not two versions of one text: an editor keeps
/// more, and unrelated texts share only the common words of their language.
const ALIKE_SHARE: f64 = 0.5;

/// The compared fields of an item.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    guid: Option<&'a str>,
    link: Option<Link>,
    title: &'a str,
    /// The full text, or else the teaser; its beginning will do.
    text: &'a str,
    content_hash: u64,
    published: Option<Timestamp>,
    updated: Option<Timestamp>,
    /// When it was last seen to be new or edited.
    seen_at: Timestamp,
}

/// A link in the forms that are compared.
#[derive(Clone, Debug)]
struct Link {
    canonical: String,
    /// With its fragment: sections of one page differ in it.
    whole: String,
    /// None if it is not an address.
    url: Option<Url>,
}

impl Link {
    fn new(url: &str) -> Link {
        Link {
            canonical: address::canonical(url),
            whole: address::canonical_with_fragment(url),
            url: Url::parse(url).ok(),
        }
    }
}

impl<'a> Item<'a> {
    /// An item of a document that came at this instant.
    pub fn new(article: &'a Article, seen_at: Timestamp) -> Item<'a> {
        Item {
            guid: article.id.as_deref(),
            link: article.url.as_deref().map(Link::new),
            title: &article.title,
            text: if article.body.is_empty() { &article.summary } else { &article.body },
            content_hash: article.content_hash,
            published: article.published,
            updated: article.updated,
            seen_at,
        }
    }

    /// An article that is stored.
    pub fn stored(article: &'a AlikeArticle) -> Item<'a> {
        Item {
            guid: article.guid.as_deref(),
            link: article.url.as_deref().map(Link::new),
            title: &article.title,
            text: &article.text,
            content_hash: article.known.content_hash,
            published: article.published,
            updated: article.updated,
            seen_at: article.seen_at,
        }
    }

    fn is_silent(&self) -> bool {
        self.title.is_empty() && self.text.is_empty()
    }
}

/// The evidence about two items from the rest of the document and of the feed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around {
    /// Their link is that of one article: others have others.
    pub own_link: bool,
    /// The feed keeps its identifiers: other items are known under theirs.
    pub keeps: bool,
    /// The feed changed its identifiers: most of its items are earlier ones under other identifiers.
    pub together: bool,
}

/// How sure it is that two items are one; the surest first to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sureness {
    /// Their fields agree well enough.
    Agrees,
    /// They have the same key, and nothing is against it.
    SameKey,
    /// They say the same at the same address or of the same instant.
    Repeats,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Links {
    /// The same, and no other article's.
    Own,
    /// The same, as far as one can see that of all items.
    Shared,
    /// The same page in other words: another host, or another query.
    Moved,
    /// Two pages of one host.
    Apart,
    /// One of them has none.
    Missing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dates {
    Same,
    /// The same, and it may be a mere day.
    SameDay,
    Apart,
    /// One of them has none, or they say when they were asked for.
    Unknown,
}

/// Whether an item under a new key is this earlier article.
pub fn is_same(new: &Item, old: &Item, around: Around) -> Option<Sureness> {
    let (links, dates) = (links(new, old, around), dates(new, old));
    let has_link = matches!(links, Links::Own | Links::Shared);
    if new.is_silent() || old.is_silent() {
        return (new.is_silent() && old.is_silent() && has_link && dates != Dates::Apart).then_some(Sureness::Agrees);
    }
    if new.content_hash == old.content_hash {
        let is_one = match (dates, links) {
            (Dates::Same, _) | (Dates::SameDay, Links::Own | Links::Shared | Links::Moved) => true,
            (Dates::Unknown, Links::Own | Links::Shared) => true,
            // A session in the address, another host. In a feed that keeps its identifiers it is another item.
            (Dates::Unknown, Links::Moved | Links::Missing) => !around.keeps || around.together,
            // A title alone is that of each press release.
            (Dates::Unknown, Links::Apart) | (Dates::SameDay, _) => {
                around.together || (!around.keeps && !new.text.is_empty())
            }
            (Dates::Apart, Links::Own) => around.together || are_kin(new, old),
            (Dates::Apart, Links::Moved) => around.together,
            (Dates::Apart, _) => false,
        };
        let sureness = if has_link || dates == Dates::Same { Sureness::Repeats } else { Sureness::Agrees };
        return is_one.then_some(sureness);
    }
    let is_edit = match links {
        Links::Own if dates == Dates::Same => true,
        Links::Own if has_same_title(new, old) => {
            (dates != Dates::Apart || are_kin(new, old)) && !are_unlike(new.text, old.text)
        }
        Links::Own => are_kin(new, old) && (are_alike(new.title, old.title) || are_alike(new.text, old.text)),
        Links::Shared => dates == Dates::Same && has_same_title(new, old) && !are_unlike(new.text, old.text),
        Links::Moved | Links::Apart | Links::Missing => false,
    };
    is_edit.then_some(Sureness::Agrees)
}

/// Whether an item is the earlier article with the same key, edited. Only when nothing of it is the same any more it is
/// not: some feeds give whatever is the latest one identifier, or have nothing but a link that all their items share.
pub fn is_edit(new: &Item, old: &Item, kind: KeyKind, around: Around) -> bool {
    let (links, dates) = (links(new, old, around), dates(new, old));
    let is_retitled = || !has_same_title(new, old) && !are_alike(new.title, old.title);
    match kind {
        KeyKind::Id => {
            let is_elsewhere = matches!(links, Links::Moved | Links::Apart);
            let is_other_text = || match new.text.is_empty() || old.text.is_empty() {
                true => is_elsewhere,
                false => are_unlike(new.text, old.text),
            };
            links == Links::Own || dates != Dates::Apart || !is_retitled() || !is_other_text()
        }
        KeyKind::Link if links == Links::Own => {
            dates != Dates::Apart || !is_retitled() || are_alike(new.text, old.text)
        }
        // Under a link that may be that of all items a title counts, and a date even more.
        KeyKind::Link => match dates {
            Dates::Same => has_same_title(new, old) || are_alike(new.text, old.text),
            Dates::SameDay | Dates::Unknown => has_same_title(new, old) && !are_unlike(new.text, old.text),
            Dates::Apart => false,
        },
        KeyKind::Hash => true,
    }
}

fn has_same_title(new: &Item, old: &Item) -> bool {
    !new.title.is_empty() && new.title == old.title
}

fn links(new: &Item, old: &Item, around: Around) -> Links {
    let (Some(new), Some(old)) = (&new.link, &old.link) else { return Links::Missing };
    if new.canonical == old.canonical {
        return if around.own_link && new.whole == old.whole { Links::Own } else { Links::Shared };
    }
    match (&new.url, &old.url) {
        (Some(new), Some(old)) if new.host() == old.host() && new.path() != old.path() => Links::Apart,
        _ => Links::Moved,
    }
}

fn dates(new: &Item, old: &Item) -> Dates {
    let both = |one: Option<Timestamp>, other| one.zip(other);
    let (new_at, old_at) = match both(new.published, old.published) {
        Some(both) => both,
        None => match both(new.updated, old.updated) {
            Some(both) if new.published.is_none() && old.published.is_none() => both,
            _ => return Dates::Unknown,
        },
    };
    let is_near = |one, other, limit| span(one, other).max(span(other, one)) <= limit;
    match is_near(new_at, old_at, SAME_DATE) {
        true if new_at.as_second() % QUARTER_S == 0 => Dates::SameDay,
        true => Dates::Same,
        false if is_near(new_at, new.seen_at, MADE_FOR_US) && is_near(old_at, old.seen_at, MADE_FOR_US) => {
            Dates::Unknown
        }
        // It lay so far ahead then that it was cut back to when it was seen, and has come since.
        false if is_near(old_at, old.seen_at, MADE_FOR_US) && new_at > later(old.seen_at, AHEAD_AT_MOST) => {
            Dates::Unknown
        }
        false => Dates::Apart,
    }
}

/// Whether two identifiers are one but for a counter of versions, as in `https://paper.example/a#1`: addresses that
/// differ in their fragment only.
fn are_kin(new: &Item, old: &Item) -> bool {
    let (Some(new), Some(old)) = (new.guid, old.guid) else { return false };
    Url::parse(new).is_ok() && address::canonical(new) == address::canonical(old)
}

/// Whether two texts may be versions of one.
fn are_alike(one: &str, other: &str) -> bool {
    let (one, other) = (words(one), words(other));
    let fewer = one.len().min(other.len());
    let shared = one.intersection(&other).count();
    fewer > 0 && shared as f64 >= ALIKE_SHARE * fewer as f64
}

/// Whether both exist and are not versions of one.
fn are_unlike(one: &str, other: &str) -> bool {
    !one.is_empty() && !other.is_empty() && !are_alike(one, other)
}

fn words(text: &str) -> BTreeSet<u64> {
    let mut tokens = Tokens::default();
    tokens.read(text, WORDS_MOST);
    tokens.tokens.into_iter().map(|token| token.form).collect()
}
