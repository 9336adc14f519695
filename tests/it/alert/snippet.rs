//! What a person reads of a hit: the right passage, the right words marked, cut where words end.

use std::sync::Arc;

use feedwatch::alert::{message, snippet};
use feedwatch::clock::Timestamp;
use feedwatch::model::{Article, Feed, FeedId, FeedSource, Field, Hit, KeyKind, Level, Polls, Reason, Validators};

/// An article whose texts mark what was found: `<close>` found for the term `close`.
fn found(title: &str, summary: &str, body: &str) -> (Article, Hit) {
    let mut why = Vec::new();
    let mut plain = |field, text: &str| {
        let mut stored = String::new();
        for piece in text.split_inclusive(['<', '>']) {
            let inside = piece.ends_with('>');
            let words = piece.trim_end_matches(['<', '>']);
            if inside {
                let (start, end) = (stored.len(), stored.len() + words.len());
                let (text, term) = (words.to_owned(), words.to_lowercase());
                why.push(Reason { field, start, end, text, term, clause: "c".into(), points: None });
            }
            stored.push_str(words);
        }
        stored
    };
    let (title, summary, body) = (plain(Field::Title, title), plain(Field::Summary, summary), plain(Field::Body, body));
    let article = Article {
        key: "k".into(),
        key_kind: KeyKind::Id,
        id: None,
        url: Some("https://www.example.org/news/1".into()),
        title,
        summary,
        body,
        author: None,
        original: None,
        categories: Vec::new(),
        lang: None,
        published: None,
        updated: None,
        enclosures: Vec::new(),
        content_hash: 0,
    };
    let hit =
        Hit { watch: Arc::from("office closure"), revision: Arc::from("r"), level: Level::Notice, why, score: None };
    (article, hit)
}

fn check(title: &str, summary: &str, body: &str, wanted: &str) {
    let (article, hit) = found(title, summary, body);
    assert_eq!(snippet(&article, &hit), wanted);
}

fn feed(url: &str) -> Feed {
    Feed {
        id: FeedId(1),
        source: FeedSource {
            url: url.parse().unwrap(),
            name: None,
            tags: Vec::new(),
            every: None,
            holds_others: true,
            tier: None,
            related_in_full: false,
        },
        title: Some("The Wire".into()),
        validators: Validators::default(),
        body_hash: None,
        polls: Polls::none_yet(Timestamp::UNIX_EPOCH, Default::default()),
        adopted: None,
    }
}

#[test]
fn short_texts_are_shown_whole_with_every_span_marked() {
    check("", "They <close> the <office>.", "", "They [[close]] the [[office]].");
    check("An <office> goes", "", "", "An [[office]] goes");
    check("", "<Close><office>", "", "[[Closeoffice]]");
    check("", "One\tline of <text>\nand  another\n", "", "One line of [[text]] and another");
    check("", "A caption\nOf the <office>", "", "…Of the [[office]]");
}

#[test]
fn the_passage_with_most_terms_wins_and_the_text_before_the_headline() {
    check("<Close> the <office>", "An <office> here", "", "[[Close]] the [[office]]");
    check("The <office>", "An <office> here", "", "An [[office]] here");
    let far = "word ".repeat(100);
    let body = format!("The <office> opened. {far}They <close> the <office> now.");
    let (article, hit) = found("", "", &body);
    let shown = snippet(&article, &hit);
    assert!(shown.starts_with("…word") && shown.ends_with("They [[close]] the [[office]] now."), "{shown}");
}

#[test]
fn long_texts_are_cut_between_words_on_both_sides() {
    let far = "alphabet ".repeat(60);
    let (article, hit) = found("", &format!("{far}they <close> it {far}"), "");
    let shown = snippet(&article, &hit);
    assert!(shown.starts_with("…alphabet ") && shown.ends_with(" alphabet…"), "{shown}");
    let length = shown.chars().filter(|c| !"[]…".contains(*c)).count();
    assert!((170..=200).contains(&length), "{length}: {shown}");
}

#[test]
fn what_one_side_does_not_need_goes_to_the_other() {
    let far = "alphabet ".repeat(60);
    for text in [format!("<Close> it {far}"), format!("{far}they <close>")] {
        let (article, hit) = found("", &text, "");
        let length = snippet(&article, &hit).chars().count();
        assert!((190..=206).contains(&length), "{length}: {text}");
    }
}

#[test]
fn text_without_spaces_is_cut_between_characters() {
    let (article, hit) = found("", &format!("{}<办事处>{}", "卡塔尔".repeat(90), "关闭了".repeat(90)), "");
    let shown = snippet(&article, &hit);
    assert!(shown.contains("卡塔尔[[办事处]]关闭了"), "{shown}");
    assert_eq!(shown.chars().count(), 200 + 4 + 2, "{shown}");
}

#[test]
fn a_span_longer_than_a_snippet_is_cut_itself() {
    let (article, hit) = found("", &format!("So <{}end> it was", "very long ".repeat(50)), "");
    let shown = snippet(&article, &hit);
    assert!(shown.starts_with("…[[very long") && shown.ends_with("…]]…") && shown.chars().count() < 210, "{shown}");
}

#[test]
fn brackets_of_the_text_are_no_marks_and_control_characters_are_shown() {
    check("", "a [[b]] [[[c <close>", "", "a [ [b] ] [ [ [c [[close]]");
    check("", "\u{1b}[1m<close>\u{202e}", "", r"\u{1b}[1m[[close]]\u{202e}");
}

#[test]
fn a_hit_outside_the_text_names_the_field() {
    let (article, mut hit) = found("", "Nothing here", "");
    let reason = |field, text: &str| Reason {
        field,
        start: 0,
        end: text.len(),
        text: text.into(),
        term: "t".into(),
        clause: "c".into(),
        points: None,
    };
    hit.why = vec![reason(Field::Category, "Diplomacy")];
    assert_eq!(snippet(&article, &hit), "category: [[Diplomacy]]");
    hit.why = vec![reason(Field::Summary, "a text that stood there before it was edited")];
    assert_eq!(snippet(&article, &hit), "summary: [[a text that stood there before it was edited]]");
}

#[test]
fn the_message_names_watch_headline_and_source() {
    for (title, url, feed_url, wanted) in [
        (
            "Office <shut>",
            Some("https://www.example.org/1"),
            "https://f.org/",
            "office closure: Office shut (example.org)",
        ),
        ("Office shut", None, "https://www.f.org/rss", "office closure: Office shut (f.org)"),
        ("Office shut", None, "file:///srv/wire.xml", "office closure: Office shut (The Wire)"),
        ("  Office\n shut \u{7}", None, "https://f.org/", r"office closure: Office shut \u{7} (f.org)"),
        ("", Some("urn:x:1"), "https://f.org/", "office closure: The first words (f.org)"),
    ] {
        let (mut article, hit) = found(title, "The first words", "");
        article.url = url.map(str::to_owned);
        assert_eq!(message(&article, &hit, &feed(feed_url)), wanted);
    }
    let (article, hit) = found(&"headline ".repeat(100), "", "");
    let long = message(&article, &hit, &feed("https://f.org/"));
    assert!(long.ends_with("headline… (example.org)") && long.chars().count() < 240, "{long}");
}
