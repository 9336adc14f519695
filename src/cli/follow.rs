//! `feedwatch alerts --follow`: what comes is shown as it comes. Whoever looks at a quiet screen must know that it is quiet because
//! nothing came: a database that is replaced, and a daemon that ends, are told.

use std::collections::HashSet;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::life::Life;
use crate::alert::escape;
use crate::clock::{Clock, Timestamp, earlier, later};
use crate::hash::hash64;
use crate::model::{AlertFilter, StoredAlert};
use crate::store::{POLLED_ONCE, Result, Run, Store, StoreError};

/// How often it looks for more: at once to the eye, nothing to the database.
const EVERY: Duration = Duration::from_millis(500);

/// An alert is stored a moment after its time; so far back another database is searched for what was not shown.
const BEFORE: Duration = Duration::from_secs(60);

/// What is followed, and what was shown of it.
pub(super) struct Follower {
    path: PathBuf,
    /// None while there is no database.
    store: Option<Store>,
    filter: AlertFilter,
    /// What was shown, or would have been but for the limit: by the hashes of ids.
    known: HashSet<u64>,
    life: Option<Life>,
}

impl Follower {
    /// Goes on from what was found in a store.
    pub(super) fn after(store: Store, filter: &AlertFilter, found: &[StoredAlert], now: Timestamp) -> Result<Follower> {
        let since = filter.since.map_or(earlier(now, BEFORE), |since| since.max(earlier(now, BEFORE)));
        let after_seq = found.iter().map(|found| found.seq).max();
        let filter = AlertFilter { since: Some(since), limit: None, after_seq, ..filter.clone() };
        // What a limit left out is not shown by another database either.
        let recent = store.alerts(&AlertFilter { after_seq: None, ..filter.clone() })?;
        let left_out = recent.iter().filter(|recent| Some(recent.seq) <= after_seq);
        let known = found.iter().chain(left_out).map(key).collect();
        Ok(Follower { path: store.path().to_owned(), store: Some(store), filter, known, life: None })
    }

    /// What came since the last look, with the store it is in, and what is to be said beside it.
    pub(super) fn look(&mut self, now: Timestamp) -> Result<(Vec<StoredAlert>, Vec<String>)> {
        let mut said = Vec::new();
        if let Some(lost) = self.store.as_ref().and_then(|store| store.is_in_place().err()) {
            (self.store, self.filter.after_seq) = (None, None);
            said.push(match lost {
                StoreError::Replaced { what, .. } => format!("the database {} {what}", shown(&self.path)),
                other => other.to_string(),
            });
        }
        if self.store.is_none() {
            match Store::open_to_read(&self.path) {
                Ok(store) => {
                    self.store = Some(store);
                    said.push(format!("now following the database that lies at {}", shown(&self.path)));
                }
                Err(error) => {
                    // It is being copied, or made: that is over soon. It is said where it was lost.
                    tracing::debug!("{error}");
                    return Ok((Vec::new(), said));
                }
            }
        }
        let Some(store) = &self.store else { return Ok((Vec::new(), said)) };
        match look(store, &self.filter) {
            Ok((found, run)) => {
                self.filter.after_seq = found.iter().map(|found| found.seq).max().or(self.filter.after_seq);
                let new = found.into_iter().filter(|found| self.known.insert(key(found))).collect();
                said.extend(self.told_of(run.as_ref(), now));
                Ok((new, said))
            }
            // The file may have gone between the two looks: the next one finds that out.
            Err(StoreError::Locked(_)) => Ok((Vec::new(), said)),
            Err(_) if store.is_in_place().is_err() => Ok((Vec::new(), said)),
            Err(error) => Err(error),
        }
    }

    /// The store that was looked into last.
    pub(super) fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// What is said when the daemon ends or begins.
    fn told_of(&mut self, run: Option<&Run>, now: Timestamp) -> Option<String> {
        let life = Life::of(run, now);
        // Who polls by `feedwatch once`, every quarter of an hour perhaps, knows that no daemon runs.
        let is_once = run.is_some_and(|run| run.ended.as_deref() == Some(POLLED_ONCE));
        if is_once && self.life.is_some() && !matches!(life, Life::Ended(_)) {
            return None;
        }
        let before = self.life.replace(life.clone());
        match (before, life) {
            (before, life) if before.as_ref() == Some(&life) => None,
            (None, Life::Runs) => None,
            (Some(_), Life::Runs) => Some("running again".to_owned()),
            (_, life) => Some(format!("{life}; no alerts come until it is started")),
        }
    }
}

fn look(store: &Store, filter: &AlertFilter) -> Result<(Vec<StoredAlert>, Option<Run>)> {
    Ok((store.alerts(filter)?, store.last_run()?))
}

fn key(alert: &StoredAlert) -> u64 {
    hash64(&[alert.alert.id.as_bytes()])
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Shows what comes until `stop`.
pub(super) async fn follow(
    clock: &Clock,
    mut follower: Follower,
    mut show: impl FnMut(&Store, &[StoredAlert]) -> io::Result<()>,
    mut say: impl FnMut(&str),
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let mut stop = std::pin::pin!(stop);
    loop {
        let (new, said) = follower.look(clock.now())?;
        said.iter().for_each(|line| say(&escape(line)));
        if let Some(store) = follower.store() {
            show(store, &new)?;
        }
        tokio::select! {
            () = &mut stop => return Ok(()),
            () = clock.sleep_until(later(clock.now(), EVERY)) => {}
        }
    }
}
