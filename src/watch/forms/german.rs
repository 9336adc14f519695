//! German: nouns by their endings (umlauts fold away, so most plurals need no more), verbs with prefixes, strong verbs
//! by table. Compounds are asked for with a wildcard, `*büro*`.

use std::collections::BTreeSet;

use super::endings::irregular;

/// Prefixes that leave the verb in a main clause and take -ge- and -zu- behind them.
const SEPARABLE: &[&str] = &[
    "ab", "an", "auf", "aus", "bei", "dicht", "ein", "fest", "fort", "heim", "her", "hin", "los", "mit", "nach",
    "nieder", "still", "um", "vor", "weg", "zu", "zuruck", "zusammen",
];

/// Prefixes that stay and take no ge-.
const INSEPARABLE: &[&str] = &["be", "emp", "ent", "er", "ge", "miss", "ver", "zer", "wider", "unter", "uber"];

const NOUN_ENDINGS: &[&str] = &["", "e", "en", "er", "ern", "es", "s", "n", "nen", "innen", "in"];
/// Feminine nouns, which only take -en: Botschaft, Botschaften (the Botschafter is another).
const FEMININE: &[&str] = &["schaft", "ung", "heit", "keit", "ion", "tat"];

const ADJECTIVE_ENDINGS: &[&str] = &["", "e", "em", "en", "er", "es"];
const VERB_ENDINGS: &[&str] = &[
    "e", "st", "t", "en", "te", "test", "ten", "tet", "est", "et", "ete", "eten", "end", "ende", "enden", "ender", "n",
    "nd", "nde", "nden",
];

/// The forms of a folded word. Nouns are told by their capital.
pub(super) fn family(written: &str, word: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    let is_noun = written.chars().next().is_some_and(char::is_uppercase);
    let stem = word.strip_suffix("en").or_else(|| word.strip_suffix('n').filter(|stem| stem.ends_with(['l', 'r'])));
    match stem.filter(|stem| stem.len() > 2 && !is_noun) {
        Some(stem) => verb(word, stem, &mut forms),
        None if is_noun && FEMININE.iter().any(|end| word.ends_with(end)) => {
            forms.extend([word.to_owned(), format!("{word}en")]);
        }
        None if is_noun => forms.extend(NOUN_ENDINGS.iter().map(|ending| format!("{word}{ending}"))),
        None => {
            forms.extend(irregular("de", word).map(str::to_owned));
            forms.extend(ADJECTIVE_ENDINGS.iter().chain(&["s", "n"]).map(|ending| format!("{word}{ending}")));
        }
    }
    if is_noun && let Some(stem) = word.strip_suffix('e').filter(|stem| stem.len() > 2) {
        forms.extend(["e", "en", "er", "es"].iter().map(|ending| format!("{stem}{ending}")));
    }
    if is_noun {
        // Firma, Firmen; Museum, Museen; Virus, Viren.
        let stem = ["a", "um", "us"].iter().find_map(|end| word.strip_suffix(end)).filter(|stem| stem.len() > 2);
        forms.extend(stem.map(|stem| format!("{stem}en")));
        forms.extend(irregular("de", word).map(str::to_owned));
    }
    // Büro is also spelled Buero, where a keyboard has no umlauts.
    let spelled_out =
        written.to_lowercase().replace('ä', "ae").replace('ö', "oe").replace('ü', "ue").replace('ß', "ss");
    if spelled_out != word {
        let respelled: Vec<_> =
            forms.iter().filter_map(|form| form.strip_prefix(word)).map(|end| format!("{spelled_out}{end}")).collect();
        forms.extend(respelled);
    }
    forms
}

fn verb(verb: &str, stem: &str, forms: &mut BTreeSet<String>) {
    let separable = SEPARABLE.iter().filter(|prefix| has_rest(stem, prefix)).max_by_key(|prefix| prefix.len());
    let inseparable = INSEPARABLE.iter().filter(|prefix| has_rest(stem, prefix)).max_by_key(|prefix| prefix.len());
    forms.extend(VERB_ENDINGS.iter().map(|ending| format!("{stem}{ending}")));
    // Ich vermittle, of vermitteln.
    forms.extend(stem.strip_suffix("el").filter(|_| verb.ends_with("eln")).map(|head| format!("{head}le")));
    let takes_ge = inseparable.is_none();
    let mut participles = Vec::new();
    let prefixes = [Some(""), separable.copied(), inseparable.copied()];
    for prefix in prefixes.into_iter().flatten() {
        let (bare, bare_stem) = (&verb[prefix.len()..], &stem[prefix.len()..]);
        let is_separable = separable == Some(&prefix) && !prefix.is_empty();
        // zumachen: zugemacht, and no gezumacht; but antworten: geantwortet.
        let is_parted = prefix.is_empty() && separable.is_some_and(|prefix| is_known_verb(&verb[prefix.len()..]));
        if is_parted {
            continue;
        }
        if prefix.is_empty() && !takes_ge {
            participles.extend([format!("{stem}t"), format!("{stem}et"), format!("{stem}en")]);
        } else if prefix.is_empty() || is_separable {
            participles.extend([format!("{prefix}ge{bare_stem}t"), format!("{prefix}ge{bare_stem}et")]);
        }
        if is_separable {
            forms.insert(format!("{prefix}zu{bare}"));
        }
        for form in irregular("de", bare) {
            let is_participle = form.starts_with("ge") && form.len() > 4;
            match form.strip_prefix("ge").filter(|_| inseparable == Some(&prefix)) {
                Some(rest) if is_participle => participles.push(format!("{prefix}{rest}")),
                _ if is_participle => participles.push(format!("{prefix}{form}")),
                _ => drop(forms.insert(format!("{prefix}{form}"))),
            }
        }
    }
    for participle in participles {
        forms.extend(ADJECTIVE_ENDINGS.iter().map(|ending| format!("{participle}{ending}")));
    }
}

/// Regular verbs that often have a prefix; the irregular ones are in a table.
const REGULAR: &[&str] = &[
    "machen",
    "stellen",
    "setzen",
    "legen",
    "fuhren",
    "horen",
    "warten",
    "sagen",
    "kundigen",
    "schalten",
    "lehnen",
    "raumen",
    "klagen",
    "fordern",
    "holen",
    "bauen",
    "losen",
    "teilen",
    "zahlen",
    "kaufen",
    "drucken",
    "richten",
    "packen",
    "klaren",
    "sperren",
    "wickeln",
    "melden",
    "ordnen",
    "decken",
    "schicken",
    "drehen",
    "stufen",
    "fassen",
    "kehren",
    "reisen",
    "suchen",
    "werten",
    "zeichnen",
    "arbeiten",
    "regen",
    "rusten",
    "spielen",
    "schatzen",
    "schranken",
    "leiten",
    "wirken",
    "losen",
    "langen",
    "passen",
    "streben",
    "sichern",
    "stimmen",
    "bringen",
    "kunden",
    "mahnen",
    "hangen",
    "atmen",
    "deuten",
    "bremsen",
    "stutzen",
];

fn is_known_verb(verb: &str) -> bool {
    REGULAR.contains(&verb) || irregular("de", verb).next().is_some()
}

fn has_rest(stem: &str, prefix: &str) -> bool {
    stem.strip_prefix(prefix).is_some_and(|rest| rest.len() > 2)
}
