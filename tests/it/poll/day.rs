//! A day of many feeds; `cargo bench --bench scale` has it with a million.

use std::time::Duration;

use crate::million::{check, virtual_day};

#[test]
fn a_virtual_day_of_twenty_thousand_feeds_keeps_every_floor_and_forgets_none() {
    const CROWD: usize = 5_000;
    let day = virtual_day(20_000, CROWD);
    check(&day, 20_000, CROWD);
    assert!(day.latest < Duration::from_secs(2), "{day:?}");
}
