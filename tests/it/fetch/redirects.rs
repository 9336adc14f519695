//! The way from the address that was asked to the one that answers.

use feedwatch::fetch::{Fetch, Redirect, Request, Response, Tuning, Way};
use feedwatch::model::Validators;

use super::{AGES, document, error, get, get_known, http, knowing, names, tuned};
use crate::server::{Server, moved, ok, status};

#[tokio::test]
async fn a_way_is_followed_and_told_step_by_step() {
    let server = Server::start();
    server.on("/old/feed", moved(301, "new"));
    server.on("/old/new", moved(307, &server.url("/here")));
    server.on("/here", ok("<rss/>").etag("\"1\""));
    let found = document(get(&http(), &server.url("/old/feed")).await);
    let step = |path: &str, permanent| Redirect { to: server.url(path).parse().unwrap(), permanent };
    assert_eq!(found.redirects, [step("/old/new", true), step("/here", false)]);
    assert_eq!(found.url.as_str(), server.url("/here"));
    assert_eq!(found.validators.url, Some(found.url));
    assert!(server.asked().iter().all(|asked| asked.field("referer").is_none()));
}

#[tokio::test]
async fn every_redirect_that_can_be_followed_is() {
    let server = Server::start();
    server.on("/here", ok("<rss/>"));
    let http = http();
    for code in [301, 302, 303, 307, 308] {
        server.on("/feed", moved(code, "/here"));
        let found = document(get(&http, &server.url("/feed")).await);
        assert_eq!(found.redirects[0].permanent, code == 301 || code == 308, "{code}");
    }
    for code in [300, 305, 306] {
        server.on("/feed", moved(code, "/here"));
        let expected = format!("bad redirect: HTTP {code} cannot be followed");
        assert_eq!(error(get(&http, &server.url("/feed")).await), expected);
    }
}

#[tokio::test]
async fn five_steps_are_followed_and_not_six() {
    let server = Server::start();
    for step in 0..6 {
        server.on(&format!("/{step}"), moved(302, &format!("/{}", step + 1)));
    }
    server.on("/6", ok("<rss/>"));
    let http = http();
    assert_eq!(document(get(&http, &server.url("/1")).await).redirects.len(), 5);
    assert_eq!(error(get(&http, &server.url("/0")).await), "bad redirect: more than 5 in a row");
}

