//! A word and the signs that say how it is meant.

use std::ops::Range;

use super::foreign::{Stand, refuse};
use super::{Fault, Manner, Word};
use crate::text::fold::{Class, table};

/// Letters that a wildcard must give: fewer, and it finds half the dictionary.
const WILDCARD_LETTERS_LEAST: usize = 3;
/// Letters a fuzzy word must have: one edit in fewer makes any word of it.
const FUZZY_LETTERS_LEAST: usize = 4;

/// Reads the signs on a word: `=`, `*`, `?`, `~`. Those of other languages are refused.
pub(super) fn meant(written: &str, at: Range<usize>, stand: Stand) -> Result<Word, Fault> {
    refuse(written.strip_prefix('=').unwrap_or(written), &at, stand)?;
    let word = |text: &str, manner| Word { text: text.to_owned(), manner };
    // A Korean syllable is written in one sign and holds two letters or three.
    let weight = |c: char| if ('가'..='힣').contains(&c) { 2 } else { usize::from(c.is_alphanumeric()) };
    let letters = |text: &str| text.chars().map(weight).sum::<usize>();
    if let Some(text) = written.strip_prefix('=') {
        if text.is_empty() {
            return Err(Fault::new(at, "= needs a word right behind it").hint("write =closure"));
        }
        if text.contains(['*', '?', '~']) {
            return Err(
                Fault::new(at, format!("\"{written}\" is exact and open at once")).hint("leave out = or the wildcard")
            );
        }
        return Ok(word(text, Manner::Exact));
    }
    if let Some(text) = written.strip_suffix('~') {
        if text.contains(['*', '?']) {
            return Err(Fault::new(at, format!("\"{written}\" has a wildcard and ~")).hint("use one of them"));
        }
        if letters(text) < FUZZY_LETTERS_LEAST {
            let message = format!("\"{written}\" is too short for ~; it needs four letters");
            return Err(Fault::new(at, message).hint("list the spellings with OR"));
        }
        return Ok(word(text, Manner::Fuzzy));
    }
    if written.contains(['*', '?']) {
        let is_strange = |c: &char| !(is_in_word(*c) || matches!(c, '*' | '?' | '-' | '\'' | '’' | '‑' | '@' | '#'));
        if let Some(strange) = written.chars().find(is_strange) {
            let message = format!("{strange} cannot stand in a word with a wildcard");
            return Err(Fault::new(at, message).hint("write letters, digits and hyphens, * for any letters, ? for one"));
        }
        let given = letters(written);
        if given < WILDCARD_LETTERS_LEAST {
            let given = ["no letter", "only one letter", "only two letters"][given];
            return Err(Fault::new(at, format!("\"{written}\" gives {given}; a wildcard needs three"))
                .hint("write more of the word, or list the words with OR"));
        }
        return Ok(word(written, Manner::Wildcard));
    }
    Ok(word(written, Manner::Family))
}

/// Whether a character is part of a word, or a mark on a letter.
fn is_in_word(c: char) -> bool {
    matches!(table().look_up(c).0, Class::Letter | Class::Digit | Class::Sign | Class::Nothing)
}
