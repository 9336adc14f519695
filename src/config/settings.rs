//! `feedwatch.toml`: every table but the feeds and watches themselves. The keys stand in `keys.rs`.

use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;
use toml::Spanned;

use super::LogSettings;
use super::feeds::{self, Entry};
use super::folder::Folder;
use super::http;
use super::keys::{self, Key};
use super::section::Section;
use super::sinks;
use crate::clock::{HOUR, MINUTE, short};
use crate::fetch::{Guard, Identity, Limits};
use crate::model::{Keep, Listen, Sink};
use crate::pace::{Policy, WITH_SLOW_ONES};
use crate::poll::{AlertPolicy, Quiet};

const DEFAULT_TIMEOUT: Duration = MINUTE;
const DEFAULT_MAX_BODY_BYTES: u64 = 10_000_000;

/// What `feedwatch.toml` says, with the names of further files still to be read.
pub(super) struct Settings {
    pub(super) watches: Option<Vec<Spanned<String>>>,
    pub(super) feed_files: Vec<Spanned<String>>,
    pub(super) watches_files: bool,
    pub(super) store: Option<PathBuf>,
    /// Whether it is said where the database is, in a way that cannot be understood.
    pub(super) store_is_wrong: bool,
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
    let watches = top.one_or_list(keys::WATCHES.row.name, keys::WATCHES.read);
    let feed_files = top.one_or_list(keys::FEEDS.row.name, keys::FEEDS.read).unwrap_or_default();
    let watches_files = top.table("reload", |reload| reload.get(&keys::RELOAD_WATCH).unwrap_or_default());
    let in_folder = |path: Option<String>| path.map(|path| folder.path.join(path));
    let (store, store_is_wrong, keep) = top.table("store", |store| {
        let path = store.get(&keys::STORE_PATH);
        let is_wrong = path.is_none() && store.has(keys::STORE_PATH.row.name);
        (in_folder(path), is_wrong, store.get(&keys::KEEP))
    });
    let (alert_log, log) = top.table("log", |log| {
        let level = log.get(&keys::LEVEL).unwrap_or(tracing::Level::INFO);
        let format = log.get(&keys::FORMAT).unwrap_or_default();
        (in_folder(log.get(&keys::ALERT_LOG)), LogSettings { level, format })
    });
    let (policy, limits, identity) = top.table("poll", |poll| (policy(poll), limits(poll), identity(poll)));
    let guard = top.table("guard", |guard| Guard {
        allow: plain(guard.list(keys::ALLOW.row.name, keys::ALLOW.read)),
        deny: plain(guard.list(keys::DENY.row.name, keys::DENY.read)),
        files: guard.get(&keys::FILES).unwrap_or_default(),
        ..Guard::default()
    });
    let (alerts, heartbeat, quiet) = top.table("alerts", |alerts| {
        let default = AlertPolicy::default();
        let policy = AlertPolicy {
            story_window: alerts.get(&keys::STORY_WINDOW).unwrap_or(default.story_window),
            backlog_age: alerts.get(&keys::BACKLOG_AGE).unwrap_or(default.backlog_age),
            max_age: alerts.get(&keys::MAX_AGE).unwrap_or(default.max_age),
            one_feed_holds: alerts.get(&keys::ONE_FEED_HOLDS).unwrap_or(default.one_feed_holds),
            growth: alerts.get(&keys::GROWTH).unwrap_or_default(),
            quiet_after: alerts.get(&keys::QUIET_AFTER).unwrap_or_default(),
            ..default
        };
        (policy, alerts.get(&keys::HEARTBEAT).unwrap_or(Some(HOUR)), quiet(alerts))
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
        store_is_wrong,
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
    let every = poll.get_where(&keys::EVERY);
    let no_faster = poll.get_where(&keys::NO_FASTER);
    let no_slower = poll.get_where(&keys::NO_SLOWER);
    let backoff_base = poll.get_where(&keys::BACKOFF_BASE);
    let backoff_max = poll.get_where(&keys::BACKOFF_MAX);
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
    let count = |poll: &mut Section<'_, '_>, key: &'static Key<u64>, default: usize| {
        let read: Option<u64> = poll.get(key);
        read.and_then(|number| usize::try_from(number).ok()).unwrap_or(default)
    };
    let at_once = count(poll, &keys::AT_ONCE, default.at_once);
    Policy {
        every: every.unwrap_or(default.every.clamp(lowest.min(highest), highest)),
        no_faster: lowest,
        no_slower: highest,
        polls_per_second: count(poll, &keys::POLLS_PER_SECOND_KEY, default.polls_per_second as usize) as u32,
        at_once,
        in_all: at_once * WITH_SLOW_ONES,
        per_host: count(poll, &keys::PER_HOST, default.per_host),
        redirect_sightings: count(poll, &keys::REDIRECT_SIGHTINGS, default.redirect_sightings),
        host_gap: poll.get(&keys::HOST_GAP).unwrap_or(default.host_gap),
        startup_spread: poll.get(&keys::STARTUP_SPREAD).unwrap_or(default.startup_spread),
        backoff_base,
        backoff_max: backoff_max.unwrap_or(default.backoff_max.max(backoff_base.unwrap_or_default())),
        adaptive: poll.get(&keys::ADAPTIVE).unwrap_or(default.adaptive),
        redirect_min_age: poll.get(&keys::REDIRECT_MIN_AGE).unwrap_or(default.redirect_min_age),
    }
}

fn limits(poll: &mut Section<'_, '_>) -> Limits {
    Limits {
        timeout: poll.get(&keys::TIMEOUT).unwrap_or(DEFAULT_TIMEOUT),
        max_body_bytes: poll.get(&keys::MAX_BODY).unwrap_or(DEFAULT_MAX_BODY_BYTES),
    }
}

fn identity(poll: &mut Section<'_, '_>) -> Identity {
    Identity { contact: poll.get(&keys::CONTACT), feeds: 0 }
}

fn plain<T>(list: Option<Vec<Spanned<T>>>) -> Vec<T> {
    list.unwrap_or_default().into_iter().map(Spanned::into_inner).collect()
}

/// The hours in which only high alerts are told at once, by the clock of a time zone: UTC unless one is named.
fn quiet(alerts: &mut Section<'_, '_>) -> Option<Quiet> {
    let hours = alerts.get(&keys::QUIET_HOURS);
    let zone = alerts.get(&keys::TIME_ZONE).unwrap_or(TimeZone::UTC);
    hours.map(|(from, to)| Quiet { from, to, zone })
}
