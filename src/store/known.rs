//! Which articles of a document are known, and which known ones the others may be.

use std::collections::HashSet;

use rusqlite::{OptionalExtension, params};

use super::ledger::Ledger;
use super::outcomes::LOST;
use super::row::instant;
use super::{Result, care, stories, surprise};
use crate::clock::Timestamp;
use crate::model::{AlikeArticle, Article, ArticleId, FeedId, Known, KnownArticle, LookUp, Outcome};

/// Articles looked at that have an item's link, and that have its text: the newest. A link that more have is that of all items and
/// tells nothing of any. A feed whose items all have one costs no more than another.
const ALIKE_MAX: u32 = 8;
/// Characters of their texts that are compared.
const ALIKE_CHARS: u32 = 2_000;

impl Ledger<'_> {
    /// What is known of these articles of a feed, and which recent ones are like those that are not. `recent` is the instant
    /// from which on an article is recent.
    pub fn known(
        &self,
        feed: FeedId,
        articles: &[Article],
        recent: Timestamp,
        look_up: impl Fn(&Article) -> LookUp,
    ) -> Result<Known> {
        let mut known = Known::default();
        if !self.has_articles(feed)? {
            return Ok(known);
        }
        known.articles.reserve(articles.len());
        let mut alike = Alike::default();
        for article in articles {
            let mut found = self.by_key(feed, &article.key)?;
            let unchanged = found.as_ref().is_some_and(|found| found.content_hash == article.content_hash);
            if !unchanged {
                let look_up = look_up(article);
                // It was deleted for its age: it is known, and whatever it says now is no news.
                let key = if found.is_some() { &look_up.longer_key } else { &article.key };
                if care::is_buried(self.connection, feed, key)? {
                    found = Some(buried(article));
                } else {
                    let same_key = found.as_ref().map(|found| found.id);
                    self.alike(feed, article, same_key, &look_up, recent, &mut alike)?;
                    if let Some(found) = &mut found {
                        self.complete(found)?;
                    }
                }
            }
            known.articles.extend(found.map(|found| (article.key.clone(), found)));
        }
        known.alike = alike.found;
        Ok(known)
    }

    fn has_articles(&self, feed: FeedId) -> Result<bool> {
        let mut find = self.connection.prepare_cached("select exists (select 1 from article where feed = ?1)")?;
        Ok(find.query_row([feed.0], |row| row.get(0))?)
    }

    fn by_key(&self, feed: FeedId, key: &str) -> Result<Option<KnownArticle>> {
        let mut find = self.connection.prepare_cached(
            "select id, content_hash, first_seen_at from article where feed = ?1 and key = ?2 union all \
             select id, content_hash, first_seen_at from alias join article on article.id = alias.article \
             where alias.feed = ?1 and alias.key = ?2 limit 1",
        )?;
        Ok(find.query_row(params![feed.0, key], known_article).optional()?)
    }

    /// Reads what is needed of an article whose content changed.
    fn complete(&self, article: &mut KnownArticle) -> Result<()> {
        let mut read = self.connection.prepare_cached("select watch from hit where article = ?1")?;
        article.watches = surprise::readable("hit", read.query([article.id.0])?, |row| row.get(0))?;
        let mut read = self.connection.prepare_cached(&format!(
            "select watch, outcome from alert where article = ?1 and (kind in ('alert', 'related') or outcome in {LOST}) \
             order by seq",
        ))?;
        let rows = surprise::readable("alert", read.query([article.id.0])?, |row| Ok((row.get(0)?, row.get(1)?)))?;
        for (watch, outcome) in rows {
            let watch: String = watch;
            let outcome: String = outcome;
            // The latest record of a watch says what became of its hit.
            article.aged.retain(|aged| *aged != watch);
            match Outcome::named(&outcome) {
                Some(Outcome::Lost) => article.lost.push(watch),
                Some(outcome) if outcome.is_of_age() => article.aged.push(watch),
                _ => {}
            }
        }
        article.story = stories::story_of(self.connection, article.id)?;
        Ok(())
    }

    /// Adds the articles that an item may be: those with its key, or its longer one, and the newest recent ones that have its
    /// link or its text.
    fn alike(
        &self,
        feed: FeedId,
        article: &Article,
        same_key: Option<ArticleId>,
        look_up: &LookUp,
        recent: Timestamp,
        alike: &mut Alike,
    ) -> Result<()> {
        let mut find = self.connection.prepare_cached(
            "select id from article where id = ?5 union select id from article where feed = ?1 and key = ?6 \
             union select id from (select id, first_seen_at, edited_at from article where feed = ?1 and link_hash = ?2 \
             order by id desc limit ?7) where max(first_seen_at, coalesce(edited_at, 0)) >= ?4 \
             union select id from (select id, first_seen_at, edited_at from article where feed = ?1 and content_hash = ?3 \
             order by id desc limit ?7) where max(first_seen_at, coalesce(edited_at, 0)) >= ?4",
        )?;
        let (link, content) = (look_up.link_hash.map(u64::cast_signed), article.content_hash.cast_signed());
        let longer_key = same_key.map(|_| &look_up.longer_key);
        let (recent, same_key) = (recent.as_microsecond(), same_key.map(|id| id.0));
        let asked = params![feed.0, link, content, recent, same_key, longer_key, ALIKE_MAX];
        let ids = find.query_map(asked, |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()?;
        for id in ids.into_iter().filter(|id| alike.ids.insert(*id)).collect::<Vec<_>>() {
            let mut read = self.connection.prepare_cached(
                "select id, content_hash, first_seen_at, key, guid, url, title, \
                 substr(iif(body <> '', body, summary), 1, ?2), published_at, updated_at, \
                 max(first_seen_at, coalesce(edited_at, 0)) from article where id = ?1",
            )?;
            let found = surprise::readable("article", read.query(params![id, ALIKE_CHARS])?, |row| {
                Ok(AlikeArticle {
                    known: known_article(row)?,
                    key: row.get(3)?,
                    guid: row.get(4)?,
                    url: row.get(5)?,
                    title: row.get(6)?,
                    text: row.get(7)?,
                    published: row.get::<_, Option<i64>>(8)?.map(instant),
                    updated: row.get::<_, Option<i64>>(9)?.map(instant),
                    seen_at: instant(row.get(10)?),
                })
            });
            for mut found in found? {
                self.complete(&mut found.known)?;
                alike.found.push(found);
            }
        }
        Ok(())
    }
}

/// Articles that items may be, each once.
#[derive(Default)]
struct Alike {
    ids: HashSet<i64>,
    found: Vec<AlikeArticle>,
}

/// A deleted article, as if it stood there unchanged.
fn buried(article: &Article) -> KnownArticle {
    KnownArticle {
        id: ArticleId::default(),
        content_hash: article.content_hash,
        first_seen_at: Timestamp::MIN,
        watches: Vec::new(),
        lost: Vec::new(),
        aged: Vec::new(),
        story: None,
    }
}

/// Of a row that was damaged the number is left: it counts as edited, and is written anew.
fn known_article(row: &rusqlite::Row) -> rusqlite::Result<KnownArticle> {
    Ok(KnownArticle {
        id: ArticleId(row.get(0)?),
        content_hash: row.get::<_, i64>(1).unwrap_or_default().cast_unsigned(),
        first_seen_at: instant(row.get(2).unwrap_or_default()),
        watches: Vec::new(),
        lost: Vec::new(),
        aged: Vec::new(),
        story: None,
    })
}
