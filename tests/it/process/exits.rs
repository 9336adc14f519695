//! How commands end: exit code and message for each thing that can be wrong.

use std::process::Output;

use super::program::{Home, rss, stop, until};
use crate::server::{Server, ok, status};

pub(super) fn check(output: &Output, code: i32, says: &[&str]) {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{text}");
    for part in says {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

#[test]
fn a_wrong_configuration_is_exit_78_with_carets_and_nothing_is_touched() {
    let home = Home::new(&[]);
    home.write("feedwatch.toml", "[store]\npath = \"state/feedwatch.db\"\n[pol]\nevery = \"soon\"\n");
    for command in [&["run"][..], &["once"], &["explain", "x"]] {
        check(&home.run(command), 78, &["feedwatch.toml:3:2", "pol", "poll", "^"]);
    }
    check(&home.run(&["check"]), 1, &["feedwatch.toml:3:2"]);
    check(&home.run(&["run", "--config", "nowhere.toml"]), 78, &["nowhere.toml"]);
    assert!(!home.path("state").exists());
}

/// What was typed, or came from a page and was pasted, does not steer the terminal when a message repeats it.
#[test]
fn messages_repeat_nothing_that_steers_a_terminal() {
    let home = Home::new(&[]);
    for strange in ["\u{1b}[31mx", "\u{202e}x", "\u{9b}x", "\u{e0041}x"] {
        for command in [&["explain", strange][..], &["test", strange, "text"]] {
            let output = home.run(command);
            assert!(!output.status.success());
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(!said.is_empty() && !said.contains(strange.chars().next().unwrap()), "{command:?}: {said:?}");
        }
    }
}

#[test]
fn usage_mistakes_are_exit_2() {
    let home = Home::new(&[]);
    check(&home.run(&["pol"]), 2, &["unrecognized subcommand"]);
    check(&home.run(&["articles", "--since", "last spring"]), 2, &["write it like"]);
}

#[test]
fn a_database_that_cannot_be_used_is_exit_74_and_says_why() {
    let server = Server::start();
    server.on("/feed", ok(rss(0..1, "feed")));
    let home = Home::new(&[server.url("/feed")]);
    check(&home.run(&["feeds"]), 74, &["there is none yet"]);
    check(&home.run(&["once"]), 0, &["1 feed polled", "1 alert,"]);

    let path = home.path("state/feedwatch.db");
    let good = std::fs::read(&path).unwrap();
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 999).unwrap();
    check(&home.run(&["once"]), 74, &["schema version 999", "run the newer feedwatch"]);
    check(&home.run(&["alerts"]), 74, &["schema version 999"]);

    std::fs::write(&path, b"this is no database, whatever its name says, and long enough to be read as one").unwrap();
    check(&home.run(&["once"]), 74, &["damaged", "restore"]);

    std::fs::write(&path, good).unwrap();
    check(&home.run(&["once"]), 0, &[]);
}

#[test]
fn a_second_poller_is_told_to_try_again_and_readers_are_not_kept_out() {
    let server = Server::start();
    server.on("/feed", ok(rss(0..2, "feed")));
    let home = Home::new(&[server.url("/feed")]);
    let child = home.start(&["run"]);
    until("it has polled", || home.alerts().len() == 2);
    check(&home.run(&["once"]), 75, &["in use by another feedwatch"]);
    check(&home.run(&["alerts"]), 0, &["Mediation talks, day 1 of feed"]);
    check(&home.run(&["feeds"]), 0, &["feed", "ok"]);
    check(&home.run(&["articles", "--json"]), 0, &["\"watches\":[\"mediation\"]"]);
    until("it has said what it does", || {
        home.run(&["status"]).stdout.windows(18).any(|text| text == b"1 feed for 1 watch")
    });
    check(&home.run(&["status"]), 0, &["running"]);
    assert_eq!(stop(child), Some(0));
    check(&home.run(&["status"]), 1, &["stopped"]);
}

#[test]
fn a_feed_that_fails_is_shown_with_its_cause_and_the_others_go_on() {
    let server = Server::start();
    server.on("/good", ok(rss(0..1, "good")));
    server.on("/gone", status(404));
    server.on("/page", ok("<!doctype html><title>Welcome</title><p>Nothing to see"));
    let home = Home::new(&["/good", "/gone", "/page"].map(|path| server.url(path)));
    check(&home.run(&["once"]), 0, &["3 feeds polled, 2 failed", "1 new article,", "1 alert,"]);
    check(&home.run(&["feeds", "--broken"]), 0, &["404", "not a feed"]);
}

#[test]
fn a_guarded_address_is_refused_with_the_words_to_allow_it() {
    let server = Server::start();
    server.on("/feed", ok(rss(0..1, "feed")));
    let home = Home::new(&[server.url("/feed")]);
    let text = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    home.write("feedwatch.toml", &text.replace("allow = [\"127.0.0.0/8\"]", ""));
    check(&home.run(&["once"]), 0, &["1 failed", "refused by the guard"]);
    assert!(server.asked().is_empty());
    // No server was asked, so that nobody has to wait once the files allow it.
    home.write("feedwatch.toml", &text);
    check(&home.run(&["once"]), 0, &["1 feed polled"]);
    assert!(!server.asked().is_empty());
}

#[test]
fn discover_lists_what_a_page_offers_in_one_request_and_a_page_as_feed_is_told_so() {
    let server = Server::start();
    let page =
        "<html><head><link rel=alternate type='application/rss+xml' title='All \"news\"' href='/rss'></head></html>";
    server.on("/page", ok(page).with("Content-Type", "text/html"));
    server.on("/rss", ok(rss(0..2, "feed")));
    let home = Home::new(&[server.url("/page")]);
    let feed = server.url("/rss");
    check(
        &home.run(&["discover", &server.url("/page")]),
        0,
        &[&format!("url = \"{feed}\""), r#"name = "All \"news\"""#],
    );
    check(&home.run(&["discover", &feed]), 0, &["is a feed itself, with 2 items"]);
    check(&home.run(&["discover", &server.url("/nothing")]), 1, &["HTTP 404"]);
    assert_eq!(server.asked().len(), 3);
    for address in ["a.example", "a.example:80/x", "ftp://a.example"] {
        let help = if address.contains("ftp") {
            "ftp: is not a supported scheme".to_owned()
        } else {
            format!("write https://{address}")
        };
        check(&home.run(&["discover", address]), 2, &[&help]);
    }
    home.run(&["once"]);
    check(&home.run(&["feeds", "--broken", "--json"]), 0, &["not a feed", &format!("that offers {feed}")]);
}

#[test]
fn labelled_items_are_tallied_and_a_label_that_no_watch_has_is_told() {
    let home = Home::new(&[]);
    let items = concat!(
        r#"{"id": "1", "title": "A mediator is sent", "labels": ["mediation"], "language": "en"}"#,
        "\n",
        r#"{"id": "2", "title": "Media law debated", "labels": ["none"]}"#,
        "\n",
        r#"{"id": "3", "title": "Mediators leave the mediators", "labels": ["mediaton"], "language": "fr"}"#,
        "\n",
    );
    home.write("items.jsonl", items);
    let ran = home.run(&["test", "--items", home.path("items.jsonl").to_str().unwrap()]);
    check(&ran, 1, &["precision 0.50, recall 1.00 (1 right, 1 false, 0 missed)", "false   3"]);
    check(&ran, 1, &["  in en  F1 1.00", "  in fr  nothing is labelled so; 1 found all the same"]);
    check(&ran, 1, &["  by mediation  1 right, 1 false", "[Mediators, mediators]"]);
    check(&ran, 1, &["no watch is named \"mediaton\", the label of 1 item"]);
}

#[test]
fn the_check_of_what_is_stored_names_table_row_and_feed_and_exits_1() {
    let server = Server::start();
    server.on("/feed", ok(rss(0..2, "feed")));
    let home = Home::new(&[server.url("/feed")]);
    check(&home.run(&["once"]), 0, &[]);
    check(&home.run(&["status", "--check"]), 0, &["all is well"]);
    let damage = |sql: &str| {
        let connection = rusqlite::Connection::open(home.path("state/feedwatch.db")).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        connection.execute_batch(sql).unwrap();
    };
    damage("update alert set outcome = 'unheard of' where seq = 1; update article set feed = 99 where id = 2");
    let feed = server.url("/feed");
    let found = home.run(&["status", "--check"]);
    check(&found, 1, &["table alert, row 1", &feed, "the unknown word \"unheard of\"", "to look at"]);
    check(&found, 1, &["table article, row 2: it refers to a row of feed that is not there"]);
    check(&home.run(&["status", "--check", "--json"]), 1, &["\"table\":\"alert\"", "\"row\":\"1\"", "\"advice\":"]);
    // And the watch goes on with it.
    server.on("/feed", ok(rss(0..3, "feed")));
    // The article that lost its feed counts as new.
    check(&home.run(&["once", "--all"]), 0, &["2 new articles"]);
}
