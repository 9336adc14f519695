//! A record as a CloudEvents 1.0 document in JSON. Pure.

use serde::Serialize;

use super::{escape, line};
use crate::model::Alert;

/// What an event's `type` begins with.
const TYPE: &str = "feedwatch";

/// The document: the record is its data, the alert's id its own.
pub fn cloudevent(alert: &Alert) -> String {
    event(alert, line(alert))
}

/// The document with data that was made already: a JSON object.
pub(super) fn event(alert: &Alert, data: String) -> String {
    #[derive(Serialize)]
    struct Event<'a> {
        specversion: &'static str,
        id: &'a str,
        source: &'static str,
        r#type: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        time: String,
        datacontenttype: &'static str,
        data: Box<serde_json::value::RawValue>,
    }
    let about = [&alert.watch.name, &alert.feed.title].into_iter().find(|name| !name.is_empty());
    let event = Event {
        specversion: "1.0",
        id: &alert.id,
        source: "/feedwatch",
        r#type: format!("{TYPE}.{}", alert.kind.name()),
        subject: about.map(|name| escape(name).into_owned()),
        time: format!("{:.6}", alert.time),
        datacontenttype: "application/json",
        data: serde_json::value::RawValue::from_string(data).expect("a record is JSON"),
    };
    serde_json::to_string(&event).expect("an event has string keys and no value that JSON lacks")
}
