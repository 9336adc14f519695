//! The stories known while one document is decided: those that the store recalled, and those of the document itself so
//! far.

use std::collections::{BTreeMap, HashMap};

use super::likeness::{self, Piece, Verdict};
use super::rarity::Background;
use super::signature::Signature;
use crate::clock::Timestamp;
use crate::model::{ArticleId, FeedId, Remembered, StoryPiece};

/// The most pieces compared with one article, those that share most first: a document of a thousand articles on one
/// subject must not cost a million comparisons.
const COMPARED_MOST: usize = 64;
/// How many pieces with one word are considered, as in the store (`store/stories.rs`): of more pieces, the newest ...
const PIECES_OF_WORD_MOST: usize = 256;
/// ... and how many for all words of an article, the rarest words first. So the cost of a document whose articles share
/// all their words is linear in their number, not quadratic.
const LOOKED_AT_MOST: usize = 1_500;
/// How many stories one document can merge: each merge writes all pieces of a story.
const ABSORBED_MOST: usize = 64;

/// More evidence than this makes one story no likelier than another,
const ENOUGH_NATS: f64 = 8.0;
/// but its size does, by the logarithm of the pieces compared.
const SIZE_NATS: f64 = 2.0;
/// The limit where "perhaps" is not enough.
const NEVER: f64 = f64::INFINITY;
/// A piece belongs to a story if it is like one in this many of its pieces. In a small story one is enough, so that the
/// order of arrival does not matter. A large story would drift from one event to the next if its last piece alone could
/// decide.
const LINKED_IN: usize = 4;

/// Where a piece belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its story.
    pub story: String,
    /// Stories that began separately and turn out to be the same one.
    pub absorbs: Vec<String>,
    /// The similar pieces of these stories, which may hold it if they say the same.
    pub links: Vec<Link>,
}

/// A story that a piece is perhaps of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike {
    /// The story.
    pub story: String,
    /// Its pieces that the new one is like.
    pub links: Vec<Link>,
}

/// A piece that a new one is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The feed it came from.
    pub feed: FeedId,
    /// Its article's number; none yet if the document itself brought it.
    pub article: ArticleId,
    /// When it was published, or first seen.
    pub at: Timestamp,
    /// Whether a person who has read it has read the new one.
    pub says_same: bool,
    /// Whether it is the same news for sure, and not only perhaps.
    pub is_sure: bool,
}

/// Stories and the words they are found by.
#[derive(Debug, Default)]
pub struct Memory {
    pieces: Vec<(String, Piece)>,
    /// The pieces that contain a word.
    with: HashMap<u32, Vec<usize>>,
    /// The pieces of a story.
    of: HashMap<String, Vec<usize>>,
    background: Background,
    /// Stories that were made one with others so far.
    absorbed: usize,
}

impl Memory {
    /// The stories that the store recalled. Signatures of another version are left out.
    pub fn new(recalled: &Remembered) -> Memory {
        let background = Background { stories: recalled.stories, stories_with: recalled.stories_with.clone() };
        let mut memory = Memory { background, ..Memory::default() };
        for piece in &recalled.pieces {
            if let Some(signature) = Signature::from_bytes(&piece.signature) {
                let StoryPiece { story, feed, article, at, words, .. } = piece;
                memory.insert(story.clone(), words, Piece { feed: *feed, article: *article, at: *at, signature });
            }
        }
        memory
    }

