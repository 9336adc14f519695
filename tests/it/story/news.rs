//! What is new in a piece beside those that were there before (`news.txt`), in the records of growth, in the timeline of a
//! story, and as people read it.

use std::time::Duration;

use feedwatch::alert;
use feedwatch::clock::later;
use feedwatch::model::{Alert, AlertFilter, Article, Field, Kind, NewsKind, Outcome, Reason};
use feedwatch::poll::timeline;
use feedwatch::story::{Said, Text};

use super::corpus::{piece, start};
use super::desk::Desk;

/// Pieces of one story, the last of them new: `title | text` a line, `? words` that a watch looks for, `= kind value: sentence`.
const CASES: &str = include_str!("news.txt");

fn why(terms: &str, title: &str, text: &str) -> Vec<Reason> {
    let mut why = Vec::new();
    for term in terms.split_whitespace() {
        for (field, part) in [(Field::Title, title), (Field::Body, text)] {
            why.extend(part.match_indices(term).map(|(start, found)| Reason {
                field,
                start,
                end: start + found.len(),
                text: found.to_owned(),
                term: term.to_owned(),
                clause: terms.to_owned(),
                points: None,
            }));
        }
    }
    why
}

/// What is new in the last of these pieces, in the words of the cases.
fn news(terms: &str, pieces: &[(&str, &str)]) -> String {
    let mut said = Said::default();
    let whys: Vec<Vec<Reason>> = pieces.iter().map(|(title, text)| why(terms, title, text)).collect();
    let texts: Vec<Text> = pieces
        .iter()
        .zip(&whys)
        .map(|((title, text), why)| Text { title, texts: [text, ""], lang: None, author: None, why })
        .collect();
    let (last, earlier) = texts.split_last().unwrap();
    earlier.iter().for_each(|piece| said.add(piece));
    said.news(last).map_or("nothing".to_owned(), |news| {
        let kind = serde_json::to_value(news.kind).unwrap();
        format!("{} {}: {}", kind.as_str().unwrap(), &news.sentence[news.value], news.sentence)
    })
}

