//! The machine sleeps, or its clock is set, while the daemon runs: no burst, no feed forgotten, nothing told twice.

use std::time::Duration;

use feedwatch::clock::{SignedDuration, Timestamp, span};
use feedwatch::daemon::{Order, Until};

use super::house::{House, answer, feed, item, rss};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const FEEDS: usize = 120;

fn url(n: usize) -> String {
    format!("https://h{n}.example/feed")
}

/// Feeds that show an item more every hour.
fn house() -> House {
    let settings: String = (0..FEEDS).map(|n| feed(&url(n), "10m")).collect();
    let house = House::for_days(&settings, "[[watch]]\nname = \"talks\"\nfind = \"talks\"\n");
    let start = house.clock.now();
    for n in 0..FEEDS {
        let page = move |request: &feedwatch::fetch::Request, now: Timestamp| {
            let hours = span(start, now).as_secs() / 3600;
            let items: Vec<_> = (0..=hours).map(|hour| item(&format!("{n}-{hour}"), "Calm", start)).collect();
            answer(request, rss(&url(n), &items))
        };
        house.web.serve(&url(n), Box::new(page));
    }
    house
}

/// Lives on for a while, with the clock set by so much in the middle; the polls after that, by the servers' clocks.
async fn polls_after(house: &House, by: SignedDuration) -> (Timestamp, Vec<(String, Timestamp)>) {
    let (daemon, orders) = house.start(Until::Stopped);
    house.pass(2 * HOUR).await;
    let before = house.web.asked().len();
    let set_at = house.web.now();
    house.clock.set(by);
    house.pass(HOUR).await;
    orders.send(Order::Stop).await.unwrap();
    daemon.await.unwrap().unwrap();
    (set_at, house.web.asked().split_off(before).into_iter().map(|asked| (asked.url, asked.at)).collect())
}

/// The most polls within a second.
fn most_in_a_second(polls: &[(String, Timestamp)]) -> usize {
    let within = |from: Timestamp| polls.iter().filter(|(_, at)| *at >= from && span(from, *at) < MINUTE / 60).count();
    polls.iter().map(|(_, at)| within(*at)).max().unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn after_a_sleep_of_a_night_everything_is_asked_soon_but_not_at_once() {
    let house = house();
    let (woke_at, polls) = polls_after(&house, SignedDuration::from_hours(9)).await;
    for n in 0..FEEDS {
        let first = polls.iter().find(|(asked, _)| *asked == url(n)).map(|(_, at)| span(woke_at, *at));
        assert!(first.is_some_and(|wait| wait < 2 * MINUTE), "{}: {first:?}", url(n));
    }
    // Ten a second is what a start spreads them to.
    assert!(most_in_a_second(&polls) <= 25, "{} in a second", most_in_a_second(&polls));
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_a_day_lets_no_feed_wait_for_that_day() {
    let house = house();
    let (set_at, polls) = polls_after(&house, SignedDuration::from_hours(-24)).await;
    for n in 0..FEEDS {
        let first = polls.iter().find(|(asked, _)| *asked == url(n)).map(|(_, at)| span(set_at, *at));
        assert!(first.is_some_and(|wait| wait < 15 * MINUTE), "{}: {first:?}", url(n));
    }
    assert!(most_in_a_second(&polls) <= 25, "{} in a second", most_in_a_second(&polls));
    let keys: std::collections::BTreeSet<_> = house.articles().into_iter().map(|article| article.id).collect();
    assert!(keys.len() >= 3 * FEEDS, "news went on: {}", keys.len());
}
