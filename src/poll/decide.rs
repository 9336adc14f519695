//! The core of judging: the changes by an answer, before holding. A pure function.

use std::collections::HashSet;
use std::time::Duration;

use crate::alert::shorten;
use crate::clock::{DAY, Timestamp, span};
use crate::feed::{FeedError, Note, Parsed};
use crate::model::{Article, Changes, Decoded, DocumentSeen, Feed, Known, Suggestion, Validators, Wishes};
use crate::watch::WatchSet;
use crate::web::{FetchError, Guard, Hints, Redirect};

use super::facts::Facts;
use super::outcome::{Moment, changed_articles, named};
use super::paging;
use super::parts::was_known;
use super::{AlertPolicy, Holding};
use crate::pace::route;
use crate::pace::{Overlap, Plan, Policy, Purpose, Result, RetryAfter, Seen, Trouble, next_poll};

/// The basis of decisions: the operator's settings and watches, and the current run.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// How polls are spaced.
    pub policy: Policy,
    /// The allowed connections; addresses beyond the public network belong to the operator.
    pub guard: Guard,
    /// Which hits become alerts.
    pub alerts: AlertPolicy,
    /// How much is told, and when.
    pub holding: Holding,
    /// The watches.
    pub watches: WatchSet,
    /// The id of this process's run, for the records.
    pub run: String,
}

/// The answer of a poll.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The server says that nothing changed.
    NotModified(Given),
    /// The same bytes as last time, although the server did not say so.
    SameBody(Given),
    /// A document that was read.
    Read(Box<Read>),
    /// Nothing of use.
    Failed(Failure),
}

/// What a successful answer contains besides the document.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Those it gave; with a document they are all there are, with "not modified" those that changed.
    pub validators: Validators,
    /// Its wishes.
    pub hints: Hints,
    /// The way to the address that answered.
    pub redirects: Vec<Redirect>,
    /// Another address that it names.
    pub suggestion: Option<Suggestion>,
}

/// A document that was read.
#[derive(Clone, Debug)]
pub struct Read {
    /// What the answer contained besides it.
    pub given: Given,
    /// A hash of its bytes.
    pub body_hash: u64,
    /// What it says.
    pub parsed: Parsed,
}

/// What an answer is judged by besides itself.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// What was asked.
    pub purpose: Purpose,
    /// Whether this machine seems to be cut off.
    pub is_offline: bool,
    /// By how much load stretches intervals.
    pub stretch: f64,
}

/// Why a poll brought nothing of use.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failure {
    /// No document came.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The document is not a feed.
    #[error("{error}")]
    Feed {
        /// Why not.
        error: FeedError,
        /// Another address that it names.
        suggestion: Option<Suggestion>,
    },
    /// feedwatch itself failed on it, because of a bug or an invalid value in the database.
    #[error("feedwatch itself failed over this feed: {0}")]
    Fault(String),
    /// The process ended while it was being read, this many times in a row.
    #[error("the process ended while this was read ({0} times)")]
    Ended(u32),
}

