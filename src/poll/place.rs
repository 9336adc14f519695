//! The place of an article among the stories: the story that it belongs to, and those that it perhaps belongs to. Pure.

use super::Rules;
use super::ground::{Holders, may_hold};
use super::outcome::Moment;
use crate::clock::later;
use crate::model::{Article, Feed, KnownArticle, StoryPiece};
use crate::story::{self, Alike, Link, Memory, Piece, Place, Signature};

/// Finds the story of an article among those remembered, or begins one with it, and what in it the article is like. A
/// known article stays in its story.
#[expect(clippy::too_many_arguments, reason = "each is a thing of its own")]
pub(super) fn place(
    rules: &Rules,
    memory: &mut Memory,
    holders: &Holders,
    feed: &Feed,
    before: Option<&KnownArticle>,
    article: &Article,
    signature: Signature,
    moment: Moment,
) -> Placed {
    let (words, bytes) = (signature.look_up(), signature.to_bytes());
    // A date in the future is a mistake.
    let at = article.published.unwrap_or(moment.answered_at).min(moment.now);
    let number = before.map(|before| before.id).unwrap_or_default();
    let piece = Piece { feed: feed.id, article: number, at, signature };
    // Pieces of a feed with `holds_others = false` are not compared with articles of other feeds, and an article is not
    // compared with its own earlier text.
    let counts = |other: &Piece| {
        let is_itself = before.is_some() && other.article == number;
        !is_itself && (other.feed == feed.id || may_hold(holders, other.feed, other.at, moment.now))
    };
    let own = || story::id(feed.source.url.as_str(), &article.key);
    let (found, alike) = match before.and_then(|before| before.story.clone()) {
        Some(story) => {
            (Some(Place { links: memory.links(&story, &piece, counts), story, absorbs: Vec::new() }), Vec::new())
        }
        None => memory.find(&piece, counts),
    };
    let Place { story, absorbs, links } =
        found.unwrap_or_else(|| Place { story: own(), absorbs: Vec::new(), links: Vec::new() });
    absorbs.iter().for_each(|other| memory.absorb(other, &story));
    let repeats = before.is_some_and(|before| !before.lost.is_empty()) && memory.repeats(&story, &piece);
    memory.add(&story, piece);
    let until = later(moment.now, rules.alerts.story_window.unwrap_or_default());
    let piece = StoryPiece {
        absorbs,
        story,
        feed: feed.id,
        article: number,
        at,
        until,
        words,
        signature: bytes,
        publisher: None,
        origin: None,
        renames: None,
    };
    Placed { piece, links, alike, repeats }
}

/// The place of an article among the stories.
pub(super) struct Placed {
    /// Its piece of the story.
    pub(super) piece: StoryPiece,
    /// What in its story it is like.
    pub(super) links: Vec<Link>,
    /// Other stories that it is perhaps of.
    pub(super) alike: Vec<Alike>,
    /// Whether it still says what it said when it joined its story.
    pub(super) repeats: bool,
}
