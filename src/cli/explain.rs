//! `feedwatch explain WATCH`: how a watch was understood, in brackets and word forms.

use std::io::Write;
use std::process::ExitCode;

use super::test::no_watch;
use crate::watch::{Cost, Explanation, WatchSet};

/// What `explain` is asked.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: feedwatch explain \"office closure\"")]
pub struct Args {
    /// The watch, by its name
    pub watch: String,
}

/// Prints what the watch set knows of the watch.
pub fn run(args: &Args, json: bool, watches: &WatchSet, mut out: impl Write) -> anyhow::Result<ExitCode> {
    let explanation = watches.explain(&args.watch).ok_or_else(|| no_watch(&args.watch, watches))?;
    if json {
        writeln!(out, "{}", serde_json::to_string(&explanation)?)?;
    } else {
        write!(out, "{}", told(&explanation))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn told(explanation: &Explanation) -> String {
    let mut text = format!("{} (revision {})\n", explanation.watch, explanation.revision);
    if !explanation.finds.is_empty() {
        text += "\nfires on any of\n";
    }
    for clause in &explanation.finds {
        text += &format!("  {}\n", clause.text);
        let cost = match clause.cost {
            Cost::Low => continue,
            Cost::Medium => "medium: woken by a pattern, or by common words that must meet",
            Cost::High => "high: woken by words that nearly every article holds",
        };
        text += &format!("      cost {cost} ({})\n", clause.woken_by.join(", "));
    }
    if let Some(threshold) = explanation.threshold {
        text += &format!("\nfires at {threshold} points\n");
    }
    for line in &explanation.scores {
        let most = line.at_most.map(|most| format!(" a mention, {most} at most")).unwrap_or_default();
        text += &format!("  {:+}{most}  {}\n", line.points, line.text);
    }
    if let Some(rejects) = &explanation.rejects {
        text += &format!("\nnever on an article with\n  {rejects}\n");
    }
    if !explanation.ignores.is_empty() {
        text += &format!("\ndoes not see\n  {}\n", explanation.ignores.join("\n  "));
    }
    if !explanation.lists.is_empty() {
        text += "\nlists\n";
    }
    for (name, list) in &explanation.lists {
        text += &format!("  {{{name}}} = {list}\n");
    }
    text += "\nwords, as they are compared: without case and accents\n";
    for term in &explanation.terms {
        let and = term.and.as_ref().map(|and| if term.forms.is_empty() { and.clone() } else { format!("; {and}") });
        text += &format!("  {}: {}{}\n", term.term, term.forms.join(" "), and.unwrap_or_default());
    }
    text
}
