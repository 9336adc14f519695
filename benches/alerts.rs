//! A million hits in the store: what the reading commands ask, beside a bare SQLite query in the same run.
//!
//! `cargo bench --bench alerts`; FEEDWATCH_HITS asks for another number of hits.

use std::path::Path;
use std::time::{Duration, Instant};

use feedwatch::clock::{Timestamp, earlier, later};
use feedwatch::model::{AlertFilter, Level};
use feedwatch::store::Store;
use rusqlite::Connection;

const HITS: u64 = 1_000_000;
const WATCHES: u64 = 50;
const FEEDS: u64 = 1_000;
/// Of so many hits one is told; the others joined or were held.
const TOLD_EVERY: u64 = 5;
/// Hits are spread over so long.
const SPREAD: Duration = Duration::from_secs(90 * 24 * 3600);
/// What every query must stay below.
const LIMIT: Duration = Duration::from_millis(100);
const RUNS: usize = 9;

fn main() {
    let hits = std::env::var("FEEDWATCH_HITS").ok().and_then(|hits| hits.parse().ok()).unwrap_or(HITS);
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("feedwatch.db");
    let now = Timestamp::now();
    drop(Store::open(&path).expect("the store opens"));
    let began = Instant::now();
    fill(&path, hits, now);
    let size = std::fs::metadata(&path).map_or(0, |metadata| metadata.len()) / 1_000_000;
    println!("{hits} hits written in {:.1} s, {size} MB", began.elapsed().as_secs_f64());

    let store = Store::open_to_read(&path).expect("the store opens");
    let bare = Connection::open(&path).expect("SQLite opens it");
    let floor = measured("bare SQLite: one record by its id", || {
        let found: String = bare
            .query_row("select record from alert where id = ?1", [id(hits / 2)], |row| row.get(0))
            .expect("it is there");
        found.len()
    });
    let all = |filter: &AlertFilter| store.alerts(filter).expect("alerts can be read").len();
    let hour =
        || AlertFilter { since: Some(earlier(now, Duration::from_secs(3600))), limit: Some(101), ..Default::default() };
    let newest = || AlertFilter { limit: Some(101), ..Default::default() };
    let results = [
        measured("alerts --since 1h", || all(&hour())),
        measured("alerts (the newest 100)", || all(&newest())),
        measured("alerts --held --since 1h", || all(&AlertFilter { held: true, ..hour() })),
        measured("alerts --watch NAME", || all(&AlertFilter { watch: Some("WATCH 5".to_owned()), ..newest() })),
        measured("alerts --feed TEXT --since 1h", || all(&AlertFilter { feed: Some("feed 77".to_owned()), ..hour() })),
        measured("alerts --feed NOBODY", || all(&AlertFilter { feed: Some("nobody".to_owned()), ..newest() })),
        measured("alerts --held --feed TEXT", || {
            all(&AlertFilter { held: true, feed: Some("feed 77".to_owned()), ..newest() })
        }),
        measured("alerts --level high", || all(&AlertFilter { level: Some(Level::High), ..newest() })),
        measured("alerts --watch NAME --level high", || {
            all(&AlertFilter { watch: Some("WATCH 5".to_owned()), level: Some(Level::High), ..newest() })
        }),
        measured("alerts --operations", || all(&AlertFilter { operations: true, ..newest() })),
        measured("alerts --follow, looking for more", || {
            all(&AlertFilter { after_seq: Some(hits as i64 - 10), ..Default::default() })
        }),
        measured("alerts show ID", || {
            store.alert_details(&id(hits / 2)).expect("it is there").map_or(0, |found| found.siblings.len())
        }),
        measured("status: latencies of a day", || {
            store.latencies(earlier(now, Duration::from_secs(24 * 3600))).expect("they can be read").alerts as usize
        }),
        measured("status: outbox, sinks, failing feeds", || {
            store.sink_states().expect("they can be read").len() + store.failing_feeds().expect("they can be counted")
        }),
        measured("heartbeat: counts of an hour", || {
            let (articles, raised, held) =
                store.counts_since(earlier(now, Duration::from_secs(3600))).expect("they can be counted");
            (articles + raised + held) as usize
        }),
    ];
    // What passes no filter is looked for to the end; what reads all hits of its days, nobody asks for every minute.
    measured("alerts --held --feed NOBODY", || {
        all(&AlertFilter { held: true, feed: Some("nobody".to_owned()), ..newest() })
    });
    measured("alerts --held --level high", || all(&AlertFilter { held: true, level: Some(Level::High), ..newest() }));
    measured("alerts stats --days 14", || {
        store.day_counts(earlier(now, Duration::from_secs(14 * 24 * 3600)), 0).expect("they can be counted").len()
    });
    let worst = results.into_iter().max().unwrap_or_default();
    println!(
        "the slowest took {:.2} ms, {:.0} times the bare query",
        millis(worst),
        worst.as_secs_f64() / floor.as_secs_f64()
    );
    assert!(worst < LIMIT, "a person would notice");
}

