//! Documents with more hits than a transaction should hold: settled in parts, judged as a whole, over crashes between the parts.

use std::collections::BTreeMap;
use std::time::Duration;

use feedwatch::clock::{Timestamp, earlier, later};
use feedwatch::daemon::{Order, Until};
use feedwatch::model::Outcome;
use feedwatch::store::{ArticleFilter, Store};

use super::house::{House, Item, answer, feed, item, rss};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const LARGE: &str = "https://large.example/feed";
const HONEST: &str = "https://honest.example/feed";
const WATCHES: &str = "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n";
/// One part and a bit.
const ITEMS: usize = 350;

/// Headlines of which none is another's story.
fn titles(n: usize) -> String {
    let word =
        |n: usize| -> String { format!("{n:09b}").chars().map(|bit| if bit == '0' { "lo" } else { "mi" }).collect() };
    format!("Mediation {} {}", word(n), word(n * 7 + 3))
}

/// News of the last minutes.
fn dated(start: Timestamp, _: Timestamp) -> Vec<Item> {
    (0..ITEMS).map(|n| item(&n.to_string(), &titles(n), earlier(start, Duration::from_secs(n as u64)))).collect()
}

fn house(items: impl Fn(Timestamp, Timestamp) -> Vec<Item> + Send + Sync + 'static) -> House {
    let house = House::for_days(&[LARGE, HONEST].map(|url| feed(url, "10m")).concat(), WATCHES);
    let start = house.clock.now();
    house.web.serve(LARGE, Box::new(move |request, at| answer(request, rss(LARGE, &items(start, at)))));
    let honest = move |request: &_, at: Timestamp| {
        let count = at.duration_since(start).as_secs() / 600 + 1;
        let items: Vec<_> =
            (0..count).map(|n| item(&n.to_string(), &format!("Mediation by honest people {n}"), at)).collect();
        answer(request, rss(HONEST, &items))
    };
    house.web.serve(HONEST, Box::new(honest));
    house
}

/// How many of the large feed's items were told, each once; the rest by why it was not.
fn outcomes(house: &House) -> (usize, BTreeMap<String, usize>) {
    let mut told = BTreeMap::<String, usize>::new();
    for alert in house.logged().into_iter().filter(|alert| alert.feed.url == LARGE) {
        *told.entry(alert.article.key).or_default() += 1;
    }
    assert!(told.values().all(|times| *times == 1), "told twice: {told:?}");
    let mut held = BTreeMap::new();
    for outcome in house.held().into_iter().filter(|held| held.alert.feed.url == LARGE) {
        *held.entry(format!("{:?}", outcome.outcome)).or_default() += 1;
    }
    (told.len(), held)
}

/// A house that was run up to the interesting poll.
async fn begun(begin: Duration, items: impl Fn(Timestamp, Timestamp) -> Vec<Item> + Send + Sync + 'static) -> House {
    let house = house(items);
    if !begin.is_zero() {
        house.run_for(begin).await;
        house.pass(HOUR).await;
    }
    house
}

/// Starts a daemon and drops it where it stands when it was seen so often that some parts are stored and others are not. Whether it
/// still is so afterwards: what was already with SQLite comes to its end.
async fn crash_between_parts(house: &House, sightings: usize) -> bool {
    const STEP: Duration = Duration::from_millis(3);
    let store = Store::open_to_read(&house.path("feedwatch.db")).unwrap();
    let is_begun = || {
        let feeds = store.feeds().unwrap_or_default();
        feeds.iter().any(|row| row.feed.polls.learned.begun.is_some())
    };
    let (daemon, _orders) = house.start(Until::Stopped);
    let mut seen = 0;
    for _ in 1..2_000 {
        house.pass(STEP).await;
        match is_begun() {
            true => seen += 1,
            false if seen > 0 => break,
            false => {}
        }
        if seen == sightings {
            break;
        }
    }
    house.crash(daemon).await;
    is_begun()
}

/// Runs it through, and again with a crash between two parts of the poll that is due after `begin`.
async fn check(
    what: &str,
    begin: Duration,
    items: impl Fn(Timestamp, Timestamp) -> Vec<Item> + Clone + Send + Sync + 'static,
) -> (usize, BTreeMap<String, usize>) {
    let whole = house(items.clone());
    whole.run_for(begin + 2 * HOUR).await;
    let wanted = outcomes(&whole);
    assert!(wanted.0 + wanted.1.values().sum::<usize>() >= ITEMS, "{what}: {wanted:?}");
    let mut between = 0;
    for sightings in [1, 4] {
        let house = begun(begin, items.clone()).await;
        between += usize::from(crash_between_parts(&house, sightings).await);
        house.run_for(HOUR + begin).await;
        assert_eq!(outcomes(&house), wanted, "{what}, crashed at sighting {sightings}");
    }
    assert!(between > 0, "{what}: no crash was between two parts");
    wanted
}

