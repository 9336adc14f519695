//! Years of other calendars, and instants that cannot be dates of publication.
//!
//! A year is read in another calendar only if nothing else is possible: no feed publishes items of the common year
//! 1405. An uncertain year stays as it is written, and is then too long ago to be believed.

use std::borrow::Cow;

use jiff::{ToSpan, civil};

use crate::clock::{DAY, Timestamp};

/// 3 January 2000, in seconds. Before it there were hardly any feeds, and all instants lie there that clocks and
/// programs give that know none: years 1 (.NET), 1601 (Windows), 1899, 1900 and 1904 (spreadsheets), 1970 (Unix), 1980
/// (DOS, GPS), 30 November 1999 (what PHP makes of MySQL's 0000-00-00), 1 January 2000 (clocks without a battery), each
/// in any time zone.
const FEEDS_BEGAN_S: i64 = 946_857_600;
/// 1 January 2001, in seconds: the beginning of time for Apple's programs. That day in any time zone.
const APPLE_BEGAN_S: i64 = 978_307_200;
const ZONES_S: i64 = 14 * 3600;
const DAY_S: i64 = DAY.as_secs() as i64;

/// Whether something may have been published in a feed at this instant, as far as can be said without knowing the
/// present time.
pub fn can_be_published(at: Timestamp) -> bool {
    let at = at.as_second();
    at >= FEEDS_BEGAN_S && !(APPLE_BEGAN_S - ZONES_S..APPLE_BEGAN_S + DAY_S + ZONES_S).contains(&at)
}

/// A calendar by whose years feeds date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Calendar {
    /// Solar Hijri: Iran and Afghanistan.
    Persian,
    /// Lunar Hijri by calculation; at most a day away from the observed one.
    Islamic,
    /// The common one with years from the Buddha's death: Thailand.
    Buddhist,
    /// The common one whose century was lost: "0026".
    Shortened,
}

impl Calendar {
    /// The calendar of a year, where it is certain. 1415 to 1439 could be two of them.
    pub(super) fn of_year(year: i64) -> Option<Calendar> {
        match year {
            2..=99 => Some(Calendar::Shortened),
            1390..=1414 => Some(Calendar::Persian),
            1440..=1465 => Some(Calendar::Islamic),
            2543..=2599 => Some(Calendar::Buddhist),
            _ => None,
        }
    }

    /// The date by the common calendar.
    pub(super) fn date(self, year: i64, month: i64, day: i64) -> Option<civil::Date> {
        let common = |year: i64| {
            civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
        };
        // A month's days and the days before it, and those from the beginning of the calendar to the year's.
        let (month_days, days) = match self {
            Calendar::Shortened => return common(year + 2000),
            Calendar::Buddhist => return common(year - 543),
            // Six months of 31 days, five of 30; eight leap years in 33.
            Calendar::Persian => {
                let before = (month - 1) * 30 + (month - 1).min(6);
                (30 + i64::from(month <= 6), 365 * (year - 1) + (8 * year + 21) / 33 + before)
            }
            // Months of 30 and 29 days in turn; eleven leap years in 30.
            Calendar::Islamic => {
                (29 + month % 2 + i64::from(month == 12), 354 * (year - 1) + (11 * year + 3) / 30 + month * 59 / 2 - 29)
            }
        };
        // The days before the first ones, by which the years of today come out right.
        let first = match self {
            Calendar::Persian => civil::date(622, 3, 20),
            _ => civil::date(622, 7, 18),
        };
        let is_date = (1..=12).contains(&month) && (1..=month_days).contains(&day);
        is_date.then(|| first.checked_add((days + day).days()).ok()).flatten()
    }
}

/// An era: its year 1 follows this one of the common calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Era {
    pub(super) before: i64,
    /// Whether the word names its first year, which has no number.
    pub(super) first_year: bool,
}

/// Japan's eras, also by their letters, and the Republic of China.
const ERAS: &[(&str, i64)] =
    &[("令和", 2018), ("r", 2018), ("平成", 1988), ("h", 1988), ("昭和", 1925), ("民國", 1911), ("民国", 1911)];

impl Era {
    /// The era that a folded word names, or ends with.
    pub(super) fn named(word: &str) -> Option<Era> {
        let (name, first_year) = match word.strip_suffix("元年") {
            Some(name) => (name, true),
            None => (word, false),
        };
        let is_named = |era: &&(&str, i64)| if era.0.is_ascii() { name == era.0 } else { name.ends_with(era.0) };
        ERAS.iter().find(is_named).map(|(_, before)| Era { before: *before, first_year })
    }
}

/// The digits 0 of scripts in which dates are written; 1 to 9 follow each: Arabic, Persian, Devanagari, Bengali, Thai,
/// full width.
const ZEROS: [char; 6] = ['\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{e50}', '\u{ff10}'];

/// A text with the digits that computers write.
pub(super) fn with_plain_digits(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let plain = |c: char| {
        let value =
            ZEROS.iter().find_map(|zero| u32::from(c).checked_sub(u32::from(*zero)).filter(|value| *value < 10));
        value.and_then(|value| char::from_digit(value, 10)).unwrap_or(c)
    };
    Cow::Owned(text.chars().map(plain).collect())
}
