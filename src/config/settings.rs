//! `feedwatch.toml`: every table but the feeds and watches themselves. Where a key is read here, it is known; nowhere
//! else is there a list of keys.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;
use toml::Spanned;
use toml::de::DeValue;

use super::feeds::{self, Entry, Folder};
use super::http;
use super::section::Section;
use super::sinks;
use super::value::{self, DAY, HOUR, MINUTE, SECOND, Wrong, duration, duration_or_off, whole};
use super::{LogFormat, LogSettings};
use crate::clock::short;
use crate::fetch::{Guard, Identity, Limits};
use crate::model::{Keep, Listen, Sink};
use crate::poll::{AlertPolicy, Growth, Policy, Quiet, WITH_SLOW_ONES};

/// Polls of one feed closer than this are an attack, further apart than this no watch.
pub(super) const INTERVALS: RangeInclusive<Duration> = SECOND..=DAY.saturating_mul(365);
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
/// An article is recognised under a new identifier for thirty days; sooner it must not be gone.
const KEEPS: RangeInclusive<Duration> = DAY.saturating_mul(30)..=DAY.saturating_mul(36_500);
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
const DEFAULT_TIMEOUT: Duration = MINUTE;
const DEFAULT_MAX_BODY_BYTES: u64 = 10_000_000;
/// Goes into every request's User-Agent.
const MAX_CONTACT_BYTES: usize = 200;

const LEVELS: &[(&str, tracing::Level)] = &[
    ("error", tracing::Level::ERROR),
    ("warn", tracing::Level::WARN),
    ("info", tracing::Level::INFO),
    ("debug", tracing::Level::DEBUG),
    ("trace", tracing::Level::TRACE),
];
const FORMATS: &[(&str, LogFormat)] =
    &[("auto", LogFormat::Auto), ("text", LogFormat::Text), ("json", LogFormat::Json)];

/// What `feedwatch.toml` says, with the names of further files still to be read.
pub(super) struct Settings {
    pub(super) watches: Option<Vec<Spanned<String>>>,
    pub(super) feed_files: Vec<Spanned<String>>,
    pub(super) watches_files: bool,
    pub(super) store: Option<PathBuf>,
    pub(super) keep: Option<Keep>,
    pub(super) alert_log: Option<PathBuf>,
    pub(super) log: LogSettings,
    pub(super) policy: Policy,
    pub(super) limits: Limits,
    pub(super) identity: Identity,
    pub(super) guard: Guard,
    pub(super) alerts: AlertPolicy,
    pub(super) quiet: Option<Quiet>,
    pub(super) heartbeat: Option<Duration>,
    pub(super) http: Option<Listen>,
    pub(super) sinks: Vec<Sink>,
    pub(super) feeds: Vec<Entry>,
}

/// Reads the top table.
pub(super) fn read(top: &mut Section<'_, '_>, folder: &Folder) -> Settings {
    let watches = top.one_or_list("watches", path_text);
    let feed_files = top.one_or_list("feeds", path_text).unwrap_or_default();
    let watches_files =
        top.table("reload", |reload| reload.read("watch", value::flag).is_some_and(Spanned::into_inner));
    let (store, keep) = top
        .table("store", |store| (path(store, "path", &folder.path), store.read("keep", keep).map(Spanned::into_inner)));
    let (alert_log, log) = top.table("log", |log| {
        let level = log.read("level", value::word(LEVELS)).map_or(tracing::Level::INFO, Spanned::into_inner);
        let format = log.read("format", value::word(FORMATS)).map(Spanned::into_inner).unwrap_or_default();
        (path(log, "alerts", &folder.path), LogSettings { level, format })
    });
    let (policy, limits, identity) = top.table("poll", |poll| (policy(poll), limits(poll), identity(poll)));
    let guard = top.table("guard", |guard| {
        let plain = |list: Option<Vec<Spanned<_>>>| list.unwrap_or_default().into_iter().map(Spanned::into_inner);
        Guard {
            allow: plain(guard.list("allow", value::opening)).collect(),
            deny: networks(guard, "deny"),
            files: guard.read("files", value::flag).is_some_and(Spanned::into_inner),
            ..Guard::default()
        }
    });
    let (alerts, heartbeat, quiet) = top.table("alerts", |alerts| {
        let AlertPolicy { story_window, backlog_age, max_age, one_feed_holds, .. } = AlertPolicy::default();
        let mut memory = |key, default| {
            let read = alerts.read(key, duration_or_off(MEMORIES));
            read.map_or(default, Spanned::into_inner)
        };
        let policy = AlertPolicy {
            story_window: memory("story_window", story_window),
            backlog_age: memory("backlog_age", backlog_age),
            max_age: memory("max_age", max_age),
            one_feed_holds: alerts
                .read("one_feed_holds", value::at_most_or_off)
                .map_or(one_feed_holds, Spanned::into_inner),
            growth: alerts.read("growth", value::word(Growth::ALL)).map(Spanned::into_inner).unwrap_or_default(),
            ..AlertPolicy::default()
        };
        let heartbeat = alerts.read("heartbeat", duration_or_off(HEARTBEATS));
        (policy, heartbeat.map_or(Some(HOUR), Spanned::into_inner), quiet(alerts))
    });
    let http = top.table("http", |http| http::read(http, &folder.path));
    let sinks = sinks::read(top, folder, &guard);
    let mut feeds = Vec::new();
    top.tables("feed", |feed| feeds.extend(feeds::entry(feed, folder, guard.files)));
    Settings {
        watches,
        feed_files,
        watches_files,
        store,
        keep,
        alert_log,
        log,
        policy,
        limits,
        identity,
        guard,
        alerts,
        quiet,
        heartbeat,
        http,
        sinks,
        feeds,
    }
}

