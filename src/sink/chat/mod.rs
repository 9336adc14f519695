//! Messages for chats and telephones: each service says how its message looks, and which answers of its own it gives.
//! Pure but for the POST itself.

mod answer;
mod discord;
mod gotify;
mod markup;
mod matrix;
mod message;
mod ntfy;
mod pushover;
mod slack;
mod teams;
mod telegram;

use std::borrow::Cow;
use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::{DeliveryError, verdict};
use crate::fetch::{Fetch, Post};
use crate::model::{Alert, Chat, Level, Service};

/// Answers of these services have some hundred bytes; a page of a proxy may be of any length.
const ANSWER_MAX_BYTES: usize = 16 * 1024;

/// Hands a record to a chat.
pub(super) async fn deliver<F: Fetch>(
    fetch: &F,
    chat: &Chat,
    alert: &Alert,
    timeout: Duration,
) -> Result<(), DeliveryError> {
    let Letter { url, puts, content_type, mut fields, body } = letter(chat, alert);
    fields.push(("idempotency-key".into(), alert.id.clone()));
    let (content_type, body) = (content_type.into(), body.into_bytes());
    let post = Post { url, puts, content_type, fields, body, timeout, answer_max_bytes: ANSWER_MAX_BYTES };
    let answer = fetch.post(post).await.map_err(verdict)?;
    answer::verdict(chat, answer)
}

fn letter(chat: &Chat, alert: &Alert) -> Letter {
    match chat.service {
        Service::SlackHook | Service::SlackBot => slack::letter(chat, alert),
        Service::Teams => teams::letter(chat, alert),
        Service::Discord => discord::letter(chat, alert),
        Service::Telegram => telegram::letter(chat, alert),
        Service::Matrix => matrix::letter(chat, alert),
        Service::Ntfy => ntfy::letter(chat, alert),
        Service::Gotify => gotify::letter(chat, alert),
        Service::Pushover => pushover::letter(chat, alert),
    }
}

/// A message as a service wants it.
struct Letter {
    url: Url,
    puts: bool,
    content_type: &'static str,
    fields: Vec<(Cow<'static, str>, String)>,
    body: String,
}

impl Letter {
    /// A JSON document, posted to an address.
    fn json(url: Url, body: &Value) -> Letter {
        let content_type = "application/json; charset=utf-8";
        Letter { url, puts: false, content_type, fields: Vec::new(), body: body.to_string() }
    }

    /// With a field that holds the token, if there is one.
    fn with_token(mut self, chat: &Chat, name: &'static str, before: &str) -> Letter {
        self.fields.extend(token(chat).map(|token| (name.into(), format!("{before}{token}"))));
        self
    }
}

/// The token as text.
fn token(chat: &Chat) -> Option<Cow<'_, str>> {
    chat.secret.as_ref().map(|secret| String::from_utf8_lossy(secret.bytes()))
}

/// An address below another one, which may have a path of its own behind a proxy.
fn below(server: &Url, path: &[&str]) -> Url {
    let mut url = server.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}

/// One of three values, by how loud an alert is.
fn by_level<T>(level: Level, [info, notice, high]: [T; 3]) -> T {
    match level {
        Level::Info => info,
        Level::Notice => notice,
        Level::High => high,
    }
}
