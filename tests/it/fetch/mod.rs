//! The web as it is, on loopback and in real time.
#![allow(clippy::unwrap_used)]

mod polls;

use std::time::Duration;

use feedwatch::fetch::{Document, Fetch, FetchError, Guard, Http, Identity, Limits, Request, Response, Tuning};
use feedwatch::model::Validators;

/// The largest body these tests allow.
pub(super) const LIMIT: u64 = 20_000;

/// A client that may use loopback and has little patience.
pub(super) fn http() -> Http {
    tuned(Tuning::default())
}

pub(super) fn tuned(tuning: Tuning) -> Http {
    let patience = Duration::from_millis(200);
    let tuning = Tuning { connect: patience, answer: patience, idle: patience / 2, ..tuning };
    let limits = Limits { timeout: patience * 2, max_body_bytes: LIMIT };
    let guard = Guard { allow: vec!["127.0.0.0/8".parse().unwrap()], ..Guard::default() };
    Http::tuned(&Identity { contact: None }, limits, guard, tuning)
}

/// Asks without knowing anything.
pub(super) async fn get(http: &Http, url: &str) -> Result<Response, FetchError> {
    get_known(http, url, &Validators::default()).await
}

/// Asks knowing these validators.
pub(super) async fn get_known(http: &Http, url: &str, known: &Validators) -> Result<Response, FetchError> {
    http.fetch(Request { url: url.parse().unwrap(), validators: known.clone() }).await
}

#[track_caller]
pub(super) fn document(result: Result<Response, FetchError>) -> Document {
    match result {
        Ok(Response::Document(document)) => *document,
        other => panic!("no document: {other:?}"),
    }
}

#[track_caller]
pub(super) fn error(result: Result<Response, FetchError>) -> String {
    match result {
        Err(error) => error.to_string(),
        Ok(answer) => panic!("no error: {answer:?}"),
    }
}