/// The intervals, which have to fit together. A default gives way to what is written; two that are written must agree.
fn policy(poll: &mut Section<'_, '_>) -> Policy {
    let default = Policy::default();
    let every = poll.read("every", duration(INTERVALS));
    let no_faster = poll.read("no_faster", duration(FLOORS));
    let no_slower = poll.read("no_slower", duration(INTERVALS));
    let backoff_base = poll.read("backoff_base", duration(FLOORS));
    let backoff_max = poll.read("backoff_max", duration(INTERVALS));
    let not_above = [
        (("no_faster", &no_faster), ("no_slower", &no_slower)),
        (("no_faster", &no_faster), ("every", &every)),
        (("every", &every), ("no_slower", &no_slower)),
        (("backoff_base", &backoff_base), ("backoff_max", &backoff_max)),
    ];
    for ((low_key, low), (high_key, high)) in not_above {
        let (Some(low), Some(high)) = (low, high) else { continue };
        if low.get_ref() > high.get_ref() {
            let message = format!("`{low_key}` is longer than `{high_key}`");
            let help = format!("write {low_key} = \"{}\" or less", short(*high.get_ref()));
            let (low, high) = (poll.place(low.span()), poll.place(high.span()));
            poll.push(super::Diagnostic::error(low, message).related(high, format!("{high_key} is this")).help(help));
        }
    }
    let given = |spanned: Option<Spanned<Duration>>| spanned.map(Spanned::into_inner);
    let (every, no_faster, no_slower) = (given(every), given(no_faster), given(no_slower));
    let (backoff_base, backoff_max) = (given(backoff_base), given(backoff_max));
    let lowest = no_faster.unwrap_or_else(|| default.no_faster.min(every.or(no_slower).unwrap_or(Duration::MAX)));
    let highest = no_slower.unwrap_or_else(|| default.no_slower.max(every.unwrap_or_default()).max(lowest));
    let whole_or = |poll: &mut Section<'_, '_>, key, range, default: usize| {
        let read: Option<Spanned<u64>> = poll.read(key, whole(range));
        read.and_then(|number| usize::try_from(number.into_inner()).ok()).unwrap_or(default)
    };
    let at_once = whole_or(poll, "at_once", REQUESTS_AT_ONCE, default.at_once);
    Policy {
        every: every.unwrap_or(default.every.clamp(lowest.min(highest), highest)),
        no_faster: lowest,
        no_slower: highest,
        polls_per_second: whole_or(poll, "polls_per_second", POLLS_PER_SECOND, default.polls_per_second as usize)
            as u32,
        at_once,
        in_all: at_once * WITH_SLOW_ONES,
        per_host: whole_or(poll, "per_host", REQUESTS_PER_HOST, default.per_host),
        host_gap: poll.read("host_gap", duration(PAUSES)).map_or(default.host_gap, Spanned::into_inner),
        startup_spread: poll
            .read("startup_spread", duration(PAUSES))
            .map_or(default.startup_spread, Spanned::into_inner),
        backoff_base,
        backoff_max: backoff_max.unwrap_or(default.backoff_max.max(backoff_base.unwrap_or_default())),
        adaptive: poll.read("adaptive", value::flag).map_or(default.adaptive, Spanned::into_inner),
        redirect_sightings: whole_or(poll, "redirect_sightings", SIGHTINGS, default.redirect_sightings),
        redirect_min_age: poll
            .read("redirect_min_age", duration(FLOORS))
            .map_or(default.redirect_min_age, Spanned::into_inner),
    }
}

