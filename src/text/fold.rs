//! Folding: one character of any text to the form that is compared. Knows no words and no languages.
//!
//! Folded away are case, accents, vowel marks, tatweel, full width, ligatures, curly quotes and all that is invisible;
//! the dotted and the dotless i are one letter. The rules lie in `fold.tsv`, which a test derives anew from Unicode's
//! own normalisation and compares; here they become a table with two steps, so a character costs two reads.

use std::sync::{LazyLock, OnceLock};

/// What a character is to the tokeniser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Class {
    /// Parts words: spaces, brackets, symbols.
    Other,
    /// Part of a word.
    Letter,
    /// Part of a number.
    Digit,
    /// A word of its own: Han, kana, Thai and other scripts that are written without spaces.
    Sign,
    /// Leaves no trace: invisible characters, marks.
    Nothing,
    /// `'` and its kin.
    Apostrophe,
    /// `"` and its kin.
    Quote,
    /// Hyphens, dashes and the slash: they part words, whose joined spelling counts as well.
    Hyphen,
    /// `.`
    Dot,
    /// `,`
    Comma,
    /// Ends a sentence if a new one follows: `!`, `?` and their kin.
    Stop,
    /// Ends a sentence whatever follows: the ideographic full stop and its kin.
    FullStop,
    /// Ends a paragraph.
    Newline,
}

const CLASSES: [Class; 13] = [
    Class::Other,
    Class::Letter,
    Class::Digit,
    Class::Sign,
    Class::Nothing,
    Class::Apostrophe,
    Class::Quote,
    Class::Hyphen,
    Class::Dot,
    Class::Comma,
    Class::Stop,
    Class::FullStop,
    Class::Newline,
];

/// The derived rules: a code point or a run of them in hexadecimal, a tab, and what it becomes. Nothing after the tab
/// means it leaves no trace; `+n` or `-n` (on runs) moves each code point by n.
const RULES: &str = include_str!("fold.tsv");

const PAGE: usize = 256;
const CODE_POINTS: usize = 0x11_0000;

/// An entry: the class in the upper byte, below it the folded character, 0 for itself, or a number in `long`.
type Entry = u32;
const LONG: Entry = 1 << 23;
const VALUE: Entry = LONG - 1;
const CLASS_SHIFT: u32 = 24;

/// The fold of every character. A page of it is made when a character of it is first seen: few are, ever.
#[derive(Debug)]
pub struct Table {
    rules: Vec<Rule>,
    pages: Vec<OnceLock<Box<Page>>>,
}

/// What a run of code points becomes.
#[derive(Debug)]
struct Rule {
    first: u32,
    last: u32,
    to: &'static str,
}

#[derive(Debug)]
struct Page {
    entries: [Entry; PAGE],
    /// What is longer than a character.
    long: Vec<Vec<char>>,
}

/// A folded character.
#[derive(Clone, Copy, Debug)]
pub enum Folded<'t> {
    /// One character.
    One(char),
    /// Several, such as `ss`.
    Many(&'t [char]),
}

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

/// The one table.
pub fn table() -> &'static Table {
    &TABLE
}

/// Folds a text: what is compared of it, its punctuation kept.
pub fn fold(text: &str) -> String {
    let table = table();
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        match table.look_up(c) {
            (Class::Nothing, _) => {}
            (_, Folded::One(c)) => folded.push(c),
            (_, Folded::Many(many)) => folded.extend(many),
        }
    }
    folded
}

impl Table {
    /// The class of a character and what it folds to; of class `Nothing`, the latter means nothing.
    #[inline]
    pub fn look_up(&self, c: char) -> (Class, Folded<'_>) {
        let code = c as usize;
        let page = self.pages[code / PAGE].get_or_init(|| Box::new(self.page(code / PAGE)));
        let entry = page.entries[code % PAGE];
        let class = CLASSES[(entry >> CLASS_SHIFT) as usize];
        let value = entry & VALUE;
        if entry & LONG != 0 {
            return (class, Folded::Many(&page.long[value as usize]));
        }
        (class, Folded::One(if value == 0 { c } else { char::from_u32(value).unwrap_or(c) }))
    }

