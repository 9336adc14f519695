//! `feedwatch why ARTICLE|URL [WATCH]`: why a watch did or did not fire on an article that is stored.

use std::io::Write;

use clap::Args;

use super::setup::{self, Usage};
use super::test::{told, told_missing, watch_named};
use super::{Exit, Global};
use crate::alert::escape;
use crate::clock::{Clock, Timestamp};
use crate::feed::address;
use crate::model::ArticleId;
use crate::store::{HitOutcome, Store, StoredHit, WholeArticle};
use crate::watch::{Scratch, Verdict, WatchSet};
use crate::words::from_now;

/// Why a watch did or did not fire on a stored article, by the files as they are now, and what became of it then.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  feedwatch why 4711 \"office closure\"\n  feedwatch why https://news.example/doha mediation\n\n\
                  Exit code 0 if the watch matches, 1 if not, 69 if no such article is stored."
)]
pub(super) struct Why {
    /// The article: its number as `feedwatch articles` shows it, or its address
    article: String,
    /// The name of the watch; all watches if left out
    watch: Option<String>,
}

/// An article before a watch: what it is to it now, and what it was.
struct Case<'a> {
    article: &'a WholeArticle,
    watch: &'a str,
    /// The watch as the files have it now.
    revision: &'a str,
    verdict: Verdict,
    then: Option<&'a StoredHit>,
    outcomes: Vec<HitOutcome>,
}

pub(super) fn run(global: &Global, args: &Why, out: &mut impl Write) -> anyhow::Result<Exit> {
    let files = setup::read(global)?;
    let watches = files.config.watches;
    let only = args.watch.as_deref().map(|name| watch_named(name, &watches)).transpose();
    let only = only.map_err(|unknown| {
        match files.watch_files.sources().iter().any(|watch| Some(&watch.name) == args.watch.as_ref()) {
            true => anyhow::anyhow!("what the watch is cannot be read: the files have a mistake"),
            false => unknown.into(),
        }
    })?;
    let store = Store::open_to_read(&files.config.store)?;
    let mut fires = false;
    for article in &articles_named(&store, &args.article)? {
        let cases = cases(&store, &watches, only, article)?;
        fires |= cases.iter().any(|case| case.verdict.hit.is_some());
        match global.json {
            true => cases.iter().try_for_each(|case| writeln!(out, "{}", for_machines(case)))?,
            false => for_people(article, &cases, Clock::System.now(), out)?,
        }
    }
    Ok(if fires { Exit::Done } else { Exit::No })
}

/// The stored articles that are meant, at least one.
pub(super) fn articles_named(store: &Store, named: &str) -> anyhow::Result<Vec<WholeArticle>> {
    let found: Vec<_> = match named.parse() {
        Ok(number) => store.article(ArticleId(number))?.into_iter().collect(),
        Err(_) if !named.contains(':') => {
            return Err(Usage(format!(
                "{named:?} is neither an article's number nor an address; `feedwatch articles` shows the numbers"
            ))
            .into());
        }
        Err(_) => store.articles_with_link(address::hash(named))?,
    };
    if found.is_empty() {
        anyhow::bail!("no stored article has {named:?}; `feedwatch articles --since 7d` shows what is stored");
    }
    Ok(found)
}

fn cases<'a>(
    store: &Store,
    watches: &'a WatchSet,
    only: Option<&str>,
    article: &'a WholeArticle,
) -> anyhow::Result<Vec<Case<'a>>> {
    let mut scratch = Scratch::default();
    let wanted = watches.revisions().filter(|(name, _)| only.is_none_or(|only| only == *name));
    let cases = wanted.map(|(watch, revision)| {
        let verdict = watches.verdict(watch, &article.article, Some(&article.feed), &mut scratch);
        let verdict = verdict.expect("the set knows its own names");
        let then = article.hits.iter().find(|hit| hit.watch == watch);
        Ok(Case { article, watch, revision, verdict, then, outcomes: store.outcomes(article, watch)? })
    });
    cases.collect()
}

fn for_people(article: &WholeArticle, cases: &[Case], now: Timestamp, out: &mut impl Write) -> anyhow::Result<()> {
    let WholeArticle { id, article, feed, first_seen_at, edited_at, .. } = article;
    writeln!(out, "article {}  {}", id.0, escape(&article.headline()))?;
    let edited = edited_at.map(|at| format!(", edited {}", from_now(at, now))).unwrap_or_default();
    writeln!(out, "  {}, first seen {}{edited}", escape(&feed.label()), from_now(*first_seen_at, now))?;
    for case in cases {
        let text = match &case.verdict.hit {
            Some(hit) => told(case.watch, hit, article),
            None => told_missing(case.watch, &case.verdict),
        };
        write!(out, "\n{text}{}", told_then(case, now))?;
    }
    Ok(())
}

/// What the watch made of it when it came, and what became of that.
fn told_then(case: &Case, now: Timestamp) -> String {
    let Case { article, revision, verdict, then, outcomes, .. } = case;
    let looked = from_now(article.edited_at.unwrap_or(article.first_seen_at), now);
    let mut text = match (then, &verdict.hit) {
        (None, None) => String::new(),
        (None, Some(_)) => format!(
            "then\n  it did not fire when the article was looked at, {looked}: the watch is newer or was changed; \
             articles are not looked at again\n"
        ),
        (Some(then), Some(_)) if then.revision == *revision => "then\n".to_owned(),
        (Some(then), _) => {
            format!("then\n  it fired {}; the watch was changed since\n", from_now(then.found_at, now))
        }
    };
    for HitOutcome { alert, outcome, reason, at } in outcomes {
        let reason = if reason.is_empty() { String::new() } else { format!(", {}", escape(reason)) };
        text += &format!("  {outcome} {}{reason}: alert {alert:.8}\n", from_now(*at, now));
    }
    text
}

fn for_machines(case: &Case) -> serde_json::Value {
    let Case { article, watch, revision, verdict, then, outcomes } = case;
    let hit = verdict.hit.as_ref();
    serde_json::json!({
        "article": article.id.0, "feed": article.feed.label(), "title": article.article.title,
        "url": article.article.url, "first_seen": article.first_seen_at, "edited": article.edited_at,
        "watch": watch, "revision": revision, "hit": hit.is_some(), "why": hit.map(|hit| &hit.why),
        "score": verdict.score, "clauses": verdict.clauses, "rejected_by": verdict.rejected_by,
        "then": then.map(|then| serde_json::json!({ "revision": then.revision, "found": then.found_at })),
        "outcomes": outcomes.iter().map(|outcome| serde_json::json!({
            "alert": outcome.alert, "outcome": outcome.outcome.to_string(), "reason": outcome.reason, "time": outcome.at,
        })).collect::<Vec<_>>(),
    })
}
