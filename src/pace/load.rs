//! Whether all that is wished for can be asked: the sum of all rates against the budget of polls, and how late polls
//! are by this machine's own fault. Either stretches the intervals, all by one factor (R23, S9).

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
/// No interval is shorter; a rate has to be finite.
const INTERVAL_MIN_S: f64 = 1.0;
/// Beyond this the machine is too small, and slower polling would only hide it.
const STRETCH_MAX: f64 = 16.0;

/// The polls a second that feeds wish for: the sum of 1 / interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Demand {
    /// Of feeds whose interval the user fixed, which nothing stretches.
    pub fixed: f64,
    /// Of all others.
    pub free: f64,
}

impl Demand {
    /// All of it.
    pub fn polls_per_second(&self) -> f64 {
        self.fixed + self.free
    }

    /// The factor by which free intervals are stretched so that they fit into the budget that the fixed ones leave; 1
    /// if they fit anyway.
    fn stretch(&self, budget: f64) -> f64 {
        if self.polls_per_second() <= budget {
            return 1.0;
        }
        let left = budget - self.fixed;
        if left > 0.0 { (self.free / left).clamp(1.0, STRETCH_MAX) } else { STRETCH_MAX }
    }
}

/// What adjusting came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjusted {
    /// All is as it was, more or less.
    No,
    /// Intervals are stretched from now on.
    Stretched,
    /// The factor is 1 again.
    Eased,
}

/// The lateness of the latest polls, and what all feeds wish for.
#[derive(Debug)]
pub struct Load {
    /// How late and of what interval.
    recent: VecDeque<(Duration, Duration)>,
    demand: Demand,
    for_budget: f64,
    for_lateness: f64,
}

impl Default for Load {
    fn default() -> Self {
        Load { recent: VecDeque::new(), demand: Demand::default(), for_budget: 1.0, for_lateness: 1.0 }
    }
}

impl Load {
    /// The demand of all feeds, added up again.
    pub fn expect(&mut self, demand: Demand) {
        self.demand = demand;
    }

    /// The interval of a feed that is free to change it became another one.
    pub fn moved(&mut self, from: Duration, to: Duration) {
        let rate = |interval: Duration| 1.0 / interval.as_secs_f64().max(INTERVAL_MIN_S);
        self.demand.free = (self.demand.free + rate(to) - rate(from)).max(0.0);
    }

    /// What all feeds wish for.
    pub fn demand(&self) -> Demand {
        self.demand
    }

    /// A poll began so late.
    pub fn note(&mut self, late: Duration, interval: Duration) {
        if self.recent.len() == POLLS {
            self.recent.pop_front();
        }
        self.recent.push_back((late, interval));
    }

    /// By how much intervals are stretched.
    pub fn stretch(&self) -> f64 {
        self.for_budget.max(self.for_lateness)
    }

    /// How late polls are: the median and the 95th percentile.
    pub fn lateness(&self) -> (Duration, Duration) {
        let mut late: Vec<Duration> = self.recent.iter().map(|(late, _)| *late).collect();
        late.sort_unstable();
        let share = |percent: usize| late.get(late.len() * percent / 100).copied().unwrap_or_default();
        (share(50), share(95))
    }

    /// Compares the demand with the budget and looks at the latest polls, several times a minute.
    pub fn adjust(&mut self, polls_per_second: u32) -> Adjusted {
        let before = self.stretch();
        self.look_at_lateness();
        self.for_budget = self.demand.stretch(f64::from(polls_per_second));
        match (before > 1.0, self.stretch() > 1.0) {
            (false, true) => Adjusted::Stretched,
            (true, false) => Adjusted::Eased,
            _ => Adjusted::No,
        }
    }

    fn look_at_lateness(&mut self) {
        if self.recent.len() < POLLS_MIN {
            return;
        }
        let mut shares: Vec<f64> =
            self.recent.iter().map(|(late, of)| late.as_secs_f64() / of.as_secs_f64().max(1.0)).collect();
        shares.sort_unstable_by(f64::total_cmp);
        let before = self.for_lateness;
        self.for_lateness = match shares[shares.len() * 95 / 100] {
            // From the present factor: if polls are late although they are within the budget, the machine cannot do
            // that much.
            share if share > LATE_SHARE => (self.stretch() * STRETCH).min(STRETCH_MAX),
            share if share < EASY_SHARE => (before * EASE).max(1.0),
            _ => before,
        };
        // Measurements under the old intervals say nothing about the new ones.
        if self.for_lateness != before {
            self.recent.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const BUDGET: u32 = 300;

    fn with(load: &mut Load, late: Duration) -> f64 {
        (0..POLLS).for_each(|_| load.note(late, HOUR));
        load.adjust(BUDGET);
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

    #[test]
    fn more_than_the_budget_stretches_what_is_not_fixed_by_one_factor() {
        let stretch = |fixed, free| {
            let mut load = Load::default();
            load.expect(Demand { fixed, free });
            (load.adjust(BUDGET), load.stretch())
        };
        assert_eq!(stretch(100.0, 200.0), (Adjusted::No, 1.0));
        assert_eq!(stretch(0.0, 450.0), (Adjusted::Stretched, 1.5));
        // Fixed intervals take their part first: 400 have to share 200.
        assert_eq!(stretch(100.0, 400.0), (Adjusted::Stretched, 2.0));
        assert_eq!(stretch(300.0, 1.0), (Adjusted::Stretched, STRETCH_MAX), "nothing is left");
        assert_eq!(stretch(0.0, 1e9), (Adjusted::Stretched, STRETCH_MAX));
    }

    #[test]
    fn demand_follows_the_intervals_and_lateness_comes_on_top() {
        let mut load = Load::default();
        load.expect(Demand { fixed: 0.0, free: 600.0 });
        load.adjust(BUDGET);
        assert_eq!(load.stretch(), 2.0);
        assert_eq!(with(&mut load, HOUR / 5), 2.5, "late although the budget is kept to");
        (0..400).for_each(|_| load.moved(Duration::from_secs(1), Duration::from_secs(2)));
        assert_eq!(load.demand(), Demand { fixed: 0.0, free: 400.0 });
        for _ in 0..10 {
            with(&mut load, Duration::ZERO);
        }
        assert!((load.stretch() - 400.0 / 300.0).abs() < 1e-9, "{}", load.stretch());
        load.expect(Demand { fixed: 1.0, free: 1.0 });
        assert_eq!((load.adjust(BUDGET), load.stretch()), (Adjusted::Eased, 1.0));
    }
}
