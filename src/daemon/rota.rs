//! Which feed is polled next: the window is filled from the store, gives out polls, and takes their results.

use std::time::Duration;

use super::Until;
use super::answered::Settled;
use super::awake::{self, Jump};
use super::base::Base;
use super::poll::Polled;
use super::suspects::Suspects;
use super::trail::Trail;
use crate::clock::{Timestamp, later};
use crate::model::{Feed, FeedId};
use crate::pace::{Adjusted, Demand, Load, Offer, Outage, Policy, Turn, Window};
use crate::store::{RunStatus, StoreError};

/// The window is filled with what is due within this time, and again when the first feed beyond it is due ...
const HORIZON: Duration = Duration::from_secs(30);
/// ... but not more often than this.
const REFILL_GAP: Duration = Duration::from_millis(100);
/// Who waits for the answer to another feed with its address is looked at again after this.
const SHARED_AGAIN: Duration = Duration::from_secs(1);
/// Who found too much on its way to an address is looked at again after this.
const CROWDED_AGAIN: Duration = Duration::from_secs(1);
/// Whose body found no room in memory is asked again after this; large ones are few, and it was their server's work.
const NO_ROOM_AGAIN: Duration = Duration::from_secs(10);
/// Feeds in the window: some thirty megabytes at the most.
const WINDOW_MAX: usize = 16_384;

/// Feeds that are due soon or under way.
pub(super) struct Rota {
    base: Base,
    pub(super) window: Window,
    load: Load,
    pub(super) suspects: Suspects,
    /// When the store is next asked who is due.
    refill_at: Timestamp,
    /// Whether more was due at the last refill than the window took.
    more_is_due: bool,
    /// Feeds that `once` leaves out since their server or host wants so.
    pub(super) left_out: usize,
}

impl Rota {
    pub(super) fn new(base: Base, trail: Trail) -> Rota {
        Rota {
            base,
            window: Window::default(),
            load: Load::default(),
            suspects: Suspects::new(trail),
            refill_at: Timestamp::MIN,
            more_is_due: false,
            left_out: 0,
        }
    }

    /// Asks the store who is due soon, if it is time to.
    pub(super) async fn refill(&mut self, policy: &Policy, now: Timestamp) -> Result<(), StoreError> {
        if !self.wants_refill(now) {
            return Ok(());
        }
        let until = if self.base.is_service() { later(now, HORIZON) } else { self.base.started_at };
        let filled =
            self.base.in_store(move |store| Ok((store.due_feeds(until, WINDOW_MAX)?, store.next_due_after(until)?)));
        let (due, next_due_at) = filled.await?;
        let put_off = self.fill(due, next_due_at, policy, now);
        if !put_off.is_empty() {
            self.base.in_store(move |store| store.put_off(&put_off)).await?;
        }
        Ok(())
    }

    fn wants_refill(&self, now: Timestamp) -> bool {
        now >= self.refill_at || (self.more_is_due && self.window.len() < WINDOW_MAX / 2)
    }

    /// Takes feeds into the window. Gives those that their hosts do not want to be asked for yet, and until when.
    fn fill(
        &mut self,
        due: Vec<Feed>,
        next_due_at: Option<Timestamp>,
        policy: &Policy,
        now: Timestamp,
    ) -> Vec<(FeedId, Timestamp)> {
        self.more_is_due = due.len() == WINDOW_MAX && self.window.len() < WINDOW_MAX;
        let (mut put_off, mut shares) = (Vec::new(), false);
        self.suspects.begin_round();
        for feed in due {
            let id = feed.id;
            if !self.suspects.may_ask(&feed, now) {
                continue;
            }
            match self.window.offer(feed, policy, now, self.base.is_service()) {
                Offer::NotBefore(at) => {
                    self.no_longer_alone(id, now);
                    put_off.push((id, at));
                }
                Offer::Shared => {
                    self.no_longer_alone(id, now);
                    shares = true;
                }
                Offer::Waits | Offer::Present => {}
            }
        }
        self.window.forget_idle_hosts(policy, now);
        let waits = shares || self.suspects.hold_back();
        let again_at = put_off.iter().map(|(_, at)| *at).chain(waits.then(|| later(now, SHARED_AGAIN))).min();
        let next_at = next_due_at.into_iter().chain(again_at).min();
        self.refill_at = next_at.unwrap_or(Timestamp::MAX).max(later(now, REFILL_GAP));
        put_off
    }

    fn no_longer_alone(&mut self, feed: FeedId, now: Timestamp) {
        if self.suspects.no_longer_alone(feed) {
            self.refill_at = now;
        }
    }

