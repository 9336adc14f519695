//! All that can happen to the daemon, as one closed enum, and the one place that waits for it.

use tokio::task::JoinSet;

use super::answered::Settled;
use super::awake::Jump;
use super::poll::Polled;
use super::upkeep::Upkept;
use super::{Daemon, Order, Until, hands};
use crate::clock::Timestamp;
use crate::fetch::Fetch;
use crate::store::StoreError;

/// What happened. Each is handled before the next one is waited for.
pub(super) enum Event {
    /// The clock was set, or the machine slept.
    Jumped(Jump),
    /// Servers can be reached again. They could not be since then.
    BackOnline(Timestamp),
    /// A person or the service manager says something.
    Order(Order),
    /// Requests are over.
    Polled(Vec<Polled>),
    /// A transaction of the writer is on disk.
    Settled(Vec<Settled>),
    /// The writer ended, because the store failed. It says how when the daemon ends.
    WriterEnded,
    /// A courier ended, because its sink left the files or the store failed.
    CourierEnded(Result<(), StoreError>),
    /// A feed may be asked now, or the store knows more that are due.
    Due,
    /// It is time to look at the files.
    FilesDue,
    /// It is time for a heartbeat.
    BeatDue,
    /// A heartbeat was written, and the house was kept meanwhile.
    BeatWritten(Result<Upkept, StoreError>),
    /// All that was due is done, where the daemon runs for that only.
    Idle,
}

impl<F: Fetch> Daemon<F> {
    /// What a look at the clocks shows. It comes before anything is asked: what became due meanwhile is no burst.
    pub(super) fn noticed(&mut self) -> Option<Event> {
        if let Some(jump) = self.clocks.look(self.base.now()) {
            return Some(Event::Jumped(jump));
        }
        let since = self.asking.means.outage().ended();
        since.filter(|_| self.base.is_service()).map(Event::BackOnline)
    }

    /// Waits for what happens next, until a feed may be asked.
    pub(super) async fn next_event(&mut self, ask_at: Timestamp) -> Event {
        let (clock, policy) = (self.base.clock.clone(), &self.asking.means.rules.policy);
        if self.base.until != Until::Stopped && self.rota.is_idle(policy, clock.now()) {
            return Event::Idle;
        }
        tokio::select! {
            Some(order) = self.orders.recv() => Event::Order(order),
            Some(polled) = all_over(&mut self.asking.polls) => Event::Polled(polled),
            settled = self.settled.recv() => settled.map_or(Event::WriterEnded, Event::Settled),
            ended = self.outgoing.couriers.ended() => Event::CourierEnded(ended),
            () = clock.sleep_until(ask_at) => Event::Due,
            () = clock.sleep_until(self.files.look_at()) => Event::FilesDue,
            () = clock.sleep_until(self.keeper.beat_at()) => Event::BeatDue,
            upkept = self.keeper.written() => Event::BeatWritten(upkept),
        }
    }
}

/// The requests that are over, once there is one; none while none is under way.
async fn all_over(polls: &mut JoinSet<Polled>) -> Option<Vec<Polled>> {
    // A poll holds its panics back; what is left is the runtime's.
    let mut over = vec![hands::ended(polls.join_next().await?)];
    while let Some(ended) = polls.try_join_next() {
        over.push(hands::ended(ended));
    }
    Some(over)
}
