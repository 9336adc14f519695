//! Joining, measured: half of the stories was looked at when the weights were chosen, the other half only here.

use feedwatch::hash::hash64;

use super::corpus::{Kind, Labelled, corpus};
use super::score::{Score, mistakes, score, stories};

fn is_held_out(label: &str) -> bool {
    hash64(&[label.as_bytes()]).is_multiple_of(2)
}

fn check(kind: Kind, least_precision: f64, least_recall: f64) {
    let pieces = corpus(kind);
    let found = stories(&pieces);
    for (wrong, a, b) in mistakes(&pieces, &found) {
        println!("{} {a} / {b}", if wrong { "WRONG " } else { "missed" });
    }
    for (name, half) in [("tuned", false), ("held out", true)] {
        let score = score(&pieces, &found, |label| is_held_out(label) == half);
        println!("{kind:?}, {name}: {score}");
        if std::env::var_os("STORY_LOOK").is_none() { assert!(score.precision() >= least_precision && score.recall() >= least_recall, "{kind:?}, {name}: {score}"); }
    }
}

#[test]
fn copies_rewrites_and_edits_of_one_piece_of_news_join_and_nothing_else_does() {
    check(Kind::Whole, 0.98, 0.85);
}

#[test]
fn headlines_alone_are_told_apart() {
    check(Kind::Headlines, 0.95, 0.75);
}

/// The same pieces in an order that a seed gives.
fn shuffled(mut pieces: Vec<Labelled>, seed: u64) -> Vec<Labelled> {
    pieces.sort_by_key(|piece| hash64(&[&seed.to_le_bytes(), piece.article.key.as_bytes()]));
    pieces
}

#[test]
fn the_order_of_arrival_changes_next_to_nothing() {
    for kind in [Kind::Whole, Kind::Headlines] {
        let scores: Vec<Score> = (0..4)
            .map(|seed| {
                let pieces = shuffled(corpus(kind), seed);
                let found = stories(&pieces);
                for (wrong, a, b) in mistakes(&pieces, &found) { println!("{kind:?}{seed} {} {a} / {b}", if wrong { "WRONG " } else { "missed" }); }
                score(&pieces, &found, |_| true)
            })
            .collect();
        for score in &scores {
            println!("{kind:?}: {score}");
            let apart = |of: fn(&Score) -> f64| (of(score) - of(&scores[0])).abs();
            assert!(apart(Score::precision) <= 0.01 && apart(Score::recall) <= 0.01, "{score} against {}", scores[0]);
        }
    }
}
