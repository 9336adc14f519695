//! Backup and restore with the real program: nothing lost, nothing told twice, nothing written over.

use std::collections::BTreeMap;

use super::exits::check;
use super::program::{Home, rss, stop, until};
use crate::server::{Server, ok};

/// What the feed shows: more than is published in the whole test.
const SHOWN: usize = 90;

fn publish(server: &Server, count: usize) {
    server.on("/feed", ok(rss(0..count, "feed")).etag(format!("\"{count}\"")));
}

fn keys(home: &Home) -> Vec<String> {
    home.alerts().into_iter().map(|alert| alert.article.key).collect()
}

fn each_once(keys: &[String]) {
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    keys.iter().for_each(|key| *told.entry(key).or_default() += 1);
    let doubled: Vec<_> = told.into_iter().filter(|(_, count)| *count > 1).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
}

#[test]
fn a_restored_database_carries_on_without_a_repeated_or_a_lost_alert() {
    let server = Server::start();
    publish(&server, 1);
    let urls = [server.url("/feed")];
    let old = Home::new(&urls);
    let mut daemon = old.start(&["run"]);
    for count in 2..30 {
        publish(&server, count);
        until("it is told", || old.alerts().len() >= count / 2);
    }
    let made = old.run(&["backup", "made.db", "--json"]);
    check(&made, 0, &["\"owed\":0"]);
    let holds: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let in_backup = holds["alerts"].as_u64().unwrap() as usize;
    assert!(in_backup >= 14, "{holds}");
    publish(&server, 50);
    until("what came after the backup is told", || old.alerts().len() == 50);
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    let told = keys(&old);
    let log = std::fs::read_to_string(old.path("state/alerts.jsonl")).unwrap();
    publish(&server, SHOWN);

    // With the log of the old machine, as it was last; with one that is older than the backup; and with none.
    let lines = |count: usize| log.split_inclusive('\n').take(count).collect::<String>();
    for (has, log) in [(50, Some(lines(50))), (3, Some(lines(3))), (0, None)] {
        let new = Home::new(&urls);
        std::fs::create_dir(new.path("state")).unwrap();
        if let Some(log) = &log {
            new.write("state/alerts.jsonl", log);
        }
        std::fs::copy(old.path("made.db"), new.path("made.db")).unwrap();
        let restored = new.run(&["restore", "made.db"]);
        check(&restored, 0, &["is restored from made.db", &format!("{in_backup} alerts")]);
        let known = &told[..in_backup.max(has)];
        let daemon = new.start(&["run"]);
        let wanted = has + SHOWN - known.len();
        until("the rest is told", || new.alerts().len() >= wanted);
        assert_eq!(stop(daemon), Some(0), "{}", new.log());
        let now = keys(&new);
        each_once(&now);
        let news = &now[has..];
        assert_eq!(news.len(), SHOWN - known.len());
        assert!(news.iter().all(|key| !known.contains(key)), "told before: {news:?}");
    }
}

#[test]
fn what_was_in_the_log_already_goes_to_no_hook_either() {
    let server = Server::start();
    publish(&server, 2);
    server.on("/hook", ok(""));
    let home = Home::new(&[server.url("/feed")]);
    let settings = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    home.write("feedwatch.toml", &format!("{settings}[sink.desk]\nwebhook = \"{}\"\n", server.url("/hook")));
    check(&home.run(&["once", "--all"]), 0, &["2 alerts"]);
    let version = std::fs::read_dir("src/store/schema").unwrap().count();
    check(&home.run(&["backup", "made.db"]), 0, &["2 alerts", &format!("schema version {version}")]);
    publish(&server, 4);
    check(&home.run(&["once", "--all"]), 0, &["2 alerts"]);
    check(&home.run(&["restore", "made.db", "--force"]), 0, &["the previous database is now", "are not sent again"]);
    publish(&server, 5);
    check(&home.run(&["once", "--all"]), 0, &[]);
    assert_eq!(server.asked().iter().filter(|asked| asked.path == "/hook").count(), 5);
    assert_eq!(keys(&home).len(), 5);
}

#[test]
fn nothing_is_written_over_and_only_a_whole_backup_is_restored() {
    let server = Server::start();
    publish(&server, 1);
    let home = Home::new(&[server.url("/feed")]);
    check(&home.run(&["backup", "made.db"]), 74, &["there is none yet"]);
    let daemon = home.start(&["run"]);
    until("the alert is told", || home.alerts().len() == 1);
    check(&home.run(&["backup", "made.db"]), 0, &["1 feed, 1 article, 1 alert"]);
    check(&home.run(&["backup", "made.db"]), 1, &["made.db exists already"]);
    check(&home.run(&["restore", "made.db", "--force"]), 75, &["in use by another feedwatch"]);
    assert_eq!(stop(daemon), Some(0));
    check(&home.run(&["restore", "made.db"]), 1, &["there is already a database", "--force"]);
    check(
        &home.run(&["restore", "nothing.db", "--force"]),
        74,
        &["nothing.db cannot be restored: there is no such file"],
    );
    check(&home.run(&["restore", "watches.toml", "--force"]), 74, &["it is no SQLite database"]);

    let whole = std::fs::read(home.path("made.db")).unwrap();
    std::fs::write(home.path("half.db"), &whole[..whole.len() / 2]).unwrap();
    let half = home.run(&["restore", "half.db", "--force"]);
    assert_eq!(half.status.code(), Some(74), "{half:?}");
    let connection = rusqlite::Connection::open(home.path("newer.db")).unwrap();
    connection.execute_batch("create table article (id integer); pragma user_version = 99").unwrap();
    check(&home.run(&["restore", "newer.db", "--force"]), 74, &["run the newer feedwatch"]);
    connection.execute_batch("drop table article").unwrap();
    check(&home.run(&["restore", "newer.db", "--force"]), 74, &["it is no database of feedwatch"]);
    check(&home.run(&["feeds"]), 0, &["ok"]);
    let names = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let left: Vec<String> = std::fs::read_dir(home.path("state")).unwrap().map(names).collect();
    assert!(left.iter().all(|name| !name.contains("restoring") && !name.contains("replaced")), "left about: {left:?}");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(home.path("made.db")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "a backup is its owner's alone");
}

#[test]
fn a_database_of_a_later_version_ends_the_start_and_says_so() {
    let home = Home::new(&[]);
    check(&home.run(&["once"]), 0, &[]);
    rusqlite::Connection::open(home.path("state/feedwatch.db"))
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    for command in ["run", "once", "alerts"] {
        check(&home.run(&[command]), 74, &["schema version 99", "run the newer feedwatch, or restore the copy"]);
    }
}
