//! What holds an alert back that would be raised: silences, quiet hours, a watch's `at_most`. Each with its reason.
//! Pure.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::facts::Recall;
use crate::clock::{Timestamp, earlier, later, short};
use crate::model::{Alert, Changes, Decided, FeedId, Hold, Kind, Level, Outcome, Scope, Silence};

/// The owner's wishes for how much is told, and when.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Holding {
    /// How many alerts a watch may raise, for watches with a limit.
    pub at_most: HashMap<String, AtMost>,
    /// When only high alerts are told at once.
    pub quiet: Option<Quiet>,
}

/// So many alerts within any stretch of this length, of which no feed takes more than half while others have any: or
/// else one feed could keep a watch's alerts to itself for good. Alerts of level high are never held by it.
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

/// The past alerts and silences that matter.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// Silences in force.
    pub silences: Vec<Silence>,
    /// When the watches with an `at_most` raised their latest alerts and of which feeds, oldest first;
    /// `AtMost::looks_at` of them.
    pub raised: HashMap<String, Vec<(Timestamp, FeedId)>>,
}

impl Past {
    /// The past that matters to alerts of these watches.
    pub fn of<'a, R: Recall>(
        holding: &Holding,
        watches: impl IntoIterator<Item = &'a str>,
        now: Timestamp,
        recall: &R,
    ) -> Result<Past, R::Error> {
        let mut past = Past { silences: recall.silences(now)?, ..Past::default() };
        for watch in watches {
            if let Some(limit) = holding.at_most.get(watch).filter(|_| !past.raised.contains_key(watch)) {
                past.raised.insert(watch.to_owned(), recall.raised_of(watch, limit.looks_at())?);
            }
        }
        Ok(past)
    }
}

/// What silences held of a document: by watch and story, with the reason.
type Silenced = HashMap<(String, String), (Hold, String)>;

/// Holds hits that would be raised, if a silence, a limit or quiet hours require it.
pub(super) fn hold(holding: &Holding, mut past: Past, changes: &mut Changes, now: Timestamp) {
    let mut silenced = Silenced::new();
    for change in &mut changes.articles {
        if let Some(piece) = &change.piece {
            // A silence of a story that turned out to be this one is a silence of this one.
            let renamed = past.silences.iter_mut().filter(|silence| piece.absorbs.contains(&silence.target));
            renamed.for_each(|silence| silence.target.clone_from(&piece.story));
        }
        for decided in &mut change.alerts {
            hold_one(holding, &mut past, &mut silenced, changes.feed, decided, now);
        }
    }
}

fn hold_one(
    holding: &Holding,
    past: &mut Past,
    silenced: &mut Silenced,
    feed: FeedId,
    decided: &mut Decided,
    now: Timestamp,
) {
    let alert = &decided.alert;
    let told_as = (alert.watch.name.clone(), alert.story.id.clone());
    let held = match decided.outcome {
        // It joins a hit of this document that is told to nobody, so it is not told either. A digest would tell it.
        Outcome::Joined => silenced.get(&told_as).cloned(),
        outcome if outcome.is_told() => held(holding, past, alert, feed, now),
        _ => return,
    };
    let Some((hold, reason)) = held else {
        // A line under another alert uses up nothing.
        if decided.outcome.is_told() && decided.alert.kind != Kind::Related {
            past.raised.entry(alert.watch.name.clone()).or_default().push((now, feed));
        }
        return;
    };
    if matches!(hold, Hold::Silence(_)) && decided.outcome == Outcome::Raised {
        silenced.insert(told_as, (hold, reason.clone()));
    }
    decided.hold_back(hold, reason);
}

