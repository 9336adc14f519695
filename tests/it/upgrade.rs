//! A database of the first schema: upgraded with a copy, and then taken care of by what the files say.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::time::{Duration, Instant};

use feedwatch::clock::{Timestamp, earlier, later};
use feedwatch::model::{Alert, AlertFilter, Keep, Kind, Level, NewsKind};
use feedwatch::poll::{counted, timeline};
use feedwatch::store::{ArticleFilter, Opening, Store, StoreError};
use rusqlite::{Connection, named_params};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Rows in the suite; FEEDWATCH_UPGRADE_ARTICLES asks for more.
const ARTICLES: i64 = 2_000;

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn articles() -> i64 {
    std::env::var("FEEDWATCH_UPGRADE_ARTICLES").ok().map_or(ARTICLES, |count| count.parse().unwrap())
}

/// Makes a database as the first version left it.
pub(crate) fn make_001(path: &Path, articles: i64) {
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "auto_vacuum", "incremental").unwrap();
    connection.pragma_update(None, "journal_mode", "wal").unwrap();
    connection.execute_batch(include_str!("../../src/store/schema/001-start.sql")).unwrap();
    let about =
        Alert::about(Kind::Alert, Level::Notice, String::new(), now(), "mediation: something".to_owned(), "run 1");
    let record = serde_json::to_string(&about).unwrap();
    for statement in include_str!("upgrade.sql").split(";\n").filter(|statement| !statement.trim().is_empty()) {
        let mut insert = connection.prepare(statement).unwrap();
        let all = named_params! { ":now": now().as_microsecond(), ":articles": articles, ":record": record };
        for (name, value) in all {
            if let Some(at) = insert.parameter_index(name).unwrap() {
                insert.raw_bind_parameter(at, *value).unwrap();
            }
        }
        insert.raw_execute().unwrap();
    }
    connection.pragma_update(None, "user_version", 1).unwrap();
}

fn count(path: &Path, what: &str) -> i64 {
    let connection = Connection::open(path).unwrap();
    connection.query_row(&format!("select count(*) from {what}"), [], |row| row.get(0)).unwrap()
}

fn sweep_all(store: &Store, keep: Keep) -> usize {
    let mut articles = 0;
    loop {
        let swept = store.sweep(keep, now()).unwrap();
        articles += swept.articles;
        if !swept.more {
            return articles;
        }
    }
}

fn tidy_all(store: &Store, keep: Keep) {
    while !store.tidy(keep, now()).unwrap() {}
}

