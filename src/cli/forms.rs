//! `feedwatch forms WORD`: what one word stands for, without a watch around it.

use std::io::Write;
use std::process::ExitCode;

use super::setup::Usage;
use crate::alert::{escape, escape_json};
use crate::watch::word_forms;

/// What `forms` is asked.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  feedwatch forms cerrar --lang es\n  feedwatch forms =cerrar --lang es")]
pub struct Args {
    /// The word or phrase, as in a query
    pub word: String,
    /// The language of the word, ISO 639-1
    #[arg(long, value_name = "CODE", default_value = "en")]
    pub lang: String,
}

/// Prints the forms of each word.
pub fn run(args: &Args, json: bool, mut out: impl Write) -> anyhow::Result<ExitCode> {
    let terms = word_forms(&args.word, &args.lang).map_err(|fault| {
        let hint = fault.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        Usage(format!("{}{hint}", fault.message))
    })?;
    for term in &terms {
        if json {
            let mut answer = serde_json::json!({
                "word": term.term, "lang": args.lang, "forms": term.forms, "and": term.and,
            });
            escape_json(&mut answer);
            writeln!(out, "{answer}")?;
            continue;
        }
        let count = term.forms.len();
        let forms = if count == 1 { "1 form".to_owned() } else { format!("{count} forms") };
        writeln!(
            out,
            "{} ({}): {forms}, as they are compared: without case and accents",
            escape(&term.term),
            args.lang
        )?;
        if count > 0 {
            writeln!(out, "  {}", escape(&term.forms.join(" ")))?;
        }
        if let Some(and) = &term.and {
            writeln!(out, "  and {}", escape(and))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
