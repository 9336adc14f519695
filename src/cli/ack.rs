//! `feedwatch ack`: somebody has seen an alert, and says what it was worth.

use std::io::Write;

use clap::{Args, ValueEnum};

use super::setup;
use super::{Exit, Global};
use crate::alert::escape;
use crate::clock::Clock;
use crate::model::{Kind, Verdict};

/// Of an id, what people type.
const SHORT_ID: usize = 8;

/// Says that an alert was seen, and what it was worth. A later word replaces an earlier one.
#[derive(Debug, Args)]
#[command(after_help = "Example: feedwatch ack 1f0c2a --verdict noise --note \"an old story\"")]
pub(super) struct Ack {
    /// The alert's id, or an unambiguous prefix of it
    id: String,
    /// Whether the alert was useful
    #[arg(long, value_name = "WORTH")]
    verdict: Option<Worth>,
    /// A note for the next reader
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Worth {
    /// Relevant: it was worth an alert
    Useful,
    /// Not relevant: it was not worth an alert
    Noise,
}

pub(super) fn run(global: &Global, args: &Ack, out: &mut impl Write) -> anyhow::Result<Exit> {
    let store = setup::store_beside(global)?;
    let alert = setup::alert(&store, &args.id)?;
    let verdict = args.verdict.map(|worth| match worth {
        Worth::Useful => Verdict::Useful,
        Worth::Noise => Verdict::Noise,
    });
    store.acknowledge(&alert.id, verdict, args.note.as_deref(), Clock::System.now())?;
    let verdict = verdict.map(|verdict| format!(" as {}", verdict.name())).unwrap_or_default();
    writeln!(out, "noted{verdict}: {}", escape(&alert.message))?;
    if args.verdict.is_some_and(|worth| matches!(worth, Worth::Noise)) && alert.kind == Kind::Alert {
        let id = alert.id.get(..SHORT_ID).unwrap_or(&alert.id);
        writeln!(
            out,
            "you will now be alerted to this story from other feeds. If the whole story is noise: \
             feedwatch silence --story {id} --for 7d --why noise"
        )?;
    }
    Ok(Exit::Done)
}
