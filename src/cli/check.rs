//! `feedwatch check`: whether the files are right and the watches pass their own tests. Changes nothing.

use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use serde_json::json;

use super::sinks::place;
use crate::alert::escape;
use crate::config::{Choice, Config, ConfigErrors, Diagnostic, Environment, Loaded, NoConfig, locate, render_all};
use crate::model::{Sink, Takes};
use crate::store::Store;
use crate::watch;
use crate::words::count_of;

/// All is well.
const OK: u8 = 0;
/// Something has to be corrected.
const MISTAKES: u8 = 1;

/// Checks the configuration: shows every mistake with its place and what to type, runs the watches' own tests, and says
/// what would be in force. Exit code 0 when all is well, 1 when something has to be corrected.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(after_help = "Example: feedwatch check --config /etc/feedwatch/feedwatch.toml")]
pub struct Check {
    /// The configuration file; instead of --config
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// How the result is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct View {
    /// As one JSON object, for programs.
    pub json: bool,
    /// With colours, for a terminal.
    pub color: bool,
}

impl Check {
    /// Checks the file of the argument, of `--config`, or the default one; returns the exit code.
    pub fn run(
        &self,
        flag: Option<&Path>,
        environment: &Environment,
        view: View,
        out: &mut impl Write,
    ) -> io::Result<u8> {
        let outcome = match locate(self.file.as_deref().or(flag), environment) {
            Ok(choice) => match Config::load(&choice.path, environment) {
                Ok(loaded) => Outcome::Good {
                    failures: failures(&loaded),
                    advice: advice(&loaded),
                    choice,
                    loaded: Box::new(loaded),
                },
                Err(errors) => Outcome::Bad(errors),
            },
            Err(nowhere) => Outcome::Nowhere(nowhere),
        };
        match view.json {
            true => writeln!(out, "{}", outcome.to_json())?,
            false => outcome.show(view.color, out)?,
        }
        Ok(if outcome.is_well() { OK } else { MISTAKES })
    }
}

/// What came out.
enum Outcome {
    Nowhere(NoConfig),
    Bad(ConfigErrors),
    Good { choice: Choice, loaded: Box<Loaded>, failures: Vec<Diagnostic>, advice: Vec<Diagnostic> },
}

impl Outcome {
    fn is_well(&self) -> bool {
        matches!(self, Outcome::Good { failures, .. } if failures.is_empty())
    }

    fn show(&self, color: bool, out: &mut impl Write) -> io::Result<()> {
        match self {
            Outcome::Nowhere(nowhere) => writeln!(out, "error: {nowhere}"),
            Outcome::Bad(errors) => out.write_all(errors.render(color).as_bytes()),
            Outcome::Good { choice, loaded, failures, advice } => {
                let shown = loaded.warnings.iter().chain(failures).chain(advice);
                let shown: Vec<Diagnostic> = shown.cloned().collect();
                out.write_all(render_all(&shown, color).as_bytes())?;
                let Loaded { config, watch_files, .. } = loaded.as_ref();
                let tests = watch_files.tests();
                writeln!(out, "{choice}")?;
                let passed = match tests {
                    0 => "no tests in the watches".to_owned(),
                    tests => format!("{} of {} passed", tests - failures.len(), count_of(tests, "test")),
                };
                let (feeds, watches) = (count_of(config.feeds.len(), "feed"), count_of(config.watches.len(), "watch"));
                writeln!(out, "{feeds}, {watches}, {passed}")?;
                writeln!(out, "database {}", tidy(&config.store).display())?;
                if let Some(advice) = renamed_perhaps(config) {
                    writeln!(out, "{}", escape(&advice))?;
                }
                writeln!(out, "alerts to {}", tidy(&config.alert_log).display())?;
                config.sinks.iter().try_for_each(|sink| writeln!(out, "{}", told(sink, config)))
            }
        }
    }

    /// `ok`, `file`, `feeds`, `watches`, `tests` {`run`, `failed`}, `database`, `alert_log`, `diagnostics` [...]: stable.
    fn to_json(&self) -> serde_json::Value {
        let all = |diagnostics: &mut dyn Iterator<Item = &Diagnostic>| -> Vec<serde_json::Value> {
            diagnostics.map(Diagnostic::to_json).collect()
        };
        match self {
            Outcome::Nowhere(nowhere) => json!({
                "ok": false,
                "diagnostics": [{ "severity": "error", "message": nowhere.to_string() }],
            }),
            Outcome::Bad(errors) => json!({ "ok": false, "diagnostics": all(&mut errors.diagnostics().iter()) }),
            Outcome::Good { choice, loaded, failures, advice } => json!({
                "ok": failures.is_empty(),
                "file": choice.path,
                "feeds": loaded.config.feeds.len(),
                "watches": loaded.config.watches.len(),
                "tests": { "run": loaded.watch_files.tests(), "failed": failures.len() },
                "database": loaded.config.store,
                "alert_log": loaded.config.alert_log,
                "sinks": loaded.config.sinks.iter().map(|sink| json!({
                    "name": sink.name, "to": place(&sink.target), "takes": takes(sink), "tiers": sink.tiers,
                    "watches": watches(sink, &loaded.config),
                })).collect::<Vec<_>>(),
                "diagnostics": all(&mut loaded.warnings.iter().chain(failures).chain(advice)),
            }),
        }
    }
}

