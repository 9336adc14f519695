//! Alerts on their way to people.

#![allow(clippy::unwrap_used)]

mod formats;
mod log;
mod logging;
mod record;
mod show;
mod snippet;

use feedwatch::clock::Timestamp;
use feedwatch::model::{Alert, AlertArticle, AlertFeed, AlertStory, AlertWatch, Field, Kind, Latency, Level, Reason};

/// A whole alert, as `decide` would make it.
fn alert() -> Alert {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    Alert {
        v: 1,
        id: "0123456789abcdef0123456789abcdef".into(),
        time: at("2024-11-09T14:05:06.789012Z"),
        kind: Kind::Alert,
        level: Level::Notice,
        level_number: 10,
        message: "office closure: Emirate to close the office of the movement (example.org)".into(),
        change: None,
        watch: AlertWatch { name: "office closure".into(), revision: "9f8e7d6c".into() },
        why: vec![Reason {
            field: Field::Title,
            start: 11,
            end: 27,
            text: "close the office".into(),
            term: "office closure".into(),
            clause: "office NEAR closure".into(),
            points: None,
        }],
        snippet: "Emirate to [[close]] the [[office]] of the movement".into(),
        score: None,
        article: AlertArticle {
            id: 7,
            key: "urn:x:7".into(),
            title: "Emirate to close the office of the movement".into(),
            url: Some("https://example.org/7".into()),
            published: Some(at("2024-11-09T14:00:00Z")),
            first_seen: at("2024-11-09T14:05:05Z"),
            lang: Some("en".into()),
        },
        feed: AlertFeed {
            url: "https://example.org/rss".into(),
            title: "The Wire".into(),
            tags: vec!["wire".into()],
            tier: None,
        },
        story: AlertStory {
            id: "ab".into(),
            feeds: 1,
            articles: 1,
            publishers: 1,
            origins: 1,
            publisher_names: vec!["example.org".into()],
            wires: Vec::new(),
            new: Vec::new(),
        },
        related_to: None,
        latency_ms: Latency { published: Some(306_789), seen: 1_789 },
        run: "r1".into(),
        items: Vec::new(),
        counts: None,
    }
}
