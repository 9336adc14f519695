//! The outbox: which alerts each sink is still owed, and how far the alert log file was written.

use rusqlite::{OptionalExtension, params};

use super::feeds::not_what_was_stored;
use super::{Result, Store};
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

impl Store {
    /// What a sink is owed, oldest first.
    ///
    /// The index is named because the planner, which knows no statistics here, would walk all that was ever delivered.
    pub fn pending(&self, sink: &str, limit: usize) -> Result<Vec<Pending>> {
        let connection = self.lock();
        let mut read = connection.prepare_cached(
            "select alert.seq, alert.record from delivery indexed by delivery_pending join alert on alert.seq = delivery.alert \
             where delivery.sink = ?1 and delivery.delivered_at is null order by delivery.alert limit ?2",
        )?;
        let rows = read.query_map(params![sink, limit as i64], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
        rows.map(|row| {
            let (seq, record) = row?;
            Ok(Pending { seq, alert: record_of(&record)? })
        })
        .collect()
    }

    /// Marks alerts as delivered to a sink and, for the alert log, how far the file was written: in one transaction.
    pub fn delivered(&self, sink: &str, alerts: &[i64], cursor: Option<LogCursor>, now: Timestamp) -> Result<()> {
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
        let cursor = read.query_row([sink], |row| {
            let unsigned = |at| Ok::<_, rusqlite::Error>(row.get::<_, i64>(at)?.cast_unsigned());
            Ok(LogCursor { device: unsigned(0)?, inode: unsigned(1)?, offset: unsigned(2)? })
        });
        Ok(cursor.optional()?)
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

/// A stored record read back.
pub(super) fn record_of(text: &str) -> rusqlite::Result<Alert> {
    serde_json::from_str(text).map_err(|error| not_what_was_stored(1, error))
}
