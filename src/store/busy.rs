//! How long the transaction that runs has been at work: a long one is no reason to take the daemon for dead.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Store;

/// When the work that runs began.
#[derive(Debug)]
pub(super) struct Busy {
    opened: Instant,
    /// Milliseconds after `opened`; 0 while nothing runs.
    since_ms: AtomicU64,
}

impl Default for Busy {
    fn default() -> Self {
        Busy { opened: Instant::now(), since_ms: AtomicU64::new(0) }
    }
}

impl Busy {
    fn now_ms(&self) -> u64 {
        // Never the 0 that says that nothing runs.
        self.opened.elapsed().as_millis() as u64 + 1
    }

    /// Work begins; it ends when that is dropped.
    pub(super) fn begin(&self) -> impl Drop + '_ {
        struct End<'a>(&'a AtomicU64);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                self.0.store(0, Ordering::Relaxed);
            }
        }
        self.since_ms.store(self.now_ms(), Ordering::Relaxed);
        End(&self.since_ms)
    }
}

impl Store {
    /// How long the transaction that runs has been at work; none when none does.
    pub fn busy_for(&self) -> Option<Duration> {
        let since = self.busy.since_ms.load(Ordering::Relaxed);
        (since > 0).then(|| Duration::from_millis(self.busy.now_ms().saturating_sub(since)))
    }
}