#[test]
fn what_is_new_in_a_piece_is_found_in_all_languages() {
    let mut wrong = Vec::new();
    for case in CASES.split("== ").skip(1) {
        let (mut terms, mut pieces, mut wanted) = ("", Vec::new(), "");
        let mut lines = case.lines();
        let name = lines.next().unwrap();
        for line in lines.filter(|line| !line.is_empty()) {
            match (line.strip_prefix("? "), line.strip_prefix("= ")) {
                (Some(words), _) => terms = words,
                (_, Some(news)) => wanted = news,
                _ => pieces.extend(line.split_once('|').map(|(title, text)| (title.trim(), text.trim()))),
            }
        }
        let found = news(terms, &pieces);
        if found != wanted {
            wrong.push(format!("{name}\n  wanted {wanted}\n  found  {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const TITLE: &str = "Varga resigns from emergency cabinet in Bratislava";
const TEXT: &str = "Defence Minister Tomas Varga said he was leaving the emergency cabinet in Bratislava.";

/// The same news in words of another hand.
const OWN: &str = "Tomas Varga walked out of the government on Sunday evening after a quarrel over the army budget.";

/// A desk that read a piece of each of these feeds, one a minute: `title | text`. An empty title is the usual one.
fn read(desk: &mut Desk, pieces: &[(usize, &str)]) {
    for (n, (feed, piece_of)) in pieces.iter().enumerate() {
        let now = later(start(), Duration::from_secs(60 * n as u64));
        let (title, text) = piece_of.split_once('|').unwrap();
        let title = if title.trim().is_empty() { TITLE } else { title.trim() };
        let made = piece(n, "", *feed, now, title, text.trim()).article;
        let url = Some(format!("https://paper{feed}.example/{n}"));
        desk.read(*feed, vec![Article { url, lang: None, ..made }], now);
    }
}

/// What its last record of growth says is new: `kind value: quote @ link`.
fn grown(desk: &Desk) -> (Alert, Vec<String>) {
    let alerts = desk.store().alerts(&AlertFilter::default()).unwrap();
    let grown = alerts.into_iter().rfind(|stored| stored.outcome == Outcome::Grown).unwrap().alert;
    let new = grown.story.new.iter().map(|news| {
        let kind = serde_json::to_value(news.kind).unwrap();
        let link = news.url.as_deref().unwrap().trim_start_matches("https://");
        format!("{} {}: {} @ {link}", kind.as_str().unwrap(), news.value, news.quote)
    });
    let new = new.collect();
    (grown, new)
}

fn same(feeds: std::ops::Range<usize>) -> Vec<(usize, String)> {
    feeds.map(|feed| (feed, format!("| {TEXT}"))).collect()
}

fn check_growth(what: &str, pieces: &[(usize, &str)], news: &[&str], line: &str) {
    let mut desk = Desk::new(30, start());
    read(&mut desk, pieces);
    let (record, found) = grown(&desk);
    assert_eq!(found, news, "{what}");
    let said = record.message.split_once(" (story grew to ").unwrap().1;
    let said = said.split_once(')').unwrap().1.trim_end_matches(')').trim_start_matches("; ");
    assert_eq!(said, line, "{what}: {}", record.message);
}

#[test]
fn a_record_of_growth_says_what_no_piece_that_was_told_had() {
    let copies = same(0..5);
    let copies: Vec<(usize, &str)> = copies.iter().map(|(feed, text)| (*feed, text.as_str())).collect();
    check_growth("nothing new, and no line of it", &copies, &[], "");
    let of_last = format!("| {TEXT} He is the 4th to go. Some 300 officers will follow him.");
    let with = |at: usize, text: &'static str| {
        let mut pieces = copies.clone();
        pieces[at].1 = text;
        pieces
    };
    let mut pieces = copies.clone();
    pieces[4].1 = &of_last;
    let quote = "Some 300 officers will follow him.";
    check_growth(
        "the piece by which it grew",
        &pieces,
        &[&format!("number 300: {quote} @ paper4.example/4")],
        &format!("new number 300: \"{quote}\""),
    );
    let joined =
        "| Defence Minister Tomas Varga said he was leaving the emergency cabinet in Bratislava. He goes to Sofia.";
    check_growth(
        "a piece that was told to nobody",
        &with(2, joined),
        &["place Sofia: He goes to Sofia. @ paper2.example/2"],
        "new place Sofia: \"He goes to Sofia.\"",
    );
    let first =
        "| Defence Minister Tomas Varga said he was leaving the emergency cabinet in Bratislava. Some 300 will go.";
    let mut told = with(0, first);
    told[4].1 = &of_last;
    check_growth("what the first had said below", &told, &[], "");
}

#[test]
fn what_a_record_of_growth_quoted_is_not_new_in_the_next() {
    let copies = same(0..26);
    let mut pieces: Vec<(usize, &str)> = copies.iter().map(|(feed, text)| (*feed, text.as_str())).collect();
    let joined = format!("| {TEXT} Some 300 officers will follow him.");
    pieces[2].1 = &joined;
    pieces[20].1 = &joined;
    let mut desk = Desk::new(30, start());
    read(&mut desk, &pieces);
    let (last, news) = grown(&desk);
    assert!(last.message.contains("25 publishers") && news.is_empty(), "{} {news:?}", last.message);
    let later = format!("| {TEXT} Some 900 officers will follow him.");
    pieces[21].1 = &later;
    let mut desk = Desk::new(30, start());
    read(&mut desk, &pieces);
    assert_eq!(grown(&desk).1, ["number 900: Some 900 officers will follow him. @ paper21.example/21"]);
}

#[test]
fn the_first_report_of_its_own_beside_prints_of_an_agency_and_a_better_tier_are_new() {
    let wire = format!("| BRATISLAVA, Nov 16 (Reuters) - {TEXT}");
    let own = format!("| {OWN}");
    let mut pieces: Vec<(usize, &str)> = (0..5).map(|feed| (feed, wire.as_str())).collect();
    pieces[3].1 = &own;
    check_growth(
        "an own report",
        &pieces,
        &[
            &format!("deed quarrel: {OWN} @ paper3.example/3"),
            &format!("own-report paper3.example: {TITLE} @ paper3.example/3"),
        ],
        &format!("new deed quarrel: \"{OWN}\"; the first report of its own: paper3.example"),
    );
    let all_own: Vec<(usize, &str)> = pieces.iter().map(|(feed, _)| (*feed, own.as_str())).collect();
    check_growth("nothing but own reports", &all_own, &[], "");
    let mut desk = Desk::new(5, start());
    for (feed, tier) in [(0, 3), (1, 2), (2, 1), (4, 1)] {
        desk.feeds()[feed].source.tier = Some(tier);
    }
    read(&mut desk, &all_own);
    assert_eq!(grown(&desk).1, [format!("tier 1: {TITLE} @ paper2.example/2")], "better than 3");
}

#[test]
fn a_hostile_text_makes_no_large_record_and_steers_nothing() {
    let name = "Zzyx\u{202e}abc ".repeat(400);
    let figures = (1_000..1_400).map(|n| format!("{n},5")).collect::<Vec<_>>().join(" ");
    for text in [
        format!("{TEXT} He named {name}"),
        format!("{TEXT} {figures}"),
        format!("{TEXT} \u{1b}[31m300\u{7} officers\u{2066} will follow"),
        format!("{TEXT} {} 300 {}", "x".repeat(50_000), "y ".repeat(50_000)),
        format!("{TEXT} \"{}\"", "300 ".repeat(20_000)),
    ] {
        // Whether it is of the story or not: the story grows without it as well.
        let copies = same(0..6);
        let mut pieces: Vec<(usize, &str)> = copies.iter().map(|(feed, text)| (*feed, text.as_str())).collect();
        let hostile = format!("| {text}");
        pieces[3].1 = &hostile;
        let mut desk = Desk::new(6, start());
        read(&mut desk, &pieces);
        let (record, _) = grown(&desk);
        for news in &record.story.new {
            assert!(news.quote.chars().count() <= 302 && news.value.chars().count() <= 302, "{news:?}");
        }
        let new = serde_json::to_string(&record.story.new).unwrap();
        let line = alert::line(&record);
        for shown in [&new, &record.message, &line] {
            assert!(shown.len() < 16 * 1024 && !shown.contains(['\u{202e}', '\u{2066}', '\u{1b}', '\u{7}']), "{shown}");
        }
        let story = &record.story.id;
        for step in timeline(&desk.store().story_articles(story).unwrap()) {
            assert!(step.iter().all(|news| news.quote.chars().count() <= 302), "{step:?}");
        }
    }
}

#[test]
fn the_timeline_of_a_story_is_what_each_piece_brought() {
    let mut desk = Desk::new(5, start());
    let wire = format!("| BRATISLAVA, Nov 16 (Reuters) - {TEXT}");
    read(
        &mut desk,
        &[
            (0, &wire),
            (1, &format!("{wire} Some 300 officers will follow him.")),
            (2, &wire),
            (3, &format!("| {OWN} He goes to Sofia.")),
            (4, &format!("| {TEXT} Some 300 officers will go to Sofia with him.")),
        ],
    );
    let told = desk.store().alerts(&AlertFilter::default()).unwrap();
    let first = told.iter().find(|stored| stored.alert.kind == Kind::Alert).unwrap();
    let articles = desk.store().story_articles(&first.alert.story.id).unwrap();
    let steps = timeline(&articles);
    let shown: Vec<String> = steps
        .iter()
        .flatten()
        .map(|news| format!("{:?} {}: {} @ {}", news.kind, news.value, news.quote, news.url.as_deref().unwrap()))
        .collect();
    assert_eq!(
        shown,
        [
            format!("Story : {TITLE} @ https://paper0.example/0"),
            "Number 300: Some 300 officers will follow him. @ https://paper1.example/1".to_owned(),
            "Place Sofia: He goes to Sofia. @ https://paper3.example/3".to_owned(),
            format!("OwnReport paper3.example: {TITLE} @ https://paper3.example/3"),
        ]
    );
    let times: Vec<_> = steps.iter().flatten().map(|news| news.time).collect();
    assert!(times.is_sorted() && times[0] == start());
    assert!(steps[0].iter().all(|news| news.kind == NewsKind::Story));
    // Copies bring nothing: then there is no timeline.
    let mut desk = Desk::new(2, start());
    read(&mut desk, &[(0, &wire), (1, &wire)]);
    let story = desk.store().alerts(&AlertFilter::default()).unwrap()[0].alert.story.id.clone();
    let articles = desk.store().story_articles(&story).unwrap();
    assert_eq!((articles.len(), timeline(&articles).len()), (2, 0));
}

#[test]
fn in_80_columns_no_line_of_it_is_wider() {
    let look = alert::Look { colour: false, width: Some(80), when: alert::When::In(jiff::tz::TimeZone::UTC) };
    let long = format!(
        "| {TEXT} {} 300 officers will follow him.",
        "Some say that many more than there ever were of ".repeat(8)
    );
    let copies = same(0..5);
    let mut pieces: Vec<(usize, &str)> = copies.iter().map(|(feed, text)| (*feed, text.as_str())).collect();
    pieces[2].1 = &long;
    let mut desk = Desk::new(5, start());
    read(&mut desk, &pieces);
    let (record, news) = grown(&desk);
    assert_eq!(news.len(), 1);
    let steps = timeline(&desk.store().story_articles(&record.story.id).unwrap());
    let shown = [alert::full(&record, &look), steps.iter().map(|step| alert::step(step, &look)).collect()].concat();
    assert!(shown.contains("    new number 300: https://f2.example/feed, \"…"), "{shown}");
    assert!(shown.contains("    https://paper2.example/2\n"), "{shown}");
    for line in shown.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}
