//! What the alerts of a watch were worth to people, as `ack` noted it: for who sharpens the watch.

use rusqlite::params;

use super::outcomes::TOLD;
use super::{Result, Store};
use crate::clock::Timestamp;

/// What a watch told, and what people thought of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worth {
    /// Alerts raised.
    pub alerts: u64,
    /// Stories that they are about.
    pub stories: u64,
    /// Alerts with a verdict.
    pub judged: Verdicts,
    /// The same for each term by which those fired, the noisiest first.
    pub terms: Vec<(String, Verdicts)>,
}

/// How often each verdict was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// It was news.
    pub useful: u64,
    /// It was none.
    pub noise: u64,
}

impl Store {
    /// The watches that ever raised an alert that is still stored, by name.
    pub fn watches_of_alerts(&self) -> Result<Vec<String>> {
        let connection = self.lock();
        let mut read = connection.prepare(
            "select distinct watch from alert indexed by alert_watch_told \
             where outcome in ('raised', 'grown') and kind = 'alert'",
        )?;
        let names = read.query_map([], |row| row.get(0))?;
        Ok(names.collect::<rusqlite::Result<_>>()?)
    }

    /// What a watch has told since an instant, and what that was worth.
    pub fn worth(&self, watch: &str, since: Timestamp) -> Result<Worth> {
        let connection = self.lock();
        let asked = params![watch, since.as_microsecond()];
        let (alerts, stories): (i64, i64) = connection
            .prepare_cached(&format!(
                "select count(*), count(distinct story) from alert indexed by alert_watch_told \
                 where watch = ?1 collate nocase and raised_at >= ?2 and outcome in {TOLD} and kind = 'alert'",
            ))?
            .query_row(asked, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let verdicts = |row: &rusqlite::Row, from: usize| {
            let (useful, noise): (i64, i64) = (row.get(from)?, row.get(from + 1)?);
            Ok::<_, rusqlite::Error>(Verdicts { useful: useful.cast_unsigned(), noise: noise.cast_unsigned() })
        };
        // Verdicts are few beside alerts: each is looked up from its end.
        const JUDGED: &str = "from ack cross join alert on alert.id = ack.alert \
             where watch = ?1 collate nocase and raised_at >= ?2 and verdict is not null";
        let judged = connection
            .prepare_cached(&format!(
                "select coalesce(sum(verdict = 'useful'), 0), coalesce(sum(verdict = 'noise'), 0) {JUDGED}"
            ))?
            .query_row(asked, |row| verdicts(row, 0))?;
        let mut read = connection.prepare_cached(&format!(
            "select term, sum(verdict = 'useful'), sum(verdict = 'noise') from \
             (select distinct judged.id, verdict, why.value ->> '$.term' as term from \
              (select id, verdict, record {JUDGED}) as judged, json_each(record, '$.why') as why) \
             group by term order by 3 desc, 2, term"
        ))?;
        let terms = read.query_map(asked, |row| Ok((row.get(0)?, verdicts(row, 1)?)))?;
        let terms = terms.collect::<rusqlite::Result<_>>()?;
        Ok(Worth { alerts: alerts.cast_unsigned(), stories: stories.cast_unsigned(), judged, terms })
    }
}
