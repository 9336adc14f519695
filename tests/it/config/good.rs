//! Good configurations mean what they say.

use std::time::Duration;

use feedwatch::config::{Config, Environment, LogFormat, LogSettings};
use feedwatch::fetch::{Guard, Identity, Limits};
use feedwatch::model::{FeedSource, Level, Listen};
use feedwatch::pace::Policy;
use feedwatch::poll::{AlertPolicy, AtMost, Growth};
use feedwatch::watch::{ScoreSource, WatchSource};

use super::Folder;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

#[test]
fn every_key_is_heard() {
    let folder = Folder::with(&[(
        "feedwatch.toml",
        r#"
        [store]
        path = "state/feedwatch.db"
        [log]
        alerts = "/logs/alerts.jsonl"
        level = "debug"
        format = "json"
        [poll]
        every = "30m"
        no_faster = "90s"
        no_slower = "7d"
        polls_per_second = 50
        at_once = 8
        per_host = 0x3
        host_gap = "500ms"
        timeout = "20s"
        max_body = "500KB"
        contact = "https://example.org/about"
        adaptive = false
        startup_spread = "0s"
        backoff_base = "10m"
        backoff_max = "2d"
        redirect_sightings = 5
        redirect_min_age = "0s"
        [guard]
        allow = ["10.20.0.0/16", "::1/128", "10.0.0.5:8080"]
        deny = ["64:ff9b:1::/48"]
        files = true
        [http]
        listen = "[::1]:9417"
        [alerts]
        story_window = "off"
        backlog_age = "off"
        max_age = "off"
        one_feed_holds = "7 per hour"
        growth = "origins"
        [[feed]]
        url = "https://Example.org:443/world?a=1#top"
        name = "Example"
        tags = ["uk", "wire"]
        every = "10m"
        holds_others = false
        tier = 1
        related = "alert"
        "#,
    )]);
    let config = folder.load().config;
    assert_eq!(config.store, folder.path("state/feedwatch.db"));
    assert_eq!(config.alert_log.to_str(), Some("/logs/alerts.jsonl"));
    assert_eq!(config.log, LogSettings { level: tracing::Level::DEBUG, format: LogFormat::Json });
    let policy = Policy {
        every: HOUR / 2,
        no_faster: Duration::from_secs(90),
        no_slower: DAY * 7,
        polls_per_second: 50,
        at_once: 8,
        in_all: 32,
        per_host: 3,
        host_gap: Duration::from_millis(500),
        startup_spread: Duration::ZERO,
        backoff_base: Some(HOUR / 6),
        backoff_max: DAY * 2,
        adaptive: false,
        redirect_sightings: 5,
        redirect_min_age: Duration::ZERO,
    };
    assert_eq!(config.policy, policy);
    assert_eq!(config.limits, Limits { timeout: Duration::from_secs(20), max_body_bytes: 500_000 });
    assert_eq!(config.identity, Identity { contact: Some("https://example.org/about".into()), feeds: 0 });
    let allow = vec!["10.20.0.0/16".parse().unwrap(), "::1/128".parse().unwrap(), "10.0.0.5:8080".parse().unwrap()];
    let guard = Guard { allow, deny: vec!["64:ff9b:1::/48".parse().unwrap()], files: true, ..Guard::default() };
    assert_eq!(config.guard, guard.knowing(config.feeds.iter().map(|feed| &feed.url)));
    assert_eq!(
        config.alerts,
        AlertPolicy {
            story_window: None,
            backlog_age: None,
            max_age: None,
            one_feed_holds: Some(AtMost { count: 7, per: HOUR }),
            growth: Growth::Origins,
            ..AlertPolicy::default()
        }
    );
    assert_eq!(config.http, Some(Listen::Tcp("[::1]:9417".parse().unwrap())));
    let feed = FeedSource {
        url: "https://example.org/world?a=1".parse().unwrap(),
        name: Some("Example".into()),
        tags: vec!["uk".into(), "wire".into()],
        every: Some(HOUR / 6),
        holds_others: false,
        tier: Some(1),
        related_in_full: true,
    };
    assert_eq!(config.feeds[..], [feed]);
}

