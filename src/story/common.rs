//! What two pieces have in common and what each has alone: words, numbers, dates.

use super::rarity::Background;
use super::signature::Signature;
use super::words::Key;

/// A shared word counts as its rarity minus this: words of one subject occur together, whatever the news.
const EXPECTED_NATS: f64 = 3.0;
/// Words in an aside of only one headline count half: "Rivals meet after fraud trial" is not about the trial.
const ASIDE_FACTOR: f64 = 0.5;
/// Of words that follow each other in both headlines ("Supreme Court") the second says half: it was to be expected.
const PHRASE_FACTOR: f64 = 0.5;
/// Numbers in common that count: a list of results shares many by chance.
pub(super) const NUMBERS_MOST: usize = 2;

/// How much it says that both headlines have a word.
pub(super) fn says(word: &Key, a: &Signature, b: &Signature, background: &Background) -> f64 {
    let of_aside = if has(&a.aside, word) != has(&b.aside, word) { ASIDE_FACTOR } else { 1.0 };
    let of_phrase = if is_second(*word, a, b) { PHRASE_FACTOR } else { 1.0 };
    of_aside * of_phrase * beyond_expected(*word, background)
}

/// Whether a word that both headlines have follows the same word in both.
fn is_second(word: Key, a: &Signature, b: &Signature) -> bool {
    let before = |of: &Signature| of.title.binary_search(&word).ok().and_then(|at| of.before.get(at).copied());
    before(a).filter(|before| has(&a.title, before)) == before(b) && before(b).is_some()
}

/// How much evidence a shared word is, beyond what was to be expected.
pub(super) fn beyond_expected(word: Key, background: &Background) -> f64 {
    (background.weight(word) - EXPECTED_NATS).max(0.0)
}

/// Whether a word is in a sorted list.
pub(super) fn has(words: &[Key], word: &Key) -> bool {
    words.binary_search(word).is_ok()
}

/// How many numbers two headlines share, as far as they count.
pub(super) fn shared_numbers(a: &[Key], b: &[Key]) -> usize {
    let shared = a.iter().enumerate().filter(|(at, number)| !a[..*at].contains(number) && b.contains(number));
    shared.count().min(NUMBERS_MOST)
}

/// What numbers or dates say of two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marks {
    /// At least one has none.
    Silent,
    /// All of one are among the other's.
    Agree,
    /// Each has one that the other lacks.
    Differ,
}

pub(super) fn marks(a: &[Key], b: &[Key]) -> Marks {
    let lacks = |these: &[Key], those: &[Key]| these.iter().any(|one| !those.contains(one));
    match () {
        () if a.is_empty() || b.is_empty() => Marks::Silent,
        () if lacks(a, b) && lacks(b, a) => Marks::Differ,
        () => Marks::Agree,
    }
}

/// The words of a sorted list that another has too.
pub(super) fn shared<'a>(these: &'a [Key], those: &'a [Key]) -> impl Iterator<Item = &'a Key> {
    these.iter().filter(|word| those.binary_search(word).is_ok())
}

/// The words of a sorted list that another lacks.
pub(super) fn alone<'a>(these: &'a [Key], those: &'a [Key]) -> impl Iterator<Item = &'a Key> {
    these.iter().filter(|word| those.binary_search(word).is_err())
}
