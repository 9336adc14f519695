//! The facts of a piece that no earlier piece has: a term of the watch, a number, a place, a name, an action. Pure.
//!
//! Words are compared by their keys, as everywhere in this room: "fifteen" is 15, "schließt" is "closes", Oslo is
//! Norway. The quote is always a complete sentence of the piece. The headline is read first, because it says what is
//! new. In the text, numbers and places come before names and actions, because each paper has its own of these.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::figures::figure;
use super::rarity::{is_known_name, may_be_name};
use super::signature::bare;
use super::vocabulary::{self, Vocabulary, is_deed, is_place};
use super::wires::is_agency;
use super::words::{Key, Reading, Word, is_capital, key};
use crate::model::{NewsKind, Reason};

/// Words of a headline that are looked at.
const TITLE_WORDS_MOST: usize = 60;
/// Words below it in which news is looked for: the first paragraphs, before the background begins.
const TEXT_WORDS_MOST: usize = 150;
/// Words of each text that count as said; longer ones are read by few.
const SAID_WORDS_MOST: usize = 600;
/// Bytes of a text that are looked at, however few words they are.
const TEXT_BYTES_MOST: usize = 16_000;
/// Terms of the watch that are looked for.
const TERMS_MOST: usize = 64;

/// Deeds that every report is full of: they tell nothing by being new.
const OF_REPORTS: [&str; 12] =
    ["say", "announce", "hold", "find", "plan", "prepare", "consider", "ask", "send", "order", "support", "offer"];

static QUIET: LazyLock<HashSet<Key>> =
    LazyLock::new(|| OF_REPORTS.iter().map(|word| vocabulary::english().key(word)).collect());

/// Numbers that occur as words in any text: none, one of them, both sides.
static SMALL: LazyLock<HashSet<Key>> = LazyLock::new(|| (0..=10).map(|n: u32| key(&n.to_string())).collect());

/// A piece of news as it can be read.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// Its headline.
    pub title: &'a str,
    /// The texts below it, the longer one first.
    pub texts: [&'a str; 2],
    /// The language that the feed states.
    pub lang: Option<&'a str>,
    /// Its publisher.
    pub author: Option<&'a str>,
    /// Its matches.
    pub why: &'a [Reason],
}

/// Something new, in the sentence that says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News<'a> {
    /// What it is.
    pub kind: NewsKind,
    /// The sentence.
    pub sentence: &'a str,
    /// Its place in the sentence.
    pub value: Range<usize>,
}

/// The facts so far.
#[derive(Debug, Default)]
pub struct Said {
    words: HashSet<Key>,
    /// The terms that were found.
    terms: HashSet<String>,
    /// The languages in which it was said.
    languages: HashSet<&'static str>,
}

/// Something that may be new: its tokens, the first and the last.
struct Candidate {
    kind: NewsKind,
    tokens: (usize, usize),
    /// How little it says compared with other facts of its sentence: nothing, or a number that occurs in any text.
    is_small: bool,
}

impl Said {
    /// Notes the facts of a piece.
    pub fn add(&mut self, piece: &Text) {
        let own = piece.language();
        self.languages.insert(own.code);
        for text in [bare(piece.title)].into_iter().chain(piece.texts) {
            self.add_text(text, own);
        }
        self.terms.extend(piece.why.iter().map(|reason| reason.term.clone()));
    }

    /// Notes the quotes of a piece.
    pub fn add_quote(&mut self, quote: &str) {
        let own = vocabulary::of(quote, None);
        self.languages.insert(own.code);
        self.add_text(quote, own);
    }

    fn add_text(&mut self, text: &str, own: &'static Vocabulary) {
        let text = head(text);
        let reading = Reading::of(text, SAID_WORDS_MOST, own);
        let numbers = (0..reading.raw.len()).filter_map(|at| figure(&reading, at, text));
        self.words.extend(numbers.map(|(key, _)| key));
        // Endings are cut as each language has them, and a name is the same in all.
        self.words.extend(reading.spellings.iter().map(|folded| key(folded)));
        self.words.extend(reading.into_words(own).into_iter().map(Word::key));
    }

