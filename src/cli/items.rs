//! How well watches tell labelled texts apart: precision, recall and F1, and every item that was told wrongly.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use serde::Deserialize;

use super::test::once;
use crate::alert::escape;
use crate::model::{Article, Hit};
use crate::text::html;
use crate::watch::{Scratch, WatchSet};
use crate::words::count_of;

/// A labelled text, as a feed would carry it: HTML and entities included.
#[derive(Debug, Deserialize)]
struct Item {
    #[serde(default)]
    id: Id,
    #[serde(default)]
    title: String,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    body: String,
    /// Of a stored article, as `articles --json` tells it: its texts are no HTML any more.
    #[serde(default)]
    first_seen: Option<String>,
    /// The language it is in, by which the results are told.
    #[serde(default, alias = "lang")]
    language: Option<String>,
    /// What it is about: names of watches, blanks or underscores between their words; or `none`. Of a stored article, the
    /// watches that found something in it.
    #[serde(alias = "watches")]
    labels: Vec<String>,
}

/// What an item is called.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Id {
    Name(String),
    Number(i64),
}

impl Default for Id {
    fn default() -> Id {
        Id::Name(String::new())
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Id::Name(name) => f.write_str(name),
            Id::Number(number) => write!(f, "{number}"),
        }
    }
}

/// The label of a text that is about nothing that is watched.
const NONE: &str = "none";

/// How one watch did.
#[derive(Debug, Default)]
struct Tally {
    all: Counts,
    /// By the language of the items, where they tell it.
    languages: BTreeMap<String, Counts>,
    /// By clause: how many items it found rightly and wrongly.
    clauses: BTreeMap<String, Counts>,
    false_hits: Vec<String>,
    missed: Vec<String>,
}

/// Items told rightly and wrongly.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    right: usize,
    wrong: usize,
    missed: usize,
}

/// Prints the tally of each watch (or of one); exit code 0 when none was wrong.
pub(super) fn run(
    file: &Path,
    only: Option<&str>,
    json: bool,
    watches: &WatchSet,
    mut out: impl Write,
) -> anyhow::Result<ExitCode> {
    let text = match file == Path::new("-") {
        true => std::io::read_to_string(std::io::stdin()),
        false => std::fs::read_to_string(file),
    };
    let text = text.with_context(|| format!("cannot read {}", file.display()))?;
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
            tally.count(&item, hits.iter().find(|hit| *hit.watch == **name), item.is_about(name));
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
        let (title, summary, body) = match self.first_seen {
            Some(_) => (self.title.clone(), self.summary.clone(), self.body.clone()),
            None => (html::title_to_text(&self.title), html::to_text(&self.summary), html::to_text(&self.body)),
        };
        Article { title, summary, body, ..Article::of_text("") }
    }

    fn is_about(&self, watch: &str) -> bool {
        self.labels.iter().any(|label| is_name(label, watch))
    }
}

fn is_name(label: &str, watch: &str) -> bool {
    label.replace('_', " ") == watch.replace('_', " ")
}

impl Tally {
    fn count(&mut self, item: &Item, hit: Option<&Hit>, is_about: bool) {
        let note = |counts: &mut Counts| match (hit.is_some(), is_about) {
            (true, true) => counts.right += 1,
            (true, false) => counts.wrong += 1,
            (false, true) => counts.missed += 1,
            (false, false) => {}
        };
        note(&mut self.all);
        if let Some(language) = &item.language {
            note(self.languages.entry(language.clone()).or_default());
        }
        let clauses: BTreeSet<&str> =
            hit.iter().flat_map(|hit| &hit.why).map(|reason| reason.clause.as_str()).collect();
        clauses.into_iter().for_each(|clause| note(self.clauses.entry(clause.to_owned()).or_default()));
        match hit {
            Some(hit) if !is_about => {
                let words = once(hit.why.iter().map(|reason| reason.text.as_str()));
                self.false_hits.push(format!("{}  {}  [{}]", item.id, item.title, words.join(", ")));
            }
            None if is_about => self.missed.push(format!("{}  {}", item.id, item.title)),
            _ => {}
        }
    }

    fn told(&self, name: &str) -> String {
        let mut text = format!("{name}: {}\n", self.all);
        if self.languages.len() > 1 {
            for (language, counts) in self.languages.iter().filter(|(_, counts)| !counts.are_none()) {
                text += &format!("  in {}  {counts}\n", escape(language));
            }
        }
        // What finds nothing wrongly needs no look.
        let mut clauses: Vec<_> = self.clauses.iter().filter(|(_, counts)| counts.wrong > 0).collect();
        clauses.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.wrong));
        for (clause, Counts { right, wrong, .. }) in clauses {
            text += &format!("  by {}  {right} right, {wrong} false\n", escape(clause));
        }
        self.false_hits.iter().for_each(|item| text += &format!("  false   {}\n", escape(item)));
        self.missed.iter().for_each(|item| text += &format!("  missed  {}\n", escape(item)));
        text
    }

    fn to_json(&self, name: &str) -> serde_json::Value {
        let all = |counts: &BTreeMap<String, Counts>| -> serde_json::Map<_, _> {
            counts.iter().map(|(name, counts)| (name.clone(), counts.to_json())).collect()
        };
        serde_json::json!({
            "watch": name, "f1": self.all.f1(), "precision": self.all.precision(), "recall": self.all.recall(),
            "right": self.all.right, "false": self.false_hits, "missed": self.missed,
            "languages": all(&self.languages), "clauses": all(&self.clauses),
        })
    }
}

impl Counts {
    fn are_none(self) -> bool {
        self.right + self.wrong + self.missed == 0
    }

    /// The share of its hits that are right; none without hits.
    fn precision(self) -> Option<f64> {
        ratio(self.right, self.right + self.wrong)
    }

    /// The share of the labelled items that it finds; none where none is labelled.
    fn recall(self) -> Option<f64> {
        ratio(self.right, self.right + self.missed)
    }

    fn f1(self) -> Option<f64> {
        self.recall()?;
        ratio(2 * self.right, 2 * self.right + self.wrong + self.missed)
    }

    fn to_json(self) -> serde_json::Value {
        let Counts { right, wrong, missed } = self;
        serde_json::json!({ "f1": self.f1(), "right": right, "false": wrong, "missed": missed })
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Counts { right, wrong, missed } = self;
        match (self.f1(), self.recall()) {
            (Some(f1), Some(recall)) => {
                write!(f, "F1 {f1:.2}, ")?;
                if let Some(precision) = self.precision() {
                    write!(f, "precision {precision:.2}, ")?;
                }
                write!(f, "recall {recall:.2} ({right} right, {wrong} false, {missed} missed)")
            }
            _ if *wrong == 0 => write!(f, "nothing is labelled so, and nothing was found"),
            _ => write!(f, "nothing is labelled so; {wrong} found all the same"),
        }
    }
}

/// A part of a whole, if there is one.
fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