#[tokio::test]
async fn a_circle_is_seen_at_once() {
    let server = Server::start();
    server.on("/a", moved(301, "/b"));
    server.on("/b", moved(301, "/a"));
    let expected = format!("bad redirect: in a circle, back to {}", server.url("/a"));
    assert_eq!(error(get(&http(), &server.url("/a")).await), expected);
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn validators_go_to_the_address_that_gave_them_and_to_no_other() {
    let server = Server::start();
    server.on("/feed", moved(302, "/here"));
    server.on("/here", ok("<rss/>").etag("\"1\""));
    let http = http();
    let first = document(get(&http, &server.url("/feed")).await).validators;
    let again = get_known(&http, &server.url("/feed"), &first).await;
    assert!(matches!(again, Ok(Response::NotModified { redirects, .. }) if redirects.len() == 1));
    assert_eq!(server.last("/feed").field("if-none-match"), None);
    assert_eq!(server.last("/here").field("if-none-match"), Some(b"\"1\"".as_slice()));

    server.on("/feed", moved(302, "/there"));
    server.on("/there", ok("<rss/>").etag("\"1\""));
    document(get_known(&http, &server.url("/feed"), &first).await);
    assert_eq!(server.last("/there").field("if-none-match"), None);

    // Validators of an unknown origin belong to the feed's own address.
    let own = Validators { url: None, ..first };
    document(get_known(&http, &server.url("/feed"), &own).await);
    assert_eq!(server.last("/feed").field("if-none-match"), Some(b"\"1\"".as_slice()));
    assert_eq!(server.last("/there").field("if-none-match"), None);
}

#[tokio::test]
async fn a_password_stays_with_its_origin_and_out_of_what_is_told() {
    let (server, other) = (Server::start(), Server::start());
    let with_login = |path: &str| server.url(path).replace("http://", "http://desk:s%C3%A9cret@");
    server.on("/feed", moved(302, "/here"));
    server.on("/here", moved(302, &other.url("/there")));
    other.on("/there", ok("<rss/>"));
    let http = knowing(&[other.url("/")]);
    let found = document(get(&http, &with_login("/feed")).await);
    let expected = b"Basic ZGVzazpzw6ljcmV0".as_slice();
    assert_eq!(server.last("/feed").field("authorization"), Some(expected));
    assert_eq!(server.last("/here").field("authorization"), Some(expected));
    assert_eq!(other.last("/there").field("authorization"), None);
    assert_eq!(found.url.as_str(), other.url("/there"));

    server.on("/plain", ok("<rss/>").etag("\"1\""));
    let found = document(get(&http, &with_login("/plain")).await);
    assert_eq!(found.url.as_str(), server.url("/plain"));
    assert!(matches!(
        get_known(&http, &with_login("/plain"), &found.validators).await,
        Ok(Response::NotModified { .. })
    ));

    server.on("/closed", status(401));
    let refused = error(get(&http, &with_login("/closed")).await);
    assert_eq!(refused, "HTTP 401 (needs a user name and password)");
    server.on("/lure", moved(302, "http://a:b@127.0.0.1/"));
    let lured = error(get(&http, &with_login("/lure")).await);
    assert_eq!(lured, "bad redirect: the Location brings a user name or password");
    let unreachable = error(get(&http, "http://desk:secret@127.0.0.1:1/").await);
    assert_eq!(unreachable, "connection refused (127.0.0.1:1)");
}

#[tokio::test]
async fn every_step_passes_the_guard() {
    let server = Server::start();
    let table: &[(&str, &[&str])] = &[("inside.example", &["10.1.2.3"])];
    let http = tuned(AGES, Tuning { lookup: names(table), ..Tuning::default() });
    let cases = [
        (
            "http://2130706434/",
            "127.0.0.2 is loopback (127.0.0.0/8); to use it, write allow = [\"127.0.0.2:80\"] in [guard]",
        ),
        (
            "http://169.254.169.254/latest/meta-data/",
            "169.254.169.254 is link-local, where clouds keep their metadata (169.254.0.0/16); to use it, write allow = [\"169.254.169.254:80\"] in [guard]",
        ),
        (
            "//inside.example/",
            "inside.example: 10.1.2.3 is a private network (10.0.0.0/8); to use it, write allow = [\"10.1.2.3:80\"] in [guard]",
        ),
        ("file:///etc/passwd", "file: feeds are off; to read them, write files = true in [guard]"),
        ("gopher://127.0.0.1/", "gopher: is not a scheme of the web; http and https are"),
        (
            "http://127.0.0.1.example:25/",
            "port 25 belongs to another service; ports 80, 443 and from 1024 on are asked",
        ),
    ];
    for (location, why) in cases {
        server.on("/feed", moved(302, location));
        assert_eq!(error(get(&http, &server.url("/feed")).await), format!("refused by the guard: {why}"));
    }
}

#[tokio::test]
async fn a_redirect_says_how_long_it_wants_to_be_waited_for_unless_that_is_for_ever() {
    let server = Server::start();
    server.on("/here", ok("<rss/>"));
    for (said, rest) in [("40", 40), ("60", 60), ("61", 0), ("-1", 0), ("soon", 0)] {
        server.on("/feed", moved(301, "/here").with("Retry-After", said));
        let url = server.url("/feed").parse().unwrap();
        let request = Request { url, validators: Validators::default(), way: Way::default() };
        let Ok(Response::Elsewhere(way)) = http().fetch(request).await else { panic!("it is elsewhere") };
        assert_eq!(way.rest.as_secs(), rest, "{said}");
        assert_eq!(way.retry_after.map(|wait| wait.as_secs()), said.parse::<i64>().ok().map(|wait| wait.max(0) as u64));
    }
}
