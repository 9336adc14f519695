//! The kinds of values that keys take: strict readers, each of which says what it wants and what to type. Pure.

use std::ops::RangeInclusive;
use std::time::Duration;

use ipnet::IpNet;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use toml::de::DeValue;

use crate::clock::{DAY, HOUR, MINUTE, SPAN_FORMS, parse_span, short};
use crate::fetch::Opening;
use crate::poll::AtMost;

/// The units of a size, the largest first. They count in thousands, as disks and networks do.
const SIZE_UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000)];

const SIZE_FORMS: &str = r#""500KB", "10MB" or "1GB""#;

/// Why a value is not what its key wants.
#[derive(Debug, PartialEq)]
pub(super) struct Wrong {
    /// What is wanted, after "must be".
    pub(super) want: String,
    /// What stands there instead.
    pub(super) found: String,
    /// What to type.
    pub(super) help: String,
}

impl Wrong {
    pub(super) fn new(want: impl Into<String>, found: impl Into<String>, help: impl Into<String>) -> Self {
        Wrong { want: want.into(), found: found.into(), help: help.into() }
    }
}

/// Any text that is not empty.
pub(super) fn text(value: &DeValue<'_>) -> Result<String, Wrong> {
    const WANT: &str = "text in quotes";
    match value {
        DeValue::String(text) if text.trim().is_empty() => {
            Err(Wrong::new(WANT, "this is empty", "write something between the quotes, or leave the key out"))
        }
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => Err(Wrong::new(WANT, kind(value), format!("write \"{number}\""))),
        DeValue::Array(_) => Err(Wrong::new(WANT, kind(value), "write one text, without [ ]")),
        _ => Err(Wrong::new(WANT, kind(value), "write it in quotes: \"...\"")),
    }
}

/// `true` or `false`.
pub(super) fn flag(value: &DeValue<'_>) -> Result<bool, Wrong> {
    if let DeValue::Boolean(flag) = value {
        return Ok(*flag);
    }
    let help = match value.as_str().map(str::to_lowercase).as_deref() {
        Some("true" | "yes" | "on") => "write true, without quotes",
        Some("false" | "no" | "off") => "write false, without quotes",
        _ => "write true or false, without quotes",
    };
    Err(Wrong::new("true or false", kind(value), help))
}

/// A whole number within a range.
pub(super) fn whole(range: RangeInclusive<u64>) -> impl Fn(&DeValue<'_>) -> Result<u64, Wrong> {
    move |value| {
        let want = format!("a whole number from {} to {}", range.start(), range.end());
        if let DeValue::Integer(integer) = value {
            let negative = integer.as_str().starts_with('-');
            let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
            return match number {
                Some(number) if range.contains(&number) => Ok(number),
                Some(number) if number < *range.start() => Err(too(want, "small", range.start())),
                _ if negative => Err(too(want, "small", range.start())),
                _ => Err(too(want, "large", range.end())),
            };
        }
        let help = match value.as_str().map(str::trim) {
            Some(text) if text.parse::<u64>().is_ok() => format!("write {text}, without quotes"),
            _ => format!("write for example {}", range.start().max(&2)),
        };
        Err(Wrong::new(want, kind(value), help))
    }
}

/// Points: a whole number that may be negative.
pub(super) fn points(value: &DeValue<'_>) -> Result<i64, Wrong> {
    const WANT: &str = "a whole number of points from -1000 to 1000";
    const HELP: &str = "write for example 5, or -5 for what speaks against it";
    let DeValue::Integer(integer) = value else { return Err(Wrong::new(WANT, kind(value), HELP)) };
    let points = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
    points.filter(|points| points.abs() <= 1000).ok_or_else(|| Wrong::new(WANT, "this is beyond that", HELP))
}

fn too(want: String, what: &str, limit: impl std::fmt::Display) -> Wrong {
    let end = if what == "small" { "least" } else { "most" };
    Wrong::new(want, format!("this is too {what}"), format!("write {limit} at the {end}"))
}

