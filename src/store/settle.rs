//! Settling polls: what is known goes out to be decided upon, what was decided comes in, all in one transaction.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::feeds::{instant, json, micros, put_pause};
use super::{Result, Store};
use crate::clock::Timestamp;
use crate::model::{
    Article, ArticleChange, ArticleId, Changes, Decided, DocumentSeen, FeedId, Hit, KeyKind, Known, KnownArticle,
    Outcome, Routes, Told,
};

/// The store as one transaction sees it; read-only.
#[derive(Debug)]
pub struct Ledger<'a> {
    connection: &'a Connection,
}

impl Store {
    /// Settles a batch of polls in one transaction, or none of them. `decide` is called for each in turn and sees what
    /// the earlier ones of the batch changed. Each alert that is raised is put into the outbox of the sinks of its route.
    pub fn settle<P>(
        &self,
        polls: Vec<P>,
        routes: &Routes,
        mut decide: impl FnMut(P, &Ledger) -> Result<Changes>,
    ) -> Result<Vec<Changes>> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let settled = polls
            .into_iter()
            .map(|poll| {
                let changes = decide(poll, &Ledger { connection: &transaction })?;
                apply(&transaction, changes, routes)
            })
            .collect::<Result<Vec<Changes>>>()?;
        transaction.commit()?;
        Ok(settled)
    }
}

impl Ledger<'_> {
    /// What is known of these articles of a feed, and which alerts the stories of the new and edited ones have had.
    pub fn known(&self, feed: FeedId, articles: &[Article], story: impl Fn(&Article) -> String) -> Result<Known> {
        let mut find = self
            .connection
            .prepare_cached("select id, content_hash, first_seen_at from article where feed = ?1 and key = ?2")?;
        let mut watches = self.connection.prepare_cached("select watch from hit where article = ?1")?;
        let mut told = self.connection.prepare_cached(
            "select watch, max(raised_at), id from alert where story = ?1 and outcome = 'raised' group by watch",
        )?;
        let mut known = Known { articles: HashMap::with_capacity(articles.len()), told: HashMap::new() };
        for article in articles {
            let found = find
                .query_row(params![feed.0, article.key], |row| {
                    Ok(KnownArticle {
                        id: ArticleId(row.get(0)?),
                        content_hash: row.get::<_, i64>(1)?.cast_unsigned(),
                        first_seen_at: instant(row.get(2)?),
                        watches: Vec::new(),
                    })
                })
                .optional()?;
            let unchanged = found.as_ref().is_some_and(|found| found.content_hash == article.content_hash);
            if let Some(mut found) = found {
                if !unchanged {
                    found.watches =
                        watches.query_map([found.id.0], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
                }
                known.articles.insert(article.key.clone(), found);
            }
            if !unchanged {
                let story = story(article);
                let alerts = told.query_map([&story], |row| {
                    Ok(Told { watch: row.get(0)?, raised_at: instant(row.get(1)?), alert: row.get(2)? })
                })?;
                let alerts: Vec<Told> = alerts.collect::<rusqlite::Result<_>>()?;
                if !alerts.is_empty() {
                    known.told.insert(story, alerts);
                }
            }
        }
        Ok(known)
    }
}

/// Writes what was decided; gives it back with the articles' numbers filled in.
fn apply(connection: &Connection, mut changes: Changes, routes: &Routes) -> Result<Changes> {
    put_polls(connection, &changes)?;
    if let Some(document) = &changes.document {
        put_document(connection, changes.feed, document)?;
    }
    if let Some(pause) = &changes.pause {
        put_pause(connection, pause)?;
    }
    let now = changes.polls.last_at.unwrap_or(changes.polls.next_at);
    for change in &mut changes.articles {
        let article = put_article(connection, changes.feed, change, now)?;
        put_hits(connection, article, &change.hits, now)?;
        for decided in &mut change.alerts {
            decided.alert.article.id = article.0;
            put_alert(connection, Some(changes.feed), Some(article), decided, routes)?;
        }
    }
    Ok(changes)
}

fn put_polls(connection: &Connection, changes: &Changes) -> Result<()> {
    let polls = &changes.polls;
    connection
        .prepare_cached(
            // A feed that left the files while it was asked stays unscheduled.
            "update feed set next_poll_at = iif(listed, ?2, null), polled_at = ?3, succeeded_at = ?4, failures = ?5, \
             interval_us = ?6, error = ?7, wait = ?8 where id = ?1",
        )?
        .execute(params![
            changes.feed.0,
            polls.next_at.as_microsecond(),
            polls.last_at.map(Timestamp::as_microsecond),
            polls.succeeded_at.map(Timestamp::as_microsecond),
            polls.failures,
            micros(polls.interval),
            polls.error,
            polls.wait,
        ])?;
    Ok(())
}

