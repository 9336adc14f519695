//! Gotify: a message of an application, in Markdown. Pure.

use serde_json::json;

use super::markup::MARKDOWN_PARAGRAPHS;
use super::message::{Message, fitted};
use super::{Letter, below, by_level};
use crate::model::{Alert, Chat};

/// Gotify has no limit; a telephone has.
const MESSAGE_MAX_BYTES: usize = 8000;
const LINK_MAX_BYTES: usize = 2000;

pub(super) fn letter(chat: &Chat, alert: &Alert) -> Letter {
    let form = |message: &Message| {
        let text = MARKDOWN_PARAGRAPHS.lines(&message.lines()[1..]);
        (message.head.clone(), text, message.link.clone())
    };
    let fits = |(head, text, _): &(String, String, _)| head.len() + text.len() <= MESSAGE_MAX_BYTES;
    let (title, text, link) = fitted(alert, LINK_MAX_BYTES, form, fits);
    let mut extras = json!({ "client::display": { "contentType": "text/markdown" } });
    if let Some(link) = link {
        extras["client::notification"] = json!({ "click": { "url": link } });
    }
    let priority = by_level(alert.level, [2, 5, 8]);
    let body = json!({ "title": title, "message": text, "priority": priority, "extras": extras });
    Letter::json(below(&chat.url, &["message"]), &body).with_token(chat, "x-gotify-key", "")
}
