//! `feedwatch import-query 'QUERY'`: a query of a professional service, put into the watch language, each change told.

use std::io::Write;
use std::process::ExitCode;

use crate::watch::{Change, Dialect, Imported, import};

/// What `import-query` is asked.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: feedwatch import-query 'hd=(hamas w/8 offic!) and clos!'")]
pub struct Args {
    /// The query as pasted
    pub query: String,
    /// The service it comes from; w/5 means "in this order" in Factiva only
    #[arg(long, value_enum, default_value = "nexis")]
    pub from: From,
}

/// A service.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum From {
    /// Nexis, and most others
    Nexis,
    /// Factiva
    Factiva,
}

/// Prints the query and what was changed; exit code 1 when something has no counterpart.
pub fn run(args: &Args, json: bool, mut out: impl Write) -> anyhow::Result<ExitCode> {
    let dialect = match args.from {
        From::Nexis => Dialect::Nexis,
        From::Factiva => Dialect::Factiva,
    };
    let Imported { query, changes, problems } = import(&args.query, dialect);
    if json {
        writeln!(out, "{}", serde_json::json!({ "query": query, "changes": changes, "problems": problems }))?;
    } else {
        writeln!(out, "find = '{query}'")?;
        for Change { was, is, why } in &changes {
            writeln!(out, "  {was}  is now  {is}  ({why})")?;
        }
        for problem in &problems {
            writeln!(out, "  to settle by hand: {problem}")?;
        }
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
