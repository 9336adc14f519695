//! The outbox: which alerts each sink is still owed, what was given up, who is in trouble, and how far the alert log
//! file was written.

use std::collections::BTreeMap;

use rusqlite::{Connection, ToSql, params};

use super::row::{instant, json, not_what_was_stored};
use super::{Result, Store, surprise};
use crate::clock::Timestamp;
use crate::model::{Alert, LogCursor};

/// An alert that a sink is owed.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Its place in the order of raising.
    pub seq: i64,
    /// The record.
    pub alert: Alert,
}

/// A record that cannot be read: its number, and why.
type Unreadable = (i64, String);

/// What keeps a sink from its alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkTrouble {
    /// When it began.
    pub since: Timestamp,
    /// Tries in vain since then.
    pub failures: u32,
    /// When it is tried again.
    pub retry_at: Timestamp,
    /// What is wrong.
    pub error: String,
}

/// A sink at a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SinkState {
    /// Its name.
    pub name: String,
    /// Alerts it is owed.
    pub owed: usize,
    /// Alerts it was not given and will not be: dead letters.
    pub dead: usize,
    /// The alert that last became one, and why.
    pub last_dead: Option<(String, String)>,
    /// What is wrong with it now, if anything.
    pub trouble: Option<SinkTrouble>,
}

impl Store {
    /// What a sink is owed, oldest first. A record that cannot be read becomes a dead letter of it: nothing waits behind it.
    ///
    /// The index is named because the planner, which knows no statistics here, would walk all that was ever delivered.
    pub fn pending(&self, sink: &str, limit: usize, now: Timestamp) -> Result<Vec<Pending>> {
        self.refuse_if_lost()?;
        loop {
            let (pending, unreadable) = self.pending_rows(sink, limit)?;
            for (seq, error) in &unreadable {
                surprise::tell(
                    "alert",
                    seq,
                    error,
                    "it cannot be told, and is a dead letter of the sinks that are owed it",
                );
                self.give_up(sink, *seq, &format!("its record cannot be read: {error}"), now)?;
            }
            if !pending.is_empty() || unreadable.is_empty() {
                return Ok(pending);
            }
        }
    }

    /// The first of what a sink is owed, and what of that cannot be read, with the reason.
    fn pending_rows(&self, sink: &str, limit: usize) -> Result<(Vec<Pending>, Vec<Unreadable>)> {
        let connection = self.lock();
        let mut read = connection.prepare_cached(
            "select alert.seq, alert.record from delivery indexed by delivery_pending join alert on alert.seq = delivery.alert \
             where delivery.sink = ?1 and delivery.delivered_at is null order by delivery.alert limit ?2",
        )?;
        let (mut pending, mut unreadable) = (Vec::new(), Vec::new());
        let mut rows = read.query(params![sink, limit as i64])?;
        while let Some(row) = rows.next()? {
            let seq = row.get(0)?;
            match row.get_ref(1)?.as_str().map_err(rusqlite::Error::from).and_then(record_of) {
                Ok(alert) => pending.push(Pending { seq, alert }),
                Err(error) => unreadable.push((seq, error.to_string())),
            }
        }
        Ok((pending, unreadable))
    }

    /// Marks alerts as delivered to a sink and, for the alert log, how far the file was written: in one transaction.
    pub fn delivered(&self, sink: &str, alerts: &[i64], cursor: Option<LogCursor>, now: Timestamp) -> Result<()> {
        self.refuse_if_lost()?;
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        {
            let mut mark =
                transaction.prepare_cached("update delivery set delivered_at = ?3 where sink = ?1 and alert = ?2")?;
            for seq in alerts {
                mark.execute(params![sink, seq, now.as_microsecond()])?;
            }
        }
        if let Some(cursor) = cursor {
            transaction.execute(
                "insert or replace into log_cursor values (?1, ?2, ?3, ?4)",
                params![sink, cursor.device.cast_signed(), cursor.inode.cast_signed(), cursor.offset.cast_signed()],
            )?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// How far the sink's file was written when deliveries were last marked.
    pub fn cursor(&self, sink: &str) -> Result<Option<LogCursor>> {
        let connection = self.lock();
        let mut read = connection.prepare_cached("select device, inode, offset from log_cursor where sink = ?1")?;
        // Without one the whole file is looked through.
        let cursors = surprise::readable("log_cursor", read.query([sink])?, |row| {
            let unsigned = |at| Ok::<_, rusqlite::Error>(row.get::<_, i64>(at)?.cast_unsigned());
            Ok(LogCursor { device: unsigned(0)?, inode: unsigned(1)?, offset: unsigned(2)? })
        });
        Ok(cursors?.pop())
    }

    /// Makes an alert a dead letter of a sink: kept and shown, no longer tried.
    pub fn give_up(&self, sink: &str, alert: i64, error: &str, now: Timestamp) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        bury(&transaction, "sink = ?3 and alert = ?4", params![now.as_microsecond(), error, sink, alert])?;
        transaction.commit()?;
        Ok(())
    }

    /// Makes dead letters of what a sink is owed that was raised before an instant; how many they are.
    pub fn give_up_older(&self, sink: &str, than: Timestamp, error: &str, now: Timestamp) -> Result<usize> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let old = "sink = ?3 and delivered_at is null and alert in (select seq from alert where raised_at < ?4)";
        let buried = bury(&transaction, old, params![now.as_microsecond(), error, sink, than.as_microsecond()])?;
        transaction.commit()?;
        Ok(buried)
    }

