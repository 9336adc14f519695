//! The one who settles polls: what waits in its queue shares a transaction.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, oneshot};

use crate::clock::{Clock, Timestamp};
use crate::feed::Note;
use crate::model::{Changes, Feed, Kept, Known, Routes};
use crate::poll::{
    Answer, Circumstances, Findings, Holding, Moment, Past, Purpose, Rules, decide, find, hold, link_hash, notices,
    recent,
};
use crate::store::{Ledger, Store, StoreError};
use crate::watch::Scratch;

/// Polls in one transaction: enough to share the cost of a commit, few enough to keep the lock for milliseconds.
const BATCH_MAX: usize = 256;

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
    /// Gets what was changed once it is on disk; none when the answer was to another feed with the same address.
    pub(super) reply: Option<oneshot::Sender<Settled>>,
}

/// What an answer changed: of the feed that was asked, and of those that share its address.
pub(super) type Settled = Vec<(Arc<Feed>, Changes)>;

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

type Replies = Vec<(oneshot::Sender<Settled>, Settled)>;

fn settle(
    store: &Store,
    batch: Vec<Answered>,
    routes: &Routes,
    scratch: &mut Scratch,
    now: Timestamp,
) -> Result<Replies, StoreError> {
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
    let changes = store.settle_shared(batch, routes, others, |poll, ledger| {
        let Answered { feed, host, answer, answered_at, kept, around, rules, reply } = poll;
        let (mut known, findings) = gather(ledger, scratch, &rules, &feed, &answer, now)?;
        known.host = ledger.host(&host)?;
        if feed.host() != host {
            // Its own host counts its feeds, wherever that leads them.
            known.host.feeds = known.host.feeds.max(ledger.host(&feed.host())?.feeds);
        }
        let moment = Moment { answered_at, now: now.max(answered_at) };
        let incomplete = incomplete(&answer);
        let changes = decide(&rules, &feed, known, findings, answer, around, moment);
        let mut changes = Changes { kept, ..changes };
        if changes.articles.iter().any(|change| !change.alerts.is_empty()) {
            hold(&rules.holding, past(ledger, &rules.holding, &changes, moment.now)?, &mut changes, moment.now);
        }
        changes.notices = notices(&feed, &changes, incomplete, moment.now, &rules.run);
        owners.push((reply, feed));
        Ok(changes)
    })?;
    let mut replies = Replies::with_capacity(changes.len());
    for ((reply, feed), changes) in owners.into_iter().zip(changes) {
        match (reply, replies.last_mut()) {
            (Some(reply), _) => replies.push((reply, vec![(feed, changes)])),
            (None, Some((_, settled))) => settled.push((feed, changes)),
            (None, None) => unreachable!("the feed that was asked comes first"),
        }
    }
    Ok(replies)
}

impl Answered {
    /// The same answer for another feed with the same address. "Nothing changed" tells it nothing unless it knows the
    /// same document.
    fn also_for(&self, other: Feed) -> Option<Answered> {
        let is_news = matches!(self.answer, Answer::Read(_) | Answer::Failed(_));
        let knows_as_much = other.body_hash == self.feed.body_hash && other.body_hash.is_some();
        (is_news || knows_as_much).then(|| Answered {
            feed: Arc::new(other),
            host: self.host.clone(),
            answer: self.answer.clone(),
            answered_at: self.answered_at,
            kept: Kept::AsItWas,
            around: self.around,
            rules: Arc::clone(&self.rules),
            reply: None,
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
    answer: &Answer,
    now: Timestamp,
) -> Result<(Known, Findings), StoreError> {
    let Answer::Read(read) = answer else { return Ok(Default::default()) };
    let mut known = ledger.known(feed.id, &read.parsed.articles, recent(now), link_hash)?;
    let findings = find(rules, scratch, feed, &mut known, &read.parsed);
    for article in &read.parsed.articles {
        let Some(found) = findings.articles.get(&article.key) else { continue };
        let story = known.articles.get(&article.key).and_then(|before| before.story.clone());
        ledger.recall(&found.signature.look_up(), story.as_deref(), rules.alerts.told_since(now), &mut known)?;
    }
    Ok((known, findings))
}
