//! A virtual month and more: hundreds of feeds with outages, clocks that are set, reloads, and articles that grow old.
//! Every item is new exactly once, memory is flat, and the database grows as far as it keeps.
//!
//! A few days of it are in the suite. All of it, alone in its process, with its figures:
//! `FEEDWATCH_MONTH=500x32 cargo test --release --test it -- stories::month --nocapture`.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use feedwatch::clock::{Clock, later, span};
use feedwatch::daemon::{Order, Until};
use feedwatch::fetch::FetchError;

use super::house::{House, answer, feed, item, rss};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// A feed brings something new so often ...
const NEWS_EVERY: Duration = Duration::from_secs(6 * 3600);
/// ... is asked so often, since every poll costs real time ...
const EVERY: &str = "12h";
/// ... and shows so much: more than an outage lasts.
const SHOWN: u64 = 12;
/// Days that articles are kept; what is older goes while the month goes on.
const KEPT_DAYS: u64 = 30;
/// Feeds and days in the suite.
const IN_THE_SUITE: (usize, u64) = (10, 3);
const WATCHES: &str = "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n";
const SUBJECTS: [&str; 8] = ["harbour", "railway", "orchard", "glacier", "theatre", "customs", "library", "quarry"];

fn url(n: usize) -> String {
    format!("https://h{n}.example/feed")
}

impl House {
    fn write_month(&self, feeds: usize, day: u64) {
        // One feed comes and goes, and the watch is edited.
        let listed = feeds - usize::from(day % 3 == 2);
        let feeds: String = (0..listed).map(|n| feed(&url(n), EVERY)).collect();
        let settings = format!("[alerts]\nmax_age = \"off\"\nbacklog_age = \"off\"\n{feeds}");
        let ignore = if day.is_multiple_of(2) { "" } else { "ignore = ['\"mediation theatre\"']\n" };
        self.write(&settings, &format!("{WATCHES}{ignore}"));
        let path = self.path("feedwatch.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, text.replacen("[store]\n", &format!("[store]\nkeep = \"{KEPT_DAYS}d\"\n"), 1)).unwrap();
    }
}

/// Resident memory of this process, in kB.
fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// What the database holds: its size, articles, and the largest tables and indexes with their share in kB.
fn database(path: &Path) -> (u64, i64, String) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let articles = connection.query_row("select count(*) from article", [], |row| row.get(0)).unwrap();
    let sql = "select name, sum(pgsize) / 1024 from dbstat group by name order by 2 desc limit 6";
    let mut read = connection.prepare(sql).unwrap();
    let rows = read.query_map([], |row| Ok(format!("{} {} kB", row.get::<_, String>(0)?, row.get::<_, i64>(1)?)));
    let largest = rows.unwrap().collect::<Result<Vec<_>, _>>().unwrap().join(", ");
    (std::fs::metadata(path).unwrap().len(), articles, largest)
}

#[tokio::test(start_paused = true)]
async fn a_month_of_outages_set_clocks_and_reloads_loses_nothing_and_does_not_grow() {
    let wish = std::env::var("FEEDWATCH_MONTH").ok();
    let (feeds, days) = wish.as_deref().map_or(IN_THE_SUITE, |wish| {
        let (feeds, days) = wish.split_once('x').unwrap();
        (feeds.parse().unwrap(), days.parse().unwrap())
    });
    let mut house = House::for_days("", WATCHES);
    let start = house.clock.now();
    for n in 0..feeds {
        house.web.serve(
            &url(n),
            Box::new(move |request, at| {
                let hour = span(start, at).as_secs() / 3600;
                // The whole net is gone for ten hours every sixth day; every seventh server fails on its own at times.
                if (hour / 24) % 6 == 1 && hour % 24 < 10 {
                    return Err(FetchError::Unreachable("network is unreachable".to_owned()));
                }
                if n.is_multiple_of(7) && (hour + n as u64) % 50 < 3 {
                    return Err(FetchError::Status { status: 500, retry_after: None });
                }
                let count = hour / (NEWS_EVERY.as_secs() / 3600) + 1;
                let items: Vec<_> = (count.saturating_sub(SHOWN)..count)
                    .map(|i| {
                        let subject = SUBJECTS[(i as usize + n) % SUBJECTS.len()];
                        let about = if (i + n as u64).is_multiple_of(10) { "Mediation" } else { "Notes" };
                        let title = format!("{about} at the {subject} of place{n}x{i}, talk{i} with person{n}");
                        item(&i.to_string(), &title, later(start, NEWS_EVERY * i as u32))
                    })
                    .collect();
                answer(request, rss(request.url.as_str(), &items))
            }),
        );
    }
    let mut figures = Vec::new();
    let (mut new_articles, mut polls) = (0, 0);
    let mut day = 0;
    while day < days {
        house.write_month(feeds, day);
        let (daemon, orders) = house.start(Until::Stopped);
        let until = (day + 10).min(days);
        while day < until {
            house.pass(DAY / 2).await;
            house.write_month(feeds, day);
            orders.send(Order::Reload).await.unwrap();
            house.pass(DAY / 2).await;
            house.web.forget();
            house.announced.lock().unwrap().clear();
            figures.push((resident_kb(), database(&house.path("feedwatch.db"))));
            day += 1;
        }
        orders.send(Order::Stop).await.unwrap();
        let tally = daemon.await.unwrap().unwrap().status.tally;
        (new_articles, polls) = (new_articles + tally.articles, polls + tally.polls);
        // The clock is set: back an hour, and the other time ahead by as much.
        let hour = DAY / 24;
        house.clock = match (day / 10) % 2 {
            1 => Clock::starting_at(house.clock.now() - hour),
            _ => Clock::starting_at(later(house.clock.now(), hour)),
        };
    }
    // What was published on the last day may not have been asked for yet; all the rest was new exactly once.
    let settled = (days * 24).saturating_sub(26) / 6 * feeds as u64;
    let published = (days * 24 / 6 + 1) * feeds as u64;
    assert!((settled..=published).contains(&new_articles), "{new_articles} of {settled} to {published} articles");
    let told = house.logged_titles();
    let once: HashSet<&String> = told.iter().collect();
    assert_eq!(told.len(), once.len(), "an alert was told twice");
    assert!(told.len() as u64 > published / 20, "{} alerts", told.len());

    for (day, (resident, (bytes, articles, largest))) in figures.iter().enumerate() {
        println!(
            "day {:>2}: {resident} kB resident; database {} kB, {articles} articles: {largest}",
            day + 1,
            bytes / 1024
        );
    }
    println!("{feeds} feeds, {days} days: {polls} polls, {new_articles} new articles, {} alerts", told.len());
    let (_, (_, articles, _)) = figures.last().unwrap();
    let kept = (KEPT_DAYS + 2) * 4 * feeds as u64 + told.len() as u64;
    assert!(*articles as u64 <= kept, "{articles} articles are kept of at most {kept}");
    if wish.is_some() {
        // Other tests would share the process otherwise. Until the middle, tables and caches fill.
        let (middle, last) = (figures[figures.len() / 2].0, figures.last().unwrap().0);
        assert!(last < middle + middle / 8, "{middle} kB on the middle day, {last} kB on the last");
    }
}
