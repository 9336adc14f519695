//! Silences, digests that are due, verdicts: what people and the clock do with alerts after they were decided.

use rusqlite::{Connection, Row, TransactionBehavior, params};

use super::alerts::put_alert;
use super::held_by::{DIGEST, holder, waiting};
use super::ledger::Ledger;
use super::outbox::record_in_story;
use super::outcomes::{LOST, TOLD};
use super::row::instant;
use super::{Result, Store, ground, surprise};
use crate::clock::Timestamp;
use crate::model::{Alert, AlertItem, Decided, FeedId, Hold, Outcome, Routes, Scope, Silence};

/// A digest whose time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDigest {
    /// The watch whose `at_most` held hits; none for quiet hours.
    pub watch: Option<String>,
    /// When the window, or the quiet, ended.
    pub due_at: Timestamp,
}

/// Hits that one thing held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldHits {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub items: Vec<AlertItem>,
}

impl Ledger<'_> {
    /// The silences in force.
    pub fn silences(&self, now: Timestamp) -> Result<Vec<Silence>> {
        silences(self.connection, "until > ?1 order by id", now)
    }

    /// When a watch raised its latest alerts, and of which feeds: at most so many, oldest first.
    pub fn raised_of(&self, watch: &str, count: usize) -> Result<Vec<(Timestamp, FeedId)>> {
        let mut read = self.connection.prepare_cached(&format!(
            "select raised_at, feed from alert indexed by alert_watch_told where watch = ?1 collate nocase \
             and outcome in {TOLD} and kind = 'alert' and feed is not null order by raised_at desc limit ?2",
        ))?;
        let raised = read.query(params![watch, count as i64])?;
        let mut raised = surprise::readable("alert", raised, |row| Ok((instant(row.get(0)?), FeedId(row.get(1)?))))?;
        raised.reverse();
        Ok(raised)
    }
}

impl Store {
    /// Silences that are in force, or all there ever were; the oldest first.
    pub fn silences(&self, now: Timestamp, all: bool) -> Result<Vec<Silence>> {
        let since = if all { Timestamp::MIN } else { now };
        silences(&self.lock(), "until > ?1 order by id", since)
    }

    /// Silences that are over and did not say so yet.
    pub fn ended_silences(&self, now: Timestamp) -> Result<Vec<Silence>> {
        silences(&self.lock(), "ended_at is null and until <= ?1 order by id", now)
    }

