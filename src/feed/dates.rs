//! Dates as feeds write them. One tolerant tokeniser for all forms; what cannot be read is no date, never a guess of now.
//!
//! RFC 3339, RFC 822 and 2822, W3CDTF, ISO 8601, asctime, d.m.y and m/d/y, Unix time, month names of a dozen languages.

use std::time::Duration;

use jiff::civil;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use self::Piece::{Number, Sign, Space, Word as Name};
use super::date_words;
use crate::clock::{Timestamp, later};

/// How far ahead of us a feed's clock may be before its date is not believed.
pub const AHEAD_AT_MOST: Duration = Duration::from_secs(24 * 3600);

/// A date as it may be kept at `now`: more than a day ahead is cut back to now.
pub fn capped(at: Timestamp, now: Timestamp) -> Timestamp {
    if at > later(now, AHEAD_AT_MOST) { now } else { at }
}

/// Longest text that is looked at as a date, in bytes.
const DATE_BYTES: usize = 100;

/// Reads a date; without a time it is midnight, without a zone it is UTC.
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let text = &text[..text.floor_char_boundary(DATE_BYTES)];
    let strict = text.len() >= 20 && text.as_bytes()[4] == b'-';
    if let Some(at) = strict.then(|| text.parse().ok()).flatten() {
        return Some(at);
    }
    let mut pieces = Pieces(split(text));
    let (time, offset) = pieces.take_time().unwrap_or_default();
    let date = pieces.take_date()?;
    let at = date.to_datetime(time.time).checked_add(time.days).ok()?;
    if let (None, Some(zone)) = (offset, pieces.zone_of_a_place()) {
        return zone.to_timestamp(at).ok();
    }
    let offset = offset.or(pieces.korean().then_some(9 * 3600)).unwrap_or_default();
    Offset::from_seconds(offset).ok()?.to_timestamp(at).ok()
}

/// A piece of a date.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    /// A number and how many digits it was written with.
    Number(i64, usize),
    Word(String),
    Sign(char),
    Space,
}

fn split(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let kind = |c: char| (c.is_ascii_digit(), c.is_alphabetic(), c.is_whitespace());
        let single = kind(first) == (false, false, false);
        let end = rest.find(|c| kind(c) != kind(first)).unwrap_or(rest.len());
        let end = if single { first.len_utf8() } else { end };
        let (piece, after) = rest.split_at(end);
        pieces.push(match kind(first) {
            (true, ..) => Piece::Number(piece.parse().unwrap_or(i64::MAX), piece.len()),
            (_, true, _) => Piece::Word(date_words::folded(piece)),
            (.., true) => Piece::Space,
            _ => Piece::Sign(first),
        });
        rest = after;
    }
    pieces
}

/// A time of day, and a day more where it was written as 24:00.
#[derive(Default)]
struct TimeOfDay {
    time: civil::Time,
    days: jiff::Span,
}

/// The numbers of a time of day, and the pieces they stand in.
struct Clock {
    hour: i64,
    minute: i64,
    second: i64,
    nanosecond: i64,
    start: usize,
    end: usize,
}

struct Pieces(Vec<Piece>);

impl Pieces {
    /// Takes the time of day and the offset in seconds, if one is named, out of the pieces.
    fn take_time(&mut self) -> Option<(TimeOfDay, Option<i32>)> {
        let Clock { mut hour, minute, second, nanosecond, start, mut end } =
            self.with_colons().or_else(|| self.without_colons())?;
        let half = |piece: Option<&Piece>| match piece {
            Some(Name(word)) => date_words::half_of_day(word),
            _ => None,
        };
        let before = self.0[..start].iter().rev().find(|piece| **piece != Space);
        let behind = self.skip_space(end);
        let afternoon = half(self.0.get(behind)).inspect(|_| end = behind + 1).or(half(before));
        match afternoon {
            Some(true) if hour < 12 => hour += 12,
            Some(false) if hour == 12 => hour = 0,
            _ => {}
        }
        let offset = self.take_offset(end);
        self.0.splice(start..end, [Space]);
        let days = jiff::Span::new().days(i64::from(hour == 24));
        // A leap second is the last second of its minute.
        let [hour, minute, second] = [hour % 24, minute, second.min(59)].map(|number| i8::try_from(number).ok());
        let time = civil::Time::new(hour?, minute?, second?, i32::try_from(nanosecond).ok()?).ok()?;
        Some((TimeOfDay { time, days }, offset))
    }