/// A duration within a range.
pub(super) fn duration(range: RangeInclusive<Duration>) -> impl Fn(&DeValue<'_>) -> Result<Duration, Wrong> {
    move |value| within(value, &range, "a duration", "")
}

/// A duration within a range, or "off".
pub(super) fn duration_or_off(
    range: RangeInclusive<Duration>,
) -> impl Fn(&DeValue<'_>) -> Result<Option<Duration>, Wrong> {
    move |value| match value {
        DeValue::String(text) if text == "off" => Ok(None),
        DeValue::Boolean(false) => Err(Wrong::new("a duration or \"off\"", kind(value), "write \"off\"")),
        _ => within(value, &range, "a duration or \"off\"", ", or \"off\"").map(Some),
    }
}

fn within(value: &DeValue<'_>, range: &RangeInclusive<Duration>, want: &str, or: &str) -> Result<Duration, Wrong> {
    let DeValue::String(text) = value else {
        let help = match value {
            DeValue::Integer(number) => format!("write \"{number}s\" if these are seconds{or}"),
            _ => format!("write it in quotes with a unit, such as {SPAN_FORMS}{or}"),
        };
        return Err(Wrong::new(want, kind(value), help));
    };
    let Some(duration) = parse_span(text) else {
        let help = match guess_duration(text) {
            Some(guess) => format!("write \"{}\"{or}", short(guess)),
            None => format!("write a number and a unit, such as {SPAN_FORMS}{or}"),
        };
        let found = if text.trim().parse::<f64>().is_ok() { "the unit is missing" } else { "this is not a duration" };
        return Err(Wrong::new(want, found, help));
    };
    let limit = |limit: &Duration| format!("\"{}\"", short(*limit));
    match duration {
        duration if duration < *range.start() => Err(too(want.to_owned(), "small", limit(range.start()))),
        duration if duration > *range.end() => Err(too(want.to_owned(), "large", limit(range.end()))),
        duration => Ok(duration),
    }
}

fn digits_and_unit(text: &str) -> Option<(&str, &str)> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = &text[..text.len() - unit.len()];
    (!digits.is_empty()).then_some((digits, unit))
}

/// What someone may have meant by "15 min", "1h30m" or "1 week": what jiff's friendlier reader makes of it.
fn guess_duration(text: &str) -> Option<Duration> {
    let span: jiff::Span = text.trim().to_lowercase().parse().ok()?;
    if span.get_years() != 0 || span.get_months() != 0 {
        return None;
    }
    let seconds = i64::from(span.get_weeks()) * 7 * 86_400
        + i64::from(span.get_days()) * 86_400
        + i64::from(span.get_hours()) * 3_600
        + span.get_minutes() * 60
        + span.get_seconds();
    let milliseconds = u64::try_from(seconds.checked_mul(1000)?.checked_add(span.get_milliseconds())?).ok()?;
    let guess = Duration::from_millis(milliseconds);
    (parse_span(&short(guess)) == Some(guess)).then_some(guess)
}

/// A size in bytes within a range.
pub(super) fn size(range: RangeInclusive<u64>) -> impl Fn(&DeValue<'_>) -> Result<u64, Wrong> {
    const WANT: &str = "a size";
    let limit = |bytes| format!("\"{}\"", show_size(bytes));
    move |value| {
        let DeValue::String(text) = value else {
            let help = match value {
                DeValue::Integer(number) => format!("write it with a unit: \"{number}MB\" for megabytes"),
                _ => format!("write it in quotes with a unit, such as {SIZE_FORMS}"),
            };
            return Err(Wrong::new(WANT, kind(value), help));
        };
        match parse_size(text) {
            Some(size) if size < *range.start() => Err(too(WANT.to_owned(), "small", limit(*range.start()))),
            Some(size) if size > *range.end() => Err(too(WANT.to_owned(), "large", limit(*range.end()))),
            Some(size) => Ok(size),
            None => {
                let help = match guess_size(text) {
                    Some(guess) => format!("write \"{guess}\""),
                    None => format!("write a number and a unit, such as {SIZE_FORMS}"),
                };
                Err(Wrong::new(WANT, "this is not a size", help))
            }
        }
    }
}

