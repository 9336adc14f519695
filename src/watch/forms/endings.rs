//! French, Spanish, Portuguese, Italian, Russian: the forms of a word by the table of endings.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use super::Language;

/// A way to bend words.
struct Paradigm {
    kind: &'static str,
    /// The ending of the form analysts type.
    ending: &'static str,
    endings: Vec<&'static str>,
}

/// Letters that must remain before an ending; shorter stems are other words. A verb is known by its ending: tuer, usar,
/// unire.
const STEM_LETTERS_LEAST: usize = 3;
const VERB_STEM_LETTERS_LEAST: usize = 2;

static PARADIGMS: LazyLock<HashMap<&'static str, Vec<Paradigm>>> = LazyLock::new(|| {
    let mut all: HashMap<&str, Vec<Paradigm>> = HashMap::new();
    for line in include_str!("../data/endings.tsv").lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().expect("a row of endings.tsv has four cells");
        let (language, kind, ending, endings) = (cell(), cell(), cell(), cell());
        let bare = |ending: &'static str| if ending == "." { "" } else { ending };
        let paradigm = Paradigm { kind, ending: bare(ending), endings: endings.split(' ').map(bare).collect() };
        all.entry(language).or_default().push(paradigm);
    }
    all
});

/// Language, and a word or the end of words, to the other forms of the one or the other ends.
type Irregular = HashMap<(&'static str, Key<'static>), Vec<&'static str>>;

#[derive(PartialEq, Eq, Hash)]
enum Key<'w> {
    Word(&'w str),
    /// Behind a hyphen in the table.
    End(&'w str),
}

static IRREGULAR: LazyLock<Irregular> = LazyLock::new(|| {
    let mut all = HashMap::new();
    for line in include_str!("../data/irregular.tsv").lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().expect("a row of irregular.tsv has three cells");
        let (language, keys, forms) = (cell(), cell(), cell());
        let keys = keys.split(' ').map(|key| key.strip_prefix('-').map_or(Key::Word(key), Key::End));
        all.extend(keys.map(|key| ((language, key), forms.split(' ').collect())));
    }
    all
});

/// The irregular forms of a word that has its own row.
pub(super) fn irregular(code: &'static str, word: &str) -> impl Iterator<Item = &'static str> {
    IRREGULAR.get(&(code, Key::Word(word))).into_iter().flatten().copied()
}

/// The irregular forms of a word by its own row, or else by that of the longest end: maintenir by -tenir.
fn irregular_family(code: &'static str, word: &str, language: Language) -> Vec<String> {
    let by_end = || {
        word.char_indices().skip(1).find_map(|(at, _)| {
            let (head, end) = word.split_at(at);
            Some((head, IRREGULAR.get(&(code, Key::End(end)))?))
        })
    };
    let Some((head, row)) = IRREGULAR.get(&(code, Key::Word(word))).map(|row| ("", row)).or_else(by_end) else {
        return Vec::new();
    };
    let form = |end: &str| format!("{head}{end}");
    row.iter()
        .flat_map(|end| match end.strip_suffix('~') {
            Some(end) => bent(&form(end), "noun", code, language),
            None => vec![form(end)],
        })
        .collect()
}

/// The forms of a folded word; the word as written tells é from e.
pub(super) fn family(written: &str, word: &str, language: Language) -> BTreeSet<String> {
    let code = match language {
        Language::Fr => "fr",
        Language::Es => "es",
        Language::Pt => "pt",
        Language::It => "it",
        _ => "ru",
    };
    // A Russian verb that acts on itself is bent like the plain one, with -ся or -сь behind each form.
    let plain =
        ["ться", "чься", "тись"].iter().find(|end| word.ends_with(*end)).map(|_| &word[..word.len() - "ся".len()]);
    if let Some(plain) = plain.filter(|_| code == "ru") {
        let plain = family(plain, plain, language);
        return plain.into_iter().flat_map(|form| ["ся", "сь"].map(|end| format!("{form}{end}"))).collect();
    }
    let base = participle_to_infinitive(written, word, language);
    let forms = ["noun", "verb"].into_iter().flat_map(|kind| bent(&base, kind, code, language));
    let soft = written.to_lowercase().ends_with("çar").then(|| keeping_its_c(word, code)).into_iter().flatten();
    forms.chain(irregular_family(code, &base, language)).chain(soft).collect()
}

/// A ç keeps its sound before an e: lançar, lance; while atacar makes ataque.
fn keeping_its_c(word: &str, code: &'static str) -> impl Iterator<Item = String> {
    let stem = &word[..word.len() - "ar".len()];
    let own = PARADIGMS[code].iter().filter(|paradigm| paradigm.kind == "verb" && paradigm.ending == "ar");
    let endings = own.flat_map(|paradigm| &paradigm.endings).filter(|ending| ending.starts_with('e'));
    endings.map(move |ending| format!("{stem}{ending}"))
}

/// The forms of a word by the endings of a kind.
fn bent(word: &str, kind: &str, code: &'static str, language: Language) -> Vec<String> {
    let least = if kind == "verb" { VERB_STEM_LETTERS_LEAST } else { STEM_LETTERS_LEAST };
    let fitting = PARADIGMS[code].iter().filter(|paradigm| paradigm.kind == kind);
    let fitting = fitting.filter_map(|paradigm| Some((stem(word, paradigm.ending, least)?, paradigm)));
    let Some((stem, paradigm)) = fitting.max_by_key(|(_, paradigm)| paradigm.ending.len()) else { return Vec::new() };
    let stems = stems(stem, kind, paradigm.ending, language);
    let forms = |stem: &String| {
        let softened = |ending: &&str| format!("{}{ending}", softened(stem, paradigm.ending, ending, language));
        paradigm.endings.iter().map(softened).collect::<Vec<_>>()
    };
    stems.iter().flat_map(forms).collect()
}

fn stem<'w>(word: &'w str, ending: &str, least: usize) -> Option<&'w str> {
    let stem = word.strip_suffix(ending).filter(|stem| stem.chars().count() >= least)?;
    // Portuguese sair and cair have their own rows.
    let is_short = stem.chars().count() < STEM_LETTERS_LEAST;
    (!is_short || !stem.ends_with('a')).then_some(stem)
}

