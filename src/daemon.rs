//! The loop: who is due is asked, what comes is decided upon and applied, what is owed is delivered. Reloads and stops.
//!
//! Polls run as tasks of one set; the writer settles them; the deliverer empties the outbox. None of them waits for a
//! later one, except that a full queue holds back polls.

mod awake;
mod caught;
mod courier;
mod delivery;
mod fault;
mod files;
mod ground;
mod notify;
mod poll;
mod readers;
mod report;
mod rota;
mod settling;
mod signs;
mod suspects;
mod trail;
mod upkeep;
mod world;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::clock::{Timestamp, later};
use crate::config::{Config, LOG_AND_JOURNAL};
use crate::fetch::Fetch;
use crate::hash::hex128;
use crate::logging::STORE_TROUBLE;
use crate::model::{FeedId, Keep, Routes};
use crate::pace::{Load, Window};
use crate::poll::Rules;
use crate::store::{RunStatus, Store, StoreError, Tally};

use awake::Watch;
use courier::Couriers;
use delivery::{Errand, Outbox};
use files::Lookout;
use poll::{Means, Polled};
use readers::Readers;
use report::{log_opening, log_part, log_poll, status_line, tally, tally_articles};
use signs::Signs;
use trail::Trail;
use upkeep::{Upkeep, Upkept};
use writer::Settled;

pub use world::{Announce, Connect, DaemonError, Ended, Order, Until, World};

/// The sinks that every record goes to: the alert log and the journal (or terminal).
const LOG: &str = LOG_AND_JOURNAL[0];
const JOURNAL: &str = LOG_AND_JOURNAL[1];

/// A third of the unit's WatchdogSec, as systemd advises (half at the most).
const HEARTBEAT_EVERY: Duration = Duration::from_secs(20);
/// Answers waiting for the writer: as many as a transaction takes, so that it finds a full one under load.
const QUEUE_MAX: usize = writer::BATCH_MAX;
/// How long sinks may still take records when the daemon stops: within the unit's TimeoutStopSec ...
const LAST_ROUND_MAX: Duration = Duration::from_secs(10);
/// ... and when it only ran once, where nobody waits for the process but a person.
const LAST_ROUND_OF_ONCE_MAX: Duration = Duration::from_secs(300);

/// Runs feedwatch on a configuration until it is told to stop, or until it is idle.
pub async fn run<F: Fetch>(
    config: Config,
    mut world: World<F>,
    until: Until,
    mut orders: mpsc::Receiver<Order>,
) -> Result<Ended, DaemonError> {
    let clock = world.clock.clone();
    let started_at = clock.now();
    let run = hex128(&[&started_at.as_microsecond().to_le_bytes(), &std::process::id().to_le_bytes()]);
    let (trouble_seen, trouble) = watch::channel(None);
    let (store, outbox, before, trail, convicted) = blocking({
        let (clock, run, path, log) = (clock.clone(), run.clone(), config.store.clone(), config.alert_log.clone());
        let announce = Arc::clone(&world.announce);
        move || {
            let store = Arc::new(Store::open_telling(&path, &mut log_opening)?);
            let before = store.last_run()?;
            delivery::after_a_restore(&store, &log, started_at)?;
            store.run_started(&run, started_at)?;
            let (trail, found) = Trail::open(&path);
            let outbox = Outbox::open(Arc::clone(&store), clock, &log, announce, trouble_seen, trail.clone())?;
            let outbox = outbox.after_an_end(found.records)?;
            Ok::<_, DaemonError>((store, outbox, before, trail, found.convicted))
        }
    })
    .await?;

    let (queue, answered) = mpsc::channel(QUEUE_MAX);
    let (settling, settled) = mpsc::channel(1);
    let (errands, errands_seen) = mpsc::channel(1);
    let (stop, stopping) = watch::channel(false);
    let routes = Arc::new(ArcSwap::from_pointee(config.routes.clone()));
    // Who drops the daemon ends these with it.
    let mut hands = JoinSet::new();
    hands.spawn(writer::settle_all(
        Arc::clone(&store),
        clock.clone(),
        Arc::clone(&routes),
        answered,
        settling,
        stopping.clone(),
    ));
    hands.spawn(outbox.run(errands_seen));

    let mut pings = JoinSet::new();
    if until == Until::Stopped {
        pings.spawn(notify::while_at_work(Arc::clone(&store), HEARTBEAT_EVERY));
    }

    let means = Means {
        clock: clock.clone(),
        fetch: (world.connect)(&config),
        rules: rules(&config, &run),
        queue,
        readers: Readers::default(),
        outage: Arc::default(),
        stopping,
    };
    let couriers = Couriers::new(Arc::clone(&store), clock.clone(), trail.clone());
    let status = before.as_ref().map(|run| run.status.carried_over()).unwrap_or_default();
    let mut signs = Signs::new(started_at, &status);
    if until == Until::Stopped {
        signs.serve(std::mem::take(&mut world.sockets), config.http.clone(), clock.clone(), config.store.clone());
    }
    let mut daemon = Daemon {
        config,
        world,
        store: Arc::clone(&store),
        run: run.clone(),
        until,
        started_at,
        asleep_since: before.map(|run| run.heartbeat_at),
        window: Window::default(),
        load: Load::default(),
        left_out: 0,
        refill_at: Timestamp::MIN,
        more_is_due: false,
        polls: JoinSet::new(),
        settled,
        means,
        routes,
        couriers,
        errands,
        trouble,
        status,
        signs,
        beat: None,
        told: Tally::default(),
        keep: Keep::Forever,
        swept: 0,
        lookout: Lookout::default(),
        trail: trail.clone(),
        alone: Vec::new(),
        holds_back: false,
    };
    let worked = daemon.work(&mut orders, convicted).await;
    let ended = end(daemon, worked, stop, hands, last_round_max(until)).await;
    // However it ended, it was in good order.
    blocking(move || trail.rests()).await;
    let ended = ended?;
    let (now, status) = (clock.now(), ended.status.clone());
    blocking(move || store.run_stopped(&run, &status, now)).await?;
    Ok(ended)
}

