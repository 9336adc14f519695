//! What holds an alert back that would be raised: silences, quiet hours, a watch's `at_most`. Each with its reason. Pure.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::clock::{Timestamp, earlier, later, short};
use crate::model::{Alert, Changes, Decided, Hold, Level, Outcome, Scope, Silence};

/// The owner's wishes for how much is told, and when.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Holding {
    /// How many alerts a watch may raise, for watches that say so.
    pub at_most: HashMap<String, AtMost>,
    /// When only high alerts are told at once.
    pub quiet: Option<Quiet>,
}

/// So many alerts within any stretch of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtMost {
    /// Alerts; at least one.
    pub count: usize,
    /// The stretch.
    pub per: Duration,
}

/// Hours of every day.
#[derive(Clone, Debug, PartialEq)]
pub struct Quiet {
    /// When they begin.
    pub from: Time,
    /// When they end; earlier than `from` when that is on the next day.
    pub to: Time,
    /// Whose clock counts.
    pub zone: TimeZone,
}

impl Quiet {
    /// When the quiet ends that reigns at an instant; none when none does.
    pub fn ends_at(&self, now: Timestamp) -> Option<Timestamp> {
        let here = now.to_zoned_datetime(self.zone.clone());
        let (time, overnight) = (here.time(), self.from > self.to);
        let quiet = match overnight {
            true => time >= self.from || time < self.to,
            false => time >= self.from && time < self.to,
        };
        let day = if time < self.to { here.date() } else { here.date().tomorrow().ok()? };
        let end = day.to_datetime(self.to).to_zoned_datetime(self.zone.clone()).ok()?;
        quiet.then(|| end.timestamp())
    }
}

impl fmt::Display for AtMost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} per {}", self.count, short(self.per))
    }
}

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zone = self.zone.iana_name().unwrap_or("UTC");
        write!(f, "{}-{} {zone}", self.from.strftime("%H:%M"), self.to.strftime("%H:%M"))
    }
}

/// What is to be known of the past.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// Silences in force.
    pub silences: Vec<Silence>,
    /// When the watches with an `at_most` raised their latest alerts, oldest first; as many as may be raised.
    pub raised: HashMap<String, Vec<Timestamp>>,
}

/// What silences held of a document: by watch and story, with the reason.
type Silenced = HashMap<(String, String), (Hold, String)>;

/// Holds back what was to be raised, where something stands against it.
pub fn hold(holding: &Holding, mut past: Past, changes: &mut Changes, now: Timestamp) {
    let mut silenced = Silenced::new();
    for change in &mut changes.articles {
        if let Some(piece) = &change.piece {
            // A silence of a story that turned out to be this one is a silence of this one.
            let renamed = past.silences.iter_mut().filter(|silence| piece.absorbs.contains(&silence.target));
            renamed.for_each(|silence| silence.target.clone_from(&piece.story));
        }
        for decided in &mut change.alerts {
            hold_one(holding, &mut past, &mut silenced, decided, now);
        }
    }
}

fn hold_one(holding: &Holding, past: &mut Past, silenced: &mut Silenced, decided: &mut Decided, now: Timestamp) {
    let alert = &decided.alert;
    let told_as = (alert.watch.name.clone(), alert.story.id.clone());
    let held = match decided.outcome {
        // What it joins in this document is told to nobody, and so is this. A digest would tell.
        Outcome::Joined => silenced.get(&told_as).cloned(),
        outcome if outcome.is_told() => held(holding, past, alert, now),
        _ => return,
    };
    let Some((hold, reason)) = held else {
        if decided.outcome.is_told() {
            past.raised.entry(alert.watch.name.clone()).or_default().push(now);
        }
        return;
    };
    if matches!(hold, Hold::Silence(_)) && decided.outcome == Outcome::Raised {
        silenced.insert(told_as, (hold, reason.clone()));
    }
    decided.outcome = match hold {
        Hold::Silence(_) => Outcome::HeldSilenced,
        Hold::AtMost(_) => Outcome::HeldCooldown,
        Hold::Quiet(_) => Outcome::HeldQuiet,
    };
    (decided.hold, decided.reason) = (Some(hold), reason);
}

fn held(holding: &Holding, past: &Past, alert: &Alert, now: Timestamp) -> Option<(Hold, String)> {
    if let Some(silence) = past.silences.iter().find(|silence| covers(silence, alert)) {
        let Silence { id, scope, why, .. } = silence;
        return Some((Hold::Silence(*id), format!("silence {id} of this {}: {why}", scope.name())));
    }
    if let Some(end) = holding.quiet.as_ref().filter(|_| alert.level < Level::High).and_then(|quiet| quiet.ends_at(now))
    {
        return Some((Hold::Quiet(end), format!("in quiet hours, until {end:.0}")));
    }
    let at_most @ AtMost { count, per } = holding.at_most.get(&alert.watch.name)?;
    let raised = past.raised.get(&alert.watch.name)?;
    let oldest = raised.len().checked_sub(*count).map(|at| raised[at]).filter(|at| *at > earlier(now, *per))?;
    let end = later(oldest, *per);
    Some((Hold::AtMost(end), format!("the watch's at_most, {at_most}, is used up until {end:.0}")))
}

fn covers(silence: &Silence, alert: &Alert) -> bool {
    match silence.scope {
        Scope::Watch => silence.target == alert.watch.name,
        Scope::Feed => silence.target == alert.feed.url,
        Scope::Story => silence.target == alert.story.id,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn check(from: &str, to: &str, zone: &str, now: &str, end: Option<&str>) {
        let quiet = Quiet { from: from.parse().unwrap(), to: to.parse().unwrap(), zone: TimeZone::get(zone).unwrap() };
        let end = end.map(|end| end.parse().unwrap());
        assert_eq!(quiet.ends_at(now.parse().unwrap()), end, "{from} to {to} in {zone} at {now}");
    }

    #[test]
    fn quiet_hours_go_by_the_clock_on_the_wall() {
        const LONDON: &str = "Europe/London";
        check("22:00", "07:00", LONDON, "2026-11-24T21:59:00Z", None);
        check("22:00", "07:00", LONDON, "2026-11-24T22:00:00Z", Some("2026-11-25T07:00:00Z"));
        check("22:00", "07:00", LONDON, "2026-11-25T06:59:59Z", Some("2026-11-25T07:00:00Z"));
        check("22:00", "07:00", LONDON, "2026-11-25T07:00:00Z", None);
        check("22:00", "07:00", LONDON, "2026-07-01T21:30:00Z", Some("2026-07-02T06:00:00Z"));
        check("12:00", "13:00", "Asia/Qatar", "2026-11-24T09:30:00Z", Some("2026-11-24T10:00:00Z"));
        check("12:00", "13:00", "Asia/Qatar", "2026-11-24T12:30:00Z", None);
        // The night in which the clock goes back lasts an hour longer.
        check("22:00", "07:00", "Europe/Berlin", "2026-10-24T20:30:00Z", Some("2026-10-25T06:00:00Z"));
    }
}
