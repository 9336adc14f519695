//! The feeds: what the files say of them, who is due, which hosts are paused.

use std::collections::HashMap;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::feed_row::{FEED_COLUMNS, feed_or_rest, find_feed, source};
use super::ledger::Ledger;
use super::row::{instant, json, micros, value};
use super::{Result, Store, ground, surprise};
use crate::clock::Timestamp;
use crate::model::{Feed, FeedId, FeedSource, HostPause, Wait, host_of};

/// What `Store::sync_feeds` did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Synced {
    /// Feeds that are polled from now on.
    pub added: usize,
    /// Feeds that are polled no more; their history stays.
    pub removed: usize,
}

/// What comes of the wish to poll a feed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It is due.
    Due,
    /// It is left alone.
    Waits {
        /// Until then.
        until: Timestamp,
        /// Why.
        why: &'static str,
    },
    /// There is no such feed in the files in force.
    Unknown,
}

impl Store {
    /// Makes the stored feeds those of the files. `first_poll` gives the due time and the interval of one that is new
    /// (or back); the schedule of all others stays, except that a shorter `every` counts at once where all is well.
    pub fn sync_feeds(
        &self,
        sources: &[FeedSource],
        first_poll: impl Fn(&FeedSource) -> (Timestamp, Duration),
    ) -> Result<Synced> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let synced = {
            let mut known = transaction.prepare_cached(
                "select id, listed and typeof(next_poll_at) = 'integer', name, tags, every_us, holds_others, tier, related_in_full, \
                 iif(typeof(next_poll_at) = 'integer', null, wait), polled_at from feed where url = ?1",
            )?;
            // Who is back is asked no sooner than was wished when it left (R15).
            let mut update = transaction.prepare_cached(
                "update feed set listed = 1, name = ?2, tags = ?3, every_us = ?4, holds_others = ?6, tier = ?7, related_in_full = ?8, next_poll_at = coalesce(\
                 case when every_us is not ?4 and failures = 0 then min(next_poll_at, polled_at + ?4) end, \
                 iif(typeof(next_poll_at) = 'integer', next_poll_at, null), max(?5, ?9)) where id = ?1",
            )?;
            let mut insert = transaction.prepare_cached(
                "insert into feed (url, listed, name, tags, every_us, next_poll_at, interval_us, host, holds_others, tier, \
                 related_in_full) values (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?;
            let (mut added, mut named, mut hold_no_more) = (0, Vec::with_capacity(sources.len()), Vec::new());
            for source in sources {
                let (tags, every) = (json(&source.tags), source.every.map(micros));
                let before = known.query_row([source.url.as_str()], |row| {
                    let held_others = row.get::<_, bool>(5).unwrap_or(true);
                    let is_as_it_was = row.get_ref(2)?.as_str_or_null() == Ok(source.name.as_deref())
                        && row.get_ref(3)?.as_str() == Ok(tags.as_str())
                        && row.get::<_, Option<i64>>(4) == Ok(every)
                        && row.get::<_, bool>(5) == Ok(source.holds_others)
                        && row.get::<_, Option<u8>>(6) == Ok(source.tier)
                        && row.get::<_, bool>(7) == Ok(source.related_in_full);
                    let holds_no_more = held_others && !source.holds_others;
                    Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?, is_as_it_was, holds_no_more, wished_for(row, 8)))
                });
                let due = |(at, _): (Timestamp, Duration)| at.as_microsecond();
                match before.optional()? {
                    Some((id, true, true, ..)) => named.push(id),
                    Some((id, is_polled, _, holds_no_more, wished_for)) => {
                        let FeedSource { name, holds_others, tier, related_in_full, .. } = source;
                        let at = due(first_poll(source));
                        update.execute(params![
                            id,
                            name,
                            tags,
                            every,
                            at,
                            holds_others,
                            tier,
                            related_in_full,
                            wished_for
                        ])?;
                        hold_no_more.extend(holds_no_more.then_some(id));
                        named.push(id);
                        added += usize::from(!is_polled);
                    }
                    None => {
                        let (url, host) = (source.url.as_str(), host_of(&source.url));
                        let (at, interval) = first_poll(source);
                        insert.execute(params![
                            url,
                            source.name,
                            tags,
                            every,
                            at.as_microsecond(),
                            micros(interval),
                            host,
                            source.holds_others,
                            source.tier,
                            source.related_in_full
                        ])?;
                        named.push(transaction.last_insert_rowid());
                        added += 1;
                    }
                }
            }
            named.sort_unstable();
            let gone = forget_others(&transaction, &named)?;
            let removed = gone.len();
            hold_no_more.extend(gone);
            ground::hold_no_more(&transaction, &hold_no_more)?;
            // Hosts with one feed need no row; those with many are known by it when their turn is reckoned.
            transaction.execute_batch(
                "update host set feeds = 0; \
                 insert into host (name, feeds) select host, count(*) from feed where listed group by host having count(*) > 1 \
                 on conflict (name) do update set feeds = excluded.feeds",
            )?;
            Synced { added, removed }
        };
        transaction.commit()?;
        // All feeds went through the cache, of which the next hours need few pages.
        connection.execute_batch("pragma shrink_memory")?;
        Ok(synced)
    }

    /// What the files said of the feeds when they were last brought in line, by address.
    pub fn listed(&self) -> Result<Vec<FeedSource>> {
        let connection = self.lock();
        let mut read = connection.prepare(
            "select url, name, tags, every_us, holds_others, tier, related_in_full from feed where listed order by url",
        )?;
        surprise::readable("feed", read.query([])?, |row| source(row, 0, 4))
    }

    /// The feeds that are due until then, the most overdue first.
    pub fn due_feeds(&self, until: Timestamp, limit: usize) -> Result<Vec<Feed>> {
        let connection = self.lock();
        let sql = format!("select {FEED_COLUMNS} from feed where next_poll_at <= ?1 order by next_poll_at limit ?2");
        let mut read = connection.prepare_cached(&sql)?;
        let (mut feeds, mut lost) = (Vec::new(), Vec::new());
        let mut rows = read.query(params![until.as_microsecond(), limit as i64])?;
        while let Some(row) = rows.next()? {
            match feed_or_rest(row)? {
                Ok(feed) => feeds.push(feed),
                Err(id) => lost.push(id),
            }
        }
        for id in lost {
            connection.execute("update feed set next_poll_at = null where id = ?1", [id])?;
        }
        Ok(feeds)
    }

    /// One feed by its number; none when nothing can be read of it, or there is none.
    pub fn feed(&self, id: FeedId) -> Result<Option<Feed>> {
        find_feed(&self.lock(), id)
    }

    /// Puts off feeds whose host cannot take them yet.
    pub fn put_off(&self, feeds: &[(FeedId, Timestamp)]) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        {
            let mut put_off = transaction
                .prepare_cached("update feed set next_poll_at = ?2 where id = ?1 and next_poll_at is not null")?;
            for (feed, until) in feeds {
                put_off.execute(params![feed.0, until.as_microsecond()])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// When the first feed is due that is not due by `after`.
    pub fn next_due_after(&self, after: Timestamp) -> Result<Option<Timestamp>> {
        let connection = self.lock();
        // What is no number sorts behind all numbers.
        let mut read = connection
            .prepare_cached("select min(next_poll_at) from feed where next_poll_at > ?1 and next_poll_at <= ?2")?;
        let at: Option<i64> = read.query_row([after.as_microsecond(), i64::MAX], |row| row.get(0))?;
        Ok(at.map(instant))
    }

    /// Makes every listed feed due now, except those whose server named a time or said that they are gone. Tells how
    /// many these are. Paused hosts are kept to by the window.
    pub fn all_due(&self, now: Timestamp) -> Result<usize> {
        let mut connection = self.lock();
        let now = now.as_microsecond();
        let transaction = connection.transaction()?;
        let mut kept = Vec::new();
        {
            let mut read = transaction.prepare("select id, wait from feed where listed and next_poll_at > ?1")?;
            let mut rows = read.query([now])?;
            while let Some(row) = rows.next()? {
                // What cannot be read names no time.
                let wait: Wait = value(row, 1).unwrap_or(Wait::First);
                if wait.outlasts_impatience() {
                    kept.push(row.get::<_, i64>(0)?);
                }
            }
        }
        transaction.execute(
            "update feed set next_poll_at = ?1 where listed and next_poll_at > ?1 \
             and id not in (select value from json_each(?2))",
            params![now, json(&kept)],
        )?;
        transaction.commit()?;
        Ok(kept.len())
    }

    /// Makes a feed due now, unless its server named a time or said that it is gone, or its host wants to be left alone.
    pub fn ask_now(&self, url: &str, now: Timestamp) -> Result<Asked> {
        let connection = self.lock();
        let found = connection
            .query_row(
                "select id, next_poll_at, wait, \
                 (select paused_until from host where host.name = feed.host) from feed where listed and url = ?1",
                [url],
                |row| {
                    let paused_until: Option<i64> = row.get(3)?;
                    let wait: Wait = value(row, 2).unwrap_or(Wait::First);
                    Ok((FeedId(row.get(0)?), row.get::<_, i64>(1)?, wait.outlasts_impatience(), paused_until))
                },
            )
            .optional()?;
        let Some((id, next_at, is_kept, paused_until)) = found else { return Ok(Asked::Unknown) };
        let now = now.as_microsecond();
        if let Some(until) = paused_until.filter(|until| *until > now) {
            return Ok(Asked::Waits { until: instant(until), why: "its host asked to be left alone" });
        }
        if is_kept && next_at > now {
            return Ok(Asked::Waits {
                until: instant(next_at),
                why: "its server named that time, or says that it is gone",
            });
        }
        connection
            .execute("update feed set next_poll_at = ?2 where id = ?1 and next_poll_at > ?2", params![id.0, now])?;
        Ok(Asked::Due)
    }

    /// The titles that listed feeds gave themselves, by address.
    pub fn titles(&self) -> Result<HashMap<String, String>> {
        let connection = self.lock();
        let mut read = connection.prepare("select url, title from feed where listed and title <> ''")?;
        let titles = read.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(titles.collect::<rusqlite::Result<_>>()?)
    }

    /// Makes the feeds due now that the guard refused: no server was asked, and the files may allow it now.
    pub fn refused_due(&self, now: Timestamp) -> Result<()> {
        let mut connection = self.lock();
        let now = now.as_microsecond();
        let transaction = connection.transaction()?;
        let mut refused = Vec::new();
        {
            let mut read = transaction
                .prepare("select id, wait from feed where listed and error is not null and next_poll_at > ?1")?;
            let mut rows = read.query([now])?;
            while let Some(row) = rows.next()? {
                if matches!(value(row, 1), Ok(Wait::Refused)) {
                    refused.push(row.get::<_, i64>(0)?);
                }
            }
        }
        transaction.execute(
            "update feed set next_poll_at = ?1 where id in (select value from json_each(?2))",
            params![now, json(&refused)],
        )?;
        transaction.commit()?;
        Ok(())
    }

    /// Spreads what is overdue evenly over the time from `now` on, the oldest first: over no more than `spread`, and none
    /// over more than its own interval.
    pub fn spread_overdue(&self, now: Timestamp, spread: Duration) -> Result<()> {
        let connection = self.lock();
        connection.execute(
            "with overdue as (select id, row_number() over (order by next_poll_at) - 1 as place, count(*) over () as places \
             from feed where next_poll_at <= ?1) \
             update feed set next_poll_at = ?1 + cast(1.0 * min(?2, interval_us) * place / places as integer) \
             from overdue where overdue.id = feed.id",
            params![now.as_microsecond(), micros(spread)],
        )?;
        Ok(())
    }

    /// Feeds that are due.
    pub fn due_count(&self, now: Timestamp) -> Result<usize> {
        let connection = self.lock();
        let sql = "select count(*) from feed where next_poll_at <= ?1";
        let count: i64 = connection.query_row(sql, [now.as_microsecond()], |row| row.get(0))?;
        Ok(count as usize)
    }

    /// Puts right what a clock that ran ahead has left: feeds that were asked in the future are due one interval from
    /// now, spread by what was left of their wait.
    pub fn clock_set_back(&self, now: Timestamp) -> Result<usize> {
        let connection = self.lock();
        let count = connection.execute(
            "update feed set next_poll_at = ?1 + max(interval_us, next_poll_at - polled_at), polled_at = ?1 \
             where next_poll_at is not null and polled_at > ?1",
            [now.as_microsecond()],
        )?;
        Ok(count)
    }

    /// The polls a second that the feeds wish for: those whose interval is fixed, and all others.
    pub fn demand(&self) -> Result<(f64, f64)> {
        let connection = self.lock();
        let rates = connection.query_row(
            "select total(1e6 / max(every_us, 1)), total(iif(every_us is null, 1e6 / max(interval_us, 1), 0)) from feed where listed",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        );
        Ok(rates?)
    }

    /// How many feeds are polled.
    pub fn feed_count(&self) -> Result<usize> {
        let connection = self.lock();
        let count: i64 =
            connection.query_row("select count(*) from feed where next_poll_at is not null", [], |row| row.get(0))?;
        Ok(count as usize)
    }

    /// The pauses that hosts asked for and that are not over.
    pub fn host_pauses(&self, now: Timestamp) -> Result<Vec<HostPause>> {
        let connection = self.lock();
        let mut read =
            connection.prepare_cached("select name, paused_until, strikes from host where paused_until > ?1")?;
        surprise::readable("host", read.query([now.as_microsecond()])?, |row| {
            Ok(HostPause { host: row.get(0)?, until: instant(row.get(1)?), strikes: row.get(2)? })
        })
    }
}

impl Store {
    /// The domains that are asked as one, and until when.
    pub fn gates(&self, now: Timestamp) -> Result<Vec<(String, Timestamp)>> {
        let connection = self.lock();
        let mut read = connection.prepare_cached("select domain, until from gate where until > ?1")?;
        surprise::readable("gate", read.query([now.as_microsecond()])?, |row| Ok((row.get(0)?, instant(row.get(1)?))))
    }

    /// A domain is asked as one until then; those whose time is over are forgotten.
    pub fn put_gate(&self, domain: &str, until: Timestamp, now: Timestamp) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute("delete from gate where until <= ?1", [now.as_microsecond()])?;
        transaction.execute("insert or replace into gate values (?1, ?2)", params![domain, until.as_microsecond()])?;
        transaction.commit()?;
        Ok(())
    }
}

