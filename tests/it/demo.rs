//! The demonstration keeps its promise: every item that is about a topic is found, and none of the traps.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use feedwatch::config::{Config, Environment};
use feedwatch::feed;
use feedwatch::watch::Scratch;

#[test]
fn the_demo_finds_what_is_meant_and_passes_over_the_traps() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/demo/feedwatch.toml");
    let loaded =
        Config::load(&file, &Environment::default()).unwrap_or_else(|mistakes| panic!("{}", mistakes.render(false)));
    assert!(loaded.warnings.is_empty());
    let config = loaded.config;
    let mut scratch = Scratch::default();
    let mut articles = 0;
    let mut found = Vec::new();
    for source in config.feeds.iter() {
        let body = fs::read(source.url.to_file_path().unwrap()).unwrap();
        let parsed = feed::parse(&body, &source.url, None).unwrap();
        assert_eq!(parsed.notes, [], "{}", source.url);
        assert!((10..=15).contains(&parsed.articles.len()), "{}", source.url);
        articles += parsed.articles.len();
        for article in &parsed.articles {
            let hits = config.watches.find(article, None, &mut scratch);
            found.extend(hits.iter().map(|hit| format!("{}: {}", hit.watch, article.headline())));
        }
    }
    found.sort();
    let wanted = [
        "mediation: Both sides want a referee, neither wants a whistle",
        "mediation: Lindqvist gives up after eleven months between Velm & the islands",
        "mediation: Qasira tells Haddar Front to pack up in Marsa Noor",
        "mediation: Retired judge steps in as dock strike enters third week",
        "mediation: Who carries the letters now?",
        "office closure: Chamber of commerce draws back to the coast",
        "office closure: Consulate row: Tarvia tells Velm to go by Sunday",
        "office closure: Harbour authority shuts customer desk, keeps phones",
        "office closure: Insurers leave a street",
        "office closure: Qasira tells Haddar Front to pack up in Marsa Noor",
        "office closure: Relief agency to leave Sarnow valley by Christmas",
    ];
    assert_eq!(found, wanted);
    assert!(articles >= 30, "{articles}");
}
