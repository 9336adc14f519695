//! A virtual week with every kind of failure: nobody is asked too often, no feed is forgotten, and what is wrong with a
//! feed is told once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use feedwatch::clock::{Timestamp, later, span};
use feedwatch::fetch::{FetchError, Redirect, Request, Response};
use feedwatch::model::Kind;

use super::{HOUR, WATCHES};
use crate::stories::house::{House, Page, answer, feed, item, rss};

const DAY: Duration = Duration::from_secs(24 * 3600);
const SECOND: Duration = Duration::from_secs(1);

type Answer = Result<Response, FetchError>;

/// What a feed does at so many hours of the week.
type Life = fn(u64, &Request, Timestamp) -> Answer;

/// News every hour.
fn well(hour: u64, request: &Request, start: Timestamp) -> Answer {
    news(hour, request, start, "Calm")
}

/// News every hour that is told.
fn loud(hour: u64, request: &Request, start: Timestamp) -> Answer {
    news(hour, request, start, "Mediation")
}

fn news(hour: u64, request: &Request, start: Timestamp, what: &str) -> Answer {
    let items: Vec<_> = (hour.saturating_sub(5)..=hour)
        .map(|n| item(&n.to_string(), &format!("{what} {n} at {}", request.url), later(start, HOUR * n as u32)))
        .collect();
    answer(request, rss(request.url.as_str(), &items))
}

fn unreachable() -> Answer {
    Err(FetchError::Unreachable("connection refused".to_owned()))
}

fn status(status: u16) -> Answer {
    Err(FetchError::Status { status, retry_after: None })
}

/// Each feed's name, life, and how often it is told as broken, recovered, silent, gone in a week.
const LIVES: &[(&str, Life, [usize; 4])] = &[
    ("steady.example/1", loud, [0, 0, 0, 0]),
    ("steady.example/2", well, [0, 0, 0, 0]),
    ("steady.example/3", well, [0, 0, 0, 0]),
    ("dies.example/", |hour, ask, at| if hour < 48 { well(hour, ask, at) } else { status(500) }, [1, 0, 0, 0]),
    (
        "twice.example/",
        |hour, ask, at| {
            if (20..60).contains(&hour) || (90..130).contains(&hour) { unreachable() } else { well(hour, ask, at) }
        },
        [2, 2, 0, 0],
    ),
    (
        "never.example/",
        |_, ask, _| Err(FetchError::Unresolved { host: ask.url.host_str().unwrap().to_owned(), temporary: false }),
        [1, 0, 0, 0],
    ),
    ("silent.example/", |hour, ask, at| well(hour.min(30), ask, at), [0, 0, 1, 0]),
    (
        "gone.example/",
        |hour, ask, at| if hour < 40 { well(hour, ask, at) } else { Err(FetchError::Gone) },
        [0, 0, 0, 1],
    ),
    (
        "page.example/",
        |hour, ask, at| {
            if hour < 50 { well(hour, ask, at) } else { answer(ask, "<!doctype html><html>Hello".to_owned()) }
        },
        [1, 0, 0, 0],
    ),
    (
        "emptied.example/",
        |hour, ask, at| if (50..90).contains(&hour) { answer(ask, rss("x", &[])) } else { well(hour, ask, at) },
        [1, 1, 0, 0],
    ),
    (
        "flaky.example/",
        |hour, ask, at| match hour % 7 {
            0 => Err(FetchError::TimedOut { doing: "reading the body", after: SECOND }),
            1 => Err(FetchError::Broken("the body ends early".to_owned())),
            2 => status(503),
            3 => Err(FetchError::Redirect("in a circle".to_owned())),
            _ => well(hour, ask, at),
        },
        [0, 0, 0, 0],
    ),
    ("locked.example/", |hour, ask, at| if hour < 60 { well(hour, ask, at) } else { status(401) }, [1, 0, 0, 0]),
    ("asks-for-less.example/1", well, [0, 0, 0, 0]),
    ("asks-for-less.example/2", loud, [0, 0, 0, 0]),
    ("asks-for-less.example/3", well, [0, 0, 0, 0]),
    ("here.example/a", loud, [0, 0, 0, 0]),
    ("here.example/b", well, [0, 0, 0, 0]),
];

