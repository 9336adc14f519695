//! The words of a language: function words, words with one meaning, numbers and dates, and the marks of headlines that
//! ask, continue, or were sent again. There is one file per language in `data/words`, and more tables for English. A
//! word's key is that of the English head of its line, so that words with one meaning have one key in all languages.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};

use super::words::{Key, Word, key, stem};
use crate::text::token::{Tokens, spelling};

/// What happens, in the words that headlines have for it: those of one meaning a line.
const DEEDS: &str = include_str!("data/deeds.txt");
/// Things and people that headlines have several words for: those of one meaning a line.
const THINGS: &str = include_str!("data/things.txt");
/// Countries with their people and their capitals (which mean their governments), one line each. They are names even in
/// headlines with capitals everywhere.
const PLACES: &str = include_str!("data/places.txt");
/// Deeds that undo each other, a line each: some, a bar, their opposites.
const OPPOSITE: &str = include_str!("data/opposite.txt");

/// The languages of which more is known than how their words are written, with the endings that their words take.
const FILES: [(&str, &str, Option<Algorithm>); 13] = [
    ("en", include_str!("data/words/en.txt"), None),
    ("de", include_str!("data/words/de.txt"), Some(Algorithm::German)),
    ("fr", include_str!("data/words/fr.txt"), Some(Algorithm::French)),
    ("es", include_str!("data/words/es.txt"), Some(Algorithm::Spanish)),
    ("ru", include_str!("data/words/ru.txt"), Some(Algorithm::Russian)),
    ("ar", include_str!("data/words/ar.txt"), Some(Algorithm::Arabic)),
    ("it", include_str!("data/words/it.txt"), Some(Algorithm::Italian)),
    ("pt", include_str!("data/words/pt.txt"), Some(Algorithm::Portuguese)),
    ("nl", include_str!("data/words/nl.txt"), Some(Algorithm::Dutch)),
    ("tr", include_str!("data/words/tr.txt"), Some(Algorithm::Turkish)),
    ("he", include_str!("data/words/he.txt"), None),
    ("pl", include_str!("data/words/pl.txt"), None),
    ("uk", include_str!("data/words/uk.txt"), None),
];

/// The words of a language.
pub(super) struct Vocabulary {
    /// ISO 639-1.
    pub(super) code: &'static str,
    stemmer: Option<Stemmer>,
    /// What makes the keys of its common words its own.
    salt: Key,
    /// Words that say nothing.
    grammar: HashSet<String>,
    /// The key of a word's meaning by that of the word.
    same_as: HashMap<Key, Key>,
    /// Numbers and dates.
    special: HashMap<String, Word>,
    /// Months and days that are also other words: they count only next to a number.
    doubtful: HashMap<String, Word>,
    /// Words by the share of the news that holds them; of languages but English.
    pub(super) common: HashMap<Key, f64>,
    /// Words that lead from the news to its background.
    asides: HashSet<String>,
    /// Words before the actor of a passive verb.
    by: HashSet<String>,
    /// Words before the name of a place.
    wheres: HashSet<String>,
    asks: HashSet<String>,
    gathers: HashSet<String>,
    rolling: Vec<&'static str>,
    marks: HashSet<&'static str>,
}

static ALL: LazyLock<Vec<Vocabulary>> = LazyLock::new(|| {
    let read = |(code, file, algorithm): &(&'static str, &'static str, Option<Algorithm>)| {
        Vocabulary::read(code, file, algorithm.as_ref().map(|algorithm| Stemmer::create(*algorithm)))
    };
    FILES.iter().map(read).collect()
});

static REACTIONS: LazyLock<HashSet<Key>> = LazyLock::new(|| {
    let words = |n: usize| {
        let of = sections(FILES[n].1).filter(|(name, _)| *name == "reactions");
        of.flat_map(|(_, lines)| lines).flat_map(str::split_whitespace)
    };
    let keys = ALL.iter().enumerate().flat_map(|(n, own)| words(n).map(|word| own.key(&spelling(word))));
    // A word that also describes the news itself (Italian `attacca`) does not separate them.
    keys.filter(|key| !is_deed(*key)).collect()
});

