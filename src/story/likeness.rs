//! Whether two articles tell the same news. Words that both have speak for it by their rarity, words that one has alone speak
//! against; a series gives itself away by its numbers.

use std::time::Duration;

use super::rarity::Background;
use super::signature::Signature;
use super::words::{Key, are_opposite};
use crate::clock::{Timestamp, span};
use crate::model::FeedId;

/// From this likeness on two articles are one story; more is asked of headlines without texts.
const SAME_FROM: f64 = 0.5;
const SAME_HEADLINE_FROM: f64 = 0.57;

/// Equal names two days apart are mostly the same matter, a week apart mostly another turn of it.
const NEAR: Duration = Duration::from_secs(2 * 24 * 3600);
/// How much likelier articles further apart must be alike.
const FAR_MARGIN: f64 = 0.1;

/// Headlines without texts must share words that say so much (in nats): about two rare ones, or four.
const TITLE_EVIDENCE_NATS: f64 = 9.0;

/// How much the side with less of its own counts against, and the side with more: a short headline or text may leave out
/// much that a long one has.
const ALONE_LESS: f64 = 0.7;
const ALONE_MORE: f64 = 0.3;

/// A name says so much more than another word of the same rarity.
const NAME_FACTOR: f64 = 1.5;

/// Headlines whose words are alike to this degree are the same but for numbers and dates: parts of a series.
const SAME_FRAME_FROM: f64 = 0.8;

/// Similarity hashes that differ in at most so many of their 64 bits belong to one text, touched up.
const SAME_TEXT_BITS: u32 = 7;

/// The texts of one event, told twice, are alike to 0.3 and more by weight of words; those of two events below 0.1.
const LEAD_UNLIKE: f64 = 0.08;
const LEAD_ALIKE: f64 = 0.50;
/// How much of the likeness is that of the headlines, where there are texts too.
const TITLE_PART: f64 = 0.55;

/// A feed that uses a headline again after so long has a column under it.
const COLUMN_FROM: Duration = Duration::from_secs(18 * 3600);

/// What names take off when both headlines have some and none in common, and what opposite deeds take off.
const OTHER_NAMES: f64 = 0.15;
const OPPOSITE: f64 = 0.2;

/// What differing numbers and dates take off, where they are not the only difference.
const OTHER_NUMBER: f64 = 0.2;
const OTHER_DATE: f64 = 0.15;
/// What a number in common adds.
const SAME_NUMBER: f64 = 0.06;

/// An article as it is compared.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The feed it came from.
    pub feed: FeedId,
    /// When it was published, or first seen if nothing is known of that.
    pub at: Timestamp,
    /// Its words.
    pub signature: Signature,
}

/// How alike two pieces are if they are one story, from 0.5 to 1; none if they are two.
pub(super) fn same(a: &Piece, b: &Piece, background: &Background) -> Option<f64> {
    let likeness = likeness(a, b, background);
    let needed = if have_texts(a, b) { SAME_FROM } else { SAME_HEADLINE_FROM };
    let needed = if apart(a, b) > NEAR { needed + FAR_MARGIN } else { needed };
    (likeness >= needed).then_some(likeness)
}

fn have_texts(a: &Piece, b: &Piece) -> bool {
    !a.signature.lead.is_empty() && !b.signature.lead.is_empty()
}

fn apart(a: &Piece, b: &Piece) -> Duration {
    span(a.at, b.at).max(span(b.at, a.at))
}

