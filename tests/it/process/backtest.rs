//! `backtest`: what a changed watch would have found is what a fresh start with it finds, and nothing is written.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::process::{Output, Stdio};

use rusqlite::Connection;
use rustix::process::Signal;
use serde_json::Value;

use super::exits::check;
use super::program::{Home, rss, signal, stop, until};
use crate::server::{Server, ok};

/// A house with feeds in files, each with the keys of its table.
fn home(feeds: &[(&str, &str, String)], watches: &str) -> Home {
    let home = Home::new(&[]);
    let settings = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    let tables: String =
        feeds.iter().map(|(name, keys, _)| format!("[[feed]]\nurl = \"file:{name}.xml\"\n{keys}\n")).collect();
    home.write("feedwatch.toml", &(settings.replace("[guard]", "[guard]\nfiles = true") + &tables));
    for (name, _, document) in feeds {
        home.write(&format!("{name}.xml"), document);
    }
    home.write("watches.toml", watches);
    home
}

fn poll(home: &Home) {
    let output = home.run(&["once", "--all"]);
    assert!(output.status.success(), "{output:?}");
}

/// Stories about a few matters in many combinations; every third one in a category, every fourth in French.
fn document(feed: &str, edited: bool) -> String {
    let deeds = ["closes", "opens", "mediates over", "denies news of", "ferme"];
    let things = ["its office", "the box office", "a ferry", "the embassy", "son bureau", "a football ground"];
    let mut items = String::new();
    for (n, (deed, thing)) in deeds.iter().flat_map(|deed| things.iter().map(move |thing| (deed, thing))).enumerate() {
        let category = if n % 3 == 0 { "<category>Sports</category>" } else { "" };
        let author = if n % 5 == 0 { "<author>a@b.example (Ada Berg)</author>" } else { "" };
        let later = if edited && n % 7 == 0 { ", the mediator says" } else { "" };
        items += &format!(
            "<item><guid>{feed}-{n}</guid><title>City {n} of {feed} {deed} {thing}{later}</title><link>https://{feed}.example/{n}</link>\
             {category}{author}<description>Said on day {n}. The envoy left.</description></item>"
        );
    }
    let language = if feed == "sud" { "fr" } else { "en" };
    format!(
        "<rss version=\"2.0\"><channel><title>The {feed} post</title><language>{language}</language>{items}</channel></rss>"
    )
}

/// The watches before and after, by name: each pair is a case of its own.
const CHANGED: &[(&str, &str, &str)] = &[
    ("a word more", "find = 'mediation'", "find = 'mediation OR ferry'"),
    ("a word less", "find = 'mediation OR ferry'", "find = 'ferry'"),
    ("other words", "find = 'ferry'", "find = 'embassy'"),
    ("nothing new", "find = 'office closure'", "find = 'office closure'"),
    ("what is ignored", "find = 'office closure'", "find = 'office closure'\nignore = ['\"box office\"']"),
    ("what is rejected", "find = 'close'", "find = 'close'\nreject = 'category: sports'"),
    ("only of a feed", "find = 'close'", "find = 'close AND feed: nord'"),
    ("of any feed again", "find = 'close AND feed: nord'", "find = 'close'"),
    ("only of a tag", "find = 'close'", "find = 'close AND tag: wire'"),
    ("only of a tier", "find = 'close'", "find = 'close AND tier: 1'"),
    ("only of a language", "find = 'close'", "find = 'close AND NOT lang: fr'"),
    ("only by an author", "find = 'close'", "find = 'close AND author: berg'"),
    ("in one more language", "find = 'close office'", "find = 'close office'\nalso.fr = 'fermer bureau'"),
    (
        "by points",
        "find = 'close'",
        "threshold = 3\nscore = [{ points = 2, find = 'close' }, { points = 1, find = 'embassy OR ferry' }]",
    ),
    ("with a list", "find = 'embassy'", "find = '{place}'"),
];

