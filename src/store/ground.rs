//! On what ground alerts hold further hits of their stories: what the feeds may hold, what lost its ground, and what is told
//! after all because of that.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use url::Url;

use super::alerts::owe;
use super::held_by::{holder, put_due};
use super::ledger::Ledger;
use super::outbox::record_in_story;
use super::outcomes::{IN_DIGEST, OF_STORY, TELLS, TOLD};
use super::row::{instant, json};
use super::{Result, Store, stories, surprise};
use crate::clock::Timestamp;
use crate::model::{
    ArticleId, CHANGED, Decided, EDITED, FeedId, Hit, Holder, LookBack, NOISE, Routes, StoryHit, Told, Verdict, mask,
};

/// Hits of a story that are looked at when its telling may have lost its ground: the newest.
const HITS_MOST: usize = 500;

/// Alerts whose watch may have changed that are looked at in one go: some milliseconds with the lock.
const RECHECKED_MOST: usize = 200;

/// Up to which alert the watches, as they are now, were asked whether they still find what they told.
const RECHECKED_TO: &str = "rechecked_to";

/// A feed whose pieces hold as many hits of other feeds as they may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullHolder {
    /// The feed.
    pub feed: FeedId,
    /// How many it holds.
    pub held: usize,
}

/// An alert that was told by another form of its watch.
#[derive(Clone, Debug)]
pub struct ToldByOther {
    seq: i64,
    /// The watch.
    pub watch: String,
    /// The article.
    pub article: ArticleId,
}

impl Ledger<'_> {
    /// Adds what a feed may hold, once.
    pub(super) fn add_holder(&self, feed: FeedId, look: LookBack, holders: &mut HashMap<FeedId, Holder>) -> Result<()> {
        if let Entry::Vacant(new) = holders.entry(feed) {
            new.insert(holder_of(self.connection, feed, look)?);
        }
        Ok(())
    }
}

