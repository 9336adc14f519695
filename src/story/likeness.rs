//! Whether two articles tell the same news, as weight of evidence in nats: a word that both have speaks for it by its rarity,
//! words that each has alone, other numbers, other names and opposite deeds speak against. A series gives itself away by
//! headlines that are the same but for numbers and dates.
//!
//! The weights were chosen by hand on the corpus in tests/it/story, in many orders of arrival, and on headlines of real days.
//! What rarity says of a word barely depends on what came before (see `rarity`), so two pieces are alike or not in any order.

use std::time::Duration;

use super::rarity::Background;
use super::signature::Signature;
use super::words::{Key, are_opposite, is_deed, is_reaction};
use crate::clock::{Timestamp, span};
use crate::model::{ArticleId, FeedId};

/// A word in common counts what it says less this: words of one subject come together, whatever the news.
const EXPECTED_NATS: f64 = 3.0;
/// A name in common counts so much more than another word.
const NAME_FACTOR: f64 = 1.1;
/// A deed in common says a bit more than its rarity.
const SAME_DEED_NATS: f64 = 0.8;
/// Headlines that are the same are of one piece of news, however common their words.
const SAME_HEADLINE_NATS: f64 = 4.0;
/// So many words make a headline; fewer are a label.
const HEADLINE_WORDS_LEAST: usize = 4;
/// Of a number in common.
const SAME_NUMBER_NATS: f64 = 1.0;
/// What stands in an aside of one headline only counts half: "Rivals meet after fraud trial" is not about the trial.
const ASIDE_FACTOR: f64 = 0.5;
/// Of words that follow each other in both headlines ("Supreme Court") the second says half: it was to be expected.
const PHRASE_FACTOR: f64 = 0.5;
/// What is said against: each has a number, a date, names that the other lacks; deeds that undo each other.
const OTHER_NUMBER_NATS: f64 = 3.0;
const OTHER_DATE_NATS: f64 = 1.5;
const OTHER_NAMES_NATS: f64 = 4.0;
const OPPOSITE_DEED_NATS: f64 = 3.5;
/// One tells what somebody thinks of what the other tells: that is the next piece, not the news.
const REACTS_NATS: f64 = 4.0;
/// A feed tells a piece of news once; what else it has about the same people is another one.
const SAME_FEED_NATS: f64 = 2.4;
/// The same, once more, if both have texts: those agree on all else when the news is that a thing was undone.
const OPPOSITE_WITH_TEXTS_NATS: f64 = 2.0;
/// For each word that the headline with fewer such words has alone. A short headline may leave out what a long one has.
const ALONE_NATS: f64 = 0.5;
/// Against headlines with a single word in common, however rare.
const SINGLE_WORD_NATS: f64 = 2.6;

/// Words of the leads count half: there are more of them, and more of them are chance.
const LEAD_FACTOR: f64 = 0.5;
/// A number that both leads give.
const LEAD_NUMBER_NATS: f64 = 1.5;

/// The evidence it takes: that of headlines alone, with a text on one side, with texts on both.
const NEEDED_NATS: [f64; 3] = [4.6, 5.0, 7.0];
/// News is told within hours: the longer apart, the likelier it is another turn of the matter. After three days it is all the
/// same.
const HOUR_NATS: f64 = 0.05;
const HOURS_MOST: f64 = 72.0;

/// Headlines whose words are alike to this degree (from 0 to 1) and of which each has a number or a date that the other lacks
/// are parts of a series. One that only says more ("in five sets") is not, unless the number is all that it says more.
const SAME_FRAME_FROM: f64 = 0.8;
/// How much words that only one has count in that: less those of the longer headline.
const FRAME_ALONE_LESS: f64 = 0.7;
const FRAME_ALONE_MORE: f64 = 0.3;
/// A feed that uses a headline again after so long has a column under it.
const COLUMN_FROM: Duration = Duration::from_secs(18 * 3600);

/// A text bears a headline out if it shares words beside those of the headlines that say so much.
const BORNE_OUT_NATS: f64 = 1.5;