    /// The first thing that a piece says and that was not said before.
    pub fn news<'a>(&self, piece: &Text<'a>) -> Option<News<'a>> {
        let own = piece.language();
        let title = bare(piece.title);
        let find = |text: &'a str, most: usize, is_title: bool| {
            let text = head(text);
            let reading = Reading::of(text, most, own);
            let mut found = self.candidates(&reading, text, own, piece, is_title);
            found.sort_by_key(|found| {
                let sentence = reading.tokens[found.tokens.0].sentence;
                let is_weak = matches!(found.kind, NewsKind::Name | NewsKind::Deed);
                (!is_title && is_weak, sentence, found.is_small, order(found.kind), found.tokens)
            });
            found.first().map(|found| found.in_its_sentence(&reading, text))
        };
        let below = || piece.texts.iter().find(|text| !text.trim().is_empty());
        find(title, TITLE_WORDS_MOST, true).or_else(|| find(below()?, TEXT_WORDS_MOST, false))
    }

    /// All new facts of a text.
    fn candidates(
        &self,
        reading: &Reading,
        text: &str,
        own: &Vocabulary,
        piece: &Text,
        is_title: bool,
    ) -> Vec<Candidate> {
        let is_new = |key: Key| !self.words.contains(&key);
        // Words in another language cannot be compared with what was said in this one.
        let is_same_language = self.languages.contains(own.code);
        let mut found = Vec::new();
        for at in 0..reading.raw.len() {
            if let Some((key, last)) = figure(reading, at, text)
                && is_new(key)
            {
                found.push(Candidate { kind: NewsKind::Number, tokens: (at, last), is_small: false });
            }
        }
        for (word, at) in &reading.words {
            let kind = match word {
                Word::Number(key) if is_new(*key) && is_word(reading, *at) && (is_title || !SMALL.contains(key)) => {
                    NewsKind::Number
                }
                Word::Name(key) if is_place(*key) && is_new(*key) && is_written_as_place(reading, *at, own) => {
                    NewsKind::Place
                }
                Word::Plain(key) | Word::Name(key)
                    if is_same_language && is_deed(*key) && is_new(*key) && !QUIET.contains(key) =>
                {
                    NewsKind::Deed
                }
                _ => continue,
            };
            let is_small = kind == NewsKind::Number && SMALL.contains(&word.key());
            found.push(Candidate { kind, tokens: (*at, *at), is_small });
        }
        if is_same_language {
            found.extend(self.names(reading, text, own, piece.author));
            found.extend(piece.why.iter().take(TERMS_MOST).filter_map(|reason| self.term(reading, text, reason, own)));
        }
        found
    }

    /// Names of which no part was said.
    fn names(&self, reading: &Reading, text: &str, own: &Vocabulary, author: Option<&str>) -> Vec<Candidate> {
        let names: Vec<(Key, usize)> = reading
            .words
            .iter()
            .filter_map(|(word, at)| match word {
                Word::Name(key) if !is_place(*key) && may_be_name(*key) && !is_sign_of_sender(reading.raw[*at]) => {
                    Some((*key, *at))
                }
                _ => None,
            })
            .collect();
        let follows = |pair: &[(Key, usize)]| {
            let between = &text[reading.tokens[pair[0].1].end as usize..reading.tokens[pair[1].1].start as usize];
            pair[0].1 + 1 == pair[1].1 && matches!(between, " " | "-" | "\u{a0}")
        };
        let mut runs: Vec<&[(Key, usize)]> = Vec::new();
        let mut from = 0;
        for to in 1..=names.len() {
            if to == names.len() || !follows(&names[to - 1..=to]) {
                runs.push(&names[from..to]);
                from = to;
            }
        }
        let is_author = |at: usize| author.is_some_and(|author| author.to_lowercase().contains(&reading.spellings[at]));
        let is_name = |run: &&[(Key, usize)]| {
            let (first, last) = (run[0].1, run[run.len() - 1].1);
            let is_known = run.iter().any(|(key, _)| is_known_name(*key));
            // Where every noun has a capital, two that follow each other are a name.
            let is_told = match own.code {
                "de" => run.len() > 1 && reading.is_within(run[1].1),
                _ => run.iter().any(|(_, at)| reading.says_so(*at)),
            };
            let is_new = run
                .iter()
                .all(|(own, at)| !self.words.contains(own) && !self.words.contains(&key(&reading.spellings[*at])));
            let whole = &text[reading.tokens[first].start as usize..reading.tokens[last].end as usize];
            let is_by_line = first > 0 && own.is_by(&reading.spellings[first - 1]) && !reading.says_so(first - 1);
            is_new && (is_known || is_told) && !is_by_line && !is_agency(whole) && !(first..=last).any(is_author)
        };
        let candidate = |run: &[(Key, usize)]| {
            let (first, last) = (run[0].1, run[run.len() - 1].1);
            let is_where = run.len() == 1 && first > 0 && own.is_where(&reading.spellings[first - 1]);
            let kind = if is_where { NewsKind::Place } else { NewsKind::Name };
            Candidate { kind, tokens: (first, last), is_small: false }
        };
        runs.into_iter().filter(is_name).map(candidate).collect()
    }

    /// A term of the watch that was found in no piece, in words that none had.
    fn term(&self, reading: &Reading, text: &str, reason: &Reason, own: &Vocabulary) -> Option<Candidate> {
        if self.terms.contains(&reason.term) || reason.text.is_empty() {
            return None;
        }
        // The text may have been edited since, or be another part of the article.
        let stands = text.get(reason.start..reason.end) == Some(reason.text.as_str());
        let start = if stands { reason.start } else { text.find(&reason.text)? };
        let end = start + reason.text.len();
        let within = |at: &usize| {
            let token = &reading.tokens[*at];
            token.start as usize >= start && token.end as usize <= end
        };
        let first = (0..reading.tokens.len()).find(within)?;
        let last = (first..reading.tokens.len()).take_while(within).last()?;
        let says = |word: &Word| !own.is_grammar(&reading.spellings[first]) && !self.words.contains(&word.key());
        let is_new = reading.words.iter().any(|(word, at)| (first..=last).contains(at) && says(word));
        is_new.then_some(Candidate { kind: NewsKind::Term, tokens: (first, last), is_small: false })
    }
}