#[test]
fn an_empty_file_is_all_defaults() {
    let config = Folder::with(&[("feedwatch.toml", "")]).load().config;
    assert_eq!(config.policy, Policy::default());
    assert_eq!(config.alerts, AlertPolicy::default());
    assert_eq!(config.guard, Guard::default());
    assert_eq!(config.limits, Limits { timeout: Duration::from_secs(60), max_body_bytes: 10_000_000 });
    assert_eq!(config.store.to_str(), Some("/var/lib/feedwatch/feedwatch.db"));
    assert_eq!(config.alert_log.to_str(), Some("/var/log/feedwatch/alerts.jsonl"));
}

#[test]
fn without_any_folder_for_state_the_database_needs_a_path() {
    let load = |text| {
        let folder = Folder::with(&[("feedwatch.toml", text)]);
        Config::load(&folder.path("feedwatch.toml"), &Environment::default()).map(|loaded| loaded.config.store)
    };
    let shown = load("").unwrap_err().render(false);
    assert!(shown.starts_with("error: no place is known for the database\n"), "{shown}");
    assert_eq!(load("[store]\npath = \"/srv/a.db\"").unwrap().to_str(), Some("/srv/a.db"));
}

#[test]
fn a_default_gives_way_to_what_is_written() {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    for (poll, every, no_faster, no_slower) in [
        ("every = \"5m\"", 5, 5, 360),
        ("every = \"12h\"", 720, 15, 720),
        ("no_faster = \"12h\"", 720, 720, 720),
        ("no_slower = \"10m\"", 10, 10, 10),
        ("no_slower = \"30m\"", 30, 15, 30),
        ("every = \"5m\"\nno_slower = \"10m\"", 5, 5, 10),
    ] {
        let policy = Folder::with(&[("feedwatch.toml", &format!("[poll]\n{poll}\n"))]).load().config.policy;
        let expected = (minutes(every), minutes(no_faster), minutes(no_slower));
        assert_eq!((policy.every, policy.no_faster, policy.no_slower), expected, "{poll}");
    }
}

#[test]
fn the_same_may_be_written_in_other_ways() {
    for text in [
        "[poll]\nevery = \"5m\"",
        "poll.every = '5m'",
        "poll = { every = \"5m\" }",
        "\u{feff}[poll]\r\nevery\t=\t\"5m\"\r\n",
    ] {
        let policy = Folder::with(&[("feedwatch.toml", text)]).load().config.policy;
        assert_eq!(policy.every, Duration::from_secs(300), "{text:?}");
    }
}

#[test]
fn feeds_come_from_further_files_and_folders_of_a_list_become_tags() {
    let opml = r#"<?xml version="1.0"?>
        <!-- exported -->
        <opml version="2.0"><head><title>Mine</title></head><body>
          <outline text="Wires"><outline text="Middle East &amp; Gulf">
            <outline type="rss" text="A" title="Feed A" xmlUrl="https://example.org/a?x=1&amp;y=2"/>
            <OUTLINE text="B" xmlURL="https://example.org/b"></OUTLINE>
          </outline></outline>
          <outline xmlUrl="https://example.org/c"/>
        </body></opml>"#;
    let folder = Folder::with(&[
        ("feedwatch.toml", "feeds = [\"lists/*.opml\", \"more/feeds.toml\"]\n[guard]\nfiles = true\n"),
        ("lists/mine.opml", opml),
        ("more/feeds.toml", "[[feed]]\nurl = \"file:news/a b.xml\"\nname = \"D\"\n"),
        ("more/news/a b.xml", "<rss/>"),
    ]);
    let loaded = folder.load();
    let told = |feed: &FeedSource| (feed.url.to_string(), feed.name.clone().unwrap_or_default(), feed.tags.join(","));
    let feeds: Vec<_> = loaded.config.feeds.iter().map(told).collect();
    let file = url::Url::from_file_path(folder.path("more/news/a b.xml")).unwrap().to_string();
    let expected = [
        ("https://example.org/a?x=1&y=2", "Feed A", "Wires,Middle East & Gulf"),
        ("https://example.org/b", "B", "Wires,Middle East & Gulf"),
        ("https://example.org/c", "", ""),
        (file.as_str(), "D", ""),
    ];
    assert_eq!(feeds, expected.map(|(url, name, tags)| (url.to_owned(), name.to_owned(), tags.to_owned())));
    let warnings: Vec<_> = loaded.warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert_eq!(warnings, ["there are no watches: nothing will be flagged"]);
}

