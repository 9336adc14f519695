//! `cargo bench --bench story`: how well stories are told apart on the corpus of the tests, and what looking one up
//! costs with 100,000 of them in the window.
//!
//! `cargo bench --bench story -- orders [ORDERS] [FILE]`: the same corpus, or a labelled file, in so many shuffled
//! orders (50), one by one, against the order of publication.
//!
//! `cargo bench --bench story -- FILE`: precision and recall on a labelled file, one JSON object a line: `title`, and
//! where there are any `summary` (or `text`), `published` (RFC 3339), `feed` (a number or name) and `story` (the
//! label). Without labels it prints what was joined.

#![allow(clippy::unwrap_used)]

#[path = "../tests/it/story/corpus.rs"]
mod corpus;
#[path = "../tests/it/story/desk.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod desk;
#[path = "../tests/it/fresh.rs"]
mod fresh;
#[path = "../tests/it/story/score.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod score;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use corpus::{Kind, Labelled, corpus, piece, start};
use desk::Desk;
use feedwatch::clock::later;
use feedwatch::hash::hash64;
use score::{mistakes, score, shuffled, stories};

fn main() {
    let files: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [first, rest @ ..] = &files[..]
        && first == "orders"
    {
        return orders(rest);
    }
    for file in &files {
        labelled(file);
    }
    if files.is_empty() {
        for kind in [Kind::Whole, Kind::Headlines] {
            let pieces = corpus(kind);
            println!("{kind:?}, {} pieces: {}", pieces.len(), score(&pieces, &stories(&pieces), |_| true));
        }
        look_up();
    }
}

/// Scores each of many orders by itself: what holds in the mean can still fail in one.
fn orders(arguments: &[String]) {
    const ORDERS: u64 = 50;
    let count = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(ORDERS);
    let files: Vec<&String> = arguments.iter().filter(|argument| argument.parse::<u64>().is_err()).collect();
    let mut corpora: Vec<(String, Vec<Labelled>)> = files.iter().map(|file| (file.to_string(), read(file).0)).collect();
    if corpora.is_empty() {
        corpora = [Kind::Whole, Kind::Headlines].map(|kind| (format!("{kind:?}"), corpus(kind))).into();
    }
    for (name, pieces) in corpora {
        let of = |pieces: &[Labelled]| score(pieces, &stories(pieces), |_| true);
        let published = of(&pieces);
        println!("{name}, {} pieces, as published: {published}", pieces.len());
        let (mut least, mut apart) = ((1.0_f64, 1.0_f64), (0.0_f64, 0.0_f64));
        for seed in 0..count {
            let score = of(&shuffled(&pieces, seed));
            println!("    order {seed}: {score}");
            least = (least.0.min(score.precision()), least.1.min(score.recall()));
            let off = (score.precision() - published.precision(), score.recall() - published.recall());
            apart = (apart.0.max(off.0.abs()), apart.1.max(off.1.abs()));
        }
        println!(
            "    worst of {count} orders: precision {:.3} recall {:.3}; farthest from the order of publication: {:.3} and {:.3}",
            least.0, least.1, apart.0, apart.1
        );
    }
}

/// The pieces of a file, and whether it has labels.
fn read(file: &str) -> (Vec<Labelled>, bool) {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut feeds = BTreeMap::new();
    let mut has_labels = false;
    let pieces: Vec<Labelled> = text
        .lines()
        .enumerate()
        .map(|(n, line)| {
            let line: serde_json::Value =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("line {}: {error}", n + 1));
            let text = |keys: &[&str]| keys.iter().find_map(|key| line[key].as_str()).unwrap_or_default().to_owned();
            let known = feeds.len();
            let feed = *feeds.entry(line["feed"].to_string()).or_insert(known);
            has_labels |= !line["story"].is_null();
            let label = if line["story"].is_null() { format!("line {n}") } else { line["story"].to_string() };
            let published = line["published"].as_str().and_then(|at| at.parse().ok()).unwrap_or_else(start);
            // Without feeds each piece is of a feed of its own.
            let feed = if line["feed"].is_null() { n % 200 } else { feed };
            piece(n, &label, feed, published, &text(&["title"]), &text(&["summary", "text"]))
        })
        .collect();
    (pieces, has_labels)
}

