//! `articles --find`, `articles show`, `explain --hits`: reading what is stored.

use serde_json::Value;

use super::exits::check;
use super::program::Home;
use crate::server::{Server, ok};

/// A house with two feeds of six articles.
fn read() -> (Home, Server) {
    let server = Server::start();
    let home = Home::new(&[server.url("/wire"), server.url("/post")]);
    home.write(
        "watches.toml",
        "[lists]\nships = 'ferry OR barge'\n[[watch]]\nname = \"talks\"\nfind = \"talks\"\n[[watch]]\nname = \"ships\"\nfind = \"{ships}\"\n",
    );
    for (path, titles) in [
        ("/wire", ["Ferry talks fail", "Barge runs aground", "Rain"]),
        ("/post", ["A ferry for the islands", "Talks on sugar", "Sun & <b>wind</b> over 3 < 4 harbours"]),
    ] {
        let items: String = titles
            .iter()
            .map(|title| {
                let text = title.replace('&', "&amp;").replace('<', "&lt;");
                format!("<item><title>{text}</title><link>https://a.example/{}</link><description>Text.</description></item>", title.len())
            })
            .collect();
        server.on(path, ok(format!("<rss version=\"2.0\"><channel><title>{path}</title>{items}</channel></rss>")));
    }
    check(&home.run(&["once"]), 0, &[]);
    (home, server)
}

fn found(home: &Home, arguments: &[&str]) -> Vec<String> {
    let output = home.run(&[&["articles", "--json"], arguments].concat());
    assert!(output.status.success(), "{output:?}");
    let lines = String::from_utf8(output.stdout).unwrap();
    let title = |line: &str| serde_json::from_str::<Value>(line).unwrap()["title"].as_str().unwrap().to_owned();
    let mut titles: Vec<String> = lines.lines().map(title).collect();
    titles.sort();
    titles
}

#[test]
fn articles_are_found_by_a_query_a_watch_a_feed_and_a_time() {
    let (home, _server) = read();
    for (arguments, titles) in [
        (&["--find", "ferries"][..], &["A ferry for the islands", "Ferry talks fail"][..]),
        (&["--find", "{ships} AND NOT talks"], &["A ferry for the islands", "Barge runs aground"]),
        (&["--find", "ferry", "--feed", "wire"], &["Ferry talks fail"]),
        (&["--find", "ferry", "--watch", "Talks"], &["Ferry talks fail"]),
        (&["--find", "ferry", "--since", "1h"], &["A ferry for the islands", "Ferry talks fail"]),
        (&["--find", "ferry", "--until", "1h"], &[]),
        (&["--watch", "TALKS"], &["Ferry talks fail", "Talks on sugar"]),
        (&["--watch", "ships", "--feed", "post"], &["A ferry for the islands"]),
        (&["--until", "1h"], &[]),
    ] {
        assert_eq!(found(&home, arguments), titles, "{arguments:?}");
    }
    let shown = home.run(&["articles", "--find", "ferry OR barge", "--limit", "2"]);
    assert_eq!(String::from_utf8_lossy(&shown.stdout).matches("[[").count(), 2, "{shown:?}");
    check(&shown, 0, &["showing the newest 2, found in ", "--limit 20 shows more"]);
    check(&home.run(&["articles", "--find", "ferry"]), 0, &["[[Ferry]] talks fail", "2 found in 6 articles"]);
    check(&home.run(&["articles", "--find", "zebra"]), 0, &["nothing found in 6 articles"]);
    check(&home.run(&["articles", "--find", "ferry AND ("]), 2, &["--query", "^"]);
    // A half-written watch keeps nobody from searching.
    home.write("watches.toml", "[[watch]]\nname = \"talks\n");
    check(&home.run(&["articles", "--find", "ferry"]), 0, &["2 found in 6 articles", "the files have a mistake"]);
}

#[test]
fn what_is_found_can_be_tried_on_the_watches_as_they_are_now() {
    let (home, _server) = read();
    let lines = home.run(&["articles", "--json"]).stdout;
    home.write("stored.jsonl", &String::from_utf8(lines).unwrap());
    check(&home.run(&["test", "--items", "stored.jsonl"]), 0, &["precision 1.00, recall 1.00"]);
    home.write("watches.toml", "[[watch]]\nname = \"talks\"\nfind = \"talks OR wind\"\n[[watch]]\nname = \"ships\"\nfind = \"ferry OR barge\"\n");
    check(&home.run(&["test", "--items", "stored.jsonl"]), 1, &["(2 right, 1 false, 0 missed)"]);
}

#[test]
fn one_article_is_shown_in_full_by_number_and_by_address() {
    let (home, _server) = read();
    let list = home.run(&["articles", "--json", "--watch", "ships", "--feed", "wire"]).stdout;
    let first: Value = serde_json::from_slice(list.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
    let (id, url) = (first["id"].to_string(), first["url"].as_str().unwrap());
    let facts = ["article    ", "feed       /wire", "found by   ships: raised as ", "\nText.\n"];
    check(&home.run(&["articles", "show", &id]), 0, &facts);
    check(&home.run(&["articles", "show", url]), 0, &[&format!("url        {url}")]);
    let json: Value = serde_json::from_slice(&home.run(&["articles", "show", &id, "--json"]).stdout).unwrap();
    assert_eq!((&json["summary"], &json["hits"][0]["watch"]), (&"Text.".into(), &json["watches"][0]));
    check(&home.run(&["articles", "show", "4711"]), 69, &["no stored article has"]);
}

#[test]
fn the_hits_that_a_watch_is_explained_by_can_be_listed() {
    let (home, _server) = read();
    check(
        &home.run(&["explain", "ships", "--hits", "5"]),
        0,
        &["  3 hits\n", "the newest of them\n", "[[ferry]] for the islands"],
    );
    // Whichever feed was settled first, and whatever the clock said then.
    for order in ["id", "10 - id"] {
        let database = rusqlite::Connection::open(home.path("state/feedwatch.db")).unwrap();
        let hour_ago = format!("update article set first_seen_at = (unixepoch() - 3600 + {order}) * 1000000");
        database.execute_batch(&hour_ago).unwrap();
        check(&home.run(&["explain", "ships"]), 0, &["in 6 articles", "  3 hits\n"]);
    }
    let json: Value = serde_json::from_slice(&home.run(&["explain", "ships", "--hits", "2", "--json"]).stdout).unwrap();
    assert_eq!(json["hits"].as_array().unwrap().len(), 2);
}
