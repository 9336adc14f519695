//! The start and the end of a run: what is opened, which tasks run beside the loop, and in which order they stop.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::asking::Asking;
use super::awake::Clocks;
use super::base::Base;
use super::courier::Couriers;
use super::delivery::{self, Outbox};
use super::files::Files;
use super::hands::{self, blocking};
use super::keeper::Keeper;
use super::outgoing::Outgoing;
use super::poll::Means;
use super::readers::Readers;
use super::report::{log_opening, tell};
use super::rota::Rota;
use super::signs::Signs;
use super::trail::Trail;
use super::{Daemon, DaemonError, Ended, Order, Until, World, notify, writer};
use crate::config::Config;
use crate::fetch::Fetch;
use crate::hash::hex128;
use crate::model::FeedId;
use crate::store::{POLLED_ONCE, Store, StoreError};

/// Answers waiting for the writer: as many as a transaction takes, so that it finds a full one under load.
const QUEUE_MAX: usize = writer::BATCH_MAX;
/// How long sinks may still take records when the daemon stops: within the unit's TimeoutStopSec ...
const LAST_ROUND_MAX: Duration = Duration::from_secs(10);
/// ... and if it only ran once, where only a person waits for the process.
const LAST_ROUND_OF_ONCE_MAX: Duration = Duration::from_secs(300);

/// Who works beside the loop, and what they need to come to rest.
pub(super) struct Beside {
    base: Base,
    trail: Trail,
    /// The writer and the deliverer. Who drops this ends them with it.
    hands: JoinSet<Result<(), StoreError>>,
    /// Tells those who ask to stop.
    stop: watch::Sender<bool>,
    /// Pings for the service manager.
    _pings: JoinSet<()>,
}

/// What is there to begin with.
pub(super) struct Opened<F> {
    pub(super) daemon: Daemon<F>,
    pub(super) beside: Beside,
    /// Feeds over which earlier processes ended.
    pub(super) convicted: Vec<(FeedId, u32)>,
}

/// Opens the database and the alert log, and sets the writer and the deliverer to work.
pub(super) async fn open<F: Fetch>(
    config: Config,
    world: World<F>,
    until: Until,
    orders: mpsc::Receiver<Order>,
) -> Result<Opened<F>, DaemonError> {
    let World { clock, beats_every, connect, load, sockets, announce } = world;
    let started_at = clock.now();
    let run = hex128(&[&started_at.as_microsecond().to_le_bytes(), &std::process::id().to_le_bytes()]);
    let (trouble_seen, trouble) = watch::channel(None);
    let (base, outbox, before, trail, convicted) = blocking({
        let (path, log) = (config.store.clone(), config.alert_log.clone());
        move || {
            let store = Arc::new(Store::open_telling(&path, &mut log_opening)?);
            let before = store.last_run()?;
            delivery::after_a_restore(&store, &log, started_at)?;
            store.run_started(&run, started_at)?;
            if until != Until::Stopped {
                store.run_says_why(POLLED_ONCE)?;
            }
            let (trail, found) = Trail::open(&path);
            let base = Base { store, clock, run, until, started_at };
            let outbox = Outbox::open(base.clone(), &log, announce, trouble_seen, trail.clone())?;
            let outbox = outbox.after_an_end(found.records)?;
            Ok::<_, DaemonError>((base, outbox, before, trail, found.convicted))
        }
    })
    .await?;

    let (queue, answered) = mpsc::channel(QUEUE_MAX);
    let (settling, settled) = mpsc::channel(1);
    let (errands, errands_seen) = mpsc::channel(1);
    let (stop, stopping) = watch::channel(false);
    let routes = Arc::new(ArcSwap::from_pointee(config.routes.clone()));
    let mut hands = JoinSet::new();
    hands.spawn(writer::settle_all(base.clone(), Arc::clone(&routes), answered, settling, stopping.clone()));
    hands.spawn(outbox.run(errands_seen));
    let mut pings = JoinSet::new();
    if base.is_service() {
        pings.spawn(notify::while_at_work(Arc::clone(&base.store), beats_every));
    }

    let fetch = connect(&config);
    let couriers = Couriers::new(Arc::clone(&base.store), base.clock.clone(), trail.clone());
    let status = before.as_ref().map(|run| run.status.carried_over()).unwrap_or_default();
    let mut signs = Signs::new(started_at, &status);
    if base.is_service() {
        signs.serve(sockets, config.http.clone(), base.clock.clone(), config.store.clone());
    }
    let files = Files::new(base.clone(), config, load);
    let means = Means {
        clock: base.clock.clone(),
        fetch,
        rules: files.rules(),
        queue,
        readers: Readers::default(),
        outage: Arc::default(),
        stopping,
    };
    let daemon = Daemon {
        orders,
        settled,
        asleep_since: before.map(|run| run.heartbeat_at),
        clocks: Clocks::begin(base.now()),
        connect,
        files,
        rota: Rota::new(base.clone(), trail.clone()),
        asking: Asking::new(means),
        keeper: Keeper::new(base.clone(), beats_every),
        outgoing: Outgoing { couriers, errands, routes, trouble },
        status,
        signs,
        base: base.clone(),
    };
    Ok(Opened { daemon, beside: Beside { base, trail, hands, stop, _pings: pings }, convicted })
}

impl Beside {
    /// Ends the work, after whatever it came to: what was answered is settled, then what is owed is delivered, and only
    /// then is it over.
    pub(super) async fn end<F: Fetch>(
        self,
        daemon: Daemon<F>,
        worked: Result<(), StoreError>,
    ) -> Result<Ended, DaemonError> {
        let Beside { base, trail, hands, stop, _pings: pings } = self;
        let ended = rest(daemon, worked, stop, hands, last_round_max(base.until)).await;
        // However it ended, it was in good order.
        blocking(move || trail.rests()).await;
        let ended = ended?;
        let (now, run, status) = (base.now(), base.run.clone(), ended.status.clone());
        base.in_store(move |store| store.run_stopped(&run, &status, now)).await?;
        drop(pings);
        Ok(ended)
    }
}

async fn rest<F: Fetch>(
    daemon: Daemon<F>,
    worked: Result<(), StoreError>,
    stop: watch::Sender<bool>,
    mut hands: JoinSet<Result<(), StoreError>>,
    last_round_max: Duration,
) -> Result<Ended, DaemonError> {
    let _ = stop.send(true);
    let (ended, couriers) = daemon.drain().await;
    while let Some(ended) = hands.join_next().await {
        hands::ended(ended)?;
    }
    couriers.finish(last_round_max).await?;
    worked?;
    Ok(ended)
}

/// How long sinks may still take records when the daemon stops.
fn last_round_max(until: Until) -> Duration {
    if until == Until::Stopped { LAST_ROUND_MAX } else { LAST_ROUND_OF_ONCE_MAX }
}

impl<F: Fetch> Daemon<F> {
    /// Waits for polls that were answered; those that were not are abandoned by themselves.
    async fn drain(mut self) -> (Ended, Couriers<F>) {
        notify::stopping();
        self.measure();
        let left_out = self.rota.not_asked();
        let Asking { means, polls } = self.asking;
        // The writer ends when nobody can send it anything more.
        drop(means);
        while let Some(all) = self.settled.recv().await {
            let now = self.base.now();
            for settled in &all {
                tell(&mut self.status, settled, now);
            }
        }
        drop(polls);
        self.keeper.finish().await;
        self.status.trouble = self.outgoing.trouble.borrow().clone();
        (Ended { status: self.status, left_out }, self.outgoing.couriers)
    }
}
