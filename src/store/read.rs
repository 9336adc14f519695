//! What the reading commands ask.

use std::collections::HashSet;

use rusqlite::{OptionalExtension, params};
use url::Url;

use super::feed_row::{FEED_COLUMNS, feed_or_rest};
use super::outbox::record_in_story;
use super::outcomes::{TOLD, outcome};
use super::row::{instant, list};
use super::{Result, Store, surprise};
use crate::clock::Timestamp;
use crate::model::{AlertFilter, ArticleId, Feed, FeedId, Kind, Level, StoredAlert, Verdict, mask};

/// A feed with what is stored of it.
#[derive(Clone, Debug)]
pub struct FeedRow {
    /// The feed.
    pub feed: Feed,
    /// Whether the files name it now.
    pub listed: bool,
    /// Articles stored of it.
    pub articles: usize,
    /// Until when its host wants, or wanted, to be left alone.
    pub host_paused_until: Option<Timestamp>,
    /// What its last document was read as.
    pub charset: Option<String>,
    /// Whether bytes of that had to be replaced.
    pub lossy: bool,
}

/// Which articles to show.
#[derive(Clone, Debug, Default)]
pub struct ArticleFilter {
    /// First seen at or after.
    pub since: Option<Timestamp>,
    /// First seen at or before.
    pub until: Option<Timestamp>,
    /// Of feeds whose name, title, tag or address holds this, case aside.
    pub feed: Option<String>,
    /// In which this watch found something, case aside.
    pub watch: Option<String>,
    /// With all of their texts; else with the beginning of the summary.
    pub with_text: bool,
    /// The latest so many.
    pub limit: usize,
}

/// A stored article, as listed.
#[derive(Clone, Debug)]
pub struct StoredArticle {
    /// Its number.
    pub id: ArticleId,
    /// What its feed is called.
    pub feed: String,
    /// Its title.
    pub title: String,
    /// Its summary, or the beginning of it.
    pub summary: String,
    /// Its body, if texts were asked for.
    pub body: String,
    /// Its language, if it is known.
    pub lang: Option<String>,
    /// Where to read it.
    pub url: Option<String>,
    /// When it was published, by the feed's word.
    pub published: Option<Timestamp>,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// The watches that match it.
    pub watches: Vec<String>,
}

impl Store {
    /// All feeds, those the files name first, by address.
    pub fn feeds(&self) -> Result<Vec<FeedRow>> {
        let connection = self.lock();
        let sql = format!(
            "select {FEED_COLUMNS}, listed, (select count(*) from article where article.feed = feed.id), \
             (select paused_until from host where host.name = feed.host and paused_until > 0), charset, lossy from feed \
             order by listed desc, url"
        );
        let mut read = connection.prepare_cached(&sql)?;
        surprise::readable("feed", read.query([])?, |row| {
            Ok(FeedRow {
                feed: feed_or_rest(row)?.map_err(|_| rusqlite::Error::InvalidColumnName("url".to_owned()))?,
                listed: row.get(22)?,
                articles: row.get::<_, i64>(23)? as usize,
                host_paused_until: row.get::<_, Option<i64>>(24)?.map(instant),
                charset: row.get(25).unwrap_or_default(),
                lossy: row.get::<_, Option<bool>>(26).unwrap_or_default().unwrap_or_default(),
            })
        })
    }

    /// The feeds whose name, title, tag or address holds this, case aside.
    pub fn feeds_holding(&self, text: &str) -> Result<HashSet<FeedId>> {
        let connection = self.lock();
        let mut read = connection.prepare(
            "select id from feed where instr(lower(url || ' ' || coalesce(name, '') || ' ' || coalesce(title, '') || ' ' || tags), \
             lower(?1)) > 0",
        )?;
        let feeds = read.query_map([text], |row| row.get(0).map(FeedId))?;
        Ok(feeds.collect::<rusqlite::Result<_>>()?)
    }

    /// The raw body of a feed's last document, when something was wrong with it, and what that was.
    pub fn kept_body(&self, url: &str) -> Result<Option<(Vec<String>, Vec<u8>)>> {
        let connection = self.lock();
        let kept = connection.query_row(
            "select why, body from kept_body join feed on feed.id = kept_body.feed where feed.url = ?1",
            [url],
            |row| Ok((list(row, 0)?, row.get(1)?)),
        );
        Ok(kept.optional()?)
    }