static DEED_KEYS: LazyLock<HashSet<Key>> = LazyLock::new(|| heads(DEEDS));
static PLACE_KEYS: LazyLock<HashSet<Key>> = LazyLock::new(|| heads(PLACES));

fn heads(table: &str) -> HashSet<Key> {
    table.lines().filter_map(|line| line.split(' ').next()).map(|word| english().key(word)).collect()
}

static OPPOSITES: LazyLock<HashSet<(Key, Key)>> = LazyLock::new(|| {
    let mut opposites = HashSet::new();
    let key = |word| english().key(word);
    for line in OPPOSITE.lines() {
        let (some, others) = line.split_once(" | ").expect("each line of the table has a bar");
        for one in some.split(' ').map(key) {
            opposites.extend(others.split(' ').map(key).flat_map(|other| [(one, other), (other, one)]));
        }
    }
    opposites
});

/// All languages, English first.
pub(super) fn all() -> &'static [Vocabulary] {
    &ALL
}

/// The words of English, also used for unknown languages.
pub(super) fn english() -> &'static Vocabulary {
    &ALL[0]
}

/// Whether a word tells what happened.
pub(super) fn is_deed(word: Key) -> bool {
    DEED_KEYS.contains(&word)
}

/// Whether a word means a country.
pub(super) fn is_place(word: Key) -> bool {
    PLACE_KEYS.contains(&word)
}

/// Whether a word indicates a reaction to the news.
pub(super) fn is_reaction(word: Key) -> bool {
    REACTIONS.contains(&word)
}

/// Whether two words are deeds that undo each other.
pub(super) fn are_opposite(one: Key, other: Key) -> bool {
    OPPOSITES.contains(&(one, other))
}

/// Whether a headline belongs to a rolling piece: the text below it is a different piece each day, or each hour.
pub(super) fn is_rolling(title: &str) -> bool {
    let title = title.to_lowercase();
    ALL.iter().flat_map(|own| &own.rolling).any(|mark| title.contains(mark))
}

/// Whether it is a prefix that news agencies put before a headline when they send a piece again.
pub(super) fn is_wire_mark(folded: &str) -> bool {
    ALL.iter().any(|own| own.marks.contains(folded))
}

/// The vocabulary of a text: that of which it has most words that say nothing, else the one that the feed states.
pub(super) fn of(text: &str, stated: Option<&str>) -> &'static Vocabulary {
    /// Words that are looked at.
    const WORDS_MOST: usize = 60;
    let mut tokens = Tokens::default();
    tokens.read(text, WORDS_MOST);
    let words = tokens.tokens.iter().map(|token| spelling(&text[token.start as usize..token.end as usize]));
    let words: Vec<String> = words.collect();
    let is_stated = |own: &Vocabulary| stated.is_some_and(|lang| lang.get(..2) == Some(own.code));
    let best = ALL.iter().enumerate().map(|(at, own)| {
        let known = words.iter().filter(|word| own.grammar.contains(*word)).count();
        (known, is_stated(own), ALL.len() - at, own)
    });
    best.max_by_key(|(known, stated, order, _)| (*known, *stated, *order)).map_or_else(english, |(.., own)| own)
}

