//! Files with a mistake: whoever reads what is stored, or says what it was worth, is not kept out by them.

use super::exits::check;
use super::program::{Home, rss};
use crate::server::{Server, ok};

/// A house that has read a feed.
fn read() -> (Home, Server, String) {
    let server = Server::start();
    server.on("/feed", ok(rss(0..2, "feed")));
    let home = Home::new(&[server.url("/feed")]);
    check(&home.run(&["once"]), 0, &["2 alerts,"]);
    let id = home.alerts().remove(0).id;
    (home, server, id)
}

const HALF_A_WATCH: &str =
    "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n[[watch]]\nname = \"ferry\"\nfind = \"ferry\n";

/// All commands that read or triage, with a part of what they say when all is well, and their exit code.
fn reading(id: &str) -> Vec<(Vec<String>, i32, &'static str)> {
    let mut commands: Vec<(Vec<String>, i32, &'static str)> = [
        ("alerts", 0, "Mediation talks, day 1 of feed"),
        ("alerts stats", 0, "mediation: 2 raised"),
        ("alerts show ID", 0, "outcome    raised"),
        ("story ID", 0, "who has it"),
        ("ack ID --verdict useful", 0, "noted as useful"),
        ("silence mediation --for 2h --why known", 0, "silence 1: watch mediation"),
        ("silences", 0, "known"),
        ("silences --end 1", 0, "silence 1 ended"),
        ("feeds", 0, "feed"),
        ("articles", 0, "Mediation talks"),
        ("sinks", 0, "no sinks are defined"),
        ("status", 1, "state      stopped"),
        ("status --check", 0, "all is well"),
        ("why 1 mediation", 0, "mediation: hit"),
        ("export feeds.opml", 0, "1 feed written"),
        ("backup copy.db", 0, "is a backup of"),
    ]
    .map(|(command, code, says)| (command.split(' ').map(str::to_owned).collect(), code, says))
    .to_vec();
    commands
        .iter_mut()
        .for_each(|(words, ..)| words.iter_mut().filter(|word| *word == "ID").for_each(|word| *word = id.to_owned()));
    commands
}

fn check_all(broken: &str, place: &str, told: impl Fn(&str) -> String) {
    let (home, _server, id) = read();
    let good = std::fs::read_to_string(home.path(broken)).unwrap();
    home.write(broken, &told(&good));
    for (command, code, says) in reading(&id) {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let output = home.run(&words);
        check(&output, code, &[says]);
        let messages = String::from_utf8_lossy(&output.stderr);
        let mistake = messages.lines().filter(|line| line.contains("the files have a mistake")).collect::<Vec<_>>();
        assert!(
            matches!(mistake[..], [line] if line.contains(place) && line.ends_with("`feedwatch check` shows it")),
            "{words:?}: {messages}"
        );
    }
    // Whoever polls or tries watches needs them to be right.
    let place = place.trim_matches(['(', ')']);
    check(&home.run(&["once"]), 78, &[place]);
    check(&home.run(&["test", "mediation", "text"]), 78, &[place]);
    check(&home.run(&["check"]), 1, &[place]);
}

#[test]
fn half_a_watch_keeps_nobody_from_reading() {
    check_all("watches.toml", "(watches.toml:6:14)", |_| HALF_A_WATCH.to_owned());
}

#[test]
fn a_query_that_is_none_keeps_nobody_from_reading() {
    let wrong = "[[watch]]\nname = \"ferry\"\nfind = \"ferry AND (\"\n";
    check_all("watches.toml", "(watches.toml:6:", |good| format!("{good}{wrong}"));
}

#[test]
fn wrong_settings_keep_nobody_from_reading() {
    check_all("feedwatch.toml", "(feedwatch.toml:", |good| good.replace("[poll]", "[poll]\nevery = \"soon\""));
    check_all("feedwatch.toml", "(feedwatch.toml:", |good| good.replace("[poll]", "[poll\nevery = \"5m"));
}

#[test]
fn a_database_whose_place_cannot_be_read_is_not_guessed_and_can_be_given() {
    let (home, ..) = read();
    let good = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    for wrong in ["path = 7", "path = \"state/feedwatch.db"] {
        home.write("feedwatch.toml", &good.replace("path = \"state/feedwatch.db\"", wrong));
        check(&home.run(&["alerts"]), 78, &["feedwatch.toml:2:", "give it with --database FILE"]);
        check(&home.run(&["alerts", "--database", "state/feedwatch.db"]), 0, &["Mediation talks, day 1 of feed"]);
    }
    std::fs::remove_file(home.path("feedwatch.toml")).unwrap();
    let given = ["alerts", "--config", "feedwatch.toml", "--database", "state/feedwatch.db"];
    check(&home.run(&given), 0, &["Mediation talks, day 1 of feed", "cannot read feedwatch.toml"]);
    home.write("feedwatch.toml", &good);
    check(&home.run(&["status", "--database", "other.db"]), 74, &["other.db", "there is none yet"]);
}

/// Where the settings have a mistake, what they open may be what is wrong.
#[test]
fn a_page_is_asked_for_feeds_while_a_watch_is_half_written_and_behind_a_broken_guard_is_not() {
    let (home, server, _) = read();
    home.write("watches.toml", HALF_A_WATCH);
    check(&home.run(&["discover", &server.url("/feed")]), 0, &["is a feed itself, with 2 items"]);
    let good = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    home.write("feedwatch.toml", &good.replace("[guard]", "[guard]\ndeny = \"127.0.0.0/8\""));
    check(&home.run(&["discover", &server.url("/feed")]), 1, &["refused by the guard"]);
}

#[test]
fn a_watch_that_cannot_be_read_is_said_to_be_so() {
    let (home, ..) = read();
    home.write("watches.toml", "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\nreject = \"no\n");
    check(&home.run(&["why", "1", "mediation"]), 69, &["what the watch is cannot be read: the files have a mistake"]);
    check(&home.run(&["silence", "Mediation", "--for", "2h", "--why", "x"]), 0, &["silence 1: watch mediation"]);
    check(&home.run(&["silence", "ferry", "--for", "2h", "--why", "x"]), 69, &["no watch \"ferry\" is known"]);
}
