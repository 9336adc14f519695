//! The files in force: store, window and couriers are brought in line with them, at the start and at a reload.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::delivery::Errand;
use super::report::{log_keep, status_line};
use super::{Daemon, Until, blocking, notify, or_told, rules};
use crate::alert;
use crate::clock::{Timestamp, later};
use crate::config::{Config, LOG_AND_JOURNAL, fingerprint};
use crate::fetch::Fetch;
use crate::logging::{CONFIG_REFUSED, CONFIG_RELOADED, SINK_TROUBLE};
use crate::model::FeedSource;
use crate::pace::{Demand, first_poll};
use crate::store::{Store, StoreError};

/// How often the files are looked at, where that is wished. A change is taken once two looks in a row see the same: an
/// editor, or a copy of several files, is done then.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What the files looked like.
#[derive(Debug)]
pub(super) struct Lookout {
    /// When they are looked at next; never, unless that is wished.
    pub(super) next_at: Timestamp,
    /// When they were last loaded, taken or refused.
    loaded: u64,
    /// At the last look, if that was another sight.
    changed: Option<u64>,
}

impl Default for Lookout {
    fn default() -> Self {
        Lookout { next_at: Timestamp::MAX, loaded: 0, changed: None }
    }
}

impl<F: Fetch> Daemon<F> {
    /// Looks at the files, and loads them if they changed and are at rest.
    pub(super) async fn look(&mut self) -> Result<(), StoreError> {
        let files = self.config.files.clone();
        let now = blocking(move || fingerprint(&files)).await;
        let changed = (now != self.lookout.loaded).then_some(now);
        if changed.is_some() && changed == self.lookout.changed {
            return self.reload().await;
        }
        self.lookout.changed = changed;
        self.lookout.next_at = later(self.world.clock.now(), LOOK_EVERY);
        Ok(())
    }

    /// The files are loaded as they look now.
    pub(super) async fn look_again(&mut self) {
        self.lookout = Lookout::default();
        if self.config.watches_files && self.until == Until::Stopped {
            let files = self.config.files.clone();
            self.lookout.loaded = blocking(move || fingerprint(&files)).await;
            self.lookout.next_at = later(self.world.clock.now(), LOOK_EVERY);
        }
    }

    /// All or nothing: files with a mistake change nothing.
    pub(super) async fn reload(&mut self) -> Result<(), StoreError> {
        notify::reloading();
        self.look_again().await;
        let load = Arc::clone(&self.world.load);
        let (files, had_watches) = (self.config.files.clone(), !self.config.watches.is_empty());
        let loaded = blocking(move || {
            let config = load()?;
            match lost_watches(&files, &config).filter(|_| had_watches) {
                Some(mistake) => Err(mistake),
                None => Ok(config),
            }
        });
        match loaded.await {
            Err(mistakes) => {
                tracing::error!(
                    target: CONFIG_REFUSED,
                    "the configuration is refused and the old one stays in force:\n{}",
                    alert::escape_lines(&mistakes)
                );
                let refused = alert::config_refused(&mistakes, self.world.clock.now(), &self.run);
                let routes = self.routes.load_full();
                self.in_store(move |store| store.raise(&[refused], &routes)).await?;
                self.run_errand(Errand::Deliver).await;
                self.couriers.nudge();
            }
            Ok(config) => {
                self.config.feeds = self.in_store(Store::listed).await?;
                tracing::info!(target: CONFIG_RELOADED, "configuration reloaded: {}", self.config.changes(&config));
                // What waits for a restart stays as it is, so that the next reload says again that it waits.
                let Config { store, alert_log, http, files, watches_files, .. } =
                    std::mem::replace(&mut self.config, config);
                (self.config.store, self.config.alert_log, self.config.http) = (store, alert_log, http);
                self.means.rules = rules(&self.config, &self.run);
                self.means.fetch = (self.world.connect)(&self.config);
                self.window.clear_waiting(&self.means.rules.policy, self.world.clock.now());
                if (&files, watches_files) != (&self.config.files, self.config.watches_files) {
                    self.look_again().await;
                }
                self.sync_keep().await?;
                self.sync_feeds().await?;
                self.sync_sinks().await?;
                self.in_store(Store::begin_recheck).await?;
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

    /// From here on the store knows the feeds, and memory only those in the window.
    pub(super) async fn sync_feeds(&mut self) -> Result<(), StoreError> {
        let (sources, policy) = (std::mem::take(&mut self.config.feeds), self.config.policy.clone());
        let at_once = self.until != Until::Stopped;
        let now = if at_once { self.started_at } else { self.world.clock.now() };
        let count = sources.len();
        let feeds = self.in_store(move |store| {
            store.sync_feeds(&sources, |source: &FeedSource| match first_poll(&policy, source, count, now) {
                (_, interval) if at_once => (now, interval),
                spread => spread,
            })?;
            Ok((store.feed_count()?, store.demand()?))
        });
        let (count, (fixed, free)) = feeds.await?;
        self.status.feeds = count;
        self.load.expect(Demand { fixed, free });
        self.adjust();
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
            or_told(store.keep_sinks(&named.collect::<Vec<_>>(), now), 0)
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

/// Says that the file of the watches is gone, where it is taken without being named. Who moved it by mistake, or has an editor that
/// puts a new file in the place of the old one, would otherwise miss all that is published until somebody notices.
fn lost_watches(files: &[PathBuf], new: &Config) -> Option<String> {
    let lost = files.iter().find(|file| !new.files.contains(file) && !file.exists());
    let lost = lost.filter(|_| new.watches.is_empty())?.display();
    Some(format!(
        "error: {lost} is gone, and there is no watch without it: nothing would be flagged\n  \
         = help: put it back; to have nothing flagged, leave an empty file there"
    ))
}
