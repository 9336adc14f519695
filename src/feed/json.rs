//! JSON Feed to a canonical document. Only the needed fields are read, one item after another. So a wrong type loses a
//! field and not the feed, and other content takes no memory.

use std::borrow::Cow;

use serde_json::value::RawValue;
use url::Url;

use super::canonical::Canonical;
use super::draft::{Draft, Link, List, Text};
use super::elsewhere;
use super::hints::Hints;
use super::json_text::{each, fields, scalar};
use super::names::Role;
use super::repair::Repaired;
use super::{FeedError, Note, limits};

/// A JSON text that was found to be well-formed but not yet looked into.
type Raw<'a> = &'a RawValue;

/// The fields that are read of a feed ...
const FEED: [&str; 8] = ["items", "version", "title", "home_page_url", "next_url", "language", "author", "authors"];
type Feed<'a> = [Option<Raw<'a>>; FEED.len()];

/// ... and of an item.
const ITEM: [&str; 14] = [
    "id",
    "title",
    "content_html",
    "content_text",
    "summary",
    "date_published",
    "date_modified",
    "url",
    "external_url",
    "tags",
    "attachments",
    "language",
    "author",
    "authors",
];
type Item<'a> = [Option<Raw<'a>>; ITEM.len()];

/// Whether a document is meant to be JSON.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Makes a JSON Feed canonical.
pub(super) fn repair(text: Cow<str>, base: &Url, canonical: Canonical) -> Result<Repaired, FeedError> {
    let spaced;
    let feed: Feed = match fields(&text, &FEED).ok() {
        Some(feed) => feed,
        None => {
            spaced = without_controls(text);
            fields(&spaced, &FEED).map_err(|error| FeedError::Broken(format!("JSON: {error}")))?
        }
    };
    let items = feed[0].filter(|items| items.get().starts_with('['));
    let says_so = || text_of(feed[1]).is_some_and(|version| version.contains("jsonfeed"));
    match items.is_some() || says_so() {
        true => walk(feed, items, base, canonical),
        false => Err(FeedError::NotAFeed("it is JSON without items".to_owned())),
    }
}

/// Raw line breaks in strings are the commonest mistake in JSON written by hand; any control character is a blank here.
fn without_controls(text: Cow<str>) -> String {
    let mut bytes = text.into_owned().into_bytes();
    bytes.iter_mut().filter(|byte| byte.is_ascii_control()).for_each(|byte| *byte = b' ');
    String::from_utf8(bytes).expect("an ASCII character was put in the place of another")
}

/// Links are relative to the home page: where the feed itself lies is seldom where they start.
fn walk(feed: Feed, items: Option<Raw>, base: &Url, mut canonical: Canonical) -> Result<Repaired, FeedError> {
    let [_, _, title, home, next, language, author, authors] = feed;
    let older = text_of(next).and_then(|next| elsewhere::address(&next, base));
    let home = text_of(home).and_then(|home| elsewhere::address(&home, base));
    let base = home.as_ref().unwrap_or(base);
    let take = |raw: Raw| {
        if let Ok(item) = fields(raw.get(), &ITEM) {
            let draft = draft_of(item, base, &mut canonical);
            canonical.entry(&draft, base);
        }
    };
    let items_found = items.map_or(0, |items| each(items, limits::ITEMS, take));
    let mut feed = Draft::default();
    claim(&mut feed, Role::Title, title, 0, false);
    feed.lang = text_of(language);
    add_authors(&mut feed, [author, authors]);
    let cut = Note::Cut { what: "items", limit: limits::ITEMS };
    Ok(Repaired {
        language: feed.lang(&mut canonical.cuts),
        author: feed.authors_of_all(&mut canonical.cuts),
        document: canonical.end(&feed)?,
        items_found,
        hints: Hints::default(),
        older,
        new_address: None,
        notes: if items_found > limits::ITEMS { vec![cut] } else { Vec::new() },
    })
}

fn draft_of<'a>(item: Item<'a>, base: &Url, canonical: &mut Canonical) -> Draft<'a> {
    let [
        id,
        title,
        html,
        text,
        summary,
        published,
        modified,
        url,
        external,
        tags,
        attachments,
        language,
        author,
        authors,
    ] = item;
    let mut draft = Draft::default();
    add_authors(&mut draft, [author, authors]);
    draft.lang = text_of(language);
    claim(&mut draft, Role::Id, id, 0, false);
    claim(&mut draft, Role::Title, title, 0, false);
    claim(&mut draft, Role::Content, html, 0, true);
    claim(&mut draft, Role::Content, text, 1, false);
    claim(&mut draft, Role::Summary, summary, 0, false);
    claim(&mut draft, Role::Published, published, 0, false);
    claim(&mut draft, Role::Updated, modified, 0, false);
    let Canonical { budget, cuts, .. } = canonical;
    let mut resolve = |raw, field| budget.resolve(&text_of(raw)?, base, field, cuts);
    // If both are given, the first is the item's own page, and the other is its subject.
    if let Some(href) = resolve(url, "link").or_else(|| resolve(external, "link")) {
        draft.add_link(Link { href, rel: None, mime: None, depth: 0 });
    }
    for_each(tags, |tag| {
        let label = scalar(tag);
        label.iter().for_each(|label| draft.add_label(List::Categories, label));
    });
    for_each(attachments, |attachment| {
        if draft.has_room(List::Enclosures)
            && let Ok([url]) = fields(attachment.get(), &["url"])
            && let Some(href) = resolve(url, "enclosure")
        {
            draft.add(List::Enclosures, href);
        }
    });
    draft
}

fn claim<'a>(draft: &mut Draft<'a>, role: Role, raw: Option<Raw<'a>>, rank: u16, html: bool) {
    if let Some(value) = text_of(raw) {
        draft.claim(role, rank, Text { value, html });
    }
}

/// `author` of version 1 and `authors` of 1.1; either may be an object, a list or a bare name.
fn add_authors(draft: &mut Draft, lists: [Option<Raw>; 2]) {
    for list in lists {
        for_each(list, |person| {
            let name = match fields(person.get(), &["name"]) {
                Ok([name]) => text_of(name),
                Err(_) => scalar(person),
            };
            name.iter().for_each(|name| draft.add_label(List::Authors, name));
        });
    }
}

/// The elements of a list, one more than are kept, so that it is seen that there were more.
fn for_each<'a>(list: Option<Raw<'a>>, take: impl FnMut(Raw<'a>)) {
    if let Some(list) = list {
        each(list, limits::REPEATS + 1, take);
    }
}

fn text_of(raw: Option<Raw<'_>>) -> Option<Cow<'_, str>> {
    raw.and_then(scalar)
}
