//! Ten feeds of every kind over real HTTP: stored and told once, then asked conditionally, then served again as if new.

use super::program::{Home, rss};
use crate::server::{Answer, Server, ok};

const FEEDS: usize = 10;

fn atom(feed: &str) -> String {
    let entries: String = (0..4)
        .map(|n| {
            format!(
                "<entry><id>urn:{feed}:{n}</id><title>Mediation, part {n} of {feed}</title>\
                 <link href=\"https://a.example/{feed}/{n}\"/><updated>2026-11-24T0{n}:00:00Z</updated></entry>"
            )
        })
        .collect();
    format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>urn:{feed}</id><title>{feed}</title>{entries}</feed>")
}

fn json(feed: &str) -> String {
    let items: Vec<serde_json::Value> = (0..4)
        .map(|n| {
            serde_json::json!({
                "id": format!("{feed}-{n}"), "title": format!("Mediation {n} of {feed}"),
                "url": format!("https://a.example/{feed}/{n}"), "content_text": "Text.",
            })
        })
        .collect();
    serde_json::json!({"version": "https://jsonfeed.org/version/1.1", "title": feed, "items": items}).to_string()
}

/// Feed `n`: RSS, Atom and JSON in turn; some with an ETag, some with Last-Modified, some with both, in odd forms.
fn answer(n: usize, validators: bool) -> Answer {
    let name = format!("f{n}");
    let body = match n % 3 {
        0 => rss(0..4, &name),
        1 => atom(&name),
        _ => json(&name),
    };
    match n % 2 {
        _ if !validators => ok(body),
        0 => ok(body).etag(format!("W/\"odd {n} \u{e9}\"")),
        _ => ok(body).etag(format!("unquoted-{n}")).with("Last-Modified", "some time on Tuesday"),
    }
}

#[test]
fn a_second_round_is_not_modified_and_a_forgetful_server_brings_nothing_new() {
    let server = Server::start();
    let path = |n: usize| format!("/f{n}");
    (0..FEEDS).for_each(|n| server.on(&path(n), answer(n, true)));
    let home = Home::new(&(0..FEEDS).map(|n| server.url(&path(n))).collect::<Vec<_>>());
    // The entries have dates, and no day on which this runs makes old ones of them.
    let settings = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    home.write("feedwatch.toml", &format!("{settings}[alerts]\nbacklog_age = \"off\"\nmax_age = \"off\"\n"));
    let once = |arguments: &[&str]| {
        let output = home.run(arguments);
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let count = |summary: &serde_json::Value, what: &str| summary[what].as_u64().unwrap() as usize;

    let first = once(&["once", "--json"]);
    let held = String::from_utf8(home.run(&["alerts", "--held"]).stdout).unwrap();
    let counts = (count(&first, "articles"), count(&first, "alerts"), count(&first, "failed"));
    assert_eq!(counts, (40, 40, 0), "{first}\n{held}");
    assert_eq!(home.alerts().len(), 40);
    assert!(server.asked().iter().all(|asked| asked.field("if-none-match").is_none()));

    let second = once(&["once", "--all", "--json"]);
    assert_eq!((count(&second, "polls"), count(&second, "articles"), count(&second, "alerts")), (10, 0, 0), "{second}");
    for n in 0..FEEDS {
        let asked = server.last(&path(n));
        let etag = if n % 2 == 0 { format!("W/\"odd {n} \u{e9}\"") } else { format!("unquoted-{n}") };
        assert_eq!(asked.field("if-none-match"), Some(etag.as_bytes()), "byte for byte");
        let modified = (n % 2 == 1).then_some(&b"some time on Tuesday"[..]);
        assert_eq!(asked.field("if-modified-since"), modified);
    }

    (0..FEEDS).for_each(|n| server.on(&path(n), answer(n, false)));
    let third = once(&["once", "--all", "--json"]);
    assert_eq!((count(&third, "polls"), count(&third, "articles"), count(&third, "alerts")), (10, 0, 0), "{third}");
    assert_eq!(home.alerts().len(), 40);
}
