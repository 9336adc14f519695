//! Settling polls: what is known goes out to be decided upon, what was decided comes in, all in one transaction.

use rusqlite::{Connection, OptionalExtension, params};
use url::Url;

use super::alerts::put_alert;
use super::feeds::put_pause;
use super::ledger::Ledger;
use super::row::{instant, json, key_kind, micros};
use super::{Result, Store, StoreError, care, ground, stories, surprise};
use crate::clock::Timestamp;
use crate::model::{
    ArticleChange, ArticleId, Changes, Decided, DocumentSeen, FeedId, Hit, HostState, Kept, Known, LookBack, Outcome,
    Routes, host_of,
};

impl Store {
    /// Settles a batch of polls in one transaction, or none of them. `decide` is called for each in turn and sees what
    /// the earlier ones of the batch changed.
    pub fn settle<P>(
        &self,
        polls: Vec<P>,
        routes: &Routes,
        mut decide: impl FnMut(P, &Ledger) -> Result<Changes>,
    ) -> Result<Vec<Changes>> {
        self.transact(|ledger| polls.into_iter().map(|poll| ledger.apply(decide(poll, ledger)?, routes)).collect())
    }
}

/// Takes back what was written since it was made, unless it is kept. Also when a panic passes by.
struct Undo<'a> {
    connection: &'a Connection,
    is_kept: bool,
}

impl<'a> Undo<'a> {
    fn begin(connection: &'a Connection) -> Result<Undo<'a>> {
        connection.prepare_cached("savepoint poll")?.execute([])?;
        Ok(Undo { connection, is_kept: false })
    }

    fn keep(mut self) -> Result<()> {
        self.connection.prepare_cached("release poll")?.execute([])?;
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            // After an error of the file the whole transaction is gone, and there is nothing to go back to.
            let _ = self.connection.execute_batch("rollback to poll; release poll");
        }
    }
}

impl Ledger<'_> {
    /// Writes what a poll changed, all of it or nothing; gives back what is new, with the articles' numbers filled in. Each alert that
    /// is raised is put into the outbox of the sinks of its route.
    pub fn apply(&self, changes: Changes, routes: &Routes) -> Result<Changes> {
        if is_one_statement(&changes) {
            put_polls(self.connection, &changes)?;
            return Ok(changes);
        }
        if changes.moved.is_some() {
            self.any_moved.set(None);
        }
        let undo = Undo::begin(self.connection)?;
        let changes = apply(self.connection, changes, routes)?;
        undo.keep()?;
        Ok(changes)
    }

    /// Nothing can be stored of a feed but this: it is asked again then.
    pub fn put_off(&self, feed: FeedId, until: Timestamp) -> Result<()> {
        self.connection
            .prepare_cached("update feed set next_poll_at = ?2 where id = ?1 and next_poll_at is not null")?
            .execute([feed.0, until.as_microsecond()])?;
        Ok(())
    }
}

/// Whether a poll only moves its feed's schedule on, as nearly all do: one statement is done or not by itself.
fn is_one_statement(changes: &Changes) -> bool {
    let Changes { feed: _, polls: _, document, articles, aliases, kept, moved, notices, pause } = changes;
    document.is_none()
        && articles.is_empty()
        && aliases.is_empty()
        && *kept == Kept::AsItWas
        && moved.is_none()
        && notices.is_empty()
        && pause.is_none()
}

