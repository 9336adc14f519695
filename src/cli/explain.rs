//! `feedwatch explain WATCH`: how a watch was understood, in brackets and word forms, what it met of late, and what that was
//! worth.

use std::collections::BTreeSet;
use std::io::Write;
use std::ops::ControlFlow;
use std::process::ExitCode;

use super::Exit;
use super::find::{self, Found};
use super::signals::Interruption;
use super::test::watch_named;
use crate::alert::{escape_json, escape_lines};
use crate::clock::{Clock, DAY, Timestamp, earlier};
use crate::config::Config;
use crate::store::{Archived, Extent, Store, Verdicts, Worth};
use crate::watch::{Cost, ExplainedTerm, Explanation, Scratch, Tally};
use crate::words::count_of;

/// What `explain` is asked.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: feedwatch explain \"office closure\"")]
pub struct Args {
    /// The watch, by its name
    pub watch: String,
    /// Also show the newest of the articles that are counted as hits, at most this many
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub hits: usize,
    /// Also the words of the built-in lists, in all languages
    #[arg(long)]
    pub full: bool,
    /// Also the words of the built-in lists, in this language
    #[arg(long, value_name = "CODE", conflicts_with = "full")]
    pub lang: Option<String>,
}

impl Args {
    /// Whether the words of a built-in list in a language are shown.
    fn shows(&self, lang: &str) -> bool {
        self.full || self.lang.as_deref() == Some(lang)
    }

    /// Whether a term is shown: what the watch has itself, and the words of the lists that are asked for.
    fn shows_term(&self, term: &ExplainedTerm) -> bool {
        term.is_own || term.lists.iter().any(|(_, lang)| self.shows(lang))
    }
}

/// How far back the stored articles are counted: a month.
const COUNTED_DAYS: u32 = 30;

/// The forms of a word that are shown with their counts.
const FORMS_SHOWN: usize = 12;

/// What the watch would have met of late, and what it told.
#[derive(Default)]
struct OfLate {
    /// None when nothing is stored of that time.
    tally: Option<Tally>,
    worth: Worth,
    /// Ctrl-C came: how far back the count reaches.
    stopped_at: Option<Timestamp>,
    /// The newest hits, as they are shown.
    hits: String,
}

/// Prints what the watch set knows of the watch, and what the watch would have met in the articles that are stored.
pub fn run(args: &Args, json: bool, config: &Config, mut out: impl Write) -> anyhow::Result<ExitCode> {
    let name = watch_named(&args.watch, &config.watches)?;
    let explanation = config.watches.explain(name).expect("the set knows its own names");
    // Counting takes its time where much is stored; the rest is known at once.
    if !json {
        write!(out, "{}", escape_lines(&told(&explanation, args)))?;
        out.flush()?;
    }
    let OfLate { tally, worth, stopped_at, hits } = of_late(name, args.hits, json, config)?;
    if json {
        let mut answer = serde_json::to_value(&explanation)?;
        answer["stored"] = serde_json::to_value(&tally)?;
        answer["told"] = worth_for_machines(&worth);
        if args.hits > 0 {
            let hits = hits.lines().map(serde_json::from_str).collect::<Result<Vec<serde_json::Value>, _>>()?;
            answer["hits"] = hits.into();
        }
        if let Some(at) = stopped_at {
            answer["stopped_at"] = serde_json::to_value(at)?;
        }
        escape_json(&mut answer);
        writeln!(out, "{answer}")?;
    } else {
        let tally = tally.as_ref().map(|tally| told_tally(tally, stopped_at, &explanation, args)).unwrap_or_default();
        write!(out, "{}", escape_lines(&tally))?;
        if !hits.is_empty() {
            write!(out, "\nthe newest of them\n{hits}")?;
        }
        write!(out, "{}", escape_lines(&told_worth(&worth)))?;
    }
    Ok(if stopped_at.is_some() { Exit::Interrupted } else { Exit::Done }.into())
}

fn of_late(watch: &str, hits_shown: usize, json: bool, config: &Config) -> anyhow::Result<OfLate> {
    let Some(mut count) = config.watches.count(watch).filter(|_| config.store.exists()) else {
        return Ok(OfLate::default());
    };
    let interruption = Interruption::listen()?;
    let since = earlier(Clock::System.now(), DAY.saturating_mul(COUNTED_DAYS));
    let store = Store::open_to_read(&config.store)?;
    let with_labels = config.watches.uses_labels();
    let mut archive = store.archive(Extent { since: Some(since), with_labels, with_hits: false })?;
    let number = config.watches.names().position(|name| name == watch);
    let (mut scratch, mut found) = (Scratch::default(), Vec::new());
    let mut add = |archived: Archived<'_>| {
        count.add(archived.article, archived.feed);
        if found.len() < hits_shown {
            let fired = config.watches.decide(archived.article, archived.feed, &mut scratch);
            let place = fired.iter().position(|fired| Some(*fired as usize) == number);
            let hit = place
                .map(|place| config.watches.hits(archived.article, archived.feed, &mut scratch).swap_remove(place));
            found.extend(hit.map(|hit| Found::of(&archived, hit)));
        }
        if interruption.came() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    while !interruption.came() && archive.read(&mut add)? {}
    let stopped_at = archive.back_to().filter(|_| interruption.came());
    let mut hits = Vec::new();
    find::show(&found, &mut archive, json, &mut hits)?;
    let hits = String::from_utf8_lossy(&hits).into_owned();
    let tally = Some(count.done()).filter(|tally| tally.articles > 0);
    Ok(OfLate { tally, worth: store.worth(watch, since)?, stopped_at, hits })
}