fn watches(which: fn(&(&'static str, &'static str, &'static str)) -> &'static str) -> String {
    let tables = CHANGED.iter().map(|case| format!("[[watch]]\nname = \"{}\"\n{}\n", case.0, which(case)));
    format!("[lists]\n\"place\" = 'embassy OR bureau'\n{}", tables.collect::<String>())
}

/// An article's address and key, and a watch.
type Found = BTreeSet<(String, String, String)>;

/// What the watches found as articles came, by the database.
fn found(home: &Home) -> Found {
    let connection = Connection::open(home.path("state/feedwatch.db")).unwrap();
    let mut read = connection
        .prepare("select article.url, article.title, watch from hit join article on article.id = hit.article")
        .unwrap();
    let rows = read.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The hits with one of these changes.
fn told(lines: &[Value], changes: &[&str]) -> Found {
    let text = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
    let hits = lines.iter().filter(|line| line["change"].as_str().is_some_and(|change| changes.contains(&change)));
    hits.map(|line| (text(line, "url"), text(line, "title"), text(line, "watch"))).collect()
}

#[test]
fn what_a_changed_watch_would_have_found_is_what_a_fresh_start_with_it_finds() {
    let feeds = |edited| {
        [
            ("nord", "tags = [\"wire\"]\ntier = 1", document("nord", edited)),
            ("sud", "name = \"South\"\ntier = 2", document("sud", edited)),
            ("west", "", document("west", edited)),
        ]
    };
    let (before, after) = (watches(|case| case.1), watches(|case| case.2));
    let archive = home(&feeds(false), &before);
    poll(&archive);
    for (name, _, edited) in feeds(true) {
        archive.write(&format!("{name}.xml"), &edited);
    }
    poll(&archive);
    archive.write("changed.toml", &after);
    let database = std::fs::read(archive.path("state/feedwatch.db")).unwrap();
    let output = archive.run(&["backtest", "--against", "changed.toml", "--all", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let compared = lines(&output);

    let fresh = home(&feeds(true), &after);
    poll(&fresh);
    assert_eq!(told(&compared, &["gained", "same"]), found(&fresh));
    assert_eq!(told(&compared, &["lost", "same"]), found(&archive));
    assert!(told(&compared, &["gained"]).is_disjoint(&found(&archive)));

    // One by one they say what they say together, and so does a query in the place of a `find`.
    for (name, _, new) in CHANGED {
        let of = |lines: &[Value], change: &str| -> Found {
            told(lines, &[change]).into_iter().filter(|(.., watch)| watch == name).collect()
        };
        let mut runs = vec![vec!["backtest", name, "--against", "changed.toml", "--all", "--json"]];
        if let Some(query) =
            new.strip_prefix("find = '").and_then(|rest| rest.strip_suffix('\'').filter(|query| !query.contains('\n')))
        {
            runs.push(vec!["backtest", name, "--query", query, "--all", "--json"]);
        }
        for arguments in runs {
            let alone = lines(&archive.run(&arguments));
            for change in ["gained", "lost", "same"] {
                assert_eq!(of(&alone, change), of(&compared, change), "{change} by {arguments:?}");
            }
        }
    }

    // Once the changed files are in force, what was found then is what is compared with.
    archive.write("watches.toml", &after);
    let beside_then = lines(&archive.run(&["backtest", "--all", "--json"]));
    for change in ["gained", "lost", "same"] {
        assert_eq!(told(&beside_then, &[change]), told(&compared, &[change]), "{change}");
    }
    assert_eq!(std::fs::read(archive.path("state/feedwatch.db")).unwrap(), database, "nothing was written");

    let summary = &compared.last().unwrap()["summary"];
    assert_eq!((&summary["articles"], &summary["complete"]), (&90.into(), &true.into()));
    let sum = |table: &str, kind: &str| -> u64 {
        summary[table].as_array().unwrap().iter().map(|row| row[kind].as_u64().unwrap()).sum()
    };
    for kind in ["gained", "lost", "same"] {
        let hits = told(&compared, &[kind]).len() as u64;
        assert!(hits > 0 && ["watches", "days", "feeds"].iter().all(|table| sum(table, kind) == hits), "{kind}");
        assert!(["clauses", "terms"].iter().all(|table| sum(table, kind) >= hits), "{kind}");
    }
}

#[test]
fn a_log_that_a_killed_daemon_left_is_read_and_stays_as_it_is() {
    let home = home(&[("nord", "", document("nord", false))], &watches(|case| case.1));
    poll(&home);
    let crashed = self::home(&[], &watches(|case| case.1));
    std::fs::create_dir(crashed.path("state")).unwrap();
    let connection = Connection::open(home.path("state/feedwatch.db")).unwrap();
    connection.execute("update article set title = 'A ferry' where id = 1", []).unwrap();
    for file in ["state/feedwatch.db", "state/feedwatch.db-wal"] {
        std::fs::copy(home.path(file), crashed.path(file)).unwrap();
    }
    let files =
        || ["state/feedwatch.db", "state/feedwatch.db-wal"].map(|file| std::fs::read(crashed.path(file)).unwrap());
    let before = files();
    assert!(!before[1].is_empty(), "there is a log");
    let output = crashed.run(&["backtest", "--query", "ferry", "--json"]);
    let titles = told(&lines(&output), &["gained"]);
    assert!(titles.iter().any(|(_, title, _)| title == "A ferry"), "{output:?}");
    assert!(files() == before, "nothing was written");
}

#[test]
fn mistakes_end_with_exit_2_and_a_caret_and_say_what_is_meant() {
    let home = home(
        &[("nord", "", document("nord", false))],
        "[[watch]]\nname = \"Office closure\"\nfind = 'office closure'\n",
    );
    home.write("broken.toml", "[[watch]]\nname = \"office closure\"\nfind = 'office NEAR ('\n");
    home.write("torn.toml", "[[watch]]\nname = \"office closure\nfind = 'office'\n");
    home.write("empty.toml", "# nothing yet\n");
    home.write("other.toml", "[[watch]]\nname = \"Ferries\"\nfind = 'ferry'\n");
    check(&home.run(&["backtest", "--query", "ferry"]), 74, &["there is none yet"]);
    poll(&home);
    for (arguments, code, says) in [
        (&["backtest", "offic closure"][..], 2, &["did you mean \"Office closure\"?"][..]),
        (&["backtest", "office CLOSURE"], 0, &["0 lost, 2 the same in 30 articles"]),
        (&["backtest", "office closure", "--query", "office NEAR ("], 2, &["--query:1:", "^"]),
        (&["backtest", "--query", ""], 2, &["--query"]),
        (&["backtest", "--against", "broken.toml"], 2, &["broken.toml:3:", "^"]),
        (&["backtest", "--against", "torn.toml"], 2, &["torn.toml:2:", "^"]),
        (&["backtest", "--against", "empty.toml"], 2, &["no watches in this file"]),
        (&["backtest", "--against", "nowhere.toml"], 2, &["nowhere.toml"]),
        (&["backtest", "office closure", "--against", "other.toml"], 2, &["of other.toml", "the watches are: Ferries"]),
        (&["backtest", "--against", "other.toml", "--query", "x"], 2, &["cannot be used with"]),
        (&["backtest", "--since", "last spring"], 2, &["write it like"]),
        (&["backtest", "--since", "1d", "--all"], 2, &["cannot be used with"]),
    ] {
        check(&home.run(arguments), code, says);
    }
    let settings = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    home.write("watches.toml", "[[watch]]\nname = \"x\"\nfind = 'office NEAR ('\n");
    check(&home.run(&["backtest"]), 2, &["watches.toml:3:", "^"]);
    home.write("feedwatch.toml", &(settings + "[pol]\n"));
    check(&home.run(&["backtest"]), 78, &["[pol]", "^"]);
}

#[test]
fn what_is_empty_deleted_or_damaged_is_passed_over() {
    let home = home(&[], "[[watch]]\nname = \"closure\"\nfind = 'close'\n");
    poll(&home);
    check(&home.run(&["backtest", "closure"]), 0, &["0 gained, 0 lost, 0 the same in 0 articles\n"]);
    check(&home.run(&["backtest", "--query", "ferry", "--json"]), 0, &["\"back_to\":null", "\"complete\":true"]);

    let settings = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    home.write("feedwatch.toml", &(settings + "[[feed]]\nurl = \"file:nord.xml\"\n"));
    home.write("nord.xml", &document("nord", false));
    poll(&home);
    check(&home.run(&["backtest", "closure"]), 0, &["0 gained, 0 lost, 6 the same in 30 articles"]);
    let change = |sql: &str| {
        let connection = Connection::open(home.path("state/feedwatch.db")).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        connection.execute_batch(sql).unwrap();
    };
    // The first two: as the sweep of `keep` deletes them, and with an old date.
    change("delete from hit where article = 1; delete from alert where article = 1; delete from article where id = 1");
    change("update article set first_seen_at = first_seen_at - 40 * 86400000000 where id = 2");
    check(&home.run(&["backtest", "closure"]), 0, &["0 gained, 0 lost, 4 the same in 28 articles"]);
    check(&home.run(&["backtest", "closure", "--all"]), 0, &["0 gained, 0 lost, 5 the same in 29 articles"]);
    change("update article set title = x'ff' where id = 3; update article set feed = 99 where id = 4");
    let output = home.run(&["backtest", "closure", "--all", "--same"]);
    check(&output, 0, &["4 the same in 28 articles", "1 article could not be read", "status --check", "4  feed 99"]);
}

#[test]
fn it_runs_beside_the_daemon_and_tells_hits_like_alerts() {
    let server = Server::start();
    server.on("/feed", ok(rss(0..3, "feed")));
    let home = Home::new(&[server.url("/feed")]);
    let child = home.start(&["run"]);
    until("it has polled", || home.alerts().len() == 3);
    let output = home.run(&["backtest", "mediation", "--query", "\"day 1\" OR arbitration"]);
    check(
        &output,
        0,
        &[
            "\"mediation\" with this query, compared with the current watch; articles of the last 30 days, newest first\n\
             counts hits, not alerts; ",
            "Mediation talks, day 0 of feed\n    1  feed — [[Mediation]] talks, day 0 of feed\n",
            "\n  gained    lost    same  by term\n       0       2       0  mediation\n       0       0       1  \"day 1\"\n",
            "  \"Mediation talks, day 0 of feed\",\n",
            "0 gained, 2 lost, 1 the same in 3 articles",
        ],
    );
    check(&home.run(&["backtest", "--query", "day", "--limit", "1"]), 0, &["and 2 more gained; --limit N shows more"]);
    assert_eq!(stop(child), Some(0));
}

#[test]
fn lost_hits_are_offered_as_tests_that_the_watch_passes_before_and_fails_after() {
    let items = [
        ("Envoy closes the office of 'Nord'", "It was empty."),
        ("News of the day", "First this.\nThe embassy closes its office on Monday, says \"Nord\"."),
    ];
    let items: String = items
        .iter()
        .map(|(title, text)| format!("<item><title>{title}</title><description>{text}</description></item>"))
        .collect();
    let document = format!("<rss version=\"2.0\"><channel><title>n</title>{items}</channel></rss>");
    let watch = |find: &str| format!("[[watch]]\nname = \"closure\"\nfind = '{find}'\n");
    let home = home(&[("nord", "", document)], &watch("office closure"));
    poll(&home);
    let output = home.run(&["backtest", "closure", "--query", "ferry closure"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let tests = &text[text.find("should_find = [").unwrap()..];
    let tests = &tests[..tests.find("]\n").unwrap() + 2];
    assert_eq!(tests.lines().count(), 4, "{tests}");
    home.write("watches.toml", &(watch("office closure") + tests));
    check(&home.run(&["check"]), 0, &["2 of 2 tests passed"]);
    home.write("watches.toml", &(watch("ferry closure") + tests));
    check(&home.run(&["check"]), 1, &["this should be found and is not"]);
    // And a back-test says before the change which tests of the watch would fail.
    home.write("changed.toml", &(watch("ferry closure") + tests));
    home.write("watches.toml", &(watch("office closure") + tests));
    check(
        &home.run(&["backtest", "closure", "--against", "changed.toml"]),
        0,
        &["changed.toml:5:", "this should be found"],
    );
    check(&home.run(&["backtest", "closure", "--query", "ferry"]), 0, &["watches.toml:5:", "this should be found"]);
}

/// More than a pipe holds, and more than `explain` once counted.
const MANY: i64 = 21_000;

#[test]
fn ctrl_c_keeps_what_is_known_and_long_archives_are_read_to_their_end() {
    let home = home(&[("nord", "", document("nord", false))], "[[watch]]\nname = \"ferries\"\nfind = 'ferry'\n");
    poll(&home);
    let connection = Connection::open(home.path("state/feedwatch.db")).unwrap();
    connection
        .execute(
            "with recursive n(n) as (select 1 union all select n + 1 from n where n < ?1) \
             insert into article (feed, key, key_kind, title, summary, body, category, enclosure, first_seen_at, content_hash) \
             select 1, 'many ' || n, 'id', 'The ferry is late again', '', '', '[]', '[]', (select max(first_seen_at) from article), n from n",
            [MANY],
        )
        .unwrap();
    drop(connection);
    let mut child = home
        .command(&["backtest", "--query", "ferry", "--json"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    // It cannot come to its end: nobody reads what it says.
    signal(&child, Signal::INT);
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let last: Value = serde_json::from_str(rest.lines().last().unwrap()).unwrap();
    let summary = &last["summary"];
    let gained = summary["gained"].as_i64().unwrap();
    assert_eq!((&summary["complete"], gained), (&false.into(), rest.lines().count() as i64), "{summary}");
    assert!(gained < MANY && summary["back_to"].is_string(), "{summary}");

    let explained = home.run(&["explain", "ferries"]);
    check(&explained, 0, &[&format!("in {} articles of the last 30 days\n  {} hits", MANY + 30, MANY + 5)]);
    check(&home.run(&["backtest", "ferries"]), 0, &[&format!("{MANY} gained, 0 lost, 5 the same")]);
}
