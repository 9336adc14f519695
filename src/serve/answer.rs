//! Requests and answers.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use super::listen::Names;
use super::{Source, atom, health, metrics, wanted};
use crate::hash::{hash64, hex128};
use crate::model::AlertFilter;
use crate::store::{Store, StoreError};

const PATHS: &str = "/metrics  for Prometheus\n/healthz  whether all is well, as JSON\n/alerts.atom  the alerts as a feed\n\
     /watch/NAME.atom  those of one watch; both with ?level=high, ?verdict=useful\n";
const TEXT: &str = "text/plain; charset=utf-8";
/// The text format that every version of Prometheus reads.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

type Answer = Response<Full<Bytes>>;

pub(super) async fn answer(
    source: Arc<Source>,
    names: Names,
    request: Request<Incoming>,
) -> Result<Answer, Infallible> {
    if names == Names::Local && !is_local(&request) {
        return Ok(page(StatusCode::MISDIRECTED_REQUEST, TEXT, "ask by address, or as localhost\n"));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refused =
            page(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET and HEAD: nothing can be changed here\n");
        refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Ok(refused);
    }
    let path = request.uri().path().to_owned();
    let feed = wanted::filter(&path, request.uri().query().unwrap_or_default());
    let answering = tokio::task::spawn_blocking(move || match path.as_str() {
        "/metrics" => page(StatusCode::OK, METRICS, metrics(&source)),
        "/healthz" => healthz(&source),
        "/" => page(StatusCode::OK, TEXT, PATHS),
        _ => match feed {
            Some(Ok(filter)) => alerts(&source, filter, request.headers().get(header::IF_NONE_MATCH)),
            Some(Err(help)) => page(StatusCode::BAD_REQUEST, TEXT, help),
            None => page(StatusCode::NOT_FOUND, TEXT, PATHS),
        },
    });
    Ok(answering.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic())))
}

/// Whether the client calls us by an address or as localhost.
fn is_local(request: &Request<Incoming>) -> bool {
    // A client without it is not a browser.
    let Some(host) = request.headers().get(header::HOST) else { return true };
    let Ok(authority) = hyper::http::uri::Authority::try_from(host.as_bytes()) else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

fn metrics(source: &Source) -> String {
    let sinks = Store::open_to_read(&source.store).and_then(|store| store.sink_states());
    metrics::page(&source.vitals.borrow(), sinks.as_deref(), metrics::Process::of_this(&source.store))
}

fn healthz(source: &Source) -> Answer {
    let (is_well, document) = health::report(&source.vitals.borrow(), source.clock.now());
    let status = if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    page(status, "application/json", format!("{document}\n"))
}

fn alerts(source: &Source, filter: AlertFilter, known: Option<&HeaderValue>) -> Answer {
    match feed(source, filter) {
        Ok(body) => {
            let etag = format!("\"{:016x}\"", hash64(&[&body]));
            let is_known = known.and_then(|known| known.to_str().ok()).is_some_and(|known| known.contains(&etag));
            let mut answer = match is_known {
                true => page(StatusCode::NOT_MODIFIED, "application/atom+xml", ""),
                false => page(StatusCode::OK, "application/atom+xml; charset=utf-8", body),
            };
            answer.headers_mut().insert(header::ETAG, HeaderValue::from_str(&etag).expect("digits in quotes"));
            answer
        }
        Err(error) => page(StatusCode::SERVICE_UNAVAILABLE, TEXT, format!("the database cannot be read: {error}\n")),
    }
}

fn feed(source: &Source, filter: AlertFilter) -> Result<Vec<u8>, StoreError> {
    let store = Store::open_to_read(&source.store)?;
    let filter = AlertFilter { limit: Some(atom::ENTRIES_MAX), ..filter };
    let alerts = store.alerts(&filter)?;
    let first = store.first_run()?;
    let (id, since) = first.map_or((String::new(), source.vitals.borrow().started_at), |first| first);
    let name = wanted::name(&filter);
    let parts: &[&[u8]] = &[b"alerts.atom", id.as_bytes(), name.as_bytes()];
    // The feed of all alerts keeps the id that it had when it was the only one.
    let id = hex128(if name.is_empty() { &parts[..2] } else { parts });
    let title = filter.watch.map_or("feedwatch alerts".to_owned(), |watch| format!("feedwatch alerts: {watch}"));
    Ok(atom::feed(&alerts, &id, &title, since).expect("writing to memory does not fail"))
}

fn page(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut page = Response::new(Full::new(body.into()));
    *page.status_mut() = status;
    let headers = page.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    page
}
