//! Sinks that are down, slow or choosy: each gets what it is owed, in order, and is in nobody's way.

use std::time::Duration;

use feedwatch::clock::{Timestamp, later, span};
use feedwatch::daemon::{Order, Until};
use feedwatch::fetch::FetchError;

use super::house::{Hook, House, answer, feed, fixed, item, rss};

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);
const URL: &str = "https://a.example/feed";
const DESK: &str = "https://desk.example/hook";
const OPS: &str = "https://ops.example/hook";
const WATCHES: &str = "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n";
const SINKS: &str =
    "[sink.desk]\nwebhook = \"https://desk.example/hook\"\n[sink.ops]\nwebhook = \"https://ops.example/hook\"\n";

fn takes_all() -> Hook {
    Box::new(|_, _| Ok(()))
}

fn down() -> FetchError {
    FetchError::TurnedAway("connection refused (desk.example:443)".to_owned())
}

/// A house whose feed brings an item every ten minutes.
fn house(settings: &str, watches: &str) -> House {
    let house = House::for_days(&format!("{settings}{}", feed(URL, "10m")), watches);
    let start = house.clock.now();
    house.web.serve(
        URL,
        Box::new(move |request, at| {
            let count = span(start, at).as_secs() / 600 + 1;
            let items: Vec<_> = (0..count).map(|n| item(&n.to_string(), &format!("Mediation {n}"), start)).collect();
            answer(request, rss(URL, &items))
        }),
    );
    house
}

