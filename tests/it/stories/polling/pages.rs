//! Gaps that the older pages of a feed close, or do not.

use std::sync::Arc;
use std::time::Duration;

use feedwatch::clock::{Timestamp, span};
use feedwatch::fetch::{FetchError, Redirect, Response};
use feedwatch::model::Kind;

use super::{HOUR, MINUTE, WATCHES};
use crate::stories::house::{House, Page, answer, feed, item, rss};

const URL: &str = "https://a.example/feed";
const A_PAGE: u64 = 3;

fn page_url(n: u64) -> String {
    if n == 0 { URL.to_owned() } else { format!("{URL}?page={n}") }
}

/// Page `n` of a feed with an item every ten minutes; `link` is what it says of the next one.
fn page(n: u64, start: Timestamp, link: impl Fn(u64) -> String + Send + Sync + 'static) -> Page {
    Box::new(move |request, at| {
        let count = span(start, at).as_secs() / 600 + 30;
        // The last item of a page is the first of the next: something was published in between.
        let newest = count.saturating_sub(n * (A_PAGE - 1));
        let items: Vec<_> = (newest.saturating_sub(A_PAGE)..newest)
            .rev()
            .map(|n| item(&n.to_string(), &format!("Mediation on day {n} of the talks"), at))
            .collect();
        let body = rss(URL, &items).replacen("<item>", &format!("{}<item>", link(n)), 1);
        answer(request, body)
    })
}

fn next(n: u64) -> String {
    format!("<atom:link xmlns:atom=\"http://www.w3.org/2005/Atom\" rel=\"next\" href=\"?page={}\"/>", n + 1)
}

/// A house with one hourly feed, of which pages up to `last` name the next one, and six hours of its life.
async fn after_six_hours(last: u64) -> House {
    let house = House::for_days(&feed(URL, "1h"), WATCHES);
    let start = house.clock.now();
    for n in 0..=last {
        house.web.serve(&page_url(n), page(n, start, move |n| if n < last { next(n) } else { String::new() }));
    }
    house.run_for(6 * HOUR).await;
    house
}

fn pages_asked(house: &House) -> usize {
    house.web.asked().iter().filter(|asked| asked.url != URL).count()
}

