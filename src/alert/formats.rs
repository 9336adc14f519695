//! A record in the forms of other ecosystems: Elastic Common Schema, OpenTelemetry log records, CSV. Pure.

use serde_json::{Value, json};

use super::{escape, line};
use crate::model::{Alert, Level};

/// The header of `csv`.
pub const CSV_HEADER: &str = "time,kind,level,watch,feed,title,url,published,points,stories_feeds,id,message";

/// A document of the Elastic Common Schema 8; what it has no field for stands under `feedwatch`.
pub fn ecs(alert: &Alert) -> String {
    let Alert { id, time, kind, level_number, message, watch, article, run, .. } = alert;
    let mut document = json!({
        "@timestamp": format!("{time:.6}"),
        "ecs": { "version": "8.11" },
        "event": {
            "id": id, "kind": "alert", "module": "feedwatch", "dataset": "feedwatch.alert", "action": kind.name(),
            "severity": level_number,
        },
        "log": { "level": alert.level.name() },
        "message": escape(message),
        "service": { "name": "feedwatch", "version": env!("CARGO_PKG_VERSION"), "ephemeral_id": run },
        "feedwatch": whole(alert),
    });
    if !watch.name.is_empty() {
        document["rule"] = json!({ "name": escape(&watch.name), "version": watch.revision });
    }
    if let Some(url) = &article.url {
        document["url"] = json!({ "full": escape(url) });
    }
    document.to_string()
}

/// A log record of OpenTelemetry's data model, in the JSON of its protocol (OTLP).
pub fn otel(alert: &Alert) -> String {
    let Alert { id, time, kind, level, level_number, message, watch, article, feed, .. } = alert;
    let severity = match level {
        Level::Info => "INFO",
        Level::Notice => "INFO2",
        Level::High => "WARN",
    };
    let texts = [
        ("feedwatch.alert.id", id.as_str()),
        ("feedwatch.kind", kind.name()),
        ("feedwatch.watch", &watch.name),
        ("feedwatch.feed.url", &feed.url),
        ("feedwatch.article.title", &article.title),
        ("url.full", article.url.as_deref().unwrap_or_default()),
    ];
    let present = texts.into_iter().filter(|(_, text)| !text.is_empty());
    let attributes: Vec<Value> =
        present.map(|(key, text)| json!({ "key": key, "value": { "stringValue": escape(text) } })).collect();
    json!({
        "timeUnixNano": time.as_nanosecond().to_string(),
        "severityNumber": level_number,
        "severityText": severity,
        "eventName": format!("feedwatch.{}", kind.name()),
        "body": { "stringValue": escape(message) },
        "attributes": attributes,
    })
    .to_string()
}

/// A line of CSV (RFC 4180) under `CSV_HEADER`.
pub fn csv(alert: &Alert) -> String {
    let Alert { id, time, kind, level, message, watch, article, feed, score, story, .. } = alert;
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
        if story.id.is_empty() { String::new() } else { story.feeds.to_string() },
        id.clone(),
        message.clone(),
    ];
    fields.map(|field| quoted(&escape(&field))).join(",")
}

/// In quotes where it must be. A headline that a spreadsheet would take for a formula gets an apostrophe before it.
fn quoted(field: &str) -> String {
    let formula = field.starts_with(['=', '+', '-', '@']);
    if !formula && !field.contains([',', '"', '\n', '\r']) {
        return field.to_owned();
    }
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", field.replace('"', "\"\""))
}

fn whole(alert: &Alert) -> Value {
    serde_json::from_str(&line(alert)).expect("a record is JSON")
}
