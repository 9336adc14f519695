//! The loop: who is due is asked, what comes is decided upon and applied, what is owed is delivered. Reloads and stops.
//!
//! Polls run as tasks of one set; the writer settles them; the deliverer empties the outbox. None of them waits for a
//! later one, except that a full queue holds back polls. The loop waits for one `Event` after the other. What it knows
//! stands with owners: the files in force (`Files`), who is asked next (`Rota`), requests under way (`Asking`), when
//! the house is kept (`Keeper`), and the way out (`Outgoing`).

mod world;

mod event;
mod in_line;
mod opening;

mod asking;
mod files;
mod keeper;
mod outgoing;
mod rota;
mod suspects;

mod answered;
mod poll;
mod readers;
mod settling;
mod writer;

mod courier;
mod delivery;

mod ground;
mod upkeep;

mod awake;
mod base;
mod caught;
mod fault;
mod hands;
mod notify;
mod report;
mod signs;
mod trail;

use tokio::sync::mpsc;

use crate::clock::Timestamp;
use crate::config::{Config, LOG_AND_JOURNAL};
use crate::fetch::Fetch;
use crate::store::{RunStatus, StoreError};

use answered::Settled;
use asking::Asking;
use awake::Clocks;
use base::Base;
use delivery::Errand;
use event::Event;
use files::Files;
use keeper::Keeper;
use opening::Opened;
use outgoing::Outgoing;
use report::{status_line, tell};
use rota::Rota;
use signs::Signs;
use upkeep::Upkept;

pub use keeper::HEARTBEAT_EVERY;
pub use world::{Announce, Connect, DaemonError, Ended, Load, Order, Until, World};

/// The sinks that every record goes to: the alert log and the journal (or terminal).
const LOG: &str = LOG_AND_JOURNAL[0];
const JOURNAL: &str = LOG_AND_JOURNAL[1];

/// Runs feedwatch on a configuration until it is told to stop, or until it is idle.
pub async fn run<F: Fetch>(
    config: Config,
    world: World<F>,
    until: Until,
    orders: mpsc::Receiver<Order>,
) -> Result<Ended, DaemonError> {
    let Opened { mut daemon, beside, convicted } = opening::open(config, world, until, orders).await?;
    let worked = match daemon.begin(convicted).await {
        Ok(()) => daemon.work().await,
        failed => failed,
    };
    beside.end(daemon, worked).await
}

struct Daemon<F> {
    base: Base,
    orders: mpsc::Receiver<Order>,
    /// What the writer has settled, a transaction at a time.
    settled: mpsc::Receiver<Vec<Settled>>,
    /// When the run before this one gave its last sign of life.
    asleep_since: Option<Timestamp>,
    clocks: Clocks,
    connect: Connect<F>,
    files: Files,
    rota: Rota,
    asking: Asking<F>,
    keeper: Keeper,
    outgoing: Outgoing<F>,
    status: RunStatus,
    signs: Signs,
}

impl<F: Fetch> Daemon<F> {
    async fn work(&mut self) -> Result<(), StoreError> {
        loop {
            let event = match self.noticed() {
                Some(event) => event,
                None => {
                    let ask_at = self.ask().await?;
                    self.next_event(ask_at).await
                }
            };
            match event {
                Event::Jumped(jump) => {
                    let now = self.base.now();
                    self.rota.jumped(jump, &self.asking.means.rules.policy, now).await?;
                    self.keeper.jumped(now);
                }
                Event::BackOnline(since) => {
                    self.rota.back_online(since, &self.asking.means.rules.policy, self.base.now()).await?;
                }
                Event::Order(Order::Stop) | Event::WriterEnded | Event::Idle => return Ok(()),
                Event::Order(Order::Reopen) => self.outgoing.run_errand(Errand::Reopen).await,
                Event::Order(Order::Reload) => self.reload().await?,
                Event::Polled(polls) => {
                    let (policy, now) = (&self.asking.means.rules.policy, self.base.now());
                    if !polls.into_iter().all(|polled| self.rota.over(polled, policy, now)) {
                        return Ok(());
                    }
                }
                Event::Settled(settled) => self.settled(settled).await?,
                Event::CourierEnded(ended) => ended?,
                Event::Due => {}
                Event::FilesDue => {
                    if self.files.look().await {
                        self.reload().await?;
                    }
                }
                Event::BeatDue => self.beat(),
                Event::BeatWritten(upkept) => self.beat_written(upkept?),
            }
        }
    }

    /// Asks all whose turn it is. Tells when that may be so for others.
    async fn ask(&mut self) -> Result<Timestamp, StoreError> {
        let (policy, now) = (&self.asking.means.rules.policy, self.base.now());
        self.rota.refill(policy, now).await?;
        let (turns, closed_until) = self.rota.take(policy, &mut self.asking.means.outage(), now);
        let ask_at = self.rota.wake_at(policy, closed_until);
        self.asking.ask(turns, self.rota.stretch());
        Ok(ask_at)
    }

    /// Polls are on disk.
    async fn settled(&mut self, all: Vec<Settled>) -> Result<(), StoreError> {
        let turns = all.iter().filter_map(|settled| settled.turn.as_ref());
        self.rota.suspects.end(turns.map(|turn| turn.feed.id));
        for settled in all {
            let (policy, now) = (&self.asking.means.rules.policy, self.base.now());
            let shared = self.rota.settled(&settled, policy, now);
            if tell(&mut self.status, &settled, now) {
                self.outgoing.deliver_soon();
            }
            if let Some((domain, until)) = shared {
                tracing::info!(domain, %until, "several hosts of one domain asked for less: they share one budget for a day");
                self.base.in_store(move |store| store.put_gate(&domain, until, now)).await?;
            }
        }
        self.signs.done(&self.status);
        Ok(())
    }

    /// A heartbeat begins.
    fn beat(&mut self) {
        self.status.trouble = self.outgoing.trouble.borrow().clone();
        self.rota.adjust(&self.asking.means.rules.policy);
        self.measure();
        let (rules, routes) = (&self.asking.means.rules, self.outgoing.routes.load_full());
        self.keeper.begin(&self.status, self.files.config.heartbeat, rules, routes);
    }

    fn beat_written(&mut self, upkept: Upkept) {
        self.keeper.note(&upkept, self.status.tally);
        let Upkept { told, failing, full_holders, at, .. } = upkept;
        (self.status.failing, self.status.full_holders) = (failing, full_holders);
        self.signs.written(&self.status, at);
        if told {
            self.outgoing.deliver_soon();
        }
        // A command may have made a feed due.
        self.rota.refill_soon(self.base.now());
        // Also for dead letters that a command has revived.
        self.outgoing.couriers.nudge();
        notify::alive(&status_line(&self.status));
    }

    /// How late polls are, and whether servers can be reached.
    fn measure(&mut self) {
        self.rota.measure(&mut self.status, &self.asking.means.rules.policy);
        self.status.is_offline = self.asking.means.outage().is_out();
    }
}
