//! How much a word says: the rarer, the more. A table says how rare it is in the language, and the store counts how
//! rare it is among the present stories: "Gaza" is a rare word, but not for a desk that watches Gaza.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::vocabulary::{all, english};
use super::words::Key;

/// Words by how many pieces of news hold them in headline or lead: n, a tab, words of which about one piece in 2^n
/// holds each. English counted over 20,775 articles of a wire and a broadcaster; of other languages the words of
/// grammar only.
const COMMON: &str = include_str!("data/common.tsv");
/// Names that are always in the news of these years, in the same shape, by estimate: the articles that were counted are
/// older.
const NAMES: &str = include_str!("data/names.tsv");

/// A word that is not in the table occurs in about one piece of news in this many.
const UNKNOWN_IN: f64 = 1_000.0;

/// How many stories the table weighs against those that were counted in the window: as many as the articles that it was
/// made from. With fewer a word would say much when it first comes and little after some pieces, and it would matter
/// which is first.
const TABLE_STORIES: f64 = 20_000.0;

/// Words in more than this share of all news say nothing and are left out.
const GRAMMAR_SHARE: f64 = 0.2;

static SHARES: LazyLock<HashMap<Key, f64>> = LazyLock::new(|| {
    let mut shares: HashMap<Key, f64> = HashMap::new();
    for line in COMMON.lines().chain(NAMES.lines()) {
        let (class, words) = line.split_once('\t').expect("the table has a tab a line");
        let share = 0.5_f64.powi(class.parse().expect("the table's classes are numbers"));
        for word in words.split(' ') {
            // Several forms of a word share a key: that of the commonest is near enough.
            let known = shares.entry(english().key(word)).or_default();
            *known = known.max(share);
        }
    }
    // A word with the same spelling in another language is as common as in English, if that is known.
    for (word, share) in all().iter().flat_map(|own| &own.common) {
        shares.entry(*word).or_insert(*share);
    }
    shares
});

static NAME_KEYS: LazyLock<HashSet<Key>> = LazyLock::new(|| {
    let names = NAMES.lines().filter_map(|line| line.split_once('\t')).flat_map(|(_, names)| names.split(' '));
    names.map(|name| english().key(name)).collect()
});

fn share(word: Key) -> f64 {
    SHARES.get(&word).copied().unwrap_or(1.0 / UNKNOWN_IN)
}

/// Whether a word is grammar and says nothing.
pub(super) fn is_grammar(word: Key) -> bool {
    share(word) > GRAMMAR_SHARE
}

/// Whether a word that begins with a capital is a name, by the tables: most words that they do not know are names.
pub(super) fn may_be_name(word: Key) -> bool {
    NAME_KEYS.contains(&word) || !SHARES.contains_key(&word)
}

/// Whether a word is a name that is always in the news.
pub(super) fn is_known_name(word: Key) -> bool {
    NAME_KEYS.contains(&word)
}

/// The rarest words by the table alone, the rarest first. The result never changes, so pieces are found under the words
/// that they were stored under.
pub(super) fn rarest(words: &[Key], most: usize) -> Vec<Key> {
    let mut rarest = words.to_vec();
    rarest.sort_by(|a, b| share(*a).total_cmp(&share(*b)).then(a.cmp(b)));
    rarest.truncate(most);
    rarest
}

/// How many of the remembered stories contain a word.
#[derive(Clone, Debug, Default)]
pub(super) struct Background {
    /// How many stories are remembered.
    pub(super) stories: u32,
    /// How many of them contain a word; words that are not listed occur in none.
    pub(super) stories_with: HashMap<u32, u32>,
}

impl Background {
    /// How much the occurrence of a word says, in nats: the logarithm of its rarity.
    ///
    /// However many stories are remembered, they weigh no more than the table. Otherwise a feed that floods the store
    /// with its own stories would make all other words rare, and the news of others similar.
    pub(super) fn weight(&self, word: Key) -> f64 {
        let seen = f64::from(self.stories_with.get(&word).copied().unwrap_or_default());
        let stories = f64::from(self.stories).max(seen);
        let scale = (TABLE_STORIES / stories.max(1.0)).min(1.0);
        let (seen, stories) = (seen * scale, stories * scale);
        ((stories + TABLE_STORIES) / (seen.max(1.0) + TABLE_STORIES * share(word))).ln()
    }
}
