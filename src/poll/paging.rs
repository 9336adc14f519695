//! After a poll that found nothing known: older pages of the feed are read, if it names them, until something known shows
//! that nothing was lost between (R18, RFC 5005).
//!
//! Each page is a poll of its own, due like the one that found the gap, that waits for its host's turn like any other:
//! what the feed itself brought is settled and told before. Pages are never guessed: what a feed does not link to is not
//! asked.

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
/// A feed with a gap that its pages did not close, or that names none, is not paged again for so long: its items may be new
/// each time, and paging would multiply what it costs its server.
const IN_VAIN: Duration = DAY;

/// Sees to it that the page with the older items is asked next, if the poll has just found a gap. Whether there is one is
/// told when the pages end. `at` is the address that answered.
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
    // The poll is not over: what was due then is due still, also for who only asks what is due.
    polls.next_at = feed.polls.next_at.min(now);
}

/// What a page brings: articles that are new, and the word that the gap is closed, goes on, or stays. Nothing of it teaches
/// anything of the feed's own address, rhythm or health.
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
            // Known ones may look different on a page; what the feed itself says of them counts.
            parsed.articles.retain(|article| !known.articles.contains_key(&article.key));
            let goes_on = !is_closed && findings.whole.brings_new() && paging.left > 1 && quiet.is_zero();
            next = parsed.older.filter(|older| goes_on && may_follow(at, older));
            aliases = findings.aliases;
            articles =
                changed_articles(rules, feed, &known, findings.whole, findings.articles, parsed.articles, moment);
        }
        Answer::Failed(failure) => {
            // A host that asks for less is heard whatever was asked of it.
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

/// Whether a page may be asked: another document of the host that names it, and not without TLS where there was. Who names
/// other hosts could have us ask anybody.
fn may_follow(at: &Url, older: &Url) -> bool {
    let is_down = at.scheme() == "https" && older.scheme() != "https";
    !is_down && host_of(at) == host_of(older) && !same_document(at, older)
}
