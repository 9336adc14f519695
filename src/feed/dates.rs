//! Dates as feeds write them. One tolerant tokeniser for all forms. A text that cannot be read is not a date, and is
//! never replaced by the present time.
//!
//! RFC 3339, RFC 822 and 2822, W3CDTF, ISO 8601, asctime, d.m.y and m/d/y, Unix time, month names of a dozen languages,
//! years of other calendars. If the order of day, month and year is ambiguous, the other dates of the document decide
//! (`orders`).

use std::time::Duration;

use jiff::civil;
use jiff::fmt::rfc2822;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use self::Piece::{Number, Sign, Space, Word as Name};
use super::calendars;
use super::date_words;
use super::orders::Readings;
use crate::clock::{DAY, Timestamp, later};
use crate::model::DateOrder;

/// How far ahead of us a feed's clock may be before its date is not believed.
pub const AHEAD_AT_MOST: Duration = DAY;

/// A date as it may be kept at `now`: more than a day ahead is cut back to now.
pub fn capped(at: Timestamp, now: Timestamp) -> Timestamp {
    if at > later(now, AHEAD_AT_MOST) { now } else { at }
}

/// Longest text that is looked at as a date, in bytes.
const DATE_BYTES: usize = 100;

/// A date as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// As it is read by itself.
    pub at: Timestamp,
    /// A date of three small numbers, read in each order of day, month and year. If only one order is possible, this
    /// says how the other dates of the feed are written.
    pub open: Option<Readings>,
}

/// Reads a date; without a time it is midnight, without a zone it is UTC.
pub fn parse(text: &str) -> Option<Timestamp> {
    read(text).map(|reading| reading.at)
}

/// Reads a date, and says whether it may be read in another way.
pub fn read(text: &str) -> Option<Reading> {
    let text = text.trim();
    let text = &text[..text.floor_char_boundary(DATE_BYTES)];
    // Years of other calendars are for the tokeniser.
    let is_strict =
        text.len() >= 20 && text.as_bytes()[4] == b'-' && (text.starts_with("20") || text.starts_with("19"));
    if let Some(at) = is_strict.then(|| text.parse().ok()).flatten() {
        return Some(Reading { at, open: None });
    }
    if let Some(at) = of_mail(text) {
        return Some(Reading { at, open: None });
    }
    let mut pieces = Pieces(split(&calendars::with_plain_digits(text)));
    if let Some(at) = pieces.unix_time() {
        return Some(Reading { at, open: None });
    }
    pieces.take_eras();
    let (time, offset) = pieces.take_time().unwrap_or_default();
    let zone = pieces.zone_of_a_place().filter(|_| offset.is_none());
    let offset = Offset::from_seconds(offset.or(pieces.korean().then_some(9 * 3600)).unwrap_or_default()).ok()?;
    let instant = |date: civil::Date| {
        let at = date.to_datetime(time.time).checked_add(time.days).ok()?;
        match &zone {
            Some(zone) => zone.to_timestamp(at).ok(),
            None => offset.to_timestamp(at).ok(),
        }
    };
    match pieces.take_date()? {
        Dated::Sure(date) => Some(Reading { at: instant(date)?, open: None }),
        Dated::Open(dates) => {
            let readings = dates.map(|(order, date)| (order, date.and_then(instant)));
            let at = readings.iter().find_map(|(_, at)| *at)?;
            Some(Reading { at, open: Some(Readings::of(readings)) })
        }
    }
}

/// A date as most RSS feeds write it, with all of its parts: `Tue, 24 Nov 2026 09:30:00 GMT`. The tokeniser reads all
/// other forms.
fn of_mail(text: &str) -> Option<Timestamp> {
    static PARSER: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new();
    let year = if text.as_bytes().get(3) == Some(&b',') { 3 } else { 2 };
    let is_year = |year: &str| year.len() == 4 && (year.starts_with("20") || year.starts_with("19"));
    let has_year = text.split_ascii_whitespace().nth(year).is_some_and(is_year);
    has_year.then(|| PARSER.parse_timestamp(text).ok()).flatten()
}

