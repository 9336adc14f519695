//! How long articles are kept.

use std::fmt;
use std::time::Duration;

use crate::clock::{DAY, Timestamp, earlier, short};

/// How long articles are kept. Ordered by how much that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keep {
    /// Older ones go.
    For(Duration),
    /// None ever goes.
    Forever,
}

impl Keep {
    /// Where nothing else was ever said.
    pub const DEFAULT: Keep = Keep::For(DAY.saturating_mul(365));

    /// The value in force, from the files and the value so far. A missing key never shortens it: neither a new default
    /// nor a removed line deletes anything.
    pub fn in_force(written: Option<Keep>, so_far: Option<Keep>) -> Keep {
        written.unwrap_or_else(|| so_far.map_or(Keep::DEFAULT, |so_far| so_far.max(Keep::DEFAULT)))
    }

    /// The instant before which articles are too old, if any is.
    pub fn since(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Keep::For(span) => Some(earlier(now, span)),
            Keep::Forever => None,
        }
    }
}

impl fmt::Display for Keep {
    /// As it is written in the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Keep::For(span) => f.write_str(&short(*span)),
            Keep::Forever => f.write_str("forever"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_written_shortens() {
        let days = |days: u64| Some(Keep::For(Duration::from_secs(days * DAY.as_secs())));
        for (written, so_far, in_force) in [
            (None, None, days(365)),
            (None, days(365), days(365)),
            (None, days(400), days(400)),
            (None, days(90), days(365)),
            (None, Some(Keep::Forever), Some(Keep::Forever)),
            (days(90), Some(Keep::Forever), days(90)),
            (days(90), None, days(90)),
            (Some(Keep::Forever), days(90), Some(Keep::Forever)),
        ] {
            assert_eq!(Some(Keep::in_force(written, so_far)), in_force, "{written:?}, {so_far:?}");
        }
    }
}
