//! A day of many feeds; `cargo bench --bench scale` has it with a million.

use std::time::Duration;

use crate::million::{check, virtual_day};
use crate::wish;

#[test]
fn a_virtual_day_of_thousands_of_feeds_keeps_every_floor_and_forgets_none() {
    // More of one host than its hour has seconds.
    let crowd = wish::count(4_000, 5_000) as usize;
    let feeds = wish::count(8_000, 20_000) as usize;
    let day = virtual_day(feeds, crowd);
    check(&day, feeds, crowd);
    assert!(day.latest < Duration::from_secs(2), "{day:?}");
}
