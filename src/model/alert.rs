//! The alert: the record that lies in the store and in alerts.jsonl. Keys stand in the order they are written;
//! changes are only ever additions.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{AlertNews, Reason, Score};
use crate::clock::{DAY, Timestamp, earlier};

/// What kind of record it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A watch found an article.
    #[serde(rename = "alert")]
    Alert,
    /// A watch found an article that is perhaps of a story that an alert told.
    #[serde(rename = "related")]
    Related,
    /// A second source, independent of the first, has the story that an alert told.
    #[serde(rename = "confirmed")]
    Confirmed,
    /// What was held while a watch's `at_most` was used up, or in quiet hours, in one piece.
    #[serde(rename = "digest")]
    Digest,
    /// A silence is over, with what it held.
    #[serde(rename = "silence.ended")]
    SilenceEnded,
    /// A feed had no success for long.
    #[serde(rename = "feed.broken")]
    FeedBroken,
    /// A broken feed works again.
    #[serde(rename = "feed.recovered")]
    FeedRecovered,
    /// Items may have scrolled out of a feed between two polls.
    #[serde(rename = "feed.gap")]
    FeedGap,
    /// A feed is quiet against its own rhythm.
    #[serde(rename = "feed.silent")]
    FeedSilent,
    /// A feed's server says, twice, that the feed is gone.
    #[serde(rename = "feed.gone")]
    FeedGone,
    /// A document held more items than could be read.
    #[serde(rename = "feed.incomplete")]
    FeedIncomplete,
    /// A feed holds as many hits of other feeds as it may.
    #[serde(rename = "feed.holds")]
    FeedHolds,
    /// A watch found nothing for long.
    #[serde(rename = "watch.quiet")]
    WatchQuiet,
    /// A reload was refused; the old files stay in force.
    #[serde(rename = "config.refused")]
    ConfigRefused,
    /// feedwatch is at work: no alert is told from not working.
    #[serde(rename = "heartbeat")]
    Heartbeat,
    /// Somebody tries a sink.
    #[serde(rename = "test")]
    Test,
}

impl Kind {
    /// Every kind with its name in records.
    pub const ALL: [(Kind, &str); 16] = [
        (Kind::Alert, "alert"),
        (Kind::Related, "related"),
        (Kind::Confirmed, "confirmed"),
        (Kind::Digest, "digest"),
        (Kind::SilenceEnded, "silence.ended"),
        (Kind::FeedBroken, "feed.broken"),
        (Kind::FeedRecovered, "feed.recovered"),
        (Kind::FeedGap, "feed.gap"),
        (Kind::FeedSilent, "feed.silent"),
        (Kind::FeedGone, "feed.gone"),
        (Kind::FeedIncomplete, "feed.incomplete"),
        (Kind::FeedHolds, "feed.holds"),
        (Kind::WatchQuiet, "watch.quiet"),
        (Kind::ConfigRefused, "config.refused"),
        (Kind::Heartbeat, "heartbeat"),
        (Kind::Test, "test"),
    ];

