//! The text between quotes.

use std::ops::Range;

use super::foreign::{Stand, refuse};
use super::word::meant;
use super::{Fault, Manner, Step, Word};

/// Words in quotes at most; longer quotations are found by a part of them.
const PHRASE_WORDS_MOST: usize = 50;

/// The words between quotes.
pub(super) fn steps(inside: &str, at: &Range<usize>, text: &str) -> Result<Vec<Step>, Fault> {
    let begin = at.start + text[at.start..].chars().next().map_or(1, char::len_utf8);
    let words = pieces(inside);
    let several = words.len() > 1;
    let mut steps = Vec::new();
    for (number, place) in words.iter().enumerate() {
        let at = begin + place.start..begin + place.end;
        let mut written = &inside[place.clone()];
        if written == "*" {
            steps.push(Step::Gap);
            continue;
        }
        if several && number + 1 == words.len() {
            // The sign that ends a sentence does not belong to its last word.
            written = written.trim_end_matches(['!', '！']);
        }
        let stand = if several { Stand::InPhrase } else { Stand::Quoted };
        let word = match written.strip_prefix("caps:") {
            Some(text) => {
                refuse(text, &at, stand)?;
                Word { text: text.to_owned(), manner: Manner::Caps }
            }
            None => meant(written, at.clone(), stand)?,
        };
        if word.text.chars().any(char::is_alphanumeric) {
            steps.push(Step::Word(word, at));
        }
    }
    if steps.len() > PHRASE_WORDS_MOST {
        let message = format!("{} words in quotes, at most {PHRASE_WORDS_MOST} can be sought", steps.len());
        return Err(Fault::new(at.clone(), message).hint("a part of the phrase finds it as well"));
    }
    let is_word = |step: &Step| matches!(step, Step::Word(..));
    match (steps.first(), steps.last()) {
        (Some(first), Some(last)) if is_word(first) && is_word(last) => Ok(steps),
        (None, _) => Err(Fault::new(at.clone(), "no word stands between these quotes")),
        _ => Err(Fault::new(at.clone(), "a phrase begins and ends with a word, not with *")
            .hint("leave the * at the edge out")),
    }
}

/// The place of each word. A lone & or + joins its neighbours to one name: Marks & Spencer.
fn pieces(inside: &str) -> Vec<Range<usize>> {
    let start = |word: &str| word.as_ptr() as usize - inside.as_ptr() as usize;
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut joins = false;
    for word in inside.split_whitespace() {
        let place = start(word)..start(word) + word.len();
        let is_joint = matches!(word, "&" | "+" | "＆");
        match pieces.last_mut() {
            Some(last) if (is_joint || joins) && inside[last.clone()] != *"*" => last.end = place.end,
            _ => pieces.push(place),
        }
        joins = is_joint;
    }
    pieces
}
