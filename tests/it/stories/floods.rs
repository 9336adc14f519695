//! Many items at once: what is news among them is told, the rest is kept with the reason.

use std::time::Duration;

use feedwatch::clock::{Timestamp, earlier, later};
use feedwatch::model::Outcome;

use super::house::{House, answer, feed, item, rss};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const URL: &str = "https://a.example/feed";
const WATCHES: &str = "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n";

/// Why hits were held, each reason once, with how many it held.
fn reasons(house: &House) -> Vec<(usize, String)> {
    let mut counts: Vec<(usize, String)> = Vec::new();
    for held in house.held().into_iter().filter(|held| held.outcome == Outcome::HeldBacklog) {
        match counts.iter_mut().find(|(_, reason)| *reason == held.reason) {
            Some((count, _)) => *count += 1,
            None => counts.push((1, held.reason)),
        }
    }
    counts
}

#[tokio::test(start_paused = true)]
async fn an_archive_that_comes_anew_under_other_addresses_and_words_is_no_news() {
    let house = House::for_days(&feed(URL, "10m"), WATCHES);
    let start = house.clock.now();
    house.web.serve(
        URL,
        Box::new(move |request, at| {
            let (id, words) = if at < start + HOUR { ("old", "") } else { ("new", ", by our own reporters") };
            let mut items: Vec<_> = (0..30)
                .map(|n| item(&format!("{id}-{n}"), &format!("Mediation {n}{words}"), earlier(start, DAY * n)))
                .collect();
            if at >= start + HOUR {
                items.push(item("fresh", "Mediation after the move", start + HOUR));
            }
            answer(request, rss(&format!("https://{id}.example/feed"), &items))
        }),
    );
    house.run_for(3 * HOUR).await;
    let told = ["Mediation 0", "Mediation 0, by our own reporters", "Mediation after the move"];
    assert_eq!(house.logged_titles(), told);
    let [(first, _), (moved, reason)] = reasons(&house).try_into().unwrap();
    assert_eq!((first, moved), (29, 29));
    assert_eq!(
        reason,
        "all items of the feed are new at once, and this one was published more than 1d before its last poll"
    );
}

#[tokio::test(start_paused = true)]
async fn after_days_of_rest_all_that_was_published_meanwhile_is_told() {
    let house = House::for_days(&feed(URL, "10m"), WATCHES);
    let start = house.clock.now();
    house.web.serve(
        URL,
        Box::new(move |request, at| {
            // Twelve items, of which a new one comes each eight hours: all are others after five days.
            let newest = at.duration_since(start).as_secs() / (8 * 3600);
            let items: Vec<_> = (newest - 11..=newest)
                .map(|n| {
                    item(
                        &n.to_string(),
                        &format!("Mediation {}", n + 11),
                        later(start, 8 * HOUR * 20) - 8 * HOUR * (20 - n) as u32,
                    )
                })
                .collect();
            answer(request, rss(URL, &items))
        }),
    );
    house.run_for(HOUR).await;
    let before = house.logged_titles().len();
    house.pass(5 * DAY).await;
    house.run_for(HOUR).await;
    let titles: Vec<String> = (15..=26).map(|n| format!("Mediation {n}")).collect();
    assert_eq!(house.logged_titles()[before..], titles);
}

#[tokio::test(start_paused = true)]
async fn where_dates_tell_nothing_hundreds_of_items_are_not_hundreds_of_alerts() {
    let date = |at: Timestamp| format!("<pubDate>{}</pubDate>", at.strftime("%a, %d %b %Y %H:%M:%S GMT"));
    type Dates = Box<dyn Fn(Timestamp, usize) -> String + Send + Sync>;
    let cases: [(&str, Dates); 3] = [
        ("none", Box::new(|_, _| String::new())),
        ("all the same", Box::new(move |start, _| date(start - HOUR))),
        ("ahead of us", Box::new(move |start, n| date(start + DAY * (n as u32 + 2)))),
    ];
    for (what, dates) in cases {
        let house = House::for_days(&feed(URL, "10m"), WATCHES);
        let start = house.clock.now();
        house.web.serve(
            URL,
            Box::new(move |request, at| {
                // Many at first, and as many others an hour later.
                let id = usize::from(at > start + HOUR) * 200;
                let items: String = (id..id + 200)
                    .map(|n| format!("<item><guid>{n}</guid><title>Mediation {n}</title>{}</item>", dates(start, n)))
                    .collect();
                answer(request, format!("<rss version=\"2.0\"><channel><title>A</title>{items}</channel></rss>"))
            }),
        );
        house.run_for(3 * HOUR).await;
        assert_eq!(house.logged_titles().len(), 100, "{what}");
        let reason = "all items of the feed are new, their dates do not tell which are news, and 50 were told";
        assert_eq!(reasons(&house), [(300, reason.to_owned())], "{what}");
        assert_eq!(house.articles().len(), 400);
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_feed_that_exchanges_all_its_items_tells_them_all() {
    let house = House::for_days(&feed(URL, "10m"), WATCHES);
    let start = house.clock.now();
    house.web.serve(
        URL,
        Box::new(move |request, at| {
            let hour = at.duration_since(start).as_hours();
            // Told late, long after their date.
            let items: Vec<_> = (hour * 3..hour * 3 + 3)
                .map(|n| {
                    item(&n.to_string(), &format!("Mediation {n}"), if n < 3 { start } else { earlier(start, 9 * DAY) })
                })
                .collect();
            answer(request, rss(URL, &items))
        }),
    );
    house.run_for(10 * HOUR - Duration::from_secs(60)).await;
    assert_eq!(house.logged_titles(), (0..30).map(|n| format!("Mediation {n}")).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_exchanges_its_items_all_the_time_is_understood_at_the_second() {
    let house = House::for_days(&feed(URL, "1h"), WATCHES);
    let start = house.clock.now();
    house.web.serve(
        URL,
        Box::new(move |request, at| {
            let hour = at.duration_since(start).as_hours();
            let dated = |n: i64| earlier(start, 9 * DAY) + HOUR * (n % 12) as u32;
            let items: Vec<_> = (hour * 12..hour * 12 + 12)
                .map(|n| item(&n.to_string(), &format!("Mediation {n}"), dated(n)))
                .collect();
            answer(request, rss(URL, &items))
        }),
    );
    house.run_for(5 * HOUR - Duration::from_secs(60)).await;
    assert_eq!(house.logged_titles(), (24..60).map(|n| format!("Mediation {n}")).collect::<Vec<_>>());
    assert_eq!(
        reasons(&house).iter().map(|(count, _)| count).sum::<usize>(),
        24,
        "the first, and what might be a move"
    );
}
