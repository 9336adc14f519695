//! Pushover: a message as a form, in its HTML. The token and the user stand in the form. Pure.

use url::form_urlencoded::Serializer;

use super::markup::HTML;
use super::message::{Message, fitted};
use super::{Letter, below, by_level, token};
use crate::model::{Alert, Chat};

/// What Pushover takes.
const MESSAGE_MAX_CHARS: usize = 1024;
const TITLE_MAX_CHARS: usize = 250;
const LINK_MAX_BYTES: usize = 512;

pub(super) fn letter(chat: &Chat, alert: &Alert) -> Letter {
    let form = |message: &Message| {
        let mut lines = message.lines();
        // The link stands below the message, where Pushover shows it.
        lines[1] = vec![super::message::Piece::Plain(message.title.clone())];
        (message.head.clone(), HTML.lines(&lines[1..]), message.link.clone())
    };
    let fits = |(title, text, _): &(String, String, _)| {
        title.chars().count() <= TITLE_MAX_CHARS && text.chars().count() <= MESSAGE_MAX_CHARS
    };
    let (title, text, link) = fitted(alert, LINK_MAX_BYTES, form, fits);
    let mut body = Serializer::new(String::new());
    body.append_pair("token", &token(chat).unwrap_or_default()).append_pair("user", &chat.to);
    body.append_pair("title", &title).append_pair("message", &text).append_pair("html", "1");
    body.append_pair("priority", by_level(alert.level, ["-1", "0", "1"]));
    body.append_pair("timestamp", &alert.time.as_second().to_string());
    if let Some(link) = link {
        body.append_pair("url", &link).append_pair("url_title", "Read");
    }
    let content_type = "application/x-www-form-urlencoded";
    let url = below(&chat.url, &["1", "messages.json"]);
    Letter { url, puts: false, content_type, fields: Vec::new(), body: body.finish() }
}
