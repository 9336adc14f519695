//! How common words are: which of them anchor a query best, and which find everything.

use std::sync::LazyLock;

use foldhash::{HashMap, HashSet};

/// Words so common that a query of nothing else finds everything, in several languages.
static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let lines = include_str!("data/common.txt").lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(|line| line.split(' ')).collect()
});

/// English base forms and the logarithm of how often they were counted.
static COUNTED: LazyLock<HashMap<&str, u32>> = LazyLock::new(|| {
    let lines = include_str!("data/en/frequency.tsv").lines().filter(|line| !line.starts_with('#'));
    let rows = lines.filter_map(|line| line.split_once('\t'));
    let counted = |(count, words): (&'static str, &'static str)| {
        let count = count.parse().expect("a row of frequency.tsv begins with a number");
        words.split(' ').map(move |word| (word, count))
    };
    rows.flat_map(counted).collect()
});

/// Whether a folded word is among the most common of its language.
pub(super) fn is_common(folded: &str) -> bool {
    COMMON.contains(folded)
}

/// How often a folded form will be met, by estimate: a number to compare, not a count.
pub(super) fn commonness(folded: &str) -> u64 {
    const COMMON: u64 = 10_000;
    const RARE: u64 = 1;
    if is_common(folded) {
        return COMMON;
    }
    COUNTED.get(folded).map_or(RARE, |log| 1 << log.min(&12))
}