impl Vocabulary {
    fn read(code: &'static str, file: &'static str, stemmer: Option<Stemmer>) -> Vocabulary {
        let mut own = Vocabulary {
            code,
            stemmer,
            salt: key(code),
            grammar: HashSet::new(),
            same_as: HashMap::new(),
            special: HashMap::new(),
            doubtful: HashMap::new(),
            common: HashMap::new(),
            asides: HashSet::new(),
            by: HashSet::new(),
            wheres: HashSet::new(),
            asks: HashSet::new(),
            gathers: HashSet::new(),
            rolling: Vec::new(),
            marks: HashSet::new(),
        };
        if code == "en" {
            for line in [PLACES, DEEDS, THINGS].iter().flat_map(|table| table.lines()) {
                let head = line.split(' ').next().unwrap_or_default();
                own.unite(head, line);
            }
        }
        for (section, lines) in sections(file) {
            let words = lines.iter().flat_map(|line| line.split_whitespace()).map(spelling);
            let headed = lines.iter().filter_map(|line| line.split_once(':'));
            match section {
                "grammar" => own.grammar.extend(words),
                "asides" => own.asides.extend(words),
                "by" => own.by.extend(words),
                "where" => own.wheres.extend(words),
                "asks" => own.asks.extend(words),
                "gathers" => own.gathers.extend(words),
                "rolling" => own.rolling.extend(lines),
                "wire marks" => own.marks.extend(lines),
                "deeds" | "things" | "places" => headed.for_each(|(head, words)| own.unite(head, words)),
                "dates" | "doubtful dates" | "numbers" => {
                    for (head, words) in headed {
                        let meant = key(&spelling(head));
                        let meant = if section == "numbers" { Word::Number(meant) } else { Word::Date(meant) };
                        let table = if section.starts_with('d') && section != "dates" {
                            &mut own.doubtful
                        } else {
                            &mut own.special
                        };
                        table.extend(words.split_whitespace().map(|word| (spelling(word), meant)));
                    }
                }
                "common" => {
                    for (class, words) in headed {
                        let share = 0.5_f64.powi(class.trim().parse().expect("classes are numbers"));
                        let keys: Vec<Key> =
                            words.split_whitespace().map(|word| own.key_of_common(&spelling(word))).collect();
                        for key in keys {
                            let known = own.common.entry(key).or_insert(share);
                            *known = known.max(share);
                        }
                    }
                }
                _ => {}
            }
        }
        own
    }

    /// Gives words the key of the English head of their line.
    fn unite(&mut self, head: &str, words: &str) {
        let head = key(stem(head));
        for word in words.split_whitespace() {
            let own = self.own_key(&spelling(word));
            self.same_as.entry(own).or_insert(head);
        }
    }

    /// The key of a folded word as it is written, less its endings.
    fn own_key(&self, folded: &str) -> Key {
        match &self.stemmer {
            Some(stemmer) => key(&stemmer.stem(folded)),
            None => key(stem(folded)),
        }
    }

    /// The key of a folded word: that of its meaning, if one is known. A common word of the language has a key of its
    /// own there: it may be a rare one of another (Spanish `once`), while names are the same in all.
    pub(super) fn key(&self, folded: &str) -> Key {
        let own = self.own_key(folded);
        if let Some(same) = self.same_as.get(&own) {
            return *same;
        }
        let of_common = own ^ self.salt;
        if self.common.contains_key(&of_common) { of_common } else { own }
    }

    fn key_of_common(&self, folded: &str) -> Key {
        let own = self.own_key(folded);
        self.same_as.get(&own).copied().unwrap_or(own ^ self.salt)
    }

    /// Whether a folded word says nothing. Of English words their share of the news tells (see `rarity`).
    pub(super) fn is_grammar(&self, folded: &str) -> bool {
        self.code != "en" && self.grammar.contains(folded)
    }

    /// The number or date that a folded word is; of words that are dates beside numbers only, if it stands beside one.
    pub(super) fn special(&self, folded: &str, beside_number: bool) -> Option<Word> {
        let doubtful = || self.doubtful.get(folded).filter(|_| beside_number);
        self.special.get(folded).or_else(doubtful).copied()
    }

    pub(super) fn is_aside(&self, folded: &str) -> bool {
        self.asides.contains(folded)
    }