fn put_document(connection: &Connection, feed: FeedId, document: &DocumentSeen) -> Result<()> {
    connection
        .prepare_cached(
            "update feed set etag = ?2, last_modified = ?3, title = coalesce(?4, title), body_hash = coalesce(?5, body_hash), \
             validator_url = ?6 where id = ?1",
        )?
        .execute(params![
            feed.0,
            document.validators.etag.as_deref(),
            document.validators.last_modified.as_deref(),
            document.title,
            document.body_hash.map(u64::cast_signed),
            document.validators.url.as_ref().map(url::Url::as_str),
        ])?;
    Ok(())
}

fn put_article(connection: &Connection, feed: FeedId, change: &ArticleChange, now: Timestamp) -> Result<ArticleId> {
    let article = &change.article;
    let at = |instant: Option<Timestamp>| instant.map(Timestamp::as_microsecond);
    let hash = article.content_hash.cast_signed();
    if let Some(id) = change.known {
        connection
            .prepare_cached(
                "insert or ignore into revision select id, content_hash, ?2, title, summary, body from article where id = ?1",
            )?
            .execute(params![id.0, now.as_microsecond()])?;
        connection
            .prepare_cached(
                "update article set url = ?2, title = ?3, summary = ?4, body = ?5, author = ?6, category = ?7, enclosure = ?8, \
                 lang = ?9, published_at = ?10, updated_at = ?11, edited_at = ?12, content_hash = ?13 where id = ?1",
            )?
            .execute(params![
                id.0,
                article.url,
                article.title,
                article.summary,
                article.body,
                article.author,
                json(&article.categories),
                json(&article.enclosures),
                article.lang,
                at(article.published),
                at(article.updated),
                now.as_microsecond(),
                hash,
            ])?;
        return Ok(id);
    }
    connection
        .prepare_cached(
            "insert into article (feed, key, key_kind, guid, url, title, summary, body, author, category, enclosure, lang, \
             published_at, updated_at, first_seen_at, content_hash) \
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )?
        .execute(params![
            feed.0,
            article.key,
            key_kind(article.key_kind),
            article.id,
            article.url,
            article.title,
            article.summary,
            article.body,
            article.author,
            json(&article.categories),
            json(&article.enclosures),
            article.lang,
            at(article.published),
            at(article.updated),
            change.first_seen_at.as_microsecond(),
            hash,
        ])?;
    Ok(ArticleId(connection.last_insert_rowid()))
}

/// The hits of an article as its text stands now.
fn put_hits(connection: &Connection, article: ArticleId, hits: &[Hit], now: Timestamp) -> Result<()> {
    connection.prepare_cached("delete from hit where article = ?1")?.execute([article.0])?;
    let mut insert = connection.prepare_cached("insert into hit values (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    for hit in hits {
        insert.execute(params![
            article.0,
            &*hit.watch,
            &*hit.revision,
            now.as_microsecond(),
            json(&hit.why),
            hit.score.map(|score| score.points),
            hit.score.map(|score| score.threshold),
        ])?;
    }
    Ok(())
}

/// An alert that was decided before (the same id) stays as it was and is not told again. Whether it is new.
pub(super) fn put_alert(
    connection: &Connection,
    feed: Option<FeedId>,
    article: Option<ArticleId>,
    decided: &Decided,
    routes: &Routes,
) -> Result<bool> {
    let alert = &decided.alert;
    let inserted = connection
        .prepare_cached(
            "insert or ignore into alert (id, kind, level, outcome, reason, raised_at, watch, story, feed, article, record) \
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            alert.id,
            alert.kind.name(),
            alert.level_number,
            outcome_name(decided.outcome),
            decided.reason,
            alert.time.as_microsecond(),
            alert.watch.name,
            alert.story.id,
            feed.map(|feed| feed.0),
            article.map(|article| article.0),
            json(alert),
        ])?;
    if inserted == 1 && decided.outcome == Outcome::Raised {
        let seq = connection.last_insert_rowid();
        let mut owe = connection.prepare_cached("insert into delivery (sink, alert) values (?1, ?2)")?;
        for sink in routes.of(alert) {
            owe.execute(params![sink, seq])?;
        }
    }
    Ok(inserted == 1)
}

const OUTCOMES: &[(Outcome, &str)] = &[
    (Outcome::Raised, "raised"),
    (Outcome::Joined, "joined"),
    (Outcome::HeldBacklog, "held: backlog"),
    (Outcome::HeldStale, "held: stale"),
    (Outcome::HeldCooldown, "held: cooldown"),
    (Outcome::HeldSilenced, "held: silenced"),
    (Outcome::HeldQuiet, "held: quiet hours"),
];

fn outcome_name(outcome: Outcome) -> &'static str {
    OUTCOMES.iter().find(|(known, _)| *known == outcome).expect("the table names every outcome").1
}

pub(super) fn outcome_named(name: &str) -> Option<Outcome> {
    OUTCOMES.iter().find(|(_, known)| *known == name).map(|(outcome, _)| *outcome)
}

fn key_kind(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Id => "id",
        KeyKind::Link => "link",
        KeyKind::Hash => "hash",
    }
}
