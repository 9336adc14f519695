//! A record, with its outcome where it was not told, in the forms of other ecosystems: Elastic Common Schema,
//! OpenTelemetry log records, CSV. Pure.

use serde_json::{Value, json};

use super::{cloudevent, escape, line};
use crate::model::{Alert, Level, StoredAlert};

/// The header of `csv`.
pub const CSV_HEADER: &str = "time,kind,level,watch,feed,title,url,published,points,story_feeds,id,message,change,words,outcome,reason,\
     story_publishers,story_origins,story_new";

/// The line of alerts.jsonl; of a hit that raised no alert with two keys more at its end, `outcome` and `reason`.
pub fn jsonl(stored: &StoredAlert) -> String {
    with_outcome(line(&stored.alert), stored)
}

/// A CloudEvents 1.0 document; the record is its data.
pub fn cloudevents(stored: &StoredAlert) -> String {
    cloudevent::event(&stored.alert, jsonl(stored))
}

/// A document of the Elastic Common Schema 8; fields that it does not have are under `feedwatch`.
pub fn ecs(stored: &StoredAlert) -> String {
    let alert = &stored.alert;
    let Alert { id, time, kind, level_number, message, watch, article, feed, run, .. } = alert;
    let mut document = json!({
        "@timestamp": format!("{time:.6}"),
        "ecs": { "version": "8.11" },
        "event": {
            "id": id, "kind": if kind.is_news() { "alert" } else { "event" }, "module": "feedwatch",
            "dataset": "feedwatch.alert", "action": kind.name(), "severity": level_number,
        },
        "log": { "level": alert.level.name() },
        "message": escape(message),
        "service": { "name": "feedwatch", "version": env!("CARGO_PKG_VERSION"), "ephemeral_id": run },
        "feedwatch": serde_json::from_str::<Value>(&jsonl(stored)).expect("a record is JSON"),
    });
    if !stored.outcome.is_told() {
        document["event"]["reason"] = outcome(stored).into();
    }
    if !feed.tags.is_empty() {
        document["tags"] = feed.tags.iter().map(|tag| escape(tag)).collect();
    }
    if !watch.name.is_empty() {
        document["rule"] = json!({ "name": escape(&watch.name), "version": watch.revision });
    }
    if let Some(url) = &article.url {
        document["url"] = json!({ "full": escape(url) });
    }
    document.to_string()
}

/// A log record of OpenTelemetry in the JSON of its protocol (OTLP): a whole request, as an OTLP/HTTP endpoint takes it
/// at /v1/logs, and the Collector's `otlpjsonfile` line by line.
pub fn otel(stored: &StoredAlert) -> String {
    let Alert {
        id, time, kind, level, level_number, message, change, watch, snippet, article, feed, story, run, ..
    } = &stored.alert;
    let severity = match level {
        Level::Info => "INFO",
        Level::Notice => "INFO2",
        Level::High => "WARN",
    };
    let (words, outcome) = (words(&stored.alert), outcome(stored));
    let size = if story.id.is_empty() { String::new() } else { story.size() };
    let news = story.news();
    let texts = [
        ("feedwatch.alert.id", id.as_str()),
        ("feedwatch.kind", kind.name()),
        ("feedwatch.change", change.as_deref().unwrap_or_default()),
        ("feedwatch.watch", &watch.name),
        ("feedwatch.words", &words),
        ("feedwatch.snippet", snippet),
        ("feedwatch.feed.title", &feed.title),
        ("feedwatch.feed.url", &feed.url),
        ("feedwatch.article.title", &article.title),
        ("feedwatch.story.id", &story.id),
        ("feedwatch.story.size", &size),
        ("feedwatch.story.new", &news),
        ("feedwatch.outcome", &outcome),
        ("url.full", article.url.as_deref().unwrap_or_default()),
    ];
    let resource =
        [("service.name", "feedwatch"), ("service.version", env!("CARGO_PKG_VERSION")), ("service.instance.id", run)];
    let nanos = time.as_nanosecond().to_string();
    let record = json!({
        "timeUnixNano": nanos,
        "observedTimeUnixNano": nanos,
        "severityNumber": level_number,
        "severityText": severity,
        "eventName": format!("feedwatch.{}", kind.name()),
        "body": { "stringValue": escape(message) },
        "attributes": attributes(&texts),
    });
    let scope = json!({ "scope": { "name": "feedwatch" }, "logRecords": [record] });
    json!({ "resourceLogs": [{ "resource": { "attributes": attributes(&resource) }, "scopeLogs": [scope] }] })
        .to_string()
}

/// Those that say something.
fn attributes(texts: &[(&str, &str)]) -> Value {
    let present = texts.iter().filter(|(_, text)| !text.is_empty());
    present.map(|(key, text)| json!({ "key": key, "value": { "stringValue": escape(text) } })).collect()
}

/// A line of CSV under `CSV_HEADER`, fields quoted as RFC 4180 says.
pub fn csv(stored: &StoredAlert) -> String {
    let Alert { id, time, kind, level, message, change, watch, article, feed, score, story, .. } = &stored.alert;
    let of_story = |count: u32| if story.id.is_empty() { String::new() } else { count.to_string() };
    let fields = [
        format!("{time:.6}"),
        kind.name().to_owned(),
        level.name().to_owned(),
        watch.name.clone(),
        feed.title.clone(),
        article.title.clone(),
        article.url.clone().unwrap_or_default(),
        article.published.map(|at| at.to_string()).unwrap_or_default(),
        score.map(|score| score.points.to_string()).unwrap_or_default(),
        of_story(story.feeds),
        id.clone(),
        message.clone(),
        change.clone().unwrap_or_default(),
        words(&stored.alert),
        stored.outcome.to_string(),
        stored.reason.clone(),
        of_story(story.publishers),
        of_story(story.origins),
        story.news(),
    ];
    fields.map(|field| quoted(&escape(&field))).join(",")
}

/// Quoted where necessary. A text that a spreadsheet would read as a formula gets an apostrophe before it, even after
/// leading spaces. The wide forms of the signs count too, because some programs treat them like the narrow ones.
fn quoted(field: &str) -> String {
    let formula = field.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if !formula && !field.contains([',', ';', '"', '\n', '\r']) {
        return field.to_owned();
    }
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", field.replace('"', "\"\""))
}

/// The words that were found, each once.
fn words(alert: &Alert) -> String {
    let mut words: Vec<&str> = Vec::new();
    for reason in &alert.why {
        if !words.contains(&reason.text.as_str()) {
            words.push(&reason.text);
        }
    }
    words.join(", ")
}

/// Why a hit raised no alert; nothing of one that did.
fn outcome(stored: &StoredAlert) -> String {
    match stored.outcome {
        outcome if outcome.is_told() => String::new(),
        outcome => format!("{outcome}: {}", stored.reason),
    }
}

/// A record as JSON with its outcome at the end, if it was not told.
fn with_outcome(line: String, stored: &StoredAlert) -> String {
    if stored.outcome.is_told() {
        return line;
    }
    let outcome = json!({ "outcome": stored.outcome.to_string(), "reason": stored.reason }).to_string();
    format!("{},{}", &line[..line.len() - 1], &outcome[1..])
}
