//! Joining, measured: one half of the stories guided the choice of weights, the other served to choose between variants.

use feedwatch::hash::hash64;

use super::corpus::{Kind, Labelled, corpus};
use super::score::{Score, mistakes, score, stories};

/// Orders of arrival that are tried.
const ORDERS: u64 = 6;

fn is_held_out(label: &str) -> bool {
    hash64(&[label.as_bytes()]).is_multiple_of(2)
}

fn check(kind: Kind, least_precision: f64, least_recall: f64) {
    let pieces = corpus(kind);
    let found = stories(&pieces);
    for (wrong, a, b) in mistakes(&pieces, &found) {
        println!("{} {a} / {b}", if wrong { "wrong " } else { "missed" });
    }
    for (half, held_out) in [("looked at", false), ("held out", true)] {
        let score = score(&pieces, &found, |label| is_held_out(label) == held_out);
        println!("{kind:?}, {half}: {score}");
        assert!(score.precision() >= least_precision && score.recall() >= least_recall, "{kind:?}, {half}: {score}");
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

/// The mean over orders against the order of publication, by the stories as they are in the end: halves that came apart early
/// are one as soon as a piece shows it.
fn check_orders(kind: Kind, tolerance: f64) {
    let score_of = |pieces: &[Labelled]| {
        let found = stories(pieces);
        for (wrong, a, b) in mistakes(pieces, &found) {
            println!("{} {a} / {b}", if wrong { "wrong " } else { "missed" });
        }
        score(pieces, &found, |_| true)
    };
    let published = score_of(&corpus(kind));
    let scores: Vec<Score> = (0..ORDERS).map(|seed| score_of(&shuffled(corpus(kind), seed))).collect();
    for score in scores.iter().chain([&published]) {
        println!("{kind:?}: {score}");
    }
    for of in [Score::precision, Score::recall] {
        let mean = scores.iter().map(of).sum::<f64>() / scores.len() as f64;
        let apart = (mean - of(&published)).abs();
        assert!(apart <= tolerance, "{kind:?}: {mean:.3} against {:.3}", of(&published));
    }
}

#[test]
fn the_order_of_arrival_changes_next_to_nothing() {
    check_orders(Kind::Whole, 0.01);
}
