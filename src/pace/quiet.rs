//! The hours and days on which a feed says that it does not change (RSS `skipHours`, `skipDays`).

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{ToSpan, Unit};

use crate::clock::Timestamp;
use crate::model::Wishes;

/// Feeds of many sites wake at the same hour; they are spread over its first minutes.
pub(super) const JITTER: Duration = Duration::from_secs(6 * 60);

const ALL_HOURS: u32 = (1 << 24) - 1;
const ALL_DAYS: u8 = (1 << 7) - 1;
/// A week of hours: some hour of it is not skipped.
const HOURS_AHEAD: usize = 7 * 24;

/// The first instant at or after `at` that is not skipped. A feed that skips everything has said nothing.
pub(super) fn end(at: Timestamp, wishes: &Wishes) -> Timestamp {
    let hours = if wishes.skip_hours & ALL_HOURS == ALL_HOURS { 0 } else { wishes.skip_hours };
    let days = if wishes.skip_days & ALL_DAYS == ALL_DAYS { 0 } else { wishes.skip_days };
    if hours == 0 && days == 0 {
        return at;
    }
    let is_open = |at: Timestamp| {
        let at = TimeZone::UTC.to_datetime(at);
        hours >> at.hour() & 1 == 0 && days >> at.weekday().to_monday_zero_offset() & 1 == 0
    };
    if is_open(at) {
        return at;
    }
    let Ok(hour) = at.round(jiff::TimestampRound::new().smallest(Unit::Hour).mode(jiff::RoundMode::Floor)) else {
        return at;
    };
    let next_hours = (1..=HOURS_AHEAD as i64).filter_map(|ahead| hour.checked_add(ahead.hours()).ok());
    next_hours.into_iter().find(|at| is_open(*at)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn check(at: &str, skip_hours: u32, skip_days: u8, expected: &str) {
        let found = end(at.parse().unwrap(), &Wishes { skip_hours, skip_days, ..Wishes::default() });
        assert_eq!(found, expected.parse().unwrap(), "{at} {skip_hours:b} {skip_days:b}");
    }

    #[test]
    fn a_skipped_hour_or_day_ends_at_the_next_that_is_not() {
        // 2026-11-24 is a Tuesday.
        let at = "2026-11-24T12:34:56Z";
        check(at, 0, 0, at);
        check(at, 1 << 11, 1 << 0, at);
        check(at, 1 << 12, 0, "2026-11-24T13:00:00Z");
        check(at, 0b111 << 12, 0, "2026-11-24T15:00:00Z");
        check("2026-11-24T23:10:00Z", 1 << 23 | 1, 0, "2026-11-25T01:00:00Z");
        check(at, 0, 1 << 1, "2026-11-25T00:00:00Z");
        check(at, 1, 0b110, "2026-11-24T12:34:56Z".replace("24T12:34:56", "26T01:00:00").as_str());
        check("2026-11-28T10:00:00Z", 0, 0b110_0000, "2026-11-30T00:00:00Z");
    }

    #[test]
    fn all_hours_or_all_days_say_nothing() {
        let at = "2026-11-24T12:34:56Z";
        check(at, ALL_HOURS, 0, at);
        check(at, 0, ALL_DAYS, at);
        check(at, ALL_HOURS, 1 << 1, "2026-11-25T00:00:00Z");
        check(at, 1 << 12, ALL_DAYS, "2026-11-24T13:00:00Z");
    }
}
