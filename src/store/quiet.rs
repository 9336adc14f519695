//! Watches over time: since when each is there, when it last found something, and the name that it had before.

use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::row::instant;
use super::{Result, Store};
use crate::clock::Timestamp;

/// Where a watch's name stands, each with its column. Records keep the name of their time.
const NAMED: [(&str, &str); 5] =
    [("hit", "watch"), ("alert", "watch"), ("digest", "watch"), ("reopened", "watch"), ("watch_known", "watch")];

impl Store {
    /// The watches of the files: those that are new are known from now on. Those that had another name before take over what is
    /// stored of that. Tells which did.
    pub fn know_watches(
        &self,
        names: &[String],
        renamed: &[(String, String)],
        now: Timestamp,
    ) -> Result<Vec<(String, String)>> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut done = Vec::new();
        for (old, new) in renamed {
            if has_history(&transaction, old)? {
                rename(&transaction, old, new)?;
                done.push((old.clone(), new.clone()));
            }
        }
        for name in names {
            transaction
                .prepare_cached("insert or ignore into watch_known values (?1, ?2)")?
                .execute(params![name, now.as_microsecond()])?;
        }
        // Who comes back begins anew.
        transaction.execute(
            "delete from watch_known where watch not in (select value from json_each(?1))",
            [serde_json::Value::from(names).to_string()],
        )?;
        transaction.commit()?;
        Ok(done)
    }

    /// The watches of the files that were last in force.
    pub fn known_watches(&self) -> Result<Vec<String>> {
        let connection = self.lock();
        let mut read = connection.prepare("select watch from watch_known order by watch")?;
        let names = read.query_map([], |row| row.get(0))?;
        Ok(names.collect::<rusqlite::Result<_>>()?)
    }

    /// Watches that found nothing since then, each with the time of its last hit, or since when it is there.
    pub fn quiet_watches(&self, before: Timestamp) -> Result<Vec<(String, Timestamp)>> {
        let connection = self.lock();
        let mut read = connection.prepare_cached("select watch, since from watch_known")?;
        let known = read.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
        let known: Vec<(String, i64)> = known.collect::<rusqlite::Result<_>>()?;
        let mut last = connection.prepare_cached(
            "select max(coalesce((select max(raised_at) from alert indexed by alert_watch_told \
             where watch = ?1 collate nocase and outcome in ('raised', 'grown') and kind <> 'watch.quiet'), 0), \
             coalesce((select max(raised_at) from alert indexed by alert_watch_untold \
             where watch = ?1 collate nocase and outcome not in ('raised', 'grown')), 0))",
        )?;
        let mut quiet = Vec::new();
        for (watch, since) in known {
            let last: i64 = last.query_row([&watch], |row| row.get(0))?;
            let since = instant(since.max(last));
            if since < before {
                quiet.push((watch, since));
            }
        }
        Ok(quiet)
    }
}

fn has_history(transaction: &Transaction, watch: &str) -> Result<bool> {
    let found = transaction
        .query_row(
            "select 1 where exists (select 1 from watch_known where watch = ?1) \
             or exists (select 1 from alert indexed by alert_watch_told where watch = ?1 collate nocase \
               and outcome in ('raised', 'grown') and watch = ?1) \
             or exists (select 1 from alert indexed by alert_watch_untold where watch = ?1 collate nocase \
               and outcome not in ('raised', 'grown') and watch = ?1)",
            [watch],
            |_| Ok(()),
        )
        .optional()?;
    Ok(found.is_some())
}

fn rename(transaction: &Transaction, old: &str, new: &str) -> Result<()> {
    for (table, column) in NAMED {
        // What the new name has already stays as it is.
        transaction.execute(&format!("update or ignore {table} set {column} = ?2 where {column} = ?1"), [old, new])?;
    }
    transaction.execute("delete from watch_known where watch = ?1", [old])?;
    transaction.execute("update silence set target = ?2 where scope = 'watch' and target = ?1", [old, new])?;
    transaction
        .execute("update alert set held_by = 'at_most of ' || ?2 where held_by = 'at_most of ' || ?1", [old, new])?;
    Ok(())
}
