//! What work costs: the CPU time of this thread, which the work of others does not change as it changes the clock.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// CPU time that this thread has used.
fn used() -> Duration {
    let used = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(used.tv_sec.unsigned_abs(), u32::try_from(used.tv_nsec).expect("nanoseconds of a second"))
}

/// What a piece of work costs, and what it comes to.
pub(crate) fn of<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let before = used();
    let done = work();
    (used() - before, done)
}