/// A host that once a day wants three hours of quiet, of the first time without saying so, and notes who breaks them.
fn sometimes_throttled(life: Page, quiet_until: Arc<Mutex<Timestamp>>, rude: Arc<AtomicU64>, start: Timestamp) -> Page {
    Box::new(move |request, at| {
        let mut quiet_until = quiet_until.lock().unwrap();
        let hour = span(start, at).as_secs() / 3600;
        let wants_quiet = hour % 24 == 12;
        // What was on its way when the quiet began cannot know of it.
        if at < *quiet_until {
            let began = quiet_until.duration_since(at).as_secs() > 3 * 3600 - 5;
            rude.fetch_add(u64::from(!began), Ordering::Relaxed);
        } else if wants_quiet {
            *quiet_until = later(at, 3 * HOUR);
        }
        match at < *quiet_until {
            true => Err(FetchError::Throttled { status: 429, retry_after: Some(span(at, *quiet_until)), reset: None }),
            false => life(request, at),
        }
    })
}

#[tokio::test(start_paused = true)]
async fn a_week_with_every_kind_of_failure_asks_nobody_too_often_forgets_no_feed_and_tells_trouble_once() {
    let url = |name: &str| format!("https://{name}");
    let settings: String = LIVES.iter().map(|(name, ..)| feed(&url(name), "2h")).collect();
    let house = House::for_days(&settings, WATCHES);
    let start = house.clock.now();
    let (quiet_until, rude) = (Arc::new(Mutex::new(Timestamp::MIN)), Arc::<AtomicU64>::default());
    for (name, life, _) in LIVES {
        let life = *life;
        let page: Page = Box::new(move |request, at| life(span(start, at).as_secs() / 3600, request, start));
        let page = match name.starts_with("asks-for-less") {
            true => sometimes_throttled(page, Arc::clone(&quiet_until), Arc::clone(&rude), start),
            false => page,
        };
        match name.strip_prefix("here") {
            // Not here any more: redirected to another host, as both are.
            Some(rest) => {
                let there = url(&format!("there{rest}"));
                let to: url::Url = there.parse().unwrap();
                house.web.serve(&there, page);
                house.web.serve(
                    &url(name),
                    Box::new(move |request, _| {
                        let mut way = request.way.clone();
                        way.steps.push(Redirect { to: to.clone(), permanent: false });
                        Ok(Response::Elsewhere(way))
                    }),
                );
            }
            None => house.web.serve(&url(name), page),
        }
    }
    // The scripted web itself holds spacing and requests at once against us.
    for day in 0..7 {
        match day {
            3 => house.crash_after(DAY).await,
            _ => drop(house.run_for(DAY).await),
        }
    }
    assert_eq!(rude.load(Ordering::Relaxed), 0, "requests in a quiet that was asked for");

    let end = house.clock.now();
    let rows = house.feeds();
    assert_eq!(rows.len(), LIVES.len());
    for row in &rows {
        let polls = &row.feed.polls;
        let (last, url) = (polls.last_at.unwrap(), &row.feed.source.url);
        // A day is the longest wait here, but for the gone one.
        let most = if polls.learned.gone > 1 { 31 * DAY } else { DAY };
        assert!(
            span(last, end) <= most.mul_f64(1.1) && polls.next_at <= later(end, most.mul_f64(1.1)),
            "{url}: {polls:?}"
        );
        assert!(!house.web.asked_at(url.as_str()).is_empty(), "{url}");
    }

    let mut told: HashMap<(String, Kind), usize> = HashMap::new();
    for record in house.records() {
        *told.entry((record.feed.url, record.kind)).or_default() += 1;
    }
    let kinds = [Kind::FeedBroken, Kind::FeedRecovered, Kind::FeedSilent, Kind::FeedGone];
    let found: Vec<_> = LIVES
        .iter()
        .map(|(name, ..)| (*name, kinds.map(|kind| told.get(&(url(name), kind)).copied().unwrap_or_default())))
        .collect();
    let expected: Vec<_> = LIVES.iter().map(|(name, _, told)| (*name, *told)).collect();
    assert_eq!(found, expected, "broken, recovered, silent, gone");
    // News of every hour in which a feed was well is stored, and nothing is told twice.
    let stored = house.articles();
    for name in ["steady.example/1", "asks-for-less.example/2", "here.example/a"] {
        let of_it =
            stored.iter().filter(|article| article.feed.contains(name) || article.title.ends_with(name)).count();
        assert!(of_it >= 7 * 24 - 4, "{name}: {of_it}");
    }
    let (mut titles, told) = (house.logged_titles(), house.logged().len());
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), told);
}
