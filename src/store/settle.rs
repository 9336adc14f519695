//! Settling polls: what is known goes out to be decided upon, what was decided comes in, all in one transaction.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::feeds::{instant, json, micros, put_pause};
use super::{Result, Store, stories};
use crate::clock::Timestamp;
use crate::model::{
    Article, ArticleChange, ArticleId, Changes, Decided, DocumentSeen, FeedId, Hit, KeyKind, Known, KnownArticle,
    Outcome,
};

/// The store as one transaction sees it; read-only.
#[derive(Debug)]
pub struct Ledger<'a> {
    connection: &'a Connection,
}

impl Store {
    /// Settles a batch of polls in one transaction, or none of them. `decide` is called for each in turn and sees what
    /// the earlier ones of the batch changed. Each alert that is raised is put into the outbox of every sink named.
    pub fn settle<P>(
        &self,
        polls: Vec<P>,
        sinks: &[&str],
        mut decide: impl FnMut(P, &Ledger) -> Result<Changes>,
    ) -> Result<Vec<Changes>> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let settled = polls
            .into_iter()
            .map(|poll| {
                let changes = decide(poll, &Ledger { connection: &transaction })?;
                apply(&transaction, changes, sinks)
            })
            .collect::<Result<Vec<Changes>>>()?;
        transaction.commit()?;
        Ok(settled)
    }
}

impl Ledger<'_> {
    /// What is known of these articles of a feed.
    pub fn known(&self, feed: FeedId, articles: &[Article]) -> Result<Known> {
        let mut find = self
            .connection
            .prepare_cached("select id, content_hash, first_seen_at from article where feed = ?1 and key = ?2")?;
        let mut watches = self.connection.prepare_cached("select watch from hit where article = ?1")?;
        let mut known = Known { articles: HashMap::with_capacity(articles.len()), ..Known::default() };
        for article in articles {
            let found = find
                .query_row(params![feed.0, article.key], |row| {
                    Ok(KnownArticle {
                        id: ArticleId(row.get(0)?),
                        content_hash: row.get::<_, i64>(1)?.cast_unsigned(),
                        first_seen_at: instant(row.get(2)?),
                        watches: Vec::new(),
                        story: None,
                    })
                })
                .optional()?;
            let Some(mut found) = found else { continue };
            if found.content_hash != article.content_hash {
                found.watches = watches.query_map([found.id.0], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
                found.story = stories::story_of(self.connection, found.id)?;
            }
            known.articles.insert(article.key.clone(), found);
        }
        Ok(known)
    }

    /// Adds the stories that share these words to what is known, and the alerts that these stories and `story` have had.
    pub fn recall(&self, feed: FeedId, words: &[u32], story: Option<&str>, known: &mut Known) -> Result<()> {
        stories::recall(self.connection, words, &mut known.stories)?;
        for story in known.stories.pieces.iter().map(|piece| piece.story.as_str()).chain(story) {
            if !known.told.contains_key(story) {
                known.told.insert(story.to_owned(), stories::told(self.connection, story, feed)?);
            }
        }
        Ok(())
    }
}

/// Writes what was decided; gives it back with the articles' numbers filled in.
fn apply(connection: &Connection, mut changes: Changes, sinks: &[&str]) -> Result<Changes> {
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
            put_alert(connection, changes.feed, article, decided, sinks)?;
        }
        if let Some(piece) = &change.piece {
            stories::remember(connection, article, piece, now)?;
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

/// An alert that was decided before (the same id) stays as it was and is not told again.
fn put_alert(
    connection: &Connection,
    feed: FeedId,
    article: ArticleId,
    decided: &Decided,
    sinks: &[&str],
) -> Result<()> {
    let alert = &decided.alert;
    let inserted = connection
        .prepare_cached(
            "insert or ignore into alert (id, outcome, reason, raised_at, watch, story, feed, article, record) \
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            alert.id,
            outcome_name(decided.outcome),
            decided.reason,
            alert.time.as_microsecond(),
            alert.watch.name,
            alert.story.id,
            feed.0,
            article.0,
            json(alert),
        ])?;
    if inserted == 1 && decided.outcome.is_told() {
        let seq = connection.last_insert_rowid();
        let mut owe = connection.prepare_cached("insert into delivery (sink, alert) values (?1, ?2)")?;
        for sink in sinks {
            owe.execute(params![sink, seq])?;
        }
    }
    Ok(())
}

const OUTCOMES: &[(Outcome, &str)] = &[
    (Outcome::Raised, "raised"),
    (Outcome::Joined, "joined"),
    (Outcome::Grown, "grown"),
    (Outcome::HeldBacklog, "held: backlog"),
    (Outcome::HeldStale, "held: stale"),
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
