//! Whether two articles report the same news. Certainly, if they are the same page or text. Otherwise the evidence
//! decides (see `evidence`): perhaps, or surely if the odds are far above the limit and nothing is against it. A series
//! is recognised by headlines that differ only in numbers and dates.
//!
//! The rarity of a word hardly depends on earlier articles (see `rarity`), so the order in which two pieces arrive does
//! not matter.

use std::time::Duration;

use super::common::{Marks, alone, beyond_expected, marks, shared};
use super::evidence::{Evidence, weigh};
use super::overlap;
use super::rarity::Background;
use super::signature::Signature;
use super::words::Key;
use crate::clock::{Timestamp, span};
use crate::model::{ArticleId, FeedId};

/// The odds from which a piece is perhaps the same news as the only other story. Among many stories one is more easily
/// similar by chance, so the limit rises with the logarithm of the number of compared stories, up to that number.
const ALIKE_ODDS: f64 = -1.2;
const ALIKE_ODDS_OF_MORE: f64 = 0.8;
const STORIES_MOST: usize = 8;
/// Where the words that they share make them one story, these odds must bear it out: it may be the frame only.
const SAME_STORY_ODDS: f64 = -1.5;
/// The odds from which it is surely the same, if nothing is against it.
const SURE_ODDS: f64 = 3.0;
/// News is reported within hours: the longer apart, the more likely it is another development. After three days the
/// distance no longer matters.
const HOUR_NATS: f64 = 0.05;
const HOURS_MOST: f64 = 72.0;
/// A feed tells a piece of news once; what else it has about the same people is another one.
const SAME_FEED_NATS: f64 = 2.4;
/// How much one nat counts in the odds.
const ODDS_A_NAT: f64 = 0.6;

/// Headlines whose words are alike to this degree (from 0 to 1) and of which each has a number or a date that the other
/// lacks are parts of a series. One that only says more ("in five sets") is not, unless the number is all that it says
/// more.
const SAME_FRAME_FROM: f64 = 0.8;
/// How much words that only one has count in that: less those of the longer headline.
const FRAME_ALONE_LESS: f64 = 0.7;
const FRAME_ALONE_MORE: f64 = 0.3;
/// A feed that uses a headline again after this long has a column with that title.
const COLUMN_FROM: Duration = Duration::from_secs(18 * 3600);

/// A text supports a headline if it shares words besides those of the headlines, with at least this rarity; words of
/// texts count half.
const BORNE_OUT_NATS: f64 = 1.5;
const BORNE_OUT_FACTOR: f64 = 0.5;

/// So many words are a terse headline that others may set with an article; more are one only word for word.
const TERSE_WORDS_MOST: usize = 5;

/// Similarity hashes that differ in at most this many of their 64 bits belong to one text with small changes.
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
    /// The odds that it is the same news.
    Perhaps(f64),
    /// The same story, with these odds.
    Same(f64),
    /// Surely the same news, with these odds.
    Sure(f64),
    /// Parts of a series or of a rolling piece, or one explains what the other reports: other news, whatever else they
    /// share.
    Series,
}

/// The odds from which a piece is perhaps the same news as one of a number of stories.
pub(super) fn limit(stories: usize) -> f64 {
    ALIKE_ODDS + ALIKE_ODDS_OF_MORE * (stories.clamp(1, STORIES_MOST) as f64).ln()
}

/// Compares two pieces.
pub(super) fn compare(a: &Piece, b: &Piece, background: &Background) -> Verdict {
    let (one, two) = (&a.signature, &b.signature);
    if one.page == two.page || is_same_text(one, two) || is_same_short_text(a, b) {
        return Verdict::Copy;
    }
    if one.explains != two.explains || is_series(a, b, background) {
        return Verdict::Series;
    }
    let far = HOUR_NATS * (apart(a, b).as_secs_f64() / 3600.0).min(HOURS_MOST);
    let less = far + if a.feed == b.feed { SAME_FEED_NATS } else { 0.0 };
    let nats = overlap::nats(one, two, background) - less;
    let Evidence { odds, against } = weigh(one, two, background);
    let odds = odds - ODDS_A_NAT * less;
    match nats >= 0.0 && odds >= SAME_STORY_ODDS {
        true if odds >= SURE_ODDS && !against => Verdict::Sure(nats),
        true => Verdict::Same(nats),
        false => Verdict::Perhaps(odds),
    }
}