/// What to write when watches that are new were known by other names so far. Without a database, nothing is known of that.
fn renamed_perhaps(config: &Config) -> Option<String> {
    let known = Store::open_to_read(&config.store).ok()?.known_watches().ok()?;
    let names: Vec<&str> = config.watches.names().collect();
    let is_said = |name: &str| config.renamed.iter().any(|(old, new)| old == name || new == name);
    let gone: Vec<&str> =
        known.iter().map(String::as_str).filter(|old| !names.contains(old) && !is_said(old)).collect();
    let new: Vec<&str> =
        names.into_iter().filter(|name| !known.iter().any(|known| known == name) && !is_said(name)).collect();
    let (old, now) = (*gone.first()?, *new.first()?);
    Some(match (&gone[..], &new[..]) {
        ([_], [_]) => {
            format!("is \"{now}\" what was \"{old}\"? Then write was = \"{old}\" there, and it keeps its history")
        }
        _ => format!(
            "watches that are gone: {}; that are new: {}. One that has another name only keeps its history by was = \"...\"",
            gone.join(", "),
            new.join(", ")
        ),
    })
}

/// A sink, where it leads, and what goes there.
fn told(sink: &Sink, config: &Config) -> String {
    let watches = watches(sink, config);
    let of = match watches.len() {
        _ if !sink.takes.contains(&Takes::Alerts) => String::new(),
        0 => "; no watch sends it alerts".to_owned(),
        count if count == config.watches.len() => "; alerts of all watches".to_owned(),
        _ => format!("; alerts of {}", watches.join(", ")),
    };
    let tiers: Vec<String> = sink.tiers.iter().map(ToString::to_string).collect();
    let tiers = match tiers.is_empty() {
        true => String::new(),
        false => format!("; only feeds of tier {}", tiers.join(", ")),
    };
    let takes = takes(sink).join(", ");
    escape(&format!("sink {}: {}; receives {takes}{of}{tiers}", sink.name, place(&sink.target))).into_owned()
}

fn takes(sink: &Sink) -> Vec<&'static str> {
    let name = |takes: &Takes| match takes {
        Takes::Alerts => "alerts",
        Takes::Operations => "operations",
        Takes::Heartbeats => "heartbeats",
    };
    sink.takes.iter().map(name).collect()
}

/// The watches whose alerts go to a sink.
fn watches<'a>(sink: &Sink, config: &'a Config) -> Vec<&'a str> {
    let goes = |watch: &&str| config.routes.watches.get(*watch).is_none_or(|named| named.contains(&sink.name));
    config.watches.names().filter(|watch| sink.takes.contains(&Takes::Alerts) && goes(watch)).collect()
}

/// Runs the watches' own tests.
fn failures(loaded: &Loaded) -> Vec<Diagnostic> {
    let problems = loaded.config.watches.failures(loaded.watch_files.sources());
    problems.into_iter().map(|problem| loaded.watch_files.diagnostic(problem)).collect()
}

/// A path without `..`, and relative to the current folder if it is inside it. Symbolic links are resolved first.
fn tidy(path: &Path) -> PathBuf {
    if !path.components().any(|part| part == Component::ParentDir) {
        return path.to_owned();
    }
    let real = path.ancestors().find_map(|folder| Some((folder, folder.canonicalize().ok()?)));
    let Some((folder, real)) = real else { return path.to_owned() };
    let whole = path.strip_prefix(folder).map_or(real.clone(), |rest| real.join(rest));
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    here.ok().and_then(|here| whole.strip_prefix(here).ok().map(Path::to_owned)).unwrap_or(whole)
}

/// What could be written better, though nothing is wrong.
fn advice(loaded: &Loaded) -> Vec<Diagnostic> {
    let problems = watch::advice(loaded.watch_files.lists(), loaded.watch_files.sources());
    problems.into_iter().map(|problem| loaded.watch_files.diagnostic(problem)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_without_detours() {
        for (path, shown) in [
            ("src/cli/../../src/cli/check.rs", "src/cli/check.rs"),
            ("src/../no-such-folder/feedwatch.db", "no-such-folder/feedwatch.db"),
            ("state/feedwatch.db", "state/feedwatch.db"),
        ] {
            assert_eq!(tidy(Path::new(path)), Path::new(shown), "{path}");
        }
    }
}
