//! Brings the store, the rota and the couriers in line with the files: at the start, and after a reload.

use std::sync::Arc;

use super::base::or_told;
use super::delivery::Errand;
use super::report::{log_keep, status_line};
use super::{Daemon, Until, awake, notify};
use crate::alert;
use crate::config::{Config, FirstMistake, LOG_AND_JOURNAL, Refused};
use crate::fetch::Fetch;
use crate::logging::{CONFIG_REFUSED, CONFIG_RELOADED, SINK_TROUBLE};
use crate::model::{FeedId, FeedSource};
use crate::pace::{Demand, first_poll};
use crate::store::{Reload, Store, StoreError};

impl<F: Fetch> Daemon<F> {
    /// The start: all is brought in line, and the service manager is told that all is open.
    pub(super) async fn begin(&mut self, convicted: Vec<(FeedId, u32)>) -> Result<(), StoreError> {
        let asks_servers = self.files.config.feeds.iter().any(|feed| feed.url.scheme() != "file");
        self.files.look_again().await;
        self.bring_in_line().await?;
        let (rules, routes) = (Arc::clone(&self.asking.means.rules), self.outgoing.routes.load_full());
        self.rota.suspects.set_aside(&self.base, convicted, &rules, &routes).await?;
        self.take_up_pauses().await?;
        self.outgoing.run_errand(Errand::Deliver).await;
        self.signs.ready(&self.status);
        notify::ready(&status_line(&self.status));
        if self.files.config.identity.contact.is_none() && asks_servers {
            tracing::warn!(
                "no contact in [poll]: write an address there, so that a server's owner can reach you and not only block you"
            );
        }
        tracing::info!(feeds = self.status.feeds, watches = self.status.watches, run = self.base.run, "ready");
        Ok(())
    }

    /// Polls that became due while the daemon did not run are spread, and pauses of hosts are respected.
    async fn take_up_pauses(&mut self) -> Result<(), StoreError> {
        let (now, all) = (self.base.started_at, self.base.until == Until::Idle { all: true });
        let asleep_since = self.asleep_since.filter(|_| self.base.is_service());
        let begun = self.base.in_store(move |store| {
            or_told(store.clock_set_back(now), 0)?;
            if let Some(asleep_since) = asleep_since {
                or_told(awake::spread(store, asleep_since, now), ())?;
            }
            let left_out = if all { or_told(store.all_due(now), 0)? } else { 0 };
            Ok((left_out, store.gates(now)?, store.host_pauses(now)?))
        });
        let (left_out, gates, pauses) = begun.await?;
        self.rota.left_out = left_out;
        let policy = &self.asking.means.rules.policy;
        for (domain, until) in gates {
            self.rota.window.ask_as_one(&domain, until, policy, now);
        }
        for pause in pauses {
            self.rota.window.pause(pause, policy, now);
        }
        Ok(())
    }

    /// All or nothing: files with a mistake change nothing.
    pub(super) async fn reload(&mut self) -> Result<(), StoreError> {
        notify::reloading();
        match self.files.load().await {
            Err(refused) => self.refuse(&refused).await?,
            Ok(config) => self.take(config).await?,
        }
        // Who asked for it waits for that.
        let (run, status, now) = (self.base.run.clone(), self.status.clone(), self.base.now());
        self.base.in_store(move |store| store.run_beats(&run, &status, now)).await?;
        self.outgoing.run_errand(Errand::Reopen).await;
        notify::ready(&status_line(&self.status));
        Ok(())
    }

    async fn refuse(&mut self, refused: &Refused) -> Result<(), StoreError> {
        tracing::error!(
            target: CONFIG_REFUSED,
            "the configuration is refused and the old one stays in force:\n{}",
            alert::escape_lines(&refused.render(false))
        );
        let FirstMistake { what, place } = refused.first();
        let record = alert::config_refused(&what, place.as_deref(), self.base.now(), &self.base.run);
        let routes = self.outgoing.routes.load_full();
        self.status.last_reload = Some(Reload { at: record.time, refused: true, said: record.message.clone() });
        self.base.in_store(move |store| store.raise(&[record], &routes)).await?;
        self.outgoing.run_errand(Errand::Deliver).await;
        self.outgoing.couriers.nudge();
        Ok(())
    }

    async fn take(&mut self, config: Config) -> Result<(), StoreError> {
        self.files.config.feeds = self.base.in_store(Store::listed).await?;
        let said = self.files.config.changes(&config).to_string();
        tracing::info!(target: CONFIG_RELOADED, "configuration reloaded: {said}");
        self.status.last_reload = Some(Reload { at: self.base.now(), refused: false, said });
        self.files.take(config).await;
        self.asking.means.rules = self.files.rules();
        self.asking.means.fetch = (self.connect)(&self.files.config);
        self.rota.line_up_anew(&self.asking.means.rules.policy, self.base.now());
        self.bring_in_line().await
    }

    async fn bring_in_line(&mut self) -> Result<(), StoreError> {
        self.sync_keep().await?;
        self.sync_feeds().await?;
        self.sync_sinks().await?;
        self.base.in_store(Store::begin_recheck).await
    }

    async fn sync_keep(&mut self) -> Result<(), StoreError> {
        let written = self.files.config.keep;
        let keep = self.base.in_store(move |store| store.settle_keep(written)).await?;
        log_keep(keep, written.is_some());
        self.keeper.keep = keep.now;
        Ok(())
    }

    /// From here on the store knows the feeds, and memory only those in the window.
    async fn sync_feeds(&mut self) -> Result<(), StoreError> {
        let (sources, policy) = (std::mem::take(&mut self.files.config.feeds), self.files.config.policy.clone());
        let at_once = !self.base.is_service();
        let now = if at_once { self.base.started_at } else { self.base.now() };
        let count = sources.len();
        let feeds = self.base.in_store(move |store| {
            store.sync_feeds(&sources, |source: &FeedSource| match first_poll(&policy, source, count, now) {
                (_, interval) if at_once => (now, interval),
                spread => spread,
            })?;
            store.refused_due(now)?;
            Ok((store.feed_count()?, store.demand()?))
        });
        let (count, (fixed, free)) = feeds.await?;
        self.status.feeds = count;
        self.rota.expect(Demand { fixed, free }, &self.asking.means.rules.policy);
        self.status.watches = self.files.config.watches.len();
        self.know_watches().await
    }

    /// The store knows since when a watch is there, and what it was called before.
    async fn know_watches(&mut self) -> Result<(), StoreError> {
        let config = &self.files.config;
        let (renamed, now) = (config.renamed.clone(), self.base.now());
        let names: Vec<String> = config.watches.names().map(str::to_owned).collect();
        let renamed = self.base.in_store(move |store| or_told(store.know_watches(&names, &renamed, now), Vec::new()));
        for (old, new) in renamed.await? {
            let (old, new) = (alert::escape(&old).into_owned(), alert::escape(&new).into_owned());
            tracing::info!(old, new, "what is stored of the watch {old} is now that of {new}");
        }
        Ok(())
    }

    /// Has the sinks of the files served, and makes dead letters of what others are still owed.
    async fn sync_sinks(&mut self) -> Result<(), StoreError> {
        let config = &self.files.config;
        self.outgoing.routes.store(Arc::new(config.routes.clone()));
        self.outgoing.couriers.serve(&config.sinks, &self.asking.means.fetch);
        let names: Vec<String> = config.sinks.iter().map(|sink| sink.name.clone()).collect();
        let now = self.base.now();
        let buried = self.base.in_store(move |store| {
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
