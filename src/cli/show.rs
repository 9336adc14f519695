//! `feedwatch alerts show`: everything about one alert.

use std::io::{self, Write};

use clap::Args;

use super::alerts::story_now;
use super::setup;
use super::story::write_timeline;
use super::{Exit, Global};
use crate::alert::{self, Look};
use crate::clock::{Clock, Timestamp};
use crate::model::{Alert, AlertNews, AlertStory, Field, Score, StoredAlert};
use crate::poll::timeline;
use crate::store::{Ack, AlertDetails, Delivery, Sibling, Texts};
use crate::terminal;
use crate::words::{count_of, from_now, in_words};

/// Everything about one alert: its text with the words found, edits, the rest of its story, where it went.
#[derive(Debug, Args)]
#[command(after_help = "Example: feedwatch alerts show 1f0c2a")]
pub(super) struct Show {
    /// The alert's id or an unambiguous prefix
    id: String,
}

pub(super) fn run(global: &Global, args: &Show, out: &mut impl Write) -> anyhow::Result<Exit> {
    let store = setup::store(global)?;
    let id = setup::alert(&store, &args.id)?.id;
    let details = store.alert_details(&id)?.ok_or_else(|| anyhow::anyhow!("the alert {id} is gone"))?;
    let story = story_now(&store, &details.stored.alert)?;
    let steps = timeline(&store.story_articles(&details.stored.alert.story.id)?);
    match global.json {
        true => {
            let mut all = for_machines(&details, &story, &steps);
            alert::escape_json(&mut all);
            writeln!(out, "{all}")?;
        }
        false => for_people(&details, &story, &steps, &terminal::look(&io::stdout()), Clock::System.now(), out)?,
    }
    Ok(Exit::Done)
}

fn for_people(
    details: &AlertDetails,
    story: &AlertStory,
    steps: &[Vec<AlertNews>],
    look: &Look,
    now: Timestamp,
    out: &mut impl Write,
) -> io::Result<()> {
    let AlertDetails { stored, texts, revisions, .. } = details;
    out.write_all(alert::full(&stored.alert, look).as_bytes())?;
    writeln!(out)?;
    facts(details, story, now, |name, text| out.write_all(alert::fact(name, &text, look).as_bytes()))?;
    if let Some(Texts { summary, body, .. }) = texts {
        let (field, text) = if body.trim().is_empty() { (Field::Summary, summary) } else { (Field::Body, body) };
        write!(out, "\n{}", alert::marked(text, field, &stored.alert.why, look))?;
    }
    edits(revisions, texts.as_ref(), look, now, out)?;
    siblings(details, look, now, out)?;
    write_timeline(steps, look, out)
}

/// What is known of an alert, a fact a line; what does not apply is left out.
fn facts(
    details: &AlertDetails,
    story: &AlertStory,
    now: Timestamp,
    mut fact: impl FnMut(&str, String) -> io::Result<()>,
) -> io::Result<()> {
    let AlertDetails { stored: StoredAlert { outcome, reason, alert: record, .. }, held_by, deliveries, ack, .. } =
        details;
    let Alert { id, level, change, article, feed, score, latency_ms, time, .. } = record;
    let at = |at: &Timestamp| format!("{at:.0}, {}", from_now(*at, now));
    fact("id", id.clone())?;
    fact("level", level.name().to_owned())?;
    article.url.iter().try_for_each(|url| fact("url", url.clone()))?;
    match feed.title == feed.url || feed.title.is_empty() {
        true => fact("feed", feed.url.clone())?,
        false => fact("feed", format!("{}  {}", feed.title, feed.url))?,
    }
    article.published.iter().try_for_each(|published| fact("published", at(published)))?;
    if article.first_seen != Timestamp::default() {
        fact("first seen", at(&article.first_seen))?;
    }
    fact(if outcome.is_told() { "raised" } else { "decided" }, at(time))?;
    if record.kind.has_article() {
        let published = latency_ms.published.map(|millis| format!(", {} from publication", in_words(millis)));
        fact("latency", format!("{} from seeing{}", in_words(latency_ms.seen), published.unwrap_or_default()))?;
    }
    fact("outcome", if reason.is_empty() { outcome.to_string() } else { format!("{outcome}: {reason}") })?;
    change.iter().try_for_each(|change| fact("change", change.clone()))?;
    if !story.id.is_empty() && story.feeds > 0 {
        fact("story", story.size())?;
        if !story.publisher_names.is_empty() {
            fact("publishers", story.publisher_names.join(", "))?;
        }
    }
    match held_by.as_deref() {
        Some(digest) if digest.starts_with("digest ") => fact("told by", digest.to_owned())?,
        // A silence is named by the outcome already.
        Some(other) if !other.starts_with("silence ") => fact("waits for", "a digest".to_owned())?,
        _ => {}
    }
    reasons(record).into_iter().try_for_each(|reason| fact("because", reason))?;
    if let Some(Score { points, threshold }) = score {
        fact("score", format!("{points} points, {threshold} needed"))?;
    }
    for Delivery { sink, delivered_at, given_up } in deliveries {
        fact(
            "sink",
            match (delivered_at, given_up) {
                (_, Some((when, why))) => format!("{sink}: given up {}: {why}", at(when)),
                (Some(when), None) => format!("{sink}: delivered {}", at(when)),
                (None, None) => format!("{sink}: owed"),
            },
        )?;
    }
    if let Some(Ack { at: when, verdict, note, by }) = ack {
        let verdict = verdict.as_deref().unwrap_or("seen");
        let by = by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
        let note = note.as_deref().map(|note| format!(": {note}")).unwrap_or_default();
        fact("ack", format!("{verdict}{by}, {}{note}", at(when)))?;
    }
    Ok(())
}