    fn new() -> Table {
        let rule = |line: &'static str| {
            let (from, to) = line.split_once('\t').expect("a rule has a tab");
            let (first, last) = from.split_once("..").unwrap_or((from, from));
            let hex = |text| u32::from_str_radix(text, 16).expect("a rule names code points");
            Rule { first: hex(first), last: hex(last), to }
        };
        // In ascending order, as the file is.
        let rules = RULES.lines().filter(|line| !line.starts_with('#')).map(rule).collect();
        Table { rules, pages: std::iter::repeat_with(OnceLock::new).take(CODE_POINTS / PAGE).collect() }
    }

    fn page(&self, number: usize) -> Page {
        let mut page = Page { entries: [0; PAGE], long: Vec::new() };
        for (at, code) in (0..PAGE).zip((number * PAGE) as u32..) {
            page.entries[at] = self.entry(code, &mut page.long);
        }
        page
    }

    fn entry(&self, code: u32, long: &mut Vec<Vec<char>>) -> Entry {
        let Some(c) = char::from_u32(code) else { return 0 };
        let class = |c| (class_of(c) as Entry) << CLASS_SHIFT;
        let before = self.rules.partition_point(|rule| rule.first <= code);
        let rule = self.rules[..before].last().filter(|rule| code <= rule.last);
        let Some(rule) = rule else { return class(c) };
        match target(code, rule.to).as_slice() {
            [] => (Class::Nothing as Entry) << CLASS_SHIFT,
            [one] => class(*one) | *one as Entry,
            many => {
                long.push(many.to_vec());
                class(many[0]) | LONG | (long.len() - 1) as Entry
            }
        }
    }
}

fn target(code: u32, rule: &str) -> Vec<char> {
    let moved = rule.strip_prefix('+').or(rule.strip_prefix('-')).and_then(|by| by.parse::<u32>().ok());
    match moved {
        Some(by) if rule.starts_with('+') => char::from_u32(code + by).into_iter().collect(),
        Some(by) => char::from_u32(code - by).into_iter().collect(),
        None => rule.chars().collect(),
    }
}

/// Scripts written without spaces: each character is a token.
const SIGNS: &[(u32, u32)] = &[
    (0x0e00, 0x0eff),
    (0x1000, 0x109f),
    (0x1780, 0x17ff),
    (0x3005, 0x3007),
    (0x3041, 0x30ff),
    (0x3400, 0x4dbf),
    (0x4e00, 0x9fff),
    (0xf900, 0xfaff),
    (0x2_0000, 0x3_ffff),
];

fn class_of(c: char) -> Class {
    match c {
        '\n' | '\u{2029}' => Class::Newline,
        '\'' | '`' => Class::Apostrophe,
        '"' => Class::Quote,
        '-' | '/' => Class::Hyphen,
        '.' => Class::Dot,
        ',' => Class::Comma,
        '!' | '?' | '؟' | '۔' | '։' | '।' | '॥' | '።' => Class::Stop,
        '。' | '။' | '។' | '៕' => Class::FullStop,
        '・' => Class::Other,
        _ if is_sign(c) && (c.is_alphanumeric() || !c.is_ascii() && is_thai_mark(c)) => Class::Sign,
        _ if c.is_numeric() => Class::Digit,
        _ if c.is_alphabetic() || is_joining_mark(c) => Class::Letter,
        _ => Class::Other,
    }
}

fn is_sign(c: char) -> bool {
    SIGNS.iter().any(|(first, last)| (*first..=*last).contains(&(c as u32)))
}

/// Tone and vowel marks of the South-East Asian scripts that Unicode does not count as alphabetic.
fn is_thai_mark(c: char) -> bool {
    matches!(c as u32, 0x0e47..=0x0e4e | 0x0ec8..=0x0ece | 0x1037..=0x103a | 0x17c9..=0x17d3)
}

/// Viramas and nuktas of the Indic scripts: they stand inside words, and Unicode does not count them as alphabetic.
fn is_joining_mark(c: char) -> bool {
    let code = c as u32;
    (0x0900..=0x0dff).contains(&code) && matches!(code & 0x7f, 0x3c | 0x4d)
}
