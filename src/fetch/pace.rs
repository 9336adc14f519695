//! How slowly a body may arrive, and in how many pieces. Pure: the caller says what arrived, and when.
//!
//! A running poll occupies one of the places that all feeds share, and a large body occupies memory. A server that
//! sends a byte now and then would occupy both for as long as a whole poll may take.

use std::time::Duration;

use tokio::time::Instant;

use crate::fetch::FetchError;
use crate::fetch::room::SMALL_BYTES;

/// A small body holds nothing that others need but its place: as long a pause as between any two pieces, and then about
/// the rate of the slowest mobile line.
const SMALL: Least = Least { within: Duration::from_secs(15), bytes: 1000 };
/// A large one: a hundredth of what an ordinary line gives, but no pause of several seconds.
const LARGE: Least = Least { within: Duration::from_secs(5), bytes: 64 * 1024 };

/// Each piece costs about a microsecond and a half, however few bytes it has. Servers that flush after every line send
/// some thousand of them ...
const PIECES_FREE: usize = 10_000;
/// ... and beyond that number their mean size must be this many bytes.
const PIECE_BYTES_MIN: usize = 64;

/// How a body comes.
#[derive(Debug)]
pub(super) struct Pace {
    /// The start of the measurement; our own waits are excluded.
    since: Instant,
    /// The bytes since then.
    recent: usize,
    /// All bytes, and the number of pieces.
    bytes: usize,
    pieces: usize,
    /// Whether it has the room of a large body from the beginning, as its length says that it is one.
    is_large: bool,
}

/// The bytes that must arrive within a time.
struct Least {
    within: Duration,
    bytes: usize,
}

impl Pace {
    pub(super) fn from(now: Instant, is_large: bool) -> Pace {
        Pace { since: now, recent: 0, bytes: 0, pieces: 0, is_large }
    }

    /// A piece arrived, and then we waited this long for memory.
    pub(super) fn came(&mut self, bytes: usize, waited: Duration) -> Result<(), FetchError> {
        self.since += waited;
        self.recent += bytes;
        self.bytes += bytes;
        self.pieces += 1;
        if self.pieces > PIECES_FREE && self.bytes / PIECE_BYTES_MIN < self.pieces {
            let (bytes, pieces) = (self.bytes, self.pieces);
            return Err(FetchError::Broken(format!(
                "the body comes in crumbs: {bytes} bytes in {pieces} pieces; the least are {PIECE_BYTES_MIN} bytes a piece"
            )));
        }
        Ok(())
    }

    /// When it is looked at next.
    pub(super) fn judged_at(&self) -> Instant {
        self.since + self.least().within
    }

    /// Whether it arrives fast enough, if enough time has passed to tell.
    pub(super) fn judge(&mut self, now: Instant) -> Result<(), FetchError> {
        let Least { within, bytes: least } = self.least();
        if now < self.since + within {
            return Ok(());
        }
        if self.recent < least {
            return Err(FetchError::TooSlow { bytes: self.recent, within, least });
        }
        (self.since, self.recent) = (now, 0);
        Ok(())
    }

    fn least(&self) -> Least {
        if self.is_large || self.bytes > SMALL_BYTES { LARGE } else { SMALL }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// What becomes of a body of which `bytes` come each time after so many milliseconds, and then nothing more: the
    /// second at which it is given up, and what is said.
    #[track_caller]
    fn check(steps: &[(u64, usize)], expected: (u64, &str)) {
        check_of(false, steps, expected);
    }

    /// The same of one that says in advance whether it is large.
    #[track_caller]
    fn check_of(is_large: bool, steps: &[(u64, usize)], expected: (u64, &str)) {
        let begin = Instant::now();
        let (mut pace, mut now, mut ended) = (Pace::from(begin, is_large), begin, None);
        let judge = |pace: &mut Pace, from: Instant, until: Instant| {
            while pace.judged_at() <= until {
                let at = pace.judged_at().max(from);
                if let Err(error) = pace.judge(at) {
                    return Some(((at - begin).as_secs(), error.to_string()));
                }
            }
            None
        };
        for (wait_ms, bytes) in steps {
            let before = now;
            now += Duration::from_millis(*wait_ms);
            ended = ended.or_else(|| judge(&mut pace, before, now));
            pace.came(*bytes, Duration::ZERO).unwrap();
        }
        let ended = ended.or_else(|| judge(&mut pace, now, now + Duration::from_secs(100)));
        let (at, why) = ended.unwrap();
        assert_eq!((at, why.as_str()), expected, "{:?} ...", &steps[..steps.len().min(3)]);
    }

    #[test]
    fn a_body_that_trickles_is_given_up_and_one_that_pauses_is_not() {
        let of_small = "the server sent 0 bytes of the body in 15 s, slower than the least of 1000 bytes in that time";
        let of_large = "the server sent 0 bytes of the body in 5 s, slower than the least of 65536 bytes in that time";
        let said = |text: &str, bytes: usize| text.replacen("sent 0", &format!("sent {bytes}"), 1);
        check(&[(0, 900)], (15, &said(of_small, 900)));
        check(&[(0, 1000)], (30, of_small));
        // A byte a second; a kilobyte after a pause; a line as slow as may be, for a minute and a half.
        check(&[(1000, 1); 60], (15, &said(of_small, 14)));
        check(&[(14_000, 1000)], (30, of_small));
        check(&[(1000, 72); 90], (105, &said(of_small, 72)));
        // Who has the room of a large one uses it.
        check_of(true, &[(1000, 80); 60], (5, &said(of_large, 320)));
        check_of(true, &[(1000, 20_000); 60], (65, &said(of_large, 20_000)));
        // Nearly all of a large one at once, and then a byte now and then.
        check(&[(100, 9_900_000)], (10, of_large));
        check(&[(100, 9_900_000), (8000, 1)], (10, &said(of_large, 1)));
        check(&[(100, 9_900_000), (4000, 1), (4000, 1)], (10, &said(of_large, 1)));
        // 60 kB in 5 s are too few once it is large; before it is, they are plenty.
        check(&[(1000, 12_000); 60], (16, &said(of_large, 48_000)));
        check(&[(1000, 17_000); 60], (63, &said(of_large, 51_000)));
    }

    #[test]
    fn what_a_wait_of_ours_took_is_left_out() {
        let begin = Instant::now();
        let mut pace = Pace::from(begin, false);
        pace.came(200_000, Duration::from_secs(60)).unwrap();
        assert_eq!(pace.judged_at(), begin + Duration::from_secs(65));
    }

    /// How many pieces of these sizes in turn are taken.
    #[track_caller]
    fn taken(sizes: &[usize], expected: Option<usize>) {
        let mut pace = Pace::from(Instant::now(), false);
        let given_up = (1..=200_000).find(|n| pace.came(sizes[n % sizes.len()], Duration::ZERO).is_err());
        assert_eq!(given_up, expected, "pieces of {sizes:?}");
    }

    #[test]
    fn crumbs_are_given_up_and_many_small_pieces_are_not() {
        taken(&[1], Some(10_001));
        taken(&[0], Some(10_001));
        taken(&[60], Some(10_001));
        taken(&[1, 1, 1, 100], Some(10_001));
        taken(&[66], None);
        taken(&[1, 200], None);
        taken(&[1400], None);
        let mut pace = Pace::from(Instant::now(), false);
        // A line at a time first, in crumbs at the end.
        let pieces = (0..1_000_000).take_while(|n| pace.came(if *n < 5000 { 100 } else { 1 }, Duration::ZERO).is_ok());
        assert_eq!(pieces.count(), 10_000);
    }
}
