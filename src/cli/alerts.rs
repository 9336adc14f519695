//! `feedwatch alerts`: what was raised, what was held and why; newest last, and on as it happens.

use std::future::Future;
use std::io::{self, Write};
use std::time::Duration;

use clap::Args;

use super::setup;
use super::{Exit, Global};
use crate::alert::{self, Look};
use crate::clock::{Clock, earlier, later};
use crate::model::{AlertFilter, StoredAlert};

/// How often `--follow` looks for more: at once to the eye, nothing to the database.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

/// The latest alerts, newest last.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  feedwatch alerts --since 2h --watch \"office closure\"\n  feedwatch alerts --follow\n  \
                        feedwatch alerts --held --since 1d\n  feedwatch alerts --json --limit 1000 | jq -r .article.url"
)]
pub(super) struct Alerts {
    /// Raised within this time: "90s", "15m", "6h", "7d"
    #[arg(long, value_name = "SPAN", value_parser = setup::span)]
    since: Option<Duration>,
    /// Of the watch with this name
    #[arg(long, value_name = "NAME")]
    watch: Option<String>,
    /// Of feeds whose title or address holds this text
    #[arg(long, value_name = "TEXT")]
    feed: Option<String>,
    /// At most so many, the newest
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
    /// The hits that raised no alert, with the reason: joined to a story, or held
    #[arg(long)]
    held: bool,
    /// Go on as more come, until interrupted
    #[arg(long)]
    follow: bool,
}

pub(super) fn run(global: &Global, args: &Alerts, out: &mut impl Write) -> anyhow::Result<Exit> {
    let store = setup::store(global)?;
    let clock = Clock::System;
    let look = (!global.json).then(|| alert::look(&io::stdout()));
    let mut filter = AlertFilter {
        since: args.since.map(|since| earlier(clock.now(), since)),
        watch: args.watch.clone(),
        feed: args.feed.clone(),
        held: args.held,
        // One more than asked for tells whether there are more.
        limit: Some(args.limit.saturating_add(1)),
        after_seq: None,
    };
    let found = store.alerts(&filter)?;
    let left_out = found.len().saturating_sub(args.limit);
    show(&found[left_out..], look.as_ref(), out)?;
    if look.is_some() && !args.follow {
        hint(found.is_empty(), left_out > 0, args)?;
    }
    if args.follow {
        (filter.limit, filter.after_seq) = (None, found.last().map(|last| last.seq));
        let interrupted = async { drop(tokio::signal::ctrl_c().await) };
        let read = |filter: &AlertFilter| Ok(store.alerts(filter)?);
        setup::runtime()?.block_on(follow(
            &clock,
            filter,
            read,
            |alerts| show(alerts, look.as_ref(), out),
            interrupted,
        ))?;
    }
    Ok(Exit::Done)
}

/// What a person may wonder about, beside the output so that a pipe gets alerts only.
fn hint(none: bool, more: bool, args: &Alerts) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    match (none, more) {
        (true, _) if args.held => writeln!(stderr, "no hit was joined or held, as far as asked"),
        (true, _) => writeln!(stderr, "no alerts, as far as asked; --held shows hits that raised none"),
        (_, true) => writeln!(stderr, "older ones are not shown: --limit {} shows more", args.limit.saturating_mul(10)),
        _ => Ok(()),
    }
}

/// Shows what comes after `filter.after_seq` until `stop`.
async fn follow(
    clock: &Clock,
    mut filter: AlertFilter,
    mut read: impl FnMut(&AlertFilter) -> anyhow::Result<Vec<StoredAlert>>,
    mut show: impl FnMut(&[StoredAlert]) -> io::Result<()>,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return Ok(()),
            () = clock.sleep_until(later(clock.now(), FOLLOW_EVERY)) => {}
        }
        let more = read(&filter)?;
        show(&more)?;
        filter.after_seq = more.last().map(|last| last.seq).or(filter.after_seq);
    }
}

