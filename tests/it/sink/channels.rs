//! The services that messages go to: what a file says of each, and where a fake of its API finds what it must hold.

use serde_json::{Value, json};

use crate::server::Asked;

/// A service.
pub(crate) struct Channel {
    pub(crate) name: &'static str,
    /// The lines of its sink; SERVER stands for the address of the fake.
    pub(crate) lines: &'static str,
    /// Where its API is asked; ID stands for the alert's id.
    pub(crate) path: &'static str,
    /// What it answers when it takes a message.
    pub(crate) taken: (u16, &'static str),
    /// What it answers when it will never take this one.
    pub(crate) refused: (u16, &'static str),
    /// The texts of a message in which a stranger's words stand, each with the form of those words.
    pub(crate) texts: fn(&Value) -> Vec<(Form, String)>,
    /// The most that all of these texts may have: characters as UTF-16 has them.
    pub(crate) text_max: usize,
    /// The most that the body may have.
    pub(crate) body_max_bytes: usize,
}

/// What a text is to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Nothing in it is markup.
    Value,
    /// Slack's own: three characters are escaped.
    Mrkdwn,
    /// HTML.
    Html,
    /// Markdown.
    Markdown,
}

pub(crate) const CHANNELS: &[Channel] = &[
    Channel {
        name: "slack-hook",
        lines: "slack = \"SERVER/services/T0/B0/PLANTED-path\"",
        path: "/services/T0/B0/PLANTED-path",
        taken: (200, "ok"),
        refused: (400, "invalid_payload"),
        texts: slack,
        text_max: 12_000,
        body_max_bytes: 16_000,
    },
    Channel {
        name: "slack-bot",
        lines: "slack = \"#desk\"\nserver = \"SERVER\"\nsecret_file = \"token\"",
        path: "/api/chat.postMessage",
        taken: (200, r#"{"ok":true,"channel":"C1","ts":"1503435956.000247"}"#),
        refused: (200, r#"{"ok":false,"error":"msg_too_long"}"#),
        texts: slack,
        text_max: 12_000,
        body_max_bytes: 16_000,
    },
    Channel {
        name: "teams",
        lines: "teams = \"SERVER/workflows/PLANTED-path?sig=PLANTED-signature\"",
        path: "/workflows/PLANTED-path?sig=PLANTED-signature",
        taken: (202, ""),
        refused: (413, r#"{"error":{"code":"RequestEntityTooLarge","message":"too large"}}"#),
        texts: |body| {
            let card = &body["attachments"][0]["content"];
            let runs = card["body"].as_array().unwrap().iter().flat_map(|block| block["inlines"].as_array().unwrap());
            runs.map(|run| (Form::Value, run["text"].as_str().unwrap().to_owned())).collect()
        },
        text_max: 24_000,
        body_max_bytes: 28_000,
    },
    Channel {
        name: "discord",
        lines: "discord = \"SERVER/api/webhooks/1/PLANTED-path\"",
        path: "/api/webhooks/1/PLANTED-path",
        taken: (204, ""),
        refused: (400, r#"{"message":"Invalid Form Body","code":50035}"#),
        texts: |body| {
            assert_eq!(body["allowed_mentions"], json!({ "parse": [] }), "nobody is mentioned");
            vec![(Form::Markdown, text(&body["content"]))]
        },
        text_max: 2000,
        body_max_bytes: 16_000,
    },
    Channel {
        name: "telegram",
        lines: "telegram = \"-1001234\"\nserver = \"SERVER\"\nsecret_file = \"token\"",
        path: "/botPLANTED-token/sendMessage",
        taken: (200, r#"{"ok":true,"result":{"message_id":7}}"#),
        refused: (400, r#"{"ok":false,"error_code":400,"description":"Bad Request: message is too long"}"#),
        texts: |body| {
            assert!(!text(&body["text"]).contains("@everyone"), "no name stands behind its sign");
            vec![(Form::Html, text(&body["text"]))]
        },
        text_max: 4096,
        body_max_bytes: 16_000,
    },
    Channel {
        name: "matrix",
        lines: "matrix = \"!desk:example.org\"\nserver = \"SERVER\"\nsecret_file = \"token\"",
        path: "/_matrix/client/v3/rooms/!desk:example.org/send/m.room.message/ID",
        taken: (200, r#"{"event_id":"$abc"}"#),
        refused: (413, r#"{"errcode":"M_TOO_LARGE","error":"event too large"}"#),
        texts: |body| {
            assert_eq!(body["m.mentions"], json!({}), "nobody is mentioned");
            vec![(Form::Value, text(&body["body"])), (Form::Html, text(&body["formatted_body"]))]
        },
        text_max: 32_000,
        body_max_bytes: 60_000,
    },
    Channel {
        name: "ntfy",
        lines: "ntfy = \"SERVER/PLANTED-topic\"\nsecret_file = \"token\"",
        path: "/",
        taken: (200, r#"{"id":"x","event":"message"}"#),
        refused: (413, r#"{"code":41301,"http":413,"error":"attachment too large"}"#),
        texts: |body| vec![(Form::Value, text(&body["title"])), (Form::Value, text(&body["message"]))],
        text_max: 4096,
        body_max_bytes: 16_000,
    },
    Channel {
        name: "gotify",
        lines: "gotify = \"SERVER\"\nsecret_file = \"token\"",
        path: "/message",
        taken: (200, r#"{"id":1,"appid":1}"#),
        refused: (400, r#"{"error":"Bad Request","errorCode":400,"errorDescription":"field too long"}"#),
        texts: |body| vec![(Form::Value, text(&body["title"])), (Form::Markdown, text(&body["message"]))],
        text_max: 8000,
        body_max_bytes: 32_000,
    },
    Channel {
        name: "pushover",
        lines: "pushover = \"PLANTED-user\"\nserver = \"SERVER\"\nsecret_file = \"token\"",
        path: "/1/messages.json",
        taken: (200, r#"{"status":1,"request":"x"}"#),
        refused: (400, r#"{"message":"cannot be blank","errors":["message cannot be blank"],"status":0}"#),
        texts: |body| {
            assert!(text(&body["title"]).chars().count() <= 250);
            assert!(text(&body["url"]).len() <= 512);
            vec![(Form::Value, text(&body["title"])), (Form::Html, text(&body["message"]))]
        },
        text_max: 250 + 1024,
        body_max_bytes: 16_000,
    },
];

/// A text; empty where there is none.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn slack(body: &Value) -> Vec<(Form, String)> {
    assert_eq!((&body["link_names"], &body["parse"]), (&json!(false), &json!("none")));
    let elements = body["blocks"][0]["elements"][0]["elements"].as_array().unwrap();
    assert_eq!(body["blocks"][0]["type"], "rich_text");
    let runs = elements.iter().map(|element| (Form::Value, text(&element["text"])));
    runs.chain([(Form::Mrkdwn, text(&body["text"]))]).collect()
}

/// A body as JSON; a form as an object of texts.
pub(crate) fn body(asked: &Asked) -> Value {
    match asked.field("content-type").unwrap() {
        b"application/x-www-form-urlencoded" => {
            let pairs = url::form_urlencoded::parse(&asked.body);
            pairs.map(|(name, text)| (name.into_owned(), Value::String(text.into_owned()))).collect()
        }
        kind => {
            assert_eq!(String::from_utf8_lossy(kind), "application/json; charset=utf-8");
            serde_json::from_slice(&asked.body).unwrap()
        }
    }
}
