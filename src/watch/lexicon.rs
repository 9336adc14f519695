//! The terms of all watches and the spellings that count as them: from a form met in a text to the terms it means.

use std::collections::BTreeSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;
use std::sync::Arc;

use foldhash::HashMap;

use super::common::commonness;
use super::forms::{self, Around, Family, Language, clitics, suffixes};
use super::pattern::Pattern;
use super::signs::{Piece, Signs};
use super::syntax::{Manner, Word};
use crate::text::fold::{Class, table};
use crate::text::form::{form, spelling};

/// A term's number.
pub(super) type TermId = u32;

/// The number of the rules that a word is read by.
pub(super) type RulesId = u32;

/// A map whose keys are hashes already.
type FormMap<V> = std::collections::HashMap<u64, V, BuildHasherDefault<FormHasher>>;

/// The forms that count as one word of a query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Term {
    /// The spellings and stems.
    pub(super) family: Family,
    /// A wildcard or a fuzzy word.
    pub(super) pattern: Option<Pattern>,
    /// The spelling with its capitals, where they count.
    pub(super) caps: Option<String>,
    /// The signs that must be around it.
    pub(super) signs: Signs,
    /// Spellings that the analyst struck.
    pub(super) struck: BTreeSet<String>,
}

/// How a word becomes a term.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct FormRules {
    /// It takes the forms of all of these.
    pub(super) languages: Vec<Language>,
    /// Forms that count as no word.
    pub(super) struck: BTreeSet<String>,
}

/// All terms.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    terms: Vec<Arc<Term>>,
    /// By the number of a term, how often it will be met.
    costs: Vec<u64>,
    numbers: HashMap<Arc<Term>, TermId>,
    /// The rules in use, each once: thousands of struck forms are compared for a watch, and not for each of its words.
    rules: HashMap<Arc<FormRules>, RulesId>,
    /// The rules by their number, and the words read by them.
    read: Vec<(Arc<FormRules>, HashMap<Piece, TermId>)>,
    /// By the hash of a spelling.
    means: FormMap<Vec<TermId>>,
    /// By the hash of a stem.
    stems: FormMap<Vec<(TermId, Around)>>,
    /// The languages that stems are of.
    arounds: BTreeSet<Around>,
    /// Patterns by the letter they begin with, or without one.
    patterns: HashMap<Option<char>, Vec<TermId>>,
}

impl Lexicon {
    /// The number of such rules.
    pub(super) fn rules(&mut self, rules: FormRules) -> RulesId {
        if let Some(number) = self.rules.get(&rules) {
            return *number;
        }
        let (number, rules) = (self.read.len() as RulesId, Arc::new(rules));
        self.read.push((rules.clone(), HashMap::default()));
        self.rules.insert(rules, number);
        number
    }

    /// The same rules in one language.
    pub(super) fn rules_in(&mut self, how: RulesId, language: Language) -> RulesId {
        let struck = self.read[how as usize].0.struck.clone();
        self.rules(FormRules { languages: vec![language], struck })
    }

    /// The number of the term of a word of one token.
    pub(super) fn add(&mut self, piece: &Piece, how: RulesId) -> TermId {
        let (rules, read) = &self.read[how as usize];
        if let Some(number) = read.get(piece) {
            return *number;
        }
        let term = Term { signs: piece.signs.clone(), ..Self::term_of(&piece.word, rules) };
        let number = self.add_term(term);
        self.read[how as usize].1.insert(piece.clone(), number);
        number
    }

    /// Forgets what only adding needs.
    pub(super) fn seal(&mut self) {
        (self.numbers, self.rules, self.read) = Default::default();
    }

