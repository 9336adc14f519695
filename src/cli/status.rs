//! `feedwatch status`: the running daemon at a glance, from what it writes into the store.

use std::io::Write;
use std::time::Duration;

use super::life::Life;
use super::setup;
use super::sinks::describe;
use super::{Exit, Global};
use crate::alert::{escape, mask};
use crate::clock::{Clock, DAY, earlier, short};
use crate::model::Silence;
use crate::serve::problems;
use crate::store::{Finding, Run, SinkState, Store};
use crate::words::{count_of, from_now, in_words};

/// Silences that a glance shows.
const SILENCES_SHOWN: usize = 5;

/// The running daemon at a glance. Exits 1 unless it runs.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  feedwatch status\n  feedwatch status --check     # exit code 0: all is well, 1: something is not"
)]
pub(super) struct Args {
    /// Read every row of the database and name damaged or unexpected values; may take minutes, changes nothing
    #[arg(long)]
    check: bool,
}

/// Looks through all that is stored.
fn check(global: &Global, out: &mut impl Write) -> anyhow::Result<Exit> {
    let store = setup::store(global)?;
    let (mut found, mut failed) = (0, None);
    let rows = store.check_content(Clock::System.now(), |finding| {
        found += 1;
        let written = match global.json {
            true => {
                let Finding { table, row, feed, what, advice } = finding;
                let line =
                    serde_json::json!({ "table": table, "row": row, "feed": feed, "what": what, "advice": advice });
                writeln!(out, "{line}")
            }
            false => writeln!(out, "{}", escape(&finding.to_string())),
        };
        failed = failed.take().or(written.err());
    })?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    if !global.json {
        let rows = count_of(rows as usize, "row");
        match found {
            0 => writeln!(out, "{rows} read; all is well")?,
            found => writeln!(out, "{rows} read; {} to look at", count_of(found, "thing"))?,
        }
    }
    Ok(if found == 0 { Exit::Done } else { Exit::No })
}

