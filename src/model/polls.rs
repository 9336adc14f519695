//! How the polls of a feed went, what they taught of it, and why the next one is when it is.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::clock::{Timestamp, short};

/// The history of a feed's polls, as far as the schedule needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Polls {
    /// When the next poll is due.
    pub next_at: Timestamp,
    /// When it was last asked, if ever.
    pub last_at: Option<Timestamp>,
    /// When it last gave a feed or said "not modified".
    pub succeeded_at: Option<Timestamp>,
    /// Failed polls since the last success.
    pub failures: u32,
    /// The interval that adapting has reached; jitter, hints and failures come on top.
    pub interval: Duration,
    /// What the last poll failed with; none after a success.
    pub error: Option<String>,
    /// Why the next poll is when it is.
    pub wait: Wait,
    /// What polling has taught besides; apart, since polls are moved about more often than it is looked at.
    pub learned: Box<Learned>,
}

impl Polls {
    /// Those of a feed that was never asked.
    pub fn none_yet(next_at: Timestamp, interval: Duration) -> Polls {
        Polls {
            next_at,
            last_at: None,
            succeeded_at: None,
            failures: 0,
            interval,
            error: None,
            wait: Wait::First,
            learned: Box::default(),
        }
    }
}

/// What polling has taught of a feed. Only ever read and written as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Learned {
    /// What its last good document wished.
    pub wishes: Wishes,
    /// Items in its last document that had any.
    #[serde(skip_serializing_if = "is_zero")]
    pub items: u32,
    /// The mean time between two moments at which it published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub news_gap: Option<Duration>,
    /// When it last brought something new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub news_at: Option<Timestamp>,
    /// When a whole document last came, rather than the word that it did not change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    /// Whether its validators said "not modified" of a document that was: they are not sent any more.
    #[serde(skip_serializing_if = "is_false")]
    pub validators_lie: bool,
    /// Polls that found no known item: what stood there in between may be lost.
    #[serde(skip_serializing_if = "is_zero")]
    pub gaps: u32,
    /// When that last happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap_at: Option<Timestamp>,
    /// Since when every poll failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// How hard to back off, in quarters of a failure.
    #[serde(skip_serializing_if = "is_zero")]
    pub strain: u32,
    /// How often in a row the server said that the feed is gone.
    #[serde(skip_serializing_if = "is_zero")]
    pub gone: u32,
    /// A move that the server announces and that is not believed yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moving: Option<Moving>,
    /// When the user's address was last tried although another is in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_tried_at: Option<Timestamp>,
    /// Its older pages that are read at present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paging: Option<Paging>,
    /// Another address that is named for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<Suggestion>,
    /// The newest date that it gave an item, and that was not ahead of us.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dated_to: Option<Timestamp>,
    /// The order of day, month and year that its dates showed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
    /// A document of which the first parts are stored, and the last one is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begun: Option<Begun>,
    /// How often in a row the process ended while this feed was under way.
    #[serde(skip_serializing_if = "is_zero")]
    pub ends: u32,
}

/// In which order a feed writes dates of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 12/31/2026.
    MonthFirst,
    /// 31/12/2026.
    DayFirst,
    /// 26/12/31.
    YearFirst,
}

/// A document that is being settled in parts, so that a crash between two of them does not change how it is judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// When it came. Articles that were first seen since then are its own.
    pub at: Timestamp,
    /// Hits told of it whose date says nothing.
    #[serde(default)]
    pub undated_told: u32,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

/// What a feed's own document says of its rhythm. They hold until the next whole document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wishes {
    /// RSS `ttl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Duration>,
    /// `sy:updatePeriod` over `sy:updateFrequency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_every: Option<Duration>,
    /// RSS `skipHours`, one bit an hour, UTC.
    #[serde(skip_serializing_if = "is_zero")]
    pub skip_hours: u32,
    /// RSS `skipDays`, one bit a day from Monday.
    pub skip_days: u8,
}

/// A permanent redirect that was seen some times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moving {
    /// Where it leads.
    pub to: Url,
    /// On how many polls in a row.
    pub sightings: usize,
    /// Since when.
    pub since: Timestamp,
}

/// Older pages of a feed that are read one by one, since a poll found nothing in it that was known (R18).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paging {
    /// The page that is asked next.
    pub next: Url,
    /// How many are asked at the most, that one included.
    pub left: u32,
    /// When the document came of which nothing was known. An item that was seen before closes the gap.
    pub since: Timestamp,
    /// How long the feed itself waits from then on.
    pub wait: Duration,
}

/// Another address that a document, or the server beside it, names for a feed without redirecting there. It is shown to
/// people and never followed: what stands in a page's head or a feed's own field proves nothing (R37).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The address: http or https.
    pub url: Url,
    /// What names it.
    pub by: SuggestedBy,
}

/// What names another address for a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuggestedBy {
    /// The feed's `itunes:new-feed-url`.
    NewFeedUrl,
    /// A document that is only `<redirect><newLocation>`.
    NewLocation,
    /// The `Refresh` header field.
    Refresh,
    /// A web page's `<meta http-equiv="refresh">`.
    MetaRefresh,
}

impl fmt::Display for SuggestedBy {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            SuggestedBy::NewFeedUrl => "itunes:new-feed-url",
            SuggestedBy::NewLocation => "<newLocation>",
            SuggestedBy::Refresh => "Refresh header",
            SuggestedBy::MetaRefresh => "meta refresh",
        })
    }
}

