//! English: a word's inflection by rule and table, and related words by derivation (close, closing, closure).
//!
//! A typed word is first reduced to base forms, then related words are looked up, and all of them are inflected. Extra
//! forms do no harm if they are not words; words of another sense do, so `apart.tsv` excludes those.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use foldhash::HashMap;

use super::sorted::Sorted;

const VERBS: Sorted = Sorted(include_str!("../data/en/verb.txt"));
/// Nouns that look like plurals.
const NOUNS_IN_S: Sorted = Sorted(include_str!("../data/en/noun-in-s.txt"));
/// Verb to the nouns made of it.
const DERIVED: Sorted = Sorted(include_str!("../data/en/derived.tsv"));

/// The smaller English tables, and those that are turned round, read once.
struct Tables {
    /// Base form to its irregular forms.
    irregular: HashMap<&'static str, Vec<&'static str>>,
    /// A noun made of a verb, to the verbs.
    made_of: HashMap<&'static str, Vec<&'static str>>,
    /// A word to those it must not be taken for; `*` for all but its inflection, `!` for all but itself.
    apart: HashMap<&'static str, Vec<&'static str>>,
    /// An irregular form, to its base forms.
    base_of: HashMap<&'static str, Vec<&'static str>>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::read);

/// All forms of the family of a folded word, itself included. A name (Hamas) is not the plural of anything.
pub(super) fn family(word: &str, is_name: bool) -> BTreeSet<String> {
    let tables = &*TABLES;
    if tables.is_marked(word, "!") {
        return BTreeSet::from([word.to_owned()]);
    }
    let mut bases = tables.bases(word);
    for base in bases.clone() {
        bases.extend(tables.kin(&base));
    }
    if is_name && word.ends_with('s') || tables.is_marked(word, "*") {
        bases = BTreeSet::from([word.to_owned()]);
    }
    let mut forms: BTreeSet<String> = bases.iter().flat_map(|base| tables.inflections(base)).collect();
    forms.retain(|form| !tables.are_apart(word, form));
    forms.insert(word.to_owned());
    forms
}

/// All base forms of the tables.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    let heads = VERBS.rows().chain(NOUNS_IN_S.rows()).map(|(head, _)| head);
    heads.chain(TABLES.made_of.keys().copied())
}

/// Whether a folded word is a noun made of a verb.
pub(super) fn is_made_of_verb(word: &str) -> bool {
    TABLES.made_of.contains_key(word)
}

impl Tables {
    fn read() -> Tables {
        let rows = |table: Sorted| {
            let mut rows: HashMap<&str, Vec<&str>> = HashMap::default();
            for (head, others) in table.rows() {
                rows.entry(head).or_default().extend(others.split(' '));
            }
            rows
        };
        let turned = |table: Sorted| {
            let mut turned: HashMap<&str, Vec<&str>> = HashMap::default();
            for (head, others) in table.rows() {
                others.split(' ').for_each(|other| turned.entry(other).or_default().push(head));
            }
            turned
        };
        let irregular = Sorted(include_str!("../data/en/irregular.tsv"));
        Tables {
            irregular: rows(irregular),
            base_of: turned(irregular),
            made_of: turned(DERIVED),
            apart: rows(Sorted(include_str!("../data/en/apart.tsv"))),
        }
    }

    fn is_marked(&self, word: &str, mark: &str) -> bool {
        self.apart.get(word).is_some_and(|others| others.contains(&mark))
    }

    fn are_apart(&self, one: &str, other: &str) -> bool {
        let says = |head: &str, word: &str| self.apart.get(head).is_some_and(|others| others.contains(&word));
        says(one, other) || says(other, one)
    }

    /// The base forms a word may be a form of.
    fn bases(&self, word: &str) -> BTreeSet<String> {
        let mut bases = BTreeSet::new();
        bases.extend(self.verbs_of(word).map(str::to_owned));
        bases.extend(self.base_of.get(word).into_iter().flatten().map(|base| (*base).to_owned()));
        bases.extend(self.singular(word));
        let is_base = bases.is_empty() || VERBS.contains(word) || self.made_of.contains_key(word);
        if is_base || !word.ends_with('s') && !self.base_of.contains_key(word) {
            bases.insert(word.to_owned());
        }
        bases
    }

