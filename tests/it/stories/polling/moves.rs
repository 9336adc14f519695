//! Feeds that move: believed after proof, with the way back kept open, and asked once when two are one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use feedwatch::clock::Timestamp;
use feedwatch::fetch::{FetchError, Hints, Redirect, Request, Response};
use feedwatch::model::{Kind, Validators, Wait};

use super::{HOUR, WATCHES};
use crate::stories::house::{House, Page, answer, failing, feed, item, rss};

const DAY: Duration = Duration::from_secs(24 * 3600);
const OLD: &str = "https://old.example/feed";
const NEW: &str = "https://new.example/feed";

/// What the web's own loop gives for an address that leads over steps to another: the answer of the last.
fn moved(steps: &'static [(&'static str, bool)], title: &'static str) -> Page {
    Box::new(move |request: &Request, _| led(request, steps, title))
}

fn led(request: &Request, steps: &[(&str, bool)], title: &str) -> Result<Response, FetchError> {
    let target: url::Url = steps.last().unwrap().0.parse().unwrap();
    let way: Vec<Redirect> =
        steps.iter().map(|(to, permanent)| Redirect { to: to.parse().unwrap(), permanent: *permanent }).collect();
    let mut given = answer(request, rss("same", &[item("1", title, Timestamp::UNIX_EPOCH)]))?;
    match &mut given {
        Response::NotModified { redirects, .. } => *redirects = way,
        Response::Elsewhere(_) => unreachable!("it was answered"),
        Response::Document(document) => {
            document.redirects = way;
            document.url = target.clone();
            document.validators.url = Some(target);
        }
    }
    Ok(given)
}

fn page(title: &'static str) -> Page {
    Box::new(move |request, _| answer(request, rss("same", &[item("1", title, Timestamp::UNIX_EPOCH)])))
}

fn adopted(house: &House) -> Option<String> {
    let rows = house.feeds();
    rows.iter().find(|row| row.feed.source.url.as_str() == OLD).unwrap().feed.adopted.as_ref().map(url::Url::to_string)
}

