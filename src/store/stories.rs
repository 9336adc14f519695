//! Stories: which ones share words with an article, and what is remembered of a new one.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::held_by::DIGEST;
use super::outcomes::{OF_STORY, OF_STORY_OR_GROWN, outcome};
use super::row::instant;
use super::{Result, surprise};
use crate::clock::Timestamp;
use crate::model::{ArticleId, FeedId, Kind, Origin, Outcome, Outlet, Remembered, StoryNow, StoryPiece, Telling, Told};

/// Stories compared with an article at the most: those that share most and rarest words. One that is the same has nearly
/// always the most in common of all.
const STORIES_MOST: usize = 8;
/// Pieces compared of a story: the first, and so many of the newest.
const NEWEST_PIECES: usize = 11;
/// Stories read of one word: of a word that stands in more, the newest.
const STORIES_OF_WORD_MOST: usize = 256;
/// Rows read for one article over all words, the rarest first; words that come after are in too many stories to tell them
/// apart.
const ROWS_MOST: usize = 1_500;
/// A story is looked up by the words of its first pieces; the hundredth copy brings nothing new to find it by.
const PIECES_LOOKED_UP: i64 = 8;
/// The row of `word` that counts all stories; no key of a word is negative.
const EVERY_STORY: i64 = -1;
/// Stories forgotten at each that is remembered: more than come, so that none pile up.
const FORGET_AT_ONCE: i64 = 4;

/// Adds what is remembered of stories that share words with an article; which of them were not among it yet.
pub(super) fn recall(connection: &Connection, words: &[u32], into: &mut Remembered) -> Result<Vec<String>> {
    if into.stories == 0 {
        into.stories = stories_with(connection, EVERY_STORY)?;
    }
    count(connection, words, &mut into.stories_with)?;
    let with = |word: &u32| into.stories_with.get(word).copied().unwrap_or_default();
    let mut rarest: Vec<u32> = words.iter().filter(|word| with(word) > 0).copied().collect();
    rarest.sort_unstable_by_key(|word| (with(word), *word));
    let mut find =
        connection.prepare_cached("select story from story_word where word = ?1 order by story desc limit ?2")?;
    let (mut in_common, mut rows) = (HashMap::<i64, f64>::new(), 0);
    for word in rarest {
        let weight = (f64::from(into.stories + 1) / f64::from(with(&word))).ln();
        let stories = find.query(params![word, STORIES_OF_WORD_MOST as i64])?;
        for story in surprise::readable("story_word", stories, |row| row.get(0))? {
            *in_common.entry(story).or_default() += weight;
            rows += 1;
        }
        if rows >= ROWS_MOST {
            break;
        }
    }
    let mut nearest: Vec<(i64, f64)> = in_common.into_iter().collect();
    nearest.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
    let mut read = Vec::new();
    for (story, _) in nearest.into_iter().take(STORIES_MOST) {
        if !into.read.insert(story) {
            continue;
        }
        let pieces = pieces(connection, story)?;
        for piece in &pieces {
            count(connection, &piece.words, &mut into.stories_with)?;
        }
        read.extend(pieces.first().map(|piece| piece.story.clone()));
        into.pieces.extend(pieces);
    }
    Ok(read)
}

/// In how many stories each word stands, of those not counted yet.
fn count(connection: &Connection, words: &[u32], counts: &mut HashMap<u32, u32>) -> Result<()> {
    for word in words {
        if !counts.contains_key(word) {
            counts.insert(*word, stories_with(connection, i64::from(*word))?);
        }
    }
    Ok(())
}

fn stories_with(connection: &Connection, word: i64) -> Result<u32> {
    let mut read = connection.prepare_cached("select stories from word where word = ?1")?;
    let count = read.query_row([word], |row| Ok(row.get::<_, i64>(0).unwrap_or_default())).optional()?;
    Ok(u32::try_from(count.unwrap_or_default()).unwrap_or_default())
}

/// Counts one story more or less for a word.
fn add_story(connection: &Connection, word: i64, more: i64) -> Result<()> {
    connection
        .prepare_cached("insert into word values (?1, ?2) on conflict (word) do update set stories = stories + ?2")?
        .execute([word, more])?;
    Ok(())
}

/// The first piece of a story and the newest.
fn pieces(connection: &Connection, story: i64) -> Result<Vec<StoryPiece>> {
    let mut read = connection.prepare_cached(
        "select id, feed, at, until_at, words, signature, article, publisher, origin from story join piece on piece.story = story.number \
         where number = ?1 and (article = (select min(article) from piece where story = ?1) or article in \
         (select article from piece where story = ?1 order by article desc limit ?2)) order by article",
    )?;
    surprise::readable("piece", read.query(params![story, NEWEST_PIECES as i64])?, |row| {
        Ok(StoryPiece {
            story: row.get(0)?,
            absorbs: Vec::new(),
            feed: FeedId(row.get(1)?),
            article: ArticleId(row.get(6)?),
            at: instant(row.get(2)?),
            until: instant(row.get(3)?),
            words: keys(row.get_ref(4)?.as_blob()?),
            signature: row.get(5)?,
            publisher: row.get(7)?,
            origin: row.get::<_, Option<String>>(8)?.as_deref().map(Origin::of_stored),
            renames: None,
        })
    })
}

