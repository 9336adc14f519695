//! The articles of a story as they can be read, each with what became of its hits: what is asked when a story grows, and by
//! who wants to read how it went.

use std::collections::HashMap;

use rusqlite::{Connection, Params, Row, params};

use super::held_by::DIGEST;
use super::ledger::Ledger;
use super::outbox::record_of;
use super::outcomes::{TOLD, outcome};
use super::row::instant;
use super::{Result, Store, surprise};
use crate::model::{Alert, ArticleId, Outcome, PieceOutcome, StoryArticle};

/// Records read of a story that grows: those that told of it, and then the newest.
const RECORDS_MOST: i64 = 48;
/// Records read of a story that somebody wants to read: who has the time for more?
const RECORDS_SHOWN_MOST: i64 = 500;
/// Characters read of each text: as much as is compared of it, in long words.
const TEXT_CHARS_MOST: i64 = 8_000;

const RECORDS: &str = "select alert.seq, alert.id, outcome, raised_at, held_by, record, alert.article, alert.feed, title, \
     substr(summary, 1, ?2), substr(body, 1, ?2), author, publisher, origin \
     from alert left join article on article.id = alert.article left join piece on piece.article = alert.article \
     where alert.story = ?1 and alert.story <> '' and alert.article is not null and alert.feed is not null";

impl Ledger<'_> {
    /// What a watch found of a story, as far as it is needed to say what is new in it.
    pub fn told_of(&self, story: &str, watch: &str) -> Result<Vec<StoryArticle>> {
        let sql = format!(
            "{RECORDS} and watch = ?3 and kind in ('alert', 'related') and (void is null or outcome in {TOLD}) \
             order by outcome in {TOLD} desc, seq desc limit ?4"
        );
        articles(self.connection, &sql, params![story, TEXT_CHARS_MOST, watch, RECORDS_MOST])
    }
}

impl Store {
    /// The articles of a story, in the order in which they came; of a large one the first.
    pub fn story_articles(&self, story: &str) -> Result<Vec<StoryArticle>> {
        let sql = format!("{RECORDS} and kind in ('alert', 'related', 'confirmed') order by seq limit ?3");
        articles(&self.lock(), &sql, params![story, TEXT_CHARS_MOST, RECORDS_SHOWN_MOST])
    }

    /// The stories, two at the most, whose id begins like this.
    pub fn stories_beginning(&self, id: &str) -> Result<Vec<String>> {
        let connection = self.lock();
        let mut read = connection.prepare_cached(
            "select distinct story from alert where story >= ?1 and story < ?1 || 'g' and story <> '' limit 2",
        )?;
        let stories = read.query_map([id], |row| row.get(0))?;
        Ok(stories.collect::<rusqlite::Result<_>>()?)
    }
}

/// A record with what is stored of its article.
struct Told {
    seq: i64,
    article: StoryArticle,
}

fn articles(connection: &Connection, sql: &str, wanted: impl Params) -> Result<Vec<StoryArticle>> {
    let mut read = connection.prepare_cached(sql)?;
    let mut records = surprise::readable("alert", read.query(wanted)?, told)?;
    records.sort_by_key(|told| told.seq);
    let mut all: Vec<StoryArticle> = Vec::new();
    let mut places = HashMap::<ArticleId, usize>::new();
    for Told { article, .. } in records {
        match places.get(&article.article) {
            Some(at) => {
                let known: &mut StoryArticle = &mut all[*at];
                known.outcomes.extend(article.outcomes);
                known.why.extend(article.why);
                known.quoted.extend(article.quoted);
                known.is_told |= article.is_told;
            }
            None => {
                places.insert(article.article, all.len());
                all.push(article);
            }
        }
    }
    Ok(all)
}

fn told(row: &Row) -> rusqlite::Result<Told> {
    let outcome = outcome(row, 2)?;
    let held_by: Option<String> = row.get(4)?;
    let Alert { id, kind, watch, why, snippet, article, feed, story, .. } = record_of(row.get_ref(5)?.as_str()?)?;
    let is_in_digest = held_by.is_some_and(|by| by.starts_with(DIGEST));
    let piece = PieceOutcome { id, kind, watch: watch.name, outcome, at: instant(row.get(3)?) };
    let at = article.at();
    // Of an article that was deleted the record says what it can.
    let title: Option<String> = row.get(8)?;
    let is_gone = title.is_none();
    let text = |at: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(at)?.unwrap_or_default());
    let summary = if is_gone { snippet.replace("[[", "").replace("]]", "") } else { text(9)? };
    let article = StoryArticle {
        article: ArticleId(row.get(6)?),
        outlet: super::stories::outlet(row, 7, 12)?,
        feed: feed.title,
        tier: feed.tier,
        at,
        title: title.unwrap_or(article.title),
        summary,
        body: text(10)?,
        author: row.get(11)?,
        lang: article.lang,
        url: article.url,
        outcomes: vec![piece],
        why,
        is_told: outcome.is_told() || is_in_digest,
        quoted: if outcome == Outcome::Grown { story.new } else { Vec::new() },
    };
    Ok(Told { seq: row.get(0)?, article })
}
