//! What becomes of articles and hits: new or edited, raised or joined or held, each with its reason and its record.

use std::time::Duration;

use crate::alert;
use crate::clock::{Timestamp, earlier, short};
use crate::model::{
    Alert, AlertArticle, AlertFeed, AlertStory, AlertWatch, Article, ArticleChange, Decided, Feed, Hit, Kind, Known,
    KnownArticle, Latency, Outcome, Told,
};
use crate::story;
use crate::watch::Scratch;

use super::aliases::link_hash;
use super::{AlertPolicy, Rules};

/// When a poll was answered, and when it is decided upon.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// When the answer was there.
    pub answered_at: Timestamp,
    /// Now; never earlier.
    pub now: Timestamp,
}

/// A watch that found an article which it had not found before.
struct Case<'a> {
    feed: &'a Feed,
    article: &'a Article,
    /// The article as it was known, if it was.
    before: Option<&'a KnownArticle>,
    hit: &'a Hit,
    story: &'a str,
    moment: Moment,
}

/// New and edited articles with what the watches find in them and what becomes of that.
pub(super) fn changed_articles(
    rules: &Rules,
    scratch: &mut Scratch,
    feed: &Feed,
    known: &Known,
    articles: Vec<Article>,
    moment: Moment,
) -> Vec<ArticleChange> {
    // What this very document raises counts as told for its later articles.
    let mut told = known.told.clone();
    let changed = articles.into_iter().filter_map(|article| {
        let before = known.articles.get(&article.key);
        if before.is_some_and(|before| before.content_hash == article.content_hash) {
            return None;
        }
        let hits = rules.watches.find(&article, Some(feed), scratch);
        let story = if hits.is_empty() { String::new() } else { story::id(&article) };
        let is_new = |hit: &&Hit| before.is_none_or(|before| !before.watches.iter().any(|name| **name == *hit.watch));
        let alerts = hits.iter().filter(is_new).map(|hit| {
            let case = Case { feed, article: &article, before, hit, story: &story, moment };
            case.decide(rules, told.entry(story.clone()).or_default())
        });
        let alerts = alerts.collect();
        let first_seen_at = before.map_or(moment.answered_at, |before| before.first_seen_at);
        let link_hash = link_hash(&article);
        Some(ArticleChange { known: before.map(|before| before.id), article, link_hash, first_seen_at, hits, alerts })
    });
    changed.collect()
}

impl Case<'_> {
    /// Adds to `told` when it raises.
    fn decide(&self, rules: &Rules, told: &mut Vec<Told>) -> Decided {
        let (outcome, reason) = self.outcome(&rules.alerts, told);
        let alert = self.record(&rules.run);
        if outcome == Outcome::Raised {
            let watch = self.hit.watch.to_string();
            told.push(Told { watch, raised_at: self.moment.now, alert: alert.id.clone() });
        }
        Decided { outcome, reason, hold: None, alert }
    }

    /// What becomes of the hit, and why.
    fn outcome(&self, policy: &AlertPolicy, told: &[Told]) -> (Outcome, String) {
        let since = |span: Duration| earlier(self.moment.now, span);
        let older_than = |limit: &Duration| self.article.dated().is_some_and(|dated| dated < since(*limit));
        let in_backlog = self.feed.polls.succeeded_at.is_none() && self.before.is_none();
        if let Some(limit) = policy.backlog_age.filter(older_than).filter(|_| in_backlog) {
            let reason = format!("on the feed's first poll and published more than {} ago", short(limit));
            return (Outcome::HeldBacklog, reason);
        }
        if let Some(limit) = policy.max_age.filter(older_than) {
            return (Outcome::HeldStale, format!("published more than {} ago", short(limit)));
        }
        let told = policy.story_window.and_then(|window| {
            told.iter().find(|told| *told.watch == *self.hit.watch && told.raised_at >= since(window))
        });
        match told {
            Some(told) => (Outcome::Joined, format!("the same story was told by alert {}", told.alert)),
            None => (Outcome::Raised, String::new()),
        }
    }

    /// The record, but for the article's number if it has none yet.
    fn record(&self, run: &str) -> Alert {
        let Case { feed, article, before, hit, moment: Moment { answered_at, now }, .. } = *self;
        let millis_since = |at: Timestamp| now.duration_since(at).as_millis() as i64;
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
                first_seen: before.map_or(answered_at, |before| before.first_seen_at),
                lang: article.lang.clone(),
            },
            feed: AlertFeed {
                url: alert::mask(&feed.source.url),
                title: feed.label().to_owned(),
                tags: feed.source.tags.clone(),
            },
            story: AlertStory { id: self.story.to_owned(), feeds: 1, articles: 1 },
            latency_ms: Latency { published: article.published.map(millis_since), seen: millis_since(answered_at) },
            run: run.to_owned(),
            items: Vec::new(),
            counts: None,
        }
    }
}