    /// Begins a silence; its number.
    pub fn begin_silence(&self, silence: &Silence) -> Result<i64> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let Silence { scope, target, why, since, until, .. } = silence;
        transaction.execute(
            "insert into silence (scope, target, why, since, until) values (?1, ?2, ?3, ?4, ?5)",
            params![scope.name(), target, why, since.as_microsecond(), until.as_microsecond()],
        )?;
        let id = transaction.last_insert_rowid();
        if *scope == Scope::Feed {
            ground::silenced(&transaction, target)?;
        }
        transaction.commit()?;
        Ok(id)
    }

    /// Ends a silence now, if it is in force; whether it was.
    pub fn end_silence(&self, id: i64, now: Timestamp) -> Result<bool> {
        let ended = self
            .lock()
            .execute("update silence set until = ?2 where id = ?1 and until > ?2", params![id, now.as_microsecond()])?;
        Ok(ended == 1)
    }

    /// What a silence held.
    pub fn held_by_silence(&self, id: i64, items: usize) -> Result<HeldHits> {
        held(&self.lock(), &holder(Hold::Silence(id), ""), items)
    }

    /// Tells of a silence's end, in one transaction with the mark that it was told.
    pub fn tell_silence_ended(&self, id: i64, alert: &Alert, routes: &Routes) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        put_alert(&transaction, None, None, &raised(alert), routes)?;
        transaction
            .execute("update silence set ended_at = ?2 where id = ?1", params![id, alert.time.as_microsecond()])?;
        Ok(transaction.commit()?)
    }

    /// Digests whose window is over.
    pub fn due_digests(&self, now: Timestamp) -> Result<Vec<DueDigest>> {
        let connection = self.lock();
        let mut read =
            connection.prepare_cached("select watch, due_at from digest where due_at <= ?1 order by due_at")?;
        surprise::readable("digest", read.query([now.as_microsecond()])?, |row| {
            let watch: String = row.get(0)?;
            Ok(DueDigest { watch: (!watch.is_empty()).then_some(watch), due_at: instant(row.get(1)?) })
        })
    }

    /// What waits for a digest.
    pub fn held_for_digest(&self, watch: Option<&str>, items: usize) -> Result<HeldHits> {
        held(&self.lock(), &waiting(watch), items)
    }

    /// Raises a digest, and notes at each hit which digest told it: in one transaction.
    pub fn tell_digest(&self, due: &DueDigest, alert: &Alert, routes: &Routes) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let watch = due.watch.as_deref();
        put_alert(&transaction, None, None, &raised(alert), routes)?;
        let told = format!("{DIGEST}{}", alert.id);
        transaction.execute("update alert set held_by = ?2 where held_by = ?1", params![waiting(watch), told])?;
        transaction.execute("delete from digest where watch = ?1", [watch.unwrap_or_default()])?;
        Ok(transaction.commit()?)
    }

    /// Raises records that are about no article; how many were new.
    pub fn raise(&self, alerts: &[Alert], routes: &Routes) -> Result<usize> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let mut new = 0;
        for alert in alerts {
            new += usize::from(put_alert(&transaction, None, None, &raised(alert), routes)?);
        }
        transaction.commit()?;
        Ok(new)
    }

    /// Whether a record with this id exists.
    pub fn has_alert(&self, id: &str) -> Result<bool> {
        let connection = self.lock();
        let mut find = connection.prepare_cached("select 1 from alert where id = ?1")?;
        Ok(find.exists([id])?)
    }

    /// Counts since an instant: articles stored, alerts raised, hits held or joined.
    pub fn counts_since(&self, since: Timestamp) -> Result<(u64, u64, u64)> {
        let connection = self.lock();
        let count = |sql: &str| -> Result<u64> {
            let count: i64 = connection.prepare_cached(sql)?.query_row([since.as_microsecond()], |row| row.get(0))?;
            Ok(count.cast_unsigned())
        };
        Ok((
            count("select count(*) from article where first_seen_at >= ?1")?,
            count(&format!(
                "select count(*) from alert where raised_at >= ?1 and outcome in {TOLD} and kind = 'alert'"
            ))?,
            count(&format!(
                // The index's own condition, and what it holds besides hits.
                "select count(*) from alert indexed by alert_untold where raised_at >= ?1 \
                 and outcome not in {TOLD} and outcome not in {LOST}"
            ))?,
        ))
    }

    /// Alerts whose id begins like this, at most two: none, the one, or proof that it is not clear which.
    pub fn alerts_beginning(&self, id: &str) -> Result<Vec<Alert>> {
        let connection = self.lock();
        // Ids are hexadecimal: what begins like `id` lies between it and it with the letter after "f".
        let mut read = connection
            .prepare_cached("select record, story from alert where id >= ?1 and id < ?1 || 'g' order by id limit 2")?;
        let alerts = read.query_map([id], |row| record_in_story(row.get_ref(0)?.as_str()?, row.get(1)?))?;
        Ok(alerts.collect::<rusqlite::Result<_>>()?)
    }
}

fn raised(alert: &Alert) -> Decided {
    Decided::new(Outcome::Raised, String::new(), alert.clone())
}

fn held(connection: &Connection, by: &str, items: usize) -> Result<HeldHits> {
    let mut count = connection.prepare_cached("select count(*) from alert where held_by = ?1")?;
    let count: i64 = count.query_row([by], |row| row.get(0))?;
    let mut read =
        connection.prepare_cached("select seq, record, story from alert where held_by = ?1 order by seq limit ?2")?;
    let items = surprise::readable("alert", read.query(params![by, items as i64])?, |row| {
        let Alert { id, watch, article, feed, story, .. } = record_in_story(row.get_ref(1)?.as_str()?, row.get(2)?)?;
        Ok(AlertItem { id, watch: watch.name, title: article.title, url: article.url, feed: feed.title, story })
    });
    Ok(HeldHits { count: count.cast_unsigned(), items: items? })
}

fn silences(connection: &Connection, condition: &str, at: Timestamp) -> Result<Vec<Silence>> {
    let sql = format!(
        "select id, scope, target, why, since, until, (select count(*) from alert where held_by = 'silence ' || silence.id) \
         from silence where {condition}"
    );
    let mut read = connection.prepare_cached(&sql)?;
    surprise::readable("silence", read.query([at.as_microsecond()])?, silence)
}

fn silence(row: &Row) -> rusqlite::Result<Silence> {
    let scope: String = row.get(1)?;
    let named = Scope::ALL.into_iter().find(|(_, name)| *name == scope);
    Ok(Silence {
        id: row.get(0)?,
        scope: named.ok_or(rusqlite::Error::InvalidColumnName(scope))?.0,
        target: row.get(2)?,
        why: row.get(3)?,
        since: instant(row.get(4)?),
        until: instant(row.get(5)?),
        held: row.get::<_, i64>(6)?.cast_unsigned(),
    })
}
