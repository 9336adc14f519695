//! Microsoft Teams: an Adaptive Card for the webhook of a workflow. Runs of text hold what strangers wrote as values,
//! in which nothing is markup. Pure.

use serde_json::{Value, json};

use super::Letter;
use super::message::{Message, Piece, fitted};
use crate::model::{Alert, Chat};

/// Teams takes messages of 28 kB.
const BODY_MAX_BYTES: usize = 24_000;
const LINK_MAX_BYTES: usize = 2000;

pub(super) fn letter(chat: &Chat, alert: &Alert) -> Letter {
    let body = fitted(alert, LINK_MAX_BYTES, body, |body| body.to_string().len() <= BODY_MAX_BYTES);
    Letter::json(chat.url.clone(), &body)
}

fn body(message: &Message) -> Value {
    let lines = message.lines().into_iter().map(|line| {
        let runs: Vec<Value> = line.iter().map(run).collect();
        json!({ "type": "RichTextBlock", "inlines": runs })
    });
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": lines.collect::<Vec<_>>(),
    });
    if let Some(link) = &message.link {
        card["actions"] = json!([open(link)]);
        card["actions"][0]["title"] = "Read".into();
    }
    let kind = "application/vnd.microsoft.card.adaptive";
    json!({ "type": "message", "attachments": [{ "contentType": kind, "contentUrl": null, "content": card }] })
}

fn run(piece: &Piece) -> Value {
    match piece {
        Piece::Plain(text) => json!({ "type": "TextRun", "text": text }),
        Piece::Bold(text) => json!({ "type": "TextRun", "text": text, "weight": "Bolder" }),
        Piece::Link(text, url) => json!({ "type": "TextRun", "text": text, "selectAction": open(url) }),
    }
}

fn open(url: &str) -> Value {
    json!({ "type": "Action.OpenUrl", "url": url })
}
