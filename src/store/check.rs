//! Looking through the database: every row of every table as the daemon would read it, what refers to what, and counts that must
//! agree. It mends nothing; what is surprising is named, with what the daemon does about it.

use std::fmt;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use url::Url;

use super::census::{Column, Holds, TABLES, Table};
use super::opening;
use super::surprise;
use super::{Result, Store, StoreError};
use crate::clock::{DAY, Timestamp};
use crate::model::mask;

/// Something that is not as feedwatch writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The table.
    pub table: String,
    /// Which row of it, by its key; empty where the whole table is meant.
    pub row: String,
    /// The address of the feed that it belongs to, if that is known.
    pub feed: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What the daemon does about it, and what a person can do.
    pub advice: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { table, row, feed, what, advice } = self;
        write!(f, "table {table}")?;
        if !row.is_empty() {
            write!(f, ", row {row}")?;
        }
        if let Some(feed) = feed {
            write!(f, " (feed {feed})")?;
        }
        write!(f, ": {what}; {advice}")
    }
}

/// What must agree between tables: the table that is named, a query for rows that do not (key, feed, what is wrong), and advice.
const AGREEMENTS: &[(&str, &str, &str)] = &[
    (
        "feed",
        "select id, url, 'it is on the list and never polled' from feed where listed and typeof(next_poll_at) <> 'integer'",
        "the next start of feedwatch makes it due",
    ),
    (
        "alert",
        "select seq, (select url from feed where feed.id = alert.feed), 'it is a hit and names no article or no feed' from alert \
         where kind in ('alert', 'related') and (article is null or feed is null)",
        "it is told; its story does not count it",
    ),
    (
        "alert",
        "select seq, (select url from feed where feed.id = alert.feed), 'its record has another id or kind than the row' from alert \
         where json_valid(record) and (record ->> '$.id' is not id or record ->> '$.kind' is not kind)",
        "restore a backup if it matters",
    ),
    (
        "alert",
        "select seq, (select url from feed where feed.id = alert.feed), 'it is held by ' || held_by || ', which is not there' from alert \
         where held_by glob 'silence [0-9]*' and not exists (select 1 from silence where 'silence ' || silence.id = held_by)",
        "it is kept and told to nobody; feedwatch alerts --held shows it",
    ),
    (
        "story_word",
        "select word || ' ' || story, null, 'its story is not there' from story_word where story not in (select number from story)",
        "it only costs space",
    ),
    (
        "word",
        "select word, null, 'it counts ' || stories || ' stories, and there are ' || seen from (select word, stories, iif(word = -1, \
         (select count(*) from story), (select count(*) from story_word where story_word.word = word.word)) as seen from word) \
         where stories is not seen",
        "stories are told apart a little worse until it is forgotten",
    ),
];

impl Store {
    /// Looks through the whole database and gives what is surprising to `each`; how many rows were read.
    pub fn check_content(&self, now: Timestamp, mut each: impl FnMut(Finding)) -> Result<u64> {
        let connection = self.lock();
        let found =
            |what: String, advice| Finding { table: "all".to_owned(), row: String::new(), feed: None, what, advice };
        match opening::check(&connection, &self.path, "integrity_check") {
            Ok(()) => {}
            Err(StoreError::NotWhole { faults, .. }) => {
                each(found(
                    faults,
                    "restore a backup (feedwatch restore FILE --force), or move the file away to start afresh",
                ));
            }
            Err(error) => return Err(error),
        }
        let mut rows = 0;
        for table in TABLES {
            rows += read_all(&connection, table, now, &mut each)?;
        }
        references(&connection, &mut each)?;
        for (table, sql, advice) in AGREEMENTS {
            let mut read = connection.prepare(sql)?;
            let mut disagree = read.query([])?;
            while let Some(row) = disagree.next()? {
                let feed = row.get::<_, Option<String>>(1).ok().flatten().map(|url| shown(&url));
                let (table, what) = ((*table).to_owned(), row.get::<_, String>(2).unwrap_or_default());
                each(Finding { table, row: surprise::name(row), feed, what, advice });
            }
        }
        Ok(rows)
    }
}

