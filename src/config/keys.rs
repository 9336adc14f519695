//! Every key of the files, once: how its value is read, how it is shown when a reload changes it, whether that waits
//! for a restart, and what it is for. Reading, the message of a reload, the manual page and the check of the samples
//! all use this list.

use std::ops::RangeInclusive;
use std::time::Duration;

use ipnet::IpNet;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use toml::de::DeValue;

use super::special::{contact, keep, listen, path_text};
use super::value::{self, Wrong, duration, duration_or_off, show_size, whole};
use super::{Config, LogFormat};
use crate::clock::{DAY, HOUR, MINUTE, SECOND, short};
use crate::fetch::Opening;
use crate::model::{Keep, Listen};
use crate::poll::{AtMost, Growth};

/// Polls of one feed closer than this are an attack, further apart than this no watch.
pub(super) const INTERVALS: RangeInclusive<Duration> = SECOND..=DAY.saturating_mul(365);
/// How what is only perhaps of a story is told: by a line under the alert of that story, or by an alert of its own.
pub(super) const RELATED: &[(&str, bool)] = &[("line", false), ("alert", true)];
/// What feeds are worth: more steps are a matter of taste, and of tags.
pub(super) const TIERS: RangeInclusive<u64> = 1..=3;
/// What an interval or wait does not go below; nothing is as good as a second.
const FLOORS: RangeInclusive<Duration> = Duration::ZERO..=DAY.saturating_mul(365);
/// A whole poll; what takes longer than an hour will not come.
const TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(100)..=HOUR;
/// Between requests to one host, and for spreading first polls: zero turns it off.
const PAUSES: RangeInclusive<Duration> = Duration::ZERO..=DAY;
/// How far back alerts look.
const MEMORIES: RangeInclusive<Duration> = MINUTE..=DAY.saturating_mul(3650);
/// Signs of life; more often says no more.
const HEARTBEATS: RangeInclusive<Duration> = MINUTE..=DAY;
/// Each request in flight holds a socket and up to `max_body` of memory.
const REQUESTS_AT_ONCE: RangeInclusive<u64> = 1..=4096;
const REQUESTS_PER_HOST: RangeInclusive<u64> = 1..=64;
/// Two cores do some thousands of polls over TLS in a second and nothing else.
const POLLS_PER_SECOND: RangeInclusive<u64> = 1..=10_000;
/// How often a permanent redirect is seen before it is believed.
const SIGHTINGS: RangeInclusive<u64> = 1..=1000;
/// Below, real feeds no longer fit; above, a few bodies fill the memory of a small machine.
const BODY_BYTES: RangeInclusive<u64> = 10_000..=1_000_000_000;

const LEVELS: &[(&str, tracing::Level)] = &[
    ("error", tracing::Level::ERROR),
    ("warn", tracing::Level::WARN),
    ("info", tracing::Level::INFO),
    ("debug", tracing::Level::DEBUG),
    ("trace", tracing::Level::TRACE),
];
const FORMATS: &[(&str, LogFormat)] =
    &[("auto", LogFormat::Auto), ("text", LogFormat::Text), ("json", LogFormat::Json)];

/// What is told of a key.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The name of its table, empty at the top of the file.
    pub table: &'static str,
    /// Its own name.
    pub name: &'static str,
    /// What it is for, in one line.
    pub help: &'static str,
    /// Whether a change takes effect only when feedwatch is started again.
    pub needs_restart: bool,
    /// The value in force, for people. None where a change shows in what else a reload tells: the feeds, the watches,
    /// the sinks.
    pub shown: Option<fn(&Config) -> String>,
}

impl Row {
    /// Such as "poll.every".
    pub fn path(&self) -> String {
        if self.table.is_empty() { self.name.to_owned() } else { format!("{}.{}", self.table, self.name) }
    }
}

/// A setting: its row, and how its value is read.
pub(super) struct Key<T: 'static> {
    pub(super) row: Row,
    pub(super) read: fn(&DeValue<'_>) -> Result<T, Wrong>,
}

macro_rules! keys {
    (@restart live) => { false };
    (@restart restart) => { true };
    (@shown none) => { None };
    (@shown $shown:expr) => { Some($shown) };
    (
        settings: $($table:literal {
            $($id:ident = $name:literal, $effect:ident, $help:literal, $type:ty: $read:expr, $shown:tt;)*
        })*
        entries: $($of:literal { $($key:literal, $for:literal $(, $value:expr)?;)* })*
    ) => {
        $($(
            pub(super) static $id: Key<$type> = Key {
                row: Row {
                    table: $table,
                    name: $name,
                    help: $help,
                    needs_restart: keys!(@restart $effect),
                    shown: keys!(@shown $shown),
                },
                read: $read,
            };
        )*)*

        /// The keys of all files, in the order of the samples.
        pub static ROWS: &[Row] = &[
            $($($id.row,)*)*
            $($(
                #[allow(clippy::needless_update, reason = "an entry may have a value to show")]
                Row {
                    $(shown: Some($value),)?
                    ..Row { table: $of, name: $key, help: $for, needs_restart: false, shown: None }
                },
            )*)*
        ];
    };
}

