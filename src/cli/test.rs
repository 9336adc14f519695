//! `feedwatch test WATCH [TEXT|-]`: would it fire, and on which words? `--items` asks of many labelled texts at once.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

use super::items;
use super::setup::Usage;
use crate::alert::escape;
use crate::config::nearest;
use crate::model::{Article, Field, Hit, Reason};
use crate::text::html;
use crate::watch::{ClauseVerdict, Scratch, Verdict, WatchSet};

/// What `test` is asked.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: feedwatch test \"office closure\" 'Qatar to close Hamas bureau'")]
pub struct Args {
    /// The name of the watch; with --items: all watches if left out
    #[arg(required_unless_present = "items")]
    pub watch: Option<String>,
    /// The text, its first line being the title; - or nothing: read standard input
    #[arg(conflicts_with = "items")]
    pub text: Option<String>,
    /// A file of labelled texts, one JSON object a line (title, summary, labels): print how well the watches do
    #[arg(long, value_name = "FILE")]
    pub items: Option<PathBuf>,
}

/// Answers; exit code 0 for a hit (with --items: all told rightly), 1 for none.
pub fn run(args: &Args, json: bool, watches: &WatchSet, mut out: impl Write) -> anyhow::Result<ExitCode> {
    if let Some(name) = &args.watch
        && !watches.names().any(|known| known == name)
    {
        return Err(no_watch(name, watches).into());
    }
    if let Some(file) = &args.items {
        return items::run(file, args.watch.as_deref(), json, watches, out);
    }
    let name = args.watch.as_deref().unwrap_or_default();
    let article = Article::of_text(&text(args.text.as_deref())?);
    let verdict = watches.verdict(name, &article, None, &mut Scratch::default());
    let verdict = verdict.ok_or_else(|| no_watch(name, watches))?;
    let hit = verdict.hit.as_ref();
    if json {
        let why = hit.map(|hit| &hit.why);
        let answer = serde_json::json!({
            "watch": name, "hit": hit.is_some(), "why": why, "score": verdict.score, "clauses": verdict.clauses,
            "rejected_by": verdict.rejected_by,
        });
        writeln!(out, "{answer}")?;
    } else {
        let text = hit.map_or_else(|| told_missing(name, &verdict), |hit| told(name, hit, &article));
        write!(out, "{text}")?;
    }
    Ok(if hit.is_some() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The watch that is meant: the one with this name, or the only one that has it in other capitals.
pub(super) fn watch_named<'w>(name: &str, watches: &'w WatchSet) -> Result<&'w str, Usage> {
    let lower = name.to_lowercase();
    let mut alike = watches.names().filter(|known| known.to_lowercase() == lower);
    let exact = watches.names().find(|known| *known == name);
    let only = alike.next().filter(|_| alike.next().is_none());
    exact.or(only).ok_or_else(|| no_watch(name, watches))
}

/// The name is of no watch: these would be.
pub(super) fn no_watch(name: &str, watches: &WatchSet) -> Usage {
    let names: Vec<_> = watches.names().collect();
    let meant = nearest(name, &names).map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default();
    let all = if names.len() <= NAMES_MOST {
        names.join(", ")
    } else {
        format!("{}, and {} more", names[..NAMES_MOST].join(", "), names.len() - NAMES_MOST)
    };
    let are = if meant.is_empty() { "; the watches are" } else { " The watches are" };
    Usage(format!("there is no watch \"{name}\"{meant}{are}: {all}"))
}

/// So many watches are named where one is not known.
const NAMES_MOST: usize = 50;

/// The text as a feed's text would come out: entities decoded, tags gone.
fn text(given: Option<&str>) -> anyhow::Result<String> {
    let text = match given {
        Some(text) if text != "-" => text.to_owned(),
        _ => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("cannot read the text from standard input")?;
            text
        }
    };
    let (title, body) = text.trim().split_once('\n').unwrap_or((text.trim(), ""));
    Ok(format!("{}\n{}", html::title_to_text(title), html::plain_to_text(body)))
}

/// Why not: what each clause lacks.
pub(super) fn told_missing(watch: &str, verdict: &Verdict) -> String {
    let mut text = format!("{watch}: no hit\n");
    if let Some(score) = verdict.score {
        text += &format!("  {} points of {}\n", score.points, score.threshold);
    }
    if let Some(rejected_by) = &verdict.rejected_by {
        text += &format!("  the article is rejected by {rejected_by}\n");
    }
    for ClauseVerdict { clause, fulfilled, found, ignored } in &verdict.clauses {
        let state = if *fulfilled { "fulfilled" } else { "not fulfilled" };
        text += &format!("  {clause}\n    {state}; found {}\n", escape(&found.join(", ")));
        if !ignored.is_empty() {
            text += &format!("    of these do not count, as ignore holds them: {}\n", escape(&ignored.join(", ")));
        }
    }
    match (verdict.untouched, verdict.clauses.is_empty()) {
        (0, _) => text,
        (_, true) => text + "  none of its words was found\n",
        (others, false) => text + &format!("  and of {others} more no word was found\n"),
    }
}

/// Why: the words marked in their lines, and each with its clause.
pub(super) fn told(watch: &str, hit: &Hit, article: &Article) -> String {
    let mut text = format!("{watch}: hit\n");
    if let Some(score) = hit.score {
        text += &format!("  {} points of {}\n", score.points, score.threshold);
    }
    for line in marked_lines(article, &hit.why) {
        text += &format!("  {}\n", escape(&line));
    }
    text += "why\n";
    for reason in &hit.why {
        let Reason { field, start, end, text: found, term, clause, points } = reason;
        let field = format!("{field:?}").to_lowercase();
        let points = points.map(|points| format!(", {points} points")).unwrap_or_default();
        text += &format!("  {field} {start}..{end}  {}  is {term}  in {clause}{points}\n", escape(found));
    }
    text
}

/// The lines with something found in them, the words between `[[` and `]]`.
fn marked_lines(article: &Article, why: &[Reason]) -> Vec<String> {
    let mut lines = Vec::new();
    for (field, text) in [(Field::Title, &article.title), (Field::Body, &article.body)] {
        let spans = why.iter().filter(|reason| reason.field == field).map(|reason| (reason.start, reason.end));
        let spans: Vec<_> = spans.collect();
        let mut start = 0;
        for line in text.split('\n') {
            let end = start + line.len();
            let inside = spans.iter().filter(|(first, last)| start <= *first && *last <= end);
            lines.extend(marked(text, start, end, inside));
            start = end + 1;
        }
    }
    lines
}

/// The text between two bytes with its spans marked; none when it has none.
fn marked<'s>(text: &str, start: usize, end: usize, spans: impl Iterator<Item = &'s (usize, usize)>) -> Option<String> {
    let mut line = String::new();
    let mut at = start;
    for (first, last) in spans {
        if *first < at {
            continue;
        }
        line += &format!("{}[[{}]]", &text[at..*first], &text[*first..*last]);
        at = *last;
    }
    (!line.is_empty()).then(|| line + &text[at..end])
}
