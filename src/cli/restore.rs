//! `feedwatch restore`: the database from a backup, for the next start.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::backup::{for_machines, summary};
use super::{Exit, Global, setup};
use crate::clock::Clock;
use crate::store::{self, StoreError};

/// Makes the database from a backup, after looking through it. Refused while a feedwatch runs on it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: systemctl stop feedwatch; feedwatch restore /var/backups/feedwatch.db; systemctl start feedwatch\n\n\
    Put the newest alerts.jsonl in its place before the start: alerts in it are not sent again."
)]
pub(super) struct Restore {
    /// The backup
    file: PathBuf,
    /// If there is a database already, move it aside
    #[arg(long)]
    force: bool,
}

pub(super) fn run(global: &Global, args: &Restore, out: &mut impl Write) -> anyhow::Result<Exit> {
    let config = setup::read(global)?.config;
    let now = Clock::System.now();
    let mut aside = config.store.clone().into_os_string();
    aside.push(now.strftime(".replaced-%Y%m%dT%H%M%SZ").to_string());
    let aside = PathBuf::from(aside);
    let replaces = config.store.exists();
    let holds = match store::restore(&args.file, &config.store, args.force.then_some(&*aside), now) {
        Err(StoreError::Exists { path }) => {
            say!(
                "feedwatch: there is already a database: {}; use --force to move it aside and restore",
                path.display()
            );
            return Ok(Exit::No);
        }
        restored => restored?,
    };
    if global.json {
        writeln!(out, "{}", for_machines(&holds, &config.store))?;
        return Ok(Exit::Done);
    }
    let made = holds.made_at.map(|at| format!(", made {at:.0}")).unwrap_or_default();
    writeln!(out, "{} is restored from {}{made}: {}", config.store.display(), args.file.display(), summary(&holds))?;
    if replaces {
        writeln!(out, "the previous database is now {}", aside.display())?;
    }
    let log = config.alert_log.display();
    match config.alert_log.exists() {
        true => writeln!(out, "alerts in {log} are not sent again")?,
        false => writeln!(
            out,
            "there is no {log}: alerts raised after the backup are sent again, unless you put the file there before the start"
        )?,
    }
    Ok(Exit::Done)
}
