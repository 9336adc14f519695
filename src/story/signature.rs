//! The signature by which an article is compared: the words of its headline and its lead, its numbers, and a 64-bit
//! similarity hash of its whole text. It is some hundred bytes and is stored, so that no text is read again.

use super::rarity::{is_grammar, rarest};
use super::sentence::Make;
use super::vocabulary::{self, Vocabulary, is_rolling, is_wire_mark};
use super::words::{Key, Word, is_sign_char, read};
use crate::feed::address;
use crate::hash::hash64;
use crate::model::Article;
use crate::text::token::spelling;

/// Words of a headline that are compared; the longest of serious papers have about thirty.
const TITLE_WORDS_MOST: usize = 40;
/// Words of the lead: the first two paragraphs, in which news says what is new.
const LEAD_WORDS_MOST: usize = 70;
/// Words of the whole text that go into the similarity hash.
const HASHED_WORDS_MOST: usize = 600;
/// How many words of the headline and of the lead are used to look up a story.
const LOOK_UP_TITLE_WORDS: usize = 10;
const LOOK_UP_LEAD_WORDS: usize = 6;
/// The similarity hash is looked up by four parts of 16 bits: what differs in three bits at the most has one in common.
const BANDS: u32 = 4;
/// Texts shorter than this are compared by their words alone: a hash of few words says little.
pub(super) const HASHED_WORDS_LEAST: usize = 25;

/// The key of no word: it precedes the first one.
const NOTHING: Key = 0;

/// The shape of the stored bytes; a signature of another shape is not compared.
const VERSION: u8 = 3;

/// What an article is compared by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// Words of the headline, sorted, each once.
    pub(super) title: Vec<Key>,
    /// The word before each of them.
    pub(super) before: Vec<Key>,
    /// Those of them that seem to be names.
    pub(super) names: Vec<Key>,
    /// Numbers of the headline in order, and dates.
    pub(super) numbers: Vec<Key>,
    pub(super) dates: Vec<Key>,
    /// Words of the lead, sorted, each once; empty if there is no text besides the headline.
    pub(super) lead: Vec<Key>,
    /// Numbers of the lead, sorted, each once.
    pub(super) lead_numbers: Vec<Key>,
    /// A hash of address and headline, which sections of a paper share; of an article without address, of all its text.
    pub(super) page: u64,
    /// The similarity hash of the whole text; none of a short one.
    pub(super) hash: Option<u64>,
    /// Whether it belongs to a piece that goes on: a live blog, a daily briefing.
    pub(super) rolling: bool,
    /// Words of the headline that only tell after what, or despite what, its news is: sorted, each once.
    pub(super) aside: Vec<Key>,
    /// Whether the headline asks or explains instead of telling.
    pub(super) explains: bool,
    /// Whether the headline has no function word, and whether it is certainly not a headline (see `sentence`).
    pub(super) terse: bool,
    pub(super) bag: bool,
    /// Whether the text below a terse headline has sentences.
    pub(super) borne_out: bool,
    /// The words of the headline in their order.
    pub(super) order: Vec<Key>,
    /// Whether the headline is written in signs, of which each two are a word here.
    pub(super) signs: bool,
    /// Whether the headline has a word before the doer of what a passive verb says.
    pub(super) passive: bool,
}

impl Signature {
    /// The signature of an article.
    pub fn of(article: &Article) -> Signature {
        let headline = article.headline();
        let title = bare(&headline);
        let text = if article.summary.trim().is_empty() { &article.body } else { &article.summary };
        let mut signature = Signature { page: page(article), rolling: is_rolling(&headline), ..Signature::default() };
        let own = vocabulary::of(&format!("{title}\n{text}"), article.lang.as_deref());
        let (mut words, mut before) = (Vec::new(), NOTHING);
        for word in read(title, TITLE_WORDS_MOST, own) {
            match word {
                Word::Plain(key) | Word::Name(key) if !is_grammar(key) => words.push((key, before)),
                Word::Number(key) => signature.numbers.push(key),
                Word::Date(key) => signature.dates.push(key),
                _ => {}
            }
            before = word.key();
            if let Word::Name(key) = word {
                signature.names.push(key);
            }
        }
        signature.order = words.iter().map(|(word, _)| *word).collect();
        let make = Make::of(title, words.len(), text);
        (signature.terse, signature.bag, signature.borne_out) = (make.terse, make.bag, make.borne_out);
        words.sort_by_key(|(word, _)| *word);
        words.dedup_by_key(|(word, _)| *word);
        (signature.title, signature.before) = words.into_iter().unzip();
        signature.aside = aside(title, own);
        signature.explains = explains(title, own);
        signature.signs = is_in_signs(title);
        signature.passive = words_of(title).any(|word| own.is_by(&word));
        signature.names = once(signature.names);
        if !text.starts_with(headline.trim()) || text.len() > headline.len() * 2 {
            let words = read(text, LEAD_WORDS_MOST, own);
            signature.lead = once(plain(&words).collect());
            signature.lead_numbers = words.iter().filter_map(|word| number(*word)).collect();
            signature.lead_numbers.sort_unstable();
            signature.lead_numbers.dedup();
        }
        if signature.lead.iter().all(|key| signature.title.binary_search(key).is_ok()) {
            signature.lead.clear();
        }
        let whole = if article.body.len() > article.summary.len() { &article.body } else { &article.summary };
        let words = read(whole, HASHED_WORDS_MOST, own);
        let words: Vec<Key> = once(plain(&words).chain(words.iter().filter_map(|word| number(*word))).collect());
        signature.hash = (words.len() >= HASHED_WORDS_LEAST).then(|| similarity_hash(&words));
        signature
    }