/// How long sinks may still take records when the daemon stops.
fn last_round_max(until: Until) -> Duration {
    if until == Until::Stopped { LAST_ROUND_MAX } else { LAST_ROUND_OF_ONCE_MAX }
}

/// Ends the work, after whatever it came to.
async fn end<F: Fetch>(
    daemon: Daemon<F>,
    worked: Result<(), StoreError>,
    stop: watch::Sender<bool>,
    mut hands: JoinSet<Result<(), StoreError>>,
    last_round_max: Duration,
) -> Result<Ended, DaemonError> {
    // Whatever ended it: what was answered is settled, then what is owed is delivered, and only then is it over.
    let _ = stop.send(true);
    let (ended, couriers) = daemon.drain().await;
    while let Some(ended) = hands.join_next().await {
        ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
    }
    couriers.finish(last_round_max).await?;
    worked?;
    Ok(ended)
}

struct Daemon<F> {
    config: Config,
    world: World<F>,
    store: Arc<Store>,
    run: String,
    until: Until,
    started_at: Timestamp,
    /// When the run before this one gave its last sign of life.
    asleep_since: Option<Timestamp>,
    window: Window,
    load: Load,
    /// Feeds that `once` leaves out since their server or host wants so.
    left_out: usize,
    /// When the store is next asked who is due.
    refill_at: Timestamp,
    /// Whether more was due at the last refill than the window took.
    more_is_due: bool,
    polls: JoinSet<Polled>,
    /// What the writer has settled, a transaction at a time.
    settled: mpsc::Receiver<Vec<Settled>>,
    means: Means<F>,
    routes: Arc<ArcSwap<Routes>>,
    couriers: Couriers<F>,
    errands: mpsc::Sender<Errand>,
    trouble: watch::Receiver<Option<String>>,
    status: RunStatus,
    signs: Signs,
    /// The heartbeat that the store is writing.
    beat: Option<JoinHandle<Result<Upkept, StoreError>>>,
    /// What was done when the last heartbeat was told.
    told: Tally,
    /// How long articles are kept.
    keep: Keep,
    /// Articles deleted since that was last told.
    swept: usize,
    /// What the files look like.
    lookout: Lookout,
    /// What is under way, for who comes after an unclean end.
    trail: Trail,
    /// Feeds that are asked by themselves, since a process ended while they were under way, and since when.
    alone: Vec<(FeedId, Timestamp)>,
    /// Whether others of those wait for their turn.
    holds_back: bool,
}

