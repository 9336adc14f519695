//! The terms of all watches and the spellings that count as them: from the hash of a form to the terms it means.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use super::forms::{self, Language};
use super::syntax::{Manner, Word};
use crate::text::fold::{Class, table};
use crate::text::token::{form, spelling};

/// A term's number.
pub(super) type TermId = u32;

/// A map whose keys are hashes already.
pub(super) type FormMap<V> = HashMap<u64, V, BuildHasherDefault<FormHasher>>;

/// What counts as one word of a query.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Term {
    /// The spellings, folded.
    pub(super) forms: BTreeSet<String>,
    /// The spelling with its capitals, where they count.
    pub(super) caps: Option<String>,
}

/// All terms.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    terms: Vec<Term>,
    numbers: HashMap<Term, TermId>,
    means: FormMap<Vec<TermId>>,
}

impl Lexicon {
    /// The number of the term that a word means, when it is a single token.
    pub(super) fn add(&mut self, word: &Word, language: Language) -> TermId {
        let folded = spelling(&word.text);
        let forms = match word.manner {
            Manner::Family => forms::family(&folded, language),
            _ => BTreeSet::from([folded]),
        };
        let caps = (word.manner == Manner::Caps).then(|| word.text.clone());
        self.add_term(Term { forms, caps })
    }

    fn add_term(&mut self, term: Term) -> TermId {
        if let Some(number) = self.numbers.get(&term) {
            return *number;
        }
        let number = self.terms.len() as TermId;
        for spelled in &term.forms {
            self.means.entry(form(spelled)).or_default().push(number);
        }
        self.numbers.insert(term.clone(), number);
        self.terms.push(term);
        number
    }

    pub(super) fn len(&self) -> usize {
        self.terms.len()
    }

    /// Whether what stands in a text is in the case that the term asks for; most ask for none.
    pub(super) fn fits_case(&self, number: TermId, raw: &str) -> bool {
        let Some(caps) = &self.terms[number as usize].caps else { return true };
        let table = table();
        let in_word = |c: &char| matches!(table.look_up(*c).0, Class::Letter | Class::Digit | Class::Sign);
        let is_upper = |c: char| c.is_uppercase();
        raw.chars().filter(in_word).map(is_upper).eq(caps.chars().filter(in_word).map(is_upper))
    }

    /// Whether the term asks for a case.
    fn keeps_case(&self, number: TermId) -> bool {
        self.terms[number as usize].caps.is_some()
    }

    /// The terms that a form means.
    fn resolve(&self, form: u64) -> &[TermId] {
        self.means.get(&form).map_or(&[], Vec::as_slice)
    }
}

/// What forms were found to mean: each is worked out once, then remembered.
#[derive(Debug, Default)]
pub(super) struct Memory {
    known: FormMap<Range<u32>>,
    terms: Vec<TermId>,
}

/// Forms remembered at most, about 24 MB; beyond it all are forgotten and learnt anew.
const MEMORY_FORMS_MOST: usize = 1 << 20;

impl Memory {
    /// The terms that a form means, to be read by `get`.
    #[inline]
    pub(super) fn terms(&mut self, lexicon: &Lexicon, form: u64) -> Range<u32> {
        if let Some(range) = self.known.get(&form) {
            return range.clone();
        }
        self.learn(lexicon, form)
    }

    /// A term of a range that `terms` gave, and whether it asks for a case.
    pub(super) fn get(&self, at: u32) -> (TermId, bool) {
        let term = self.terms[at as usize];
        (term & !KEEPS_CASE, term & KEEPS_CASE != 0)
    }

    #[cold]
    fn learn(&mut self, lexicon: &Lexicon, form: u64) -> Range<u32> {
        if self.known.len() >= MEMORY_FORMS_MOST {
            self.known.clear();
            self.terms.clear();
        }
        let start = self.terms.len() as u32;
        let marked = |term: &TermId| if lexicon.keeps_case(*term) { *term | KEEPS_CASE } else { *term };
        self.terms.extend(lexicon.resolve(form).iter().map(marked));
        let range = start..self.terms.len() as u32;
        self.known.insert(form, range.clone());
        range
    }
}

/// Marks a remembered term that asks for a case.
const KEEPS_CASE: TermId = 1 << 31;

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
