//! What servers and feeds wish, over answers without a document, restarts and stops.

use std::time::Duration;

use feedwatch::clock::span;
use feedwatch::fetch::{FetchError, Response};

use super::{HOUR, MINUTE, WATCHES};
use crate::stories::house::{House, answer, failing, feed, fixed, item, plain, rss};

/// The answer with a wish in its header.
fn fresh(answer: Result<Response, FetchError>, wish: Duration) -> Result<Response, FetchError> {
    let mut answer = answer?;
    match &mut answer {
        Response::NotModified { hints, .. } => hints.fresh_for = Some(wish),
        Response::Elsewhere(_) => unreachable!("it was answered"),
        Response::Document(document) => document.hints.fresh_for = Some(wish),
    }
    Ok(answer)
}

fn gaps(house: &House, url: &str) -> Vec<Duration> {
    house.web.asked_at(url).windows(2).map(|pair| span(pair[0], pair[1])).collect()
}

#[tokio::test(start_paused = true)]
async fn ttl_and_max_age_hold_over_304s_and_restarts() {
    let (ttl, fresh_url) = ("https://ttl.example/feed", "https://fresh.example/feed");
    let house = House::for_days(&(plain(ttl) + &plain(fresh_url)), WATCHES);
    let start = house.clock.now();
    house.web.serve(
        ttl,
        Box::new(move |request, _| {
            let items = [item("1", "Calm", start)];
            let body = rss(request.url.as_str(), &items).replace("<item>", "<ttl>180</ttl><item>");
            answer(request, body)
        }),
    );
    house.web.serve(
        fresh_url,
        Box::new(move |request, _| fresh(answer(request, rss(fresh_url, &[item("1", "Calm", start)])), 4 * HOUR)),
    );
    for _ in 0..13 {
        house.run_for(HOUR).await;
    }
    let (ttl_gaps, fresh_gaps) = (gaps(&house, ttl), gaps(&house, fresh_url));
    assert!(ttl_gaps.len() >= 3 && ttl_gaps.iter().all(|gap| *gap >= 3 * HOUR && *gap < 4 * HOUR), "{ttl_gaps:?}");
    assert!(fresh_gaps.len() >= 2 && fresh_gaps.iter().all(|gap| *gap >= 4 * HOUR), "{fresh_gaps:?}");
    let waits: Vec<String> = house.feeds().iter().map(|row| row.feed.polls.wait.to_string()).collect();
    assert_eq!(waits, ["max-age 4h", "ttl 180 min"]);
}

#[tokio::test(start_paused = true)]
async fn feeds_that_leave_the_files_and_come_back_are_asked_no_sooner_than_was_wished() {
    let [wishing, failing_one, other] = ["https://a.example/feed", "https://b.example/feed", "https://c.example/feed"];
    let all = plain(wishing) + &plain(failing_one) + &plain(other);
    let house = House::for_days(&all, WATCHES);
    house.web.serve(wishing, Box::new(move |request, _| fresh(answer(request, rss(wishing, &[])), 4 * HOUR)));
    house.web.serve(failing_one, failing(FetchError::Status { status: 503, retry_after: Some(5 * HOUR) }));
    house.web.serve(other, fixed(Vec::new()));
    house.run_for(MINUTE).await;
    house.write(&plain(other), WATCHES);
    house.run_for(MINUTE).await;
    house.write(&all, WATCHES);
    house.run_for(12 * HOUR).await;
    for (url, wish) in [(wishing, 4 * HOUR), (failing_one, 5 * HOUR)] {
        let gaps = gaps(&house, url);
        assert!(gaps.len() >= 2 && gaps.iter().all(|gap| *gap >= wish), "{url}: {gaps:?}");
    }
    assert!(house.web.asked_at(other).len() > 5);
}

