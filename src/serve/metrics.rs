//! /metrics in Prometheus' text format (version 0.0.4). OPERATING.md names each of them; none has a label that grows
//! with the number of feeds.

use std::fmt::{Display, Write};
use std::path::Path;
use std::time::Duration;

use super::Vitals;
use crate::clock::Timestamp;
use crate::store::{SinkState, StoreError, Tally};

/// System data about this process and its database.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Process {
    resident_bytes: Option<u64>,
    open_fds: Option<u64>,
    max_fds: Option<u64>,
    cpu: Duration,
    database_bytes: u64,
}

impl Process {
    pub(super) fn of_this(database: &Path) -> Process {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
        let size = |suffix: &str| {
            let mut path = database.as_os_str().to_owned();
            path.push(suffix);
            std::fs::metadata(path).map_or(0, |file| file.len())
        };
        let cpu = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Process {
            cpu: Duration::try_from(cpu).unwrap_or_default(),
            resident_bytes: resident.and_then(|kib| kib.trim().parse::<u64>().ok()).map(|kib| kib * 1024),
            open_fds: std::fs::read_dir("/proc/self/fd").ok().map(|open| open.count() as u64),
            max_fds: rustix::process::getrlimit(rustix::process::Resource::Nofile).current,
            database_bytes: size("") + size("-wal"),
        }
    }
}

/// The whole page.
pub(super) fn page(vitals: &Vitals, sinks: Result<&[SinkState], &StoreError>, process: Process) -> String {
    let Vitals { started_at, written_at, status, is_ready } = vitals;
    let Tally { polls, failed, articles, edited, raised, joined, held, story_feeds, story_publishers, story_origins } =
        status.tally;
    let mut page = Page::default();
    page.gauge("feedwatch_build_info", "The version that runs.").sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    page.gauge("feedwatch_ready", "Whether all is open and polls are made.").value(u8::from(*is_ready));
    page.gauge("feedwatch_feeds", "Feeds on the list.").value(status.feeds);
    page.gauge("feedwatch_feeds_failing", "Feeds whose last poll failed.").value(status.failing);
    page.gauge("feedwatch_watches", "Watches in force.").value(status.watches);
    page.counter("feedwatch_polls_total", "Polls since the start, by how they ended.")
        .sample(&[("result", "ok")], polls.saturating_sub(failed))
        .sample(&[("result", "failed")], failed);
    page.counter("feedwatch_articles_total", "Articles stored since the start.")
        .sample(&[("change", "new")], articles)
        .sample(&[("change", "edited")], edited);
    page.counter("feedwatch_hits_total", "Watches that matched an article since the start, by what became of it.")
        .sample(&[("outcome", "raised")], raised)
        .sample(&[("outcome", "joined")], joined)
        .sample(&[("outcome", "held")], held);
    page.counter(
        "feedwatch_story_gains_total",
        "What the stories of alerts gained since the start, first tellings included.",
    )
    .sample(&[("what", "feeds")], story_feeds)
    .sample(&[("what", "publishers")], story_publishers)
    .sample(&[("what", "origins")], story_origins);
    page.gauge(
        "feedwatch_poll_lateness_seconds",
        "How late polls are by this machine's own fault: median, and 95th percentile.",
    )
    .sample(&[("share", "0.5")], seconds(status.lateness_median_ms))
    .sample(&[("share", "0.95")], seconds(status.lateness_ms));
    page.gauge(
        "feedwatch_interval_stretch_ratio",
        "By how much intervals are stretched because of overload; 1 is not at all.",
    )
    .value(f64::from(status.stretch_percent.max(100)) / 100.0);
    page.gauge("feedwatch_offline", "Whether no server can be reached.").value(u8::from(status.is_offline));
    page.gauge("feedwatch_alert_log_failing", "Whether the alert log cannot be written.")
        .value(u8::from(status.trouble.is_some()));
    page.gauge("feedwatch_last_success_timestamp_seconds", "When a poll last succeeded.")
        .instant(status.last_success_at);
    page.gauge("feedwatch_last_alert_timestamp_seconds", "When an alert was last raised.")
        .instant(status.last_alert_at);
    page.gauge("feedwatch_store_written_timestamp_seconds", "When the database last took a sign of life.")
        .instant(Some(*written_at));
    page.gauge("feedwatch_store_bytes", "The size of the database on disk.").value(process.database_bytes);
    page.gauge("feedwatch_store_readable", "Whether the database could be read for this page.")
        .value(u8::from(sinks.is_ok()));
    let of_sinks = |page: &mut Page, count: fn(&SinkState) -> usize| {
        for sink in sinks.unwrap_or_default() {
            page.sample(&[("sink", &sink.name)], count(sink));
        }
    };
    of_sinks(page.gauge("feedwatch_outbox_records", "Records that a sink is still owed."), |sink| sink.owed);
    of_sinks(page.gauge("feedwatch_dead_letters", "Records that a sink was not given in the end."), |sink| sink.dead);
    of_sinks(page.gauge("feedwatch_sink_failing", "Whether a sink fails."), |sink| usize::from(sink.trouble.is_some()));
    page.gauge("process_start_time_seconds", "When the process started.").instant(Some(*started_at));
    page.counter("process_cpu_seconds_total", "Processor time of the process.").value(process.cpu.as_secs_f64());
    page.gauge("process_resident_memory_bytes", "Resident memory.").values(process.resident_bytes);
    page.gauge("process_open_fds", "Open file descriptors.").values(process.open_fds);
    page.gauge("process_max_fds", "The limit of open file descriptors.").values(process.max_fds);
    page.text
}

fn seconds(millis: u64) -> f64 {
    millis as f64 / 1000.0
}

/// The page as it is written, family by family.
#[derive(Default)]
struct Page {
    text: String,
    name: &'static str,
}

impl Page {
    fn gauge(&mut self, name: &'static str, help: &str) -> &mut Page {
        self.family(name, "gauge", help)
    }

    fn counter(&mut self, name: &'static str, help: &str) -> &mut Page {
        self.family(name, "counter", help)
    }

    fn family(&mut self, name: &'static str, kind: &str, help: &str) -> &mut Page {
        self.name = name;
        self.write(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"))
    }

    fn value(&mut self, value: impl Display) -> &mut Page {
        self.sample(&[], value)
    }

    /// A value, or no sample where the system does not tell.
    fn values(&mut self, value: Option<impl Display>) -> &mut Page {
        if let Some(value) = value {
            self.value(value);
        }
        self
    }

    fn instant(&mut self, at: Option<Timestamp>) -> &mut Page {
        self.values(at.map(|at| at.as_millisecond() as f64 / 1000.0))
    }

    fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) -> &mut Page {
        let labels: Vec<String> = labels.iter().map(|(label, text)| format!("{label}=\"{}\"", quoted(text))).collect();
        let name = self.name;
        match labels.is_empty() {
            true => self.write(format_args!("{name} {value}\n")),
            false => self.write(format_args!("{name}{{{}}} {value}\n", labels.join(","))),
        }
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) -> &mut Page {
        self.text.write_fmt(text).expect("writing to memory does not fail");
        self
    }
}

/// A label's value: backslash, quote and line end are escaped.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
