//! Another address that a server names beside a redirect: shown and told once, and never asked.

use super::program::{Home, rss};
use crate::server::{Server, ok};

#[test]
fn another_address_is_shown_told_once_and_never_asked() {
    let server = Server::start();
    let other = server.url("/other");
    let named = format!("<itunes:new-feed-url>{other}?itunes</itunes:new-feed-url><item>");
    let meta = format!("<!doctype html><html><meta http-equiv=refresh content='0; url={other}?meta'>We have moved");
    let location = format!("<redirect><newLocation>{other}?location</newLocation></redirect>");
    // The first of them gives validators, so that it is not read again the second time; its word holds all the same.
    server.on("/itunes", ok(rss(0..2, "itunes").replacen("<item>", &named, 1)).etag("\"1\""));
    server.on("/refresh", ok(rss(0..2, "refresh")).with("Refresh", format!("0; url={other}?refresh")));
    server.on("/meta", ok(meta));
    server.on("/location", ok(location));
    server.on("/own", ok(rss(0..2, "own")).with("Refresh", "0; url=/own#top"));
    let paths = ["/itunes", "/refresh", "/meta", "/location", "/own"];
    let home = Home::new(&paths.map(|path| server.url(path)));

    let logs: Vec<String> = (0..2).map(|_| String::from_utf8(home.run(&["once", "--all"]).stderr).unwrap()).collect();
    let told = |log: &str| log.lines().filter(|line| line.contains("not followed")).count();
    assert_eq!((told(&logs[0]), told(&logs[1])), (4, 0), "{}", logs.join("\n"));
    assert!(server.asked().iter().all(|asked| paths.contains(&asked.path.as_str())), "it is not followed");

    let shown = String::from_utf8(home.run(&["feeds", "--json"]).stdout).unwrap();
    let suggestion = |path: &str| {
        let line = shown.lines().find(|line| line.contains(&server.url(path))).unwrap();
        serde_json::from_str::<serde_json::Value>(line).unwrap()["suggestion"].clone()
    };
    for (path, by, query) in [
        ("/itunes", "new_feed_url", "itunes"),
        ("/refresh", "refresh", "refresh"),
        ("/meta", "meta_refresh", "meta"),
        ("/location", "new_location", "location"),
    ] {
        assert_eq!(suggestion(path), serde_json::json!({ "url": format!("{other}?{query}"), "by": by }));
    }
    assert!(suggestion("/own").is_null(), "its own address is no other");
    let table = String::from_utf8(home.run(&["feeds"]).stdout).unwrap();
    assert!(table.contains("meta refresh names"), "{table}");

    // A document that names none takes it back.
    server.on("/itunes", ok(rss(0..3, "itunes")));
    home.run(&["once", "--all"]);
    let shown = String::from_utf8(home.run(&["feeds", "--json"]).stdout).unwrap();
    let line = shown.lines().find(|line| line.contains(&server.url("/itunes"))).unwrap();
    assert!(line.contains("\"suggestion\":null"), "{line}");
}
