//! Everything about one alert, figures of many: what `alerts show`, `alerts stats` and `status` ask.

use rusqlite::{OptionalExtension, params};

use super::feed_row::{FEED_COLUMNS, feed};
use super::outbox::{record_in_story, record_of};
use super::outcomes::{LOST, TOLD, outcome};
use super::row::instant;
use super::{Ack, Result, Store, ack, stories, surprise};
use crate::clock::{DAY, Timestamp};
use crate::model::{Alert, ArticleId, Feed, Outcome, StoredAlert, StoryNow};

/// Texts of an article, as they stood for a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// The headline.
    pub title: String,
    /// The summary, as text.
    pub summary: String,
    /// The body, as text.
    pub body: String,
}

/// Another hit in a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sibling {
    /// The id of its record.
    pub id: String,
    /// The watch that found it.
    pub watch: String,
    /// What its feed is called.
    pub feed: String,
    /// Its headline.
    pub title: String,
    /// Where to read it.
    pub url: Option<String>,
    /// What became of the hit.
    pub outcome: Outcome,
    /// When that was decided.
    pub at: Timestamp,
}

/// How a record came to a sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The sink.
    pub sink: String,
    /// When it was delivered.
    pub delivered_at: Option<Timestamp>,
    /// When and why it was given up.
    pub given_up: Option<(Timestamp, String)>,
}

/// Everything about an alert.
#[derive(Clone, Debug)]
pub struct AlertDetails {
    /// The record and its outcome.
    pub stored: StoredAlert,
    /// What held it, or the digest that told it.
    pub held_by: Option<String>,
    /// The article as it stands now; none for records about no article.
    pub texts: Option<Texts>,
    /// What it said before, with the end of that; oldest first.
    pub revisions: Vec<(Timestamp, Texts)>,
    /// Other hits in the same story, of whatever watch, oldest first; of a large story the first.
    pub siblings: Vec<Sibling>,
    /// All of them.
    pub siblings_in_all: usize,
    /// How it came to each sink.
    pub deliveries: Vec<Delivery>,
    /// What was noted of it.
    pub ack: Option<Ack>,
}

/// Hits of a watch on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// The watch.
    pub watch: String,
    /// Days since 1970, in the time that was asked for.
    pub day: i64,
    /// Alerts raised.
    pub raised: u64,
    /// Hits joined or held.
    pub held: u64,
}

/// How long alerts took, in milliseconds: the median and the worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latencies {
    /// Alerts that were counted.
    pub alerts: u64,
    /// From seeing.
    pub seen: Option<(i64, i64)>,
    /// From publication, of those that have a date.
    pub published: Option<(i64, i64)>,
}

/// Siblings that are shown; a story of thousands is no reading.
const SIBLINGS_MAX: usize = 100;

impl Store {
    /// Everything about the record with this id.
    pub fn alert_details(&self, id: &str) -> Result<Option<AlertDetails>> {
        let connection = self.lock();
        let found = connection
            .prepare_cached("select seq, record, outcome, reason, held_by, article, story from alert where id = ?1")?
            .query_row([id], |row| {
                let outcome = outcome(row, 2)?;
                let alert = record_in_story(row.get_ref(1)?.as_str()?, row.get(6)?)?;
                let stored = StoredAlert { seq: row.get(0)?, outcome, reason: row.get(3)?, alert };
                Ok((stored, row.get(4)?, row.get::<_, Option<i64>>(5)?.map(ArticleId)))
            })
            .optional()?;
        let Some((stored, held_by, article)) = found else { return Ok(None) };
        let texts = |row: &rusqlite::Row, from: usize| {
            Ok::<_, rusqlite::Error>(Texts {
                title: row.get(from)?,
                summary: row.get(from + 1)?,
                body: row.get(from + 2)?,
            })
        };
        let number = article.map(|article| article.0);
        let now = connection
            .prepare_cached("select title, summary, body from article where id = ?1")?
            .query_row([number], |row| texts(row, 0))
            .optional()?;
        let mut read = connection.prepare_cached(
            "select replaced_at, title, summary, body from revision where article = ?1 order by replaced_at",
        )?;
        let revisions = read.query_map([number], |row| Ok((instant(row.get(0)?), texts(row, 1)?)))?;
        let revisions = revisions.collect::<rusqlite::Result<_>>()?;
        let mut read = connection.prepare_cached(
            "select record, outcome, raised_at from alert where story = ?1 and seq <> ?2 and story <> '' \
             and kind in ('alert', 'related') order by seq limit ?3",
        )?;
        let story = &stored.alert.story.id;
        let siblings = read.query_map(params![story, stored.seq, SIBLINGS_MAX as i64], |row| {
            let outcome = outcome(row, 1)?;
            let Alert { id, watch, feed, article, .. } = record_of(row.get_ref(0)?.as_str()?)?;
            let (watch, feed, title, url, at) =
                (watch.name, feed.title, article.title, article.url, instant(row.get(2)?));
            Ok(Sibling { id, watch, feed, title, url, outcome, at })
        })?;
        let siblings: Vec<Sibling> = siblings.collect::<rusqlite::Result<_>>()?;
        let siblings_in_all: i64 = connection
            .prepare_cached(
                "select count(*) from alert where story = ?1 and seq <> ?2 and story <> '' and kind in ('alert', 'related')",
            )?
            .query_row(params![story, stored.seq], |row| row.get(0))?;
        // The primary key begins with the sink, and sinks are few: from each the next is found, and they are asked one by one.
        let mut read = connection.prepare_cached(
            "with recursive named(sink) as (select min(sink) from delivery union all \
             select (select min(sink) from delivery where sink > named.sink) from named where named.sink is not null) \
             select sink from named where sink is not null union select sink from dead_letter order by sink",
        )?;
        let sinks = read.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
        let mut deliveries = Vec::new();
        for sink in sinks {
            let delivered = connection
                .prepare_cached("select delivered_at from delivery where sink = ?1 and alert = ?2")?
                .query_row(params![sink, stored.seq], |row| row.get::<_, Option<i64>>(0))
                .optional()?;
            let dead = connection
                .prepare_cached("select given_up_at, error from dead_letter where sink = ?1 and alert = ?2")?
                .query_row(params![sink, stored.seq], |row| Ok((instant(row.get(0)?), row.get::<_, String>(1)?)))
                .optional()?;
            if delivered.is_some() || dead.is_some() {
                deliveries.push(Delivery { sink, delivered_at: delivered.flatten().map(instant), given_up: dead });
            }
        }
        let ack = ack::of_alert(&connection, id)?;
        let siblings_in_all = siblings_in_all as usize;
        Ok(Some(AlertDetails { stored, held_by, texts: now, revisions, siblings, siblings_in_all, deliveries, ack }))
    }

