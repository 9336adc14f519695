//! The one who settles polls: what waits in its queue shares a transaction.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, oneshot};

use crate::clock::{Clock, Timestamp};
use crate::model::{Changes, Feed, Known, Routes};
use crate::poll::{Answer, Moment, Rules, decide, marks, recent};
use crate::store::{Ledger, Store, StoreError};
use crate::watch::Scratch;

/// Polls in one transaction: enough to share the cost of a commit, few enough to keep the lock for milliseconds.
const BATCH_MAX: usize = 256;

/// A poll that was answered and waits to be settled.
pub(super) struct Answered {
    pub(super) feed: Feed,
    pub(super) answer: Answer,
    pub(super) answered_at: Timestamp,
    pub(super) rules: Arc<Rules>,
    /// Gets what was changed once it is on disk.
    pub(super) reply: oneshot::Sender<Changes>,
}

/// The way to the writer.
pub(super) type Queue = mpsc::Sender<Answered>;

/// Settles what comes until all senders are gone. Ends early when the store fails: then the polls that wait get no
/// reply, and nothing of them was stored.
pub(super) async fn settle_all(
    store: Arc<Store>,
    clock: Clock,
    routes: Arc<ArcSwap<Routes>>,
    mut queue: mpsc::Receiver<Answered>,
) -> Result<(), StoreError> {
    let mut scratch = Scratch::default();
    let mut waiting = Vec::with_capacity(BATCH_MAX);
    while queue.recv_many(&mut waiting, BATCH_MAX).await > 0 {
        let batch = std::mem::replace(&mut waiting, Vec::with_capacity(BATCH_MAX));
        let now = clock.now();
        let (store, routes) = (Arc::clone(&store), routes.load_full());
        let settling = tokio::task::spawn_blocking(move || {
            let settled = settle(&store, batch, &routes, &mut scratch, now);
            (settled, scratch)
        });
        let (settled, returned) = settling.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
        scratch = returned;
        for (reply, changes) in settled? {
            // A poll that no longer waits was abandoned; what it brought is stored all the same.
            let _ = reply.send(changes);
        }
    }
    Ok(())
}

type Settled = Vec<(oneshot::Sender<Changes>, Changes)>;

fn settle(
    store: &Store,
    batch: Vec<Answered>,
    routes: &Routes,
    scratch: &mut Scratch,
    now: Timestamp,
) -> Result<Settled, StoreError> {
    let mut replies = Vec::with_capacity(batch.len());
    let changes = store.settle(batch, routes, |poll, ledger| {
        let Answered { feed, answer, answered_at, rules, reply } = poll;
        replies.push(reply);
        let known = known(ledger, &feed, &answer, now)?;
        let moment = Moment { answered_at, now: now.max(answered_at) };
        Ok(decide(&rules, scratch, &feed, known, answer, moment))
    })?;
    Ok(replies.into_iter().zip(changes).collect())
}

fn known(ledger: &Ledger, feed: &Feed, answer: &Answer, now: Timestamp) -> Result<Known, StoreError> {
    match answer {
        Answer::Read(read) => ledger.known(feed.id, &read.parsed.articles, recent(now), marks),
        _ => Ok(Known::default()),
    }
}
