//! How many bytes of documents the whole process holds at once: arriving bodies, documents being read, and articles
//! that wait to be settled. So memory is bounded, however many polls are in flight.
//!
//! Only a body that still arrives waits for room; a complete one is processed to its end and returns its room. The
//! larger a body, the less of the room it may use: the last parts are reserved for small bodies, so that large ones,
//! and those of stalling servers, delay only each other. Bodies that waited for each other's room would wait for ever:
//! so one at a time may exceed the room, and that one always finishes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Most feeds are no larger. Of a body up to this size the whole room may be used ...
pub(super) const SMALL_BYTES: usize = 128 * 1024;
/// ... up to this size three quarters of it, ...
pub(super) const MIDDLE_BYTES: usize = 1024 * 1024;
/// ... up to this size five eighths, and beyond it half.
pub(super) const LARGE_BYTES: usize = 4 * MIDDLE_BYTES;
/// A body that arrives takes room in steps of this size.
const STEP_BYTES: usize = 64 * 1024;
/// How many large bodies may wait for room at once, and as many of the larger ones. Each holds its bytes so far, and a
/// place among the running polls: it is better if later ones are polled again when there is room.
const WAITING_MAX: usize = 16;
/// The default room of a process: what is left of the 256 MB of the unit after the program and the database's cache (40
/// MB), one large document being read (60 MB) and what allocator and kernel take, twice over.
const ROOM_BYTES: usize = 32 * 1024 * 1024;

/// The room of a process. Clones are the same room.
#[derive(Clone, Debug)]
pub struct Room(Arc<Mutex<Ledger>>);

impl Default for Room {
    fn default() -> Self {
        Room::of(ROOM_BYTES)
    }
}

/// The part of the room that one document uses while it is held.
#[derive(Clone, Debug, Default)]
pub struct Held(Option<Arc<Share>>);

/// A body waits for room with too many others.
#[derive(Debug)]
pub(super) struct Full;

#[derive(Debug)]
pub(super) struct Share {
    room: Room,
    account: u64,
    granted: Arc<Notify>,
}

impl Room {
    /// A room for this many bytes.
    pub fn of(bytes: usize) -> Room {
        Room(Arc::new(Mutex::new(Ledger { bytes, ..Ledger::default() })))
    }

    pub(super) fn share(&self) -> Share {
        let granted = Arc::<Notify>::default();
        Share { room: self.clone(), account: self.ledger().open(Arc::clone(&granted)), granted }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Its sums are right between any two of its steps, none of which can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// Waits until there is room for this many bytes in total of an arriving body.
    pub(super) async fn grow_to(&self, bytes: usize) -> Result<(), Full> {
        match self.room.ledger().ask(self.account, bytes.next_multiple_of(STEP_BYTES)) {
            Asked::Granted => return Ok(()),
            Asked::Full => return Err(Full),
            Asked::Waits => {}
        }
        self.granted.notified().await;
        Ok(())
    }

    /// The body is complete, or became something else of this size.
    pub(super) fn weigh(&self, bytes: usize) {
        self.room.ledger().weigh(self.account, bytes);
    }

    /// To go along with the body.
    pub(super) fn held(self) -> Held {
        Held(Some(Arc::new(self)))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.room.ledger().close(self.account);
    }
}

impl Held {
    /// The size of a complete document is now this. Others wait for its room, but it does not wait.
    pub fn weighs(&self, bytes: usize) {
        if let Some(share) = &self.0 {
            share.weigh(bytes);
        }
    }
}

/// Which document uses how much. Pure.
#[derive(Debug, Default)]
struct Ledger {
    /// The whole room.
    bytes: usize,
    /// The used bytes; more than the room if finished documents outgrew their bodies.
    taken: usize,
    accounts: HashMap<u64, Account>,
    last: u64,
    /// Accounts that wait.
    waiting: usize,
    /// The document that may exceed the room.
    beyond: Option<u64>,
}

#[derive(Debug)]
struct Account {
    /// Its part of the room.
    bytes: usize,
    /// How much it waits to have.
    wanted: Option<usize>,
    /// Whether it is complete. Until then its bytes beyond the room do not count.
    is_whole: bool,
    granted: Arc<Notify>,
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Granted,
    Waits,
    Full,
}

impl Ledger {
    fn open(&mut self, granted: Arc<Notify>) -> u64 {
        self.last += 1;
        self.accounts.insert(self.last, Account { bytes: 0, wanted: None, is_whole: false, granted });
        self.last
    }

