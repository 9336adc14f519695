//! Whether this machine keeps up: how late polls are by its own fault, and by how much intervals are stretched for it.

use std::collections::VecDeque;
use std::time::Duration;

/// The latest polls that are looked at.
const POLLS: usize = 1024;
/// Fewer tell nothing.
const POLLS_MIN: usize = 64;
/// Lateness beyond this share of the interval, at the 95th percentile, is too much (S9).
const LATE_SHARE: f64 = 0.1;
/// And below this there is room again.
const EASY_SHARE: f64 = 0.02;
/// One step of stretching, and of easing.
const STRETCH: f64 = 1.25;
const EASE: f64 = 0.9;
/// Beyond this the machine is too small, and slower polling would only hide it.
const STRETCH_MAX: f64 = 16.0;

/// The lateness of the latest polls.
#[derive(Debug)]
pub struct Load {
    /// How late and of what interval.
    recent: VecDeque<(Duration, Duration)>,
    stretch: f64,
}

impl Default for Load {
    fn default() -> Self {
        Load { recent: VecDeque::new(), stretch: 1.0 }
    }
}

impl Load {
    /// A poll began so late.
    pub fn note(&mut self, late: Duration, interval: Duration) {
        if self.recent.len() == POLLS {
            self.recent.pop_front();
        }
        self.recent.push_back((late, interval));
    }

    /// By how much intervals are stretched.
    pub fn stretch(&self) -> f64 {
        self.stretch
    }

    /// How late polls are: the median and the 95th percentile.
    pub fn lateness(&self) -> (Duration, Duration) {
        let mut late: Vec<Duration> = self.recent.iter().map(|(late, _)| *late).collect();
        late.sort_unstable();
        let share = |percent: usize| late.get(late.len() * percent / 100).copied().unwrap_or_default();
        (share(50), share(95))
    }

    /// Looks at the latest polls, some times a minute; whether stretching began.
    pub fn adjust(&mut self) -> bool {
        if self.recent.len() < POLLS_MIN {
            return false;
        }
        let mut shares: Vec<f64> =
            self.recent.iter().map(|(late, of)| late.as_secs_f64() / of.as_secs_f64().max(1.0)).collect();
        shares.sort_unstable_by(f64::total_cmp);
        let before = self.stretch;
        match shares[shares.len() * 95 / 100] {
            share if share > LATE_SHARE => self.stretch = (before * STRETCH).min(STRETCH_MAX),
            share if share < EASY_SHARE => self.stretch = (before * EASE).max(1.0),
            _ => {}
        }
        // What was measured under the old intervals says nothing of the new ones.
        if self.stretch != before {
            self.recent.clear();
        }
        before == 1.0 && self.stretch > 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn with(load: &mut Load, late: Duration) -> f64 {
        (0..POLLS).for_each(|_| load.note(late, HOUR));
        load.adjust();
        load.stretch()
    }

    #[test]
    fn intervals_grow_while_polls_are_late_and_shrink_when_they_are_not() {
        let mut load = Load::default();
        assert_eq!(with(&mut load, HOUR / 20), 1.0);
        assert_eq!(with(&mut load, HOUR / 5), 1.25);
        assert_eq!(with(&mut load, HOUR / 5), 1.25 * 1.25);
        assert_eq!(with(&mut load, HOUR / 20), 1.25 * 1.25);
        for _ in 0..10 {
            with(&mut load, Duration::ZERO);
        }
        assert_eq!(load.stretch(), 1.0);
        for _ in 0..50 {
            with(&mut load, HOUR);
        }
        assert_eq!(load.stretch(), STRETCH_MAX);
    }

    #[test]
    fn lateness_is_told_as_median_and_as_what_one_in_twenty_exceeds() {
        let mut load = Load::default();
        assert_eq!(load.lateness(), (Duration::ZERO, Duration::ZERO));
        (0..100).for_each(|n| load.note(Duration::from_secs(n), HOUR));
        assert_eq!(load.lateness(), (Duration::from_secs(50), Duration::from_secs(95)));
    }
}
