//! Who is asked next: the window is filled from the store, asked from, and told what came.

use std::time::Duration;

use super::awake::{self, Jump};
use super::delivery::Errand;
use super::poll::{self, Polled};
use super::report::{log_part, log_poll, tally, tally_articles};
use super::writer::Settled;
use super::{Daemon, Until};
use crate::clock::{Timestamp, later};
use crate::fetch::Fetch;
use crate::pace::{Adjusted, Offer, Turn};
use crate::store::StoreError;

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

impl<F: Fetch> Daemon<F> {
    /// Whether the store should be asked who is due.
    pub(super) fn wants_refill(&self, now: Timestamp) -> bool {
        now >= self.refill_at || (self.more_is_due && self.window.len() < WINDOW_MAX / 2)
    }

    /// Asks the store who is due soon.
    pub(super) async fn refill(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let until = match self.until {
            Until::Stopped => later(now, HORIZON),
            Until::Idle { .. } => self.started_at,
        };
        let filled =
            self.in_store(move |store| Ok((store.due_feeds(until, WINDOW_MAX)?, store.next_due_after(until)?)));
        let (due, next_due_at) = filled.await?;
        self.more_is_due = due.len() == WINDOW_MAX && self.window.len() < WINDOW_MAX;
        let (mut put_off, mut shares) = (Vec::new(), false);
        self.holds_back = false;
        for feed in due {
            let id = feed.id;
            if !self.may_ask(&feed, now) {
                self.holds_back = true;
                continue;
            }
            match self.window.offer(feed, &self.means.rules.policy, now, self.until == Until::Stopped) {
                Offer::NotBefore(at) => {
                    self.no_longer_alone(id);
                    put_off.push((id, at));
                }
                Offer::Shared => {
                    self.no_longer_alone(id);
                    shares = true;
                }
                Offer::Waits | Offer::Present => {}
            }
        }
        self.window.forget_idle_hosts(&self.means.rules.policy, now);
        let again_at = put_off
            .iter()
            .map(|(_, at)| *at)
            .chain((shares || self.holds_back).then(|| later(now, SHARED_AGAIN)))
            .min();
        if !put_off.is_empty() {
            self.in_store(move |store| store.put_off(&put_off)).await?;
        }
        let next_at = next_due_at.into_iter().chain(again_at).min();
        self.refill_at = next_at.unwrap_or(Timestamp::MAX).max(later(now, REFILL_GAP));
        Ok(())
    }

    /// Asks whom the window gives. Tells until when it must be left closed: while this machine seems to be cut off, one
    /// poll now and then tries whether it is over.
    pub(super) fn ask(&mut self, now: Timestamp) -> Timestamp {
        let mut turns = Vec::new();
        let probe_at = self.take(now, &mut turns);
        if !turns.is_empty() {
            // Before the first of them begins.
            self.trail.begins(&turns.iter().map(|turn| turn.feed.id).collect::<Vec<_>>());
        }
        for turn in turns {
            self.polls.spawn(poll::poll(self.means.clone(), turn, self.load.stretch()));
        }
        probe_at
    }

    fn take(&mut self, now: Timestamp, turns: &mut Vec<Turn>) -> Timestamp {
        loop {
            let probe_at = match self.until {
                Until::Stopped => self.means.outage().next_probe_at(),
                Until::Idle { .. } => None,
            };
            if let Some(at) = probe_at.filter(|at| *at > now) {
                return at;
            }
            let Some((turn, late)) = self.window.take(&self.means.rules.policy, now) else { return Timestamp::MIN };
            self.means.outage().probing(now);
            self.load.note(late, turn.feed.polls.interval);
            turns.push(turn);
        }
    }

    /// A request is over. False when the daemon is to stop: the store failed, and the writer will say how.
    pub(super) fn over(&mut self, polled: Polled) -> bool {
        let (policy, now) = (&self.means.rules.policy, self.world.clock.now());
        match polled {
            Polled::Answered(begun) => self.window.answered(begun),
            Polled::Elsewhere(turn, way) => self.window.onward(turn, way, policy, now),
            Polled::Crowded(turn) => self.window.again(turn, later(now, CROWDED_AGAIN), policy, now),
            Polled::NoRoom(turn) => {
                // A single run is over when nothing is to be asked soon.
                let wait = if self.until == Until::Stopped { NO_ROOM_AGAIN } else { CROWDED_AGAIN };
                self.window.again(turn, later(now, wait), policy, now);
            }
            Polled::Abandoned => return false,
        }
        true
    }

