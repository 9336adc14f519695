//! Which requests occupy a place among the running ones.
//!
//! A slow server would occupy a place for as long as a whole poll may take, and the owner of some dozen slow addresses
//! could occupy all of them. So a request counts only while it is quick. Slow requests have a separate limit.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Policy;
use crate::clock::{Timestamp, later};

/// After this time a request is slow, and another may be made in its place. Nearly all servers answer within it.
const SLOW_AFTER: Duration = Duration::from_secs(5);

/// The requests that are not answered yet, by the instant at which they began.
#[derive(Debug, Default)]
pub(super) struct Places {
    begun: BTreeMap<Timestamp, usize>,
    all: usize,
}

impl Places {
    /// A request begins.
    pub(super) fn take(&mut self, now: Timestamp) {
        *self.begun.entry(now).or_default() += 1;
        self.all += 1;
    }

    /// A request that began then is answered.
    pub(super) fn give_back(&mut self, begun: Timestamp) {
        // After the clock was set back it is listed under an earlier instant.
        let Some((&at, _)) = self.begun.range(..=begun).next_back() else { return };
        let count = self.begun.get_mut(&at).expect("it was found");
        *count -= 1;
        if *count == 0 {
            self.begun.remove(&at);
        }
        self.all -= 1;
    }

    /// Whether another request may begin.
    pub(super) fn has_room(&self, policy: &Policy, now: Timestamp) -> bool {
        self.room_at(policy).is_some_and(|at| at <= now)
    }

    /// When another request may begin, if nothing is answered until then; none if something must be answered first.
    pub(super) fn room_at(&self, policy: &Policy) -> Option<Timestamp> {
        if self.all < policy.at_once {
            return Some(Timestamp::MIN);
        }
        if self.all >= policy.in_all {
            return None;
        }
        // So many may be quick; when the one before them becomes slow there is room.
        let mut quick = 0;
        let begun = self.begun.iter().rev().find(|(_, count)| {
            quick += **count;
            quick >= policy.at_once
        });
        begun.map(|(at, _)| later(*at, SLOW_AFTER))
    }

    /// The clock was set back: what began in its future began now.
    pub(super) fn clock_set_back(&mut self, now: Timestamp) {
        let ahead: usize = self.begun.split_off(&now).into_values().sum();
        if ahead > 0 {
            self.begun.insert(now, ahead);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).expect("it is within range")
    }

    /// When there is room for another request after requests began and were answered at these seconds.
    fn check(begun: &[i64], answered: &[i64], room_at: Option<Timestamp>) {
        let policy = Policy { at_once: 2, in_all: 4, ..Policy::default() };
        let mut places = Places::default();
        begun.iter().for_each(|second| places.take(at(*second)));
        answered.iter().for_each(|second| places.give_back(at(*second)));
        assert_eq!(places.room_at(&policy), room_at, "{begun:?} {answered:?}");
        if let Some(room_at) = room_at.filter(|at| *at > Timestamp::MIN) {
            assert!(places.has_room(&policy, room_at));
            assert!(!places.has_room(&policy, later(room_at, Duration::ZERO) - Duration::from_secs(1)));
        }
    }

    #[test]
    fn slow_requests_give_their_places_to_others_up_to_a_limit() {
        const AT_ANY_TIME: Option<Timestamp> = Some(Timestamp::MIN);
        check(&[], &[], AT_ANY_TIME);
        check(&[0], &[], AT_ANY_TIME);
        check(&[0, 3], &[3], AT_ANY_TIME);
        check(&[0, 3], &[0], AT_ANY_TIME);
        // Two of the quick are under way: the first of them is slow from 5 s on.
        check(&[0, 3], &[], Some(at(5)));
        check(&[0, 0], &[], Some(at(5)));
        check(&[0, 3, 5], &[], Some(at(8)));
        check(&[0, 3, 5], &[5], Some(at(5)));
        check(&[0, 3, 5, 8], &[], None);
        check(&[0, 3, 5, 8], &[0], Some(at(10)));
        check(&[0, 3, 5, 8], &[0, 5], Some(at(8)));
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait_longer() {
        let policy = Policy { at_once: 2, in_all: 4, ..Policy::default() };
        let mut places = Places::default();
        [0, 3000, 3001].into_iter().for_each(|second| places.take(at(second)));
        places.clock_set_back(at(10));
        assert_eq!(places.room_at(&policy), Some(at(15)));
        [3001, 3000, 0].into_iter().for_each(|second| places.give_back(at(second)));
        assert_eq!((places.all, places.begun.len()), (0, 0));
    }
}
