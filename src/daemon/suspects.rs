//! After an unclean end: the feeds that were being polled then are polled one at a time, while all others continue,
//! until it is known which one ended the process. That feed fails, is named in the log, and is set aside for longer
//! each time.

use std::sync::Arc;
use std::time::Duration;

use super::base::Base;
use super::report::log_poll;
use super::trail::Trail;
use crate::alert::{escape, mask};
use crate::clock::{Timestamp, later, span};
use crate::model::{Feed, FeedId, Routes};
use crate::pace::{Purpose, Turn};
use crate::poll::{Circumstances, Failure, Moment, Rules, judge_own_failure};
use crate::store::StoreError;

/// If a suspect takes longer than this, the next one starts too: a hanging server delays the others only briefly.
const PATIENCE: Duration = Duration::from_secs(5);
/// Where its failure cannot be stored, it is asked again after this.
const AGAIN_AFTER_A_FAULT: Duration = Duration::from_secs(3600);

/// The suspect whose turn it is.
pub(super) struct Suspects {
    /// What is under way, for who comes after an unclean end.
    trail: Trail,
    /// Feeds that are asked by themselves, and since when.
    alone: Vec<(FeedId, Timestamp)>,
    /// Whether others wait for their turn.
    holds_back: bool,
}

impl Suspects {
    pub(super) fn new(trail: Trail) -> Suspects {
        Suspects { trail, alone: Vec::new(), holds_back: false }
    }

    /// All that are due are looked at anew.
    pub(super) fn begin_round(&mut self) {
        self.holds_back = false;
    }

    /// Whether some wait for their turn.
    pub(super) fn hold_back(&self) -> bool {
        self.holds_back
    }

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
        } else {
            self.holds_back = true;
        }
        all_take_long
    }

    /// A suspect was settled, or is not asked now. Whether another one may be asked in its place.
    pub(super) fn no_longer_alone(&mut self, feed: FeedId) -> bool {
        let before = self.alone.len();
        self.alone.retain(|(alone, _)| *alone != feed);
        self.alone.len() < before && self.holds_back
    }

    /// Notes that feeds are asked, before the first of them is.
    pub(super) fn begin(&self, turns: &[Turn]) {
        if !turns.is_empty() {
            self.trail.begins(&turns.iter().map(|turn| turn.feed.id).collect::<Vec<_>>());
        }
    }

    /// Notes that the polls of feeds are settled.
    pub(super) fn end(&self, feeds: impl Iterator<Item = FeedId>) {
        self.trail.ends(feeds);
    }

    /// Forgets suspects that the files no longer name, and sets those aside over which the process ended.
    pub(super) async fn set_aside(
        &self,
        base: &Base,
        convicted: Vec<(FeedId, u32)>,
        rules: &Arc<Rules>,
        routes: &Arc<Routes>,
    ) -> Result<(), StoreError> {
        let suspects = self.trail.all_suspects();
        if !suspects.is_empty() {
            let polled = base.in_store(move |store| {
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
            let feed = base.in_store(move |store| store.feed(id)).await?;
            if let Some(feed) = feed.filter(|feed| feed.polls.next_at < Timestamp::MAX) {
                fail_for_an_end(base, feed, rules, routes).await?;
            }
        }
        Ok(())
    }
}

async fn fail_for_an_end(base: &Base, feed: Feed, rules: &Rules, routes: &Arc<Routes>) -> Result<(), StoreError> {
    let now = base.now();
    // The first time was among others.
    let times = feed.polls.learned.ends.max(1) + 1;
    let around = Circumstances { purpose: Purpose::Ordinary, is_offline: false, stretch: 1.0 };
    let moment = Moment { answered_at: now, now };
    let changes = judge_own_failure(rules, &feed, &feed.host(), around, Failure::Ended(times), moment);
    let (name, url, next_poll) = (feed.label(), mask(&feed.source.url), changes.polls.next_at);
    tracing::error!(
        feed = %escape(&name), %url, times, next_poll = %format_args!("{next_poll:.0}"),
        "the process ended while this feed was read ({times} times): it is set aside until then, and all others go on. Fetch it by \
         hand and try `feedwatch parse FILE`, or take it out of the files"
    );
    let (routes, id, stored) = (Arc::clone(routes), feed.id, changes.clone());
    let settle = base.in_store(move |store| {
        store.transact(|ledger| match ledger.apply(stored, &routes) {
            Err(error) if error.is_of_one_row() => ledger.put_off(id, later(now, AGAIN_AFTER_A_FAULT)),
            applied => applied.map(drop),
        })
    });
    settle.await?;
    log_poll(&feed, &changes);
    Ok(())
}
