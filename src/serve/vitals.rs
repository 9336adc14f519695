//! How the daemon does, as it says itself.

use crate::clock::Timestamp;
use crate::store::RunStatus;

/// Signs of life.
#[derive(Clone, Debug)]
pub struct Vitals {
    /// When this run started.
    pub started_at: Timestamp,
    /// Whether all is open and polls are made.
    pub is_ready: bool,
    /// When a sign of life was last written to the store: it proves that the store can be written and that the daemon's
    /// loop runs.
    pub written_at: Timestamp,
    /// The counts and problems.
    pub status: RunStatus,
}