    /// How far a story has come, as a watch sees it now.
    pub fn story_now(&self, story: &str, watch: &str) -> Result<StoryNow> {
        stories::story_now(&self.lock(), story, Some(watch))
    }

    /// How far a story has come, whichever watches found it.
    pub fn story_in_all(&self, story: &str) -> Result<StoryNow> {
        stories::story_now(&self.lock(), story, None)
    }

    /// Hits of each watch on each day, days beginning so many seconds east of UTC's.
    pub fn day_counts(&self, since: Timestamp, east_s: i32) -> Result<Vec<DayCount>> {
        const DAY_US: i64 = DAY.as_micros() as i64;
        let connection = self.lock();
        let mut read = connection.prepare_cached(&format!(
            "select watch, (raised_at + ?2) / ?3, sum(outcome in {TOLD}), sum(outcome not in {TOLD}) from alert \
             where raised_at >= ?1 and kind in ('alert', 'related') and outcome not in {LOST} group by 1, 2 order by 1, 2",
        ))?;
        let east = i64::from(east_s) * 1_000_000;
        let counts = read.query_map(params![since.as_microsecond(), east, DAY_US], |row| {
            let (raised, held): (i64, i64) = (row.get(2)?, row.get(3)?);
            Ok(DayCount {
                watch: row.get(0)?,
                day: row.get(1)?,
                raised: raised.cast_unsigned(),
                held: held.cast_unsigned(),
            })
        })?;
        Ok(counts.collect::<rusqlite::Result<_>>()?)
    }

    /// How long the alerts took that were raised since then.
    pub fn latencies(&self, since: Timestamp) -> Result<Latencies> {
        let connection = self.lock();
        let of = |column: &str| -> Result<Vec<i64>> {
            let sql = format!(
                "select {column} from alert indexed by alert_told \
                 where raised_at >= ?1 and outcome in {TOLD} and kind = 'alert' and {column} is not null"
            );
            let mut read = connection.prepare_cached(&sql)?;
            let took = read.query_map([since.as_microsecond()], |row| row.get(0))?;
            Ok(took.collect::<rusqlite::Result<_>>()?)
        };
        let (seen, published) = (of("seen_ms")?, of("published_ms")?);
        Ok(Latencies {
            alerts: seen.len() as u64,
            seen: middle_and_worst(seen),
            published: middle_and_worst(published),
        })
    }

    /// Listed feeds that are left alone since the process ended while they were under way.
    pub fn set_aside(&self) -> Result<Vec<Feed>> {
        let connection = self.lock();
        let mut read = connection.prepare(&format!(
            "select {FEED_COLUMNS} from feed indexed by feed_failing where listed and error is not null and instr(learned, '\"ends\"') > 0 order by url"
        ))?;
        let feeds = surprise::readable("feed", read.query([])?, feed)?;
        Ok(feeds)
    }

    /// How many listed feeds failed at their last poll.
    pub fn failing_feeds(&self) -> Result<usize> {
        let connection = self.lock();
        let count: i64 = connection.query_row(
            "select count(*) from feed indexed by feed_failing where listed and error is not null",
            [],
            |row| row.get(0),
        )?;
        Ok(count as usize)
    }
}

fn middle_and_worst(mut took: Vec<i64>) -> Option<(i64, i64)> {
    took.sort_unstable();
    Some((*took.get(took.len() / 2)?, *took.last()?))
}
