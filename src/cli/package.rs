//! What packagers ask for: shell completions and the manual pages.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use super::{Cli, Exit};
use crate::config::ROWS;

/// What the first line leaves out.
const DESCRIPTION: &str = "\
.PP
feedwatch polls feeds day and night, stores what is new in a database, finds the watched topics in it, and raises one alert a story
that says why: which words, where, in which article. Alerts go to a log file, to the journal or terminal, to webhooks and programs.
.PP
It runs as a service, \\fBfeedwatch.service\\fR, or by hand with \\fBfeedwatch run\\fR. The other commands read what it stored, try
watches and feeds, and may be used beside it. \\fBfeedwatch\\fR \\fICOMMAND\\fR \\fB\\-\\-help\\fR and the page of each command tell more.
";

/// What no command line tells: files, signals, exit status, examples.
const CLOSING_SECTIONS: &str = include_str!("man.roff");

/// Completions for a shell, on standard output.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    shell: clap_complete::Shell,
}

/// The manual page on standard output, or all pages in a folder.
#[derive(Debug, Args)]
pub(super) struct Manual {
    /// Write the page of every command into this folder
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

pub(super) fn completions(args: &Completions) -> anyhow::Result<Exit> {
    clap_complete::generate(args.shell, &mut Cli::command(), env!("CARGO_PKG_NAME"), &mut io::stdout());
    Ok(Exit::Done)
}

pub(super) fn manual(args: &Manual) -> anyhow::Result<Exit> {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    match &args.into {
        None => page(program, &mut io::stdout())?,
        Some(folder) => pages(&program, folder)?,
    }
    Ok(Exit::Done)
}

fn pages(program: &Command, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let write = |command: &Command, to_page: fn(Command, &mut dyn Write) -> io::Result<()>| {
        let path = folder.join(Man::new(command.clone()).get_filename());
        let written = fs::File::create(&path).and_then(|mut file| to_page(command.clone(), &mut file));
        written.with_context(|| format!("cannot write {}", path.display()))
    };
    write(program, page)?;
    visible(program).try_for_each(|command| {
        write(command, |command, out| titled(command).render(out))?;
        visible(command).try_for_each(|command| write(command, |command, out| titled(command).render(out)))
    })
}

fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|command| !command.is_hide_set())
}

/// The page of the program itself: what the command line tells, then the closing sections.
fn page(program: Command, out: &mut dyn Write) -> io::Result<()> {
    let man = titled(program);
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    out.write_all(DESCRIPTION.as_bytes())?;
    man.render_subcommands_section(out)?;
    man.render_options_section(out)?;
    let (files, rest) = CLOSING_SECTIONS.split_once(".SH SIGNALS").expect("it is there");
    out.write_all(files.as_bytes())?;
    settings(out)?;
    write!(out, ".SH SIGNALS{rest}")
}

/// The keys of the files, table by table.
fn settings(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, ".SH SETTINGS")?;
    writeln!(
        out,
        "The keys of \\fIfeedwatch.toml\\fR, and those of \\fIwatches.toml\\fR from \\fB[[watch]]\\fR on. The samples show the defaults."
    )?;
    let mut table = None;
    for row in ROWS {
        if table.replace(row.table) != Some(row.table) {
            let header = match row.table {
                "" => "at the top of the file".to_owned(),
                "sink" => "\\fB[sink.NAME]\\fR".to_owned(),
                "feed" | "watch" => format!("\\fB[[{}]]\\fR", row.table),
                "score" => "\\fBscore = [{ ... }]\\fR of a watch".to_owned(),
                "alert" => "\\fBalert = { ... }\\fR of a watch".to_owned(),
                table => format!("\\fB[{table}]\\fR"),
            };
            writeln!(out, ".PP\n{header}")?;
        }
        let when = if row.needs_restart { " A change takes effect after a restart." } else { "" };
        writeln!(out, ".TP\n\\fB{}\\fR\n{}{when}", row.name, row.help)?;
    }
    Ok(())
}

fn titled(command: Command) -> Man {
    // The page has no date of its own; an empty one would be left out and move what follows it.
    Man::new(command).date(" ").source(concat!("feedwatch ", env!("CARGO_PKG_VERSION"))).manual("feedwatch manual")
}
