//! How much the words of two pieces indicate one piece of news, in nats. For it: each shared word by its rarity.
//! Against it: words that only one has, different numbers or names, and opposite actions. So the pieces of one subject
//! are separated; `evidence` separates those that share only a frame.
//!
//! The weights were chosen by hand on the corpus in tests/it/story, in many orders of arrival, and on headlines of real
//! days.

use super::common::{Marks, alone, beyond_expected, marks, says, shared, shared_numbers};
use super::rarity::Background;
use super::signature::Signature;
use super::vocabulary::{are_opposite, is_deed, is_reaction};
use super::words::Key;

/// How much more a shared name counts than another word.
const NAME_FACTOR: f64 = 1.1;
/// A deed in common says a bit more than its rarity.
const SAME_DEED_NATS: f64 = 0.8;
/// Headlines that are the same are of one piece of news, however common their words.
const SAME_HEADLINE_NATS: f64 = 4.0;
/// So many words make a headline; fewer are a label.
const HEADLINE_WORDS_LEAST: usize = 4;
/// Of a number in common.
const SAME_NUMBER_NATS: f64 = 1.0;
/// The evidence against: each has a number, a date, or names that the other lacks; opposite actions.
const OTHER_NUMBER_NATS: f64 = 3.0;
const OTHER_DATE_NATS: f64 = 1.5;
const OTHER_NAMES_NATS: f64 = 4.0;
const OPPOSITE_DEED_NATS: f64 = 3.5;
/// One is a reaction to the other: that is a later piece, not the same news.
const REACTS_NATS: f64 = 4.0;
/// The same, once more, if both have texts: those agree on all else when the news is that a thing was undone.
const OPPOSITE_WITH_TEXTS_NATS: f64 = 2.0;
/// For each word that only the headline with fewer such words has. A short headline may leave out words of a long one.
const ALONE_NATS: f64 = 0.5;
/// Against headlines with a single word in common, however rare.
const SINGLE_WORD_NATS: f64 = 2.6;
/// Words of the leads count half: there are more of them, and more of them are chance.
const LEAD_FACTOR: f64 = 0.5;
/// A number that both leads give.
const LEAD_NUMBER_NATS: f64 = 1.5;
/// The evidence it takes: that of headlines alone, with a text on one side, with texts on both.
const NEEDED_NATS: [f64; 3] = [4.6, 5.0, 7.0];

/// By how much the words of two pieces exceed the limit for one piece of news; negative if they do not reach it.
pub(super) fn nats(a: &Signature, b: &Signature, background: &Background) -> f64 {
    let texts = usize::from(!a.lead.is_empty()) + usize::from(!b.lead.is_empty());
    of_titles(a, b, background) + of_leads(a, b, background) - NEEDED_NATS[texts]
}

/// What two headlines say for and against.
fn of_titles(a: &Signature, b: &Signature, background: &Background) -> f64 {
    let is_name = |word: &Key| a.names.binary_search(word).is_ok() || b.names.binary_search(word).is_ok();
    let mut evidence = 0.0;
    let mut common = 0;
    for word in shared(&a.title, &b.title) {
        let of_name = if is_name(word) { NAME_FACTOR } else { 1.0 };
        evidence += of_name * says(word, a, b, background);
        evidence += if is_deed(*word) { SAME_DEED_NATS } else { 0.0 };
        common += 1;
    }
    let (one, two): (Vec<Key>, Vec<Key>) =
        (alone(&a.title, &b.title).copied().collect(), alone(&b.title, &a.title).copied().collect());
    let reacts = |words: &[Key]| words.iter().any(|word| is_reaction(*word));
    evidence -= ALONE_NATS * one.len().min(two.len()) as f64;
    evidence += SAME_NUMBER_NATS * shared_numbers(&a.numbers, &b.numbers) as f64;
    if a.title == b.title && a.numbers == b.numbers && common >= HEADLINE_WORDS_LEAST {
        evidence += SAME_HEADLINE_NATS;
    }
    let undo = one.iter().any(|one| two.iter().any(|two| are_opposite(*one, *two)));
    for (against, nats) in [
        (common < 2, SINGLE_WORD_NATS),
        (marks(&a.numbers, &b.numbers) == Marks::Differ, OTHER_NUMBER_NATS),
        (marks(&a.dates, &b.dates) == Marks::Differ, OTHER_DATE_NATS),
        (names_differ(a, b), OTHER_NAMES_NATS),
        (undo, OPPOSITE_DEED_NATS),
        (reacts(&one) != reacts(&two), REACTS_NATS),
        (undo && !a.lead.is_empty() && !b.lead.is_empty(), OPPOSITE_WITH_TEXTS_NATS),
    ] {
        evidence -= if against { nats } else { 0.0 };
    }
    evidence
}

/// What two leads say for, or a lead and a headline: words in common that not both headlines have.
fn of_leads(a: &Signature, b: &Signature, background: &Background) -> f64 {
    let (one, two) = (a.all_words(), b.all_words());
    let in_titles = |word: &&Key| a.title.binary_search(word).is_ok() && b.title.binary_search(word).is_ok();
    let words: f64 =
        shared(&one, &two).filter(|word| !in_titles(word)).map(|word| beyond_expected(*word, background)).sum();
    let numbers = shared(&a.lead_numbers, &b.lead_numbers).count() as f64;
    LEAD_FACTOR * (words + LEAD_NUMBER_NATS * numbers)
}

/// Whether both headlines have names and none in common.
fn names_differ(a: &Signature, b: &Signature) -> bool {
    !a.names.is_empty() && !b.names.is_empty() && shared(&a.names, &b.names).next().is_none()
}
