//! The name server is gone for an hour: what was published meanwhile is told soon after, and nobody is called broken.

use std::time::Duration;

use feedwatch::clock::{Timestamp, span};
use feedwatch::daemon::{Order, Until};
use feedwatch::fetch::{FetchError, Request};
use feedwatch::model::Kind;

use super::house::{House, answer, feed, item, rss};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// Feeds of as many hosts, each with an article that appears in the middle of the hour without names.
async fn told_after_the_hour(feeds: usize, soon: Duration) {
    let urls: Vec<String> = (0..feeds).map(|n| format!("https://h{n}.example/feed")).collect();
    let settings: String = urls.iter().map(|url| feed(url, "10m")).collect();
    let house = House::for_days(
        &format!("[alerts]\nstory_window = \"off\"\n{settings}"),
        "[[watch]]\nname = \"talks\"\nfind = \"talks\"\n",
    );
    let start = house.clock.now();
    let (gone, back, news) = (start + 2 * HOUR, start + 3 * HOUR, start + 2 * HOUR + 30 * MINUTE);
    for (n, url) in urls.iter().enumerate() {
        let page = move |request: &Request, at: Timestamp| {
            if at >= gone && at < back {
                let host = request.url.host_str().unwrap_or_default().to_owned();
                return Err(FetchError::Unresolved { host, temporary: true });
            }
            let items = if at >= news { vec![item(&format!("{n}"), "Peace talks begin", news)] } else { Vec::new() };
            answer(request, rss(request.url.as_str(), &items))
        };
        house.web.serve(url, Box::new(page));
    }
    let (daemon, orders) = house.start(Until::Stopped);
    house.pass(span(start, back) + soon).await;
    assert_eq!(house.logged().len(), feeds, "{soon:?} after the names are back");
    assert_eq!(house.told(Kind::FeedBroken), Vec::<String>::new());
    let status = house.store().last_run().unwrap().unwrap().status;
    assert!(!status.is_offline && status.failing == 0, "{status:?}");
    orders.send(Order::Stop).await.unwrap();
    daemon.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn many_hosts_tell_that_the_fault_is_ours_and_are_asked_at_once_afterwards() {
    told_after_the_hour(120, 12 * MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn a_dozen_hosts_are_asked_again_within_their_longer_wait() {
    told_after_the_hour(12, 45 * MINUTE).await;
}
