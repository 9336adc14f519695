//! The words of a text as keys for comparing: folded, without endings, words of one meaning under one key. Numbers,
//! ordinals and dates are separate, because they distinguish the parts of a series. English is covered best.

use super::rarity::may_be_name;
use super::vocabulary::{Vocabulary, english, is_place};
use crate::hash::hash64;
use crate::text::token::{Token, Tokens, spelling};

/// The key of a word. Four bytes: among a hundred thousand words about one pair shares a key, which does no harm.
pub(crate) type Key = u32;

/// The meaning of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// A thing or a deed.
    Plain(Key),
    /// A word in a capital where others are not: a name.
    Name(Key),
    /// A number, an ordinal, or a name with digits in it: `33,686`, `three`, `second`, `h1`.
    Number(Key),
    /// A weekday, a month, a year.
    Date(Key),
}

impl Word {
    /// Its key, whatever it is.
    pub(super) fn key(self) -> Key {
        match self {
            Word::Plain(key) | Word::Name(key) | Word::Number(key) | Word::Date(key) => key,
        }
    }
}

/// The first `most` words of a text, in order.
pub(super) fn read(text: &str, most: usize, own: &Vocabulary) -> Vec<Word> {
    Reading::of(text, most, own).into_words(own)
}

/// A text with its words and their places.
pub(super) struct Reading<'t> {
    /// All that it is made of, grammar as well.
    pub(super) tokens: Vec<Token>,
    /// As they are written.
    pub(super) raw: Vec<&'t str>,
    /// Folded.
    pub(super) spellings: Vec<String>,
    /// Whether capitals mean names.
    pub(super) tells_names: bool,
    /// Whether the sentence goes on after each token: after a full stop, a colon or a quote all begin with a capital.
    goes_on: Vec<bool>,
    /// What says something, each with the number of its token.
    pub(super) words: Vec<(Word, usize)>,
}

