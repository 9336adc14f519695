//! /healthz: whether a person should look. Pure.

use std::time::Duration;

use serde_json::{Value, json};

use super::Vitals;
use crate::clock::{Timestamp, span};
use crate::store::RunStatus;

/// A sign of life is written every twenty seconds; three missing ones are not a coincidence.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// Polls that are later than this by our own fault: news comes late.
const LATENESS_MAX: Duration = Duration::from_secs(600);

/// The problems, each in a sentence; empty if all is well.
pub fn problems(status: &RunStatus, written_at: Timestamp, now: Timestamp) -> Vec<String> {
    let silence = span(written_at, now);
    let late = Duration::from_millis(status.lateness_ms);
    let mut problems = Vec::new();
    if silence > SILENCE_MAX {
        problems.push(format!("no sign of life was written to the database for {} s", silence.as_secs()));
    }
    if late > LATENESS_MAX {
        problems.push(format!("one poll in twenty is more than {} s late", late.as_secs()));
    }
    if status.is_offline {
        problems.push("no server can be reached: this machine's network or name server".to_owned());
    }
    problems.extend(status.trouble.clone());
    problems
}

/// Whether all is well, and the document that says so.
pub(super) fn report(vitals: &Vitals, now: Timestamp) -> (bool, Value) {
    let Vitals { is_ready, written_at, status, .. } = vitals;
    let mut problems = problems(status, *written_at, now);
    if !is_ready {
        problems.push("starting".to_owned());
    }
    let is_well = problems.is_empty();
    let document = json!({
        "status": if is_well { "ok" } else { "failing" },
        "problems": problems,
        "version": env!("CARGO_PKG_VERSION"),
        "ready": is_ready,
        "store_written": written_at,
        "store_written_s_ago": span(*written_at, now).as_secs(),
        "last_successful_poll": status.last_success_at,
        "last_alert": status.last_alert_at,
        "lag_ms": status.lateness_ms,
        "stretch_percent": status.stretch_percent,
        "feeds": status.feeds,
        "failing_feeds": status.failing,
        "watches": status.watches,
    });
    (is_well, document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::later;

    fn problems_after(seconds: u64, change: impl FnOnce(&mut RunStatus)) -> String {
        let mut status = RunStatus::default();
        change(&mut status);
        let now = later(Timestamp::UNIX_EPOCH, Duration::from_secs(seconds));
        problems(&status, Timestamp::UNIX_EPOCH, now).join("; ")
    }

    #[test]
    fn each_thing_that_is_wrong_is_told_and_nothing_else() {
        assert_eq!(problems_after(60, |_| ()), "");
        assert_eq!(problems_after(61, |_| ()), "no sign of life was written to the database for 61 s");
        assert_eq!(problems_after(0, |status| status.lateness_ms = 600_000), "");
        assert_eq!(
            problems_after(0, |status| status.lateness_ms = 601_000),
            "one poll in twenty is more than 601 s late"
        );
        assert!(problems_after(0, |status| status.is_offline = true).contains("network"));
        assert_eq!(problems_after(0, |status| status.trouble = Some("disk full".into())), "disk full");
        // Feeds that fail are the world's way, not ours.
        assert_eq!(problems_after(0, |status| status.failing = 100), "");
    }
}