    /// Its name in records.
    pub fn name(self) -> &'static str {
        Kind::ALL.iter().find(|(kind, _)| *kind == self).expect("the table names every kind").1
    }

    /// Whether it is about one article that a watch found.
    pub fn has_article(self) -> bool {
        matches!(self, Kind::Alert | Kind::Related | Kind::Confirmed)
    }

    /// Whether it tells of news, and not of feedwatch's own work.
    pub fn is_news(self) -> bool {
        self.has_article() || matches!(self, Kind::Digest | Kind::SilenceEnded)
    }
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
    /// Its name in records.
    pub fn name(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Notice => "notice",
            Level::High => "high",
        }
    }

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
    /// The first article of its story for this watch, or one that is only perhaps of a story: told.
    Raised,
    /// Another article of a story that was told already: counted there.
    Joined,
    /// A story that was told has since come up in many feeds: told again, with how many.
    Grown,
    /// Older than `backlog_age` on the feed's first poll, or on one that brought nothing but new items.
    HeldBacklog,
    /// Published longer ago than `max_age`.
    HeldStale,
    /// The watch's `at_most` was used up: told by the digest.
    HeldCooldown,
    /// A silence covered it.
    HeldSilenced,
    /// In quiet hours: told by the digest.
    HeldQuiet,
    /// No hit, but the end of one: the article was edited, and the watch finds nothing in it any more.
    Lost,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Outcome; 9] = [
        Outcome::Raised,
        Outcome::Joined,
        Outcome::Grown,
        Outcome::HeldBacklog,
        Outcome::HeldStale,
        Outcome::HeldCooldown,
        Outcome::HeldSilenced,
        Outcome::HeldQuiet,
        Outcome::Lost,
    ];

    /// Its name in the database and for people.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Raised => "raised",
            Outcome::Joined => "joined",
            Outcome::Grown => "grown",
            Outcome::HeldBacklog => "held: backlog",
            Outcome::HeldStale => "held: stale",
            Outcome::HeldCooldown => "held: cooldown",
            Outcome::HeldSilenced => "held: silenced",
            Outcome::HeldQuiet => "held: quiet hours",
            Outcome::Lost => "term removed",
        }
    }

    /// The outcome of this name.
    pub fn named(name: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.name() == name)
    }

    /// Whether people are told, at once and by every sink.
    pub fn is_told(self) -> bool {
        matches!(self, Outcome::Raised | Outcome::Grown)
    }

    /// Whether a digest tells of it later.
    pub fn waits_for_digest(self) -> bool {
        matches!(self, Outcome::HeldCooldown | Outcome::HeldQuiet)
    }

    /// Whether it is a hit of a story that people hear of, at once or in a digest.
    pub fn is_of_story(self) -> bool {
        matches!(self, Outcome::Raised | Outcome::Joined) || self.waits_for_digest()
    }

    /// Whether it is held for the age of its article.
    pub fn is_of_age(self) -> bool {
        matches!(self, Outcome::HeldBacklog | Outcome::HeldStale)
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// One line of alerts.jsonl.
///
/// A part that does not apply (a broken feed has no watch, a heartbeat no article) is its default here and `null` in
/// the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// The version of this record's shape.
    pub v: u8,
    /// A stable hash of feed, article key, watch and kind, and of the article's text where the hit comes again: the
    /// same after a crash, so a repeat can be told.
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
    /// "term added" when a known article's text changed and only now matches; "story grew to 9 feeds, 5 publishers, 2
    /// origins (Reuters, own)".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// The watch that matched.
    #[serde(with = "nullable")]
    pub watch: AlertWatch,
    /// What it found, at least one.
    pub why: Vec<Reason>,
    /// About 200 characters around the best span, the spans between `[[` and `]]`.
    pub snippet: String,
    /// Points, for watches that count.
    pub score: Option<Score>,
    /// What it was found in.
    #[serde(with = "nullable")]
    pub article: AlertArticle,
    /// Where that came from.
    #[serde(with = "nullable")]
    pub feed: AlertFeed,
    /// The story it belongs to.
    #[serde(with = "nullable")]
    pub story: AlertStory,
    /// The alert that perhaps told the same news.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub related_to: Option<RelatedTo>,
    /// How long it took.
    #[serde(with = "nullable")]
    pub latency_ms: Latency,
    /// The process run that raised it.
    pub run: String,
    /// What a digest or the end of a silence lists; the first of them when there are many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<AlertItem>,
    /// What a heartbeat, digest or end of a silence counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
}

impl Alert {
    /// A record of nothing in particular, for the kinds that are about no single article.
    pub fn about(kind: Kind, level: Level, id: String, time: Timestamp, message: String, run: &str) -> Alert {
        Alert {
            v: 1,
            id,
            time,
            kind,
            level,
            level_number: level.number(),
            message,
            change: None,
            watch: AlertWatch::default(),
            why: Vec::new(),
            snippet: String::new(),
            score: None,
            article: AlertArticle::default(),
            feed: AlertFeed::default(),
            story: AlertStory::default(),
            related_to: None,
            latency_ms: Latency::default(),
            run: run.to_owned(),
            items: Vec::new(),
            counts: None,
        }
    }
}

/// A hit that was held, as a digest lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertItem {
    /// The id of its own record, for `feedwatch alerts show`.
    pub id: String,
    /// The watch that found it.
    pub watch: String,
    /// The article's headline.
    pub title: String,
    /// Where to read it.
    pub url: Option<String>,
    /// What its feed is called.
    pub feed: String,
    /// Its story, as it stands when the digest is told.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub story: AlertStory,
}

