//! `cargo bench --bench scale [-- day|growth|idle]...`: whether a machine holds many feeds. All three without a word.
//!
//! `day`: a million feeds in a virtual day, through the same window and the same rule as the daemon's; sums, floors and
//! the rate at each host are checked. `growth`: CPU a feed of 1,000, 10,000 and 100,000 feeds of four items, cold and
//! unchanged. `idle`: what a hundred thousand cost a real daemon between two polls.

#![allow(clippy::unwrap_used)]

#[path = "../tests/it/farm.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod farm;

#[path = "../tests/it/million.rs"]
mod million;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const DAY_FEEDS: usize = 1_000_000;
/// Feeds of the big host; all others have four each.
const DAY_CROWD: usize = 10_000;
const GROWTH_FEEDS: [usize; 3] = [1_000, 10_000, 100_000];
/// Feeds of the idle daemon.
const IDLE_FEEDS: usize = 100_000;
/// How long it is watched.
const IDLE: Duration = Duration::from_secs(30);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let wants = |part: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == part);
    if wants("idle") {
        idle();
    }
    if wants("growth") {
        growth();
    }
    if wants("day") {
        day();
    }
}

fn day() {
    let (began, before) = (Instant::now(), resident_mib());
    let day = million::virtual_day(DAY_FEEDS, DAY_CROWD);
    million::check(&day, DAY_FEEDS, DAY_CROWD);
    println!("virtual day: {DAY_FEEDS} feeds, {DAY_CROWD} of them at one host: {day:?}");
    // The due instants and the last ones of all feeds, which the daemon has in SQLite, are among them.
    let peak = memory_mib(std::process::id(), "VmHWM:").unwrap();
    let bytes = (peak - before) * 1024.0 * 1024.0 / DAY_FEEDS as f64;
    let per_poll = began.elapsed().as_secs_f64() * 1e6 / day.polls as f64;
    println!("  {:.1} s, {per_poll:.2} us a poll; {bytes:.0} bytes a feed", began.elapsed().as_secs_f64());
}

fn growth() {
    println!("{:>8} {:>16} {:>16} {:>10} {:>14}", "feeds", "cold us/feed", "304 us/feed", "peak MiB", "db bytes/feed");
    for feeds in GROWTH_FEEDS {
        let farm = farm::Farm::start(8);
        let folder = tempfile::tempdir().unwrap();
        let config = write_settings(folder.path(), &farm, feeds, "at_once = 64\nper_host = 64\nhost_gap = \"0s\"");
        let once = || {
            let before = children_cpu_s();
            let command = || {
                let mut command = Command::new(env!("CARGO_BIN_EXE_feedwatch"));
                command.args(["once", "--all", "--config"]).arg(&config).stdout(Stdio::null());
                command
            };
            let mut child = command().spawn().unwrap();
            let mut peak = 0.0_f64;
            while child.try_wait().unwrap().is_none() {
                peak = peak.max(memory_mib(child.id(), "VmHWM:").unwrap_or_default());
                std::thread::sleep(Duration::from_millis(5));
            }
            ((children_cpu_s() - before) * 1e6 / feeds as f64, peak)
        };
        let ((cold, peak), (unchanged, _)) = (once(), once());
        let (full, not_modified, _) = farm.counts();
        assert_eq!((full, not_modified), (feeds as u64, feeds as u64));
        let database = std::fs::metadata(folder.path().join("feedwatch.db")).unwrap().len() as f64 / feeds as f64;
        println!("{feeds:>8} {cold:>16.1} {unchanged:>16.1} {peak:>10.1} {database:>14.0}");
    }
}

/// Feeds of four items, asked as the settings say; the path of the file.
fn write_settings(folder: &Path, farm: &farm::Farm, feeds: usize, poll: &str) -> std::path::PathBuf {
    let feeds: String = (0..feeds).map(|n| format!("[[feed]]\nurl = \"{}\"\n", farm.url(n, 4, 0))).collect();
    let config = folder.join("feedwatch.toml");
    let settings = format!(
        "[store]\npath = \"feedwatch.db\"\n[log]\nlevel = \"error\"\nalerts = \"alerts.jsonl\"\n[guard]\n\
         allow = [\"127.0.0.0/8\"]\n[poll]\n{poll}\n{feeds}"
    );
    std::fs::write(&config, settings).unwrap();
    std::fs::write(folder.join("watches.toml"), "[[watch]]\nname = \"a\"\nfind = \"mediation\"\n").unwrap();
    config
}

fn idle() {
    let farm = farm::Farm::start(8);
    let folder = tempfile::tempdir().unwrap();
    let poll = "every = \"1d\"\nno_slower = \"2d\"\nstartup_spread = \"1d\"";
    let config = write_settings(folder.path(), &farm, IDLE_FEEDS, poll);
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_feedwatch"))
        .args(["run", "--config"])
        .arg(&config)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Reading the files and making the store is its own matter.
    while farm.counts().0 == 0 {
        std::thread::sleep(Duration::from_millis(200));
    }
    std::thread::sleep(Duration::from_secs(5));
    let (cpu, polls) = (cpu_s(daemon.id()), farm.counts().0);
    std::thread::sleep(IDLE);
    let share = (cpu_s(daemon.id()) - cpu) / IDLE.as_secs_f64() * 100.0;
    let mib = |key: &str| memory_mib(daemon.id(), key).unwrap();
    println!("idle daemon: {IDLE_FEEDS} feeds, {} polls in {IDLE:?}", farm.counts().0 - polls);
    println!("  {:.1} MiB resident (peak {:.1}), {share:.2} % of a core", mib("VmRSS:"), mib("VmHWM:"));
    daemon.kill().unwrap();
    daemon.wait().unwrap();
}

/// A figure of a process's memory, proc(5) status; none when it has ended.
fn memory_mib(process: u32, key: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}

/// User and system time of all children that ended, proc(5) fields 16 and 17 of stat, in ticks of USER_HZ.
fn children_cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat[stat.rfind(')').unwrap() + 2..].split(' ').collect();
    let ticks = |field: usize| fields[field - 3].parse::<f64>().unwrap();
    (ticks(16) + ticks(17)) / 100.0
}

fn resident_mib() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<f64>().unwrap() * 4096.0 / 1024.0 / 1024.0
}

/// User and system time of a process, proc(5) fields 14 and 15 of stat, in ticks of USER_HZ.
fn cpu_s(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat[stat.rfind(')').unwrap() + 2..].split(' ').collect();
    let ticks = |field: usize| fields[field - 3].parse::<f64>().unwrap();
    (ticks(14) + ticks(15)) / 100.0
}
