//! What operators are told of feeds, files and the work itself: once an occasion.

use std::time::Duration;

use feedwatch::clock::{later, span};
use feedwatch::daemon::{Order, Until};
use feedwatch::fetch::FetchError;
use feedwatch::model::Kind;

use super::house::{House, answer, feed, fixed, item, rss};

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);
const URL: &str = "https://a.example/feed";
const OPS: &str = "https://ops.example/hook";
const WATCHES: &str = "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n";

#[tokio::test(start_paused = true)]
async fn a_feed_that_breaks_and_recovers_is_told_once_each_and_sinks_hear_of_it() {
    let settings = format!("[sink.ops]\nwebhook = \"{OPS}\"\ntakes = \"operations\"\n{}", feed(URL, "30m"));
    let house = House::for_days(&settings, WATCHES);
    house.web.hook(OPS, Box::new(|_, _| Ok(())));
    let start = house.clock.now();
    house.web.serve(
        URL,
        Box::new(move |request, at| match span(start, at) {
            since if since > HOUR && since < 60 * HOUR => Err(FetchError::Status { status: 500, retry_after: None }),
            _ => answer(request, rss(URL, &[item("1", "Mediation", start)])),
        }),
    );
    house.run_for(30 * HOUR).await;
    house.run_for(70 * HOUR).await;
    let broken = house.told(Kind::FeedBroken);
    assert_eq!(broken.len(), 1, "{broken:?}");
    assert!(broken[0].contains("HTTP 500"), "{}", broken[0]);
    assert_eq!(house.told(Kind::FeedRecovered).len(), 1);
    let heard: Vec<_> = house.web.posted(OPS).iter().map(|posted| posted.event["type"].clone()).collect();
    assert_eq!(heard, ["feedwatch.feed.broken", "feedwatch.feed.recovered"]);
    let record = house.records().into_iter().find(|record| record.kind == Kind::FeedBroken).unwrap();
    let line: serde_json::Value = serde_json::from_str(&feedwatch::alert::line(&record)).unwrap();
    assert_eq!((&line["watch"], &line["article"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    assert_eq!(line["feed"]["url"], URL);
}

#[tokio::test(start_paused = true)]
async fn every_hour_has_one_heartbeat_that_counts_over_restarts() {
    let house = House::for_days(&feed(URL, "10m"), WATCHES);
    let start = house.clock.now();
    house.web.serve(
        URL,
        Box::new(move |request, at| {
            let count = span(start, at).as_secs() / 1200 + 1;
            let items: Vec<_> = (0..count).map(|n| item(&n.to_string(), &format!("Mediation {n}"), start)).collect();
            answer(request, rss(URL, &items))
        }),
    );
    house.run_for(HOUR + 30 * MINUTE).await;
    house.run_for(20 * MINUTE).await;
    house.run_for(HOUR + 30 * MINUTE).await;
    let beats: Vec<_> = house.records().into_iter().filter(|record| record.kind == Kind::Heartbeat).collect();
    let hours: Vec<String> = beats.iter().map(|beat| beat.time.strftime("%H").to_string()).collect();
    assert_eq!(hours, ["13", "14", "15"]);
    let counts = beats[1].counts.unwrap();
    assert_eq!((counts.feeds, counts.raised, counts.articles), (1, 3, 3), "{counts:?}");
    assert!(counts.polls >= 1);
}

#[tokio::test(start_paused = true)]
async fn heartbeats_can_be_off_or_go_to_a_sink_that_wants_them() {
    let sink = format!("[sink.ops]\nwebhook = \"{OPS}\"\ntakes = [\"heartbeats\"]\n");
    let house = House::for_days(&format!("[alerts]\nheartbeat = \"10m\"\n{sink}{}", feed(URL, "10m")), WATCHES);
    house.web.hook(OPS, Box::new(|_, _| Ok(())));
    house.web.serve(URL, fixed(vec![item("1", "Mediation", house.clock.now())]));
    house.run_for(35 * MINUTE).await;
    assert_eq!(house.web.posted(OPS).len(), 3);
    house.write(&format!("[alerts]\nheartbeat = \"off\"\n{sink}{}", feed(URL, "10m")), WATCHES);
    house.run_for(2 * HOUR).await;
    assert_eq!(house.web.posted(OPS).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_refused_configuration_is_a_record() {
    let house = House::for_days(&feed(URL, "10m"), WATCHES);
    house.web.serve(URL, fixed(vec![item("1", "Mediation", house.clock.now())]));
    let (daemon, orders) = house.start(Until::Stopped);
    house.pass(MINUTE).await;
    house.write("[pol]\n", WATCHES);
    orders.send(Order::Reload).await.unwrap();
    house.pass(MINUTE).await;
    orders.send(Order::Stop).await.unwrap();
    daemon.await.unwrap().unwrap();
    let refused = house.told(Kind::ConfigRefused);
    assert_eq!(refused.len(), 1);
    let place = format!("{}:5:2", house.path("feedwatch.toml").display());
    assert_eq!(
        refused[0],
        format!(
            "the configuration is refused and the old one stays in force: unknown key `pol` at the top of the file ({place}); \
             `feedwatch check` shows it"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_falls_silent_is_told_once_and_one_that_was_always_slow_is_not() {
    const SLOW: &str = "https://slow.example/feed";
    let house = House::for_days(&(feed(URL, "1h") + &feed(SLOW, "1h")), WATCHES);
    let start = house.clock.now();
    for (url, every, items) in [(URL, 6, 8), (SLOW, 200, 3)] {
        house.web.serve(
            url,
            Box::new(move |request, at| {
                let count = (span(start, at).as_secs() / (3600 * every) + 1).min(items);
                let items: Vec<_> = (0..count)
                    .map(|n| item(&n.to_string(), &format!("Football {n}"), later(start, HOUR * (n * every) as u32)))
                    .collect();
                answer(request, rss(url, &items))
            }),
        );
    }
    house.run_for(7 * 24 * HOUR).await;
    let told = house.told(Kind::FeedSilent);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("silent since 2026-11-26T"), "{}", told[0]);
}

#[tokio::test(start_paused = true)]
async fn a_document_that_cannot_be_read_whole_is_told_once_a_day() {
    let house = House::for_days(&feed(URL, "1h"), WATCHES);
    let start = house.clock.now();
    house.web.serve(
        URL,
        Box::new(move |request, at| {
            // More items than are read of a document.
            let items: String =
                (0..10_001).map(|n| format!("<item><guid>{n}</guid><title>F {n}</title></item>")).collect();
            let hour = span(start, at).as_secs() / 3600;
            answer(request, rss(URL, &[]).replace("</channel>", &format!("<ttl>{hour}</ttl>{items}</channel>")))
        }),
    );
    for hours in [0, 1, 24] {
        house.pass(hours * HOUR).await;
        house.once(true).await;
    }
    let told = house.told(Kind::FeedIncomplete);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("10000 of 10001 items could be read"), "{}", told[0]);
}

#[tokio::test(start_paused = true)]
async fn a_feed_whose_items_come_and_go_between_two_polls_has_a_gap_and_is_told_each_time() {
    let sink = format!("[sink.ops]\nwebhook = \"{OPS}\"\ntakes = \"operations\"\n");
    let its_own = format!("[[feed]]\nurl = \"{URL}\"\n");
    for (feed, relief) in
        [(feed(URL, "1h"), "a shorter `every` would help"), (its_own, "polling every 16m from now on")]
    {
        let house = House::for_days(&format!("{sink}{feed}"), WATCHES);
        house.web.hook(OPS, Box::new(|_, _| Ok(())));
        let start = house.clock.now();
        // Three items at a time: one more an hour, and once all of them at a stroke.
        house.web.serve(
            URL,
            Box::new(move |request, at| {
                let hours = span(start, at).as_secs() / 3600;
                let newest = if hours < 5 { hours } else { hours + 40 };
                let items: Vec<_> = (newest..newest + 3)
                    .map(|n| item(&n.to_string(), &format!("Football {n}"), later(start, 60 * MINUTE * n as u32)))
                    .collect();
                answer(request, rss(URL, &items))
            }),
        );
        house.run_for(10 * HOUR).await;
        let told = house.told(Kind::FeedGap);
        assert_eq!(
            told,
            [format!(
                "Feed https://a.example/feed: none of the last poll's items is still listed, so some may have been missed; {relief}"
            )]
        );
        assert_eq!(house.web.posted(OPS)[0].event["type"], "feedwatch.feed.gap");
    }
}