    /// The keys by which the store finds stories that may be the same: an article shares at least one of these with its
    /// story.
    pub fn look_up(&self) -> Vec<u32> {
        let mut keys = rarest(&self.title, LOOK_UP_TITLE_WORDS);
        keys.extend(rarest(&self.lead, LOOK_UP_LEAD_WORDS));
        keys.push(self.page as Key);
        if let Some(hash) = self.hash {
            let band =
                |band: u32| hash64(&[b"band", &[band as u8], &((hash >> (band * 16)) as u16).to_le_bytes()]) as Key;
            keys.extend((0..BANDS).map(band));
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The words of headline and lead, sorted, each once.
    pub(super) fn all_words(&self) -> Vec<Key> {
        let mut words = [&self.title[..], &self.lead].concat();
        words.sort_unstable();
        words.dedup();
        words
    }

    /// As it is stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![
            VERSION,
            flags(&[self.rolling, self.explains, self.terse, self.bag, self.borne_out, self.passive, self.signs]),
            u8::from(self.hash.is_some()),
        ];
        bytes.extend(self.hash.unwrap_or_default().to_le_bytes());
        bytes.extend(self.page.to_le_bytes());
        for list in [
            &self.title,
            &self.names,
            &self.numbers,
            &self.dates,
            &self.lead,
            &self.lead_numbers,
            &self.aside,
            &self.before,
        ] {
            // All lists are shorter than the limits above.
            bytes.push(list.len() as u8);
            bytes.extend(list.iter().flat_map(|key| key.to_le_bytes()));
        }
        // The order by the places of the words among the sorted ones: a byte for each.
        let place = |word: &Key| self.title.binary_search(word).unwrap_or_default() as u8;
        bytes.extend(self.order.iter().map(place));
        bytes
    }

    /// As it was stored; none of bytes that another version wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Signature> {
        let (head, mut rest) = bytes.split_at_checked(3)?;
        let hash = u64::from_le_bytes(*rest.split_off(..8)?.as_array()?);
        let page = u64::from_le_bytes(*rest.split_off(..8)?.as_array()?);
        let mut list = || {
            let len = usize::from(*rest.split_off_first()?);
            let keys = rest.split_off(..len * size_of::<Key>())?;
            Some(keys.as_chunks().0.iter().map(|key| Key::from_le_bytes(*key)).collect::<Vec<Key>>())
        };
        (head[0] == VERSION).then_some(())?;
        let signature = Signature {
            title: list()?,
            names: list()?,
            numbers: list()?,
            dates: list()?,
            lead: list()?,
            lead_numbers: list()?,
            aside: list()?,
            before: list()?,
            page,
            hash: (head[2] == 1).then_some(hash),
            rolling: head[1] & 1 == 1,
            explains: head[1] & 2 == 2,
            terse: head[1] & 4 == 4,
            bag: head[1] & 8 == 8,
            borne_out: head[1] & 16 == 16,
            passive: head[1] & 32 == 32,
            signs: head[1] & 64 == 64,
            order: Vec::new(),
        };
        let word = |at: &u8| signature.title.get(usize::from(*at)).copied();
        Some(Signature { order: rest.iter().filter_map(word).collect(), ..signature })
    }
}

fn flags(flags: &[bool]) -> u8 {
    flags.iter().enumerate().map(|(bit, flag)| u8::from(*flag) << bit).sum()
}