#[tokio::test(start_paused = true)]
async fn a_permanent_move_is_adopted_after_three_sightings_and_a_day() {
    let house = House::for_days(&feed(OLD, "1h"), WATCHES);
    house.web.serve(OLD, moved(&[(NEW, true)], "Calm"));
    house.web.serve(NEW, page("Calm"));
    house.run_for(22 * HOUR).await;
    assert_eq!((adopted(&house), house.web.asked_at(NEW).len()), (None, 0));
    house.run_for(12 * HOUR).await;
    assert_eq!(adopted(&house).as_deref(), Some(NEW));
    let (old, new) = (house.web.asked_at(OLD).len(), house.web.asked_at(NEW).len());
    assert!((20..=26).contains(&old) && new >= 6, "{old} and {new}");
    let last = house.web.asked().pop().unwrap();
    assert!(last.url == NEW && last.validators.etag.is_some(), "{last:?}");
    assert_eq!(house.articles().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn how_often_and_how_long_is_the_owners_choice() {
    let now = "[poll]\nredirect_sightings = 2\nredirect_min_age = \"0s\"\n";
    let house = House::for_days(&(now.to_owned() + &feed(OLD, "1h")), WATCHES);
    house.web.serve(OLD, moved(&[(NEW, true)], "Calm"));
    house.web.serve(NEW, page("Calm"));
    house.run_for(5 * HOUR).await;
    assert_eq!(house.web.asked_at(OLD).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_temporary_move_and_one_to_something_else_are_not_adopted() {
    const PORTAL: &str = "https://portal.example/";
    const STEPS: &[(&str, bool)] = &[(NEW, true), ("https://cdn.example/feed", false)];
    let now = "[poll]\nredirect_sightings = 2\nredirect_min_age = \"0s\"\n";
    for (steps, expected) in [(&[(PORTAL, false)] as &'static [_], None), (STEPS, Some(NEW))] {
        let house = House::for_days(&(now.to_owned() + &feed(OLD, "1h")), WATCHES);
        house.web.serve(OLD, moved(steps, "Calm"));
        house.web.serve(NEW, page("Calm"));
        house.run_for(6 * HOUR).await;
        assert_eq!(adopted(&house).as_deref(), expected);
    }
    // Another feed, every time with another title and item: it shares nothing with the one that we know.
    let house = House::for_days(&(now.to_owned() + &feed(OLD, "1h")), WATCHES);
    let start = house.clock.now();
    house.web.serve(
        OLD,
        Box::new(move |request, at| match at < start + 90 * Duration::from_secs(60) {
            true => answer(request, rss("same", &[item("1", "Calm", start)])),
            false => {
                let url = format!("hotel {}", at.as_second());
                let mut given = answer(request, rss(&url, &[item(&url, &format!("Book {url} now"), at)]));
                if let Ok(Response::Document(document)) = &mut given {
                    document.redirects = vec![Redirect { to: PORTAL.parse().unwrap(), permanent: true }];
                }
                given
            }
        }),
    );
    house.run_for(12 * HOUR).await;
    assert_eq!(adopted(&house), None);
}

#[tokio::test(start_paused = true)]
async fn when_the_adopted_address_fails_for_a_week_the_users_own_is_tried_and_taken_back() {
    let now = "[poll]\nredirect_sightings = 1\nredirect_min_age = \"0s\"\n";
    let house = House::for_days(&(now.to_owned() + &feed(OLD, "1h")), WATCHES);
    house.web.serve(OLD, moved(&[(NEW, true)], "Calm"));
    house.web.serve(NEW, page("Calm"));
    house.run_for(3 * HOUR).await;
    assert_eq!(adopted(&house).as_deref(), Some(NEW));
    house.web.serve(NEW, Box::new(|_, _| Err(FetchError::Status { status: 404, retry_after: None })));
    house.web.serve(OLD, page("Calm"));
    let before = house.web.asked_at(OLD).len();
    house.run_for(6 * DAY).await;
    assert_eq!(house.web.asked_at(OLD).len(), before);
    house.run_for(4 * DAY).await;
    assert_eq!(adopted(&house), None);
    assert!(house.web.asked_at(OLD).len() > before + 10);
    assert_eq!(house.feeds()[0].feed.polls.error, None);
}

#[tokio::test(start_paused = true)]
async fn when_the_adopted_address_is_gone_the_users_own_is_tried_next() {
    let now = "[poll]\nredirect_sightings = 1\nredirect_min_age = \"0s\"\n";
    for is_back in [true, false] {
        let house = House::for_days(&(now.to_owned() + &feed(OLD, "1h")), WATCHES);
        house.web.serve(OLD, moved(&[(NEW, true)], "Calm"));
        house.web.serve(NEW, page("Calm"));
        house.run_for(3 * HOUR).await;
        house.web.serve(NEW, failing(FetchError::Gone));
        house.web.serve(OLD, if is_back { page("Calm") } else { failing(FetchError::Gone) });
        let before = house.web.asked_at(OLD).len();
        house.run_for(6 * HOUR).await;
        let polls = &house.feeds()[0].feed.polls;
        match is_back {
            true => assert_eq!((adopted(&house), &polls.error), (None, &None)),
            // Gone at both is asked once more a day later, as ever.
            false => {
                assert_eq!((house.web.asked_at(OLD).len(), house.told(Kind::FeedGone).len()), (before + 1, 0));
                assert_eq!(polls.wait, Wait::GoneOnce);
                assert!(polls.next_at > house.clock.now() + 18 * HOUR, "{polls:?}");
                house.run_for(30 * HOUR).await;
                assert_eq!((house.web.asked_at(OLD).len(), house.told(Kind::FeedGone).len()), (before + 1, 1));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_feeds_that_end_at_one_address_are_asked_once_and_both_are_told() {
    let now = "[poll]\nredirect_sightings = 1\nredirect_min_age = \"0s\"\n";
    let house = House::for_days(&(now.to_owned() + &feed(OLD, "1h") + &feed(NEW, "1h")), WATCHES);
    let start = house.clock.now();
    let count = move |at: Timestamp| feedwatch::clock::span(start, at).as_secs() / 7200;
    let body = move |at| {
        let items: Vec<_> = (0..=count(at)).map(|n| item(&n.to_string(), &format!("Item {n}"), start)).collect();
        rss("same", &items)
    };
    house.web.serve(NEW, Box::new(move |request, at| answer(request, body(at))));
    house.web.serve(
        OLD,
        Box::new(move |request, at| {
            let mut given = answer(request, body(at))?;
            if let Response::Document(document) = &mut given {
                document.redirects = vec![Redirect { to: NEW.parse().unwrap(), permanent: true }];
                document.url = NEW.parse().unwrap();
                document.validators.url = Some(document.url.clone());
            }
            Ok(given)
        }),
    );
    house.run_for(21 * HOUR).await;
    assert_eq!(house.web.asked_at(OLD).len(), 1);
    let asked = house.web.asked_at(NEW).len();
    assert!((18..=23).contains(&asked), "asked {asked} times");
    let counts: Vec<usize> = house.feeds().iter().map(|row| row.articles).collect();
    assert!(counts[0] == counts[1] && counts[0] >= 10, "{counts:?}");
    let last: Vec<_> = house.feeds().iter().map(|row| row.feed.polls.last_at).collect();
    assert_eq!(last[0], last[1]);
}

#[tokio::test(start_paused = true)]
async fn two_feeds_that_know_one_address_by_the_same_validator_are_asked_once_whatever_bytes_they_saw() {
    let soon = "[poll]\nredirect_sightings = 2\nredirect_min_age = \"0s\"\n";
    let house = House::for_days(&(soon.to_owned() + &feed(OLD, "1h") + &feed(NEW, "1h")), WATCHES);
    // Its bytes differ each time it is read, as with the hour in a comment, and its validator does not.
    let read = Arc::new(AtomicUsize::new(0));
    let served = |way: &[Redirect]| -> Page {
        let (read, way) = (Arc::clone(&read), way.to_vec());
        Box::new(move |request: &Request, _| {
            let etag: Box<[u8]> = b"\"same\"".as_slice().into();
            let url = way.first().map(|step| step.to.clone());
            let (validators, redirects) = (Validators { etag: Some(etag), url, last_modified: None }, way.clone());
            if !request.validators.is_empty() {
                return Ok(Response::NotModified { validators, hints: Hints::default(), redirects });
            }
            let stamp = format!("<!-- {} -->", read.fetch_add(1, Ordering::Relaxed));
            let mut given = answer(request, rss("same", &[item("1", "Calm", Timestamp::UNIX_EPOCH)]) + &stamp)?;
            if let Response::Document(document) = &mut given {
                (document.validators, document.redirects) = (validators, redirects);
            }
            Ok(given)
        })
    };
    house.web.serve(NEW, served(&[]));
    house.web.serve(OLD, served(&[Redirect { to: NEW.parse().unwrap(), permanent: true }]));
    house.run_for(21 * HOUR).await;
    let asked = house.web.asked_at(NEW).len();
    assert!((18..=23).contains(&asked), "asked {asked} times");
}
