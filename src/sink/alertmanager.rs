//! The POST for Prometheus Alertmanager's second API. Pure.

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use crate::alert::escape;
use crate::fetch::Post;
use crate::model::Alert;

const API: &str = "api/v2/alerts";

/// One alert. Its id is a label, as two alerts with the same labels are one to Alertmanager; `group_by` leaves it out.
/// No end is given: Alertmanager's own `resolve_timeout` says how long news stays.
pub(super) fn post(base: &Url, alert: &Alert, timeout: Duration) -> Post {
    let Alert { id, time, kind, level, message, watch, snippet, article, feed, story, .. } = alert;
    let labels = [
        ("alertname", "feedwatch"),
        ("kind", kind.name()),
        ("watch", &watch.name),
        ("feed", &feed.title),
        ("level", level.name()),
        ("id", id),
    ];
    let news = story.news();
    let annotations = [("summary", message), ("title", &article.title), ("snippet", snippet), ("new", &news)];
    let mut body = json!({
        "labels": texts(labels),
        "annotations": texts(annotations.map(|(name, text)| (name, text.as_str()))),
        "startsAt": time,
    });
    if let Some(url) = &article.url {
        body["generatorURL"] = escape(url).into();
    }
    let fields = vec![("idempotency-key".into(), id.clone())];
    let body = Value::Array(vec![body]).to_string().into_bytes();
    let content_type = "application/json".into();
    Post { url: api(base), puts: false, content_type, fields, body, timeout, answer_max_bytes: 0 }
}

/// A label without a value is none to Alertmanager.
fn texts<const N: usize>(pairs: [(&str, &str); N]) -> Value {
    pairs
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| (name.to_owned(), escape(text).into()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// The API below the address that people know, which may have a path of its own behind a proxy.
fn api(base: &Url) -> Url {
    let mut url = base.clone();
    let path = base.path().trim_end_matches('/');
    if !path.ends_with(API) {
        url.set_path(&format!("{path}/{API}"));
    }
    url
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_api_is_found_below_any_address() {
        for (base, found) in [
            ("http://10.0.0.9:9093", "http://10.0.0.9:9093/api/v2/alerts"),
            ("http://10.0.0.9:9093/", "http://10.0.0.9:9093/api/v2/alerts"),
            ("https://ops.example/am/", "https://ops.example/am/api/v2/alerts"),
            ("https://ops.example/api/v2/alerts", "https://ops.example/api/v2/alerts"),
        ] {
            assert_eq!(api(&base.parse().unwrap()).as_str(), found);
        }
    }
}
