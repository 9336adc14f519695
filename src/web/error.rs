//! Why a poll gave nothing.

use std::time::Duration;

use super::{RETRY_AFTER_MAX, Refusal};

/// Why a poll gave nothing. One variant for each reaction of the caller; the text is for people.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FetchError {
    /// 429, or 503 with Retry-After: the host asks for a pause.
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
    /// Any other status without a document.
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
    /// The host's name has no address, or it could not be looked up.
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
    /// It was not read to its end: too many large bodies waited for memory, or the server did not wait for ours. That
    /// says nothing about the feed.
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
    /// A redirect that cannot be followed: too many, in a circle, without a target.
    #[error("bad redirect: {0}")]
    Redirect(String),
    /// A `file:` feed that cannot be read.
    #[error("{0}")]
    File(String),
}

/// A Retry-After as a server named it.
fn named(wait: Duration) -> String {
    let most = if wait > RETRY_AFTER_MAX { "; at most a week is honoured" } else { "" };
    format!(", retry after {} s{most}", wait.as_secs())
}

/// The meaning of a status code in words.
fn meaning(status: u16) -> &'static str {
    match status {
        400 => "(bad request)",
        401 => "(needs a user name and password)",
        402 => "(payment required)",
        403 => "(forbidden)",
        404 => "(not found)",
        405 => "(method not allowed)",
        407 => "(a proxy needs a password)",
        413 => "(too large)",
        415 | 422 => "(not accepted)",
        451 => "(withheld for legal reasons)",
        500..=599 => "(server error)",
        _ => "(no document)",
    }
}
