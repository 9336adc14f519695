//! JSON Feed to a canonical document. Items are read as generic values, so that a wrong type costs a field, a monstrous
//! item itself, and neither the feed.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use url::Url;

use super::canonical::Canonical;
use super::draft::{self, Draft, Link, Text};
use super::elsewhere;
use super::hints::Hints;
use super::names::Role;
use super::repair::Repaired;
use super::{FeedError, Note, limits};

/// A JSON text that was found to be well-formed but not yet looked into.
type Raw<'a> = &'a RawValue;

/// Whether a document is meant to be JSON.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Makes a JSON Feed canonical.
pub(super) fn repair(text: &str, base: &Url) -> Result<Repaired, FeedError> {
    let spaced;
    let feed: HashMap<String, Raw> = match serde_json::from_str(text) {
        Ok(feed) => feed,
        Err(_) => {
            // Raw line breaks in strings are the commonest mistake in JSON written by hand.
            spaced = text.replace(|c: char| c.is_ascii_control(), " ");
            serde_json::from_str(&spaced).map_err(|error| FeedError::Broken(format!("JSON: {error}")))?
        }
    };
    let items: Option<Vec<Raw>> = feed.get("items").and_then(|items| serde_json::from_str(items.get()).ok());
    let head = ["version", "title", "home_page_url", "next_url", "language", "author", "authors"];
    let head = head.iter().filter_map(|key| Some(((*key).to_owned(), value(feed.get(*key)?)?))).collect();
    let is_feed = items.is_some() || text_of(&head, "version").is_some_and(|version| version.contains("jsonfeed"));
    match is_feed {
        true => Ok(canonical(&head, &items.unwrap_or_default(), text.len(), base)),
        false => Err(FeedError::NotAFeed("it is JSON without items".to_owned())),
    }
}

/// The value of a JSON text; none when it nests deeper than 128 levels.
fn value(raw: Raw) -> Option<Value> {
    serde_json::from_str(raw.get()).ok()
}

/// Links are relative to the home page: where the feed itself lies is seldom where they start.
fn canonical(head: &Map<String, Value>, items: &[Raw], capacity: usize, base: &Url) -> Repaired {
    let older = text_of(head, "next_url").and_then(|next| elsewhere::address(&next, base));
    let home = text_of(head, "home_page_url").and_then(|home| base.join(home.trim()).ok());
    let base = home.as_ref().unwrap_or(base);
    let feed_authors = authors(head);
    let mut canonical = Canonical::new(capacity);
    for item in items.iter().take(limits::ITEMS) {
        let Some(Value::Object(item)) = value(item) else { continue };
        let mut draft = item_draft(&item, base);
        if draft.authors.is_empty() {
            draft.authors.clone_from(&feed_authors);
        }
        canonical.entry(&draft, base);
    }
    let cut = Note::Cut { what: "items", limit: limits::ITEMS };
    let mut feed = Draft::default();
    claim(&mut feed, head, Role::Title, "title", 0, false);
    Repaired {
        document: canonical.end(&feed),
        items_found: items.len(),
        language: text_of(head, "language").map(Cow::into_owned),
        hints: Hints::default(),
        older,
        new_address: None,
        notes: if items.len() > limits::ITEMS { vec![cut] } else { Vec::new() },
    }
}

fn item_draft<'a>(item: &'a Map<String, Value>, base: &Url) -> Draft<'a> {
    let mut draft = Draft::default();
    draft.authors = authors(item);
    draft.lang = text_of(item, "language").map(Cow::into_owned);
    claim(&mut draft, item, Role::Id, "id", 0, false);
    claim(&mut draft, item, Role::Title, "title", 0, false);
    claim(&mut draft, item, Role::Content, "content_html", 0, true);
    claim(&mut draft, item, Role::Content, "content_text", 1, false);
    claim(&mut draft, item, Role::Summary, "summary", 0, false);
    claim(&mut draft, item, Role::Published, "date_published", 0, false);
    claim(&mut draft, item, Role::Updated, "date_modified", 0, false);
    // Where both are given the first is the item's own page, the other what it is about.
    let address = ["url", "external_url"].iter().find_map(|key| draft::resolve(&text_of(item, key)?, base));
    draft.links.extend(address.map(|href| Link { href, rel: None, mime: None, depth: 0 }));
    for tag in list(item, "tags") {
        draft.categories.extend(scalar(tag).map(Cow::into_owned));
    }
    for attachment in list(item, "attachments").filter_map(Value::as_object) {
        draft.enclosures.extend(text_of(attachment, "url").and_then(|url| draft::resolve(&url, base)));
    }
    draft
}

fn claim<'a>(draft: &mut Draft<'a>, from: &'a Map<String, Value>, role: Role, key: &str, rank: u16, html: bool) {
    if let Some(value) = text_of(from, key) {
        draft.claim(role, rank, Text { value, html });
    }
}

/// `author` of version 1 and `authors` of 1.1; either may be an object, a list or a bare name.
fn authors(from: &Map<String, Value>) -> Vec<String> {
    let name = |person: &Value| match person {
        Value::Object(person) => text_of(person, "name").map(Cow::into_owned),
        bare => scalar(bare).map(Cow::into_owned),
    };
    let mut names: Vec<String> =
        ["author", "authors"].iter().flat_map(|key| list(from, key)).filter_map(name).collect();
    names.dedup();
    names
}

/// The elements of a list; what should be a list but is none counts as its only element.
fn list<'a>(from: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    match from.get(key) {
        Some(Value::Array(list)) => list.as_slice(),
        Some(single) => std::slice::from_ref(single),
        None => &[],
    }
    .iter()
}

fn text_of<'a>(from: &'a Map<String, Value>, key: &str) -> Option<Cow<'a, str>> {
    from.get(key).and_then(scalar)
}

/// A string, or a number written as one.
fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}
