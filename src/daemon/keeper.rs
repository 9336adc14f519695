//! The schedule of the upkeep: a sign of life is written every few seconds, together with the timed work (`upkeep.rs`),
//! outside of the loop.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::base::Base;
use super::hands;
use super::upkeep::{self, Upkeep, Upkept};
use crate::clock::{Timestamp, later};
use crate::model::{Keep, Routes};
use crate::poll::Rules;
use crate::store::{RunStatus, StoreError, Tally};

/// A third of the unit's WatchdogSec, as systemd advises (half at the most).
pub const HEARTBEAT_EVERY: Duration = Duration::from_secs(20);

/// The heartbeat and what goes with it.
pub(super) struct Keeper {
    base: Base,
    /// The heartbeat that the store is writing.
    beat: Option<JoinHandle<Result<Upkept, StoreError>>>,
    /// When the next one begins.
    next_at: Timestamp,
    /// The time from one to the next.
    every: Duration,
    /// What was done when the last heartbeat was told.
    told: Tally,
    /// How long articles are kept.
    pub(super) keep: Keep,
    /// Articles deleted since that was last told.
    swept: usize,
}

impl Keeper {
    pub(super) fn new(base: Base, every: Duration) -> Keeper {
        let next_at = base.now();
        Keeper { base, beat: None, next_at, every, told: Tally::default(), keep: Keep::Forever, swept: 0 }
    }

    /// When a heartbeat begins; not while another one is written.
    pub(super) fn beat_at(&self) -> Timestamp {
        if self.beat.is_some() { Timestamp::MAX } else { self.next_at }
    }

    /// The clock jumped to this hour.
    pub(super) fn jumped(&mut self, now: Timestamp) {
        self.next_at = self.next_at.min(now);
    }

    /// Has a heartbeat written, and the house kept. `heartbeat` is how often people are told of one.
    pub(super) fn begin(
        &mut self,
        status: &RunStatus,
        heartbeat: Option<Duration>,
        rules: &Arc<Rules>,
        routes: Arc<Routes>,
    ) {
        let now = self.base.now();
        self.next_at = later(now, self.every);
        let (base, status, rules) = (self.base.clone(), status.clone(), Arc::clone(rules));
        let upkeep = Upkeep {
            heartbeat: heartbeat.filter(|_| base.is_service()),
            started_at: base.started_at,
            feeds: status.feeds,
            keep: self.keep,
            polls: status.tally.polls - self.told.polls,
            failed: status.tally.failed - self.told.failed,
        };
        self.beat = Some(tokio::task::spawn_blocking(move || {
            base.store.is_in_place()?;
            base.store.run_beats(&base.run, &status, now)?;
            upkeep::round(&base.store, &upkeep, &rules, &routes, now)
        }));
    }

    /// The end of the heartbeat that is being written; never when there is none.
    pub(super) async fn written(&mut self) -> Result<Upkept, StoreError> {
        let Some(beat) = &mut self.beat else { return std::future::pending().await };
        let written = hands::ended(beat.await);
        self.beat = None;
        written
    }

    /// A heartbeat was written. Says once a day how many articles went.
    pub(super) fn note(&mut self, upkept: &Upkept, tally: Tally) {
        self.swept += upkept.swept;
        if upkept.tidied && self.swept > 0 {
            let (keep, articles) = (self.keep, std::mem::take(&mut self.swept));
            tracing::info!(%keep, articles, "{articles} articles older than {keep} were deleted");
        }
        if upkept.heartbeat {
            self.told = tally;
        }
    }

    /// Waits for the heartbeat that is being written, if there is one.
    pub(super) async fn finish(self) {
        if let Some(beat) = self.beat {
            // A failing store shows itself where it matters, at the next write.
            let _ = beat.await;
        }
    }
}