fn is_nothing(story: &AlertStory) -> bool {
    *story == AlertStory::default()
}

/// What was done since the last such record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Feeds on the list.
    pub feeds: u64,
    /// Polls that ended.
    pub polls: u64,
    /// Polls that failed.
    pub failed: u64,
    /// Articles that were stored.
    pub articles: u64,
    /// Alerts that were raised.
    pub raised: u64,
    /// Hits that were joined or held.
    pub held: u64,
}

/// The watch of an alert.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AlertWatch {
    /// As the analyst named it.
    pub name: String,
    /// A hash of its compiled form.
    pub revision: String,
}

/// The article of an alert.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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

impl AlertArticle {
    /// When it was published, or first seen where no date can be believed: one that lies ahead, or further back than
    /// any story.
    pub fn at(&self) -> Timestamp {
        const BELIEVED: Duration = DAY.saturating_mul(30);
        let seen = self.first_seen;
        self.published.filter(|at| *at <= seen && *at >= earlier(seen, BELIEVED)).unwrap_or(seen)
    }
}

/// The feed of an alert.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AlertFeed {
    /// The configured address, passwords masked.
    pub url: String,
    /// What it is called.
    pub title: String,
    /// The user's labels.
    pub tags: Vec<String>,
    /// What the user holds it worth, from 1 (most) to 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<u8>,
}

/// The story of an alert, as it stood when the alert was raised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertStory {
    /// A stable hash.
    pub id: String,
    /// In how many feeds it was seen.
    pub feeds: u32,
    /// By how many articles it was told.
    pub articles: u32,
    /// How many publishers have it for sure; never more than feeds, however many one feed names.
    #[serde(default)]
    pub publishers: u32,
    /// From how many origins it comes for sure: agencies, and publishers with texts of their own. Never more than
    /// feeds.
    #[serde(default)]
    pub origins: u32,
    /// Who these publishers are: their domains, or names where no address says more; of very many the first.
    #[serde(default)]
    pub publisher_names: Vec<String>,
    /// The agencies among the origins.
    #[serde(default)]
    pub wires: Vec<String>,
    /// What is new in it, in a record that tells of its growth: the most recent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub new: Vec<AlertNews>,
}

impl AlertStory {
    /// What is new in it, a line each.
    pub fn news(&self) -> String {
        self.new.iter().map(AlertNews::line).collect::<Vec<_>>().join("\n")
    }

    /// How far it has come: "9 feeds, 4 publishers, 2 origins (Reuters, own)".
    pub fn size(&self) -> String {
        let AlertStory { feeds, publishers, origins, wires, .. } = self;
        let count = |n: u32, noun: &str| format!("{n} {noun}{}", if n == 1 { "" } else { "s" });
        let publishers = match publishers {
            0 => "no known publisher".to_owned(),
            n => count(*n, "publisher"),
        };
        let own = origins.saturating_sub(wires.len() as u32);
        let own = match own {
            0 => None,
            1 => Some("own".to_owned()),
            n => Some(format!("{n} own")),
        };
        let origins = match origins {
            0 => "no known origin".to_owned(),
            n => {
                let named: Vec<&str> = wires.iter().chain(&own).map(String::as_str).collect();
                format!("{} ({})", count(*n, "origin"), named.join(", "))
            }
        };
        format!("{}, {publishers}, {origins}", count(*feeds, "feed"))
    }
}

/// The alert that perhaps told the same news as this one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelatedTo {
    /// Its id.
    pub id: String,
    /// The headline that it told.
    pub title: String,
}

/// How long an alert took, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// From publication, where a date is known.
    pub published: Option<i64>,
    /// From the moment the poll's answer was there.
    pub seen: i64,
}

/// A default is `null` on paper.
mod nullable {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Default + PartialEq + Serialize, S: Serializer>(
        part: &T,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        (*part != T::default()).then_some(part).serialize(to)
    }

    pub(super) fn deserialize<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<T, D::Error> {
        Ok(Option::deserialize(from)?.unwrap_or_default())
    }
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
