//! OPML in and out with the real program: nothing lost on the way, comments untouched, what is refused is told with its line.

use std::time::{Duration, Instant};

use super::exits::check;
use super::program::Home;

/// A home whose settings have this after the usual.
fn home(feeds: &str) -> (Home, String) {
    let home = Home::new(&[]);
    let settings = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap() + feeds;
    home.write("feedwatch.toml", &settings);
    (home, settings)
}

const FEEDS: &str = "
# The wires.
[[feed]]
url = \"https://example.org/a?x=1&y=2\" # by the minute
name = \"A \\\"quoted\\\" <name> & more\"
tags = [\"uk\", \"wire\"]
every = \"10m\"

[[feed]]
url = \"https://example.org/b\"

[[feed]]
url = \"https://reader:PLANTED@example.org/c\"
name = \"C\"
tags = [\"uk\"]
";

#[test]
fn what_is_exported_comes_back_as_it_was() {
    let (from, _) = home(FEEDS);
    check(&from.run(&["export", "feeds.opml"]), 0, &["3 feeds written", "1 feed written without its secrets"]);
    check(&from.run(&["export", "feeds.opml"]), 1, &["exists already"]);
    let list = std::fs::read_to_string(from.path("feeds.opml")).unwrap();
    assert!(!list.contains("PLANTED") && !list.contains("reader"), "{list}");
    check(&from.run(&["export", "with.opml", "--with-secrets"]), 0, &["3 feeds"]);

    let (to, before) = home("# mine\n");
    std::fs::copy(from.path("with.opml"), to.path("with.opml")).unwrap();
    check(&to.run(&["import", "with.opml", "--dry-run"]), 0, &["3 feeds would be added"]);
    assert_eq!(std::fs::read_to_string(to.path("feedwatch.toml")).unwrap(), before);
    check(&to.run(&["import", "with.opml"]), 0, &["3 feeds added to", "0 known already, 0 refused"]);
    let after = std::fs::read_to_string(to.path("feedwatch.toml")).unwrap();
    assert!(after.starts_with(&before), "what was written by hand stays byte for byte");
    check(&to.run(&["import", "with.opml"]), 0, &["0 feeds added", "3 known already"]);
    assert_eq!(std::fs::read_to_string(to.path("feedwatch.toml")).unwrap(), after);
    check(&to.run(&["check"]), 0, &[]);

    // And out again: the same list, byte for byte.
    check(&to.run(&["export", "again.opml", "--with-secrets"]), 0, &["3 feeds"]);
    let read = |home: &Home, name: &str| std::fs::read_to_string(home.path(name)).unwrap();
    assert_eq!(read(&to, "again.opml"), read(&from, "with.opml"));
    assert!(list.contains("feedwatch:every=\"10m\"") && list.contains("<outline text=\"uk\""), "{list}");
}

#[test]
fn an_import_says_what_it_added_knew_and_refused() {
    let (home, before) = home(FEEDS);
    home.write(
        "list.opml",
        "<opml version=\"2.0\"><body>\n\
         <outline text=\"News\"><outline xmlUrl=\"https://new.example/feed\" title=\"New\" htmlUrl=\"x\"/></outline>\n\
         <outline xmlUrl=\"HTTP://EXAMPLE.org:80/b#top\" text=\"known, by the same rule as articles\"/>\n\
         <outline xmlUrl=\"gopher://old.example/feed\" text=\"old\"/>\n\
         <outline xmlUrl=\"https://odd.example/feed\" xmlns:f=\"urn:feedwatch:feed\" f:every=\"soon\" text=\"odd\"/>\n\
         <outline xmlUrl=\"https://new.example/feed?utm_source=x\" text=\"twice\"/>\n</body></opml>\n",
    );
    check(
        &home.run(&["import", "list.opml"]),
        1,
        &[
            "2 feeds added",
            "2 known already, 2 refused",
            "list.opml:4:",
            "gopher: is not a supported scheme",
            "list.opml:5:",
            "every",
        ],
    );
    let after = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    let added = after.strip_prefix(&before).unwrap();
    assert!(added.contains("# Imported from list.opml") && added.contains("tags = [\"News\"]"), "{added}");
    let json = home.run(&["import", "list.opml", "--json"]);
    check(&json, 1, &["\"became\":\"known\"", "\"became\":\"refused\"", "\"line\":4"]);

    // Another file, which the settings name; and files that would be wrong stay as they are.
    home.write("more.toml", "# more\n");
    home.write("feedwatch.toml", &format!("feeds = [\"more.toml\"]\n{before}"));
    check(&home.run(&["import", "list.opml", "--to", "more.toml"]), 1, &["2 feeds added to more.toml"]);
    assert!(std::fs::read_to_string(home.path("more.toml")).unwrap().starts_with("# more\n"));
    home.write("more.toml", "feed = []\n");
    let refused = home.run(&["import", "list.opml", "--to", "more.toml"]);
    check(&refused, 69, &["is as it was"]);
    assert_eq!(std::fs::read_to_string(home.path("more.toml")).unwrap(), "feed = []\n");
}

#[test]
fn hostile_lists_are_bounded_and_change_nothing() {
    let (home, before) = home("");
    let feed = "<outline xmlUrl=\"https://x.example/feed\" text=\"x\"/>";
    let deep = format!(
        "<opml><body>{}{feed}{}</body></opml>",
        "<outline text=\"t\">".repeat(50_000),
        "</outline>".repeat(50_000)
    );
    let laughs = "<!DOCTYPE opml [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><opml><body><outline text=\"&b;\" xmlUrl=\"https://x.example/&b;\"/></body></opml>";
    let outside = "<!DOCTYPE opml [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><opml><body><outline text=\"&f;\" xmlUrl=\"https://x.example/&f;\"/></body></opml>";
    for (text, says) in [
        (deep.as_str(), "too deep"),
        (laughs, "declares for itself"),
        (outside, "declares for itself"),
        ("<opml><body><outline", "broken XML"),
        ("<html><body/></html>", "not a list of feeds"),
        ("<opml><body><outline xmlUrl=\"credential:/etc/passwd\"/></body></opml>", "1 refused"),
    ] {
        home.write("list.opml", text);
        let begun = Instant::now();
        check(&home.run(&["import", "list.opml"]), 1, &["0 feeds added", says]);
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?} for {says}", begun.elapsed());
    }
    home.write("list.opml", "not a list");
    check(&home.run(&["import", "list.opml"]), 2, &["this is not OPML"]);
    check(&home.run(&["import", "nothing.opml"]), 2, &["nothing.opml"]);
    assert_eq!(std::fs::read_to_string(home.path("feedwatch.toml")).unwrap(), before);
}

#[test]
fn ten_thousand_feeds_come_and_go() {
    let (from, _) = home("");
    let outlines: String = (0..10_000)
        .map(|n| format!("<outline text=\"Feed {n}\" xmlUrl=\"https://h{}.example/feed/{n}\"/>\n", n % 500))
        .collect();
    from.write("list.opml", &format!("<opml version=\"2.0\"><body>{outlines}</body></opml>"));
    let begun = Instant::now();
    check(&from.run(&["import", "list.opml"]), 0, &["10000 feeds added"]);
    let imported = begun.elapsed();
    check(&from.run(&["export", "out.opml"]), 0, &["10000 feeds written"]);
    println!("10,000 feeds: import {imported:?}, import and export {:?}", begun.elapsed());
    check(&from.run(&["import", "out.opml"]), 0, &["0 feeds added", "10000 known already"]);
}
