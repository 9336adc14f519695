//! Whether a hit of a told story may join it, and because of which piece. And which hits are told after all once an
//! alert has lost its ground. Pure.
//!
//! An alert tells a story. Another hit of the story joins while that alert is valid and while a similar piece may hold
//! it: a piece of its own feed, a piece with the text of the alert's article, or a piece of another feed within that
//! feed's daily limit. So no feed can suppress the hits of others without limit, whatever it publishes.

use std::collections::HashMap;

use super::counted::{Growth, counted};
use super::hold::{Past, held};
use super::{AlertPolicy, Holding};
use crate::clock::Timestamp;
use crate::hash::hex128;
use crate::model::{Alert, ArticleId, Decided, FeedId, HeldBy, Holder, Outcome, StoryHit, Telling, Told};
use crate::story::{Alike, Link, Memory, Piece, Signature};

/// The most hits of one story that are told after all: a story with more different hits is not one story.
const RETOLD_MOST: usize = 200;

/// How many hits the feeds may still hold, as known for one document.
pub(super) type Holders = HashMap<FeedId, Holder>;

/// Whether pieces of a feed that were there at an instant may hold hits of others.
pub(super) fn may_hold(holders: &Holders, feed: FeedId, at: Timestamp, now: Timestamp) -> bool {
    holders.get(&feed).is_none_or(|holder| holder.may_hold(at, now))
}

/// Why a hit joins: the alert that told its story, and the other feed that holds it.
#[derive(Debug)]
pub(super) struct Ground<'t> {
    /// Whether it is of the story for sure, and not only perhaps.
    pub(super) is_sure: bool,
    pub(super) telling: &'t Telling,
    pub(super) by: Option<HeldBy>,
}

/// The valid alerts of a story for a hit of a feed, oldest first.
fn standing<'t>(
    policy: &AlertPolicy,
    told: &'t Told,
    feed: FeedId,
    holders: &Holders,
    now: Timestamp,
) -> impl Iterator<Item = &'t Telling> {
    let since = policy.told_since(now);
    told.tellings.iter().filter(move |telling| {
        let counts = telling.feed == feed || may_hold(holders, telling.feed, telling.raised_at, now);
        telling.void.is_none() && telling.raised_at >= since && counts
    })
}

/// On what ground a hit of a feed is held, or told in a line under the alert that it is perhaps the same as; none when
/// it is to be told by itself.
pub(super) fn ground<'t>(
    policy: &AlertPolicy,
    told: &'t Told,
    links: &[Link],
    feed: FeedId,
    holders: &Holders,
    now: Timestamp,
) -> Option<Ground<'t>> {
    let (sure, perhaps): (Vec<Link>, Vec<Link>) = links.iter().cloned().partition(|link| link.is_sure);
    let of = |links: &[Link], is_sure| ground_of(policy, told, links, is_sure, feed, holders, now);
    of(&sure, true).or_else(|| of(&perhaps, false))
}

/// Under which alert a hit is told that is perhaps of another story: the first of those stories that the watch told.
pub(super) fn perhaps<'t>(
    policy: &AlertPolicy,
    told: &'t HashMap<String, Vec<Told>>,
    watch: &str,
    alike: &[Alike],
    feed: FeedId,
    holders: &Holders,
    now: Timestamp,
) -> Option<Ground<'t>> {
    alike.iter().find_map(|alike| {
        let told = told.get(&alike.story)?.iter().find(|told| told.watch == watch)?;
        ground_of(policy, told, &alike.links, false, feed, holders, now)
    })
}

fn ground_of<'t>(
    policy: &AlertPolicy,
    told: &'t Told,
    links: &[Link],
    is_sure: bool,
    feed: FeedId,
    holders: &Holders,
    now: Timestamp,
) -> Option<Ground<'t>> {
    let standing: Vec<&Telling> = standing(policy, told, feed, holders, now).collect();
    let first = *standing.first()?;
    // The feed's own pieces of it, if the watch found them: their outcome is noted there.
    let is_own = |link: &Link| match link.article {
        _ if link.feed != feed => false,
        ArticleId(0) => told.feeds.contains(&feed),
        article => told.found.contains(&article),
    };
    if links.iter().any(is_own) {
        return Some(Ground { is_sure, telling: first, by: None });
    }
    let others = || {
        let counts = |link: &&Link| {
            link.feed != feed && !told.void.contains(&link.article) && may_hold(holders, link.feed, link.at, now)
        };
        links.iter().filter(counts)
    };
    // What says the same as an alert was told by it, and takes nothing from its feed's share.
    let same = others()
        .filter(|link| link.says_same)
        .find_map(|link| standing.iter().find(|telling| telling.article == link.article && telling.feed == link.feed));
    if let Some(telling) = same {
        return Some(Ground { is_sure, telling, by: Some(HeldBy { feed: telling.feed, counts: false }) });
    }
    let held = |feed: FeedId| holders.get(&feed).map_or(0, |holder| holder.held);
    let has_room = |link: &&Link| policy.one_feed_holds.is_none_or(|most| held(link.feed) < most.count);
    let by = others().filter(has_room).min_by_key(|link| (held(link.feed), link.feed))?.feed;
    let telling = standing.iter().find(|telling| telling.feed == by).copied().unwrap_or(first);
    Some(Ground { is_sure, telling, by: Some(HeldBy { feed: by, counts: true }) })
}

