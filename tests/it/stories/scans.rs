//! What the daemon asks of its store all the time reads no whole table: days are lived, and every statement that ran is looked at.

use std::time::Duration;

use feedwatch::clock::{Timestamp, earlier, later};
use feedwatch::fetch::FetchError;
use feedwatch::model::{AlertFilter, Verdict};
use feedwatch::store::{Ran, Store, note_what_runs, ran};

use super::house::{House, answer, failing, feed, item, rss};

const HOUR: Duration = Duration::from_secs(3600);
const WATCHES: &str =
    "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\nalert = { at_most = \"5 per day\", to = [\"desk\"] }\n";
/// Runs of a statement in this time from which on it is one that runs all the time.
const OFTEN: u64 = 40;
/// Rows that such a statement may step over at each of its runs: some tables have a row or two by their nature.
const FEW: u64 = 3;

#[tokio::test(start_paused = true)]
async fn what_runs_all_the_time_reads_no_whole_table() {
    note_what_runs();
    let urls: Vec<String> = (0..30).map(|n| format!("https://{n}.example/feed")).collect();
    let sink = "[sink.desk]\nwebhook = \"https://desk.example/hook\"\n";
    let settings: String = [sink.to_owned()].into_iter().chain(urls.iter().map(|url| feed(url, "1h"))).collect();
    let house = House::for_days(&settings, WATCHES);
    let start = house.clock.now();
    house.web.hook("https://desk.example/hook", Box::new(|_, _| Ok(())));
    for (n, url) in urls.iter().enumerate() {
        house.web.serve(
            url,
            match n % 10 {
                0 => failing(FetchError::Status { status: 500, retry_after: None }),
                _ => Box::new(move |request, now: Timestamp| {
                    // A new piece every some hours, each a story of its own.
                    let hours = now.duration_since(start).as_hours().unsigned_abs();
                    let items: Vec<_> = (0..=hours / 5)
                        .map(|k| {
                            let title =
                                format!("Minister {n}{k} of province {k}{n} resigns after mediation in town {n}x{k}");
                            item(&format!("{n}-{k}"), &title, later(start, 5 * HOUR * k as u32))
                        })
                        .collect();
                    answer(request, rss(request.url.as_str(), &items))
                }),
            },
        );
    }
    house.run_for(24 * HOUR).await;
    let store = Store::open_beside(&house.path("feedwatch.db")).unwrap();
    let first = house.logged().into_iter().next().expect("something was told");
    store.acknowledge(&first.id, Some(Verdict::Noise), None, house.clock.now()).unwrap();
    drop(store);
    house.run_for(12 * HOUR).await;
    // What a person asks beside it.
    let (store, hour_ago) = (house.store(), earlier(house.clock.now(), HOUR));
    for _ in 0..OFTEN {
        let recent = AlertFilter { since: Some(hour_ago), ..AlertFilter::default() };
        let filters = [
            AlertFilter { watch: Some("mediation".to_owned()), ..recent.clone() },
            AlertFilter { held: true, ..recent.clone() },
            AlertFilter { watch: Some("mediation".to_owned()), held: true, ..recent.clone() },
            AlertFilter { operations: true, ..recent.clone() },
            AlertFilter { after_seq: Some(i64::MAX / 2), ..AlertFilter::default() },
            recent,
        ];
        filters.iter().for_each(|filter| drop(store.alerts(filter).unwrap()));
        store.alerts_beginning(&first.id[..6]).unwrap();
        store.alert_details(&first.id).unwrap().expect("it is there");
        store.latencies(hour_ago).unwrap();
        store.silences(house.clock.now(), false).unwrap();
    }
    let statements = ran(&house.path("feedwatch.db"));
    assert!(statements.len() > 50, "the daemon's statements are noted");
    let reads_much = |ran: &&Ran| ran.times >= OFTEN && ran.scanned > FEW * ran.times;
    let much: Vec<&Ran> = statements.iter().filter(reads_much).collect();
    assert!(much.is_empty(), "{much:#?}");
}
