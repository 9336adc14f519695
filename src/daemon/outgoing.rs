//! The output: the deliverer that empties the outbox, and the couriers that send records to the sinks.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, watch};

use super::courier::Couriers;
use super::delivery::Errand;
use crate::fetch::Fetch;
use crate::model::Routes;

/// Who is told that there is something to deliver.
pub(super) struct Outgoing<F> {
    pub(super) couriers: Couriers<F>,
    pub(super) errands: mpsc::Sender<Errand>,
    pub(super) routes: Arc<ArcSwap<Routes>>,
    /// What keeps alerts from their log, if anything does.
    pub(super) trouble: watch::Receiver<Option<String>>,
}

impl<F: Fetch> Outgoing<F> {
    /// There is something in the outbox.
    pub(super) fn deliver_soon(&self) {
        // A full channel means that the deliverer will look anyhow.
        let _ = self.errands.try_send(Errand::Deliver);
        self.couriers.nudge();
    }

    /// Has something done by the deliverer, which may be busy.
    pub(super) async fn run_errand(&self, errand: Errand) {
        // Without a deliverer the store has failed, which the next poll will find out.
        let _ = self.errands.send(errand).await;
    }
}
