//! `cargo bench --bench poll [-- FEEDS ITEMS]`: what a poll costs, beside a bare reqwest loop over the same addresses
//! and a least program (fetch, feed-rs, insert), all against one server on loopback in one run.
//!
//! The least program keeps what it needs to ask again (an ETag a feed) and nothing else. Every contestant is a process
//! of its own, so that CPU (user and system, from /proc) and peak memory are its alone, its start included. Figures are
//! means of the rounds; the ratios are what to quote.

#![allow(clippy::unwrap_used)]

#[path = "../tests/it/farm.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod farm;

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

const ROUNDS: usize = 5;
/// What takes little CPU runs so often a round: the kernel tells CPU to the hundredth of a second only.
const AGAIN: usize = 5;
const AT_ONCE: usize = 64;
/// The kernel counts CPU in these (USER_HZ, the same on every Linux).
const TICKS_PER_S: f64 = 100.0;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let texts: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match texts[..] {
        ["bare", list] => client(list, None, false),
        ["bare", list, "304"] => client(list, None, true),
        ["least", list, database] => client(list, Some(Path::new(database)), true),
        [feeds, items] => compare(feeds.parse().unwrap(), items.parse().unwrap()),
        // What readers have, and what a machine full of small feeds has.
        _ => [(1_000, 25), (10_000, 4)].into_iter().for_each(|(feeds, items)| compare(feeds, items)),
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
    const NAMES: [&str; 7] = [
        "bare reqwest loop, 200",
        "bare reqwest loop, 304",
        "least program, cold",
        "least program, unchanged",
        "feedwatch once --all, cold",
        "feedwatch once --all, unchanged",
        "feedwatch once, nothing due",
    ];
    let mut rows: [Vec<Cost>; NAMES.len()] = Default::default();
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("urls");
        std::fs::write(&list, urls.join("\n")).unwrap();
        let config = folder.path().join("feedwatch.toml");
        std::fs::write(&config, settings(&urls)).unwrap();
        std::fs::write(folder.path().join("watches.toml"), WATCHES).unwrap();
        let this = std::env::current_exe().unwrap();
        let database = folder.path().join("least.db");
        let once = |all: Option<&str>| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_feedwatch"));
            command.arg("once").args(all).arg("--config").arg(&config);
            cost(command)
        };
        rows[0].push(cost_of(&this, &["bare".as_ref(), &list]));
        rows[2].push(cost_of(&this, &["least".as_ref(), &list, &database]));
        rows[4].push(once(Some("--all")));
        for _ in 0..AGAIN {
            rows[1].push(cost_of(&this, &["bare".as_ref(), &list, "304".as_ref()]));
            rows[3].push(cost_of(&this, &["least".as_ref(), &list, &database]));
            rows[5].push(once(Some("--all")));
            rows[6].push(once(None));
        }
    }
    let (full, unchanged, connections) = farm.counts();
    let cold = (feeds * ROUNDS * 3) as u64;
    assert_eq!((full, unchanged), (cold, cold * AGAIN as u64), "full answers and unchanged ones");
    println!("{feeds} feeds of {items} items, {ROUNDS} rounds, {AT_ONCE} at once, {connections} connections");
    println!("{:<34} {:>12} {:>10} {:>10} {:>9} {:>9}", "", "CPU us/feed", "wall s", "peak MiB", "of bare", "of least");
    let cpu: Vec<f64> = rows.iter().map(|costs| mean(costs).cpu_s).collect();
    for (n, (name, costs)) in NAMES.iter().zip(&rows).enumerate() {
        let Cost { cpu_s, wall_s, peak_mib } = mean(costs);
        let (per_feed, of_bare, of_least) = (cpu_s * 1e6 / feeds as f64, cpu_s / cpu[n % 2], cpu_s / cpu[2 + n % 2]);
        println!("{name:<34} {per_feed:>12.1} {wall_s:>10.2} {peak_mib:>10.1} {of_bare:>9.2} {of_least:>9.2}");
    }
}

