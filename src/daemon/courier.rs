//! One courier per sink: sends it its records in order, one at a time. No courier waits for another, and no poll waits
//! for any.
//!
//! Pending records, failures and the time of the next try are only in the store, so that a restart changes nothing and
//! a command can retry dead letters.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::caught::caught_async;
use super::fault;
use super::hands::{self, blocking};
use super::trail::Trail;
use crate::alert::escape;
use crate::clock::{Clock, DAY, Timestamp, earlier, later};
use crate::fetch::Fetch;
use crate::logging::SINK_TROUBLE;
use crate::model::Sink;
use crate::sink::{DeliveryError, deliver};
use crate::store::{Pending, SinkTrouble, Store, StoreError};

/// Records read at once; each is marked by itself.
const BATCH_MAX: usize = 32;
/// The first wait after a failure; it doubles with each further one ...
const RETRY_MIN: Duration = Duration::from_secs(5);
/// ... up to this: a person who repairs a hook sees within minutes that it works.
const RETRY_MAX: Duration = Duration::from_secs(600);
/// A record that could not be delivered for this long is no longer news: it becomes a dead letter.
const GIVE_UP_AFTER: Duration = DAY.saturating_mul(3);

/// A record is put into words at once; what takes longer is the sink's answer, which ends no process.
const IN_WORDS_AFTER: Duration = Duration::from_secs(2);

/// What a courier is told.
struct Errands<F> {
    sink: Sink,
    fetch: Arc<F>,
}

/// All couriers.
pub(super) struct Couriers<F> {
    store: Arc<Store>,
    clock: Clock,
    trail: Trail,
    errands: HashMap<String, watch::Sender<Errands<F>>>,
    at_work: JoinSet<Result<(), StoreError>>,
}

impl<F: Fetch> Couriers<F> {
    pub(super) fn new(store: Arc<Store>, clock: Clock, trail: Trail) -> Self {
        Couriers { store, clock, trail, errands: HashMap::new(), at_work: JoinSet::new() }
    }

    /// Has the sinks of the files served, with this web. Couriers of sinks that are gone finish what they carry.
    pub(super) fn serve(&mut self, sinks: &[Sink], fetch: &Arc<F>) {
        self.errands.retain(|name, _| sinks.iter().any(|sink| sink.name == *name));
        for sink in sinks {
            let now = Errands { sink: sink.clone(), fetch: Arc::clone(fetch) };
            match self.errands.get(&sink.name) {
                Some(errands) => drop(errands.send_replace(now)),
                None => {
                    let (send, errands) = watch::channel(now);
                    self.errands.insert(sink.name.clone(), send);
                    let (name, store, clock) = (sink.name.clone(), Arc::clone(&self.store), self.clock.clone());
                    let trail = self.trail.clone();
                    self.at_work.spawn(Courier { name, store, clock, trail, errands }.run());
                }
            }
        }
    }

    /// There may be something to carry.
    pub(super) fn nudge(&self) {
        self.errands.values().for_each(|errands| errands.send_modify(|_| {}));
    }

    /// A courier ended, because the store failed or it was dismissed; never while all are at work.
    pub(super) async fn ended(&mut self) -> Result<(), StoreError> {
        match self.at_work.join_next().await {
            Some(ended) => hands::ended(ended),
            None => std::future::pending().await,
        }
    }

    /// Lets all deliver a last time, until a sink fails or the time is over.
    pub(super) async fn finish(mut self, at_most: Duration) -> Result<(), StoreError> {
        self.errands.clear();
        let all = async {
            while let Some(ended) = self.at_work.join_next().await {
                hands::ended(ended)?;
            }
            Ok(())
        };
        // An interrupted delivery stays pending.
        tokio::time::timeout(at_most, all).await.unwrap_or(Ok(()))
    }
}

struct Courier<F> {
    name: String,
    store: Arc<Store>,
    clock: Clock,
    trail: Trail,
    errands: watch::Receiver<Errands<F>>,
}

impl<F: Fetch> Courier<F> {
    async fn run(mut self) -> Result<(), StoreError> {
        loop {
            // Seen now: what changes during the round makes another one.
            let dismissed = self.errands.has_changed().is_err();
            drop(self.errands.borrow_and_update());
            let trouble = self.in_store(|store, name| store.sink_trouble(name)).await?;
            let waits = |trouble: &SinkTrouble| trouble.retry_at > self.clock.now();
            let trouble = if trouble.as_ref().is_some_and(waits) { trouble } else { self.round(trouble).await? };
            if dismissed {
                return Ok(());
            }
            // An error here says that nobody sends any more: then one last round is made.
            match trouble {
                None => drop(self.errands.changed().await),
                Some(trouble) => tokio::select! {
                    _ = self.errands.changed() => {}
                    () = self.clock.sleep_until(trouble.retry_at) => {}
                },
            }
        }
    }