impl<F: Fetch> Daemon<F> {
    async fn work(
        &mut self,
        orders: &mut mpsc::Receiver<Order>,
        convicted: Vec<(FeedId, u32)>,
    ) -> Result<(), StoreError> {
        self.begin(convicted).await?;
        let clock = self.world.clock.clone();
        let mut beat_at = clock.now();
        let mut watch = Watch::begin(beat_at);
        loop {
            let now = clock.now();
            if let Some(jump) = watch.look(now) {
                self.jumped(jump, now).await?;
                beat_at = beat_at.min(now);
            }
            let cut_off_since = self.means.outage().ended();
            if let Some(since) = cut_off_since.filter(|_| self.until == Until::Stopped) {
                self.back_online(since, now).await?;
            }
            if self.wants_refill(now) {
                self.refill(now).await?;
            }
            let probe_at = self.ask(now);
            if matches!(self.until, Until::Idle { .. }) && self.is_idle(now) {
                return Ok(());
            }
            let next_at = self.window.next_at(&self.means.rules.policy).map(|at| at.max(probe_at));
            let wake_at = next_at.map_or(self.refill_at, |at| at.min(self.refill_at));
            tokio::select! {
                Some(order) = orders.recv() => match order {
                    Order::Stop => return Ok(()),
                    Order::Reopen => self.run_errand(Errand::Reopen).await,
                    Order::Reload => self.reload().await?,
                },
                Some(ended) = self.polls.join_next() => {
                    let mut next = Some(ended);
                    while let Some(ended) = next {
                        // A poll holds its panics back; what is left is the runtime's.
                        let polled = ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
                        if !self.over(polled) {
                            return Ok(());
                        }
                        next = self.polls.try_join_next();
                    }
                }
                settled = self.settled.recv() => {
                    // None when the store failed, and the writer will say how.
                    let Some(settled) = settled else { return Ok(()) };
                    let turns = settled.iter().filter_map(|settled| settled.turn.as_ref());
                    self.trail.ends(turns.map(|turn| turn.feed.id));
                    for settled in settled {
                        self.settled(settled).await?;
                    }
                    self.signs.done(&self.status);
                }
                ended = self.couriers.ended() => ended?,
                () = clock.sleep_until(wake_at) => {}
                () = clock.sleep_until(self.lookout.next_at) => self.look().await?,
                () = clock.sleep_until(beat_at), if self.beat.is_none() => {
                    beat_at = later(clock.now(), HEARTBEAT_EVERY);
                    self.begin_beat();
                }
                written = beat_written(&mut self.beat) => {
                    self.beat = None;
                    let Upkept { told, heartbeat, failing, full_holders, at, swept, tidied } = written?;
                    (self.status.failing, self.status.full_holders) = (failing, full_holders);
                    self.signs.written(&self.status, at);
                    self.swept += swept;
                    if tidied && self.swept > 0 {
                        let (keep, articles) = (self.keep, std::mem::take(&mut self.swept));
                        tracing::info!(%keep, articles, "{articles} articles older than {keep} were deleted");
                    }
                    if heartbeat {
                        self.told = self.status.tally;
                    }
                    if told {
                        let _ = self.errands.try_send(Errand::Deliver);
                    }
                    // Also for dead letters that a command has revived.
                    self.couriers.nudge();
                    notify::alive(&status_line(&self.status));
                }
            }
        }
    }

    /// Brings the store in line with the files and tells the service manager that all is open.
    async fn begin(&mut self, convicted: Vec<(FeedId, u32)>) -> Result<(), StoreError> {
        let asks_servers = self.config.feeds.iter().any(|feed| feed.url.scheme() != "file");
        self.look_again().await;
        self.sync_keep().await?;
        self.sync_feeds().await?;
        self.sync_sinks().await?;
        self.in_store(Store::begin_recheck).await?;
        self.set_aside(convicted).await?;
        let (now, all) = (self.started_at, self.until == Until::Idle { all: true });
        let asleep_since = self.asleep_since.filter(|_| self.until == Until::Stopped);
        let begun = self.in_store(move |store| {
            or_told(store.clock_set_back(now), 0)?;
            if let Some(asleep_since) = asleep_since {
                or_told(awake::spread(store, asleep_since, now), ())?;
            }
            let left_out = if all { or_told(store.all_due(now), 0)? } else { 0 };
            Ok((left_out, store.gates(now)?, store.host_pauses(now)?))
        });
        let (left_out, gates, pauses) = begun.await?;
        self.left_out = left_out;
        for (domain, until) in gates {
            self.window.ask_as_one(&domain, until, &self.means.rules.policy, now);
        }
        for pause in pauses {
            self.window.pause(pause, &self.means.rules.policy, now);
        }
        self.run_errand(Errand::Deliver).await;
        self.signs.ready(&self.status);
        notify::ready(&status_line(&self.status));
        if self.config.identity.contact.is_none() && asks_servers {
            tracing::warn!(
                "no contact in [poll]: write an address there, so that a server's owner can reach you and not only block you"
            );
        }
        tracing::info!(feeds = self.status.feeds, watches = self.status.watches, run = self.run, "ready");
        Ok(())
    }

