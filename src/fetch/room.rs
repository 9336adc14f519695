//! How many bytes of bodies are held at once, over all polls, so that memory has a bound however many are in flight.
//!
//! A body takes room as it grows and gives it back when it has been read. Bodies that wait for each other's room would
//! wait for ever: so one at a time may go beyond what there is, and that one always comes to its end.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room is given in steps of this size: one step holds most feeds.
const STEP_BYTES: usize = 64 * 1024;

/// The room of one client.
#[derive(Clone, Debug)]
pub(super) struct Room {
    steps: Arc<Semaphore>,
    /// The right to go beyond.
    beyond: Arc<Semaphore>,
}

/// What one body has of the room, for as long as the body is held.
#[derive(Clone, Debug, Default)]
pub struct Held {
    _share: Option<Arc<Share>>,
}

#[derive(Debug)]
pub(super) struct Share {
    room: Room,
    taken: Option<OwnedSemaphorePermit>,
    beyond: Option<OwnedSemaphorePermit>,
}

impl Room {
    pub(super) fn of(bytes: usize) -> Room {
        Room { steps: Arc::new(Semaphore::new(bytes.div_ceil(STEP_BYTES))), beyond: Arc::new(Semaphore::new(1)) }
    }

    pub(super) fn share(&self) -> Share {
        Share { room: self.clone(), taken: None, beyond: None }
    }
}

impl Share {
    /// Waits until there is room for so many bytes in all.
    pub(super) async fn grow_to(&mut self, bytes: usize) {
        let wanted = bytes.div_ceil(STEP_BYTES);
        let missing = wanted.saturating_sub(self.steps());
        if missing == 0 || self.beyond.is_some() {
            return;
        }
        let missing = u32::try_from(missing).unwrap_or(u32::MAX);
        let never_closed = "the semaphores are never closed";
        let Room { steps, beyond } = &self.room;
        let taken = match steps.clone().try_acquire_many_owned(missing) {
            Ok(taken) => taken,
            Err(_) => tokio::select! {
                taken = steps.clone().acquire_many_owned(missing) => taken.expect(never_closed),
                beyond = beyond.clone().acquire_owned() => {
                    self.beyond = Some(beyond.expect(never_closed));
                    return;
                }
            },
        };
        match &mut self.taken {
            Some(before) => before.merge(taken),
            before => *before = Some(taken),
        }
    }

    /// Gives back what is more than enough for so many bytes.
    pub(super) fn shrink_to(&mut self, bytes: usize) {
        let excess = self.steps().saturating_sub(bytes.div_ceil(STEP_BYTES));
        drop(self.taken.as_mut().and_then(|taken| taken.split(excess)));
    }

    /// To go along with the body.
    pub(super) fn held(self) -> Held {
        Held { _share: Some(Arc::new(self)) }
    }

    fn steps(&self) -> usize {
        self.taken.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use tokio::task::JoinSet;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn bodies_that_grow_together_stay_within_the_room_and_one_body_and_all_come_to_their_end() {
        const ROOM: usize = 20 * STEP_BYTES;
        const BODY_STEPS: usize = 8;
        let (room, held, most) = (Room::of(ROOM), Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let mut bodies = JoinSet::new();
        for _ in 0..50 {
            let (mut share, held, most) = (room.share(), held.clone(), most.clone());
            bodies.spawn(async move {
                for step in 1..=BODY_STEPS {
                    share.grow_to(step * STEP_BYTES).await;
                    most.fetch_max(held.fetch_add(STEP_BYTES, Ordering::Relaxed) + STEP_BYTES, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                held.fetch_sub(BODY_STEPS * STEP_BYTES, Ordering::Relaxed);
            });
        }
        while let Some(ended) = bodies.join_next().await {
            ended.unwrap();
        }
        let most = most.load(Ordering::Relaxed);
        assert!((ROOM..=ROOM + BODY_STEPS * STEP_BYTES).contains(&most), "{most}");
        assert_eq!((room.steps.available_permits(), room.beyond.available_permits()), (20, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_larger_than_the_room_is_read_alone_and_what_is_not_needed_goes_back() {
        let room = Room::of(2 * STEP_BYTES);
        let (mut large, mut small) = (room.share(), room.share());
        large.grow_to(9 * STEP_BYTES).await;
        small.grow_to(STEP_BYTES + 1).await;
        assert_eq!((small.steps(), large.beyond.is_some()), (2, true));
        small.shrink_to(10);
        assert_eq!((small.steps(), room.steps.available_permits()), (1, 1));
        let held = small.held();
        drop(held.clone());
        assert_eq!(room.steps.available_permits(), 1, "as long as a copy of the body is there");
        drop((held, large));
        assert_eq!((room.steps.available_permits(), room.beyond.available_permits()), (2, 1));
    }
}
