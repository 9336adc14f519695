//! One row that is not what feedwatch wrote, in whatever table: the watch goes on, starts again, and tells what comes.

use std::time::Duration;

use feedwatch::clock::span;
use feedwatch::daemon::{Order, Until};

use super::house::{House, answer, feed, item, rss};

const MINUTE: Duration = Duration::from_secs(60);
const HONEST: &str = "https://honest.example/feed";
const OTHER: &str = "https://other.example/feed";

/// Two feeds that bring an item each ten minutes; those of one edit theirs, too.
fn house() -> House {
    let house = House::for_days(
        &[HONEST, OTHER].map(|url| feed(url, "5m")).concat(),
        "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n",
    );
    let start = house.clock.now();
    for url in [HONEST, OTHER] {
        let page = move |request: &_, at| {
            let count = span(start, at).as_secs() / 600 + 1;
            let edit = if url == OTHER { span(start, at).as_secs() / 1_200 } else { 0 };
            let title = |n| format!("Mediation {n} of {} ({edit})", &url[8..13]);
            let items: Vec<_> = (0..count).map(|n| item(&n.to_string(), &title(n), start)).collect();
            answer(request, rss(url, &items))
        };
        house.web.serve(url, Box::new(page));
    }
    house
}

/// Damages the database, beside the running daemon or under one that stands, and lets it go on; what went wrong.
async fn check(damage: &str, beside: bool) -> Result<(), String> {
    let house = house();
    let do_damage = || {
        let connection = rusqlite::Connection::open(house.path("feedwatch.db")).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        connection.execute_batch(damage).unwrap_or_else(|error| panic!("{damage}: {error}"));
    };
    let honest = || house.logged().iter().filter(|alert| alert.feed.url == HONEST).count();
    let mut told = [0; 2];
    for (told, start) in told.iter_mut().zip([true, false]) {
        let (daemon, orders) = house.start(Until::Stopped);
        house.pass(12 * MINUTE).await;
        if start && beside {
            do_damage();
        }
        house.pass(25 * MINUTE).await;
        let _ = orders.send(Order::Stop).await;
        daemon.await.unwrap().map_err(|error| format!("{damage}, beside {beside}, first run {start}: {error}"))?;
        *told = honest();
        if start && !beside {
            let found = || {
                let mut found = Vec::new();
                house.store().check_content(house.clock.now(), |finding| found.push(finding)).unwrap();
                found
            };
            assert_eq!(found(), [], "before {damage}");
            do_damage();
            let found = found();
            if found.is_empty() || !found.iter().any(|finding| damage.contains(&finding.table)) {
                return Err(format!("{damage}: the check found {found:?}"));
            }
        }
    }
    let [before, after] = told;
    if before >= 3 && after >= before + 3 {
        return Ok(());
    }
    Err(format!(
        "{damage}, beside {beside}: {before} alerts of the honest feed, and {} after a new start",
        after - before
    ))
}