    /// `h:mm`, `hh:mm:ss`, `hh:mm:ss.frac`.
    fn with_colons(&self) -> Option<Clock> {
        let time = |three: &[Piece]| matches!(three, [Number(0..=24, 1 | 2), Sign(':'), Number(0..=59, 1 | 2)]);
        let start = self.0.windows(3).position(time)?;
        let (hour, minute, second, fraction, length) = match self.0[start..] {
            [
                Number(hour, _),
                _,
                Number(minute, _),
                Sign(':'),
                Number(second @ 0..=61, _),
                Sign('.' | ',' | ':'),
                Number(fraction, digits @ 1..=9),
                ..,
            ] => (hour, minute, second, fraction * 10_i64.pow(9 - digits as u32), 7),
            [Number(hour, _), _, Number(minute, _), Sign(':'), Number(second @ 0..=61, _), ..] => {
                (hour, minute, second, 0, 5)
            }
            [Number(hour, _), _, Number(minute, _), ..] => (hour, minute, 0, 0, 3),
            _ => return None,
        };
        Some(Clock { hour, minute, second, nanosecond: fraction, start, end: start + length })
    }

    /// ISO 8601 in short: `T1014`, `T101455`.
    fn without_colons(&self) -> Option<Clock> {
        let start = self.0.windows(2).position(|two| matches!(two, [Name(t), Number(_, 2 | 4 | 6)] if t == "t"))?;
        let Number(value, digits) = self.0[start + 1] else { return None };
        let value = value * 10_i64.pow(6 - digits as u32);
        let (hour, minute, second) = (value / 10_000, value / 100 % 100, value % 100);
        Some(Clock { hour, minute, second, nanosecond: 0, start, end: start + 2 })
    }

    fn skip_space(&self, from: usize) -> usize {
        from + self.0[from.min(self.0.len())..].iter().take_while(|piece| **piece == Space).count()
    }

    /// Takes the offset from UTC in seconds that follows the time: a number, or else the first zone name known.
    fn take_offset(&mut self, from: usize) -> Option<i32> {
        let named = self.0[from..].iter().find_map(|piece| match piece {
            Name(word) => date_words::zone(word),
            _ => None,
        });
        let signed = |n: &usize| matches!(self.0[*n..], [Sign('+' | '-' | '\u{2212}'), Number(_, 1..=4), ..]);
        let Some(at) = (from..self.0.len()).find(signed) else { return named };
        let Number(value, digits) = self.0[at + 1] else { return named };
        let mut taken = at + 2;
        let (hours, minutes) = match (digits, &self.0[taken..]) {
            (1 | 2, [Sign(':'), Number(minutes, 2), ..]) => {
                taken += 2;
                (value, *minutes)
            }
            (1 | 2, _) => (value, 0),
            _ => (value / 100, value % 100),
        };
        let sign = if self.0[at] == Sign('+') { 1 } else { -1 };
        self.0.drain(at..taken);
        let seconds = sign * (hours * 3600 + minutes * 60);
        // Offsets beyond those of any place are noise.
        (hours <= 15 && minutes < 60).then_some(i32::try_from(seconds).ok()?).or(named)
    }

    /// A zone of the IANA database, such as America/New_York.
    fn zone_of_a_place(&self) -> Option<TimeZone> {
        let slash = self.0.windows(3).position(|three| matches!(three, [Name(_), Sign('/'), Name(_)]))?;
        let part = |piece: &Piece| match piece {
            Name(word) => Some(word.clone()),
            Sign(sign @ ('/' | '_' | '-')) => Some(sign.to_string()),
            _ => None,
        };
        let name: String = self.0[slash..].iter().map_while(part).collect();
        // The database that is compiled in: what a date means must not depend on the machine.
        TimeZoneDatabase::bundled().get(&name).ok()
    }

    fn korean(&self) -> bool {
        self.0
            .iter()
            .any(|piece| matches!(piece, Name(word) if word.chars().any(|c| ('\u{ac00}'..='\u{d7a3}').contains(&c))))
    }