fn listed(values: &[impl ToString]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn or_off(span: Option<Duration>) -> String {
    span.map_or("off".to_owned(), short)
}

fn names<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn limits(config: &Config) -> String {
    let mut limits: Vec<String> =
        config.holding.at_most.iter().map(|(watch, at_most)| format!("{at_most} for {watch}")).collect();
    limits.sort();
    limits.join(", ")
}

fn format_name(config: &Config) -> String {
    let name = FORMATS.iter().find(|(_, format)| *format == config.log.format).map(|(name, _)| *name);
    name.unwrap_or_default().to_owned()
}

// A running feedwatch has its database and its logs open: those stay until it is started again.
keys! {
    settings:
    "" {
        WATCHES = "watches", live, "The files with the watches; patterns such as \"watches.d/*.toml\" are allowed.",
            String: path_text, none;
        FEEDS = "feeds", live, "Further lists of feeds: OPML, or TOML with [[feed]] tables.",
            String: path_text, none;
    }
    "store" {
        STORE_PATH = "path", restart, "The database file.",
            String: path_text, (|c| c.store.display().to_string());
        KEEP = "keep", live, "Articles older than this are deleted, with hits that raised no alert; \"forever\" deletes none.",
            Keep: keep, (|c| c.keep.map_or("not written".to_owned(), |keep| keep.to_string()));
    }
    "reload" {
        RELOAD_WATCH = "watch", live, "Whether changed files take effect without `systemctl reload`.",
            bool: value::flag, (|c| c.watches_files.to_string());
    }
    "log" {
        ALERT_LOG = "alerts", restart, "The file with every alert, one JSON object per line.",
            String: path_text, (|c| c.alert_log.display().to_string());
        LEVEL = "level", live, "How much feedwatch logs about its own work: error, warn, info, debug or trace.",
            tracing::Level: |value| value::word(LEVELS)(value), (|c| c.log.level.to_string().to_lowercase());
        FORMAT = "format", restart, "The form of these messages: auto, text or json.",
            LogFormat: |value| value::word(FORMATS)(value), format_name;
    }
    "poll" {
        EVERY = "every", live, "The interval at which a feed is polled until its own rhythm is known.",
            Duration: |value| duration(INTERVALS)(value), (|c| short(c.policy.every));
        NO_FASTER = "no_faster", live, "The shortest interval that adapting may reach.",
            Duration: |value| duration(FLOORS)(value), (|c| short(c.policy.no_faster));
        NO_SLOWER = "no_slower", live, "The longest interval that adapting may reach.",
            Duration: |value| duration(INTERVALS)(value), (|c| short(c.policy.no_slower));
        ADAPTIVE = "adaptive", live, "Whether intervals follow the rhythm of the feed and the hints of the server.",
            bool: value::flag, (|c| c.policy.adaptive.to_string());
        POLLS_PER_SECOND_KEY = "polls_per_second", live, "The most polls per second of all feeds together.",
            u64: |value| whole(POLLS_PER_SECOND)(value), (|c| c.policy.polls_per_second.to_string());
        AT_ONCE = "at_once", live, "The most simultaneous requests; slow ones do not count after five seconds.",
            u64: |value| whole(REQUESTS_AT_ONCE)(value), (|c| c.policy.at_once.to_string());
        PER_HOST = "per_host", live, "The most simultaneous requests to one host.",
            u64: |value| whole(REQUESTS_PER_HOST)(value), (|c| c.policy.per_host.to_string());
        HOST_GAP = "host_gap", live, "The shortest time between the starts of two requests to one host.",
            Duration: |value| duration(PAUSES)(value), (|c| short(c.policy.host_gap));
        TIMEOUT = "timeout", live, "The longest that one poll may take.",
            Duration: |value| duration(TIMEOUTS)(value), (|c| short(c.limits.timeout));
        MAX_BODY = "max_body", live, "The size of the largest document that is read, after decompression.",
            u64: |value| value::size(BODY_BYTES)(value), (|c| show_size(c.limits.max_body_bytes));
        CONTACT = "contact", live, "A page or mail address that tells server owners who polls their server.",
            String: contact, (|c| c.identity.contact.clone().unwrap_or_else(|| "none".to_owned()));
        STARTUP_SPREAD = "startup_spread", live, "The first polls of new feeds are spread over this time.",
            Duration: |value| duration(PAUSES)(value), (|c| short(c.policy.startup_spread));
        BACKOFF_BASE = "backoff_base", live, "The wait after a first failure; each further failure doubles it.",
            Duration: |value| duration(FLOORS)(value),
            (|c| c.policy.backoff_base.map_or("twice the feed's interval".to_owned(), short));
        BACKOFF_MAX = "backoff_max", live, "The longest wait after failures.",
            Duration: |value| duration(INTERVALS)(value), (|c| short(c.policy.backoff_max));
        REDIRECT_SIGHTINGS = "redirect_sightings", live, "How many polls must see a permanent redirect before its target is adopted.",
            u64: |value| whole(SIGHTINGS)(value), (|c| c.policy.redirect_sightings.to_string());
        REDIRECT_MIN_AGE = "redirect_min_age", live, "How long a permanent redirect must last before its target is adopted.",
            Duration: |value| duration(FLOORS)(value), (|c| short(c.policy.redirect_min_age));
    }
    "guard" {
        ALLOW = "allow", live, "Ranges of your own network, or single addresses with a port, that feeds may come from.",
            Opening: value::opening, (|c| listed(&c.guard.allow));
        DENY = "deny", live, "Public ranges that are also refused.",
            IpNet: value::network, (|c| listed(&c.guard.deny));
        FILES = "files", live, "Whether feeds may be files on this machine.",
            bool: value::flag, (|c| c.guard.files.to_string());
    }
    "http" {
        LISTEN = "listen", restart, "The address of the local endpoint: /metrics, /healthz, /alerts.atom.",
            Listen: listen, (|c| c.http.as_ref().map_or("off".to_owned(), ToString::to_string));
        OPEN_TO_OTHERS = "open_to_others", restart, "Whether other machines may be able to reach that address.",
            bool: value::flag, none;
    }
    "alerts" {
        STORY_WINDOW = "story_window", live, "Within this time a story raises one alert; \"off\": every article that matches raises one.",
            Option<Duration>: |value| duration_or_off(MEMORIES)(value), (|c| or_off(c.alerts.story_window));
        BACKLOG_AGE = "backlog_age", live, "On a first poll, items older than this raise no alert; \"off\": all do.",
            Option<Duration>: |value| duration_or_off(MEMORIES)(value), (|c| or_off(c.alerts.backlog_age));
        MAX_AGE = "max_age", live, "Items that were published longer ago raise no alert; \"off\": they do.",
            Option<Duration>: |value| duration_or_off(MEMORIES)(value), (|c| or_off(c.alerts.max_age));
        ONE_FEED_HOLDS = "one_feed_holds", live, "How many hits of other feeds one feed may hold back as the same story; \"off\": no limit.",
            Option<AtMost>: value::at_most_or_off,
            (|c| c.alerts.one_feed_holds.map_or("off".to_owned(), |most| most.to_string()));
        GROWTH = "growth", live, "What counts when a story grows: publishers or origins.",
            Growth: |value| value::word(Growth::ALL)(value), (|c| c.alerts.growth.name().to_owned());
        QUIET_AFTER = "quiet_after", live, "After how long without a hit a record names the watch; \"off\": never.",
            Option<Duration>: |value| duration_or_off(MEMORIES)(value), (|c| or_off(c.alerts.quiet_after));
        HEARTBEAT = "heartbeat", live, "How often a record says that feedwatch works, and what it did; or \"off\".",
            Option<Duration>: |value| duration_or_off(HEARTBEATS)(value), (|c| or_off(c.heartbeat));
        QUIET_HOURS = "quiet_hours", live, "The hours in which only alerts of level \"high\" are sent at once.",
            (Time, Time): value::hours, (|c| c.holding.quiet.as_ref().map_or("none".to_owned(), ToString::to_string));
        TIME_ZONE = "time_zone", live, "The time zone of the quiet hours.",
            TimeZone: value::time_zone, none;
    }
    entries:
    "sink" {
        "webhook", "An address that each record is sent to, as a CloudEvent.";
        "body", "A template of what the webhook gets instead of a CloudEvent.";
        "content_type", "The type of that, application/json unless it is written.";
        "headers", "More header fields for it: a name and a value, or credential:NAME, each.";
        "alertmanager", "The address of a Prometheus Alertmanager.";
        "command", "A program and its arguments; it reads the record from its standard input.";
        "mail", "The addresses that mail goes to.";
        "slack", "The address of an incoming webhook of Slack, or a channel that a bot writes to.";
        "teams", "The address of the webhook of a Microsoft Teams workflow.";
        "discord", "The address of a webhook of Discord.";
        "telegram", "The chat that a bot of Telegram writes to: its number, or the @name of a channel.";
        "matrix", "The room of Matrix that an account writes to, by its id.";
        "ntfy", "The address of a topic of ntfy.";
        "gotify", "The address of a Gotify server.";
        "pushover", "The key of a user or group of Pushover, or credential:NAME.";
        "from", "The sender of the mail.";
        "server", "The mail server, smtps://host or smtp://host; or the server of matrix, and another than the usual one of slack, telegram or pushover.";
        "user", "The user name at the mail server.";
        "secret_file", "The file with the webhook's secret, the mail server's password or the service's token, or credential:NAME.";
        "takes", "Which records it gets: alerts, operations, heartbeats.";
        "tiers", "Only alerts from feeds of these tiers are sent.";
        "timeout", "The longest that one delivery may take.";
    }
    "feed" {
        "url", "The address of the feed.";
        "name", "The name in alerts; by default the feed's own title.";
        "tags", "Labels of your own, which queries can ask for.";
        "every", "A fixed interval for this feed.";
        "holds_others", "Whether its articles may hold back other feeds' hits as the same story.";
        "tier", "What the feed is worth, from 1 (most) to 3.";
        "related", "Articles that may belong to a reported story: a \"line\" under its alert, or an \"alert\".";
    }
    "" {
        "lists", "Word lists; queries use their names in braces.";
    }
    "watch" {
        "name", "The name of the topic.";
        "was", "The name that the watch had before: what is stored of that becomes its own.";
        "find", "What to look for.";
        "lang", "The language of the terms.";
        "also", "What to look for in further languages, one key per language.";
        "ignore", "Phrases inside which nothing matches.";
        "but_not", "Word forms that do not count as words of the watch.";
        "reject", "Articles that match this query are dropped.";
        "should_find", "Example texts that must match; `check` tries them.";
        "should_pass_over", "Example texts that must not match.";
        "threshold", "The points that make an article a hit.";
    }
    "score" {
        "points", "The points that a match of this row adds or takes away.";
        "find", "What is counted.";
        "at_most", "The most points that this row adds.";
    }
    "alert" {
        "level", "The level of the watch's alerts: info, notice or high.";
        "to", "The sinks that the alerts go to.";
        "at_most", "The most alerts that are sent at once; the others come in a digest.", limits;
        "repeat", "What raises alerts: each story (\"once per story\") or \"every article\".",
            |c| c.alerts.every_article.iter().map(|watch| format!("every article for {watch}")).collect::<Vec<_>>().join(", ");
        "related", "Articles that may belong to a reported story: a \"line\" under its alert, or an \"alert\".", |c| names(&c.alerts.related_in_full);
        "confirmed", "Whether a record says when a second source has the story.", |c| names(&c.alerts.confirmed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;
    use std::path::Path;
    use std::sync::Arc;

    use super::super::section::{Report, Section};
    use super::super::source::Source;
    use super::super::{Environment, WatchFiles, folder, settings, syntax};
    use super::*;

    /// The keys that are read of a file, without those that stand for tables.
    fn read(
        text: &str,
        read: impl FnOnce(&mut Section<'_, '_>, &Arc<Source>),
    ) -> BTreeSet<(&'static str, &'static str)> {
        let source = Source::new(Path::new("a.toml"), text.to_owned());
        let (tree, _) = syntax::parse(&source);
        let mut report = Report::new(&source);
        Section::top(&mut report, tree.get_ref(), |top| read(top, &source));
        let is_table = |of: &str, key: &str| matches!(of, "" | "watch") && report.tables().contains(key);
        report.known().iter().copied().filter(|(of, key)| !is_table(of, key)).collect()
    }

    #[test]
    fn every_key_that_is_read_has_a_row_and_every_row_is_read() {
        let folder = folder::Folder::of(Path::new("a.toml"), &Environment::default());
        let sinks = "[sink.a]\nwebhook = \"https://example.org\"\n[sink.b]\nmail = [\"a@example.org\"]\n";
        let mut keys = read(&format!("{sinks}[[feed]]\n"), |top, _| drop(settings::read(top, &folder)));
        keys.extend(read("[lists]\n[[watch]]\n[[watch.score]]\n", |top, source| {
            WatchFiles::default().read(top, source);
        }));
        // Tables whose keys are the user's own.
        keys.extend([("", "lists"), ("watch", "also")]);
        let rows: BTreeSet<_> = ROWS.iter().map(|row| (row.table, row.name)).collect();
        assert_eq!(keys, rows);
        assert_eq!(rows.len(), ROWS.len(), "no key has two rows");
    }
}
