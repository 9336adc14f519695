//! `feedwatch articles --find`: a query over all that is stored, with the engine that watches the feeds. The newest come first, as
//! they are found.

use std::io::{self, Write};
use std::ops::ControlFlow;

use super::setup::{self, bad_watches};
use super::signals::Interruption;
use super::{Exit, Global};
use crate::alert::{self, Replayed, escape_json, snippet};
use crate::clock::Timestamp;
use crate::config::{Tried, WatchFiles, render_all};
use crate::model::{ArticleId, FeedId, Hit};
use crate::store::{Archive, Archived, ArticleFilter, Extent, Store};
use crate::terminal;
use crate::watch::{Scratch, WatchSet};
use crate::words::count_of;

/// Found articles that wait to be shown before more is read.
const WAITING_MOST: usize = 100;

/// What is searched for.
pub(super) struct Search<'a> {
    pub(super) query: &'a str,
    pub(super) filter: &'a ArticleFilter,
}

/// An article that was found.
pub(super) struct Found {
    pub(super) article: ArticleId,
    feed: FeedId,
    seen: Timestamp,
    published: Option<Timestamp>,
    title: String,
    summary: String,
    body: String,
    lang: Option<String>,
    url: Option<String>,
    snippet: String,
    hit: Hit,
    watches: Vec<String>,
}

impl Found {
    pub(super) fn of(archived: &Archived<'_>, hit: Hit) -> Found {
        let Archived { id, article, feed_id, first_seen_at, then, .. } = *archived;
        Found {
            article: id,
            feed: feed_id,
            seen: first_seen_at,
            published: article.published,
            title: article.headline(),
            summary: article.summary.clone(),
            body: article.body.clone(),
            lang: article.lang.clone(),
            url: article.url.clone(),
            snippet: snippet(article, &hit),
            hit,
            watches: then.iter().map(|then| then.watch.clone()).collect(),
        }
    }

    /// As `articles --json` has it, with the words that were found.
    fn for_machines(&self, feed: &str) -> serde_json::Value {
        let mut line = serde_json::json!({
            "id": self.article.0, "feed": feed, "title": self.title, "summary": self.summary, "body": self.body,
            "lang": self.lang, "url": self.url, "published": self.published, "first_seen": self.seen,
            "watches": self.watches, "snippet": self.snippet, "why": self.hit.why,
        });
        escape_json(&mut line);
        line
    }
}

/// Shows what was found, as people or programs read it.
pub(super) fn show(found: &[Found], archive: &mut Archive<'_>, json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let look = terminal::look(&io::stdout());
    for found in found {
        let feed = archive.feed_label(found.feed)?;
        if json {
            writeln!(out, "{}", found.for_machines(&feed))?;
            continue;
        }
        let shown = Replayed {
            mark: " ",
            at: found.seen,
            watch: None,
            title: &found.title,
            article: found.article.0,
            feed: &feed,
            snippet: &found.snippet,
        };
        out.write_all(alert::replayed(&shown, &look).as_bytes())?;
    }
    Ok(out.flush()?)
}

pub(super) fn run(global: &Global, search: &Search<'_>, out: &mut impl Write) -> anyhow::Result<Exit> {
    let Search { query, filter } = *search;
    let interruption = Interruption::listen()?;
    let files = setup::read(global)?;
    let watches = compiled(query, &files.watch_files, files.mistakes.is_some())?;
    let store = Store::open_to_read(&files.config.store)?;
    let feeds = filter.feed.as_deref().map(|text| store.feeds_holding(text)).transpose()?;
    let extent = Extent {
        since: filter.since,
        with_labels: watches.uses_labels() || global.json,
        with_hits: global.json || filter.watch.is_some(),
    };
    let is_meant = |archived: &Archived<'_>| {
        filter.until.is_none_or(|until| archived.first_seen_at <= until)
            && feeds.as_ref().is_none_or(|feeds| feeds.contains(&archived.feed_id))
            && filter
                .watch
                .as_ref()
                .is_none_or(|name| archived.then.iter().any(|then| then.watch.eq_ignore_ascii_case(name)))
    };
    let mut archive = store.archive(extent)?;
    let (mut scratch, mut waiting, mut shown) = (Scratch::default(), Vec::new(), 0);
    let mut more = filter.limit > 0;
    while more && shown < filter.limit && !interruption.came() {
        more = archive.read(|archived| {
            if is_meant(&archived) && !watches.decide(archived.article, archived.feed, &mut scratch).is_empty() {
                let hit = watches.hits(archived.article, archived.feed, &mut scratch).into_iter().next();
                waiting.extend(hit.map(|hit| Found::of(&archived, hit)));
            }
            match shown + waiting.len() >= filter.limit || waiting.len() >= WAITING_MOST || interruption.came() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })?;
        show(&waiting, &mut archive, global.json, out)?;
        shown += waiting.len();
        waiting.clear();
    }
    let is_whole = !more || shown >= filter.limit;
    if !global.json {
        conclude(&archive, shown, filter.limit, is_whole);
    }
    Ok(if is_whole { Exit::Done } else { Exit::Interrupted })
}

/// What was read, and what was left out; beside the output, so that a pipe gets articles only.
fn conclude(archive: &Archive<'_>, shown: usize, limit: usize, is_whole: bool) {
    let articles = count_of(archive.articles(), "article");
    let back = archive.back_to().map(|at| format!(", back to {:.0}", at)).unwrap_or_default();
    match (shown, is_whole) {
        (_, false) => say!("stopped by Ctrl-C: {shown} found in {articles}{back}"),
        (0, _) => say!("nothing found in {articles}{back}"),
        (shown, _) if shown >= limit => {
            say!(
                "showing the newest {shown}, found in {articles}{back}; --limit {} shows more",
                limit.saturating_mul(10)
            );
        }
        (shown, _) => say!("{shown} found in {articles}{back}"),
    }
}

/// The query with the lists of the files; where those have a mistake, with the lists that ship alone.
fn compiled(query: &str, files: &WatchFiles, have_mistake: bool) -> anyhow::Result<WatchSet> {
    let tried = files.with_query(None, query);
    let tried = if have_mistake { tried.or_else(|_| WatchFiles::default().with_query(None, query)) } else { tried };
    let Tried { watches, remarks, .. } = tried.map_err(|mistakes| bad_watches(&mistakes))?;
    if !remarks.is_empty() {
        say!("{}", render_all(&remarks, setup::has_colour()).trim_end());
    }
    Ok(watches)
}
