//! What is told: once, with its reason, whatever the feeds do.

use std::time::Duration;

use feedwatch::clock::{Timestamp, earlier, later, span};
use feedwatch::daemon::{Order, Until};
use feedwatch::model::Outcome;
use feedwatch::store::Latencies;

use super::house::{House, answer, feed, fixed, item, rss};

const HOUR: Duration = Duration::from_secs(3600);
const URL: &str = "https://a.example/feed";
const WATCHES: &str =
    "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n[[watch]]\nname = \"strike\"\nfind = \"strike\"\n";

fn now(house: &House) -> Timestamp {
    house.clock.now()
}

#[tokio::test(start_paused = true)]
async fn an_article_is_told_once_with_its_reason_and_in_both_places() {
    let house = House::new(&feed(URL, "10m"), WATCHES);
    house
        .web
        .serve(URL, fixed(vec![item("1", "Envoy ends mediation", now(&house)), item("2", "Football", now(&house))]));
    house.run_for(HOUR).await;
    let logged = house.logged();
    assert_eq!(logged.len(), 1);
    assert_eq!(logged, *house.announced.lock().unwrap());
    let alert = &logged[0];
    assert_eq!((alert.watch.name.as_str(), alert.why[0].text.as_str()), ("mediation", "mediation"));
    assert_eq!(alert.snippet, "Envoy ends [[mediation]]");
    assert_eq!(alert.message, "mediation: Envoy ends mediation (a.example)");
    assert_eq!(house.articles().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn two_watches_on_one_article_are_two_alerts() {
    let house = House::new(&feed(URL, "10m"), WATCHES);
    house.web.serve(URL, fixed(vec![item("1", "Mediation after the strike", now(&house))]));
    house.run_for(HOUR).await;
    let watches: Vec<String> = house.logged().into_iter().map(|alert| alert.watch.name).collect();
    assert_eq!(watches, ["mediation", "strike"]);
}

#[tokio::test(start_paused = true)]
async fn old_items_of_a_first_poll_are_held_and_later_ones_told() {
    let house = House::new(&feed(URL, "10m"), WATCHES);
    let start = now(&house);
    let old = item("old", "Mediation last week", earlier(start, 100 * HOUR));
    let fresh = item("fresh", "Mediation today", earlier(start, HOUR));
    // Late news with an old date, but not on the first poll: told.
    let late = item("late", "Mediation reported late", earlier(start, 100 * HOUR));
    let stale = item("stale", "Mediation in another year", earlier(start, 24 * 400 * HOUR));
    house.web.serve(
        URL,
        Box::new(move |request, at| {
            let mut items = vec![old.clone(), fresh.clone()];
            if at > start + HOUR {
                items.extend([late.clone(), stale.clone()]);
            }
            answer(request, rss(URL, &items))
        }),
    );
    house.run_for(3 * HOUR).await;
    assert_eq!(house.logged_titles(), ["Mediation today", "Mediation reported late"]);
    let held: Vec<(String, String)> =
        house.held().into_iter().map(|held| (held.alert.article.title, held.reason)).collect();
    assert_eq!(
        held,
        [
            ("Mediation last week".to_owned(), "on the feed's first poll and published more than 1d ago".to_owned()),
            ("Mediation in another year".to_owned(), "published more than 30d ago".to_owned()),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn backlog_and_age_can_be_off() {
    let settings = format!("[alerts]\nbacklog_age = \"off\"\nmax_age = \"off\"\n{}", feed(URL, "10m"));
    let house = House::new(&settings, WATCHES);
    house.web.serve(URL, fixed(vec![item("1", "Mediation long ago", earlier(now(&house), 24 * 4000 * HOUR))]));
    house.run_for(HOUR).await;
    assert_eq!(house.logged_titles(), ["Mediation long ago"]);
}

#[tokio::test(start_paused = true)]
async fn the_same_piece_in_a_second_feed_joins_its_story() {
    let second = "https://a.example/world";
    let settings = feed(URL, "10m") + &feed(second, "10m");
    let house = House::new(&settings, WATCHES);
    let piece = vec![item("1", "Mediation fails", now(&house))];
    for url in [URL, second] {
        let piece = piece.clone();
        // The items' addresses are those of the first feed in both, as when a paper's sections share an article.
        house.web.serve(url, Box::new(move |request, _| answer(request, rss(URL, &piece))));
    }
    house.run_for(HOUR).await;
    assert_eq!(house.logged_titles(), ["Mediation fails"]);
    assert_eq!(house.held().len(), 1);
    assert!(house.held()[0].reason.contains(&house.logged()[0].id), "{}", house.held()[0].reason);
    assert_eq!(house.articles().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_edited_article_is_told_only_for_watches_that_did_not_fire_before() {
    let house = House::new(&feed(URL, "10m"), WATCHES);
    let start = now(&house);
    house.web.serve(
        URL,
        Box::new(move |request, at| {
            let title = match () {
                () if at < start + HOUR => "Mediation goes on",
                () if at < start + 2 * HOUR => "Mediation goes on despite strike",
                () if at < start + 3 * HOUR => "Mediation goes on, strike is over",
                // The paper goes back and forth from here on.
                () if at.as_second() / 600 % 2 == 0 => "Talks go on, strike is over",
                () => "Mediation goes on, strike is over",
            };
            answer(request, rss(URL, &[item("1", title, start)]))
        }),
    );
    house.run_for(6 * HOUR).await;
    let told: Vec<(String, Option<String>)> =
        house.logged().into_iter().map(|alert| (alert.watch.name, alert.change)).collect();
    assert_eq!(told, [("mediation".to_owned(), None), ("strike".to_owned(), Some("term added".to_owned()))]);
    assert_eq!(house.articles().len(), 1);
    // That the word went is kept for who asks, once.
    let [lost] = house.held().try_into().unwrap();
    let change = lost.alert.change.as_deref();
    assert_eq!(
        (lost.outcome, lost.alert.watch.name.as_str(), change),
        (Outcome::Lost, "mediation", Some("term removed"))
    );
    assert_eq!(lost.alert.message, "mediation: Talks go on, strike is over (a.example) (term removed)");
    let first = &house.logged()[0].id;
    let reason = format!("the article was edited, and the watch finds nothing in it any more; alert {first}");
    assert_eq!(lost.reason, reason);
    assert_eq!(house.records().last().unwrap().counts.unwrap().held, 0, "it is no hit");
}

#[tokio::test(start_paused = true)]
async fn the_same_bodies_again_bring_nothing_new_with_or_without_validators() {
    let house = House::new(&feed(URL, "10m"), WATCHES);
    let items = vec![item("1", "Mediation fails", now(&house))];
    house.web.serve(URL, fixed(items.clone()));
    assert_eq!(house.once(true).await.status.tally.raised, 1);
    house.pass(HOUR).await;
    assert_eq!(house.once(true).await.status.tally.raised, 0);
    house.pass(HOUR).await;
    assert!(!house.web.asked()[1].validators.is_empty());
    // A server that forgot its validators answers 200 again.
    house.web.serve(
        URL,
        Box::new(move |request, _| {
            let mut plain = request.clone();
            plain.validators = Default::default();
            answer(&plain, rss(URL, &items))
        }),
    );
    let ended = house.once(true).await;
    assert_eq!((ended.status.tally.articles, ended.status.tally.raised, house.logged().len()), (0, 0, 1));
}

#[tokio::test(start_paused = true)]
async fn an_alert_log_that_cannot_be_written_stops_no_poll_and_gets_everything_later() {
    let house = House::new(&format!("[alerts]\nheartbeat = \"off\"\n{}", feed(URL, "10m")), WATCHES);
    let start = now(&house);
    house.web.serve(
        URL,
        Box::new(move |request, at| {
            let count = span(start, at).as_secs() / 1800 + 1;
            let items: Vec<_> = (0..count).map(|n| item(&n.to_string(), &format!("Mediation {n}"), start)).collect();
            answer(request, rss(URL, &items))
        }),
    );
    house.run_for(HOUR).await;
    let (daemon, orders) = house.start(Until::Stopped);
    house.pass(Duration::from_secs(60)).await;
    // A folder where the file should be is as good as a full disk.
    std::fs::rename(house.path("alerts.jsonl"), house.path("kept")).unwrap();
    std::fs::create_dir(house.path("alerts.jsonl")).unwrap();
    house.pass(3 * HOUR).await;
    assert!(house.store().last_run().unwrap().unwrap().status.trouble.unwrap().contains("cannot be written"));
    assert_eq!(house.store().outbox_sizes().unwrap(), [("log".to_owned(), 6)]);
    let log = house.store().sink_states().unwrap().remove(0);
    let trouble = log.trouble.unwrap();
    assert!(trouble.error.contains("directory") && trouble.failures > 1, "{trouble:?}");
    assert!(span(now(&house), trouble.retry_at) <= Duration::from_secs(60));
    std::fs::remove_dir(house.path("alerts.jsonl")).unwrap();
    std::fs::rename(house.path("kept"), house.path("alerts.jsonl")).unwrap();
    house.pass(Duration::from_secs(120)).await;
    assert_eq!(house.store().last_run().unwrap().unwrap().status.trouble, None);
    assert_eq!(house.store().sink_states().unwrap(), []);
    orders.send(Order::Stop).await.unwrap();
    daemon.await.unwrap().unwrap();
    let titles: Vec<String> = (0..house.articles().len()).map(|n| format!("Mediation {n}")).collect();
    assert_eq!(house.logged_titles(), titles, "all, in the order of raising");
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_changes_guids_scheme_and_links_tells_nothing_twice() {
    let house = House::new(&feed(URL, "10m"), WATCHES);
    let start = now(&house);
    house.web.serve(
        URL,
        Box::new(move |request, at| {
            let moved = at > start + HOUR;
            let later = at > start + 2 * HOUR;
            let items: String = (0..12 + usize::from(later))
                .map(|n| match moved {
                    false => format!(
                        "<item><guid>old-{n}</guid><title>Mediation {n}</title><link>http://a.example/{n}</link></item>"
                    ),
                    true => format!(
                        "<item><guid>urn:new:{n}</guid><title>Mediation {n}</title>\
                         <link>https://a.example/{n}?utm_source=rss&amp;utm_medium=feed</link></item>"
                    ),
                })
                .collect();
            answer(request, format!("<rss version=\"2.0\"><channel><title>A</title>{items}</channel></rss>"))
        }),
    );
    house.run_for(4 * HOUR).await;
    let titles: Vec<String> = (0..13).map(|n| format!("Mediation {n}")).collect();
    assert_eq!(house.logged_titles(), titles, "the old ones once, and the one that is new");
    assert_eq!(house.articles().len(), 13);
}

#[tokio::test(start_paused = true)]
async fn dates_ahead_of_us_are_not_believed_and_a_date_of_change_is_one_too() {
    let house = House::new(&feed(URL, "10m"), WATCHES);
    let entry = |id: &str, title: &str, updated: &str| {
        format!("<entry><id>{id}</id><title>{title}</title><updated>{updated}</updated></entry>")
    };
    let entries = entry("1", "Mediation in times to come", "2031-01-01T00:00:00Z")
        + &entry("2", "Mediation long ago", "2020-01-01T00:00:00Z");
    house.web.serve(
        URL,
        Box::new(move |request, _| {
            answer(request, format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>A</title>{entries}</feed>"))
        }),
    );
    house.run_for(HOUR).await;
    assert_eq!(house.logged_titles(), ["Mediation in times to come"]);
    assert!(house.held()[0].reason.contains("on the feed's first poll"), "{}", house.held()[0].reason);
}

#[tokio::test(start_paused = true)]
async fn how_long_alerts_took_is_kept_with_each_and_summed_up() {
    let house = House::new(&feed(URL, "10m"), WATCHES);
    let start = now(&house);
    // Published so many minutes before they are seen.
    const MINUTES: [u32; 5] = [2, 30, 1, 240, 3];
    let item = |n: usize, minutes: u32| {
        let published = earlier(start, Duration::from_secs(60) * minutes);
        item(&n.to_string(), &format!("Mediation, day {n}"), published)
    };
    house.web.serve(URL, fixed(MINUTES.iter().enumerate().map(|(n, minutes)| item(n, *minutes)).collect()));
    house.run_for(Duration::from_secs(60)).await;
    let mut took: Vec<i64> = house.logged().iter().map(|alert| alert.latency_ms.published.unwrap()).collect();
    took.sort_unstable();
    for (took, minutes) in took.iter().zip([1, 2, 3, 30, 240]) {
        assert!((minutes * 60_000..minutes * 60_000 + 5_000).contains(took), "{took} ms for {minutes} min");
    }
    let day = house.store().latencies(start).unwrap();
    assert_eq!((day.alerts, day.published), (5, Some((took[2], took[4]))), "the median and the worst");
    let (median, worst) = day.seen.unwrap();
    assert!((0..=worst).contains(&median) && worst < 5_000, "{median}, {worst}");
    assert_eq!(house.store().latencies(later(start, HOUR)).unwrap(), Latencies::default(), "none since then");
}
