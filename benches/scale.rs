//! `cargo bench --bench scale [-- FEEDS]`: what a million feeds ask of the schedule in a virtual day, and what a hundred
//! thousand cost a real daemon that has little to do.
//!
//! The day runs through the same window and the same rule as the daemon, without store and sockets; sums, floors and the
//! rate at each host are checked on the way.

#![allow(clippy::unwrap_used)]

#[path = "../tests/it/farm.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod farm;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use feedwatch::clock::{Timestamp, later, span};
use feedwatch::model::{Feed, FeedId, FeedSource, HostState, Polls, Validators};
use feedwatch::poll::{Offer, Policy, Result, Seen, Turn, Window, first_poll, next_poll};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Feeds of the big host; all others have four each.
const CROWD: usize = 10_000;
/// How long every answer takes.
const ANSWER: Duration = Duration::from_millis(600);
/// Feeds of the idle daemon.
const IDLE_FEEDS: usize = 100_000;
/// How long it is watched.
const IDLE: Duration = Duration::from_secs(30);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    virtual_day(arguments.first().map_or(1_000_000, |feeds| feeds.parse().unwrap()));
    idle();
}

fn host_of(n: usize) -> usize {
    if n < CROWD { 0 } else { 1 + (n - CROWD) / 4 }
}

fn feed(n: usize, polls: Polls) -> Feed {
    let url = format!("https://h{}.example/{n}", host_of(n)).parse().unwrap();
    Feed {
        id: FeedId(n as i64),
        source: FeedSource { url, name: None, tags: Vec::new(), every: None },
        adopted: None,
        title: None,
        validators: Validators::default(),
        body_hash: None,
        polls,
    }
}

fn virtual_day(feeds: usize) {
    let policy = Policy { at_once: 1024, adaptive: false, ..Policy::default() };
    let start: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
    let (began, before) = (Instant::now(), resident_mib());
    // The store's part: who is due when.
    let mut due = BinaryHeap::with_capacity(feeds);
    for n in 0..feeds {
        let source = feed(n, Polls::none_yet(start, policy.every)).source;
        due.push(Reverse((first_poll(&policy, &source, feeds, start).0, n)));
    }
    let mut last_at: Vec<Option<Timestamp>> = vec![None; feeds];
    let (mut window, mut answers) = (Window::default(), BinaryHeap::new());
    let (mut asked, mut shortest, mut latest) = (0_u64, Duration::MAX, Duration::ZERO);
    let mut host_last: HashMap<usize, Timestamp> = HashMap::new();
    let mut in_flight: HashMap<usize, Turn> = HashMap::new();
    let (mut now, end) = (start, later(start, DAY));
    while now < end {
        while due.peek().is_some_and(|Reverse((at, _))| *at <= now) && window.len() < 16_384 {
            let Reverse((at, n)) = due.pop().unwrap();
            let polls = Polls { last_at: last_at[n], succeeded_at: last_at[n], ..Polls::none_yet(at, policy.every) };
            if let Offer::NotBefore(at) = window.offer(feed(n, polls), &policy, now, true) {
                due.push(Reverse((at, n)));
            }
        }
        while answers.peek().is_some_and(|Reverse((at, _))| *at <= now) {
            let Reverse((at, n)) = answers.pop().unwrap();
            let turn = in_flight.remove(&n).unwrap();
            let crowd = HostState { feeds: if n < CROWD { CROWD as u32 } else { 4 }, ..HostState::default() };
            let next = next_poll(&policy, &turn.feed, &crowd, 1.0, Result::Good(Seen::default()), at);
            window.done(&turn, true, &policy, at);
            due.push(Reverse((next.polls.next_at, n)));
        }
        while let Some((turn, late)) = window.take(&policy, now) {
            let n = turn.feed.id.0 as usize;
            asked += 1;
            latest = latest.max(late);
            if let Some(last) = last_at[n].replace(now) {
                shortest = shortest.min(span(last, now));
            }
            if let Some(last) = host_last.insert(host_of(n), now) {
                assert!(
                    span(last, now) >= policy.host_gap,
                    "host {} was asked after {:?}",
                    host_of(n),
                    span(last, now)
                );
            }
            answers.push(Reverse((later(now, ANSWER), n)));
            in_flight.insert(n, turn);
        }
        now = later(now, Duration::from_millis(100));
    }
    assert!(shortest >= policy.every, "a feed was asked again after {shortest:?}");
    let forgotten = last_at.iter().filter(|at| at.is_none_or(|at| span(at, end) > DAY / 6)).count();
    assert_eq!(forgotten, 0, "feeds that were not asked for four hours");
    println!("virtual day: {feeds} feeds, {asked} polls, {:.0} a second", asked as f64 / DAY.as_secs_f64());
    println!("  shortest wait {shortest:?}, latest start {latest:?}, every host spaced");
    let bytes = (resident_mib() - before) * 1024.0 * 1024.0 / feeds as f64;
    let per_poll = began.elapsed().as_secs_f64() * 1e6 / asked as f64;
    println!("  {:.1} s, {per_poll:.2} us a poll; {bytes:.0} bytes a feed", began.elapsed().as_secs_f64());
}

fn idle() {
    let farm = farm::Farm::start(8);
    let folder = tempfile::tempdir().unwrap();
    let feeds: String = (0..IDLE_FEEDS).map(|n| format!("[[feed]]\nurl = \"{}\"\n", farm.url(n, 4, 0))).collect();
    let config = folder.path().join("feedwatch.toml");
    std::fs::write(
        &config,
        format!(
            "[store]\npath = \"feedwatch.db\"\n[log]\nlevel = \"error\"\nalerts = \"alerts.jsonl\"\n[guard]\n\
             allow = [\"127.0.0.0/8\"]\n[poll]\nevery = \"1d\"\nno_slower = \"2d\"\nstartup_spread = \"1d\"\n{feeds}"
        ),
    )
    .unwrap();
    std::fs::write(folder.path().join("watches.toml"), "[[watch]]\nname = \"a\"\nfind = \"mediation\"\n").unwrap();
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
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap();
    let mib = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    };
    println!("idle daemon: {IDLE_FEEDS} feeds, {} polls in {IDLE:?}", farm.counts().0 - polls);
    println!("  {:.1} MiB resident (peak {:.1}), {share:.2} % of a core", mib("VmRSS:"), mib("VmHWM:"));
    daemon.kill().unwrap();
    daemon.wait().unwrap();
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
