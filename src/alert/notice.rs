//! Records that are not about a single hit: digests, ends of silences, trouble with feeds and files, heartbeats. Pure.

use super::{id, mask};
use crate::clock::{Timestamp, short, span};
use crate::model::{Alert, AlertFeed, AlertItem, AlertWatch, Counts, Feed, Kind, Level, Scope, Silence};

/// The most items that a digest lists; its count says how many there were.
pub const ITEMS_MAX: usize = 20;

/// One record with the hits that were held while a watch's `at_most` was used up, or in quiet hours (then without a
/// watch).
pub fn digest(watch: Option<&str>, held: u64, items: Vec<AlertItem>, at: Timestamp, run: &str) -> Alert {
    let hits = if held == 1 { "1 more hit".to_owned() } else { format!("{held} more hits") };
    let message = match watch {
        Some(watch) => format!("{watch}: {hits} than its at_most let through"),
        None => format!("quiet hours: {hits} while they lasted"),
    };
    let key = format!("{}", at.as_microsecond());
    let id = id("", &key, watch.unwrap_or_default(), Kind::Digest);
    let mut alert = Alert::about(Kind::Digest, Level::Notice, id, at, message, run);
    alert.watch = AlertWatch { name: watch.unwrap_or_default().to_owned(), revision: String::new() };
    listing(alert, held, items)
}

/// The record at the end of a silence: it says what was held.
pub fn silence_ended(silence: &Silence, items: Vec<AlertItem>, at: Timestamp, run: &str) -> Alert {
    let Silence { id: number, scope, target, why, held, since, until } = silence;
    let id = id("", &number.to_string(), target, Kind::SilenceEnded);
    let what = match scope {
        Scope::Story => "a story".to_owned(),
        scope => format!("{} {target}", scope.name()),
    };
    let hits = if *held == 1 { "1 hit was".to_owned() } else { format!("{held} hits were") };
    let lasted = short(std::time::Duration::from_secs(span(*since, *until).as_secs()));
    let message = format!("silence {number} of {what} ended after {lasted} ({why}); {hits} held");
    let mut alert = Alert::about(Kind::SilenceEnded, Level::Notice, id, at, message, run);
    match scope {
        Scope::Watch => alert.watch.name.clone_from(target),
        Scope::Feed => alert.feed.url.clone_from(target),
        Scope::Story => alert.story.id.clone_from(target),
    }
    listing(alert, *held, items)
}

fn listing(alert: Alert, held: u64, mut items: Vec<AlertItem>) -> Alert {
    items.truncate(ITEMS_MAX);
    Alert { items, counts: Some(Counts { held, ..Counts::default() }), ..alert }
}

/// Something about a feed. `episode` tells one occasion from the next, and is the same when a crash repeats it.
pub fn of_feed(
    kind: Kind,
    level: Level,
    feed: &Feed,
    episode: Timestamp,
    what: &str,
    at: Timestamp,
    run: &str,
) -> Alert {
    let id = id(feed.source.url.as_str(), &episode.as_microsecond().to_string(), "", kind);
    let message = format!("{}: {what}", feed.label());
    let mut alert = Alert::about(kind, level, id, at, message, run);
    alert.feed = AlertFeed {
        url: mask(&feed.source.url),
        title: feed.label().into_owned(),
        tags: feed.source.tags.clone(),
        tier: feed.source.tier,
    };
    alert
}

/// A reload that was refused, with the first of the mistakes and its place, if it has one.
pub fn config_refused(first: &str, place: Option<&str>, at: Timestamp, run: &str) -> Alert {
    let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
    let message = format!(
        "the configuration is refused and the old one stays in force: {first}{place}; `feedwatch check` shows it"
    );
    let id = id("", &at.as_microsecond().to_string(), "", Kind::ConfigRefused);
    Alert::about(Kind::ConfigRefused, Level::High, id, at, message, run)
}

/// A watch that found nothing since `since`: one record until it finds something again.
pub fn watch_quiet(watch: &str, since: Timestamp, at: Timestamp, run: &str) -> Alert {
    const DAY_S: u64 = 24 * 3600;
    let days = span(since, at).as_secs() / DAY_S;
    let message = format!(
        "the watch {watch} found nothing for {days} days, since {}; `feedwatch explain` shows what it looks for",
        since.strftime("%F")
    );
    let id = id("", &since.as_microsecond().to_string(), watch, Kind::WatchQuiet);
    let mut alert = Alert::about(Kind::WatchQuiet, Level::Notice, id, at, message, run);
    alert.watch.name = watch.to_owned();
    alert
}

/// A sign of life for the stretch that began at `since`: one record a stretch, whatever happens within it.
pub fn heartbeat(counts: Counts, since: Timestamp, at: Timestamp, run: &str) -> Alert {
    let Counts { feeds, polls, failed, articles, raised, held } = counts;
    let message = format!(
        "heartbeat: {feeds} feeds, {polls} polls ({failed} failed), {articles} new articles, {raised} alerts, {held} hits held"
    );
    let id = id("", &since.as_microsecond().to_string(), "", Kind::Heartbeat);
    let alert = Alert::about(Kind::Heartbeat, Level::Info, id, at, message, run);
    Alert { counts: Some(counts), ..alert }
}
