//! After a poll without any known item: the older pages that the feed links to are read until a known item shows that
//! nothing was lost (R18, RFC 5005).
//!
//! Each page is a separate poll that waits for its host's turn like any other. The items of the feed itself are settled
//! and told before. Pages are never guessed: only linked pages are polled.

use std::time::Duration;

use url::Url;

use super::decide::{retry_after, trouble};
use super::facts::Facts;
use super::outcome::{Moment, changed_articles};
use super::{Answer, Read, Rules};
use crate::clock::{DAY, Timestamp, later, span};
use crate::model::{Changes, Feed, Kept, Paging, Polls, host_of};
use crate::pace::{Plan, Result, next_poll};
use crate::web::{RETRY_AFTER_MAX, same_document};

/// Pages read for one gap: with the ordinary 20 items a page, two days of a lively paper.
const PAGES_MAX: u32 = 10;
/// If the pages of a feed did not close a gap, or it has none, its pages are not read again for this long: its items
/// may be new at each poll, and paging would multiply the load of its server.
const IN_VAIN: Duration = DAY;

/// Sees to it that the page with the older items is asked next, if the poll has just found a gap. Whether there is one
/// is told when the pages end. `at` is the address that answered.
pub(super) fn begin(feed: &Feed, polls: &mut Polls, at: &Url, older: Url, now: Timestamp) {
    let before = &feed.polls.learned;
    let found_gap = polls.learned.gaps > before.gaps;
    let in_vain = before.gap_at.is_some_and(|gap| span(gap, now) < IN_VAIN);
    if !found_gap || in_vain || !may_follow(at, &older) {
        return;
    }
    (polls.learned.gaps, polls.learned.gap_at) = (before.gaps, before.gap_at);
    let wait = span(now, polls.next_at);
    polls.learned.paging = Some(Paging { next: older, left: PAGES_MAX, since: now, wait });
    // The poll is not over: the feed is still due, also for `feedwatch once`.
    polls.next_at = feed.polls.next_at.min(now);
}

/// The changes by a page: new articles, and whether the gap is closed, continues, or remains. A page says nothing about
/// the feed's own address, rhythm or health.
pub(super) fn decide(rules: &Rules, paging: &Paging, facts: Facts, answer: Answer, moment: Moment) -> Changes {
    let Facts { feed, host: _, around, known, findings, kept: _ } = facts;
    let now = moment.answered_at;
    let (mut articles, mut aliases, mut pause) = (Vec::new(), Vec::new(), None);
    let (mut next, mut is_closed, mut quiet) = (None, false, Duration::ZERO);
    match answer {
        Answer::Read(read) => {
            let Read { given, mut parsed, .. } = *read;
            quiet = given.hints.retry_after.unwrap_or_default();
            let at = given.redirects.last().map_or(&paging.next, |step| &step.to);
            is_closed = findings.whole.closes_gap;
            // Known articles may look different on a page; the text in the feed itself counts.
            parsed.articles.retain(|article| !known.articles.contains_key(&article.key));
            let goes_on = !is_closed && findings.whole.brings_new() && paging.left > 1 && quiet.is_zero();
            next = parsed.older.filter(|older| goes_on && may_follow(at, older));
            aliases = findings.aliases;
            articles =
                changed_articles(rules, feed, &known, findings.whole, findings.articles, parsed.articles, moment);
        }
        Answer::Failed(failure) => {
            // If a host asks for a pause, it gets one, whatever was polled.
            let trouble = trouble(rules, feed, &known, &failure, around.is_offline, now);
            let retry_after = retry_after(&failure);
            quiet = retry_after.map_or(Duration::ZERO, |named| named.wait);
            let failed = Result::Failed { trouble, retry_after, error: failure.to_string() };
            let Plan { pause: asked_for, .. } =
                next_poll(&rules.policy, feed, &known.host, around.stretch, failed, now);
            pause = asked_for;
        }
        Answer::NotModified(_) | Answer::SameBody(_) => {}
    }
    let mut polls = feed.polls.clone();
    polls.learned.begun = None;
    polls.learned.paging = next.map(|next| Paging { next, left: paging.left - 1, ..paging.clone() });
    if polls.learned.paging.is_none() {
        let rest = paging.wait.saturating_sub(span(paging.since, now));
        polls.next_at = later(now, rest.max(quiet.min(RETRY_AFTER_MAX)));
        if !is_closed {
            polls.learned.gaps = polls.learned.gaps.saturating_add(1);
            polls.learned.gap_at = Some(now);
        }
    }
    Changes {
        feed: feed.id,
        polls,
        document: None,
        articles,
        aliases,
        kept: Kept::AsItWas,
        moved: None,
        notices: Vec::new(),
        pause,
    }
}

/// Whether a page may be polled: it must be another document of the same host, and must use TLS if the feed did. A feed
/// that could name other hosts could make us poll anybody.
fn may_follow(at: &Url, older: &Url) -> bool {
    let is_down = at.scheme() == "https" && older.scheme() != "https";
    !is_down && host_of(at) == host_of(older) && !same_document(at, older)
}