/// For people with a look, for machines without one.
fn show(alerts: &[StoredAlert], look: Option<&Look>, out: &mut impl Write) -> io::Result<()> {
    for stored in alerts {
        match look {
            Some(look) => out.write_all(for_people(stored, look).as_bytes())?,
            None => writeln!(out, "{}", for_machines(stored))?,
        }
    }
    out.flush()
}

fn for_people(stored: &StoredAlert, look: &Look) -> String {
    let text = alert::full(&stored.alert, look);
    match stored.outcome {
        outcome if outcome.is_told() => text,
        outcome => format!("{text}    {outcome}: {}\n", alert::escape(&stored.reason)),
    }
}

/// The line of alerts.jsonl; for a hit that raised no alert with two keys more at its end.
fn for_machines(stored: &StoredAlert) -> String {
    let line = alert::line(&stored.alert);
    match stored.outcome {
        outcome if outcome.is_told() => line,
        outcome => {
            let fate = serde_json::json!({ "outcome": outcome.to_string(), "reason": stored.reason }).to_string();
            format!("{},{}", &line[..line.len() - 1], &fate[1..])
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::tz::TimeZone;

    use super::*;
    use crate::alert::When;
    use crate::model::{Alert, Outcome};

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
    fn people_see_why_a_hit_was_held() {
        let look = Look { colour: false, width: None, when: When::In(TimeZone::UTC) };
        let shown = for_people(&stored(1, Outcome::HeldBacklog), &look);
        assert!(shown.ends_with("[[closed]]\n    held: backlog: older than 24 h\\u{7}\n"), "{shown}");
        assert!(for_people(&stored(1, Outcome::Raised), &look).ends_with("[[closed]]\n"));
    }

    #[test]
    fn machines_get_the_record_and_why_a_hit_was_held() {
        let raised = stored(1, Outcome::Raised);
        assert_eq!(for_machines(&raised), alert::line(&raised.alert));
        let held: serde_json::Value = serde_json::from_str(&for_machines(&stored(1, Outcome::Joined))).unwrap();
        assert_eq!((&held["outcome"], &held["run"]), (&"joined".into(), &"r".into()));
    }

    #[tokio::test(start_paused = true)]
    async fn following_shows_each_alert_once_in_order_and_ends_when_stopped() {
        let clock = Clock::starting_at("2024-11-09T00:00:00Z".parse().unwrap());
        let begin = clock.now();
        // One alert each second; the first three were shown before.
        let raised_by =
            |now| (1..=3 + crate::clock::span(begin, now).as_secs() as i64).map(|seq| stored(seq, Outcome::Raised));
        let read = |filter: &AlertFilter| {
            let after = filter.after_seq.unwrap();
            Ok(raised_by(clock.now()).filter(|stored| stored.seq > after).collect())
        };
        let mut shown = Vec::new();
        let filter = AlertFilter { after_seq: Some(3), ..AlertFilter::default() };
        let stop = clock.sleep_until(later(begin, Duration::from_millis(3_700)));
        let note = |alerts: &[StoredAlert]| {
            shown.extend(alerts.iter().map(|stored| stored.seq));
            Ok(())
        };
        follow(&clock, filter, read, note, stop).await.unwrap();
        assert_eq!(shown, [4, 5, 6]);
    }

    #[tokio::test(start_paused = true)]
    async fn following_ends_when_nobody_reads_any_more() {
        let clock = Clock::starting_at("2024-11-09T00:00:00Z".parse().unwrap());
        let read = |_: &AlertFilter| Ok(vec![stored(1, Outcome::Raised)]);
        let gone = |_: &[StoredAlert]| Err(io::ErrorKind::BrokenPipe.into());
        let error = follow(&clock, AlertFilter::default(), read, gone, std::future::pending()).await.unwrap_err();
        assert!(Exit::is_broken_pipe(&error));
    }
}
