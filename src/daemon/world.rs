//! The inputs, orders and result of the daemon.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::config::{Config, Refused};
use crate::model::Alert;
use crate::serve::Given;
use crate::store::{RunStatus, StoreError};

/// What people and the service manager tell the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Read the files again (SIGHUP).
    Reload,
    /// Open the alert log again (SIGUSR1).
    Reopen,
    /// Drain and stop (SIGTERM, SIGINT).
    Stop,
}

/// When the daemon ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Never: it runs until it is told to stop.
    Stopped,
    /// When all that was due at its start is polled and delivered.
    Idle {
        /// Whether every feed counts as due.
        all: bool,
    },
}

/// The things that the daemon cannot create itself.
pub struct World<F> {
    /// The hour.
    pub clock: Clock,
    /// How often it shows that it lives, and does what the clock brings about: `HEARTBEAT_EVERY`, or less often where
    /// months of virtual time go by.
    pub beats_every: Duration,
    /// The web, as a configuration allows it.
    pub connect: Connect<F>,
    /// The files, read again, or why they are refused.
    pub load: Load,
    /// The sockets for the local endpoint that the service manager opened.
    pub sockets: Vec<Given>,
    /// Tells the people before the screen, or the journal, of an alert.
    pub announce: Announce,
}

/// Reads the files again.
pub type Load = Arc<dyn Fn() -> Result<Config, Refused> + Send + Sync>;

/// Makes the web that a configuration allows.
pub type Connect<F> = Box<dyn Fn(&Config) -> Arc<F> + Send + Sync>;

/// Tells of an alert.
pub type Announce = Arc<dyn Fn(&Alert) + Send + Sync>;

/// Why the daemon ended other than in good order. One variant for each exit code.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The alert log cannot be opened.
    #[error("cannot open the alert log {}: {error}", path.display())]
    AlertLog {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// The counts of a daemon, for the summary of `once`.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Its last status.
    pub status: RunStatus,
    /// Feeds that were due but not polled, because their hosts are paused.
    pub left_out: usize,
}
