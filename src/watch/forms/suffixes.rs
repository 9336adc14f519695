//! Turkish, Finnish, Hungarian: a word is a stem and a chain of suffixes. A form belongs to a stem if the rest after
//! the stem can be read as such a chain.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::Language;
use super::endings::irregular;

/// Letters a stem must have; behind a shorter one chance makes chains.
pub(in crate::watch) const STEM_LETTERS_LEAST: usize = 3;

/// Suffixes in a chain at most.
const CHAIN_MOST: usize = 6;

static SUFFIXES: LazyLock<HashMap<&'static str, HashSet<&'static str>>> = LazyLock::new(|| {
    let mut all: HashMap<&str, HashSet<&str>> = HashMap::new();
    for line in include_str!("../data/suffixes.tsv").lines().filter(|line| !line.starts_with('#')) {
        let (language, suffixes) = line.split_once('\t').expect("a row of suffixes.tsv has two cells");
        all.entry(language).or_default().extend(suffixes.split(' '));
    }
    all
});

/// The stems of a folded word as an analyst types it: itself, without the ending of the infinitive, softened.
pub(super) fn stems(word: &str, language: Language) -> Vec<String> {
    let mut stems = vec![word.to_owned()];
    let infinitive: &[&str] = match language {
        Language::Tr => &["mak", "mek"],
        Language::Hu => &["ni"],
        _ => &[],
    };
    let cut = infinitive.iter().filter_map(|end| word.strip_suffix(end)).find(|stem| stem.len() >= STEM_LETTERS_LEAST);
    stems.extend(cut.map(str::to_owned));
    if language == Language::Tr {
        stems.extend(narrow_present(word));
        // A last k, p, t is softened before a vowel: arabuluculuk, arabuluculuğu.
        for (hard, soft) in [("k", "g"), ("p", "b"), ("t", "d")] {
            let softened = word.strip_suffix(hard).map(|head| format!("{head}{soft}"));
            stems.extend(softened.filter(|_| cut.is_none() && word.len() > STEM_LETTERS_LEAST));
        }
    }
    stems
}

/// The Turkish forms that no stem and suffix make. Verbs of two letters are listed, and with them all that end in
/// `etmek`.
pub(super) fn listed(word: &str) -> Vec<String> {
    let (head, verb) = word.strip_suffix("etmek").map_or(("", word), |head| (head, "etmek"));
    irregular("tr", verb).map(|form| format!("{head}{form}")).chain(narrow_present(word)).collect()
}

/// A last a or e of a Turkish verb grows narrow in the present: beklemek, bekliyor.
fn narrow_present(word: &str) -> impl Iterator<Item = String> {
    let head = ["amak", "emek"].into_iter().find_map(|end| word.strip_suffix(end));
    head.into_iter().flat_map(|head| ["iyor", "uyor"].map(|present| format!("{head}{present}")))
}

/// Whether the rest of a form is a chain of suffixes.
pub(in crate::watch) fn is_chain(rest: &str, language: Language) -> bool {
    let code = match language {
        Language::Fi => "fi",
        Language::Hu => "hu",
        _ => "tr",
    };
    is_chain_of(rest, &SUFFIXES[code], CHAIN_MOST)
}

fn is_chain_of(rest: &str, suffixes: &HashSet<&str>, most: usize) -> bool {
    if rest.is_empty() {
        return true;
    }
    most > 0
        && rest
            .char_indices()
            .skip(1)
            .map(|(at, _)| at)
            .chain([rest.len()])
            .any(|at| suffixes.contains(&rest[..at]) && is_chain_of(&rest[at..], suffixes, most - 1))
}
