//! The forms of other ecosystems: each with the keys that its own specification asks for, and with the outcome of a hit that was
//! not told.

use feedwatch::alert::{CSV_HEADER, cloudevents, csv, ecs, jsonl, line, otel};
use feedwatch::model::{Alert, Kind, Level, Outcome, StoredAlert};
use serde_json::{Value, json};

use super::alert;

fn raised() -> StoredAlert {
    StoredAlert { seq: 1, outcome: Outcome::Raised, reason: String::new(), alert: alert() }
}

fn held() -> StoredAlert {
    StoredAlert { outcome: Outcome::HeldStale, reason: "published more than 30d ago".into(), ..raised() }
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The value at a path of keys.
fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    value.pointer(path).unwrap_or_else(|| panic!("no {path} in {value}"))
}

#[test]
fn jsonl_is_the_line_of_the_log_and_says_what_became_of_a_held_hit() {
    assert_eq!(jsonl(&raised()), line(&alert()));
    let held = read(&jsonl(&held()));
    assert_eq!(*at(&held, "/outcome"), "held: stale");
    assert_eq!(*at(&held, "/reason"), "published more than 30d ago");
    assert_eq!(*at(&held, "/run"), "r1");
}

#[test]
fn ecs_has_the_fields_of_the_schema() {
    let document = read(&ecs(&raised()));
    for (path, wanted) in [
        ("/@timestamp", json!("2024-11-09T14:05:06.789012Z")),
        ("/ecs/version", json!("8.11")),
        ("/event/kind", json!("alert")),
        ("/event/id", json!("0123456789abcdef0123456789abcdef")),
        ("/event/module", json!("feedwatch")),
        ("/event/dataset", json!("feedwatch.alert")),
        ("/event/severity", json!(10)),
        ("/log/level", json!("notice")),
        ("/rule/name", json!("office closure")),
        ("/tags", json!(["wire"])),
        ("/url/full", json!("https://example.org/7")),
        ("/service/name", json!("feedwatch")),
        ("/feedwatch/why/0/text", json!("close the office")),
    ] {
        assert_eq!(*at(&document, path), wanted, "{path}");
    }
    assert_eq!(*at(&read(&ecs(&held())), "/event/reason"), "held: stale: published more than 30d ago");
    let heartbeat =
        Alert::about(Kind::Heartbeat, Level::Info, "1".into(), alert().time, "heartbeat: well".into(), "r1");
    let document = read(&ecs(&StoredAlert { alert: heartbeat, ..raised() }));
    assert_eq!(*at(&document, "/event/kind"), "event", "not everything is an alert");
    assert!(document.get("rule").is_none() && document.get("url").is_none() && document.get("tags").is_none());
}

#[test]
fn otel_is_a_request_of_the_protocol_in_json() {
    let inner = |stored: &StoredAlert| at(&read(&otel(stored)), "/resourceLogs/0/scopeLogs/0/logRecords/0").clone();
    let resource = read(&otel(&held()));
    let resource = at(&resource, "/resourceLogs/0/resource/attributes");
    assert_eq!(resource[0], json!({"key": "service.name", "value": {"stringValue": "feedwatch"}}));
    let record = inner(&held());
    assert_eq!(*at(&record, "/timeUnixNano"), "1731161106789012000", "64-bit numbers are text in it");
    assert_eq!(*at(&record, "/observedTimeUnixNano"), "1731161106789012000");
    assert_eq!((at(&record, "/severityNumber"), at(&record, "/severityText")), (&json!(10), &json!("INFO2")));
    assert_eq!(*at(&record, "/eventName"), "feedwatch.alert");
    assert_eq!(*at(&record, "/body/stringValue"), alert().message);
    let attributes = at(&record, "/attributes").as_array().unwrap();
    let attribute = |key: &str| {
        let found: Vec<_> = attributes.iter().filter(|attribute| attribute["key"] == key).collect();
        assert_eq!(found.len(), 1, "{key} once");
        found[0]["value"]["stringValue"].as_str().unwrap()
    };
    assert_eq!(attribute("feedwatch.words"), "close the office");
    assert_eq!(attribute("feedwatch.outcome"), "held: stale: published more than 30d ago");
    assert_eq!(attribute("url.full"), "https://example.org/7");
    for (level, number, text) in [(Level::Info, 9, "INFO"), (Level::High, 13, "WARN")] {
        let record = Alert { level, level_number: level.number(), ..alert() };
        let record = inner(&StoredAlert { alert: record, ..raised() });
        assert_eq!((at(&record, "/severityNumber"), at(&record, "/severityText")), (&json!(number), &json!(text)));
    }
}

#[test]
fn cloudevents_have_what_the_specification_requires() {
    let event = read(&cloudevents(&held()));
    for (path, wanted) in [
        ("/specversion", "1.0"),
        ("/id", "0123456789abcdef0123456789abcdef"),
        ("/source", "/feedwatch"),
        ("/type", "feedwatch.alert"),
        ("/subject", "office closure"),
        ("/time", "2024-11-09T14:05:06.789012Z"),
        ("/datacontenttype", "application/json"),
        ("/data/outcome", "held: stale"),
    ] {
        assert_eq!(*at(&event, path), wanted, "{path}");
    }
    let names = event.as_object().unwrap().keys();
    // "CloudEvents attribute names MUST consist of lower-case letters or digits."
    assert!(names.into_iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())));
}

/// The fields of a line, read as RFC 4180 says.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let (mut quoted, mut chars) = (false, line.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => fields.last_mut().unwrap().push(chars.next().unwrap()),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => fields.last_mut().unwrap().push(c),
        }
    }
    assert!(!quoted, "{line}");
    fields
}

#[test]
fn csv_keeps_every_field_in_its_column_and_runs_no_formula() {
    let columns: Vec<&str> = CSV_HEADER.split(',').collect();
    let column = |stored: &StoredAlert, name: &str| {
        let line = csv(stored);
        assert!(!line.contains(['\n', '\r']), "{line:?}");
        let fields = fields(&line);
        assert_eq!(fields.len(), columns.len(), "{line}");
        fields[columns.iter().position(|column| *column == name).unwrap()].clone()
    };
    assert_eq!(column(&raised(), "words"), "close the office");
    assert_eq!(column(&raised(), "story_feeds"), "1");
    assert_eq!((column(&raised(), "outcome"), column(&raised(), "reason")), ("raised".into(), String::new()));
    assert_eq!(column(&held(), "reason"), "published more than 30d ago");
    for (title, wanted) in [
        ("He said \"no\", twice", "He said \"no\", twice"),
        ("Two\nlines; and a semicolon", "Two lines; and a semicolon"),
        ("=HYPERLINK(\"https://evil.example\")", "'=HYPERLINK(\"https://evil.example\")"),
        ("+1 for the ferry", "'+1 for the ferry"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("@SUM(A1:A9)", "'@SUM(A1:A9)"),
        ("\t=1+1", "' =1+1"),
        ("＝1+1", "'＝1+1"),
        ("\u{1b}[31m", "\\u{1b}[31m"),
        ("قطر، و\"الوساطة\"", "قطر، و\"الوساطة\""),
    ] {
        let mut stored = raised();
        stored.alert.article.title = title.into();
        assert_eq!(column(&stored, "title"), wanted);
    }
}
