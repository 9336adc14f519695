//! Word forms on the watch side: a term becomes the spellings that count as it. The text is never stemmed, so words
//! that only look alike stay apart, and the analyst can see every form.
//!
//! For languages that inflect words at the end, the forms are listed. If clitics or chains of suffixes make the list
//! endless, there is a stem instead, with the rule for what may be around it.

pub(super) mod clitics;
mod endings;
mod english;
mod german;
mod sorted;
pub(super) mod suffixes;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::text::form::spelling;

/// The language of a term, for its word forms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Language {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
    /// Spanish.
    Es,
    /// Portuguese.
    Pt,
    /// Italian.
    It,
    /// German.
    De,
    /// Russian.
    Ru,
    /// Arabic.
    Ar,
    /// Hebrew.
    He,
    /// Persian.
    Fa,
    /// Turkish.
    Tr,
    /// Finnish.
    Fi,
    /// Hungarian.
    Hu,
    /// Any other language: words match as they are written.
    Plain,
}

/// The codes analysts type, ISO 639-1. Chinese, Japanese and Thai are matched by characters and have no forms.
const CODES: &[(&str, Language)] = &[
    ("en", Language::En),
    ("fr", Language::Fr),
    ("es", Language::Es),
    ("pt", Language::Pt),
    ("it", Language::It),
    ("de", Language::De),
    ("ru", Language::Ru),
    ("ar", Language::Ar),
    ("he", Language::He),
    ("fa", Language::Fa),
    ("tr", Language::Tr),
    ("fi", Language::Fi),
    ("hu", Language::Hu),
    ("zh", Language::Plain),
    ("ja", Language::Plain),
    ("th", Language::Plain),
    ("ko", Language::Plain),
    ("el", Language::Plain),
    ("uk", Language::Plain),
    ("bg", Language::Plain),
    ("sr", Language::Plain),
    ("nl", Language::Plain),
    ("sv", Language::Plain),
    ("da", Language::Plain),
    ("no", Language::Plain),
    ("pl", Language::Plain),
    ("cs", Language::Plain),
    ("sk", Language::Plain),
    ("hr", Language::Plain),
    ("ro", Language::Plain),
    ("ku", Language::Plain),
    ("ur", Language::Plain),
    ("hi", Language::Plain),
    ("id", Language::Plain),
    ("vi", Language::Plain),
];

impl Language {
    /// The language of a code.
    pub(super) fn of_code(code: &str) -> Option<Language> {
        CODES.iter().find(|(known, _)| *known == code).map(|(_, language)| *language)
    }

    /// All codes.
    pub(super) fn codes() -> impl Iterator<Item = &'static str> {
        CODES.iter().map(|(code, _)| *code)
    }

    /// The code of a language that is called by a name, in English or its own; or by a longer code, as pt-BR.
    pub(super) fn code_of_name(name: &str) -> Option<&'static str> {
        const NAMES: &[(&str, &str)] = &[
            ("english", "en"),
            ("french", "fr"),
            ("francais", "fr"),
            ("spanish", "es"),
            ("espanol", "es"),
            ("portuguese", "pt"),
            ("portugues", "pt"),
            ("italian", "it"),
            ("italiano", "it"),
            ("german", "de"),
            ("deutsch", "de"),
            ("russian", "ru"),
            ("arabic", "ar"),
            ("hebrew", "he"),
            ("iw", "he"),
            ("persian", "fa"),
            ("farsi", "fa"),
            ("turkish", "tr"),
            ("turkce", "tr"),
            ("finnish", "fi"),
            ("suomi", "fi"),
            ("hungarian", "hu"),
            ("magyar", "hu"),
            ("chinese", "zh"),
            ("cn", "zh"),
            ("japanese", "ja"),
            ("jp", "ja"),
            ("thai", "th"),
            ("korean", "ko"),
            ("kr", "ko"),
            ("greek", "el"),
            ("gr", "el"),
            ("ukrainian", "uk"),
            ("ua", "uk"),
            ("dutch", "nl"),
            ("polish", "pl"),
            ("swedish", "sv"),
            ("danish", "da"),
            ("dk", "da"),
            ("norwegian", "no"),
            ("nb", "no"),
            ("czech", "cs"),
            ("cz", "cs"),
            ("romanian", "ro"),
            ("hindi", "hi"),
            ("urdu", "ur"),
            ("indonesian", "id"),
            ("vietnamese", "vi"),
            ("serbian", "sr"),
            ("croatian", "hr"),
            ("bulgarian", "bg"),
            ("kurdish", "ku"),
        ];
        let plain = spelling(name);
        let known = NAMES.iter().find(|(known, _)| *known == plain).map(|(_, code)| *code);
        known.or_else(|| {
            let base = name.split(['-', '_']).next().unwrap_or_default().to_lowercase();
            Self::codes().find(|code| *code == base)
        })
    }

    /// The language whose forms a word takes: its script decides where it leaves no choice.
    fn of_word(self, folded: &str) -> Language {
        let script = |first: char, last: char| folded.chars().any(|c| (first..=last).contains(&c));
        if script('\u{05d0}', '\u{05ea}') {
            Language::He
        } else if script('\u{0600}', '\u{06ff}') {
            if matches!(self, Language::Fa | Language::Plain) { self } else { Language::Ar }
        } else if script('\u{0400}', '\u{04ff}') {
            if self == Language::Plain { self } else { Language::Ru }
        } else if matches!(self, Language::He | Language::Ar | Language::Fa | Language::Ru) {
            // A Latin word in a query of another script is a name.
            Language::Plain
        } else {
            self
        }
    }
}

