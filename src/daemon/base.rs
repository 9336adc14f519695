//! The basis of all parts of the daemon: the store, the clock, and the id of this run.

use std::sync::Arc;

use super::Until;
use super::hands::blocking;
use crate::clock::{Clock, Timestamp};
use crate::logging::STORE_TROUBLE;
use crate::store::{Store, StoreError};

/// What never changes during a run.
#[derive(Clone)]
pub(super) struct Base {
    pub(super) store: Arc<Store>,
    pub(super) clock: Clock,
    /// The id of this run.
    pub(super) run: String,
    pub(super) until: Until,
    pub(super) started_at: Timestamp,
}

impl Base {
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether it runs until it is told to stop.
    pub(super) fn is_service(&self) -> bool {
        self.until == Until::Stopped
    }

    /// Works with the store, off the async threads.
    pub(super) async fn in_store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.store);
        blocking(move || work(&store)).await
    }
}

/// What keeps house, and fails over one row, is left undone this time: that ends neither the daemon nor its start.
pub(super) fn or_told<T>(done: Result<T, StoreError>, otherwise: T) -> Result<T, StoreError> {
    match done {
        Err(error) if error.is_of_one_row() => {
            tracing::error!(target: STORE_TROUBLE, "{error}; feedwatch goes on");
            Ok(otherwise)
        }
        done => done,
    }
}
