//! What told a story holds others as long as it stands: not when an analyst judged it noise, when its feed was silenced, taken out
//! or may hold no others, when its article or the watch was changed.

use std::time::Duration;

use feedwatch::clock::{later, span};
use feedwatch::daemon::{Order, Until};
use feedwatch::model::{Kind, Outcome, Scope, Silence, Verdict};
use feedwatch::store::Store;

use super::house::{House, answer, feed, item, rss};

const MINUTE: Duration = Duration::from_secs(60);
const EVIL: &str = "https://evil.example/feed";
const REAL: &str = "https://real.example/feed";
const THIRD: &str = "https://third.example/feed";
const FIRST: &str = "Varga resigns from emergency cabinet in Bratislava after mediation, cheap pills";
const NEWS: &str = "Varga resigns from emergency cabinet in Bratislava after mediation";
const WATCH: &str = "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n";

/// What takes the ground of the alert that told the story first.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    Noise,
    Silence,
    ShortSilence,
    TakeOut,
    EditAway,
    ChangeWatch,
    HoldNoOthers,
}

use Act::*;

fn feeds(evil: &str) -> String {
    let heartbeat = "[alerts]\nheartbeat = \"off\"\n";
    format!("{heartbeat}{evil}{}{}", feed(REAL, "1m"), feed(THIRD, "1m"))
}

/// A house: evil has its piece at once and edits it after `edits`, the others have theirs after so long.
fn house(edits: Option<Duration>, real: Duration, third: Duration) -> House {
    let house = House::new(&feeds(&feed(EVIL, "1m")), WATCH);
    let start = house.clock.now();
    house.web.serve(
        EVIL,
        Box::new(move |request, at| {
            let is_edited = edits.is_some_and(|after| span(start, at) >= after);
            let title = if is_edited { "Ten nice recipes for soup" } else { FIRST };
            answer(request, rss(EVIL, &[item("e1", title, start)]))
        }),
    );
    for (url, after) in [(REAL, real), (THIRD, third)] {
        house.web.serve(
            url,
            Box::new(move |request, at| {
                let mut items = vec![item("w", "Weather", start)];
                items.extend((span(start, at) >= after).then(|| item("n", NEWS, start)));
                answer(request, rss(url, &items))
            }),
        );
    }
    house
}

/// Does it, beside the running daemon or by its files.
async fn act(house: &House, act: Act, orders: &tokio::sync::mpsc::Sender<Order>) {
    let beside = Store::open_beside(&house.path("feedwatch.db")).unwrap();
    let now = house.clock.now();
    let silence = |span| Silence {
        id: 0,
        scope: Scope::Feed,
        target: EVIL.to_owned(),
        why: "spam".to_owned(),
        since: now,
        until: later(now, span),
        held: 0,
    };
    match act {
        Noise => {
            let id = &house.logged()[0].id;
            beside.acknowledge(id, Some(Verdict::Noise), None, now).unwrap();
        }
        Silence => drop(beside.begin_silence(&silence(MINUTE * 600)).unwrap()),
        ShortSilence => drop(beside.begin_silence(&silence(MINUTE)).unwrap()),
        TakeOut => house.write(&feeds(""), WATCH),
        EditAway => {}
        ChangeWatch => house.write(&feeds(&feed(EVIL, "1m")), &format!("{WATCH}reject = \"pills\"\n")),
        HoldNoOthers => house.write(&feeds(&format!("{}holds_others = false\n", feed(EVIL, "1m"))), WATCH),
    }
    if matches!(act, TakeOut | ChangeWatch | HoldNoOthers) {
        orders.send(Order::Reload).await.unwrap();
    }
}

/// The feeds whose pieces were told, each with what the record says of it.
fn told(house: &House) -> Vec<(String, Option<String>)> {
    house.logged().into_iter().map(|alert| (alert.feed.url, alert.change)).collect()
}

const ACTS: [(Act, &str); 7] = [
    (Noise, "told the story, and was judged noise"),
    (Silence, "its feed was silenced"),
    (ShortSilence, "its feed was silenced"),
    (TakeOut, "its feed is out of the files"),
    (EditAway, "its article was edited"),
    (ChangeWatch, "the watch was changed"),
    (HoldNoOthers, "its feed may hold no others"),
];

