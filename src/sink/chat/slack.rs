//! Slack: incoming webhooks, and chat.postMessage for bots. Rich text holds what strangers wrote as values, in which
//! nothing is markup. Pure.

use serde_json::{Value, json};

use super::message::{Message, Piece, fitted};
use super::{Letter, below};
use crate::model::{Alert, Chat, Service};
use crate::sink::DeliveryError;

/// Slack takes 3000 characters in a block, some 40,000 in all.
const BLOCKS_MAX_BYTES: usize = 12_000;
const LINK_MAX_BYTES: usize = 2000;

/// Errors that come with a 200 and are about the record. All others are mended over there, in the files, or by time.
const OF_THE_RECORD: [&str; 7] = [
    "msg_too_long",
    "msg_blocks_too_long",
    "no_text",
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_arguments",
    "invalid_json",
];

pub(super) fn letter(chat: &Chat, alert: &Alert) -> Letter {
    let mut body = fitted(alert, LINK_MAX_BYTES, body, |body| body.to_string().len() <= BLOCKS_MAX_BYTES);
    if chat.service == Service::SlackHook {
        return Letter::json(chat.url.clone(), &body);
    }
    body["channel"] = chat.to.as_str().into();
    let url = below(&chat.url, &["api", "chat.postMessage"]);
    Letter::json(url, &body).with_token(chat, "authorization", "Bearer ")
}

fn body(message: &Message) -> Value {
    // What a notification shows, and servers that know no blocks.
    let link = message.link.as_deref().map(|link| format!("\n{}", escaped(link))).unwrap_or_default();
    let text = format!("{}: {}{link}", escaped(&message.head), escaped(&message.title));
    let mut elements: Vec<Value> = Vec::new();
    for (n, line) in message.lines().iter().enumerate() {
        elements.extend((n > 0).then(|| json!({ "type": "text", "text": "\n" })));
        elements.extend(line.iter().filter_map(element));
    }
    let section = json!({ "type": "rich_text_section", "elements": elements });
    json!({
        "text": text,
        "blocks": [{ "type": "rich_text", "elements": [section] }],
        "parse": "none",
        "link_names": false,
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

/// An empty text is refused.
fn element(piece: &Piece) -> Option<Value> {
    match piece {
        Piece::Plain(text) | Piece::Bold(text) if text.is_empty() => None,
        Piece::Plain(text) => Some(json!({ "type": "text", "text": text })),
        Piece::Bold(text) => Some(json!({ "type": "text", "text": text, "style": { "bold": true } })),
        Piece::Link(text, url) if text.is_empty() => Some(json!({ "type": "link", "url": url })),
        Piece::Link(text, url) => Some(json!({ "type": "link", "url": url, "text": text })),
    }
}

/// The three characters with which mentions and links begin and end.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A bot is answered 200 whatever became of its message.
pub(super) fn heard(said: &Value, with_words: impl Fn(String) -> String) -> Result<(), DeliveryError> {
    if said["ok"].as_bool() == Some(true) {
        return Ok(());
    }
    let Some(error) = said["error"].as_str() else {
        let why = "no answer of Slack's came back".to_owned();
        return Err(DeliveryError::Later { why, retry_after: None });
    };
    let why = with_words("Slack did not take it".to_owned());
    Err(match OF_THE_RECORD.contains(&error) {
        true => DeliveryError::Refused { why },
        false => DeliveryError::Later { why, retry_after: None },
    })
}
