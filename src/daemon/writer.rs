//! The one who settles polls: what waits in its queue shares a transaction.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::SINKS;
use crate::clock::{Clock, Timestamp};
use crate::model::{Changes, Feed, Known};
use crate::poll::{Answer, Findings, Moment, Rules, decide, find};
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
    mut queue: mpsc::Receiver<Answered>,
) -> Result<(), StoreError> {
    let mut scratch = Scratch::default();
    let mut waiting = Vec::with_capacity(BATCH_MAX);
    while queue.recv_many(&mut waiting, BATCH_MAX).await > 0 {
        let batch = std::mem::replace(&mut waiting, Vec::with_capacity(BATCH_MAX));
        let now = clock.now();
        let store = Arc::clone(&store);
        let settling = tokio::task::spawn_blocking(move || {
            let settled = settle(&store, batch, &mut scratch, now);
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

fn settle(store: &Store, batch: Vec<Answered>, scratch: &mut Scratch, now: Timestamp) -> Result<Settled, StoreError> {
    let mut replies = Vec::with_capacity(batch.len());
    let changes = store.settle(batch, SINKS, |poll, ledger| {
        let Answered { feed, answer, answered_at, rules, reply } = poll;
        replies.push(reply);
        let (known, findings) = gather(ledger, scratch, &rules, &feed, &answer)?;
        let moment = Moment { answered_at, now: now.max(answered_at) };
        Ok(decide(&rules, &feed, &known, findings, answer, moment))
    })?;
    Ok(replies.into_iter().zip(changes).collect())
}

/// What is known of a document's articles, what the watches find in the new and edited ones, and what is remembered of the
/// stories that those may belong to.
fn gather(
    ledger: &Ledger,
    scratch: &mut Scratch,
    rules: &Rules,
    feed: &Feed,
    answer: &Answer,
) -> Result<(Known, Findings), StoreError> {
    let Answer::Read(read) = answer else { return Ok(Default::default()) };
    let mut known = ledger.known(feed.id, &read.parsed.articles)?;
    let findings = find(rules, scratch, feed, &known, &read.parsed);
    for article in &read.parsed.articles {
        let Some(found) = findings.get(&article.key) else { continue };
        let story = known.articles.get(&article.key).and_then(|before| before.story.clone());
        ledger.recall(feed.id, &found.signature.look_up(), story.as_deref(), &mut known)?;
    }
    Ok((known, findings))
}