impl Store {
    /// Stories whose telling may have lost its ground, each with the watch.
    pub fn reopened(&self, most: usize) -> Result<Vec<(String, String)>> {
        let connection = self.lock();
        let mut read = connection.prepare_cached("select story, watch from reopened limit ?1")?;
        surprise::readable("reopened", read.query([most as i64])?, |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Looks at such a story: `decide` says what of it is told after all, which is written in the same transaction. How many
    /// that were.
    pub fn settle_reopened(
        &self,
        (story, watch): &(String, String),
        look: LookBack,
        routes: &Routes,
        decide: impl FnOnce(&Told, Vec<StoryHit>, &HashMap<FeedId, Holder>, &Ledger) -> Result<Vec<(i64, Decided)>>,
    ) -> Result<usize> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let ledger = Ledger::of(&transaction);
        let told = stories::told(&transaction, story, look.told_since)?;
        let mut retold = 0;
        if let Some(told) = told.into_iter().find(|told| told.watch == *watch) {
            let hits = hits(&transaction, story, watch, look)?;
            let mut holders = HashMap::new();
            let feeds = told.tellings.iter().map(|telling| telling.feed);
            for feed in feeds.chain(hits.iter().flat_map(|hit| [Some(hit.feed), hit.by]).flatten()) {
                ledger.add_holder(feed, look, &mut holders)?;
            }
            let told_now = decide(&told, hits, &holders, &ledger)?;
            for (seq, decided) in &told_now {
                retell(&transaction, *seq, decided, routes)?;
            }
            retold = told_now.len();
        }
        forget_reopened(&transaction, story, watch)?;
        transaction.commit()?;
        Ok(retold)
    }

    /// Looks at such a story no more, because it cannot be looked at.
    pub fn give_up_reopened(&self, (story, watch): &(String, String)) -> Result<()> {
        forget_reopened(&self.lock(), story, watch)
    }

    /// The feeds that have held so many hits of others since then.
    pub fn full_holders(&self, since: Timestamp, most: usize) -> Result<Vec<FullHolder>> {
        let connection = self.lock();
        let mut read = connection.prepare_cached(
            "select holder, count(*) from alert indexed by alert_holds where raised_at >= ?1 and holder_counts = 1 \
             group by holder having count(*) >= ?2 order by holder",
        )?;
        let rows = read.query_map(params![since.as_microsecond(), most as i64], |row| {
            Ok(FullHolder { feed: FeedId(row.get(0)?), held: row.get::<_, i64>(1)? as usize })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Has all told alerts looked at anew, whether their watches still find them: the watches may be others now.
    pub fn begin_recheck(&self) -> Result<()> {
        super::care::put_matter(&self.lock(), RECHECKED_TO, 0)
    }

    /// The next alerts since then whose hits were found by another form of their watch than it has now, by its name; none when
    /// all were looked at.
    pub fn to_recheck(
        &self,
        since: Timestamp,
        revision: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Vec<ToldByOther>>> {
        let connection = self.lock();
        let Some(from) = super::care::matter(&connection, RECHECKED_TO)? else { return Ok(None) };
        let mut read = connection.prepare_cached(&format!(
            "select seq, alert.watch, alert.article, hit.revision, void from alert \
             join hit on hit.article = alert.article and hit.watch = alert.watch \
             where seq > ?1 and raised_at >= ?2 and kind in ('alert', 'related') and outcome in {TELLS} \
             order by seq",
        ))?;
        let mut rows = read.query(params![from, since.as_microsecond()])?;
        let (mut others, mut to) = (Vec::new(), None);
        while let Some(row) = rows.next()? {
            if others.len() == RECHECKED_MOST {
                break;
            }
            let seq: i64 = row.get(0)?;
            to = Some(seq);
            // What a damaged row told stands.
            let (Ok(watch), Ok(article), Ok(found_by)) = (row.get::<_, String>(1), row.get(2), row.get::<_, String>(3))
            else {
                continue;
            };
            let was_lost = row.get_ref(4)?.as_str_or_null() == Ok(Some(CHANGED));
            // A watch that is gone tells nothing and holds nothing.
            if revision(&watch).is_some_and(|now| now != found_by || was_lost) {
                others.push(ToldByOther { seq, watch, article: ArticleId(article) });
            }
        }
        match to {
            Some(to) => super::care::put_matter(&connection, RECHECKED_TO, to)?,
            None => {
                connection.execute("delete from matter where name = ?1", [RECHECKED_TO])?;
                return Ok(None);
            }
        }
        Ok(Some(others))
    }

    /// Notes whether the watch, as it is now, finds the article of an alert that it told.
    pub fn rechecked(&self, told: &ToldByOther, finds: bool) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = match finds {
            true => "update alert set void = null where seq = ?1 and void = ?2",
            false => "update alert set void = ?2 where seq = ?1 and void is null",
        };
        if transaction.prepare_cached(sql)?.execute(params![told.seq, CHANGED])? == 1 && !finds {
            transaction.execute(&reopen("seq = ?1"), [told.seq])?;
        }
        Ok(transaction.commit()?)
    }
}

fn forget_reopened(connection: &Connection, story: &str, watch: &str) -> Result<()> {
    connection.prepare_cached("delete from reopened where story = ?1 and watch = ?2")?.execute([story, watch])?;
    Ok(())
}

/// Notes the stories of some alerts to be looked at.
fn reopen(which: &str) -> String {
    format!(
        "insert or ignore into reopened select distinct story, watch from alert where {which} and story <> '' and watch <> ''"
    )
}

/// Somebody judged an alert: what is noise holds others no more.
pub(super) fn judged(connection: &Connection, id: &str, verdict: Verdict) -> Result<()> {
    match verdict {
        Verdict::Noise => {
            connection.execute("update alert set void = ?2 where id = ?1", params![id, NOISE])?;
            connection.execute(&reopen("id = ?1"), [id])?;
        }
        Verdict::Useful => {
            connection.execute("update alert set void = null where id = ?1 and void = ?2", params![id, NOISE])?;
        }
    }
    Ok(())
}

/// An article was edited: alerts whose watches find nothing in it any more hold nothing, those whose watches do hold again.
pub(super) fn edited(connection: &Connection, article: ArticleId, hits: &[Hit]) -> Result<()> {
    let found = json(&hits.iter().map(|hit| &*hit.watch).collect::<Vec<_>>());
    let lost = format!(
        "article = ?1 and void is null and watch not in (select value from json_each(?2)) and outcome in {OF_STORY}"
    );
    connection.prepare_cached(&reopen(&lost))?.execute(params![article.0, found])?;
    connection
        .prepare_cached(&format!("update alert set void = ?3 where {lost}"))?
        .execute(params![article.0, found, EDITED])?;
    connection
        .prepare_cached(
            "update alert set void = null where article = ?1 and void = ?3 and watch in (select value from json_each(?2))",
        )?
        .execute(params![article.0, found, EDITED])?;
    Ok(())
}

/// A feed is silenced, named as records show it: what it told holds others no more.
pub(super) fn silenced(connection: &Connection, shown: &str) -> Result<()> {
    let mut read = connection.prepare_cached("select id, url from feed")?;
    let feeds = surprise::readable("feed", read.query([])?, |row| {
        Ok(is_shown_as(row.get_ref(1)?.as_str()?, shown).then_some(row.get::<_, i64>(0)?))
    })?;
    hold_no_more(connection, &feeds.into_iter().flatten().collect::<Vec<_>>())
}

fn is_shown_as(url: &str, shown: &str) -> bool {
    url == shown || Url::parse(url).is_ok_and(|url| mask(&url) == shown)
}

/// What these feeds told holds others no more.
pub(super) fn hold_no_more(connection: &Connection, feeds: &[i64]) -> Result<()> {
    if feeds.is_empty() {
        return Ok(());
    }
    let feeds = json(&feeds);
    for which in [
        format!("feed in (select value from json_each(?1)) and outcome in {TOLD}"),
        format!("feed in (select value from json_each(?1)) and outcome in {IN_DIGEST}"),
        "holder in (select value from json_each(?1))".to_owned(),
    ] {
        connection.prepare_cached(&reopen(&which))?.execute([&feeds])?;
    }
    Ok(())
}

/// What a feed may hold.
fn holder_of(connection: &Connection, feed: FeedId, look: LookBack) -> Result<Holder> {
    let held_since = look.held_since.unwrap_or(Timestamp::MAX);
    let mut read = connection.prepare_cached(
        "select listed, holds_others, (select count(*) from alert indexed by alert_holder where holder = ?1 \
         and holder_counts = 1 and raised_at >= ?2) from feed where id = ?1",
    )?;
    let of_feed = read.query_row(params![feed.0, held_since.as_microsecond()], |row| {
        let held = row.get::<_, i64>(2)? as usize;
        let (listed, holds_others) = (row.get(0).unwrap_or(true), row.get(1).unwrap_or(true));
        Ok(Holder { is_gone: !listed, never: !holds_others, silenced: None, held })
    });
    let holder = of_feed.optional()?.unwrap_or_default();
    let mut silences =
        connection.prepare_cached("select target, since, until from silence where scope = 'feed' and until >= ?1")?;
    let rows = silences.query([look.told_since.as_microsecond()])?;
    let silences = surprise::readable("silence", rows, |row| {
        Ok((row.get::<_, String>(0)?, instant(row.get(1)?), instant(row.get(2)?)))
    })?;
    if silences.is_empty() {
        return Ok(holder);
    }
    let mut read = connection.prepare_cached("select url from feed where id = ?1")?;
    let url = surprise::readable("feed", read.query([feed.0])?, |row| row.get::<_, String>(0))?;
    let is_of_it = |shown: &str| url.first().is_some_and(|url| is_shown_as(url, shown));
    let of_it = silences.into_iter().filter(|(shown, ..)| is_of_it(shown)).map(|(_, since, until)| (since, until));
    Ok(Holder { silenced: of_it.reduce(|one, other| (one.0.max(other.0), one.1.max(other.1))), ..holder })
}

/// The hits of a story by a watch that were told or joined and stand, the newest first.
fn hits(connection: &Connection, story: &str, watch: &str, look: LookBack) -> Result<Vec<StoryHit>> {
    let mut read = connection.prepare_cached(&format!(
        "select seq, record, alert.feed, alert.article, raised_at, holder, piece.at, piece.signature \
         from alert join piece on piece.article = alert.article \
         where alert.story = ?1 and watch = ?2 and raised_at >= ?3 and kind = 'alert' and void is null \
         and outcome in {OF_STORY} order by seq desc limit ?4",
    ))?;
    let since = look.told_since.as_microsecond();
    let rows = read.query(params![story, watch, since, HITS_MOST as i64])?;
    surprise::readable("alert", rows, |row| {
        Ok(StoryHit {
            seq: row.get(0)?,
            alert: record_in_story(row.get_ref(1)?.as_str()?, story.to_owned())?,
            feed: FeedId(row.get(2)?),
            article: ArticleId(row.get(3)?),
            raised_at: instant(row.get(4)?),
            by: row.get::<_, Option<i64>>(5)?.map(FeedId),
            at: instant(row.get(6)?),
            signature: row.get(7)?,
        })
    })
}

/// A hit that joined is told after all, as the latest of all.
fn retell(connection: &Connection, seq: i64, decided: &Decided, routes: &Routes) -> Result<()> {
    let alert = &decided.alert;
    let latest: i64 = connection
        .prepare_cached(
            "update alert set seq = (select max(seq) + 1 from alert), outcome = ?2, reason = ?3, raised_at = ?4, record = ?5, \
             held_by = ?6, holder = null, holder_counts = 0, seen_ms = null, published_ms = null where seq = ?1 returning seq",
        )?
        .query_row(
            params![
                seq,
                decided.outcome.name(),
                decided.reason,
                alert.time.as_microsecond(),
                json(alert),
                decided.hold.map(|hold| holder(hold, &alert.watch.name)),
            ],
            |row| row.get(0),
        )?;
    if let Some(hold) = decided.hold {
        put_due(connection, hold, &alert.watch.name)?;
    }
    if decided.outcome.is_told() {
        owe(connection, latest, alert, routes)?;
    }
    Ok(())
}
