//! A document of the owner's own form: a template over the record. Pure, and bounded in work, memory and length.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value};
use serde_json::json;

use super::line;
use crate::clock::{Timestamp, later};
use crate::model::{Alert, Kind, Level};

/// What making one document may cost: an instruction or 64 bytes each. Real ones take some hundred.
const FUEL: u64 = 100_000;
/// How deep templates nest.
const DEPTH_MAX: usize = 100;
/// The longest document: as much as four records of the greatest length.
pub const DOCUMENT_MAX_BYTES: usize = 64 * 1024;

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// In words.
    pub message: String,
    /// Where it stands in the template, in bytes.
    pub place: Option<Range<usize>>,
}

/// The document that a template makes of a record. Values are escaped as the type of the content asks: in JSON each is
/// written as a value of JSON, a text with its quotes; in HTML and XML as text.
pub fn document(template: &str, content_type: &str, alert: &Alert) -> Result<String, Mistake> {
    let mut environment = Environment::new();
    let escape = escape_of(content_type);
    environment.set_auto_escape_callback(move |_| escape.clone());
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(DEPTH_MAX);
    environment.set_debug(true);
    let parsed = environment.template_from_str(template).map_err(|error| mistake(&error))?;
    let made = parsed.render(context(alert)).map_err(|error| mistake(&error))?;
    if made.len() > DOCUMENT_MAX_BYTES {
        let message = format!("the document has more than {DOCUMENT_MAX_BYTES} bytes");
        return Err(Mistake { message, place: None });
    }
    if is_json(content_type)
        && let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&made)
    {
        let message = format!("what it makes is no JSON: {error}");
        return Err(Mistake { message, place: None });
    }
    Ok(made)
}

/// Tries a template on an alert, and on a record that has no watch, article and story.
pub fn try_template(template: &str, content_type: &str) -> Result<(), Mistake> {
    let time = later(Timestamp::UNIX_EPOCH, Duration::from_secs(1_790_000_000));
    let mut alert = Alert::about(Kind::Alert, Level::High, "0".repeat(32), time, "a \"headline\"".to_owned(), "run");
    "talks".clone_into(&mut alert.watch.name);
    "a \"headline\"".clone_into(&mut alert.article.title);
    alert.article.url = Some("https://news.example/1".to_owned());
    alert.story.id = "0".repeat(32);
    document(template, content_type, &alert)?;
    let other = Alert::about(Kind::Heartbeat, Level::Info, "0".repeat(32), time, "all is well".to_owned(), "run");
    document(template, content_type, &other).map(drop)
}

fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || kind.ends_with("+json")
}

fn escape_of(content_type: &str) -> AutoEscape {
    let kind = content_type.to_ascii_lowercase();
    match () {
        () if is_json(content_type) => AutoEscape::Json,
        () if kind.contains("html") || kind.contains("xml") => AutoEscape::Html,
        () => AutoEscape::None,
    }
}

/// The record with nothing missing: what does not apply is there and empty, so that a template need not ask.
fn context(alert: &Alert) -> Value {
    let mut record: serde_json::Value = serde_json::from_str(&line(alert)).unwrap_or_default();
    for (name, empty) in [
        ("watch", json!(alert.watch)),
        ("article", json!(alert.article)),
        ("feed", json!(alert.feed)),
        ("story", json!(alert.story)),
        ("change", json!("")),
        ("items", json!([])),
        ("related_to", json!(null)),
        ("counts", json!(null)),
        ("score", json!(null)),
    ] {
        if record[name].is_null() {
            record[name] = empty;
        }
    }
    record["story"]["size"] = if alert.story.id.is_empty() { "".into() } else { alert.story.size().into() };
    let news: Vec<String> = alert.story.new.iter().map(|news| super::escape(&news.line()).into_owned()).collect();
    record["story"]["news"] = json!(news);
    value(record)
}

fn value(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(flag) => Value::from(flag),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(number) => Value::from(number),
            None => Value::from(number.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(text) => Value::from(text),
        serde_json::Value::Array(list) => list.into_iter().map(value).collect(),
        serde_json::Value::Object(fields) => {
            Value::from(fields.into_iter().map(|(name, field)| (name, value(field))).collect::<BTreeMap<_, _>>())
        }
    }
}

fn mistake(error: &minijinja::Error) -> Mistake {
    let message = match error.kind() {
        ErrorKind::OutOfFuel => "it takes too much work, or makes too long a document".to_owned(),
        kind => error.detail().map_or_else(|| kind.to_string(), |detail| format!("{kind}: {detail}")),
    };
    Mistake { message, place: error.range() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const HOSTILE: &str = "\"}],<script>&'\\ \u{202e}{{ 7 * 7 }}\u{0}\n";

    fn alert() -> Alert {
        let mut alert =
            Alert::about(Kind::Alert, Level::High, "1".repeat(32), Timestamp::UNIX_EPOCH, HOSTILE.to_owned(), "run");
        HOSTILE.clone_into(&mut alert.article.title);
        HOSTILE.clone_into(&mut alert.watch.name);
        alert
    }

    #[test]
    fn whatever_a_stranger_writes_stays_a_value() {
        for template in [
            r#"{"text": {{ message }}}"#,
            r#"{"text": {{ watch.name ~ ": " ~ article.title }}}"#,
            r#"{"text": {{ message | tojson }}, "all": {{ article }}, "url": {{ article.url }}}"#,
            r#"{"list": [{% for tag in feed.tags %}{{ tag }},{% endfor %} {{ story.size }}]}"#,
        ] {
            let made = document(template, "application/json", &alert()).unwrap();
            let read: serde_json::Value = serde_json::from_str(&made).unwrap();
            let text = read["text"].as_str().unwrap_or_default();
            assert!(!made.contains('\u{202e}') && !text.contains("49"), "{made}");
        }
        let html = document("<b>{{ message }}</b>", "text/html", &alert()).unwrap();
        assert!(!html.contains("<script>"), "{html}");
        assert_eq!(document("{{ kind }} {{ level }}", "text/plain", &alert()).unwrap(), "alert high");
    }

    #[test]
    fn a_template_that_cannot_work_says_where() {
        for (template, kind, at, says) in [
            ("{{ watch.nmae }}", "text/plain", Some("watch.nmae"), "undefined"),
            ("ab {{ message | nope }}", "text/plain", Some("message | nope"), "nope"),
            ("{% for x in items %}", "text/plain", None, "unexpected end"),
            ("{\"a\": \"{{ message }}\"}", "application/json", None, "no JSON"),
            ("{\"a\": {{ message }}", "application/vnd.x+json; charset=utf-8", None, "no JSON"),
        ] {
            let mistake = try_template(template, kind).unwrap_err();
            assert!(mistake.message.contains(says), "{template}: {mistake:?}");
            if let Some(at) = at {
                let place = mistake.place.unwrap();
                assert!(at.contains(&template[place.clone()]) || template[place].contains(at), "{template}");
            }
        }
    }

    #[test]
    fn work_and_length_are_bounded() {
        for template in [
            "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}x{% endfor %}{% endfor %}{% endfor %}",
            "{{ \"x\" * 1000000000 }}",
            "{{ [1] * 1000000000 }}",
            "{{ \"x\" * 70000 }}",
        ] {
            let mistake = document(template, "text/plain", &alert()).unwrap_err();
            assert!(
                mistake.message.contains("too") || mistake.message.contains("more than"),
                "{template}: {mistake:?}"
            );
        }
    }
}
