//! Text to tokens: folded words as hashes, each with its bytes, its sentence and its paragraph. Knows no language: word
//! forms belong to the watch room.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::fold::{Class, Folded, Table, table};
use super::form::FormHash;
pub use super::form::{form, spelling};
use super::sentence::{self, End};

/// A word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// The hash of its folded spelling, see [`form`].
    pub form: u64,
    /// Its first byte in the text.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
    /// The number of its sentence; sentences of one `Tokens` are numbered through.
    pub sentence: u32,
    /// The number of its paragraph, numbered through likewise.
    pub paragraph: u32,
}

/// The spelling of hyphenated words written as one: go-between is also "gobetween".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The index of the first of its tokens.
    pub first: u32,
    /// The index of the last.
    pub last: u32,
    /// The hash of the joined spelling.
    pub form: u64,
}

/// The tokens of one or more texts; reused from article to article.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// The words in order.
    pub tokens: Vec<Token>,
    /// The joined spellings in order.
    pub joined: Vec<Joined>,
    sentence: u32,
    paragraph: u32,
}

/// Hyphenated words longer than this (in parts) are names of things, not other spellings of a word.
const JOINED_PARTS_MOST: usize = 4;

/// Words before an apostrophe that belong to the grammar of the next word: French and Italian elisions.
const ELISIONS: &[&str] = &[
    "l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "dell", "all", "nell", "sull",
    "dall", "coll", "un", "quest", "quell",
];

static ELISION_FORMS: LazyLock<HashSet<u64>> = LazyLock::new(|| ELISIONS.iter().map(|word| form(word)).collect());

impl Tokens {
    /// Forgets the texts, keeps the room.
    pub fn clear(&mut self) {
        self.tokens.clear();
        self.joined.clear();
        self.sentence = 0;
        self.paragraph = 0;
    }

    /// Reads a text behind those already read, in a sentence and a paragraph of its own, up to `most` tokens of it.
    pub fn read(&mut self, text: &str, most: usize) {
        self.end_paragraph();
        let room = self.tokens.len() + most;
        let first = self.tokens.len();
        let mut reader = Reader { text, table: table(), elisions: &ELISION_FORMS, first, to: self, ended: End::No };
        let mut at = 0;
        while at < text.len() && reader.to.tokens.len() < room {
            at = if text.as_bytes()[at] == b' ' { at + 1 } else { reader.step(at) };
        }
        self.tokens.truncate(room);
        let tokens = self.tokens.len() as u32;
        while self.joined.last().is_some_and(|joined| joined.last >= tokens) {
            self.joined.pop();
        }
    }

    fn end_paragraph(&mut self) {
        self.sentence += 1;
        self.paragraph += 1;
    }
}

/// A text being read.
struct Reader<'t> {
    text: &'t str,
    table: &'static Table,
    elisions: &'static HashSet<u64>,
    /// The number of the first token of this text.
    first: usize,
    to: &'t mut Tokens,
    /// What may have ended a sentence behind the last token.
    ended: End,
}

/// A character of the text, seen through the fold.
#[derive(Clone, Copy)]
struct Seen {
    class: Class,
    folded: Folded<'static>,
    /// How many bytes it takes.
    len: usize,
}

