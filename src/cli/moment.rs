//! Moments as people type them: a span, a clock time, a day, a date.

use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::{ToSpan, ZonedDateTime};

use crate::clock::{Clock, Timestamp, parse_span, span};
use crate::terminal::zone;

/// The forms, for messages.
const FORMS: &str =
    r#""90m", "1h30m", "2w", "14:00", "today", "yesterday", "2026-11-30", "2026-11-30 14:00" or "2026-11-30T14:00Z""#;

/// How long before now a moment of the past lies.
pub(super) fn ago(text: &str) -> Result<Duration, String> {
    let now = Clock::System.now();
    let at = read(text, &now.to_zoned_datetime(zone()), false)?;
    if at > now {
        return Err(format!("{at:.0} has not come yet"));
    }
    Ok(span(at, now))
}

/// How long from now a moment of the future lies.
pub(super) fn ahead(text: &str) -> Result<Duration, String> {
    let now = Clock::System.now();
    let at = read(text, &now.to_zoned_datetime(zone()), true)?;
    if at <= now {
        return Err(format!("{at:.0} is over"));
    }
    Ok(span(now, at))
}

/// A clock time is the next one where the future is meant, and the last one where the past is. A date means its beginning.
fn read(text: &str, now: &ZonedDateTime, is_ahead: bool) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Some(span) = parse_span(text) {
        let at = now.timestamp();
        let moved = if is_ahead { at.checked_add(span) } else { at.checked_sub(span) };
        return moved.map_err(|_| "that is out of reach".to_owned());
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let day = match text {
        "now" => return Ok(now.timestamp()),
        "today" => Some(now.date()),
        "yesterday" => now.date().yesterday().ok(),
        "tomorrow" => now.date().tomorrow().ok(),
        _ if text.len() == DATE_CHARS => text.parse::<Date>().ok(),
        _ => None,
    };
    let local = match (day, text.parse::<Time>()) {
        (Some(day), _) => Some(day.to_datetime(Time::midnight())),
        (None, Ok(time)) if text.len() <= CLOCK_CHARS && text.contains(':') => {
            let today = now.date().to_datetime(time);
            match (is_ahead, today > now.datetime()) {
                (true, false) => today.checked_add(1.day()).ok(),
                (false, true) => today.checked_sub(1.day()).ok(),
                _ => Some(today),
            }
        }
        _ => text.parse::<DateTime>().ok().filter(|_| text.contains(':')),
    };
    let local = local.ok_or_else(|| format!("write it like {FORMS}"))?;
    local
        .to_zoned_datetime(now.time_zone().clone())
        .map(|at| at.timestamp())
        .map_err(|_| "that is out of reach".to_owned())
}

/// 2026-11-30.
const DATE_CHARS: usize = 10;
/// 14:00:30.
const CLOCK_CHARS: usize = 8;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn check(text: &str, is_ahead: bool, wanted: &str) {
        // A Monday, 14:30 in Berlin.
        let now: ZonedDateTime = "2026-11-30T14:30:00+01:00[Europe/Berlin]".parse().unwrap();
        let got = read(text, &now, is_ahead).map_or_else(|error| error, |at| at.to_string());
        assert_eq!(got, wanted, "{text}");
    }

    #[test]
    fn moments_are_read_in_the_zone_of_the_reader() {
        for (text, past, future) in [
            ("90m", "2026-11-30T12:00:00Z", "2026-11-30T15:00:00Z"),
            ("1h30m", "2026-11-30T12:00:00Z", "2026-11-30T15:00:00Z"),
            ("2w", "2026-11-16T13:30:00Z", "2026-12-14T13:30:00Z"),
            ("14:00", "2026-11-30T13:00:00Z", "2026-12-01T13:00:00Z"),
            ("18:00", "2026-11-29T17:00:00Z", "2026-11-30T17:00:00Z"),
            ("now", "2026-11-30T13:30:00Z", "2026-11-30T13:30:00Z"),
            ("today", "2026-11-29T23:00:00Z", "2026-11-29T23:00:00Z"),
            ("yesterday", "2026-11-28T23:00:00Z", "2026-11-28T23:00:00Z"),
            ("tomorrow", "2026-11-30T23:00:00Z", "2026-11-30T23:00:00Z"),
            // Summer time.
            ("2026-07-01", "2026-06-30T22:00:00Z", "2026-06-30T22:00:00Z"),
            ("2026-11-28 09:15", "2026-11-28T08:15:00Z", "2026-11-28T08:15:00Z"),
            ("2026-11-28T09:15Z", "2026-11-28T09:15:00Z", "2026-11-28T09:15:00Z"),
            ("2026-11-28T09:15:00+05:00", "2026-11-28T04:15:00Z", "2026-11-28T04:15:00Z"),
        ] {
            check(text, false, past);
            check(text, true, future);
        }
    }

    #[test]
    fn what_is_no_moment_is_told_with_the_forms() {
        for text in ["", "soon", "5", "1x", "25:00", "2026-13-01", "2026-11-31", "30.11.2026", "m5", "99999999999999w"]
        {
            let now: ZonedDateTime = "2026-11-30T14:30:00+01:00[Europe/Berlin]".parse().unwrap();
            assert!(read(text, &now, false).is_err(), "{text}");
        }
    }
}
