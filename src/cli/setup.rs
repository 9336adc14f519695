//! What most commands begin with: the configuration, the store, a runtime.

use std::time::Duration;

use anyhow::Context;

use super::Global;
use crate::alert;
use crate::clock::{SPAN_FORMS, parse_span};
use crate::config::{Config, ConfigErrors, Environment, Loaded, Partial, Refused, locate};
use crate::model::Alert;
use crate::store::Store;
use crate::watch::Severity;

/// Threads for blocking work at most: parsing is bounded otherwise, name look-ups are what there may be many of.
const BLOCKING_THREADS_MAX: usize = 128;

/// Fewer characters of an id mean too many.
const SHORTEST_ID: usize = 4;

/// The files cannot be used; the text shows every mistake.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct BadConfig(pub(super) String);

/// Watches that were to be tried have mistakes; the text shows every one.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct BadWatches(pub(super) String);

/// What was typed makes no sense here; the text says what would.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub(super) String);

/// The configuration that counts, or all its mistakes.
pub(super) fn load(global: &Global) -> Result<Loaded, BadConfig> {
    Ok(reload(global)?)
}

/// The same for the daemon, which goes on when it is refused.
pub(super) fn reload(global: &Global) -> Result<Loaded, Refused> {
    load_in(global, &environment(global))
}

/// What the process was given, and what was typed for all commands.
pub(super) fn environment(global: &Global) -> Environment {
    Environment { database: global.database.clone(), ..Environment::of_process() }
}

/// The same for a command that connects to nothing: it needs no secrets, and who types it may not be allowed to read them.
pub(super) fn load_to_read(global: &Global) -> Result<Loaded, BadConfig> {
    let environment = Environment { passes_over_secrets: true, ..environment(global) };
    Ok(load_in(global, &environment)?)
}

/// As much of the configuration as is right, for a command that only reads what is stored, or notes what a person says of it:
/// such a one does not wait until the files are mended. Their mistakes are told in one line.
pub(super) fn read(global: &Global) -> Result<Partial, BadConfig> {
    let environment = Environment { passes_over_secrets: true, ..environment(global) };
    let choice = locate(global.config.as_deref(), &environment).map_err(|error| BadConfig(error.to_string()))?;
    let partial = Partial::load(&choice.path, &environment).map_err(|mistakes| {
        let BadConfig(refused) = Refused::Mistakes { choice, mistakes }.into();
        BadConfig(format!("{refused}where the database is cannot be read there: give it with --database FILE"))
    })?;
    if let Some(mistakes) = &partial.mistakes {
        say!("{}", alert::escape(&mistakes_in_short(mistakes)));
    }
    Ok(partial)
}

fn mistakes_in_short(mistakes: &ConfigErrors) -> String {
    let mut errors = mistakes.diagnostics().iter().filter(|found| found.severity == Severity::Error);
    let first = errors.next().map(crate::config::Diagnostic::in_short).unwrap_or_default();
    let more = match errors.count() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!("feedwatch: the files have a mistake: {first}{more}; `feedwatch check` shows it")
}

/// The same for a command that tries watches: mistakes in their files only are mistakes in what it was given.
pub(super) fn load_to_try(global: &Global) -> anyhow::Result<Loaded> {
    let environment = Environment { passes_over_secrets: true, ..environment(global) };
    load_in(global, &environment).map_err(|refused| match &refused {
        Refused::Mistakes { mistakes, .. } if mistakes.are_of_watches() => bad_watches(mistakes).into(),
        _ => BadConfig::from(refused).into(),
    })
}

fn load_in(global: &Global, environment: &Environment) -> Result<Loaded, Refused> {
    let choice = locate(global.config.as_deref(), environment).map_err(Refused::Nowhere)?;
    Config::load(&choice.path, environment).map_err(|mistakes| Refused::Mistakes { choice, mistakes })
}

impl From<Refused> for BadConfig {
    fn from(refused: Refused) -> BadConfig {
        BadConfig(refused.render(has_colour()))
    }
}

/// Mistakes in watches that were to be tried.
pub(super) fn bad_watches(mistakes: &ConfigErrors) -> BadWatches {
    BadWatches(format!("these watches cannot be tried\n\n{}", mistakes.render(has_colour())))
}

/// Whether messages may have colours.
pub(super) fn has_colour() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
}

/// The store of the configuration, for reading.
pub(super) fn store(global: &Global) -> anyhow::Result<Store> {
    Ok(Store::open_to_read(&read(global)?.config.store)?)
}

/// The store of the configuration, for a command that writes beside the daemon.
pub(super) fn store_beside(global: &Global) -> anyhow::Result<Store> {
    Ok(Store::open_beside(&read(global)?.config.store)?)
}

/// The one alert whose id begins like this.
pub(super) fn alert(store: &Store, id: &str) -> anyhow::Result<Alert> {
    if id.len() < SHORTEST_ID {
        anyhow::bail!("{id:?} is too short: give at least {SHORTEST_ID} characters of the alert's id");
    }
    let mut found = store.alerts_beginning(id)?;
    match found.len() {
        0 => anyhow::bail!("no alert has an id that begins with {id:?}; `feedwatch alerts --json` shows the ids"),
        1 => Ok(found.remove(0)),
        _ => anyhow::bail!("more than one alert has an id that begins with {id:?}; give more of it"),
    }
}

/// The story of the one alert whose id begins like this, or else the one story whose own id does.
pub(super) fn story(store: &Store, id: &str) -> anyhow::Result<String> {
    let alert = alert(store, id);
    if let (Err(_), [story]) = (&alert, &store.stories_beginning(id)?[..])
        && id.len() >= SHORTEST_ID
    {
        return Ok(story.clone());
    }
    let Alert { id, kind, story, .. } = alert?;
    anyhow::ensure!(!story.id.is_empty(), "{id} is a record of kind {}, which belongs to no story", kind.name());
    Ok(story.id)
}

/// Parsing and matching are elsewhere, and two workers would do. But a server that sends interim answers without end keeps one of
/// them busy until its time is up: some more, and the kernel lets the others have their turn.
const WORKER_THREADS: usize = 4;

/// The runtime of the daemon.
pub(super) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(WORKER_THREADS).max_blocking_threads(BLOCKING_THREADS_MAX).enable_all();
    builder.build().context("cannot start the runtime")
}

/// A span as an argument.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    parse_span(text).ok_or_else(|| format!("write it like {SPAN_FORMS}"))
}
