//! Signs that belong to a name: C++, .NET, AT&T, @handle, 9/11. The text is read in words without them; the signs
//! around a word are checked only if a query asks for them.

use std::ops::Range;

use super::syntax::{Manner, Word};
use crate::text::fold::{Class, Folded, table};
use crate::text::token::Tokens;

/// The signs that must be around a word of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Signs {
    /// Right before it.
    before: String,
    /// Right behind it.
    behind: String,
    /// Between it and the next word.
    between: Between,
}

/// The signs that must be between a word and the next one of the same name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
enum Between {
    /// Anything that parts words, or nothing.
    #[default]
    Any,
    /// A hyphen or slash, as between the numbers of 9/11.
    Dash,
    /// These signs, with or without blanks around them.
    Exactly(String),
}

/// A word of one token, and the signs it must have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Piece {
    pub(super) word: Word,
    pub(super) signs: Signs,
}

/// A written word as tokens.
pub(super) struct Pieces {
    /// In their order.
    pub(super) all: Vec<Piece>,
    /// The spelling written as one, where hyphens or apostrophes part them: go-between is also "gobetween".
    pub(super) joined: Option<Piece>,
}

/// Signs that may precede a name.
const BEFORE: &[char] = &['@', '#', '$', '€', '£', '¥', '§', '.'];

/// Signs that may follow one.
const BEHIND: &[char] = &['+', '#', '!', '$', '%', '€', '£', '°'];

impl Signs {
    pub(super) fn is_empty(&self) -> bool {
        *self == Signs::default()
    }

    /// Whether they are around some bytes of a text.
    pub(super) fn fit(&self, text: &str, at: Range<usize>) -> bool {
        let (head, tail) = (&text[..at.start], &text[at.end..]);
        let before = || {
            let Some(rest) = strip_end(head, &self.before) else { return false };
            self.before.is_empty() || !rest.chars().next_back().is_some_and(is_in_word)
        };
        before() && strip_start(tail, &self.behind).is_some() && self.between.fits(tail)
    }
}

impl Between {
    fn fits(&self, tail: &str) -> bool {
        match self {
            Between::Any => true,
            Between::Dash => {
                let mut chars = tail.chars();
                chars.next().is_some_and(|c| class(c) == Class::Hyphen) && chars.next().is_some_and(is_in_word)
            }
            Between::Exactly(signs) => {
                let rest = strip_start(skip_blanks(tail), signs);
                rest.is_some_and(|rest| skip_blanks(rest).chars().next().is_some_and(is_in_word))
            }
        }
    }
}

impl Pieces {
    /// The tokens of a written word. All parts of a hyphenated word except the last match as they are written, and so
    /// do words with signs.
    pub(super) fn of(word: &Word) -> Pieces {
        // Most words are, and need no second reading.
        let is_plain = || word.text.bytes().all(|byte| byte.is_ascii_alphabetic());
        if is_plain() || word.manner == Manner::Wildcard && !word.text.starts_with(BEFORE) {
            return Pieces { all: vec![Piece { word: word.clone(), signs: Signs::default() }], joined: None };
        }
        let text = &word.text;
        let (before, behind) = edges(text, word.manner);
        if word.manner == Manner::Wildcard {
            let word = Word { text: text[before.len()..].to_owned(), manner: word.manner };
            return Pieces { all: vec![Piece { word, signs: Signs { before, ..Signs::default() } }], joined: None };
        }
        let mut tokens = Tokens::default();
        tokens.read(text, usize::MAX >> 1);
        let places: Vec<_> = tokens.tokens.iter().map(|token| token.start as usize..token.end as usize).collect();
        let gaps: Vec<Between> = places.windows(2).map(|pair| between(text, pair[0].end..pair[1].start)).collect();
        let has_signs = !before.is_empty() || !behind.is_empty();
        let last = places.len().saturating_sub(1);
        let piece = |(number, at): (usize, &Range<usize>)| {
            let is_exact = word.manner == Manner::Family && (number < last || has_signs);
            let manner = if is_exact { Manner::Exact } else { word.manner };
            let signs = Signs {
                before: if number == 0 { before.clone() } else { String::new() },
                behind: if number == last { behind.clone() } else { String::new() },
                between: gaps.get(number).cloned().unwrap_or_default(),
            };
            Piece { word: Word { text: text[at.clone()].to_owned(), manner }, signs }
        };
        let all: Vec<Piece> = places.iter().enumerate().map(piece).collect();
        let is_parted = |pair: &[Range<usize>]| pair[0].end < pair[1].start;
        let joins = places.windows(2).any(is_parted) && gaps.iter().all(|gap| *gap == Between::Any);
        let joined = joins.then(|| {
            let whole = crate::text::form::spelling(text);
            let manner = if has_signs && word.manner == Manner::Family { Manner::Exact } else { word.manner };
            let signs = Signs { before, behind, between: Between::Any };
            Piece { word: Word { text: whole, manner }, signs }
        });
        Pieces { all, joined }
    }
}

