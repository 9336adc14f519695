//! Settles polls: those that wait in its queue share a transaction, and no transaction takes long. A large document is
//! settled in parts, with others in between (`poll/parts.rs`). A failure over one poll fails only that poll.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, watch};

use super::answered::{Answered, Settled};
use super::base::Base;
use super::caught::caught;
use super::hands::lend;
use super::settling::{Desk, Poll, Stage};
use crate::clock::Timestamp;
use crate::model::{Feed, Routes};
use crate::pace::{Purpose, Turn};
use crate::poll::{Answer, Budget};
use crate::store::{Ledger, StoreError};
use crate::watch::Scratch;

/// Polls in one transaction: enough to share the cost of a commit, few enough to keep the lock for milliseconds
/// and what they brought in memory.
pub(super) const BATCH_MAX: usize = 256;

/// Polls that arrive within this time after the first share its transaction: a commit costs as much as some twenty
/// polls.
const LINGER: Duration = Duration::from_millis(10);

/// How long the small documents of a transaction may take, and the part of a large one: pings, SIGTERM and other feeds
/// are never further than both.
const HALF_A_TRANSACTION: Duration = Duration::from_millis(400);
/// The smallest part in articles with hits: each transaction costs a commit.
const PART_MIN: usize = 20;

/// How long answered polls may still be settled when the daemon stops; the rest is polled again after the next start.
const LAST_SETTLING_MAX: Duration = Duration::from_secs(2);

/// Settles what comes until all senders are gone, and gives each transaction's polls back together. Ends early when the
/// store fails: then nothing of what was sent was stored.
pub(super) async fn settle_all(
    base: Base,
    routes: Arc<ArcSwap<Routes>>,
    mut queue: mpsc::Receiver<Answered>,
    settled: mpsc::Sender<Vec<Settled>>,
    mut stopping: watch::Receiver<bool>,
) -> Result<(), StoreError> {
    let mut scratch = Scratch::default();
    let mut waiting = Waiting::default();
    let mut answers = Vec::with_capacity(BATCH_MAX);
    let mut stopped_at = None;
    loop {
        if waiting.is_empty() {
            let received = tokio::select! {
                received = queue.recv_many(&mut answers, BATCH_MAX) => received,
                () = too_late(&mut stopping) => 0,
            };
            if received == 0 {
                return Ok(());
            }
        }
        tokio::time::sleep(LINGER).await;
        while answers.len() + waiting.small.len() < BATCH_MAX
            && let Ok(answered) = queue.try_recv()
        {
            answers.push(answered);
        }
        if *stopping.borrow() && stopped_at.get_or_insert_with(Instant::now).elapsed() > LAST_SETTLING_MAX {
            tracing::info!("stopping before all that was answered is settled; it is asked again at the next start");
            return Ok(());
        }
        answers.drain(..).for_each(|answered| waiting.push(answered));
        let now = base.now();
        let (store, routes) = (Arc::clone(&base.store), routes.load_full());
        let settling = lend((waiting, scratch), move |(waiting, scratch)| {
            store.transact(|ledger| waiting.settle(ledger, &routes, scratch, now))
        });
        let (returned, done) = settling.await;
        (waiting, scratch) = returned;
        // Nobody may be there any more to hear it: it is stored all the same.
        let _ = settled.send(done?).await;
    }
}

/// The daemon stops, and what is still read then is asked again.
async fn too_late(stopping: &mut watch::Receiver<bool>) {
    let stops = stopping.wait_for(|stopping| *stopping).await.is_ok();
    if !stops {
        return std::future::pending().await;
    }
    tokio::time::sleep(LAST_SETTLING_MAX).await;
}

/// How many articles with hits the next part may have, after the time that the last one took.
fn next_part(hits: usize, took: Duration) -> usize {
    let fitting = hits as f64 * HALF_A_TRANSACTION.as_secs_f64() / took.as_secs_f64().max(0.001);
    // No more than twice as many at once: a part may have been short of hits.
    (fitting as usize).clamp(PART_MIN, Budget::WHOLE.hits.min(2 * hits))
}

/// The answered polls that are not settled yet.
struct Waiting {
    small: VecDeque<Group>,
    /// Documents with more articles than a part can have. They take turns.
    large: VecDeque<Group>,
    /// Articles with hits in the next part: fewer where the last one took its time.
    part: usize,
}

impl Default for Waiting {
    fn default() -> Self {
        Waiting { small: VecDeque::new(), large: VecDeque::new(), part: Budget::WHOLE.hits }
    }
}