    /// Makes dead letters of what sinks are owed that are not among these: the files no longer know them.
    pub fn keep_sinks(&self, named: &[&str], now: Timestamp) -> Result<usize> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let named = json(&named);
        transaction
            .execute("delete from sink_trouble where sink not in (select value from json_each(?1))", [&named])?;
        let why = "the sink is no longer in the files";
        let others = "delivered_at is null and sink not in (select value from json_each(?3))";
        let buried = bury(&transaction, others, params![now.as_microsecond(), why, named])?;
        transaction.commit()?;
        Ok(buried)
    }

    /// Owes a sink its dead letters again, in their old order, and tries it at once; how many they are.
    pub fn revive(&self, sink: &str) -> Result<usize> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let revived = transaction.execute(
            "insert or ignore into delivery (sink, alert) select sink, alert from dead_letter where sink = ?1",
            [sink],
        )?;
        transaction.execute("delete from dead_letter where sink = ?1", [sink])?;
        transaction.execute("delete from sink_trouble where sink = ?1", [sink])?;
        transaction.commit()?;
        Ok(revived)
    }

    /// What is wrong with a sink.
    pub fn sink_trouble(&self, sink: &str) -> Result<Option<SinkTrouble>> {
        let connection = self.lock();
        let mut read =
            connection.prepare_cached("select since, failures, retry_at, error from sink_trouble where sink = ?1")?;
        // Without it the sink is simply tried.
        let trouble = surprise::readable("sink_trouble", read.query([sink])?, |row| {
            Ok(SinkTrouble {
                since: instant(row.get(0)?),
                failures: row.get(1)?,
                retry_at: instant(row.get(2)?),
                error: row.get(3)?,
            })
        });
        Ok(trouble?.pop())
    }

    /// Notes what is wrong with a sink, or that nothing is any more.
    pub fn note_trouble(&self, sink: &str, trouble: Option<&SinkTrouble>) -> Result<()> {
        let connection = self.lock();
        match trouble {
            Some(SinkTrouble { since, failures, retry_at, error }) => connection
                .prepare_cached("insert or replace into sink_trouble values (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![sink, since.as_microsecond(), failures, retry_at.as_microsecond(), error])?,
            None => connection.prepare_cached("delete from sink_trouble where sink = ?1")?.execute([sink])?,
        };
        Ok(())
    }

    /// All sinks that are owed something, hold dead letters or are in trouble, by name.
    pub fn sink_states(&self) -> Result<Vec<SinkState>> {
        let mut states: BTreeMap<String, SinkState> = BTreeMap::new();
        for (name, owed) in self.outbox_sizes()? {
            states.entry(name).or_default().owed = owed;
        }
        let dead: Vec<(String, i64, (String, String))> = {
            let connection = self.lock();
            // Beside max() the other columns are those of its row.
            let mut read = connection.prepare_cached(
                "select sink, count(*), (select id from alert where seq = dead_letter.alert), error, max(given_up_at) \
                 from dead_letter group by sink",
            )?;
            let rows = read.query_map([], |row| Ok((row.get(0)?, row.get(1)?, (row.get(2)?, row.get(3)?))))?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        for (name, count, last) in dead {
            let state = states.entry(name).or_default();
            (state.dead, state.last_dead) = (count as usize, Some(last));
        }
        let troubled: Vec<String> = {
            let connection = self.lock();
            let mut read = connection.prepare_cached("select sink from sink_trouble")?;
            let rows = read.query_map([], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        for name in troubled {
            let trouble = self.sink_trouble(&name)?;
            states.entry(name).or_default().trouble = trouble;
        }
        Ok(states.into_iter().map(|(name, state)| SinkState { name, ..state }).collect())
    }

    /// How many alerts each sink is still owed.
    pub fn outbox_sizes(&self) -> Result<Vec<(String, usize)>> {
        let connection = self.lock();
        let mut read = connection.prepare_cached(
            "select sink, count(*) from delivery indexed by delivery_pending where delivered_at is null group by sink order by sink",
        )?;
        let rows = read.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as usize)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

/// Moves deliveries to the dead letters. ?1 is the hour, ?2 the reason, the rest is the condition's.
fn bury(connection: &Connection, condition: &str, parameters: &[&dyn ToSql]) -> Result<usize> {
    // What is owed of an alert that is not there is owed no more.
    let copy = format!(
        "insert or replace into dead_letter select sink, alert, ?1, ?2 from delivery where {condition} \
         and exists (select 1 from alert where alert.seq = delivery.alert)"
    );
    let buried = connection.prepare_cached(&copy)?.execute(parameters)?;
    // The same numbers, so that one condition serves both.
    let remove = format!("delete from delivery where {condition} and ?1 = ?1 and ?2 = ?2");
    connection.prepare_cached(&remove)?.execute(parameters)?;
    Ok(buried)
}

/// A stored record read back.
pub(super) fn record_of(text: &str) -> rusqlite::Result<Alert> {
    serde_json::from_str(text).map_err(|error| not_what_was_stored(1, error))
}

/// A stored record with the story that it belongs to now, which may have turned out to be one with another since.
pub(super) fn record_in_story(text: &str, story: String) -> rusqlite::Result<Alert> {
    let mut alert = record_of(text)?;
    if !story.is_empty() {
        alert.story.id = story;
    }
    Ok(alert)
}