impl Text<'_> {
    fn language(&self) -> &'static Vocabulary {
        vocabulary::of(&format!("{}\n{}", head(self.title), head(self.texts[0])), self.lang)
    }
}

impl Candidate {
    fn in_its_sentence<'a>(&self, reading: &Reading, text: &'a str) -> News<'a> {
        let (first, last) = self.tokens;
        let number = reading.tokens[first].sentence;
        let sentence = sentence(reading, text, number, last);
        let at = |at: usize| at - sentence.start;
        let value = at(reading.tokens[first].start as usize)..at(reading.tokens[last].end as usize);
        News { kind: self.kind, sentence: &text[sentence], value }
    }
}

/// The bytes of a sentence with the quotes and stops around it, as far as it was read; at least to the end of a token.
fn sentence(reading: &Reading, text: &str, number: u32, least: usize) -> Range<usize> {
    const OPEN: [char; 9] = ['"', '“', '„', '«', '‘', '(', '¿', '¡', '「'];
    const CLOSE: [char; 15] = ['.', '!', '?', '…', '"', '”', '»', '’', ')', '。', '！', '？', '」', '؟', '%'];
    let tokens = &reading.tokens;
    let first = tokens.iter().position(|token| token.sentence == number).unwrap_or_default();
    let last = tokens.iter().rposition(|token| token.sentence == number).unwrap_or_default().max(least);
    let (start, end) = (tokens[first].start as usize, tokens[last].end as usize);
    let start = text[..start].trim_end_matches(OPEN).len();
    // A sentence that the word limit cuts continues to the next stop.
    let end = match last + 1 == tokens.len() {
        true => text[end..].find(['.', '!', '?', '\n', '。']).map_or(text.len(), |stop| end + stop),
        false => end,
    };
    let end = text.len() - text[end..].trim_start_matches(CLOSE).len();
    start..end
}

/// The beginning of a text.
fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES_MOST)]
}

fn order(kind: NewsKind) -> u8 {
    match kind {
        NewsKind::Term => 0,
        NewsKind::Number => 1,
        NewsKind::Place => 2,
        NewsKind::Name => 3,
        _ => 4,
    }
}

/// Whether a number is written as a word.
fn is_word(reading: &Reading, at: usize) -> bool {
    !reading.raw[at].starts_with(|c: char| c.is_numeric()) && !reading.spellings[at].bytes().any(|b| b.is_ascii_digit())
}

/// In English a country and its people have a capital: "us" and "turkey" have none.
fn is_written_as_place(reading: &Reading, at: usize, own: &Vocabulary) -> bool {
    own.code != "en" || is_capital(reading.raw[at])
}

/// Names with figures in them are mostly models and codes; a letter is an initial.
fn is_sign_of_sender(raw: &str) -> bool {
    raw.chars().any(|c| c.is_ascii_digit()) || raw.chars().count() < 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<'a>(title: &'a str, text: &'a str) -> Text<'a> {
        Text { title, texts: [text, ""], lang: None, author: None, why: &[] }
    }

    /// The new facts of a piece after others: the kind, the value, and the sentence.
    fn check(said: &[(&str, &str)], piece: (&str, &str), news: Option<(NewsKind, &str, &str)>) {
        let mut all = Said::default();
        said.iter().for_each(|(title, below)| all.add(&text(title, below)));
        let of = text(piece.0, piece.1);
        let found = all.news(&of).map(|news| (news.kind, &news.sentence[news.value], news.sentence));
        assert_eq!(found, news, "{piece:?} after {said:?}");
    }

    #[test]
    fn what_only_looks_like_a_number_is_none() {
        let said = [("Blast shakes Osorno", "A blast shook the town of Osorno, a man and his son said on Monday.")];
        for sentence in [
            "The blast shook Osorno on 3 March.",
            "The blast shook Osorno at 10:30.",
            "The blast shook Osorno at 5pm.",
            "The 45-year-old man said a blast shook Osorno.",
            "The blast shook Osorno in 2026.",
            "Two men said one blast shook Osorno.",
        ] {
            check(&said, ("Blast shakes Osorno", sentence), None);
        }
    }

    #[test]
    fn a_sentence_stands_there_as_it_was_written() {
        let said = [("Blast shakes Osorno", "A blast shook Osorno on Monday.")];
        let below = "The blast shook the town. “At least 15 were killed,” the mayor said. A man was seen.";
        let sentence = "“At least 15 were killed,” the mayor said.";
        check(&said, ("Blast shakes Osorno", below), Some((NewsKind::Number, "15", sentence)));
    }
}
