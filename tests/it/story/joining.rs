//! Joining, measured: one half of the stories guided the choice of weights, the other served to choose between variants.

use feedwatch::hash::hash64;

use super::corpus::{Kind, Labelled, corpus};
use super::score::{Score, found, mistakes, score, shuffled, stories, told_under};
use crate::wish;

/// Orders of arrival that are tried, in the suite and in full; `cargo bench --bench story -- orders` tries more.
const ORDERS: (u64, u64) = (4, 20);
/// The same of the whole corpus, which takes longer.
const ORDERS_OF_ALL: (u64, u64) = (2, 6);

fn is_held_out(label: &str) -> bool {
    hash64(&[label.as_bytes()]).is_multiple_of(2)
}

fn check(kind: Kind, least_precision: f64, least_recall: f64) {
    let pieces = corpus(kind);
    let found = found(&pieces);
    for (wrong, a, b) in mistakes(&pieces, &found.0) {
        println!("{} {a} / {b}", if wrong { "wrong " } else { "missed" });
    }
    for (half, held_out) in [("looked at", false), ("held out", true)] {
        let counts = |label: &str| is_held_out(label) == held_out;
        let score = score(&pieces, &found.0, counts);
        let told_under = told_under(&pieces, &found, counts);
        let with_related = Score { right: score.right + told_under, missed: score.missed - told_under, ..score };
        println!("{kind:?}, {half}: {score}, {told_under} of these told under the first");
        let holds = score.precision() >= least_precision && with_related.recall() >= least_recall;
        assert!(holds, "{kind:?}, {half}: {score}, {told_under} of these told under the first");
    }
}

#[test]
fn copies_rewrites_and_edits_of_one_piece_of_news_join_and_nothing_else_does() {
    check(Kind::Whole, 0.98, 0.85);
}

#[test]
fn headlines_alone_are_told_apart() {
    check(Kind::Headlines, 0.95, 0.74);
}

/// Each order by itself, by the stories as they are in the end: halves that came apart early are one as soon as a piece shows
/// it.
fn check_orders(kind: Kind, (in_the_suite, in_full): (u64, u64)) {
    let (orders, seed) = (wish::count(in_the_suite, in_full), wish::seed(0));
    let pieces = corpus(kind);
    let score_of = |pieces: &[Labelled]| score(pieces, &stories(pieces), |_| true);
    let published = score_of(&pieces);
    for seed in (0..orders).map(|n| seed.wrapping_add(n)) {
        let score = score_of(&shuffled(&pieces, seed));
        let apart = |of: fn(&Score) -> f64| (of(&score) - of(&published)).abs();
        let holds = apart(Score::precision) <= 0.01 && apart(Score::recall) <= 0.01;
        assert!(holds, "{kind:?}, order {seed}: {score}, as published: {published}");
    }
}

#[test]
fn no_order_of_arrival_changes_more_than_a_hundredth() {
    check_orders(Kind::Whole, ORDERS_OF_ALL);
}

#[test]
fn headlines_alone_are_told_apart_in_any_order() {
    check_orders(Kind::Headlines, ORDERS);
}
