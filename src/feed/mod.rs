//! Bytes to articles: decode, repair, parse (feed-rs), dates, identity. Pure. The only room that knows feed-rs.
//!
//! A document passes the modules in this order. feed-rs never sees what a server sent, only a small canonical document
//! made from it: otherwise it silently loses items of real feeds, and hostile ones overflow its stack.

mod charset;
mod decode;
mod inflate;
mod limits;

mod budget;
mod calendars;
mod capture;
mod cuts;
mod date_words;
pub mod dates;
mod draft;
mod entity;
mod hints;
mod json;
mod json_text;
mod mojibake;
mod names;
pub mod orders;
mod repair;
mod value;

mod canonical;
mod reader;

pub mod address;
mod discover;
mod elsewhere;
pub mod evidence;
pub mod identity;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use url::Url;

use crate::clock::Timestamp;
use crate::model::{Article, DateOrder};
use canonical::{Canonical, Document};
use orders::OpenDate;
use repair::Repaired;

pub use calendars::can_be_published;
pub use decode::{Decoded, decode};
pub use discover::{Offer, discover};
pub use elsewhere::{suggested, suggested_by_field};
pub use hints::Hints;

/// A document read as a feed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The feed's own title, plain text.
    pub title: Option<String>,
    /// Its articles in document order, each key once.
    pub articles: Vec<Article>,
    /// For each item of the document, the number of its article; items that repeat another one have the same.
    pub items: Vec<usize>,
    /// The feed's hints about its rhythm.
    pub hints: Hints,
    /// In which order it writes dates of numbers, where they show that.
    pub date_order: Option<DateOrder>,
    /// Dates that may be read in another order, by the numbers of articles, where they do not.
    pub open_dates: Vec<OpenDate>,
    /// Where it says that its older items are (RFC 5005 `prev-archive` and `next`, JSON Feed's `next_url`).
    pub older: Option<Url>,
    /// Where the feed says that it is from now on.
    pub new_address: Option<Url>,
    /// The charset the document was read as, by its WHATWG name.
    pub charset: &'static str,
    /// What was repaired, cut or lost; worth a line in the log.
    pub notes: Vec<Note>,
}