/// Over the rounds the kernel's rounding evens out.
fn mean(costs: &[Cost]) -> Cost {
    let mean = |of: fn(&Cost) -> f64| costs.iter().map(of).sum::<f64>() / costs.len() as f64;
    Cost { cpu_s: mean(|cost| cost.cpu_s), wall_s: mean(|cost| cost.wall_s), peak_mib: mean(|cost| cost.peak_mib) }
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

/// A loop over the addresses in a file: only fetched, or parsed and inserted as well. Conditional where an ETag is
/// known.
fn client(list: &str, database: Option<&Path>, conditional: bool) {
    feedwatch::fetch::install_crypto();
    let urls: Vec<String> = std::fs::read_to_string(list).unwrap().lines().map(str::to_owned).collect();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().unwrap().block_on(async {
        let client = Arc::new(reqwest::Client::builder().no_proxy().build().unwrap());
        let (send, mut answers) = tokio::sync::mpsc::channel(512);
        let mut connection = database.map(open);
        let etags: HashMap<String, Vec<u8>> = match &connection {
            Some(connection) => known(connection),
            None if conditional => urls.iter().map(|url| (url.clone(), etag(url))).collect(),
            None => HashMap::new(),
        };
        let writer = tokio::task::spawn_blocking(move || {
            let mut batch = Vec::new();
            while answers.blocking_recv_many(&mut batch, 256) > 0 {
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
            let (client, send, etag) = (Arc::clone(&client), send.clone(), etags.get(&url).cloned());
            polls.spawn(async move {
                let mut request = client.get(&url);
                if let Some(etag) = etag {
                    request = request.header("if-none-match", etag);
                }
                let response = request.send().await.unwrap();
                let unchanged = response.status() == 304;
                let etag = response.headers()["etag"].as_bytes().to_vec();
                let body = response.bytes().await.unwrap().to_vec();
                if !unchanged {
                    send.send(Answer { url, etag, body }).await.unwrap();
                }
            });
        }
        while let Some(ended) = polls.join_next().await {
            ended.unwrap();
        }
        drop(send);
        writer.await.unwrap();
    });
}

/// A document and what to ask for it with the next time.
struct Answer {
    url: String,
    etag: Vec<u8>,
    body: Vec<u8>,
}

/// The ETag that the farm gives an address.
fn etag(url: &str) -> Vec<u8> {
    format!("\"{}\"", &url[url.find("/feed").unwrap()..]).into_bytes()
}

fn open(path: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.pragma_update(None, "journal_mode", "wal").unwrap();
    connection.pragma_update(None, "synchronous", "full").unwrap();
    let tables = "create table if not exists feed (url text primary key, etag blob); create table if not exists \
                  item (feed text, id text, title text, link text, body text, published text, primary key (feed, id))";
    connection.execute_batch(tables).unwrap();
    connection
}

fn known(connection: &rusqlite::Connection) -> HashMap<String, Vec<u8>> {
    let mut read = connection.prepare("select url, etag from feed").unwrap();
    let rows = read.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn insert(connection: &mut rusqlite::Connection, answers: impl Iterator<Item = Answer>) {
    let transaction = connection.transaction().unwrap();
    {
        let mut feed = transaction.prepare_cached("insert or replace into feed values (?1, ?2)").unwrap();
        let mut insert = transaction.prepare_cached("insert into item values (?1, ?2, ?3, ?4, ?5, ?6)").unwrap();
        for Answer { url, etag, body } in answers {
            for entry in feed_rs::parser::parse(&body[..]).unwrap().entries {
                let title = entry.title.map(|title| title.content);
                let link = entry.links.first().map(|link| link.href.clone());
                let text = entry.summary.map(|summary| summary.content);
                let published = entry.published.map(|at| at.to_rfc3339());
                insert.execute(rusqlite::params![url, entry.id, title, link, text, published]).unwrap();
            }
            feed.execute(rusqlite::params![url, etag]).unwrap();
        }
    }
    transaction.commit().unwrap();
}