    fn term_of(word: &Word, FormRules { languages, struck }: &FormRules) -> Term {
        let mut term = Term::default();
        match word.manner {
            Manner::Family => {
                let mut families = languages.iter().map(|language| forms::family(&word.text, *language));
                term.family = families.next().unwrap_or_default();
                for Family { forms, accented, stems } in families {
                    // What counts without an accent in one language does so in all.
                    term.family.accented.retain(|form| !forms.contains(form));
                    let own = &term.family.forms;
                    let accented: Vec<_> = accented.into_iter().filter(|form| !own.contains(form)).collect();
                    term.family.accented.extend(accented);
                    term.family.forms.extend(forms);
                    term.family.stems.extend(stems);
                }
                term.family.forms.retain(|form| !struck.contains(form));
            }
            Manner::Exact | Manner::Caps => drop(term.family.forms.insert(spelling(&word.text))),
            Manner::Wildcard => term.pattern = Some(Pattern::glob(&word.text)),
            Manner::Fuzzy => term.pattern = Some(Pattern::Fuzzy(spelling(&word.text))),
        }
        if word.manner == Manner::Caps {
            term.caps = Some(word.text.clone());
            // The plural of a word in capitals: NGOs.
            if is_all_capitals(&word.text) {
                term.family.forms.insert(format!("{}s", spelling(&word.text)));
            }
        }
        if term.is_open() {
            term.struck = struck.clone();
        }
        term
    }

    fn add_term(&mut self, term: Term) -> TermId {
        if let Some(number) = self.numbers.get(&term) {
            return *number;
        }
        let (number, term) = (self.terms.len() as TermId, Arc::new(term));
        for spelled in &term.family.forms {
            self.means.entry(form(spelled)).or_default().push(number);
        }
        for (stem, around) in &term.family.stems {
            self.stems.entry(form(stem)).or_default().push((number, *around));
            self.arounds.insert(*around);
        }
        if let Some(pattern) = &term.pattern {
            self.patterns.entry(pattern.first_letter()).or_default().push(number);
        }
        self.costs.push(term.cost());
        self.numbers.insert(term.clone(), number);
        self.terms.push(term);
        number
    }

    pub(super) fn len(&self) -> usize {
        self.terms.len()
    }

    pub(super) fn term(&self, number: TermId) -> &Term {
        &self.terms[number as usize]
    }

    /// How often a term will be met, by estimate; whatever cannot be listed may meet much.
    pub(super) fn cost(&self, number: TermId) -> u64 {
        self.costs[number as usize]
    }

    /// Whether the text at some bytes has the case and the signs that the term requires; most terms require none.
    pub(super) fn fits(&self, number: TermId, text: &str, at: Range<usize>) -> bool {
        let Term { caps, signs, family, .. } = &*self.terms[number as usize];
        let raw = &text[at.clone()];
        if !family.accented.is_empty() && raw.is_ascii() && family.accented.contains(&spelling(raw)) {
            return false;
        }
        signs.fit(text, at.clone()) && caps.as_ref().is_none_or(|caps| Self::fits_case(caps, &text[at]))
    }

    fn fits_case(caps: &str, raw: &str) -> bool {
        let table = table();
        let in_word = |c: &char| matches!(table.look_up(*c).0, Class::Letter | Class::Digit | Class::Sign);
        let is_upper = |c: char| c.is_uppercase();
        let wanted = || caps.chars().filter(in_word).map(is_upper);
        let own = || raw.chars().filter(in_word).map(is_upper);
        own().eq(wanted()) || is_all_capitals(caps) && raw.ends_with('s') && own().eq(wanted().chain([false]))
    }

    /// The terms that a folded spelling means, in order.
    pub(super) fn resolve(&self, spelled: &str) -> BTreeSet<TermId> {
        let mut found: BTreeSet<TermId> = self.means.get(&form(spelled)).into_iter().flatten().copied().collect();
        for around in &self.arounds {
            self.resolve_stems(spelled, *around, &mut found);
        }
        for first in [spelled.chars().next(), None] {
            let patterns = self.patterns.get(&first).into_iter().flatten();
            found.extend(patterns.filter(|term| self.term(**term).pattern_matches(spelled)));
        }
        found.retain(|term| !self.term(*term).struck.contains(spelled));
        found
    }