#[tokio::test(start_paused = true)]
async fn what_slipped_out_of_the_feed_is_found_on_its_older_pages_and_no_gap_is_told() {
    let house = after_six_hours(20).await;
    let asked = house.web.asked_at(URL);
    assert!((5..=7).contains(&asked.len()), "{asked:?}");
    assert!(asked.windows(2).all(|pair| span(pair[0], pair[1]) >= HOUR), "pages do not shorten the wait: {asked:?}");
    // Every article since the first poll, each once, alerts as well.
    let (first, last) = (span(asked[0], *asked.last().unwrap()).as_secs() / 600, house.articles().len() as u64);
    assert!((first + A_PAGE..=first + 2 * A_PAGE + 1).contains(&last), "{first} and {last}");
    let mut titles: Vec<_> = house.articles().into_iter().map(|article| article.title).collect();
    titles.sort();
    assert!(titles.windows(2).all(|pair| pair[0] != pair[1]));
    assert_eq!(house.told(Kind::FeedGap), Vec::<String>::new());
    let polls = &house.feeds()[0].feed.polls;
    assert_eq!((polls.learned.gaps, &polls.learned.paging), (0, &None));
    // Six new items an hour, three a page: two pages close a gap.
    let per_poll = pages_asked(&house) as f64 / (asked.len() - 1) as f64;
    assert!((1.0..=3.0).contains(&per_poll), "{per_poll} pages a poll");
    assert!(house.web.asked().iter().filter(|asked| asked.url != URL).all(|asked| asked.validators.is_empty()));
    // The validators are those of the feed.
    let last = house.web.asked().into_iter().rfind(|asked| asked.url == URL).unwrap();
    assert!(last.validators.etag.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_gap_that_the_pages_do_not_close_is_told_and_not_paged_again_that_day() {
    let house = after_six_hours(1).await;
    assert_eq!(pages_asked(&house), 1, "two items of six are missing, whatever the hour");
    let told = house.told(Kind::FeedGap);
    assert!(told.len() == 1 && told[0].contains("or in its older pages"), "{told:?}");
    assert!(told[0].ends_with("; a shorter `every` would help"), "{told:?}");
    assert!(house.feeds()[0].feed.polls.learned.gaps >= 4);
}

#[tokio::test(start_paused = true)]
async fn pages_that_lead_nowhere_or_elsewhere_are_not_followed() {
    for (links, asked) in [
        ("rel=\"next\" href=\"https://b.example/feed?page=1\"", 0),
        ("rel=\"next\" href=\"http://a.example/feed?page=1\"", 0),
        ("rel=\"next\" href=\"file:///etc/passwd\"", 0),
        ("rel=\"next\" href=\"#top\"", 0),
        ("rel=\"previous\" href=\"?page=1\"", 0),
        // A page that is always the same brings nothing new the second time.
        ("rel=\"next\" href=\"?page=1\"", 1),
        ("rel=\"prev-archive\" href=\"?page=1\"/><atom:link rel=\"next\" href=\"?page=2\"", 1),
    ] {
        let house = House::for_days(&feed(URL, "1h"), WATCHES);
        let start = house.clock.now();
        let link = Arc::new(format!("<atom:link {links}/>"));
        for n in [0, 1] {
            let link = Arc::clone(&link);
            house.web.serve(&page_url(n), page(n, start, move |_| link.to_string()));
        }
        house.run_for(3 * HOUR).await;
        assert_eq!(pages_asked(&house), asked, "{links}");
        assert_eq!(house.told(Kind::FeedGap).len(), 1, "{links}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_pages_ends_and_a_page_that_asks_for_less_is_heard() {
    let house = House::for_days(&feed(URL, "1h"), WATCHES);
    let start = house.clock.now();
    house.web.serve(URL, page(0, start, next));
    for n in 1..40 {
        // Ever new items, none of them known.
        let url = page_url(n);
        house.web.serve(
            &url,
            Box::new(move |request, at| {
                let title = format!("Calm {n} {at}");
                answer(request, rss("x", &[item(&title, &title, at)]).replacen("<item>", &(next(n) + "<item>"), 1))
            }),
        );
    }
    house.run_for(90 * MINUTE).await;
    assert_eq!(pages_asked(&house), 10);

    let other = "https://a.example/other";
    let house = House::for_days(&(feed(URL, "1h") + &feed(other, "10m")), WATCHES);
    house.web.serve(URL, page(0, start, next));
    house.web.serve(other, Box::new(move |request, _| answer(request, rss(other, &[]))));
    let paused = FetchError::Throttled { status: 429, retry_after: Some(3 * HOUR), reset: None };
    house.web.serve(&page_url(1), Box::new(move |_, _| Err(paused.clone())));
    house.run_for(5 * HOUR).await;
    let page_at = house.web.asked_at(&page_url(1))[0];
    let next = house.web.asked().into_iter().find(|asked| span(page_at, asked.at) > Duration::from_secs(2)).unwrap();
    assert!(span(page_at, next.at) >= 3 * HOUR, "the host is left alone by all its feeds");
    let polls = &house.feeds().into_iter().find(|row| row.feed.source.url.as_str() == URL).unwrap().feed.polls;
    assert_eq!((&polls.error, polls.failures), (&None, 0), "a page that fails is no failure of the feed");
    assert_eq!(house.told(Kind::FeedGap).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_crash_between_pages_loses_nothing() {
    let house = House::for_days(&feed(URL, "1h"), WATCHES);
    let start = house.clock.now();
    for n in 0..20 {
        house.web.serve(&page_url(n), page(n, start, next));
    }
    house.run_for(MINUTE).await;
    house.pass(3 * HOUR).await;
    // Eighteen new items are some eight pages, a second each.
    for _ in 0..8 {
        house.crash_after(Duration::from_millis(1700)).await;
    }
    house.run_for(MINUTE).await;
    let polls = &house.feeds()[0].feed.polls;
    assert_eq!((polls.learned.gaps, &polls.learned.paging), (0, &None), "{polls:?}");
    let count = house.articles().len();
    assert!((21..=22).contains(&count), "{count}");
}

#[tokio::test(start_paused = true)]
async fn once_reads_the_older_pages_in_the_same_round() {
    let house = House::for_days(&feed(URL, "1h"), WATCHES);
    let start = house.clock.now();
    for n in 0..20 {
        house.web.serve(&page_url(n), page(n, start, next));
    }
    for _ in 0..3 {
        house.once(false).await;
        house.pass(2 * HOUR).await;
        let polls = &house.feeds()[0].feed.polls;
        assert_eq!((polls.learned.gaps, &polls.learned.paging), (0, &None));
    }
    assert_eq!(house.web.asked_at(URL).len(), 3);
    assert!((27..=29).contains(&house.articles().len()), "{}", house.articles().len());
}

#[tokio::test(start_paused = true)]
async fn two_feeds_that_are_one_read_its_older_pages_once() {
    const OLD: &str = "https://old.example/feed";
    let now = "[poll]\nredirect_sightings = 1\nredirect_min_age = \"0s\"\n";
    let house = House::for_days(&(now.to_owned() + &feed(OLD, "1h") + &feed(URL, "1h")), WATCHES);
    let start = house.clock.now();
    for n in 0..20 {
        house.web.serve(&page_url(n), page(n, start, next));
    }
    let first = page(0, start, next);
    house.web.serve(
        OLD,
        Box::new(move |request, at| {
            let mut given = first(request, at)?;
            if let Response::Document(document) = &mut given {
                document.redirects = vec![Redirect { to: URL.parse().unwrap(), permanent: true }];
                document.url = URL.parse().unwrap();
                document.validators.url = Some(document.url.clone());
            }
            Ok(given)
        }),
    );
    house.run_for(6 * HOUR).await;
    let counts: Vec<usize> = house.feeds().iter().map(|row| row.articles).collect();
    assert!(counts[0].abs_diff(counts[1]) <= 1 && counts[0] > 25, "{counts:?}");
    assert!(house.feeds().iter().all(|row| row.feed.polls.learned.gaps == 0));
    let per_poll = pages_asked(&house) as f64 / (house.web.asked_at(URL).len() - 1) as f64;
    assert!(per_poll <= 3.0, "{per_poll} pages a poll for both");
}