/// A French participle is led back to its verb: fermé, fermée, fermés are fermer.
fn participle_to_infinitive(written: &str, word: &str, language: Language) -> String {
    let cut = ["é", "ée", "és", "ées"].iter().find(|end| written.to_lowercase().ends_with(*end));
    match cut {
        Some(end) if language == Language::Fr => {
            format!("{}er", &word[..word.len() - end.chars().count()])
        }
        _ => word.to_owned(),
    }
}

/// The stem, and its other shapes under stress: Spanish cerr-, cierr- and mostr-, muestr-; of verbs in -ir also ped-,
/// pid-.
fn stems(stem: &str, kind: &str, ending: &str, language: Language) -> Vec<String> {
    let mut stems = vec![stem.to_owned()];
    if language == Language::Es && kind == "verb" {
        let last_vowel = stem.rfind(['a', 'e', 'i', 'o', 'u']);
        let shapes: &[&str] = match last_vowel.map(|at| &stem[at..=at]) {
            Some("e") if ending == "ir" => &["ie", "i"],
            Some("e") => &["ie"],
            Some("o") => &["ue"],
            _ => &[],
        };
        let at = last_vowel.unwrap_or_default();
        stems.extend(shapes.iter().map(|shape| format!("{}{shape}{}", &stem[..at], &stem[at + 1..])));
    }
    stems
}

/// How a stem keeps its sound before another ending than its own: atac-ar but ataqu-e, lleg-ar but llegu-e, pag-are but
/// pagh-i.
fn softened(stem: &str, own: &str, ending: &str, language: Language) -> String {
    let is_soft = matches!(own, "ar" | "are") && ending.starts_with(['e', 'i']);
    let change = |from: &str, to: &str| stem.strip_suffix(from).map(|head| format!("{head}{to}"));
    let changed = match language {
        Language::Es | Language::Pt if is_soft => {
            change("c", "qu").or_else(|| change("g", "gu")).or_else(|| change("z", "c"))
        }
        Language::It if is_soft => change("c", "ch").or_else(|| change("g", "gh")),
        _ => None,
    };
    changed.unwrap_or_else(|| stem.to_owned())
}
