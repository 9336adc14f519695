//! Whether the daemon lives, and why it does not: by what it wrote into the store, and by its process.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use crate::clock::{Timestamp, span};
use crate::store::{POLLED_ONCE, Run};

/// A daemon that gave no sign of life for three heartbeats is not running.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// How the daemon is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// It was never started on this database.
    NeverStarted,
    /// It runs.
    Runs,
    /// It stopped in good order, and by what.
    Stopped(Option<String>),
    /// It ended otherwise, and why.
    Ended(String),
}

impl Life {
    /// By the run that started last.
    pub(super) fn of(run: Option<&Run>, now: Timestamp) -> Life {
        let Some(Run { pid, heartbeat_at, stopped_at, ended, is_of_this_boot, .. }) = run else {
            return Life::NeverStarted;
        };
        let is_silent = span(*heartbeat_at, now) > SILENCE_MAX;
        match (stopped_at, ended) {
            (Some(_), why) => Life::Stopped(why.clone()),
            (None, Some(why)) if why != POLLED_ONCE => Life::Ended(format!("it ended {why}")),
            (None, _) if *is_of_this_boot == Some(false) => Life::Ended("the machine was restarted".to_owned()),
            (None, _) if is_gone(*pid) => Life::Ended("the last run crashed or was killed".to_owned()),
            (None, _) if is_silent => Life::Ended("it gave no sign of life for more than a minute".to_owned()),
            (None, _) => Life::Runs,
        }
    }

    /// For programs.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Life::NeverStarted => "never started",
            Life::Runs => "running",
            Life::Stopped(_) => "stopped",
            Life::Ended(_) => "not running; it did not stop in good order",
        }
    }

    /// Why it does not run, as far as that is known.
    pub(super) fn why(&self) -> Option<&str> {
        match self {
            Life::NeverStarted | Life::Runs => None,
            Life::Stopped(why) => why.as_deref(),
            Life::Ended(why) => Some(why),
        }
    }
}

/// For people.
impl fmt::Display for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Life::NeverStarted => f.write_str("never started"),
            Life::Runs => f.write_str("running"),
            Life::Stopped(None) => f.write_str("stopped"),
            Life::Stopped(Some(why)) if why.starts_with("by ") => write!(f, "stopped {why}"),
            Life::Stopped(Some(why)) => write!(f, "stopped: {why}"),
            Life::Ended(why) => write!(f, "not running: {why}"),
        }
    }
}

/// Whether a process is surely no more: where others' processes are hidden, nobody knows.
fn is_gone(pid: u32) -> bool {
    let known = |pid: u32| Path::new(&format!("/proc/{pid}")).exists();
    known(1) && !known(pid)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut Run), shown: &str) {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let mut run = Run {
            id: "r".to_owned(),
            version: "0".to_owned(),
            pid: std::process::id(),
            started_at: now,
            heartbeat_at: now,
            stopped_at: None,
            ended: None,
            is_of_this_boot: Some(true),
            status: Default::default(),
        };
        change(&mut run);
        assert_eq!(Life::of(Some(&run), now).to_string(), shown);
    }

    #[test]
    fn a_daemon_that_does_not_run_has_a_reason() {
        let no_process = 0x3fff_fff0;
        check(|_| {}, "running");
        check(|run| run.stopped_at = Some(run.started_at), "stopped");
        check(
            |run| (run.stopped_at, run.ended) = (Some(run.started_at), Some("by SIGTERM".to_owned())),
            "stopped by SIGTERM",
        );
        check(
            |run| run.ended = Some("with exit code 74: the disk is full".to_owned()),
            "not running: it ended with exit code 74: the disk is full",
        );
        check(|run| run.pid = no_process, "not running: the last run crashed or was killed");
        check(
            |run| (run.pid, run.is_of_this_boot) = (no_process, Some(false)),
            "not running: the machine was restarted",
        );
        check(
            |run| run.heartbeat_at = "2026-11-24T11:58:59Z".parse().unwrap(),
            "not running: it gave no sign of life for more than a minute",
        );
    }
}
