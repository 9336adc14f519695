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
    /// When the store last took a sign of life: proof that it can be written and that the loop turns.
    pub written_at: Timestamp,
    /// What was done, and what is wrong.
    pub status: RunStatus,
}
