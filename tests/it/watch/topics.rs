//! The sample watches on labelled headlines in eleven languages, clean and spoiled the ways feeds spoil text.

use std::path::Path;

use feedwatch::config::{Config, Environment};
use feedwatch::model::Article;
use feedwatch::text::html::title_to_text;
use feedwatch::watch::{Lists, Scratch, WatchSet, WatchSource};
use serde::Deserialize;

#[derive(Deserialize)]
struct Item {
    id: String,
    title: String,
    summary: String,
    labels: Vec<String>,
}

fn items() -> Vec<Item> {
    lines(include_str!("topics.jsonl"))
}

fn lines(text: &str) -> Vec<Item> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn samples() -> WatchSet {
    let environment = Environment { state_directory: Some("/nowhere".into()), ..Environment::default() };
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/feedwatch.toml");
    Config::load(&sample, &environment).unwrap().config.watches
}

/// The names of the watches that find a title.
fn found(set: &WatchSet, title: &str, scratch: &mut Scratch) -> Vec<String> {
    let hits = set.find(&Article::of_text(&title_to_text(title)), None, scratch);
    hits.into_iter().map(|hit| hit.watch.to_string()).collect()
}

#[test]
fn the_samples_tell_the_topics_apart() {
    let (set, mut scratch) = (samples(), Scratch::default());
    let wrong: Vec<_> = items()
        .into_iter()
        .map(|item| (found(&set, &item.title, &mut scratch), item))
        .filter(|(found, item)| *found != item.labels)
        .map(|(found, item)| format!("{}: {} is {:?}, found {found:?}", item.id, item.title, item.labels))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// How well watches tell items apart that were written, half of them traps, before anybody saw what the lists find in them.
/// F1 / precision as first seen, for {mediation}, for {office} {closing}, and for the sample that had no lists:
/// 203 items: .98 / .98, .90 / .85, and .94 / .93, .85 / .74. Then "second", 23 of office closures only and hard on purpose:
/// .60 / .75. "third", 66: .86 / .90, .85 / .80, and .86 / .90, .85 / .73. The lists were mended after each, so that what they
/// reach here tells that nothing is lost, not how they do on news. "years" holds what a look-alike once hid.
/// As first seen, for {mediation} and for {office} {closing}: "fourth", 109: .70 / .95, .56 / .53; "fifth", 97, which shun the usual
/// words: .53 / .87, .54 / .65; "sixth", 49: .96 / 1.00, .93 / .91.
#[test]
fn items_written_for_the_lists_are_told_apart() {
    let bare = [("mediation", "{mediation}"), ("office closure", "{office} {closing}")]
        .map(|(name, find)| WatchSource { name: name.to_owned(), find: find.to_owned(), ..WatchSource::default() });
    let (bare, _) = WatchSet::compile(&Lists::new(), &bare).unwrap();
    for (what, set, least) in [("samples", samples(), 0.98), ("lists alone", bare, 0.96)] {
        for watch in ["mediation", "office closure"] {
            let (mut right, mut wrong, mut missed) = (0, Vec::new(), Vec::new());
            let mut scratch = Scratch::default();
            for item in lines(include_str!("lists.jsonl")) {
                let article = Article { summary: item.summary, ..Article::of_text(&item.title) };
                let is_found = set.find(&article, None, &mut scratch).iter().any(|hit| &*hit.watch == watch);
                match (is_found, item.labels.iter().any(|label| label.replace('_', " ") == watch)) {
                    (true, true) => right += 1,
                    (true, false) => wrong.push(item.id),
                    (false, true) => missed.push(item.id),
                    (false, false) => {}
                }
            }
            let f1 = f64::from(2 * right) / f64::from(2 * right + (wrong.len() + missed.len()) as i32);
            assert!(f1 >= least, "{what}, {watch}: F1 {f1:.2}, found wrongly {wrong:?}, missed {missed:?}");
        }
    }
}

#[test]
fn spoiled_text_is_found_like_clean_text() {
    let (set, mut scratch) = (samples(), Scratch::default());
    for item in items() {
        let clean = found(&set, &item.title, &mut scratch);
        for (how, spoil) in SPOILS {
            let spoiled = spoil(&item.title);
            assert_eq!(found(&set, &spoiled, &mut scratch), clean, "{}: {how}: {spoiled}", item.id);
        }
    }
}

type Spoil = fn(&str) -> String;

const SPOILS: &[(&str, Spoil)] = &[
    ("soft hyphens", |text| between_letters(text, "\u{ad}")),
    ("soft hyphens as entities", |text| between_letters(text, "&shy;")),
    ("zero-width spaces", |text| between_letters(text, "\u{200b}")),
    ("zero-width joiners", |text| between_letters(text, "\u{2060}")),
    ("byte order marks", |text| between_letters(text, "\u{feff}")),
    ("tatweel", |text| between_arabic(text, "\u{640}")),
    ("vowel marks", |text| between_arabic(text, "\u{64e}")),
    ("vowel points", |text| behind_hebrew(text, "\u{5b8}")),
    ("capitals", |text| text.to_uppercase()),
    ("Turkish capitals", |text| text.replace('i', "İ").replace('ı', "I").to_uppercase()),
    ("full width", full_width),
    ("curly quotes", |text| text.replace('\'', "\u{2019}")),
    ("entities", |text| entities(text, "&")),
    ("entities twice", |text| entities(text, "&amp;")),
    ("decomposed letters", |text| unicode_normalization::UnicodeNormalization::nfd(text).collect()),
    ("no-break spaces", |text| text.replace(' ', "\u{a0}")),
    ("direction marks", |text| {
        text.split(' ').map(|word| format!("\u{202b}{word}\u{202c}")).collect::<Vec<_>>().join(" ")
    }),
];

fn between(text: &str, sign: &str, fits: impl Fn(char) -> bool) -> String {
    let mut spoiled = String::new();
    let mut before = ' ';
    for c in text.chars() {
        if fits(before) && fits(c) {
            spoiled += sign;
        }
        spoiled.push(c);
        before = c;
    }
    spoiled
}

fn between_letters(text: &str, sign: &str) -> String {
    between(text, sign, char::is_alphabetic)
}

fn between_arabic(text: &str, sign: &str) -> String {
    between(text, sign, |c| ('\u{620}'..='\u{64a}').contains(&c) || matches!(c, 'ی' | 'ک' | 'گ'))
}

fn behind_hebrew(text: &str, sign: &str) -> String {
    text.chars().flat_map(|c| [Some(c), sign.chars().next().filter(|_| ('א'..='ת').contains(&c))]).flatten().collect()
}

fn full_width(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() { char::from_u32(c as u32 + 0xfee0).unwrap() } else { c })
        .collect()
}

fn entities(text: &str, ampersand: &str) -> String {
    let entity = |c: char| format!("{ampersand}#{};", c as u32);
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == ' ' { c.to_string() } else { entity(c) }).collect()
}
