//! How servers are asked: in their own time, never too often, never given up.
//!
//! docs/polling.md gives the rules, with their reasons and the tests of each. `table` checks that these tests exist.

mod budget;
mod ends;
mod hosts;
mod moves;
mod pages;
mod table;
mod week;
mod wishes;

use std::time::Duration;

use feedwatch::clock::span;
use feedwatch::fetch::FetchError;

use crate::stories::house::{House, answer, failing, feed, fixed, item, rss};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const WATCHES: &str = "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n";

#[tokio::test(start_paused = true)]
async fn a_day_of_polling_misses_nothing_and_tells_nothing_twice() {
    let urls: Vec<String> = (0..40).map(|n| format!("https://h{}.example/{n}", n % 4)).collect();
    let settings: String = urls.iter().map(|url| feed(url, "30m")).collect();
    let house = House::for_days(&settings, WATCHES);
    let start = house.clock.now();
    for url in &urls {
        // A new item every 50 minutes, the feed shows the last five.
        house.web.serve(
            url,
            Box::new(move |request, at| {
                let count = span(start, at).as_secs() / (50 * 60) + 1;
                let url = request.url.as_str();
                let items: Vec<_> = (count.saturating_sub(5)..count)
                    .map(|n| item(&n.to_string(), &format!("Mediation {n} at {url}"), start))
                    .collect();
                answer(request, rss(url, &items))
            }),
        );
    }
    house.run_for(24 * HOUR).await;
    let per_feed = 24 * 60 / 50 + 1;
    let mut titles = house.logged_titles();
    titles.sort();
    titles.dedup();
    // The very last items may have come after a feed's last poll.
    assert!((40 * (per_feed - 1)..=40 * per_feed).contains(&titles.len()), "{}", titles.len());
    assert_eq!(titles.len(), house.logged().len());
    assert_eq!(house.articles().len(), titles.len());
    for url in &urls {
        let asked = house.web.asked_at(url);
        assert!((44..=48).contains(&asked.len()), "{url} was asked {} times", asked.len());
        assert!(asked.windows(2).all(|pair| span(pair[0], pair[1]) >= 30 * MINUTE), "{url} was asked too soon");
    }
    let conditional = house.web.asked().iter().filter(|asked| !asked.validators.is_empty()).count();
    assert_eq!(conditional, house.web.asked().len() - urls.len(), "all but the first polls are conditional");
}