    /// The story of a piece: the one with the highest score, which is the strongest evidence (up to a limit) plus a
    /// term for its size. If scores are equal it is the story with the smaller id, so that the order of recall does not
    /// matter. And the stories that it perhaps belongs to, the likeliest first.
    ///
    /// Only pieces that `counts` accepts are compared.
    pub fn find(&self, piece: &Piece, counts: impl Fn(&Piece) -> bool) -> (Option<Place>, Vec<Alike>) {
        let mut verdicts = BTreeMap::<&str, Vec<(usize, Verdict)>>::new();
        for at in self.nearest(piece).into_iter().filter(|at| counts(&self.pieces[*at].1)) {
            let (story, other) = &self.pieces[at];
            verdicts.entry(story).or_default().push((at, self.compare(piece, other)));
        }
        let place = self.place(piece, &verdicts);
        let limit = likeness::limit(verdicts.len());
        let is_own = |story: &str| place.as_ref().is_some_and(|place| place.story == story);
        let others = verdicts.iter().filter(|(story, _)| !is_own(story)).filter_map(|(story, verdicts)| {
            let much = joined(verdicts, limit)?;
            let links = verdicts.iter().filter_map(|(at, verdict)| self.link(piece, *at, *verdict, limit));
            Some((much, Alike { story: (*story).to_owned(), links: links.collect() }))
        });
        let mut others: Vec<(f64, Alike)> = others.collect();
        others.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.story.cmp(&b.1.story)));
        (place, others.into_iter().map(|(_, alike)| alike).collect())
    }

    fn place(&self, piece: &Piece, verdicts: &BTreeMap<&str, Vec<(usize, Verdict)>>) -> Option<Place> {
        let found = verdicts.iter().filter_map(|(story, verdicts)| {
            let nats = joined(verdicts, NEVER)?;
            Some((nats.min(ENOUGH_NATS) + SIZE_NATS * (verdicts.len() as f64).ln(), *story))
        });
        let mut found: Vec<(f64, &str)> = found.collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        let (_, story) = *found.first()?;
        let absorbs = found[1..].iter().filter(|(_, other)| self.is_one(&verdicts[story], &verdicts[other]));
        // A bag of words merges no stories.
        let left = if piece.signature.bag { 0 } else { ABSORBED_MOST.saturating_sub(self.absorbed) };
        let absorbs: Vec<String> = absorbs.take(left).map(|(_, other)| (*other).to_owned()).collect();
        let of = absorbs.iter().map(String::as_str).chain([story]).flat_map(|story| &verdicts[story]);
        let links = of.filter_map(|(at, verdict)| self.link(piece, *at, *verdict, NEVER)).collect();
        Some(Place { story: story.to_owned(), absorbs, links })
    }

    /// The pieces of a story that a piece is like and that may hold it, if `counts` accepts them.
    pub fn links(&self, story: &str, piece: &Piece, counts: impl Fn(&Piece) -> bool) -> Vec<Link> {
        let of = |at: &usize| self.pieces[*at].0 == story && counts(&self.pieces[*at].1);
        let near = self.nearest(piece).into_iter().filter(of);
        let link = |at: usize| self.link(piece, at, self.compare(piece, &self.pieces[at].1), NEVER);
        near.filter_map(link).collect()
    }

    /// Whether an article that its story knows still reports the same, perhaps in an edited text.
    pub fn repeats(&self, story: &str, piece: &Piece) -> bool {
        let of = self.of.get(story).map_or(&[][..], Vec::as_slice);
        let earlier = of.iter().map(|at| &self.pieces[*at].1).find(|other| other.article == piece.article);
        earlier.is_some_and(|earlier| likeness::is_edit(earlier, piece))
    }

    fn link(&self, piece: &Piece, at: usize, verdict: Verdict, limit: f64) -> Option<Link> {
        let other = &self.pieces[at].1;
        let is_own = other.feed == piece.feed;
        let holds = is_link(verdict, limit) && (is_own || likeness::may_hold(other, piece, &self.background));
        let says_same = likeness::says_same(other, piece);
        let is_sure = says_same || matches!(verdict, Verdict::Copy | Verdict::Sure(_));
        holds.then_some(Link { feed: other.feed, article: other.article, at: other.at, says_same, is_sure })
    }

    /// Compares a new piece with an earlier one. A bag of words is like nothing but itself.
    fn compare(&self, piece: &Piece, other: &Piece) -> Verdict {
        match likeness::compare(piece, other, &self.background) {
            Verdict::Perhaps(_) | Verdict::Same(_) | Verdict::Sure(_)
                if other.signature.bag && !likeness::may_hold(other, piece, &self.background) =>
            {
                Verdict::Perhaps(f64::NEG_INFINITY)
            }
            verdict => verdict,
        }
    }

    /// Whether two stories to both of which a piece belongs are one that came apart, because what joins them came
    /// later.
    fn is_one(&self, one: &[(usize, Verdict)], other: &[(usize, Verdict)]) -> bool {
        let between = one.iter().flat_map(|(a, _)| {
            other.iter().map(|(b, _)| likeness::compare(&self.pieces[*a].1, &self.pieces[*b].1, &self.background))
        });
        let verdicts: Vec<Verdict> = between.chain(other.iter().map(|(_, verdict)| *verdict)).collect();
        is_linked(&verdicts, NEVER)
    }

    /// Makes one story of two.
    pub fn absorb(&mut self, story: &str, into: &str) {
        let pieces = self.of.remove(story).unwrap_or_default();
        pieces.iter().for_each(|at| into.clone_into(&mut self.pieces[*at].0));
        self.of.entry(into.to_owned()).or_default().extend(pieces);
        self.absorbed += 1;
    }

    /// The pieces that share most and rarest words with this one.
    fn nearest(&self, piece: &Piece) -> Vec<usize> {
        let mut nearest: Vec<(usize, f64)> = self.sharing(piece).into_iter().collect();
        nearest.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        nearest.into_iter().take(COMPARED_MOST).map(|(at, _)| at).collect()
    }

    /// The pieces that share words with this one, with what these words say.
    fn sharing(&self, piece: &Piece) -> HashMap<usize, f64> {
        let mut shared = HashMap::<usize, f64>::new();
        let weighed = |word: u32| Some((self.background.weight(word), word, self.with.get(&word)?));
        let mut rarest: Vec<_> = piece.signature.look_up().into_iter().filter_map(weighed).collect();
        rarest.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut left = LOOKED_AT_MOST;
        for (weight, _, pieces) in rarest {
            let most = left.min(PIECES_OF_WORD_MOST);
            for at in pieces.iter().rev().take(most) {
                *shared.entry(*at).or_default() += weight;
                left -= 1;
            }
        }
        shared
    }

    /// Remembers one more piece.
    pub fn add(&mut self, story: &str, piece: Piece) {
        let words = piece.signature.look_up();
        if !self.of.contains_key(story) {
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
        self.of.entry(story.clone()).or_default().push(self.pieces.len());
        self.pieces.push((story, piece));
    }
}

