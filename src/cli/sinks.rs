//! `feedwatch sinks`: where alerts go besides the log and the journal, how each is doing, a trial, a second chance.

use std::io::Write;

use clap::Args;

use super::setup;
use super::{Exit, Global};
use crate::alert::{self, escape};
use crate::clock::{Clock, Timestamp};
use crate::config::{Config, LOG_AND_JOURNAL};
use crate::fetch::Http;
use crate::model::{Alert, Kind, Level, Sink, Target};
use crate::sink::deliver;
use crate::store::{SinkState, Store};
use crate::words::{count_of, from_now};

/// Where alerts go besides the log and the journal, and how each is doing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  feedwatch sinks\n  feedwatch sinks --test desk\n  feedwatch sinks --retry desk")]
pub(super) struct Sinks {
    /// Send this sink a test record now, and say how it answered
    #[arg(long, value_name = "NAME", conflicts_with = "retry")]
    test: Option<String>,
    /// Ask the running daemon to try this sink at once, and to deliver its dead letters after all
    #[arg(long, value_name = "NAME")]
    retry: Option<String>,
}

pub(super) fn run(global: &Global, args: &Sinks, out: &mut impl Write) -> anyhow::Result<Exit> {
    match (&args.test, &args.retry) {
        (Some(name), _) => {
            let config = setup::load(global)?.config;
            test(&config, named(&config, name)?, global.json, out)
        }
        (None, Some(name)) => {
            let config = setup::read(global)?.config;
            let store = Store::open_beside(&config.store)?;
            // The log and the journal are sinks that nobody has to define.
            let name = if LOG_AND_JOURNAL.contains(&name.as_str()) { name } else { &named(&config, name)?.name };
            let revived = store.revive(name)?;
            let owed = store.outbox_sizes()?.into_iter().find(|(sink, _)| sink == name).map_or(0, |(_, owed)| owed);
            let (owed, revived) = (count_of(owed, "alert"), count_of(revived, "dead letter"));
            writeln!(out, "{name}: {owed} owed, {revived} among them; the running daemon tries at once")?;
            Ok(Exit::Done)
        }
        (None, None) => list(global, &setup::read(global)?.config, out),
    }
}

fn named<'a>(config: &'a Config, name: &str) -> anyhow::Result<&'a Sink> {
    let names: Vec<&str> = config.sinks.iter().map(|sink| sink.name.as_str()).collect();
    let found = config.sinks.iter().find(|sink| sink.name == name);
    found.ok_or_else(|| match names.as_slice() {
        [] => anyhow::anyhow!("there is no sink \"{name}\"; define it with [sink.{name}] in {}", config.path.display()),
        names => anyhow::anyhow!("there is no sink \"{name}\"; the sinks are: {}", names.join(", ")),
    })
}

/// One delivery as it would be, past the outbox: nothing is stored, and it is not tried again.
fn test(config: &Config, sink: &Sink, json: bool, out: &mut impl Write) -> anyhow::Result<Exit> {
    let now = Clock::System.now();
    let message = format!("test: feedwatch reaches the sink {}", sink.name);
    let id = alert::id("", &now.to_string(), "", Kind::Test);
    let record = Alert::about(Kind::Test, Level::Notice, id, now, message, "test");
    let delivered = setup::runtime()?.block_on(async {
        let http = Http::new(&config.identity, config.limits.clone(), config.guard.clone());
        deliver(&http, sink, &record, now).await
    });
    if json {
        let (to, error) = (place(&sink.target), delivered.as_ref().err().map(ToString::to_string));
        let mut line = serde_json::json!({
            "sink": sink.name, "to": to, "id": record.id, "delivered": delivered.is_ok(), "error": error,
        });
        alert::escape_json(&mut line);
        writeln!(out, "{line}")?;
        return Ok(if delivered.is_ok() { Exit::Done } else { Exit::No });
    }
    match &delivered {
        Ok(()) => writeln!(out, "{}: {} took the test record {}", sink.name, place(&sink.target), record.id)?,
        Err(error) => {
            writeln!(out, "{}: {} did not take it: {}", sink.name, place(&sink.target), escape(&error.to_string()))?
        }
    }
    Ok(if delivered.is_ok() { Exit::Done } else { Exit::No })
}

