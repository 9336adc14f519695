//! `feedwatch articles show`: one stored article in full.

use std::io::{self, Write};

use clap::Args;

use super::setup;
use super::why::articles_named;
use super::{Exit, Global};
use crate::alert::{self, Look, escape, escape_json};
use crate::clock::{Clock, Timestamp};
use crate::model::{Field, Reason};
use crate::store::{HitOutcome, Store, WholeArticle};
use crate::terminal;
use crate::words::from_now;

/// One stored article in full: its texts with the words that the watches found, and what became of the hits.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  feedwatch articles show 4711\n  feedwatch articles show https://news.example/doha"
)]
pub(super) struct Show {
    /// The article: its number as `feedwatch articles` shows it, or its address
    article: String,
}

pub(super) fn run(global: &Global, args: &Show, out: &mut impl Write) -> anyhow::Result<Exit> {
    let store = setup::store(global)?;
    for (at, article) in articles_named(&store, &args.article)?.iter().enumerate() {
        let hits = hits(&store, article)?;
        match global.json {
            true => writeln!(out, "{}", for_machines(article, &hits))?,
            false => {
                if at > 0 {
                    writeln!(out)?;
                }
                for_people(article, &hits, &terminal::look(&io::stdout()), Clock::System.now(), out)?;
            }
        }
    }
    Ok(Exit::Done)
}

/// What a watch found when the article came, and what became of it.
struct Hits<'a> {
    watch: &'a str,
    why: Vec<Reason>,
    outcomes: Vec<HitOutcome>,
}

fn hits<'a>(store: &Store, article: &'a WholeArticle) -> anyhow::Result<Vec<Hits<'a>>> {
    let of = |hit: &'a crate::store::StoredHit| {
        Ok(Hits { watch: &hit.watch, why: hit.why.clone(), outcomes: store.outcomes(article, &hit.watch)? })
    };
    article.hits.iter().map(of).collect()
}

fn for_people(
    whole: &WholeArticle,
    hits: &[Hits<'_>],
    look: &Look,
    now: Timestamp,
    out: &mut impl Write,
) -> io::Result<()> {
    let WholeArticle { id, article, feed, first_seen_at, edited_at, .. } = whole;
    let bold = if look.colour { anstyle::Style::new().bold() } else { anstyle::Style::new() };
    writeln!(out, "{bold}{}{bold:#}\n", escape(&article.headline()))?;
    let at = |at: &Timestamp| format!("{at:.0}, {}", from_now(*at, now));
    let mut fact = |name: &str, text: String| out.write_all(alert::fact(name, &text, look).as_bytes());
    fact("article", id.0.to_string())?;
    article.url.iter().try_for_each(|url| fact("url", url.clone()))?;
    fact("feed", format!("{}  {}", feed.label(), alert::mask(&feed.source.url)))?;
    article.author.iter().try_for_each(|author| fact("author", author.clone()))?;
    article.published.iter().try_for_each(|published| fact("published", at(published)))?;
    fact("first seen", at(first_seen_at))?;
    edited_at.iter().try_for_each(|edited| fact("edited", at(edited)))?;
    article.lang.iter().try_for_each(|lang| fact("language", lang.clone()))?;
    if !article.categories.is_empty() {
        fact("categories", article.categories.join(", "))?;
    }
    for Hits { watch, outcomes, .. } in hits {
        let told = outcomes.iter().map(|outcome| format!("{} as {}", outcome.outcome, alert::short_id(&outcome.alert)));
        let told = told.collect::<Vec<_>>().join(", ");
        fact("found by", if told.is_empty() { (*watch).to_owned() } else { format!("{watch}: {told}") })?;
    }
    let why: Vec<Reason> = hits.iter().flat_map(|hits| hits.why.clone()).collect();
    for (field, text) in [(Field::Summary, &article.summary), (Field::Body, &article.body)] {
        if !text.trim().is_empty() {
            write!(out, "\n{}", alert::marked(text, field, &why, look))?;
        }
    }
    Ok(())
}

fn for_machines(whole: &WholeArticle, hits: &[Hits<'_>]) -> serde_json::Value {
    let WholeArticle { id, article, feed, first_seen_at, edited_at, .. } = whole;
    let mut line = serde_json::json!({
        "id": id.0, "feed": feed.label(), "title": article.title, "summary": article.summary, "body": article.body,
        "author": article.author, "categories": article.categories, "lang": article.lang, "url": article.url,
        "published": article.published, "first_seen": first_seen_at, "edited": edited_at,
        "watches": hits.iter().map(|hits| hits.watch).collect::<Vec<_>>(),
        "hits": hits.iter().map(|hits| serde_json::json!({
            "watch": hits.watch, "why": hits.why,
            "outcomes": hits.outcomes.iter().map(|outcome| serde_json::json!({
                "alert": outcome.alert, "outcome": outcome.outcome.to_string(), "reason": outcome.reason, "time": outcome.at,
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    });
    escape_json(&mut line);
    line
}
