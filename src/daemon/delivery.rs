//! Emptying the outbox: the alert log first, then the journal or terminal. Never in the way of a poll.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::{Announce, JOURNAL, LOG};
use crate::alert::{self, AlertLog};
use crate::clock::{Clock, Timestamp, later};
use crate::logging::ALERT_LOG_TROUBLE;
use crate::store::{Pending, SinkTrouble, Store, StoreError};

/// Alerts that are appended, synced and marked together.
const BATCH_MAX: usize = 256;
/// The first wait after the alert log could not be written; doubles up to `RETRY_MAX`.
const RETRY_MIN: Duration = Duration::from_secs(1);
/// Space comes back when a person makes it: a minute more is not felt, a try costs nothing.
const RETRY_MAX: Duration = Duration::from_secs(60);

/// What the deliverer is asked to do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Errand {
    /// There may be something in the outbox.
    Deliver,
    /// The alert log was rotated.
    Reopen,
}

/// The outbox and where it is emptied to.
pub(super) struct Outbox {
    store: Arc<Store>,
    clock: Clock,
    log: AlertLog,
    announce: Announce,
    /// What keeps alerts from their log, for the status; none when all is well.
    trouble: watch::Sender<Option<String>>,
    /// The same as the store has it, for who asks it.
    noted: Option<SinkTrouble>,
}

impl Outbox {
    /// Opens the alert log and finds out what it holds already of what the store still counts as owed.
    pub(super) fn open(
        store: Arc<Store>,
        clock: Clock,
        path: &Path,
        announce: Announce,
        trouble: watch::Sender<Option<String>>,
    ) -> Result<Outbox, super::DaemonError> {
        let pending: HashSet<String> = store.pending(LOG, usize::MAX)?.into_iter().map(|owed| owed.alert.id).collect();
        let log = AlertLog::open(path, store.cursor(LOG)?, &pending)
            .map_err(|error| super::DaemonError::AlertLog { path: path.to_owned(), error })?;
        let noted = store.sink_trouble(LOG)?;
        Ok(Outbox { store, clock, log, announce, trouble, noted })
    }

    /// Runs errands until all who could send one are gone, then delivers a last time.
    pub(super) async fn run(mut self, mut errands: mpsc::Receiver<Errand>) -> Result<(), StoreError> {
        let mut retry_in: Option<Duration> = None;
        loop {
            let errand = match retry_in {
                None => errands.recv().await,
                Some(wait) => tokio::select! {
                    errand = errands.recv() => errand,
                    () = tokio::time::sleep(wait) => Some(Errand::Deliver),
                },
            };
            let wait = retry_in.map_or(RETRY_MIN, |wait| (wait * 2).min(RETRY_MAX));
            let (outbox, result) = blocking(self, move |outbox| outbox.work(errand, wait)).await;
            self = outbox;
            retry_in = result?.is_err().then_some(wait);
            if errand.is_none() {
                return Ok(());
            }
        }
    }

    /// The outer error is the store's and ends the daemon; the inner one is the alert log's and is tried again after `wait`.
    fn work(&mut self, errand: Option<Errand>, wait: Duration) -> Result<io::Result<()>, StoreError> {
        let reopened = match errand {
            Some(Errand::Reopen) => self.log.reopen(),
            _ => Ok(()),
        };
        let logged = match reopened {
            Ok(()) => self.deliver_to_log()?,
            failed => failed,
        };
        self.tell_trouble(&logged);
        self.note_trouble(&logged, wait)?;
        self.deliver_to_journal()?;
        Ok(logged)
    }

    fn deliver_to_log(&mut self) -> Result<io::Result<()>, StoreError> {
        loop {
            let pending = self.store.pending(LOG, BATCH_MAX)?;
            if pending.is_empty() {
                return Ok(Ok(()));
            }
            let lines: Vec<_> = pending.iter().map(|owed| (owed.alert.id.clone(), alert::line(&owed.alert))).collect();
            match self.log.append(&lines) {
                Ok(cursor) => self.store.delivered(LOG, &numbers(&pending), Some(cursor), self.clock.now())?,
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    fn deliver_to_journal(&mut self) -> Result<(), StoreError> {
        loop {
            let pending = self.store.pending(JOURNAL, BATCH_MAX)?;
            if pending.is_empty() {
                return Ok(());
            }
            for owed in &pending {
                (self.announce)(&owed.alert);
            }
            self.store.delivered(JOURNAL, &numbers(&pending), None, self.clock.now())?;
        }
    }

    /// Keeps trouble where `feedwatch status` and `sinks` find it at once.
    fn note_trouble(&mut self, logged: &io::Result<()>, wait: Duration) -> Result<(), StoreError> {
        let now = self.clock.now();
        let trouble = logged.as_ref().err().map(|error| {
            let (since, failures) = self.noted.as_ref().map_or((now, 0), |noted| (noted.since, noted.failures));
            SinkTrouble {
                since,
                failures: failures.saturating_add(1),
                retry_at: later(now, wait),
                error: error.to_string(),
            }
        });
        if trouble.is_some() || self.noted.is_some() {
            self.store.note_trouble(LOG, trouble.as_ref())?;
        }
        self.noted = trouble;
        Ok(())
    }

    /// Says it once when trouble begins, changes or ends, not at every try.
    fn tell_trouble(&self, logged: &io::Result<()>) {
        let now = logged.as_ref().err().map(|error| format!("the alert log cannot be written: {error}"));
        self.trouble.send_if_modified(|before| {
            let changed = *before != now;
            match &now {
                Some(trouble) if changed => {
                    tracing::error!(
                        target: ALERT_LOG_TROUBLE,
                        "{trouble}; polling goes on, the alerts wait in the database and follow later"
                    );
                }
                None if changed => tracing::info!("the alert log is written again"),
                _ => {}
            }
            before.clone_from(&now);
            changed
        });
    }
}

/// A database that was restored may know less than was told: what stands in the alert log is not told again.
pub(super) fn after_a_restore(store: &Store, log: &Path, now: Timestamp) -> Result<(), super::DaemonError> {
    let Some(restored_at) = store.restored_at()? else { return Ok(()) };
    let ids = alert::logged_ids(log).map_err(|error| super::DaemonError::AlertLog { path: log.to_owned(), error })?;
    let unknown = store.told_before(&ids, now)?;
    tracing::info!(
        %restored_at, unknown,
        "the database was restored from a backup; the alert log holds {unknown} records that were told since it was made: \
         they are not told again"
    );
    Ok(())
}

fn numbers(pending: &[Pending]) -> Vec<i64> {
    pending.iter().map(|owed| owed.seq).collect()
}

/// Lends a value to the blocking pool; a panic there goes on here.
async fn blocking<T: Send + 'static, R: Send + 'static>(
    mut value: T,
    work: impl FnOnce(&mut T) -> R + Send + 'static,
) -> (T, R) {
    let working = tokio::task::spawn_blocking(move || {
        let result = work(&mut value);
        (value, result)
    });
    working.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}