fn titles(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("Mediation {n}")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_is_down_for_an_hour_gets_everything_in_order_and_delays_nobody() {
    let house = house(SINKS, WATCHES);
    let back_at = later(house.clock.now(), HOUR + MINUTE);
    house.web.hook(DESK, Box::new(move |_, at| if at < back_at { Err(down()) } else { Ok(()) }));
    house.web.hook(OPS, takes_all());
    let (daemon, orders) = house.start(Until::Stopped);
    house.pass(HOUR).await;
    let desk = house.store().sink_states().unwrap().into_iter().find(|state| state.name == "desk").unwrap();
    assert_eq!((desk.owed, desk.dead), (6, 0));
    assert!(desk.trouble.unwrap().error.contains("connection refused"));
    assert!(house.web.posted(DESK).len() < 15, "it is not hammered: {}", house.web.posted(DESK).len());
    house.pass(HOUR).await;
    orders.send(Order::Stop).await.unwrap();
    daemon.await.unwrap().unwrap();

    assert_eq!(house.web.taken_titles(DESK), titles(12));
    assert_eq!(house.web.taken_titles(OPS), titles(12));
    assert_eq!(house.logged_titles(), titles(12));
    let lag = |posted: &super::house::Posted| {
        let raised: Timestamp = posted.event["time"].as_str().unwrap().parse().unwrap();
        span(raised, posted.at)
    };
    assert!(
        house.web.posted(OPS).iter().all(|posted| lag(posted) < Duration::from_secs(1)),
        "the other sink waits for nobody"
    );
    let polls = house.web.asked_at(URL);
    assert!(polls.windows(2).all(|pair| span(pair[0], pair[1]) < 11 * MINUTE), "nor does a poll");
    assert_eq!(house.store().sink_states().unwrap(), [], "nothing is owed, nobody is in trouble");
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_hangs_delays_no_other_and_no_poll() {
    let house = house(&format!("{SINKS}timeout = \"300s\"\n"), WATCHES);
    let hang = FetchError::TimedOut { doing: "waiting for the hook's answer", after: 5 * MINUTE };
    house.web.hook(OPS, Box::new(move |_, _| Err(hang.clone())));
    house.web.hook(DESK, takes_all());
    house.run_for(2 * HOUR).await;
    assert_eq!((house.web.taken_titles(DESK), house.logged_titles()), (titles(12), titles(12)));
    assert_eq!(house.web.asked_at(URL).len(), 12);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_kept_also_over_a_restart() {
    let house = house(SINKS, WATCHES);
    let busy = FetchError::Throttled { status: 429, retry_after: Some(HOUR), reset: None };
    house.web.hook(DESK, Box::new(move |_, _| Err(busy.clone())));
    house.web.hook(OPS, takes_all());
    house.run_for(30 * MINUTE).await;
    house.web.hook(DESK, takes_all());
    house.run_for(20 * MINUTE).await;
    assert_eq!(house.web.posted(DESK).len(), 1);
    house.run_for(20 * MINUTE).await;
    let asked: Vec<Timestamp> = house.web.posted(DESK).iter().map(|posted| posted.at).collect();
    assert!(span(asked[0], asked[1]) >= HOUR, "{asked:?}");
    assert_eq!(house.web.taken_titles(DESK), titles(7));
}

#[tokio::test(start_paused = true)]
async fn what_a_sink_refuses_is_a_dead_letter_and_can_be_tried_again() {
    let house = house(SINKS, WATCHES);
    house.web.hook(OPS, takes_all());
    house.web.hook(
        DESK,
        Box::new(|post, _| match () {
            () if String::from_utf8_lossy(&post.body).contains("\"Mediation 1\"") => {
                Err(FetchError::Status { status: 422, retry_after: None })
            }
            _ => Ok(()),
        }),
    );
    let (daemon, orders) = house.start(Until::Stopped);
    house.pass(HOUR).await;
    assert_eq!(
        house.web.taken_titles(DESK),
        ["Mediation 0", "Mediation 2", "Mediation 3", "Mediation 4", "Mediation 5"]
    );
    let desk = house.store().sink_states().unwrap().remove(0);
    assert_eq!((desk.owed, desk.dead, desk.trouble), (0, 1, None));
    assert!(desk.last_dead.unwrap().1.contains("422"));

    house.web.hook(DESK, takes_all());
    let beside = feedwatch::store::Store::open_beside(&house.path("feedwatch.db")).unwrap();
    assert_eq!(beside.revive("desk").unwrap(), 1);
    house.pass(MINUTE).await;
    assert_eq!(house.web.taken_titles(DESK).pop().unwrap(), "Mediation 1");
    orders.send(Order::Stop).await.unwrap();
    daemon.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn news_that_cannot_be_delivered_for_days_is_given_up_and_shown() {
    let house = house(SINKS, WATCHES);
    house.web.serve(URL, fixed(vec![item("1", "Mediation", house.clock.now())]));
    house.web.hook(OPS, takes_all());
    house.web.hook(DESK, Box::new(|_, _| Err(down())));
    house.run_for(71 * HOUR).await;
    assert_eq!(house.store().sink_states().unwrap()[0].owed, 1);
    house.run_for(2 * HOUR).await;
    let desk = house.store().sink_states().unwrap().remove(0);
    assert_eq!((desk.owed, desk.dead), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_names_its_sinks_goes_there_only() {
    let watches = format!("{WATCHES}alert = {{ to = [\"desk\"] }}\n[[watch]]\nname = \"strike\"\nfind = \"strike\"\n");
    let house = House::for_days(&format!("{SINKS}{}", feed(URL, "10m")), &watches);
    let now = house.clock.now();
    house.web.serve(URL, fixed(vec![item("1", "Mediation", now), item("2", "A strike", now)]));
    house.web.hook(DESK, takes_all());
    house.web.hook(OPS, takes_all());
    house.run_for(MINUTE).await;
    assert_eq!(house.web.taken_titles(DESK), ["Mediation", "A strike"]);
    assert_eq!(house.web.taken_titles(OPS), ["A strike"]);
}

#[tokio::test(start_paused = true)]
async fn a_sink_of_some_tiers_gets_the_news_of_their_feeds_only() {
    const OTHER: &str = "https://b.example/feed";
    const THIRD: &str = "https://c.example/feed";
    let feeds = format!("{}tier = 1\n{}tier = 3\n{}", feed(URL, "10m"), feed(OTHER, "10m"), feed(THIRD, "10m"));
    let watches = "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n\
                   [[watch]]\nname = \"best\"\nfind = \"mediation AND tier: 1\"\n";
    let sinks = SINKS.replacen("hook\"\n", "hook\"\ntiers = 1\ntakes = [\"alerts\", \"heartbeats\"]\n", 1);
    let house = House::for_days(&format!("{sinks}{feeds}"), watches);
    let now = house.clock.now();
    for (url, title) in [(URL, "Mediation in Oslo"), (OTHER, "Mediators rest"), (THIRD, "A strike mediated at last")] {
        house.web.serve(url, fixed(vec![item("1", title, now)]));
    }
    house.web.hook(DESK, takes_all());
    house.web.hook(OPS, takes_all());
    house.run_for(2 * HOUR).await;
    let mut titles = house.web.taken_titles(OPS);
    titles.sort();
    assert_eq!(titles, ["A strike mediated at last", "Mediation in Oslo", "Mediation in Oslo", "Mediators rest"]);
    let desk = house.web.taken_titles(DESK);
    assert_eq!(desk[..2], ["Mediation in Oslo", "Mediation in Oslo"], "of both watches");
    assert!(desk.len() > 2 && desk[2..].iter().all(String::is_empty), "a heartbeat is of no feed: {desk:?}");
    let tiers: Vec<_> = house.records().into_iter().filter(|record| record.watch.name == "best").collect();
    assert_eq!((tiers.len(), tiers[0].feed.tier, tiers[0].why[0].text.as_str()), (1, Some(1), "Mediation"));
}

#[tokio::test(start_paused = true)]
async fn sinks_come_and_go_with_a_reload() {
    let house = house("[sink.desk]\nwebhook = \"https://desk.example/hook\"\n", WATCHES);
    house.web.hook(DESK, Box::new(|_, _| Err(down())));
    house.web.hook(OPS, takes_all());
    let (daemon, orders) = house.start(Until::Stopped);
    house.pass(MINUTE).await;
    house.write(&format!("[sink.ops]\nwebhook = \"{OPS}\"\n{}", feed(URL, "10m")), WATCHES);
    orders.send(Order::Reload).await.unwrap();
    house.pass(HOUR).await;
    orders.send(Order::Stop).await.unwrap();
    daemon.await.unwrap().unwrap();
    assert_eq!(house.web.taken_titles(OPS), titles(6)[1..]);
    let desk = house.store().sink_states().unwrap().remove(0);
    assert_eq!(
        (desk.owed, desk.dead, desk.last_dead.unwrap().1.as_str()),
        (0, 1, "the sink is no longer in the files")
    );
}

#[tokio::test(start_paused = true)]
async fn once_delivers_to_sinks_before_it_ends() {
    let house = house(SINKS, WATCHES);
    house.web.hook(DESK, takes_all());
    house.web.hook(OPS, Box::new(|_, _| Err(down())));
    house.once(true).await;
    assert_eq!(house.web.taken_titles(DESK), titles(1));
    assert_eq!(house.web.posted(OPS).len(), 1);
}