/// The signs before and behind a word that make a name of it.
pub(super) fn edges(text: &str, manner: Manner) -> (String, String) {
    let start = text.find(is_in_word).unwrap_or(text.len());
    let end = text.rfind(is_in_word).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    if start >= end || matches!(manner, Manner::Fuzzy) {
        return (String::new(), String::new());
    }
    let before = &text[..start];
    // A full stop or comma after a name does not belong to it.
    let behind = text[end..].trim_end_matches([',', ';', ':', '.', '…', '\'', '’', '”', '"']);
    let all = |signs: &str, of: &[char]| signs.chars().all(|c| of.contains(&folded(c)));
    // One dot makes a name, several are an ellipsis.
    let before = if all(before, BEFORE) && !before.contains("..") { before } else { "" };
    let behind = if manner != Manner::Wildcard && all(behind, BEHIND) { behind } else { "" };
    let own = |signs: &str| signs.chars().map(folded).collect();
    (own(before), own(behind))
}

/// The meaning of the signs between two tokens of a word.
fn between(text: &str, gap: Range<usize>) -> Between {
    let digit = |c: Option<char>| c.is_some_and(|c| class(c) == Class::Digit);
    let are_numbers = digit(text[..gap.start].chars().next_back()) && digit(text[gap.end..].chars().next());
    let signs: String = text[gap].chars().filter(|c| !is_blank(*c)).map(folded).collect();
    let parts_words = |c: char| {
        matches!(class(c), Class::Hyphen | Class::Apostrophe | Class::Quote) || matches!(c, '·' | '•' | '‧' | '・')
    };
    match signs.chars().all(parts_words) {
        true if are_numbers && !signs.is_empty() => Between::Dash,
        true => Between::Any,
        false => Between::Exactly(signs),
    }
}

fn class(c: char) -> Class {
    table().look_up(c).0
}

fn is_in_word(c: char) -> bool {
    matches!(class(c), Class::Letter | Class::Digit | Class::Sign)
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || class(c) == Class::Nothing
}

fn folded(c: char) -> char {
    match table().look_up(c).1 {
        Folded::One(c) => c,
        Folded::Many(_) => c,
    }
}

fn skip_blanks(text: &str) -> &str {
    text.trim_start_matches(is_blank)
}

/// The text behind these signs, if it begins with them.
fn strip_start<'t>(text: &'t str, signs: &str) -> Option<&'t str> {
    signs.chars().try_fold(text, |text, sign| {
        let c = text.chars().next().filter(|c| folded(*c) == sign)?;
        Some(&text[c.len_utf8()..])
    })
}

/// The text before these signs, if it ends in them.
fn strip_end<'t>(text: &'t str, signs: &str) -> Option<&'t str> {
    signs.chars().rev().try_fold(text, |text, sign| {
        let c = text.chars().next_back().filter(|c| folded(*c) == sign)?;
        Some(&text[..text.len() - c.len_utf8()])
    })
}
