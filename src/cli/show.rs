//! `feedwatch alerts show`: everything about one alert.

use std::io::{self, Write};

use clap::Args;

use super::setup::{self, from_now};
use super::{Exit, Global};
use crate::alert::{self, Look, Stretch, diff, escape};
use crate::clock::{Clock, Timestamp};
use crate::config::count_of;
use crate::model::Field;
use crate::store::{AlertDetails, Delivery, Sibling, Texts};

/// Everything about one alert: its text with the words found, edits, the rest of its story, where it went.
#[derive(Debug, Args)]
#[command(after_help = "Example: feedwatch alerts show 1f0c2a")]
pub(super) struct Show {
    /// The alert's id, or its beginning as far as it is clear
    id: String,
}

pub(super) fn run(global: &Global, args: &Show, out: &mut impl Write) -> anyhow::Result<Exit> {
    let store = setup::store(global)?;
    let id = setup::alert(&store, &args.id)?.id;
    let details = store.alert_details(&id)?.ok_or_else(|| anyhow::anyhow!("the alert {id} is gone"))?;
    match global.json {
        true => writeln!(out, "{}", for_machines(&details))?,
        false => for_people(&details, &alert::look(&io::stdout()), Clock::System.now(), out)?,
    }
    Ok(Exit::Done)
}

fn for_people(details: &AlertDetails, look: &Look, now: Timestamp, out: &mut impl Write) -> io::Result<()> {
    let AlertDetails { stored, held_by, texts, revisions, siblings, deliveries, ack } = details;
    let record = &stored.alert;
    out.write_all(alert::full(record, look).as_bytes())?;
    writeln!(out)?;
    let mut fact = |name: &str, text: &str| match text {
        "" => Ok(()),
        text => writeln!(out, "{name:<10} {}", escape(text)),
    };
    fact("id", &record.id)?;
    fact("level", record.level.name())?;
    fact("url", record.article.url.as_deref().unwrap_or_default())?;
    fact("feed", &record.feed.url)?;
    fact(
        "published",
        &record.article.published.map(|at| format!("{at:.0}, {}", from_now(at, now))).unwrap_or_default(),
    )?;
    fact("raised", &format!("{:.0}, {}", record.time, from_now(record.time, now)))?;
    let fate = if stored.reason.is_empty() {
        stored.outcome.to_string()
    } else {
        format!("{}: {}", stored.outcome, stored.reason)
    };
    fact("fate", &fate)?;
    fact("told by", held_by.as_deref().unwrap_or_default())?;
    for reason in &record.why {
        fact(
            "because",
            &format!(
                "{:?} in the {}, for {}",
                reason.text,
                format!("{:?}", reason.field).to_lowercase(),
                reason.clause
            ),
        )?;
    }
    if let Some((at, verdict, note)) = ack {
        let verdict = verdict.as_deref().unwrap_or("seen");
        fact(
            "ack",
            &format!(
                "{verdict}, {}{}",
                from_now(*at, now),
                note.as_deref().map(|note| format!(": {note}")).unwrap_or_default()
            ),
        )?;
    }
    for Delivery { sink, delivered_at, given_up } in deliveries {
        let how = match (delivered_at, given_up) {
            (_, Some((at, why))) => format!("{sink}: given up {}: {why}", from_now(*at, now)),
            (Some(at), None) => format!("{sink}: delivered {}", from_now(*at, now)),
            (None, None) => format!("{sink}: owed"),
        };
        fact("sink", &how)?;
    }
    if let Some(Texts { summary, body, .. }) = texts {
        let (field, text) = if body.trim().is_empty() { (Field::Summary, summary) } else { (Field::Body, body) };
        write!(out, "\n{}", alert::marked(text, field, &record.why, look))?;
    }
    edits(revisions, texts.as_ref(), look, now, out)?;
    if !siblings.is_empty() {
        writeln!(out, "\nthe same story, {} more:", count_of(siblings.len(), "time"))?;
        for Sibling { feed, title, url, outcome, at } in siblings {
            let url = url.as_deref().map(|url| format!("  {}", escape(url))).unwrap_or_default();
            writeln!(out, "  {:>8}  {outcome}  {} — {}{url}", from_now(*at, now), escape(feed), escape(title))?;
        }
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
        writeln!(out, "\nedited {}:", from_now(*at, now))?;
        for (old, new) in
            [(&before.title, &after.title), (&before.summary, &after.summary), (&before.body, &after.body)]
        {
            if old != new {
                writeln!(out, "{}", changed(old, new, look))?;
            }
        }
    }
    Ok(())
}

/// Words that went between `[-` and `-]`, those that came between `{+` and `+}`; on a terminal in red and green. Long
/// stretches that stayed are shortened in their middle.
fn changed(old: &str, new: &str, look: &Look) -> String {
    const CONTEXT_WORDS: usize = 12;
    let (red, green) = (anstyle::AnsiColor::Red.on_default(), anstyle::AnsiColor::Green.on_default());
    let painted = |style: anstyle::Style, text: String| match look.colour {
        true => format!("{style}{text}{style:#}"),
        false => text,
    };
    let shown = diff(&escape(old), &escape(new)).into_iter().map(|stretch| match stretch {
        Stretch::Gone(text) => painted(red, format!("[-{text}-]")),
        Stretch::Come(text) => painted(green, format!("{{+{text}+}}")),
        Stretch::Kept(text) => {
            let words: Vec<&str> = text.split(' ').collect();
            match words.len() > 2 * CONTEXT_WORDS {
                true => [&words[..CONTEXT_WORDS], &["…"], &words[words.len() - CONTEXT_WORDS..]].concat().join(" "),
                false => text,
            }
        }
    });
    format!("  {}", shown.collect::<Vec<_>>().join(" "))
}

fn for_machines(details: &AlertDetails) -> serde_json::Value {
    let AlertDetails { stored, held_by, texts, revisions, siblings, deliveries, ack } = details;
    let text =
        |texts: &Texts| serde_json::json!({ "title": texts.title, "summary": texts.summary, "body": texts.body });
    serde_json::json!({
        "record": serde_json::from_str::<serde_json::Value>(&alert::line(&stored.alert)).unwrap_or_default(),
        "outcome": stored.outcome.to_string(),
        "reason": stored.reason,
        "held_by": held_by,
        "text": texts.as_ref().map(text),
        "revisions": revisions.iter().map(|(at, texts)| serde_json::json!({ "until": at, "text": text(texts) })).collect::<Vec<_>>(),
        "story": siblings.iter().map(|sibling| serde_json::json!({
            "feed": sibling.feed, "title": sibling.title, "url": sibling.url, "outcome": sibling.outcome.to_string(), "time": sibling.at,
        })).collect::<Vec<_>>(),
        "deliveries": deliveries.iter().map(|delivery| serde_json::json!({
            "sink": delivery.sink, "delivered": delivery.delivered_at,
            "given_up": delivery.given_up.as_ref().map(|(at, _)| at), "error": delivery.given_up.as_ref().map(|(_, why)| why),
        })).collect::<Vec<_>>(),
        "ack": ack.as_ref().map(|(at, verdict, note)| serde_json::json!({ "time": at, "verdict": verdict, "note": note })),
    })
}
