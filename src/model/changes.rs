//! The changes by one poll: made by `decide`, applied by the store in one transaction, or not at all.

use std::collections::{HashMap, HashSet};

use url::Url;

use super::{Alert, Article, ArticleId, FeedId, HeldBy, Hit, Hold, Holder, Origin, Outcome, Polls, Told, Validators};
use crate::clock::Timestamp;

/// What the store already knows about the articles of a poll.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The feed's host.
    pub host: HostState,
    /// Articles of this feed, by key.
    pub articles: HashMap<String, KnownArticle>,
    /// Articles of this feed that one may be whose key is not known, or says something else now: those that have its
    /// key, and recent ones that share a link or text with it.
    pub alike: Vec<AlikeArticle>,
    /// Stories that the new and edited articles may belong to.
    pub stories: Remembered,
    /// How these stories were told, by story; by each watch once.
    pub told: HashMap<String, Vec<Told>>,
    /// How many hits the feeds of these stories may hold.
    pub holders: HashMap<FeedId, Holder>,
}

/// The remembered stories that matter for some articles.
#[derive(Clone, Debug, Default)]
pub struct Remembered {
    /// Articles of stories that share words with them.
    pub pieces: Vec<StoryPiece>,
    /// How many stories are remembered in all.
    pub stories: u32,
    /// How many of them contain a word, by the word's key; words that are not listed occur in none.
    pub stories_with: HashMap<u32, u32>,
    /// The store's numbers of the stories whose pieces were read.
    pub read: HashSet<i64>,
}

/// An article as a part of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryPiece {
    /// The story's id.
    pub story: String,
    /// Stories that came apart from this one, as the article shows: they are one from now on.
    pub absorbs: Vec<String>,
    /// The feed it came from.
    pub feed: FeedId,
    /// Its number; none yet for one that is being decided upon.
    pub article: ArticleId,
    /// When it was published, or first seen where no date is known.
    pub at: Timestamp,
    /// Until when its story is remembered on its account.
    pub until: Timestamp,
    /// Keys of the words that it is looked up by.
    pub words: Vec<u32>,
    /// Its signature; only the story room reads it.
    pub signature: Vec<u8>,
    /// Whose it is, if that is known.
    pub publisher: Option<String>,
    /// Where its text comes from, if that is known.
    pub origin: Option<Origin>,
    /// What the texts of this story were taken for so far that turn out to be of this origin.
    pub renames: Option<Origin>,
}

/// The state of the host that answered for a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostState {
    /// The name of its budget: not the feed's own where a redirect led away.
    pub name: String,
    /// Feeds polled there; 0 stands for one, or none.
    pub feeds: u32,
    /// Whether feeds of the list are at it: those that only lead to it are not.
    pub has_feeds: bool,
    /// How often in a row it asked for less without naming a time.
    pub strikes: u32,
    /// The end of its pause.
    pub paused_until: Option<Timestamp>,
}

/// An article that is stored.
#[derive(Clone, Debug)]
pub struct KnownArticle {
    /// Its number.
    pub id: ArticleId,
    /// Its content hash when it was stored or last edited.
    pub content_hash: u64,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// The watches that matched it; read only when the content changed.
    pub watches: Vec<String>,
    /// Watches that found something in it once, and then did not; read only when the content changed.
    pub lost: Vec<String>,
    /// Watches whose hit was held for the article's age; read only when the content changed.
    pub aged: Vec<String>,
    /// The story it belongs to, if any watch matched it; read only when the content changed.
    pub story: Option<String>,
}

/// A stored article that may be one that comes under another key now, or has the key of one that says something else
/// now.
#[derive(Clone, Debug)]
pub struct AlikeArticle {
    /// Its key.
    pub key: String,
    /// The feed's own identifier.
    pub guid: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// Its title.
    pub title: String,
    /// The beginning of its text, or else of its teaser.
    pub text: String,
    /// When it was published, by the feed's word.
    pub published: Option<Timestamp>,
    /// When it was last changed, by the feed's word.
    pub updated: Option<Timestamp>,
    /// When it was first seen, or last edited.
    pub seen_at: Timestamp,
    /// The rest.
    pub known: KnownArticle,
}

/// What an article is looked up by in the store besides its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookUp {
    /// A hash of its canonical link.
    pub link_hash: Option<u64>,
    /// The key it is stored under if its own is another article's.
    pub longer_key: String,
}

