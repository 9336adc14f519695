//! `feedwatch once`: poll what is due, deliver, say what came of it.

use std::io::Write;

use clap::Args;

use super::run::start;
use super::{Exit, Global};
use crate::alert;
use crate::daemon::Until;
use crate::words::count_of;

/// Polls what is due now, delivers, prints a summary and exits. New feeds count as due.
#[derive(Debug, Args)]
#[command(after_help = "Example: feedwatch once --all")]
pub(super) struct Once {
    /// Poll every feed now, however long it should wait, except gone feeds and those whose server asked for a pause
    #[arg(long)]
    all: bool,
}

pub(super) fn run(global: &Global, args: &Once) -> anyhow::Result<Exit> {
    let ended = start(global, Until::Idle { all: args.all })?;
    let tally = ended.status.tally;
    let mut out = alert::guarded(anstream::stdout().lock(), global.json);
    if global.json {
        let summary = serde_json::json!({
            "polls": tally.polls, "failed": tally.failed, "articles": tally.articles, "edited": tally.edited,
            "alerts": tally.raised, "held": tally.held, "left_out": ended.left_out, "trouble": ended.status.trouble,
        });
        writeln!(out, "{summary}")?;
    } else {
        writeln!(
            out,
            "{} polled, {} failed; {}, {} edited; {}, {} held or joined",
            count_of(tally.polls as usize, "feed"),
            tally.failed,
            count_of(tally.articles as usize, "new article"),
            tally.edited,
            count_of(tally.raised as usize, "alert"),
            tally.held
        )?;
        if ended.left_out > 0 {
            let left_out = count_of(ended.left_out, "feed");
            writeln!(out, "{left_out} left out: the server asked for a pause, or the feed is gone")?;
        }
        if let Some(trouble) = &ended.status.trouble {
            writeln!(out, "{trouble}")?;
        }
    }
    Ok(if ended.status.trouble.is_some() { Exit::TryAgain } else { Exit::Done })
}
