//! `feedwatch test [WATCH] [TEXT|-]`: would it fire, and on which words? `--items` asks of many labelled texts at once.

use std::collections::BTreeSet;
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
use crate::watch::{ClauseVerdict, PassedOver, Scratch, Verdict, WatchSet};
use crate::words::count_of;

/// What `test` is asked.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "feedwatch test [OPTIONS] [WATCH] [TEXT|-]",
    after_help = "Examples:\n  feedwatch test \"office closure\" 'Qatar to close Hamas bureau'\n  \
                        feedwatch test 'Qatar to close Hamas bureau'"
)]
pub struct Args {
    /// The name of the watch; all watches if left out
    #[arg(required_unless_present = "items")]
    pub watch: Option<String>,
    /// The text, with the title on its first line; `-`, or no TEXT after a watch name, reads standard input
    #[arg(conflicts_with = "items")]
    pub text: Option<String>,
    /// Texts with labels, one JSON object a line (title, summary, language, labels): print how well the watches tell them apart; - reads standard input
    #[arg(long, value_name = "FILE")]
    pub items: Option<PathBuf>,
}

/// Clauses told of a watch that did not fire: those that came nearest.
const NEAREST_TOLD: usize = 2;

/// Answers; exit code 0 for a hit (with --items: all told rightly), 1 for none.
pub fn run(args: &Args, json: bool, watches: &WatchSet, mut out: impl Write) -> anyhow::Result<ExitCode> {
    if let Some(file) = &args.items {
        let only = args.watch.as_deref().map(|name| watch_named(name, watches)).transpose()?;
        return items::run(file, only, json, watches, out);
    }
    let (only, given) = asked(args, watches)?;
    let article = Article::of_text(&text(given)?);
    let mut scratch = Scratch::default();
    let mut fires = false;
    for name in watches.names().filter(|name| only.is_none_or(|only| only == *name)) {
        let verdict = watches.verdict(name, &article, None, &mut scratch);
        let verdict = verdict.expect("the set knows its own names");
        let hit = verdict.hit.as_ref();
        fires |= hit.is_some();
        if json {
            let why = hit.map(|hit| &hit.why);
            let answer = serde_json::json!({
                "watch": name, "hit": hit.is_some(), "why": why, "score": verdict.score, "clauses": verdict.clauses,
                "rejected_by": verdict.rejected_by,
            });
            writeln!(out, "{answer}")?;
        } else {
            let text = match (only, hit) {
                (Some(_), Some(hit)) => told(name, hit, &article),
                (Some(_), None) => told_missing(name, &verdict),
                (None, _) => told_in_a_line(name, hit),
            };
            write!(out, "{text}")?;
        }
    }
    Ok(if fires { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The watch that is asked, all when none, and the text. One argument is a name, or else the text.
fn asked<'a>(args: &'a Args, watches: &'a WatchSet) -> anyhow::Result<(Option<&'a str>, Option<&'a str>)> {
    let first = args.watch.as_deref().unwrap_or_default();
    match args.text.as_deref() {
        Some(text) => Ok((Some(watch_named(first, watches)?), Some(text))),
        None if find(first, watches).is_some() => Ok((Some(watch_named(first, watches)?), None)),
        // Nearly a name: whoever misspelt it should not be told that the name is no hit.
        None if nearest(first, &watches.names().collect::<Vec<_>>()).is_some() => Err(no_watch(first, watches).into()),
        None => Ok((None, Some(first))),
    }
}

/// A watch in one line.
fn told_in_a_line(name: &str, hit: Option<&Hit>) -> String {
    match hit {
        Some(hit) => {
            let words: Vec<_> = once(hit.why.iter().map(|reason| reason.text.as_str()));
            format!("{name}: hit by {}\n", escape(&words.join(", ")))
        }
        None => format!("{name}: no hit\n"),
    }
}

/// Each of some texts once, in their order.
pub(super) fn once<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let mut seen = BTreeSet::new();
    texts.filter(|text| seen.insert(*text)).collect()
}

/// The watch of a name: the one with this name, or the only one that has it in other capitals or with underscores.
fn find<'w>(name: &str, watches: &'w WatchSet) -> Option<&'w str> {
    let plain = |name: &str| name.to_lowercase().replace('_', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    let wanted = plain(name);
    let mut alike = watches.names().filter(|known| plain(known) == wanted);
    let exact = watches.names().find(|known| *known == name);
    exact.or_else(|| alike.next().filter(|_| alike.next().is_none()))
}

/// The watch that is meant; or the mistake, with the name that may have been meant.
pub(super) fn watch_named<'w>(name: &str, watches: &'w WatchSet) -> Result<&'w str, Usage> {
    find(name, watches).ok_or_else(|| no_watch(name, watches))
}

/// The name is of no watch: these would be.
fn no_watch(name: &str, watches: &WatchSet) -> Usage {
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
    let mut nearest = NEAREST_TOLD;
    let mut less_near = 0;
    for ClauseVerdict { clause, fulfilled, found, ignored, passed_over, missing, .. } in &verdict.clauses {
        if !*fulfilled && nearest == 0 {
            less_near += 1;
            continue;
        }
        nearest -= usize::from(!*fulfilled);
        text += &format!("  {clause}\n    found {}", escape(&found.join(", ")));
        text += &match missing {
            Some(missing) => format!("; {}\n", escape(missing)),
            None => "; fulfilled\n".to_owned(),
        };
        if !ignored.is_empty() {
            text += &format!("    of these do not count, as ignore holds them: {}\n", escape(&ignored.join(", ")));
        }
        for PassedOver { word, list, by } in passed_over {
            text += &format!("    {} does not count: the list {list} passes it over: {by}\n", escape(word));
        }
    }
    if less_near > 0 {
        text += &format!("  {} came less near\n", count_of(less_near, "more clause"));
    }
    match (verdict.untouched, verdict.clauses.is_empty()) {
        (0, _) => text,
        (_, true) => text + "  none of its words was found\n",
        (others, false) => {
            let its = if others == 1 { "its" } else { "their" };
            text + &format!("  {}: none of {its} words found\n", count_of(others, "other clause"))
        }
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
        let place =
            text_of(article, reason.field).and_then(|text| in_characters(text, *start, *end)).unwrap_or_default();
        text += &format!("  {field}{place}  {}  is {term}  in {clause}{points}\n", escape(found));
    }
    text
}

/// A text of an article that positions can be counted in.
fn text_of(article: &Article, field: Field) -> Option<&str> {
    match field {
        Field::Title => Some(&article.title),
        Field::Summary => Some(&article.summary),
        Field::Body => Some(&article.body),
        _ => None,
    }
}

/// Bytes of a text as people count: the characters before the first one and before the one behind the last.
fn in_characters(text: &str, start: usize, end: usize) -> Option<String> {
    let before = text.get(..start)?.chars().count();
    let length = text.get(start..end)?.chars().count();
    Some(format!(" {before}..{}", before + length))
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
