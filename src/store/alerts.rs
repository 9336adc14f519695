//! Writing a record: once, with what holds it, and owed to the sinks of its route.

use rusqlite::{Connection, params};

use super::held_by::{holder, put_due};
use super::row::json;
use super::{Result, backup};
use crate::model::{Alert, ArticleId, Decided, FeedId, Kind, Routes};

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
            "insert or ignore into alert (id, kind, level, outcome, reason, raised_at, watch, story, feed, article, record, \
             held_by, seen_ms, published_ms, holder, holder_counts) \
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )?
        .execute(params![
            alert.id,
            alert.kind.name(),
            alert.level_number,
            decided.outcome.name(),
            decided.reason,
            alert.time.as_microsecond(),
            alert.watch.name,
            alert.story.id,
            feed.map(|feed| feed.0),
            article.map(|article| article.0),
            json(alert),
            decided.hold.map(|hold| holder(hold, &alert.watch.name)),
            (alert.kind == Kind::Alert).then_some(alert.latency_ms.seen),
            alert.latency_ms.published,
            decided.by.map(|by| by.feed.0),
            decided.by.is_some_and(|by| by.counts),
        ])?;
    if let Some(hold) = decided.hold.filter(|_| inserted == 1) {
        put_due(connection, hold, &alert.watch.name)?;
    }
    if inserted == 1 && decided.outcome.is_told() {
        owe(connection, connection.last_insert_rowid(), alert, routes)?;
    }
    Ok(inserted == 1)
}

/// Owes a record to the sinks of its route, unless they had it before a backup was restored.
pub(super) fn owe(connection: &Connection, seq: i64, alert: &Alert, routes: &Routes) -> Result<()> {
    if !backup::was_told(connection, &alert.id)? {
        let mut owe = connection.prepare_cached("insert into delivery (sink, alert) values (?1, ?2)")?;
        for sink in routes.of(alert) {
            owe.execute(params![sink, seq])?;
        }
    }
    Ok(())
}
