//! The evidence for and against two headlines with their texts reporting the same news: the logarithm of the odds,
//! judged by words.
//!
//! The weights are rounded weights of a logistic regression over labelled pairs: one frame with another actor, place,
//! number, direction, action or time; rewrites of one event; pieces of invented days and of the corpus, in six
//! languages (tests/it/story). The weights for identical headlines and for a single shared word were set by hand. A
//! shared word counts by its rarity. Words shared beyond the headlines, and words of one headline in the other's text,
//! are the strongest evidence for. A slot with different fillers is the strongest evidence against. A shared frame adds
//! nothing by itself, however many words it has.

use super::common::{Marks, NUMBERS_MOST, alone, beyond_expected, has, marks, says, shared, shared_numbers};
use super::rarity::Background;
use super::signature::Signature;
use super::slots::{self, Slots};
use super::vocabulary::{are_opposite, is_deed, is_reaction};
use super::words::Key;

/// The odds of two pieces of which no word is known.
const START: f64 = -2.6;
/// For each nat that names in both headlines say, and other words; so many count.
const NAME: f64 = 0.64;
const NAME_NATS_MOST: f64 = 14.0;
const WORD: f64 = 0.28;
const WORD_NATS_MOST: f64 = 12.0;
/// For a deed in both headlines; at most two count.
const DEED: f64 = 0.57;
const DEEDS_MOST: usize = 2;
/// For each nat that both texts say beyond the headlines.
const TEXT: f64 = 0.21;
const TEXT_NATS_MOST: f64 = 20.0;
/// For each word of a headline that the other has in its text only; so many count.
const COVERED: f64 = 0.62;
const COVERED_MOST: usize = 4;
/// For each number in both headlines, and in both texts; at most two count.
const NUMBER: f64 = 1.15;
const TEXT_NUMBER: f64 = 1.17;
/// For headlines that are the same word for word, of so many words at least: fewer are a label.
const SAME_HEADLINE: f64 = 4.0;
const HEADLINE_WORDS_LEAST: usize = 4;

/// A text on one side, and texts on both: they say more, so more must be shared.
const ONE_TEXT: f64 = -2.05;
const TWO_TEXTS: f64 = -1.16;
/// Each has a number that the other lacks in its text, a date in its headline.
const OTHER_TEXT_NUMBER: f64 = -0.76;
const OTHER_DATE: f64 = -4.13;
/// Deeds that undo each other.
const UNDOES: f64 = -5.5;
/// One is a reaction to the other: that is a later piece, not the same news.
const REACTS: f64 = -1.6;
/// Only one word is shared, perhaps the one that the watch looks for.
const SINGLE_WORD: f64 = -2.0;
/// Headlines with the same words in which actor and target are swapped.
const TURNED: f64 = -4.9;
const SAME_WORDS_FROM: f64 = 0.75;
/// A slot that both fill with other names, with other words.
const OTHER_NAME: f64 = -1.33;
const OTHER_WORD: f64 = -0.57;
/// How alike two headlines are beyond a half counts with each of these: a slot with other names, with other words,
/// texts that share hardly anything, a number that only one has.
const FRAME_FROM: f64 = 0.5;
const FRAME_OTHER_NAME: f64 = -11.0;
const FRAME_OTHER_WORD: f64 = -7.8;
const FRAME_OTHER_TEXT: f64 = -16.9;
const FRAME_ONE_NUMBER: f64 = -7.0;
/// Texts that share no more than this share hardly anything.
const OTHER_TEXT_NATS_MOST: f64 = 3.0;

/// What two pieces say of each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Evidence {
    /// The logarithm of the odds that they tell the same news.
    pub(super) odds: f64,
    /// Whether a slot is filled otherwise, turned round or undone, or the texts share nothing: never certainly the
    /// same.
    pub(super) against: bool,
}