/// A stored article that came under a further key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The new key.
    pub key: String,
    /// The article.
    pub article: ArticleId,
}

/// Everything one poll changes.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The feed that was polled.
    pub feed: FeedId,
    /// Its schedule and history from now on.
    pub polls: Polls,
    /// What an answer taught of the document, if anything.
    pub document: Option<DocumentSeen>,
    /// New and edited articles, in document order.
    pub articles: Vec<ArticleChange>,
    /// Stored articles that came under a new key.
    pub aliases: Vec<Alias>,
    /// The raw body, where something was wrong with it.
    pub kept: Kept,
    /// The address to ask from now on, when that changes.
    pub moved: Option<Url>,
    /// What operators are to be told of the feed.
    pub notices: Vec<Alert>,
    /// The pause that the feed's host asked for, or its end.
    pub pause: Option<HostPause>,
}

impl Changes {
    /// Nothing but the feed's schedule and history.
    pub fn only_polls(feed: FeedId, polls: Polls) -> Changes {
        Changes {
            feed,
            polls,
            document: None,
            articles: Vec::new(),
            aliases: Vec::new(),
            kept: Kept::AsItWas,
            moved: None,
            notices: Vec::new(),
            pause: None,
        }
    }
}

/// The new facts from a successful answer.
#[derive(Clone, Debug)]
pub struct DocumentSeen {
    /// The validators for the next request, as a whole.
    pub validators: Validators,
    /// A new title; none leaves the old one.
    pub title: Option<String>,
    /// A new body hash; none leaves the old one.
    pub body_hash: Option<u64>,
    /// How its bytes were read; none leaves what was known.
    pub decoded: Option<Decoded>,
}

/// How the bytes of a document were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The charset, by its WHATWG name.
    pub charset: &'static str,
    /// Whether some bytes had to be replaced.
    pub lossy: bool,
}

/// What becomes of the raw body that is kept of a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Kept {
    /// Nothing was read: what is kept stays.
    #[default]
    AsItWas,
    /// A document was read well: nothing is kept.
    Nothing,
    /// A document could not be read fully: its body is kept, so that a person can see why.
    Body {
        /// The problems.
        why: Vec<String>,
        /// Its bytes, as many as are worth keeping.
        body: Vec<u8>,
    },
}

/// An article to be stored or brought up to date.
#[derive(Clone, Debug)]
pub struct ArticleChange {
    /// Its number if it is stored already.
    pub known: Option<ArticleId>,
    /// As the feed tells it now.
    pub article: Article,
    /// A hash of its canonical link, to be found by.
    pub link_hash: Option<u64>,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// Its matches.
    pub hits: Vec<Hit>,
    /// What becomes of those hits that are new.
    pub alerts: Vec<Decided>,
    /// What to remember it by as part of a story.
    pub piece: Option<StoryPiece>,
}

/// What became of a hit.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Raised, joined or held.
    pub outcome: Outcome,
    /// Why, in words; empty when raised.
    pub reason: String,
    /// What holds it for now, if anything does.
    pub hold: Option<Hold>,
    /// The other feed that holds it, where it joins on that one's account.
    pub by: Option<HeldBy>,
    /// What its story gains by it.
    pub gained: Gained,
    /// The record; its article number is filled in when stored.
    pub alert: Alert,
}

/// What a story gains by an article: how many feeds, publishers and origins more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gained {
    /// Feeds.
    pub feeds: u32,
    /// Publishers.
    pub publishers: u32,
    /// Origins.
    pub origins: u32,
}

impl Decided {
    /// An outcome that nothing holds.
    pub fn new(outcome: Outcome, reason: String, alert: Alert) -> Decided {
        Decided { outcome, reason, hold: None, by: None, gained: Gained::default(), alert }
    }

    /// Holds back what was to be told, or what joins something that is held.
    pub fn hold_back(&mut self, hold: Hold, reason: String) {
        self.outcome = match hold {
            Hold::Silence(_) => Outcome::HeldSilenced,
            Hold::AtMost(_) => Outcome::HeldCooldown,
            Hold::Quiet(_) => Outcome::HeldQuiet,
        };
        (self.hold, self.reason, self.by) = (Some(hold), reason, None);
    }
}

/// A host that asked for a pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPause {
    /// The host name.
    pub host: String,
    /// Until when.
    pub until: Timestamp,
    /// How often in a row it asked for less without naming a time.
    pub strikes: u32,
}
