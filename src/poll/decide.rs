//! The heart: what one poll changes. A pure function of the rules, what is known, what came, and the hour.

use std::time::Duration;

use crate::alert;
use crate::clock::{Timestamp, earlier, short};
use crate::feed::{FeedError, Parsed};
use crate::fetch::{FetchError, Hints};
use crate::model::{
    Alert, AlertArticle, AlertFeed, AlertStory, AlertWatch, Article, ArticleChange, Changes, Decided, DocumentSeen,
    Feed, Hit, HostPause, Kind, Known, KnownArticle, Latency, Outcome, Polls, Told, Validators,
};
use crate::story;
use crate::watch::{Scratch, WatchSet};

use super::{AlertPolicy, Plan, Policy, Result, next_poll};

/// What is decided by: the owner's wishes and watches, and the run that decides.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// How polls are spaced.
    pub policy: Policy,
    /// Which hits become alerts.
    pub alerts: AlertPolicy,
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

/// What the poll of `feed` changes that was answered at `answered_at` and is decided upon at `now`.
pub fn decide(
    rules: &Rules,
    scratch: &mut Scratch,
    feed: &Feed,
    known: &Known,
    answer: Answer,
    (answered_at, now): (Timestamp, Timestamp),
) -> Changes {
    let wishes = |hints: Hints, ttl: Option<Duration>| hints.fresh_for.max(ttl).unwrap_or_default();
    let (result, document, articles, error) = match answer {
        Answer::NotModified { validators, hints } => {
            let document = seen(merged(&feed.validators, validators));
            (Result::Good { floor: wishes(hints, None), news: None }, Some(document), Vec::new(), None)
        }
        Answer::SameBody { validators, hints } => {
            (Result::Good { floor: wishes(hints, None), news: None }, Some(seen(validators)), Vec::new(), None)
        }
        Answer::Read(read) => {
            let Read { validators, hints, body_hash, parsed } = *read;
            let document = DocumentSeen { validators, title: parsed.title, body_hash: Some(body_hash) };
            let floor = wishes(hints, parsed.hints.ttl.max(parsed.hints.update_every));
            let total = parsed.articles.len();
            let unknown = parsed.articles.iter().filter(|article| !known.articles.contains_key(&article.key)).count();
            // A first document is all news and says nothing of the feed's rhythm; an empty one neither.
            let news = (feed.polls.succeeded_at.is_some() && total > 0).then(|| unknown as f64 / total as f64);
            let articles = changed_articles(rules, scratch, feed, known, parsed.articles, (answered_at, now));
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
    Changes { feed: feed.id, polls: polls_after(&feed.polls, plan, error, answered_at), document, articles, pause }
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

/// New and edited articles with what the watches find in them.
fn changed_articles(
    rules: &Rules,
    scratch: &mut Scratch,
    feed: &Feed,
    known: &Known,
    articles: Vec<Article>,
    (answered_at, now): (Timestamp, Timestamp),
) -> Vec<ArticleChange> {
    let mut changes = Vec::new();
    // What this very document raises counts as told for its later articles.
    let mut told = known.told.clone();
    for article in articles {
        let before = known.articles.get(&article.key);
        if before.is_some_and(|before| before.content_hash == article.content_hash) {
            continue;
        }
        let hits = rules.watches.find(&article, Some(feed), scratch);
        let first_seen_at = before.map_or(answered_at, |before| before.first_seen_at);
        let story = if hits.is_empty() { String::new() } else { story::id(&article) };
        let new_hits = hits
            .iter()
            .filter(|hit| before.is_none_or(|before| !before.watches.iter().any(|name| **name == *hit.watch)));
        let alerts: Vec<Decided> = new_hits
            .map(|hit| {
                let earlier_alerts = told.entry(story.clone()).or_default();
                let (outcome, reason) = outcome(&rules.alerts, feed, &article, before, hit, earlier_alerts, now);
                let alert = record(rules, feed, &article, before, hit, &story, first_seen_at, (answered_at, now));
                if outcome == Outcome::Raised {
                    earlier_alerts.push(Told { watch: hit.watch.to_string(), raised_at: now, alert: alert.id.clone() });
                }
                Decided { outcome, reason, alert }
            })
            .collect();
        let known = before.map(|before| before.id);
        changes.push(ArticleChange { known, article, first_seen_at, hits, alerts });
    }
    changes
}

/// What becomes of a hit, and why.
fn outcome(
    policy: &AlertPolicy,
    feed: &Feed,
    article: &Article,
    before: Option<&KnownArticle>,
    hit: &Hit,
    told: &[Told],
    now: Timestamp,
) -> (Outcome, String) {
    let older_than = |limit: Option<Duration>| {
        limit.filter(|limit| article.published.is_some_and(|published| published < earlier(now, *limit)))
    };
    let first_poll = feed.polls.succeeded_at.is_none();
    if let Some(limit) = older_than(policy.backlog_age).filter(|_| first_poll && before.is_none()) {
        return (
            Outcome::HeldBacklog,
            format!("on the feed's first poll and published more than {} ago", short(limit)),
        );
    }
    if let Some(limit) = older_than(policy.max_age) {
        return (Outcome::HeldStale, format!("published more than {} ago", short(limit)));
    }
    let told = policy.story_window.and_then(|window| {
        told.iter().find(|told| *told.watch == *hit.watch && told.raised_at >= earlier(now, window))
    });
    match told {
        Some(told) => (Outcome::Joined, format!("the same story was told by alert {}", told.alert)),
        None => (Outcome::Raised, String::new()),
    }
}

#[expect(clippy::too_many_arguments, reason = "a record gathers from everywhere; a struct would only rename the list")]
fn record(
    rules: &Rules,
    feed: &Feed,
    article: &Article,
    before: Option<&KnownArticle>,
    hit: &Hit,
    story: &str,
    first_seen_at: Timestamp,
    (answered_at, now): (Timestamp, Timestamp),
) -> Alert {
    let url = alert::mask(&feed.source.url);
    Alert {
        v: 1,
        id: alert::id(feed.source.url.as_str(), &article.key, &hit.watch, Kind::Alert),
        time: now,
        kind: Kind::Alert,
        level: hit.level,
        level_number: hit.level.number(),
        message: alert::message(article, hit, feed),
        change: before.map(|_| "term added".to_owned()),
        watch: AlertWatch { name: hit.watch.to_string(), revision: hit.revision.to_string() },
        why: hit.why.clone(),
        snippet: alert::snippet(article, hit),
        score: hit.score,
        article: AlertArticle {
            id: before.map_or(0, |before| before.id.0),
            key: article.key.clone(),
            title: article.headline(),
            url: article.url.clone(),
            published: article.published,
            first_seen: first_seen_at,
            lang: article.lang.clone(),
        },
        feed: AlertFeed { url, title: feed.label().to_owned(), tags: feed.source.tags.clone() },
        story: AlertStory { id: story.to_owned(), feeds: 1, articles: 1 },
        latency_ms: Latency {
            published: article.published.map(|published| now.duration_since(published).as_millis() as i64),
            seen: now.duration_since(answered_at).as_millis() as i64,
        },
        run: rules.run.clone(),
    }
}