/// The story of an article, if it has one.
pub(super) fn story_of(connection: &Connection, article: ArticleId) -> Result<Option<String>> {
    let mut read = connection
        .prepare_cached("select id from piece join story on story.number = piece.story where article = ?1")?;
    Ok(read.query_row([article.0], |row| row.get(0)).optional()?)
}

/// Who has a hit's article: its feed, and from another column on publisher and origin.
pub(super) fn outlet(row: &Row, feed: usize, from: usize) -> rusqlite::Result<Outlet> {
    let origin: Option<String> = row.get(from + 1)?;
    let (feed, publisher) = (FeedId(row.get(feed)?), row.get(from)?);
    Ok(Outlet { feed, publisher, origin: origin.as_deref().map(Origin::of_stored) })
}

/// How far a story has come now, as a watch sees it, or as all of them do.
pub(super) fn story_now(connection: &Connection, story: &str, watch: Option<&str>) -> Result<StoryNow> {
    let of_watch = if watch.is_some() { "watch = ?2" } else { "?2 is null" };
    let mut read = connection.prepare_cached(&format!(
        "select alert.feed, publisher, origin, alert.article from alert left join piece on piece.article = alert.article \
         where alert.story = ?1 and {of_watch} and alert.story <> '' and alert.feed is not null and alert.article is not null \
         and void is null and kind in ('alert', 'related') and outcome in {OF_STORY}",
    ))?;
    let found = read.query(params![story, watch])?;
    let found = surprise::readable("alert", found, |row| Ok((outlet(row, 0, 1)?, row.get::<_, i64>(3)?)))?;
    let articles = found.iter().map(|(_, article)| article).collect::<BTreeSet<_>>().len() as u32;
    let mut outlets = BTreeSet::new();
    found.into_iter().for_each(|(outlet, _)| outlet.add_to(&mut outlets));
    Ok(StoryNow { outlets, articles })
}

/// A hit of a story, as it was recorded.
struct ToldRow {
    watch: String,
    raised_at: Timestamp,
    alert: String,
    outcome: Outcome,
    article: ArticleId,
    outlet: Outlet,
    held_by: Option<String>,
    void: Option<String>,
    kind: String,
    title: String,
}

/// The alerts since then by which each watch told a story, or that a digest will tell, with how far the story has come, as
/// the watch saw it. What a silence held was told to nobody, and a record that is about no article (the end of a silence of
/// the story) tells of no hit.
pub(super) fn told(connection: &Connection, story: &str, since: Timestamp) -> Result<Vec<Told>> {
    let mut read = connection.prepare_cached(&format!(
        "select watch, raised_at, alert.id, outcome, alert.article, alert.feed, held_by, void, kind, publisher, origin, title \
         from alert left join article on article.id = alert.article left join piece on piece.article = alert.article \
         where alert.story = ?1 and raised_at >= ?2 and alert.article is not null and alert.feed is not null \
         and outcome in {OF_STORY_OR_GROWN} order by seq",
    ))?;
    let hits = surprise::readable("alert", read.query(params![story, since.as_microsecond()])?, |row| {
        Ok(ToldRow {
            watch: row.get(0)?,
            raised_at: instant(row.get(1)?),
            alert: row.get(2)?,
            outcome: outcome(row, 3)?,
            article: ArticleId(row.get(4)?),
            outlet: outlet(row, 5, 9)?,
            held_by: row.get(6)?,
            void: row.get(7)?,
            kind: row.get(8)?,
            title: row.get(11).unwrap_or_default(),
        })
    });
    let mut all: Vec<Told> = Vec::new();
    for ToldRow { watch, raised_at, alert, outcome, article, outlet, held_by, void, kind, title } in hits? {
        let feed = outlet.feed;
        let at = match all.iter().position(|told| told.watch == watch) {
            Some(at) => at,
            // A copy of what was told too long ago.
            None if matches!(outcome, Outcome::Joined | Outcome::Grown) => continue,
            None => {
                all.push(Told { watch, ..Told::default() });
                all.len() - 1
            }
        };
        let told = &mut all[at];
        if outcome == Outcome::Grown {
            told.is_confirmed |= kind == Kind::Confirmed.name();
            continue;
        }
        if void.is_some() {
            told.void.insert(article);
        } else {
            told.found.insert(article);
            told.feeds.insert(feed);
            outlet.clone().add_to(&mut told.outlets);
        }
        if outcome != Outcome::Joined {
            let waits = outcome != Outcome::Raised && !held_by.is_some_and(|by| by.starts_with(DIGEST));
            told.tellings.push(Telling { alert, feed, article, title, raised_at, waits, void, outlet });
        }
    }
    for told in &mut all {
        told.articles = told.found.len() as u32;
    }
    Ok(all)
}

