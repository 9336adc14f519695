//! What the clock brings about without a poll: digests whose window is over, ends of silences, heartbeats, the end of old
//! articles.

use std::time::Duration;

use super::ground;
use crate::alert::{self, ITEMS_MAX};
use crate::clock::Timestamp;
use crate::model::{Alert, Counts, Keep, Routes};
use crate::poll::{Holding, Rules};
use crate::store::{HeldHits, Store, StoreError};

/// Steps of the sweep in a round: four million articles a day.
const SWEEPS_MAX: usize = 10;

/// What a round of upkeep needs to know.
pub(super) struct Upkeep {
    /// How often a heartbeat is told, if at all.
    pub(super) heartbeat: Option<Duration>,
    pub(super) started_at: Timestamp,
    pub(super) feeds: usize,
    /// How long articles are kept.
    pub(super) keep: Keep,
    /// Polls since the last heartbeat of this run.
    pub(super) polls: u64,
    /// Those of them that failed.
    pub(super) failed: u64,
}

/// What a round of upkeep did.
#[derive(Clone, Debug)]
pub(super) struct Upkept {
    /// Whether something is to be delivered.
    pub(super) told: bool,
    /// Whether a heartbeat is among it.
    pub(super) heartbeat: bool,
    /// Articles that were deleted for their age.
    pub(super) swept: usize,
    /// Whether the day's tidying was done with this.
    pub(super) tidied: bool,
    /// How many feeds fail.
    pub(super) failing: usize,
    /// The feeds that hold as many hits of others as they may.
    pub(super) full_holders: Vec<String>,
    /// When it was done: the store was written then.
    pub(super) at: Timestamp,
}

/// Tells what is to be told now, and takes care of the database for a moment.
pub(super) fn round(
    store: &Store,
    upkeep: &Upkeep,
    rules: &Rules,
    routes: &Routes,
    now: Timestamp,
) -> Result<Upkept, StoreError> {
    let mut told = silences(store, &rules.run, routes, now)?;
    told |= digests(store, &rules.holding, &rules.run, routes, now)?;
    told |= ground::retell(store, rules, routes, now)?;
    let (full_holders, told_of_them) = ground::full_holders(store, rules, routes, now)?;
    told |= told_of_them;
    let heartbeat = match heartbeat(store, upkeep, &rules.run, now)? {
        Some(beat) => store.raise(&[beat], routes)? > 0,
        None => false,
    };
    let swept = sweep(store, upkeep.keep, now)?;
    let tidied = store.tidy(upkeep.keep, now)?;
    store.give_back_space()?;
    let failing = store.failing_feeds()?;
    Ok(Upkept { told: told || heartbeat, heartbeat, failing, full_holders, at: now, swept, tidied })
}

/// Deletes old articles, in steps between which a poll can be settled.
fn sweep(store: &Store, keep: Keep, now: Timestamp) -> Result<usize, StoreError> {
    let mut articles = 0;
    for _ in 0..SWEEPS_MAX {
        let swept = store.sweep(keep, now)?;
        articles += swept.articles;
        if !swept.more {
            break;
        }
    }
    Ok(articles)
}

fn silences(store: &Store, run: &str, routes: &Routes, now: Timestamp) -> Result<bool, StoreError> {
    let ended = store.ended_silences(now)?;
    for silence in &ended {
        let HeldHits { items, .. } = store.held_by_silence(silence.id, ITEMS_MAX)?;
        let notice = alert::silence_ended(silence, items, now, run);
        store.tell_silence_ended(silence.id, &notice, routes)?;
    }
    Ok(!ended.is_empty())
}

/// A digest that is due in quiet hours waits for their end as all news does.
fn digests(store: &Store, holding: &Holding, run: &str, routes: &Routes, now: Timestamp) -> Result<bool, StoreError> {
    if holding.quiet.as_ref().is_some_and(|quiet| quiet.ends_at(now).is_some()) {
        return Ok(false);
    }
    let due = store.due_digests(now)?;
    for digest in &due {
        let HeldHits { count, items } = store.held_for_digest(digest.watch.as_deref(), ITEMS_MAX)?;
        let notice = alert::digest(digest.watch.as_deref(), count, items, now, run);
        store.tell_digest(digest, &notice, routes)?;
    }
    Ok(!due.is_empty())
}

/// The heartbeat at the end of the last stretch, if this run saw that end and it was not told. Stretches begin at whole
/// multiples of their length, so that a restart adds none.
fn heartbeat(store: &Store, upkeep: &Upkeep, run: &str, now: Timestamp) -> Result<Option<Alert>, StoreError> {
    let Some(every) = upkeep.heartbeat.map(|every| every.as_secs().max(1) as i64) else { return Ok(None) };
    let begin = now.as_second().div_euclid(every) * every;
    let instant = |second| Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
    let (begin, before) = (instant(begin), instant(begin - every));
    let told = alert::heartbeat(Counts::default(), begin, now, run);
    if begin <= upkeep.started_at || store.has_alert(&told.id)? {
        return Ok(None);
    }
    let (articles, raised, held) = store.counts_since(before)?;
    let Upkeep { polls, failed, feeds, .. } = *upkeep;
    let counts = Counts { feeds: feeds as u64, polls, failed, articles, raised, held };
    Ok(Some(alert::heartbeat(counts, begin, now, run)))
}
