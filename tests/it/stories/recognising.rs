//! What it costs to recognise the articles of a document among those that are known, and by which keys.

use std::time::Duration;

use feedwatch::clock::{Timestamp, later};
use feedwatch::feed::Parsed;
use feedwatch::feed::identity::longer_key;
use feedwatch::model::{AlikeArticle, Article, ArticleId, KeyKind, Known, KnownArticle};
use feedwatch::poll::{Rules, find};
use feedwatch::watch::Scratch;

use crate::cost;
use crate::story::desk::Desk;

/// What a second document of so many items costs, the least of three times.
fn second_document(items: usize, item: impl Fn(usize, usize) -> Article) -> Duration {
    let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
    let time = || {
        let mut desk = Desk::new(1, now);
        desk.read(0, (0..items).map(|n| item(0, n)).collect(), now);
        let second = (0..items).map(|n| item(1, n)).collect();
        let (cost, changes) = cost::of(|| desk.read(0, second, later(now, Duration::from_secs(3600))));
        assert_eq!(changes.articles.len(), items, "all are new or edited");
        cost
    };
    time().min(time()).min(time())
}

#[test]
fn thousands_of_items_that_share_a_link_or_a_text_are_not_compared_each_with_each() {
    let item = |id: String, title: String, text: &str| Article {
        key: id.clone(),
        key_kind: KeyKind::Id,
        id: Some(id),
        url: Some("https://s.example/status".to_owned()),
        content_hash: feedwatch::hash::hash64(&[title.as_bytes(), text.as_bytes()]),
        ..Article::of_text(&format!("{title}\n{text}"))
    };
    type Make<'a> = (&'a str, Box<dyn Fn(usize, usize) -> Article>);
    let cases: [Make; 3] = [
        (
            "one link, other guids and titles",
            Box::new(move |poll, n| item(format!("{poll}-{n}"), format!("Title {poll} {n}"), "The same")),
        ),
        (
            "one link and one guid each, other texts",
            Box::new(move |poll, n| item(format!("{n}"), format!("Title {n}"), &format!("Text {poll} {n}"))),
        ),
        (
            "one link, one text, other guids and dates",
            Box::new(move |poll, n| {
                let at: Timestamp = "2026-11-01T00:00:07Z".parse().unwrap();
                let published = Some(later(at, Duration::from_secs((poll * 100_000 + n * 61) as u64)));
                Article { published, ..item(format!("{poll}-{n}"), "Title".to_owned(), "The same") }
            }),
        ),
    ];
    for (what, make) in cases {
        // Four times the items: each with each would cost sixteen times as much.
        let (quarter, whole) = (second_document(200, &make), second_document(800, &make));
        assert!(whole < quarter * 8, "{what}: {quarter:?} for a quarter, {whole:?} for all");
    }
}

#[test]
fn an_item_is_compared_with_few_of_those_that_share_its_link() {
    // All items of the document are known by their keys, have one link, and are edited.
    let time = |items: usize| {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let url = Some("https://s.example/status".to_owned());
        let article = |n: usize| Article {
            key: n.to_string(),
            key_kind: KeyKind::Id,
            url: url.clone(),
            content_hash: n as u64,
            ..Article::of_text(&format!("Title {n}"))
        };
        let before = |n: usize| KnownArticle {
            id: ArticleId(n as i64 + 1),
            content_hash: n as u64 + 1_000_000,
            first_seen_at: now,
            watches: Vec::new(),
            lost: Vec::new(),
            aged: Vec::new(),
            story: None,
        };
        let alike = |n: usize| AlikeArticle {
            key: n.to_string(),
            guid: None,
            url: url.clone(),
            title: format!("Other {n}"),
            text: String::new(),
            published: None,
            updated: None,
            seen_at: now,
            known: before(n),
        };
        let mut known = Known {
            articles: (0..items).map(|n| (n.to_string(), before(n))).collect(),
            alike: (0..items).map(alike).collect(),
            ..Known::default()
        };
        let mut parsed = Parsed { articles: (0..items).map(article).collect(), ..Parsed::default() };
        let feed = crate::poll::feed();
        let (rules, mut scratch) = (Rules::default(), Scratch::default());
        let (cost, _) = cost::of(|| find(&rules, &mut scratch, &feed, &mut known, &mut parsed, now));
        assert_eq!(known.articles.len(), items, "all are still known");
        cost
    };
    let least = |items| time(items).min(time(items)).min(time(items));
    let (quarter, whole) = (least(750), least(3000));
    assert!(whole < quarter * 8, "{quarter:?} for a quarter, {whole:?} for all");
}

#[test]
fn a_longer_key_is_that_of_items_which_share_one_in_a_document() {
    let two = "<item><guid>g</guid><title>A</title></item><item><guid>g</guid><title>B</title></item>";
    let one = "<item><guid>g</guid><title>B</title></item>";
    let keyed = |items: &str| {
        let document = format!("<rss version=\"2.0\"><channel><title>F</title>{items}</channel></rss>");
        feedwatch::feed::parse(document.as_bytes(), &"https://a.example/feed".parse().unwrap(), None).unwrap().articles
    };
    assert_eq!(longer_key(&keyed(one)[0]), keyed(two)[1].key);
}