/// What counts as a word.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Family {
    /// Spellings, folded.
    pub(super) forms: BTreeSet<String>,
    /// Forms that count only if the text has the accent: Italian dà is not "da".
    pub(super) accented: BTreeSet<String>,
    /// Stems, folded, and what may be around them.
    pub(super) stems: BTreeSet<(String, Around)>,
}

/// What may be around a stem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Around {
    /// Particles before it and pronouns behind it, of a language.
    Clitics(Language),
    /// A chain of suffixes, of a language.
    Suffixes(Language),
}

/// The family of a word as written, in a language.
pub(super) fn family(written: &str, language: Language) -> Family {
    let word = spelling(written);
    let mut family = Family { forms: BTreeSet::from([word.clone()]), ..Family::default() };
    if word.chars().any(char::is_numeric) {
        // F-16s, A320s; but what begins a decade (1990, 80) has another meaning with an s.
        let begins_decade =
            word.bytes().all(|byte| byte.is_ascii_digit()) && word.ends_with('0') && word.len().is_multiple_of(2);
        if word.ends_with(|c: char| c.is_ascii_digit()) && !begins_decade {
            family.forms.insert(format!("{word}s"));
        }
        return family;
    }
    let language = language.of_word(&word);
    match language {
        Language::En if word.is_ascii() => {
            family.forms = english::family(&word, is_name(written));
        }
        Language::De => family.forms.extend(german::family(written, &word)),
        Language::Fr | Language::Es | Language::Pt | Language::It | Language::Ru => {
            let forms = endings::family(written, &word, language);
            let marked: BTreeSet<_> =
                forms.iter().filter_map(|form| form.strip_suffix('^')).map(str::to_owned).collect();
            family.accented = marked.iter().filter(|form| **form != word).cloned().collect();
            family.forms.extend(forms.into_iter().filter(|form| !form.ends_with('^')).chain(marked));
        }
        Language::Ar | Language::He | Language::Fa => {
            let stems = clitics::stems(&word, language).into_iter();
            family.stems.extend(stems.map(|stem| (stem, Around::Clitics(language))));
        }
        Language::Tr | Language::Fi | Language::Hu => {
            let stems = suffixes::stems(&word, language).into_iter();
            family.stems.extend(stems.map(|stem| (stem, Around::Suffixes(language))));
            if language == Language::Tr {
                family.forms.extend(suffixes::listed(&word));
            }
        }
        Language::En | Language::Plain => {}
    }
    family
}

/// English base forms with a given beginning, in order, to estimate what a wildcard matches.
pub(super) fn english_words(beginning: &str) -> &'static [&'static str] {
    static ALL: LazyLock<Vec<&str>> = LazyLock::new(|| english::words().collect::<BTreeSet<_>>().into_iter().collect());
    let rest = &ALL[ALL.partition_point(|word| *word < beginning)..];
    &rest[..rest.partition_point(|word| word.starts_with(beginning))]
}

/// Whether an English word is a noun made of a verb, as closure is of close.
pub(super) fn is_made_of_verb(folded: &str) -> bool {
    english::is_made_of_verb(folded)
}

/// Whether a word is written like a name: one capital, then small letters.
fn is_name(written: &str) -> bool {
    let mut chars = written.chars();
    chars.next().is_some_and(char::is_uppercase) && chars.all(|c| !c.is_uppercase())
}
