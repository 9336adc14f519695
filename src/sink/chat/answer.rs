//! What these services answer: their words, how long they want to be left alone, and whether it is about the record.
//! Pure.

use std::time::Duration;

use serde_json::Value;

use super::message::shortened;
use super::{slack, token};
use crate::fetch::{Answer, FetchError};
use crate::model::{Chat, Service};
use crate::sink::{DeliveryError, RETRY_AFTER_MAX};

/// Of what a service says, enough for a line.
const WORDS_MAX_CHARS: usize = 200;

/// Words of a 400 that is about the token, the chat or the user, and not about the record.
const OF_THE_SINK: &[(Service, &[&str])] = &[
    (Service::SlackHook, &["user_not_found", "channel_not_found", "no_service", "no_team", "team_disabled", "token"]),
    (
        Service::Telegram,
        &["chat", "group", "rights", "user", "peer", "topic", "thread", "bot", "replied", "forbidden", "member"],
    ),
    (Service::Pushover, &["token", "user", "device", "limit"]),
];

/// Words of a 400 from Telegram that are about the record, whatever else they say.
const OF_THE_RECORD: &[&str] = &["parse entities", "too long", "text is empty"];

/// What an answer means. As with other hooks, what a person can mend over there or in the files is waited for.
pub(super) fn verdict(chat: &Chat, answer: Answer) -> Result<(), DeliveryError> {
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let words = shortened(&hushed(&words(&said, &answer.body), chat), WORDS_MAX_CHARS);
    let with_words = |why: String| if words.is_empty() { why } else { format!("{why}: {words}") };
    let Some(mut refusal) = answer.refusal else {
        return if chat.service == Service::SlackBot { slack::heard(&said, with_words) } else { Ok(()) };
    };
    if let FetchError::Status { retry_after, .. } | FetchError::Throttled { retry_after, .. } = &mut refusal {
        *retry_after = (*retry_after).max(wait(&said));
    }
    Err(match crate::sink::verdict(refusal) {
        DeliveryError::Refused { why } if is_of_the_sink(chat.service, &words) => {
            DeliveryError::Later { why: with_words(why), retry_after: None }
        }
        DeliveryError::Refused { why } => DeliveryError::Refused { why: with_words(why) },
        DeliveryError::Later { why, retry_after } => DeliveryError::Later { why: with_words(why), retry_after },
    })
}

fn is_of_the_sink(service: Service, words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    let of_record = OF_THE_RECORD.iter().any(|word| words.contains(word));
    let of_sink = OF_THE_SINK.iter().find(|(of, _)| *of == service).map_or(&[][..], |(_, phrases)| phrases);
    !of_record && of_sink.iter().any(|word| words.contains(word))
}

/// How long a service wants to be left alone, by its answer's body: Discord's `retry_after` in seconds, Telegram's
/// within `parameters`, Matrix's `retry_after_ms`.
fn wait(said: &Value) -> Option<Duration> {
    let seconds = said["retry_after"].as_f64().or_else(|| said["parameters"]["retry_after"].as_f64());
    let seconds = seconds.or_else(|| said["retry_after_ms"].as_f64().map(|ms| ms / 1000.0))?;
    let most = RETRY_AFTER_MAX.as_secs_f64();
    // To the next whole second: nothing is gained by being early.
    (seconds > 0.0).then(|| Duration::from_secs(seconds.min(most).ceil() as u64))
}

/// What went wrong, in the service's words.
fn words(said: &Value, body: &[u8]) -> String {
    let one = |text: &Value| text.as_str().map(str::to_owned);
    let all = |list: &Value| {
        let list = list.as_array()?.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ");
        Some(list).filter(|list| !list.is_empty())
    };
    let found = one(&said["description"])
        .or_else(|| one(&said["errorDescription"]))
        .or_else(|| one(&said["error"]))
        .or_else(|| one(&said["error"]["message"]))
        .or_else(|| one(&said["message"]))
        .or_else(|| all(&said["errors"]));
    // A page for browsers says nothing.
    let plain = || {
        let text = String::from_utf8_lossy(body);
        if said.is_null() && !text.trim_start().starts_with('<') { text.trim().to_owned() } else { String::new() }
    };
    found.unwrap_or_else(plain)
}

/// Words without what proves who we are, should a service repeat it.
fn hushed(words: &str, chat: &Chat) -> String {
    let segments = chat.url.path_segments().into_iter().flatten().map(str::to_owned);
    let parameters = chat.url.query_pairs().map(|(_, value)| value.into_owned());
    let secrets = token(chat).into_iter().map(String::from).chain(segments).chain(parameters).chain([chat.to.clone()]);
    // What is shorter is no secret: it would black out ordinary words.
    let secrets = secrets.filter(|secret| secret.len() >= 8);
    secrets.fold(words.to_owned(), |words, secret| words.replace(&secret, "***"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_found_wherever_a_service_says_it() {
        for (body, wait_s) in [
            (r#"{"retry_after": 0.25}"#, Some(1)),
            (r#"{"parameters": {"retry_after": 35}}"#, Some(35)),
            (r#"{"retry_after_ms": 2500}"#, Some(3)),
            (r#"{"retry_after": 1e300}"#, Some(86_400)),
            (r#"{"retry_after": -1}"#, None),
            (r#"{"retry_after": "soon"}"#, None),
            ("{}", None),
        ] {
            let said = serde_json::from_str(body).unwrap_or_default();
            assert_eq!(wait(&said), wait_s.map(Duration::from_secs), "{body}");
        }
    }

    #[test]
    fn words_are_found_wherever_a_service_says_them() {
        for (body, found) in [
            (r#"{"ok":false,"description":"Bad Request: chat not found"}"#, "Bad Request: chat not found"),
            (
                r#"{"errorDescription":"you need to provide a valid token","error":"Unauthorized"}"#,
                "you need to provide a valid token",
            ),
            (r#"{"errcode":"M_FORBIDDEN","error":"not in the room"}"#, "not in the room"),
            (r#"{"error":{"code":"X","message":"no such flow"}}"#, "no such flow"),
            (r#"{"message":"Unknown Webhook","code":10015}"#, "Unknown Webhook"),
            (r#"{"errors":["a","b"]}"#, "a; b"),
            ("invalid_payload", "invalid_payload"),
            ("<html>no</html>", ""),
        ] {
            let said = serde_json::from_str(body).unwrap_or_default();
            assert_eq!(words(&said, body.as_bytes()), found, "{body}");
        }
    }
}
