//! Checks stories whose alerts may have lost their ground, and tells the hits that were suppressed because of them.
//! Also reports feeds that have reached their limit for holding hits of others.

use std::collections::HashMap;

use super::caught::caught;
use super::fault;
use crate::alert;
use crate::clock::{Timestamp, day_of, earlier};
use crate::model::{Kind, Level, Routes};
use crate::poll::{Past, Retelling, Rules};
use crate::store::{Store, StoreError};
use crate::watch::Scratch;

/// Stories looked at in a round; the others in the next.
const STORIES_MOST: usize = 50;

/// Tells the hits that are told after all; returns whether there were any.
pub(super) fn retell(store: &Store, rules: &Rules, routes: &Routes, now: Timestamp) -> Result<bool, StoreError> {
    recheck(store, rules, now)?;
    let mut told_any = false;
    for reopened in store.reopened(STORIES_MOST)? {
        let look = rules.alerts.look_back(now);
        let retelling = Retelling { policy: &rules.alerts, holding: &rules.holding, run: &rules.run, now };
        let (story, watch) = &reopened;
        let settle = || {
            store.settle_reopened(&reopened, look, routes, |told, hits, holders, ledger| {
                fault::strike("retell", || watch.clone());
                let past = Past::of(&rules.holding, [told.watch.as_str()], now, ledger)?;
                Ok(retelling.retell(told, hits, holders, past))
            })
        };
        let why = match caught(settle) {
            Ok(Err(error)) if error.is_of_one_row() => error.to_string(),
            Ok(told) => {
                told_any |= told? > 0;
                continue;
            }
            Err(panic) => panic,
        };
        tracing::error!(%story, %watch, "what joined a story cannot be looked at anew: {why}; all else goes on");
        store.give_up_reopened(&reopened)?;
    }
    Ok(told_any)
}

/// Checks whether the current watches still match the articles of their alerts: some alerts per round, after each start
/// and reload.
fn recheck(store: &Store, rules: &Rules, now: Timestamp) -> Result<(), StoreError> {
    let revisions: HashMap<&str, &str> = rules.watches.revisions().collect();
    let revision = |watch: &str| revisions.get(watch).map(|revision| (*revision).to_owned());
    let Some(others) = store.to_recheck(rules.alerts.told_since(now), revision)? else { return Ok(()) };
    let mut scratch = Scratch::default();
    for told in others {
        let whole = match store.article(told.article) {
            Err(error) if error.is_of_one_row() => None,
            whole => whole?,
        };
        let Some(whole) = whole else { continue };
        let hits = rules.watches.find(&whole.article, Some(&whole.feed), &mut scratch);
        store.rechecked(&told, hits.iter().any(|hit| *hit.watch == *told.watch))?;
    }
    Ok(())
}

/// The feeds that hold as many hits of others as they may, by name; those that are new to it today are told of.
pub(super) fn full_holders(
    store: &Store,
    rules: &Rules,
    routes: &Routes,
    now: Timestamp,
) -> Result<(Vec<String>, bool), StoreError> {
    let Some(most) = rules.alerts.one_feed_holds else { return Ok(Default::default()) };
    let full = store.full_holders(earlier(now, most.per), most.count)?;
    let (mut names, mut notices) = (Vec::new(), Vec::new());
    for holder in full {
        let Some(feed) = store.feed(holder.feed)? else { continue };
        let what = format!(
            "holds {} hits of other feeds as the same stories, which is the most ({most}): further ones are told. If it is no \
             honest source, write holds_others = false at it",
            holder.held
        );
        // Once a day.
        notices.push(alert::of_feed(Kind::FeedHolds, Level::Notice, &feed, day_of(now), &what, now, &rules.run));
        names.push(feed.label().into_owned());
    }
    let told = store.raise(&notices, routes)? > 0;
    Ok((names, told))
}
