//! `cargo bench --bench backtest [-- ARTICLES]`: a changed watch over so many stored articles (a million), beside a
//! bare SQLite read of the same rows in the same run: the first line, a month, all, peak memory, and how large SQLite's
//! log becomes while a writer inserts.
//!
//! News text is read from the folder in $FEEDWATCH_CORPUS, or from ../shared/corpus beside the repository; else text is
//! made up. Of ten articles six are teasers of 400 characters, four have up to 3,000, as feeds have. They spread over
//! 300 days.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use feedwatch::clock::{Timestamp, earlier, later};
use feedwatch::store::Store;
use rusqlite::{Connection, params};

const ARTICLES: usize = 1_000_000;
const FEEDS: usize = 1_000;
const SPREAD: Duration = Duration::from_secs(300 * 24 * 3600);
const TEASER_CHARS: usize = 400;
const TEXT_CHARS: usize = 3_000;
/// What a writer adds beside.
const INSERTS_A_SECOND: u32 = 200;
const ROUNDS: usize = 3;
/// The kernel counts CPU in these (USER_HZ, the same on every Linux).
const TICKS_PER_S: f64 = 100.0;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let count = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(ARTICLES);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("feedwatch.db");
    drop(Store::open(&path).unwrap());
    let began = Instant::now();
    let source = fill(&path, count, Timestamp::now());
    let size = std::fs::metadata(&path).unwrap().len() / 1_000_000;
    println!("{count} articles ({source}) written in {:.0} s, {size} MB", began.elapsed().as_secs_f64());
    files(folder.path());

    let mut rows: Vec<(&str, Vec<Cost>)> = Vec::new();
    let mut note = |name, cost| match rows.iter_mut().find(|(known, _)| *known == name) {
        Some((_, costs)) => costs.push(cost),
        None => rows.push((name, vec![cost])),
    };
    for _ in 0..ROUNDS {
        note("bare SQLite read of all", bare(&path));
        note("backtest of all", backtest(folder.path(), &["--all"]));
        note("backtest of a month", backtest(folder.path(), &["--since", "30d"]));
        note("explain, a month", feedwatch(folder.path(), &["explain", "mediation"]));
        note("backtest of all, one watch", backtest(folder.path(), &["mediation", "--all"]));
        note("beside what was found then, all", feedwatch(folder.path(), &["backtest", "--all"]));
    }
    println!(
        "{:<34}{:>12}{:>9}{:>9}{:>10}{:>14}",
        "the best of three", "first line s", "wall s", "CPU s", "peak MiB", "of bare (CPU)"
    );
    let floor = best(&rows[0].1).cpu_s;
    for (name, costs) in &rows {
        let Cost { first_s, wall_s, cpu_s, peak_mib } = best(costs);
        let shown = |value: f64, digits| if value.is_finite() { format!("{value:.digits$}") } else { "-".to_owned() };
        let (first, peak) = (shown(first_s, 3), shown(peak_mib, 1));
        println!("{name:<34}{first:>12}{wall_s:>9.2}{cpu_s:>9.2}{peak:>10}{:>14.2}", cpu_s / floor);
    }
    let log = largest_log(&path, folder.path());
    println!(
        "SQLite's log beside a writer of {INSERTS_A_SECOND} articles a second: {:.1} MB at the most",
        log as f64 / 1e6
    );
}

/// What a process took, and when its first line about a hit came.
#[derive(Clone, Copy, Debug)]
struct Cost {
    first_s: f64,
    wall_s: f64,
    cpu_s: f64,
    peak_mib: f64,
}

/// The best round of each: others share the machine.
fn best(costs: &[Cost]) -> Cost {
    let least = |of: fn(&Cost) -> f64| costs.iter().map(of).fold(f64::INFINITY, f64::min);
    Cost {
        first_s: least(|cost| cost.first_s),
        wall_s: least(|cost| cost.wall_s),
        cpu_s: least(|cost| cost.cpu_s),
        peak_mib: costs.iter().map(|cost| cost.peak_mib).fold(0.0, f64::max),
    }
}

/// The watches that ship, beside a copy in which one counts a word form no more, with one watch more.
fn files(folder: &Path) {
    let sample = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/watches.toml")).unwrap();
    std::fs::write(folder.join("watches.toml"), &sample).unwrap();
    let name = "name = \"mediation\"\n";
    assert!(sample.contains(name), "the sample has another form now");
    let changed = sample.replacen(name, &format!("{name}but_not = [\"mediators\"]\n"), 1);
    let one_more = "\n[[watch]]\nname = \"summit\"\nfind = 'summit'\n";
    std::fs::write(folder.join("changed.toml"), changed + one_more).unwrap();
    let settings = "[store]\npath = \"feedwatch.db\"\n[[feed]]\nurl = \"https://f0.example/feed\"\n";
    std::fs::write(folder.join("feedwatch.toml"), settings).unwrap();
}

fn backtest(folder: &Path, more: &[&str]) -> Cost {
    feedwatch(folder, &[&["backtest", "--against", "changed.toml"], more].concat())
}

