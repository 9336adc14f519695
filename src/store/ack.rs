//! What people noted of alerts: that they saw them, what they were worth, and who said so.

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::row::instant;
use super::{Result, Store, ground};
use crate::clock::Timestamp;
use crate::model::Verdict;

/// What a person noted of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// When.
    pub at: Timestamp,
    /// What it was worth, if that was said.
    pub verdict: Option<String>,
    /// A note for the next reader.
    pub note: Option<String>,
    /// Who noted it, if that is known.
    pub by: Option<String>,
}

/// What is to be noted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Noted<'a> {
    /// What it was worth; none leaves what was said before.
    pub verdict: Option<Verdict>,
    /// A note for the next reader.
    pub note: Option<&'a str>,
    /// Who notes it.
    pub by: Option<&'a str>,
}

/// How often alerts of a watch were judged on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayVerdicts {
    /// The watch.
    pub watch: String,
    /// Days since 1970, in the time that was asked for.
    pub day: i64,
    /// Those that were seen, whatever was said of them.
    pub seen: u64,
    /// Those that were news.
    pub useful: u64,
    /// Those that were none.
    pub noise: u64,
}

impl Store {
    /// Notes what a person thinks of an alert; what was noted before is replaced.
    pub fn acknowledge(&self, id: &str, verdict: Option<Verdict>, note: Option<&str>, now: Timestamp) -> Result<()> {
        self.acknowledge_all(&[id.to_owned()], Noted { verdict, note, by: None }, now)
    }

    /// Notes what a person thinks of some alerts, all of them or none. A note belongs to its verdict: another verdict takes it away.
    ///
    /// What is noise holds others no more: its story is looked at anew.
    pub fn acknowledge_all(&self, ids: &[String], noted: Noted<'_>, now: Timestamp) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let Noted { verdict, note, by } = noted;
        for id in ids {
            transaction
                .prepare_cached(
                    "insert into ack (alert, acked_at, verdict, note, \"by\") values (?1, ?2, ?3, ?4, ?5) \
                     on conflict (alert) do update set acked_at = ?2, \"by\" = coalesce(?5, \"by\"), \
                     note = case when ?4 is not null then ?4 when ?3 is null or ?3 is verdict then note end, \
                     verdict = coalesce(?3, verdict)",
                )?
                .execute(params![id, now.as_microsecond(), verdict.map(Verdict::name), note, by])?;
            if let Some(verdict) = verdict {
                ground::judged(&transaction, id, verdict)?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// What was noted of an alert.
    pub fn ack(&self, id: &str) -> Result<Option<Ack>> {
        of_alert(&self.lock(), id)
    }

    /// The ids of the alerts that told a story, the oldest first.
    pub fn alerts_of_story(&self, story: &str) -> Result<Vec<String>> {
        let connection = self.lock();
        let mut read = connection.prepare(
            "select id from alert where story = ?1 and story <> '' and outcome in ('raised', 'grown') \
             and kind in ('alert', 'related', 'confirmed') order by seq",
        )?;
        let ids = read.query_map([story], |row| row.get(0))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    /// Verdicts on the alerts of each watch and day, days beginning so many seconds east of UTC's.
    pub fn day_verdicts(&self, since: Timestamp, east_s: i32) -> Result<Vec<DayVerdicts>> {
        const DAY_US: i64 = 24 * 3600 * 1_000_000;
        let connection = self.lock();
        // Verdicts are few beside alerts: each is looked up from its end.
        let mut read = connection.prepare(
            "select watch, (raised_at + ?2) / ?3, count(*), sum(verdict is 'useful'), sum(verdict is 'noise') \
             from ack cross join alert on alert.id = ack.alert \
             where raised_at >= ?1 and kind in ('alert', 'related') group by 1, 2",
        )?;
        let count = |row: &Row, at: usize| row.get::<_, i64>(at).map(i64::cast_unsigned);
        let days = read.query_map(params![since.as_microsecond(), i64::from(east_s) * 1_000_000, DAY_US], |row| {
            let (seen, useful, noise) = (count(row, 2)?, count(row, 3)?, count(row, 4)?);
            Ok(DayVerdicts { watch: row.get(0)?, day: row.get(1)?, seen, useful, noise })
        })?;
        Ok(days.collect::<rusqlite::Result<_>>()?)
    }
}

pub(super) fn of_alert(connection: &Connection, id: &str) -> Result<Option<Ack>> {
    let mut read = connection.prepare_cached("select acked_at, verdict, note, \"by\" from ack where alert = ?1")?;
    let ack = read.query_row([id], |row| {
        Ok(Ack { at: instant(row.get(0)?), verdict: row.get(1)?, note: row.get(2)?, by: row.get(3)? })
    });
    Ok(ack.optional()?)
}
