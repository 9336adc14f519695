//! The row of a feed, whole or damaged.

use std::time::Duration;

use rusqlite::{Connection, Row};

use super::row::{duration, instant, list, url, value};
use super::{Result, surprise};
use crate::clock::Timestamp;
use crate::model::{Feed, FeedId, FeedSource, Polls, Validators};

/// Where a damaged row does not say how often a feed is asked; the next poll finds its rhythm.
const INTERVAL_OF_THE_UNKNOWN: Duration = Duration::from_secs(3600);

pub(super) const FEED_COLUMNS: &str = "id, url, name, tags, every_us, title, etag, last_modified, body_hash, \
     next_poll_at, polled_at, succeeded_at, failures, interval_us, error, wait, validator_url, learned, adopted, holds_others, tier, related_in_full";

/// What the files say of a feed: address, name, tags and interval, in columns side by side, and, side by side as well, whether it
/// holds others, its tier, and whether what is only perhaps of a story is told in full.
pub(super) fn source(row: &Row, at: usize, holds_others: usize) -> rusqlite::Result<FeedSource> {
    Ok(FeedSource {
        url: url(row, at)?.expect("the column is not null"),
        name: row.get(at + 1)?,
        tags: list(row, at + 2)?,
        every: row.get::<_, Option<i64>>(at + 3)?.map(duration),
        holds_others: row.get(holds_others)?,
        tier: row.get(holds_others + 1)?,
        related_in_full: row.get(holds_others + 2)?,
    })
}

pub(super) fn feed(row: &Row) -> rusqlite::Result<Feed> {
    let bytes = |at: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<Vec<u8>>>(at)?.map(Vec::into_boxed_slice));
    Ok(Feed {
        id: FeedId(row.get(0)?),
        source: source(row, 1, 19)?,
        title: row.get(5)?,
        validators: Validators { url: url(row, 16)?, etag: bytes(6)?, last_modified: bytes(7)? },
        body_hash: row.get::<_, Option<i64>>(8)?.map(i64::cast_unsigned),
        polls: Polls {
            next_at: row.get::<_, Option<i64>>(9)?.map_or(Timestamp::MAX, instant),
            last_at: row.get::<_, Option<i64>>(10)?.map(instant),
            succeeded_at: row.get::<_, Option<i64>>(11)?.map(instant),
            failures: row.get(12)?,
            interval: duration(row.get(13)?),
            error: row.get(14)?,
            wait: value(row, 15)?,
            learned: value(row, 17)?,
        },
        adopted: url(row, 18)?,
    })
}

/// The feed with this number.
pub(super) fn find_feed(connection: &Connection, id: FeedId) -> Result<Option<Feed>> {
    let mut read = connection.prepare_cached(&format!("select {FEED_COLUMNS} from feed where id = ?1"))?;
    let mut rows = read.query([id.0])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(feed_or_rest(row)?.ok())
}

/// A feed, and what can be read of one whose row was damaged: what polling had taught is lost then and is learned again, which
/// costs a whole document. Without its address nothing is left but its number.
pub(super) fn feed_or_rest(row: &Row) -> rusqlite::Result<std::result::Result<Feed, i64>> {
    let error = match feed(row) {
        Ok(feed) => return Ok(Ok(feed)),
        Err(error) => error,
    };
    let id = row.get(0)?;
    let Ok(Some(url)) = url(row, 1) else {
        surprise::tell("feed", surprise::name(row), &error, "its address cannot be read, and it is polled no more");
        return Ok(Err(id));
    };
    surprise::tell("feed", surprise::name(row), &error, "what polling it had taught is learned anew");
    let number = |at: usize| row.get::<_, i64>(at).ok();
    let every = number(4).map(duration);
    let next_at = number(9).map_or(Timestamp::MAX, instant);
    let interval = number(13).filter(|us| *us > 0).map(duration).or(every).unwrap_or(INTERVAL_OF_THE_UNKNOWN);
    Ok(Ok(Feed {
        id: FeedId(id),
        source: FeedSource {
            url,
            name: row.get(2).ok(),
            tags: list(row, 3).unwrap_or_default(),
            every,
            holds_others: row.get(19).unwrap_or(true),
            tier: row.get(20).ok(),
            related_in_full: row.get(21).unwrap_or_default(),
        },
        title: row.get(5).ok(),
        validators: Validators::default(),
        body_hash: None,
        polls: Polls {
            last_at: number(10).map(instant),
            succeeded_at: number(11).map(instant),
            failures: number(12).and_then(|count| u32::try_from(count).ok()).unwrap_or_default(),
            error: row.get(14).ok(),
            learned: value(row, 17).unwrap_or_default(),
            ..Polls::none_yet(next_at, interval)
        },
        adopted: None,
    }))
}
