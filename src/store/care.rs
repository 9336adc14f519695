//! Care of the database: old articles go, a few at a time, and what else would grow for ever has its end here.
//!
//! What stays: an article that an alert was raised for, alone or in a digest, with its texts and that alert; one that a
//! story of the present is compared with; one that was edited since. All else of an article goes with it, and a tombstone
//! keeps it from coming back as new.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::outcomes::{TOLD, TOLD_OR_IN_DIGEST};
use super::row::{duration, micros};
use super::{Result, Store, stories, surprise};
use crate::clock::{DAY, Timestamp, earlier};
use crate::hash::hash64;
use crate::model::{ArticleId, FeedId, Keep};

/// Articles looked at in one transaction: some ten milliseconds, which a poll that waits does not feel.
const ARTICLES_AT_ONCE: usize = 100;
/// Rows of bookkeeping that go in one transaction, of each kind ...
const ROWS_AT_ONCE: usize = 500;
/// ... and raw bodies, which have hundreds of pages each.
const BODIES_AT_ONCE: usize = 20;
/// How often bookkeeping is tidied, and articles that had a reason to stay are looked at again.
const TIDY_EVERY: Duration = DAY;
/// Heartbeats tell of an hour; the file and the journal hold them too.
const HEARTBEATS_KEPT: Duration = DAY.saturating_mul(30);
/// A body that could not be read is there for who mends the feed; after this nobody will.
const BODIES_KEPT: Duration = DAY.saturating_mul(30);
/// A thousand broken feeds are one cause, and these are examples enough: half a gigabyte at the most.
const BODIES_MAX: usize = 500;
/// Runs are looked at one by one, to see what happened lately.
const RUNS_MAX: usize = 200;
/// A live report is edited hundreds of times in a day: its first text and so many of the last say what happened.
const REVISIONS_MAX: usize = 50;
/// Stories forgotten at once when no new one comes to push them out.
const STORIES_AT_ONCE: usize = 25;
/// Space is given back to the disk when more than one page in so many is free: less is used again within days ...
const FREE_SHARE: i64 = 8;
/// ... and a few megabytes of them are nothing.
const FREE_PAGES_MIN: i64 = 1024;
/// Pages given back at once: 2 MB.
const VACUUM_PAGES: i64 = 512;

pub(super) const KEEP: &str = "keep_us";
const SWEPT_AT: &str = "swept_at";
const SWEPT_ID: &str = "swept_id";
const TIDIED_AT: &str = "tidied_at";

/// How long articles are kept, and how long they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepInForce {
    /// Until now; none in a new database.
    pub so_far: Option<Keep>,
    /// From now on.
    pub now: Keep,
}

/// What a step of the sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Articles deleted.
    pub articles: usize,
    /// Whether there may be more.
    pub more: bool,
}

impl Store {
    /// Settles how long articles are kept, by what the files say and what was in force before.
    pub fn settle_keep(&self, written: Option<Keep>) -> Result<KeepInForce> {
        let connection = self.lock();
        let so_far = matter_or(&connection, KEEP, i64::MAX)?.map(|us| match us {
            // Also when it cannot be read: nothing is deleted on a guess.
            i64::MAX => Keep::Forever,
            us => Keep::For(duration(us)),
        });
        let now = Keep::in_force(written, so_far);
        if so_far != Some(now) {
            let us = match now {
                Keep::Forever => i64::MAX,
                Keep::For(span) => micros(span).min(i64::MAX - 1),
            };
            put_matter(&connection, KEEP, us)?;
        }
        Ok(KeepInForce { so_far, now })
    }

    /// Deletes some of the articles that are older than they are kept, in one short transaction, and goes on next time
    /// where it ended.
    pub fn sweep(&self, keep: Keep, now: Timestamp) -> Result<Swept> {
        let Some(since) = keep.since(now) else { return Ok(Swept::default()) };
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let from = (matter(&transaction, SWEPT_AT)?.unwrap_or(i64::MIN), matter(&transaction, SWEPT_ID)?.unwrap_or(0));
        let seen = candidates(&transaction, from, since)?;
        let mut articles = 0;
        for candidate in seen.iter().filter(|candidate| !candidate.stays) {
            bury(&transaction, candidate)?;
            articles += 1;
        }
        if let Some(last) = seen.last() {
            put_matter(&transaction, SWEPT_AT, last.first_seen_at)?;
            put_matter(&transaction, SWEPT_ID, last.id.0)?;
        }
        transaction.commit()?;
        Ok(Swept { articles, more: seen.len() == ARTICLES_AT_ONCE })
    }