#[test]
fn an_upgrade_leaves_a_copy_loses_nothing_and_deletes_only_what_is_written() {
    let folder = crate::fresh::folder();
    let path = folder.path().join("feedwatch.db");
    let articles = articles();
    make_001(&path, articles);
    let size = std::fs::metadata(&path).unwrap().len();
    let mut told = Vec::new();
    let begun = Instant::now();
    let store = Store::open_telling(&path, &mut |opening| told.push(opening)).unwrap();
    let upgrade_took = begun.elapsed();
    let copy = folder.path().join("feedwatch.db.v1");
    assert!(matches!(&told[0], Opening::Copying { copy: to, .. } if *to == copy), "{told:?}");
    assert!(matches!(told[1], Opening::Upgraded { from: 1, .. }), "{told:?}");
    assert_eq!((count(&copy, "article"), count(&copy, "alert")), (articles, articles / 10 + 800));
    assert_eq!(count(&path, "article"), articles);

    // What was never written deletes nothing, though the default is a year now.
    let keep = store.settle_keep(None).unwrap();
    assert_eq!((keep.so_far, keep.now), (Some(Keep::Forever), Keep::Forever));
    assert_eq!(sweep_all(&store, keep.now), 0);

    let year = Keep::For(DAY * 365);
    let keep = store.settle_keep(Some(year)).unwrap();
    assert_eq!((keep.so_far, keep.now), (Some(Keep::Forever), year));
    let begun = Instant::now();
    let swept = sweep_all(&store, keep.now) as i64;
    let sweep_took = begun.elapsed();
    tidy_all(&store, keep.now);

    let old = articles * 435 / 800;
    let raised_old = old / 20;
    assert!((swept - (old - raised_old)).abs() <= 2, "{swept} of {old} old ones, {raised_old} of them raised");
    let since = earlier(now(), DAY * 365).as_microsecond();
    let too_old = format!("article where first_seen_at < {since}");
    assert_eq!(count(&path, &format!("{too_old} and id % 20 <> 0")), 0);
    assert_eq!(count(&path, &too_old), count(&copy, &too_old) - swept);
    assert_eq!(count(&path, &format!("alert where raised_at < {since} and outcome = 'joined'")), 0);
    assert_eq!(count(&path, "alert where outcome = 'raised' and kind = 'alert'"), articles / 20, "alerts stay");
    assert_eq!(count(&path, "alert where kind = 'heartbeat'"), 31, "heartbeats of a month");
    assert_eq!(count(&path, &format!("delivery where delivered_at < {since}")), 0);
    assert_eq!(
        count(&path, "tombstone"),
        swept + count(&copy, &format!("alias where article in (select id from {too_old} and id % 20 <> 0)"))
    );
    for (child, parent) in [("hit", "article"), ("revision", "article"), ("alias", "article")] {
        assert_eq!(count(&path, &format!("{child} where article not in (select id from {parent})")), 0, "{child}");
    }
    let connection = Connection::open(&path).unwrap();
    let broken: i64 =
        connection.query_row("select count(*) from pragma_foreign_key_check", [], |row| row.get(0)).unwrap();
    assert_eq!(broken, 0);

    // Space goes back to the disk by itself, a little at a time.
    let pages = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    let (before, free) = (pages("page_count"), pages("freelist_count"));
    for _ in 0..100 {
        store.give_back_space().unwrap();
    }
    assert!(
        pages("freelist_count") <= (pages("page_count") / 8).max(1024),
        "{} of {}",
        pages("freelist_count"),
        pages("page_count")
    );
    println!(
        "{articles} articles, {size} bytes: upgrade {upgrade_took:?}; {swept} articles swept in {sweep_took:?}; \
         {before} pages of which {free} free, then {} of which {}",
        pages("page_count"),
        pages("freelist_count")
    );
    assert_eq!(
        store.articles(&ArticleFilter { limit: 1_000_000, ..Default::default() }).unwrap().len() as i64,
        articles - swept
    );
    assert_eq!(store.alerts(&AlertFilter::default()).unwrap().len() as i64, articles / 20);
}

#[test]
fn what_was_judged_noise_before_an_upgrade_holds_nothing_after_it() {
    let folder = crate::fresh::folder();
    let path = folder.path().join("feedwatch.db");
    make_001(&path, 400);
    let connection = Connection::open(&path).unwrap();
    let sql =
        "insert into ack select id, 1, iif(seq % 2, 'noise', 'useful'), null from alert where kind = 'alert' limit 10";
    assert_eq!(connection.execute(sql, []).unwrap(), 10);
    drop(connection);
    drop(Store::open(&path).unwrap());
    let noise = "alert where id in (select alert from ack where verdict = 'noise')";
    assert!(count(&path, noise) > 0);
    assert_eq!(count(&path, "alert where void = 'judged noise'"), count(&path, noise));
    assert_eq!(count(&path, "alert where void is not null"), count(&path, noise));
    assert_eq!(count(&path, "feed where holds_others <> 1"), 0);
    assert_eq!(count(&path, "feed where related_in_full <> 0"), 0, "a line under the alert, as ever");
    assert_eq!(count(&path, "reopened"), 0, "nothing old is told anew by an upgrade");
}

#[test]
fn what_was_told_before_publishers_were_known_counts_for_nobody() {
    let folder = crate::fresh::folder();
    let path = folder.path().join("feedwatch.db");
    make_001(&path, 400);
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "insert into story values (1, 'story 20', 9000000000000000); \
             insert into piece select id, 1, feed, first_seen_at, x'', x'' from article where id in (20, 40, 60); \
             update alert set story = 'story 20' where article in (20, 40, 60);",
        )
        .unwrap();
    drop(connection);
    let store = Store::open(&path).unwrap();
    let now = store.story_now("story 20", "mediation").unwrap();
    let story = counted("story 20", &now.outlets, now.articles);
    assert_eq!(story.size(), "3 feeds, no known publisher, no known origin");
    assert_eq!(count(&path, "article where original_name is not null or original_url is not null"), 0);
}

