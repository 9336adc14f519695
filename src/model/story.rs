//! How a story was told, and what may hold further hits of it. Data only.

use std::collections::{BTreeSet, HashMap};

use super::{Alert, AlertNews, ArticleId, FeedId, Kind, Outcome, Reason};
use crate::clock::Timestamp;

/// That a watch told a story, or will tell it in a digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The watch.
    pub watch: String,
    /// The alerts that told it, oldest first; at least one.
    pub tellings: Vec<Telling>,
    /// How many articles of the story the watch has found since.
    pub articles: u32,
    /// Those of them that are stored.
    pub found: BTreeSet<ArticleId>,
    /// In which feeds.
    pub feeds: BTreeSet<FeedId>,
    /// The feeds that have them.
    pub outlets: BTreeSet<Outlet>,
    /// How far the story was known to have come, so that it is seen to grow; none as long as that is all that `outlets`
    /// say. Less when it turned out to be one with another.
    pub known_to: Option<usize>,
    /// Articles of it whose hits are worth nothing any more: judged noise, or edited away.
    pub void: BTreeSet<ArticleId>,
    /// Whether a second source has confirmed it.
    pub is_confirmed: bool,
}

/// An alert that told a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    /// The alert's id.
    pub alert: String,
    /// Whose article it told.
    pub feed: FeedId,
    /// The article; none yet for one that the document itself brought.
    pub article: ArticleId,
    /// The headline that it told.
    pub title: String,
    /// When the alert was raised, or held for the digest.
    pub raised_at: Timestamp,
    /// Whether it still waits for its digest.
    pub waits: bool,
    /// Why it holds others no more, where something took its ground.
    pub void: Option<String>,
    /// The publisher and origin of the article.
    pub outlet: Outlet,
}

/// The source of a piece: the feed that carries it, its publisher, and the origin of its text. An unknown publisher or
/// origin never counts as another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outlet {
    /// The feed.
    pub feed: FeedId,
    /// The publisher: a registrable domain, or a name where no address says more.
    pub publisher: Option<String>,
    /// The origin.
    pub origin: Option<Origin>,
}

impl Outlet {
    /// How many claims of one feed about a story are considered: only one of them can count, and a document with
    /// thousands of claims must not have quadratic cost.
    const OF_FEED_MOST: usize = 8;

    /// Adds it to those of a story.
    pub fn add_to(self, outlets: &mut BTreeSet<Outlet>) {
        let first = Outlet { feed: self.feed, publisher: None, origin: None };
        let of_feed = outlets.range(first..).take_while(|outlet| outlet.feed == self.feed);
        if of_feed.take(Outlet::OF_FEED_MOST).count() < Outlet::OF_FEED_MOST {
            outlets.insert(self);
        }
    }
}

/// Where a text comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A news agency, by its name.
    Wire(String),
    /// The publisher that had it first.
    Own(String),
}

impl Origin {
    /// What the store writes before the publisher.
    const OWN: &str = "own ";

    /// As it is stored.
    pub fn stored(&self) -> String {
        match self {
            Origin::Wire(agency) => agency.clone(),
            Origin::Own(publisher) => format!("{}{publisher}", Origin::OWN),
        }
    }

    /// Whose text it is, by its name alone.
    pub fn name(&self) -> &str {
        match self {
            Origin::Wire(name) | Origin::Own(name) => name,
        }
    }

    /// As it was stored.
    pub fn of_stored(text: &str) -> Origin {
        match text.strip_prefix(Origin::OWN) {
            Some(publisher) => Origin::Own(publisher.to_owned()),
            None => Origin::Wire(text.to_owned()),
        }
    }
}

/// Why an alert lost its ground: a person marked it as noise.
pub const NOISE: &str = "judged noise";
/// Of one whose article was edited.
pub const EDITED: &str = "its article was edited, and the watch finds nothing in it any more";
/// Of one whose watch was changed.
pub const CHANGED: &str = "the watch was changed, and finds nothing in its article any more";

impl Telling {
    /// Whether a person marked it as noise.
    pub fn is_noise(&self) -> bool {
        self.void.as_deref() == Some(NOISE)
    }
}

impl Told {
    /// Whether an alert told an article, whatever became of either since.
    pub fn has_told(&self, article: ArticleId) -> bool {
        self.tellings.iter().any(|telling| telling.article == article)
    }

    /// Why what held a hit of the story holds it no more, in words.
    pub fn why_lost(&self, holders: &HashMap<FeedId, Holder>, by: Option<FeedId>, now: Timestamp) -> String {
        const SHORT_ID: usize = 8;
        let of_feed = |feed: FeedId, at| holders.get(&feed).and_then(|holder| holder.why_not(at, now));
        let lost = self.tellings.iter().rev().find_map(|telling| {
            let why = match telling.void.as_deref() {
                Some(NOISE) => "was judged noise",
                Some(why) => why,
                None => of_feed(telling.feed, telling.raised_at)?,
            };
            Some(format!("alert {} told the story, and {why}", &telling.alert[..SHORT_ID.min(telling.alert.len())]))
        });
        let held = || Some(format!("another feed held it, and {}", of_feed(by?, Timestamp::MIN)?));
        lost.or_else(held).unwrap_or_else(|| "what held it holds it no more".to_owned())
    }
}