    /// How late polls are by our own fault.
    fn measure(&mut self) {
        let (median, late) = self.load.lateness();
        self.status.lateness_ms = late.as_millis() as u64;
        self.status.lateness_median_ms = median.as_millis() as u64;
        self.status.wished_per_hour = (self.load.demand().polls_per_second() * 3600.0) as u64;
        self.status.allowed_per_hour = u64::from(self.means.rules.policy.polls_per_second) * 3600;
        self.status.stretch_percent = (self.load.stretch() * 100.0) as u32;
        self.status.is_offline = self.means.outage().is_out();
    }

    fn begin_beat(&mut self) {
        self.status.trouble = self.trouble.borrow().clone();
        self.adjust();
        self.measure();
        let (store, run, status) = (Arc::clone(&self.store), self.run.clone(), self.status.clone());
        let (now, rules, routes) = (self.world.clock.now(), Arc::clone(&self.means.rules), self.routes.load_full());
        let upkeep = Upkeep {
            heartbeat: self.config.heartbeat.filter(|_| self.until == Until::Stopped),
            started_at: self.started_at,
            feeds: self.status.feeds,
            keep: self.keep,
            polls: self.status.tally.polls - self.told.polls,
            failed: self.status.tally.failed - self.told.failed,
        };
        self.beat = Some(tokio::task::spawn_blocking(move || {
            store.is_in_place()?;
            store.run_beats(&run, &status, now)?;
            upkeep::round(&store, &upkeep, &rules, &routes, now)
        }));
    }

    /// Waits for polls that were answered; those that were not are abandoned by themselves.
    async fn drain(mut self) -> (Ended, Couriers<F>) {
        notify::stopping();
        self.measure();
        let left_out = self.left_out + self.window.len() - self.window.in_flight();
        let Daemon { world, means, polls, mut settled, mut status, beat, trouble, couriers, .. } = self;
        // The writer ends when nobody can send it anything more.
        drop(means);
        while let Some(settled) = settled.recv().await {
            for settled in settled {
                for (feed, changes) in settled.parts {
                    tally_articles(&mut status, &changes, world.clock.now());
                    log_part(&feed, &changes);
                }
                for (feed, changes) in settled.changes {
                    tally(&mut status, &changes, world.clock.now());
                    log_poll(&feed, &changes);
                }
            }
        }
        drop(polls);
        if let Some(beat) = beat {
            // A failing store shows itself where it matters, at the next write.
            let _ = beat.await;
        }
        status.trouble = trouble.borrow().clone();
        (Ended { status, left_out }, couriers)
    }

    async fn run_errand(&self, errand: Errand) {
        // Without a deliverer the store has failed, which the next poll will find out.
        let _ = self.errands.send(errand).await;
    }

    async fn in_store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.store);
        blocking(move || work(&store)).await
    }
}

/// What keeps house, and fails over one row, is left undone this time: that ends neither the daemon nor its start.
fn or_told<T>(done: Result<T, StoreError>, otherwise: T) -> Result<T, StoreError> {
    match done {
        Err(error) if error.is_of_one_row() => {
            tracing::error!(target: STORE_TROUBLE, "{error}; feedwatch goes on");
            Ok(otherwise)
        }
        done => done,
    }
}

fn rules(config: &Config, run: &str) -> Arc<Rules> {
    Arc::new(Rules {
        policy: config.policy.clone(),
        guard: config.guard.clone(),
        alerts: config.alerts.clone(),
        holding: config.holding.clone(),
        watches: config.watches.clone(),
        run: run.to_owned(),
    })
}

/// The end of the heartbeat that is being written; never when there is none.
async fn beat_written(beat: &mut Option<JoinHandle<Result<Upkept, StoreError>>>) -> Result<Upkept, StoreError> {
    match beat {
        Some(beat) => beat.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic())),
        None => std::future::pending().await,
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    join(tokio::task::spawn_blocking(work)).await
}

/// What a task gives; its panic goes on here.
async fn join<T>(task: JoinHandle<T>) -> T {
    task.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}