/// Damage of every table.
const DAMAGE: &[&str] = &[
    "update feed set learned = '{' where url like '%other%'",
    "update feed set learned = x'00'",
    "update feed set learned = '[1]'",
    "update feed set wait = 'nonsense' where url like '%other%'",
    "update feed set wait = '{\"why\":\"unheard of\"}'",
    "update feed set wait = x'00'",
    "update feed set tags = '{}'",
    "update feed set tags = x'ff'",
    "update feed set name = x'ff'",
    "update feed set failures = -1",
    "update feed set failures = 'many'",
    "update feed set interval_us = 'soon'",
    "update feed set interval_us = -5",
    "update feed set etag = 'text', last_modified = 7",
    "update feed set next_poll_at = 'soon' where url like '%other%'",
    "update feed set next_poll_at = x'00' where url like '%other%'",
    "update feed set adopted = 'no address' where url like '%other%'",
    "update feed set validator_url = '::'",
    "update feed set body_hash = 'x'",
    "update feed set url = 'no address' where url like '%other%'",
    "update feed set url = x'00' where url like '%other%'",
    "update feed set error = x'00', title = x'ff', host = x'00'",
    "update feed set polled_at = 'x', succeeded_at = 'y', every_us = 'z'",
    "update feed set polled_at = 9223372036854775807",
    "insert into host (name, paused_until, strikes, feeds) values ('other.example', 'x', -1, 'many')",
    "insert into host (name, paused_until, strikes, feeds) values (x'00', 9e18, 'x', -7)",
    "insert into gate values ('other.example', 'x'), (x'00', 9e18)",
    "update article set content_hash = 'x'",
    "update article set first_seen_at = 'x'",
    "update article set key = x'00' where id = 1",
    "update article set link_hash = 'x', title = x'00'",
    "update hit set watch = x'00'",
    "update hit set why = '['",
    "update alert set record = '{'",
    "update alert set record = x'00'; update delivery set delivered_at = null",
    "update alert set outcome = 'unheard of'",
    "update alert set feed = null",
    "update alert set article = null",
    "update alert set watch = x'00', kind = x'00'",
    "update alert set story = x'00', held_by = x'00'",
    "update alert set raised_at = 'x'",
    "update alert set id = x'00' where seq = 1",
    "insert into delivery values ('log', 99999, null), ('journal', 99999, null), (x'00', 99998, null)",
    "update delivery set delivered_at = 'x'",
    "insert into dead_letter values (x'00', 99999, 'x', x'00')",
    "insert into sink_trouble values ('log', 'x', 'x', 'x', x'00')",
    "update log_cursor set device = 'x', inode = 'y', offset = 'z'",
    "insert into digest values (x'00', 0), ('unheard of', 'x')",
    "insert into silence (scope, target, why, since, until) values ('galaxy', 'x', 'x', 0, 9e15)",
    "insert into silence (scope, target, why, since, until) values ('watch', x'00', x'00', 'x', 1)",
    "insert into ack values (x'00', 'x', 'unheard of', x'00', x'00')",
    "update story set id = x'00' where number = 1",
    "update story set until_at = 'x'",
    "update story set until_at = 0; update piece set words = 'text'",
    "update piece set signature = 'text'",
    "update piece set words = x'010203'",
    "update piece set at = 'x', feed = 'y'",
    "update story_word set story = 'x' where word = (select min(word) from story_word)",
    "update word set stories = -5",
    "update word set stories = 'x'",
    "update run set status = '{', pid = -1, version = x'00'",
    "update run set started_at = 'x', heartbeat_at = 'y', stopped_at = 'z'",
    "update matter set value = 'x'",
    "insert or replace into matter values ('restored_at', 'x'), ('swept_at', 'y'), ('tidied_at', x'00')",
    "insert into told_before values (x'00')",
    "insert into tombstone values ('x', 'y')",
    "insert into alias values (1, x'00', 1)",
    "insert into revision values (1, 'x', 'y', x'00', x'00', x'00')",
    "insert into kept_body values (1, 'x', '{', 'text')",
];

/// Every `of`th damage from the `nth` on, so that the tests share the work.
async fn check_all(nth: usize, of: usize) {
    let mut failed = Vec::new();
    for (n, damage) in DAMAGE.iter().enumerate().skip(nth).step_by(of) {
        for beside in [n % 2 == 0, n % 2 == 1] {
            failed.extend(check(damage, beside).await.err());
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_damaged_row_of_any_table_stops_neither_the_watch_nor_its_start_1() {
    check_all(0, 4).await;
}

#[tokio::test(start_paused = true)]
async fn a_damaged_row_of_any_table_stops_neither_the_watch_nor_its_start_2() {
    check_all(1, 4).await;
}

#[tokio::test(start_paused = true)]
async fn a_damaged_row_of_any_table_stops_neither_the_watch_nor_its_start_3() {
    check_all(2, 4).await;
}

#[tokio::test(start_paused = true)]
async fn a_damaged_row_of_any_table_stops_neither_the_watch_nor_its_start_4() {
    check_all(3, 4).await;
}