    /// The verbs that a word may be a form of. What regular forms leave of a verb is its beginning, but for an e or y.
    fn verbs_of(&self, word: &str) -> impl Iterator<Item = &'static str> {
        /// Bytes that a regular form adds at most: the doubled consonant and -ing.
        const ENDING_MOST: usize = 4;
        let from = word.len().saturating_sub(ENDING_MOST).max(1);
        // All that it may be the beginning of begin alike: most words find few rows, or none, and look no further.
        let verbs = VERBS.beginning_with(&word[..from.min(word.len())]);
        let starts = (from..=word.len()).filter(move |_| !verbs.0.is_empty()).map(|end| &word[..end]);
        let regular = starts.flat_map(move |start| ["", "e", "y"].map(|end| verbs.row(&format!("{start}{end}"))));
        let irregular = self.base_of.get(word).into_iter().flatten();
        let verbs =
            regular.flatten().map(|(verb, _)| verb).chain(irregular.copied().filter(|base| VERBS.contains(base)));
        verbs.filter(move |verb| self.verb_forms(verb).iter().any(|form| form == word))
    }

    /// The singular of what looks like a plural.
    fn singular(&self, word: &str) -> Option<String> {
        let looks_plural = word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us");
        if !looks_plural || NOUNS_IN_S.contains(word) || self.base_of.contains_key(word) {
            return None;
        }
        if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
            return Some(format!("{stem}y"));
        }
        let hisses = ["sses", "xes", "ches", "shes", "zzes"].iter().any(|end| word.ends_with(end));
        let cut = if hisses { 2 } else { 1 };
        Some(word[..word.len() - cut].to_owned())
    }

    /// The words that belong to a base form by derivation: the verb it is made of, the nouns made of that.
    fn kin(&self, base: &str) -> BTreeSet<String> {
        let joined = |one: &&str| !self.are_apart(base, one);
        let verbs = self.made_of.get(base).into_iter().flatten().copied().filter(joined);
        let own = DERIVED.row(base).map(|(verb, _)| verb);
        let mut kin = BTreeSet::new();
        for verb in verbs.chain(own) {
            kin.insert(verb.to_owned());
            let nouns = DERIVED.row(verb).into_iter().flat_map(|(_, nouns)| nouns.split(' '));
            kin.extend(nouns.filter(joined).filter(|noun| !self.are_apart(verb, noun)).map(str::to_owned));
        }
        kin
    }

    fn inflections(&self, base: &str) -> Vec<String> {
        let mut forms = if VERBS.contains(base) { self.verb_forms(base) } else { Vec::new() };
        forms.push(base.to_owned());
        forms.push(with_s(base));
        forms.extend(
            self.irregular.get(base).into_iter().flatten().filter(|form| **form != "=").map(|form| (*form).to_owned()),
        );
        forms
    }

    fn verb_forms(&self, verb: &str) -> Vec<String> {
        let mut forms = vec![verb.to_owned(), with_s(verb)];
        let irregular = self.irregular.get(verb);
        forms.extend(irregular.into_iter().flatten().filter(|form| **form != "=").map(|form| (*form).to_owned()));
        let past_is_regular = irregular.is_none_or(|forms| forms.iter().all(|form| form.ends_with("ing")));
        for stem in stems_before_vowel(verb) {
            forms.push(format!("{stem}ing"));
            if past_is_regular {
                // agreed, tied: an e that is there already is not written twice.
                forms.push(format!("{}ed", stem.strip_suffix('e').unwrap_or(&stem)));
            }
        }
        if past_is_regular && let Some(stem) = verb.strip_suffix('y').filter(|stem| ends_in_consonant(stem)) {
            forms.retain(|form| !form.ends_with("yed"));
            forms.push(format!("{stem}ied"));
        }
        forms
    }
}

