//! The files in force, and the look at whether they changed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::base::Base;
use super::hands::blocking;
use super::world::Load;
use crate::clock::{Timestamp, later};
use crate::config::{Config, Refused, fingerprint};
use crate::poll::Rules;

/// How often the files are looked at, where that is wished. A change is taken once two looks in a row see the same: an
/// editor, or a copy of several files, is done then.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The configuration and the files it came from.
pub(super) struct Files {
    base: Base,
    pub(super) config: Config,
    load: Load,
    lookout: Lookout,
}

/// The last state of the files.
#[derive(Debug)]
struct Lookout {
    /// When they are looked at next; never, unless that is wished.
    next_at: Timestamp,
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

impl Files {
    pub(super) fn new(base: Base, config: Config, load: Load) -> Files {
        Files { base, config, load, lookout: Lookout::default() }
    }

    /// The rules for decisions under this configuration.
    pub(super) fn rules(&self) -> Arc<Rules> {
        let config = &self.config;
        Arc::new(Rules {
            policy: config.policy.clone(),
            guard: config.guard.clone(),
            alerts: config.alerts.clone(),
            holding: config.holding.clone(),
            watches: config.watches.clone(),
            run: self.base.run.clone(),
        })
    }

    /// When the files are looked at next.
    pub(super) fn look_at(&self) -> Timestamp {
        self.lookout.next_at
    }

    /// Looks at the files. Whether they changed and are at rest, so that they should be loaded.
    pub(super) async fn look(&mut self) -> bool {
        let files = self.config.files.clone();
        let now = blocking(move || fingerprint(&files)).await;
        let changed = (now != self.lookout.loaded).then_some(now);
        if changed.is_some() && changed == self.lookout.changed {
            return true;
        }
        self.lookout.changed = changed;
        self.lookout.next_at = later(self.base.now(), LOOK_EVERY);
        false
    }

    /// The files are loaded as they look now.
    pub(super) async fn look_again(&mut self) {
        self.lookout = Lookout::default();
        if self.config.watches_files && self.base.is_service() {
            let files = self.config.files.clone();
            self.lookout.loaded = blocking(move || fingerprint(&files)).await;
            self.lookout.next_at = later(self.base.now(), LOOK_EVERY);
        }
    }

    /// Reads the files again. All or nothing: files with a mistake give no configuration.
    pub(super) async fn load(&mut self) -> Result<Config, Refused> {
        self.look_again().await;
        let load = Arc::clone(&self.load);
        let (files, had_watches) = (self.config.files.clone(), !self.config.watches.is_empty());
        let loaded = blocking(move || {
            let config = load()?;
            match lost_watches(&files, &config).filter(|_| had_watches) {
                Some(lost) => Err(Refused::WatchesGone(lost.to_owned())),
                None => Ok(config),
            }
        });
        loaded.await
    }

    /// Another configuration is in force. Settings that need a restart stay as they are, so that the next reload
    /// reports them again.
    pub(super) async fn take(&mut self, config: Config) {
        let Config { store, alert_log, http, files, watches_files, .. } = std::mem::replace(&mut self.config, config);
        (self.config.store, self.config.alert_log, self.config.http) = (store, alert_log, http);
        if (&files, watches_files) != (&self.config.files, self.config.watches_files) {
            self.look_again().await;
        }
    }
}

/// The file of the watches, if it is gone and was taken without being named.
fn lost_watches<'f>(files: &'f [PathBuf], new: &Config) -> Option<&'f Path> {
    let lost = files.iter().find(|file| !new.files.contains(file) && !file.exists());
    lost.filter(|_| new.watches.is_empty()).map(PathBuf::as_path)
}