/// For each clause of the watch what was found for it, and where: `office closure: "close", "office" in the summary`.
fn reasons(record: &Alert) -> Vec<String> {
    let mut places: Vec<(&str, Field)> = Vec::new();
    for reason in &record.why {
        let place = (reason.clause.as_str(), reason.field);
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let found = |(clause, field): (&str, Field)| {
        let mut words: Vec<String> = Vec::new();
        for reason in record.why.iter().filter(|reason| (reason.clause.as_str(), reason.field) == (clause, field)) {
            let word = format!("\"{}\"", reason.text);
            if !words.contains(&word) {
                words.push(word);
            }
        }
        format!("{clause}: {} in the {}", words.join(", "), format!("{field:?}").to_lowercase())
    };
    places.into_iter().map(found).collect()
}

/// The other hits of the story; those of other watches with their names.
fn siblings(details: &AlertDetails, look: &Look, now: Timestamp, out: &mut impl Write) -> io::Result<()> {
    let AlertDetails { stored, siblings, siblings_in_all, .. } = details;
    if siblings.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nthe same story, {} more:", count_of(*siblings_in_all, "time"))?;
    for Sibling { id, watch, feed, title, url, outcome, at } in siblings {
        let watch = if *watch == stored.alert.watch.name { String::new() } else { format!("{watch}: ") };
        let told = format!("{}  {}, {watch}{outcome}  {feed} — {title}", alert::short_id(id), from_now(*at, now));
        out.write_all(alert::remark(&told, look).as_bytes())?;
        if let Some(url) = url {
            out.write_all(alert::link(url, look).as_bytes())?;
        }
    }
    let others = siblings_in_all - siblings.len();
    if others > 0 {
        out.write_all(alert::remark(&format!("and {others} more"), look).as_bytes())?;
    }
    Ok(())
}

/// Each edit as a diff between what stood before and what came after it.
fn edits(
    revisions: &[(Timestamp, Texts)],
    now_texts: Option<&Texts>,
    look: &Look,
    now: Timestamp,
    out: &mut impl Write,
) -> io::Result<()> {
    let after = revisions.iter().skip(1).map(|(_, texts)| texts).chain(now_texts);
    for ((at, before), after) in revisions.iter().zip(after) {
        // A text that comes back is no further revision.
        let back = if before == after { ", and back again since" } else { ":" };
        writeln!(out, "\nedited {}{back}", from_now(*at, now))?;
        for (name, old, new) in [
            ("title", &before.title, &after.title),
            ("summary", &before.summary, &after.summary),
            ("body", &before.body, &after.body),
        ] {
            if old != new {
                out.write_all(alert::changed(name, old, new, look).as_bytes())?;
            }
        }
    }
    Ok(())
}

fn for_machines(details: &AlertDetails, story: &AlertStory, steps: &[Vec<AlertNews>]) -> serde_json::Value {
    let AlertDetails { stored, held_by, texts, revisions, siblings, deliveries, ack, .. } = details;
    let text =
        |texts: &Texts| serde_json::json!({ "title": texts.title, "summary": texts.summary, "body": texts.body });
    serde_json::json!({
        "record": serde_json::from_str::<serde_json::Value>(&alert::line(&stored.alert)).unwrap_or_default(),
        "outcome": stored.outcome.to_string(),
        "reason": stored.reason,
        "held_by": held_by,
        "text": texts.as_ref().map(text),
        "revisions": revisions.iter().map(|(at, texts)| serde_json::json!({ "until": at, "text": text(texts) })).collect::<Vec<_>>(),
        "story_now": story,
        "story": siblings.iter().map(|sibling| serde_json::json!({
            "id": sibling.id, "watch": sibling.watch, "feed": sibling.feed, "title": sibling.title, "url": sibling.url, "outcome": sibling.outcome.to_string(), "time": sibling.at,
        })).collect::<Vec<_>>(),
        "timeline": steps.concat(),
        "deliveries": deliveries.iter().map(|delivery| serde_json::json!({
            "sink": delivery.sink, "delivered": delivery.delivered_at,
            "given_up": delivery.given_up.as_ref().map(|(at, _)| at), "error": delivery.given_up.as_ref().map(|(_, why)| why),
        })).collect::<Vec<_>>(),
        "ack": ack.as_ref().map(|Ack { at, verdict, note, by }| {
            serde_json::json!({ "time": at, "verdict": verdict, "note": note, "by": by })
        }),
    })
}
