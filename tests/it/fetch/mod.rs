//! The web as it is, on loopback and in real time.
#![allow(clippy::unwrap_used)]

mod cookies;
mod faults;
mod files;
mod guard;
mod many;
mod polls;
mod redirects;
mod tls;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use feedwatch::fetch::{
    Document, FetchError, Guard, Http, Identity, Limits, Lookup, Request, Response, Tuning, Way, follow,
};
use feedwatch::model::Validators;

/// The largest body these tests allow.
const LIMIT: u64 = 20_000;

/// Longer than any answer takes here, however busy the machine.
const AGES: Duration = Duration::from_secs(30);

/// A client that may use loopback and waits as long as it takes.
fn http() -> Http {
    tuned(AGES, Tuning::default())
}

fn tuned(timeout: Duration, tuning: Tuning) -> Http {
    guarded(timeout, tuning, Guard { allow: vec!["127.0.0.1/32".parse().unwrap()], ..Guard::default() })
}

/// A client whose files name these addresses as well.
fn knowing(urls: &[String]) -> Http {
    let urls: Vec<url::Url> = urls.iter().map(|url| url.parse().unwrap()).collect();
    let guard = Guard { allow: vec!["127.0.0.1/32".parse().unwrap()], ..Guard::default() };
    guarded(AGES, Tuning::default(), guard.knowing(urls.iter()))
}

fn guarded(timeout: Duration, tuning: Tuning, guard: Guard) -> Http {
    let limits = Limits { timeout, max_body_bytes: LIMIT };
    Http::tuned(&Identity { contact: Some("https://desk.example/about".into()), feeds: 0 }, limits, guard, tuning)
}

/// Asks without knowing anything.
async fn get(http: &Http, url: &str) -> Result<Response, FetchError> {
    get_known(http, url, &Validators::default()).await
}

/// Asks knowing these validators.
async fn get_known(http: &Http, url: &str, known: &Validators) -> Result<Response, FetchError> {
    follow(http, Request { url: url.parse().unwrap(), validators: known.clone(), way: Way::default() }).await
}

#[track_caller]
fn document(result: Result<Response, FetchError>) -> Document {
    match result {
        Ok(Response::Document(document)) => *document,
        other => panic!("no document: {other:?}"),
    }
}

#[track_caller]
fn error(result: Result<Response, FetchError>) -> String {
    match result {
        Err(error) => error.to_string(),
        Ok(answer) => panic!("no error: {answer:?}"),
    }
}

/// A resolver that knows what the table says; an empty list is a name without an address, "trouble" no answer.
fn names(table: &'static [(&str, &[&str])]) -> Lookup {
    Arc::new(move |host| {
        Box::pin(async move {
            let found = table.iter().find(|(name, _)| *name == host);
            let trouble = host.starts_with("trouble");
            let why = if trouble { "Temporary failure in name resolution" } else { "Name or service not known" };
            let (_, addresses) = found.ok_or_else(|| io::Error::other(why))?;
            Ok(addresses.iter().map(|ip| ip.parse::<IpAddr>().unwrap()).collect())
        })
    })
}
