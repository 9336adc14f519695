//! The one who settles polls: what waits in its queue shares a transaction.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::clock::{Clock, Timestamp};
use crate::feed::Note;
use crate::fetch::Held;
use crate::model::{Changes, Feed, Kept, Known, Routes};
use crate::poll::{
    Answer, Circumstances, Findings, Holding, Moment, Past, Purpose, Rules, Turn, decide, find, hold, look_up, notices,
    recent,
};
use crate::store::{Ledger, Store, StoreError};
use crate::watch::Scratch;

/// Polls in one transaction: enough to share the cost of a commit, few enough to keep the lock for milliseconds
/// and what they brought in memory.
pub(super) const BATCH_MAX: usize = 64;

/// What comes within this time after the first shares its transaction: a commit costs as much as some twenty polls.
const LINGER: Duration = Duration::from_millis(10);

/// A poll that was answered and waits to be settled.
pub(super) struct Answered {
    pub(super) feed: Arc<Feed>,
    /// The name of the host that answered.
    pub(super) host: String,
    pub(super) answer: Answer,
    pub(super) answered_at: Timestamp,
    pub(super) kept: Kept,
    pub(super) around: Circumstances,
    pub(super) rules: Arc<Rules>,
    /// None when the answer was to another feed with the same address.
    pub(super) turn: Option<Turn>,
    /// The document's share of the memory of all, given back once it is decided upon.
    pub(super) held: Held,
    /// Its share of what may wait.
    pub(super) waiting: Option<OwnedSemaphorePermit>,
}

/// What an answer changed, now that it is on disk.
pub(super) struct Settled {
    pub(super) turn: Turn,
    /// Of the feed that was asked, and of those that share its address.
    pub(super) changes: Vec<(Arc<Feed>, Changes)>,
}

/// The way to the writer.
pub(super) type Queue = mpsc::Sender<Answered>;

/// Settles what comes until all senders are gone, and gives each transaction's polls back together. Ends early when the
/// store fails: then nothing of what was sent was stored.
pub(super) async fn settle_all(
    store: Arc<Store>,
    clock: Clock,
    routes: Arc<ArcSwap<Routes>>,
    mut queue: mpsc::Receiver<Answered>,
    settled: mpsc::Sender<Vec<Settled>>,
) -> Result<(), StoreError> {
    let mut scratch = Scratch::default();
    let mut waiting = Vec::with_capacity(BATCH_MAX);
    while queue.recv_many(&mut waiting, BATCH_MAX).await > 0 {
        tokio::time::sleep(LINGER).await;
        while waiting.len() < BATCH_MAX
            && let Ok(answered) = queue.try_recv()
        {
            waiting.push(answered);
        }
        let batch = std::mem::replace(&mut waiting, Vec::with_capacity(BATCH_MAX));
        let now = clock.now();
        let (store, routes) = (Arc::clone(&store), routes.load_full());
        let settling = tokio::task::spawn_blocking(move || {
            let done = settle(&store, batch, &routes, &mut scratch, now);
            (done, scratch)
        });
        let (done, returned) = settling.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
        scratch = returned;
        // Nobody may be there any more to hear it: it is stored all the same.
        let _ = settled.send(done?).await;
    }
    Ok(())
}

