//! Documents between the web and the writer: how many are read at once, and how many bytes of articles may wait.
//! Nothing here waits for a body that still arrives, so that each document is finished; the writer waits for none of
//! them.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::model::Kept;
use crate::poll::Answer;

/// Reading takes several times a document's bytes for a moment. A larger document than this is read alone of its kind
/// ...
const LARGE_BYTES: usize = 1024 * 1024;
/// ... beside so many smaller ones: one for each core of a small machine.
const SMALL_AT_ONCE: usize = 2;
/// What was read and waits for its transaction, or is in it. Ordinary documents have some tens of KiB, of which the
/// queue takes fewer than this. Large ones have as much by themselves, since they are settled in parts and small ones
/// must not wait for that; one that is larger than all of it waits until no other large one does.
const WAITING_KIB: usize = 4 * 1024;
/// The places for documents that are read, and the room for those that wait.
#[derive(Clone, Debug)]
pub(super) struct Readers {
    small: Arc<Semaphore>,
    large: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    large_waiting: Arc<Semaphore>,
}

impl Default for Readers {
    fn default() -> Self {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        let (waiting, large_waiting) = (semaphore(WAITING_KIB), semaphore(WAITING_KIB));
        Readers { small: semaphore(SMALL_AT_ONCE), large: semaphore(1), waiting, large_waiting }
    }
}

impl Readers {
    /// A place to read a document of so many bytes. Kept until what was read of it waits, so that never more is read
    /// than can be settled.
    pub(super) async fn place(&self, bytes: usize) -> OwnedSemaphorePermit {
        let places = if bytes > LARGE_BYTES { &self.large } else { &self.small };
        Arc::clone(places).acquire_owned().await.expect("the semaphore is never closed")
    }

    /// Waiting room for articles of this many bytes.
    pub(super) async fn to_wait(&self, bytes: usize) -> OwnedSemaphorePermit {
        let kib = bytes.div_ceil(1024).min(WAITING_KIB) as u32;
        let room = if bytes > LARGE_BYTES { &self.large_waiting } else { &self.waiting };
        Arc::clone(room).acquire_many_owned(kib).await.expect("the semaphore is never closed")
    }
}

/// What an answer takes of memory, about.
pub(super) fn weight(answer: &Answer, kept: &Kept) -> usize {
    let kept = if let Kept::Body { body, .. } = kept { body.len() } else { 0 };
    let Answer::Read(read) = answer else { return kept };
    kept + read.parsed.weight()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use super::*;

    async fn is_there<T>(waiting: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout(Duration::from_secs(1), waiting).await.ok()
    }

    #[tokio::test(start_paused = true)]
    async fn large_documents_are_read_one_at_a_time_and_do_not_hold_up_small_ones() {
        let readers = Readers::default();
        let large = is_there(readers.place(LARGE_BYTES + 1)).await.unwrap();
        assert!(is_there(readers.place(10 * LARGE_BYTES)).await.is_none());
        let _small = (is_there(readers.place(LARGE_BYTES)).await.unwrap(), is_there(readers.place(0)).await.unwrap());
        assert!(is_there(readers.place(1)).await.is_none());
        drop(large);
        assert!(is_there(readers.place(10 * LARGE_BYTES)).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_is_bounded_by_its_bytes_and_what_is_larger_than_all_waits_alone() {
        let readers = Readers::default();
        let large = is_there(readers.to_wait(2 * LARGE_BYTES)).await.unwrap();
        assert!(is_there(readers.to_wait(100_000_000)).await.is_none());
        let small = is_there(readers.to_wait(LARGE_BYTES)).await;
        assert!(small.is_some(), "small ones do not wait for large ones");
        drop(large);
        let _vast = is_there(readers.to_wait(100_000_000)).await.unwrap();
        assert!(is_there(readers.to_wait(2 * LARGE_BYTES)).await.is_none());
        let small: Vec<_> =
            [is_there(readers.to_wait(LARGE_BYTES)).await, is_there(readers.to_wait(LARGE_BYTES)).await].into();
        assert!(small.iter().all(Option::is_some));
        assert!(is_there(readers.to_wait(0)).await.is_some(), "what has no document waits for nobody");
    }
}
