//! Pairs of pieces with labels, in six languages and more: what shares a frame and is other news is told by itself, what is one
//! piece of news in other words is held, or told in a line under the first (tests/it/story/frames).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use feedwatch::clock::later;
use feedwatch::model::{AlertFilter, Kind, Level, Outcome};
use serde::Deserialize;

use super::corpus::{piece, start};
use super::desk::Desk;

#[derive(Deserialize)]
struct Pair {
    id: String,
    lang: String,
    kind: String,
    a: Text,
    b: Text,
}

#[derive(Deserialize)]
struct Text {
    title: String,
    summary: String,
}

/// What became of the second piece of pairs.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    /// By an alert of its own.
    by_itself: usize,
    /// In a line under the first.
    related: usize,
    /// In no record.
    held: usize,
}

impl Told {
    fn add(&mut self, other: Told) {
        self.by_itself += other.by_itself;
        self.related += other.related;
        self.held += other.held;
    }

    fn all(self) -> f64 {
        (self.by_itself + self.related + self.held) as f64
    }
}

fn tell(pair: &Pair) -> Told {
    let mut desk = Desk::new(2, start());
    let mut told = Told::default();
    for (feed, text) in [&pair.a, &pair.b].into_iter().enumerate() {
        let at = later(start(), Duration::from_secs(1_200 * feed as u64));
        let mut piece = piece(feed, &pair.id, feed, at, &text.title, &text.summary);
        piece.article.lang = Some(pair.lang.clone());
        let changes = desk.read(feed, vec![piece.article], at);
        let alert = &changes.articles[0].alerts[0];
        if feed == 1 {
            match (alert.outcome, alert.alert.kind) {
                (Outcome::Raised, Kind::Related) => told.related += 1,
                (Outcome::Raised, _) => told.by_itself += 1,
                _ => told.held += 1,
            }
        }
    }
    told
}

/// What became of all pairs of a file, and by kind and language.
fn tell_all(file: &str) -> (Told, String) {
    let mut groups = BTreeMap::<String, Told>::new();
    let (mut all, mut shown) = (Told::default(), String::new());
    for line in file.lines() {
        let pair: Pair = serde_json::from_str(line).unwrap();
        let told = tell(&pair);
        all.add(told);
        groups.entry(pair.kind.clone()).or_default().add(told);
        groups.entry(pair.lang.clone()).or_default().add(told);
        let what = ["itself", "related", "held"][told.related + 2 * told.held];
        let _ = writeln!(shown, "{what:8} {} {}: {} / {}", pair.id, pair.kind, pair.a.title, pair.b.title);
    }
    for (group, told) in groups {
        let _ = writeln!(shown, "{group:10} {told:?}");
    }
    (all, shown)
}

#[test]
fn what_is_told_in_a_line_is_listed_among_the_alerts_with_what_it_is_under() {
    let mut desk = Desk::new(2, start());
    let texts = [
        ("Denmark to close embassy in Mali", "The embassy in Bamako will shut in June, Copenhagen said."),
        ("Dänemark gibt Botschaft in Bamako auf", "Das Außenministerium in Kopenhagen schließt die Botschaft im Juni."),
    ];
    for (feed, (title, text)) in texts.into_iter().enumerate() {
        let at = later(start(), Duration::from_secs(600 * feed as u64));
        let mut article = piece(feed, "", feed, at, title, text).article;
        article.lang = None;
        desk.read(feed, vec![article], at);
    }
    let listed = desk.store().alerts(&AlertFilter::default()).unwrap();
    let kinds: Vec<Kind> = listed.iter().map(|stored| stored.alert.kind).collect();
    assert_eq!(kinds, [Kind::Alert, Kind::Related]);
    let (first, line) = (&listed[0].alert, &listed[1].alert);
    let under = line.related_to.as_ref().unwrap();
    assert_eq!((&under.id, under.title.as_str()), (&first.id, "Denmark to close embassy in Mali"));
    assert_eq!(line.level, Level::Info);
    let operations = AlertFilter { operations: true, ..AlertFilter::default() };
    assert_eq!(desk.store().alerts(&operations).unwrap().len(), 0, "it is news");
}