impl Ledger<'_> {
    /// The other polled feeds that are asked at the same address.
    pub fn sharing(&self, feed: &Feed) -> Result<Vec<Feed>> {
        if !self.has_any_moved()? {
            return Ok(Vec::new());
        }
        // Without a move of its own, only feeds that moved to it can share it: the files name each address once.
        let is_shared = match feed.adopted {
            Some(_) => "(adopted = ?1 or (url = ?1 and adopted is null))",
            None => "adopted = ?1",
        };
        let sql =
            format!("select {FEED_COLUMNS} from feed where {is_shared} and next_poll_at is not null and id <> ?2");
        let mut read = self.connection.prepare_cached(&sql)?;
        let mut rows = read.query(params![feed.address().as_str(), feed.id.0])?;
        let mut feeds = Vec::new();
        while let Some(row) = rows.next()? {
            feeds.extend(feed_or_rest(row)?);
        }
        Ok(feeds)
    }

    fn has_any_moved(&self) -> Result<bool> {
        if let Some(known) = self.any_moved.get() {
            return Ok(known);
        }
        let mut read =
            self.connection.prepare_cached("select exists (select 1 from feed where adopted is not null)")?;
        let any = read.query_row([], |row| row.get(0))?;
        self.any_moved.set(Some(any));
        Ok(any)
    }
}

