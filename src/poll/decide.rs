//! The heart: what one poll changes. A pure function of the rules, what is known, what came, and the hour.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::feed::{FeedError, Parsed, dates};
use crate::fetch::{FetchError, Hints};
use crate::model::{Changes, DocumentSeen, Feed, HostPause, Known, Polls, Validators};
use crate::watch::{Scratch, WatchSet};

use super::aliases::recognise;
use super::fate::{Moment, changed_articles};
use super::{AlertPolicy, Holding, Plan, Policy, Result, next_poll};

/// What is decided by: the owner's wishes and watches, and the run that decides.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// How polls are spaced.
    pub policy: Policy,
    /// Which hits become alerts.
    pub alerts: AlertPolicy,
    /// How much is told, and when.
    pub holding: Holding,
    /// The watches.
    pub watches: WatchSet,
    /// The id of this process's run, for the records.
    pub run: String,
}

/// What a poll brought.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The server says that nothing changed.
    NotModified {
        /// Those it gave anew.
        validators: Validators,
        /// Its wishes.
        hints: Hints,
    },
    /// The same bytes as last time, though the server did not say so.
    SameBody {
        /// As the answer gave them, as a whole.
        validators: Validators,
        /// Its wishes.
        hints: Hints,
    },
    /// A document that was read.
    Read(Box<Read>),
    /// Nothing of use.
    Failed(Failure),
}

/// A document that was read.
#[derive(Clone, Debug)]
pub struct Read {
    /// As the answer gave them, as a whole.
    pub validators: Validators,
    /// Its wishes.
    pub hints: Hints,
    /// A hash of its bytes.
    pub body_hash: u64,
    /// What it says.
    pub parsed: Parsed,
}

/// Why a poll brought nothing of use.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failure {
    /// No document came.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The document is no feed.
    #[error(transparent)]
    Feed(#[from] FeedError),
}

/// What the poll of `feed` changes.
pub fn decide(
    rules: &Rules,
    scratch: &mut Scratch,
    feed: &Feed,
    mut known: Known,
    answer: Answer,
    moment: Moment,
) -> Changes {
    let answered_at = moment.answered_at;
    let wishes = |hints: Hints, ttl: Option<Duration>| hints.fresh_for.max(ttl).unwrap_or_default();
    let mut aliases = Vec::new();
    let (result, document, articles, error) = match answer {
        Answer::NotModified { validators, hints } => {
            let document = seen(merged(&feed.validators, validators));
            (Result::Good { floor: wishes(hints, None), news: None }, Some(document), Vec::new(), None)
        }
        Answer::SameBody { validators, hints } => {
            (Result::Good { floor: wishes(hints, None), news: None }, Some(seen(validators)), Vec::new(), None)
        }
        Answer::Read(read) => {
            let Read { validators, hints, body_hash, mut parsed } = *read;
            for article in &mut parsed.articles {
                article.published = article.published.map(|at| dates::capped(at, answered_at));
                article.updated = article.updated.map(|at| dates::capped(at, answered_at));
            }
            // Alerts of a first poll already call the feed by the title it has just given itself.
            let feed = &Feed { title: parsed.title.clone().or_else(|| feed.title.clone()), ..feed.clone() };
            let document = DocumentSeen { validators, title: parsed.title, body_hash: Some(body_hash) };
            let floor = wishes(hints, parsed.hints.ttl.max(parsed.hints.update_every()));
            aliases = recognise(&mut known, &parsed.articles);
            let total = parsed.articles.len();
            let unknown = parsed.articles.iter().filter(|article| !known.articles.contains_key(&article.key)).count();
            // A first document is all news and says nothing of the feed's rhythm; an empty one neither.
            let news = (feed.polls.succeeded_at.is_some() && total > 0).then(|| unknown as f64 / total as f64);
            let articles = changed_articles(rules, scratch, feed, &known, parsed.articles, moment);
            (Result::Good { floor, news }, Some(document), articles, None)
        }
        Answer::Failed(failure) => (result_of(&failure), None, Vec::new(), Some(failure.to_string())),
    };
    let plan = next_poll(&rules.policy, &feed.source, &feed.polls, result, answered_at);
    let pause = match result {
        Result::Throttled(_) => {
            feed.source.url.host_str().map(|host| HostPause { host: host.to_owned(), until: plan.next_at })
        }
        _ => None,
    };
    Changes {
        feed: feed.id,
        polls: polls_after(&feed.polls, plan, error, answered_at),
        document,
        articles,
        aliases,
        notices: Vec::new(),
        pause,
    }
}

fn result_of(failure: &Failure) -> Result {
    match failure {
        Failure::Fetch(FetchError::Throttled { retry_after, .. }) => Result::Throttled(*retry_after),
        Failure::Fetch(FetchError::Gone) => Result::Gone,
        Failure::Fetch(FetchError::Status { retry_after, .. }) => Result::Failed(*retry_after),
        Failure::Fetch(_) | Failure::Feed(_) => Result::Failed(None),
    }
}

fn polls_after(before: &Polls, plan: Plan, error: Option<String>, answered_at: Timestamp) -> Polls {
    let failed = error.is_some();
    Polls {
        next_at: plan.next_at,
        last_at: Some(answered_at),
        succeeded_at: if failed { before.succeeded_at } else { Some(answered_at) },
        failures: if failed { before.failures.saturating_add(1) } else { 0 },
        interval: plan.interval,
        error,
        wait: plan.why,
    }
}

fn seen(validators: Validators) -> DocumentSeen {
    DocumentSeen { validators, title: None, body_hash: None }
}

/// A 304 replaces the validators it carries and leaves the others (RFC 9111 section 4.3.4).
fn merged(stored: &Validators, given: Validators) -> Validators {
    Validators {
        url: stored.url.clone(),
        etag: given.etag.or_else(|| stored.etag.clone()),
        last_modified: given.last_modified.or_else(|| stored.last_modified.clone()),
    }
}
