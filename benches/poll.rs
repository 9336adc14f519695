//! `cargo bench --bench poll [-- FEEDS [ITEMS]]`: what a poll costs, beside a bare reqwest loop over the same addresses
//! and a least program (fetch, feed-rs, insert), all against one server on loopback in one run.
//!
//! Every contestant is a process of its own, so that CPU (user and system, from /proc) and peak memory are its alone.
//! Figures are medians of the rounds; the ratios are what to quote.

#![allow(clippy::unwrap_used)]

#[path = "../tests/it/farm.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod farm;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

const ROUNDS: usize = 3;
const AT_ONCE: usize = 64;
/// The kernel counts CPU in these (USER_HZ, the same on every Linux).
const TICKS_PER_S: f64 = 100.0;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.first().map(String::as_str) {
        Some("bare") => client(&arguments[1], None, arguments.get(2).is_some()),
        Some("least") => client(&arguments[1], Some(Path::new(&arguments[2])), false),
        first => {
            let feeds = first.map_or(10_000, |feeds| feeds.parse().unwrap());
            let items = arguments.get(1).map_or(4, |items| items.parse().unwrap());
            compare(feeds, items);
        }
    }
}

/// What a process took.
#[derive(Clone, Copy, Default)]
struct Cost {
    cpu_s: f64,
    wall_s: f64,
    peak_mib: f64,
}

fn compare(feeds: usize, items: usize) {
    let farm = farm::Farm::start(8);
    let urls: Vec<String> = (0..feeds).map(|n| farm.url(n, items, 0)).collect();
    let mut rows: [(&str, Vec<Cost>); 5] = [
        ("bare reqwest loop, 200", Vec::new()),
        ("bare reqwest loop, 304", Vec::new()),
        ("least program: fetch, feed-rs, insert", Vec::new()),
        ("feedwatch once --all, first poll", Vec::new()),
        ("feedwatch once --all, not modified", Vec::new()),
    ];
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("urls");
        std::fs::write(&list, urls.join("\n")).unwrap();
        let config = folder.path().join("feedwatch.toml");
        std::fs::write(&config, settings(&urls)).unwrap();
        std::fs::write(folder.path().join("watches.toml"), WATCHES).unwrap();
        let this = std::env::current_exe().unwrap();
        let once = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_feedwatch"));
            command.arg("once").arg("--all").arg("--config").arg(&config);
            cost(command)
        };
        rows[0].1.push(cost_of(&this, &["bare".as_ref(), &list]));
        rows[1].1.push(cost_of(&this, &["bare".as_ref(), &list, "304".as_ref()]));
        rows[2].1.push(cost_of(&this, &["least".as_ref(), &list, &folder.path().join("least.db")]));
        rows[3].1.push(once());
        rows[4].1.push(once());
    }
    let (full, unchanged, connections) = farm.counts();
    let expected = (feeds * ROUNDS * 3) as u64;
    assert!(full == expected && unchanged >= (feeds * ROUNDS) as u64, "{full} full answers, {unchanged} unchanged");
    println!("{feeds} feeds of {items} items, {ROUNDS} rounds, {AT_ONCE} at once, {connections} connections");
    println!("{:<40} {:>12} {:>10} {:>10} {:>10}", "", "CPU us/feed", "wall s", "peak MiB", "CPU ratio");
    let base = [median(&rows[0].1).cpu_s, median(&rows[1].1).cpu_s];
    for (name, costs) in &rows {
        let Cost { cpu_s, wall_s, peak_mib } = median(costs);
        let base = if name.contains("304") || name.contains("not modified") { base[1] } else { base[0] };
        let per_feed = cpu_s * 1e6 / feeds as f64;
        println!("{name:<40} {per_feed:>12.1} {wall_s:>10.2} {peak_mib:>10.1} {:>10.2}", cpu_s / base);
    }
    let ratio = |row: usize, of: usize| median(&rows[row].1).cpu_s / median(&rows[of].1).cpu_s;
    println!("first poll against the least program: {:.2}", ratio(3, 2));
}

/// By CPU; the columns belong to one round.
fn median(costs: &[Cost]) -> Cost {
    let mut sorted = costs.to_vec();
    sorted.sort_by(|a, b| a.cpu_s.total_cmp(&b.cpu_s));
    sorted[sorted.len() / 2]
}

const WATCHES: &str = "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n\
                       [[watch]]\nname = \"office closure\"\nfind = \"office closure\"\n";

