//! Bytes to articles: decode, repair, parse (feed-rs), dates, identity. Pure. The only room that knows feed-rs.
//!
//! A document passes the modules in this order. feed-rs never sees what a server sent, only a small canonical document
//! made from it: on real feeds it loses items in silence otherwise, and hostile ones overflow its stack.

mod decode;
mod limits;

mod date_words;
pub mod dates;
mod draft;
mod entity;
mod hints;
mod json;
mod names;
mod repair;
mod value;

mod canonical;
mod reader;

pub mod address;
mod identity;

use url::Url;

use crate::model::Article;
use repair::Repaired;

pub use decode::{Decoded, decode};
pub use hints::Hints;

/// A document read as a feed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The feed's own title, plain text.
    pub title: Option<String>,
    /// Its articles in document order, each key once.
    pub articles: Vec<Article>,
    /// What the feed says of its own rhythm.
    pub hints: Hints,
    /// The charset the document was read as, by its WHATWG name.
    pub charset: &'static str,
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
    /// A compressed body ended early; what was there has been read.
    #[error("the compressed document ends early")]
    Truncated,
    /// A limit was reached, what lies beyond it is lost.
    #[error("more than {limit} {what}: the rest was not read")]
    Cut {
        /// What there was too much of.
        what: &'static str,
        /// How much is read.
        limit: usize,
    },
    /// A field was longer than is kept.
    #[error("{times} x {field} was cut, as it is too long")]
    Shortened {
        /// Which field.
        field: &'static str,
        /// In how many items.
        times: usize,
    },
    /// Items that say the same as another one, identifier included.
    #[error("{times} items repeat another one")]
    Repeated {
        /// How many were left out.
        times: usize,
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

/// Reads a document: the body of a response from `url` with that Content-Type. Never panics, never hangs, and takes time
/// and memory in proportion to the body.
pub fn parse(body: &[u8], url: &Url, content_type: Option<&str>) -> Result<Parsed, FeedError> {
    if body.len() > limits::DOCUMENT_BYTES {
        return Err(FeedError::OverLimit(format!("it is larger than {} bytes", limits::DOCUMENT_BYTES)));
    }
    let decoded = decode(body, content_type)?;
    let repaired = match json::is_json(&decoded.text) {
        true => json::repair(&decoded.text, url)?,
        false => repair::repair(&decoded.text, url)?,
    };
    let mut notes = Vec::new();
    if decoded.lossy {
        notes.push(Note::Lossy { charset: decoded.charset });
    }
    if decoded.truncated {
        notes.push(Note::Truncated);
    }
    let charset = decoded.charset;
    drop(decoded);
    articles_of(repaired, charset, notes)
}

fn articles_of(repaired: Repaired, charset: &'static str, mut notes: Vec<Note>) -> Result<Parsed, FeedError> {
    let (title, mut articles) = reader::read(&repaired.document.xml)?;
    let (found, read) = (repaired.items_found, articles.len());
    notes.extend(repaired.notes);
    notes.extend(repaired.document.cuts.into_iter().map(|(field, times)| Note::Shortened { field, times }));
    if read < found {
        notes.push(Note::Incomplete { found, read });
    }
    let times = identity::assign_keys(&mut articles);
    if times > 0 {
        notes.push(Note::Repeated { times });
    }
    for article in articles.iter_mut().filter(|article| article.lang.is_none()) {
        article.lang.clone_from(&repaired.language);
    }
    Ok(Parsed { title, articles, hints: repaired.hints, charset, notes })
}