/// Weighs two pieces.
pub(super) fn weigh(a: &Signature, b: &Signature, background: &Background) -> Evidence {
    let slots = slots::compare(a, b);
    let in_both = |word: &Key| has(&a.title, word) && has(&b.title, word);
    let say = |words: &mut dyn Iterator<Item = &Key>| words.map(|word| beyond_expected(*word, background)).sum::<f64>();
    let (one, two): (Vec<Key>, Vec<Key>) =
        (alone(&a.title, &b.title).copied().collect(), alone(&b.title, &a.title).copied().collect());
    let (names, words) = of_titles(a, b, background);
    let texts = say(&mut shared(&a.lead, &b.lead).filter(|word| !in_both(word)));
    let covered =
        one.iter().filter(|word| has(&b.lead, word)).count() + two.iter().filter(|word| has(&a.lead, word)).count();
    let deeds = shared(&a.title, &b.title).filter(|word| is_deed(**word)).count().min(DEEDS_MOST);
    let numbers = shared_numbers(&a.numbers, &b.numbers);
    let text_numbers = shared(&a.lead_numbers, &b.lead_numbers).count().min(NUMBERS_MOST);
    let same = a.order == b.order && a.numbers == b.numbers && a.title.len() >= HEADLINE_WORDS_LEAST;

    let is_single = shared(&a.title, &b.title).count() + covered + shared(&a.lead, &b.lead).take(2).count() < 2;
    let both_texts = !a.lead.is_empty() && !b.lead.is_empty();
    let reacts = |words: &[Key]| words.iter().any(|word| is_reaction(*word));
    let undoes = one.iter().any(|one| two.iter().any(|two| are_opposite(*one, *two)));
    let other_texts = both_texts && texts < OTHER_TEXT_NATS_MOST;
    let alike = (slots.frame - FRAME_FROM).max(0.0);
    let odds = START
        + NAME * names.min(NAME_NATS_MOST)
        + WORD * words.min(WORD_NATS_MOST)
        + DEED * deeds as f64
        + TEXT * texts.min(TEXT_NATS_MOST)
        + COVERED * covered.min(COVERED_MOST) as f64
        + NUMBER * numbers as f64
        + TEXT_NUMBER * text_numbers as f64
        + [
            (same, SAME_HEADLINE),
            (a.lead.is_empty() != b.lead.is_empty(), ONE_TEXT),
            (both_texts, TWO_TEXTS),
            (marks(&a.lead_numbers, &b.lead_numbers) == Marks::Differ, OTHER_TEXT_NUMBER),
            (marks(&a.dates, &b.dates) == Marks::Differ, OTHER_DATE),
            (is_single, SINGLE_WORD),
            (undoes, UNDOES),
            (reacts(&one) != reacts(&two), REACTS),
            (slots.names > 0, OTHER_NAME + FRAME_OTHER_NAME * alike),
            (slots.words > 0, OTHER_WORD + FRAME_OTHER_WORD * alike),
            (is_turned(&slots), TURNED),
            (a.numbers.is_empty() != b.numbers.is_empty(), FRAME_ONE_NUMBER * alike),
            (other_texts, FRAME_OTHER_TEXT * alike),
        ]
        .into_iter()
        .map(|(holds, weight)| if holds { weight } else { 0.0 })
        .sum::<f64>();
    Evidence { odds, against: slots.names > 0 || slots.words > 0 || is_turned(&slots) || undoes || other_texts }
}

fn is_turned(slots: &Slots) -> bool {
    slots.turned.is_some_and(|same| same >= SAME_WORDS_FROM)
}

/// What names and other words say that both headlines have.
fn of_titles(a: &Signature, b: &Signature, background: &Background) -> (f64, f64) {
    let (mut names, mut words) = (0.0, 0.0);
    for word in shared(&a.title, &b.title) {
        let says = says(word, a, b, background);
        if has(&a.names, word) || has(&b.names, word) { names += says } else { words += says }
    }
    (names, words)
}
