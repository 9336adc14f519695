//! How well stories are told apart: which pairs of pieces were joined, against the pairs that should have been.

use std::collections::HashMap;

use feedwatch::clock::Timestamp;
use feedwatch::hash::hash64;
use feedwatch::model::StoryPiece;

use super::corpus::{FEEDS, Labelled, start};
use super::desk::Desk;

/// Pairs of pieces.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Score {
    /// One story by their labels, and joined.
    pub(crate) right: u64,
    /// Joined, but two stories by their labels.
    pub(crate) wrong: u64,
    /// One story by their labels, and not joined.
    pub(crate) missed: u64,
}

impl Score {
    pub(crate) fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong).max(1) as f64
    }

    pub(crate) fn recall(&self) -> f64 {
        self.right as f64 / (self.right + self.missed).max(1) as f64
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Score { right, wrong, missed } = self;
        let (precision, recall) = (self.precision(), self.recall());
        write!(
            f,
            "precision {precision:.3} recall {recall:.3} ({right} pairs joined, {wrong} wrongly, {missed} missed)"
        )
    }
}

/// The story of each piece when they come one by one in this order.
pub(crate) fn stories(pieces: &[Labelled]) -> Vec<String> {
    found(pieces).0
}

/// The story of each piece when they come one by one in this order, and the piece that each is told under as perhaps the same.
pub(crate) fn found(pieces: &[Labelled]) -> (Vec<String>, Vec<Option<usize>>) {
    let feeds = pieces.iter().map(|piece| piece.feed + 1).max().unwrap_or(FEEDS);
    let mut desk = Desk::new(feeds, start());
    let published = |piece: &Labelled| piece.article.published.unwrap();
    // All are there already: order and time of arrival say nothing of what was published when.
    let now: Timestamp = pieces.iter().map(published).max().unwrap();
    let documents = pieces.iter().map(|piece| (piece.feed, vec![piece.article.clone()])).collect();
    let changes = desk.read_all(documents, now);
    let (mut stories, mut related): (Vec<String>, Vec<Option<usize>>) = (Vec::new(), Vec::new());
    let mut told = HashMap::<String, usize>::new();
    for (n, change) in changes.into_iter().enumerate() {
        let Some(article) = change.articles.into_iter().next() else {
            // The feed gave an article again under a new key: it was recognised before stories were asked for.
            stories.push(format!("not a new article: {n}"));
            related.push(None);
            continue;
        };
        let alert = &article.alerts[0].alert;
        related.push(alert.related_to.as_ref().and_then(|to| told.get(&to.id)).copied());
        told.insert(alert.id.clone(), n);
        let StoryPiece { story, absorbs, .. } = article.piece.unwrap();
        stories.iter_mut().filter(|known| absorbs.contains(known)).for_each(|known| known.clone_from(&story));
        stories.push(story);
    }
    (stories, related)
}

/// How many of the pairs that were missed are told under one another's stories.
pub(crate) fn told_under(
    pieces: &[Labelled],
    (stories, related): &(Vec<String>, Vec<Option<usize>>),
    counts: impl Fn(&str) -> bool,
) -> u64 {
    let is_under = |one: usize, other: usize| related[one].is_some_and(|to| stories[to] == stories[other]);
    let pairs = (0..pieces.len()).flat_map(|at| (0..at).map(move |other| (at, other)));
    let found = pairs.filter(|(at, other)| {
        pieces[*at].label == pieces[*other].label
            && counts(&pieces[*at].label)
            && stories[*at] != stories[*other]
            && (is_under(*at, *other) || is_under(*other, *at))
    });
    found.count() as u64
}

/// The same pieces in an order that a seed gives.
pub(crate) fn shuffled(pieces: &[Labelled], seed: u64) -> Vec<Labelled> {
    let mut pieces = pieces.to_vec();
    pieces.sort_by_key(|piece| hash64(&[&seed.to_le_bytes(), piece.article.key.as_bytes()]));
    pieces
}

/// Counts pairs. Those whose labels pass `counts` are counted, and pairs of one such piece with any other.
pub(crate) fn score(pieces: &[Labelled], stories: &[String], counts: impl Fn(&str) -> bool) -> Score {
    let mut score = Score::default();
    for (at, piece) in pieces.iter().enumerate() {
        for (other, story) in pieces[..at].iter().zip(stories) {
            if !counts(&piece.label) && !counts(&other.label) {
                continue;
            }
            match (piece.label == other.label, stories[at] == *story) {
                (true, true) => score.right += 1,
                (false, true) => score.wrong += 1,
                (true, false) => score.missed += 1,
                (false, false) => {}
            }
        }
    }
    score
}

/// The pairs that were joined wrongly (`true`) or missed, by their headlines.
pub(crate) fn mistakes<'a>(pieces: &'a [Labelled], stories: &[String]) -> Vec<(bool, &'a str, &'a str)> {
    let mut mistakes = HashMap::new();
    for (at, piece) in pieces.iter().enumerate() {
        for (other, story) in pieces[..at].iter().zip(stories) {
            if (piece.label == other.label) != (stories[at] == *story) {
                let pair = (piece.article.title.as_str(), other.article.title.as_str());
                mistakes.insert(pair, stories[at] == *story);
            }
        }
    }
    let mut mistakes: Vec<_> = mistakes.into_iter().map(|((a, b), wrong)| (wrong, a, b)).collect();
    mistakes.sort_unstable();
    mistakes
}
