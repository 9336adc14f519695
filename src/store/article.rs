//! One stored article in full, with its feed and what its hits became: what `why` asks.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::feed_row::{FEED_COLUMNS, feed};
use super::outcomes::outcome;
use super::row::{instant, key_kind_named, list};
use super::{Result, Store};
use crate::clock::Timestamp;
use crate::model::{Article, ArticleId, Feed, FeedId, Original, Outcome, Reason};

const ARTICLE_COLUMNS: &str = "key, key_kind, guid, url, title, summary, body, author, category, enclosure, lang, \
     published_at, updated_at, content_hash, original_name, original_url";

/// An article as it stands in the store.
#[derive(Clone, Debug)]
pub struct WholeArticle {
    /// Its number.
    pub id: ArticleId,
    /// All that its feed says of it.
    pub article: Article,
    /// The feed.
    pub feed: Feed,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// When its text last changed.
    pub edited_at: Option<Timestamp>,
    /// What the watches made of it, when it came or was edited last.
    pub hits: Vec<StoredHit>,
}

/// A hit as it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredHit {
    /// The watch.
    pub watch: String,
    /// Its revision of then.
    pub revision: String,
    /// When it was found.
    pub found_at: Timestamp,
    /// The words that it was found by; none where that can no longer be read.
    pub why: Vec<Reason>,
}

/// What became of a hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HitOutcome {
    /// The alert's id.
    pub alert: String,
    /// Whether it was told.
    pub outcome: Outcome,
    /// Why not.
    pub reason: String,
    /// When that was decided.
    pub at: Timestamp,
}

impl Store {
    /// The article with this number.
    pub fn article(&self, id: ArticleId) -> Result<Option<WholeArticle>> {
        whole(&self.lock(), id)
    }

    /// The articles whose canonical link has this hash, in any feed; the oldest first.
    pub fn articles_with_link(&self, link_hash: u64) -> Result<Vec<WholeArticle>> {
        let connection = self.lock();
        // The index begins with the feed. Feeds are fewer than articles, so that each is asked.
        let mut find = connection.prepare_cached(
            "select article.id from feed cross join article indexed by article_link \
             where article.feed = feed.id and link_hash = ?1 order by article.id",
        )?;
        let found = find.query_map([link_hash.cast_signed()], |row| row.get(0).map(ArticleId))?;
        let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
        found.into_iter().filter_map(|id| whole(&connection, id).transpose()).collect()
    }

    /// What became of an article's hits by a watch, oldest first.
    pub fn outcomes(&self, article: &WholeArticle, watch: &str) -> Result<Vec<HitOutcome>> {
        let connection = self.lock();
        let mut read = connection.prepare_cached(
            "select id, outcome, reason, raised_at from alert where article = ?1 and watch = ?2 and raised_at >= ?3 \
             order by seq",
        )?;
        let since = article.first_seen_at.as_microsecond();
        let outcomes = read.query_map(params![article.id.0, watch, since], |row| {
            Ok(HitOutcome {
                alert: row.get(0)?,
                outcome: outcome(row, 1)?,
                reason: row.get(2)?,
                at: instant(row.get(3)?),
            })
        })?;
        Ok(outcomes.collect::<rusqlite::Result<_>>()?)
    }
}

fn whole(connection: &Connection, id: ArticleId) -> Result<Option<WholeArticle>> {
    let found = connection
        .prepare_cached(&format!(
            "select {ARTICLE_COLUMNS}, feed, first_seen_at, edited_at from article where id = ?1"
        ))?
        .query_row([id.0], |row| {
            Ok((
                article(row)?,
                FeedId(row.get(16)?),
                instant(row.get(17)?),
                row.get::<_, Option<i64>>(18)?.map(instant),
            ))
        })
        .optional()?;
    let Some((article, feed_id, first_seen_at, edited_at)) = found else { return Ok(None) };
    let feed = connection
        .prepare_cached(&format!("select {FEED_COLUMNS} from feed where id = ?1"))?
        .query_row([feed_id.0], feed)?;
    let mut read = connection.prepare_cached("select watch, revision, found_at, why from hit where article = ?1")?;
    let hits = read.query_map([id.0], |row| {
        let why = serde_json::from_str(row.get_ref(3)?.as_str()?).unwrap_or_default();
        Ok(StoredHit { watch: row.get(0)?, revision: row.get(1)?, found_at: instant(row.get(2)?), why })
    })?;
    let hits = hits.collect::<rusqlite::Result<_>>()?;
    Ok(Some(WholeArticle { id, article, feed, first_seen_at, edited_at, hits }))
}

fn article(row: &Row) -> rusqlite::Result<Article> {
    let kind: String = row.get(1)?;
    let key_kind = key_kind_named(&kind).ok_or(rusqlite::Error::InvalidColumnName(kind))?;
    let original = Original { name: row.get(14)?, url: row.get(15)? };
    Ok(Article {
        key: row.get(0)?,
        key_kind,
        id: row.get(2)?,
        url: row.get(3)?,
        title: row.get(4)?,
        summary: row.get(5)?,
        body: row.get(6)?,
        author: row.get(7)?,
        original: (original != Original::default()).then(|| Box::new(original)),
        categories: list(row, 8)?,
        enclosures: list(row, 9)?,
        lang: row.get(10)?,
        published: row.get::<_, Option<i64>>(11)?.map(instant),
        updated: row.get::<_, Option<i64>>(12)?.map(instant),
        content_hash: row.get::<_, i64>(13)?.cast_unsigned(),
    })
}
