//! What services answer, and what follows from it: taken, refused for good, or tried again and when.

use std::time::Duration;

use feedwatch::sink::DeliveryError;

use super::channels::{CHANNELS, Channel};
use super::{alert, path, send, sink_of, with_server};
use crate::server::{Answer, Fault, Server, saying, status};

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Became {
    Taken,
    Refused,
    /// Tried again, after so many seconds if the service said so.
    Later(Option<u64>),
}

use Became::{Later, Refused, Taken};

#[track_caller]
fn check(channel: &Channel, answer: Answer, became: Became, says: &str) {
    let server = Server::start();
    let alert = alert();
    server.on(&path(channel, &alert), answer);
    let (config, mut sink) = sink_of(&with_server(channel, &server));
    // Long enough for a busy machine to answer, short enough to wait for one that does not.
    sink.timeout = Duration::from_secs(if says == "timed out" { 1 } else { 60 });
    let result = send(&config, &sink, &alert);
    let said = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let got = match result {
        Ok(()) => Taken,
        Err(DeliveryError::Refused { .. }) => Refused,
        Err(DeliveryError::Later { retry_after, .. }) => Later(retry_after.map(|wait| wait.as_secs())),
    };
    assert_eq!(got, became, "{}: {said}", channel.name);
    assert!(said.contains(says), "{}: {says:?} is not in {said:?}", channel.name);
    assert!(!said.contains("PLANTED"), "{}: {said}", channel.name);
}

#[test]
fn every_service_is_waited_for_as_it_asks_and_tried_again_after_trouble() {
    for channel in CHANNELS {
        check(channel, saying(channel.taken), Taken, "");
        check(channel, saying(channel.refused), Refused, "");
        check(channel, status(429).with("Retry-After", "7"), Later(Some(7)), "slow down");
        check(channel, status(429), Later(None), "HTTP 429");
        check(channel, status(500), Later(None), "HTTP 500");
        check(channel, status(503).with("Retry-After", "9"), Later(Some(9)), "HTTP 503");
        check(channel, status(401), Later(None), "HTTP 401");
        check(channel, status(404), Later(None), "HTTP 404");
        check(channel, status(410), Later(None), "gone");
        check(channel, status(302).with("Location", "/other"), Later(None), "must answer where it is");
        // A proxy's page, and one that repeats what it was asked.
        let asked = channel.lines.replace("secret_file", "PLANTED-token");
        let page = format!("<html>{asked}</html>");
        check(channel, saying((502, &page)), Later(None), "HTTP 502");
        check(channel, saying((404, &format!("no such thing: {asked}"))), Later(None), "no such thing");
    }
}

#[test]
fn a_service_that_hangs_is_left_after_the_timeout() {
    for channel in CHANNELS {
        check(channel, status(200).then(Fault::Silence), Later(None), "timed out");
    }
}

#[test]
fn a_status_counts_even_if_the_body_hangs_but_a_bot_of_slack_needs_its_word() {
    for channel in CHANNELS {
        let needs_word = channel.name == "slack-bot";
        let (became, says) = if needs_word { (Later(None), "no answer of Slack's") } else { (Taken, "") };
        check(channel, saying((200, "x")).claiming(100).then(Fault::Close), became, says);
    }
}

#[test]
fn services_say_in_their_own_words_how_long_to_wait_and_what_is_wrong() {
    let slack = |error: &str| format!("{{\"ok\":false,\"error\":\"{error}\"}}");
    let of = |name: &str| CHANNELS.iter().find(|channel| channel.name == name).unwrap();
    for (name, code, body, became, says) in [
        ("slack-bot", 200, slack("ratelimited"), Later(None), "ratelimited"),
        ("slack-bot", 200, slack("internal_error"), Later(None), "internal_error"),
        ("slack-bot", 200, slack("channel_not_found"), Later(None), "channel_not_found"),
        ("slack-bot", 200, slack("invalid_auth"), Later(None), "invalid_auth"),
        ("slack-bot", 200, slack("invalid_blocks"), Refused, "invalid_blocks"),
        ("slack-bot", 200, "<html>".to_owned(), Later(None), "no answer of Slack's"),
        ("slack-hook", 404, "no_service".to_owned(), Later(None), "no_service"),
        ("slack-hook", 400, "user_not_found".to_owned(), Later(None), "user_not_found"),
        (
            "discord",
            429,
            r#"{"message":"You are being rate limited.","retry_after":64.57}"#.to_owned(),
            Later(Some(65)),
            "rate limited",
        ),
        ("discord", 404, r#"{"message":"Unknown Webhook","code":10015}"#.to_owned(), Later(None), "Unknown Webhook"),
        (
            "telegram",
            429,
            r#"{"ok":false,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}"#
                .to_owned(),
            Later(Some(35)),
            "Too Many Requests",
        ),
        ("telegram", 400, r#"{"description":"Bad Request: chat not found"}"#.to_owned(), Later(None), "chat not found"),
        (
            "telegram",
            400,
            r#"{"description":"Bad Request: can't parse entities"}"#.to_owned(),
            Refused,
            "parse entities",
        ),
        ("telegram", 403, r#"{"description":"Forbidden: bot was kicked"}"#.to_owned(), Later(None), "kicked"),
        (
            "matrix",
            429,
            r#"{"errcode":"M_LIMIT_EXCEEDED","error":"Too many","retry_after_ms":2500}"#.to_owned(),
            Later(Some(3)),
            "Too many",
        ),
        ("matrix", 403, r#"{"errcode":"M_FORBIDDEN","error":"not in room"}"#.to_owned(), Later(None), "not in room"),
        ("ntfy", 403, r#"{"code":40301,"http":403,"error":"forbidden"}"#.to_owned(), Later(None), "forbidden"),
        (
            "gotify",
            401,
            r#"{"error":"Unauthorized","errorDescription":"give a token"}"#.to_owned(),
            Later(None),
            "give a token",
        ),
        ("pushover", 400, r#"{"errors":["application token is invalid"]}"#.to_owned(), Later(None), "token is invalid"),
        ("pushover", 429, r#"{"errors":["application has reached its limit"]}"#.to_owned(), Later(None), "limit"),
        ("teams", 429, r#"{"error":{"message":"Rate limit is exceeded"}}"#.to_owned(), Later(None), "Rate limit"),
    ] {
        check(of(name), saying((code, &body)), became, says);
    }
}