    fn resolve_stems(&self, spelled: &str, around: Around, found: &mut BTreeSet<TermId>) {
        let mut try_stem = |stem: &str| {
            let terms = self.stems.get(&form(stem)).into_iter().flatten();
            found.extend(terms.filter(|(_, own)| *own == around).map(|(term, _)| *term));
        };
        match around {
            Around::Clitics(language) => clitics::readings(spelled, language, &mut try_stem),
            Around::Suffixes(language) => {
                for (at, _) in spelled.char_indices().skip(suffixes::STEM_LETTERS_LEAST) {
                    if suffixes::is_chain(&spelled[at..], language) {
                        try_stem(&spelled[..at]);
                    }
                }
            }
        }
    }
}

/// Whether a word of two letters or more is all capitals and digits.
fn is_all_capitals(text: &str) -> bool {
    let mut in_word = text.chars().filter(|c| c.is_alphanumeric());
    in_word.clone().count() > 1 && in_word.all(|c| c.is_uppercase() || c.is_numeric())
}

impl Term {
    /// Whether the signs around it in the text must be checked.
    pub(super) fn looks_closer(&self) -> bool {
        self.caps.is_some() || !self.signs.is_empty() || !self.family.accented.is_empty()
    }

    /// Whether its spellings cannot all be listed.
    pub(super) fn is_open(&self) -> bool {
        self.pattern.is_some() || !self.family.stems.is_empty()
    }

    fn cost(&self) -> u64 {
        const OPEN: u64 = 500;
        let listed: u64 = self.family.forms.iter().map(|form| commonness(form)).sum();
        1 + listed + if self.is_open() { OPEN } else { 0 }
    }

    fn pattern_matches(&self, spelled: &str) -> bool {
        self.pattern.as_ref().is_some_and(|pattern| pattern.matches(spelled))
    }
}

/// What forms were found to mean: each is worked out once, then remembered.
#[derive(Debug, Default)]
pub(super) struct Memory {
    known: FormMap<Range<u32>>,
    terms: Vec<TermId>,
    /// Recent forms without a term, each at the place given by its upper bits: most words of a text are among them, and
    /// this table fits into the processor's cache, while `known` does not.
    idle: Vec<u64>,
}

/// Places in the table of idle forms: 128 KB.
const IDLE_BITS: u32 = 14;

/// The most forms in the cache, about 24 MB; beyond that the cache is cleared.
const MEMORY_FORMS_MOST: usize = 1 << 20;

/// Marks a remembered term that asks for a case or for signs.
const LOOKS_CLOSER: TermId = 1 << 31;

impl Memory {
    /// The terms of a form, to be read by `get`; `raw` gives the text.
    #[inline]
    pub(super) fn terms<'t>(&mut self, lexicon: &Lexicon, form: u64, raw: impl FnOnce() -> &'t str) -> Range<u32> {
        let place = (form >> (u64::BITS - IDLE_BITS)) as usize;
        if self.idle.get(place) == Some(&form) {
            return 0..0;
        }
        let range = match self.known.get(&form) {
            Some(range) => range.clone(),
            None => self.learn(lexicon, form, raw()),
        };
        if range.is_empty() {
            self.idle[place] = form;
        }
        range
    }

    /// A term of a range that `terms` gave, and whether it asks for a case or for signs.
    pub(super) fn get(&self, at: u32) -> (TermId, bool) {
        let term = self.terms[at as usize];
        (term & !LOOKS_CLOSER, term & LOOKS_CLOSER != 0)
    }

    #[cold]
    fn learn(&mut self, lexicon: &Lexicon, form: u64, raw: &str) -> Range<u32> {
        // No form has the hash of all ones (it would cost one false "means nothing" in 2^64).
        self.idle.resize(1 << IDLE_BITS, u64::MAX);
        if self.known.len() >= MEMORY_FORMS_MOST {
            self.known.clear();
            self.terms.clear();
        }
        let start = self.terms.len() as u32;
        let marked = |term: TermId| if lexicon.term(term).looks_closer() { term | LOOKS_CLOSER } else { term };
        self.terms.extend(lexicon.resolve(&spelling(raw)).into_iter().map(marked));
        let range = start..self.terms.len() as u32;
        self.known.insert(form, range.clone());
        range
    }
}

/// Passes a key through that is a good hash as it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FormHasher(u64);

impl Hasher for FormHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, form: u64) {
        self.0 = form;
    }
}
