//! What is under way, noted in a small file beside the database before it begins: a process that is killed over a feed
//! or an alert leaves behind which one it was. It is written to and not synced, as what a killed process wrote is there
//! all the same.
//!
//! A line a note, the last word counts: `+ 12` feed 12 is asked, `! 12` it is asked as the only suspect, `- 12` it is
//! settled; `? 12 1` it is a suspect, and the process ended once while it was the only one; `> log 5 9` the records 5
//! to 9 are on their way to the sink, `< log` they are there; `% log 5 9 1` they are suspects after so many ends.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::FeedId;

/// The file holds what was noted since it was last written anew: some thousands of polls.
const BYTES_MAX: usize = 64 * 1024;
/// Suspects that are remembered: more cannot be under way at once.
const SUSPECTS_MAX: usize = 2_000;
/// Nobody else's business.
const MODE: u32 = 0o600;

/// Records of one sink, by their numbers: the first and the last.
pub(super) type Range = (i64, i64);

/// The notes, shared by all who begin something.
#[derive(Clone, Debug)]
pub(super) struct Trail(Arc<Mutex<State>>);

/// What an earlier process left.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Feeds over which the process ended, each as the only suspect, and how often.
    pub(super) convicted: Vec<(FeedId, u32)>,
    /// Records over which it ended, by sink.
    pub(super) records: Vec<(String, Range, u32)>,
}

#[derive(Debug, Default)]
struct Notes {
    /// Feeds that are asked or settled, in the order of beginning, and whether as a suspect by itself.
    under_way: Vec<(i64, bool)>,
    /// Feeds that were under way when a process ended, and how often they were the only suspect then.
    suspects: BTreeMap<i64, u32>,
    carried: BTreeMap<String, Range>,
    /// The same of records.
    suspect_records: BTreeMap<String, BTreeMap<Range, u32>>,
}

#[derive(Debug)]
struct State {
    path: PathBuf,
    /// None while it cannot be written.
    file: Option<File>,
    bytes: usize,
    under_way: BTreeSet<i64>,
    carried: BTreeMap<String, Range>,
    suspects: BTreeMap<i64, u32>,
    suspect_records: BTreeMap<String, BTreeMap<Range, u32>>,
}

impl Trail {
    /// Reads the notes of the last run, and starts a new file.
    pub(super) fn open(database: &Path) -> (Trail, Found) {
        let mut path = database.as_os_str().to_owned();
        path.push(".under-way");
        let path = PathBuf::from(path);
        let left = std::fs::read(&path).unwrap_or_default();
        let notes = Notes::read(&String::from_utf8_lossy(&left));
        let (suspects, convicted) = notes.judge();
        let (suspect_records, records) = notes.judge_records();
        let mut state = State {
            path,
            file: None,
            bytes: 0,
            under_way: BTreeSet::new(),
            carried: BTreeMap::new(),
            suspects,
            suspect_records,
        };
        state.write_anew();
        (Trail(Arc::new(Mutex::new(state))), Found { convicted, records })
    }

    /// Notes are whole after any panic.
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the process ended while a feed was under way, and it has not been asked since.
    pub(super) fn suspects(&self, feed: FeedId) -> bool {
        self.with(|state| state.suspects.contains_key(&feed.0))
    }

    /// How many such feeds there are.
    pub(super) fn suspects_in_all(&self) -> usize {
        self.with(|state| state.suspects.len())
    }

    /// Forgets suspects that are no longer polled.
    pub(super) fn keep_suspects(&self, is_polled: impl Fn(FeedId) -> bool) {
        self.with(|state| {
            state.suspects.retain(|feed, _| is_polled(FeedId(*feed)));
            state.write_anew();
        });
    }

    /// Which feeds are suspects.
    pub(super) fn all_suspects(&self) -> Vec<FeedId> {
        self.with(|state| state.suspects.keys().copied().map(FeedId).collect())
    }

    /// A feed over which processes have ended before is asked by itself.
    pub(super) fn suspect(&self, feed: FeedId) {
        self.with(|state| {
            if state.suspects.insert(feed.0, 0).is_none() {
                state.note(&format!("? {} 0\n", feed.0));
            }
        });
    }

