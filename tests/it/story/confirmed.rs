//! A record when a second source has a story, for watches that want it: another publisher, with a text of its own.

use feedwatch::clock::Timestamp;
use feedwatch::model::{Article, Kind};

use super::corpus::{piece, start};
use super::desk::Desk;

const TITLE: &str = "Varga resigns from emergency cabinet in Bratislava";

/// Texts of one piece of news, each of another hand.
const TEXTS: [&str; 3] = [
    "Defence Minister Tomas Varga said he was leaving the cabinet.",
    "A quarrel over the army budget drove Tomas Varga out of government on Sunday evening.",
    "Coalition parties have lost their best known face, three months before people vote.",
];

fn article(n: usize, url: Option<&str>, text: &str) -> Article {
    Article { url: url.map(str::to_owned), ..piece(n, "", n, start(), TITLE, text).article }
}

/// Pieces of one story, one of each feed, by their links and texts: the changes of the records that confirm it.
fn check_texts(wanted: bool, pieces: &[(Option<&str>, &str)], confirmed: &[&str]) {
    let mut desk = Desk::new(pieces.len(), start());
    if wanted {
        desk.rules().alerts.confirmed.insert("everything".to_owned());
    }
    let mut told = Vec::new();
    for (feed, (link, text)) in pieces.iter().enumerate() {
        let now: Timestamp = start();
        let changes = desk.read(feed, vec![article(feed, *link, text)], now);
        let outcomes = changes.articles.into_iter().flat_map(|change| change.alerts);
        let records = outcomes.filter(|decided| decided.alert.kind == Kind::Confirmed && decided.outcome.is_told());
        told.extend(records.map(|decided| decided.alert.change.unwrap()));
    }
    assert_eq!(told, confirmed, "{pieces:?}");
}

/// The same of texts that are each a hand's own.
fn check(wanted: bool, links: &[Option<&str>], confirmed: &[&str]) {
    let pieces: Vec<_> = links.iter().copied().zip(TEXTS).collect();
    check_texts(wanted, &pieces, confirmed);
}

#[test]
fn a_second_source_confirms_a_story_once() {
    let (a, b) = (Some("https://www.bbc.co.uk/news/1"), Some("https://www.reuters.com/x"));
    check(true, &[a, b], &["confirmed by reuters.com, first told by bbc.co.uk"]);
    check(true, &[a, b, Some("https://lemonde.fr/1")], &["confirmed by reuters.com, first told by bbc.co.uk"]);
    // It is off unless it is asked for.
    check(false, &[a, b], &[]);
    // Sections, hosts and feeds of one publisher are one source.
    check(true, &[a, Some("https://feeds.bbc.co.uk/2"), Some("http://bbc.co.uk/3")], &[]);
    check(true, &[a, Some("https://feeds.bbc.co.uk/2"), b], &["confirmed by reuters.com, first told by bbc.co.uk"]);
    // Names below a public suffix are each one's own.
    check(
        true,
        &[Some("https://one.github.io/1"), Some("https://two.github.io/1")],
        &["confirmed by two.github.io, first told by one.github.io"],
    );
    // Unknown never counts as independent: what others gather, addresses.
    check(true, &[a, Some("https://news.google.com/rss/articles/1")], &[]);
    check(true, &[Some("https://news.google.com/rss/articles/1"), b], &[]);
    check(true, &[a, Some("http://192.0.2.7/1")], &[]);
    // Without a link the feed says it.
    check(true, &[None, b], &["confirmed by reuters.com, first told by f0.example"]);
}

#[test]
fn who_prints_the_text_of_another_confirms_nothing() {
    let (a, b, c) = (Some("https://a.example/1"), Some("https://b.example/1"), Some("https://c.example/1"));
    check_texts(true, &[(a, TEXTS[0]), (b, TEXTS[0])], &[]);
    let wire = format!("BRATISLAVA (AFP) - {}", TEXTS[0]);
    let other = format!("BRATISLAVA (AFP) - {}", TEXTS[1]);
    check_texts(true, &[(a, &wire), (b, &other)], &[]);
    check_texts(true, &[(a, &wire), (b, &other), (c, TEXTS[2])], &["confirmed by c.example, first told by a.example"]);
    // Nor does the agency its own piece.
    check_texts(true, &[(a, &wire), (Some("https://www.afp.com/1"), TEXTS[1])], &[]);
}
