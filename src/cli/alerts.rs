//! `feedwatch alerts`: what was raised, what was held and why; newest last, and on as it happens.

use std::io::{self, Write};
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use jiff::tz::TimeZone;

use super::follow::{Follower, follow};
use super::setup;
use super::{Exit, Global, moment, show, stats};
use crate::alert::{self, Look, When};
use crate::clock::{Clock, Timestamp, earlier};
use crate::config::nearest;
use crate::model::{Alert, AlertFilter, AlertStory, Level, StoredAlert};
use crate::poll::counted;
use crate::store::{Ack, Store};
use crate::terminal;

/// The latest alerts, newest last.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  feedwatch alerts --since 2h --watch \"office closure\"\n  feedwatch alerts --follow\n  \
                        feedwatch alerts --held --since 1d\n  feedwatch alerts --json --limit 1000 | jq -r .article.url\n  \
                        feedwatch alerts show 1f0c2a\n  feedwatch alerts stats",
    args_conflicts_with_subcommands = true
)]
pub(super) struct Alerts {
    #[command(subcommand)]
    one: Option<One>,
    /// Only alerts raised since then: "90s", "6h", "1h30m", "2w", "14:00", "yesterday", "2026-11-30"
    #[arg(long, value_name = "TIME", value_parser = moment::ago)]
    since: Option<Duration>,
    /// Only alerts of the watch with this name
    #[arg(long, value_name = "NAME")]
    watch: Option<String>,
    /// Only alerts of feeds whose title or address contains this text
    #[arg(long, value_name = "TEXT")]
    feed: Option<String>,
    /// Minimum level
    #[arg(long, value_name = "LEVEL")]
    level: Option<Loudness>,
    /// Only alerts that nobody has acknowledged
    #[arg(long)]
    unacked: bool,
    /// Show trouble with feeds and files, and heartbeats, instead of news
    #[arg(long)]
    operations: bool,
    /// The output format; --json is the same as jsonl
    #[arg(long, value_name = "FORM", default_value = "text")]
    format: Format,
    /// Show at most this many alerts, the newest
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
    /// Show the matches that raised no alert, with the reason: joined to a story, or held
    #[arg(long)]
    held: bool,
    /// Keep running and show new alerts as they come, until interrupted
    #[arg(long)]
    follow: bool,
}