    fn ask(&mut self, id: u64, wanted: usize) -> Asked {
        let Some(has) = self.accounts.get(&id).map(|account| account.bytes) else { return Asked::Full };
        if wanted <= has || self.beyond == Some(id) {
            return Asked::Granted;
        }
        if self.fits(has, wanted) {
            self.set(id, wanted);
            return Asked::Granted;
        }
        if self.beyond.is_none() {
            self.beyond = Some(id);
            return Asked::Granted;
        }
        if wanted > MIDDLE_BYTES {
            let is_alike = |other: usize| other > MIDDLE_BYTES && (other > LARGE_BYTES) == (wanted > LARGE_BYTES);
            if self.accounts.values().filter(|account| account.wanted.is_some_and(is_alike)).count() >= WAITING_MAX {
                return Asked::Full;
            }
        }
        if let Some(account) = self.accounts.get_mut(&id) {
            self.waiting += usize::from(account.wanted.replace(wanted).is_none());
        }
        Asked::Waits
    }

    fn weigh(&mut self, id: u64, bytes: usize) {
        if let Some(account) = self.accounts.get_mut(&id) {
            account.is_whole = true;
        }
        self.set(id, bytes);
        self.grant();
    }

    fn close(&mut self, id: u64) {
        let Some(account) = self.accounts.remove(&id) else { return };
        self.taken -= account.bytes;
        self.waiting -= usize::from(account.wanted.is_some());
        if self.beyond == Some(id) {
            self.beyond = None;
        }
        self.grant();
    }

    fn set(&mut self, id: u64, bytes: usize) {
        let Some(account) = self.accounts.get_mut(&id) else { return };
        self.taken = self.taken - account.bytes + bytes;
        account.bytes = bytes;
    }

    /// Whether a body that has `has` may grow to `wanted`.
    fn fits(&self, has: usize, wanted: usize) -> bool {
        let eighths = match wanted {
            _ if wanted <= SMALL_BYTES => 8,
            _ if wanted <= MIDDLE_BYTES => 6,
            _ if wanted <= LARGE_BYTES => 5,
            _ => 4,
        };
        self.taken + (wanted - has) <= self.bytes / 8 * eighths
    }

    /// Gives free room to the waiting documents, the smallest first; the one that waits longest may exceed the room.
    fn grant(&mut self) {
        // A complete document that exceeded the room keeps that right until there is room for it: otherwise others
        // would follow one by one, and all of them would wait here to be read.
        let has_room =
            |id: &u64| self.accounts.get(id).is_some_and(|account| account.is_whole) && self.taken <= self.bytes / 2;
        if self.beyond.as_ref().is_some_and(has_room) {
            self.beyond = None;
        }
        if self.waiting == 0 {
            return;
        }
        let waits = |(id, account): (&u64, &Account)| account.wanted.map(|wanted| (wanted, *id));
        let mut waiting: Vec<(usize, u64)> = self.accounts.iter().filter_map(waits).collect();
        waiting.sort_unstable();
        for &(wanted, id) in &waiting {
            if self.fits(self.accounts[&id].bytes, wanted) {
                self.set(id, wanted);
                self.wake(id);
            }
        }
        let longest = waiting.iter().map(|(_, id)| *id).filter(|id| self.accounts[id].wanted.is_some()).min();
        if let (None, Some(id)) = (self.beyond, longest) {
            self.beyond = Some(id);
            self.wake(id);
        }
    }

