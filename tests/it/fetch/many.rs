//! Many feeds at once: connections are kept, and nothing is asked twice.

use std::sync::Arc;

use feedwatch::fetch::{Guard, Http, Identity, Limits, Response, Tuning};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{AGES, document, get, get_known};
use crate::farm::Farm;

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
    let tuning = Tuning { bodies_bytes: 400_000, ..Tuning::default() };
    let limits = Limits { timeout: AGES, max_body_bytes: 1 << 20 };
    let http = Http::tuned(&Identity { contact: None, feeds: 0 }, limits, guard, tuning);
    let mut polls = JoinSet::new();
    for n in 0..FEEDS {
        let (http, url) = (http.clone(), farm.url(n, 400, 0));
        polls.spawn(async move { document(get(&http, &url).await).body.len() });
    }
    assert!(polls.join_all().await.into_iter().all(|bytes| bytes > 150_000));
}
