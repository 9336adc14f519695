//! What stands between quotes.

use std::ops::Range;

use super::lexer::meant;
use super::{Fault, Manner, Step, Word};

/// Words in quotes at most; longer quotations are found by a part of them.
const PHRASE_WORDS_MOST: usize = 50;

/// The words between quotes.
pub(super) fn steps(inside: &str, at: &Range<usize>, text: &str) -> Result<Vec<Step>, Fault> {
    let begin = at.start + text[at.start..].chars().next().map_or(1, char::len_utf8);
    let mut steps = Vec::new();
    for written in inside.split_whitespace() {
        // Where in `inside` it stands: the pieces are slices of it.
        let start = begin + (written.as_ptr() as usize - inside.as_ptr() as usize);
        let at = start..start + written.len();
        if written == "*" {
            steps.push(Step::Gap);
            continue;
        }
        let word = match written.strip_prefix("caps:") {
            Some(text) => Word { text: text.to_owned(), manner: Manner::Caps },
            None => meant(written, at.clone())?,
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
