//! The word lists that are part of the program: for each concept, by language, what to find, what only looks alike, and
//! sentences that show both. A text is read when a query names its list.

use serde::Serialize;

/// Name and text of each list, in the order of the alphabet.
const TEXTS: &[(&str, &str)] = &[
    ("aid", include_str!("lists/aid.txt")),
    ("arrest", include_str!("lists/arrest.txt")),
    ("attack", include_str!("lists/attack.txt")),
    ("bankruptcy", include_str!("lists/bankruptcy.txt")),
    ("ceasefire", include_str!("lists/ceasefire.txt")),
    ("closing", include_str!("lists/closing.txt")),
    ("data breach", include_str!("lists/data-breach.txt")),
    ("earthquake", include_str!("lists/earthquake.txt")),
    ("election", include_str!("lists/election.txt")),
    ("expulsion", include_str!("lists/expulsion.txt")),
    ("flood", include_str!("lists/flood.txt")),
    ("hostage", include_str!("lists/hostage.txt")),
    ("layoffs", include_str!("lists/layoffs.txt")),
    ("mediation", include_str!("lists/mediation.txt")),
    ("merger", include_str!("lists/merger.txt")),
    ("negotiation", include_str!("lists/negotiation.txt")),
    ("office", include_str!("lists/office.txt")),
    ("outbreak", include_str!("lists/outbreak.txt")),
    ("protest", include_str!("lists/protest.txt")),
    ("resignation", include_str!("lists/resignation.txt")),
    ("sanctions", include_str!("lists/sanctions.txt")),
    ("strike", include_str!("lists/strike.txt")),
];

/// A list that ships.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShippedList {
    /// The name it goes by between braces.
    pub name: &'static str,
    /// Its meaning, in one line.
    pub about: &'static str,
    /// Its words by language.
    pub languages: Vec<ShippedWords>,
}

/// A list in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ShippedWords {
    /// The language, ISO 639-1.
    pub lang: &'static str,
    /// What it finds, in the watch language: any of these queries.
    pub finds: Vec<&'static str>,
    /// What looks alike and does not count: any of these.
    pub passes_over: Vec<&'static str>,
    /// Sentences that it finds.
    pub should_find: Vec<&'static str>,
    /// Sentences that it passes over.
    pub should_pass_over: Vec<&'static str>,
}

impl ShippedWords {
    /// What it finds, as one query.
    pub fn query(&self) -> String {
        self.finds.join(" OR ")
    }

    /// The first word or phrase: the one that people type.
    pub(super) fn head(&self) -> &'static str {
        let first = self.finds.first().copied().unwrap_or_default();
        first.split(" OR ").next().unwrap_or_default()
    }
}

/// The names of all lists, in the order of the alphabet.
pub fn shipped_names() -> impl Iterator<Item = &'static str> {
    TEXTS.iter().map(|(name, _)| *name)
}

/// A list by its name.
pub fn shipped_list(name: &str) -> Option<ShippedList> {
    let (name, text) = TEXTS.iter().find(|(known, _)| *known == name)?;
    Some(read(name, text))
}

/// Reads the text of a list. A line `about:` says what it stands for, `[xx]` begins a language, `find:` and `pass:` are
/// queries, `+` and `-` sentences; `#` begins a comment.
fn read(name: &'static str, text: &'static str) -> ShippedList {
    let mut list = ShippedList { name, about: "", languages: Vec::new() };
    for line in text.lines() {
        if let Some(about) = line.strip_prefix("about: ") {
            list.about = about;
            continue;
        }
        if let Some(lang) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            list.languages.push(ShippedWords { lang, ..ShippedWords::default() });
            continue;
        }
        let Some(words) = list.languages.last_mut() else { continue };
        let kinds = [
            ("find: ", &mut words.finds),
            ("pass: ", &mut words.passes_over),
            ("+ ", &mut words.should_find),
            ("- ", &mut words.should_pass_over),
        ];
        for (sign, texts) in kinds {
            texts.extend(line.strip_prefix(sign));
        }
    }
    list
}
