//! kill -9 at random moments: every matching item stands in alerts.jsonl exactly once.

use std::collections::BTreeMap;
use std::time::Duration;

use super::program::{Home, rss, until};
use crate::server::{Server, ok};
use crate::wish;

/// Kills in the suite; FEEDWATCH_KILLS asks for more.
const KILLS: usize = 40;
/// What the feeds show: more than can pile up between two good polls.
const SHOWN: usize = 60;

#[test]
fn every_matching_item_is_logged_exactly_once_over_kills_at_random_moments() {
    let kills = wish::number("FEEDWATCH_KILLS").map_or(KILLS, |count| count as usize);
    let seed = wish::seed(0);
    let server = Server::start();
    let names: Vec<String> = (0..3).map(|n| format!("f{n}")).collect();
    let home = Home::new(&names.iter().map(|name| server.url(&format!("/{name}"))).collect::<Vec<_>>());
    let publish = |count: usize| {
        for name in &names {
            server.on(
                &format!("/{name}"),
                ok(rss(count.saturating_sub(SHOWN)..count, name)).etag(format!("\"{count}\"")),
            );
        }
    };
    for kill in 0..kills {
        publish(kill + 1);
        let mut child = home.start(if kill % 2 == 0 { &["once", "--all"] } else { &["run"] });
        // From before the first look at the files to after the last write.
        let moment = feedwatch::hash::hash64(&[&seed.wrapping_add(kill as u64).to_le_bytes()]) % 160;
        std::thread::sleep(Duration::from_millis(moment));
        child.kill().unwrap();
        child.wait().unwrap();
        // Enough calm now and then that nothing scrolls out of the feed unseen.
        if kill % (SHOWN / 3) == 0 {
            assert!(home.run(&["once", "--all"]).status.success(), "{}", home.log());
        }
    }
    // A feed that was the only one under way at two kills in a row, which chance brings about among so many, is taken for the cause
    // and waits some minutes. Who wants it at once says so.
    assert!(home.run(&["once", "--all"]).status.success(), "{}", home.log());
    until("all are logged", || home.alerts().len() >= kills * names.len());
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for alert in home.alerts() {
        *told.entry(alert.article.key).or_default() += 1;
    }
    let wanted: BTreeMap<String, usize> =
        names.iter().flat_map(|name| (0..kills).map(move |n| (format!("{name}-{n}"), 1))).collect();
    assert_eq!(told, wanted);
}