fn likeness(a: &Piece, b: &Piece, background: &Background) -> f64 {
    let (one, two) = (&a.signature, &b.signature);
    if one.page == two.page {
        return 1.0;
    }
    let weigh = |word: Key| {
        let is_name = one.names.binary_search(&word).is_ok() || two.names.binary_search(&word).is_ok();
        background.weight(word) * if is_name { NAME_FACTOR } else { 1.0 }
    };
    let title = overlap(&one.title, &two.title, weigh);
    let frame = title.likeness();
    let numbers = marks(&one.numbers, &two.numbers);
    let dates = marks(&one.dates, &two.dates);
    let same_text = is_same_text(one, two);
    if frame >= SAME_FRAME_FROM && (one.numbers != two.numbers || dates == Marks::Differ) && !same_text {
        return 0.0;
    }
    let have_text = have_texts(a, b);
    if (one.rolling || two.rolling) && !same_text && (have_text || a.feed == b.feed || one.rolling != two.rolling) {
        return 0.0;
    }
    if same_text {
        return 1.0;
    }
    if frame >= SAME_FRAME_FROM && a.feed == b.feed && apart(a, b) >= COLUMN_FROM {
        return 0.0;
    }
    let mut likeness = if have_text {
        let lead = overlap(&all(one), &all(two), weigh);
        let lead = ((lead.likeness() - LEAD_UNLIKE) / (LEAD_ALIKE - LEAD_UNLIKE)).clamp(0.0, 1.0);
        TITLE_PART * frame + (1.0 - TITLE_PART) * lead
    } else if title.shared < TITLE_EVIDENCE_NATS {
        0.0
    } else {
        frame
    };
    if names_differ(one, two) {
        likeness -= OTHER_NAMES;
    }
    if undo(one, two) {
        likeness -= OPPOSITE;
    }
    for (marks, other) in [(numbers, OTHER_NUMBER), (dates, OTHER_DATE)] {
        likeness += match marks {
            Marks::Differ => -other,
            Marks::Agree => SAME_NUMBER,
            Marks::Silent => 0.0,
        };
    }
    likeness.min(1.0)
}

/// Whether both headlines have names and the other one none of them.
fn names_differ(a: &Signature, b: &Signature) -> bool {
    let lack = |names: &[Key], title: &[Key]| !names.is_empty() && names.iter().all(|name| title.binary_search(name).is_err());
    lack(&a.names, &b.title) && lack(&b.names, &a.title)
}

/// Whether one headline has a deed that undoes one of the other's: named and resigned, open and close.
fn undo(a: &Signature, b: &Signature) -> bool {
    let alone = |these: &'_ [Key], those: &[Key]| -> Vec<Key> {
        these.iter().filter(|word| those.binary_search(word).is_err()).copied().collect()
    };
    let (these, those) = (alone(&a.title, &b.title), alone(&b.title, &a.title));
    these.iter().any(|one| those.iter().any(|other| are_opposite(*one, *other)))
}

/// Whether the texts are one, touched up at the most, and give the same numbers.
fn is_same_text(a: &Signature, b: &Signature) -> bool {
    let near = a.hash.zip(b.hash).is_some_and(|(a, b)| (a ^ b).count_ones() <= SAME_TEXT_BITS);
    near && marks(&a.lead_numbers, &b.lead_numbers) != Marks::Differ
}

fn all(signature: &Signature) -> Vec<Key> {
    let mut all: Vec<Key> = signature.words().collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// What two sets of words weigh in common and each alone.
struct Overlap {
    shared: f64,
    alone: [f64; 2],
}

impl Overlap {
    /// Tversky's index with the smaller remainder weighing more: from 0 to 1, and 1 for a set and a part of it nearly.
    fn likeness(&self) -> f64 {
        let [a, b] = self.alone;
        let alone = ALONE_LESS * a.min(b) + ALONE_MORE * a.max(b);
        if self.shared > 0.0 { self.shared / (self.shared + alone) } else { 0.0 }
    }
}

/// Walks two sorted lists.
fn overlap(a: &[Key], b: &[Key], weigh: impl Fn(Key) -> f64) -> Overlap {
    let mut overlap = Overlap { shared: 0.0, alone: [0.0; 2] };
    let (mut at, mut other) = (0, 0);
    while at < a.len() || other < b.len() {
        match (a.get(at), b.get(other)) {
            (Some(one), Some(two)) if one == two => {
                overlap.shared += weigh(*one);
                (at, other) = (at + 1, other + 1);
            }
            (Some(one), two) if two.is_none_or(|two| one < two) => {
                overlap.alone[0] += weigh(*one);
                at += 1;
            }
            (_, Some(two)) => {
                overlap.alone[1] += weigh(*two);
                other += 1;
            }
            (_, None) => break,
        }
    }
    overlap
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
