//! Watches over time: one that finds nothing is named, and one that has another name keeps what is stored of it.

use std::time::Duration;

use feedwatch::model::{AlertFilter, Kind};

use super::house::{House, feed, fixed, item};

const DAY: Duration = Duration::from_secs(24 * 3600);
const URL: &str = "https://a.example/feed";

fn watch(name: &str, find: &str, more: &str) -> String {
    format!("[[watch]]\nname = \"{name}\"\nfind = \"{find}\"\n{more}")
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_finds_nothing_for_long_is_named_once_until_it_finds_something() {
    let settings = |quiet: &str| format!("[alerts]\nquiet_after = \"{quiet}\"\n{}", feed(URL, "6h"));
    let watches = watch("mediation", "mediation", "") + &watch("zebra", "zebra", "");
    let house = House::new(&settings("off"), &watches);
    let start = house.clock.now();
    house.web.serve(URL, fixed(vec![item("1", "Mediation", start)]));
    house.run_for(4 * DAY).await;
    assert_eq!(house.told(Kind::WatchQuiet), [""; 0], "nobody asked");
    house.write(&settings("3d"), &watches);
    house.run_for(2 * DAY).await;
    house.run_for(2 * DAY).await;
    let told = house.told(Kind::WatchQuiet);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].starts_with("the watch zebra found nothing for 4 days, since 2026-"), "{told:?}");

    house.web.serve(URL, fixed(vec![item("2", "A zebra escapes", house.clock.now())]));
    house.run_for(2 * DAY).await;
    assert_eq!(house.told(Kind::WatchQuiet).len(), 2);
    house.run_for(3 * DAY).await;
    assert_eq!(house.told(Kind::WatchQuiet).len(), 3, "it is quiet anew");
}

#[tokio::test(start_paused = true)]
async fn a_watch_with_another_name_keeps_its_alerts_and_tells_nothing_twice() {
    let house = House::new(&feed(URL, "1h"), &watch("mediation", "mediation", ""));
    house.web.serve(URL, fixed(vec![item("1", "Mediation", house.clock.now())]));
    house.run_for(DAY).await;
    house.write(&feed(URL, "1h"), &watch("talks", "mediation", "was = \"mediation\"\n"));
    house.run_for(DAY).await;
    house.run_for(DAY).await;
    assert_eq!(house.logged_titles(), ["Mediation"]);
    let alerts = |name: &str| {
        let filter = AlertFilter { watch: Some(name.to_owned()), ..AlertFilter::default() };
        house.store().alerts(&filter).unwrap().len()
    };
    assert_eq!((alerts("talks"), alerts("mediation")), (1, 0));
    let known = house.articles().remove(0).watches;
    assert_eq!(known, ["talks"]);
}
