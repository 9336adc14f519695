//! `feedwatch alerts stats`: how much each watch raised, day by day, as bars.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::RangeInclusive;

use anstyle::{AnsiColor, Style};
use clap::Args;
use jiff::tz::TimeZone;

use super::setup;
use super::{Exit, Global};
use crate::alert::{Look, escape};
use crate::clock::{Clock, DAY, Timestamp, earlier};
use crate::store::{DayCount, DayVerdicts, Store};
use crate::terminal;
use crate::words::count_of;

/// Days that are shown by default.
const DAYS: u16 = 14;
/// Columns of a bar: the least that is left for it on a narrow terminal, and the most.
const BAR_COLUMNS: (usize, usize) = (10, 120);
/// How wide the chart is where there is no terminal.
const PIPE_COLUMNS: usize = 80;

/// How much each watch raised, day by day, and what people said of it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  feedwatch alerts stats --days 30\n  feedwatch alerts stats --watch \"office closure\""
)]
pub(super) struct Stats {
    /// Number of days, today included
    #[arg(long, value_name = "N", default_value_t = DAYS, value_parser = clap::value_parser!(u16).range(1..=3650))]
    days: u16,
    /// Only the watch with this name
    #[arg(long, value_name = "NAME")]
    watch: Option<String>,
}

/// What became of a watch's hits on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Day {
    raised: u64,
    held: u64,
    seen: u64,
    useful: u64,
    noise: u64,
}

impl Day {
    fn add(&mut self, other: Day) {
        self.raised += other.raised;
        self.held += other.held;
        self.seen += other.seen;
        self.useful += other.useful;
        self.noise += other.noise;
    }
}

/// The days of each watch: of those in the files, and of those that had hits.
type Watches = BTreeMap<String, BTreeMap<i64, Day>>;

pub(super) fn run(global: &Global, args: &Stats, out: &mut impl Write) -> anyhow::Result<Exit> {
    let files = setup::read(global)?;
    let store = Store::open_to_read(&files.config.store)?;
    let here = Clock::System.now().to_zoned_datetime(TimeZone::system());
    // The days of the offset that holds today; an hour more or less at a change of clocks moves no bar visibly.
    let (midnight, east_s) = (here.start_of_day()?.timestamp(), here.offset().seconds());
    let since = earlier(midnight, DAY * u32::from(args.days - 1));
    let today = (here.timestamp().as_second() + i64::from(east_s)).div_euclid(DAY.as_secs() as i64);
    let days = today - i64::from(args.days) + 1..=today;
    let mut watches = Watches::new();
    for watch in files.watch_files.sources() {
        watches.entry(watch.name.clone()).or_default();
    }
    for DayCount { watch, day, raised, held } in store.day_counts(since, east_s)? {
        watches.entry(watch).or_default().entry(day).or_default().add(Day { raised, held, ..Day::default() });
    }
    for DayVerdicts { watch, day, seen, useful, noise } in store.day_verdicts(since, east_s)? {
        watches.entry(watch).or_default().entry(day).or_default().add(Day { seen, useful, noise, ..Day::default() });
    }
    watches.retain(|name, _| args.watch.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(name)));
    if let (Some(name), true) = (&args.watch, watches.is_empty()) {
        anyhow::bail!("no watch is called {name:?}, and none with this name raised anything");
    }
    if global.json {
        for (watch, counted) in &watches {
            for day in days.clone() {
                let Day { raised, held, seen, useful, noise } = counted.get(&day).copied().unwrap_or_default();
                let line = serde_json::json!({
                    "watch": watch, "day": date(day).to_string(), "raised": raised, "held": held, "seen": seen,
                    "useful": useful, "noise": noise,
                });
                writeln!(out, "{line}")?;
            }
        }
        return Ok(Exit::Done);
    }
    let look = terminal::look(&io::stdout());
    match watches.is_empty() {
        true => writeln!(out, "no watches, and no hits in {}", count_of(usize::from(args.days), "day"))?,
        false => out.write_all(chart(&watches, days, &look).as_bytes())?,
    }
    Ok(Exit::Done)
}