fn limits(poll: &mut Section<'_, '_>) -> Limits {
    Limits {
        timeout: poll.read("timeout", duration(TIMEOUTS)).map_or(DEFAULT_TIMEOUT, Spanned::into_inner),
        max_body_bytes: poll
            .read("max_body", value::size(BODY_BYTES))
            .map_or(DEFAULT_MAX_BODY_BYTES, Spanned::into_inner),
    }
}

fn identity(poll: &mut Section<'_, '_>) -> Identity {
    Identity { contact: poll.read("contact", contact).map(Spanned::into_inner), feeds: 0 }
}

/// It stands in a comment of the User-Agent field (RFC 9110 section 10.1.5), so brackets and control bytes are out.
fn contact(value: &DeValue<'_>) -> Result<String, Wrong> {
    const WANT: &str = "a page or an address that tells who polls";
    const HELP: &str = "write for example \"https://example.org/about-our-watch\" or \"watch@example.org\"";
    let text = value::text(value)?;
    let fits = text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '(' | ')' | '\\' | '"'));
    match text {
        _ if !fits => Err(Wrong::new(WANT, "only ASCII letters, digits and signs, no spaces or brackets", HELP)),
        text if text.len() > MAX_CONTACT_BYTES => {
            Err(Wrong::new(WANT, format!("this is longer than {MAX_CONTACT_BYTES} bytes"), HELP))
        }
        text => Ok(text),
    }
}

/// How long articles are kept.
fn keep(value: &DeValue<'_>) -> Result<Keep, Wrong> {
    const WANT: &str = "a duration or \"forever\"";
    match value {
        DeValue::String(text) if text == "forever" => Ok(Keep::Forever),
        DeValue::String(text) if matches!(&**text, "off" | "never" | "always") => {
            Err(Wrong::new(WANT, "this is no duration", "write \"forever\""))
        }
        _ => duration(KEEPS)(value).map(Keep::For).map_err(|wrong| Wrong { want: WANT.to_owned(), ..wrong }),
    }
}

/// The hours in which only high alerts are told at once, by the clock of a time zone: UTC unless one is named.
fn quiet(alerts: &mut Section<'_, '_>) -> Option<Quiet> {
    let hours = alerts.read("quiet_hours", value::hours);
    let zone = alerts.read("time_zone", value::time_zone).map_or(TimeZone::UTC, Spanned::into_inner);
    hours.map(|hours| {
        let (from, to) = hours.into_inner();
        Quiet { from, to, zone }
    })
}

fn networks(guard: &mut Section<'_, '_>, key: &'static str) -> Vec<ipnet::IpNet> {
    let networks = guard.list(key, value::network).unwrap_or_default();
    networks.into_iter().map(Spanned::into_inner).collect()
}

pub(super) fn path(section: &mut Section<'_, '_>, key: &'static str, folder: &Path) -> Option<PathBuf> {
    section.read(key, path_text).map(|path| folder.join(path.into_inner()))
}

/// A path as written; a shell's short cuts are not understood, so they are refused.
pub(super) fn path_text(value: &DeValue<'_>) -> Result<String, Wrong> {
    const WANT: &str = "a path in quotes";
    let text = value::text(value)?;
    match text.as_bytes() {
        [b'~', ..] => {
            Err(Wrong::new(WANT, "~ is not expanded here", "write the whole path, or one relative to this file"))
        }
        [b'$', ..] => Err(Wrong::new(WANT, "variables are not expanded here", "write the path itself")),
        _ => Ok(text),
    }
}