/// Every row of a table, column by column.
fn read_all(connection: &Connection, table: &Table, now: Timestamp, each: &mut impl FnMut(Finding)) -> Result<u64> {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let sql = format!(
        "select {}, {}, {} from {}",
        table.key.join(" || ' ' || "),
        table.feed.unwrap_or("null"),
        names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", "),
        table.name
    );
    let mut read = connection.prepare(&sql)?;
    let (mut rows, mut count) = (read.query([])?, 0);
    while let Some(row) = rows.next()? {
        count += 1;
        for (at, column) in table.columns.iter().enumerate() {
            if let Err(what) = column.check(row.get_ref(at + 2)?, now) {
                let feed = row.get::<_, Option<String>>(1).ok().flatten().map(|url| shown(&url));
                let what = format!("column {}: {what}", column.name);
                each(Finding { table: table.name.to_owned(), row: named(row), feed, what, advice: table.advice });
            }
        }
    }
    Ok(count)
}

fn named(row: &Row) -> String {
    surprise::name(row)
}

/// A stored address as it may be shown.
fn shown(url: &str) -> String {
    Url::parse(url).as_ref().map_or_else(|_| url.to_owned(), mask)
}

/// What refers to a row that is not there.
fn references(connection: &Connection, each: &mut impl FnMut(Finding)) -> Result<()> {
    let mut read = connection.prepare("pragma foreign_key_check")?;
    let mut broken = read.query([])?;
    while let Some(row) = broken.next()? {
        let (table, parent) = (row.get::<_, String>(0)?, row.get::<_, String>(2)?);
        let what = format!("it refers to a row of {parent} that is not there");
        let row = row.get::<_, Option<i64>>(1)?.map(|row| row.to_string()).unwrap_or_default();
        each(Finding { table, row, feed: None, what, advice: "it is passed over; restore a backup if it matters" });
    }
    Ok(())
}

impl Column {
    fn check(&self, value: ValueRef, now: Timestamp) -> std::result::Result<(), String> {
        if value == ValueRef::Null {
            return if self.may_be_null { Ok(()) } else { Err("nothing, where something must be".to_owned()) };
        }
        let number = || value.as_i64().map_err(|_| format!("{}, where a number must be", brief(value)));
        let text = || value.as_str().map_err(|_| format!("{}, where text must be", brief(value)));
        match self.holds {
            Holds::Number => drop(number()?),
            Holds::Count => match number()? {
                0.. => {}
                negative => return Err(format!("{negative}, which is less than nothing")),
            },
            Holds::Small => drop(u32::try_from(number()?).map_err(|_| format!("{}, which is no count", brief(value)))?),
            Holds::Flag => match number()? {
                0 | 1 => {}
                other => return Err(format!("{other}, where 0 or 1 must be")),
            },
            Holds::Instant => drop(
                Timestamp::from_microsecond(number()?).map_err(|_| format!("{}, which is no time", brief(value)))?,
            ),
            Holds::Past => {
                let at = Timestamp::from_microsecond(number()?)
                    .map_err(|_| format!("{}, which is no time", brief(value)))?;
                if at > now + AHEAD {
                    return Err(format!("{at}, which lies ahead"));
                }
            }
            Holds::Text => drop(text()?),
            Holds::Blob => drop(value.as_blob().map_err(|_| format!("{}, where bytes must be", brief(value)))?),
            Holds::Words => {
                let bytes = value.as_blob().map_err(|_| format!("{}, where bytes must be", brief(value)))?;
                if bytes.len() % 4 != 0 {
                    return Err(format!("{} bytes, where words of four must be", bytes.len()));
                }
            }
            Holds::Address => {
                let text = text()?;
                Url::parse(text).map_err(|error| format!("{}: {error}", brief(value)))?;
            }
            Holds::OneOf(known) => {
                let text = text()?;
                if !known().contains(&text) {
                    return Err(format!("the unknown word {}", brief(value)));
                }
            }
            Holds::Json(check) => check(text()?)?,
        }
        Ok(())
    }
}

/// A clock that was wrong for a while leaves less than this.
const AHEAD: std::time::Duration = DAY;

/// The beginning of a value, for a message.
fn brief(value: ValueRef) -> String {
    const CHARS: usize = 40;
    match value {
        ValueRef::Null => "nothing".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => {
            format!("{:?}", String::from_utf8_lossy(text).chars().take(CHARS).collect::<String>())
        }
        ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}
