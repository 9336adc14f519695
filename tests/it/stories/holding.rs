//! What is held back for a while, and told in one piece when that is over.

use std::time::Duration;

use feedwatch::clock::{later, span};
use feedwatch::daemon::{Order, Until};
use feedwatch::model::{Kind, Outcome, Scope, Silence};
use feedwatch::store::Store;

use super::house::{House, answer, feed, item, rss};

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);
const URL: &str = "https://a.example/feed";

/// A house whose feed brings an item every `every` seconds.
fn house(settings: &str, watch: &str, every: u64) -> House {
    let watches = format!("[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n{watch}\n");
    let house = House::new(&format!("{settings}{}", feed(URL, "1m")), &watches);
    let start = house.clock.now();
    house.web.serve(
        URL,
        Box::new(move |request, at| {
            let count = span(start, at).as_secs() / every + 1;
            let items: Vec<_> = (0..count).map(|n| item(&n.to_string(), &format!("Mediation {n}"), start)).collect();
            answer(request, rss(URL, &items))
        }),
    );
    house
}

fn held(house: &House, outcome: Outcome) -> Vec<String> {
    let held = house.held().into_iter().filter(|held| held.outcome == outcome);
    held.map(|held| held.alert.article.title).collect()
}

#[tokio::test(start_paused = true)]
async fn a_watch_raises_at_most_so_many_and_one_digest_lists_the_others() {
    let house = house("", "alert = { at_most = \"3 per hour\" }", 300);
    house.run_for(HOUR + 5 * MINUTE).await;
    assert_eq!(house.logged_titles()[..3], ["Mediation 0", "Mediation 1", "Mediation 2"]);
    let held = held(&house, Outcome::HeldCooldown);
    assert_eq!(
        held[..9].iter().collect::<Vec<_>>(),
        (3..12).map(|n| format!("Mediation {n}")).collect::<Vec<_>>().iter().collect::<Vec<_>>()
    );
    assert!(
        house.held()[0].reason.starts_with("the watch's at_most, 3 per 1h, is used up until "),
        "{}",
        house.held()[0].reason
    );
    let digests: Vec<_> = house.records().into_iter().filter(|record| record.kind == Kind::Digest).collect();
    assert_eq!(digests.len(), 1);
    let digest = &digests[0];
    assert_eq!(digest.counts.unwrap().held as usize, digest.items.len());
    assert_eq!(digest.items[0].title, "Mediation 3");
    assert!(digest.message.starts_with("mediation: 9 more hits"), "{}", digest.message);
    assert!(house.logged_titles().len() > 3, "after the window it raises again");
}

#[tokio::test(start_paused = true)]
async fn quiet_hours_end_with_a_digest_by_the_clock_of_their_zone() {
    // The house begins at 12:00 UTC, which is 15:00 in Doha.
    let settings = "[alerts]\nquiet_hours = \"15:10-17:00\"\ntime_zone = \"Asia/Qatar\"\n";
    let house = house(settings, "", 600);
    house.run_for(2 * HOUR + 15 * MINUTE).await;
    let digests: Vec<_> = house.records().into_iter().filter(|record| record.kind == Kind::Digest).collect();
    assert_eq!(digests.len(), 1);
    assert_eq!(digests[0].counts.unwrap().held as usize, held(&house, Outcome::HeldQuiet).len());
    let end = later("2026-11-24T14:00:00Z".parse().unwrap(), Duration::ZERO);
    assert!(span(end, digests[0].time) < MINUTE && digests[0].time >= end, "{}", digests[0].time);
    assert_eq!(house.logged_titles()[0], "Mediation 0");
    assert!(house.logged().iter().all(|alert| alert.time < end - HOUR || alert.time >= end));
}

#[tokio::test(start_paused = true)]
async fn high_alerts_are_told_in_quiet_hours() {
    let settings = "[alerts]\nquiet_hours = \"00:00-23:59\"\n";
    let house = house(settings, "alert = { level = \"high\" }", 600);
    house.run_for(HOUR / 2).await;
    assert_eq!(house.logged_titles().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_silence_made_beside_the_running_daemon_holds_and_its_end_is_told_once() {
    let house = house("", "", 600);
    let (daemon, orders) = house.start(Until::Stopped);
    house.pass(5 * MINUTE).await;
    let now = house.clock.now();
    let beside = Store::open_beside(&house.path("feedwatch.db")).unwrap();
    let silence = Silence {
        id: 0,
        scope: Scope::Watch,
        target: "mediation".to_owned(),
        why: "known".to_owned(),
        since: now,
        until: later(now, HOUR),
        held: 0,
    };
    let id = beside.begin_silence(&silence).unwrap();
    house.pass(30 * MINUTE).await;
    assert_eq!(beside.silences(house.clock.now(), false).unwrap()[0].held, 3);
    house.pass(HOUR).await;
    orders.send(Order::Stop).await.unwrap();
    daemon.await.unwrap().unwrap();
    house.pass(MINUTE).await;
    house.run_for(4 * MINUTE).await;

    assert_eq!(held(&house, Outcome::HeldSilenced), (1..7).map(|n| format!("Mediation {n}")).collect::<Vec<_>>());
    assert_eq!(house.held()[0].reason, format!("silence {id} of this watch: known"));
    let told = house.told(Kind::SilenceEnded);
    assert_eq!(told, ["silence 1 of watch mediation ended after 1h (known); 6 hits were held"]);
    assert_eq!(house.logged_titles(), ["Mediation 0", "Mediation 7", "Mediation 8", "Mediation 9"]);
    assert!(beside.silences(house.clock.now(), false).unwrap().is_empty());
}