impl Reader<'_> {
    /// Reads the text at a byte: a word or a character between words. Returns the byte to continue at.
    fn step(&mut self, at: usize) -> usize {
        let Some(seen) = self.seen(at) else { return self.text.len() };
        let behind = at + seen.len;
        match seen.class {
            Class::Letter | Class::Digit => return self.words(at),
            Class::Sign => {
                self.begin_sentence_if_due(at);
                self.push(seen.hash(), at, behind);
            }
            Class::Newline => {
                self.to.end_paragraph();
                self.ended = End::No;
            }
            Class::Stop if sentence::is_name_with_stop(self.text, at, self.own_tokens()) => {}
            Class::Stop => self.ended = End::Stop,
            // Of several dots the first one tells.
            Class::Dot if self.ended != End::No && self.text[..at].ends_with('.') => {}
            Class::Dot => self.ended = sentence::dot(self.text, at, self.own_tokens()),
            Class::FullStop => self.end_sentence(),
            Class::Other if sentence::is_divider(self.text, at) => self.end_sentence(),
            Class::Other if sentence::is_greek_question(self.text, at) => self.ended = End::Stop,
            _ => {}
        }
        behind
    }

    #[inline]
    fn seen(&self, at: usize) -> Option<Seen> {
        let byte = *self.text.as_bytes().get(at)?;
        if byte < 128 {
            let (class, folded) = ASCII[byte as usize];
            return Some(Seen { class, folded: Folded::One(folded), len: 1 });
        }
        let c = self.text[at..].chars().next()?;
        let (class, folded) = self.table.look_up(c);
        Some(Seen { class, folded, len: c.len_utf8() })
    }

    /// The class of what stands at a byte behind anything invisible.
    fn class_at(&self, mut at: usize) -> Class {
        while let Some(seen) = self.seen(at) {
            if seen.class != Class::Nothing {
                return seen.class;
            }
            at += seen.len;
        }
        Class::Other
    }

    /// Reads a word, and those that hang on it by hyphens, slashes or apostrophes.
    fn words(&mut self, at: usize) -> usize {
        self.begin_sentence_if_due(at);
        let first = self.to.tokens.len();
        let (mut at, mut joins_numbers) = (at, false);
        loop {
            at = self.word(at);
            let Some(seen) = self.seen(at) else { break };
            let joins = matches!(seen.class, Class::Hyphen | Class::Apostrophe);
            if !joins || !matches!(self.class_at(at + seen.len), Class::Letter | Class::Digit) {
                break;
            }
            // 9/11 is not 911.
            joins_numbers |=
                self.text[..at].ends_with(|c: char| c.is_ascii_digit()) && self.class_at(at + seen.len) == Class::Digit;
            at += seen.len;
            while self.seen(at).is_some_and(|seen| seen.class == Class::Nothing) {
                at += self.seen(at).map_or(0, |seen| seen.len);
            }
        }
        let last = self.to.tokens.len() - 1;
        if first < last && last - first < JOINED_PARTS_MOST && !joins_numbers {
            let bytes = self.to.tokens[first].start as usize..self.to.tokens[last].end as usize;
            let form = self.joined_form(bytes);
            self.to.joined.push(Joined { first: first as u32, last: last as u32, form });
        }
        at
    }

    /// Reads one word and gives the byte behind it, possessive `'s` included.
    fn word(&mut self, at: usize) -> usize {
        self.ended = End::No;
        let mut word =
            Word { start: at, end: at, hash: FormHash::default(), since_dot: 0, dots: 0, last: Class::Other };
        let mut at = at;
        loop {
            at = self.plain_letters(at, &mut word);
            let Some(seen) = self.seen(at) else { break };
            let behind = at + seen.len;
            match seen.class {
                Class::Letter | Class::Digit => {
                    word.hash.push_folded(seen.folded);
                    word.since_dot += 1;
                    word.last = seen.class;
                    word.end = behind;
                }
                Class::Nothing => {}
                Class::Dot if word.is_letters_and_dots() && self.starts_initial(behind) => {
                    word.since_dot = 0;
                    word.dots += 1;
                }
                Class::Dot if word.dots > 0 && word.since_dot == 1 => {
                    word.end = behind;
                    at = behind;
                    self.ended = sentence::last_dot(word.hash.clone().finish());
                    break;
                }
                Class::Dot | Class::Comma if word.last == Class::Digit && self.class_at(behind) == Class::Digit => {
                    word.hash.push_folded(seen.folded);
                    word.last = seen.class;
                }
                Class::Quote | Class::Apostrophe if self.is_inside_hebrew(at, behind) => {}
                Class::Apostrophe if self.is_possessive(behind) => {
                    at = behind + self.seen(behind).map_or(0, |seen| seen.len);
                    break;
                }
                Class::Apostrophe if self.class_at(behind) == Class::Letter && self.is_elision(&word) => {
                    word = Word { start: behind, end: behind, hash: FormHash::default(), ..word };
                    (word.since_dot, word.dots) = (0, 0);
                }
                _ => break,
            }
            at = behind;
        }
        self.push(word.hash.finish(), word.start, word.end);
        at
    }

    /// Takes the ASCII letters and digits from a byte on, which most text is made of, without asking the table.
    #[inline]
    fn plain_letters(&self, mut at: usize, word: &mut Word) -> usize {
        let rest = &self.text.as_bytes()[at..];
        let len = rest.iter().position(|byte| !IS_PLAIN[*byte as usize]).unwrap_or(rest.len());
        if len > 0 {
            word.hash.push_plain(rest, len);
            word.since_dot += len;
            word.last = if rest[len - 1].is_ascii_digit() { Class::Digit } else { Class::Letter };
            at += len;
            word.end = at;
        }
        at
    }

    /// Whether a single letter stands at a byte, as in the middle of `U.S.`
    fn starts_initial(&self, at: usize) -> bool {
        let Some(seen) = self.seen(at) else { return false };
        seen.class == Class::Letter && !matches!(self.class_at(at + seen.len), Class::Letter | Class::Digit)
    }

    /// Whether an apostrophe before this byte begins an English genitive: an `s` and no more.
    fn is_possessive(&self, at: usize) -> bool {
        let Some(seen) = self.seen(at) else { return false };
        matches!(seen.folded, Folded::One('s')) && !matches!(self.class_at(at + seen.len), Class::Letter | Class::Digit)
    }

    fn is_elision(&self, word: &Word) -> bool {
        self.elisions.contains(&word.hash.clone().finish())
    }

    /// Whether a quote at `at` is a gershayim or geresh: Hebrew letters on both sides.
    fn is_inside_hebrew(&self, at: usize, behind: usize) -> bool {
        let is_hebrew = |c: char| ('\u{05d0}'..='\u{05ea}').contains(&c);
        self.text[..at].chars().next_back().is_some_and(is_hebrew)
            && self.text[behind..].chars().next().is_some_and(is_hebrew)
    }

    fn joined_form(&self, bytes: std::ops::Range<usize>) -> u64 {
        let mut hash = FormHash::default();
        let mut at = bytes.start;
        while at < bytes.end {
            let Some(seen) = self.seen(at) else { break };
            if matches!(seen.class, Class::Letter | Class::Digit) {
                hash.push_folded(seen.folded);
            }
            at += seen.len;
        }
        hash.finish()
    }

    /// A new sentence begins where one may have ended, if what follows looks like a beginning.
    fn begin_sentence_if_due(&mut self, at: usize) {
        let ended = std::mem::take(&mut self.ended);
        if ended == End::No {
            return;
        }
        let before = self.text[..at].chars().next_back();
        let is_stop = |c| matches!(self.table.look_up(c).0, Class::Dot | Class::Stop);
        let attached = before.is_some_and(is_stop) && self.class_at(at) != Class::Sign;
        if ended.is_end(self.text, at, self.own_tokens(), attached) {
            self.to.sentence += 1;
        }
    }

    /// The tokens of this text, and not of those that were read before it.
    fn own_tokens(&self) -> &[Token] {
        &self.to.tokens[self.first..]
    }

    fn end_sentence(&mut self) {
        self.to.sentence += 1;
        self.ended = End::No;
    }

    fn push(&mut self, form: u64, start: usize, end: usize) {
        let (sentence, paragraph) = (self.to.sentence, self.to.paragraph);
        self.to.tokens.push(Token { form, start: start as u32, end: end as u32, sentence, paragraph });
    }
}