#[derive(Debug, Subcommand)]
enum One {
    /// Everything about one alert
    Show(show::Show),
    /// How many alerts each watch raised, day by day
    Stats(stats::Stats),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Loudness {
    Info,
    Notice,
    High,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The lines of alerts.jsonl
    Jsonl,
    /// Elastic Common Schema 8
    Ecs,
    /// OpenTelemetry log records, as the Collector takes them (OTLP)
    Otel,
    /// CloudEvents 1.0
    Cloudevents,
    /// A table with a header
    Csv,
}

pub(super) fn run(global: &Global, args: &Alerts, out: &mut impl Write) -> anyhow::Result<Exit> {
    match &args.one {
        Some(One::Show(args)) => return show::run(global, args, out),
        Some(One::Stats(args)) => return stats::run(global, args, out),
        None => {}
    }
    let files = setup::read(global)?;
    let store = Store::open_to_read(&files.config.store)?;
    // With a mistake in the files a watch may be there and not be read: nothing is said of its name then.
    let watches = files.mistakes.is_none().then(|| files.config.watches.names().collect::<Vec<_>>());
    let clock = Clock::System;
    let format = if global.json && args.format == Format::Text { Format::Jsonl } else { args.format };
    let mut page = Page::new(format, (!args.follow).then(|| clock.now()));
    let filter = AlertFilter {
        since: args.since.map(|since| earlier(clock.now(), since)),
        watch: args.watch.clone(),
        feed: args.feed.clone(),
        held: args.held,
        level: args.level.map(|level| match level {
            Loudness::Info => Level::Info,
            Loudness::Notice => Level::Notice,
            Loudness::High => Level::High,
        }),
        verdict: None,
        operations: args.operations,
        unacked: args.unacked,
        // One more than asked for tells whether there are more.
        limit: Some(args.limit.saturating_add(1)),
        after_seq: None,
    };
    let found = store.alerts(&filter)?;
    let left_out = found.len().saturating_sub(args.limit);
    page.begin(out)?;
    page.show(&store, &found[left_out..], out)?;
    if format == Format::Text && !args.follow {
        hint(found.is_empty(), left_out > 0, args, watches.as_deref());
    }
    if args.follow {
        let follower = Follower::after(store, &filter, &found, clock.now())?;
        let interrupted = async { drop(tokio::signal::ctrl_c().await) };
        let show = |store: &Store, alerts: &[StoredAlert]| page.show(store, alerts, out);
        let say = |line: &str| say!("feedwatch: {line}");
        setup::runtime()?.block_on(follow(&clock, follower, show, say, interrupted))?;
    }
    Ok(Exit::Done)
}

/// What a person may wonder about, beside the output so that a pipe gets alerts only.
fn hint(none: bool, more: bool, args: &Alerts, known: Option<&[&str]>) {
    let watches = known.unwrap_or_default();
    let is_known = |name: &&String| watches.iter().any(|watch| watch.eq_ignore_ascii_case(name));
    let unknown = args.watch.as_ref().filter(|name| known.is_some() && !is_known(name));
    match (none, more) {
        (true, _) if let Some(name) = unknown => match nearest(name, watches) {
            Some(near) => say!("no watch is called {name:?} now; did you mean {near:?}?"),
            None => say!("no watch is called {name:?} now; the watches are: {}", watches.join(", ")),
        },
        (true, _) if args.unacked => say!("No alert is left that nobody has acknowledged."),
        (true, _) if args.held => say!("no matching hits"),
        (true, _) => say!("No alerts match. `--held` lists the matches that raised none."),
        (_, true) if args.limit > 0 => {
            say!("Showing the newest {}; `--limit {}` shows more.", args.limit, args.limit.saturating_mul(10));
        }
        _ => {}
    }
}

/// What is being printed, line by line.
struct Page {
    format: Format,
    look: Look,
    /// On a terminal alerts stand under their day, and say how long ago they were.
    by_day: bool,
    day: Option<jiff::civil::Date>,
}

impl Page {
    /// `seen_from` is none where lines are to stay true for long: they get the hour instead of "just now".
    fn new(format: Format, seen_from: Option<Timestamp>) -> Page {
        let by_day = format == Format::Text && io::IsTerminal::is_terminal(&io::stdout());
        let mut look = terminal::look(&io::stdout());
        if by_day {
            let zone = TimeZone::system();
            look.when = seen_from.map_or(When::Hour(zone.clone()), |now| When::Ago(now, zone));
        }
        Page { format, look, by_day, day: None }
    }

    fn begin(&self, out: &mut impl Write) -> io::Result<()> {
        if self.format == Format::Csv { writeln!(out, "{}", alert::CSV_HEADER) } else { Ok(()) }
    }

    fn show(&mut self, store: &Store, alerts: &[StoredAlert], out: &mut impl Write) -> io::Result<()> {
        for stored in alerts {
            match self.format {
                Format::Text => self.for_people(store, stored, out)?,
                Format::Jsonl => writeln!(out, "{}", alert::jsonl(stored))?,
                Format::Ecs => writeln!(out, "{}", alert::ecs(stored))?,
                Format::Otel => writeln!(out, "{}", alert::otel(stored))?,
                Format::Cloudevents => writeln!(out, "{}", alert::cloudevents(stored))?,
                Format::Csv => writeln!(out, "{}", alert::csv(stored))?,
            }
        }
        out.flush()
    }

