//! The stored articles from the newest back, in many short reads: what `backtest` and `explain` ask.
//!
//! One long read would keep SQLite's log (the file that ends in -wal) from being taken into the database, and the log would
//! grow for as long as that read lasts.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Row, Rows, params};

use super::feed_row::find_feed;
use super::row::{instant, list};
use super::{Result, Store, surprise};
use crate::clock::Timestamp;
use crate::model::{Article, ArticleId, Feed, FeedId, Reason};

/// Articles of the first read, so that the first answer comes at once, and of later ones: some 50 ms of matching.
const FIRST_READ_ARTICLES: usize = 500;
const READ_ARTICLES: usize = 5_000;

/// Feeds that are kept at hand; with more of them some are read again.
const FEEDS_MOST: usize = 4_096;

/// So much may be added to SQLite's log before this reader makes room for it to be taken into the database.
const LOG_BYTES: u64 = 8 << 20;
/// How long it then waits at the most, and how often it looks.
const WAIT_MOST: Duration = Duration::from_secs(1);
const WAIT_STEP: Duration = Duration::from_millis(5);

/// Which articles are read, and how much of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extent {
    /// First seen at or after.
    pub since: Option<Timestamp>,
    /// With author, categories, language and feed, which only some watches ask for.
    pub with_labels: bool,
    /// With what the watches found when the article came, or was edited last.
    pub with_hits: bool,
}

/// An article as it stands in the store.
#[derive(Debug)]
pub struct Archived<'a> {
    /// Its number.
    pub id: ArticleId,
    /// Its title, texts, address and date; its author, categories and language if they were asked for.
    pub article: &'a Article,
    /// The number of its feed.
    pub feed_id: FeedId,
    /// The feed, if labels were asked for.
    pub feed: Option<&'a Feed>,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// What was found in it then, if that was asked for.
    pub then: &'a [Then],
}

/// What a watch found in an article when that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Then {
    /// The watch.
    pub watch: String,
    why: String,
}

impl Then {
    /// The words that were found; none where that can no longer be read.
    pub fn why(&self) -> Vec<Reason> {
        serde_json::from_str(&self.why).unwrap_or_default()
    }
}

/// A way back through the stored articles.
#[derive(Debug)]
pub struct Archive<'s> {
    store: &'s Store,
    extent: Extent,
    /// The number of the oldest article that is read; of the newest that is still to be read.
    oldest: i64,
    next: Option<i64>,
    articles: usize,
    unreadable: usize,
    back_to: Option<Timestamp>,
    feeds: HashMap<FeedId, Option<Feed>>,
    log: Log,
}

impl Store {
    /// The stored articles, from the newest back. What comes in from now on is not among them.
    pub fn archive(&self, extent: Extent) -> Result<Archive<'_>> {
        // Those of the last month stand together at the end of the table, where the index by time would look each one up
        // by itself. Numbers are given in the order of settling, which is not quite that of arrival, and clocks are set:
        // the smallest number counts, not that of the earliest.
        let oldest = match extent.since {
            None => Some(i64::MIN),
            Some(since) => self
                .lock()
                .prepare_cached("select min(id) from article where first_seen_at >= ?1")?
                .query_row([since.as_microsecond()], |row| row.get(0))?,
        };
        Ok(Archive {
            store: self,
            extent,
            oldest: oldest.unwrap_or_default(),
            next: oldest.map(|_| i64::MAX),
            articles: 0,
            unreadable: 0,
            back_to: None,
            feeds: HashMap::new(),
            log: Log::beside(&self.path),
        })
    }
}

impl Archive<'_> {
    /// Shows the next articles to `each`, until it breaks off or these were enough for one read; false when there are no more.
    /// The store is closed to `each`.
    pub fn read(&mut self, mut each: impl FnMut(Archived<'_>) -> ControlFlow<()>) -> Result<bool> {
        let Some(newest) = self.next else { return Ok(false) };
        self.log.give_way();
        let Archive { store, extent, oldest, next, articles, unreadable, back_to, feeds, .. } = self;
        let limit = if *articles == 0 { FIRST_READ_ARTICLES } else { READ_ARTICLES };
        let connection = store.lock();
        // Articles and hits are of one instant, and that ends with this read.
        let transaction = connection.unchecked_transaction()?;
        let labels = if extent.with_labels { ", author, category, lang" } else { "" };
        let mut read = transaction.prepare_cached(&format!(
            "select id, feed, first_seen_at, url, published_at, title, summary, body{labels} from article \
             where id <= ?1 and id >= ?2 order by id desc limit ?3"
        ))?;
        let mut read_hits = transaction.prepare_cached(
            "select article, watch, why from hit where article <= ?1 and article >= ?2 order by article desc",
        )?;
        let mut hits = match extent.with_hits {
            true => Some(Hits { rows: read_hits.query([newest, *oldest])?, next: None }),
            false => None,
        };
        let mut rows = read.query(params![newest, *oldest, limit as i64])?;
        let mut article = Article::of_text("");
        let (mut count, mut then) = (0, Vec::new());
        let since = extent.since.map_or(i64::MIN, Timestamp::as_microsecond);
        *next = None;
        while let Some(row) = rows.next()? {
            count += 1;
            let id: i64 = row.get(0)?;
            *next = id.checked_sub(1);
            let (feed_id, seen) = match fill(&mut article, row, extent.with_labels) {
                Ok(known) => known,
                Err(error) => {
                    surprise::tell("article", id, &error, "it is passed over");
                    *unreadable += 1;
                    continue;
                }
            };
            if seen < since {
                continue;
            }
            if let Some(hits) = &mut hits {
                hits.of(id, &mut then)?;
            }
            let feed = match extent.with_labels {
                true => at_hand(&transaction, feeds, feed_id)?,
                false => None,
            };
            let first_seen_at = instant(seen);
            (*articles, *back_to) = (*articles + 1, Some(first_seen_at));
            let archived = Archived { id: ArticleId(id), article: &article, feed_id, feed, first_seen_at, then: &then };
            if each(archived).is_break() {
                return Ok(true);
            }
        }
        if count < limit {
            *next = None;
        }
        Ok(next.is_some())
    }

    /// Articles that were read so far.
    pub fn articles(&self) -> usize {
        self.articles
    }

    /// Those that could not be read, since their rows are not what feedwatch writes.
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// When the last one read was first seen.
    pub fn back_to(&self) -> Option<Timestamp> {
        self.back_to
    }

    /// What a feed is called.
    pub fn feed_label(&mut self, id: FeedId) -> Result<String> {
        let feed = at_hand(&self.store.lock(), &mut self.feeds, id)?;
        Ok(feed.map_or_else(|| format!("feed {}", id.0), |feed| feed.label().into_owned()))
    }
}

