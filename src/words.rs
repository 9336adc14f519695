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
    let coarse = |span: Duration| short(largest(span, &[DAY, HOUR, MINUTE]));
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

/// A span in its largest unit, down to minutes, and whole: "3d", "2h".
pub fn rough(span: Duration) -> String {
    short(largest(span, &[DAY, HOUR, MINUTE]))
}

/// A span as far as it matters between two polls: whole minutes are enough for what takes many.
pub fn interval(span: Duration) -> String {
    let units: &[Duration] = if span >= 10 * MINUTE { &[MINUTE] } else { &[] };
    short(largest(span, units))
}

/// A span without what is left beyond the largest of these units that it has; whole seconds if it has none.
fn largest(span: Duration, units: &[Duration]) -> Duration {
    let unit = units.iter().find(|unit| span >= **unit).unwrap_or(&SECOND).as_secs();
    Duration::from_secs(span.as_secs() / unit * unit)
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
        for (seconds, then, since, between) in [
            (0, "0s", Some("just now"), "0s"),
            (59, "59s", Some("just now"), "59s"),
            (61, "1m", Some("1 min ago"), "61s"),
            (7_199, "1h", Some("1 h ago"), "119m"),
            (86_400, "1d", None, "1d"),
            (200_000, "2d", None, "3333m"),
        ] {
            let span = Duration::from_secs(seconds);
            assert_eq!(from_now(now, later(now, span)), format!("{then} ago"));
            assert_eq!(ago(span).as_deref(), since, "{seconds}");
            assert_eq!(interval(span), between, "{seconds}");
        }
        assert_eq!(from_now(later(now, 90 * MINUTE), now), "in 1h");
    }
}