    fn for_people(&mut self, store: &Store, stored: &StoredAlert, out: &mut impl Write) -> io::Result<()> {
        if self.by_day {
            let at = stored.alert.time.to_zoned_datetime(terminal::zone());
            let day = at.date();
            if self.day != Some(day) {
                let apart = if self.day.replace(day).is_some() { "\n" } else { "" };
                let bold = if self.look.colour { anstyle::Style::new().bold() } else { anstyle::Style::new() };
                writeln!(out, "{apart}{bold}{}{bold:#}", at.strftime("%A, %-d %B %Y (%Z)"))?;
            }
        }
        // A story's size is a courtesy: without it the alert still stands.
        let story = match stored.outcome.is_told() {
            true => story_now(store, &stored.alert).unwrap_or_default(),
            false => AlertStory::default(),
        };
        out.write_all(for_people(stored, &story, &self.look).as_bytes())?;
        if let Ok(Some(ack)) = store.ack(&stored.alert.id) {
            out.write_all(alert::remark(&told_ack(&ack), &self.look).as_bytes())?;
        }
        Ok(())
    }
}

/// How far the story of an alert has come: as it stands now, or as it stood when the alert was raised, if more is not known any more.
pub(super) fn story_now(store: &Store, alert: &Alert) -> anyhow::Result<AlertStory> {
    let now = store.story_now(&alert.story.id, &alert.watch.name)?;
    let now = counted(&alert.story.id, &now.outlets, now.articles);
    let then = &alert.story;
    let is_more = now.feeds >= then.feeds && now.publishers >= then.publishers && now.origins >= then.origins;
    Ok(if is_more { now } else { then.clone() })
}

/// That somebody has seen it, and what they say of it: "✓ noise by anna: an old story".
fn told_ack(ack: &Ack) -> String {
    let Ack { verdict, note, by, .. } = ack;
    let by = by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
    let note = note.as_deref().map(|note| format!(": {note}")).unwrap_or_default();
    format!("✓ {}{by}{note}", verdict.as_deref().unwrap_or("seen"))
}

/// The alert, where to read the article, how far the story has come, and why it was not told if it was not.
fn for_people(stored: &StoredAlert, story: &AlertStory, look: &Look) -> String {
    let mut text = alert::full(&stored.alert, look);
    if let Some(url) = &stored.alert.article.url {
        text.push_str(&alert::link(url, look));
    }
    if story.feeds > 1 {
        text.push_str(&alert::remark(&format!("the story: {}", story.size()), look));
    }
    if !stored.outcome.is_told() {
        text.push_str(&alert::remark(&format!("{}: {}", stored.outcome, stored.reason), look));
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::tz::TimeZone;

    use super::*;
    use crate::alert::When;
    use crate::model::Outcome;

    fn stored(seq: i64, outcome: Outcome) -> StoredAlert {
        let alert: Alert = serde_json::from_value(serde_json::json!({
            "v": 1, "id": format!("{seq:032}"), "time": "2024-11-09T14:05:06.000000Z", "kind": "alert",
            "level": "notice", "level_number": 10, "message": "m", "watch": {"name": "closure", "revision": "r"},
            "why": [], "snippet": "[[closed]]", "score": null,
            "article": {"id": 1, "key": "k", "title": format!("office {seq}"), "url": null, "published": null,
                        "first_seen": "2024-11-09T14:05:05Z", "lang": null},
            "feed": {"url": "https://example.org/", "title": "Wire", "tags": []},
            "story": {"id": "s", "feeds": 1, "articles": 1}, "latency_ms": {"published": null, "seen": 1}, "run": "r",
        }))
        .unwrap();
        StoredAlert { seq, outcome, reason: "older than 24 h\u{7}".into(), alert }
    }

    #[test]
    fn people_see_the_story_and_why_a_hit_was_held() {
        let look = Look { colour: false, width: None, when: When::In(TimeZone::UTC) };
        let shown = for_people(&stored(1, Outcome::HeldBacklog), &AlertStory::default(), &look);
        assert!(shown.ends_with("[[closed]]\n    held: backlog: older than 24 h\\u{7}\n"), "{shown}");
        assert!(for_people(&stored(1, Outcome::Raised), &AlertStory::default(), &look).ends_with("[[closed]]\n"));
        let story =
            AlertStory { feeds: 3, publishers: 2, origins: 1, wires: vec!["AFP".to_owned()], ..AlertStory::default() };
        let shown = for_people(&stored(1, Outcome::Raised), &story, &look);
        assert!(shown.ends_with("[[closed]]\n    the story: 3 feeds, 2 publishers, 1 origin (AFP)\n"), "{shown}");
    }
}