/// So many words are a terse headline that others may set with an article; more are one only word for word.
const TERSE_WORDS_MOST: usize = 5;

/// Similarity hashes that differ in at most so many of their 64 bits belong to one text, touched up.
const SAME_TEXT_BITS: u32 = 7;

/// An article as it is compared.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The feed it came from.
    pub feed: FeedId,
    /// The article's number; none yet if it is new.
    pub article: ArticleId,
    /// When it was published, or first seen if nothing is known of that.
    pub at: Timestamp,
    /// Its words.
    pub signature: Signature,
}

/// What comparing two pieces gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// The same page or text: the same news, whatever else is said.
    Copy,
    /// By so many nats more than it takes the same news; fewer than none: other news.
    Evidence(f64),
    /// Parts of a series, or of a piece that goes on, or one explains what the other tells: other news, whatever else is said.
    Series,
}

/// Compares two pieces.
pub(super) fn compare(a: &Piece, b: &Piece, background: &Background) -> Verdict {
    let (one, two) = (&a.signature, &b.signature);
    if one.page == two.page || is_same_text(one, two) {
        return Verdict::Copy;
    }
    if one.explains != two.explains || is_series(a, b, background) {
        return Verdict::Series;
    }
    let texts = usize::from(!one.lead.is_empty()) + usize::from(!two.lead.is_empty());
    let far = HOUR_NATS * (apart(a, b).as_secs_f64() / 3600.0).min(HOURS_MOST);
    let again = if a.feed == b.feed { SAME_FEED_NATS } else { 0.0 };
    let evidence = of_titles(one, two, background) + of_leads(one, two, background);
    Verdict::Evidence(evidence - NEEDED_NATS[texts] - far - again)
}

/// Whether two pieces say the same to who reads them: the same page or text, or the same headline word for word.
pub(super) fn says_same(a: &Piece, b: &Piece) -> bool {
    let (one, two) = (&a.signature, &b.signature);
    let words = |of: &'_ Signature| (of.title.clone(), of.before.clone(), of.numbers.clone(), of.dates.clone());
    one.page == two.page || is_same_text(one, two) || (!one.title.is_empty() && words(one) == words(two))
}

/// Whether a piece that was there before may hold a new one that is like it. A headline that joins no words, as terse ones do
/// and bags of words, holds only what says its words in their order, or what its text bears out.
pub(super) fn may_hold(old: &Piece, new: &Piece, background: &Background) -> bool {
    let (one, two) = (&old.signature, &new.signature);
    let same_order = (1..=TERSE_WORDS_MOST).contains(&one.order.len()) && one.order == two.order;
    !one.terse || says_same(old, new) || same_order || one.borne_out && bears_out(one, two, background)
}

/// Whether the text of a piece shares words with another that its headline does not have.
fn bears_out(one: &Signature, two: &Signature, background: &Background) -> bool {
    let all = two.all_words();
    let words = shared(&one.lead, &all).filter(|word| one.title.binary_search(word).is_err());
    LEAD_FACTOR * words.map(|word| beyond_expected(*word, background)).sum::<f64>() >= BORNE_OUT_NATS
}

fn apart(a: &Piece, b: &Piece) -> Duration {
    span(a.at, b.at).max(span(b.at, a.at))
}

/// Whether the texts are one, touched up at the most, and give the same numbers.
pub(super) fn is_same_text(a: &Signature, b: &Signature) -> bool {
    let near = a.hash.zip(b.hash).is_some_and(|(a, b)| (a ^ b).count_ones() <= SAME_TEXT_BITS);
    near && marks(&a.lead_numbers, &b.lead_numbers) != Marks::Differ
}

