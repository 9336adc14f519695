//! Open files: how many this process may have, and what fits into that. Too few make it slower; they must not make requests
//! fail that then look like other people's trouble.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::pace::Policy;

/// The database with its log and lock, the alert log, the journal, the runtime, sinks under way, the local endpoint.
const OURS: u64 = 40;
/// A request: its connection, and for a moment the look-up of its name or a second attempt by the other IP version.
const PER_REQUEST: u64 = 2;
/// Connections are kept for some seconds after an answer, and a thousand answers a second is what a machine reads: with
/// fewer descriptors than this none is kept.
const TO_KEEP_IDLE: u64 = 4096;

/// What the process may have open, after it took all that it is allowed to take: the soft limit is low by tradition, for
/// programs that use select(2).
#[derive(Clone, Copy, Debug)]
pub(super) struct Descriptors {
    limit: u64,
}

impl Descriptors {
    pub(super) fn take() -> Descriptors {
        let allowed = getrlimit(Resource::Nofile);
        // Where that is refused, the limit is what it was.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: allowed.maximum, ..allowed });
        Descriptors { limit: getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX) }
    }

    /// Allows as many requests as fit, if more are wished for; says so when fewer can be made at once.
    pub(super) fn fit(self, policy: &mut Policy) {
        let fitting = usize::try_from(self.limit.saturating_sub(OURS) / PER_REQUEST).unwrap_or(usize::MAX).max(1);
        let wished = policy.at_once;
        if fitting < wished {
            tracing::warn!(
                "this process may have only {} files open: {fitting} requests at once instead of {}; \
                 a higher LimitNOFILE= (ulimit -n) allows more",
                self.limit,
                wished
            );
        }
        policy.at_once = fitting.min(wished);
        policy.in_all = fitting.min(policy.in_all);
    }

    /// Whether connections may be kept for the next request.
    pub(super) fn allow_idle(self) -> bool {
        self.limit >= TO_KEEP_IDLE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_at_once_are_what_fits() {
        let fitted = |limit| {
            let mut policy = Policy::default();
            Descriptors { limit }.fit(&mut policy);
            (policy.at_once, policy.in_all)
        };
        let expected = [(64, 256), (64, 256), (64, 64), (12, 12), (1, 1)];
        assert_eq!([u64::MAX, 1024, 168, 64, 20].map(fitted), expected);
    }
}
