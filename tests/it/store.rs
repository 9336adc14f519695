//! The store by itself: all or nothing, plans that scale, what is kept when feeds come and go.

#![allow(clippy::unwrap_used)]

use std::ops::ControlFlow;
use std::time::Duration;

use feedwatch::clock::{Timestamp, later};
use feedwatch::model::{
    Article, ArticleChange, Changes, DocumentSeen, Feed, FeedSource, HostPause, Kept, KeyKind, LookUp, Polls, Routes,
    Validators,
};
use feedwatch::store::{Archived, ArticleFilter, Extent, Store, StoreError};

const HOUR: Duration = Duration::from_secs(3600);

fn start() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn source(url: &str) -> FeedSource {
    FeedSource {
        url: url.parse().unwrap(),
        name: None,
        tags: vec!["wire".to_owned()],
        every: None,
        holds_others: true,
        tier: None,
        related_in_full: false,
    }
}

fn open(urls: &[&str]) -> (tempfile::TempDir, Store, Vec<Feed>) {
    let folder = crate::fresh::folder();
    let store = Store::open(&folder.path().join("feedwatch.db")).unwrap();
    let sources: Vec<FeedSource> = urls.iter().map(|url| source(url)).collect();
    store.sync_feeds(&sources, |_| (start(), HOUR)).unwrap();
    let feeds = store.due_feeds(start(), 100).unwrap();
    (folder, store, feeds)
}

fn article(key: &str, title: &str) -> Article {
    Article {
        key: key.to_owned(),
        key_kind: KeyKind::Id,
        id: Some(key.to_owned()),
        url: None,
        title: title.to_owned(),
        summary: String::new(),
        body: String::new(),
        author: None,
        original: None,
        categories: Vec::new(),
        lang: None,
        published: None,
        updated: None,
        enclosures: Vec::new(),
        content_hash: feedwatch::hash::hash64(&[title.as_bytes()]),
    }
}

fn look_up(article: &Article) -> LookUp {
    LookUp { link_hash: None, longer_key: format!("{}|", article.key) }
}

/// A good poll that brought these.
fn changes(feed: &Feed, articles: Vec<ArticleChange>) -> Changes {
    Changes {
        feed: feed.id,
        polls: Polls { next_at: later(start(), HOUR), last_at: Some(start()), ..feed.polls.clone() },
        document: Some(DocumentSeen {
            validators: Validators {
                url: None,
                etag: Some(b"\"\xff\x80 odd\"".to_vec().into_boxed_slice()),
                last_modified: Some(b"yesterday".to_vec().into_boxed_slice()),
            },
            title: Some("A feed".to_owned()),
            body_hash: Some(u64::MAX),
            decoded: None,
        }),
        articles,
        aliases: Vec::new(),
        kept: Kept::AsItWas,
        notices: Vec::new(),
        moved: None,
        pause: None,
    }
}

fn change(article: Article) -> ArticleChange {
    ArticleChange {
        known: None,
        article,
        link_hash: None,
        first_seen_at: start(),
        hits: Vec::new(),
        alerts: Vec::new(),
        piece: None,
    }
}

fn titles(store: &Store) -> Vec<String> {
    let articles = store.articles(&ArticleFilter { limit: 100, ..Default::default() }).unwrap();
    articles.into_iter().map(|article| article.title).collect()
}

#[test]
fn what_a_poll_taught_comes_back_byte_for_byte() {
    let (_folder, store, feeds) = open(&["https://a.example/feed"]);
    store
        .settle(vec![()], &Routes::default(), |(), _| Ok(changes(&feeds[0], vec![change(article("1", "One"))])))
        .unwrap();
    let feed = store.due_feeds(later(start(), HOUR), 100).unwrap().remove(0);
    assert_eq!(feed.validators.etag.as_deref(), Some(&b"\"\xff\x80 odd\""[..]));
    assert_eq!(feed.validators.last_modified.as_deref(), Some(&b"yesterday"[..]));
    assert_eq!((feed.title.as_deref(), feed.body_hash), (Some("A feed"), Some(u64::MAX)));
    assert_eq!((feed.polls.next_at, feed.polls.interval), (later(start(), HOUR), HOUR));
    assert_eq!(feed.source.tags, ["wire"]);
}