/// Whether the headlines are those of a series, or one of a piece that goes on.
fn is_series(a: &Piece, b: &Piece, background: &Background) -> bool {
    let (one, two) = (&a.signature, &b.signature);
    let texts = !one.lead.is_empty() && !two.lead.is_empty();
    if (one.rolling || two.rolling) && (texts || a.feed == b.feed || one.rolling != two.rolling) {
        return true;
    }
    let numbered = marks(&one.numbers, &two.numbers) == Marks::Differ || marks(&one.dates, &two.dates) == Marks::Differ;
    let other_part = numbered || (one.title == two.title && one.numbers != two.numbers);
    let later_column = a.feed == b.feed && apart(a, b) >= COLUMN_FROM;
    (other_part || later_column) && frame(&one.title, &two.title, background) >= SAME_FRAME_FROM
}

/// How alike two headlines are but for numbers and dates, from 0 to 1: Tversky's index with the smaller remainder weighing
/// more, so that a headline and a part of it are nearly the same.
fn frame(a: &[Key], b: &[Key], background: &Background) -> f64 {
    let weight = |words: &mut dyn Iterator<Item = &Key>| words.map(|word| background.weight(*word)).sum::<f64>();
    let shared = weight(&mut shared(a, b));
    let (one, two) = (weight(&mut alone(a, b)), weight(&mut alone(b, a)));
    let apart = FRAME_ALONE_LESS * one.min(two) + FRAME_ALONE_MORE * one.max(two);
    if shared > 0.0 { shared / (shared + apart) } else { 0.0 }
}

/// What two headlines say for and against.
fn of_titles(a: &Signature, b: &Signature, background: &Background) -> f64 {
    let is_name = |word: &Key| a.names.binary_search(word).is_ok() || b.names.binary_search(word).is_ok();
    let mut evidence = 0.0;
    let mut common = 0;
    for word in shared(&a.title, &b.title) {
        let of_name = if is_name(word) { NAME_FACTOR } else { 1.0 };
        let of_aside = if is_aside(a, *word) != is_aside(b, *word) { ASIDE_FACTOR } else { 1.0 };
        let of_phrase = if is_second(*word, a, b) { PHRASE_FACTOR } else { 1.0 };
        evidence += of_name * of_aside * of_phrase * beyond_expected(*word, background);
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

/// Whether a word that both headlines have follows the same word in both.
fn is_second(word: Key, a: &Signature, b: &Signature) -> bool {
    let before = |of: &Signature| of.title.binary_search(&word).ok().and_then(|at| of.before.get(at).copied());
    before(a).filter(|before| a.title.binary_search(before).is_ok()) == before(b) && before(b).is_some()
}

fn is_aside(signature: &Signature, word: Key) -> bool {
    signature.aside.binary_search(&word).is_ok()
}

fn beyond_expected(word: Key, background: &Background) -> f64 {
    (background.weight(word) - EXPECTED_NATS).max(0.0)
}

/// Whether both headlines have names and none in common.
fn names_differ(a: &Signature, b: &Signature) -> bool {
    !a.names.is_empty() && !b.names.is_empty() && shared(&a.names, &b.names).next().is_none()
}

/// At most two: a list of results shares many by chance.
fn shared_numbers(a: &[Key], b: &[Key]) -> usize {
    a.iter().enumerate().filter(|(at, number)| !a[..*at].contains(number) && b.contains(number)).count().min(2)
}

/// What numbers or dates say of two headlines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Marks {
    /// At least one has none.
    Silent,
    /// All of one are among the other's.
    Agree,
    /// Each has one that the other lacks.
    Differ,
}

fn marks(a: &[Key], b: &[Key]) -> Marks {
    let lacks = |these: &[Key], those: &[Key]| these.iter().any(|one| !those.contains(one));
    match () {
        () if a.is_empty() || b.is_empty() => Marks::Silent,
        () if lacks(a, b) && lacks(b, a) => Marks::Differ,
        () => Marks::Agree,
    }
}

/// The words of a sorted list that another has too.
fn shared<'a>(these: &'a [Key], those: &'a [Key]) -> impl Iterator<Item = &'a Key> {
    these.iter().filter(|word| those.binary_search(word).is_ok())
}

/// The words of a sorted list that another lacks.
fn alone<'a>(these: &'a [Key], those: &'a [Key]) -> impl Iterator<Item = &'a Key> {
    these.iter().filter(|word| those.binary_search(word).is_err())
}
