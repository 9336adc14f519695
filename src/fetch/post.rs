//! A document handed to a hook: one POST, no redirects, the same guard and client as for feeds.

use std::future::Future;
use std::time::Duration;

use reqwest::Response;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};

use tokio::time::Instant;

use super::dns::ASKED;
use super::http::Http;
use super::{Answer, FetchError, Post, cause, headers, http};
use crate::clock::Clock;
use crate::web::guard::Door;
use crate::web::redirect;

/// Posts. A redirect and no answer at all are errors; whatever else came back is the hook's answer.
pub(super) async fn post(http: &Http, post: Post) -> Result<Answer, FetchError> {
    http.guard().url(&post.url)?;
    let Post { url, puts, content_type, fields, body, timeout, answer_max_bytes } = post;
    let client = http.client(&url)?;
    let asking = if puts { client.put(url.clone()) } else { client.post(url.clone()) };
    let mut sending = asking.header(CONTENT_TYPE, &*content_type).body(body);
    // Whatever it answers: the client's own field is for feeds.
    sending = sending.header(ACCEPT, "*/*");
    for (name, value) in fields {
        let broken = |error: String| FetchError::Broken(format!("{name}: {error}"));
        let field = HeaderName::from_bytes(name.as_bytes()).map_err(|error| broken(error.to_string()))?;
        let mut value = HeaderValue::from_str(&value).map_err(|error| broken(error.to_string()))?;
        value.set_sensitive(true);
        sending = sending.header(field, value);
    }
    let deadline = Instant::now() + timeout;
    // A hook's address is in the operator's files.
    let sent = within(timeout, ASKED.scope(Door::of(&url, true), sending.send())).await?;
    let response = sent.map_err(|error| cause::of_request(error, &url, timeout))?;
    let status = response.status();
    if redirect::kind(status).is_some() {
        return Err(FetchError::Redirect(format!("HTTP {}: a hook must answer where it is", status.as_u16())));
    }
    let refusal = (!status.is_success()).then(|| {
        let retry_after = headers::hints(response.headers(), Clock::System.now()).retry_after;
        let other = FetchError::Status { status: status.as_u16(), retry_after };
        http::refusal(status, retry_after, || None).unwrap_or(other)
    });
    let body = tokio::time::timeout_at(deadline, beginning(response, answer_max_bytes)).await.unwrap_or_default();
    Ok(Answer { refusal, body })
}

/// So much of a body; less where it breaks off, as the status counts without it.
async fn beginning(mut response: Response, most_bytes: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < most_bytes
        && let Ok(Some(piece)) = response.chunk().await
    {
        body.extend_from_slice(&piece[..piece.len().min(most_bytes - body.len())]);
    }
    body
}

async fn within<T>(limit: Duration, step: impl Future<Output = T>) -> Result<T, FetchError> {
    let waited = tokio::time::timeout(limit, step).await;
    waited.map_err(|_| FetchError::TimedOut { doing: "waiting for the hook's answer", after: limit })
}