    /// These are asked now.
    pub(super) fn begins(&self, feeds: &[FeedId]) {
        self.with(|state| {
            let mut notes = String::with_capacity(feeds.len() * 8);
            for FeedId(feed) in feeds {
                let sign = if state.suspects.contains_key(feed) { '!' } else { '+' };
                state.under_way.insert(*feed);
                let _ = writeln!(notes, "{sign} {feed}");
            }
            state.note(&notes);
        });
    }

    /// These are settled, or were not asked after all.
    pub(super) fn ends(&self, feeds: impl Iterator<Item = FeedId>) {
        self.with(|state| {
            let mut notes = String::new();
            for FeedId(feed) in feeds {
                state.under_way.remove(&feed);
                state.suspects.remove(&feed);
                let _ = writeln!(notes, "- {feed}");
            }
            state.note(&notes);
        });
    }

    /// How many of these records a sink may be given at once: while any of them is a suspect they go one by one.
    pub(super) fn at_once(&self, sink: &str, records: Range, most: usize) -> usize {
        self.with(|state| {
            let ranges = state.suspect_records.get(sink);
            let touches = |range: &Range| range.0 <= records.1 && records.0 <= range.1;
            if ranges.is_some_and(|ranges| ranges.keys().any(touches)) { 1 } else { most }
        })
    }

    /// These records are on their way to a sink.
    pub(super) fn carries(&self, sink: &str, records: Range) {
        self.with(|state| {
            state.carried.insert(sink.to_owned(), records);
            state.note(&format!("> {sink} {} {}\n", records.0, records.1));
        });
    }

    /// What was on its way to a sink is there, or is not known to do harm.
    pub(super) fn carried(&self, sink: &str) {
        self.with(|state| {
            if let Some((from, to)) = state.carried.remove(sink) {
                if let Some(ranges) = state.suspect_records.get_mut(sink) {
                    ranges.retain(|range, _| is_left(*range, (from, to)));
                }
                state.note(&format!("< {sink}\n"));
            }
        });
    }

    /// A record is not carried any more.
    pub(super) fn forget(&self, sink: &str, record: i64) {
        self.with(|state| {
            if let Some(ranges) = state.suspect_records.get_mut(sink) {
                ranges.remove(&(record, record));
            }
            state.write_anew();
        });
    }

    /// The process ends in good order: nothing that is under way is to blame.
    pub(super) fn rests(&self) {
        self.with(|state| {
            state.under_way.clear();
            state.carried.clear();
            state.write_anew();
            if state.suspects.is_empty() && state.suspect_records.values().all(BTreeMap::is_empty) {
                let _ = std::fs::remove_file(&state.path);
            }
        });
    }
}

impl State {
    fn note(&mut self, notes: &str) {
        if notes.is_empty() {
            return;
        }
        if self.bytes + notes.len() > BYTES_MAX {
            self.write_anew();
            return;
        }
        self.bytes += notes.len();
        let Some(file) = &mut self.file else { return };
        if let Err(error) = file.write_all(notes.as_bytes()) {
            self.cannot_write(&error);
        }
    }

    /// Polling continues without it; but after an unclean end the running polls are not known.
    fn cannot_write(&mut self, error: &io::Error) {
        tracing::warn!("cannot note what is under way in {}: {error}", self.path.display());
        self.file = None;
    }

    /// Writes the file again with the current notes.
    fn write_anew(&mut self) {
        let mut text = String::new();
        for (feed, ends) in &self.suspects {
            let _ = writeln!(text, "? {feed} {ends}");
        }
        for (sink, ranges) in &self.suspect_records {
            for ((from, to), ends) in ranges {
                let _ = writeln!(text, "% {sink} {from} {to} {ends}");
            }
        }
        for feed in &self.under_way {
            let sign = if self.suspects.contains_key(feed) { '!' } else { '+' };
            let _ = writeln!(text, "{sign} {feed}");
        }
        for (sink, (from, to)) in &self.carried {
            let _ = writeln!(text, "> {sink} {from} {to}");
        }
        let mut part = self.path.clone().into_os_string();
        part.push(".part");
        let written =
            File::options().create(true).write(true).truncate(true).mode(MODE).open(&part).and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                std::fs::rename(&part, &self.path)?;
                Ok(file)
            });
        self.bytes = text.len();
        match written {
            Ok(file) => self.file = Some(file),
            Err(error) => self.cannot_write(&error),
        }
    }
}