/// The evidence that a piece belongs to a story, from its comparison with the story's pieces; none if it is other news.
fn joined(verdicts: &[(usize, Verdict)], limit: f64) -> Option<f64> {
    let verdicts: Vec<Verdict> = verdicts.iter().map(|(_, verdict)| *verdict).collect();
    let evidence = verdicts.iter().map(|verdict| match verdict {
        Verdict::Copy => f64::INFINITY,
        Verdict::Perhaps(much) | Verdict::Same(much) | Verdict::Sure(much) => *much,
        Verdict::Series => f64::NEG_INFINITY,
    });
    let most = evidence.fold(f64::NEG_INFINITY, f64::max);
    (most == f64::INFINITY || is_linked(&verdicts, limit)).then_some(most)
}

/// Whether it is the same news, judged by two pieces.
fn is_link(verdict: Verdict, limit: f64) -> bool {
    match verdict {
        Verdict::Copy | Verdict::Same(_) | Verdict::Sure(_) => true,
        Verdict::Perhaps(odds) => odds >= limit,
        Verdict::Series => false,
    }
}

/// Whether enough of the compared pieces report the same news, and none is part of a series.
fn is_linked(verdicts: &[Verdict], limit: f64) -> bool {
    let links = verdicts.iter().filter(|verdict| is_link(**verdict, limit)).count();
    links > 0 && links * LINKED_IN >= verdicts.len() && !verdicts.contains(&Verdict::Series)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Article;

    /// A document of so many articles; how many earlier ones the last of them is looked up among.
    fn looked_at(articles: usize, text: impl Fn(usize) -> String) -> usize {
        let piece = |n: usize| {
            let signature = Signature::of(&Article::of_text(&text(n)));
            Piece { feed: FeedId(1), article: ArticleId(0), at: Timestamp::UNIX_EPOCH, signature }
        };
        let mut memory = Memory::default();
        (0..articles).for_each(|n| memory.add(&n.to_string(), piece(n)));
        memory.sharing(&piece(articles)).len()
    }

    #[test]
    fn what_a_document_brings_is_looked_up_within_bounds_however_much_its_articles_share() {
        let texts: [fn(usize) -> String; 6] = [
            |n| format!("office closure mediation Doha Qatar Hamas bureau Cairo envoy truce q{n}x"),
            |n| format!("Envoy {n} closes office\nz{n} ministers premises padlocked negotiators ambassador convoy"),
            |_| "Qatar to close Hamas office".to_owned(),
            |n| format!("word{} word{} word{} word{} close", n % 7, n % 11, n % 13, n % 17),
            |n| format!("{n}\nGaza ceasefire talks in Cairo resume as mediators press both sides for a truce"),
            |n| format!("关闭办事处 {n} 哈马斯 多哈"),
        ];
        for (n, text) in texts.into_iter().enumerate() {
            let (few, many) = (looked_at(100, text), looked_at(4_000, text));
            assert!(few > 10, "text {n}: {few}");
            assert!(many <= 1_500, "text {n}: {many}");
        }
    }
}
