//! `feedwatch test WATCH [TEXT|-]`: would it fire, and on which words?

use std::io::{Read, Write};
use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::model::{Article, Field, Hit, KeyKind, Reason};
use crate::watch::{Scratch, WatchSet};

/// What `test` is asked.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The watch, by its name
    pub watch: String,
    /// The text to look into, its first line the title; - or nothing reads standard input
    pub text: Option<String>,
}

/// Answers; exit code 0 for a hit, 1 for none.
pub fn run(args: &Args, json: bool, watches: &WatchSet, mut out: impl Write) -> anyhow::Result<ExitCode> {
    if !watches.names().any(|name| name == args.watch) {
        let names: Vec<_> = watches.names().collect();
        bail!("there is no watch \"{}\"; the watches are: {}", args.watch, names.join(", "));
    }
    let text = match args.text.as_deref() {
        Some(text) if text != "-" => text.to_owned(),
        _ => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("cannot read the text from standard input")?;
            text
        }
    };
    let article = article(&text);
    let hits = watches.find(&article, None, &mut Scratch::default());
    let hit = hits.into_iter().find(|hit| *hit.watch == *args.watch);
    if json {
        let why = hit.as_ref().map(|hit| &hit.why);
        let score = hit.as_ref().and_then(|hit| hit.score);
        let answer = serde_json::json!({ "watch": args.watch, "hit": hit.is_some(), "why": why, "score": score });
        writeln!(out, "{answer}")?;
    } else {
        write!(out, "{}", told(&args.watch, hit.as_ref(), &article))?;
    }
    Ok(if hit.is_some() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// A text as an article: its first line is the title, the rest the body.
fn article(text: &str) -> Article {
    let (title, body) = text.trim().split_once('\n').unwrap_or((text.trim(), ""));
    Article {
        key: String::new(),
        key_kind: KeyKind::Hash,
        id: None,
        url: None,
        title: title.trim().to_owned(),
        summary: String::new(),
        body: body.trim().to_owned(),
        author: None,
        categories: Vec::new(),
        lang: None,
        published: None,
        updated: None,
        enclosures: Vec::new(),
        content_hash: 0,
    }
}

fn told(watch: &str, hit: Option<&Hit>, article: &Article) -> String {
    let Some(hit) = hit else { return format!("{watch}: no hit\n") };
    let mut text = format!("{watch}: hit\n");
    if let Some(score) = hit.score {
        text += &format!("  {} points of {}\n", score.points, score.threshold);
    }
    for line in marked_lines(article, &hit.why) {
        text += &format!("  {line}\n");
    }
    text += "why\n";
    for reason in &hit.why {
        let Reason { field, start, end, text: found, term, clause, points } = reason;
        let field = format!("{field:?}").to_lowercase();
        let points = points.map(|points| format!(", {points} points")).unwrap_or_default();
        text += &format!("  {field} {start}..{end}  {found}  is {term}  in {clause}{points}\n");
    }
    text
}

/// The lines with something found in them, the words between `[[` and `]]`.
fn marked_lines(article: &Article, why: &[Reason]) -> Vec<String> {
    let mut lines = Vec::new();
    for (field, text) in [(Field::Title, &article.title), (Field::Body, &article.body)] {
        let mut start = 0;
        for line in text.split('\n') {
            let end = start + line.len();
            let mut spans: Vec<_> =
                why.iter().filter(|reason| reason.field == field).map(|r| (r.start, r.end)).collect();
            spans.retain(|span| start <= span.0 && span.1 <= end);
            spans.sort_unstable();
            let mut marked = String::new();
            let mut at = start;
            for (first, last) in spans.into_iter().filter(|_| !line.is_empty()) {
                if first < at {
                    continue;
                }
                marked += &format!("{}[[{}]]", &text[at..first], &text[first..last]);
                at = last;
            }
            if at > start {
                lines.push(marked + &text[at..end]);
            }
            start = end + 1;
        }
    }
    lines
}
