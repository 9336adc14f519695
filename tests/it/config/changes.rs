//! The log line of a reload says what changed in effect, and nothing when nothing did.

use super::Folder;

const FEED: &str = "\n[[feed]]\nurl = \"https://example.org/feed\"\n";

#[track_caller]
fn check(before: &str, after: &str, line: &str) {
    let load = |text: &str| {
        let text = format!("[store]\npath = \"/srv/a.db\"\n{text}");
        Folder::with(&[("feedwatch.toml", &text)]).load().config
    };
    assert_eq!(load(before).changes(&load(after)).to_string(), line);
}

#[test]
fn what_has_no_effect_is_no_change() {
    check(FEED, &format!("# a comment\n{FEED}"), "nothing changed");
    check(FEED, &format!("[poll]\nevery = \"60m\"\n{FEED}"), "nothing changed");
    check(FEED, "[[feed]]\nurl = \"https://EXAMPLE.org:443/feed#top\"\n", "nothing changed");
}

#[test]
fn feeds_are_told_by_address_and_settings_by_key() {
    check(FEED, "", "1 feed removed (https://example.org/feed)");
    check("", FEED, "1 feed added (https://example.org/feed)");
    check(FEED, &format!("{FEED}every = \"10m\"\n"), "1 feed changed (https://example.org/feed)");
    check(
        "",
        "[[feed]]\nurl = \"https://ann:geheim@example.org/feed\"\n",
        "1 feed added (https://ann:******@example.org/feed)",
    );
    check(
        "[[feed]]\nurl = \"https://ann:geheim@example.org/feed\"\n",
        "[[feed]]\nurl = \"https://ann:geheim@example.org/feed\"\ntags = [\"uk\"]\n",
        "1 feed changed (https://ann:******@example.org/feed)",
    );
    check(FEED, &format!("[poll]\nno_slower = \"2h\"\n{FEED}"), "poll.no_slower 6h -> 2h");
    check(FEED, &format!("[guard]\nallow = [\"10.0.0.0/8\"]\n{FEED}"), "guard.allow none -> 10.0.0.0/8");
    check(FEED, &format!("[alerts]\nstory_window = \"off\"\n{FEED}"), "alerts.story_window 7d -> off");
    check(
        FEED,
        &format!("[alerts]\none_feed_holds = \"5 per hour\"\n{FEED}"),
        "alerts.one_feed_holds 20 per 1d -> 5 per 1h",
    );
    check(FEED, &format!("[alerts]\none_feed_holds = \"off\"\n{FEED}"), "alerts.one_feed_holds 20 per 1d -> off");
    check(FEED, &format!("[alerts]\ngrowth = \"origins\"\n{FEED}"), "alerts.growth publishers -> origins");
    check(FEED, &format!("{FEED}holds_others = false\n"), "1 feed changed (https://example.org/feed)");
    check(FEED, &format!("{FEED}tier = 2\n"), "1 feed changed (https://example.org/feed)");
    check(FEED, &format!("{FEED}holds_others = true\n"), "nothing changed");
    check(FEED, &format!("{FEED}related = \"alert\"\n"), "1 feed changed (https://example.org/feed)");
    check(FEED, &format!("{FEED}related = \"line\"\n"), "nothing changed");
}

#[test]
fn what_waits_for_a_restart_is_named() {
    check(FEED, &format!("[log]\nlevel = \"debug\"\n{FEED}"), "log.level info -> debug");
    check(FEED, &format!("[log]\nformat = \"json\"\n{FEED}"), "log.format auto -> json (after a restart)");
}

#[test]
fn many_names_are_counted() {
    let many: String = (0..8).map(|i| format!("[[feed]]\nurl = \"https://example.org/{i}\"\n")).collect();
    let line = "8 feeds added (https://example.org/0, https://example.org/1, https://example.org/2, \
                https://example.org/3, https://example.org/4, and 3 more)";
    check("", &many, line);
}

#[test]
fn a_watch_is_told_by_its_terms_and_what_stayed_is_counted() {
    let with = |watches: &str, feeds: usize| {
        let feeds: String = (0..feeds).map(|i| format!("[[feed]]\nurl = \"https://example.org/{i}\"\n")).collect();
        let text = format!("[store]\npath = \"/srv/a.db\"\n{feeds}");
        Folder::with(&[("feedwatch.toml", &text), ("watches.toml", watches)]).load().config
    };
    let watch = |rest: &str| {
        format!("[[watch]]\nname = \"office closure\"\n{rest}\n[[watch]]\nname = \"other\"\nfind = \"x\"\n")
    };
    let before = with(&watch("find = \"office closure\""), 14);
    for (rest, feeds, line) in [
        ("find = \"office closure\"", 14, "nothing changed"),
        (
            "find = \"office AND (closure OR shut OR seal)\"",
            14,
            "watch office closure: +2 terms (seal, shut); 1 watch not changed",
        ),
        ("find = \"office\"", 14, "watch office closure: -1 term (closure); 1 watch not changed"),
        (
            "find = \"office closure\"\nignore = ['\"box office\"']",
            14,
            "watch office closure: ignore changed; 1 watch not changed",
        ),
        ("find = \"office BEFORE/5 closure\"", 14, "watch office closure: find changed; 1 watch not changed"),
        ("find = \"office closure\"", 15, "1 feed added (https://example.org/14); 14 feeds not changed"),
    ] {
        assert_eq!(before.changes(&with(&watch(rest), feeds)).to_string(), line);
    }
}

#[test]
fn a_watch_that_seems_to_have_another_name_only_is_told_with_what_keeps_its_history() {
    let with = |name: &str, rest: &str| {
        let watches = format!("[[watch]]\nname = \"{name}\"\nfind = \"office NEAR/5 closure\"\n{rest}");
        Folder::with(&[("feedwatch.toml", FEED), ("watches.toml", &watches)]).load().config
    };
    let changes = |rest: &str| with("closures", "").changes(&with("shut offices", rest)).to_string();
    let told = "1 watch added (shut offices); 1 watch removed (closures)";
    let advice = "shut offices looks like closures renamed: write was = \"closures\" there to keep its history";
    assert_eq!(changes(""), format!("{told}; {advice}"));
    assert_eq!(changes("was = \"closures\"\n"), told);
}