#[test]
fn a_feed_that_asks_for_it_has_alerts_of_its_own_for_what_is_only_perhaps_of_a_story() {
    let texts = [
        ("Denmark to close embassy in Mali", "The embassy in Bamako will shut in June, Copenhagen said."),
        ("Dänemark gibt Botschaft in Bamako auf", "Das Außenministerium in Kopenhagen schließt die Botschaft im Juni."),
    ];
    for (asks, kind) in [(None, Kind::Related), (Some(0), Kind::Related), (Some(1), Kind::Alert)] {
        let mut desk = Desk::new(2, start());
        if let Some(feed) = asks {
            desk.feeds()[feed].source.related_in_full = true;
        }
        let told = texts.into_iter().enumerate().map(|(feed, (title, text))| {
            let mut article = piece(feed, "", feed, start(), title, text).article;
            article.lang = None;
            desk.read(feed, vec![article], start()).articles.remove(0).alerts.remove(0)
        });
        let told: Vec<_> = told.map(|decided| (decided.outcome, decided.alert.kind)).collect();
        assert_eq!(told, [(Outcome::Raised, Kind::Alert), (Outcome::Raised, kind)], "{asks:?}");
        // What is certain joins all the same.
        let copy = piece(9, "", 1 - asks.unwrap_or(0), start(), texts[0].0, texts[0].1).article;
        let outcome = desk.read(1, vec![copy], start()).articles[0].alerts[0].outcome;
        assert_eq!(outcome, Outcome::Joined, "{asks:?}");
    }
}

#[test]
fn a_single_word_in_common_is_what_the_watch_looks_for_and_relates_nothing() {
    for (one, other) in [
        ("Lumina opens chip plant in Penang", "Regulator in Brussels fines Lumina"),
        ("Mediation of another matter", "Varga resigns from emergency cabinet in Bratislava after mediation"),
        ("Kestrel Drinks names new finance chief", "Storm sinks trawler Kestrel off Iceland"),
        ("Сбербанк открыл филиал в Алматы", "Суд оштрафовал Сбербанк за рекламу"),
    ] {
        let mut desk = Desk::new(2, start());
        let told = [one, other].map(|title| {
            let feed = usize::from(title == other);
            let mut article = piece(feed, "", feed, start(), title, "").article;
            article.lang = None;
            desk.read(feed, vec![article], start()).articles.remove(0).alerts.remove(0)
        });
        assert_eq!(told[1].alert.kind, Kind::Alert, "{one} / {other}: {:?}", told[1].alert.change);
    }
}

#[test]
fn texts_that_share_nothing_are_two_pieces_of_news_whatever_the_headline() {
    let title = "Explosion shakes oil harbour of Novorossiysk";
    let first = "A tanker caught fire at the eastern pier after midnight, the governor wrote.";
    for (hours, text, held) in [
        (2, "Two dockers were hurt when a crane toppled onto a silo.", false),
        (30, "Two dockers were hurt when a crane toppled onto a silo.", false),
        (30, "The governor wrote that a tanker had caught fire at the eastern pier after midnight.", true),
        (30, "", true),
    ] {
        let mut desk = Desk::new(2, start());
        let told = [(0, 0, first), (1, hours, text)].map(|(feed, hours, text)| {
            let at = later(start(), Duration::from_secs(3600 * hours));
            desk.read(feed, vec![piece(feed, "", feed, at, title, text).article], at)
                .articles
                .remove(0)
                .alerts
                .remove(0)
        });
        assert_eq!(told[1].outcome == Outcome::Joined, held, "{hours} h later: {text} {:?}", told[1].outcome);
    }
}

#[test]
fn what_shares_a_frame_only_is_told() {
    let (told, shown) = tell_all(include_str!("frames/frames.jsonl"));
    println!("{shown}{told:?}");
    assert!(told.held as f64 <= 0.01 * told.all(), "{told:?}");
    assert!(told.by_itself as f64 >= 0.88 * told.all(), "{told:?}");
}

#[test]
fn rewrites_of_one_event_are_held_or_told_under_the_first() {
    let (told, shown) = tell_all(include_str!("frames/rewrites.jsonl"));
    println!("{shown}{told:?}");
    // Half of the pairs share hardly a word, even in their texts: only who knows the world sees that they are one.
    assert!((told.held + told.related) as f64 >= 0.5 * told.all(), "{told:?}");
}