#[test]
fn a_batch_is_settled_as_a_whole_or_not_at_all() {
    let (_folder, store, feeds) = open(&["https://a.example/feed", "https://b.example/feed"]);
    let failed = store.settle(vec![0, 1], &Routes::default(), |n, _| match n {
        0 => Ok(changes(&feeds[0], vec![change(article("1", "One"))])),
        _ => Err(StoreError::Sql(rusqlite::Error::InvalidQuery)),
    });
    failed.unwrap_err();
    assert_eq!(titles(&store), [""; 0]);
    assert_eq!(store.due_feeds(start(), 100).unwrap().len(), 2, "both are still due");
}

#[test]
fn a_later_poll_of_a_batch_sees_what_an_earlier_one_stored() {
    let (_folder, store, feeds) = open(&["https://a.example/feed"]);
    let mut known = Vec::new();
    store
        .settle(vec![0, 1], &Routes::default(), |n, ledger| {
            let seen = ledger.known(feeds[0].id, &[article("1", "One")], start(), look_up)?;
            known.push(seen.articles.len());
            Ok(changes(&feeds[0], if n == 0 { vec![change(article("1", "One"))] } else { Vec::new() }))
        })
        .unwrap();
    assert_eq!(known, [0, 1]);
}

#[test]
fn an_edit_keeps_what_was_there_before_and_flapping_adds_no_rows() {
    let (folder, store, feeds) = open(&["https://a.example/feed"]);
    store
        .settle(vec![()], &Routes::default(), |(), _| Ok(changes(&feeds[0], vec![change(article("1", "One"))])))
        .unwrap();
    for title in ["Two", "One", "Two", "One"] {
        store
            .settle(vec![()], &Routes::default(), |(), ledger| {
                let article = article("1", title);
                let known = ledger.known(feeds[0].id, std::slice::from_ref(&article), start(), look_up)?;
                let edit = ArticleChange { known: Some(known.articles["1"].id), ..change(article) };
                Ok(changes(&feeds[0], vec![edit]))
            })
            .unwrap();
    }
    assert_eq!(titles(&store), ["One"]);
    let revisions = rusqlite::Connection::open(folder.path().join("feedwatch.db")).unwrap();
    let count: i64 = revisions.query_row("select count(*) from revision", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 2);
}

#[test]
fn feeds_that_leave_the_files_are_not_due_and_keep_their_place_when_they_return() {
    let (_folder, store, _) = open(&["https://a.example/feed", "https://b.example/feed"]);
    let synced = store.sync_feeds(&[source("https://b.example/feed")], |_| (start(), HOUR)).unwrap();
    assert_eq!((synced.added, synced.removed), (0, 1));
    assert_eq!(store.due_feeds(start(), 100).unwrap().len(), 1);
    assert_eq!(store.feeds().unwrap().len(), 2);
    let back = later(start(), HOUR);
    let synced =
        store.sync_feeds(&["https://a.example/feed", "https://b.example/feed"].map(source), |_| (back, HOUR)).unwrap();
    assert_eq!((synced.added, synced.removed), (1, 0));
    let due: Vec<Timestamp> = store.due_feeds(back, 100).unwrap().iter().map(|feed| feed.polls.next_at).collect();
    assert_eq!(due, [start(), back], "the schedule of those that stayed is untouched");
}

#[test]
fn what_the_files_said_of_the_feeds_can_be_read_back() {
    let (_folder, store, _) = open(&["https://gone.example/feed"]);
    let whole = FeedSource {
        name: Some("A".to_owned()),
        tags: vec!["wire".to_owned(), "a, \"b\"".to_owned()],
        every: Some(Duration::from_millis(1500)),
        tier: Some(3),
        related_in_full: true,
        ..source("https://me:secret@a.example/feed?q=%20")
    };
    let sources = [whole, FeedSource { tags: Vec::new(), ..source("file:///b.xml") }];
    store.sync_feeds(&sources, |_| (start(), HOUR)).unwrap();
    let mut listed = store.listed().unwrap();
    listed.sort_by_key(|source| source.url.scheme() == "file");
    assert_eq!(listed, sources);
}

