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

/// Letters that must remain before an ending; shorter stems are other words.
const STEM_LETTERS_LEAST: usize = 3;

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

/// Language and base form to the other forms.
type Irregular = HashMap<(&'static str, &'static str), Vec<&'static str>>;

static IRREGULAR: LazyLock<Irregular> = LazyLock::new(|| {
    let mut all = HashMap::new();
    for line in include_str!("../data/irregular.tsv").lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().expect("a row of irregular.tsv has three cells");
        let key = (cell(), cell());
        all.insert(key, cell().split(' ').collect());
    }
    all
});

/// The irregular forms of a word.
pub(super) fn irregular(code: &'static str, word: &str) -> impl Iterator<Item = &'static str> {
    IRREGULAR.get(&(code, word)).into_iter().flatten().copied()
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
    if let Some(plain) = word.strip_suffix("ся").filter(|plain| plain.ends_with("ть") && code == "ru") {
        let plain = family(plain, plain, language);
        return plain.into_iter().flat_map(|form| ["ся", "сь"].map(|end| format!("{form}{end}"))).collect();
    }
    let mut forms: BTreeSet<String> = irregular(code, word).map(str::to_owned).collect();
    let base = participle_to_infinitive(written, word, language);
    for kind in ["noun", "verb"] {
        let fitting = PARADIGMS[code].iter().filter(|paradigm| paradigm.kind == kind);
        let fitting = fitting.filter(|paradigm| stem(&base, paradigm.ending).is_some());
        let Some(paradigm) = fitting.max_by_key(|paradigm| paradigm.ending.len()) else { continue };
        let stem = stem(&base, paradigm.ending).unwrap_or_default();
        for stem in stems(stem, kind, language) {
            for ending in &paradigm.endings {
                forms.insert(format!("{}{ending}", softened(&stem, paradigm.ending, ending, language)));
            }
        }
    }
    forms
}

fn stem<'w>(word: &'w str, ending: &str) -> Option<&'w str> {
    word.strip_suffix(ending).filter(|stem| stem.chars().count() >= STEM_LETTERS_LEAST)
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

/// The stem, and its other shape under stress: Spanish cerr-, cierr- and mostr-, muestr-.
fn stems(stem: &str, kind: &str, language: Language) -> Vec<String> {
    let mut stems = vec![stem.to_owned()];
    if language == Language::Es && kind == "verb" {
        let last_vowel = stem.rfind(['a', 'e', 'i', 'o', 'u']);
        let change = last_vowel.and_then(|at| match &stem[at..=at] {
            "e" => Some((at, "ie")),
            "o" => Some((at, "ue")),
            _ => None,
        });
        if let Some((at, to)) = change {
            stems.push(format!("{}{to}{}", &stem[..at], &stem[at + 1..]));
        }
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