fn list(global: &Global, config: &Config, out: &mut impl Write) -> anyhow::Result<Exit> {
    // Before the first run there is no database, and nothing is owed.
    let states = if config.store.exists() { Store::open_to_read(&config.store)?.sink_states()? } else { Vec::new() };
    let now = Clock::System.now();
    let mut all: Vec<(&str, String)> =
        config.sinks.iter().map(|sink| (sink.name.as_str(), place(&sink.target))).collect();
    for state in &states {
        if all.iter().all(|(name, _)| *name != state.name) {
            let place = if state.name == "log" { config.alert_log.display().to_string() } else { String::new() };
            all.push((&state.name, place));
        }
    }
    for (name, place) in all {
        let state = states.iter().find(|state| state.name == name).cloned().unwrap_or_default();
        if global.json {
            let trouble = state.trouble.as_ref();
            let line = serde_json::json!({
                "sink": name, "to": place, "owed": state.owed, "dead": state.dead, "last_dead": state.last_dead.as_ref().map(|(_, why)| why),
                "error": trouble.map(|trouble| &trouble.error), "failing_since": trouble.map(|trouble| trouble.since),
                "next_try": trouble.map(|trouble| trouble.retry_at),
            });
            writeln!(out, "{line}")?;
        } else {
            writeln!(out, "{name:<12} {place}")?;
            describe(&state, now).iter().try_for_each(|line| writeln!(out, "{:<12} {line}", ""))?;
        }
    }
    if config.sinks.is_empty() && !global.json {
        writeln!(out, "no sinks are defined: alerts go to {} and the journal", config.alert_log.display())?;
    }
    Ok(Exit::Done)
}

/// How a sink is doing, a line a fact.
pub(super) fn describe(state: &SinkState, now: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(trouble) = &state.trouble {
        let (since, next) = (from_now(trouble.since, now), from_now(trouble.retry_at.max(now), now));
        let error = escape(&trouble.error).into_owned();
        lines.push(format!(
            "failing since {since}, {} in vain, next {next}: {error}",
            count_of(trouble.failures as usize, "try")
        ));
    }
    if state.owed > 0 {
        lines.push(format!("{} owed", count_of(state.owed, "alert")));
    }
    if state.dead > 0 {
        let (alert, why) =
            state.last_dead.as_ref().map(|(alert, why)| (alert.as_str(), why.as_str())).unwrap_or_default();
        lines.push(format!(
            "{}, the last {}: {}; `feedwatch sinks --retry {}` has them delivered after all",
            count_of(state.dead, "dead letter"),
            alert::short_id(alert),
            escape(why),
            state.name
        ));
    }
    lines
}

/// Where a sink leads; of an address only host and port, as paths of hooks are often their passwords.
pub(super) fn place(target: &Target) -> String {
    let host = |url: &url::Url| {
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
    };
    match target {
        Target::Webhook { url, secret: Some(_), .. } => format!("webhook {}, signed", host(url)),
        Target::Webhook { url, secret: None, .. } => format!("webhook {}", host(url)),
        Target::Alertmanager { url } => format!("alertmanager {}", host(url)),
        Target::Command { command, .. } => format!("command {}", command.join(" ")),
        Target::Chat(chat) => match chat.service.shows_to() {
            true => format!("{} {} at {}", chat.service.name(), escape(&chat.to), host(&chat.url)),
            false => format!("{} {}", chat.service.name(), host(&chat.url)),
        },
        Target::Mail(mail) => format!("mail to {} through {}", mail.to.join(", "), host(&mail.server)),
    }
}
