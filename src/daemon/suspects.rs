//! After an unclean end: what was under way then is asked one after the other, beside all others, until it is known over which the
//! process ended. That one fails, is told by its name, and is left alone for longer each time.

use std::sync::Arc;
use std::time::Duration;

use super::report::log_poll;
use super::{Daemon, blocking};
use crate::alert::{escape, mask};
use crate::clock::{Timestamp, later, span};
use crate::fetch::Fetch;
use crate::model::{Feed, FeedId};
use crate::pace::Purpose;
use crate::poll::{Circumstances, Failure, Moment, judge_own_failure};
use crate::store::StoreError;

/// A suspect that takes longer than this lets the next one be asked beside it: a server that hangs holds up nobody for long.
const PATIENCE: Duration = Duration::from_secs(5);
/// Where its failure cannot be stored, it is asked again after this.
const AGAIN_AFTER_A_FAULT: Duration = Duration::from_secs(3600);

impl<F: Fetch> Daemon<F> {
    /// Whether a feed may be asked now: suspects take turns.
    pub(super) fn may_ask(&mut self, feed: &Feed, now: Timestamp) -> bool {
        if feed.polls.learned.ends > 0 {
            self.trail.suspect(feed.id);
        }
        if !self.trail.suspects(feed.id) || self.alone.iter().any(|(alone, _)| *alone == feed.id) {
            return true;
        }
        let all_take_long = self.alone.iter().all(|(_, since)| span(*since, now) >= PATIENCE);
        if all_take_long {
            self.alone.push((feed.id, now));
        }
        all_take_long
    }

    /// A suspect was settled, or is not asked now: the next one may be.
    pub(super) fn no_longer_alone(&mut self, feed: FeedId) {
        let before = self.alone.len();
        self.alone.retain(|(alone, _)| *alone != feed);
        if self.alone.len() < before && self.holds_back {
            self.refill_at = self.world.clock.now();
        }
    }

    /// Sets those aside over which the process ended, and forgets suspects that the files no longer name.
    pub(super) async fn set_aside(&mut self, convicted: Vec<(FeedId, u32)>) -> Result<(), StoreError> {
        let suspects = self.trail.all_suspects();
        if !suspects.is_empty() {
            let polled = self.in_store(move |store| {
                let polled = |id: &FeedId| {
                    Ok(store.feed(*id)?.is_some_and(|feed| feed.polls.next_at < Timestamp::MAX).then_some(*id))
                };
                suspects.iter().filter_map(|id| polled(id).transpose()).collect::<Result<Vec<FeedId>, StoreError>>()
            });
            let polled = polled.await?;
            self.trail.keep_suspects(|feed| polled.contains(&feed));
            let feeds = self.trail.suspects_in_all();
            tracing::warn!(
                feeds,
                "the last run ended while {feeds} feeds were under way: these are asked one after the other, to find out whether one \
                 of them ends the process"
            );
        }
        for (id, _) in convicted {
            let feed = self.in_store(move |store| store.feed(id)).await?;
            if let Some(feed) = feed.filter(|feed| feed.polls.next_at < Timestamp::MAX) {
                self.fail_for_an_end(feed).await?;
            }
        }
        Ok(())
    }

    async fn fail_for_an_end(&mut self, feed: Feed) -> Result<(), StoreError> {
        let (now, rules) = (self.world.clock.now(), Arc::clone(&self.means.rules));
        // The first time was among others.
        let times = feed.polls.learned.ends.max(1) + 1;
        let around = Circumstances { purpose: Purpose::Ordinary, is_offline: false, stretch: 1.0 };
        let moment = Moment { answered_at: now, now };
        let changes = judge_own_failure(&rules, &feed, &feed.host(), around, Failure::Ended(times), moment);
        let (name, url, next_poll) = (feed.label(), mask(&feed.source.url), changes.polls.next_at);
        tracing::error!(
            feed = %escape(&name), %url, times, %next_poll,
            "the process ended while this feed was read ({times} times): it is set aside until then, and all others go on. Fetch it by \
             hand and try `feedwatch parse FILE`, or take it out of the files"
        );
        let (store, routes, id) = (Arc::clone(&self.store), self.routes.load_full(), feed.id);
        let stored = changes.clone();
        blocking(move || {
            store.transact(|ledger| match ledger.apply(stored, &routes) {
                Err(error) if error.is_of_one_row() => ledger.put_off(id, later(now, AGAIN_AFTER_A_FAULT)),
                applied => applied.map(drop),
            })
        })
        .await?;
        log_poll(&feed, &changes);
        Ok(())
    }
}
