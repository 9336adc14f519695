//! Time as a value. The only place that asks the machine for the hour.

use std::time::Duration;

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
    },
}

impl Clock {
    /// A clock that reads `start` now and moves with tokio's (paused) timer.
    pub fn starting_at(start: Timestamp) -> Self {
        Clock::Virtual { start, since: tokio::time::Instant::now() }
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Virtual { start, since } => later(*start, since.elapsed()),
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

/// A span as people write it in the configuration: "500ms", "90s", "15m", "6h", "7d".
pub fn short(span: Duration) -> String {
    const UNITS: [(u128, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let millis = span.as_millis();
    let whole = UNITS.iter().find(|(unit, _)| millis >= *unit && millis.is_multiple_of(*unit));
    match whole {
        Some((unit, name)) => format!("{}{name}", millis / unit),
        None => format!("{millis}ms"),
    }
}

/// Reads a span as `short` writes it; no other form, so that a slip is told rather than guessed at.
pub fn parse_span(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (count, unit) = text.split_at(digits);
    let unit = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, millis)| *millis);
    let millis = count.parse::<u64>().ok().zip(unit).and_then(|(count, unit)| count.checked_mul(unit));
    millis.map(Duration::from_millis).ok_or_else(|| r#"write it like "500ms", "90s", "15m", "6h" or "7d""#.to_owned())
}
