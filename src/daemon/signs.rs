//! Signs of life for the local endpoint, and the endpoint itself.

use std::path::PathBuf;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock::{Clock, Timestamp};
use crate::model::Listen;
use crate::serve::{self, Given, Source, Vitals};
use crate::store::RunStatus;

/// What the endpoint shows. It is gone with this.
pub(super) struct Signs {
    shown: watch::Sender<Vitals>,
    /// Ends by being dropped: nothing that is asked there changes anything.
    endpoint: JoinSet<()>,
}

impl Signs {
    pub(super) fn new(started_at: Timestamp, status: &RunStatus) -> Signs {
        let vitals = Vitals { started_at, is_ready: false, written_at: started_at, status: status.clone() };
        Signs { shown: watch::channel(vitals).0, endpoint: JoinSet::new() }
    }

    /// Shows them on the sockets that were given and the address that the settings name.
    pub(super) fn serve(&mut self, given: Vec<Given>, listen: Option<Listen>, clock: Clock, store: PathBuf) {
        if !given.is_empty() || listen.is_some() {
            let source = Source { clock, store, vitals: self.shown.subscribe() };
            self.endpoint.spawn(serve::run(given, listen, source));
        }
    }

    pub(super) fn ready(&self, status: &RunStatus) {
        self.shown.send_modify(|vitals| {
            vitals.is_ready = true;
            vitals.status.clone_from(status);
        });
    }

    /// Something was done.
    pub(super) fn done(&self, status: &RunStatus) {
        self.shown.send_modify(|vitals| vitals.status.clone_from(status));
    }

    /// The store was written.
    pub(super) fn written(&self, status: &RunStatus, at: Timestamp) {
        self.shown.send_modify(|vitals| {
            vitals.written_at = at;
            vitals.status.clone_from(status);
        });
    }
}
