//! How well watches tell labelled texts apart: precision, recall and F1, and every item that was told wrongly.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use serde::Deserialize;

use crate::alert::escape;
use crate::config::count_of;
use crate::model::Article;
use crate::text::html;
use crate::watch::{Scratch, WatchSet};

/// A labelled text, as a feed would carry it: HTML and entities included.
#[derive(Debug, Deserialize)]
struct Item {
    #[serde(default)]
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    summary: String,
    /// What it is about: names of watches, blanks or underscores between their words; or `none`.
    labels: Vec<String>,
}

/// The label of a text that is about nothing that is watched.
const NONE: &str = "none";

/// How one watch did.
#[derive(Debug, Default)]
struct Tally {
    right: usize,
    false_hits: Vec<String>,
    missed: Vec<String>,
}

/// Prints the tally of each watch (or of one); exit code 0 when none was wrong.
pub(super) fn run(
    file: &Path,
    only: Option<&str>,
    json: bool,
    watches: &WatchSet,
    mut out: impl Write,
) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let names: Vec<&str> = watches.names().filter(|name| only.is_none_or(|only| only == *name)).collect();
    let mut tallies: Vec<Tally> = names.iter().map(|_| Tally::default()).collect();
    let mut scratch = Scratch::default();
    let mut strange = BTreeMap::<String, usize>::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let item: Item = serde_json::from_str(line).with_context(|| {
            format!("{}:{}: not an item with title, summary and labels", file.display(), number + 1)
        })?;
        for label in
            item.labels.iter().filter(|label| *label != NONE && !watches.names().any(|name| is_name(label, name)))
        {
            *strange.entry(label.clone()).or_default() += 1;
        }
        let hits = watches.find(&item.article(), None, &mut scratch);
        for (name, tally) in names.iter().zip(&mut tallies) {
            let hit = hits.iter().find(|hit| *hit.watch == **name);
            match (hit, item.is_about(name)) {
                (Some(_), true) => tally.right += 1,
                (Some(hit), false) => {
                    let words: Vec<_> = hit.why.iter().map(|reason| reason.text.as_str()).collect();
                    tally.false_hits.push(format!("{}  {}  [{}]", item.id, item.title, words.join(", ")));
                }
                (None, true) => tally.missed.push(format!("{}  {}", item.id, item.title)),
                (None, false) => {}
            }
        }
    }
    for (label, count) in strange {
        let (label, items) = (escape(&label), count_of(count, "item"));
        let all: Vec<&str> = watches.names().collect();
        say!("no watch is named \"{label}\", the label of {items}; the watches are {}", all.join(", "));
    }
    for (name, tally) in names.iter().zip(&tallies) {
        let text = if json { format!("{}\n", tally.to_json(name)) } else { tally.told(name) };
        write!(out, "{text}")?;
    }
    let all_right = tallies.iter().all(|tally| tally.false_hits.is_empty() && tally.missed.is_empty());
    Ok(if all_right { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

impl Item {
    fn article(&self) -> Article {
        let title = html::title_to_text(&self.title);
        Article { title, summary: html::to_text(&self.summary), ..Article::of_text("") }
    }

    fn is_about(&self, watch: &str) -> bool {
        self.labels.iter().any(|label| is_name(label, watch))
    }
}

fn is_name(label: &str, watch: &str) -> bool {
    label.replace('_', " ") == watch.replace('_', " ")
}

impl Tally {
    fn precision(&self) -> f64 {
        ratio(self.right, self.right + self.false_hits.len())
    }

    fn recall(&self) -> f64 {
        ratio(self.right, self.right + self.missed.len())
    }

    fn f1(&self) -> f64 {
        ratio(2 * self.right, 2 * self.right + self.false_hits.len() + self.missed.len())
    }

    fn told(&self, name: &str) -> String {
        let mut text = format!(
            "{name}: F1 {:.2}, precision {:.2}, recall {:.2} ({} right, {} false, {} missed)\n",
            self.f1(),
            self.precision(),
            self.recall(),
            self.right,
            self.false_hits.len(),
            self.missed.len()
        );
        self.false_hits.iter().for_each(|item| text += &format!("  false   {}\n", escape(item)));
        self.missed.iter().for_each(|item| text += &format!("  missed  {}\n", escape(item)));
        text
    }

    fn to_json(&self, name: &str) -> serde_json::Value {
        serde_json::json!({
            "watch": name, "f1": self.f1(), "precision": self.precision(), "recall": self.recall(), "right": self.right,
            "false": self.false_hits, "missed": self.missed,
        })
    }
}

/// A part of a whole; all of nothing is all.
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}
