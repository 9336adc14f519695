//! Discord: a message for a webhook, in its Markdown. It mentions nobody, whatever it says. Pure.

use serde_json::json;

use super::Letter;
use super::markup::{MARKDOWN, utf16};
use super::message::fitted;
use crate::model::{Alert, Chat};

/// Discord takes 2000 characters.
const CONTENT_MAX: usize = 2000;
/// Of which the link may have a good half.
const LINK_MAX_BYTES: usize = 1000;
/// SUPPRESS_EMBEDS: no picture of the linked page below.
const FLAGS: u32 = 1 << 2;

pub(super) fn letter(chat: &Chat, alert: &Alert) -> Letter {
    let form = |message: &super::message::Message| MARKDOWN.lines(&message.lines());
    let content = fitted(alert, LINK_MAX_BYTES, form, |content| utf16(content) <= CONTENT_MAX);
    let body = json!({ "content": content, "allowed_mentions": { "parse": [] }, "flags": FLAGS });
    Letter::json(chat.url.clone(), &body)
}
