//! The files in force: store, window and couriers are brought in line with them, at the start and at a reload.

use std::sync::Arc;

use super::delivery::Errand;
use super::report::{log_keep, status_line};
use super::{Daemon, Until, blocking, notify, rules};
use crate::alert;
use crate::clock::Timestamp;
use crate::config::{Config, LOG_AND_JOURNAL};
use crate::fetch::Fetch;
use crate::logging::{CONFIG_REFUSED, CONFIG_RELOADED, SINK_TROUBLE};
use crate::model::FeedSource;
use crate::poll::first_poll;
use crate::store::StoreError;

impl<F: Fetch> Daemon<F> {
    /// All or nothing: files with a mistake change nothing.
    pub(super) async fn reload(&mut self) -> Result<(), StoreError> {
        notify::reloading();
        let load = Arc::clone(&self.world.load);
        match blocking(move || load()).await {
            Err(mistakes) => {
                tracing::error!(target: CONFIG_REFUSED, "the configuration is refused and the old one stays in force:\n{mistakes}");
                let refused = alert::config_refused(&mistakes, self.world.clock.now(), &self.run);
                let routes = self.routes.load_full();
                self.in_store(move |store| store.raise(&[refused], &routes)).await?;
                self.run_errand(Errand::Deliver).await;
                self.couriers.nudge();
            }
            Ok(config) => {
                tracing::info!(target: CONFIG_RELOADED, "configuration reloaded: {}", self.config.changes(&config));
                // What waits for a restart stays as it is, so that the next reload says again that it waits.
                let Config { store, alert_log, http, .. } = std::mem::replace(&mut self.config, config);
                (self.config.store, self.config.alert_log, self.config.http) = (store, alert_log, http);
                self.means.rules = rules(&self.config, &self.run);
                self.means.fetch = (self.world.connect)(&self.config);
                self.window.clear_waiting(&self.means.rules.policy, self.world.clock.now());
                self.sync_keep().await?;
                self.sync_feeds().await?;
                self.sync_sinks().await?;
                self.refill_at = Timestamp::MIN;
            }
        }
        self.run_errand(Errand::Reopen).await;
        notify::ready(&status_line(&self.status));
        Ok(())
    }

    pub(super) async fn sync_keep(&mut self) -> Result<(), StoreError> {
        let written = self.config.keep;
        let keep = self.in_store(move |store| store.settle_keep(written)).await?;
        log_keep(keep, written.is_some());
        self.keep = keep.now;
        Ok(())
    }

    pub(super) async fn sync_feeds(&mut self) -> Result<(), StoreError> {
        let (sources, policy) = (self.config.feeds.clone(), self.config.policy.clone());
        let at_once = self.until != Until::Stopped;
        let now = if at_once { self.started_at } else { self.world.clock.now() };
        let count = sources.len();
        let feeds = self.in_store(move |store| {
            store.sync_feeds(&sources, |source: &FeedSource| match first_poll(&policy, source, count, now) {
                (_, interval) if at_once => (now, interval),
                spread => spread,
            })?;
            store.feed_count()
        });
        self.status.feeds = feeds.await?;
        self.status.watches = self.config.watches.len();
        Ok(())
    }

    /// Has the sinks of the files served, and makes dead letters of what others are still owed.
    pub(super) async fn sync_sinks(&mut self) -> Result<(), StoreError> {
        self.routes.store(Arc::new(self.config.routes.clone()));
        self.couriers.serve(&self.config.sinks, &self.means.fetch);
        let names: Vec<String> = self.config.sinks.iter().map(|sink| sink.name.clone()).collect();
        let now = self.world.clock.now();
        let buried = self.in_store(move |store| {
            let named = names.iter().map(String::as_str).chain(LOG_AND_JOURNAL);
            store.keep_sinks(&named.collect::<Vec<_>>(), now)
        });
        match buried.await? {
            0 => {}
            buried => tracing::warn!(
                target: SINK_TROUBLE, alerts = buried,
                "{buried} alerts wait for sinks that are no longer in the files: they are given up"
            ),
        }
        Ok(())
    }
}