fn feedwatch(folder: &Path, arguments: &[&str]) -> Cost {
    let (cpu_before, began) = (cpu_of_children(), Instant::now());
    let mut child = Command::new(env!("CARGO_BIN_EXE_feedwatch"))
        .args(arguments)
        .args(["--config", "feedwatch.toml"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let is_hit = |line: &str| matches!(line.as_bytes().first(), Some(b'+' | b'-' | b'='));
    let (mut first_s, mut line) = (f64::NAN, String::new());
    // Its memory can be read until its last line was.
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0_f64;
    while out.read_line(&mut line).unwrap() > 0 {
        if first_s.is_nan() && is_hit(&line) {
            first_s = began.elapsed().as_secs_f64();
        }
        line.clear();
        peak = peak.max(peak_mib(&status));
    }
    assert!(child.wait().unwrap().success(), "{arguments:?}");
    let wall_s = began.elapsed().as_secs_f64();
    Cost { first_s, wall_s, cpu_s: cpu_of_children() - cpu_before, peak_mib: peak }
}

fn peak_mib(status: &str) -> f64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let kib =
        text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}

/// User and system time of all children that ended, proc(5) fields 16 and 17 of stat.
fn cpu_of_children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat[stat.rfind(')').unwrap() + 2..].split(' ').collect();
    let ticks = |field: usize| fields[field - 3].parse::<f64>().unwrap();
    (ticks(16) + ticks(17)) / TICKS_PER_S
}

/// The same rows read by SQLite alone, in this process.
fn bare(path: &Path) -> Cost {
    let own = || {
        let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap();
        stat.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
    };
    let (cpu_before, began) = (own(), Instant::now());
    let connection = Connection::open(path).unwrap();
    let mut read = connection.prepare("select id, title, summary, body from article order by id desc").unwrap();
    let mut rows = read.query([]).unwrap();
    let (mut bytes, mut first_s) = (0, f64::NAN);
    while let Some(row) = rows.next().unwrap() {
        bytes += (1..4).map(|column| row.get_ref(column).unwrap().as_str().unwrap().len()).sum::<usize>();
        if first_s.is_nan() {
            first_s = began.elapsed().as_secs_f64();
        }
    }
    assert!(bytes > 0);
    Cost { first_s, wall_s: began.elapsed().as_secs_f64(), cpu_s: own() - cpu_before, peak_mib: f64::INFINITY }
}

/// Runs a back-test beside a writer that adds articles all the time, as the daemon would; tells how large the log
/// became.
fn largest_log(path: &Path, folder: &Path) -> u64 {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let connection = Connection::open(path).unwrap();
            connection.busy_timeout(Duration::from_secs(5)).unwrap();
            // As the daemon has it.
            connection.pragma_update(None, "journal_size_limit", 32 << 20).unwrap();
            let log = PathBuf::from(format!("{}-wal", path.display()));
            let (mut most, began, mut number) = (0, Instant::now(), 0_u32);
            let body = "Envoys of both sides met again at the lake. ".repeat(40);
            while !is_over.load(Ordering::Relaxed) {
                let key = format!("new {number}");
                let at = Timestamp::now().as_microsecond();
                connection.execute(INSERT, params![1, key, "Talks go on", "", body, at, number]).unwrap();
                most = most.max(std::fs::metadata(&log).map_or(0, |log| log.len()));
                number += 1;
                std::thread::sleep(
                    (Duration::from_secs(1) * number / INSERTS_A_SECOND).saturating_sub(began.elapsed()),
                );
            }
            println!("{number} articles were added beside it");
            most
        });
        for _ in 0..2 {
            let _ = backtest(folder, &["--all"]);
        }
        is_over.store(true, Ordering::Relaxed);
        writer.join().unwrap()
    })
}

const INSERT: &str = "insert into article (feed, key, key_kind, title, summary, body, author, category, enclosure, first_seen_at, content_hash) \
     values (?1, ?2, 'id', ?3, ?4, ?5, null, '[]', '[]', ?6, ?7)";

/// Articles as the daemon stores them; tells where their text is from.
fn fill(path: &Path, count: usize, now: Timestamp) -> &'static str {
    let (texts, source) = texts();
    let mut connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "synchronous", "off").unwrap();
    let transaction = connection.transaction().unwrap();
    {
        let mut feed = transaction
            .prepare("insert into feed (url, host, listed, tags, title, next_poll_at, interval_us) values (?1, ?1, 1, '[]', ?2, 0, 0)")
            .unwrap();
        for n in 0..FEEDS {
            feed.execute((format!("https://f{n}.example/feed"), format!("Feed {n}"))).unwrap();
        }
        let mut article = transaction.prepare(INSERT).unwrap();
        let start = earlier(now, SPREAD);
        for n in 0..count {
            let (title, text) = &texts[n * 7919 % texts.len()];
            let at = later(start, SPREAD.mul_f64(n as f64 / count as f64)).as_microsecond();
            let (summary, body) = match n % 10 {
                0..6 => (beginning(text, TEASER_CHARS), ""),
                _ => (beginning(text, TEASER_CHARS / 2), beginning(text, TEXT_CHARS)),
            };
            article
                .execute(params![(n % FEEDS) as i64 + 1, n.to_string(), title, summary, body, at, n as i64])
                .unwrap();
        }
    }
    transaction.commit().unwrap();
    source
}

fn beginning(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).map_or(text, |(at, _)| &text[..at])
}

/// Titles and texts.
fn texts() -> (Vec<(String, String)>, &'static str) {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = std::env::var_os("FEEDWATCH_CORPUS").map_or(beside, PathBuf::from);
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|name| name == "jsonl")).collect();
    files.sort();
    let mut texts = Vec::new();
    for file in files {
        let mut text = String::new();
        std::fs::File::open(file).unwrap().read_to_string(&mut text).unwrap();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let part = |value: &serde_json::Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
        texts.extend(lines.map(|value| (part(&value, "title"), part(&value, "text"))));
    }
    if texts.is_empty() {
        let words =
            ["envoy", "harbour", "office", "closes", "talks", "mediator", "strike", "ferry", "budget", "minister"];
        let sentence = |n: usize| (0..60).map(|k| words[(n * 31 + k * k) % words.len()]).collect::<Vec<_>>().join(" ");
        texts = (0..5_000).map(|n| (format!("Report {n} of the harbour"), sentence(n))).collect();
        return (texts, "made up, as there is no news text");
    }
    (texts, "news text")
}
