//! The contract with the web: what is asked, what comes back, how it can fail. `http` keeps it.

mod http;

mod body;

mod post;

mod guard;

mod dns;

mod redirect;

mod cookie;

mod headers;

mod encoding;

mod cause;

mod file;

mod room;

mod pace;

mod crowd;

use std::future::Future;
use std::time::Duration;

use url::Url;

use crate::model::Validators;

pub use cause::tls_fault;
pub use cookie::Jar;
pub use dns::Lookup;
pub use guard::{Guard, Opening, Refusal};
pub use http::{Http, Identity, Limits, Tuning, install_crypto};
pub use post::Post;
pub use redirect::same_document;
pub use room::{Held, Room};

/// One poll's question.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to fetch. A user name and password in it go to this origin only.
    pub url: Url,
    /// Sent back byte for byte, and only to the address they came from.
    pub validators: Validators,
    /// The way so far; its last step is what is asked now.
    pub way: Way,
}

/// A way that redirects lead, step by step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// The steps so far.
    pub steps: Vec<Redirect>,
    /// The longest Retry-After that stood on it.
    pub retry_after: Option<Duration>,
    /// How long the last step wants to be waited for before it is taken (RFC 9110 section 10.2.3).
    pub rest: Duration,
    /// What it has taken of the time that a whole poll may take.
    pub spent: Duration,
    /// What its steps set, to be sent back on it.
    pub cookies: Jar,
    /// Whether it began at an address that the owner opened: only such a way may lead to another of those.
    pub is_inside: bool,
}

/// An answer that can be used.
#[derive(Clone, Debug)]
pub enum Response {
    /// The document is what it was (304).
    NotModified {
        /// Those the answer carried; the others stay as they were (RFC 9111 section 4.3.4).
        validators: Validators,
        /// What the server wishes of us.
        hints: Hints,
        /// The way to the address that answered.
        redirects: Vec<Redirect>,
    },
    /// A document.
    Document(Box<Document>),
    /// It is elsewhere: to be asked there, with this way, when it is that server's turn.
    Elsewhere(Way),
}

/// A body and what the answer said of it.
#[derive(Clone, Debug)]
pub struct Document {
    /// The whole body, decompressed, within the limit.
    pub body: Vec<u8>,
    /// The Content-Type field value, if any.
    pub content_type: Option<String>,
    /// The address that answered, after redirects and without credentials: the base of relative links.
    pub url: Url,
    /// To be stored with the articles.
    pub validators: Validators,
    /// What the server wishes of us.
    pub hints: Hints,
    /// The way to the address that answered.
    pub redirects: Vec<Redirect>,
    /// The Refresh field value, if any: where browsers would go on to by themselves.
    pub refresh: Option<String>,
    /// The body's share of the memory that all bodies may take.
    pub held: Held,
}

/// One step of the way from the address that was asked to the one that answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// Where it led.
    pub to: Url,
    /// Whether the server meant it for good (301, 308), so that the new address may be adopted in time.
    pub permanent: bool,
}

/// What a server says of when to come again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// How long the answer stays fresh (`max-age`, else `Expires` less `Date`; less `Age`).
    pub fresh_for: Option<Duration>,
    /// The longest Retry-After of the answers on the way; rare on answers that are no failure.
    pub retry_after: Option<Duration>,
}

