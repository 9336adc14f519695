//! A record when a second source has a story, for watches that want it: another registrable domain, as the article's link says.

use feedwatch::clock::Timestamp;
use feedwatch::model::{Article, Kind};

use super::corpus::{piece, start};
use super::desk::Desk;

const TITLE: &str = "Varga resigns from emergency cabinet in Bratislava";

fn article(n: usize, url: Option<&str>) -> Article {
    let text = format!("Defence Minister Tomas Varga said he was leaving the cabinet. By {n}.");
    Article { url: url.map(str::to_owned), ..piece(n, "", n, start(), TITLE, &text).article }
}

/// Copies of one story, one of each feed, by their links: the changes of the records that confirm it.
fn check(wanted: bool, links: &[Option<&str>], confirmed: &[&str]) {
    let mut desk = Desk::new(links.len(), start());
    if wanted {
        desk.rules().alerts.confirmed.insert("everything".to_owned());
    }
    let mut told = Vec::new();
    for (feed, link) in links.iter().enumerate() {
        let now: Timestamp = start();
        let changes = desk.read(feed, vec![article(feed, *link)], now);
        let fates = changes.articles.into_iter().flat_map(|change| change.alerts);
        let records = fates.filter(|decided| decided.alert.kind == Kind::Confirmed && decided.outcome.is_told());
        told.extend(records.map(|decided| decided.alert.change.unwrap()));
    }
    assert_eq!(told, confirmed, "{links:?}");
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
