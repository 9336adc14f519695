//! `why` about an article that came when the watches were others than the files have now.

use super::program::{Home, rss};

#[test]
fn why_tells_what_a_watch_was_when_the_article_came_apart_from_what_it_is_now() {
    let home = Home::new(&["file:feed.xml".to_owned()]);
    let settings = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    home.write("feedwatch.toml", &settings.replace("[guard]", "[guard]\nfiles = true"));
    home.write("feed.xml", &rss(7..8, "wire"));
    let watches = |find: &str| home.write("watches.toml", &format!("[[watch]]\nname = \"talks\"\nfind = '{find}'\n"));
    watches("mediation");
    assert!(home.run(&["once", "--all"]).status.success());

    // What the watch is when `why` is asked; whether it fires, and what else is said.
    let cases = [
        ("mediation", 0, "then\n  raised "),
        ("mediation AND day", 0, "the watch was changed since\n  raised "),
        ("arbitration", 1, "the watch was changed since\n  raised "),
    ];
    for (find, code, expected) in cases {
        watches(find);
        let output = home.run(&["why", "1", "talks"]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(expected), "{find}: {text}");
        assert_eq!(output.status.code(), Some(code), "{find}: {text}");
    }

    home.write("watches.toml", "[[watch]]\nname = \"days\"\nfind = 'day'\n");
    let output = home.run(&["why", "https://a.example/wire/7"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("it did not fire when the article was looked at"), "{text}");

    let output = home.run(&["why", "1", "days", "--json"]);
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&answer["hit"], &answer["then"], &answer["watch"]), (&true.into(), &().into(), &"days".into()));
}
