//! Changing the files while the daemon runs: all or nothing.

use std::time::Duration;

use feedwatch::clock::later;
use feedwatch::daemon::{Order, Until};

use super::house::{House, feed, fixed, item};

const HOUR: Duration = Duration::from_secs(3600);
const ONE: &str = "https://one.example/feed";
const TWO: &str = "https://two.example/feed";

fn watch(name: &str) -> String {
    format!("[[watch]]\nname = \"{name}\"\nfind = \"{name}\"\n")
}

#[tokio::test(start_paused = true)]
async fn a_reload_takes_new_feeds_and_watches_and_a_bad_one_changes_nothing() {
    let house = House::new(&feed(ONE, "10m"), &watch("mediation"));
    let now = house.clock.now();
    house.web.serve(ONE, fixed(vec![item("1", "Mediation", now)]));
    house.web.serve(TWO, fixed(vec![item("1", "A strike", now)]));
    let (daemon, orders) = house.start(Until::Stopped);
    let wait = async |hours: u32| house.clock.sleep_until(later(house.clock.now(), HOUR * hours)).await;
    wait(1).await;
    assert_eq!(house.logged_titles(), ["Mediation"]);

    house.write(&(feed(ONE, "10m") + &feed(TWO, "10m")), "[[watch]]\nname = \"strike\"\nfined = \"strike\"\n");
    orders.send(Order::Reload).await.unwrap();
    wait(1).await;
    assert!(house.web.asked_at(TWO).is_empty(), "a refused configuration changes nothing");

    house.write(&feed(TWO, "10m"), &watch("strike"));
    orders.send(Order::Reload).await.unwrap();
    wait(1).await;
    assert_eq!(house.logged_titles(), ["Mediation", "A strike"]);
    let polls_of_one = house.web.asked_at(ONE).len();
    wait(2).await;
    assert_eq!(house.web.asked_at(ONE).len(), polls_of_one, "a feed that left the files is not polled");
    orders.send(Order::Stop).await.unwrap();
    daemon.await.unwrap().unwrap();

    let rows = house.feeds();
    let listed: Vec<(&str, bool, usize)> =
        rows.iter().map(|row| (row.feed.source.url.as_str(), row.listed, row.articles)).collect();
    assert_eq!(listed, [(TWO, true, 1), (ONE, false, 1)], "its history stays");
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_comes_back_is_polled_again_and_its_old_items_are_not_told_again() {
    let house = House::new(&feed(ONE, "10m"), &watch("mediation"));
    house.web.serve(ONE, fixed(vec![item("1", "Mediation", house.clock.now())]));
    house.run_for(HOUR).await;
    house.write(&feed(TWO, "10m"), &watch("mediation"));
    house.run_for(HOUR).await;
    house.write(&feed(ONE, "10m"), &watch("mediation"));
    let before = house.web.asked_at(ONE).len();
    house.run_for(HOUR).await;
    assert!(house.web.asked_at(ONE).len() > before);
    assert_eq!(house.logged_titles(), ["Mediation"]);
}

#[tokio::test(start_paused = true)]
async fn a_shorter_interval_counts_from_the_reload_on_and_a_failing_feed_keeps_its_wait() {
    let house = House::new(&(feed(ONE, "6h") + &feed(TWO, "6h")), &watch("mediation"));
    house.web.serve(ONE, fixed(vec![item("1", "Mediation", house.clock.now())]));
    // TWO is answered with 404.
    let (daemon, orders) = house.start(Until::Stopped);
    house.pass(HOUR).await;
    let polls = |url| house.web.asked_at(url).len();
    assert_eq!((polls(ONE), polls(TWO)), (1, 1));
    house.write(&(feed(ONE, "10m") + &feed(TWO, "10m")), &watch("mediation"));
    orders.send(Order::Reload).await.unwrap();
    house.pass(Duration::from_secs(60)).await;
    assert_eq!((polls(ONE), polls(TWO)), (2, 1));
    house.pass(HOUR).await;
    assert!(polls(ONE) >= 7, "{}", polls(ONE));
    orders.send(Order::Stop).await.unwrap();
    daemon.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn watched_files_are_taken_without_a_signal_and_a_mistake_is_told_once() {
    let watched = |feeds: &str| format!("[reload]\nwatch = true\n{feeds}");
    let house = House::new(&watched(&feed(ONE, "10m")), &watch("mediation"));
    let now = house.clock.now();
    house.web.serve(ONE, fixed(vec![item("1", "Mediation", now)]));
    house.web.serve(TWO, fixed(vec![item("1", "A strike", now)]));
    let (daemon, orders) = house.start(Until::Stopped);
    house.pass(HOUR).await;
    assert_eq!(house.logged_titles(), ["Mediation"]);
    let refused = || house.told(feedwatch::model::Kind::ConfigRefused).len();

    // As an editor does it: a new file, renamed over the old one.
    let text = std::fs::read_to_string(house.path("feedwatch.toml")).unwrap();
    std::fs::write(house.path(".feedwatch.toml.swp"), text + "[[fed]]\n").unwrap();
    std::fs::rename(house.path(".feedwatch.toml.swp"), house.path("feedwatch.toml")).unwrap();
    house.pass(HOUR).await;
    assert_eq!(refused(), 1, "told once, however often it is looked at");
    assert!(house.web.asked_at(TWO).is_empty());

    house.write(&watched(&(feed(ONE, "10m") + &feed(TWO, "10m"))), &watch("strike"));
    house.pass(HOUR).await;
    assert_eq!(house.logged_titles(), ["Mediation", "A strike"]);
    assert_eq!(refused(), 1);

    // Switched off, the files are left alone again.
    house.write(&feed(ONE, "10m"), &watch("strike"));
    house.pass(Duration::from_secs(60)).await;
    house.write("", "");
    let polls = house.web.asked_at(ONE).len();
    house.pass(HOUR).await;
    assert!(house.web.asked_at(ONE).len() > polls, "the last change was not looked for");
    orders.send(Order::Stop).await.unwrap();
    daemon.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn watches_whose_file_is_gone_stay_in_force_until_it_says_otherwise() {
    let house = House::new(&feed(ONE, "10m"), &watch("mediation"));
    let now = house.clock.now();
    house.web.serve(ONE, fixed(vec![item("1", "Mediation", now)]));
    let (daemon, orders) = house.start(Until::Stopped);
    let wait = async || house.clock.sleep_until(later(house.clock.now(), HOUR)).await;
    wait().await;
    std::fs::rename(house.path("watches.toml"), house.path("moved")).unwrap();
    let mut titles = vec!["Mediation".to_owned()];
    for (number, title) in ["A mediator leaves", "The envoys will mediate in Oslo"].into_iter().enumerate() {
        orders.send(Order::Reload).await.unwrap();
        wait().await;
        house.web.serve(ONE, fixed(vec![item(&format!("gone {number}"), title, house.clock.now())]));
        wait().await;
        titles.push(title.to_owned());
        assert_eq!(house.logged_titles(), titles, "refused, and so what is published meanwhile is told");
    }
    // A file that is there and empty is meant so.
    house.write(&feed(ONE, "10m"), "");
    orders.send(Order::Reload).await.unwrap();
    wait().await;
    house.web.serve(ONE, fixed(vec![item("empty", "Mediation in vain", house.clock.now())]));
    wait().await;
    assert_eq!(house.logged_titles(), titles);
    orders.send(Order::Stop).await.unwrap();
    daemon.await.unwrap().unwrap();
}
