//! Dates in header fields.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::clock::Timestamp;

/// The three forms of RFC 9110 section 5.6.7. The day of the week is not looked at: people get it wrong.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    const FORMS: [&str; 3] = ["%d %b %Y %H:%M:%S", "%d-%b-%y %H:%M:%S", "%b %d %H:%M:%S %Y"];
    let after_weekday = text.find([',', ' ']).map(|end| text[end..].trim_start_matches([',', ' ']))?;
    let date =
        ["GMT", "UTC", "+0000"].iter().find_map(|zone| after_weekday.strip_suffix(zone)).unwrap_or(after_weekday);
    let civil = FORMS.iter().find_map(|form| DateTime::strptime(form, date.trim_end()).ok())?;
    // The last hours of the year 9999 are beyond what an instant can be.
    Some(TimeZone::UTC.to_timestamp(civil).unwrap_or(if civil.year() > 0 { Timestamp::MAX } else { Timestamp::MIN }))
}
