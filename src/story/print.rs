//! Whether two pieces are prints of one text, so not independent of each other, whoever published them. Pure.
//!
//! This is more than the same news, and less than the same to a reader: two papers may choose the same short headline
//! independently, and then the texts below it differ.

use super::likeness::is_same_text;
use super::signature::Signature;

/// If this share of the shorter lead's words is in the longer one, one text was cut in two places.
const SAME_LEAD_FROM: f64 = 0.9;
/// A lead of fewer words says nothing by itself.
const LEAD_WORDS_LEAST: usize = 8;

/// Whether there is a text besides the headline.
pub fn has_text(signature: &Signature) -> bool {
    !signature.lead.is_empty()
}

/// Whether two pieces are prints of one text. If one has no text, exactly the same headline is enough, because nothing
/// shows a difference.
pub fn is_print(a: &Signature, b: &Signature) -> bool {
    if a.page == b.page || is_same_text(a, b) {
        return true;
    }
    let headline = |of: &Signature| (of.title.clone(), of.before.clone(), of.numbers.clone(), of.dates.clone());
    let same_headline = !a.title.is_empty() && headline(a) == headline(b);
    let (shorter, longer) = if a.lead.len() <= b.lead.len() { (a, b) } else { (b, a) };
    if shorter.lead.is_empty() {
        return same_headline;
    }
    let share = |of: &[u32], within: &[u32]| {
        let both = of.iter().filter(|key| within.binary_search(key).is_ok()).count();
        both as f64 / of.len().max(1) as f64
    };
    let same_numbers = share(&shorter.lead_numbers, &longer.lead_numbers) == 1.0 || shorter.lead_numbers.is_empty();
    let says_enough = same_headline || shorter.lead.len() >= LEAD_WORDS_LEAST;
    says_enough && same_numbers && share(&shorter.lead, &longer.lead) >= SAME_LEAD_FROM
}
