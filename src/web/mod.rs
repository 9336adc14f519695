//! Types for the web: requests, chains of redirects, failures, and the addresses that feedwatch may connect to. Pure;
//! `fetch` does the work.

mod error;

pub(crate) mod cookie;
pub(crate) mod date;
pub(crate) mod guard;
pub(crate) mod redirect;

use std::borrow::Cow;
use std::time::Duration;

use url::Url;

use crate::clock::DAY;
use crate::model::Validators;

pub use cookie::Jar;
pub use error::FetchError;
pub use guard::{Guard, Opening, Refusal};
pub use redirect::same_document;

/// One poll's question.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to fetch. A user name and password in it go to this origin only.
    pub url: Url,
    /// Sent back byte for byte, and only to the address they came from.
    pub validators: Validators,
    /// The chain of redirects so far; its last step is requested now.
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
    /// How much of the time for a whole poll it has used.
    pub spent: Duration,
    /// What its steps set, to be sent back on it.
    pub cookies: Jar,
    /// Whether it began at an address that the owner opened: only such a way may lead to another of those.
    pub is_inside: bool,
}

/// One step of the way from the address that was asked to the one that answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// Where it led.
    pub to: Url,
    /// Whether the server meant it for good (301, 308), so that the new address may be adopted in time.
    pub permanent: bool,
}

/// What a server says about when to poll again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// How long the answer stays fresh (`max-age`, else `Expires` less `Date`; less `Age`).
    pub fresh_for: Option<Duration>,
    /// The longest Retry-After of the answers in the chain; rare on successful answers.
    pub retry_after: Option<Duration>,
}

/// A document for a hook.
#[derive(Clone, Debug)]
pub struct Post {
    /// Whom to tell. A user name and password in it become an Authorization field.
    pub url: Url,
    /// Whether it is put (PUT) and not posted, where the address names the document: sent twice, it is there once.
    pub puts: bool,
    /// Its Content-Type.
    pub content_type: Cow<'static, str>,
    /// More header fields, names in lower case.
    pub fields: Vec<(Cow<'static, str>, String)>,
    /// The document.
    pub body: Vec<u8>,
    /// From the first look-up to the answer's header, and to the end of what is read of its body.
    pub timeout: Duration,
    /// How much of the answer's body is read; none where its status says all that counts.
    pub answer_max_bytes: usize,
}

/// What a hook answered.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Why it did not take the document, if it did not.
    pub refusal: Option<FetchError>,
    /// The beginning of its body, as far as it was asked for and came.
    pub body: Vec<u8>,
}

/// The longest Retry-After that is honoured: beyond a week it is a mistake or a joke (R24).
pub const RETRY_AFTER_MAX: Duration = DAY.saturating_mul(7);

/// A server's text, cut to the length of a message: a header field may be of any length.
pub(crate) fn clip(text: &str) -> &str {
    const ROOM_CHARS: usize = 200;
    text.char_indices().nth(ROOM_CHARS).map_or(text, |(end, _)| &text[..end])
}
