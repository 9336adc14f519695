//! JSON Feed to a canonical document. Read as a generic value, so that one wrong type costs a field and not the feed.

use std::borrow::Cow;

use serde_json::{Map, Value};
use url::Url;

use super::canonical::Canonical;
use super::draft::{self, Draft, Link, Text};
use super::hints::Hints;
use super::names::Role;
use super::repair::Repaired;
use super::{FeedError, Note, limits};

/// Whether a document is meant to be JSON.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Makes a JSON Feed canonical. Links are relative to the home page: a feed's own address is seldom where they start.
pub(super) fn repair(text: &str, base: &Url) -> Result<Repaired, FeedError> {
    let value: Value =
        serde_json::from_str(text.trim()).map_err(|error| FeedError::Broken(format!("JSON: {error}")))?;
    let items = value.get("items").and_then(Value::as_array);
    let version = value.get("version").and_then(Value::as_str).unwrap_or_default();
    let (Some(feed), true) = (value.as_object(), items.is_some() || version.contains("jsonfeed")) else {
        return Err(FeedError::NotAFeed("it is JSON without items".to_owned()));
    };
    let items = items.map(Vec::as_slice).unwrap_or_default();
    let home = text_of(feed, "home_page_url").and_then(|home| base.join(home.trim()).ok());
    let base = home.as_ref().unwrap_or(base);
    let mut canonical = Canonical::new(text.len());
    let feed_authors = authors(feed);
    for item in items.iter().filter_map(Value::as_object).take(limits::ITEMS) {
        let mut draft = item_draft(item, base);
        if draft.authors.is_empty() {
            draft.authors.clone_from(&feed_authors);
        }
        canonical.entry(&draft, base);
    }
    let mut notes = Vec::new();
    if items.len() > limits::ITEMS {
        notes.push(Note::Cut { what: "items", limit: limits::ITEMS });
    }
    let mut head = Draft::default();
    claim(&mut head, feed, Role::Title, "title", 0, false);
    Ok(Repaired {
        document: canonical.end(&head),
        items_found: items.len(),
        language: text_of(feed, "language").map(Cow::into_owned),
        hints: Hints::default(),
        notes,
    })
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
    draft.links.extend(address.map(|href| Link { href, rel: None, mime: None }));
    for tag in list(item, "tags").take(limits::REPEATS) {
        draft.categories.extend(scalar(tag).map(Cow::into_owned));
    }
    for attachment in list(item, "attachments").filter_map(Value::as_object).take(limits::REPEATS) {
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
    names.truncate(limits::REPEATS);
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