    /// The alerts that pass the filter, in the order of raising.
    pub fn alerts(&self, filter: &AlertFilter) -> Result<Vec<StoredAlert>> {
        let connection = self.lock();
        let among = if filter.held { "not in" } else { "in" };
        // Every index begins with the instant, behind the watch where that is asked for, so that the newest are found without
        // a sort, and holds what is filtered by. What came after a number is few, and found by it.
        let (from, order) = match (filter.after_seq, filter.held, &filter.watch) {
            (Some(_), ..) => ("not indexed", "seq desc"),
            (None, false, None) => ("indexed by alert_told", "raised_at desc, seq desc"),
            (None, true, None) => ("indexed by alert_untold", "raised_at desc, seq desc"),
            (None, false, Some(_)) => ("indexed by alert_watch_told", "raised_at desc, seq desc"),
            (None, true, Some(_)) => ("indexed by alert_watch_untold", "raised_at desc, seq desc"),
        };
        let watch = if filter.watch.is_some() { "watch = ?4 collate nocase" } else { "?4 is null" };
        let unacked = if filter.unacked { "and not exists (select 1 from ack where ack.alert = alert.id)" } else { "" };
        let of_news = Kind::ALL.iter().filter(|(kind, _)| kind.is_news()).map(|(_, name)| format!("'{name}'"));
        let news = of_news.collect::<Vec<_>>().join(", ");
        let sql = format!(
            "select seq, outcome, reason, record, story from alert {from} \
             where raised_at >= ?1 and seq > ?2 and outcome {among} {TOLD} and {watch} \
             and (kind in ({news})) <> ?3 and level >= ?7 \
             and (?5 is null or feed in (select id from feed where \
               instr(lower(url || ' ' || coalesce(name, '') || ' ' || coalesce(title, '')), lower(?5)) > 0)) \
             and (?8 is null or exists (select 1 from ack where ack.alert = alert.id and ack.verdict = ?8)) {unacked} \
             order by {order} limit ?6"
        );
        let mut read = connection.prepare_cached(&sql)?;
        let after = filter.after_seq.unwrap_or(i64::MIN);
        let since = filter.since.map_or(i64::MIN, Timestamp::as_microsecond);
        let limit = filter.limit.map_or(-1, |limit| limit as i64);
        let level = filter.level.map_or(0, Level::number);
        let verdict = filter.verdict.map(Verdict::name);
        let wanted = params![since, after, filter.operations, filter.watch, filter.feed, limit, level, verdict];
        let rows = read.query_map(wanted, |row| {
            let alert = record_in_story(row.get_ref(3)?.as_str()?, row.get(4)?)?;
            Ok(StoredAlert { seq: row.get(0)?, outcome: outcome(row, 1)?, reason: row.get(2)?, alert })
        })?;
        let mut alerts = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        alerts.reverse();
        Ok(alerts)
    }

    /// The latest articles that pass the filter, oldest first.
    pub fn articles(&self, filter: &ArticleFilter) -> Result<Vec<StoredArticle>> {
        let connection = self.lock();
        let mut read = connection.prepare_cached(
            "select article.id, coalesce(nullif(feed.name, ''), nullif(feed.title, '')), article.title, \
             iif(?4, article.summary, substr(article.summary, 1, 400)), article.url, article.published_at, article.first_seen_at, \
             (select json_group_array(watch) from hit where hit.article = article.id), feed.url, iif(?4, article.body, ''), article.lang \
             from article join feed on feed.id = article.feed \
             where article.first_seen_at >= ?1 and (?2 is null or instr(lower(feed.url || ' ' || \
             coalesce(feed.name, '') || ' ' || coalesce(feed.title, '') || ' ' || feed.tags), lower(?2)) > 0) \
             and article.first_seen_at <= ?5 and (?6 is null or exists \
             (select 1 from hit where hit.article = article.id and watch = ?6 collate nocase)) \
             order by article.first_seen_at desc, article.id desc limit ?3",
        )?;
        let since = filter.since.map_or(i64::MIN, Timestamp::as_microsecond);
        let until = filter.until.map_or(i64::MAX, Timestamp::as_microsecond);
        let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
        let wanted = params![since, filter.feed, limit, filter.with_text, until, filter.watch];
        let rows = read.query_map(wanted, |row| {
            Ok(StoredArticle {
                id: ArticleId(row.get(0)?),
                feed: match row.get(1)? {
                    Some(name) => name,
                    None => shown(&row.get::<_, String>(8)?),
                },
                title: row.get(2)?,
                summary: row.get(3)?,
                url: row.get(4)?,
                published: row.get::<_, Option<i64>>(5)?.map(instant),
                first_seen_at: instant(row.get(6)?),
                watches: list(row, 7)?,
                body: row.get(9)?,
                lang: row.get(10)?,
            })
        })?;
        let mut articles = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        articles.reverse();
        Ok(articles)
    }
}

/// A stored address as it may be shown.
fn shown(url: &str) -> String {
    Url::parse(url).as_ref().map(mask).unwrap_or_default()
}