    fn wake(&mut self, id: u64) {
        let Some(account) = self.accounts.get_mut(&id) else { return };
        account.wanted = None;
        account.granted.notify_one();
        self.waiting -= 1;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use tokio::task::JoinSet;

    use super::*;

    const KB: usize = 1024;
    const MB: usize = 1024 * KB;

    /// What is taken, and who may go beyond.
    fn sums(room: &Room) -> (usize, Option<u64>) {
        let ledger = room.ledger();
        (ledger.taken, ledger.beyond)
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_that_grow_together_stay_within_the_room_and_one_body_and_all_come_to_their_end() {
        const ROOM: usize = 40 * STEP_BYTES;
        const BODY_STEPS: usize = 8;
        let (room, held, most) = (Room::of(ROOM), Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let mut bodies = JoinSet::new();
        for _ in 0..50 {
            let (share, held, most) = (room.share(), held.clone(), most.clone());
            bodies.spawn(async move {
                for step in 1..=BODY_STEPS {
                    share.grow_to(step * STEP_BYTES).await.unwrap();
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
        assert!((ROOM / 4 * 3..=ROOM + BODY_STEPS * STEP_BYTES).contains(&most), "{most}");
        let ledger = room.ledger();
        assert_eq!((ledger.taken, ledger.waiting, ledger.beyond, ledger.accounts.len()), (0, 0, None, 0));
    }

    /// What bodies of these sizes are told, one after the other and none ending.
    #[track_caller]
    fn check(steps: &[(usize, usize, Asked)]) {
        let mut ledger = Ledger { bytes: 32 * MB, ..Ledger::default() };
        for (count, bytes, expected) in steps {
            for n in 0..*count {
                let id = ledger.open(Arc::default());
                let asked = ledger.ask(id, bytes.next_multiple_of(STEP_BYTES));
                assert_eq!(asked, *expected, "number {n} of {bytes} bytes in {steps:?}");
            }
        }
    }

    #[test]
    fn the_larger_a_body_the_less_of_the_room_it_may_use() {
        use Asked::{Full, Granted, Waits};
        // One that fits, one that goes beyond, and all others wait but those that are smaller.
        let stalled = [(2, 10 * MB, Granted), (1, 10 * MB, Waits), (1, 6 * MB, Granted), (1, 5 * MB, Waits)];
        let others = [
            (1, 4 * MB, Granted),
            (1, 2 * MB, Waits),
            (4, MB, Granted),
            (2, MB, Waits),
            (64, SMALL_BYTES, Granted),
            (1, KB, Waits),
        ];
        check(&stalled.into_iter().chain(others).collect::<Vec<_>>());
        check(&[(24, MB, Granted), (1, MB, Granted), (1, MB, Waits), (128, KB, Granted), (1, KB, Waits)]);
        check(&[(256, SMALL_BYTES, Granted), (1, KB, Granted), (100, KB, Waits)]);
        check(&[
            (2, 16 * MB, Granted),
            (WAITING_MAX, 16 * MB, Waits),
            (3, 5 * MB, Full),
            (2, 2 * MB, Granted),
            (1, MB, Granted),
        ]);
        check(&[(1, 40 * MB, Granted), (1, 16 * MB, Granted), (1, SMALL_BYTES, Granted), (1, 16 * MB, Waits)]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_becomes_free_goes_to_the_smallest_and_the_right_to_go_beyond_to_who_waits_longest() {
        let room = Room::of(32 * MB);
        let (first, beyond) = (room.share(), room.share());
        first.grow_to(16 * MB).await.unwrap();
        beyond.grow_to(9 * MB).await.unwrap();
        let order = Arc::<Mutex<Vec<usize>>>::default();
        let mut waiting = JoinSet::new();
        for bytes in [9 * MB, 10 * MB, 6 * MB, 5 * MB] {
            let (share, order) = (room.share(), order.clone());
            waiting.spawn(async move {
                share.grow_to(bytes).await.unwrap();
                order.lock().unwrap().push(bytes / MB);
                tokio::time::sleep(Duration::from_secs(1)).await;
            });
            tokio::task::yield_now().await;
        }
        // It shrank to what was read of it, which leaves room for eleven.
        first.weigh(5 * MB);
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(*order.lock().unwrap(), [5, 6]);
        drop(beyond);
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(*order.lock().unwrap(), [5, 6, 9]);
        waiting.join_all().await;
        assert_eq!(*order.lock().unwrap(), [5, 6, 9, 10]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_complete_is_counted_whole_and_a_copy_counts_as_long_as_it_is_held() {
        let room = Room::of(MB);
        let share = room.share();
        share.grow_to(9 * MB).await.unwrap();
        assert_eq!(room.ledger().taken, 0, "it went beyond");
        let (beyond, held) = (Some(share.account), share.held());
        held.weighs(3 * MB);
        assert_eq!(sums(&room), (3 * MB, beyond));
        held.weighs(MB / 2);
        assert_eq!(sums(&room), (MB / 2, None), "now there is room for it");
        let copy = held.clone();
        drop(held);
        assert_eq!(room.ledger().taken, MB / 2);
        drop(copy);
        assert_eq!(sums(&room), (0, None));
    }

    #[test]
    fn bodies_that_are_complete_and_wait_to_be_read_do_not_pile_up() {
        let mut ledger = Ledger { bytes: 32 * MB, ..Ledger::default() };
        let ids: Vec<u64> = (0..10).map(|_| ledger.open(Arc::default())).collect();
        let asked: Vec<Asked> = ids.iter().map(|id| ledger.ask(*id, 10 * MB)).collect();
        assert_eq!(asked.iter().filter(|asked| **asked == Asked::Granted).count(), 2);
        // Each is complete as soon as it may come; the first is decided upon when all others lie here.
        let mut whole = 0;
        for id in &ids {
            if ledger.accounts[id].wanted.is_none() {
                ledger.weigh(*id, 10 * MB);
                whole += 1;
            }
        }
        assert_eq!((whole, ledger.taken), (2, 20 * MB));
        ledger.close(ids[0]);
        assert_eq!((ledger.beyond, ledger.waiting), (Some(ids[2]), 7), "one comes while one is read");
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_waiting_leaves_nothing_behind() {
        let room = Room::of(2 * MB);
        let (first, second) = (room.share(), room.share());
        first.grow_to(MB).await.unwrap();
        second.grow_to(MB).await.unwrap();
        let third = room.share();
        assert!(tokio::time::timeout(Duration::from_secs(1), third.grow_to(MB)).await.is_err());
        assert_eq!(room.ledger().waiting, 1);
        drop(third);
        assert_eq!(room.ledger().waiting, 0);
        drop((first, second));
        assert_eq!(sums(&room), (0, None));
    }
}