/// The median of some runs.
fn measured(what: &str, mut run: impl FnMut() -> usize) -> Duration {
    let mut found = 0;
    let mut took: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let began = Instant::now();
            found = run();
            began.elapsed()
        })
        .collect();
    took.sort_unstable();
    println!("{what:<40} {:>9.3} ms   {found} rows", millis(took[RUNS / 2]));
    took[RUNS / 2]
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}

fn id(number: u64) -> String {
    feedwatch::hash::hex128(&[&number.to_le_bytes()])
}

/// Rows as the daemon writes them, without its decisions: those are another bench's.
fn fill(path: &Path, hits: u64, now: Timestamp) {
    let mut connection = Connection::open(path).expect("SQLite opens it");
    connection.pragma_update(None, "synchronous", "off").expect("it is only a bench");
    let transaction = connection.transaction().expect("nobody else writes");
    {
        let mut feed = transaction
            .prepare(
                "insert into feed (url, host, listed, tags, title, next_poll_at, interval_us) values (?1, ?1, 1, '[]', ?2, 0, 0)",
            )
            .expect("the schema is ours");
        for n in 0..FEEDS {
            feed.execute((format!("https://f{n}.example/feed"), format!("Feed {n}"))).expect("a feed is stored");
        }
        let mut article = transaction
            .prepare(
                "insert into article (feed, key, key_kind, title, summary, body, author, category, enclosure, first_seen_at, content_hash) \
                 values (?1, ?2, 'id', ?3, '', 'Mediators met again today.', null, '[]', '[]', ?4, ?5)",
            )
            .expect("the schema is ours");
        let mut alert = transaction
            .prepare(
                "insert into alert (id, kind, level, outcome, reason, raised_at, watch, story, feed, article, record, seen_ms, published_ms) \
                 values (?1, 'alert', 10, ?2, '', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )
            .expect("the schema is ours");
        let mut delivery = transaction.prepare("insert into delivery values (?1, ?2, ?3)").expect("the schema is ours");
        let start = earlier(now, SPREAD);
        for n in 0..hits {
            let at = later(start, SPREAD.mul_f64(n as f64 / hits as f64));
            let (watch, story, feed) = (format!("watch {}", n % WATCHES), id(n / TOLD_EVERY), n % FEEDS);
            let title = format!("Mediation talks, report {n} of the day");
            article
                .execute((feed as i64 + 1, n.to_string(), &title, at.as_microsecond(), n as i64))
                .expect("an article is stored");
            let told = n % TOLD_EVERY == 0;
            let record = serde_json::json!({
                "v": 1, "id": id(n), "time": format!("{at:.6}"), "kind": "alert", "level": "notice", "level_number": 10,
                "message": format!("{watch}: {title}"), "watch": {"name": watch, "revision": "r"},
                "why": [{"field": "title", "start": 0, "end": 9, "text": "Mediation", "term": "mediation", "clause": "mediation", "points": null}],
                "snippet": format!("[[Mediation]] talks, report {n} of the day"), "score": null,
                "article": {"id": n + 1, "key": n.to_string(), "title": title, "url": format!("https://f{feed}.example/{n}"),
                            "published": at, "first_seen": at, "lang": "en"},
                "feed": {"url": format!("https://f{feed}.example/feed"), "title": format!("Feed {feed}"), "tags": []},
                "story": {"id": story, "feeds": 1, "articles": 1}, "latency_ms": {"published": 60_000, "seen": 12}, "run": "r",
            });
            let outcome = if told { "raised" } else { "joined" };
            alert
                .execute((
                    id(n),
                    outcome,
                    at.as_microsecond(),
                    &watch,
                    &story,
                    feed as i64 + 1,
                    n as i64 + 1,
                    record.to_string(),
                    (n % 900) as i64,
                    60_000 + (n % 9_000) as i64,
                ))
                .expect("an alert is stored");
            for sink in ["log", "journal", "desk"].iter().filter(|_| told) {
                delivery.execute((sink, n as i64 + 1, at.as_microsecond())).expect("a delivery is stored");
            }
        }
    }
    transaction.commit().expect("the disk has room");
}