/// Whether two pieces say the same to a reader: the same page or text, or exactly the same headline.
pub(super) fn says_same(a: &Piece, b: &Piece) -> bool {
    let (one, two) = (&a.signature, &b.signature);
    let words = |of: &'_ Signature| (of.title.clone(), of.before.clone(), of.numbers.clone(), of.dates.clone());
    one.page == two.page || is_same_text(one, two) || (!one.title.is_empty() && words(one) == words(two))
}

/// Whether an edited article still says the same, perhaps with more or fewer words.
pub(super) fn is_edit(before: &Piece, now: &Piece) -> bool {
    let (one, two) = (&before.signature.title, &now.signature.title);
    let lacks = |these: &[Key], those: &[Key]| alone(these, those).next().is_some();
    let has_words = !one.is_empty() && !two.is_empty();
    says_same(before, now) || has_words && (!lacks(one, two) || !lacks(two, one))
}

/// Whether a piece that was there before may hold a new one that is like it. A headline that joins no words, as terse
/// ones do and bags of words, holds only what says its words in their order, or what its text bears out.
pub(super) fn may_hold(old: &Piece, new: &Piece, background: &Background) -> bool {
    let (one, two) = (&old.signature, &new.signature);
    let same_order = (1..=TERSE_WORDS_MOST).contains(&one.order.len()) && one.order == two.order;
    !one.terse || says_same(old, new) || same_order || one.borne_out && bears_out(one, two, background)
}

/// Whether the text of a piece shares words with another that its headline does not have.
fn bears_out(one: &Signature, two: &Signature, background: &Background) -> bool {
    let all = two.all_words();
    let words = shared(&one.lead, &all).filter(|word| one.title.binary_search(word).is_err());
    BORNE_OUT_FACTOR * words.map(|word| beyond_expected(*word, background)).sum::<f64>() >= BORNE_OUT_NATS
}

fn apart(a: &Piece, b: &Piece) -> Duration {
    span(a.at, b.at).max(span(b.at, a.at))
}

/// Whether the texts are one, touched up at the most, and give the same numbers.
pub(super) fn is_same_text(a: &Signature, b: &Signature) -> bool {
    let near = a.hash.zip(b.hash).is_some_and(|(a, b)| (a ^ b).count_ones() <= SAME_TEXT_BITS);
    near && marks(&a.lead_numbers, &b.lead_numbers) != Marks::Differ
}

/// Whether two feeds have the same headline and the same few words below it. A feed that says the same once more means
/// another day.
fn is_same_short_text(a: &Piece, b: &Piece) -> bool {
    let says = |of: &'_ Signature| (of.order.clone(), of.numbers.clone(), of.dates.clone(), of.lead_numbers.clone());
    let (one, two) = (&a.signature, &b.signature);
    a.feed != b.feed && !one.lead.is_empty() && one.lead == two.lead && says(one) == says(two)
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

/// How alike two headlines are but for numbers and dates, from 0 to 1: Tversky's index with the smaller remainder
/// weighing more, so that a headline and a part of it are nearly the same.
fn frame(a: &[Key], b: &[Key], background: &Background) -> f64 {
    let weight = |words: &mut dyn Iterator<Item = &Key>| words.map(|word| background.weight(*word)).sum::<f64>();
    let shared = weight(&mut shared(a, b));
    let (one, two) = (weight(&mut alone(a, b)), weight(&mut alone(b, a)));
    let apart = FRAME_ALONE_LESS * one.min(two) + FRAME_ALONE_MORE * one.max(two);
    if shared > 0.0 { shared / (shared + apart) } else { 0.0 }
}