/// Whether suspects still are when some records are there: records go in order, but for single ones that were put off.
fn is_left(suspects: Range, there: Range) -> bool {
    match suspects.0 == suspects.1 {
        true => !(there.0..=there.1).contains(&suspects.0),
        false => suspects.1 > there.1,
    }
}

impl Notes {
    /// A line that makes no sense is none: the last one may be torn, and a power cut may leave anything.
    fn read(text: &str) -> Notes {
        let mut notes = Notes::default();
        for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            let words: Vec<&str> = line.split(' ').collect();
            let number = |at: usize| words.get(at).and_then(|word| word.parse::<i64>().ok());
            let count = |at: usize| number(at).and_then(|count| u32::try_from(count).ok()).unwrap_or_default();
            match (words.first().copied(), number(1), number(2).zip(number(3))) {
                (Some(sign @ ("+" | "!")), Some(feed), _) => {
                    notes.under_way.retain(|(other, _)| *other != feed);
                    notes.under_way.push((feed, sign == "!"));
                }
                (Some("-"), Some(feed), _) => {
                    notes.under_way.retain(|(other, _)| *other != feed);
                    notes.suspects.remove(&feed);
                }
                (Some("?"), Some(feed), _) => drop(notes.suspects.insert(feed, count(2))),
                (Some(">"), _, Some(range)) => drop(notes.carried.insert(words[1].to_owned(), range)),
                (Some("%"), _, Some(range)) => {
                    notes.suspect_records.entry(words[1].to_owned()).or_default().insert(range, count(4));
                }
                (Some("<"), ..) if words.len() == 2 => {
                    let carried = notes.carried.remove(words[1]);
                    if let (Some((from, to)), Some(ranges)) = (carried, notes.suspect_records.get_mut(words[1])) {
                        ranges.retain(|range, _| is_left(*range, (from, to)));
                    }
                }
                _ => {}
            }
        }
        notes
    }

    /// Who is suspected from now on, and who is taken for the cause. Of several suspects that were asked, since one of
    /// them took its time, it is the last one, and who was among them twice.
    fn judge(&self) -> (BTreeMap<i64, u32>, Vec<(FeedId, u32)>) {
        let mut suspects = self.suspects.clone();
        suspects.extend(
            self.under_way.iter().filter(|(feed, _)| !self.suspects.contains_key(feed)).map(|(feed, _)| (*feed, 0)),
        );
        let alone: Vec<i64> = self.under_way.iter().filter(|(_, alone)| *alone).map(|(feed, _)| *feed).collect();
        let mut convicted = Vec::new();
        for feed in &alone {
            let ends = suspects.get(feed).copied().unwrap_or_default() + 1;
            if Some(feed) == alone.last() || ends > 1 {
                suspects.remove(feed);
                convicted.push((FeedId(*feed), ends));
            } else {
                suspects.insert(*feed, ends);
            }
        }
        (suspects.into_iter().take(SUSPECTS_MAX).collect(), convicted)
    }

    /// The same of records: what was on its way goes one by one, and who was alone counts one end more.
    #[expect(clippy::type_complexity, reason = "suspects by sink, and who was alone")]
    fn judge_records(&self) -> (BTreeMap<String, BTreeMap<Range, u32>>, Vec<(String, Range, u32)>) {
        let mut suspects = self.suspect_records.clone();
        let mut alone = Vec::new();
        for (sink, range) in &self.carried {
            let ranges = suspects.entry(sink.clone()).or_default();
            // Whoever was alone is a range of its own, beside the one that it was taken from.
            let before = ranges.get(range).copied().unwrap_or_else(|| {
                let wider = ranges.iter().filter(|((from, to), _)| (*from..=*to).contains(&range.0));
                wider.map(|(_, ends)| *ends).max().unwrap_or_default()
            });
            ranges.insert(*range, before + 1);
            if range.0 == range.1 {
                alone.push((sink.clone(), *range, before + 1));
            }
        }
        (suspects, alone)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// What is judged of these notes: suspects with how often they were alone, and who is convicted.
    fn check(notes: &[&str], suspects: &[(i64, u32)], convicted: &[i64]) {
        let judged = Notes::read(&notes.iter().map(|note| format!("{note}\n")).collect::<String>()).judge();
        let of: Vec<i64> = judged.1.iter().map(|(feed, _)| feed.0).collect();
        assert_eq!(
            (judged.0.into_iter().collect::<Vec<_>>(), of),
            (suspects.to_vec(), convicted.to_vec()),
            "{notes:?}"
        );
    }

    #[test]
    fn what_was_under_way_is_suspected_and_who_was_alone_twice_is_the_cause() {
        check(&[], &[], &[]);
        check(&["+ 1", "+ 2", "- 1"], &[(2, 0)], &[]);
        check(&["+ 1", "+ 2", "- 1", "- 2"], &[], &[]);
        check(&["? 1 0", "? 2 0", "! 1", "+ 3"], &[(2, 0), (3, 0)], &[1]);
        check(&["? 1 0", "? 2 0", "! 1", "- 1", "! 2"], &[], &[2]);
        check(&["? 1 0", "? 2 0", "! 1", "- 1"], &[(2, 0)], &[]);
        // One that takes its time beside another: the later one first, and who is there again.
        check(&["? 1 0", "? 2 0", "! 1", "! 2"], &[(1, 1)], &[2]);
        check(&["? 1 1", "? 2 0", "! 1", "! 2"], &[], &[1, 2]);
        // What a power cut leaves.
        check(&["+ 1", "+ x", "nonsense", "", "? ", "> log", "+ 2 3 4"], &[(1, 0), (2, 0)], &[]);
    }

    #[test]
    fn a_torn_line_is_none() {
        assert_eq!(Notes::read("+ 1\n+ 12").under_way, [(1, false)]);
    }

    #[test]
    fn what_is_noted_is_found_by_the_next_process_and_a_good_end_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        let open = || Trail::open(&database);
        let begin = |trail: &Trail, feed: i64| trail.begins(&[FeedId(feed)]);
        let (trail, found) = open();
        assert_eq!(found, Found::default());
        (1..=3).for_each(|feed| begin(&trail, feed));
        trail.ends([FeedId(3)].into_iter());
        drop(trail);
        let (trail, found) = open();
        assert_eq!((found.convicted, trail.all_suspects()), (Vec::new(), vec![FeedId(1), FeedId(2)]));
        begin(&trail, 1);
        trail.ends([FeedId(1)].into_iter());
        begin(&trail, 2);
        let (trail, found) = open();
        assert_eq!((found.convicted, trail.suspects_in_all()), (vec![(FeedId(2), 1)], 0));
        // Many thousands of polls leave a small file.
        for feed in 0..20_000 {
            begin(&trail, feed);
            trail.ends([FeedId(feed)].into_iter());
        }
        begin(&trail, 7);
        let path = folder.path().join("a.db.under-way");
        assert!(std::fs::metadata(&path).unwrap().len() <= BYTES_MAX as u64);
        assert_eq!(open().0.all_suspects(), [FeedId(7)]);
        let (trail, _) = open();
        begin(&trail, 7);
        trail.ends([FeedId(7)].into_iter());
        trail.rests();
        assert!(!path.exists());
    }

    #[test]
    fn records_go_one_by_one_after_an_end_and_each_counts_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        let (trail, _) = Trail::open(&database);
        trail.carries("log", (5, 9));
        let (trail, found) = Trail::open(&database);
        assert_eq!(found.records, []);
        let at_once = |sink: &str, range| trail.at_once(sink, range, 256);
        assert_eq!((at_once("log", (4, 5)), at_once("log", (10, 11)), at_once("x", (5, 9))), (1, 256, 256));
        trail.carries("log", (5, 5));
        trail.carried("log");
        trail.carries("log", (6, 6));
        let (trail, found) = Trail::open(&database);
        assert_eq!(found.records, [("log".to_owned(), (6, 6), 2)]);
        assert_eq!(trail.at_once("log", (7, 20), 256), 1, "those behind it stay suspects");
        trail.carries("log", (6, 6));
        assert_eq!(Trail::open(&database).1.records, [("log".to_owned(), (6, 6), 3)]);
    }
}