impl<'t> Reading<'t> {
    pub(super) fn of(text: &'t str, most: usize, own: &Vocabulary) -> Reading<'t> {
        let mut read = Tokens::default();
        read.read(text, most);
        let tokens = read.tokens;
        let raw: Vec<&str> = tokens.iter().map(|token| &text[token.start as usize..token.end as usize]).collect();
        let spellings: Vec<String> = raw.iter().map(|raw| spelling(raw)).collect();
        let tells_names = tells_names(&raw);
        let between = |pair: &[Token]| &text[pair[0].end as usize..pair[1].start as usize];
        let goes_on = tokens
            .windows(2)
            .map(|pair| !between(pair).contains(['.', ':', '!', '?', '"', '“', '‘', '|', '\n']))
            .collect();
        let words = Vec::with_capacity(raw.len());
        let mut reading = Reading { tokens, raw, spellings, tells_names, goes_on, words };
        for at in 0..reading.raw.len() {
            let word = reading.word(at, own);
            reading.words.extend(word.map(|word| (word, at)));
        }
        reading
    }

    /// The meaning of a token.
    fn word(&self, at: usize, own: &Vocabulary) -> Option<Word> {
        let folded = &self.spellings[at];
        let beside_number = [at.checked_sub(1), Some(at + 1)]
            .into_iter()
            .flatten()
            .filter_map(|near| self.spellings.get(near))
            .any(|near| near.bytes().any(|byte| byte.is_ascii_digit()));
        match own.special(folded, beside_number) {
            _ if folded.bytes().any(|byte| byte.is_ascii_digit()) => Some(number(folded)),
            Some(word) => Some(word),
            None if own.is_grammar(folded) => None,
            // Signs say something by twos.
            None if is_sign(folded) => {
                let next = self.spellings.get(at + 1).filter(|next| is_sign(next))?;
                Some(Word::Plain(key(&format!("{folded}{next}"))))
            }
            // One letter alone is an initial or a remainder.
            None if folded.chars().count() > 1 => {
                let key = own.key(folded);
                let is_name = is_place(key) || is_capital(self.raw[at]) && (self.says_so(at) || may_be_name(key));
                Some(if is_name { Word::Name(key) } else { Word::Plain(key) })
            }
            None => None,
        }
    }

    /// Whether a token's capital would say that it is a name: it stands within a sentence.
    pub(super) fn says_so(&self, at: usize) -> bool {
        self.tells_names && self.is_within(at)
    }

    /// Whether a token stands within a sentence, and does not begin one.
    pub(super) fn is_within(&self, at: usize) -> bool {
        at > 0 && self.goes_on[at - 1]
    }

    pub(super) fn into_words(self, own: &Vocabulary) -> Vec<Word> {
        let mut words: Vec<Word> = self.words.iter().map(|(word, _)| *word).collect();
        one_for_two(&mut words);
        if self.tells_names {
            words.extend(initials(&self.raw, &self.goes_on).iter().map(|name| Word::Name(own.key(name))));
        }
        words
    }
}

/// Two words that together mean one: to agree to stop fighting is to agree to a truce, not to a fight.
fn one_for_two(words: &mut Vec<Word>) {
    let [end, fight, truce] = ["end", "fighting", "truce"].map(|word| Word::Plain(english().key(word)));
    while let Some(at) = words.windows(2).position(|pair| *pair == [end, fight]) {
        words.splice(at..at + 2, [truce]);
    }
}

/// What names of several words are shortened to: `European Central Bank` is also the ECB.
fn initials(raw: &[&str], goes_on: &[bool]) -> Vec<String> {
    /// Two letters say too little.
    const LETTERS: std::ops::RangeInclusive<usize> = 3..=5;
    let mut found = Vec::new();
    let mut letters = String::new();
    for (at, word) in raw.iter().enumerate() {
        let is_part = is_capital(word) && word.chars().skip(1).all(char::is_lowercase) && word.len() > 1;
        if is_part {
            letters.extend(word.chars().take(1).flat_map(char::to_lowercase));
        }
        let links = matches!(*word, "of" | "for" | "and" | "the") && !letters.is_empty();
        let ends = goes_on.get(at) != Some(&true);
        if (!is_part && !links) || ends {
            found.extend(LETTERS.contains(&letters.len()).then(|| std::mem::take(&mut letters)));
            letters.clear();
        }
    }
    found
}

fn number(folded: &str) -> Word {
    const YEARS: std::ops::Range<u32> = 1900..2100;
    let digits: String = folded.chars().filter(|c| *c != ',').collect();
    let key = key(digits.trim_start_matches('0'));
    match digits.parse::<u32>() {
        Ok(number) if YEARS.contains(&number) && digits.len() == folded.len() => Word::Date(key),
        _ => Word::Number(english().special(&digits, true).map_or(key, Word::key)),
    }
}

pub(super) fn key(spelling: &str) -> Key {
    // The upper half: any half of a good hash is one.
    (hash64(&[spelling.as_bytes()]) >> 32) as Key
}

pub(super) fn is_capital(raw: &str) -> bool {
    raw.starts_with(char::is_uppercase)
}

/// Whether capitals mean names: not in a text that Writes Every Word With One.
fn tells_names(raw: &[&str]) -> bool {
    let long = || raw.iter().skip(1).filter(|raw| raw.len() > 3);
    long().filter(|raw| is_capital(raw)).count() * 2 < long().count()
}

/// Whether it is a character of a script that is written without spaces.
fn is_sign(folded: &str) -> bool {
    let mut chars = folded.chars();
    let first = chars.next();
    chars.next().is_none() && first.is_some_and(is_sign_char)
}

/// The same of a letter.
pub(super) fn is_sign_char(c: char) -> bool {
    /// Below stand the scripts with spaces; Thai and Lao, which have none either, before the rest, and Korean among it.
    const SIGNS_FROM: char = '\u{2e80}';
    c >= SIGNS_FROM || ('\u{e00}'..='\u{eff}').contains(&c)
}

/// An English word without the endings that vary in headlines: plural, past, -ing. Other words mostly stay as they are,
/// and an ending that is always cut in the same way does not harm comparisons.
pub(super) fn stem(word: &str) -> &str {
    if !word.is_ascii() {
        return word;
    }
    let stemmed = match word {
        _ if word.len() > 4 && word.ends_with("ies") => &word[..word.len() - 2],
        _ if word.len() > 4 && ["sses", "shes", "ches", "xes"].iter().any(|end| word.ends_with(end)) => {
            &word[..word.len() - 2]
        }
        _ if word.len() > 3 && word.ends_with('s') && !["ss", "us", "is"].iter().any(|end| word.ends_with(end)) => {
            &word[..word.len() - 1]
        }
        _ if word.len() > 5 && word.ends_with("ing") => undoubled(&word[..word.len() - 3]),
        _ if word.len() > 5 && word.ends_with("ied") => &word[..word.len() - 2],
        _ if word.len() > 4 && word.ends_with("ed") => undoubled(&word[..word.len() - 2]),
        _ if word.len() > 3 && word.ends_with('y') => return &word[..word.len() - 1],
        _ => word,
    };
    let end = stemmed.strip_suffix('e').or(stemmed.strip_suffix('i')).unwrap_or(stemmed);
    if end.len() >= 3 { end } else { stemmed }
}

/// `stopp` to `stop`, but `kill` stays.
fn undoubled(word: &str) -> &str {
    let bytes = word.as_bytes();
    let double = bytes.len() > 3 && bytes[bytes.len() - 1] == bytes[bytes.len() - 2];
    if double && !matches!(bytes[bytes.len() - 1], b'l' | b's' | b'z') { &word[..word.len() - 1] } else { word }
}
