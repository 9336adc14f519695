//! What one poll changes: written by `decide`, applied by the store in one transaction, or not at all.

use std::collections::HashMap;

use url::Url;

use super::{Alert, Article, ArticleId, FeedId, Hit, Hold, Outcome, Polls, Validators};
use crate::clock::Timestamp;

/// What the store already knows of the articles that a poll brought.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The feed's host.
    pub host: HostState,
    /// Articles of this feed, by key.
    pub articles: HashMap<String, KnownArticle>,
    /// Recent articles of this feed that share a link or text with one whose key is not known.
    pub alike: Vec<AlikeArticle>,
    /// Alerts raised for the stories of new or edited articles, by story; the latest of each watch.
    pub told: HashMap<String, Vec<Told>>,
}

/// What is known of a feed's host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostState {
    /// Feeds polled there; 0 stands for one, or none.
    pub feeds: u32,
    /// How often in a row it asked for less without naming a time.
    pub strikes: u32,
    /// Until when it wants to be left alone.
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
}

/// A stored article that may be one that comes under another key now.
#[derive(Clone, Debug)]
pub struct AlikeArticle {
    /// Its key.
    pub key: String,
    /// Its address.
    pub url: Option<String>,
    /// Its title.
    pub title: String,
    /// The rest.
    pub known: KnownArticle,
}

/// What an article is found by, beside its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// The story it belongs to.
    pub story: String,
    /// A hash of its canonical link.
    pub link_hash: Option<u64>,
}

/// A stored article that came under a further key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The new key.
    pub key: String,
    /// The article.
    pub article: ArticleId,
}

/// An alert that was raised for a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// By which watch.
    pub watch: String,
    /// When.
    pub raised_at: Timestamp,
    /// Its id.
    pub alert: String,
}

/// Everything one poll changes.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The feed that was polled.
    pub feed: FeedId,
    /// Its schedule and history from now on.
    pub polls: Polls,
    /// What a good answer taught of the document; none after a failure.
    pub document: Option<DocumentSeen>,
    /// New and edited articles, in document order.
    pub articles: Vec<ArticleChange>,
    /// Stored articles that came under a new key.
    pub aliases: Vec<Alias>,
    /// The address to ask from now on, when that changes.
    pub moved: Option<Url>,
    /// What operators are to be told of the feed.
    pub notices: Vec<Alert>,
    /// What the feed's host asked for: a pause, or none any more.
    pub pause: Option<HostPause>,
}

/// What a good answer taught.
#[derive(Clone, Debug)]
pub struct DocumentSeen {
    /// The validators for the next request, as a whole.
    pub validators: Validators,
    /// A new title; none leaves the old one.
    pub title: Option<String>,
    /// A new body hash; none leaves the old one.
    pub body_hash: Option<u64>,
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
    /// What the watches found in it.
    pub hits: Vec<Hit>,
    /// What becomes of those hits that are new.
    pub alerts: Vec<Decided>,
}

/// A hit's fate.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Raised, joined or held.
    pub outcome: Outcome,
    /// Why, in words; empty when raised.
    pub reason: String,
    /// What holds it for now, if anything does.
    pub hold: Option<Hold>,
    /// The record; its article number is filled in when stored.
    pub alert: Alert,
}

/// A host that wants to be left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPause {
    /// The host name.
    pub host: String,
    /// Until when.
    pub until: Timestamp,
    /// How often in a row it asked for less without naming a time.
    pub strikes: u32,
}
