//! What is remembered of stories while one document is decided upon: what the store recalled, and what the document itself
//! has brought so far.

use std::collections::{BTreeMap, HashMap};

use super::likeness::{self, Piece, Verdict};
use super::rarity::Background;
use super::signature::Signature;
use crate::model::{Remembered, StoryPiece};

/// Pieces compared with an article at the most, those that share most first: a document of a thousand articles on one
/// subject must not cost a million comparisons.
const COMPARED_MOST: usize = 64;

/// More evidence than this makes one story no likelier than another,
const ENOUGH_NATS: f64 = 8.0;
/// but its size does, by the logarithm of the pieces compared.
const SIZE_NATS: f64 = 2.0;
/// What is like one piece in so many of a story is of it. In a small story one is enough, and then it does not matter which
/// piece came first; a large one would drift from turn to turn of a matter if the last piece alone could tell.
const LINKED_IN: usize = 4;

/// Where a piece belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its story.
    pub story: String,
    /// Stories that came apart from it and turn out to be the same one.
    pub absorbs: Vec<String>,
}

/// Stories and the words they are found by.
#[derive(Debug, Default)]
pub struct Memory {
    pieces: Vec<(String, Piece)>,
    /// The pieces that a word stands in.
    with: HashMap<u32, Vec<usize>>,
    background: Background,
}

impl Memory {
    /// What the store recalled. Pieces that another version remembered are left out.
    pub fn new(recalled: &Remembered) -> Memory {
        let background = Background { stories: recalled.stories, stories_with: recalled.stories_with.clone() };
        let mut memory = Memory { background, ..Memory::default() };
        for piece in &recalled.pieces {
            if let Some(signature) = Signature::from_bytes(&piece.signature) {
                let StoryPiece { story, feed, at, words, .. } = piece;
                memory.insert(story.clone(), words, Piece { feed: *feed, at: *at, signature });
            }
        }
        memory
    }

    /// Where a piece belongs: the story that most speaks for, where much is enough and then the larger one counts. Of stories
    /// for which as much speaks it is the one with the smaller id, so that it does not matter in which order they were recalled.
    pub fn find(&self, piece: &Piece) -> Option<Place> {
        let mut verdicts = BTreeMap::<&str, Vec<(usize, Verdict)>>::new();
        for at in self.nearest(piece) {
            let (story, other) = &self.pieces[at];
            verdicts.entry(story).or_default().push((at, likeness::compare(piece, other, &self.background)));
        }
        let found = verdicts.iter().filter_map(|(story, verdicts)| {
            let sure = joined(verdicts)?;
            Some((sure.min(ENOUGH_NATS) + SIZE_NATS * (verdicts.len() as f64).ln(), *story))
        });
        let mut found: Vec<(f64, &str)> = found.collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        let (_, story) = *found.first()?;
        let absorbs = found[1..].iter().filter(|(_, other)| self.is_one(&verdicts[story], &verdicts[other]));
        Some(Place { story: story.to_owned(), absorbs: absorbs.map(|(_, other)| (*other).to_owned()).collect() })
    }

    /// Whether two stories to both of which a piece belongs are one that came apart, because what joins them came later.
    fn is_one(&self, one: &[(usize, Verdict)], other: &[(usize, Verdict)]) -> bool {
        let between = one.iter().flat_map(|(a, _)| {
            other.iter().map(|(b, _)| likeness::compare(&self.pieces[*a].1, &self.pieces[*b].1, &self.background))
        });
        let verdicts: Vec<Verdict> = between.chain(other.iter().map(|(_, verdict)| *verdict)).collect();
        is_linked(&verdicts)
    }

    /// Makes one story of two.
    pub fn absorb(&mut self, story: &str, into: &str) {
        self.pieces.iter_mut().filter(|(name, _)| name == story).for_each(|(name, _)| into.clone_into(name));
    }

    /// The pieces that share most and rarest words with this one.
    fn nearest(&self, piece: &Piece) -> Vec<usize> {
        let mut shared = HashMap::<usize, f64>::new();
        for word in piece.signature.look_up() {
            for at in self.with.get(&word).into_iter().flatten() {
                *shared.entry(*at).or_default() += self.background.weight(word);
            }
        }
        let mut nearest: Vec<(usize, f64)> = shared.into_iter().collect();
        nearest.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        nearest.into_iter().take(COMPARED_MOST).map(|(at, _)| at).collect()
    }

    /// Remembers one more piece.
    pub fn add(&mut self, story: &str, piece: Piece) {
        let words = piece.signature.look_up();
        if !self.pieces.iter().any(|(known, _)| known == story) {
            self.background.stories += 1;
            for word in &words {
                *self.background.stories_with.entry(*word).or_default() += 1;
            }
        }
        self.insert(story.to_owned(), &words, piece);
    }

    fn insert(&mut self, story: String, words: &[u32], piece: Piece) {
        for word in words {
            self.with.entry(*word).or_default().push(self.pieces.len());
        }
        self.pieces.push((story, piece));
    }
}

/// How much speaks for a piece to be of a story, by what it is to the story's pieces; none if it is other news.
fn joined(verdicts: &[(usize, Verdict)]) -> Option<f64> {
    let verdicts: Vec<Verdict> = verdicts.iter().map(|(_, verdict)| *verdict).collect();
    let evidence = verdicts.iter().map(|verdict| match verdict {
        Verdict::Copy => f64::INFINITY,
        Verdict::Evidence(nats) => *nats,
        Verdict::Series => f64::NEG_INFINITY,
    });
    let most = evidence.fold(f64::NEG_INFINITY, f64::max);
    (most == f64::INFINITY || is_linked(&verdicts)).then_some(most)
}

/// Whether enough of what was compared tells the same news, and nothing is the next part of a series.
fn is_linked(verdicts: &[Verdict]) -> bool {
    let is_link = |verdict: &&Verdict| match verdict {
        Verdict::Copy => true,
        Verdict::Evidence(nats) => *nats >= 0.0,
        Verdict::Series => false,
    };
    let links = verdicts.iter().filter(is_link).count();
    links > 0 && links * LINKED_IN >= verdicts.len() && !verdicts.contains(&Verdict::Series)
}
