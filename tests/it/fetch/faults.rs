//! Servers that are broken, slow, sloppy or hostile.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use feedwatch::fetch::{FetchError, Http, Tuning};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use tokio::task::JoinSet;

use super::{AGES, LIMIT, document, error, get, http, names, tuned};
use crate::server::{Answer, Fault, Server, moved, ok, raw, status};

const X: &[u8] = b"x";
const FEED: &[u8] = b"<rss version='2.0'><channel><title>t</title></channel></rss>";

type Expected = Result<&'static [u8], &'static str>;

/// Polls each answer, all at once, and compares what came of it.
async fn check(http: Http, cases: impl IntoIterator<Item = (&'static str, Answer, Expected)>) {
    let server = Arc::new(Server::start());
    let mut polls = JoinSet::new();
    for (name, answer, expected) in cases {
        let (server, http) = (server.clone(), http.clone());
        polls.spawn(async move {
            let path = format!("/{name}").replace(' ', "-");
            server.on(&path, answer);
            let result = get(&http, &server.url(&path)).await;
            let found = if result.is_ok() { Ok(document(result).body) } else { Err(error(result)) };
            (found.as_deref().map_err(String::as_str) != expected).then(|| format!("{name}: {found:?}"))
        });
    }
    let wrong: Vec<String> = polls.join_all().await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

macro_rules! packed {
    ($encoder:ident, $body:expr) => {{
        let mut writer = $encoder::new(Vec::new(), Compression::default());
        writer.write_all($body).unwrap();
        writer.finish().unwrap()
    }};
}

fn gzip(body: &[u8]) -> Vec<u8> {
    packed!(GzEncoder, body)
}

fn brotli(body: &[u8]) -> Vec<u8> {
    // A stream of one uncompressed block: window bits, then length, then the bytes, then the empty last block.
    let length = body.len() - 1;
    let header = (length as u32) << 3 << 1 | 1 << 20;
    let mut stream = vec![(header & 0xff) as u8, (header >> 8) as u8, (header >> 16) as u8];
    stream.extend_from_slice(body);
    stream.push(3);
    stream
}

fn encoded(encoding: &str, body: impl Into<Vec<u8>>) -> Answer {
    ok(body).with("Content-Encoding", encoding)
}

fn many_fields(count: usize) -> Answer {
    (0..count).fold(ok(FEED), |answer, n| answer.with(&format!("X-{n}"), "v"))
}

#[tokio::test]
async fn bodies_are_decoded_counted_and_complete_or_refused() {
    let squeezed = gzip(FEED);
    let too_large = Err("the body is larger than 20000 bytes");
    let cut = Err("the body is broken gzip: incomplete deflate stream");
    let short = Err("the body cannot be read: end of file before message length reached");
    let at_limit = vec![b' '; LIMIT as usize].leak();
    check(
        http(),
        [
            ("plain", ok(FEED), Ok(FEED)),
            ("until close", ok(FEED).until_close(), Ok(FEED)),
            ("identity", encoded("identity", FEED), Ok(FEED)),
            ("gzip", encoded("gzip", gzip(FEED)), Ok(FEED)),
            ("brotli", encoded("br", brotli(FEED)), Ok(FEED)),
            ("deflate", encoded("deflate", packed!(ZlibEncoder, FEED)), Ok(FEED)),
            ("deflate bare", encoded("deflate", packed!(DeflateEncoder, FEED)), Ok(FEED)),
            ("gzip loudly", encoded("X-GZIP", gzip(FEED)), Ok(FEED)),
            ("gzip in two", encoded("gzip", [gzip(&FEED[..20]), gzip(&FEED[20..])].concat()), Ok(FEED)),
            ("gzip of nothing", encoded("gzip", []), Ok(b"")),
            ("gzip and garbage", encoded("gzip", [&squeezed[..], b"\n\n"].concat()), Ok(FEED)),
            ("gzip cut", encoded("gzip", &squeezed[..30]), cut),
            (
                "gzip without its sum",
                encoded("gzip", &squeezed[..squeezed.len() - 8]),
                Err("the body is broken gzip: unexpected end of file"),
            ),
            (
                "brotli cut",
                encoded("br", &brotli(FEED)[..30]),
                Err("the body is broken brotli: it is cut off, or not brotli at all"),
            ),
            (
                "deflate cut",
                encoded("deflate", &packed!(ZlibEncoder, FEED)[..20]),
                Err("the body is broken deflate: incomplete deflate stream"),
            ),
            ("gzip bomb", encoded("gzip", gzip(&vec![b' '; 10_000_000])), too_large),
            ("at the limit", ok(&*at_limit), Ok(&*at_limit)),
            ("over the limit", ok(vec![b' '; LIMIT as usize + 1]), too_large),
            ("claims too much", ok("x").claiming(LIMIT + 1).then(Fault::Hang), too_large),
            ("endless", ok(vec![b'x'; 1000]).until_close().then(Fault::Endless), too_large),
            ("short", ok(FEED).claiming(100).then(Fault::Close), short),
            (
                "reset",
                ok(FEED).claiming(100).then(Fault::Reset),
                Err("the body cannot be read: connection reset by peer"),
            ),
            ("longer than claimed", ok(FEED).claiming(10), Ok(&FEED[..10])),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_wrong_content_encoding_costs_no_feed() {
    let squeezed = gzip(FEED);
    let deflated = packed!(ZlibEncoder, FEED);
    let utf16: &[u8] = b"\xff\xfe<\0r\0s\0s\0/\0>\0";
    let json: &[u8] = b"\n {\"items\": []}";
    let png: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR<{";
    let zstd: &[u8] = b"\x28\xb5\x2f\xfd\x04\x58\x21\x00\x00<rss/>\x9b";
    check(
        http(),
        [
            // Names of no encoding, over a body that is as it is.
            ("none", encoded("none", FEED), Ok(FEED)),
            ("a charset", encoded("UTF-8", FEED), Ok(FEED)),
            ("another charset", encoded("iso-8859-1", FEED), Ok(FEED)),
            ("nothing", encoded("", FEED), Ok(FEED)),
            ("binary", encoded("binary", FEED), Ok(FEED)),
            ("8bit", encoded("8bit", json), Ok(json)),
            ("a list", encoded("identity, none", FEED), Ok(FEED)),
            ("two fields", encoded("none", FEED).with("Content-Encoding", "utf-8"), Ok(FEED)),
            ("utf-16", encoded("utf-16", utf16), Ok(utf16)),
            ("zstd over plain", encoded("zstd", FEED), Ok(FEED)),
            // Names misspelt, over a body that is packed.
            ("gz", encoded("gz", &*squeezed), Ok(FEED)),
            ("gzipped", encoded("gzipped", &*squeezed), Ok(FEED)),
            ("a media type", encoded("application/gzip", &*squeezed), Ok(FEED)),
            ("a parameter", encoded("gzip;q=1.0", &*squeezed), Ok(FEED)),
            ("quoted", encoded("\"gzip\"", &*squeezed), Ok(FEED)),
            ("zlib by looks", encoded("compressed", &*deflated), Ok(FEED)),
            ("brotli by its long name", encoded("brotli", brotli(FEED)), Ok(FEED)),
            // Announced and not done, or done otherwise.
            ("gzip over plain", encoded("gzip", FEED), Ok(FEED)),
            ("br over plain", encoded("br", FEED), Ok(FEED)),
            ("deflate over plain", encoded("deflate", FEED), Ok(FEED)),
            ("gzip over deflate", encoded("gzip", &*deflated), Ok(FEED)),
            ("deflate over gzip", encoded("deflate", &*squeezed), Ok(FEED)),
            ("br over gzip", encoded("br", &*squeezed), Ok(FEED)),
            ("twice, done once", encoded("gzip, gzip", &*squeezed), Ok(FEED)),
            // Done twice.
            ("twice", encoded("gzip, gzip", gzip(&squeezed)), Ok(FEED)),
            ("two ways", encoded("deflate, gzip", gzip(&deflated)), Ok(FEED)),
            ("three times", encoded("gzip, br, deflate", packed!(ZlibEncoder, &brotli(&squeezed))), Ok(FEED)),
            (
                "four times",
                encoded("gzip,gzip,gzip,gzip", FEED),
                Err("the body is encoded more than 3 times over: \"gzip,gzip,gzip,gzip\""),
            ),
            // What cannot be read is told.
            ("zstd", encoded("zstd", zstd), Err("the body is encoded as \"zstd\", which was not asked for")),
            ("an image", encoded("none", png), Err("the body is encoded as \"none\", which was not asked for")),
            ("gzip over an image", encoded("gzip", png), Err("the body is broken gzip: invalid gzip header")),
            // Bombs of pieces and of windows.
            ("a hundred members", encoded("gzip", [gzip(b"").repeat(99), gzip(FEED)].concat()), Ok(FEED)),
            (
                "too many members",
                encoded("gzip", [gzip(b"").repeat(100), gzip(FEED)].concat()),
                Err("the body is broken gzip: it has more than 100 members"),
            ),
            (
                "a window of a gigabyte",
                encoded("br", [0x11, 0x1e | 0xc0]),
                Err("the body is broken brotli: its window is larger than the 16 MB that RFC 7932 allows"),
            ),
            (
                "a bomb within",
                encoded("gzip, gzip", gzip(&gzip(&vec![b' '; 10_000_000]))),
                Err("the body is larger than 20000 bytes"),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn sloppy_headers_are_read_and_broken_ones_are_not() {
    let closed = Err("no usable answer: connection closed before message completed");
    let head = |fields: &str| raw(format!("HTTP/1.1 200 OK\r\n{fields}\r\nContent-Length: 1\r\n\r\nx"));
    check(
        http(),
        [
            ("old", raw("HTTP/1.0 200 OK\r\n\r\nx"), Ok(X)),
            ("folded", head("X: one\r\n two"), Ok(X)),
            ("spaced", head("X : one"), Ok(X)),
            ("nonsense", head("X Y: one"), Ok(X)),
            ("not utf-8", ok(X).with("X", b"caf\xe9").with("Content-Type", b"\x80"), Ok(X)),
            ("bare line ends", raw("HTTP/1.1 200 OK\nContent-Length: 1\n\nx"), Ok(X)),
            ("twice", raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"), Ok(X)),
            ("150 fields", many_fields(150), Ok(FEED)),
            ("300 fields", many_fields(300), Err("no usable answer: message head is too large")),
            ("vast", ok(FEED).with("X", vec![b'x'; 1 << 20]), Err("no usable answer: message head is too large")),
            ("two lengths", head("Content-Length: 2"), Err("no usable answer: invalid content-length parsed")),
            ("not http", raw("SSH-2.0-OpenSSH_9.2\r\n"), Err("no usable answer: invalid HTTP version parsed")),
            ("nothing", raw(""), closed),
            ("half", raw("HTTP/1.1 200 OK\r\nContent-Le"), closed),
        ],
    )
    .await;
}

#[tokio::test]
async fn who_asks_for_less_tells_when_its_quota_is_full_again() {
    let server = Server::start();
    server.on("/feed", status(429).with("X-RateLimit-Reset", "20"));
    let said = get(&http(), &server.url("/feed")).await;
    let Err(FetchError::Throttled { status: 429, retry_after: None, reset }) = said else { panic!("it asks for less") };
    assert_eq!(reset, Some(Duration::from_secs(20)));
}

#[tokio::test]
async fn every_status_has_its_reaction() {
    check(
        http(),
        [
            ("203", raw("HTTP/1.1 203 Non-Authoritative\r\n\r\nx"), Ok(X)),
            ("204", status(204), Err("HTTP 204 (no document)")),
            ("206", status(206), Err("HTTP 206 (no document)")),
            ("302", status(302), Err("bad redirect: no Location")),
            ("400", status(400), Err("HTTP 400 (bad request)")),
            ("401", status(401), Err("HTTP 401 (needs a user name and password)")),
            ("404", status(404), Err("HTTP 404 (not found)")),
            ("405", status(405), Err("HTTP 405 (method not allowed)")),
            ("413", status(413), Err("HTTP 413 (too large)")),
            ("415", status(415), Err("HTTP 415 (not accepted)")),
            ("422", status(422), Err("HTTP 422 (not accepted)")),
            ("410", status(410), Err("the feed is gone (HTTP 410)")),
            ("429", status(429), Err("the server asks us to slow down (HTTP 429)")),
            (
                "429 with a time",
                status(429).with("Retry-After", "120"),
                Err("the server asks us to slow down (HTTP 429, retry after 120 s)"),
            ),
            ("503", status(503), Err("HTTP 503 (server error)")),
            (
                "503 with a date",
                status(503)
                    .with("Date", "Fri, 06 Mar 2026 12:00:00 GMT")
                    .with("Retry-After", "Friday, 06-Mar-26 12:01:00 GMT"),
                Err("the server asks us to slow down (HTTP 503, retry after 60 s)"),
            ),
            (
                "403 with a page",
                status(403).with("Content-Type", "Text/HTML; charset=utf-8"),
                Err("HTTP 403 (forbidden) with a web page, perhaps a challenge for browsers"),
            ),
            (
                "503 with a page",
                status(503).with("Content-Type", "text/html"),
                Err("HTTP 503 (server error) with a web page, perhaps a challenge for browsers"),
            ),
            ("404 with a page", status(404).with("Content-Type", "text/html"), Err("HTTP 404 (not found)")),
            ("503 unreadable", status(503).with("Retry-After", "soon"), Err("HTTP 503 (server error)")),
            ("999", status(999), Err("HTTP 999 (no document)")),
        ],
    )
    .await;
}

#[tokio::test]
async fn patience_ends_in_each_phase_with_its_name() {
    let short = Duration::from_millis(100);
    let long = Tuning { connect: AGES, answer: AGES, idle: AGES, ..Tuning::default() };
    let silent = tuned(AGES, Tuning { answer: short, ..long.clone() });
    let hanging = tuned(AGES, Tuning { idle: short, ..long.clone() });
    let whole = tuned(short * 4, long.clone());
    let hangs = ok(FEED).claiming(100).then(Fault::Hang);
    let drips = ok(FEED).then(Fault::Drip(short / 4));
    let expected = Err("timed out while waiting for the answer after 0.1 s");
    let answer = check(silent, [("silence", status(200).then(Fault::Silence), expected)]);
    let idle = check(hanging, [("hang", hangs, Err("timed out while reading the body after 0.1 s"))]);
    let drip = check(whole, [("drip", drips, Err("timed out while reading the body after 0.4 s"))]);

    let never = Tuning { connect: short, lookup: Arc::new(|_| Box::pin(std::future::pending())), ..long };
    let connecting = async {
        let found = error(get(&tuned(AGES, never), "http://silent.example/").await);
        assert_eq!(found, "timed out while connecting after 0.1 s");
    };
    tokio::join!(answer, idle, drip, connecting);
}

#[tokio::test]
async fn a_host_that_cannot_be_reached_is_named() {
    let table: &[(&str, &[&str])] = &[("empty.example", &[]), ("shut.example", &["127.0.0.1"])];
    let http = tuned(AGES, Tuning { lookup: names(table), ..Tuning::default() });
    let reach = async |url: &str| error(get(&http, url).await);
    assert_eq!(reach("http://nowhere.example/").await, "nowhere.example: name not found");
    assert_eq!(reach("http://trouble.example/").await, "trouble.example: the name could not be looked up");
    assert_eq!(reach("http://empty.example/").await, "empty.example: name not found");
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = get(&http, &format!("http://shut.example:{port}/")).await.unwrap_err();
    assert_eq!(refused.to_string(), format!("connection refused (shut.example:{port})"));
    assert!(matches!(refused, FetchError::TurnedAway(_)), "who refuses is there: {refused:?}");
}

#[tokio::test]
async fn a_fault_on_the_way_counts_like_one_at_its_end() {
    let server = Server::start();
    server.on("/feed", moved(301, "/gone"));
    server.on("/gone", status(410));
    assert_eq!(error(get(&http(), &server.url("/feed")).await), "the feed is gone (HTTP 410)");
}