/// Scores a file, or shows what was joined in it.
fn labelled(file: &str) {
    let (pieces, has_labels) = read(file);
    let found = stories(&pieces);
    if has_labels {
        for (wrong, a, b) in mistakes(&pieces, &found) {
            println!("{} {a} / {b}", if wrong { "wrong " } else { "missed" });
        }
        println!("{file}, {} pieces: {}", pieces.len(), score(&pieces, &found, |_| true));
        return;
    }
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (piece, story) in pieces.iter().zip(&found) {
        groups.entry(story).or_default().push(&piece.article.title);
    }
    for titles in groups.values().filter(|titles| titles.len() > 1) {
        println!("{}", titles.join("\n    "));
    }
    let told = groups.len();
    println!("{file}: {} pieces, {told} stories, {} joined", pieces.len(), pieces.len() - told);
}

/// Stories in the window; FEEDWATCH_STORIES asks for another number.
const STORIES: usize = 100_000;

/// A hit's cost with few stories in the window and with many, beside an article that no watch matches.
fn look_up() {
    const BATCH: usize = 250;
    const MEASURED: usize = 5_000;
    let all = std::env::var("FEEDWATCH_STORIES").ok().and_then(|count| count.parse().ok()).unwrap_or(STORIES);
    let mut desk = Desk::new(BATCH, start());
    let mut told = 0;
    let mut tell = |desk: &mut Desk, count: usize, hit: bool| {
        let begin = Instant::now();
        for batch in 0..count / BATCH {
            let now = later(start(), Duration::from_secs((told + batch) as u64));
            let documents = (0..BATCH).map(|feed| {
                let n = told + batch * BATCH + feed;
                let (title, text) = made_up(n);
                let mut article = piece(n, "", feed, now, &title, &text).article;
                if !hit {
                    article.categories.clear();
                }
                (feed, vec![article])
            });
            desk.read_all(documents.collect(), now);
        }
        told += count;
        begin.elapsed().as_secs_f64() * 1e6 / count as f64
    };
    let plain = tell(&mut desk, MEASURED, false);
    let few = tell(&mut desk, MEASURED, true);
    tell(&mut desk, all.saturating_sub(2 * MEASURED), true);
    let (asked, recalled) = desk.spent();
    let many = tell(&mut desk, MEASURED, true);
    let recall = (desk.spent().1 - recalled).as_secs_f64() * 1e6 / (desk.spent().0 - asked) as f64;
    let stories = desk.stories();
    println!("an article that no watch matches, read and stored: {plain:.0} us");
    println!("one that a watch matches, first {MEASURED} stories: {few:.0} us");
    println!("the same with {stories} stories in the window: {many:.0} us, of which looking stories up {recall:.0} us");
}

/// News of common words and rarer names, each drawn by a hash: the commoner a word the likelier.
fn made_up(n: usize) -> (String, String) {
    const WORDS: &str = include_str!("../src/story/data/common.tsv");
    thread_local! {
        static VOCABULARY: Vec<&'static str> = WORDS
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()))
            .flat_map(|line| line.split_once('\t').unwrap().1.split(' '))
            .collect();
    }
    VOCABULARY.with(|vocabulary| {
        let draw = |at: usize| {
            let dice = hash64(&[&n.to_le_bytes(), &at.to_le_bytes()]);
            // Every fourth word is a name out of 40,000; the others follow Zipf's law more or less.
            if dice.is_multiple_of(4) {
                return format!("Q{}", base26(dice / 4 % 40_000));
            }
            let share = (dice >> 32) as f64 / f64::from(u32::MAX);
            vocabulary[((vocabulary.len() as f64).powf(share) as usize).min(vocabulary.len() - 1)].to_owned()
        };
        let words = |range: std::ops::Range<usize>| range.map(draw).collect::<Vec<_>>().join(" ");
        (words(0..10), format!("{}.", words(10..60)))
    })
}

fn base26(mut n: u64) -> String {
    let mut name = String::new();
    loop {
        name.push(char::from(b'a' + (n % 26) as u8));
        n /= 26;
        if n == 0 {
            return name;
        }
    }
}