/// The hits of a story whose alert may have lost its ground.
pub struct Retelling<'a> {
    /// Which hits become alerts.
    pub policy: &'a AlertPolicy,
    /// What holds alerts back.
    pub holding: &'a Holding,
    /// The id of this process's run.
    pub run: &'a str,
    /// Now.
    pub now: Timestamp,
}

impl Retelling<'_> {
    /// The joined hits of a story that are told after all, the newest first: those that are like none that is told.
    pub fn retell(
        &self,
        told: &Told,
        untold: Vec<StoryHit>,
        holders: &HashMap<FeedId, Holder>,
        mut past: Past,
    ) -> Vec<(i64, Decided)> {
        let Retelling { policy, holding, run, now } = *self;
        let stranger = FeedId(i64::MIN);
        let standing: Vec<&Telling> = standing(policy, told, stranger, holders, now).collect();
        let lost = |feed: FeedId, at| !may_hold(holders, feed, at, now);
        let noisy: Vec<FeedId> = told.tellings.iter().filter(|t| t.is_noise()).map(|t| t.feed).collect();
        let waits = |hit: &&StoryHit| {
            let is_void = |by: FeedId| told.tellings.iter().any(|telling| telling.feed == by && telling.void.is_some());
            let by_whom_is_lost = hit.by.is_some_and(|by| lost(by, hit.raised_at) || is_void(by));
            !lost(hit.feed, hit.raised_at)
                && hit.raised_at >= policy.told_since(now)
                && if standing.is_empty() { !noisy.contains(&hit.feed) } else { by_whom_is_lost }
        };
        let mut memory = Memory::default();
        let is_told = |hit: &&StoryHit| standing.iter().any(|telling| telling.article == hit.article);
        for hit in untold.iter().filter(is_told) {
            memory.add("told", piece(hit));
        }
        let mut retold = Vec::new();
        for hit in untold.iter().filter(|hit| !is_told(hit)).filter(waits) {
            let piece = piece(hit);
            let is_like_told = memory.links("told", &piece, |_| true).iter().any(|link| link.is_sure);
            if is_like_told || retold.len() == RETOLD_MOST {
                continue;
            }
            memory.add("told", piece);
            let why = told.why_lost(holders, hit.by, now);
            let alert = told_late(&hit.alert, &why, run, now);
            let mut decided = Decided::new(Outcome::Raised, String::new(), alert);
            match held(holding, &past, &decided.alert, hit.feed, now) {
                Some((hold, reason)) => decided.hold_back(hold, reason),
                None => past.raised.entry(decided.alert.watch.name.clone()).or_default().push((now, hit.feed)),
            }
            retold.push((hit.seq, decided));
        }
        retold
    }
}

fn piece(hit: &StoryHit) -> Piece {
    let signature = Signature::from_bytes(&hit.signature).unwrap_or_default();
    Piece { feed: hit.feed, article: hit.article, at: hit.at, signature }
}

/// The record of a hit that is told after all, with why only now.
fn told_late(joined: &Alert, why: &str, run: &str, now: Timestamp) -> Alert {
    let change = format!("told late: {why}");
    let millis_since = |at: Timestamp| now.duration_since(at).as_millis() as i64;
    let mut alert = Alert {
        time: now,
        message: format!("{} ({change})", joined.message),
        change: Some(change),
        run: run.to_owned(),
        ..joined.clone()
    };
    alert.latency_ms.published = alert.article.published.map(millis_since);
    alert.latency_ms.seen = millis_since(alert.article.first_seen);
    alert
}

/// The record that says that a story has grown: it has the article that made it grow, and an id that is the same if it
/// is repeated.
pub(super) fn grown(joined: &Alert, telling: &Telling, step: usize) -> Decided {
    let size = joined.story.size();
    let change = format!("story grew to {size}");
    let reason = format!("the story that alert {} told has come up in {size}", telling.alert);
    let alert = Alert {
        id: hex128(&[b"grown", telling.alert.as_bytes(), &(step as u32).to_le_bytes()]),
        message: format!("{} ({change})", joined.message),
        change: Some(change),
        ..joined.clone()
    };
    Decided::new(Outcome::Grown, reason, alert)
}

