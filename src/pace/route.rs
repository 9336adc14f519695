//! Which address is asked, and when a permanent redirect is believed: after proof, and with the way back kept open.

use std::time::Duration;

use super::Policy;
use crate::clock::{DAY, Timestamp, earlier, span};
use crate::model::{Feed, Learned, Moving, Validators};
use crate::web::{Redirect, Request, Way, same_document};

/// If an adopted address fails for this long, it may have been a mistake: the user's own address is tried, and then
/// again after each such span (R36).
const HOME_AFTER: Duration = DAY.saturating_mul(7);
/// If a feed that used to have news more often than weekly answers only "not modified" for this long, its validators
/// are checked (R8).
const SILENCE_SUSPECT: Duration = DAY.saturating_mul(14);
const LIVELY_GAP_MAX: Duration = DAY.saturating_mul(7);

/// Which address is polled, and for which purpose.
#[derive(Clone, Debug)]
pub struct Question {
    /// For the web.
    pub request: Request,
    /// Why so.
    pub purpose: Purpose,
}

/// Why a question is put as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Has it changed?
    Ordinary,
    /// What does it say? To see whether "not modified" is true.
    Check,
    /// Is it back at the user's address?
    Home,
    /// What stood in it before? An older page, to close a gap.
    Page,
}

/// The address that is to be asked for a feed now.
pub(super) fn target(feed: &Feed, now: Timestamp) -> &url::Url {
    if let Some(paging) = &feed.polls.learned.paging {
        return &paging.next;
    }
    let goes_home = feed.adopted.is_some() && wants_home(&feed.polls.learned, now);
    if goes_home { &feed.source.url } else { feed.address() }
}

/// What to ask for a feed now.
pub fn question(feed: &Feed, now: Timestamp) -> Question {
    let learned = &feed.polls.learned;
    let ask = |url: &url::Url, validators: Validators, purpose| Question {
        request: Request { url: url.clone(), validators, way: Way::default() },
        purpose,
    };
    if let Some(paging) = &learned.paging {
        return ask(&paging.next, Validators::default(), Purpose::Page);
    }
    if feed.adopted.is_some() && wants_home(learned, now) {
        return ask(&feed.source.url, Validators::default(), Purpose::Home);
    }
    if learned.validators_lie {
        return ask(feed.address(), Validators::default(), Purpose::Ordinary);
    }
    let silent = learned.read_at.is_some_and(|at| span(at, now) >= SILENCE_SUSPECT);
    let lively = learned.news_gap.is_some_and(|gap| gap < LIVELY_GAP_MAX);
    match !feed.validators.is_empty() && silent && lively {
        true => ask(feed.address(), Validators::default(), Purpose::Check),
        false => ask(feed.address(), feed.validators.clone(), Purpose::Ordinary),
    }
}

fn wants_home(learned: &Learned, now: Timestamp) -> bool {
    let long_ago = |at: Timestamp| at <= earlier(now, HOME_AFTER);
    let is_lost = learned.gone > 0 || learned.failing_since.is_some_and(long_ago);
    is_lost && learned.home_tried_at.is_none_or(long_ago)
}

/// Whether an address is not one that is polled for the feed already: many feeds name their own.
pub(crate) fn is_elsewhere(feed: &Feed, redirects: &[Redirect], named: &url::Url) -> bool {
    let known = [&feed.source.url, feed.address()].into_iter().chain(redirects.iter().map(|step| &step.to));
    known.into_iter().all(|known| !same_document(known, named))
}

/// The address to ask from now on (none: the user's), after an answer that proved to be the feed. Counts sightings of a
/// move in `learned`.
pub(crate) fn after_answer(
    policy: &Policy,
    feed: &Feed,
    purpose: Purpose,
    redirects: &[Redirect],
    learned: &mut Learned,
    now: Timestamp,
) -> Option<url::Url> {
    let (before, asked) = match purpose {
        // It is back where the user said it was.
        Purpose::Home => (None, &feed.source.url),
        _ => (feed.adopted.clone(), feed.address()),
    };
    // As far as all steps are permanent (R35).
    let Some(step) = redirects.iter().take_while(|step| step.permanent).last() else {
        learned.moving = None;
        return before;
    };
    let to = &step.to;
    let seen = learned.moving.take().filter(|moving| moving.to == *to && purpose != Purpose::Home);
    let since = seen.as_ref().map_or(now, |moving| moving.since);
    let sightings = seen.map_or(0, |moving| moving.sightings).saturating_add(1);
    if to == asked || sightings < policy.redirect_sightings || span(since, now) < policy.redirect_min_age {
        learned.moving = Some(Moving { to: to.clone(), sightings, since });
        return before;
    }
    Some(to.clone()).filter(|to| *to != feed.source.url)
}