    /// Once a day, a few rows at a time: bookkeeping that is of no use any more. Whether the day's work is done with this.
    pub fn tidy(&self, keep: Keep, now: Timestamp) -> Result<bool> {
        let mut connection = self.lock();
        let due = earlier(now, TIDY_EVERY).as_microsecond();
        // A clock that was put back does not put the work off.
        if matter(&connection, TIDIED_AT)?.is_some_and(|at| at > due && at <= now.as_microsecond()) {
            return Ok(false);
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut done = operations(&transaction, earlier(now, HEARTBEATS_KEPT), true)?;
        if let Some(since) = keep.since(now) {
            done &= operations(&transaction, since, false)?;
            done &= deliveries(&transaction, since)?;
        }
        done &= bookkeeping(&transaction, now)?;
        for _ in 0..STORIES_AT_ONCE {
            stories::forget(&transaction, now)?;
        }
        if done {
            put_matter(&transaction, TIDIED_AT, now.as_microsecond())?;
            // What had a reason to stay may have lost it.
            transaction.execute("delete from matter where name in (?1, ?2)", [SWEPT_AT, SWEPT_ID])?;
        }
        transaction.commit()?;
        if done {
            connection.execute_batch("pragma optimize")?;
        }
        Ok(done)
    }

    /// Gives some space back to the disk when much of the file is free.
    pub fn give_back_space(&self) -> Result<()> {
        let connection = self.lock();
        let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let free = pragma("freelist_count")?;
        if free >= FREE_PAGES_MIN && free > pragma("page_count")? / FREE_SHARE {
            // A page a step.
            let mut vacuum = connection.prepare(&format!("pragma incremental_vacuum({VACUUM_PAGES})"))?;
            let mut pages = vacuum.query([])?;
            while pages.next()?.is_some() {}
        }
        Ok(())
    }
}

/// An article that is old.
struct Candidate {
    id: ArticleId,
    feed: FeedId,
    key: String,
    first_seen_at: i64,
    stays: bool,
}

/// The next old articles, by age.
fn candidates(transaction: &Transaction, from: (i64, i64), since: Timestamp) -> Result<Vec<Candidate>> {
    let mut read = transaction.prepare_cached(&format!(
        "select id, feed, key, first_seen_at, coalesce(edited_at, 0) >= ?3 \
         or exists (select 1 from piece where piece.article = article.id) \
         or exists (select 1 from alert where alert.article = article.id and (raised_at >= ?3 \
           or outcome in {TOLD_OR_IN_DIGEST} \
           or held_by in (select 'silence ' || silence.id from silence where ended_at is null) \
           or exists (select 1 from ack where ack.alert = alert.id))) \
         from article indexed by article_seen where (first_seen_at, id) > (?1, ?2) and first_seen_at < ?3 \
         order by first_seen_at, id limit ?4",
    ))?;
    let rows = read.query_map(params![from.0, from.1, since.as_microsecond(), ARTICLES_AT_ONCE as i64], |row| {
        // What is damaged stays for who looks after it.
        let (feed, key) = (row.get(1).map(FeedId), row.get(2));
        let stays = feed.is_err() || key.is_err() || row.get(4)?;
        Ok(Candidate {
            id: ArticleId(row.get(0)?),
            feed: feed.unwrap_or(FeedId(0)),
            key: key.unwrap_or_default(),
            first_seen_at: row.get(3)?,
            stays,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Deletes an article with all that hangs on it, and sets a tombstone for each key it came under.
fn bury(transaction: &Transaction, article: &Candidate) -> Result<()> {
    let id = article.id.0;
    let mut read = transaction.prepare_cached("select key from alias where article = ?1")?;
    let aliases = surprise::readable("alias", read.query([id])?, |row| row.get::<_, String>(0))?;
    let mut mark = transaction.prepare_cached("insert or ignore into tombstone values (?1, ?2)")?;
    for key in aliases.iter().chain([&article.key]) {
        mark.execute(params![article.feed.0, key_hash(key)])?;
    }
    for delete in [
        "delete from alias where article = ?1",
        "delete from revision where article = ?1",
        "delete from hit where article = ?1",
        "delete from alert where article = ?1",
        "delete from article where id = ?1",
    ] {
        transaction.prepare_cached(delete)?.execute([id])?;
    }
    Ok(())
}

/// Whether an article of this feed was deleted.
pub(super) fn is_buried(connection: &Connection, feed: FeedId, key: &str) -> Result<bool> {
    let mut find = connection.prepare_cached("select 1 from tombstone where feed = ?1 and key_hash = ?2")?;
    Ok(find.exists(params![feed.0, key_hash(key)])?)
}

fn key_hash(key: &str) -> i64 {
    hash64(&[key.as_bytes()]).cast_signed()
}

/// Keeps the first text of an article and its latest ones.
pub(super) fn trim_revisions(connection: &Connection, article: ArticleId) -> Result<()> {
    connection
        .prepare_cached(
            "delete from revision where article = ?1 and replaced_at < (select replaced_at from revision where article = ?1 \
             order by replaced_at desc limit 1 offset ?2) \
             and replaced_at > (select min(replaced_at) from revision where article = ?1)",
        )?
        .execute(params![article.0, REVISIONS_MAX as i64 - 2])?;
    Ok(())
}

/// Deletes old records of feedwatch's own work that nobody is owed any more; whether that was all.
fn operations(transaction: &Transaction, since: Timestamp, heartbeats: bool) -> Result<bool> {
    let of_kind = if heartbeats { "kind = 'heartbeat'" } else { "kind not in ('alert', 'digest')" };
    let mut read = transaction.prepare_cached(&format!(
        "select seq from alert indexed by alert_told where outcome in {TOLD} and raised_at < ?1 and {of_kind} \
         and not exists (select 1 from delivery where delivery.alert = alert.seq and delivered_at is null) \
         and not exists (select 1 from dead_letter where dead_letter.alert = alert.seq) limit ?2"
    ))?;
    let rows = read.query_map(params![since.as_microsecond(), ROWS_AT_ONCE as i64], |row| row.get(0))?;
    let old: Vec<i64> = rows.collect::<rusqlite::Result<_>>()?;
    for seq in &old {
        transaction.prepare_cached("delete from delivery where alert = ?1")?.execute([seq])?;
        transaction
            .prepare_cached("delete from ack where alert = (select id from alert where seq = ?1)")?
            .execute([seq])?;
        transaction.prepare_cached("delete from alert where seq = ?1")?.execute([seq])?;
    }
    Ok(old.len() < ROWS_AT_ONCE)
}

/// Deletes notes of how records came to sinks, once they are as old as articles get; whether that was all.
fn deliveries(transaction: &Transaction, since: Timestamp) -> Result<bool> {
    let (since, limit) = (since.as_microsecond(), ROWS_AT_ONCE as i64);
    let delivered = transaction
        .prepare_cached(&format!(
            "delete from delivery where (sink, alert) in (select sink, alert from delivery indexed by delivery_alert \
             where delivered_at < ?1 and alert < (select coalesce(min(seq), 9223372036854775807) from alert indexed by alert_told \
             where outcome in {TOLD} and raised_at >= ?1) order by alert limit ?2)",
        ))?
        .execute([since, limit])?;
    let dead = transaction
        .prepare_cached(
            "delete from dead_letter where (sink, alert) in \
             (select sink, alert from dead_letter where given_up_at < ?1 limit ?2)",
        )?
        .execute([since, limit])?;
    Ok(delivered.max(dead) < ROWS_AT_ONCE)
}

/// Deletes what only tells of the past: raw bodies, runs, hosts with nothing to remember; whether that was all.
fn bookkeeping(transaction: &Transaction, now: Timestamp) -> Result<bool> {
    let bodies = transaction
        .prepare_cached(
            "delete from kept_body where feed in (select feed from kept_body where kept_at < ?1 \
             or feed not in (select feed from kept_body order by kept_at desc limit ?2) limit ?3)",
        )?
        .execute(params![earlier(now, BODIES_KEPT).as_microsecond(), BODIES_MAX as i64, BODIES_AT_ONCE as i64])?;
    transaction
        .prepare_cached("delete from run where id not in (select id from run order by started_at desc limit ?1)")?
        .execute([RUNS_MAX as i64])?;
    transaction
        .prepare_cached("delete from host where feeds = 0 and strikes = 0 and paused_until < ?1")?
        .execute([now.as_microsecond()])?;
    Ok(bodies < BODIES_AT_ONCE)
}

/// What is kept in mind under a name; what cannot be read counts as never.
pub(super) fn matter(connection: &Connection, name: &str) -> Result<Option<i64>> {
    Ok(matter_or(connection, name, i64::MIN)?.filter(|value| *value != i64::MIN))
}

/// The same, with what counts where it cannot be read.
fn matter_or(connection: &Connection, name: &str, otherwise: i64) -> Result<Option<i64>> {
    let mut read = connection.prepare_cached("select value from matter where name = ?1")?;
    let found = read.query_row([name], |row| {
        Ok(row.get(0).unwrap_or_else(|error| {
            surprise::tell("matter", name, &error, "it counts as not noted");
            otherwise
        }))
    });
    Ok(found.optional()?)
}

pub(super) fn put_matter(connection: &Connection, name: &str, value: i64) -> Result<()> {
    connection.prepare_cached("insert or replace into matter values (?1, ?2)")?.execute(params![name, value])?;
    Ok(())
}
