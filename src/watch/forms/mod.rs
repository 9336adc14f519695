//! Word forms on the watch side: a term becomes the spellings that count as it. The text is never stemmed, so words that
//! only look alike stay apart, and the analyst can see every form.

mod english;

use std::collections::BTreeSet;

/// The language a term is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Language {
    /// English.
    #[default]
    En,
}

/// The spellings of a folded word's family, itself included.
pub(super) fn family(word: &str, language: Language) -> BTreeSet<String> {
    if !word.is_ascii() || word.bytes().any(|byte| byte.is_ascii_digit()) {
        return BTreeSet::from([word.to_owned()]);
    }
    match language {
        Language::En => english::family(word),
    }
}