pub(super) fn run(global: &Global, args: &Args, out: &mut impl Write) -> anyhow::Result<Exit> {
    if args.check {
        return check(global, out);
    }
    let config = setup::read(global)?.config;
    let store = Store::open_to_read(&config.store)?;
    let now = Clock::System.now();
    let silences = store.silences(now, false)?;
    let quiet_until = config.holding.quiet.as_ref().and_then(|quiet| quiet.ends_at(now));
    let last = store.last_run()?;
    let sinks = store.sink_states()?;
    let failing = store.failing_feeds()?;
    let set_aside = store.set_aside()?;
    let latencies = store.latencies(earlier(now, DAY))?;
    let life = Life::of(last.as_ref(), now);
    let state = life.word();
    // What a stopped daemon last said is no news.
    let running = last.as_ref().filter(|_| life == Life::Runs);
    let problems = running.map(|run| problems(&run.status, run.heartbeat_at, now)).unwrap_or_default();
    let exit = if life == Life::Runs { Exit::Done } else { Exit::No };
    if global.json {
        let line = serde_json::json!({
            "state": state,
            "why_ended": life.why(),
            "run": last.as_ref().map(|run| &run.id),
            "version": last.as_ref().map(|run| &run.version),
            "pid": last.as_ref().map(|run| run.pid),
            "started": last.as_ref().map(|run| run.started_at),
            "heartbeat": last.as_ref().map(|run| run.heartbeat_at),
            "status": last.as_ref().map(|run| &run.status),
            "last_successful_poll": last.as_ref().and_then(|run| run.status.last_success_at),
            "last_alert": last.as_ref().and_then(|run| run.status.last_alert_at),
            "silences": silences.len(),
            "quiet_until": quiet_until,
            "problems": problems,
            "failing_feeds": failing,
            "set_aside": set_aside.iter().map(|feed| mask(&feed.source.url)).collect::<Vec<_>>(),
            "latency_ms": {
                "alerts": latencies.alerts,
                "seen": pair(latencies.seen),
                "published": pair(latencies.published),
            },
            "outbox": per_sink(&sinks, |sink| sink.owed),
            "dead_letters": per_sink(&sinks, |sink| sink.dead),
            "failing_sinks": sinks.iter().filter(|sink| sink.trouble.is_some()).map(|sink| &sink.name).collect::<Vec<_>>(),
        });
        writeln!(out, "{line}")?;
        return Ok(exit);
    }
    writeln!(out, "state      {}", escape(&life.to_string()))?;
    if let Some(Run { version, pid, started_at, heartbeat_at, status, .. }) = &last {
        let tally = &status.tally;
        writeln!(out, "process    {pid}, feedwatch {version}, started {}", from_now(*started_at, now))?;
        writeln!(out, "heartbeat  {}", from_now(*heartbeat_at, now))?;
        writeln!(out, "watching   {} for {}", count_of(status.feeds, "feed"), count_of(status.watches, "watch"))?;
        writeln!(
            out,
            "done       {}, {} failed; {}, {} edited",
            count_of(tally.polls as usize, "poll"),
            tally.failed,
            count_of(tally.articles as usize, "new article"),
            tally.edited
        )?;
        writeln!(out, "alerts     {} raised, {} joined, {} held", tally.raised, tally.joined, tally.held)?;
        let (median, late) =
            (Duration::from_millis(status.lateness_median_ms), Duration::from_millis(status.lateness_ms));
        writeln!(out, "poll delay median {}, 95th percentile {}", short(median), short(late))?;
        if status.stretch_percent > 100 {
            let percent = status.stretch_percent;
            let why = match (status.wished_per_hour, status.allowed_per_hour) {
                (wished, allowed) if wished > allowed => {
                    let (wished, allowed) = (wished / 3600, allowed / 3600);
                    format!("they add up to {wished} polls a second, polls_per_second allows {allowed}")
                }
                _ => "more was due than could be asked in time".to_owned(),
            };
            writeln!(out, "overload   intervals are stretched to {percent} %: {why}")?;
        }
        if !status.full_holders.is_empty() {
            let feeds = status.full_holders.iter().map(|name| escape(name)).collect::<Vec<_>>().join(", ");
            writeln!(
                out,
                "holding    as many hits of others as one feed may hold: {feeds}; `feedwatch alerts --held` shows them"
            )?;
        }
        if let Some(at) = status.last_success_at {
            let alert = status.last_alert_at.map(|at| format!("; an alert was last raised {}", from_now(at, now)));
            writeln!(out, "last       a poll succeeded {}{}", from_now(at, now), alert.unwrap_or_default())?;
        }
    }
    for problem in &problems {
        writeln!(out, "problem    {}", escape(problem))?;
    }
    for Silence { id, scope, target, why, until, held, .. } in silences.iter().take(SILENCES_SHOWN) {
        let (what, hits) = (format!("{} {}", scope.name(), escape(target)), count_of(*held as usize, "hit"));
        writeln!(out, "silence    {id}: {what}, ends {}; {hits} held: {}", from_now(*until, now), escape(why))?;
    }
    if silences.len() > SILENCES_SHOWN {
        writeln!(out, "           and {} more; `feedwatch silences` lists them", silences.len() - SILENCES_SHOWN)?;
    }
    if let Some(until) = quiet_until {
        writeln!(out, "quiet      hours until {until:.0}: only alerts of level high are told at once")?;
    }
    if let Some((median, worst)) = latencies.seen {
        let alerts = count_of(latencies.alerts as usize, "alert");
        let (median, worst) = (in_words(median), in_words(worst));
        writeln!(out, "latency    from seeing to alert {median} in the median, {worst} at worst ({alerts} in 24 h)")?;
    }
    if let Some((median, worst)) = latencies.published {
        writeln!(out, "           from publication {} in the median, {} at worst", in_words(median), in_words(worst))?;
    }
    for sink in &sinks {
        for line in describe(sink, now) {
            writeln!(out, "sink       {}: {line}", sink.name)?;
        }
    }
    for feed in set_aside {
        let (label, url, ends) = (feed.label(), mask(&feed.source.url), feed.polls.learned.ends);
        let next = from_now(feed.polls.next_at, now);
        let name = if label == url { String::new() } else { format!(" ({})", escape(&label)) };
        writeln!(
            out,
            "set aside  {url}{name}: the process ended while it was read ({ends} times); asked again {next}"
        )?;
    }
    if failing > 0 {
        writeln!(out, "failing    {}; `feedwatch feeds --broken` tells why", count_of(failing, "feed"))?;
    }
    Ok(exit)
}

fn pair(figures: Option<(i64, i64)>) -> serde_json::Value {
    figures.map_or(serde_json::Value::Null, |(median, worst)| serde_json::json!({ "median": median, "worst": worst }))
}

fn per_sink(sinks: &[SinkState], count: impl Fn(&SinkState) -> usize) -> serde_json::Map<String, serde_json::Value> {
    sinks.iter().map(|sink| (sink.name.clone(), count(sink).into())).collect()
}