/// Until when a feed that is not polled is to be left alone by its server's wish, in columns side by side: why it waited, and
/// when it was last asked. A named time is rounded up to its second. Before all time where there is no wish.
fn wished_for(row: &Row, at: usize) -> i64 {
    const SECOND_US: i64 = 1_000_000;
    let wait: Wait = value(row, at).unwrap_or(Wait::First);
    let since = || row.get::<_, i64>(at + 1).ok();
    let named = wait.named_time().map(|until| (until.as_second() + 1) * SECOND_US);
    let wished = || wait.wish().and_then(|wish| Some(since()? + wish.as_secs() as i64 * SECOND_US));
    named.or_else(wished).unwrap_or_default()
}

/// Polls no more what the files named so far and name no longer; which these were. `named` is in order.
fn forget_others(connection: &Connection, named: &[i64]) -> Result<Vec<i64>> {
    let mut listed = connection.prepare_cached("select id from feed where listed")?;
    let listed = listed.query_map([], |row| row.get(0))?;
    let is_gone = |id: &rusqlite::Result<i64>| !matches!(id, Ok(id) if named.binary_search(id).is_ok());
    let gone = listed.filter(is_gone).collect::<rusqlite::Result<Vec<i64>>>()?;
    let mut forget = connection.prepare_cached("update feed set listed = 0, next_poll_at = null where id = ?1")?;
    for id in &gone {
        forget.execute([id])?;
    }
    Ok(gone)
}

pub(super) fn put_pause(connection: &Connection, pause: &HostPause) -> Result<()> {
    connection
        .prepare_cached(
            "insert into host (name, paused_until, strikes) values (?1, ?2, ?3) \
             on conflict (name) do update set paused_until = max(paused_until, ?2), strikes = ?3",
        )?
        .execute(params![pause.host, pause.until.as_microsecond(), pause.strikes])?;
    Ok(())
}
