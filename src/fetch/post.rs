//! A document handed to a hook: one POST, no redirects, the same guard and client as for feeds.

use std::future::Future;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};

use super::dns::ASKED;
use super::http::Http;
use super::{FetchError, Post, cause, headers, http};
use crate::clock::Clock;
use crate::web::guard::Door;
use crate::web::redirect;

/// Posts; an answer of the 2xx kind is acceptance, anything else an error. The hook's body is not read.
pub(super) async fn post(http: &Http, post: Post) -> Result<(), FetchError> {
    http.guard().url(&post.url)?;
    let Post { url, content_type, fields, body, timeout } = post;
    let mut sending = http.client(&url)?.post(url.clone()).header(CONTENT_TYPE, content_type).body(body);
    // Whatever it answers: the client's own field is for feeds.
    sending = sending.header(ACCEPT, "*/*");
    for (name, value) in fields {
        let value = HeaderValue::from_str(&value).map_err(|error| FetchError::Broken(format!("{name}: {error}")))?;
        sending = sending.header(HeaderName::from_static(name), value);
    }
    // A hook's address is in the operator's files.
    let sent = within(timeout, ASKED.scope(Door::of(&url, true), sending.send())).await?;
    let response = sent.map_err(|error| cause::of_request(error, &url, timeout))?;
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    if redirect::kind(status).is_some() {
        return Err(FetchError::Redirect(format!("HTTP {}: a hook must answer where it is", status.as_u16())));
    }
    let retry_after = headers::hints(response.headers(), Clock::System.now()).retry_after;
    Err(http::refusal(status, retry_after, || None)
        .unwrap_or(FetchError::Status { status: status.as_u16(), retry_after }))
}

async fn within<T>(limit: Duration, step: impl Future<Output = T>) -> Result<T, FetchError> {
    let waited = tokio::time::timeout(limit, step).await;
    waited.map_err(|_| FetchError::TimedOut { doing: "waiting for the hook's answer", after: limit })
}
