//! Reading alerts and closing the loop, as people type it: `alerts` in every form, `show`, `stats`, `ack`, `silence`.

use std::io::{BufRead, BufReader};
use std::process::{Output, Stdio};

use serde_json::Value;

use super::exits::check;
use super::program::{Home, rss, stop, until};
use crate::server::{Server, ok};

/// A house that has read two items of a feed twice: one was edited in between.
fn read() -> (Home, Server) {
    let server = Server::start();
    let home = Home::new(&[server.url("/f"), server.url("/g")]);
    server.on("/f", ok(rss(0..2, "f")));
    server.on("/g", ok(rss(0..1, "f")));
    assert!(home.run(&["once"]).status.success(), "{}", home.log());
    (home, server)
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn records(output: &Output) -> Vec<Value> {
    said(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_form_tells_the_same_alerts() {
    let (home, _server) = read();
    let text = said(&home.run(&["alerts"]));
    let ids: Vec<String> = home.alerts().into_iter().map(|alert| alert.id).collect();
    assert!(!ids.is_empty());
    let lines = |form: &str| records(&home.run(&["alerts", "--format", form]));
    let of = |records: Vec<Value>, id: &str| -> Vec<String> {
        records.iter().map(|record| record.pointer(id).unwrap().as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(of(lines("jsonl"), "/id"), ids);
    assert_eq!(of(lines("ecs"), "/event/id"), ids);
    assert_eq!(of(lines("cloudevents"), "/id"), ids);
    assert_eq!(of(lines("otel"), "/resourceLogs/0/scopeLogs/0/logRecords/0/attributes/0/value/stringValue"), ids);
    let csv = said(&home.run(&["alerts", "--format", "csv"]));
    assert_eq!(csv.lines().count(), ids.len() + 1, "a header, and a line each");
    assert!(csv.starts_with("time,kind,level,watch,"), "{csv}");
    assert!(ids.iter().all(|id| text.contains(&format!("    {}  ", &id[..8])) && csv.contains(id)), "{text}");
    assert_eq!(
        said(&home.run(&["alerts", "--json"])),
        std::fs::read_to_string(home.path("state/alerts.jsonl")).unwrap()
    );
}

#[test]
fn what_was_joined_or_held_is_shown_with_its_reason_in_every_form() {
    let (home, _server) = read();
    let held = home.run(&["alerts", "--held", "--json"]);
    let reasons = records(&held);
    assert!(!reasons.is_empty() && reasons.iter().all(|record| record["outcome"] == "joined"), "{held:?}");
    let first = home.alerts().remove(0).id;
    for form in ["text", "jsonl", "ecs", "otel", "cloudevents", "csv"] {
        let shown = said(&home.run(&["alerts", "--held", "--format", form]));
        assert!(shown.contains(&format!("the same story was told by alert {first}")), "{form}: {shown}");
    }
}

#[test]
fn one_alert_is_shown_in_full_with_its_edits_its_story_and_its_ways() {
    let (home, server) = read();
    let edited = |numbers| rss(numbers, "f").replace("of f</title>", "of f, envoys left at dawn</title>");
    server.on("/f", ok(edited(0..2)));
    server.on("/g", ok(edited(0..1)));
    assert!(home.run(&["once", "--all"]).status.success(), "{}", home.log());
    let id = home.alerts().remove(0).id;
    assert!(home.run(&["ack", &id[..8], "--verdict", "useful", "--note", "on page one"]).status.success());
    let shown = said(&home.run(&["alerts", "show", &id[..8]]));
    for part in [
        &format!("id         {id}\n"),
        "outcome    raised\n",
        "story      2 feeds, ",
        "because    mediation: \"Mediation\" in the title",
        "latency    ",
        "sink       log: delivered ",
        "ack        useful, ",
        ": on page one\n",
        "\nthe same story, ",
        "joined",
        " ago:\n    title: Mediation talks, day 0 of [-f-] {+f, envoys left at dawn+}\n",
    ] {
        assert!(shown.contains(part), "{part:?} is not in\n{shown}");
    }
    let json: Value = serde_json::from_slice(&home.run(&["alerts", "show", &id, "--json"]).stdout).unwrap();
    assert_eq!(json["record"]["id"], id.as_str());
    assert_eq!(json["revisions"].as_array().unwrap().len(), 1);
    assert_eq!(json["ack"]["verdict"], "useful");
    assert!(!json["story"].as_array().unwrap().is_empty());

    for feed in [rss(0..2, "f"), edited(0..2)] {
        ["/f", "/g"].into_iter().for_each(|path| server.on(path, ok(feed.clone())));
        assert!(home.run(&["once", "--all"]).status.success(), "{}", home.log());
    }
    let shown = said(&home.run(&["alerts", "show", &id[..8]]));
    let edits: Vec<&str> = shown.split("\nedited ").skip(1).map(|edit| edit.lines().next().unwrap()).collect();
    assert!(
        matches!(edits[..], [edit, back] if edit.ends_with(" ago:") && back.ends_with(" ago, and back again since")),
        "{edits:?}"
    );

    let nothing = home.run(&["alerts", "show", "ffffffff"]);
    assert_eq!(nothing.status.code(), Some(69));
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("no alert has an id that begins with"), "{nothing:?}");
}

#[test]
fn verdicts_show_which_terms_of_a_watch_bring_noise() {
    let server = Server::start();
    let home = Home::new(&[server.url("/f")]);
    let watch = "[[watch]]\nname = \"mediation\"\nfind = \"mediation OR ferry\"\n";
    home.write("watches.toml", watch);
    let titles =
        ["Mediation on the ferry", "Ferry late again", "Mediation in the port", "A ferry for two islands", "Rain"];
    let items: String = titles.iter().map(|title| format!("<item><title>{title}</title></item>")).collect();
    server.on("/f", ok(format!("<rss version=\"2.0\"><channel><title>f</title>{items}</channel></rss>")));
    assert!(home.run(&["once"]).status.success(), "{}", home.log());
    let explained = || said(&home.run(&["explain", "mediation"]));
    assert!(explained().contains("\n  4 alerts of 4 stories\n  none was judged: "), "{}", explained());
    for (title, verdict) in titles.iter().zip(["useful", "noise", "useful"]) {
        let alert = home.alerts().into_iter().find(|alert| alert.article.title == **title).unwrap();
        assert!(home.run(&["ack", &alert.id, "--verdict", verdict]).status.success());
    }
    let rows = "judged alerts, by the terms found in them\n       1      1      50 %  ferry\n       \
                2      0       0 %  mediation\n       2      1      33 %  in all\n";
    assert!(explained().ends_with(rows), "{}", explained());
    let told = &records(&home.run(&["explain", "mediation", "--json"]))[0]["told"];
    assert_eq!(told["judged"], serde_json::json!({"useful": 2, "noise": 1}));
    assert_eq!(told["terms"]["ferry"], serde_json::json!({"useful": 1, "noise": 1}));
}

#[test]
fn alerts_are_counted_by_watch_and_day() {
    let (home, _server) = read();
    let chart = said(&home.run(&["alerts", "stats"]));
    assert!(chart.contains("\nmediation: ") && chart.contains('█') && chart.contains('░'), "{chart}");
    let days = records(&home.run(&["alerts", "stats", "--json"]));
    let count = |key: &str| days.iter().map(|day| day[key].as_u64().unwrap()).sum::<u64>() as usize;
    assert_eq!(count("raised"), home.alerts().len());
    assert_eq!(count("raised") + count("held"), 3, "every hit is counted once");
}

#[test]
fn a_silence_is_begun_listed_and_ended() {
    let (home, server) = read();
    let begun = home.run(&["silence", "Mediation", "--for", "2h", "--why", "known"]);
    assert!(said(&begun).starts_with("silence 1: watch mediation, until "), "{begun:?}");
    let id = home.alerts().remove(0).id;
    let is_teller = home.alerts().iter().any(|alert| alert.article.key == "f-0" && alert.feed.url == server.url("/f"));
    let of_story = home.run(&["silence", "--story", &id[..8], "--for", "1d", "--why", "told enough"]);
    assert!(said(&of_story).starts_with("silence 2: story "), "{of_story:?}");
    let of_feed = home.run(&["silence", "--feed", "/f", "--for", "30m", "--why", "floods"]);
    assert!(said(&of_feed).starts_with("silence 3: feed http://127.0.0.1"), "{of_feed:?}");

    server.on("/g", ok(rss(40..41, "other")));
    let before = home.alerts().len();
    assert!(home.run(&["once", "--all"]).status.success(), "{}", home.log());
    assert_eq!(home.alerts().len(), before, "nothing is told in a silence");
    let listed = said(&home.run(&["silences"]));
    assert!(listed.contains("known") && listed.contains("told enough") && listed.contains("floods"), "{listed}");
    let held: Vec<u64> =
        records(&home.run(&["silences", "--json"])).iter().map(|line| line["held"].as_u64().unwrap()).collect();
    // If the silenced feed was asked first, the other's copy had joined its alert. That lost its ground, so the copy is held too.
    assert_eq!(held, [1 + u64::from(is_teller), 0, 0]);
    assert_eq!(said(&home.run(&["silences", "--end", "1"])), "silence 1 ended\n");
    assert_eq!(home.run(&["silences", "--end", "1"]).status.code(), Some(1), "it is over");

    assert!(home.run(&["once", "--all"]).status.success(), "{}", home.log());
    let told = records(&home.run(&["alerts", "--json"]));
    let end = told.iter().find(|record| record["kind"] == "silence.ended").unwrap()["id"].as_str().unwrap();
    for (wrong, message) in [
        (
            &["silence", "--story", end, "--for", "2h", "--why", "x"][..],
            "is a record of kind silence.ended, which belongs to no story",
        ),
        (&["silence", "mediation", "--for", "0s", "--why", "x"], "no length"),
        (&["silence", "mediatoin", "--for", "2h", "--why", "x"], "no watch"),
        (&["silence", "--for", "2h", "--why", "x"], "required"),
        (&["silence", "mediation", "--feed", "/f", "--for", "2h", "--why", "x"], "cannot be used with"),
        (&["silence", "mediation", "--for", "2h"], "--why"),
    ] {
        let refused = home.run(wrong);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(message), "{wrong:?}: {said}");
    }
}

#[test]
fn an_article_after_the_end_of_a_silence_of_its_story_does_not_stop_the_watch() {
    let (home, server) = read();
    let title = "Mediation talks: Varga resigns from emergency cabinet in Bratislava";
    let one = |guid: &str| {
        let text = format!("<description>Told by {guid}.</description><link>https://b.example/{guid}</link>");
        let item = format!("<item><guid>{guid}</guid><title>{title}</title>{text}</item>");
        ok(format!("<rss version=\"2.0\"><channel><title>Varga</title>{item}</channel></rss>"))
    };
    server.on("/f", one("varga"));
    assert!(home.run(&["once", "--all"]).status.success(), "{}", home.log());
    let id = home.alerts().pop().unwrap().id;
    let begun = home.run(&["silence", "--story", &id[..8], "--for", "1d", "--why", "told enough"]);
    assert!(begun.status.success(), "{begun:?}");
    for (round, path) in ["/g", "/f", "/g"].into_iter().enumerate() {
        if round == 1 {
            assert_eq!(said(&home.run(&["silences", "--end", "1"])), "silence 1 ended\n");
            let told = |home: &Home| said(&home.run(&["alerts", "--json"])).contains("silence.ended");
            let child = home.start(&["run"]);
            until("the end of the silence is told", || told(&home));
            assert_eq!(stop(child), Some(0), "{}", home.log());
        }
        server.on(path, one(&format!("varga-{round}")));
        let ran = home.run(&["once", "--all"]);
        assert!(ran.status.success(), "round {round}: {ran:?}");
    }
}

#[test]
fn a_reader_that_follows_sees_what_comes_and_what_was() {
    let (home, server) = read();
    let mut child = home.command(&["alerts", "--follow", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    let known = home.alerts();
    for alert in &known {
        assert_eq!(next()["id"], alert.id.as_str());
    }
    server.on("/g", ok(rss(40..41, "other")));
    assert!(home.run(&["once", "--all"]).status.success(), "{}", home.log());
    let new = home.alerts().pop().unwrap();
    assert!(known.iter().all(|alert| alert.id != new.id));
    assert_eq!(next()["id"], new.id.as_str());
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_watch_that_nobody_knows_is_said_to_be_unknown() {
    let (home, _server) = read();
    let output = home.run(&["alerts", "--watch", "mediatoin"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("no watch is called \"mediatoin\" now; did you mean \"mediation\"?"), "{said}");
}

#[test]
fn many_alerts_are_acknowledged_at_once_and_who_did_it_is_known() {
    let server = Server::start();
    let home = Home::new(&[server.url("/f")]);
    home.write(
        "watches.toml",
        "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n[[watch]]\nname = \"zebra\"\nfind = \"zebra\"\n",
    );
    let titles = ["harbour of Osaka", "Peruvian mines", "school board", "tax on sugar"];
    let items: String =
        titles.iter().map(|title| format!("<item><title>Mediation for the {title}</title></item>")).collect();
    server.on("/f", ok(format!("<rss version=\"2.0\"><channel><title>f</title>{items}</channel></rss>")));
    assert!(home.run(&["once"]).status.success(), "{}", home.log());
    let ids: Vec<String> = home.alerts().into_iter().map(|alert| alert.id).collect();
    assert_eq!(ids.len(), 4);
    let ack = |arguments: &[&str]| said(&home.run(&[&["ack"], arguments].concat()));
    let unacked = || records(&home.run(&["alerts", "--unacked", "--json"])).len();
    let shown = || said(&home.run(&["alerts"]));

    assert_eq!(
        ack(&[&ids[0][..8], &ids[1], "--by", "anna", "--verdict", "noise", "--note", "old"]),
        "noted as noise: 2 alerts\n"
    );
    assert_eq!((unacked(), shown().matches("    ✓ noise by anna: old\n").count()), (2, 2), "{}", shown());
    // A note belongs to its verdict; a plain word changes neither.
    assert!(ack(&[&ids[0], "--verdict", "useful"]).starts_with("noted as useful: "));
    assert!(ack(&[&ids[1], "--by", "bert"]).starts_with("noted: "));
    assert!(
        shown().contains("    ✓ useful by anna\n") && shown().contains("    ✓ noise by bert: old\n"),
        "{}",
        shown()
    );

    assert_eq!(ack(&["--story", &ids[2], "--by", "anna"]), "noted: 1 alert\n");
    let rest = home.run(&["ack", "--watch", "Mediation", "--since", "1d", "--by", "anna", "--json"]);
    assert_eq!(records(&rest).iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>(), ids[3..]);
    assert_eq!(home.run(&["ack", "--watch", "mediation"]).status.code(), Some(1), "none is left");
    assert_eq!(
        ack(&["--watch", "mediation", "--until", "1h", "--verdict", "noise"]),
        "no alert to note: none is left, as far as asked\n"
    );
    let none = home.run(&["alerts", "--unacked"]);
    assert!(
        none.stdout.is_empty() && String::from_utf8_lossy(&none.stderr).contains("nobody has acknowledged"),
        "{none:?}"
    );

    let chart = said(&home.run(&["alerts", "stats", "--days", "2"]));
    assert!(chart.contains("mediation: 4 raised, 0 joined or held; 4 acknowledged: 1 useful, 1 noise\n"), "{chart}");
    assert!(chart.ends_with("\nzebra: no hit in 2 days\n"), "{chart}");
    assert!(!said(&home.run(&["alerts", "stats", "--watch", "Zebra"])).contains("mediation"));
    let shown = said(&home.run(&["alerts", "show", &ids[1]]));
    assert!(shown.contains("ack        noise by bert, "), "{shown}");
}

#[test]
fn the_status_tells_why_it_is_quiet() {
    let (home, _server) = read();
    let settings = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    home.write("feedwatch.toml", &format!("[alerts]\nquiet_hours = \"00:00-23:59\"\n{settings}"));
    assert!(home.run(&["silence", "mediation", "--for", "2h", "--why", "known"]).status.success());
    let status = said(&home.run(&["status"]));
    assert!(status.contains("silence    1: watch mediation, ends in 1h; 0 hits held: known\n"), "{status}");
    assert!(status.contains("quiet      hours until "), "{status}");
    assert!(said(&home.run(&["silences"])).contains("  ends in 2h  "), "no minute is hidden");
    let ended = records(&home.run(&["silences", "--end", "1", "--json"]));
    assert_eq!(ended, [serde_json::json!({"id": 1, "ended": true})]);
}

#[test]
fn a_watch_that_has_another_name_is_asked_for_its_old_one() {
    let (home, _server) = read();
    check(&home.run(&["check"]), 0, &["1 watch, no tests in the watches"]);
    home.write("watches.toml", "[[watch]]\nname = \"talks\"\nfind = \"mediation\"\n");
    check(&home.run(&["check"]), 0, &["is \"talks\" what was \"mediation\"? Then write was = \"mediation\" there"]);
    home.write("watches.toml", "[[watch]]\nname = \"talks\"\nwas = \"mediation\"\nfind = \"mediation\"\n");
    assert!(!said(&home.run(&["check"])).contains("what was"));
    let before = home.alerts().len();
    assert!(home.run(&["once", "--all"]).status.success(), "{}", home.log());
    assert_eq!(home.alerts().len(), before);
    check(&home.run(&["alerts", "--watch", "talks"]), 0, &["Mediation talks, day 1 of f"]);
}