#[test]
fn watches_come_from_the_file_beside_or_from_those_that_match() {
    let watch = |name: &str, extra: &str| {
        format!("[[watch]]\nname = \"{name}\"\nfind = \"{name}\"\nshould_find = \"{name}\"\n{extra}")
    };
    let names =
        |folder: Folder| folder.load().watch_files.sources().iter().map(|watch| watch.name.clone()).collect::<Vec<_>>();
    let beside = Folder::with(&[("feedwatch.toml", ""), ("watches.toml", &watch("a", ""))]);
    assert_eq!(names(beside), ["a"]);
    let several = Folder::with(&[
        ("feedwatch.toml", "watches = [\"last.toml\", \"watches.d/*.toml\", \"watches.d/1.toml\"]"),
        ("watches.d/2.toml", &watch("two", "")),
        ("watches.d/1.toml", &watch("one", "[lists]\nposts = 'office'")),
        ("watches.d/.hidden.toml", "not toml"),
        ("watches.d/notes.txt", "not toml"),
        ("last.toml", &watch("last", "")),
    ]);
    assert_eq!(names(several), ["last", "one", "two"]);
}

#[test]
fn every_key_of_a_watch_is_heard() {
    let watches = r#"
        [[watch]]
        name = "Hamas leaves Doha"
        find = "mediation"
        lang = "en"
        also.fr = 'médiation OR médiateur'
        also.ar = 'وساطة'
        ignore = ['"box office"', '"oval office"']
        but_not = "mediatheque"
        reject = 'feed: sports'
        threshold = 6
        score = [
            { points = 6, find = 'title: hamas' },
            { points = -8, find = 'football', at_most = -16 },
        ]
        alert = { level = "high", repeat = "every article" }
        should_find = ["one", "two"]
        should_pass_over = "three"
        [[watch]]
        name = "points"
        find = "doha"
        threshold = 3
        [[watch.score]]
        points = 3
        find = "doha OR qatar"
        [watch.alert]
        repeat = "once per story"
    "#;
    let folder = Folder::with(&[("feedwatch.toml", ""), ("watches.toml", watches)]);
    let loaded = folder.load();
    assert_eq!(loaded.config.alerts.every_article, ["Hamas leaves Doha".to_owned()].into());
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let expected = WatchSource {
        name: "Hamas leaves Doha".into(),
        find: "mediation".into(),
        lang: Some("en".into()),
        also: [("ar".into(), "وساطة".into()), ("fr".into(), "médiation OR médiateur".into())].into(),
        ignore: texts(&["\"box office\"", "\"oval office\""]),
        but_not: texts(&["mediatheque"]),
        reject: Some("feed: sports".into()),
        threshold: Some(6),
        score: vec![
            ScoreSource { points: 6, find: "title: hamas".into(), at_most: None },
            ScoreSource { points: -8, find: "football".into(), at_most: Some(-16) },
        ],
        level: Level::High,
        should_find: texts(&["one", "two"]),
        should_pass_over: texts(&["three"]),
    };
    assert_eq!(loaded.watch_files.sources()[0], expected);
    assert_eq!(loaded.watch_files.sources()[1].score[0].find, "doha OR qatar");
    assert_eq!(loaded.watch_files.tests(), 3);
}
