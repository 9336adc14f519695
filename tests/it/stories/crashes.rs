//! Pulling the plug: whatever moment it is, no alert is lost and none is doubled.

use std::collections::BTreeMap;
use std::time::Duration;

use feedwatch::clock::span;
use feedwatch::hash::hash64;

use super::house::{House, answer, feed, item, rss};
use crate::wish;

const WATCHES: &str = "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n";
/// Crashes in a row, each at its own moment: in the suite, and where full length is wished.
const CRASHES: u64 = 80;
const CRASHES_IN_FULL: u64 = 300;

#[tokio::test(start_paused = true)]
async fn crashes_at_any_moment_lose_no_alert_and_double_none() {
    let urls: Vec<String> = (0..6).map(|n| format!("https://h{n}.example/feed")).collect();
    let settings: String = urls.iter().map(|url| feed(url, "1m")).collect();
    let house = House::new(&settings, WATCHES);
    let start = house.clock.now();
    for url in &urls {
        // A new item every twenty seconds; the feed shows the last forty.
        house.web.serve(
            url,
            Box::new(move |request, at| {
                let count = span(start, at).as_secs() / 20 + 1;
                let url = request.url.as_str();
                let items: Vec<_> = (count.saturating_sub(40)..count)
                    .map(|n| item(&n.to_string(), &format!("Mediation {n} at {url}"), start))
                    .collect();
                answer(request, rss(url, &items))
            }),
        );
    }
    let (crashes, seed) = (wish::count(CRASHES, CRASHES_IN_FULL), wish::seed(0));
    for crash in (0..crashes).map(|n| seed.wrapping_add(n)) {
        // Moments between nothing and two minutes, dense where a poll is under way.
        let moment = hash64(&[&crash.to_le_bytes()]);
        let while_ = if crash % 2 == 0 { moment % 1_500 } else { moment % 120_000 };
        house.crash_after(Duration::from_millis(while_)).await;
    }
    house.run_for(Duration::from_secs(600)).await;
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for title in house.logged_titles() {
        *told.entry(title).or_default() += 1;
    }
    let doubled: Vec<_> = told.iter().filter(|(_, count)| **count > 1).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
    let stored: Vec<String> = house.articles().into_iter().map(|article| article.title).collect();
    let lost: Vec<_> = stored.iter().filter(|title| !told.contains_key(*title)).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert!(stored.len() as u64 > 7 * crashes, "{}", stored.len());
}