/// A word being read.
struct Word {
    start: usize,
    end: usize,
    hash: FormHash,
    /// Letters since the last inner dot, or since the start.
    since_dot: usize,
    dots: usize,
    last: Class,
}

impl Word {
    /// Whether all of it so far are single letters with dots between.
    fn is_letters_and_dots(&self) -> bool {
        self.since_dot == 1 && self.last == Class::Letter
    }
}

impl Seen {
    fn hash(&self) -> u64 {
        let mut hash = FormHash::default();
        hash.push_folded(self.folded);
        hash.finish()
    }
}

/// Whether a byte is an ASCII letter or digit.
static IS_PLAIN: [bool; 256] = is_plain();

const fn is_plain() -> [bool; 256] {
    let mut table = [false; 256];
    let mut code = 0;
    while code < 128 {
        table[code] = (code as u8).is_ascii_alphanumeric();
        code += 1;
    }
    table
}

/// What the table says of ASCII, at one read.
static ASCII: [(Class, char); 128] = ascii();

const fn ascii() -> [(Class, char); 128] {
    let mut table = [(Class::Other, '\0'); 128];
    let mut code = 0;
    while code < 128 {
        let byte = code as u8;
        let class = match byte {
            b'a'..=b'z' | b'A'..=b'Z' => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            b'\'' | b'`' => Class::Apostrophe,
            b'"' => Class::Quote,
            b'-' | b'/' => Class::Hyphen,
            b'.' => Class::Dot,
            b',' => Class::Comma,
            b'!' | b'?' => Class::Stop,
            b'\n' => Class::Newline,
            _ => Class::Other,
        };
        table[code] = (class, byte.to_ascii_lowercase() as char);
        code += 1;
    }
    table
}