impl Ledger<'_> {
    /// What is known of a host.
    pub fn host(&self, name: &str) -> Result<HostState> {
        let mut read =
            self.connection.prepare_cached("select feeds, strikes, paused_until from host where name = ?1")?;
        let state = read.query_row([name], |row| {
            let paused_until = Some(row.get::<_, i64>(2)?).filter(|until| *until > 0).map(instant);
            let feeds: u32 = row.get(0)?;
            let (name, has_feeds, strikes) = (name.to_owned(), feeds > 0, row.get(1)?);
            Ok(HostState { name, feeds, has_feeds, strikes, paused_until })
        });
        let unknown = || HostState { name: name.to_owned(), ..HostState::default() };
        match state.optional().map_err(StoreError::from) {
            Ok(state) => Ok(state.unwrap_or_else(unknown)),
            Err(error) if error.is_of_one_row() => {
                surprise::tell("host", name, &error, "nothing is known of it");
                Ok(unknown())
            }
            Err(error) => Err(error),
        }
    }

    /// Adds the stories that share these words to what is known, how these stories and `story` were told, and what the feeds
    /// of them may hold.
    pub fn recall(&self, words: &[u32], story: Option<&str>, look: LookBack, known: &mut Known) -> Result<()> {
        let before = known.stories.pieces.len();
        let read = stories::recall(self.connection, words, &mut known.stories)?;
        for story in read.iter().map(String::as_str).chain(story) {
            if !known.told.contains_key(story) {
                let told = stories::told(self.connection, story, look.told_since)?;
                for telling in told.iter().flat_map(|told| &told.tellings) {
                    self.add_holder(telling.feed, look, &mut known.holders)?;
                }
                known.told.insert(story.to_owned(), told);
            }
        }
        for piece in &known.stories.pieces[before..] {
            self.add_holder(piece.feed, look, &mut known.holders)?;
        }
        Ok(())
    }
}

/// Writes what was decided; gives it back with the articles' numbers filled in, and without records that were there before: they are
/// counted as told by nobody.
fn apply(connection: &Connection, mut changes: Changes, routes: &Routes) -> Result<Changes> {
    put_polls(connection, &changes)?;
    if let Some(moved) = &changes.moved {
        put_address(connection, changes.feed, moved)?;
    }
    if let Some(document) = &changes.document {
        put_document(connection, changes.feed, document)?;
    }
    if let Some(pause) = &changes.pause {
        put_pause(connection, pause)?;
    }
    for alias in &changes.aliases {
        connection.prepare_cached("insert or ignore into alias values (?1, ?2, ?3)")?.execute(params![
            changes.feed.0,
            alias.key,
            alias.article.0
        ])?;
    }
    let now = changes.polls.last_at.unwrap_or(changes.polls.next_at);
    put_kept(connection, changes.feed, &changes.kept, now)?;
    for change in &mut changes.articles {
        let article = put_article(connection, changes.feed, change, now)?;
        if change.known.is_some() {
            connection.prepare_cached("delete from hit where article = ?1")?.execute([article.0])?;
        }
        put_hits(connection, article, &change.hits, now)?;
        for mut decided in std::mem::take(&mut change.alerts) {
            decided.alert.article.id = article.0;
            if put_alert(connection, Some(changes.feed), Some(article), &decided, routes)? {
                change.alerts.push(decided);
            }
        }
        if change.known.is_some() {
            ground::edited(connection, article, &change.hits)?;
        }
        if let Some(piece) = &change.piece {
            stories::remember(connection, article, piece, now)?;
        }
    }
    for notice in &changes.notices {
        let told = Decided::new(Outcome::Raised, String::new(), notice.clone());
        put_alert(connection, Some(changes.feed), None, &told, routes)?;
    }
    Ok(changes)
}

fn put_polls(connection: &Connection, changes: &Changes) -> Result<()> {
    let polls = &changes.polls;
    connection
        .prepare_cached(
            // A feed that left the files while it was asked stays unscheduled.
            "update feed set next_poll_at = iif(listed, ?2, null), polled_at = ?3, succeeded_at = ?4, failures = ?5, \
             interval_us = ?6, error = ?7, wait = ?8, learned = ?9 where id = ?1",
        )?
        .execute(params![
            changes.feed.0,
            polls.next_at.as_microsecond(),
            polls.last_at.map(Timestamp::as_microsecond),
            polls.succeeded_at.map(Timestamp::as_microsecond),
            polls.failures,
            micros(polls.interval),
            polls.error,
            json(&polls.wait),
            json(&polls.learned),
        ])?;
    Ok(())
}

fn put_address(connection: &Connection, feed: FeedId, moved: &Url) -> Result<()> {
    connection
        .prepare_cached("update feed set adopted = nullif(?2, url), host = ?3 where id = ?1")?
        .execute(params![feed.0, moved.as_str(), host_of(moved)])?;
    Ok(())
}