#[tokio::test(start_paused = true)]
async fn what_joined_an_alert_that_lost_its_ground_is_told_at_once() {
    for (what, why) in ACTS {
        let edits = (what == EditAway).then_some(20 * MINUTE);
        let house = house(edits, 10 * MINUTE, 60 * MINUTE);
        let (daemon, orders) = house.start(Until::Stopped);
        house.pass(20 * MINUTE).await;
        assert_eq!(told(&house).len(), 1, "{what:?}: the second joins");
        act(&house, what, &orders).await;
        house.pass(3 * MINUTE).await;
        let after = told(&house);
        assert_eq!(after.len(), 2, "{what:?}: {after:?}");
        let change = after[1].1.clone().unwrap_or_default();
        assert!(after[1].0 == REAL && change.starts_with("told late: alert "), "{what:?}: {after:?}");
        assert!(change.contains(why), "{what:?}: {change}");
        house.pass(60 * MINUTE).await;
        orders.send(Order::Stop).await.unwrap();
        daemon.await.unwrap().unwrap();
        assert_eq!(told(&house).len(), 2, "{what:?}: the third joins what is told now");
        let third = house.held().into_iter().filter(|held| held.alert.feed.url == THIRD);
        let joined: Vec<_> = third.map(|held| (held.outcome, held.reason)).collect();
        let [(Outcome::Joined, reason)] = &joined[..] else { panic!("{what:?}: {joined:?}") };
        assert!(reason.contains(&house.logged()[1].id), "{what:?}: {reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_piece_of_a_story_whose_alert_lost_its_ground_is_told() {
    for (what, _) in ACTS {
        let edits = (what == EditAway).then_some(5 * MINUTE);
        let house = house(edits, 20 * MINUTE, 60 * MINUTE);
        let (daemon, orders) = house.start(Until::Stopped);
        house.pass(5 * MINUTE).await;
        act(&house, what, &orders).await;
        house.pass(115 * MINUTE).await;
        orders.send(Order::Stop).await.unwrap();
        daemon.await.unwrap().unwrap();
        assert_eq!(told(&house), [(EVIL.to_owned(), None), (REAL.to_owned(), None)], "{what:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_stands_again_holds_again_and_what_is_told_after_all_keeps_to_silences() {
    // A verdict that is taken back, before anything came of it.
    let first = house(None, 20 * MINUTE, 60 * MINUTE);
    let (daemon, orders) = first.start(Until::Stopped);
    first.pass(5 * MINUTE).await;
    act(&first, Noise, &orders).await;
    let beside = Store::open_beside(&first.path("feedwatch.db")).unwrap();
    beside.acknowledge(&first.logged()[0].id, Some(Verdict::Useful), None, first.clock.now()).unwrap();
    first.pass(60 * MINUTE).await;
    drop((daemon, orders));
    assert_eq!(told(&first).len(), 1, "it holds again");

    // The watch is silenced when the ground is lost: the hit waits as others do.
    let second = house(None, 10 * MINUTE, 60 * MINUTE);
    let (daemon, orders) = second.start(Until::Stopped);
    second.pass(20 * MINUTE).await;
    let now = second.clock.now();
    let beside = Store::open_beside(&second.path("feedwatch.db")).unwrap();
    let (target, why) = ("mediation".to_owned(), "known".to_owned());
    let until = later(now, 10 * MINUTE);
    beside.begin_silence(&Silence { id: 0, scope: Scope::Watch, target, why, since: now, until, held: 0 }).unwrap();
    act(&second, Noise, &orders).await;
    second.pass(2 * MINUTE).await;
    drop((daemon, orders));
    assert_eq!(told(&second).len(), 1);
    let held: Vec<_> = second.held().into_iter().map(|held| (held.alert.feed.url, held.outcome)).collect();
    assert_eq!(held, [(REAL.to_owned(), Outcome::HeldSilenced)]);
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_holds_as_many_hits_of_others_as_it_may_is_named_once_a_day() {
    const TITLES: [[&str; 2]; 4] = [
        ["Denmark closes embassy in Lisbon after mediation", "Danish embassy in Lisbon is closed after mediation"],
        ["Varga resigns from cabinet in Bratislava after mediation", "Varga leaves Bratislava cabinet after mediation"],
        [
            "Ferry capsizes off Mombasa, mediation of owners fails",
            "Mombasa ferry capsizes as mediation of owners fails",
        ],
        [
            "Antwerp dockers strike over cranes, mediation begins",
            "Dockers in Antwerp strike over cranes; mediation begins",
        ],
    ];
    let limited = feeds(&feed(EVIL, "1m")).replacen("[alerts]", "[alerts]\none_feed_holds = \"2 per day\"", 1);
    let house = House::new(&limited, WATCH);
    let start = house.clock.now();
    for (nth, url) in [EVIL, REAL].into_iter().enumerate() {
        house.web.serve(
            url,
            Box::new(move |request, at| {
                // The first feed has each a minute before the other, the four of them ten minutes apart.
                let shown = |n: usize| span(start, at) >= MINUTE * (10 * n + 2 * nth) as u32;
                let items = TITLES.iter().enumerate().filter(|(n, _)| shown(*n));
                let items: Vec<_> = items.map(|(n, titles)| item(&n.to_string(), titles[nth], start)).collect();
                answer(request, rss(url, &items))
            }),
        );
    }
    house.web.serve(THIRD, Box::new(move |request, _| answer(request, rss(THIRD, &[item("w", "Weather", start)]))));
    house.run_for(60 * MINUTE).await;
    let of_real = house.logged().into_iter().filter(|alert| alert.feed.url == REAL).count();
    assert_eq!(of_real, 2, "two of four are held, the others told: {:?}", house.logged_titles());
    let named = house.told(Kind::FeedHolds);
    assert_eq!(named.len(), 1, "{named:?}");
    assert!(named[0].contains("evil.example") && named[0].contains("holds 2 hits of other feeds"), "{}", named[0]);
    let status = house.store().last_run().unwrap().unwrap().status;
    assert_eq!(status.full_holders.len(), 1, "{:?}", status.full_holders);
}
