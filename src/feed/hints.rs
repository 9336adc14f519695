//! A feed's hints about its rhythm. They are floors for the interval, never targets.

use std::time::Duration;

use super::names::Role;

use crate::clock::HOUR;

/// When a feed wishes to be polled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// RSS `ttl`: how long a copy may be kept.
    pub ttl: Option<Duration>,
    /// RSS `skipHours`: hours of the day in UTC, one bit each, in which the feed does not change.
    pub skip_hours: u32,
    /// RSS `skipDays`: days of the week, one bit each from Monday, on which it does not change.
    pub skip_days: u8,
    /// `sy:updatePeriod`: the span that `update_frequency` divides.
    pub update_period: Option<Duration>,
    /// `sy:updateFrequency`: how often in that span the feed is updated.
    pub update_frequency: Option<u32>,
}

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const PERIODS: [(&str, Duration); 5] = [
    ("hourly", HOUR),
    ("daily", HOUR.saturating_mul(24)),
    ("weekly", HOUR.saturating_mul(24 * 7)),
    ("monthly", HOUR.saturating_mul(24 * 30)),
    ("yearly", HOUR.saturating_mul(24 * 365)),
];

impl Hints {
    /// How often the feed says it is updated. WordPress writes "hourly, 1" unasked: it means little.
    pub fn update_every(&self) -> Option<Duration> {
        self.update_period.map(|period| period / self.update_frequency.unwrap_or(1))
    }

    /// Takes the value of an element when its role is a hint; values that make no sense are passed over.
    pub(super) fn take(&mut self, role: Role, value: &str) -> bool {
        let value = value.trim().to_ascii_lowercase();
        match role {
            // Minutes; a ttl of 0 is what generators write that know nothing.
            Role::Ttl => {
                let minutes = value.parse::<u32>().ok().filter(|minutes| *minutes > 0);
                self.ttl = minutes.map(|minutes| HOUR / 60 * minutes).or(self.ttl);
            }
            // 24 is what some write for midnight.
            Role::SkipHours => {
                if let Some(hour) = value.parse::<u32>().ok().filter(|hour| *hour <= 24) {
                    self.skip_hours |= 1 << (hour % 24);
                }
            }
            Role::SkipDays => {
                if let Some(day) = WEEKDAYS.iter().position(|day| value.starts_with(day)) {
                    self.skip_days |= 1 << day;
                }
            }
            Role::UpdatePeriod => {
                self.update_period = PERIODS.iter().find(|(word, _)| *word == value).map(|(_, period)| *period);
            }
            Role::UpdateFrequency => self.update_frequency = value.parse().ok().filter(|times| *times > 0),
            _ => return false,
        }
        true
    }
}