    /// The date: numbers that stand together as such, or numbers around the name of a month.
    fn take_date(&self) -> Option<civil::Date> {
        let number = |(at, piece): (usize, &Piece)| match piece {
            Number(value, digits) => Some((at, *value, *digits)),
            _ => None,
        };
        let numbers: Vec<_> = self.0.iter().enumerate().filter_map(number).collect();
        // The last word that can be one: "mar" before the day is a Tuesday in three languages.
        let month = self.0.iter().rev().find_map(|piece| match piece {
            Name(word) => date_words::month(word),
            _ => None,
        });
        let values: Vec<_> = numbers.iter().map(|(_, value, digits)| (*value, *digits)).collect();
        let separator = numbers.first().and_then(|(at, ..)| match self.0.get(at + 1) {
            Some(Sign(sign)) => Some(*sign),
            _ => None,
        });
        match (month, values.as_slice()) {
            (Some(month), _) => with_month_name(month, &values),
            (None, [(_, 4 | 2), ..]) if self.is_week(&numbers) => week_date(&values),
            (None, values) => numeric(values, separator),
        }
    }

    /// Whether it is an ISO week date such as 2003-W05-3.
    fn is_week(&self, numbers: &[(usize, i64, usize)]) -> bool {
        numbers.get(1).is_some_and(|(at, ..)| matches!(self.0.get(at - 1), Some(Name(word)) if word == "w"))
    }
}

/// Day and year around a month's name: the year is what cannot be a day.
fn with_month_name(month: i64, values: &[(i64, usize)]) -> Option<civil::Date> {
    let is_year = |(value, digits): &(i64, usize)| *digits >= 3 || *value > 31;
    match values {
        [] => None,
        [only] if is_year(only) => date(year(*only), month, 1),
        [_] => None,
        [first, second, ..] if is_year(first) => date(year(*first), month, second.0),
        [first, second, ..] => date(year(*second), month, first.0),
    }
}

fn numeric(values: &[(i64, usize)], separator: Option<char>) -> Option<civil::Date> {
    match values {
        // Unix time in seconds, milliseconds; 19 Jan 1973 and before is written by nobody.
        [(seconds, 9 | 10)] => utc_date(*seconds),
        [(milliseconds, 13)] => utc_date(*milliseconds / 1000),
        [(value, 14)] => date(*value / 10_000_000_000, *value / 100_000_000 % 100, *value / 1_000_000 % 100),
        [(value, 8)] => date(*value / 10_000, *value / 100 % 100, *value % 100),
        [(value, 7)] => ordinal(*value / 1000, *value % 1000),
        [(year, 4), (day, 3), ..] => ordinal(*year, *day),
        [(year, 4), (month, _), (day, _), ..] => date(*year, *month, *day),
        [(year, 4), (month, 1 | 2)] => date(*year, *month, 1),
        [(year, 4)] => date(*year, 1, 1),
        [first, second, third, ..] => {
            let (day, month) = (first.0, second.0);
            match separator {
                // 03-12-31 is ISO without the century; 31-12-2003 is not.
                Some('-') if third.1 <= 2 => date(year(*first), month, third.0),
                Some('/') if second.0 > 12 || first.0 <= 12 => date(year(*third), day, month),
                _ => date(year(*third), month, day),
            }
        }
        _ => None,
    }
}

fn utc_date(seconds: i64) -> Option<civil::Date> {
    Some(Offset::UTC.to_datetime(Timestamp::from_second(seconds).ok()?).date())
}

/// Two digits mean 1970 to 2069, as POSIX has it but for a year.
fn year((value, digits): (i64, usize)) -> i64 {
    match (value, digits) {
        (0..=69, 1 | 2) => 2000 + value,
        (70..=99, 1 | 2) => 1900 + value,
        _ => value,
    }
}

fn date(year: i64, month: i64, day: i64) -> Option<civil::Date> {
    civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn ordinal(year: i64, day: i64) -> Option<civil::Date> {
    let first = date(year, 1, 1)?;
    (1..=366).contains(&day).then(|| first.checked_add(jiff::Span::new().days(day - 1)).ok()).flatten()
}

fn week_date(values: &[(i64, usize)]) -> Option<civil::Date> {
    let week = values.get(1)?.0;
    let day = values.get(2).map_or(1, |day| day.0);
    let weekday = civil::Weekday::from_monday_one_offset(i8::try_from(day).ok()?).ok()?;
    let week_date = civil::ISOWeekDate::new(i16::try_from(year(values[0])).ok()?, i8::try_from(week).ok()?, weekday);
    Some(week_date.ok()?.date())
}