    /// A poll is on disk, for the feed that was asked and for those that share its address.
    pub(super) async fn settled(&mut self, settled: Settled) -> Result<(), StoreError> {
        let Settled { turn, changes, parts } = settled;
        let (policy, now) = (&self.means.rules.policy, self.world.clock.now());
        let is_well = changes.first().is_some_and(|(_, changes)| changes.polls.error.is_none());
        if let Some(turn) = &turn {
            self.window.done(turn, is_well, policy, now);
            self.no_longer_alone(turn.feed.id);
        }
        let (policy, now) = (&self.means.rules.policy, self.world.clock.now());
        let mut widened = None;
        for (feed, changes) in parts {
            log_part(&feed, &changes);
            if tally_articles(&mut self.status, &changes, now) {
                let _ = self.errands.try_send(Errand::Deliver);
                self.couriers.nudge();
            }
        }
        for (feed, changes) in changes {
            let next_at = changes.polls.next_at;
            if feed.source.every.is_none() {
                self.load.moved(feed.polls.interval, changes.polls.interval);
            }
            match self.until {
                Until::Stopped => self.refill_at = self.refill_at.min(next_at.max(later(now, REFILL_GAP))),
                // Due still: it has older pages to read.
                Until::Idle { .. } if next_at <= self.started_at => self.refill_at = now,
                Until::Idle { .. } => {}
            }
            let told = tally(&mut self.status, &changes, now);
            log_poll(&feed, &changes);
            if let Some(pause) = changes.pause {
                widened = self.window.throttled(pause, policy, now).or(widened);
            }
            if told {
                // A full channel means that the deliverer will look anyhow.
                let _ = self.errands.try_send(Errand::Deliver);
                self.couriers.nudge();
            }
        }
        if let Some((domain, until)) = widened {
            tracing::info!(domain, %until, "several hosts of one domain asked for less: they share one budget for a day");
            self.in_store(move |store| store.put_gate(&domain, until, now)).await?;
        }
        Ok(())
    }

    /// Stretches the intervals as far as budget and lateness want it.
    pub(super) fn adjust(&mut self) {
        let allowed = self.means.rules.policy.polls_per_second;
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

    /// Nothing is in flight and nothing may be asked within the ordinary spacing of requests: what still waits belongs
    /// to hosts that want to be left alone.
    pub(super) fn is_idle(&self, now: Timestamp) -> bool {
        let policy = &self.means.rules.policy;
        let soon = later(now, policy.host_gap.max(CROWDED_AGAIN));
        self.window.in_flight() == 0
            && !self.more_is_due
            && !self.holds_back
            && self.window.next_at(policy).is_none_or(|at| at > soon)
    }

    /// The clock was set, or the machine slept.
    pub(super) async fn jumped(&mut self, jump: Jump, now: Timestamp) -> Result<(), StoreError> {
        tracing::info!(?jump, "the clock jumped; polls are spread anew");
        self.in_store(move |store| match jump {
            Jump::Ahead(before) => awake::spread(store, before, now),
            Jump::Back => store.clock_set_back(now).map(drop),
        })
        .await?;
        self.window.clock_set_back(now);
        self.line_up_anew(now);
        Ok(())
    }

    /// The world answers again after this machine was cut off. What became due meanwhile is spread as after a stop (R17).
    pub(super) async fn back_online(&mut self, since: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        tracing::info!(%since, "servers can be reached again; polls are spread anew");
        self.in_store(move |store| awake::spread(store, since, now)).await?;
        self.line_up_anew(now);
        Ok(())
    }

    /// What waits has another due time in the store now.
    fn line_up_anew(&mut self, now: Timestamp) {
        self.window.clear_waiting(&self.means.rules.policy, now);
        self.refill_at = Timestamp::MIN;
    }
}
