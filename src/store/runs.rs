//! The runs of the daemon: when each started, last gave a sign of life, and stopped.

use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::row::{instant, json};
use super::{Result, Store, surprise};
use crate::clock::Timestamp;

/// What a running process did so far. Counts since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Polls that ended, one way or the other.
    pub polls: u64,
    /// Polls that gave neither a document nor "not modified".
    pub failed: u64,
    /// Articles stored that were new.
    pub articles: u64,
    /// Stored articles whose text changed.
    pub edited: u64,
    /// Alerts raised.
    pub raised: u64,
    /// Hits joined to a story that was told.
    #[serde(default)]
    pub joined: u64,
    /// Hits held back; up to 2026-11 with those that joined.
    pub held: u64,
    /// What the stories of alerts gained, first tellings included: feeds,
    #[serde(default)]
    pub story_feeds: u64,
    /// publishers,
    #[serde(default)]
    pub story_publishers: u64,
    /// and origins.
    #[serde(default)]
    pub story_origins: u64,
}

/// What the daemon says of itself with each heartbeat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStatus {
    /// What it did since its start.
    pub tally: Tally,
    /// Feeds it polls.
    pub feeds: usize,
    /// Watches it keeps.
    pub watches: usize,
    /// How late polls are by this machine's own fault, in milliseconds: one in twenty is later.
    pub lateness_ms: u64,
    /// The same, for every second one.
    #[serde(default)]
    pub lateness_median_ms: u64,
    /// By how much intervals are stretched for it; 100 is not at all.
    #[serde(default)]
    pub stretch_percent: u32,
    /// The polls an hour that the feeds' intervals add up to.
    #[serde(default)]
    pub wished_per_hour: u64,
    /// What of that the budget allows.
    #[serde(default)]
    pub allowed_per_hour: u64,
    /// What keeps alerts from being delivered, if anything.
    pub trouble: Option<String>,
    /// Feeds whose last poll failed.
    #[serde(default)]
    pub failing: usize,
    /// The feeds that hold as many hits of others as they may, by name.
    #[serde(default)]
    pub full_holders: Vec<String>,
    /// Whether no server can be reached, so that the fault is this machine's.
    #[serde(default)]
    pub is_offline: bool,
    /// What came of the last reload of this run.
    #[serde(default)]
    pub last_reload: Option<Reload>,
    /// When a poll last succeeded, in this run or an earlier one.
    #[serde(default)]
    pub last_success_at: Option<Timestamp>,
    /// When an alert was last raised, in this run or an earlier one.
    #[serde(default)]
    pub last_alert_at: Option<Timestamp>,
}

/// What came of a reload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reload {
    /// When.
    pub at: Timestamp,
    /// Whether the files were refused.
    pub refused: bool,
    /// What changed, or what is wrong.
    pub said: String,
}

impl RunStatus {
    /// What the next run knows of this one: when things last happened.
    pub fn carried_over(&self) -> RunStatus {
        let RunStatus { last_success_at, last_alert_at, .. } = *self;
        RunStatus { last_success_at, last_alert_at, ..RunStatus::default() }
    }
}

/// One run of the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its id, as alerts carry it.
    pub id: String,
    /// The version of feedwatch.
    pub version: String,
    /// The process.
    pub pid: u32,
    /// When it started.
    pub started_at: Timestamp,
    /// When it last gave a sign of life.
    pub heartbeat_at: Timestamp,
    /// When it stopped in good order; none while it runs, or when it crashed.
    pub stopped_at: Option<Timestamp>,
    /// Why it ended, as far as it could say so.
    pub ended: Option<String>,
    /// Whether the machine was started anew since it began; none where the system does not tell.
    pub is_of_this_boot: Option<bool>,
    /// What it last said of itself.
    pub status: RunStatus,
}

/// Why a run ended that was to poll once: noted at its beginning, so that a daemon is told from it.
pub const POLLED_ONCE: &str = "all that was due was polled";

/// Which start of the machine this is.
fn boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

impl Store {
    /// A run begins.
    pub fn run_started(&self, id: &str, now: Timestamp) -> Result<()> {
        let connection = self.lock();
        connection.execute(
            "insert into run (id, version, pid, started_at, heartbeat_at, status, boot) values (?1, ?2, ?3, ?4, ?4, ?5, ?6)",
            params![
                id,
                env!("CARGO_PKG_VERSION"),
                std::process::id(),
                now.as_microsecond(),
                json(&RunStatus::default()),
                boot(),
            ],
        )?;
        Ok(())
    }

    /// A run is alive.
    pub fn run_beats(&self, id: &str, status: &RunStatus, now: Timestamp) -> Result<()> {
        let connection = self.lock();
        connection.prepare_cached("update run set heartbeat_at = ?2, status = ?3 where id = ?1")?.execute(params![
            id,
            now.as_microsecond(),
            json(status)
        ])?;
        Ok(())
    }

    /// A run ends in good order.
    pub fn run_stopped(&self, id: &str, status: &RunStatus, now: Timestamp) -> Result<()> {
        let connection = self.lock();
        connection.execute(
            "update run set heartbeat_at = ?2, stopped_at = ?2, status = ?3 where id = ?1",
            params![id, now.as_microsecond(), json(status)],
        )?;
        Ok(())
    }

    /// The run of this process ended, and why.
    pub fn run_says_why(&self, why: &str) -> Result<()> {
        let connection = self.lock();
        connection.execute(
            "update run set ended = ?2 where pid = ?1 and id = (select id from run order by started_at desc limit 1)",
            params![std::process::id(), why],
        )?;
        Ok(())
    }

    /// Id and start of the run that made the database.
    pub fn first_run(&self) -> Result<Option<(String, Timestamp)>> {
        let connection = self.lock();
        let first = connection.query_row("select id, started_at from run order by started_at limit 1", [], |row| {
            Ok((row.get(0)?, instant(row.get(1)?)))
        });
        Ok(first.optional()?)
    }

    /// The run that started last.
    pub fn last_run(&self) -> Result<Option<Run>> {
        let connection = self.lock();
        let mut read = connection.prepare(
            "select id, version, pid, started_at, heartbeat_at, stopped_at, status, ended, boot from run \
             order by started_at desc limit 1",
        )?;
        let this_boot = boot();
        let run = surprise::readable("run", read.query([])?, |row| {
            let boot: Option<String> = row.get(8).unwrap_or_default();
            Ok(Run {
                id: row.get(0)?,
                version: row.get(1)?,
                pid: row.get(2)?,
                started_at: instant(row.get(3)?),
                heartbeat_at: instant(row.get(4)?),
                stopped_at: row.get::<_, Option<i64>>(5)?.map(instant),
                // Written by another version, it may say less or more: what is missing counts as nothing said.
                ended: row.get(7).unwrap_or_default(),
                is_of_this_boot: boot.zip(this_boot.as_ref()).map(|(boot, this)| boot == *this),
                status: serde_json::from_str(&row.get::<_, String>(6)?).unwrap_or_default(),
            })
        });
        Ok(run?.pop())
    }
}