fn settings(urls: &[String]) -> String {
    let feeds: String = urls.iter().map(|url| format!("[[feed]]\nurl = \"{url}\"\n")).collect();
    format!(
        "[store]\npath = \"feedwatch.db\"\n[log]\nlevel = \"error\"\n[guard]\nallow = [\"127.0.0.0/8\"]\n\
         [poll]\nat_once = {AT_ONCE}\nper_host = {AT_ONCE}\nhost_gap = \"0s\"\n{feeds}"
    )
}

fn cost_of(program: &Path, arguments: &[&Path]) -> Cost {
    let mut command = Command::new(program);
    command.args(arguments);
    cost(command)
}

fn cost(mut command: Command) -> Cost {
    let (start, before) = (Instant::now(), children_cpu_s());
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak_mib = 0.0_f64;
    let exit = loop {
        // The high-water mark only grows, so that a look now and then sees it.
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let kib =
            text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        peak_mib = peak_mib.max(kib.unwrap_or_default() / 1024.0);
        match child.try_wait().unwrap() {
            Some(exit) => break exit,
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    assert!(exit.success(), "{command:?}: {exit}");
    Cost { cpu_s: children_cpu_s() - before, wall_s: start.elapsed().as_secs_f64(), peak_mib }
}

/// User and system time of all children that ended, proc(5) fields 16 and 17 of stat.
fn children_cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat[stat.rfind(')').unwrap() + 2..].split(' ').collect();
    let ticks = |field: usize| fields[field - 3].parse::<f64>().unwrap();
    (ticks(16) + ticks(17)) / TICKS_PER_S
}

/// A loop over the addresses in a file: only fetched, or parsed and inserted as well.
fn client(list: &str, database: Option<&Path>, conditional: bool) {
    feedwatch::fetch::install_crypto();
    let urls: Vec<String> = std::fs::read_to_string(list).unwrap().lines().map(str::to_owned).collect();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().unwrap().block_on(async {
        let client = Arc::new(reqwest::Client::builder().no_proxy().build().unwrap());
        let (send, mut bodies) = tokio::sync::mpsc::channel::<(String, Vec<u8>)>(512);
        let database = database.map(Path::to_owned);
        let writer = tokio::task::spawn_blocking(move || {
            let mut connection = database.map(|path| open(&path));
            let mut batch = Vec::new();
            while bodies.blocking_recv_many(&mut batch, 256) > 0 {
                match &mut connection {
                    Some(connection) => insert(connection, batch.drain(..)),
                    None => batch.clear(),
                }
            }
        });
        let mut polls = JoinSet::new();
        for url in urls {
            if polls.len() >= AT_ONCE {
                polls.join_next().await.unwrap().unwrap();
            }
            let (client, send) = (Arc::clone(&client), send.clone());
            polls.spawn(async move {
                let path = url[url.find("/feed").unwrap()..].to_owned();
                let mut request = client.get(&url);
                if conditional {
                    request = request.header("if-none-match", format!("\"{path}\""));
                }
                let body = request.send().await.unwrap().bytes().await.unwrap();
                send.send((url, body.to_vec())).await.unwrap();
            });
        }
        while let Some(ended) = polls.join_next().await {
            ended.unwrap();
        }
        drop(send);
        writer.await.unwrap();
    });
}

fn open(path: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.pragma_update(None, "journal_mode", "wal").unwrap();
    connection.pragma_update(None, "synchronous", "full").unwrap();
    let table = "create table item (feed text, id text, title text, link text, body text, primary key (feed, id))";
    connection.execute_batch(table).unwrap();
    connection
}

fn insert(connection: &mut rusqlite::Connection, bodies: impl Iterator<Item = (String, Vec<u8>)>) {
    let transaction = connection.transaction().unwrap();
    {
        let mut insert = transaction.prepare_cached("insert into item values (?1, ?2, ?3, ?4, ?5)").unwrap();
        for (url, body) in bodies {
            for entry in feed_rs::parser::parse(&body[..]).unwrap().entries {
                let title = entry.title.map(|title| title.content);
                let link = entry.links.first().map(|link| link.href.clone());
                let text = entry.summary.map(|summary| summary.content);
                insert.execute(rusqlite::params![url, entry.id, title, link, text]).unwrap();
            }
        }
    }
    transaction.commit().unwrap();
}