#[test]
fn a_story_of_a_database_that_knew_no_news_reads_as_far_as_it_is_there() {
    let folder = crate::fresh::folder();
    let path = folder.path().join("feedwatch.db");
    make_001(&path, 400);
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("update alert set story = 'story 20' where article in (20, 40, 60);").unwrap();
    drop(connection);
    let store = Store::open(&path).unwrap();
    let whole = store.story_articles("story 20").unwrap();
    assert_eq!((whole.len(), whole.iter().filter(|article| article.title.is_empty()).count()), (3, 0));
    assert!(whole.iter().all(|article| article.outlet.origin.is_none() && article.quoted.is_empty()));
    // No row says whose they are, and the same words bring nothing.
    assert!(timeline(&whole).iter().flatten().all(|news| news.kind != NewsKind::OwnReport));
    assert_eq!(store.stories_beginning("story 20").unwrap()[0], "story 20");
    drop(store);
    // An article that is not there any more leaves what its record says.
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    connection
        .execute_batch(
            "delete from article where id = 40; update alert set record = json_set(record, '$.snippet', 'A [[bomb]] killed 15.', \
             '$.article', json('{\"id\":40,\"key\":\"k\",\"title\":\"Bomb in Osorno\",\"url\":\"https://a.example/1\",\"published\":null,\
             \"first_seen\":\"2026-11-24T11:00:00Z\",\"lang\":null}')) where article = 40;",
        )
        .unwrap();
    drop(connection);
    let whole = Store::open(&path).unwrap().story_articles("story 20").unwrap();
    let gone = whole.iter().find(|article| article.title == "Bomb in Osorno").unwrap();
    assert_eq!((gone.summary.as_str(), gone.url.as_deref()), ("A bomb killed 15.", Some("https://a.example/1")));
    let news: Vec<String> = timeline(&whole).into_iter().flatten().map(|news| news.quote).collect();
    assert!(news.contains(&"A bomb killed 15.".to_owned()), "{news:?}");
}

#[test]
fn a_database_of_a_later_feedwatch_is_refused_untouched() {
    let folder = crate::fresh::folder();
    let path = folder.path().join("feedwatch.db");
    drop(Store::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let before = std::fs::read(&path).unwrap();
    for error in [Store::open(&path).unwrap_err(), Store::open_to_read(&path).unwrap_err()] {
        let text = error.to_string();
        assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{text}");
        assert!(text.contains("run the newer feedwatch, or restore the copy"), "{text}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn after_an_unclean_stop_the_database_is_checked_and_damage_is_refused() {
    let folder = crate::fresh::folder();
    let path = folder.path().join("feedwatch.db");
    make_001(&path, 2_000);
    let store = Store::open(&path).unwrap();
    store.run_started("run 2", now()).unwrap();
    drop(store);
    let mut told = Vec::new();
    let store = Store::open_telling(&path, &mut |opening| told.push(opening)).unwrap();
    assert!(matches!(told.as_slice(), [Opening::Checking { .. }, Opening::Whole]), "{told:?}");
    store.run_stopped("run 2", &Default::default(), now()).unwrap();
    drop(store);
    told.clear();
    drop(Store::open_telling(&path, &mut |opening| told.push(opening)).unwrap());
    assert_eq!(told, [], "after a clean stop nothing is checked");

    // A page of the article table's tree is overwritten, and the next run is killed.
    Store::open(&path).unwrap().run_started("run 3", later(now(), DAY)).unwrap();
    let root: i64 = Connection::open(&path)
        .unwrap()
        .query_row("select pageno from dbstat where name = 'article' and pagetype = 'leaf' limit 1", [], |row| {
            row.get(0)
        })
        .unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[(root as usize - 1) * 4096..][..64].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::NotWhole { .. } | StoreError::Damaged(_)), "{error:?}");
    assert!(error.to_string().contains("restore a backup"), "{error}");
}
