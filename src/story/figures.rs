//! Numbers that are written in figures, by keys that are the same however they are written: 12,000, 12.000, 12 000.
//! Pure.

use super::words::{Key, Reading, Word, key};

/// Letters of a unit that hangs on a number: 5m, 20km, 3mln.
const UNIT_CHARS_MOST: usize = 3;
/// Digits of a number; more are the number of something.
const DIGITS_MOST: usize = 12;

/// A number in figures that begins at a token, by a key that is the same however it is written, and its last token.
/// What only looks like one is none: a year, a day, an hour, a part of a name, an address or an age.
pub(super) fn figure(reading: &Reading, at: usize, text: &str) -> Option<(Key, usize)> {
    let folded = &reading.spellings[at];
    let digits = folded.trim_end_matches(|c: char| c.is_alphabetic());
    let unit = &folded[digits.len()..];
    let is_figure = digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
    let is_hour_or_ordinal = matches!(unit, "am" | "pm" | "h" | "st" | "nd" | "rd" | "th");
    if !digits.starts_with(|c: char| c.is_ascii_digit())
        || !is_figure
        || digits.len() > DIGITS_MOST
        || unit.chars().count() > UNIT_CHARS_MOST
        || is_hour_or_ordinal
    {
        return None;
    }
    let mut last = at;
    let mut whole = folded.clone();
    let span = |at: usize| (reading.tokens[at].start as usize, reading.tokens[at].end as usize);
    // 12 000 is one number, with any kind of space.
    while let Some(next) = reading.spellings.get(last + 1)
        && next.len() == 3
        && next.bytes().all(|byte| byte.is_ascii_digit())
        && whole.len() < DIGITS_MOST
        && matches!(&text[span(last).1..span(last + 1).0], " " | "\u{a0}" | "\u{202f}" | "\u{2009}")
    {
        whole.push_str(next);
        last += 1;
    }
    let continues = at > 0
        && folded.len() == 3
        && reading.spellings[at - 1].bytes().all(|byte| byte.is_ascii_digit())
        && matches!(&text[span(at - 1).1..span(at).0], " " | "\u{a0}" | "\u{202f}" | "\u{2009}");
    let before = text[..span(at).0].chars().next_back();
    let mut after = text[span(last).1..].chars();
    let (next, then) = (after.next(), after.next());
    let is_joined = matches!(before, Some('-' | '–' | '/' | ':' | '#' | '@' | '_' | '='))
        || matches!((next, then), (Some(':' | '/'), Some(c)) if c.is_ascii_digit())
        || matches!((next, then), (Some('-'), Some(c)) if c.is_alphabetic());
    let is_date = |word: &Word| matches!(word, Word::Date(_));
    let near = |token: usize| {
        let found = reading.words.binary_search_by_key(&token, |(_, at)| *at);
        found.is_ok_and(|word| is_date(&reading.words[word].0))
    };
    let is_of_date = near(at) || near(last + 1) || at.checked_sub(1).is_some_and(near);
    if continues || is_joined || is_of_date {
        return None;
    }
    let even = even(&whole);
    Some((key(even.trim_start_matches('0')), last))
}

/// A number without what parts its thousands, and with a point before its fraction.
fn even(number: &str) -> String {
    let groups: Vec<&str> = number.split([',', '.']).collect();
    let in_thousands = groups.len() > 1 && groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3);
    groups.join(if in_thousands { "" } else { "." })
}

#[cfg(test)]
mod tests {
    use super::super::vocabulary;
    use super::*;

    #[test]
    fn figures_are_the_same_however_they_are_written() {
        for (one, other) in
            [("12,000", "12 000"), ("12.000", "12,000"), ("3.5", "3,5"), ("1 200 300", "1,200,300"), ("007", "7")]
        {
            let of = |number: &str| {
                let text = format!("killed {number} people");
                let reading = Reading::of(&text, 60, vocabulary::english());
                let found: Vec<Key> =
                    (0..reading.raw.len()).filter_map(|at| figure(&reading, at, &text)).map(|(key, _)| key).collect();
                found
            };
            assert_eq!((of(one).len(), of(one)), (1, of(other)), "{one} {other}");
        }
    }
}
