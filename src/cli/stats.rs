//! `feedwatch alerts stats`: how much each watch raised, day by day, as bars.

use anstyle::{AnsiColor, Style};
use clap::Args;
use jiff::tz::TimeZone;
use std::io::{self, Write};

use super::setup;
use super::{Exit, Global};
use crate::alert::{Look, escape};
use crate::clock::{Clock, DAY, Timestamp, earlier};
use crate::store::DayCount;
use crate::terminal;
use crate::words::count_of;

/// Days that are shown by default.
const DAYS: u16 = 14;
/// Columns of a bar: the least that is left for it on a narrow terminal, and the most.
const BAR_COLUMNS: (usize, usize) = (10, 120);
/// How wide the chart is where there is no terminal.
const PIPE_COLUMNS: usize = 80;

/// How much each watch raised, day by day.
#[derive(Debug, Args)]
#[command(after_help = "Example: feedwatch alerts stats --days 30")]
pub(super) struct Stats {
    /// How many days, today included
    #[arg(long, value_name = "N", default_value_t = DAYS, value_parser = clap::value_parser!(u16).range(1..=3650))]
    days: u16,
}

pub(super) fn run(global: &Global, args: &Stats, out: &mut impl Write) -> anyhow::Result<Exit> {
    let store = setup::store(global)?;
    let here = Clock::System.now().to_zoned_datetime(TimeZone::system());
    // The days of the offset that holds today; an hour more or less at a change of clocks moves no bar visibly.
    let midnight = here.start_of_day()?.timestamp();
    let since = earlier(midnight, DAY * u32::from(args.days - 1));
    let counts = store.day_counts(since, here.offset().seconds())?;
    if global.json {
        for DayCount { watch, day, raised, held } in &counts {
            let line =
                serde_json::json!({ "watch": watch, "day": date(*day).to_string(), "raised": raised, "held": held });
            writeln!(out, "{line}")?;
        }
        return Ok(Exit::Done);
    }
    let look = terminal::look(&io::stdout());
    if counts.is_empty() {
        writeln!(out, "no hits in {}", count_of(usize::from(args.days), "day"))?;
    } else {
        out.write_all(chart(&counts, &look).as_bytes())?;
    }
    Ok(Exit::Done)
}

/// A block a watch, a line a day that has hits: full bars are alerts, light ones hits that were joined or held.
fn chart(counts: &[DayCount], look: &Look) -> String {
    const BEFORE_BAR: usize = "  Wed 2026-11-25  999999 ".len();
    const AFTER_BAR: usize = " +999999".len();
    let (bold, full_colour) = match look.colour {
        true => (Style::new().bold(), AnsiColor::Green.on_default()),
        false => (Style::new(), Style::new()),
    };
    let room = look.width.unwrap_or(PIPE_COLUMNS).saturating_sub(BEFORE_BAR + AFTER_BAR);
    let room = room.clamp(BAR_COLUMNS.0, BAR_COLUMNS.1);
    let most = counts.iter().map(|count| count.raised + count.held).max().unwrap_or(1).max(1);
    let mut text = "█ alerts of a day   ░ and hits that were joined or held\n".to_owned();
    for block in counts.chunk_by(|a, b| a.watch == b.watch) {
        let (raised, held): (u64, u64) =
            block.iter().fold((0, 0), |(raised, held), count| (raised + count.raised, held + count.held));
        let watch = escape(&block[0].watch);
        text.push_str(&format!("\n{bold}{watch}{bold:#}: {raised} raised, {held} joined or held\n"));
        for DayCount { day, raised, held, .. } in block {
            let whole = (((raised + held) * room as u64).div_ceil(most)) as usize;
            // A day with alerts shows some of them, however long the rest of its bar is.
            let full = (raised * room as u64).div_ceil(most).min(whole as u64) as usize;
            let (bar, light) = ("█".repeat(full), "░".repeat(whole - full));
            let rest = if *held > 0 { format!(" +{held}") } else { String::new() };
            text.push_str(&format!(
                "  {}  {raised:>6} {full_colour}{bar}{full_colour:#}{light}{rest}\n",
                date(*day).strftime("%a %Y-%m-%d")
            ));
        }
    }
    text
}

/// The date of a day since 1970.
fn date(day: i64) -> jiff::civil::Date {
    let noon = Timestamp::from_second(day * 86_400 + 43_200).unwrap_or(Timestamp::MAX);
    noon.to_zoned_datetime(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::When;

    #[test]
    fn bars_are_in_proportion_and_fit_the_terminal() {
        let count = |watch: &str, day, raised, held| DayCount { watch: watch.to_owned(), day, raised, held };
        let counts =
            [count("closure", 20_781, 1, 0), count("closure", 20_782, 10, 30), count("strike\u{1b}", 20_782, 0, 20)];
        let look = |width| Look { colour: false, width: Some(width), when: When::In(TimeZone::UTC) };
        let shown = chart(&counts, &look(80));
        assert_eq!(
            shown.lines().collect::<Vec<_>>(),
            [
                "█ alerts of a day   ░ and hits that were joined or held",
                "",
                "closure: 11 raised, 30 joined or held",
                &format!("  Tue 2026-11-24       1 {}", "█".repeat(2)),
                &format!("  Wed 2026-11-25      10 {}{} +30", "█".repeat(12), "░".repeat(35)),
                "",
                "strike\\u{1b}: 0 raised, 20 joined or held",
                &format!("  Wed 2026-11-25       0 {} +20", "░".repeat(24)),
            ]
        );
        assert!(shown.lines().all(|line| line.chars().count() <= 80));
        assert!(chart(&counts, &look(200)).lines().any(|line| line.chars().count() > 120), "a wide terminal is used");
        assert!(chart(&counts, &look(20)).lines().skip(1).all(|line| line.chars().count() <= 50));
    }
}