impl Parsed {
    /// Its memory in bytes, which counts while it waits to be decided.
    pub fn weight(&self) -> usize {
        let titles = self.title.as_ref().map_or(0, String::capacity);
        let articles: usize = self.articles.iter().map(Article::weight).sum();
        let addresses = [&self.older, &self.new_address].into_iter().flatten();
        let address_bytes: usize = addresses.map(|url| url.as_str().len()).sum();
        let list_bytes = self.items.capacity() * size_of::<usize>() + self.notes.capacity() * size_of::<Note>();
        let date_bytes = self.open_dates.capacity() * size_of::<OpenDate>();
        size_of::<Self>() + titles + articles + address_bytes + list_bytes + date_bytes
    }
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
    /// It ends within an item, or within its compressed form; the part before that was read.
    #[error("the document is cut off before its end")]
    Truncated,
    /// A limit was reached; the rest is lost.
    #[error("more than {limit} {what}: the rest was not read")]
    Cut {
        /// What there was too much of.
        what: &'static str,
        /// How much is read.
        limit: usize,
    },
    /// A field was longer than is kept.
    #[error("cut, as it was too long: {field} ({times})")]
    Shortened {
        /// Which field.
        field: &'static str,
        /// In how many items.
        times: usize,
    },
    /// Items that say the same as another one, identifier included.
    #[error("items that only repeat another one: {times}")]
    Repeated {
        /// How many were left out.
        times: usize,
    },
    /// Dates at which nothing was published in a feed.
    #[error("dates that cannot be those of a publication and count for none: {times} (such as {example})")]
    Impossible {
        /// Of how many items.
        times: usize,
        /// One of them, as it was read.
        example: Timestamp,
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

/// Why a document is not a feed.
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

/// Reads a document: the body of a response from `url` with that Content-Type. Never panics, never hangs, and takes
/// time and memory in proportion to the body.
pub fn parse(body: &[u8], url: &Url, content_type: Option<&str>) -> Result<Parsed, FeedError> {
    if body.len() > limits::DOCUMENT_BYTES {
        return Err(FeedError::OverLimit(format!("it is larger than {} bytes", limits::DOCUMENT_BYTES)));
    }
    // feed-rs and quick-xml panic on some inputs; repair keeps those known from them, and this the others from us.
    catch_unwind(AssertUnwindSafe(|| read(body, url, content_type)))
        .unwrap_or_else(|_| Err(FeedError::Broken("reading it made a library panic".to_owned())))
}

/// Most memory that reading a document of that many bytes takes for its text, where that has to be a copy, and for its
/// articles.
pub fn held_bytes_most(body_bytes: usize) -> usize {
    limits::HELD_BYTES + limits::HELD_FACTOR * body_bytes
}

fn read(body: &[u8], url: &Url, content_type: Option<&str>) -> Result<Parsed, FeedError> {
    let Decoded { text, charset, lossy, truncated } = decode(body, content_type)?;
    let mut notes = Vec::new();
    if lossy {
        notes.push(Note::Lossy { charset });
    }
    if truncated {
        notes.push(Note::Truncated);
    }
    let copied_bytes = if matches!(text, Cow::Owned(_)) { text.len() } else { 0 };
    let room = held_bytes_most(body.len()).saturating_sub(copied_bytes).max(limits::HELD_BYTES);
    let canonical = Canonical::read(text.len(), room);
    Ok(parsed(repaired(text, url, canonical)?, charset, notes))
}

/// The small Atom document that a text is made into and that feed-rs reads: flat, well-formed, its addresses absolute.
pub fn normalise(text: &str, url: &Url) -> Result<String, FeedError> {
    let canonical = Canonical::kept(text.len());
    repaired(Cow::Borrowed(text), url, canonical).map(|repaired| repaired.document.xml)
}

fn repaired(text: Cow<str>, url: &Url, canonical: Canonical) -> Result<Repaired, FeedError> {
    if json::is_json(&text) { json::repair(text, url, canonical) } else { repair::repair(&text, url, canonical) }
}

fn parsed(repaired: Repaired, charset: &'static str, mut notes: Vec<Note>) -> Parsed {
    let Repaired { document, items_found: found, language, author, hints, older, new_address, .. } = repaired;
    let Document { title, mut articles, mut open_dates, cuts, over, .. } = document;
    let read = articles.len();
    for article in &mut articles {
        article.lang = article.lang.take().or_else(|| language.clone());
        article.author = article.author.take().or_else(|| author.clone());
    }
    notes.extend(repaired.notes);
    notes.extend(cuts.into_notes());
    notes.extend(over.map(|limit| Note::Cut { what: "bytes of articles", limit }));
    if read < found {
        notes.push(Note::Incomplete { found, read });
    }
    let date_order = orders::shown(&open_dates);
    if let Some(order) = date_order {
        orders::apply(order, &open_dates, &mut articles);
        open_dates.clear();
    }
    notes.extend(impossible(&articles));
    let items = identity::assign_keys(&mut articles);
    articles.shrink_to_fit();
    // A repeated item is not a separate article.
    let mut next = 0;
    let is_first: Vec<bool> = items
        .iter()
        .map(|number| {
            *number == next && {
                next += 1;
                true
            }
        })
        .collect();
    open_dates.retain(|date| is_first[date.item]);
    open_dates.shrink_to_fit();
    open_dates.iter_mut().for_each(|date| date.item = items[date.item]);
    if articles.len() < items.len() {
        notes.push(Note::Repeated { times: items.len() - articles.len() });
    }
    Parsed { title, articles, items, hints, date_order, open_dates, older, new_address, charset, notes }
}

/// The notes about unreadable dates.
fn impossible(articles: &[Article]) -> Option<Note> {
    let date = |article: &Article| {
        [article.published, article.updated].into_iter().flatten().find(|at| !calendars::can_be_published(*at))
    };
    let mut dates = articles.iter().filter_map(date);
    let example = dates.next()?;
    Some(Note::Impossible { times: 1 + dates.count(), example })
}
