//! ntfy: a notification as JSON, as plain text: its telephones show Markdown as it is written. Pure.

use serde_json::json;

use super::Letter;
use super::markup::PLAIN;
use super::message::{Message, fitted};
use crate::model::{Alert, Chat};
use crate::sink::chat::by_level;

/// ntfy makes a file of a longer message.
const MESSAGE_MAX_BYTES: usize = 4000;
const LINK_MAX_BYTES: usize = 2000;

pub(super) fn letter(chat: &Chat, alert: &Alert) -> Letter {
    // The link is what a click on the notification opens.
    let form = |message: &Message| {
        let text = PLAIN.lines(&message.below);
        (message.head.clone(), format!("{}\n{text}", message.title), message.link.clone())
    };
    let fits = |(head, text, _): &(String, String, _)| head.len() + text.len() <= MESSAGE_MAX_BYTES;
    let (title, text, link) = fitted(alert, LINK_MAX_BYTES, form, fits);
    let priority = by_level(alert.level, [2, 3, 4]);
    let mut body = json!({ "topic": chat.to, "title": title, "message": text, "priority": priority });
    if let Some(link) = link {
        body["click"] = link.into();
    }
    Letter::json(chat.url.clone(), &body).with_token(chat, "authorization", "Bearer ")
}