#[test]
fn a_host_pause_outlives_the_process_and_is_never_shortened() {
    let (folder, store, feeds) = open(&["https://a.example/feed"]);
    for hours in [3, 1] {
        let pause = HostPause { host: "a.example".to_owned(), until: later(start(), HOUR * hours), strikes: 0 };
        store
            .settle(vec![()], &Routes::default(), |(), _| {
                Ok(Changes { pause: Some(pause.clone()), ..changes(&feeds[0], Vec::new()) })
            })
            .unwrap();
    }
    drop(store);
    let store = Store::open(&folder.path().join("feedwatch.db")).unwrap();
    let pauses = store.host_pauses(start()).unwrap();
    assert_eq!(pauses, [HostPause { host: "a.example".to_owned(), until: later(start(), HOUR * 3), strikes: 0 }]);
    assert!(store.host_pauses(later(start(), HOUR * 4)).unwrap().is_empty());
}

#[test]
fn who_may_not_write_is_told_which_file_and_as_whom() {
    let (folder, store, _) = open(&["https://a.example/feed"]);
    drop(store);
    let path = folder.path().join("feedwatch.db");
    // As for a user who may only read; the modes of files mean nothing to root.
    let connection = rusqlite::Connection::open_with_flags(&path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let error: StoreError = connection.execute("delete from feed", []).unwrap_err().into();
    assert!(matches!(error, StoreError::ReadOnly(_)), "{error}");
    assert!(error.to_string().contains("sudo -u feedwatch"), "{error}");
    assert!(Store::open_beside(&path).is_ok());
}

#[test]
fn the_archive_is_read_from_the_newest_back_in_reads_that_may_end_early() {
    let (folder, store, _) = open(&["https://a.example/feed"]);
    let connection = rusqlite::Connection::open(folder.path().join("feedwatch.db")).unwrap();
    // Arrived a second apart; each third is gone. Each fifth has hits, also where the article is gone, as in a damaged database.
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    const ARTICLES: i64 = 12_000;
    connection
        .execute_batch(&format!(
            "with recursive n(n) as (select 1 union all select n + 1 from n where n < {ARTICLES}) \
             insert into article (id, feed, key, key_kind, title, summary, body, category, enclosure, first_seen_at, content_hash) \
             select n, (select id from feed), n, 'id', 'title ' || n, '', '', '[]', '[]', n * 1000000, n from n where n % 3 > 0; \
             with recursive n(n) as (select 5 union all select n + 5 from n where n < {ARTICLES}) \
             insert into hit select n, watch.value, 'r', 0, '[]', null, null from n, json_each('[\"a\", \"b\"]') as watch"
        ))
        .unwrap();
    let expected = |since: i64| -> Vec<i64> { (since.max(1)..=ARTICLES).rev().filter(|id| id % 3 > 0).collect() };
    for (since_s, break_every) in
        [(None, usize::MAX), (None, 7), (Some(11_000), 1), (Some(11_999), usize::MAX), (Some(20_000), 3)]
    {
        let since = since_s.map(|at| Timestamp::from_second(at).unwrap());
        let mut archive = store.archive(Extent { since, with_labels: true, with_hits: true }).unwrap();
        let mut read = Vec::new();
        let mut each = |archived: Archived<'_>| {
            let Archived { id, article, feed, first_seen_at, then, .. } = archived;
            assert_eq!((&article.title, first_seen_at.as_second()), (&format!("title {}", id.0), id.0));
            assert!(feed.is_some_and(|feed| feed.source.url.as_str() == "https://a.example/feed"));
            let watches: Vec<&str> = then.iter().map(|then| then.watch.as_str()).collect();
            assert_eq!(watches, if id.0 % 5 == 0 { vec!["b", "a"] } else { vec![] }, "article {}", id.0);
            read.push(id.0);
            if read.len().is_multiple_of(break_every) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let mut reads = 1;
        while archive.read(&mut each).unwrap() {
            reads += 1;
            // What comes or goes between two reads does not disturb them.
            if reads == 2 {
                let sql = "insert or replace into article select 99999, feed, 'new', key_kind, guid, url, title, summary, body, author, \
                     category, enclosure, lang, published_at, updated_at, 99999000000, edited_at, content_hash, link_hash, original_name, \
                     original_url from article where id = 1";
                connection.execute_batch(sql).unwrap();
            }
        }
        connection.execute_batch("delete from article where id = 99999").unwrap();
        assert_eq!(read, expected(since_s.unwrap_or(0)), "since {since_s:?}");
        assert!(reads > 1 || read.len() < 600, "{reads} reads of {}", read.len());
        assert_eq!((archive.articles(), archive.unreadable()), (read.len(), 0));
        assert_eq!(archive.back_to().map(Timestamp::as_second), read.last().copied());
    }
}
