//! Requests to the web: `Fetch`, and its implementation with reqwest, behind the guard. The types are in `web`.

mod http;

mod body;

mod post;

mod dns;

mod headers;

mod encoding;

mod cause;

mod file;

mod room;

mod pace;

mod crowd;

use std::future::Future;

use url::Url;

use crate::model::Validators;

pub use cause::tls_fault;
pub use dns::Lookup;
pub use http::{Http, Identity, Limits, Tuning, install_crypto};
pub use room::{Held, Room};

pub use crate::web::{
    Answer, FetchError, Guard, Hints, Jar, Opening, Post, RETRY_AFTER_MAX, Redirect, Refusal, Request, Way,
    same_document,
};

/// An answer that can be used.
#[derive(Clone, Debug)]
pub enum Response {
    /// The document did not change (304).
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
    /// It has moved: request it there, with this chain, when it is that server's turn.
    Elsewhere(Way),
}

/// A body and its header fields.
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

/// Asks the web. Two things implement it: `Http`, and the tests' scripted web.
pub trait Fetch: Send + Sync + 'static {
    /// Asks one server once; never retries, never sleeps for politeness: that is the schedule's business.
    fn fetch(&self, request: Request) -> impl Future<Output = Result<Response, FetchError>> + Send;

    /// Hands a hook a document, once; under the same guard as `fetch`.
    fn post(&self, post: Post) -> impl Future<Output = Result<Answer, FetchError>> + Send;
}

/// Requests a document and follows redirects at once: for a person who waits for one document.
pub async fn follow(web: &impl Fetch, mut request: Request) -> Result<Response, FetchError> {
    loop {
        match web.fetch(request.clone()).await? {
            Response::Elsewhere(way) => request.way = way,
            answer => return Ok(answer),
        }
    }
}
