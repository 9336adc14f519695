//! Time as a value. The only place that reads the machine's clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// A span with a direction.
pub use jiff::SignedDuration;
/// An instant of wall time, UTC.
pub use jiff::Timestamp;

/// Tells the time and waits. Virtual time runs on tokio's paused timer, so whole days pass in a test's blink.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's wall clock.
    System,
    /// Starts at a given instant and advances with tokio's timer.
    Virtual {
        /// The wall time at `since`.
        start: Timestamp,
        /// The timer's reading at `start`.
        since: tokio::time::Instant,
        /// By how many microseconds the wall clock was changed since, relative to the timer.
        set_us: Arc<AtomicI64>,
    },
}

impl Clock {
    /// A clock that reads `start` now and moves with tokio's (paused) timer.
    pub fn starting_at(start: Timestamp) -> Self {
        Clock::Virtual { start, since: tokio::time::Instant::now(), set_us: Arc::default() }
    }

    /// Sets a virtual wall clock, and all its clones, ahead or back while the timer continues, as if the machine slept
    /// or somebody set its clock. The real clock is never set.
    pub fn set(&self, by: SignedDuration) {
        if let Clock::Virtual { set_us, .. } = self {
            set_us.fetch_add(by.as_micros() as i64, Ordering::Relaxed);
        }
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Virtual { start, since, set_us } => {
                let set = SignedDuration::from_micros(set_us.load(Ordering::Relaxed));
                later(*start, since.elapsed()).checked_add(set).unwrap_or(*start)
            }
        }
    }

    /// Waits until the clock reads `at`; returns at once when it already does.
    pub async fn sleep_until(&self, at: Timestamp) {
        tokio::time::sleep(span(self.now(), at)).await;
    }
}

/// `at` plus `wait`, held at the end of representable time instead of overflowing.
pub fn later(at: Timestamp, wait: Duration) -> Timestamp {
    at.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// `at` minus `wait`, held at the beginning of representable time.
pub fn earlier(at: Timestamp, wait: Duration) -> Timestamp {
    at.checked_sub(wait).unwrap_or(Timestamp::MIN)
}

/// How long from `from` to `to`; zero when `to` is not later.
pub fn span(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(from.duration_until(to)).unwrap_or_default()
}

/// A second.
pub const SECOND: Duration = Duration::from_secs(1);
/// A minute.
pub const MINUTE: Duration = Duration::from_secs(60);
/// An hour.
pub const HOUR: Duration = Duration::from_secs(3600);
/// A day.
pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// The beginning of an instant's day, in UTC.
pub fn day_of(at: Timestamp) -> Timestamp {
    let day = DAY.as_secs() as i64;
    Timestamp::from_second(at.as_second().div_euclid(day) * day).unwrap_or(at)
}

/// The forms a span is written in, for messages.
pub const SPAN_FORMS: &str = r#""500ms", "90s", "15m", "1h30m" or "7d""#;

/// Only read: a span is shown in days.
const WEEK: (&str, Duration) = ("w", DAY.saturating_mul(7));
/// The units of a span, the largest first.
const UNITS: [(&str, Duration); 5] =
    [("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND), ("ms", Duration::from_millis(1))];

/// A span as people write it, in the largest unit that divides it; fractions of a millisecond are left out.
pub fn short(span: Duration) -> String {
    let millis = span.as_millis();
    let fits = |unit: &Duration| millis.is_multiple_of(unit.as_millis());
    match UNITS.iter().find(|(_, unit)| fits(unit)) {
        Some((name, unit)) if millis > 0 => format!("{}{name}", millis / unit.as_millis()),
        _ => "0s".to_owned(),
    }
}

/// Reads a span: digits and a unit, as `short` writes it, or several of them with the largest unit first (`1h30m`).
/// There is no other form, so that a slip is told rather than guessed at. What no number can hold is the longest of
/// all.
pub fn parse_span(text: &str) -> Option<Duration> {
    let (mut rest, mut sum, mut before) = (text, Duration::ZERO, Duration::MAX);
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0)?;
        let (digits, tail) = rest.split_at(unit_at);
        let end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (name, after) = tail.split_at(end);
        let (_, unit) = UNITS.iter().chain([&WEEK]).find(|(known, _)| *known == name)?;
        if *unit >= before {
            return None;
        }
        let part = digits.parse().ok().and_then(|count| unit.checked_mul(count)).unwrap_or(Duration::MAX);
        (sum, before, rest) = (sum.saturating_add(part), *unit, after);
    }
    (before != Duration::MAX).then_some(sum)
}
