//! Hosts that want less, hosts with many feeds, and a world that cannot be reached.

use std::time::Duration;

use feedwatch::clock::span;
use feedwatch::daemon::{Order, Until};
use feedwatch::fetch::{FetchError, Redirect, Response, Way};

use super::{HOUR, MINUTE, WATCHES};
use crate::stories::house::{House, Page, SLOW, answer, failing, feed, fixed, item, rss};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn after_a_pause_a_host_is_asked_slowly_first_and_faster_with_each_good_answer() {
    let urls: Vec<String> = (0..12).map(|n| format!("https://busy.example/{n}")).collect();
    let settings: String = urls.iter().map(|url| feed(url, "1h")).collect();
    let house = House::for_days(&settings, WATCHES);
    let start = house.clock.now();
    for (n, url) in urls.iter().enumerate() {
        house.web.serve(
            url,
            Box::new(move |request, at| match n == 0 && at < start + 90 * MINUTE {
                true => Err(FetchError::Throttled { status: 429, retry_after: Some(2 * HOUR), reset: None }),
                false => answer(request, rss(request.url.as_str(), &[])),
            }),
        );
    }
    house.run_for(4 * HOUR).await;
    let asked: Vec<_> = house.web.asked().iter().map(|asked| asked.at).collect();
    let wake = asked.windows(2).position(|pair| span(pair[0], pair[1]) >= 119 * MINUTE).expect("a pause") + 1;
    let gaps: Vec<u64> = asked[wake..wake + 8].windows(2).map(|pair| span(pair[0], pair[1]).as_secs()).collect();
    assert!(gaps[0] >= 4, "{gaps:?}");
    assert!(gaps.windows(2).all(|pair| pair[0] >= pair[1]) && gaps[6] == 1, "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_began_before_a_crash_is_kept() {
    let urls: Vec<String> = (0..3).map(|n| format!("https://busy.example/{n}")).collect();
    let settings: String = urls.iter().map(|url| feed(url, "10m")).collect();
    let house = House::for_days(&settings, WATCHES);
    for url in &urls {
        house.web.serve(url, failing(FetchError::Throttled { status: 503, retry_after: Some(HOUR), reset: None }));
    }
    for _ in 0..10 {
        house.crash_after(5 * MINUTE).await;
    }
    let mut asked: Vec<_> = house.web.asked().iter().map(|asked| asked.at).collect();
    asked.retain(|at| span(asked_first(&house), *at) > 5 * SECOND);
    assert!(asked.is_empty(), "{asked:?}");
}

fn asked_first(house: &House) -> feedwatch::clock::Timestamp {
    house.web.asked()[0].at
}

#[tokio::test(start_paused = true)]
async fn a_host_that_names_no_time_is_left_alone_longer_each_time_and_forgiven() {
    let urls: Vec<String> = (0..2).map(|n| format!("https://busy.example/{n}")).collect();
    let settings: String = urls.iter().map(|url| feed(url, "1h")).collect();
    let house = House::for_days(&settings, WATCHES);
    let start = house.clock.now();
    let end = start + 30 * HOUR;
    for url in &urls {
        house.web.serve(
            url,
            Box::new(move |request, at| match at > start + 2 * HOUR && at < end {
                true => Err(FetchError::Throttled { status: 429, retry_after: None, reset: None }),
                false => answer(request, rss(request.url.as_str(), &[])),
            }),
        );
    }
    house.run_for(48 * HOUR).await;
    let asked: Vec<_> = house.web.asked().iter().map(|asked| asked.at).filter(|at| *at > start + 2 * HOUR).collect();
    let gaps: Vec<u64> = asked
        .windows(2)
        .map(|pair| (span(pair[0], pair[1]) + 5 * MINUTE).as_secs() / 3600)
        .filter(|gap| *gap > 0)
        .collect();
    assert_eq!(gaps[..4], [1, 2, 4, 8], "{gaps:?}");
    assert!(asked.iter().filter(|at| **at > end).count() >= 4, "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn forbidden_after_success_is_a_wish_for_less_once_and_then_a_failure() {
    let urls: Vec<String> = (0..2).map(|n| format!("https://busy.example/{n}")).collect();
    let settings: String = urls.iter().map(|url| feed(url, "1h")).collect();
    let house = House::for_days(&settings, WATCHES);
    let start = house.clock.now();
    house.web.serve(&urls[0], fixed(vec![item("1", "Calm", start)]));
    house.web.serve(
        &urls[1],
        Box::new(move |request, at| match at > start + 30 * MINUTE {
            true => Err(FetchError::Status { status: 403, retry_after: None }),
            false => answer(request, rss(request.url.as_str(), &[])),
        }),
    );
    house.run_for(90 * MINUTE).await;
    let wait = |n: usize| house.feeds()[n].feed.polls.wait.to_string();
    assert!(wait(1).starts_with("403 without Retry-After, host pauses until"), "{}", wait(1));
    house.run_for(12 * HOUR).await;
    assert!(wait(1).starts_with("backing off after"), "{}", wait(1));
    assert_eq!(wait(0), "fixed by `every`");
}

#[tokio::test(start_paused = true)]
async fn forbidden_to_who_asks_every_few_seconds_is_a_wish_for_less_also_of_a_host_with_one_feed() {
    let forbidden = FetchError::Status { status: 403, retry_after: None };
    let challenge = FetchError::Challenge { status: 403, retry_after: None };
    for (error, every, after, wait) in [
        (&forbidden, "3s", 15, "403 without Retry-After"),
        (&challenge, "3s", 15, "403 without Retry-After"),
        (&forbidden, "30s", 35, "backing off after 1 failure"),
    ] {
        let url = "https://alone.example/feed";
        let house = House::for_days(&feed(url, every), WATCHES);
        let (start, error) = (house.clock.now(), error.clone());
        house.web.serve(
            url,
            Box::new(move |request, at| match at > start + MINUTE {
                true => Err(error.clone()),
                false => answer(request, rss(request.url.as_str(), &[])),
            }),
        );
        house.run_for(MINUTE + after * SECOND).await;
        let found = house.feeds()[0].feed.polls.wait.to_string();
        assert!(found.starts_with(wait), "{every}: {found}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pulled_cable_is_nobodys_failure_and_is_probed() {
    let urls: Vec<String> = (0..120).map(|n| format!("https://h{n}.example/feed")).collect();
    let settings: String = urls.iter().map(|url| feed(url, "10m")).collect();
    let house = House::for_days(&settings, WATCHES);
    let start = house.clock.now();
    let (cut, mended) = (start + HOUR, start + 5 * HOUR);
    for url in &urls {
        house.web.serve(
            url,
            Box::new(move |request, at| match at > cut && at < mended {
                true => Err(FetchError::Unreachable("network is unreachable".to_owned())),
                false => answer(request, rss(request.url.as_str(), &[])),
            }),
        );
    }
    let (daemon, orders) = house.start(Until::Stopped);
    house.pass(5 * HOUR - MINUTE).await;
    let during = |from, to| house.web.asked().iter().filter(|asked| asked.at >= from && asked.at < to).count();
    let probes = during(start + 3 * HOUR, start + 4 * HOUR);
    assert!((300..=370).contains(&probes), "{probes} probes in an hour");
    let failures: u32 = house.feeds().iter().map(|row| row.feed.polls.failures).sum();
    assert!(failures <= 60, "{failures}");
    house.pass(15 * MINUTE).await;
    let well = house.feeds().iter().filter(|row| row.feed.polls.error.is_none()).count();
    assert_eq!(well, urls.len(), "a quarter of an hour later all are well again");
    let after: Vec<_> = house.web.asked().iter().map(|asked| asked.at).filter(|at| *at >= mended).collect();
    let busiest =
        after.iter().map(|from| after.iter().filter(|at| **at >= *from && **at < *from + SECOND).count()).max();
    assert!(busiest <= Some(25), "{busiest:?} within a second");
    orders.send(Order::Stop).await.unwrap();
    daemon.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_host_with_thousands_of_feeds_takes_its_turns_and_leaves_room_for_others() {
    let crowd: Vec<String> = (0..2_000).map(|n| format!("https://crowd.example/{n}")).collect();
    let others: Vec<String> = (0..20).map(|n| format!("https://h{n}.example/feed")).collect();
    let urls = || crowd.iter().chain(&others);
    let settings: String = urls().map(|url| format!("[[feed]]\nurl = \"{url}\"\n")).collect();
    let house = House::for_days(
        &format!("[poll]\nevery = \"10m\"\nno_faster = \"10m\"\nadaptive = false\n{settings}"),
        WATCHES,
    );
    for url in urls() {
        house.web.serve(url, fixed(Vec::new()));
    }
    house.run_for(2 * HOUR).await;
    let asked = house.web.asked();
    for url in &others {
        let count = asked.iter().filter(|asked| asked.url == *url).count();
        assert!(count >= 10, "{url} was asked {count} times");
    }
    let of_crowd = asked.iter().filter(|asked| asked.url.contains("crowd")).count();
    assert!((6_500..=7_200).contains(&of_crowd), "{of_crowd}: one a second");
    let row = house.feeds().into_iter().find(|row| row.feed.source.url.as_str() == crowd[7]).unwrap();
    assert_eq!(row.feed.polls.wait.to_string(), "host_gap: 2000 feeds at this host take turns");
    let mut per_feed = std::collections::HashMap::new();
    asked
        .iter()
        .filter(|asked| asked.url.contains("crowd"))
        .for_each(|asked| *per_feed.entry(&asked.url).or_insert(0) += 1);
    assert!(per_feed.len() == crowd.len() && per_feed.values().all(|count| (2..=5).contains(count)));
}

#[tokio::test(start_paused = true)]
async fn redirects_wait_for_their_turn_at_the_host_they_lead_to() {
    const LAST: &str = "https://feeds.example/";
    let urls: Vec<String> = (0..30).map(|n| format!("https://h{n}.example/feed")).collect();
    let settings: String = urls.iter().map(|url| feed(url, "10m")).collect();
    let house = House::for_days(&settings, WATCHES);
    for (n, url) in urls.iter().enumerate() {
        // Two steps, the second within one host: a host's spacing holds for its own redirects as well.
        let (middle, end) = (format!("{LAST}{n}"), format!("{LAST}{n}/"));
        house.web.serve(url, leads_to(&middle));
        house.web.serve(&middle, leads_to(&end));
        house.web.serve(&end, fixed(vec![item("1", &format!("Mediation {n}"), house.clock.now())]));
    }
    // The web itself holds the spacing against us.
    house.run_for(HOUR).await;
    assert_eq!(house.articles().len(), urls.len());
    let asked = house.web.asked();
    let count = |part: &str| asked.iter().filter(|asked| asked.url.contains(part)).count();
    assert!(count("https://h") >= 5 * 30 && count(LAST) >= 10 * 30, "{} {}", count("https://h"), count(LAST));
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_less_at_the_end_of_a_redirect_is_left_alone_and_not_who_led_there() {
    const END: &str = "https://feeds.example/";
    let urls: Vec<String> = (0..4).map(|n| format!("https://h{n}.example/feed")).collect();
    let neighbour = "https://h0.example/other";
    let settings: String = urls.iter().map(String::as_str).chain([neighbour]).map(|url| feed(url, "10m")).collect();
    let house = House::for_days(&settings, WATCHES);
    for (n, url) in urls.iter().enumerate() {
        let end = format!("{END}{n}");
        house.web.serve(url, leads_to(&end));
        house.web.serve(&end, failing(FetchError::Throttled { status: 429, retry_after: Some(2 * HOUR), reset: None }));
    }
    house.web.serve(neighbour, fixed(Vec::new()));
    let start = house.clock.now();
    house.run_for(HOUR).await;
    house.run_for(HOUR).await;
    let at_end: Vec<_> = house.web.asked().into_iter().filter(|asked| asked.url.starts_with(END)).collect();
    assert!(at_end.iter().all(|asked| span(start, asked.at) < 10 * SECOND) && at_end.len() <= 2, "{at_end:?}");
    assert!(house.web.asked_at(neighbour).len() >= 10, "its own host is well");
}

#[tokio::test(start_paused = true)]
async fn what_a_host_says_at_the_end_of_a_strangers_redirect_pauses_none_of_its_own_feeds() {
    let stranger = "https://stranger.example/feed";
    let own: Vec<String> = (0..3).map(|n| format!("https://honest.example/{n}")).collect();
    let refusals = [
        FetchError::Throttled { status: 429, retry_after: None, reset: None },
        FetchError::Throttled { status: 429, retry_after: Some(300 * HOUR), reset: None },
        FetchError::Throttled { status: 503, retry_after: Some(2 * HOUR), reset: None },
        FetchError::Throttled { status: 429, retry_after: None, reset: Some(20 * HOUR) },
        FetchError::Status { status: 403, retry_after: None },
        FetchError::Challenge { status: 403, retry_after: Some(HOUR) },
    ];
    for refusal in refusals {
        let house = House::for_days(
            &own.iter().map(String::as_str).chain([stranger]).map(|url| feed(url, "10m")).collect::<String>(),
            WATCHES,
        );
        let start = house.clock.now();
        own.iter().for_each(|url| house.web.serve(url, fixed(Vec::new())));
        house.web.serve(stranger, leads_to("https://honest.example/no/such/page"));
        house.web.serve("https://honest.example/no/such/page", failing(refusal.clone()));
        house.run_for(3 * HOUR).await;
        for url in &own {
            let late = house.web.asked_at(url).into_iter().filter(|at| *at > start + HOUR).count();
            assert!(late >= 9, "{refusal}: {url} was asked {late} times in two hours");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn many_hosts_that_refuse_connections_are_no_outage_of_ours() {
    let dead: Vec<String> = (0..100).map(|n| format!("https://dead{n}.example/feed")).collect();
    let well: Vec<String> = (0..5).map(|n| format!("https://well{n}.example/feed")).collect();
    let house = House::for_days(&dead.iter().chain(&well).map(|url| feed(url, "10m")).collect::<String>(), WATCHES);
    dead.iter().for_each(|url| house.web.serve(url, failing(FetchError::TurnedAway("connection refused".to_owned()))));
    well.iter().for_each(|url| house.web.serve(url, fixed(Vec::new())));
    let start = house.clock.now();
    house.run_for(3 * HOUR).await;
    for url in &well {
        let asked = house.web.asked_at(url).into_iter().filter(|at| *at > start + HOUR).count();
        assert!(asked >= 9, "{url} was asked {asked} times in two hours");
    }
    let failed = house.feeds().iter().filter(|row| row.feed.polls.failures > 0).count();
    assert_eq!(failed, dead.len(), "they fail by themselves");
}

#[tokio::test(start_paused = true)]
async fn however_much_a_server_says_an_error_is_short() {
    let url = "https://a.example/feed";
    let house = House::for_days(&feed(url, "10m"), WATCHES);
    house.web.serve(url, failing(FetchError::Redirect(format!("to {}", "x".repeat(200_000)))));
    house.run_for(HOUR).await;
    let error = house.feeds()[0].feed.polls.error.clone().unwrap();
    assert!(error.starts_with("bad redirect: to xxx") && error.chars().count() <= 500, "{} characters", error.len());
}

#[tokio::test(start_paused = true)]
async fn a_redirect_that_asks_to_be_waited_for_is() {
    let (url, end) = ("https://a.example/feed", "https://b.example/feed");
    let house = House::for_days(&feed(url, "10m"), WATCHES);
    let leads = leads_to(end);
    house.web.serve(
        url,
        Box::new(move |request, at| match leads(request, at)? {
            Response::Elsewhere(way) => Ok(Response::Elsewhere(Way { rest: 40 * SECOND, ..way })),
            _ => unreachable!("it is elsewhere"),
        }),
    );
    house.web.serve(end, fixed(vec![item("1", "Calm", house.clock.now())]));
    house.run_for(2 * MINUTE).await;
    let (asked, then) = (house.web.asked_at(url), house.web.asked_at(end));
    assert!(asked.len() == 1 && then.len() == 1 && span(asked[0], then[0]) >= 40 * SECOND, "{asked:?} {then:?}");
}

/// A page that is elsewhere.
fn leads_to(target: &str) -> Page {
    let to: url::Url = target.parse().unwrap();
    Box::new(move |request, _| {
        let mut way = request.way.clone();
        way.steps.push(Redirect { to: to.clone(), permanent: false });
        Ok(Response::Elsewhere(way))
    })
}

#[tokio::test(start_paused = true)]
async fn who_finds_too_much_on_its_way_to_an_address_is_asked_a_moment_later_and_has_not_failed() {
    turned_away_once(FetchError::Crowded).await;
}

#[tokio::test(start_paused = true)]
async fn who_finds_no_room_in_memory_is_asked_a_moment_later_and_has_not_failed() {
    turned_away_once(FetchError::NoRoom).await;
}

/// Feeds that are each turned away once by our own limit.
async fn turned_away_once(limit: FetchError) {
    let urls: Vec<String> = (0..40).map(|n| format!("https://h{n}.example/feed")).collect();
    let settings: String = urls.iter().map(|url| feed(url, "1h")).collect();
    let house = House::for_days(&settings, WATCHES);
    for url in &urls {
        let (turned_away, limit) = (std::sync::atomic::AtomicBool::new(false), limit.clone());
        house.web.serve(
            url,
            Box::new(move |request, _| match turned_away.swap(true, std::sync::atomic::Ordering::Relaxed) {
                false => Err(limit.clone()),
                true => answer(
                    request,
                    rss(request.url.as_str(), &[item("1", "Calm", "2026-11-24T12:00:00Z".parse().unwrap())]),
                ),
            }),
        );
    }
    house.once(true).await;
    assert_eq!((house.articles().len(), house.web.asked().len()), (40, 80));
    assert!(house.feeds().iter().all(|row| row.feed.polls.failures == 0));
}

#[tokio::test(start_paused = true)]
async fn two_hosts_of_a_domain_that_ask_for_less_speak_for_all_of_it_for_a_day_and_over_a_restart() {
    let urls: Vec<String> = (0..6).map(|n| format!("https://h{n}.farm.example/feed")).collect();
    let other = "https://h0.other.example/feed";
    let settings: String = urls.iter().map(String::as_str).chain([other]).map(|url| feed(url, "10m")).collect();
    let house = House::for_days(&settings, WATCHES);
    let start = house.clock.now();
    for (n, url) in urls.iter().enumerate() {
        house.web.serve(
            url,
            Box::new(move |request, at| match n < 2 && at > start + HOUR && at < start + 80 * MINUTE {
                true => Err(FetchError::Throttled { status: 429, retry_after: Some(2 * HOUR), reset: None }),
                false => answer(request, rss(request.url.as_str(), &[])),
            }),
        );
    }
    house.web.serve(other, fixed(Vec::new()));
    house.run_for(90 * MINUTE).await;
    let asked = |url: &str, from, to| house.web.asked_at(url).iter().filter(|at| **at > from && **at <= to).count();
    let quiet_from = start + 75 * MINUTE;
    house.run_for(90 * MINUTE).await;
    for url in &urls {
        assert_eq!(asked(url, quiet_from, start + 3 * HOUR), 0, "{url} is left alone with the others");
    }
    assert!(asked(other, quiet_from, start + 3 * HOUR) >= 9);
    house.run_for(3 * HOUR).await;
    // They share one budget now, spacing included.
    let mut farm: Vec<_> = house.web.asked().into_iter().filter(|asked| asked.url.contains("farm")).collect();
    farm.retain(|asked| asked.at > start + 3 * HOUR);
    assert!(farm.len() >= 60, "{}", farm.len());
    let gaps: Vec<_> = farm.windows(2).map(|pair| span(pair[0].at, pair[1].at)).collect();
    assert!(gaps.iter().all(|gap| *gap >= Duration::from_millis(998)), "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn hosts_that_never_come_to_an_end_hold_no_place_of_others() {
    // Intervals vary by a tenth.
    const INTERVAL_MAX: Duration = Duration::from_secs(132);
    // More of them than places.
    let slow: Vec<String> = (0..100).map(|n| format!("https://{n}.{SLOW}/feed")).collect();
    let honest: Vec<String> = (0..20).map(|n| format!("https://{n}.honest.example/feed")).collect();
    let every = |url: &String| feed(url, "2m");
    let settings: String =
        ["[poll]\nno_faster = \"1m\"\nstartup_spread = \"0s\"\nbackoff_base = \"1m\"\nbackoff_max = \"1m\"\n"
            .to_owned()]
        .into_iter()
        .chain(slow.iter().chain(&honest).map(every))
        .collect();
    let house = House::for_days(&settings, WATCHES);
    slow.iter().for_each(|url| {
        house
            .web
            .serve(url, failing(FetchError::TimedOut { doing: "reading the body", after: Duration::from_secs(60) }));
    });
    honest.iter().for_each(|url| house.web.serve(url, fixed(Vec::new())));
    house.run_for(HOUR).await;
    for url in &honest {
        let asked = house.web.asked_at(url);
        assert!(asked.len() >= 28, "{url}: {asked:?}");
        let longest = asked.windows(2).map(|pair| span(pair[0], pair[1])).max().unwrap();
        assert!(longest <= INTERVAL_MAX + 6 * SECOND, "{url}: {longest:?}");
    }
}