/// What a feed's pieces may do to the hits of other feeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// Whether the files name it no more.
    pub is_gone: bool,
    /// Whether the files say that it holds no others.
    pub never: bool,
    /// When its latest silence began, and when that ends or ended.
    pub silenced: Option<(Timestamp, Timestamp)>,
    /// How many hits of other feeds it has held lately on likeness alone.
    pub held: usize,
}

impl Holder {
    /// Whether what it had at an instant may hold hits of others.
    pub fn may_hold(&self, at: Timestamp, now: Timestamp) -> bool {
        self.why_not(at, now).is_none()
    }

    fn why_not(&self, at: Timestamp, now: Timestamp) -> Option<&'static str> {
        match self.silenced {
            _ if self.is_gone => Some("its feed is out of the files"),
            _ if self.never => Some("its feed may hold no others"),
            Some((since, until)) if at <= since || now < until => Some("its feed was silenced"),
            _ => None,
        }
    }
}

/// The other feed that holds a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldBy {
    /// The feed.
    pub feed: FeedId,
    /// Whether it holds the hit only because it is similar, which a feed may do only a limited number of times.
    pub counts: bool,
}

/// A hit of a story, told or joined.
#[derive(Clone, Debug)]
pub struct StoryHit {
    /// Its place in the order of raising.
    pub seq: i64,
    /// Its record.
    pub alert: Alert,
    /// Whose article it is.
    pub feed: FeedId,
    /// The article.
    pub article: ArticleId,
    /// When it was decided upon.
    pub raised_at: Timestamp,
    /// The other feed that held it.
    pub by: Option<FeedId>,
    /// When the article was published, or first seen.
    pub at: Timestamp,
    /// Its signature.
    pub signature: Vec<u8>,
}

/// An article of a story as it can be read, with what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoryArticle {
    /// Its number.
    pub article: ArticleId,
    /// Who has it.
    pub outlet: Outlet,
    /// What its feed is called.
    pub feed: String,
    /// The feed's tier.
    pub tier: Option<u8>,
    /// When it was published, or first seen where no date can be believed.
    pub at: Timestamp,
    /// Its headline.
    pub title: String,
    /// Its teaser; of an article that was deleted the passage that its record shows.
    pub summary: String,
    /// Its text.
    pub body: String,
    /// Who wrote it.
    pub author: Option<String>,
    /// Its language, by the feed's word.
    pub lang: Option<String>,
    /// Where to read it.
    pub url: Option<String>,
    /// What became of the hits in it, in order.
    pub outcomes: Vec<PieceOutcome>,
    /// Its matches.
    pub why: Vec<Reason>,
    /// Whether people were told of it: by an alert, a line, a digest, or as the story grew by it.
    pub is_told: bool,
    /// What records that told of growth by it said was new, in whichever piece.
    pub quoted: Vec<AlertNews>,
}

/// The outcome of a hit, in a separate record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PieceOutcome {
    /// The record's id.
    pub id: String,
    /// Its kind.
    pub kind: Kind,
    /// The watch.
    pub watch: String,
    /// What became of it.
    pub outcome: Outcome,
    /// When that was decided.
    pub at: Timestamp,
}

impl StoryArticle {
    /// What to call it: its title, else its text, else its address.
    pub fn headline(&self) -> &str {
        let StoryArticle { title, summary, body, url, .. } = self;
        let texts = [title, summary, body].into_iter().find(|text| !text.trim().is_empty());
        texts.or(url.as_ref()).map_or("", |text| text.trim())
    }

    /// Whether it counts for its story: what was held for its age, or by a silence, does not.
    pub fn counts(&self) -> bool {
        use Outcome::{Grown, HeldCooldown, HeldQuiet, Joined, Raised};
        let counts =
            |outcome: &PieceOutcome| matches!(outcome.outcome, Raised | Grown | Joined | HeldCooldown | HeldQuiet);
        self.outcomes.iter().any(counts)
    }
}

/// How far back told hits matter.
#[derive(Clone, Copy, Debug)]
pub struct LookBack {
    /// Stories told before this are told again.
    pub told_since: Timestamp,
    /// The time since which a feed's held hits count; never, if there is no limit.
    pub held_since: Option<Timestamp>,
}

/// How far a story has come, as a watch sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoryNow {
    /// Who has it.
    pub outlets: BTreeSet<Outlet>,
    /// By how many articles it is told.
    pub articles: u32,
}