fn put_document(connection: &Connection, feed: FeedId, document: &DocumentSeen) -> Result<()> {
    connection
        .prepare_cached(
            "update feed set etag = ?2, last_modified = ?3, title = coalesce(?4, title), body_hash = coalesce(?5, body_hash), \
             validator_url = ?6, charset = coalesce(?7, charset), lossy = coalesce(?8, lossy) where id = ?1",
        )?
        .execute(params![
            feed.0,
            document.validators.etag.as_deref(),
            document.validators.last_modified.as_deref(),
            document.title,
            document.body_hash.map(u64::cast_signed),
            document.validators.url.as_ref().map(Url::as_str),
            document.decoded.map(|decoded| decoded.charset),
            document.decoded.map(|decoded| decoded.lossy),
        ])?;
    Ok(())
}

fn put_kept(connection: &Connection, feed: FeedId, kept: &Kept, now: Timestamp) -> Result<()> {
    match kept {
        Kept::AsItWas => {}
        Kept::Nothing => {
            connection.prepare_cached("delete from kept_body where feed = ?1")?.execute([feed.0])?;
        }
        Kept::Body { why, body } => {
            connection.prepare_cached("insert or replace into kept_body values (?1, ?2, ?3, ?4)")?.execute(params![
                feed.0,
                now.as_microsecond(),
                json(why),
                body
            ])?;
        }
    }
    Ok(())
}

fn put_article(connection: &Connection, feed: FeedId, change: &ArticleChange, now: Timestamp) -> Result<ArticleId> {
    let article = &change.article;
    let at = |instant: Option<Timestamp>| instant.map(Timestamp::as_microsecond);
    let hash = article.content_hash.cast_signed();
    let link_hash = change.link_hash.map(u64::cast_signed);
    let original = article.original.as_ref();
    let (original_name, original_url) =
        (original.and_then(|original| original.name.as_ref()), original.and_then(|original| original.url.as_ref()));
    if let Some(id) = change.known {
        connection
            .prepare_cached(
                "insert or ignore into revision select id, content_hash, ?2, title, summary, body from article where id = ?1",
            )?
            .execute(params![id.0, now.as_microsecond()])?;
        care::trim_revisions(connection, id)?;
        connection
            .prepare_cached(
                "update article set url = ?2, title = ?3, summary = ?4, body = ?5, author = ?6, category = ?7, enclosure = ?8, \
                 lang = ?9, published_at = ?10, updated_at = ?11, edited_at = ?12, content_hash = ?13, link_hash = ?14, \
                 original_name = ?15, original_url = ?16 where id = ?1",
            )?
            .execute(params![
                id.0,
                article.url,
                article.title,
                article.summary,
                article.body,
                article.author,
                json(&article.categories),
                json(&article.enclosures),
                article.lang,
                at(article.published),
                at(article.updated),
                now.as_microsecond(),
                hash,
                link_hash,
                original_name,
                original_url,
            ])?;
        return Ok(id);
    }
    connection
        .prepare_cached(
            "insert into article (feed, key, key_kind, guid, url, title, summary, body, author, category, enclosure, lang, \
             published_at, updated_at, first_seen_at, content_hash, link_hash, original_name, original_url) \
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
        )?
        .execute(params![
            feed.0,
            article.key,
            key_kind(article.key_kind),
            article.id,
            article.url,
            article.title,
            article.summary,
            article.body,
            article.author,
            json(&article.categories),
            json(&article.enclosures),
            article.lang,
            at(article.published),
            at(article.updated),
            change.first_seen_at.as_microsecond(),
            hash,
            link_hash,
            original_name,
            original_url,
        ])?;
    Ok(ArticleId(connection.last_insert_rowid()))
}

/// The hits of an article, which has none yet.
fn put_hits(connection: &Connection, article: ArticleId, hits: &[Hit], now: Timestamp) -> Result<()> {
    let mut insert = connection.prepare_cached("insert into hit values (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    for hit in hits {
        insert.execute(params![
            article.0,
            &*hit.watch,
            &*hit.revision,
            now.as_microsecond(),
            json(&hit.why),
            hit.score.map(|score| score.points),
            hit.score.map(|score| score.threshold),
        ])?;
    }
    Ok(())
}