/// Why a feed waits until its next poll.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Wait {
    /// It was never asked.
    First,
    /// The user fixed its interval.
    Every,
    /// It is how often the feed brings something.
    Rhythm,
    /// The server says how long its answer stays fresh.
    Fresh {
        /// How long, as far as it counts.
        wish: Duration,
    },
    /// The feed's `ttl`.
    Ttl {
        /// How long, as far as it counts.
        wish: Duration,
    },
    /// The feed's `sy:updatePeriod`.
    UpdatePeriod {
        /// How long, as far as it counts.
        wish: Duration,
    },
    /// The feed's `skipHours` or `skipDays` hold it back.
    Skipped,
    /// The server gives no validators, so that each poll costs it a whole document.
    NoValidators,
    /// The validators of its server are not to be trusted.
    LyingValidators,
    /// Its host has so many feeds that its spacing takes longer than the interval.
    Crowded {
        /// Feeds at the host.
        feeds: u32,
    },
    /// More is asked of this machine than its owner allows or it can do; all intervals are stretched.
    Overload,
    /// The server named a time.
    RetryAfter {
        /// The status that said so.
        status: u16,
        /// Until when.
        until: Timestamp,
        /// Whether all feeds of the host wait for it.
        host: bool,
    },
    /// The server wants less and named no time.
    Throttled {
        /// The status that said so.
        status: u16,
        /// Until when the host is left alone.
        until: Timestamp,
    },
    /// Failures, each of which makes the next wait longer.
    Backoff {
        /// How many in a row.
        failures: u32,
    },
    /// It needs the user: a password, money, a lawyer.
    Denied {
        /// The status that said so.
        status: u16,
    },
    /// Failing for so long that it is only looked after now and then.
    LongBroken {
        /// Since when.
        since: Timestamp,
    },
    /// Said to be gone; asked once more to be sure.
    GoneOnce,
    /// Gone; looked after about once a month.
    Gone,
    /// This machine seems to be cut off.
    Offline,
    /// The guard refuses its address; it is tried again when the files are loaded.
    Refused,
}

impl Wait {
    /// The time that the server named, if it is waited for.
    pub fn named_time(&self) -> Option<Timestamp> {
        match self {
            Wait::RetryAfter { until, .. } | Wait::Throttled { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// How long the feed wishes to be left alone after a poll, if that is what it waits for.
    pub fn wish(&self) -> Option<Duration> {
        match self {
            Wait::Fresh { wish } | Wait::Ttl { wish } | Wait::UpdatePeriod { wish } => Some(*wish),
            _ => None,
        }
    }

    /// Whether it counts even for a person who wants everything polled now: the server named a time, or said that the
    /// feed is gone.
    pub fn outlasts_impatience(&self) -> bool {
        matches!(self, Wait::RetryAfter { .. } | Wait::GoneOnce | Wait::Gone)
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Wait::First => f.write_str("its first poll"),
            Wait::Every => f.write_str("fixed by `every`"),
            Wait::Rhythm => f.write_str("the feed's rhythm"),
            Wait::Fresh { wish } => write!(f, "max-age {}", short(whole(*wish))),
            Wait::Ttl { wish } => write!(f, "ttl {} min", wish.as_secs() / 60),
            Wait::UpdatePeriod { wish } => write!(f, "sy:updatePeriod {}", short(whole(*wish))),
            Wait::Skipped => f.write_str("skipHours or skipDays"),
            Wait::NoValidators => f.write_str("no ETag or Last-Modified: every poll downloads the whole feed"),
            Wait::LyingValidators => f.write_str("its \"not modified\" was wrong: polled without validators"),
            Wait::Crowded { feeds } => write!(f, "host_gap: {feeds} feeds at this host take turns"),
            Wait::Overload => f.write_str("stretched: more polls are due than can be made"),
            Wait::RetryAfter { status, until, host: true } => write!(f, "{status}, host pauses until {until:.0}"),
            Wait::RetryAfter { status, until, host: false } => write!(f, "{status}, Retry-After until {until:.0}"),
            Wait::Throttled { status, until } => {
                write!(f, "{status} without Retry-After, host pauses until {until:.0}")
            }
            Wait::Backoff { failures: 1 } => f.write_str("backing off after 1 failure"),
            Wait::Backoff { failures } => write!(f, "backing off after {failures} failures"),
            Wait::Denied { status: status @ (401 | 407) } => write!(f, "HTTP {status} needs a password; polled daily"),
            Wait::Denied { status } => write!(f, "HTTP {status} needs a person; polled daily"),
            Wait::LongBroken { since } => write!(f, "failing since {}", since.strftime("%Y-%m-%d")),
            Wait::GoneOnce => f.write_str("the server says that it is gone (410); one more check"),
            Wait::Gone => f.write_str("gone (410); polled monthly"),
            Wait::Offline => f.write_str("this machine seems to be offline"),
            Wait::Refused => f.write_str("tried again at the next reload or start"),
        }
    }
}

/// Without the fraction of a second, unless there is nothing else.
fn whole(span: Duration) -> Duration {
    match span.as_secs() {
        0 => span,
        seconds => Duration::from_secs(seconds),
    }
}
