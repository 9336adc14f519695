//! `feedwatch lists [NAME]`: the word lists that ship: what there is, and what one of them finds and passes over.

use std::io::Write;
use std::process::ExitCode;

use super::setup::Usage;
use crate::watch::{ShippedList, ShippedWords, shipped_list, shipped_names};

/// What `lists` is asked.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: feedwatch lists office --lang fr")]
pub struct Args {
    /// The list to show; all names if left out
    pub name: Option<String>,
    /// Only in this language
    #[arg(long, value_name = "CODE", requires = "name")]
    pub lang: Option<String>,
}

/// Prints the names of the lists, or one of them as the watch language writes it.
pub fn run(args: &Args, json: bool, mut out: impl Write) -> anyhow::Result<ExitCode> {
    let lists = match &args.name {
        Some(name) => vec![named(name, args.lang.as_deref())?],
        None => shipped_names().filter_map(shipped_list).collect(),
    };
    let is_one = args.name.is_some();
    for list in &lists {
        match (json, is_one) {
            (true, true) => writeln!(out, "{}", serde_json::to_value(list)?)?,
            (true, false) => writeln!(out, "{}", entry(list))?,
            (false, true) => write!(out, "{}", told(list))?,
            (false, false) => writeln!(out, "{:<14}{}", format!("{{{}}}", list.name), list.about)?,
        }
    }
    if !json && !is_one {
        let all = lists.first().map(languages).unwrap_or_default();
        writeln!(out, "\neach in {} languages: {}", all.len(), all.join(" "))?;
        writeln!(out, "show one with: feedwatch lists office; use it in a query: find = '{{office}} {{closing}}'")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A list by the name people type: with braces, capitals or a language behind it, too.
fn named(name: &str, lang: Option<&str>) -> Result<ShippedList, Usage> {
    let bare = name.trim().trim_start_matches('{').trim_end_matches('}').to_lowercase();
    let (bare, behind) = match shipped_list(&bare) {
        Some(_) => (bare.as_str(), None),
        None => bare.rsplit_once('.').map_or((bare.as_str(), None), |(bare, lang)| (bare, Some(lang))),
    };
    let Some(list) = shipped_list(bare) else {
        let names: Vec<_> = shipped_names().collect();
        return Err(Usage(format!("no list \"{name}\" ships; those that do are: {}", names.join(", "))));
    };
    let Some(lang) = lang.or(behind) else { return Ok(list) };
    let known = languages(&list).join(" ");
    let languages: Vec<ShippedWords> = list.languages.into_iter().filter(|words| words.lang == lang).collect();
    if languages.is_empty() {
        return Err(Usage(format!("the list {{{bare}}} does not speak \"{lang}\"; it speaks {known}")));
    }
    Ok(ShippedList { languages, ..list })
}

fn languages(list: &ShippedList) -> Vec<&'static str> {
    list.languages.iter().map(|words| words.lang).collect()
}

fn entry(list: &ShippedList) -> serde_json::Value {
    serde_json::json!({ "name": list.name, "about": list.about, "languages": languages(list) })
}

fn told(list: &ShippedList) -> String {
    let mut text = format!("{{{}}}: {}\n", list.name, list.about);
    for words in &list.languages {
        text += &format!("\n{{{}.{}}} finds\n", list.name, words.lang);
        words.finds.iter().for_each(|query| text += &format!("  {query}\n"));
        text += "passes over\n";
        words.passes_over.iter().for_each(|query| text += &format!("  {query}\n"));
        text += "for example\n";
        words.should_find.iter().for_each(|sentence| text += &format!("  finds        {sentence}\n"));
        words.should_pass_over.iter().for_each(|sentence| text += &format!("  passes over  {sentence}\n"));
    }
    text
}
