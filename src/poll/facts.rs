//! What an answer is judged by: what is known before, and what is asked of the past where the answer makes it matter.

use std::convert::Infallible;

use super::decide::Circumstances;
use super::outcome::Findings;
use crate::clock::Timestamp;
use crate::model::{Feed, FeedId, HostState, Kept, Known, Silence, StoryArticle};

/// What is gathered before an answer is judged.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The feed that was asked.
    pub feed: &'a Feed,
    /// The name of the host that answered.
    pub host: &'a str,
    /// What was asked, and how.
    pub around: Circumstances,
    /// What is known of the document's articles and their stories.
    pub known: Known,
    /// What the watches found in the document.
    pub findings: Findings,
    /// What becomes of the raw body that is kept of the feed.
    pub kept: Kept,
}

/// The past, as far as it can only be asked for once the answer says what matters: reading all of it for each poll
/// would cost more than the poll.
pub trait Recall {
    /// Why the past cannot be read.
    type Error;

    /// What is known of a host.
    fn host(&self, name: &str) -> Result<HostState, Self::Error>;

    /// The silences in force.
    fn silences(&self, now: Timestamp) -> Result<Vec<Silence>, Self::Error>;

    /// When a watch raised its latest alerts and of which feeds, oldest first.
    fn raised_of(&self, watch: &str, most: usize) -> Result<Vec<(Timestamp, FeedId)>, Self::Error>;

    /// The articles of a story in which a watch found something.
    fn told_of(&self, story: &str, watch: &str) -> Result<Vec<StoryArticle>, Self::Error>;
}

/// A past of which nothing is known, for a poll that failed by a fault of ours: the store may be what failed.
#[derive(Clone, Copy, Debug)]
pub struct NoPast;

impl Recall for NoPast {
    type Error = Infallible;

    fn host(&self, name: &str) -> Result<HostState, Infallible> {
        Ok(HostState { name: name.to_owned(), ..HostState::default() })
    }

    fn silences(&self, _now: Timestamp) -> Result<Vec<Silence>, Infallible> {
        Ok(Vec::new())
    }

    fn raised_of(&self, _watch: &str, _most: usize) -> Result<Vec<(Timestamp, FeedId)>, Infallible> {
        Ok(Vec::new())
    }

    fn told_of(&self, _story: &str, _watch: &str) -> Result<Vec<StoryArticle>, Infallible> {
        Ok(Vec::new())
    }
}