/// What was told and what people said of it with `ack`: which terms bring noise.
fn told_worth(worth: &Worth) -> String {
    let Worth { alerts, stories, judged, terms } = worth;
    if *alerts == 0 {
        return String::new();
    }
    let (alerts, stories) = (count_of(*alerts as usize, "alert"), count_of(*stories as usize, "story"));
    let mut text = format!("\ntold in the last {COUNTED_DAYS} days\n  {alerts} of {stories}\n");
    if terms.is_empty() {
        return text + "  none was judged: `feedwatch ack ID --verdict useful` or `noise`\n";
    }
    let row = |Verdicts { useful, noise }: Verdicts, name: &str| {
        format!("  {useful:>6}  {noise:>5}  {:>6} %  {name}\n", 100 * noise / (useful + noise).max(1))
    };
    text += "\n  useful  noise     noise  judged alerts, by the terms found in them\n";
    terms.iter().for_each(|(term, verdicts)| text += &row(*verdicts, term));
    text + &row(*judged, "in all")
}

fn worth_for_machines(worth: &Worth) -> serde_json::Value {
    let Worth { alerts, stories, judged, terms } = worth;
    let verdicts = |Verdicts { useful, noise }: Verdicts| serde_json::json!({ "useful": useful, "noise": noise });
    let terms: serde_json::Map<_, _> = terms.iter().map(|(term, of)| (term.clone(), verdicts(*of))).collect();
    serde_json::json!({ "alerts": alerts, "stories": stories, "judged": verdicts(*judged), "terms": terms })
}

fn told_tally(tally: &Tally, stopped_at: Option<Timestamp>, explanation: &Explanation, args: &Args) -> String {
    let Tally { articles, hits, rejected, clauses, words } = tally;
    let of = match stopped_at {
        None => format!("of the last {COUNTED_DAYS} days"),
        Some(at) => format!("back to {at:.0}, where Ctrl-C stopped the count"),
    };
    let mut text = format!("\nin {} {of}\n", count_of(*articles, "article"));
    text += &format!("  {}", count_of(*hits, "hit"));
    if *rejected > 0 {
        text += &format!("; {rejected} more were rejected");
    }
    text += "\n";
    for (clause, articles) in clauses {
        text += &format!("  {articles:>6}  {clause}\n");
    }
    text += "\nhow often its words were met there\n";
    // Of the words of lists that are not shown, those that were met.
    let listed = explanation.terms.iter().filter(|term| !args.shows_term(term)).map(|term| term.term.as_str());
    let listed: BTreeSet<_> = listed.collect();
    for (word, met) in words.iter().filter(|(word, met)| !met.is_empty() || !listed.contains(word.as_str())) {
        let shown = met.iter().take(FORMS_SHOWN).map(|(form, times)| format!("{form} {times}"));
        let mut shown = shown.collect::<Vec<_>>().join(", ");
        if met.len() > FORMS_SHOWN {
            shown += &format!(", and {} more", count_of(met.len() - FORMS_SHOWN, "form"));
        }
        text += &format!("  {word}: {}\n", if met.is_empty() { "never" } else { &shown });
    }
    text
}

/// The first of some words, and how many more there are.
fn few(words: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = words.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match words.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The lists that a watch uses: those of the files as they stand, built-in ones by name unless they are asked for.
fn told_lists(explanation: &Explanation, args: &Args) -> String {
    let mut text = String::new();
    let shipped: BTreeSet<_> = explanation.terms.iter().flat_map(|term| &term.lists).collect();
    let names: BTreeSet<_> = shipped.iter().map(|(name, _)| *name).collect();
    for (name, list) in &explanation.lists {
        let of_shipped = shipped.iter().find(|(shipped, lang)| format!("{shipped}.{lang}") == *name);
        if of_shipped.is_none_or(|(_, lang)| args.shows(lang)) {
            text += &format!("  {{{name}}} = {list}\n");
        }
    }
    for name in names {
        let words = explanation.terms.iter().filter(|term| term.lists.iter().any(|(list, _)| *list == name)).count();
        let languages = shipped.iter().filter(|(list, _)| *list == name).count();
        let (words, languages) = (count_of(words, "word"), count_of(languages, "language"));
        text += &format!("  {{{name}}} ships: {words} in {languages}; --lang fr shows those of one, --full all\n");
    }
    text
}

fn told(explanation: &Explanation, args: &Args) -> String {
    let mut text = format!("{} (revision {})\n", explanation.watch, explanation.revision);
    if !explanation.finds.is_empty() {
        text += "\nfires on any of\n";
    }
    for clause in &explanation.finds {
        text += &format!("  {}\n", clause.text);
        let dear = few(&clause.dear);
        text += &match clause.cost {
            Cost::Low => continue,
            Cost::Medium => format!(
                "      costs a little: many articles are looked at closer for {dear}; more letters before a * help\n"
            ),
            Cost::High => format!(
                "      costs most: nearly every article has {dear}; join it to a rarer word by NEAR/5, or fix its form with =\n"
            ),
        };
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
    text += &told_lists(explanation, args);
    let shown: Vec<_> = explanation.terms.iter().filter(|term| args.shows_term(term)).collect();
    if shown.is_empty() {
        return text;
    }
    text += "\nwords, as they are compared: without case and accents\n";
    for term in shown {
        let and = term.and.as_ref().map(|and| if term.forms.is_empty() { and.clone() } else { format!("; {and}") });
        text += &format!("  {}: {}{}\n", term.term, term.forms.join(" "), and.unwrap_or_default());
    }
    text
}
