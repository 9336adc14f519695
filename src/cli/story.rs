//! `feedwatch story`: a story as a whole: who has it, all its pieces with what became of each, and what each brought.

use std::collections::BTreeMap;
use std::io::{self, Write};

use clap::Args;

use super::setup;
use super::{Exit, Global};
use crate::alert::{self, Look};
use crate::clock::{Clock, Timestamp};
use crate::model::{AlertNews, AlertStory, Kind, Outcome, PieceOutcome, StoryArticle};
use crate::poll::{counted, timeline};
use crate::store::Store;
use crate::terminal;
use crate::words::{count_of, from_now};

/// A story: who has it, its pieces with what became of each, and what each of them brought that was new.
#[derive(Debug, Args)]
#[command(after_help = "Example: feedwatch story 1f0c2a")]
pub(super) struct Story {
    /// The id of any alert of the story, the id of the story, or the first characters of one
    id: String,
}

/// All that is shown of it.
struct Whole {
    size: AlertStory,
    articles: Vec<StoryArticle>,
    /// Pieces that are not shown, as there are too many.
    others: usize,
    steps: Vec<Vec<AlertNews>>,
}

pub(super) fn run(global: &Global, args: &Story, out: &mut impl Write) -> anyhow::Result<Exit> {
    let store = setup::store(global)?;
    let id = setup::story(&store, &args.id)?;
    let whole = whole(&store, &id)?;
    match global.json {
        true => {
            let mut all = for_machines(&whole);
            alert::escape_json(&mut all);
            writeln!(out, "{all}")?;
        }
        false => for_people(&whole, &terminal::look(&io::stdout()), Clock::System.now(), out)?,
    }
    Ok(Exit::Done)
}

fn whole(store: &Store, id: &str) -> anyhow::Result<Whole> {
    let articles = store.story_articles(id)?;
    anyhow::ensure!(!articles.is_empty(), "nothing is left of the story {id}");
    let now = store.story_in_all(id)?;
    let size = counted(id, &now.outlets, now.articles);
    let others = (now.articles as usize).saturating_sub(articles.len());
    let steps = timeline(&articles);
    Ok(Whole { size, articles, others, steps })
}

fn for_people(whole: &Whole, look: &Look, now: Timestamp, out: &mut impl Write) -> io::Result<()> {
    let Whole { size, articles, others, steps } = whole;
    // The piece that told it, or else the first that there is.
    let head = articles.iter().find(|article| article.is_told).unwrap_or(&articles[0]);
    let bold = if look.colour { anstyle::Style::new().bold() } else { anstyle::Style::new() };
    writeln!(out, "{bold}{}{bold:#}\n", alert::escape(head.headline()))?;
    let mut fact = |name: &str, text: &str| out.write_all(alert::fact(name, text, look).as_bytes());
    fact("story", &size.id)?;
    let times = || articles.iter().map(|article| article.at);
    if let (Some(first), Some(last)) = (times().min(), times().max()) {
        fact("began", &format!("{first:.0}, {}", from_now(first, now)))?;
        if last > first {
            fact("last piece", &format!("{last:.0}, {}", from_now(last, now)))?;
        }
    }
    if size.feeds > 0 {
        fact("who has it", &size.size())?;
    }
    if !size.publisher_names.is_empty() {
        fact("publishers", &size.publisher_names.join(", "))?;
    }
    let watches = watches(articles);
    fact("watches", &watches.join(", "))?;
    writeln!(out, "\n{}:", count_of(articles.len() + others, "piece"))?;
    for article in articles {
        let ids: Vec<&str> = article.outcomes.iter().take(1).map(|outcome| alert::short_id(&outcome.id)).collect();
        let told = format!(
            "{}  {}  {}  {} — {}",
            ids.join(" "),
            alert::at(article.at, look),
            became(article, watches.len() > 1),
            article.feed,
            article.headline()
        );
        out.write_all(alert::remark(&told, look).as_bytes())?;
        if let Some(url) = &article.url {
            out.write_all(alert::link(url, look).as_bytes())?;
        }
    }
    if *others > 0 {
        out.write_all(alert::remark(&format!("and {others} more"), look).as_bytes())?;
    }
    write_timeline(steps, look, out)
}

/// What each piece brought, in order of time; nothing of a story in which only the first did.
pub(super) fn write_timeline(steps: &[Vec<AlertNews>], look: &Look, out: &mut impl Write) -> io::Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nwhat was new:")?;
    steps.iter().try_for_each(|step| out.write_all(alert::step(step, look).as_bytes()))
}

fn watches(articles: &[StoryArticle]) -> Vec<String> {
    let names = articles.iter().flat_map(|article| &article.outcomes).map(|outcome| outcome.watch.clone());
    names.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

/// What became of a piece, in words; where several watches have the story, by each.
fn became(article: &StoryArticle, by_watch: bool) -> String {
    let mut of_watch = BTreeMap::<&str, Vec<String>>::new();
    for outcome in &article.outcomes {
        let words = in_words(outcome);
        let of = of_watch.entry(&outcome.watch).or_default();
        if !of.contains(&words) {
            of.push(words);
        }
    }
    let said = |(watch, words): (&&str, &Vec<String>)| match by_watch {
        true => format!("{watch}: {}", words.join(", ")),
        false => words.join(", "),
    };
    of_watch.iter().map(said).collect::<Vec<_>>().join("; ")
}

fn in_words(outcome: &PieceOutcome) -> String {
    match (outcome.kind, outcome.outcome) {
        (Kind::Related, Outcome::Raised) => "told in a line".to_owned(),
        (Kind::Confirmed, _) => "confirmed it".to_owned(),
        (_, Outcome::Raised) => "told".to_owned(),
        (_, Outcome::Grown) => "told as it grew".to_owned(),
        (_, outcome) => outcome.to_string(),
    }
}

fn for_machines(whole: &Whole) -> serde_json::Value {
    let Whole { size, articles, others, steps } = whole;
    let outcome = |outcome: &PieceOutcome| {
        serde_json::json!({
            "id": outcome.id, "kind": outcome.kind, "watch": outcome.watch, "outcome": outcome.outcome.to_string(), "time": outcome.at,
        })
    };
    let piece = |article: &StoryArticle| {
        serde_json::json!({
            "time": article.at, "title": article.headline(), "url": article.url, "feed": article.feed, "tier": article.tier,
            "publisher": article.outlet.publisher, "origin": article.outlet.origin.as_ref().map(|origin| origin.name()),
            "outcomes": article.outcomes.iter().map(outcome).collect::<Vec<_>>(),
        })
    };
    serde_json::json!({
        "story": size,
        "pieces": articles.iter().map(piece).collect::<Vec<_>>(),
        "pieces_not_shown": others,
        "timeline": steps.concat(),
    })
}