    /// Those whose turn it is, and until when nobody else is asked: while this machine seems to be cut off, one poll
    /// now and then tries whether it is over.
    pub(super) fn take(&mut self, policy: &Policy, outage: &mut Outage, now: Timestamp) -> (Vec<Turn>, Timestamp) {
        let mut turns = Vec::new();
        let closed_until = loop {
            let probe_at = outage.next_probe_at().filter(|_| self.base.is_service());
            if let Some(at) = probe_at.filter(|at| *at > now) {
                break at;
            }
            let Some((turn, late)) = self.window.take(policy, now) else { break Timestamp::MIN };
            outage.probing(now);
            self.load.note(late, turn.feed.polls.interval);
            turns.push(turn);
        };
        // Before the first of them begins.
        self.suspects.begin(&turns);
        (turns, closed_until)
    }

    /// When the next feed may be asked, or the store is to be asked who is due.
    pub(super) fn wake_at(&self, policy: &Policy, closed_until: Timestamp) -> Timestamp {
        let next_at = self.window.next_at(policy).map(|at| at.max(closed_until));
        next_at.map_or(self.refill_at, |at| at.min(self.refill_at))
    }

    /// A request is over. False when the daemon is to stop: the store failed, and the writer will say how.
    pub(super) fn over(&mut self, polled: Polled, policy: &Policy, now: Timestamp) -> bool {
        match polled {
            Polled::Answered(begun) => self.window.answered(begun),
            Polled::Elsewhere(turn, way) => self.window.onward(turn, way, policy, now),
            Polled::Crowded(turn) => self.window.again(turn, later(now, CROWDED_AGAIN), policy, now),
            Polled::NoRoom(turn) => {
                // A single run is over when nothing is to be asked soon.
                let wait = if self.base.is_service() { NO_ROOM_AGAIN } else { CROWDED_AGAIN };
                self.window.again(turn, later(now, wait), policy, now);
            }
            Polled::Abandoned => return false,
        }
        true
    }

    /// A poll is on disk, for the feed that was asked and for those that share its address. Gives a domain whose hosts
    /// share one budget from now on, and until when.
    pub(super) fn settled(
        &mut self,
        settled: &Settled,
        policy: &Policy,
        now: Timestamp,
    ) -> Option<(String, Timestamp)> {
        let is_well = settled.changes.first().is_some_and(|(_, changes)| changes.polls.error.is_none());
        if let Some(turn) = &settled.turn {
            self.window.done(turn, is_well, policy, now);
            self.no_longer_alone(turn.feed.id, now);
        }
        let mut widened = None;
        for (feed, changes) in &settled.changes {
            let next_at = changes.polls.next_at;
            if feed.source.every.is_none() {
                self.load.moved(feed.polls.interval, changes.polls.interval);
            }
            match self.base.until {
                Until::Stopped => self.refill_at = self.refill_at.min(next_at.max(later(now, REFILL_GAP))),
                // Due still: it has older pages to read.
                Until::Idle { .. } if next_at <= self.base.started_at => self.refill_at = now,
                Until::Idle { .. } => {}
            }
            if let Some(pause) = &changes.pause {
                widened = self.window.throttled(pause.clone(), policy, now).or(widened);
            }
        }
        widened
    }

    /// Nothing is in flight and nothing may be polled within the ordinary spacing of requests: the waiting feeds belong
    /// to paused hosts.
    pub(super) fn is_idle(&self, policy: &Policy, now: Timestamp) -> bool {
        let soon = later(now, policy.host_gap.max(CROWDED_AGAIN));
        self.window.in_flight() == 0
            && !self.more_is_due
            && !self.suspects.hold_back()
            && self.window.next_at(policy).is_none_or(|at| at > soon)
    }

    /// Feeds that were due and are not asked any more.
    pub(super) fn not_asked(&self) -> usize {
        self.left_out + self.window.len() - self.window.in_flight()
    }

    /// The clock was set, or the machine slept.
    pub(super) async fn jumped(&mut self, jump: Jump, policy: &Policy, now: Timestamp) -> Result<(), StoreError> {
        tracing::info!(?jump, "the clock jumped; polls are spread anew");
        let spread = self.base.in_store(move |store| match jump {
            Jump::Ahead(before) => awake::spread(store, before, now),
            Jump::Back => store.clock_set_back(now).map(drop),
        });
        spread.await?;
        self.window.clock_set_back(now);
        self.line_up_anew(policy, now);
        Ok(())
    }

    /// The world answers again after this machine was cut off. What became due meanwhile is spread as after a stop
    /// (R17).
    pub(super) async fn back_online(
        &mut self,
        since: Timestamp,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        tracing::info!(since = %format_args!("{since:.0}"), "servers can be reached again; polls are spread anew");
        self.base.in_store(move |store| awake::spread(store, since, now)).await?;
        self.line_up_anew(policy, now);
        Ok(())
    }

    /// The store is asked again who is due.
    pub(super) fn refill_soon(&mut self, now: Timestamp) {
        self.refill_at = self.refill_at.min(now);
    }