/// The third person, or the plural.
fn with_s(base: &str) -> String {
    let hisses = ["s", "x", "z", "ch", "sh"].iter().any(|end| base.ends_with(end));
    match base.strip_suffix('y').filter(|stem| ends_in_consonant(stem)) {
        Some(stem) => format!("{stem}ies"),
        None if hisses => format!("{base}es"),
        None => format!("{base}s"),
    }
}

/// The stem before -ed and -ing: without the mute e, or with the last consonant doubled. A long word gets both, because
/// its stress is not known (visited, admitted).
fn stems_before_vowel(verb: &str) -> Vec<String> {
    let is_mute = verb.ends_with('e') && !["ee", "oe", "ye"].iter().any(|end| verb.ends_with(end));
    if is_mute {
        return vec![verb[..verb.len() - 1].to_owned()];
    }
    let vowels = verb.bytes().filter(|byte| is_vowel(*byte)).count();
    match verb.as_bytes() {
        [head @ .., before, vowel, last]
            if (!is_vowel(*before) || head.ends_with(b"q"))
                && is_vowel(*vowel)
                && !is_vowel(*last)
                && !b"wxyh".contains(last) =>
        {
            let doubled = format!("{verb}{}", char::from(*last));
            if vowels > 1 { vec![doubled, verb.to_owned()] } else { vec![doubled] }
        }
        _ => vec![verb.to_owned()],
    }
}

fn ends_in_consonant(text: &str) -> bool {
    text.bytes().last().is_some_and(|byte| !is_vowel(byte))
}

fn is_vowel(byte: u8) -> bool {
    b"aeiou".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::family;

    fn check(word: &str, with: &str, without: &str) {
        let family = family(word, false);
        for form in with.split_whitespace() {
            assert!(family.contains(form), "{form} is missing from the family of {word}: {family:?}");
        }
        for form in without.split_whitespace() {
            assert!(!family.contains(form), "{form} stands in the family of {word}: {family:?}");
        }
    }

    #[test]
    fn the_tables_that_are_looked_up_where_they_lie_are_sorted() {
        for table in [super::VERBS, super::NOUNS_IN_S, super::DERIVED] {
            assert!(table.rows().is_sorted_by(|one, next| one.0 < next.0));
        }
    }

    #[test]
    fn words_bring_their_families() {
        check("closure", "closure closures close closes closed closing", "closer closest closet enclose");
        check(
            "mediation",
            "mediation mediations mediate mediates mediated mediating mediator mediators",
            "media medium immediate mediatheque meditation",
        );
        check("mediators", "mediate mediation mediator", "media");
        check("office", "office offices", "officer officers official officiate");
        check("officer", "officer officers", "office official");
        check("media", "media medias", "mediate mediation medium");
        check("withdrawn", "withdraw withdrew withdrawal withdrawals withdrawing", "drawn drawl withdrawed");
        check("expulsion", "expel expels expelled expelling expulsions", "");
        check("negotiating", "negotiate negotiation negotiator negotiations", "");
        check("stop", "stop stops stopped stopping", "stoped stoping");
        check("visit", "visit visits visited visiting visitation", "");
        check("shut", "shut shuts shutting", "shutted");
        check("talks", "talk talks talked talking", "");
        check("city", "city cities", "citys citied");
        check("deny", "denied denies denying denial", "denyed denys");
        check("resigned", "resign resigns resigned resigning", "");
        check("news", "news", "new");
        check("bus", "bus buses", "bu");
        check("crisis", "crisis crises", "crisi");
        check("meeting", "meeting meetings", "meet met");
        check("men", "man men", "");
        check("evacuation", "evacuate evacuated evacuation", "");
        check("held", "hold held holding", "");
        check("hamas", "hamas", "");
        check("bureau", "bureau bureaus bureaux", "bureaucrat");
        check("commission", "commission commissions", "commit commits");
        check("agreement", "agree agreed agreeing agreements", "agreeed");
        check("quit", "quit quits quitting", "quitted");
        check("vacate", "vacate vacated vacating", "vacation vacations");
        check("accord", "accord accords accorded", "according accordance accordingly");
        check("good", "good", "goods");
        check("goods", "goods", "good");
        check("statement", "statement statements", "state states");
        check("up", "up", "ups upped upping uped");
        check("the", "the", "thes");
    }
}
