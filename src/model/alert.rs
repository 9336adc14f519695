//! The alert: the record that lies in the store and in alerts.jsonl. Keys stand in the order they are written;
//! changes are only ever additions.

use serde::{Deserialize, Serialize};

use super::{Reason, Score};
use crate::clock::Timestamp;

/// What kind of record it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A watch found an article.
    #[serde(rename = "alert")]
    Alert,
}

/// How loud an alert is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth a line.
    Info,
    /// Worth a look.
    #[default]
    Notice,
    /// Worth stopping for.
    High,
}

impl Level {
    /// The OpenTelemetry severity number.
    pub fn number(self) -> u8 {
        match self {
            Level::Info => 9,
            Level::Notice => 10,
            Level::High => 13,
        }
    }
}

/// What became of a hit. Every hit has one, with its reason; nothing is dropped unseen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The first article of its story for this watch: told.
    Raised,
    /// Another article of a story that was told already: counted there.
    Joined,
    /// A story that was told has since come up in many feeds: told again, with how many.
    Grown,
    /// On the feed's first poll and older than `backlog_age`.
    HeldBacklog,
    /// Published longer ago than `max_age`.
    HeldStale,
}

impl Outcome {
    /// Whether people are told, at once and by every sink.
    pub fn is_told(self) -> bool {
        matches!(self, Outcome::Raised | Outcome::Grown)
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Outcome::Raised => "raised",
            Outcome::Joined => "joined",
            Outcome::Grown => "grown",
            Outcome::HeldBacklog => "held: backlog",
            Outcome::HeldStale => "held: stale",
        })
    }
}

/// One line of alerts.jsonl.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// The version of this record's shape.
    pub v: u8,
    /// A stable hash of feed, article key, watch and kind: the same after a crash, so a repeat can be told.
    pub id: String,
    /// When it was raised, UTC, to the microsecond.
    #[serde(with = "micros")]
    pub time: Timestamp,
    /// What it is.
    pub kind: Kind,
    /// How loud it is.
    pub level: Level,
    /// The level as an OpenTelemetry severity number.
    pub level_number: u8,
    /// One line that a person can read.
    pub message: String,
    /// "term added" when a known article's text changed and only now matches; "story grew to 5 feeds".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// The watch that matched.
    pub watch: AlertWatch,
    /// What it found, at least one.
    pub why: Vec<Reason>,
    /// About 200 characters around the best span, the spans between `[[` and `]]`.
    pub snippet: String,
    /// Points, for watches that count.
    pub score: Option<Score>,
    /// What it was found in.
    pub article: AlertArticle,
    /// Where that came from.
    pub feed: AlertFeed,
    /// The story it belongs to.
    pub story: AlertStory,
    /// How long it took.
    pub latency_ms: Latency,
    /// The process run that raised it.
    pub run: String,
}

/// The watch of an alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertWatch {
    /// As the analyst named it.
    pub name: String,
    /// A hash of its compiled form.
    pub revision: String,
}

/// The article of an alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertArticle {
    /// The article's number in the store.
    pub id: i64,
    /// Its key within the feed.
    pub key: String,
    /// Its headline, control characters escaped.
    pub title: String,
    /// Where to read it.
    pub url: Option<String>,
    /// When it was published, by the feed's word.
    pub published: Option<Timestamp>,
    /// When it was first seen here.
    pub first_seen: Timestamp,
    /// Its language, by the feed's word.
    pub lang: Option<String>,
}

/// The feed of an alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertFeed {
    /// The configured address, passwords masked.
    pub url: String,
    /// What it is called.
    pub title: String,
    /// The user's labels.
    pub tags: Vec<String>,
}

/// The story of an alert, as it stood when the alert was raised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertStory {
    /// A stable hash.
    pub id: String,
    /// In how many feeds it was seen.
    pub feeds: u32,
    /// By how many articles it was told.
    pub articles: u32,
}

/// How long an alert took, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// From publication, where a date is known.
    pub published: Option<i64>,
    /// From the moment the poll's answer was there.
    pub seen: i64,
}

/// RFC 3339 UTC with exactly six decimals, so that lines sort as text.
mod micros {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::clock::Timestamp;

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{at:.6}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
