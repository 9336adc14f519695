//! The watch room: folding, tokens, the language, its reasons.
#![allow(clippy::unwrap_used)]

mod apart;
mod fold;
mod forms;
mod gallery;
mod import;
mod language;
mod lists;
mod manual;
mod misses;
mod property;
mod tally;
mod token;
mod topics;
mod watches;

use feedwatch::model::{Article, Hit, KeyKind};
use feedwatch::watch::{Lists, Scratch, WatchSet, WatchSource};

/// An article of these texts.
fn article(title: &str, summary: &str, body: &str) -> Article {
    Article {
        key: "a".to_owned(),
        key_kind: KeyKind::Id,
        id: None,
        url: Some("https://example.org/world/1".to_owned()),
        title: title.to_owned(),
        summary: summary.to_owned(),
        body: body.to_owned(),
        author: Some("Jo Doe".to_owned()),
        original: None,
        categories: vec!["Diplomacy".to_owned()],
        lang: Some("en".to_owned()),
        published: None,
        updated: None,
        enclosures: Vec::new(),
        content_hash: 0,
    }
}

/// A watch that only finds.
fn watch(find: &str) -> WatchSource {
    WatchSource { name: "w".to_owned(), find: find.to_owned(), ..WatchSource::default() }
}

/// What a set of one watch finds in an article.
fn find(source: &WatchSource, article: &Article) -> Option<Hit> {
    let (set, _) = WatchSet::compile(&Lists::new(), std::slice::from_ref(source)).unwrap();
    set.find(article, None, &mut Scratch::default()).pop()
}

/// What stands at the spans of a hit, in order.
fn texts(hit: Option<Hit>) -> Vec<String> {
    hit.map(|hit| hit.why.into_iter().map(|reason| reason.text).collect()).unwrap_or_default()
}
