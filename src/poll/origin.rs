//! Where a text comes from: the agency that it credits or that published it, otherwise the publisher that printed the
//! same text first, otherwise its own publisher. Pure.

use std::collections::HashMap;

use super::publisher::publisher;
use crate::model::{Article, ArticleId, Feed, FeedId, Origin, Outlet, Remembered, StoryPiece, Told};
use crate::story::{Credit, Signature, agency_of, credit, has_text, is_print};

/// How many prints of a story are compared: the first, and this many of the newest, as the store recalls them.
const NEWEST_PRINTS: usize = 23;

/// The publisher and origin of an article, by its own claims.
pub(super) fn outlet(article: &Article, feed: &Feed) -> Outlet {
    let publisher = publisher(article, feed);
    let agency = |agency: &'static str| Origin::Wire(agency.to_owned());
    let origin = match (publisher.as_deref().and_then(agency_of), credit(article)) {
        (Some(own), _) => Some(agency(own)),
        (None, Some(Credit::Wire(credited))) => Some(agency(credited)),
        (None, Some(Credit::Unnamed)) => None,
        (None, None) => publisher.clone().map(Origin::Own),
    };
    Outlet { feed: feed.id, publisher, origin }
}

/// Texts of stories, and where they come from.
#[derive(Debug, Default)]
pub(super) struct Prints {
    of: HashMap<String, Vec<Print>>,
}

#[derive(Debug)]
struct Print {
    feed: FeedId,
    article: ArticleId,
    signature: Vec<u8>,
    origin: Option<Origin>,
}

impl Prints {
    /// What is remembered of them.
    pub(super) fn new(recalled: &Remembered) -> Prints {
        let mut prints = Prints::default();
        recalled.pieces.iter().for_each(|piece| prints.add(piece));
        prints
    }

    fn add(&mut self, piece: &StoryPiece) {
        let StoryPiece { story, feed, article, signature, origin, .. } = piece;
        let print = Print { feed: *feed, article: *article, signature: signature.clone(), origin: origin.clone() };
        let of = self.of.entry(story.clone()).or_default();
        of.push(print);
        if of.len() > 1 + NEWEST_PRINTS {
            of.remove(1);
        }
    }

    /// Notes the publisher and origin of a piece that has just found its story. A text that was printed before keeps
    /// its origin. If only now an agency is credited, this is the origin of all its prints. But each feed can do this
    /// for only one text per story; otherwise it could give all of them one origin.
    pub(super) fn settle(&mut self, article: &Article, feed: &Feed, piece: &mut StoryPiece) -> Outlet {
        for other in &piece.absorbs {
            let theirs = self.of.remove(other).unwrap_or_default();
            self.of.entry(piece.story.clone()).or_default().extend(theirs);
        }
        let mut outlet = outlet(article, feed);
        let is_credit = |print: &Print| print.feed == feed.id && matches!(print.origin, Some(Origin::Wire(_)));
        let has_credited = self.of.get(&piece.story).is_some_and(|prints| prints.iter().any(is_credit));
        match (&outlet.origin, self.printed_before(piece, &outlet)) {
            (Some(Origin::Wire(_)), Some(before @ Origin::Own(_))) if !has_credited => piece.renames = Some(before),
            (Some(Origin::Wire(_)), Some(Origin::Wire(_))) | (_, None) => {}
            (_, before) => outlet.origin = before,
        }
        if let (Some(of), Some(from)) = (self.of.get_mut(&piece.story), &piece.renames) {
            let renamed = of.iter_mut().filter(|print| print.origin.as_ref() == Some(from));
            renamed.for_each(|print| print.origin.clone_from(&outlet.origin));
        }
        (piece.publisher, piece.origin) = (outlet.publisher.clone(), outlet.origin.clone());
        self.add(piece);
        outlet
    }

    /// Where the text of a piece comes from, if it was printed before: rather from an agency than from a publisher. A
    /// headline alone follows the text under the same headline, and never the other way round.
    fn printed_before(&self, piece: &StoryPiece, outlet: &Outlet) -> Option<Origin> {
        let signature = Signature::from_bytes(&piece.signature)?;
        let is_itself = |print: &Print| print.article == piece.article && piece.article != ArticleId(0);
        let is_wire = matches!(outlet.origin, Some(Origin::Wire(_)));
        let is_print = |print: &&Print| {
            let other = Signature::from_bytes(&print.signature).filter(|_| !is_itself(print));
            other.is_some_and(|other| {
                let (follows, leads) = if is_wire { (&other, &signature) } else { (&signature, &other) };
                is_print(&other, &signature) && (has_text(leads) || !has_text(follows))
            })
        };
        let prints = self.of.get(&piece.story)?.iter().filter(is_print);
        prints.filter_map(|print| print.origin.clone()).min_by_key(|origin| matches!(origin, Origin::Own(_)))
    }
}

/// The earlier origins of the story's texts.
pub(super) fn rename(told: &mut [Told], from: &Origin, to: Option<&Origin>) {
    let renamed = |outlet: Outlet| match outlet.origin.as_ref() == Some(from) {
        true => Outlet { origin: to.cloned(), ..outlet },
        false => outlet,
    };
    for told in told {
        told.outlets = std::mem::take(&mut told.outlets).into_iter().map(renamed).collect();
        for telling in &mut told.tellings {
            telling.outlet = renamed(telling.outlet.clone());
        }
    }
}