    /// Delivers until nothing is pending or the sink fails; returns the trouble to wait for. If nothing was left to
    /// send, earlier trouble stays noted, and nothing waits for it.
    async fn round(&self, mut trouble: Option<SinkTrouble>) -> Result<Option<SinkTrouble>, StoreError> {
        loop {
            let now = self.clock.now();
            let pending = self.in_store(move |store, name| store.pending(name, BATCH_MAX, now)).await?;
            if pending.is_empty() {
                return Ok(None);
            }
            for owed in pending {
                match self.carry(&owed).await {
                    Err(DeliveryError::Later { why, retry_after }) => {
                        let now = self.clock.now();
                        let trouble = self.worse(trouble, why, retry_after, now);
                        self.keep_trouble(&trouble, now).await?;
                        return Ok(Some(trouble));
                    }
                    delivered => self.settle(&owed, delivered, trouble.take()).await?,
                }
            }
        }
    }

    async fn carry(&self, owed: &Pending) -> Result<(), DeliveryError> {
        let (sink, fetch) = {
            let errands = self.errands.borrow();
            (errands.sink.clone(), Arc::clone(&errands.fetch))
        };
        self.trail.carries(&self.name, (owed.seq, owed.seq));
        let carrying = caught_async(Box::pin(async {
            fault::strike("deliver", || format!("{} {} {}", sink.name, owed.alert.feed.url, owed.alert.article.key));
            deliver(&*fetch, &sink, &owed.alert, self.clock.now()).await
        }));
        tokio::pin!(carrying);
        let carried = tokio::select! {
            carried = &mut carrying => carried,
            () = tokio::time::sleep(IN_WORDS_AFTER) => {
                self.trail.carried(&self.name);
                carrying.await
            }
        };
        self.trail.carried(&self.name);
        carried.unwrap_or_else(|why| Err(DeliveryError::Refused { why }))
    }

    /// The sink answered: it has the record, or will never have it. Either way it works.
    async fn settle(
        &self,
        owed: &Pending,
        delivered: Result<(), DeliveryError>,
        trouble: Option<SinkTrouble>,
    ) -> Result<(), StoreError> {
        let (seq, now, works_again) = (owed.seq, self.clock.now(), trouble.is_some());
        let refused = delivered.err().map(|refused| escape(&refused.to_string()).into_owned());
        if let Some(why) = &refused {
            let (sink, alert) = (&self.name, &owed.alert.id);
            tracing::error!(target: SINK_TROUBLE, sink, alert_id = alert, "the sink {sink} refuses an alert for good: {why}");
        }
        if works_again {
            tracing::info!(sink = self.name, "the sink {} works again", self.name);
        }
        self.in_store(move |store, name| {
            if works_again {
                store.note_trouble(name, None)?;
            }
            match refused {
                None => store.delivered(name, &[seq], None, now),
                Some(why) => store.give_up(name, seq, &why, now),
            }
        })
        .await
    }

    /// Trouble after one more failure. Told when it begins and when it changes, not at every try.
    fn worse(
        &self,
        before: Option<SinkTrouble>,
        error: String,
        retry_after: Option<Duration>,
        now: Timestamp,
    ) -> SinkTrouble {
        let sink = &self.name;
        if before.as_ref().is_none_or(|before| before.error != error) {
            tracing::warn!(
                target: SINK_TROUBLE, sink, "the sink {sink} fails: {}; its alerts wait in the database and follow later",
                escape(&error)
            );
        }
        let (since, failures) = before.map_or((now, 0), |before| (before.since, before.failures));
        let backoff = RETRY_MIN.saturating_mul(1 << failures.min(16)).min(RETRY_MAX);
        let wait = backoff.max(retry_after.unwrap_or_default());
        SinkTrouble { since, failures: failures.saturating_add(1), retry_at: later(now, wait), error }
    }

    async fn keep_trouble(&self, trouble: &SinkTrouble, now: Timestamp) -> Result<(), StoreError> {
        let trouble = trouble.clone();
        let buried = self.in_store(move |store, name| {
            store.note_trouble(name, Some(&trouble))?;
            store.give_up_older(name, earlier(now, GIVE_UP_AFTER), &trouble.error, now)
        });
        let (sink, buried) = (&self.name, buried.await?);
        if buried > 0 {
            tracing::error!(
                target: SINK_TROUBLE, sink, alerts = buried,
                "{buried} alerts for the sink {sink} are given up; when it works: feedwatch sinks --retry {sink}"
            );
        }
        Ok(())
    }

    async fn in_store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store, &str) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (store, name) = (Arc::clone(&self.store), self.name.clone());
        blocking(move || work(&store, &name)).await
    }
}
