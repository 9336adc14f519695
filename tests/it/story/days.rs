//! Five invented days, told as people are told them: of each event that a watch looks for somebody hears, and of few more than once
//! (tests/it/story/frames/days).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use feedwatch::clock::Timestamp;
use feedwatch::model::{Kind, Outcome};
use serde::Deserialize;

use super::corpus::{piece, start};
use super::desk::Desk;

const DAYS: [&str; 5] = [
    include_str!("frames/days/day1.jsonl"),
    include_str!("frames/days/day2.jsonl"),
    include_str!("frames/days/day3.jsonl"),
    include_str!("frames/days/day4.jsonl"),
    include_str!("frames/days/day5.jsonl"),
];

#[derive(Deserialize)]
struct Piece {
    n: usize,
    at: Timestamp,
    feed: String,
    link: String,
    author: Option<String>,
    lang: String,
    title: String,
    summary: String,
    event: String,
    watch: String,
}

/// What was told of an event.
#[derive(Clone, Debug, Default)]
struct Told {
    alerts: usize,
    lines: usize,
    held: usize,
}

/// What was told of each event of a day that a watch looks for, and the day as it was told.
fn tell(day: &str, watch: &str) -> (BTreeMap<String, Told>, String) {
    let pieces = day.lines().map(|line| serde_json::from_str::<Piece>(line).unwrap());
    let pieces: Vec<Piece> = pieces.filter(|piece| piece.watch == watch).collect();
    let mut feeds: Vec<&str> = pieces.iter().map(|piece| piece.feed.as_str()).collect();
    feeds.sort_unstable();
    feeds.dedup();
    let mut desk = Desk::new(feeds.len(), start());
    let (mut told, mut shown) = (BTreeMap::<String, Told>::new(), String::new());
    for of in &pieces {
        let feed = feeds.iter().position(|feed| *feed == of.feed).unwrap();
        let mut article = piece(of.n, "", feed, of.at, &of.title, &of.summary).article;
        (article.url, article.author, article.lang) = (Some(of.link.clone()), of.author.clone(), Some(of.lang.clone()));
        let changes = desk.read(feed, vec![article], of.at);
        let event = told.entry(of.event.clone()).or_default();
        for decided in &changes.articles[0].alerts {
            let what = match (decided.outcome, decided.alert.kind) {
                (Outcome::Raised, Kind::Alert) => (&mut event.alerts, "ALERT"),
                (Outcome::Raised, _) => (&mut event.lines, "  line"),
                (Outcome::Joined, _) => (&mut event.held, "    held"),
                _ => continue,
            };
            *what.0 += 1;
            let change = decided.alert.change.as_deref().unwrap_or_default();
            let _ = writeln!(shown, "{:10} {} [{}] {} {change}", what.1, of.at, of.event, of.title);
        }
    }
    (told, shown)
}

#[test]
fn of_each_event_somebody_hears_and_of_few_more_than_once() {
    let (mut events, mut unheard, mut untold, mut alerts, mut lines, mut held) = (0, 0, Vec::new(), 0, 0, 0);
    for (n, day) in DAYS.iter().enumerate() {
        for watch in ["embassy", "office closure", "mediation"] {
            let (told, shown) = tell(day, watch);
            println!("day {} {watch}\n{shown}", n + 1);
            for (event, told) in told {
                events += 1;
                unheard += usize::from(told.alerts + told.lines == 0);
                untold.extend((told.alerts == 0).then_some(event));
                (alerts, lines, held) = (alerts + told.alerts, lines + told.lines, held + told.held);
            }
        }
    }
    let all = alerts + lines + held;
    println!(
        "{events} events of {all} pieces: {alerts} alerts, {lines} lines, {held} held; by no alert of their own: {untold:?}"
    );
    assert_eq!(unheard, 0, "an event that nobody hears of");
    assert!(untold.len() * 10 <= events, "told in lines only: {untold:?}");
}
