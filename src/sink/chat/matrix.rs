//! Matrix: a message event, put under a transaction's id that is the alert's: sent again, it is no second message.
//! Pure.

use serde_json::json;

use super::markup::{HTML_BREAKS, PLAIN};
use super::message::{Message, fitted};
use super::{Letter, below};
use crate::model::{Alert, Chat};

/// An event has at most 64 kB, with what the server adds to it.
const EVENT_MAX_BYTES: usize = 32_000;
const LINK_MAX_BYTES: usize = 2000;

pub(super) fn letter(chat: &Chat, alert: &Alert) -> Letter {
    let form = |message: &Message| {
        let lines = message.lines();
        let plain = format!("{}\n{}", message.head, PLAIN.lines(&lines[1..]));
        json!({
            "msgtype": "m.text",
            "body": plain,
            "format": "org.matrix.custom.html",
            "formatted_body": HTML_BREAKS.lines(&lines),
            // Nobody is mentioned, whatever the text says.
            "m.mentions": {},
        })
    };
    let body = fitted(alert, LINK_MAX_BYTES, form, |body| body.to_string().len() <= EVENT_MAX_BYTES);
    let path = ["_matrix", "client", "v3", "rooms", &chat.to, "send", "m.room.message", &alert.id];
    let letter = Letter::json(below(&chat.url, &path), &body).with_token(chat, "authorization", "Bearer ");
    Letter { puts: true, ..letter }
}