/// How a story was told that was taken for two: by each watch since it first was.
pub(super) fn unite(told: &mut Vec<Told>, theirs: Vec<Told>, growth: Growth) {
    let known_to = |told: &Told| told.known_to.unwrap_or_else(|| growth.of(&counted("", &told.outlets, told.articles)));
    for mut other in theirs {
        let Some(mine) = told.iter_mut().find(|mine| mine.watch == other.watch) else {
            told.push(other);
            continue;
        };
        mine.known_to = Some(known_to(mine).max(known_to(&other)));
        mine.tellings.append(&mut other.tellings);
        mine.tellings.sort_by_key(|telling| telling.raised_at);
        mine.void.append(&mut other.void);
        mine.found.append(&mut other.found);
        mine.is_confirmed |= other.is_confirmed;
        mine.articles += other.articles;
        mine.feeds.extend(other.feeds);
        mine.outlets.extend(other.outlets);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::clock::later;
    use crate::model::Outlet;

    const ME: FeedId = FeedId(1);
    const TELLER: FeedId = FeedId(2);
    const OTHER: FeedId = FeedId(3);

    fn at(minutes: u64) -> Timestamp {
        later("2026-11-24T12:00:00Z".parse().unwrap(), std::time::Duration::from_secs(60 * minutes))
    }

    fn link(feed: FeedId, article: i64, says_same: bool) -> Link {
        Link { feed, article: ArticleId(article), at: at(1), says_same, is_sure: true }
    }

    /// A story that TELLER's article 20 told at minute 2, of which the watch found 10 of ME and 30 of OTHER as well:
    /// whether a hit of ME is held at minute 60 by these links, and who answers for it.
    fn check(links: &[Link], holders: &[(FeedId, Holder)], void: Option<&str>, held: Option<Option<(FeedId, bool)>>) {
        let telling = Telling {
            alert: "a1".to_owned(),
            feed: TELLER,
            article: ArticleId(20),
            title: "Envoy leaves".to_owned(),
            raised_at: at(2),
            waits: false,
            void: void.map(str::to_owned),
            outlet: Outlet { feed: TELLER, publisher: None, origin: None },
        };
        let found = [10, 20, 30].map(ArticleId).into();
        let told = Told { tellings: vec![telling], feeds: [ME, TELLER, OTHER].into(), found, ..Told::default() };
        let holders: Holders = holders.iter().copied().collect();
        let ground = ground(&AlertPolicy::default(), &told, links, ME, &holders, at(60));
        assert_eq!(
            ground.map(|ground| ground.by.map(|by| (by.feed, by.counts))),
            held,
            "{links:?} {holders:?} {void:?}"
        );
    }

    #[test]
    fn a_hit_is_held_by_what_is_like_it_and_may() {
        let full = Holder { held: 20, ..Holder::default() };
        let never = Holder { never: true, ..Holder::default() };
        let gone = Holder { is_gone: true, ..Holder::default() };
        let silenced = |from, to| Holder { silenced: Some((at(from), at(to))), ..Holder::default() };
        let (own, alike, same) = (link(ME, 10, false), link(TELLER, 20, false), link(TELLER, 20, true));
        let (third, third_same) = (link(OTHER, 30, false), link(OTHER, 30, true));
        let by = |feed, counts| Some(Some((feed, counts)));
        // Nothing is like it, though the story is the same.
        check(&[], &[], None, None);
        check(std::slice::from_ref(&own), &[], None, Some(None));
        // The feed's own piece, but one that this watch did not find.
        check(&[link(ME, 11, false)], &[], None, None);
        check(std::slice::from_ref(&alike), &[], None, by(TELLER, true));
        check(std::slice::from_ref(&same), &[], None, by(TELLER, false));
        // A copy of a piece that was never told counts too.
        check(std::slice::from_ref(&third_same), &[], None, by(OTHER, true));
        // A feed at its limit holds nothing more, except exact copies.
        check(std::slice::from_ref(&alike), &[(TELLER, full)], None, None);
        check(std::slice::from_ref(&same), &[(TELLER, full)], None, by(TELLER, false));
        check(&[alike.clone(), third.clone()], &[(TELLER, full)], None, by(OTHER, true));
        // The feed that has held least is charged for it.
        check(
            &[third.clone(), alike.clone()],
            &[(OTHER, Holder { held: 3, ..Holder::default() })],
            None,
            by(TELLER, true),
        );
        // An alert without ground holds no hits.
        for holder in [never, gone, silenced(30, 40), silenced(1, 90), silenced(2, 3)] {
            check(&[own.clone(), same.clone(), third.clone()], &[(TELLER, holder)], None, None);
            check(std::slice::from_ref(&third), &[(OTHER, holder)], None, None);
        }
        check(std::slice::from_ref(&third), &[(TELLER, silenced(0, 1))], None, by(OTHER, true));
        check(&[own, same, third], &[], Some("judged noise"), None);
    }
}
