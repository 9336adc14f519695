//! Counts and ages in words, for people.

use std::time::Duration;

use crate::clock::{DAY, HOUR, MINUTE, SECOND, Timestamp, short, span};

/// "1 feed", "2 feeds", "3 watches".
pub fn count_of(count: usize, noun: &str) -> String {
    let ending = match count {
        1 => "",
        _ if noun.ends_with("ch") => "es",
        _ if noun.ends_with("ry") => return format!("{count} {}ies", &noun[..noun.len() - 1]),
        _ => "s",
    };
    format!("{count} {noun}{ending}")
}

/// How long ago, or until when, in its largest unit: "3h ago", "in 12m".
pub fn from_now(at: Timestamp, now: Timestamp) -> String {
    match at <= now {
        true => format!("{} ago", coarse(span(at, now))),
        false => format!("in {}", coarse(span(now, at))),
    }
}

/// "just now", "3 min ago", "2 h ago": the largest unit, rounded down. None for what is older than a day.
pub fn ago(age: Duration) -> Option<String> {
    let of = |unit: Duration| age.as_secs() / unit.as_secs();
    match age {
        age if age < MINUTE => Some("just now".to_owned()),
        age if age < HOUR => Some(format!("{} min ago", of(MINUTE))),
        age if age < DAY => Some(format!("{} h ago", of(HOUR))),
        _ => None,
    }
}

/// Milliseconds in the unit that people would say: "340 ms", "12 min".
pub fn in_words(millis: i64) -> String {
    match millis {
        ..10_000 => format!("{millis} ms"),
        10_000..600_000 => format!("{} s", millis / 1_000),
        600_000..7_200_000 => format!("{} min", millis / 60_000),
        7_200_000..172_800_000 => format!("{} h", millis / 3_600_000),
        _ => format!("{} days", millis / 86_400_000),
    }
}

/// A span in its largest unit, rounded down: "3h".
pub fn coarse(span: Duration) -> String {
    let unit = [DAY, HOUR, MINUTE].into_iter().find(|unit| span >= *unit).unwrap_or(SECOND).as_secs();
    short(Duration::from_secs(span.as_secs() / unit * unit))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::clock::later;

    #[test]
    fn counts_are_in_the_right_number() {
        for (count, noun, text) in [
            (0, "feed", "0 feeds"),
            (1, "feed", "1 feed"),
            (2, "watch", "2 watches"),
            (3, "story", "3 stories"),
            (1, "try", "1 try"),
            (2, "day", "2 days"),
        ] {
            assert_eq!(count_of(count, noun), text);
        }
    }

    #[test]
    fn ages_are_in_their_largest_unit() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        for (seconds, then, since) in [
            (0, "0s", Some("just now")),
            (59, "59s", Some("just now")),
            (61, "1m", Some("1 min ago")),
            (7_199, "1h", Some("1 h ago")),
            (86_400, "1d", None),
            (200_000, "2d", None),
            (900_000, "10d", None),
        ] {
            let span = Duration::from_secs(seconds);
            assert_eq!(from_now(now, later(now, span)), format!("{then} ago"));
            assert_eq!(ago(span).as_deref(), since, "{seconds}");
        }
        assert_eq!(from_now(later(now, 90 * MINUTE), now), "in 1h");
    }
}