/// A block a watch, a line a day: full bars are alerts, light ones hits that were joined or held.
fn chart(watches: &Watches, days: RangeInclusive<i64>, look: &Look) -> String {
    const BEFORE_BAR: usize = "  Wed 2026-11-25  999999 ".len();
    const AFTER_BAR: usize = " +999999".len();
    let (bold, full_colour) = match look.colour {
        true => (Style::new().bold(), AnsiColor::Green.on_default()),
        false => (Style::new(), Style::new()),
    };
    let room = look.width.unwrap_or(PIPE_COLUMNS).saturating_sub(BEFORE_BAR + AFTER_BAR);
    let room = room.clamp(BAR_COLUMNS.0, BAR_COLUMNS.1);
    let counted = watches.values().flat_map(BTreeMap::values);
    let most = counted.map(|day| day.raised + day.held).max().unwrap_or(1).max(1);
    let mut text = "█ alerts of a day   ░ and hits that were joined or held\n".to_owned();
    let nothing = count_of(days.clone().count(), "day");
    for (watch, counted) in watches {
        let mut all = Day::default();
        counted.values().for_each(|day| all.add(*day));
        let watch = escape(watch);
        if all == Day::default() {
            text.push_str(&format!("\n{bold}{watch}{bold:#}: no hit in {nothing}\n"));
            continue;
        }
        let Day { raised, held, .. } = all;
        text.push_str(&format!("\n{bold}{watch}{bold:#}: {raised} raised, {held} joined or held{}\n", judged(all)));
        for day in days.clone() {
            let Day { raised, held, .. } = counted.get(&day).copied().unwrap_or_default();
            let whole = (((raised + held) * room as u64).div_ceil(most)) as usize;
            // A day with alerts shows some of them, however long the rest of its bar is.
            let full = (raised * room as u64).div_ceil(most).min(whole as u64) as usize;
            let (bar, light) = ("█".repeat(full), "░".repeat(whole - full));
            let rest = if held > 0 { format!(" +{held}") } else { String::new() };
            let line = format!(
                "  {}  {raised:>6} {full_colour}{bar}{full_colour:#}{light}{rest}",
                date(day).strftime("%a %Y-%m-%d")
            );
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

/// What people said of the alerts of a watch.
fn judged(Day { seen, useful, noise, .. }: Day) -> String {
    match seen {
        0 => "; none acknowledged".to_owned(),
        seen => format!("; {seen} acknowledged: {useful} useful, {noise} noise"),
    }
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
        let day = |raised, held| Day { raised, held, ..Day::default() };
        let closure =
            BTreeMap::from([(20_781, day(1, 0)), (20_782, Day { seen: 3, useful: 1, noise: 1, ..day(10, 30) })]);
        let watches = Watches::from([
            ("closure".to_owned(), closure),
            ("strike\u{1b}".to_owned(), BTreeMap::from([(20_782, day(0, 20))])),
            ("zebra".to_owned(), BTreeMap::new()),
        ]);
        let look = |width| Look { colour: false, width: Some(width), when: When::In(TimeZone::UTC) };
        let chart = |look: &Look| chart(&watches, 20_780..=20_782, look);
        let shown = chart(&look(80));
        assert_eq!(
            shown.lines().collect::<Vec<_>>(),
            [
                "█ alerts of a day   ░ and hits that were joined or held",
                "",
                "closure: 11 raised, 30 joined or held; 3 acknowledged: 1 useful, 1 noise",
                "  Mon 2026-11-23       0",
                &format!("  Tue 2026-11-24       1 {}", "█".repeat(2)),
                &format!("  Wed 2026-11-25      10 {}{} +30", "█".repeat(12), "░".repeat(35)),
                "",
                "strike\\u{1b}: 0 raised, 20 joined or held; none acknowledged",
                "  Mon 2026-11-23       0",
                "  Tue 2026-11-24       0",
                &format!("  Wed 2026-11-25       0 {} +20", "░".repeat(24)),
                "",
                "zebra: no hit in 3 days",
            ]
        );
        assert!(shown.lines().all(|line| line.chars().count() <= 80));
        assert!(chart(&look(200)).lines().any(|line| line.chars().count() > 120), "a wide terminal is used");
        let bars = chart(&look(20));
        assert!(bars.lines().filter(|line| line.starts_with(' ')).all(|line| line.chars().count() <= 50));
    }
}
