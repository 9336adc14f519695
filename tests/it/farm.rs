//! Thousands of well-behaved feeds from one thread: `/feed/N?items=25&ver=1` on loopback, with an ETag, answered 304 to
//! who knows it, the connection kept. Made to cost little beside what is measured; benches include this file by path.
//!
//! Version v of feed N holds the items v to v + items - 1, newest first: the next version adds one and drops one. Every
//! item has a link, a guid, a fixed date and a body of news-like words, the same in every run.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// What was answered so far.
#[derive(Debug, Default)]
struct Counts {
    full: AtomicU64,
    unchanged: AtomicU64,
    connections: AtomicU64,
}

/// The server. It ends when it is dropped.
pub(crate) struct Farm {
    addresses: Vec<SocketAddr>,
    counts: Arc<Counts>,
    thread: String,
    _stop: oneshot::Sender<()>,
}

impl Farm {
    /// Serves from so many hosts, 127.0.0.1 and up.
    pub(crate) fn start(hosts: u8) -> Farm {
        let listeners: Vec<_> = (1..=hosts)
            .map(|host| {
                let listener =
                    std::net::TcpListener::bind((Ipv4Addr::new(127, 0, 0, host), 0)).expect("loopback has free ports");
                listener.set_nonblocking(true).expect("a fresh socket takes flags");
                listener
            })
            .collect();
        let addresses = listeners.iter().map(|listener| listener.local_addr().expect("it is bound")).collect();
        let counts = Arc::<Counts>::default();
        let (_stop, stopped) = oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let shared = counts.clone();
        std::thread::spawn(move || {
            let thread = std::fs::read_link("/proc/thread-self").unwrap_or_default();
            tell.send(format!("/proc/{}/schedstat", thread.display())).expect("the starter waits for it");
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime starts");
            runtime.block_on(async {
                for listener in listeners {
                    let listener = TcpListener::from_std(listener).expect("it is non-blocking");
                    tokio::spawn(accept(listener, shared.clone()));
                }
                drop(stopped.await);
            });
        });
        let thread = told.recv().expect("the thread says its number first");
        Farm { addresses, counts, thread, _stop }
    }

    /// Feed `n` in a version, with so many items; feeds go round the hosts.
    pub(crate) fn url(&self, n: usize, items: usize, version: usize) -> String {
        let host = self.addresses[n % self.addresses.len()];
        format!("http://{host}/feed/{n}?items={items}&ver={version}")
    }

    /// Full answers, 304s and connections so far.
    pub(crate) fn counts(&self) -> (u64, u64, u64) {
        let Counts { full, unchanged, connections } = &*self.counts;
        (full.load(Ordering::Relaxed), unchanged.load(Ordering::Relaxed), connections.load(Ordering::Relaxed))
    }

    /// CPU time of the farm's thread so far in seconds, to be taken off the process's.
    pub(crate) fn cpu_s(&self) -> f64 {
        let schedstat = std::fs::read_to_string(&self.thread).unwrap_or_default();
        let nanos = schedstat.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok());
        nanos.unwrap_or_default() / 1e9
    }
}

async fn accept(listener: TcpListener, counts: Arc<Counts>) {
    while let Ok((socket, _)) = listener.accept().await {
        counts.connections.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(converse(socket, counts.clone()));
    }
}

/// Answers until the client goes, whose right that is at any moment.
async fn converse(mut socket: TcpStream, counts: Arc<Counts>) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(1024);
    loop {
        while !buffer.ends_with(b"\r\n\r\n") {
            if socket.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        }
        let head = String::from_utf8_lossy(&buffer);
        let path = head.split(' ').nth(1).unwrap_or_default();
        let known = head.lines().find_map(|line| line.strip_prefix("if-none-match: "));
        let etag = format!("\"{path}\"");
        let answer = if known == Some(&etag) {
            counts.unchanged.fetch_add(1, Ordering::Relaxed);
            format!("HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n")
        } else {
            counts.full.fetch_add(1, Ordering::Relaxed);
            let feed = feed(path);
            let length = feed.len();
            format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: {etag}\r\nContent-Length: {length}\r\n\r\n{feed}"
            )
        };
        socket.write_all(answer.as_bytes()).await?;
        buffer.clear();
    }
}

const WORDS: [&str; 24] = [
    "minister",
    "said",
    "the",
    "region",
    "talks",
    "after",
    "week",
    "of",
    "a",
    "new",
    "report",
    "on",
    "trade",
    "and",
    "water",
    "officials",
    "in",
    "city",
    "would",
    "not",
    "comment",
    "until",
    "Tuesday",
    "prices",
];

/// The feed of a path; an unreadable one gives the defaults.
fn feed(path: &str) -> String {
    let number = |key: &str, default: usize| {
        let digits = path.split_once(key).map(|(_, rest)| rest.split(|c: char| !c.is_ascii_digit()).next());
        digits.flatten().and_then(|digits| digits.parse().ok()).unwrap_or(default)
    };
    let (n, items, version) = (number("/feed/", 0), number("items=", 4), number("ver=", 0));
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel><title>Farm feed {n}</title>\
         <link>https://farm.example/{n}</link><description>Words of feed {n}</description>\n"
    );
    for item in (version..version + items).rev() {
        // Any spread of words will do, as long as it is the same each time.
        let words = |from: usize, count: usize| {
            let word = |k: usize| WORDS[(n * 7 + item * 13 + k * k + k * 5) % WORDS.len()];
            (from..from + count).map(word).collect::<Vec<_>>().join(" ")
        };
        let (title, body, day, hour) = (words(0, 8), words(8, 40), 1 + item / 24 % 28, item % 24);
        text.push_str(&format!(
            "<item><title>{title} {item}</title><link>https://farm.example/{n}/{item}</link>\
             <guid isPermaLink=\"false\">farm-{n}-{item}</guid>\
             <pubDate>{day:02} Mar 2026 {hour:02}:00:00 GMT</pubDate>\
             <description>{body}</description></item>\n"
        ));
    }
    text.push_str("</channel></rss>\n");
    text
}