fn settle(
    store: &Store,
    batch: Vec<Answered>,
    routes: &Routes,
    scratch: &mut Scratch,
    now: Timestamp,
) -> Result<Vec<Settled>, StoreError> {
    // What is asked elsewhere for one feed is an answer for those that share its address only if they would ask that too.
    let others = |poll: &Answered, ledger: &Ledger| match poll.around.purpose {
        Purpose::Home => Ok(Vec::new()),
        Purpose::Ordinary | Purpose::Check | Purpose::Page => {
            let others = ledger.sharing(&poll.feed)?.into_iter();
            Ok(others
                .filter(|other| page(other) == page(&poll.feed))
                .filter_map(|other| poll.also_for(other))
                .collect())
        }
    };
    let mut owners = Vec::with_capacity(batch.len());
    let changes =
        store.settle_shared(batch, routes, others, |poll, ledger| {
            let Answered {
                feed,
                host,
                mut answer,
                answered_at,
                kept,
                around,
                rules,
                turn,
                held: _held,
                waiting: _waiting,
            } = poll;
            let moment = Moment { answered_at, now: now.max(answered_at) };
            let (mut known, findings) = gather(ledger, scratch, &rules, &feed, &mut answer, moment)?;
            known.host = ledger.host(&host)?;
            if feed.host() != host {
                // Its own host counts its feeds, wherever that leads them.
                known.host.feeds = known.host.feeds.max(ledger.host(&feed.host())?.feeds);
            }
            let incomplete = incomplete(&answer);
            let changes = decide(&rules, &feed, known, findings, answer, around, moment);
            let mut changes = Changes { kept, ..changes };
            if changes.articles.iter().any(|change| !change.alerts.is_empty()) {
                hold(&rules.holding, past(ledger, &rules.holding, &changes, moment.now)?, &mut changes, moment.now);
            }
            changes.notices = notices(&feed, &changes, incomplete, moment.now, &rules.run);
            owners.push((turn, feed));
            Ok(changes)
        })?;
    let mut settled = Vec::<Settled>::with_capacity(changes.len());
    for ((turn, feed), changes) in owners.into_iter().zip(changes) {
        match (turn, settled.last_mut()) {
            (Some(turn), _) => settled.push(Settled { turn, changes: vec![(feed, changes)] }),
            (None, Some(asked)) => asked.changes.push((feed, changes)),
            (None, None) => unreachable!("the feed that was asked comes first"),
        }
    }
    Ok(settled)
}

impl Answered {
    /// The same answer for another feed with the same address. "Nothing changed" tells it nothing unless it knows the
    /// same document, or would have asked in the same words.
    fn also_for(&self, other: Feed) -> Option<Answered> {
        let knows_as_much = other.body_hash == self.feed.body_hash && other.body_hash.is_some();
        let is_its_answer = match self.answer {
            Answer::Read(_) | Answer::Failed(_) => true,
            Answer::SameBody(_) => knows_as_much,
            Answer::NotModified(_) => knows_as_much || other.condition() == self.feed.condition(),
        };
        is_its_answer.then(|| Answered {
            feed: Arc::new(other),
            host: self.host.clone(),
            answer: self.answer.clone(),
            answered_at: self.answered_at,
            kept: Kept::AsItWas,
            around: self.around,
            rules: Arc::clone(&self.rules),
            turn: None,
            held: self.held.clone(),
            waiting: None,
        })
    }
}

/// The older page that is asked next for a feed, if any.
fn page(feed: &Feed) -> Option<&url::Url> {
    feed.polls.learned.paging.as_ref().map(|paging| &paging.next)
}

/// What the past says of the alerts that are about to be raised.
fn past(ledger: &Ledger, holding: &Holding, changes: &Changes, now: Timestamp) -> Result<Past, StoreError> {
    let mut past = Past { silences: ledger.silences(now)?, ..Past::default() };
    for alert in changes.articles.iter().flat_map(|change| &change.alerts).map(|decided| &decided.alert) {
        let watch = &alert.watch.name;
        if let Some(limit) = holding.at_most.get(watch).filter(|_| !past.raised.contains_key(watch)) {
            past.raised.insert(watch.clone(), ledger.raised_of(watch, limit.count)?);
        }
    }
    Ok(past)
}

/// How a document could not be read whole, if so.
fn incomplete(answer: &Answer) -> Option<String> {
    let Answer::Read(read) = answer else { return None };
    read.parsed.notes.iter().find(|note| matches!(note, Note::Incomplete { .. })).map(ToString::to_string)
}

/// What is known of a document's articles, what is found in the new and edited ones, and what is remembered of the stories
/// that those may belong to.
fn gather(
    ledger: &Ledger,
    scratch: &mut Scratch,
    rules: &Rules,
    feed: &Feed,
    answer: &mut Answer,
    Moment { answered_at, now }: Moment,
) -> Result<(Known, Findings), StoreError> {
    let Answer::Read(read) = answer else { return Ok(Default::default()) };
    let mut known = ledger.known(feed.id, &read.parsed.articles, recent(now), look_up)?;
    let findings = find(rules, scratch, feed, &mut known, &mut read.parsed, answered_at);
    for article in &read.parsed.articles {
        let Some(found) = findings.articles.get(&article.key) else { continue };
        let story = known.articles.get(&article.key).and_then(|before| before.story.clone());
        ledger.recall(&found.signature.look_up(), story.as_deref(), rules.alerts.told_since(now), &mut known)?;
    }
    Ok((known, findings))
}