    /// The waiting feeds may now have another due time in the store.
    pub(super) fn line_up_anew(&mut self, policy: &Policy, now: Timestamp) {
        self.window.clear_waiting(policy, now);
        self.refill_at = Timestamp::MIN;
    }

    /// Polls that the feeds of the files come to.
    pub(super) fn expect(&mut self, demand: Demand, policy: &Policy) {
        self.load.expect(demand);
        self.adjust(policy);
    }

    /// By how much intervals are stretched.
    pub(super) fn stretch(&self) -> f64 {
        self.load.stretch()
    }

    /// Stretches the intervals as budget and lateness require.
    pub(super) fn adjust(&mut self, policy: &Policy) {
        let allowed = policy.polls_per_second;
        let adjusted = self.load.adjust(allowed);
        let (wished, percent) = (self.load.demand().polls_per_second(), (self.load.stretch() * 100.0) as u32);
        match adjusted {
            Adjusted::No => {}
            Adjusted::Stretched if wished > f64::from(allowed) => tracing::warn!(
                allowed,
                percent,
                "the feeds' intervals add up to {wished:.0} polls a second, polls_per_second allows {allowed}: all but fixed \
                 ones are stretched to {percent} %"
            ),
            Adjusted::Stretched => tracing::warn!(
                percent,
                "more is due than can be asked in time: intervals are stretched; see `feedwatch status`"
            ),
            Adjusted::Eased => tracing::info!("intervals are no longer stretched"),
        }
    }

    /// How late polls are by our own fault.
    pub(super) fn measure(&self, status: &mut RunStatus, policy: &Policy) {
        let (median, late) = self.load.lateness();
        status.lateness_ms = late.as_millis() as u64;
        status.lateness_median_ms = median.as_millis() as u64;
        status.wished_per_hour = (self.load.demand().polls_per_second() * 3600.0) as u64;
        status.allowed_per_hour = u64::from(policy.polls_per_second) * 3600;
        status.stretch_percent = (self.load.stretch() * 100.0) as u32;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use super::*;
    use crate::clock::Clock;
    use crate::model::FeedSource;
    use crate::store::Store;

    const HOUR: Duration = Duration::from_secs(3600);

    fn source(url: &str) -> FeedSource {
        let (name, tags, every, tier) = (None, Vec::new(), None, None);
        FeedSource { url: url.parse().unwrap(), name, tags, every, holds_others: true, tier, related_in_full: false }
    }

    /// A rota over a store with these feeds, all of them due.
    fn rota(folder: &std::path::Path, feeds: &[&str], now: Timestamp) -> Rota {
        let path = folder.join("a.db");
        let store = Arc::new(Store::open(&path).unwrap());
        let sources: Vec<FeedSource> = feeds.iter().map(|url| source(url)).collect();
        store.sync_feeds(&sources, |_| (now, HOUR)).unwrap();
        let (clock, until) = (Clock::starting_at(now), Until::Idle { all: false });
        let base = Base { store, clock, run: "run".to_owned(), until, started_at: now };
        Rota::new(base, Trail::open(&path).0)
    }

    /// Each feed that is asked at once, and each that has to wait for its host or its address.
    async fn check(feeds: &[&str], asked: &[&str]) {
        let (folder, now) = (tempfile::tempdir().unwrap(), "2026-11-24T12:00:00Z".parse().unwrap());
        let (policy, mut outage) = (Policy::default(), Outage::default());
        let mut rota = rota(folder.path(), feeds, now);
        rota.refill(&policy, now).await.unwrap();
        assert!(!rota.is_idle(&policy, now) || feeds.is_empty(), "{feeds:?}");
        let (turns, closed_until) = rota.take(&policy, &mut outage, now);
        let mut urls: Vec<String> = turns.iter().map(|turn| turn.feed.source.url.to_string()).collect();
        urls.sort();
        assert_eq!(urls, asked, "of {feeds:?}");
        assert_eq!(closed_until, Timestamp::MIN, "nobody is cut off");
        for turn in turns {
            assert!(rota.over(Polled::Answered(turn.begun), &policy, now));
            let settled = Settled { turn: Some(turn), changes: Vec::new(), parts: Vec::new() };
            assert_eq!(rota.settled(&settled, &policy, now), None);
        }
        assert_eq!(rota.window.in_flight(), 0);
        assert_eq!(rota.not_asked(), feeds.len() - asked.len());
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_due_is_asked_one_at_a_time_of_each_host() {
        check(&[], &[]).await;
        check(&["https://a.example/1", "https://b.example/1"], &["https://a.example/1", "https://b.example/1"]).await;
        check(&["https://a.example/1", "https://a.example/2"], &["https://a.example/1"]).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_failed_ends_the_loop() {
        let (folder, now) = (tempfile::tempdir().unwrap(), "2026-11-24T12:00:00Z".parse().unwrap());
        assert!(!rota(folder.path(), &[], now).over(Polled::Abandoned, &Policy::default(), now));
    }
}
