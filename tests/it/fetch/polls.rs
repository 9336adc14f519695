//! What is sent, and what comes of the answers of servers that mean well.

use feedwatch::fetch::{Guard, Http, Identity, Limits, Response};
use feedwatch::model::Validators;

use super::{AGES, LIMIT, document, error, get, get_known, http};
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
    let agent = format!("feedwatch/{} (+https://desk.example/about)", env!("CARGO_PKG_VERSION"));
    assert_eq!(asked.field("user-agent"), Some(agent.as_bytes()));
    assert_eq!(asked.field("accept-encoding"), Some(b"gzip, br, deflate".as_slice()));
    let accept = String::from_utf8_lossy(asked.field("accept").unwrap()).into_owned();
    assert!(accept.starts_with("application/rss+xml, application/atom+xml, application/feed+json, "), "{accept}");
}

#[tokio::test]
async fn what_a_server_slips_in_is_not_taken_up() {
    let server = Server::start();
    let tricks =
        ok("<rss/>").with("Set-Cookie", "id=1").with("Refresh", "0; url=/other").with("Alt-Svc", "h3=\":443\"");
    server.on("/feed", tricks);
    let http = http();
    for _ in 0..2 {
        assert!(document(get(&http, &server.url("/feed")).await).redirects.is_empty());
    }
    let asked = server.asked();
    assert_eq!(asked[0].fields, asked[1].fields);
    assert_eq!(asked.len(), 2);
}

#[tokio::test]
async fn a_contact_that_is_no_header_text_is_cut_to_what_is() {
    let server = Server::start();
    server.on("/", ok("<rss/>"));
    for (contact, feeds, agent) in [
        ("desk@news.example", 0, " (+desk@news.example)"),
        ("desk@news.example", 120, " (+desk@news.example; 120 feeds here)"),
        ("", 1, " (1 feed here)"),
        ("caf\u{e9} (x)\r\nX: y", 0, " (+cafxX:y)"),
    ] {
        let limits = Limits { timeout: AGES, max_body_bytes: LIMIT };
        let guard = Guard { allow: vec!["127.0.0.1/32".parse().unwrap()], ..Guard::default() };
        document(
            get(&Http::new(&Identity { contact: Some(contact.into()), feeds }, limits, guard), &server.url("/")).await,
        );
        let expected = format!("feedwatch/{}{agent}", env!("CARGO_PKG_VERSION"));
        assert_eq!(server.last("/").field("user-agent"), Some(expected.as_bytes()));
    }
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
async fn a_304_tells_only_what_it_carries() {
    let server = Server::start();
    let known = Validators { etag: Some(b"\"1\"".as_slice().into()), ..Validators::default() };
    server.on("/feed", status(304).with("Last-Modified", "today").with("Expires", "0"));
    let again = get_known(&http(), &server.url("/feed"), &known).await;
    let Ok(Response::NotModified { validators, hints, .. }) = again else { panic!("{again:?}") };
    assert_eq!((validators.etag, validators.last_modified.as_deref()), (None, Some(b"today".as_slice())));
    assert_eq!(hints.fresh_for, None);
    assert_eq!(server.last("/feed").field("if-modified-since"), None);
}

#[tokio::test]
async fn a_304_to_a_request_that_knew_nothing_is_an_error() {
    let server = Server::start();
    server.on("/feed", status(304));
    let found = error(get_known(&http(), &server.url("/feed"), &Validators::default()).await);
    assert_eq!(found, "HTTP 304 (not modified) to a request without validators");
}
