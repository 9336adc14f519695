//! The fillers of the same slot in two headlines: actor, target, place, action. Headlines that differ only in one slot
//! ("Norway closes embassy in Bamako", "Denmark closes embassy in Bamako") share a frame, and report two pieces of
//! news. The frame is the words that two headlines share in the same order; the words between them fill a slot.

use super::signature::Signature;
use super::vocabulary::is_deed;
use super::words::Key;

/// What fills the slots of two headlines.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Slots {
    /// Slots that both fill with names, and with other ones.
    pub(super) names: usize,
    /// Slots that both fill otherwise.
    pub(super) words: usize,
    /// The part of the headline with fewer words that is the frame, from 0 to 1.
    pub(super) frame: f64,
    /// If actor and target are swapped, the share of their words that both have, from 0 to 1.
    pub(super) turned: Option<f64>,
}

/// Fewer words than this, in scripts without spaces, fill no slot.
const FILLING_SIGNS_LEAST: usize = 2;

/// Compares the slots of two headlines. A filler that also occurs elsewhere in the other piece does not count as
/// different.
pub(super) fn compare(a: &Signature, b: &Signature) -> Slots {
    let common = common(&a.order, &b.order);
    let shorter = a.order.len().min(b.order.len()).max(1);
    let mut slots = Slots { frame: common.len() as f64 / shorter as f64, turned: turned(a, b), ..Slots::default() };
    let ends = common.iter().copied().chain([(a.order.len(), b.order.len())]);
    let (mut from_a, mut from_b) = (0, 0);
    for (to_a, to_b) in ends {
        let one = fillers(&a.order[from_a..to_a], b);
        let two = fillers(&b.order[from_b..to_b], a);
        // Words that only one has between two signs separate them: that is a word on either side, and fills nothing.
        let least = if a.signs && b.signs { FILLING_SIGNS_LEAST } else { 1 };
        if one.len().min(two.len()) >= least {
            let is_name = |of: &Signature, words: &[Key]| words.iter().any(|word| of.names.binary_search(word).is_ok());
            match is_name(a, &one) && is_name(b, &two) {
                true => slots.names += 1,
                false => slots.words += 1,
            }
        }
        (from_a, from_b) = (to_a + 1, to_b + 1);
    }
    slots
}

/// The words of a part of a headline that do not occur in the other piece.
fn fillers(words: &[Key], other: &Signature) -> Vec<Key> {
    let has = |word: &Key| other.title.binary_search(word).is_ok() || other.lead.binary_search(word).is_ok();
    words.iter().copied().filter(|word| !has(word)).collect()
}

/// The places, in both, of the longest run of words that both have in the same order, with gaps or without.
fn common(a: &[Key], b: &[Key]) -> Vec<(usize, usize)> {
    let wide = b.len() + 1;
    // How long the run is from these two places on.
    let mut longest = vec![0_u8; (a.len() + 1) * wide];
    for (at_a, one) in a.iter().enumerate().rev() {
        for (at_b, two) in b.iter().enumerate().rev() {
            let (below, beside) = (longest[(at_a + 1) * wide + at_b], longest[at_a * wide + at_b + 1]);
            longest[at_a * wide + at_b] =
                if one == two { longest[(at_a + 1) * wide + at_b + 1] + 1 } else { below.max(beside) };
        }
    }
    let (mut at_a, mut at_b) = (0, 0);
    let mut found = Vec::new();
    while at_a < a.len() && at_b < b.len() {
        let (below, beside) = (longest[(at_a + 1) * wide + at_b], longest[at_a * wide + at_b + 1]);
        if a[at_a] == b[at_b] {
            found.push((at_a, at_b));
            (at_a, at_b) = (at_a + 1, at_b + 1);
        } else if below >= beside {
            at_a += 1;
        } else {
            at_b += 1;
        }
    }
    found
}

/// Who stands before in one headline may stand behind in the other: `A hits B`, `B hits A`. In headlines of the same
/// words that is so if two of them have changed places; in others, if they have done so around a third. What only one
/// of the two says in the passive voice is turned round and the same.
fn turned(a: &Signature, b: &Signature) -> Option<f64> {
    let place = |word: &Key| b.order.iter().position(|other| other == word);
    let both: Vec<(usize, usize, Key)> =
        a.order.iter().enumerate().filter_map(|(at, word)| Some((at, place(word)?, *word))).collect();
    let longer = a.order.len().max(b.order.len()).max(1);
    let same = both.len() as f64 / longer as f64;
    // Where capitals tell of no names, all that is no deed may be one.
    let told = a.names.len().min(b.names.len()) > 1;
    let may_act = |word: Key| match told {
        true => a.names.binary_search(&word).is_ok() || b.names.binary_search(&word).is_ok(),
        false => !is_deed(word),
    };
    let actors: Vec<_> = both.iter().filter(|(.., word)| may_act(*word)).collect();
    let crossed = actors.iter().any(|one| {
        actors.iter().filter(|other| other.0 > one.0 && other.1 < one.1).any(|other| {
            let between = |mid: &(usize, usize, Key)| {
                (one.0 + 1..other.0).contains(&mid.0) && (other.1 + 1..one.1).contains(&mid.1)
            };
            both.iter().any(between)
        })
    });
    (crossed && a.passive == b.passive).then_some(same)
}