/// The changes by a poll. Silences, quiet hours and `at_most` are not applied yet, and no notice is made.
pub(super) fn decide(rules: &Rules, facts: Facts, answer: Answer, moment: Moment) -> Changes {
    if let (Purpose::Page, Some(paging)) = (facts.around.purpose, &facts.feed.polls.learned.paging) {
        return paging::decide(rules, paging, facts, answer, moment);
    }
    let Facts { feed, host: _, around, known, findings, kept } = facts;
    let now = moment.answered_at;
    let mut older = None;
    let (mut articles, mut aliases, mut document) = (Vec::new(), Vec::new(), None);
    // The newest date so far, and the order in which dates are written.
    let mut dated = (feed.polls.learned.dated_to, None);
    // Whether what answered is the feed that we know, so that a move is worth remembering.
    let mut is_the_feed = true;
    let (mut redirects, mut suggestion) = (Vec::new(), feed.polls.learned.suggestion.clone());
    let seen = |given: &Given, whole| Seen {
        fresh_for: given.hints.fresh_for,
        retry_after: given.hints.retry_after,
        whole,
        is_unvalidated: whole && given.validators.is_empty(),
        was_check: around.purpose == Purpose::Check,
        document: None,
    };
    let result = match answer {
        Answer::NotModified(given) => {
            let seen = seen(&given, false);
            document = without_news(feed, merged(&feed.validators, given.validators));
            redirects = given.redirects;
            Result::Good(seen)
        }
        Answer::SameBody(given) => {
            let seen = seen(&given, true);
            document = without_news(feed, given.validators);
            redirects = given.redirects;
            suggestion = given.suggestion.or(suggestion);
            Result::Good(seen)
        }
        // Its validators stay out: they would make the loss last (R33).
        Answer::Read(read) if findings.whole.overlap.items == 0 && feed.polls.learned.items > 0 => {
            let error = format!("the feed is empty; it had {} items", feed.polls.learned.items);
            let retry_after = read.given.hints.retry_after.map(|wait| RetryAfter { status: 200, wait });
            Result::Failed { trouble: Trouble::Emptied, retry_after, error }
        }
        Answer::Read(read) => {
            let Read { given, body_hash, mut parsed } = *read;
            older = parsed.older.take().filter(|_| given.hints.retry_after.is_none());
            let lossy = parsed.notes.iter().any(|note| matches!(note, Note::Lossy { .. }));
            let decoded = Some(Decoded { charset: parsed.charset, lossy });
            let overlap = findings.whole.overlap.clone();
            dated = (dated.0.max(findings.whole.ages.newest()), parsed.date_order);
            let same_title = parsed.title.is_some() && parsed.title == feed.title;
            is_the_feed = overlap.known > 0 || same_title || feed.polls.succeeded_at.is_none();
            let feed = &named(feed, &parsed);
            aliases = findings.aliases;
            articles =
                changed_articles(rules, feed, &known, findings.whole, findings.articles, parsed.articles, moment);
            let seen = Seen { document: Some(overlap), ..seen(&given, true) };
            // A truncated document is fetched again. If the same bytes come twice, there is no more, and its validators
            // are kept (R4).
            let is_cut = parsed.notes.contains(&Note::Truncated);
            document = Some(DocumentSeen {
                validators: if is_cut { feed.validators.clone() } else { given.validators },
                title: parsed.title,
                body_hash: Some(body_hash),
                decoded,
            });
            redirects = given.redirects;
            suggestion = given.suggestion;
            Result::Good(seen)
        }
        Answer::Failed(failure) => {
            if let Failure::Feed { suggestion: Some(named), .. } = &failure {
                suggestion = Some(named.clone());
            }
            let trouble = match trouble(rules, feed, &known, &failure, around.is_offline, now) {
                Trouble::Gone if around.purpose == Purpose::Home => Trouble::GoneAtHome,
                other => other,
            };
            let error = shorten(&failure.to_string(), ERROR_CHARS_MOST);
            Result::Failed { trouble, retry_after: retry_after(&failure), error }
        }
    };
    let is_good = matches!(result, Result::Good(_));
    let ends = match &result {
        Result::Failed { trouble: Trouble::Ended { times }, .. } => *times,
        _ => 0,
    };
    let Plan { mut polls, pause } = next_poll(&rules.policy, feed, &known.host, around.stretch, result, now);
    if document.as_ref().is_some_and(|document| document.body_hash.is_some()) {
        polls.learned.begun = None;
    }
    if is_good || ends > 0 {
        polls.learned.ends = ends;
    }
    if let Some(older) = older {
        let asked = if around.purpose == Purpose::Home { &feed.source.url } else { feed.address() };
        let at = redirects.last().map_or(asked, |step| &step.to);
        paging::begin(feed, &mut polls, at, older, now);
    }
    if around.purpose == Purpose::Home {
        polls.learned.home_tried_at = Some(now).filter(|_| !is_good);
    }
    let adopted = match is_good && is_the_feed {
        true => route::after_answer(&rules.policy, feed, around.purpose, &redirects, &mut polls.learned, now),
        false => feed.adopted.clone(),
    };
    if is_good && !is_the_feed {
        polls.learned.moving = None;
    }
    polls.learned.dated_to = dated.0;
    polls.learned.date_order = dated.1.or(polls.learned.date_order);
    polls.learned.suggestion = suggestion.filter(|named| route::is_elsewhere(feed, &redirects, &named.url));
    let moved = (adopted != feed.adopted).then(|| adopted.unwrap_or_else(|| feed.source.url.clone()));
    Changes { feed: feed.id, polls, document, articles, aliases, kept, moved, notices: Vec::new(), pause }
}