/// What holds an alert of a feed that would be told now, and the reason.
pub(super) fn held(
    holding: &Holding,
    past: &Past,
    alert: &Alert,
    feed: FeedId,
    now: Timestamp,
) -> Option<(Hold, String)> {
    if let Some(silence) = past.silences.iter().find(|silence| covers(silence, alert)) {
        let Silence { id, scope, why, .. } = silence;
        return Some((Hold::Silence(*id), format!("silence {id} of this {}: {why}", scope.name())));
    }
    if alert.level >= Level::High {
        return None;
    }
    if let Some(end) = holding.quiet.as_ref().and_then(|quiet| quiet.ends_at(now)) {
        return Some((Hold::Quiet(end), format!("in quiet hours, until {end:.0}")));
    }
    let at_most = holding.at_most.get(&alert.watch.name)?;
    let (what, end) = at_most.used_up(past.raised.get(&alert.watch.name)?, feed, now)?;
    Some((Hold::AtMost(end), format!("{what}, {at_most}, is used up until {end:.0}")))
}

impl AtMost {
    /// How many of a watch's latest alerts have to be known: what others may still raise when one feed has taken all
    /// comes on top.
    pub fn looks_at(&self) -> usize {
        self.count * 2
    }

    /// How much of the limit is used up for an alert of this feed, and until when.
    fn used_up(
        &self,
        raised: &[(Timestamp, FeedId)],
        feed: FeedId,
        now: Timestamp,
    ) -> Option<(&'static str, Timestamp)> {
        let since = earlier(now, self.per);
        let recent: Vec<_> = raised.iter().filter(|(at, _)| *at > since).collect();
        let mut taken = HashMap::<FeedId, Vec<Timestamp>>::new();
        recent.iter().for_each(|(at, by)| taken.entry(*by).or_default().push(*at));
        let mine = taken.remove(&feed).unwrap_or_default();
        // The part beyond its half that one feed used before others had alerts is not taken from the others.
        let half = self.count / 2;
        let too_many = taken.values().map(|at| at.len().saturating_sub(half)).max().unwrap_or_default();
        let ends = |at: &[Timestamp], most: usize| at.len().checked_sub(most).map(|oldest| later(at[oldest], self.per));
        let all: Vec<Timestamp> = recent.iter().map(|(at, _)| *at).collect();
        if !taken.is_empty()
            && let Some(end) = ends(&mine, half.max(1))
        {
            return Some(("this feed's half of the watch's at_most", end));
        }
        ends(&all, self.count + too_many).map(|end| ("the watch's at_most", end))
    }
}

fn covers(silence: &Silence, alert: &Alert) -> bool {
    match silence.scope {
        Scope::Watch => silence.target == alert.watch.name,
        Scope::Feed => silence.target == alert.feed.url,
        // Hits that only perhaps belong to the story are told: they may be of another one.
        Scope::Story => silence.target == alert.story.id && alert.kind != Kind::Related,
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

    /// Alerts by hour and feed; those in capitals are told, the others wait.
    fn fair(at_most: usize, hits: &str) {
        let at_most = AtMost { count: at_most, per: Duration::from_secs(3600) };
        let mut raised = Vec::new();
        let start: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let mut said = String::new();
        for (minute, hit) in hits.chars().enumerate().filter(|(_, hit)| *hit != '.') {
            let now = later(start, Duration::from_secs(60 * minute as u64));
            let feed = FeedId(i64::from(hit.to_ascii_lowercase() as u32));
            let latest = raised.len().saturating_sub(at_most.looks_at());
            let waits = at_most.used_up(&raised[latest..], feed, now);
            raised.extend(waits.is_none().then_some((now, feed)));
            said.push(if waits.is_none() { hit.to_ascii_uppercase() } else { hit.to_ascii_lowercase() });
        }
        assert_eq!(said, hits.replace('.', ""), "{at_most}");
    }

    #[test]
    fn at_most_is_shared_between_feeds() {
        // A feed that is alone has all of it.
        fair(3, "EEEee");
        fair(1, "Eee");
        // A feed that comes after one that used everything is told as often as if that one had kept to its half.
        fair(2, "EEeFfeg");
        fair(2, "EEFgh");
        fair(4, "EEEEeFFfe");
        fair(4, "EEEEFGh");
        fair(4, "EFEeFfe");
        fair(1, "EeFgfe");
        fair(5, "EEEEEFFGh");
        fair(10, "FEEEEEeeG");
        // An hour later there is room again, for each its share.
        fair(2, &format!("EEF{}EF", ".".repeat(58)));
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
