//! `feedwatch backup`: a consistent copy of the database, beside a running daemon or without one.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use clap::Args;

use super::{Exit, Global, setup};
use crate::clock::Clock;
use crate::store::{self, Holds};
use crate::words::count_of;

/// A copy of the database as it stands at one moment, whole and checked, while the daemon goes on. Never writes over a file.
#[derive(Debug, Args)]
#[command(after_help = "Example: feedwatch backup /var/backups/feedwatch-$(date +%F).db\n\n\
    Keep alerts.jsonl with it: then a restored feedwatch sends no alert twice.\n\
    The backup file contains the passwords of feeds.")]
pub(super) struct Backup {
    /// The new file
    file: PathBuf,
}

pub(super) fn run(global: &Global, args: &Backup, out: &mut impl Write) -> anyhow::Result<Exit> {
    let config = setup::read(global)?.config;
    let shows_progress = std::io::stderr().is_terminal() && !global.json;
    let progress = |done: usize, of: usize| {
        if shows_progress && of > 0 {
            eprint!("\rcopying {} %", done * 100 / of);
        }
    };
    let made = store::backup(&config.store, &args.file, Clock::System.now(), progress);
    if shows_progress {
        eprint!("\r\u{1b}[K");
    }
    let holds = made?;
    if global.json {
        writeln!(out, "{}", for_machines(&holds, &args.file))?;
        return Ok(Exit::Done);
    }
    writeln!(out, "{} is a backup of {}: {}", args.file.display(), config.store.display(), summary(&holds))?;
    if holds.owed > 0 {
        let owed = count_of(holds.owed, "alert");
        writeln!(
            out,
            "{owed} in it were not in the alert log yet: after a restore they are told, here they are told anyway"
        )?;
    }
    Ok(Exit::Done)
}

/// What a backup holds, in words.
pub(super) fn summary(holds: &Holds) -> String {
    let Holds { schema, feeds, articles, alerts, bytes, .. } = holds;
    let (feeds, articles, alerts) =
        (count_of(*feeds, "feed"), count_of(*articles, "article"), count_of(*alerts, "alert"));
    format!("{feeds}, {articles}, {alerts}; {:.1} MB, schema version {schema}", *bytes as f64 / 1e6)
}

pub(super) fn for_machines(holds: &Holds, file: &std::path::Path) -> serde_json::Value {
    let Holds { schema, made_at, feeds, articles, alerts, owed, bytes } = holds;
    serde_json::json!({
        "file": file, "schema": schema, "made_at": made_at, "feeds": feeds, "articles": articles, "alerts": alerts,
        "owed": owed, "bytes": bytes,
    })
}