#[tokio::test(start_paused = true)]
async fn a_feed_is_not_asked_in_the_hours_and_days_it_skips() {
    let url = "https://a.example/feed";
    let house = House::for_days(&plain(url), WATCHES);
    let start = house.clock.now();
    house.web.serve(
        url,
        Box::new(move |request, _| {
            let night: String = (0..6).map(|hour| format!("<hour>{hour}</hour>")).collect();
            let skip = format!("<skipHours>{night}</skipHours><skipDays><day>Sunday</day></skipDays><item>");
            answer(request, rss(request.url.as_str(), &[item("1", "Calm", start)]).replace("<item>", &skip))
        }),
    );
    house.run_for(8 * 24 * HOUR).await;
    let asked = house.web.asked_at(url);
    assert!(asked.len() > 20, "{}", asked.len());
    for at in &asked[1..] {
        let at = at.strftime("%a %H").to_string();
        let (day, hour) = at.split_once(' ').unwrap();
        assert!(day != "Sun" && hour.parse::<u8>().unwrap() >= 6, "{at}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_became_due_during_a_stop_is_asked_oldest_first_and_not_at_once() {
    let urls: Vec<String> = (0..300).map(|n| format!("https://h{n}.example/feed")).collect();
    let settings: String = urls.iter().map(|url| feed(url, "1h")).collect();
    let house = House::for_days(&settings, WATCHES);
    for url in &urls {
        house.web.serve(url, fixed(vec![item("1", "Calm", house.clock.now())]));
    }
    house.run_for(90 * MINUTE).await;
    let mut due: Vec<_> =
        house.feeds().into_iter().map(|row| (row.feed.polls.next_at, row.feed.source.url.to_string())).collect();
    due.sort();
    house.pass(3 * 24 * HOUR).await;
    let back = house.clock.now();
    house.run_for(MINUTE).await;
    let asked: Vec<_> = house.web.asked().into_iter().filter(|asked| asked.at >= back).collect();
    assert_eq!(asked.len(), urls.len(), "three hundred take half a minute");
    for second in 0..60 {
        let count = asked.iter().filter(|asked| span(back, asked.at).as_secs() == second).count();
        assert!(count <= 12, "{count} in second {second}");
    }
    let last = asked.iter().map(|asked| span(back, asked.at)).max().unwrap();
    assert!(last > Duration::from_secs(28), "{last:?}");
    let order: Vec<&String> = asked.iter().map(|asked| &asked.url).collect();
    let place = |url: &String| due.iter().position(|(_, other)| other == url).unwrap();
    let inversions = order.windows(2).filter(|pair| place(pair[0]) > place(pair[1])).count();
    assert!(inversions < 10, "{inversions}");
}

#[tokio::test(start_paused = true)]
async fn restarts_ask_nobody_before_their_time() {
    let urls: Vec<String> = (0..20).map(|n| format!("https://h{n}.example/feed")).collect();
    let settings: String = urls.iter().map(|url| feed(url, "1h")).collect();
    let house = House::for_days(&settings, WATCHES);
    for url in &urls {
        house.web.serve(url, fixed(vec![item("1", "Calm", house.clock.now())]));
    }
    for _ in 0..40 {
        house.run_for(7 * MINUTE).await;
        house.once(false).await;
        house.pass(Duration::from_secs(1)).await;
    }
    for url in &urls {
        let gaps = gaps(&house, url);
        assert!(gaps.len() >= 3 && gaps.iter().all(|gap| *gap >= HOUR), "{gaps:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_was_set_back_while_we_were_away_neither_stops_polling_nor_bursts() {
    let url = "https://a.example/feed";
    let mut house = House::for_days(&feed(url, "1h"), WATCHES);
    house.web.serve(url, fixed(vec![item("1", "Calm", house.clock.now())]));
    house.run_for(90 * MINUTE).await;
    let before = house.web.asked_at(url).len();
    house.set_clock_back(30 * 24 * HOUR);
    let set_back = house.clock.now();
    house.run_for(3 * HOUR).await;
    let asked = house.web.asked_at(url);
    assert!((2..=3).contains(&(asked.len() - before)), "{asked:?}");
    assert!(span(set_back, asked[before]) >= HOUR / 2, "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failing_feed_that_names_a_time_is_asked_then() {
    let url = "https://a.example/feed";
    let house = House::for_days(&plain(url), WATCHES);
    house.web.serve(url, failing(FetchError::Status { status: 500, retry_after: Some(30 * HOUR) }));
    house.run_for(70 * HOUR).await;
    let gaps = gaps(&house, url);
    assert!(gaps.len() == 2 && gaps.iter().all(|gap| *gap >= 30 * HOUR), "{gaps:?}");
}