/// An answer, and the feeds that it counts for.
struct Group {
    turn: Option<Turn>,
    /// The feed that was asked comes first.
    polls: VecDeque<Poll>,
    /// Whether those that share the address are among them already.
    is_whole: bool,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.small.is_empty() && self.large.is_empty()
    }

    fn push(&mut self, answered: Answered) {
        let is_large =
            matches!(&answered.answer, Answer::Read(read) if read.parsed.articles.len() > Budget::WHOLE.hits);
        let group = Group::of(answered);
        if is_large { self.large.push_back(group) } else { self.small.push_back(group) }
    }

    /// Settles the small ones, as many as a transaction should hold, and a part of the first large one.
    fn settle(
        &mut self,
        ledger: &Ledger,
        routes: &Routes,
        scratch: &mut Scratch,
        now: Timestamp,
    ) -> Result<Vec<Settled>, StoreError> {
        let mut settled = Vec::with_capacity(self.small.len() + 1);
        let mut desk = Desk { ledger, routes, scratch, now, budget: Budget::WHOLE };
        let begin = Instant::now();
        let goes_on = |desk: &Desk| !desk.budget.is_used_up() && begin.elapsed() < HALF_A_TRANSACTION;
        while let Some(mut group) = goes_on(&desk).then(|| self.small.pop_front()).flatten() {
            settled.push(group.advance(&mut desk, true)?);
        }
        if let Some(mut group) = self.large.pop_front() {
            let begin = Instant::now();
            desk.budget = Budget { hits: self.part, ..Budget::WHOLE };
            settled.push(group.advance(&mut desk, false)?);
            self.part = next_part(self.part, begin.elapsed());
            if !group.polls.is_empty() {
                self.large.push_back(group);
            }
        }
        Ok(settled)
    }
}

impl Group {
    fn of(mut answered: Answered) -> Group {
        let turn = answered.turn.take();
        Group { turn, polls: VecDeque::from([Poll::of(answered)]), is_whole: false }
    }

    /// Settles the polls of a group, or as much of them as a transaction should hold.
    fn advance(&mut self, desk: &mut Desk, is_small: bool) -> Result<Settled, StoreError> {
        let mut settled = Settled { turn: None, changes: Vec::with_capacity(1), parts: Vec::new() };
        if !std::mem::replace(&mut self.is_whole, true) {
            self.join_others(desk.ledger)?;
        }
        while let Some(Poll { about, stage }) =
            (is_small || !desk.budget.is_used_up()).then(|| self.polls.pop_front()).flatten()
        {
            let feed = Arc::clone(&about.feed);
            let advanced = match caught(|| about.advance(desk, stage, is_small)) {
                Ok(Err(error)) if !error.is_of_one_row() => return Err(error),
                Ok(Ok(advanced)) => advanced,
                Ok(Err(error)) => (about.fail(desk, &error.to_string())?, None),
                Err(panic) => {
                    *desk.scratch = Scratch::default();
                    (about.fail(desk, &panic)?, None)
                }
            };
            match advanced {
                (changes, None) => settled.changes.push((feed, changes)),
                (changes, Some(stage)) => {
                    settled.parts.push((feed, changes));
                    self.polls.push_front(Poll { about, stage });
                }
            }
        }
        if self.polls.is_empty() {
            settled.turn = self.turn.take();
        }
        Ok(settled)
    }

    /// Adds the feeds that share the address of the one that was asked. What is asked elsewhere for one feed is an
    /// answer for those only if they would ask that too.
    fn join_others(&mut self, ledger: &Ledger) -> Result<(), StoreError> {
        let Some(Poll { about, stage: Stage::Answered { answer, .. } }) = self.polls.front() else { return Ok(()) };
        if about.around.purpose == Purpose::Home {
            return Ok(());
        }
        let others = match ledger.sharing(&about.feed) {
            Err(error) if error.is_of_one_row() => Vec::new(),
            others => others?,
        };
        let others = others.into_iter().filter(|other| page(other) == page(&about.feed));
        let others: Vec<Poll> = others.filter_map(|other| about.also_for(answer, other)).collect();
        self.polls.extend(others);
        Ok(())
    }
}

/// The older page that is asked next for a feed, if any.
fn page(feed: &Feed) -> Option<&url::Url> {
    feed.polls.learned.paging.as_ref().map(|paging| &paging.next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_as_large_as_fits_into_its_time_on_this_machine() {
        let next = |hits, ms| next_part(hits, Duration::from_millis(ms));
        for (hits, ms, wanted) in [
            (300, 400, 300),
            (300, 100, 300),
            (300, 4_000, 30),
            (300, 60_000, 20),
            (20, 10, 40),
            (40, 800, 20),
            (100, 0, 200),
        ] {
            assert_eq!(next(hits, ms), wanted, "{hits} hits in {ms} ms");
        }
    }
}
