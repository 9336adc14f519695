//! Redirects that set cookies: they come back within the same way, to the same server, and nowhere else.

use super::{document, error, get, http, knowing};
use crate::server::{Answer, Server, moved, ok};

const FEED: &str = "<rss/>";

fn sets(to: &str, cookies: &[&str]) -> Answer {
    cookies.iter().fold(moved(302, to), |answer, cookie| answer.with("Set-Cookie", cookie))
}

/// The Cookie fields of the requests in turn.
fn sent(server: &Server) -> Vec<String> {
    let field = |asked: &crate::server::Asked| {
        let cookie = asked.field("cookie").map(|field| String::from_utf8_lossy(field).into_owned());
        format!("{} {}", asked.path, cookie.unwrap_or_default()).trim_end().to_owned()
    };
    server.asked().iter().map(field).collect()
}

#[tokio::test]
async fn a_way_that_leads_back_with_a_cookie_arrives() {
    let server = Server::start();
    // By another page, at once, by the second step, and by two that each want theirs.
    server.in_turn("/one", [moved(302, "/check?url=one"), ok(FEED)]);
    server.on("/check?url=one", sets("/one", &["seen=1; Path=/; HttpOnly; SameSite=Lax"]));
    server.in_turn("/two", [sets("/two", &["id=7"]), ok(FEED)]);
    server.in_turn("/three", [moved(301, "/a"), ok(FEED)]);
    server.on("/a", moved(302, "/b"));
    server.on("/b", sets("/three", &["b=1; Path=/three", "x=2; Path=/elsewhere"]));
    server.in_turn("/four", [sets("/four", &["a=1"]), sets("/four", &["b=2"]), sets("/five", &["a=3"])]);
    server.on("/five", ok(FEED));
    let http = http();
    for path in ["/one", "/two", "/three", "/four"] {
        assert_eq!(document(get(&http, &server.url(path)).await).body, FEED.as_bytes(), "{path}");
    }
    let expected = [
        ["/one", "/check?url=one", "/one seen=1"].as_slice(),
        &["/two", "/two id=7"],
        &["/three", "/a", "/b", "/three b=1"],
        &["/four", "/four a=1", "/four a=1; b=2", "/five b=2; a=3"],
    ];
    assert_eq!(sent(&server), expected.concat());
}

#[tokio::test]
async fn the_next_poll_begins_without_cookies() {
    let server = Server::start();
    server.in_turn("/feed", [sets("/feed", &["id=7"]), ok(FEED).with("Set-Cookie", "track=1"), ok(FEED)]);
    let http = http();
    document(get(&http, &server.url("/feed")).await);
    document(get(&http, &server.url("/feed")).await);
    assert_eq!(sent(&server), ["/feed", "/feed id=7", "/feed"]);
}

#[tokio::test]
async fn another_server_neither_gets_nor_sets_them_and_a_login_stays_where_it_was() {
    let (server, other) = (Server::start(), Server::start());
    let back = server.url("/feed");
    server.in_turn("/feed", [sets(&other.url("/there"), &["own=1; Path=/"]), ok(FEED)]);
    other.on("/there", sets(&back, &["strange=1; Path=/", "lure=1; Path=/; Domain=127.0.0.1"]));
    let http = knowing(&[other.url("/")]);
    let url = back.replace("http://", "http://desk:secret@");
    document(get(&http, &url).await);
    assert_eq!((sent(&server), sent(&other)), (vec!["/feed".into(), "/feed own=1".into()], vec!["/there".into()]));
    assert!(server.asked().iter().all(|asked| asked.field("authorization").is_some()));
    assert!(other.asked().iter().all(|asked| asked.field("authorization").is_none()));
}

#[tokio::test]
async fn a_circle_in_spite_of_cookies_names_them() {
    let server = Server::start();
    let feed = server.url("/feed");
    let count = |n: usize| format!("n={n}");
    let turns = (0..20).map(|n| sets("/feed", &[&count(n)]));
    let cases: [(Vec<Answer>, String); 5] = [
        (vec![moved(302, "/feed")], format!("in a circle, back to {feed}")),
        (
            vec![sets("/feed", &["seen=1"])],
            format!("in a circle, back to {feed}, although it was sent the cookie \"seen\" that it had set"),
        ),
        (
            vec![sets("/feed", &["seen=1; Secure"])],
            format!(
                "in a circle, back to {feed}; the cookie \"seen\" was not taken: it is for https only and was set over http"
            ),
        ),
        (
            vec![sets("/feed", &["a=1", "b=2", "c=3; Domain=example.org"])],
            format!(
                "in a circle, back to {feed}, although it was sent the cookies \"b\", \"a\" that it had set; the cookie \
                 \"c\" was not taken: its Domain is not its server's"
            ),
        ),
        (turns.collect(), "more than 10 in a row, although it was sent the cookie \"n\" that it had set".to_owned()),
    ];
    for (answers, why) in cases {
        server.in_turn("/feed", answers);
        assert_eq!(error(get(&http(), &feed).await), format!("bad redirect: {why}"));
    }
    assert_eq!(server.asked().len(), 1 + 2 + 1 + 2 + 11);
}