/// A date, or its readings in each order, the likeliest first.
enum Dated {
    Sure(civil::Date),
    Open([(DateOrder, Option<civil::Date>); 3]),
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

/// The numbers of a time of day, and the tokens that they are in.
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
        // The compiled-in database: the meaning of a date must not depend on the machine.
        TimeZoneDatabase::bundled().get(&name).ok()
    }

    fn korean(&self) -> bool {
        self.0
            .iter()
            .any(|piece| matches!(piece, Name(word) if word.chars().any(|c| ('\u{ac00}'..='\u{d7a3}').contains(&c))))
    }

    /// Unix time in seconds, also with a fraction, or in milli- and microseconds. Nobody writes 3 Mar 1973 or earlier.
    fn unix_time(&self) -> Option<Timestamp> {
        match self.0[..] {
            [Number(seconds, 9 | 10)] | [Number(seconds, 9 | 10), Sign('.'), Number(..)] => {
                Timestamp::from_second(seconds).ok()
            }
            [Number(milliseconds, 13)] => Timestamp::from_millisecond(milliseconds).ok(),
            [Number(microseconds, 16)] => Timestamp::from_microsecond(microseconds).ok(),
            _ => None,
        }
    }

    /// The years of eras and of the Republic of China become those of the common one.
    fn take_eras(&mut self) {
        for at in 0..self.0.len() {
            let Name(word) = &self.0[at] else { continue };
            let Some(era) = calendars::Era::named(word) else { continue };
            let next = self.skip_space(at + 1);
            match (&era.first_year, self.0.get(next), self.0.get(next + 1)) {
                (true, ..) => self.0[at] = Number(era.before + 1, 4),
                (false, Some(Number(year @ 1..=199, 1..=3)), after) => {
                    // A letter alone is an era only where a date of numbers follows.
                    if word.is_ascii() && !matches!(after, Some(Sign('.' | '/' | '-'))) {
                        continue;
                    }
                    self.0[next] = Number(era.before + year, 4);
                }
                _ => {}
            }
        }
    }

    /// The date: adjacent numbers, or numbers around the name of a month.
    fn take_date(&self) -> Option<Dated> {
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
            (Some(month), _) => with_month_name(month, &values).map(Dated::Sure),
            (None, [(_, 4 | 2), ..]) if self.is_week(&numbers) => week_date(&values).map(Dated::Sure),
            // An unknown name of a month must not turn into another date.
            (None, _) if self.has_other_words(&numbers) => None,
            (None, [(_, 1 | 2), (_, 1 | 2), (_, 1 | 2 | 4), ..]) => self.in_any_order(&values, separator),
            (None, values) => numeric(values).map(Dated::Sure),
        }
    }

    /// Whether there are words that are not units between the numbers of a date, or next to a single one.
    fn has_other_words(&self, numbers: &[(usize, i64, usize)]) -> bool {
        let is_other = |piece: &Piece| matches!(piece, Name(word) if !date_words::is_unit(word));
        match numbers {
            [] | [(_, _, 7..)] => false,
            [_] => self.0.iter().any(is_other),
            [(first, ..), .., (last, ..)] => {
                let last = numbers.get(2).map_or(*last, |(third, ..)| *third);
                self.0[*first..last].iter().any(is_other)
            }
        }
    }

    /// Three numbers that may be day, month and year in several orders. A weekday tells which.
    fn in_any_order(&self, values: &[(i64, usize)], separator: Option<char>) -> Option<Dated> {
        use DateOrder::{DayFirst, MonthFirst, YearFirst};
        let [first, second, third] = [values[0], values[1], values[2]];
        let dated = |order| {
            let found = match order {
                MonthFirst => date(year(third), first.0, second.0),
                DayFirst => date(year(third), second.0, first.0),
                YearFirst if third.1 <= 2 => date(year(first), second.0, third.0),
                YearFirst => None,
            };
            (order, found)
        };
        let orders = match separator {
            // 03-12-31 is ISO without the century; 31-12-2003 is not.
            Some('-') if third.1 <= 2 => [YearFirst, DayFirst, MonthFirst],
            Some('/') => [MonthFirst, DayFirst, YearFirst],
            _ => [DayFirst, MonthFirst, YearFirst],
        };
        let found = orders.map(dated);
        let named = self.weekday();
        let falls_there = |date: &civil::Date| named.is_some_and(|named| date.weekday() == named);
        match (separator, found[0].1) {
            // Nobody puts the month before a full stop.
            (Some('.'), Some(date)) => Some(Dated::Sure(date)),
            _ if found.iter().any(|(_, date)| date.is_some_and(|date| falls_there(&date))) => {
                Some(Dated::Open(found.map(|(order, date)| (order, date.filter(falls_there)))))
            }
            _ => Some(Dated::Open(found)),
        }
    }

    fn weekday(&self) -> Option<civil::Weekday> {
        self.0.iter().find_map(|piece| match piece {
            Name(word) => date_words::weekday(word),
            _ => None,
        })
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

fn numeric(values: &[(i64, usize)]) -> Option<civil::Date> {
    match values {
        [(value, 14)] => date(*value / 10_000_000_000, *value / 100_000_000 % 100, *value / 1_000_000 % 100),
        [(value, 8)] => date(*value / 10_000, *value / 100 % 100, *value % 100),
        [(value, 7)] => ordinal(*value / 1000, *value % 1000),
        [(year, 4), (day, 3), ..] => ordinal(*year, *day),
        // Some write the day before the month even there.
        [(year, 3 | 4), (month, _), (day, _), ..] => date(*year, *month, *day).or_else(|| date(*year, *day, *month)),
        [(year, 4), (month, 1 | 2)] => date(*year, *month, 1),
        [(year, 4)] => date(*year, 1, 1),
        _ => None,
    }
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
    if let Some(calendar) = calendars::Calendar::of_year(year) {
        return calendar.date(year, month, day);
    }
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
