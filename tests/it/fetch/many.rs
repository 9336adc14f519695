//! Many feeds at once: connections are kept, and nothing is asked twice.

use std::sync::Arc;
use std::time::{Duration, Instant};

use feedwatch::fetch::{FetchError, Guard, Http, Identity, Limits, Response, Room, Tuning};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{AGES, document, error, get, get_known};
use crate::farm::Farm;
use crate::server::{Answer, Fault, Server, ok, raw};

#[tokio::test]
async fn feeds_of_one_host_share_its_connections() {
    const FEEDS: usize = 300;
    const AT_ONCE: usize = 8;
    let farm = Arc::new(Farm::start(1));
    let guard = Guard { allow: vec!["127.0.0.0/8".parse().unwrap()], ..Guard::default() };
    let http =
        Http::new(&Identity { contact: None, feeds: 0 }, Limits { timeout: AGES, max_body_bytes: 1 << 20 }, guard);
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut polls = JoinSet::new();
    for n in 0..FEEDS {
        let (http, farm, permits) = (http.clone(), farm.clone(), permits.clone());
        polls.spawn(async move {
            let _permit = permits.acquire().await.unwrap();
            let url = farm.url(n, 4, 0);
            let first = document(get(&http, &url).await);
            assert_eq!(String::from_utf8_lossy(&first.body).matches("<item>").count(), 4);
            let again = get_known(&http, &url, &first.validators).await;
            assert!(matches!(again, Ok(Response::NotModified { .. })), "{again:?}");
        });
    }
    polls.join_all().await;
    let (full, unchanged, connections) = farm.counts();
    assert_eq!((full, unchanged), (FEEDS as u64, FEEDS as u64));
    // A connection may come back a moment after its answer was read.
    assert!(connections <= 2 * AT_ONCE as u64, "{connections} connections; the farm took {} s", farm.cpu_s());
}

#[tokio::test]
async fn more_bodies_than_there_is_memory_for_all_arrive() {
    const FEEDS: usize = 40;
    let farm = Arc::new(Farm::start(1));
    let guard = Guard { allow: vec!["127.0.0.0/8".parse().unwrap()], ..Guard::default() };
    // Each takes some 200 kB, so that two have room at a time and all others wait for each other.
    let tuning = Tuning { room: Room::of(400_000), ..Tuning::default() };
    let limits = Limits { timeout: AGES, max_body_bytes: 1 << 20 };
    let http = Http::tuned(&Identity { contact: None, feeds: 0 }, limits, guard, tuning);
    let mut polls = JoinSet::new();
    for n in 0..FEEDS {
        let (http, url) = (http.clone(), farm.url(n, 400, 0));
        polls.spawn(async move { document(get(&http, &url).await).body.len() });
    }
    assert!(polls.join_all().await.into_iter().all(|bytes| bytes > 150_000));
}

/// A client with a limit that a stalled body reaches soon.
fn narrow(timeout: Duration, room: &Room) -> Http {
    let guard = Guard { allow: vec!["127.0.0.0/8".parse().unwrap()], ..Guard::default() };
    let limits = Limits { timeout, max_body_bytes: 1 << 22 };
    let tuning = Tuning { room: room.clone(), ..Tuning::default() };
    Http::tuned(&Identity { contact: None, feeds: 0 }, limits, guard, tuning)
}

/// A body of which a part comes, and then nothing.
fn stalls(came: usize, claimed: u64) -> Answer {
    ok(vec![b' '; came]).claiming(claimed).then(Fault::Hang)
}

#[tokio::test]
async fn to_wait_for_memory_takes_nothing_of_a_feeds_time_and_small_feeds_do_not_wait() {
    const TIMEOUT: Duration = Duration::from_secs(2);
    let (server, room) = (Server::start(), Room::of(1_000_000));
    // The others have less time for a whole poll than they wait.
    let (stalled, http) = (narrow(TIMEOUT, &room), narrow(TIMEOUT / 3, &room));
    server.on("/stalls", stalls(600_000, 700_000));
    server.on("/middle", ok(vec![b' '; 700_000]));
    server.on("/small", ok(vec![b' '; 20_000]));
    let fetch = |http: &Http, path: &str| {
        let (http, url) = (http.clone(), server.url(path));
        tokio::spawn(async move { (get(&http, &url).await, Instant::now()) })
    };
    let begun = Instant::now();
    // One has most of the room, the other goes beyond it.
    let stalling = [fetch(&stalled, "/stalls"), fetch(&stalled, "/stalls")];
    // Not before both have come so far: a body that waits for no memory proves nothing.
    tokio::time::sleep(TIMEOUT / 3).await;
    let waiting = fetch(&http, "/middle");
    let small = fetch(&http, "/small").await.unwrap();
    document(small.0);
    assert!(small.1 < begun + TIMEOUT, "{:?}", small.1 - begun);
    for stalled in stalling {
        assert_eq!(error(stalled.await.unwrap().0), "timed out while reading the body after 2 s");
    }
    let (found, at) = waiting.await.unwrap();
    assert_eq!(document(found).body.len(), 700_000);
    assert!(at > begun + TIMEOUT, "{:?}", at - begun);
}

#[tokio::test]
async fn of_many_large_bodies_some_wait_and_the_others_are_asked_again_later() {
    let (server, http) = (Server::start(), narrow(Duration::from_secs(2), &Room::of(1_000_000)));
    server.on("/vast", stalls(10_000, 2_000_000));
    let mut polls = JoinSet::new();
    for _ in 0..20 {
        let (http, url) = (http.clone(), server.url("/vast"));
        polls.spawn(async move { get(&http, &url).await });
    }
    let turned_away = async {
        let mut count = 0;
        while let Some(Err(FetchError::NoRoom)) = polls.join_next().await.map(Result::unwrap) {
            count += 1;
        }
        count
    };
    // One is read and sixteen wait.
    assert_eq!(turned_away.await, 3);
}

#[tokio::test]
async fn a_body_in_crumbs_is_given_up_and_one_in_lines_is_read() {
    let chunked = |pieces: usize, size: usize| {
        let mut body = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        let chunk = format!("{size:x}\r\n{}\r\n", "y".repeat(size));
        body.extend_from_slice(chunk.repeat(pieces).as_bytes());
        raw([&body[..], b"0\r\n\r\n"].concat())
    };
    let (server, http) = (Server::start(), narrow(AGES, &Room::of(1_000_000)));
    for (pieces, size, crumbs) in [(12_000, 1, true), (40_000, 40, true), (9000, 1, false), (12_000, 80, false)] {
        server.on("/feed", chunked(pieces, size));
        let found = get(&http, &server.url("/feed")).await;
        let said = match found {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        assert_eq!(said.starts_with("the body comes in crumbs: "), crumbs, "{pieces} of {size}: {said}");
    }
}
