//! What is sent, and what comes of the answers of servers that mean well.

use feedwatch::fetch::Response;
use feedwatch::model::Validators;

use super::{document, error, get, get_known, http};
use crate::server::{Server, ok, status};

#[tokio::test]
async fn a_first_poll_says_who_asks_and_nothing_else() {
    let server = Server::start();
    server.on("/feed?a=1", ok("<rss/>").with("Content-Type", "application/rss+xml"));
    let document = document(get(&http(), &server.url("/feed?a=1#top")).await);
    assert_eq!(document.body, b"<rss/>");
    assert_eq!(document.content_type.as_deref(), Some("application/rss+xml"));
    assert!(document.validators.is_empty());
    let asked = server.last("/feed?a=1");
    assert_eq!(asked.method, "GET");
    let mut fields: Vec<_> = asked.fields.iter().map(|(name, _)| name.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["accept", "accept-encoding", "host", "user-agent"]);
}

#[tokio::test]
async fn validators_come_back_byte_for_byte_and_earn_a_304() {
    let server = Server::start();
    let (etag, date) = (b"W/\"caf\xe9\x80\"".as_slice(), "Thu, 1 Jan 1970 00:00:00 +0000");
    server.on("/feed", ok("<rss/>").etag(etag).with("Last-Modified", date).with("Cache-Control", "max-age=600"));
    let http = http();
    let first = document(get(&http, &server.url("/feed")).await);
    let again = get_known(&http, &server.url("/feed"), &first.validators).await.unwrap();
    let asked = server.last("/feed");
    assert_eq!(asked.field("if-none-match"), Some(etag));
    assert_eq!(asked.field("if-modified-since"), Some(date.as_bytes()));
    let Response::NotModified { validators, hints, .. } = again else { panic!("{again:?}") };
    assert_eq!(validators, first.validators);
    assert_eq!(hints.fresh_for.unwrap().as_secs(), 600);
}

#[tokio::test]
async fn a_304_to_a_request_that_knew_nothing_is_an_error() {
    let server = Server::start();
    server.on("/feed", status(304));
    let found = error(get_known(&http(), &server.url("/feed"), &Validators::default()).await);
    assert_eq!(found, "HTTP 304 although nothing was said to be known");
}
