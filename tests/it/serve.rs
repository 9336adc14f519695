//! The local endpoint, asked over real sockets: what it says, and that no client can hurt it.
#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use feedwatch::clock::{Clock, Timestamp, earlier, later};
use feedwatch::feed;
use feedwatch::model::{Alert, Kind, Level, Routes};
use feedwatch::serve::{self, Given, Source, Vitals};
use feedwatch::store::{RunStatus, Store, Tally};
use tokio::sync::watch;

/// More than any answer takes on a busy machine; reached only when something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// An endpoint on a port of its own, over a database with these alerts.
struct Endpoint {
    at: SocketAddr,
    vitals: watch::Sender<Vitals>,
    store: std::path::PathBuf,
    _runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

impl Endpoint {
    fn with(alerts: &[Alert]) -> Endpoint {
        let folder = crate::fresh::folder();
        let path = folder.path().join("feedwatch.db");
        let store = Store::open(&path).unwrap();
        let now = Timestamp::now();
        store.run_started("1f", now).unwrap();
        let routes = Routes { always: vec!["log".to_owned()], ..Routes::default() };
        store.raise(alerts, &routes).unwrap();
        let status = RunStatus {
            feeds: 12_345,
            failing: 3,
            watches: 2,
            last_success_at: Some(now),
            tally: Tally { polls: 10, failed: 4, raised: 2, story_publishers: 7, ..Tally::default() },
            ..RunStatus::default()
        };
        let (vitals, seen) = watch::channel(Vitals { started_at: now, is_ready: true, written_at: now, status });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let source = Source { clock: Clock::System, store: path.clone(), vitals: seen };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.spawn(serve::run(vec![Given::Tcp(listener)], None, source));
        Endpoint { at, vitals, store: path, _runtime: runtime, _folder: folder }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.at).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends these bytes and gives the whole answer.
    fn say(&self, request: &str) -> String {
        let mut stream = self.connect();
        // What the server refuses early it need not read to its end.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    }

    fn get(&self, path: &str) -> String {
        self.say(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.at))
    }
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

fn alert(n: u8, title: &str) -> Alert {
    let time = later(Timestamp::UNIX_EPOCH, Duration::from_secs(1_790_000_000 + u64::from(n)));
    let message = format!("mediation: {title}");
    let mut alert = Alert::about(Kind::Alert, Level::High, format!("{n:032x}"), time, message, "1f");
    alert.watch.name = "mediation & \"more\"".to_owned();
    alert.article.url = Some(format!("https://news.example/{n}?a=1&b=2"));
    alert.snippet = format!("They let [[mediators]] in on day {n}.");
    alert
}

#[test]
fn the_alerts_are_a_feed_that_feedwatch_itself_reads() {
    let hostile = "5 < 6 \u{1b}[31m\u{202e}title & \u{0}more\u{ffff}";
    let endpoint = Endpoint::with(&[alert(1, "first"), alert(2, hostile)]);
    let answer = endpoint.get("/alerts.atom");
    assert_eq!(status(&answer), "200");
    let url = "http://127.0.0.1/alerts.atom".parse().unwrap();
    let read = feed::parse(body(&answer).as_bytes(), &url, Some("application/atom+xml")).unwrap();
    assert!(read.notes.is_empty(), "{:?}", read.notes);
    let articles: Vec<_> =
        read.articles.iter().map(|article| (&*article.title, article.url.as_deref().unwrap())).collect();
    assert_eq!(
        articles,
        [
            ("mediation: 5 < 6 \\u{1b}[31m\\u{202e}title & \\u{0}more\u{fffd}", "https://news.example/2?a=1&b=2"),
            ("mediation: first", "https://news.example/1?a=1&b=2"),
        ],
        "{answer}"
    );
    let first = &read.articles[1];
    assert_eq!(first.key, "urn:uuid:00000000-0000-8000-8000-000000000001");
    assert!(first.summary.contains("They let [[mediators]] in on day 1."), "{}", first.summary);
    assert!(body(&answer).contains("<updated>2026-09-21T14:13:22.000000Z</updated>"), "of the newest alert: {answer}");
    // Who has it already is not sent it again.
    let etag = answer.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let again =
        endpoint.say(&format!("GET /alerts.atom HTTP/1.1\r\nHost: {}\r\nIf-None-Match: {etag}\r\n\r\n", endpoint.at));
    assert_eq!((status(&again), body(&again)), ("304", ""));
}

#[test]
fn a_watch_has_a_feed_of_its_own_and_both_are_asked_by_level_and_verdict() {
    let mut other = alert(3, "third");
    "other".clone_into(&mut other.watch.name);
    (other.level, other.level_number) = (Level::Info, Level::Info.number());
    let endpoint = Endpoint::with(&[alert(1, "first"), alert(2, "second"), other]);
    let store = Store::open(&endpoint.store).unwrap();
    store.acknowledge(&alert(2, "").id, Some(feedwatch::model::Verdict::Useful), None, Timestamp::now()).unwrap();
    let watch = "/watch/mediation%20%26%20%22MORE%22.atom";
    let mut ids = std::collections::BTreeSet::new();
    for (path, titles) in [
        ("/alerts.atom".to_owned(), "321"),
        ("/alerts.atom?level=high".to_owned(), "21"),
        ("/alerts.atom?verdict=useful".to_owned(), "2"),
        ("/alerts.atom?verdict=noise".to_owned(), ""),
        (watch.to_owned(), "21"),
        (format!("{watch}?verdict=useful&level=warning"), "2"),
        ("/watch/other.atom".to_owned(), "3"),
        ("/watch/other.atom?level=notice".to_owned(), ""),
        ("/watch/nobody.atom".to_owned(), ""),
    ] {
        let answer = endpoint.get(&path);
        assert_eq!(status(&answer), "200", "{path}: {answer}");
        let links = body(&answer).split("https://news.example/").skip(1);
        assert_eq!(links.map(|rest| &rest[..1]).collect::<String>(), titles, "{path}: {answer}");
        let id = body(&answer).split("<id>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert!(ids.insert(id), "each feed has an id of its own");
    }
    assert!(body(&endpoint.get(watch)).contains("<title>feedwatch alerts: mediation &amp; "), "its title names it");
    assert_eq!(status(&endpoint.get("/alerts.atom?level=loud")), "400");
    assert_eq!(status(&endpoint.get("/watch/other")), "404");
}

#[test]
fn metrics_are_documented_and_do_not_grow_with_the_feeds() {
    let endpoint = Endpoint::with(&[alert(1, "first")]);
    let answer = endpoint.get("/metrics");
    assert!(answer.contains("content-type: text/plain; version=0.0.4"), "{answer}");
    let page = body(&answer);
    let documented = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("OPERATING.md")).unwrap();
    let mut families = 0;
    for line in page.lines() {
        let mut words = line.split(' ');
        match (words.next().unwrap(), words.next().unwrap()) {
            ("#", "HELP") => {}
            ("#", "TYPE") => {
                families += 1;
                let name = words.next().unwrap();
                assert!(documented.contains(&format!("`{name}`")), "OPERATING.md does not tell of {name}");
            }
            (sample, value) => assert!(value.parse::<f64>().is_ok() && !sample.contains("http"), "{line}"),
        }
    }
    assert!(families >= 20, "{families}");
    for line in [
        "feedwatch_feeds 12345",
        "feedwatch_feeds_failing 3",
        "feedwatch_polls_total{result=\"ok\"} 6",
        "feedwatch_polls_total{result=\"failed\"} 4",
        "feedwatch_outbox_records{sink=\"log\"} 1",
        "feedwatch_story_gains_total{what=\"publishers\"} 7",
        "feedwatch_store_readable 1",
    ] {
        assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
    }
    assert!(page.lines().count() < 120);
}

#[test]
fn healthz_is_200_while_all_is_well_and_503_with_the_reason_otherwise() {
    let endpoint = Endpoint::with(&[]);
    let answer = endpoint.get("/healthz");
    assert_eq!(status(&answer), "200", "{answer}");
    let document: serde_json::Value = serde_json::from_str(body(&answer)).unwrap();
    assert_eq!((&document["status"], &document["ready"]), (&"ok".into(), &true.into()));
    assert!(document["last_successful_poll"].is_string() && document["lag_ms"].is_u64(), "{document}");
    endpoint.vitals.send_modify(|vitals| vitals.written_at = earlier(vitals.written_at, Duration::from_secs(90)));
    let answer = endpoint.get("/healthz");
    assert_eq!(status(&answer), "503");
    assert!(answer.contains("no sign of life was written to the database for 9"), "{answer}");
    endpoint.vitals.send_modify(|vitals| (vitals.written_at, vitals.is_ready) = (Timestamp::now(), false));
    assert!(endpoint.get("/healthz").contains("starting"));
}

#[test]
fn only_reading_is_possible_and_only_under_a_local_name() {
    let endpoint = Endpoint::with(&[]);
    let said = |request: &str| status(&endpoint.say(request)).to_owned();
    assert_eq!(said("POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"), "405");
    assert_eq!(said("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"), "404");
    assert_eq!(said("HEAD /metrics HTTP/1.1\r\nHost: [::1]:9417\r\n\r\n"), "200");
    assert_eq!(said("GET /metrics HTTP/1.0\r\n\r\n"), "200");
    // A web page whose name was made to point here.
    assert_eq!(said("GET /alerts.atom HTTP/1.1\r\nHost: evil.example:9417\r\n\r\n"), "421");
    assert_eq!(said("what is this\r\n\r\n"), "400");
    let long = "x".repeat(20_000);
    assert_eq!(said(&format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: {long}\r\n\r\n")), "431");
}

#[test]
fn a_host_that_is_no_local_name_is_refused_however_it_is_written() {
    let endpoint = Endpoint::with(&[]);
    let said = |host: &[u8]| {
        let mut stream = endpoint.connect();
        let request = [&b"GET /healthz HTTP/1.1\r\nHost: "[..], host, b"\r\n\r\n"].concat();
        stream.write_all(&request).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        status(&String::from_utf8_lossy(&answer)).to_owned()
    };
    for host in ["localhost", "LOCALHOST:9417", "127.0.0.1", "[::1]:1"] {
        assert_eq!(said(host.as_bytes()), "200", "{host}");
    }
    let strange: [&[u8]; 8] = [
        b"\xff",
        b"caf\xc3\xa9.example",
        b"localhost\xff",
        b"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1",
        b"127.0.0.1\xe3\x80\x82evil.example",
        b"",
        b"local host",
        b"localhost.evil.example",
    ];
    for host in strange {
        assert_eq!(said(host), "421", "{:?}", String::from_utf8_lossy(host));
    }
}

/// So many clients that hold a connection each with what they say, and what `/healthz` takes meanwhile.
#[track_caller]
fn check_slow(endpoint: &Endpoint, count: usize, says: &[u8]) {
    let slow: Vec<TcpStream> = (0..count)
        .map(|_| {
            let mut stream = endpoint.connect();
            let _ = stream.write_all(says);
            stream
        })
        .collect();
    for _ in 0..3 {
        let start = Instant::now();
        assert_eq!(status(&endpoint.get("/healthz")), "200", "{:?}", String::from_utf8_lossy(says));
        // Beyond a scrape's usual 10 s it would be of no use; alone it takes some milliseconds.
        assert!(start.elapsed() < Duration::from_secs(8), "{:?} with {says:?}", start.elapsed());
    }
    drop(slow);
}

#[test]
fn slow_clients_make_room_for_a_monitor() {
    // Nothing, half a line, half a head, and an empty line; beside one another, as each is only waiting.
    let all = [&b""[..], b"GET /healthz HT", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ", b"\r\n"];
    std::thread::scope(|scope| {
        for says in all {
            scope.spawn(move || check_slow(&Endpoint::with(&[]), 200, says));
        }
    });
}

#[test]
fn clients_that_say_nothing_hold_nobody_up() {
    let endpoint = Endpoint::with(&[]);
    // As many as there are places, and some that wait before anybody else.
    let silent: Vec<TcpStream> = (0..40).map(|_| endpoint.connect()).collect();
    let start = Instant::now();
    assert_eq!(status(&endpoint.get("/healthz")), "200");
    assert!(start.elapsed() < PATIENCE / 2, "{:?}", start.elapsed());
    drop(silent);
}
