//! Timed work without a poll: digests whose time is over, ends of silences, heartbeats, the deletion of old articles.

use std::time::Duration;

use super::caught::caught;
use super::ground;
use crate::alert::{self, ITEMS_MAX};
use crate::clock::{Timestamp, earlier};
use crate::logging::STORE_TROUBLE;
use crate::model::{Alert, AlertItem, AlertStory, Counts, Keep, Routes};
use crate::poll::{Holding, Rules, counted};
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

/// The results of a round of upkeep.
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

/// Raises the records that are due now, and does some maintenance of the database.
pub(super) fn round(
    store: &Store,
    upkeep: &Upkeep,
    rules: &Rules,
    routes: &Routes,
    now: Timestamp,
) -> Result<Upkept, StoreError> {
    let run = &rules.run;
    let mut told = by_itself("ends of silences", || silences(store, run, routes, now))?;
    told |= by_itself("digests", || digests(store, &rules.holding, run, routes, now))?;
    told |= by_itself("what lost its ground", || ground::retell(store, rules, routes, now))?;
    let (full_holders, told_of_them) =
        by_itself("feeds that hold others", || ground::full_holders(store, rules, routes, now))?;
    told |= told_of_them;
    told |= by_itself("watches that find nothing", || quiet_watches(store, rules, routes, now))?;
    let heartbeat = by_itself("the heartbeat", || match heartbeat(store, upkeep, run, now)? {
        Some(beat) => Ok(store.raise(&[beat], routes)? > 0),
        None => Ok(false),
    })?;
    let swept = by_itself("deleting what is too old", || sweep(store, upkeep.keep, now))?;
    let tidied = by_itself("the day's tidying", || store.tidy(upkeep.keep, now))?;
    by_itself("giving back space", || store.give_back_space())?;
    let failing = by_itself("counting the feeds that fail", || store.failing_feeds())?;
    Ok(Upkept { told: told || heartbeat, heartbeat, failing, full_holders, at: now, swept, tidied })
}

/// Does one thing of a round. What fails over a row, or by a fault of ours, is told and left undone this time; the
/// others are done. Only an error of the database file ends the round.
fn by_itself<T: Default>(what: &str, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let why = match caught(work) {
        Ok(Err(error)) if error.is_of_one_row() => error.to_string(),
        Ok(done) => return done,
        Err(panic) => panic,
    };
    tracing::error!(target: STORE_TROUBLE, "{what}: not done this time, and all else goes on: {why}");
    Ok(T::default())
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

/// Names the watches that found nothing for long, each once until it finds something again.
fn quiet_watches(store: &Store, rules: &Rules, routes: &Routes, now: Timestamp) -> Result<bool, StoreError> {
    let Some(after) = rules.alerts.quiet_after else { return Ok(false) };
    let mut notices = Vec::new();
    for (watch, since) in store.quiet_watches(earlier(now, after))? {
        let notice = alert::watch_quiet(&watch, since, now, &rules.run);
        if !store.has_alert(&notice.id)? {
            notices.push(notice);
        }
    }
    Ok(!notices.is_empty() && store.raise(&notices, routes)? > 0)
}

fn silences(store: &Store, run: &str, routes: &Routes, now: Timestamp) -> Result<bool, StoreError> {
    let ended = store.ended_silences(now)?;
    for silence in &ended {
        let HeldHits { mut items, .. } = store.held_by_silence(silence.id, ITEMS_MAX)?;
        count_anew(store, &mut items)?;
        let notice = alert::silence_ended(silence, items, now, run);
        store.tell_silence_ended(silence.id, &notice, routes)?;
    }
    Ok(!ended.is_empty())
}

/// Says of each hit how far its story has come since.
fn count_anew(store: &Store, items: &mut [AlertItem]) -> Result<(), StoreError> {
    for item in items.iter_mut().filter(|item| !item.story.id.is_empty()) {
        let now = store.story_now(&item.story.id, &item.watch)?;
        // What a silence held is told to nobody, and what was remembered of it may be gone.
        if now.articles > item.story.articles {
            let new = std::mem::take(&mut item.story.new);
            item.story = AlertStory { new, ..counted(&item.story.id, &now.outlets, now.articles) };
        }
    }
    Ok(())
}

/// A digest that is due in quiet hours waits for their end as all news does.
fn digests(store: &Store, holding: &Holding, run: &str, routes: &Routes, now: Timestamp) -> Result<bool, StoreError> {
    if holding.quiet.as_ref().is_some_and(|quiet| quiet.ends_at(now).is_some()) {
        return Ok(false);
    }
    let due = store.due_digests(now)?;
    for digest in &due {
        let HeldHits { count, mut items } = store.held_for_digest(digest.watch.as_deref(), ITEMS_MAX)?;
        count_anew(store, &mut items)?;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn check(work: impl FnOnce() -> Result<u32, StoreError>, left: Option<u32>) {
        assert_eq!(by_itself("a test", work).ok(), left);
    }

    #[test]
    fn only_the_database_file_ends_a_round() {
        check(|| Ok(7), Some(7));
        check(|| panic!("a fault"), Some(0));
        let (path, cause) = ("a.db".into(), String::from("it is gone"));
        check(|| Err(StoreError::CannotOpen { path, cause }), None);
    }
}