#[tokio::test(start_paused = true)]
async fn others_are_settled_between_the_parts_and_every_item_is_told_once() {
    let house = house(dated);
    // Both are due at once, and answered at the same moment.
    let (daemon, _orders) = house.start(Until::Idle { all: false });
    let mut seen = Vec::new();
    while !daemon.is_finished() {
        let Ok(store) = Store::open_to_read(&house.path("feedwatch.db")) else {
            house.pass(Duration::from_millis(10)).await;
            continue;
        };
        let articles = store.articles(&ArticleFilter { limit: 10_000, ..Default::default() }).unwrap();
        let honest = articles.iter().filter(|article| article.title.contains("honest")).count();
        seen.push((articles.len() - honest, honest));
        house.pass(Duration::from_millis(10)).await;
    }
    daemon.await.unwrap().unwrap();
    let (told, held) = outcomes(&house);
    assert_eq!(told + held.values().sum::<usize>(), ITEMS, "{held:?}");
    let parts: Vec<usize> = seen.iter().map(|(large, _)| *large).filter(|large| (1..ITEMS).contains(large)).collect();
    assert!(parts.windows(2).all(|parts| parts[1] - parts[0] <= 300), "{seen:?}");
    assert!(!parts.is_empty(), "there were parts: {seen:?}");
    assert!(seen.iter().any(|(large, honest)| *honest == 1 && *large < ITEMS), "the honest feed is between: {seen:?}");
    assert!(house.feeds().iter().all(|row| row.feed.polls.learned.begun.is_none() && row.feed.polls.error.is_none()));
}

#[tokio::test(start_paused = true)]
async fn a_crash_between_two_parts_changes_no_outcome() {
    // A first poll: what is old is backlog, whichever part it is in.
    let first = |start, _| {
        let age = |n: usize| if n.is_multiple_of(5) { Duration::ZERO } else { 3 * DAY + HOUR * n as u32 };
        (0..ITEMS).map(|n| item(&n.to_string(), &titles(n), earlier(start, age(n)))).collect()
    };
    let (told, held) = check("first poll", Duration::ZERO, first).await;
    assert_eq!((told, held), (ITEMS / 5, BTreeMap::from([("HeldBacklog".to_owned(), ITEMS * 4 / 5)])));
    // An archive that comes anew under other identifiers and words.
    let anew = |start: Timestamp, at: Timestamp| {
        let is_new = at >= later(start, HOUR);
        let name = |n: usize| if is_new { format!("new-{n}") } else { n.to_string() };
        let count = if is_new { ITEMS } else { 12 };
        let offset = if is_new { 1_000 } else { 0 };
        (0..count).map(|n| item(&name(n), &titles(n + offset), earlier(start, 2 * DAY + HOUR * n as u32))).collect()
    };
    let (told, held) = check("archive", HOUR, anew).await;
    assert_eq!((told, held), (0, BTreeMap::from([("HeldBacklog".to_owned(), ITEMS + 12)])));
    // All of the same date: so many are told, and no more.
    let undated = |start, _| (0..ITEMS).map(|n| item(&n.to_string(), &titles(n), earlier(start, HOUR))).collect();
    let (told, held) = check("undated", Duration::ZERO, undated).await;
    assert_eq!((told, held.values().sum::<usize>()), (50, ITEMS - 50), "{held:?}");
    // A large edit: all known, all changed.
    let edited = |start: Timestamp, at: Timestamp| {
        let edit = if at >= later(start, HOUR) { ", and the cabinet" } else { "" };
        let at = |n: usize| earlier(start, Duration::from_secs(n as u64));
        (0..ITEMS).map(|n| item(&n.to_string(), &format!("{}{edit}", titles(n)), at(n))).collect()
    };
    let (told, held) = check("edited", HOUR, edited).await;
    assert_eq!(told + held.values().sum::<usize>(), ITEMS, "{held:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stop_between_two_parts_leaves_the_rest_for_the_next_start() {
    let house = house(dated);
    for moment in [300, 312, 324, 336] {
        let (daemon, orders) = house.start(Until::Stopped);
        house.pass(Duration::from_millis(moment)).await;
        orders.send(Order::Stop).await.unwrap();
        daemon.await.unwrap().unwrap();
        house.pass(Duration::from_secs(5)).await;
    }
    house.run_for(HOUR).await;
    let (told, held) = outcomes(&house);
    assert_eq!(told + held.values().sum::<usize>(), ITEMS, "{held:?}");
    assert!(house.held().iter().all(|held| held.outcome != Outcome::Lost));
}

#[tokio::test(start_paused = true)]
async fn a_large_document_in_which_all_is_known_is_not_an_empty_one() {
    /// More than a transaction should hold, hits or not.
    const KNOWN: usize = 3_100;
    let house = House::for_days(&feed(LARGE, "10m"), WATCHES);
    let start = house.clock.now();
    let page = move |request: &_, at: Timestamp| {
        let items: Vec<_> = (0..KNOWN).map(|n| item(&n.to_string(), &format!("Ferry {n}"), start)).collect();
        answer(request, format!("{}<!-- {at} -->", rss(LARGE, &items)))
    };
    house.web.serve(LARGE, Box::new(page));
    house.run_for(Duration::from_secs(15 * 60)).await;
    let feeds = house.feeds();
    assert_eq!((feeds[0].articles, feeds[0].feed.polls.error.as_deref()), (KNOWN, None));
    assert!(house.web.asked_at(LARGE).len() >= 2, "it was asked again");
}