/// Digits and one unit, nothing else.
fn parse_size(text: &str) -> Option<u64> {
    let (digits, unit) = digits_and_unit(text)?;
    let (_, length) = SIZE_UNITS.iter().find(|(name, _)| *name == unit)?;
    Some(digits.parse().ok().and_then(|count| length.checked_mul(count)).unwrap_or(u64::MAX))
}

/// What someone may have meant by "10 mb", "10M" or "10MiB".
fn guess_size(text: &str) -> Option<String> {
    let text = text.trim().to_uppercase();
    let (count, unit) = digits_and_unit(&text)?;
    let (unit, _) = SIZE_UNITS.iter().find(|(name, _)| unit.trim_start().starts_with(&name[..1]))?;
    let guess = format!("{count}{unit}");
    parse_size(&guess).map(|_| guess)
}

/// A size as the files write it.
pub(super) fn show_size(bytes: u64) -> String {
    match SIZE_UNITS.iter().find(|(_, length)| bytes.is_multiple_of(*length)) {
        Some((unit, length)) => format!("{}{unit}", bytes / length),
        None => format!("{bytes} bytes"),
    }
}

/// One of some words.
pub(super) fn word<T: Copy>(words: &'static [(&'static str, T)]) -> impl Fn(&DeValue<'_>) -> Result<T, Wrong> {
    move |value| {
        let all = words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>();
        let want = format!("one of {}", all.join(", "));
        let DeValue::String(text) = value else {
            return Err(Wrong::new(want, kind(value), format!("write for example {}", all[0])));
        };
        if let Some((_, meant)) = words.iter().find(|(word, _)| word == text) {
            return Ok(*meant);
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let help = match nearest(text, &names) {
            Some(near) => format!("write \"{near}\""),
            None => format!("write for example {}", all[0]),
        };
        Err(Wrong::new(want, "this word is not known here", help))
    }
}

/// Hours of the day such as "22:00-07:00".
pub(super) fn hours(value: &DeValue<'_>) -> Result<(Time, Time), Wrong> {
    const WANT: &str = "a time range";
    const EXAMPLE: &str = "write it like \"22:00-07:00\"";
    let text = text(value)?;
    let time = |text: &str| Time::strptime("%H:%M", text.trim()).ok();
    match text.split_once('-').and_then(|(from, to)| time(from).zip(time(to))) {
        None => Err(Wrong::new(WANT, "this is not a time range", EXAMPLE)),
        Some((from, to)) if from == to => Err(Wrong::new(WANT, "its end is its start", EXAMPLE)),
        Some(hours) => Ok(hours),
    }
}

/// A time zone by its name in the IANA database.
pub(super) fn time_zone(value: &DeValue<'_>) -> Result<TimeZone, Wrong> {
    let text = text(value)?;
    TimeZone::get(&text).map_err(|_| {
        Wrong::new(
            "the name of a time zone",
            "this system knows none of that name",
            "write it like \"Europe/London\" or \"Asia/Qatar\"",
        )
    })
}

/// How much a watch may raise, such as "5 per hour" or "20 per 12h".
pub(super) fn at_most(value: &DeValue<'_>) -> Result<AtMost, Wrong> {
    const WANT: &str = "a number per span of time";
    const EXAMPLE: &str = "write it like \"5 per hour\", \"20 per day\" or \"3 per 10m\"";
    let text = text(value)?;
    let span = |text: &str| match text {
        "minute" => Some(MINUTE),
        "hour" => Some(HOUR),
        "day" => Some(DAY),
        span => parse_span(span).filter(|span| (MINUTE..=DAY * 30).contains(span)),
    };
    let read = text.split_once(" per ").and_then(|(count, per)| Some((count.trim().parse().ok()?, span(per.trim())?)));
    match read {
        Some((count @ 1..=10_000, per)) => Ok(AtMost { count, per }),
        Some(_) => Err(Wrong::new(WANT, "the number is out of bounds", EXAMPLE)),
        None => Err(Wrong::new(WANT, "this is not a limit", EXAMPLE)),
    }
}

/// The same, or "off".
pub(super) fn at_most_or_off(value: &DeValue<'_>) -> Result<Option<AtMost>, Wrong> {
    match value {
        DeValue::String(text) if text == "off" => Ok(None),
        _ => at_most(value).map(Some).map_err(|wrong| Wrong { want: format!("{} or \"off\"", wrong.want), ..wrong }),
    }
}

/// An address range such as "10.20.0.0/16".
pub(super) fn network(value: &DeValue<'_>) -> Result<IpNet, Wrong> {
    const WANT: &str = "an address range";
    const EXAMPLE: &str = "write it as network/bits, such as \"10.20.0.0/16\" or \"fd00::/8\"";
    let DeValue::String(text) = value else {
        return Err(Wrong::new(WANT, kind(value), EXAMPLE));
    };
    if let Ok(address) = text.parse::<std::net::IpAddr>() {
        let whole = IpNet::from(address);
        return Err(Wrong::new(
            WANT,
            "this is a single address",
            format!("write \"{whole}\" if you mean only this one"),
        ));
    }
    match text.parse::<IpNet>() {
        Ok(network) if network.trunc() == network => Ok(network),
        Ok(network) => {
            let help = format!("write \"{}\"", network.trunc());
            Err(Wrong::new(WANT, format!("the address is not the first of its /{}", network.prefix_len()), help))
        }
        Err(_) => Err(Wrong::new(WANT, "this is not an address range", EXAMPLE)),
    }
}

/// A range that is opened to feeds, or one port of it.
pub(super) fn opening(value: &DeValue<'_>) -> Result<Opening, Wrong> {
    const WANT: &str = "an address range, or addresses with a port";
    const EXAMPLE: &str =
        "write it as network/bits, such as \"10.20.0.0/16\" or \"fd00::/8\", or with a port, such as \"10.0.0.5:8080\"";
    let opening = match value {
        DeValue::String(text) => text.parse::<Opening>().ok(),
        _ => None,
    };
    match opening {
        Some(Opening { range, port: Some(port) }) if range.trunc() != range => {
            let help = format!("write \"{}\"", Opening { range: range.trunc(), port: Some(port) });
            Err(Wrong::new(WANT, format!("the address is not the first of its /{}", range.prefix_len()), help))
        }
        Some(opening @ Opening { port: Some(_), .. }) => Ok(opening),
        _ => match network(value) {
            Ok(range) => Ok(Opening { range, port: None }),
            Err(wrong) if wrong.help.starts_with("write it as") => Err(Wrong::new(WANT, wrong.found, EXAMPLE)),
            Err(wrong) => Err(Wrong { want: WANT.to_owned(), ..wrong }),
        },
    }
}

/// What a value is, as a sentence.
pub(super) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "this is text",
        DeValue::Integer(_) => "this is a number",
        DeValue::Float(_) => "this is a number with a fraction",
        DeValue::Boolean(_) => "this is true or false",
        DeValue::Datetime(_) => "this is a date or time",
        DeValue::Array(_) => "this is a list",
        DeValue::Table(_) => "this is a table",
    }
}

/// The word that someone probably meant; none when nothing is near.
pub fn nearest<'a>(typed: &str, words: &[&'a str]) -> Option<&'a str> {
    /// One slip in three letters is a slip; more is another word.
    const LETTERS_A_SLIP: usize = 3;
    let plain = |word: &str| word.to_lowercase().replace('-', "_");
    let typed = plain(typed);
    let distance = |word: &str| strsim::damerau_levenshtein(&typed, &plain(word));
    let best = words.iter().map(|word| (distance(word), *word)).min_by_key(|(distance, _)| *distance);
    let letters = |word: &str| word.chars().count();
    let is_slip = |(distance, word): &(usize, &str)| distance * LETTERS_A_SLIP <= letters(word).max(letters(&typed));
    best.filter(is_slip).map(|(_, word)| word)
}