fn page(article: &Article) -> u64 {
    let headline: Vec<String> = article.title.split_whitespace().map(str::to_lowercase).collect();
    let headline = headline.join(" ");
    match article.url.as_deref().map(address::canonical) {
        Some(url) => hash64(&[b"link", url.as_bytes(), headline.as_bytes()]),
        None => hash64(&[b"text", headline.as_bytes(), article.summary.as_bytes(), article.body.as_bytes()]),
    }
}

fn plain(words: &[Word]) -> impl Iterator<Item = Key> {
    words.iter().filter_map(|word| match word {
        Word::Plain(key) | Word::Name(key) => Some(*key),
        _ => None,
    })
}

fn number(word: Word) -> Option<Key> {
    match word {
        Word::Number(key) => Some(key),
        _ => None,
    }
}

/// Sorted, each once, without grammar.
fn once(mut keys: Vec<Key>) -> Vec<Key> {
    keys.retain(|key| !is_grammar(*key));
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Each bit is what the same bit of most words' hashes is (Charikar 2002): texts that share most words share most bits.
fn similarity_hash(words: &[Key]) -> u64 {
    let mut votes = [0_i32; 64];
    for word in words {
        let hash = hash64(&[&word.to_le_bytes()]);
        for (bit, vote) in votes.iter_mut().enumerate() {
            *vote += if hash >> bit & 1 == 1 { 1 } else { -1 };
        }
    }
    votes.iter().enumerate().filter(|(_, vote)| **vote > 0).fold(0, |hash, (bit, _)| hash | 1 << bit)
}

/// A headline without what an agency put before it and the site's name behind it.
pub(super) fn bare(title: &str) -> &str {
    without_site(without_mark(title.trim()))
}

fn without_mark(title: &str) -> &str {
    /// `WRAPUP 12-` is as long as marks get.
    const MARK_MOST_BYTES: usize = 36;
    let Some((mark, rest)) = title.split_once([':', '-']) else { return title };
    let mark = mark.trim().trim_end_matches(|c: char| c.is_ascii_digit()).trim().to_lowercase();
    if mark.len() <= MARK_MOST_BYTES && is_wire_mark(&mark) { rest.trim() } else { title }
}

/// Sites put their names behind the headline: `Envoy leaves - The Paper`. A name is short, in capitals and without
/// numbers.
fn without_site(title: &str) -> &str {
    const NAME_WORDS_MOST: usize = 4;
    const REST_WORDS_LEAST: usize = 4;
    let Some((at, rule)) =
        [" | ", " - ", " – ", " — "].iter().filter_map(|rule| Some((title.rfind(rule)?, rule))).max()
    else {
        return title;
    };
    let (rest, name) = (&title[..at], &title[at + rule.len()..]);
    let in_capitals = |word: &str| word.starts_with(char::is_uppercase) || matches!(word, "of" | "the" | "and");
    let is_name = name.split_whitespace().count() <= NAME_WORDS_MOST
        && name.split_whitespace().all(in_capitals)
        && !name.contains(|c: char| c.is_ascii_digit());
    if is_name && rest.split_whitespace().count() >= REST_WORDS_LEAST { rest } else { title }
}

/// The words of a headline that occur only in an aside, sorted, each once.
fn aside(title: &str, own: &Vocabulary) -> Vec<Key> {
    let words: Vec<&str> = title.split_whitespace().collect();
    let is_mark = |word: &&str| own.is_aside(&spelling(word));
    let (aside, told) = match words.iter().position(is_mark) {
        Some(0) => words.split_at(words.iter().position(|word| word.ends_with(',')).map_or(0, |comma| comma + 1)),
        Some(at) => (&words[at..], &words[..at]),
        None => return Vec::new(),
    };
    let keys = |words: &[&str]| once(plain(&read(&words.join(" "), TITLE_WORDS_MOST, own)).collect());
    let told = keys(told);
    keys(aside).into_iter().filter(|key| told.binary_search(key).is_err()).collect()
}

/// Whether a headline asks or explains.
fn explains(title: &str, own: &Vocabulary) -> bool {
    title.trim_end_matches(['\'', '"', '’', '”', ' ']).ends_with(['?', '؟', '？'])
        || title.split(": ").any(|part| words_of(part).next().is_some_and(|word| own.asks(&word)))
        || words_of(title).any(|word| own.gathers(&word))
}

/// Whether most of a headline is written in a script without spaces.
fn is_in_signs(title: &str) -> bool {
    let letters = || title.chars().filter(|c| c.is_alphabetic());
    letters().filter(|c| is_sign_char(*c)).count() * 2 > letters().count()
}

/// The words of a headline, folded.
fn words_of(title: &str) -> impl Iterator<Item = String> {
    title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(spelling)
}