#[tokio::test(start_paused = true)]
async fn a_failing_feed_is_asked_less_and_less_but_never_given_up_while_others_go_on() {
    let (good, bad) = ("https://good.example/feed", "https://bad.example/feed");
    let house = House::for_days(&(feed(good, "30m") + &feed(bad, "30m")), WATCHES);
    house.web.serve(good, fixed(vec![item("1", "Calm", house.clock.now())]));
    house.web.serve(bad, failing(FetchError::Unreachable("connection refused".to_owned())));
    house.run_for(5 * 24 * HOUR).await;
    let asked = house.web.asked_at(bad);
    let waits: Vec<u64> = asked.windows(2).map(|pair| span(pair[0], pair[1]).as_secs() / 3600).collect();
    assert_eq!(waits[..5], [1, 2, 4, 8, 16], "{waits:?}");
    assert!(waits[5..].iter().all(|hours| (24..=27).contains(hours)), "{waits:?}");
    assert!(house.web.asked_at(good).len() > 200);
    let row = house.feeds().into_iter().find(|row| row.feed.source.url.as_str() == bad).unwrap();
    assert_eq!(row.feed.polls.error.as_deref(), Some("connection refused"));
    assert_eq!(row.feed.polls.failures as usize, asked.len());

    // It comes back, and what it holds then is told.
    house.web.serve(bad, fixed(vec![item("1", "Mediation after days", house.clock.now())]));
    house.run_for(27 * HOUR).await;
    assert_eq!(house.logged_titles(), ["Mediation after days"]);
    let row = house.feeds().into_iter().find(|row| row.feed.source.url.as_str() == bad).unwrap();
    assert_eq!((row.feed.polls.error, row.feed.polls.failures), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn a_host_that_says_429_is_left_alone_by_all_its_feeds_and_over_a_restart() {
    let urls: Vec<String> = (0..3).map(|n| format!("https://busy.example/{n}")).collect();
    let other = "https://other.example/feed";
    let settings: String = urls.iter().map(|url| feed(url, "10m")).collect();
    let house = House::for_days(&(settings + &feed(other, "10m")), WATCHES);
    let start = house.clock.now();
    let pause = 3 * HOUR;
    for url in &urls {
        house.web.serve(
            url,
            Box::new(move |request, at| match at < start + HOUR {
                true => answer(request, rss(request.url.as_str(), &[])),
                false => Err(FetchError::Throttled { status: 429, retry_after: Some(pause), reset: None }),
            }),
        );
    }
    house.web.serve(other, fixed(Vec::new()));
    house.run_for(2 * HOUR).await;
    house.run_for(5 * HOUR).await;
    let mut asked: Vec<_> =
        urls.iter().flat_map(|url| house.web.asked_at(url)).filter(|at| *at >= start + HOUR).collect();
    asked.sort();
    // Those that were in flight together may both be told so; after that there is silence.
    let first = asked[0];
    let next = asked.iter().find(|at| span(first, **at) > 5 * Duration::from_secs(1)).unwrap();
    assert!(span(first, *next) >= pause, "asked again after {:?}", span(first, *next));
    assert!(house.web.asked_at(other).len() > 35, "other hosts go on");
}

#[tokio::test(start_paused = true)]
async fn once_leaves_out_paused_hosts_and_says_so() {
    let urls: Vec<String> = (0..5).map(|n| format!("https://busy.example/{n}")).collect();
    let other = "https://other.example/feed";
    let settings: String = urls.iter().map(|url| feed(url, "10m")).collect();
    let house = House::for_days(&(settings + &feed(other, "10m")), WATCHES);
    for url in &urls {
        house.web.serve(url, failing(FetchError::Throttled { status: 429, retry_after: Some(HOUR), reset: None }));
    }
    house.web.serve(other, fixed(Vec::new()));
    let ended = house.once(true).await;
    let asked = house.web.asked().len();
    assert_eq!(ended.left_out, 6 - asked, "{ended:?}");
    assert!(ended.left_out >= 3, "{ended:?}");
    let again = house.once(true).await;
    assert_eq!((again.left_out, again.status.tally.polls), (5, 1));
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_is_no_feed_is_a_visible_failure_and_loses_nothing() {
    let url = "https://a.example/feed";
    let house = House::for_days(&feed(url, "10m"), WATCHES);
    let start = house.clock.now();
    house.web.serve(
        url,
        Box::new(move |request, at| match at < start + HOUR {
            true => answer(request, rss(url, &[item("1", "Mediation", start)])),
            false => answer(request, "<!doctype html><html><body>We have moved".to_owned()),
        }),
    );
    house.run_for(3 * HOUR).await;
    let row = &house.feeds()[0];
    assert!(row.feed.polls.error.as_deref().unwrap().contains("not a feed"), "{:?}", row.feed.polls.error);
    assert_eq!((house.articles().len(), house.logged().len()), (1, 1));
    let (why, body) = house.store().kept_body(url).unwrap().unwrap();
    assert!(why[0].contains("not a feed") && body.starts_with(b"<!doctype html>"), "{why:?}");
    assert_eq!(row.charset.as_deref(), Some("UTF-8"));
}

#[tokio::test(start_paused = true)]
async fn a_fresh_start_with_many_feeds_is_no_burst() {
    let urls: Vec<String> = (0..600).map(|n| format!("https://h{n}.example/feed")).collect();
    let settings: String = urls.iter().map(|url| feed(url, "1h")).collect();
    let house = House::for_days(&settings, WATCHES);
    for url in &urls {
        house.web.serve(url, fixed(Vec::new()));
    }
    let start = house.clock.now();
    house.run_for(10 * MINUTE).await;
    let mut per_second = std::collections::HashMap::new();
    for asked in house.web.asked() {
        *per_second.entry(span(start, asked.at).as_secs()).or_insert(0) += 1;
    }
    assert_eq!(house.web.asked().len(), urls.len());
    assert!(per_second.values().all(|count| *count < 40), "{per_second:?}");
}