/// Why a poll gave nothing. One variant for each reaction of the caller; the text is for people.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FetchError {
    /// 429, or 503 with Retry-After: the host wants to be left alone.
    #[error("the server asks us to slow down (HTTP {status}{})", retry_after.map(named).unwrap_or_default())]
    Throttled {
        /// The status code.
        status: u16,
        /// How long, if it said so.
        retry_after: Option<Duration>,
        /// When its quota is full again, if it said so in one of the RateLimit fields: a hint.
        reset: Option<Duration>,
    },
    /// 410: the feed is gone for good.
    #[error("the feed is gone (HTTP 410)")]
    Gone,
    /// Any other status that is no document.
    #[error("HTTP {status} {}{}", meaning(*status), retry_after.map(named).unwrap_or_default())]
    Status {
        /// The status code.
        status: u16,
        /// How long to wait, if it said so.
        retry_after: Option<Duration>,
    },
    /// 403, or 503 without a time, with a web page: a challenge that only browsers pass, or a notice to their readers.
    #[error("HTTP {status} {} with a web page, perhaps a challenge for browsers{}", meaning(*status), retry_after.map(named).unwrap_or_default())]
    Challenge {
        /// The status code.
        status: u16,
        /// How long to wait, if it said so.
        retry_after: Option<Duration>,
    },
    /// The host's name has no address, or nobody can tell.
    #[error("{host}: {}", if *temporary { "the name could not be looked up" } else { "name not found" })]
    Unresolved {
        /// The name.
        host: String,
        /// Whether the look-up itself failed, which says nothing about the feed.
        temporary: bool,
    },
    /// Nothing was asked: as many requests as one address is given are on their way there. Soon there will be room.
    #[error("too many requests to one address at once")]
    Crowded,
    /// It was not read to its end: too many large bodies waited for memory, or the server did not wait for ours. That says
    /// nothing about the feed.
    #[error("there was no memory left to read the body")]
    NoRoom,
    /// No connection: unreachable, TLS. The text is the whole chain of causes.
    #[error("{0}")]
    Unreachable(String),
    /// No connection, as the host refused it: it is there, and so are we. The text is the whole chain of causes.
    #[error("{0}")]
    TurnedAway(String),
    /// A connection, but no usable answer: cut short, not HTTP, not decodable. The text is the whole chain of causes.
    #[error("{0}")]
    Broken(String),
    /// No complete answer in time.
    #[error("timed out while {doing} after {} s", after.as_secs_f64())]
    TimedOut {
        /// "connecting", "waiting for the answer", "reading the body".
        doing: &'static str,
        /// The limit that was reached.
        after: Duration,
    },
    /// A body that comes so slowly that others would wait for it.
    #[error("the server sent {bytes} bytes of the body in {} s, slower than the least of {least} bytes in that time", within.as_secs_f64())]
    TooSlow {
        /// What came.
        bytes: usize,
        /// In this time.
        within: Duration,
        /// What should have come.
        least: usize,
    },
    /// The guard forbids the address.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The body outgrew the limit, counted after decompression.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// A redirect that leads nowhere: too many, in a circle, without a target.
    #[error("bad redirect: {0}")]
    Redirect(String),
    /// A `file:` feed that cannot be read.
    #[error("{0}")]
    File(String),
}

/// No longer absence is obeyed than this: beyond a week it is a mistake or a joke (R24).
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// A Retry-After as a server named it.
fn named(wait: Duration) -> String {
    let most = if wait > RETRY_AFTER_MAX { "; a week is kept to" } else { "" };
    format!(", retry after {} s{most}", wait.as_secs())
}

/// What a status code says, for those who do not know them by heart.
fn meaning(status: u16) -> &'static str {
    match status {
        400 => "(bad request)",
        401 => "(needs a user name and password)",
        402 => "(wants to be paid)",
        403 => "(forbidden)",
        404 => "(not found)",
        405 => "(not this way)",
        407 => "(a proxy needs a password)",
        413 => "(too large)",
        415 | 422 => "(not what it takes)",
        451 => "(withheld for legal reasons)",
        500..=599 => "(the server is in trouble)",
        _ => "(no document)",
    }
}

/// A server's text as far as a message has room for it: a header field may be of any length.
fn clip(text: &str) -> &str {
    const ROOM_CHARS: usize = 200;
    text.char_indices().nth(ROOM_CHARS).map_or(text, |(end, _)| &text[..end])
}

/// Asks the web. Two things implement it: `Http`, and the tests' scripted web.
pub trait Fetch: Send + Sync + 'static {
    /// Asks one server once; never retries, never sleeps for politeness: that is the schedule's business.
    fn fetch(&self, request: Request) -> impl Future<Output = Result<Response, FetchError>> + Send;

    /// Hands a hook a document, once; under the same guard as `fetch`.
    fn post(&self, post: Post) -> impl Future<Output = Result<(), FetchError>> + Send;
}

/// Asks, and asks on wherever that leads, at once: for a person who waits for one document.
pub async fn follow(web: &impl Fetch, mut request: Request) -> Result<Response, FetchError> {
    loop {
        match web.fetch(request.clone()).await? {
            Response::Elsewhere(way) => request.way = way,
            answer => return Ok(answer),
        }
    }
}
