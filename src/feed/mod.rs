//! Bytes to articles: decode, repair, parse (feed-rs), dates, identity. Pure. The only room that knows feed-rs.

use std::time::Duration;

use url::Url;

use crate::model::Article;

/// A document read as a feed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The feed's own title, plain text.
    pub title: Option<String>,
    /// Its articles in document order, each key once.
    pub articles: Vec<Article>,
    /// The RSS `ttl` as a floor for the interval.
    pub ttl: Option<Duration>,
    /// What was repaired, cut or lost on the way; worth a line in the log.
    pub notes: Vec<Note>,
}

/// Something that a reader of the log should know of how a document was read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// Bytes were replaced while decoding.
    #[error("some bytes could not be read as {charset} and were replaced")]
    Lossy {
        /// The charset that was used.
        charset: &'static str,
    },
    /// Fewer articles came out than items went in.
    #[error("{read} of {found} items could be read")]
    Incomplete {
        /// Item start tags in the document.
        found: usize,
        /// Articles read.
        read: usize,
    },
}

/// Why a document is no feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// It is something else, such as a web page.
    #[error("not a feed: {0}")]
    NotAFeed(String),
    /// It would be a feed, but cannot be read.
    #[error("broken feed: {0}")]
    Broken(String),
    /// It goes beyond a limit.
    #[error("the feed is over a limit: {0}")]
    OverLimit(String),
}

/// Reads a document: the body of a response from `url` with that Content-Type.
pub fn parse(_body: &[u8], _url: &Url, _content_type: Option<&str>) -> Result<Parsed, FeedError> {
    Ok(Parsed::default())
}

/// placeholder
pub fn canonical_url(url: &str) -> String {
    url.to_owned()
}