/// Remembers an article as part of its story. One that is remembered already stays as it was, however it is edited: what it
/// was told for does not change.
pub(super) fn remember(connection: &Connection, article: ArticleId, piece: &StoryPiece, now: Timestamp) -> Result<()> {
    let until = piece.until.as_microsecond();
    let known: Option<i64> = connection
        .prepare_cached("update story set until_at = max(until_at, ?2) where id = ?1 returning number")?
        .query_row(params![piece.story, until], |row| row.get(0))
        .optional()?;
    let story = match known {
        Some(story) => story,
        None => {
            let mut insert = connection.prepare_cached("insert into story (id, until_at) values (?1, ?2)")?;
            add_story(connection, EVERY_STORY, 1)?;
            insert.insert(params![piece.story, until])?
        }
    };
    for other in &piece.absorbs {
        absorb(connection, other, story, &piece.story)?;
    }
    let words: Vec<u8> = piece.words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let is_new = connection
        .prepare_cached("insert or ignore into piece values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
        .execute(params![
            article.0,
            story,
            piece.feed.0,
            piece.at.as_microsecond(),
            words,
            piece.signature,
            piece.publisher,
            piece.origin.as_ref().map(Origin::stored),
        ])?
        == 1;
    if let Some(from) = &piece.renames {
        connection
            .prepare_cached("update piece set origin = ?3 where story = ?1 and origin = ?2")?
            .execute(params![story, from.stored(), piece.origin.as_ref().map(Origin::stored)])?;
    }
    let pieces: i64 = connection
        .prepare_cached("select count(*) from (select 1 from piece where story = ?1 limit ?2)")?
        .query_row(params![story, PIECES_LOOKED_UP + 1], |row| row.get(0))?;
    if is_new && pieces <= PIECES_LOOKED_UP {
        let mut insert = connection.prepare_cached("insert or ignore into story_word values (?1, ?2)")?;
        for word in &piece.words {
            if insert.execute(params![word, story])? == 1 {
                add_story(connection, i64::from(*word), 1)?;
            }
        }
    }
    forget(connection, now)
}

/// Makes one story of two that came apart: its pieces, the words it is found by, its alerts and silences go over.
fn absorb(connection: &Connection, other: &str, into: i64, into_id: &str) -> Result<()> {
    let gone: Option<(i64, i64)> = connection
        .prepare_cached("select number, until_at from story where id = ?1")?
        .query_row([other], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((number, until)) = gone else { return Ok(()) };
    connection
        .prepare_cached("update story set until_at = max(until_at, ?2) where number = ?1")?
        .execute([into, until])?;
    let mut delete = connection.prepare_cached("delete from story_word where word = ?1 and story = ?2")?;
    let mut insert = connection.prepare_cached("insert or ignore into story_word values (?1, ?2)")?;
    for word in words_of(connection, number)? {
        if delete.execute(params![word, number])? == 1 && insert.execute(params![word, into])? == 0 {
            add_story(connection, i64::from(word), -1)?;
        }
    }
    connection.prepare_cached("update piece set story = ?2 where story = ?1")?.execute([number, into])?;
    connection.prepare_cached("delete from story where number = ?1")?.execute([number])?;
    add_story(connection, EVERY_STORY, -1)?;
    connection.prepare_cached("update alert set story = ?2 where story = ?1")?.execute([other, into_id])?;
    connection
        .prepare_cached("update or replace reopened set story = ?2 where story = ?1")?
        .execute([other, into_id])?;
    connection
        .prepare_cached("update silence set target = ?2 where scope = 'story' and target = ?1")?
        .execute([other, into_id])?;
    Ok(())
}

/// Forgets some of the stories whose time is over, and what only they were found by.
pub(super) fn forget(connection: &Connection, now: Timestamp) -> Result<()> {
    let mut read =
        connection.prepare_cached("select number from story where until_at < ?1 order by until_at limit ?2")?;
    let over = read.query_map(params![now.as_microsecond(), FORGET_AT_ONCE], |row| row.get(0))?;
    let over: Vec<i64> = over.collect::<rusqlite::Result<_>>()?;
    let mut delete = connection.prepare_cached("delete from story_word where word = ?1 and story = ?2")?;
    let mut none_left = connection.prepare_cached("delete from word where word = ?1 and stories <= 0")?;
    for story in over {
        for word in words_of(connection, story)? {
            if delete.execute(params![word, story])? == 1 {
                add_story(connection, i64::from(word), -1)?;
                none_left.execute([word])?;
            }
        }
        connection.prepare_cached("delete from piece where story = ?1")?.execute([story])?;
        connection.prepare_cached("delete from story where number = ?1")?.execute([story])?;
        add_story(connection, EVERY_STORY, -1)?;
    }
    Ok(())
}

/// What the pieces of a story are looked up by.
fn words_of(connection: &Connection, story: i64) -> Result<Vec<u32>> {
    let mut words = connection.prepare_cached("select words from piece where story = ?1")?;
    let lists = surprise::readable("piece", words.query([story])?, |row| Ok(keys(row.get_ref(0)?.as_blob()?)))?;
    Ok(lists.concat())
}

fn keys(blob: &[u8]) -> Vec<u32> {
    blob.as_chunks().0.iter().map(|key| u32::from_le_bytes(*key)).collect()
}
