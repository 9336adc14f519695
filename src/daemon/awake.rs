//! Time that passed while the daemon did not run: a stop, a suspend, a clock change. Polls that became due in it cause
//! no burst afterwards.

use std::time::Duration;

use tokio::time::Instant;

use crate::clock::{Timestamp, later, span};
use crate::pace::start_spread;
use crate::store::{Store, StoreError};

/// The wall clock and the timer drift apart by less than this unless something happened.
const DRIFT_MAX: Duration = Duration::from_secs(60);

/// The change of the wall clock relative to the timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Jump {
    /// Ahead, or the machine slept; the wall clock read this before.
    Ahead(Timestamp),
    /// Back.
    Back,
}

/// Both clocks at one moment.
pub(super) struct Clocks {
    wall: Timestamp,
    timer: Instant,
}

impl Clocks {
    pub(super) fn begin(now: Timestamp) -> Clocks {
        Clocks { wall: now, timer: Instant::now() }
    }

    /// Looks at both clocks again.
    pub(super) fn look(&mut self, now: Timestamp) -> Option<Jump> {
        let before = std::mem::replace(self, Clocks::begin(now));
        let expected = later(before.wall, self.timer.duration_since(before.timer));
        match () {
            () if span(expected, now) > DRIFT_MAX => Some(Jump::Ahead(before.wall)),
            () if span(now, expected) > DRIFT_MAX => Some(Jump::Back),
            () => None,
        }
    }
}

/// Spreads what became due since we last looked, over no more than that time.
pub(super) fn spread(store: &Store, looked_at: Timestamp, now: Timestamp) -> Result<(), StoreError> {
    let overdue = store.due_count(now)?;
    store.spread_overdue(now, start_spread(overdue).min(span(looked_at, now)))
}