    pub(super) fn is_by(&self, folded: &str) -> bool {
        self.by.contains(folded)
    }

    pub(super) fn is_where(&self, folded: &str) -> bool {
        self.wheres.contains(folded)
    }

    /// Whether a headline, or what follows a colon in it, asks or explains if it begins with this word.
    pub(super) fn asks(&self, folded: &str) -> bool {
        self.asks.contains(folded)
    }

    /// Whether a headline with this word collects explanations of the news, or reactions to it.
    pub(super) fn gathers(&self, folded: &str) -> bool {
        self.gathers.contains(folded)
    }
}

/// The sections of a file: a name in brackets, and the lines below it.
fn sections(file: &'static str) -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    file.split("\n[").filter_map(|section| {
        let (name, lines) = section.trim_start_matches('[').split_once(']')?;
        Some((name, lines.lines().filter(|line| !line.is_empty()).collect()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_code(code: &str) -> &'static Vocabulary {
        ALL.iter().find(|own| own.code == code).expect("a language of the table")
    }

    #[test]
    fn words_of_one_meaning_have_one_key_in_all_languages() {
        for (english_words, code, words) in [
            ("qatar close office", "de", "Katar schließt Büro"),
            ("qatar close office", "fr", "Qatar ferme bureau"),
            ("qatar close office", "es", "Catar cierra oficina"),
            ("qatar close office", "ru", "Катар закрыл офис"),
            ("qatar close office", "ar", "قطر تغلق مكتب"),
            ("monday january 5", "de", "Montag Jänner fünf"),
            ("walkout attack kill", "es", "huelga ataca mata"),
        ] {
            for (english_word, word) in english_words.split(' ').zip(words.split(' ')) {
                let key = |own: &Vocabulary, word: &str| {
                    let folded = spelling(word);
                    own.special(&folded, true).map_or_else(|| own.key(&folded), Word::key)
                };
                let wanted = match english_word {
                    "5" => super::key("5"),
                    word => key(english(), word),
                };
                assert_eq!(key(of_code(code), word), wanted, "{code}: {english_word} {word}");
            }
        }
    }

    #[test]
    fn the_language_of_a_text_is_that_of_its_grammar_and_else_the_stated_one() {
        for (text, stated, code) in [
            ("Katar schließt das Büro der Hamas in Doha", Some("en"), "de"),
            ("Le Qatar ferme le bureau du Hamas", None, "fr"),
            ("Катар закроет офис ХАМАС в Дохе", None, "ru"),
            ("Hamas Doha Katar", Some("de-AT"), "de"),
            ("Hamas Doha", None, "en"),
            ("Hamas Doha", Some("x"), "en"),
            ("", Some("日本"), "en"),
        ] {
            assert_eq!(of(text, stated).code, code, "{text} {stated:?}");
        }
    }

    /// What a file says under a name that nobody reads, or beside a head that English does not have, would be lost in
    /// silence.
    #[test]
    fn every_line_of_the_files_is_read() {
        const NAMES: [&str; 15] = [
            "grammar",
            "common",
            "deeds",
            "things",
            "places",
            "dates",
            "doubtful dates",
            "numbers",
            "reactions",
            "asides",
            "by",
            "where",
            "asks",
            "gathers",
            "rolling",
        ];
        for (code, file, _) in FILES {
            for (name, lines) in sections(file) {
                assert!(NAMES.contains(&name) || name == "wire marks", "{code}: [{name}]");
                let table = match name {
                    "deeds" => DEEDS,
                    "things" => THINGS,
                    "places" => PLACES,
                    _ => continue,
                };
                let heads: HashSet<&str> = table.lines().filter_map(|line| line.split(' ').next()).collect();
                for line in lines {
                    let head = line.split(':').next().unwrap_or_default();
                    assert!(line.contains(':') && heads.contains(head), "{code} [{name}]: {line}");
                }
            }
        }
    }
}
