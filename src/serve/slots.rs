//! The connections that are served at once. When all places are taken, the slowest client makes room for a new one, so
//! that no number of slow clients keeps a monitor waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

use crate::logging::HTTP_TROUBLE;

/// Connections at once. A monitor and some readers need a handful.
const CONNECTIONS_MAX: usize = 32;
/// A client that means it sends its request with the connection. One that has not sent it by now may have to go ...
const ASKING_MAX: Duration = Duration::from_millis(100);
/// ... and so may one that does not take its answer. One whose answer is being made stays: that is our time.
const TAKING_MAX: Duration = Duration::from_secs(1);

/// How far a connection is.
#[derive(Debug, Default)]
pub(super) struct Stage(AtomicU8);

impl Stage {
    const ASKED: u8 = 1;
    const ANSWERED: u8 = 2;

    /// The head of the request is there.
    pub(super) fn asked(&self) {
        self.0.store(Self::ASKED, Ordering::Relaxed);
    }

    /// The answer is made.
    pub(super) fn answered(&self) {
        self.0.store(Self::ANSWERED, Ordering::Relaxed);
    }

    /// How long a connection may have taken to be at this stage when others wait for its place.
    fn patience(&self) -> Option<Duration> {
        match self.0.load(Ordering::Relaxed) {
            Self::ASKED => None,
            Self::ANSWERED => Some(TAKING_MAX),
            _ => Some(ASKING_MAX),
        }
    }
}

/// A connection that is served.
#[derive(Debug)]
struct Slot {
    since: Instant,
    stage: Arc<Stage>,
    serving: AbortHandle,
}

/// The connections, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Slots {
    taken: Vec<Slot>,
    serving: JoinSet<()>,
}

/// A place for one connection.
pub(super) struct Room;

impl Slots {
    /// Waits for a place, and takes it from the slowest client if need be.
    pub(super) async fn make_room(&mut self) -> Room {
        loop {
            while let Some(ended) = self.serving.try_join_next() {
                if let Err(error) = ended
                    && error.is_panic()
                {
                    tracing::error!(target: HTTP_TROUBLE, "an answer failed, which is a mistake in feedwatch: {error}");
                }
            }
            self.taken.retain(|slot| !slot.serving.is_finished());
            if self.taken.len() < CONNECTIONS_MAX {
                return Room;
            }
            let now = Instant::now();
            let has_to_go = |slot: &Slot| slot.stage.patience().is_some_and(|patience| now >= slot.since + patience);
            if let Some(at) = self.taken.iter().position(has_to_go) {
                self.taken.remove(at).serving.abort();
                return Room;
            }
            let next = self.taken.iter().filter_map(|slot| Some(slot.since + slot.stage.patience()?)).min();
            let soon = next.unwrap_or(now + ASKING_MAX).max(now + Duration::from_millis(1));
            tokio::select! {
                _ = self.serving.join_next() => {}
                () = tokio::time::sleep_until(soon) => {}
            }
        }
    }

    /// Serves a connection in the place that was made for it.
    pub(super) fn fill(&mut self, _: Room, stage: Arc<Stage>, serving: impl Future<Output = ()> + Send + 'static) {
        let serving = self.serving.spawn(serving);
        self.taken.push(Slot { since: Instant::now(), stage, serving });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fills all places with clients at these stages, each a millisecond after the one before, and tells how long the
    /// next one waits, in milliseconds, and who had to go.
    async fn next_waits(stages: impl Fn(usize) -> u8) -> (u64, Vec<usize>) {
        let mut slots = Slots::default();
        let mut clients = Vec::new();
        for n in 0..CONNECTIONS_MAX {
            let room = slots.make_room().await;
            let stage = Arc::<Stage>::default();
            stage.0.store(stages(n), Ordering::Relaxed);
            let client = Arc::new(());
            let held = Arc::clone(&client);
            slots.fill(room, stage, async move {
                let _held = held;
                std::future::pending().await
            });
            clients.push(client);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let begun = Instant::now();
        let waited = tokio::time::timeout(Duration::from_secs(60), slots.make_room()).await;
        let waited_ms = waited.map_or(u64::MAX, |_| begun.elapsed().as_millis() as u64);
        tokio::time::sleep(Duration::from_millis(1)).await;
        let gone = (0..CONNECTIONS_MAX).filter(|n| Arc::strong_count(&clients[*n]) == 1).collect();
        (waited_ms, gone)
    }

    #[tokio::test(start_paused = true)]
    async fn the_slowest_client_makes_room_and_nobody_whose_answer_is_being_made() {
        let (asking, asked, answered) = (0, Stage::ASKED, Stage::ANSWERED);
        // The oldest has had 32 of its 100 ms.
        assert_eq!(next_waits(|_| asking).await, (68, vec![0]));
        assert_eq!(next_waits(|_| answered).await, (968, vec![0]));
        assert_eq!(next_waits(|n| if n == 20 { asking } else { asked }).await, (88, vec![20]));
        assert_eq!(next_waits(|n| if n == 20 { asking } else { answered }).await, (88, vec![20]));
        assert_eq!(next_waits(|n| if n == 31 { answered } else { asked }).await, (999, vec![31]));
        assert_eq!(next_waits(|_| asked).await, (u64::MAX, vec![]));
    }
}
