//! `feedwatch ack`: somebody has seen alerts, and says what they were worth.

use std::io::Write;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::setup;
use super::{Exit, Global, moment};
use crate::alert::{escape, escape_json, short_id};
use crate::clock::{Clock, Timestamp, earlier};
use crate::model::{Alert, AlertFilter, Kind, Verdict};
use crate::store::{Noted, Store};
use crate::words::count_of;

/// Says that alerts were seen, and what they were worth. A later verdict replaces an earlier one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  feedwatch ack 1f0c2a --verdict noise --note \"an old story\"\n  \
                  feedwatch ack 1f0c2a 77be01 a41d22\n  feedwatch ack --story 1f0c2a --verdict useful\n  \
                  feedwatch ack --watch \"office closure\" --since 12h --until 1h")]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub(super) struct Ack {
    /// The alerts' ids, or unambiguous prefixes of them
    #[arg(group = "what", value_name = "ID")]
    ids: Vec<String>,
    /// All alerts of the story of this alert
    #[arg(long, value_name = "ID", group = "what")]
    story: Option<String>,
    /// All alerts of this watch
    #[arg(long, value_name = "NAME", group = "what")]
    watch: Option<String>,
    /// Of the watch, only alerts raised since then: "90s", "1h30m", "2w", "14:00", "yesterday", "2026-11-30"
    #[arg(long, value_name = "TIME", value_parser = moment::ago, requires = "watch")]
    since: Option<Duration>,
    /// Of the watch, only alerts raised before this time: "1h" leaves out the last hour
    #[arg(long, value_name = "TIME", value_parser = moment::ago, requires = "watch")]
    until: Option<Duration>,
    /// Was it useful?
    #[arg(long, value_name = "VERDICT")]
    verdict: Option<Worth>,
    /// A note for the next reader
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Who says so
    #[arg(long, value_name = "NAME", env = "USER", hide_env_values = true)]
    by: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Worth {
    /// Worth an alert
    Useful,
    /// Not worth one
    Noise,
}

pub(super) fn run(global: &Global, args: &Ack, out: &mut impl Write) -> anyhow::Result<Exit> {
    let store = setup::store_beside(global)?;
    let now = Clock::System.now();
    let verdict = args.verdict.map(|worth| match worth {
        Worth::Useful => Verdict::Useful,
        Worth::Noise => Verdict::Noise,
    });
    let one = match &args.ids[..] {
        [id] => Some(setup::alert(&store, id)?),
        _ => None,
    };
    let ids = match &one {
        Some(alert) => vec![alert.id.clone()],
        None => meant(&store, args, verdict, now)?,
    };
    let by = args.by.as_deref().map(str::trim).filter(|by| !by.is_empty());
    store.acknowledge_all(&ids, Noted { verdict, note: args.note.as_deref(), by }, now)?;
    if global.json {
        for id in &ids {
            let mut line = serde_json::json!({
                "id": id, "time": now, "verdict": verdict.map(Verdict::name), "note": args.note, "by": by,
            });
            escape_json(&mut line);
            writeln!(out, "{line}")?;
        }
        return Ok(if ids.is_empty() { Exit::No } else { Exit::Done });
    }
    let as_what = verdict.map(|verdict| format!(" as {}", verdict.name())).unwrap_or_default();
    match &one {
        Some(alert) => told_of_one(alert, &as_what, verdict, out)?,
        None if ids.is_empty() => writeln!(out, "no alert to note: none is left, as far as asked")?,
        None => writeln!(out, "noted{as_what}: {}", count_of(ids.len(), "alert"))?,
    }
    Ok(if ids.is_empty() { Exit::No } else { Exit::Done })
}

fn told_of_one(alert: &Alert, as_what: &str, verdict: Option<Verdict>, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "noted{as_what}: {}", escape(&alert.message))?;
    if verdict == Some(Verdict::Noise) && alert.kind == Kind::Alert {
        let id = short_id(&alert.id);
        writeln!(
            out,
            "you will now be alerted to this story from other feeds. If the whole story is noise: \
             feedwatch silence --story {id} --for 7d --why noise"
        )?;
    }
    Ok(())
}

/// The alerts that are meant: of a story or a watch without a verdict only those that nobody has seen yet, so that who saw them
/// stays known.
fn meant(store: &Store, args: &Ack, verdict: Option<Verdict>, now: Timestamp) -> anyhow::Result<Vec<String>> {
    if !args.ids.is_empty() {
        return args.ids.iter().map(|id| Ok(setup::alert(store, id)?.id)).collect();
    }
    let ids = match (&args.story, &args.watch) {
        (Some(story), _) => store.alerts_of_story(&setup::story(store, story)?)?,
        (None, watch) => {
            let filter = AlertFilter {
                watch: watch.clone(),
                since: args.since.map(|since| earlier(now, since)),
                ..AlertFilter::default()
            };
            let until = args.until.map_or(now, |until| earlier(now, until));
            let found = store.alerts(&filter)?.into_iter().map(|found| found.alert);
            found.filter(|alert| alert.time <= until).map(|alert| alert.id).collect()
        }
    };
    let is_wanted = |id: &String| Ok::<_, anyhow::Error>(verdict.is_some() || store.ack(id)?.is_none());
    let mut wanted = Vec::new();
    for id in ids {
        if is_wanted(&id)? {
            wanted.push(id);
        }
    }
    Ok(wanted)
}
