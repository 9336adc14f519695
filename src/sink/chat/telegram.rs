//! Telegram: sendMessage of the bot API, in its HTML. The token stands in the path of the address. Pure.

use serde_json::json;

use super::markup::{HTML, utf16};
use super::message::{Message, fitted};
use super::{Letter, below, token};
use crate::model::{Alert, Chat};

/// Telegram takes 4096 characters once the markup is read; markup counted too, it is never more.
const TEXT_MAX: usize = 4096;
const LINK_MAX_BYTES: usize = 2000;
/// Parts a sign from the name behind it, which Telegram would otherwise make a mention of. Nobody sees it.
const WORD_JOINER: &str = "\u{2060}";

pub(super) fn letter(chat: &Chat, alert: &Alert) -> Letter {
    let text = fitted(alert, LINK_MAX_BYTES, text, |text| utf16(text) <= TEXT_MAX);
    let url = below(&chat.url, &[&format!("bot{}", token(chat).unwrap_or_default()), "sendMessage"]);
    let body = json!({
        "chat_id": chat.to,
        "text": text,
        "parse_mode": "HTML",
        "link_preview_options": { "is_disabled": true },
    });
    Letter::json(url, &body)
}

fn text(message: &Message) -> String {
    let mut lines = message.lines();
    for piece in lines.iter_mut().flatten() {
        let (super::message::Piece::Plain(text)
        | super::message::Piece::Bold(text)
        | super::message::Piece::Link(text, _)) = piece;
        *text = text.replace('@', &format!("@{WORD_JOINER}"));
    }
    HTML.lines(&lines)
}