/// A document compared with what was known of its feed.
pub(super) fn overlap(feed: &Feed, known: &Known, parsed: &Parsed) -> Overlap {
    let is_known = |article: &&Article| was_known(feed, known, article);
    let new = parsed.articles.iter().filter(|article| !is_known(article));
    let since = feed.polls.last_at.unwrap_or(Timestamp::MAX);
    // Items within one minute were published together.
    let moments: HashSet<i64> = new
        .filter_map(|article| article.published)
        .filter(|published| *published > since)
        .map(|published| published.as_second() / 60)
        .collect();
    let hints = &parsed.hints;
    Overlap {
        wishes: Wishes {
            ttl: hints.ttl,
            update_every: hints.update_every(),
            skip_hours: hints.skip_hours,
            skip_days: hints.skip_days,
        },
        items: parsed.articles.len() as u32,
        known: parsed.articles.iter().filter(is_known).count() as u32,
        moments: moments.len() as u32,
        partial: parsed.notes.iter().any(|note| matches!(note, Note::Truncated | Note::Incomplete { .. })),
    }
}

/// The kind of a failure, for the schedule.
pub(super) fn trouble(
    rules: &Rules,
    feed: &Feed,
    known: &Known,
    failure: &Failure,
    is_offline: bool,
    now: Timestamp,
) -> Trouble {
    let error = match failure {
        Failure::Fetch(error) => error,
        Failure::Ended(times) => return Trouble::Ended { times: *times },
        Failure::Feed { .. } | Failure::Fault(_) => return Trouble::Ordinary,
    };
    // If a redirect led to the host of other feeds, its answer does not concern those feeds.
    let is_own_host = known.host.name == feed.host() || !known.host.has_feeds;
    match *error {
        // A 503 from the operator's own server, such as a bridge that makes feeds, concerns one feed, not all (R25).
        FetchError::Throttled { status: 503, reset, .. } if rules.guard.opens(feed.address()) => {
            Trouble::Throttled { status: 503, host: false, reset }
        }
        FetchError::Throttled { status, reset, .. } => Trouble::Throttled { status, host: is_own_host, reset },
        FetchError::Gone => Trouble::Gone,
        FetchError::Status { status: status @ (401 | 402 | 407 | 451), .. } => Trouble::Denied { status },
        FetchError::Status { status: 403, .. } | FetchError::Challenge { status: 403, .. }
            if is_own_host && is_disguised(feed, known, now) =>
        {
            Trouble::Throttled { status: 403, host: true, reset: None }
        }
        _ if is_offline && is_unconnected(error) => Trouble::Offline,
        FetchError::Unresolved { temporary: true, .. } => Trouble::Passing,
        // Another address is one that a server's redirect named.
        FetchError::Refused(ref refusal) if feed.address().host_str().is_some_and(|host| refusal.0.contains(host)) => {
            Trouble::Refused
        }
        _ => Trouble::Ordinary,
    }
}

/// The most characters of an error that are stored: a server's text may be long.
const ERROR_CHARS_MOST: usize = 400;

/// Whether a failure may be due to our own connection. A server that refuses a connection was reached.
pub fn is_unconnected(error: &FetchError) -> bool {
    matches!(
        error,
        FetchError::Unreachable(_)
            | FetchError::Unresolved { temporary: true, .. }
            | FetchError::TimedOut { doing: "connecting", .. }
    )
}

/// "Forbidden" from a host that answered well within the last day means "too often", if it has several of our feeds or
/// is polled every few seconds (R28). If it comes again for the same feed, it is an ordinary failure.
fn is_disguised(feed: &Feed, known: &Known, now: Timestamp) -> bool {
    const CONTENT: Duration = DAY;
    const BUSY_INTERVAL: Duration = Duration::from_secs(5);
    let was_content = feed.polls.succeeded_at.is_some_and(|at| span(at, now) <= CONTENT);
    was_content && feed.polls.failures == 0 && (known.host.feeds >= 2 || feed.polls.interval <= BUSY_INTERVAL)
}

pub(super) fn retry_after(failure: &Failure) -> Option<RetryAfter> {
    let Failure::Fetch(
        FetchError::Throttled { status, retry_after: Some(wait), .. }
        | FetchError::Status { status, retry_after: Some(wait) }
        | FetchError::Challenge { status, retry_after: Some(wait) },
    ) = failure
    else {
        return None;
    };
    Some(RetryAfter { status: *status, wait: *wait })
}

/// An answer without a new document taught validators, or nothing at all.
fn without_news(feed: &Feed, validators: Validators) -> Option<DocumentSeen> {
    let is_new = validators != feed.validators;
    is_new.then_some(DocumentSeen { validators, title: None, body_hash: None, decoded: None })
}

/// A 304 replaces the validators it carries and leaves the others (RFC 9111 section 4.3.4).
fn merged(stored: &Validators, given: Validators) -> Validators {
    Validators {
        url: stored.url.clone(),
        etag: given.etag.or_else(|| stored.etag.clone()),
        last_modified: given.last_modified.or_else(|| stored.last_modified.clone()),
    }
}
