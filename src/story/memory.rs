//! What is remembered of stories while one document is decided upon: what the store recalled, and what the document itself
//! has brought so far.

use std::collections::HashMap;

use super::likeness::{self, Piece};
use super::rarity::Background;
use super::signature::Signature;
use crate::model::{Remembered, StoryPiece};

/// Pieces compared with an article at the most, those that share most first: a document of a thousand articles on one
/// subject must not cost a million comparisons.
const COMPARED_MOST: usize = 64;

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

    /// The story that a piece belongs to, if to any: the one it is most alike. Of stories equally alike it is the one with
    /// the smaller id, so that it does not matter in which order they came.
    pub fn find(&self, piece: &Piece) -> Option<&str> {
        let mut shared = HashMap::<usize, f64>::new();
        for word in piece.signature.look_up() {
            for at in self.with.get(&word).into_iter().flatten() {
                *shared.entry(*at).or_default() += self.background.weight(word);
            }
        }
        let mut nearest: Vec<(usize, f64)> = shared.into_iter().collect();
        nearest.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let alike = nearest.into_iter().take(COMPARED_MOST).filter_map(|(at, _)| {
            let (story, other) = &self.pieces[at];
            Some((likeness::same(piece, other, &self.background)?, story.as_str()))
        });
        alike.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1))).map(|(_, story)| story)
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