/// SQLite's log. It begins anew only when all of it was taken into the database and nobody reads from it; while one short read
/// follows another, a writer never finds that moment.
#[derive(Debug)]
struct Log {
    path: PathBuf,
    /// The size at which the next moment is due.
    due_at: u64,
}

impl Log {
    fn beside(database: &Path) -> Log {
        let mut path = database.as_os_str().to_owned();
        path.push("-wal");
        let mut log = Log { path: path.into(), due_at: 0 };
        log.due_at = log.size().max(LOG_BYTES) + LOG_BYTES;
        log
    }

    /// Reads nothing for a moment if the log has grown, until it begins anew.
    fn give_way(&mut self) {
        let size = self.size();
        if size < self.due_at {
            return;
        }
        let (before, since) = (self.beginning(), Instant::now());
        while self.beginning() == before {
            if since.elapsed() >= WAIT_MOST {
                // Nobody writes just now, or other readers are there too.
                self.due_at = size + LOG_BYTES;
                return;
            }
            std::thread::sleep(WAIT_STEP);
        }
        // The file keeps its size, and is written anew from its beginning: it is time again when that does not suffice.
        self.due_at = self.size() + 1;
    }

    fn size(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |log| log.len())
    }

    /// Its header, which is another one each time it begins anew.
    fn beginning(&self) -> Option<[u8; 32]> {
        let mut header = [0; 32];
        File::open(&self.path).and_then(|mut log| log.read_exact(&mut header)).ok().map(|()| header)
    }
}

/// A feed, read if it is not at hand.
fn at_hand<'f>(
    connection: &Connection,
    feeds: &'f mut HashMap<FeedId, Option<Feed>>,
    id: FeedId,
) -> Result<Option<&'f Feed>> {
    if !feeds.contains_key(&id) {
        if feeds.len() >= FEEDS_MOST {
            feeds.clear();
        }
        feeds.insert(id, find_feed(connection, id)?);
    }
    Ok(feeds.get(&id).and_then(Option::as_ref))
}

/// Hits that are read beside their articles, in the same order.
struct Hits<'s> {
    rows: Rows<'s>,
    /// One of an article that comes later.
    next: Option<(i64, Then)>,
}

impl Hits<'_> {
    /// Those of an article.
    fn of(&mut self, id: i64, to: &mut Vec<Then>) -> Result<()> {
        to.clear();
        loop {
            if let Some((article, then)) = self.next.take() {
                if article < id {
                    self.next = Some((article, then));
                    return Ok(());
                }
                to.extend((article == id).then_some(then));
            }
            let Some(row) = self.rows.next()? else { return Ok(()) };
            self.next = Some((row.get(0)?, Then { watch: text(row, 1), why: text(row, 2) }));
        }
    }
}

/// A column's text; none where it holds something else.
fn text(row: &Row, column: usize) -> String {
    row.get(column).unwrap_or_default()
}

/// Reads a row into an article whose memory is used again; tells its feed and when it was first seen.
fn fill(article: &mut Article, row: &Row, with_labels: bool) -> rusqlite::Result<(FeedId, i64)> {
    let feed = FeedId(row.get(1)?);
    let first_seen_at = row.get(2)?;
    article.url = row.get(3)?;
    article.published = row.get::<_, Option<i64>>(4)?.map(instant);
    for (column, text) in [(5, &mut article.title), (6, &mut article.summary), (7, &mut article.body)] {
        text.clear();
        text.push_str(row.get_ref(column)?.as_str()?);
    }
    if with_labels {
        article.author = row.get(8)?;
        article.categories = list(row, 9)?;
        article.lang = row.get(10)?;
    }
    Ok((feed, first_seen_at))
}
