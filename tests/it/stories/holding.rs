//! What is held back for a while, and told in one piece when that is over.

use std::time::Duration;

use feedwatch::clock::{later, span};
use feedwatch::daemon::{Order, Until};
use feedwatch::model::{Alert, Kind, Outcome, Routes, Scope, Silence};
use feedwatch::store::Store;

use super::house::{House, answer, feed, item, rss};

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);
const URL: &str = "https://a.example/feed";

/// A house whose feed brings an item every `every` seconds.
fn house(settings: &str, watch: &str, every: u64) -> House {
    let watches = format!("[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n{watch}\n");
    let house = House::for_days(&format!("{settings}{}", feed(URL, "1m")), &watches);
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
    house.run_for(HOUR + 10 * MINUTE).await;
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
async fn at_most_never_holds_what_is_high() {
    let house = house("", "alert = { level = \"high\", at_most = \"1 per hour\" }", 300);
    house.run_for(HOUR / 2 - MINUTE).await;
    assert_eq!(house.logged_titles().len(), 6);
    assert_eq!(held(&house, Outcome::HeldCooldown), Vec::<String>::new());
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

const VARGA: &str = "Varga resigns from emergency cabinet in Bratislava after mediation";

/// A house with three feeds: of the second and third, a copy of the story comes after 10 minutes and 2 hours, and before that
/// `other`.
fn copies(watch: &str, first: &[&str], other: &'static str) -> House {
    let others = [("https://b.example/feed", 10 * MINUTE), ("https://c.example/feed", 2 * HOUR)];
    let feeds: String = [URL, others[0].0, others[1].0].into_iter().map(|url| feed(url, "1m")).collect();
    let house = House::for_days(&feeds, &format!("[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n{watch}\n"));
    let start = house.clock.now();
    let items: Vec<_> = first.iter().enumerate().map(|(n, title)| item(&n.to_string(), title, start)).collect();
    house.web.serve(URL, Box::new(move |request, _| answer(request, rss(URL, &items))));
    for (url, after) in others {
        let other = item("0", other, start);
        let copy = item("1", VARGA, start);
        house.web.serve(
            url,
            Box::new(move |request, at| {
                let items =
                    if span(start, at) < after { vec![other.clone()] } else { vec![other.clone(), copy.clone()] };
                answer(request, rss(url, &items))
            }),
        );
    }
    house
}

#[tokio::test(start_paused = true)]
async fn a_copy_of_what_a_digest_tells_joins_it_before_and_after() {
    let house = copies("alert = { at_most = \"1 per hour\" }", &["Mediation of another matter", VARGA], "Weather");
    house.run_for(3 * HOUR).await;
    assert_eq!(house.logged_titles(), ["Mediation of another matter"]);
    let digests: Vec<_> = house.records().into_iter().filter(|record| record.kind == Kind::Digest).collect();
    assert_eq!(digests.len(), 1);
    assert_eq!(digests[0].items.iter().map(|item| item.title.as_str()).collect::<Vec<_>>(), [VARGA], "once");
    let size = digests[0].items[0].story.size();
    assert_eq!(size, "2 feeds, 2 publishers, 1 origin (own)", "with what joined before the digest was told");
    let id = &digests[0].items[0].id;
    let joined: Vec<String> = house
        .held()
        .into_iter()
        .filter(|held| held.outcome == Outcome::Joined && held.alert.article.title == VARGA)
        .map(|held| held.reason)
        .collect();
    let wanted = ["waits for a digest, as", "was told by"].map(|how| format!("the same story {how} alert {id}"));
    assert_eq!(joined, wanted);
}

#[tokio::test(start_paused = true)]
async fn a_story_that_a_silence_held_is_told_when_it_comes_up_after_it() {
    // The same piece stands in the first document twice.
    let house = copies("", &[VARGA, &format!("{VARGA}, again")], "Mediation of another matter");
    let now = house.clock.now();
    let (target, why) = ("mediation".to_owned(), "known".to_owned());
    let silence = Silence { id: 0, scope: Scope::Watch, target, why, since: now, until: later(now, HOUR), held: 0 };
    Store::open(&house.path("feedwatch.db")).unwrap().begin_silence(&silence).unwrap();
    house.run_for(3 * HOUR).await;
    let silenced: Vec<_> = house.held().into_iter().filter(|held| held.outcome == Outcome::HeldSilenced).collect();
    assert_eq!(silenced.len(), 5, "two copies of one document, one of the next feed, another matter of two");
    assert!(silenced.iter().all(|held| held.reason == "silence 1 of this watch: known"));
    assert_eq!(
        house.told(Kind::SilenceEnded),
        ["silence 1 of watch mediation ended after 1h (known); 5 hits were held"]
    );
    assert_eq!(house.logged_titles(), [VARGA], "the copy that came after the silence");
}

#[tokio::test(start_paused = true)]
async fn a_digest_of_many_lists_some_and_counts_all() {
    let house = House::for_days(
        &feed(URL, "1m"),
        "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\nalert = { at_most = \"1 per hour\" }\n",
    );
    let start = house.clock.now();
    let items: Vec<_> = (0..34).map(|n| item(&n.to_string(), &format!("Mediation {n}"), start)).collect();
    house.web.serve(URL, Box::new(move |request, _| answer(request, rss(URL, &items))));
    house.run_for(2 * HOUR).await;
    let digest = house.records().into_iter().find(|record| record.kind == Kind::Digest).unwrap();
    assert_eq!((digest.items.len(), digest.counts.unwrap().held), (20, 33));
    assert_eq!(digest.message, "mediation: 33 more hits than its at_most let through");
    assert_eq!(held(&house, Outcome::HeldCooldown).len(), 33, "each with its reason");
}

/// What happens to a silence before the next article of its story comes.
#[derive(Clone, Copy, Debug)]
enum End {
    /// Its time is over.
    ByItself,
    /// Somebody ended it.
    ByHand,
    /// Its time is over while feedwatch stands still.
    WhileStopped,
}

/// A silence in a story's way, of whatever scope and however it ends, stops neither the daemon nor the story.
async fn check_silence(scope: Scope, end: End, after_first: bool) {
    let house = House::for_days(
        &[URL, "https://b.example/feed", "https://c.example/feed"].map(|url| feed(url, "5m")).concat(),
        "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n[[watch]]\nname = \"cabinet\"\nfind = \"cabinet\"\n",
    );
    let start = house.clock.now();
    let moments = [Duration::ZERO, HOUR / 2, 3 * HOUR];
    for (url, from) in [URL, "https://b.example/feed", "https://c.example/feed"].into_iter().zip(moments) {
        let page = move |request: &_, at| {
            let items = if span(start, at) < from { Vec::new() } else { vec![item("1", VARGA, start)] };
            let other = item("0", "Nothing of note", start);
            answer(request, rss(url, &[vec![other], items].concat()))
        };
        house.web.serve(url, Box::new(page));
    }
    if after_first {
        house.run_for(10 * MINUTE).await;
    } else {
        house.once(false).await;
    }
    let now = house.clock.now();
    let (story, watch) = (house.logged()[0].story.id.clone(), "mediation".to_owned());
    let target = match scope {
        Scope::Watch => watch,
        Scope::Feed => "https://b.example/feed".to_owned(),
        Scope::Story => story,
    };
    let until = later(now, 2 * HOUR);
    let silence = Silence { id: 0, scope, target, why: "known".to_owned(), since: now, until, held: 0 };
    let number = Store::open(&house.path("feedwatch.db")).unwrap().begin_silence(&silence).unwrap();
    house.run_for(HOUR + 10 * MINUTE).await;
    match end {
        End::ByItself => drop(house.run_for(HOUR).await),
        End::ByHand => {
            let store = Store::open_beside(&house.path("feedwatch.db")).unwrap();
            assert!(store.end_silence(number, house.clock.now()).unwrap());
            house.run_for(HOUR).await;
        }
        End::WhileStopped => house.pass(HOUR).await,
    }
    house.run_for(2 * HOUR).await;
    let which = format!("{scope:?} {end:?} {after_first}");
    assert_eq!(house.told(Kind::SilenceEnded).len(), 1, "{which}");
    let of_last = |url: &str| {
        let mut outcomes: Vec<_> = house.held().into_iter().filter(|held| held.alert.feed.url == url).collect();
        outcomes.sort_by_key(|held| held.alert.watch.name.clone());
        outcomes.into_iter().map(|held| held.outcome).collect::<Vec<_>>()
    };
    assert_eq!(of_last("https://c.example/feed"), [Outcome::Joined; 2], "{which}: it joins what told the story");
    assert_eq!(house.articles().len(), 6, "{which}");
    let details = house.store().alert_details(&house.logged()[0].id).unwrap().unwrap();
    assert_eq!(details.siblings.len(), 5, "{which}: the end of a silence is no hit");
}

#[tokio::test(start_paused = true)]
async fn a_silence_that_ended_stops_neither_the_daemon_nor_its_story() {
    for scope in [Scope::Story, Scope::Feed, Scope::Watch] {
        for end in [End::ByItself, End::ByHand, End::WhileStopped] {
            check_silence(scope, end, true).await;
        }
    }
    check_silence(Scope::Story, End::ByHand, false).await;
}

#[tokio::test(start_paused = true)]
async fn a_record_of_any_kind_that_names_a_story_tells_none_of_its_hits() {
    for (kind, name) in Kind::ALL.into_iter().filter(|(kind, _)| *kind != Kind::Alert) {
        let house = copies("", &[VARGA], "Mediation of another matter");
        house.run_for(5 * MINUTE).await;
        let first = house.logged().into_iter().find(|alert| alert.article.title == VARGA).unwrap();
        let mut record = Alert::about(kind, first.level, format!("{name} of it"), house.clock.now(), String::new(), "");
        (record.story, record.watch) = (first.story.clone(), first.watch.clone());
        Store::open(&house.path("feedwatch.db")).unwrap().raise(&[record], &Routes::default()).unwrap();
        house.run_for(3 * HOUR).await;
        let of_story = house.held().into_iter().filter(|held| held.alert.story.id == first.story.id);
        let joined: Vec<_> = of_story.map(|held| (held.outcome, held.alert.story.articles)).collect();
        assert_eq!(joined, [(Outcome::Joined, 2), (Outcome::Joined, 3)], "{name}");
    }
}
