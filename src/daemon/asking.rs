//! Requests that are under way, and what each of them needs.

use tokio::task::JoinSet;

use super::poll::{self, Means, Polled};
use crate::fetch::Fetch;
use crate::pace::Turn;

/// Polls run as tasks of one set.
pub(super) struct Asking<F> {
    pub(super) means: Means<F>,
    pub(super) polls: JoinSet<Polled>,
}

impl<F: Fetch> Asking<F> {
    pub(super) fn new(means: Means<F>) -> Asking<F> {
        Asking { means, polls: JoinSet::new() }
    }

    /// Starts polls of feeds whose turn it is.
    pub(super) fn ask(&mut self, turns: Vec<Turn>, stretch: f64) {
        for turn in turns {
            self.polls.spawn(poll::poll(self.means.clone(), turn, stretch));
        }
    }
}
