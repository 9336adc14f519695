//! Kills at a chosen commit: what stands on the disk is taken back to an earlier commit, as if the process had ended just
//! after it.
//!
//! In SQLite's WAL each transaction is a run of frames, the last of which says so. All that a process that was killed leaves
//! behind is the database file, the beginning of its WAL, and alerts.jsonl up to some byte. So a kill at any commit can be
//! played by cutting the WAL after it, as long as no checkpoint came in between, and the alert log somewhere between what
//! that commit marked and what the first one that is cut off would have marked.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

/// Bytes before the first frame, and before the page of each.
const WAL_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// Frames after which SQLite checkpoints by itself: then the database file holds what the WAL is to be cut of.
const CHECKPOINT_FRAMES: usize = 1000;

/// How far the WAL had come at a moment, and which WAL that was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    salts: Vec<u8>,
    commits: usize,
}

/// Keeps a database's WAL in being when the process's own connection closes: the last to leave empties it.
pub(super) fn keep_wal(database: &Path) -> Connection {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    connection.query_row("select count(*) from feed", [], |_| Ok(())).unwrap();
    connection
}

/// Where the WAL stands now.
pub(super) fn mark(database: &Path) -> Mark {
    let wal = fs::read(wal_of(database)).unwrap_or_default();
    Mark { commits: commits(&wal).len(), salts: wal.get(16..24).unwrap_or_default().to_vec() }
}

/// Takes the database and the alert log back by so many commits, but not behind `mark`, nor behind the bytes of each log
/// file, by inode, that were read of it. `keeper` is what `keep_wal` gave. `torn`: the log ends within what the first lost commit would have marked.
pub(super) fn lose_commits(
    database: &Path,
    log: &Path,
    keeper: Connection,
    mark: &Mark,
    lost: usize,
    torn: bool,
    read: &HashMap<u64, u64>,
) {
    let wal = fs::read(wal_of(database)).unwrap_or_default();
    let main = fs::read(database).unwrap();
    drop(keeper);
    let ends = commits(&wal);
    let same = wal.get(16..24) == Some(&mark.salts[..]);
    let frames = wal.len().saturating_sub(WAL_HEADER) / FRAME_HEADER.max(page_size(&wal) + FRAME_HEADER);
    let may_lose = if same && frames < CHECKPOINT_FRAMES { ends.len().saturating_sub(mark.commits.max(1)) } else { 0 };
    let mut kept = ends.len() - lost.min(may_lose);
    if kept == ends.len() {
        return;
    }
    let cursor = |kept: usize| cursor_at(database, &main, &wal[..ends[kept - 1]]);
    let (mut before, mut next) = (cursor(kept), None);
    for later in kept + 1..=ends.len() {
        let moved = cursor(later).filter(|moved| Some(*moved) != before);
        if moved.is_some() {
            (kept, next) = (later - 1, moved);
            break;
        }
    }
    before = before.or(next.map(|(inode, _)| (inode, 0)));
    fs::write(database, &main).unwrap();
    fs::write(wal_of(database), &wal[..ends[kept - 1]]).unwrap();
    let _ = fs::remove_file(beside(database, "-shm"));
    // Without a mark among what is lost, the log is what it was; with one of another file, it was rotated in between.
    let (Some((inode, from)), Some((_, to))) =
        (before, next.filter(|(inode, _)| before.is_some_and(|(held, _)| held == *inode)))
    else {
        return;
    };
    let until = if torn { from + (to - from) * 2 / 3 } else { to };
    if let Some(file) = logs(log).into_iter().find(|file| fs::metadata(file).is_ok_and(|held| held.ino() == inode)) {
        let file = fs::File::options().write(true).open(file).unwrap();
        let until = until.max(read.get(&inode).copied().unwrap_or_default());
        if until < file.metadata().unwrap().len() {
            file.set_len(until).unwrap();
        }
    }
}

/// The alert log and its rotated files.
pub(super) fn logs(log: &Path) -> Vec<PathBuf> {
    let name = log.file_name().unwrap().to_string_lossy().into_owned();
    let files = fs::read_dir(log.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.is_file() && path.file_name().unwrap().to_string_lossy().starts_with(&name)).collect();
    files.sort();
    files
}

/// Inode and offset of the log's cursor, in a database with such a WAL.
fn cursor_at(database: &Path, main: &[u8], wal: &[u8]) -> Option<(u64, u64)> {
    let copy = beside(database, ".glance");
    fs::write(&copy, main).unwrap();
    fs::write(wal_of(&copy), wal).unwrap();
    let connection = Connection::open(&copy).unwrap();
    let sql = "select inode, offset from log_cursor where sink = 'log'";
    let cursor = connection
        .query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, i64>(1)?.cast_unsigned())));
    drop(connection);
    ["", "-wal", "-shm"].iter().for_each(|end| drop(fs::remove_file(beside(&copy, end))));
    cursor.ok()
}

/// Where each commit of a WAL ends, in bytes.
fn commits(wal: &[u8]) -> Vec<usize> {
    let Some(salts) = wal.get(16..24) else { return Vec::new() };
    let size = FRAME_HEADER + page_size(wal);
    let frames = wal[WAL_HEADER..].chunks_exact(size).take_while(|frame| &frame[8..16] == salts);
    let ends = frames.enumerate().filter(|(_, frame)| frame[4..8] != [0; 4]);
    ends.map(|(n, _)| WAL_HEADER + (n + 1) * size).collect()
}

fn page_size(wal: &[u8]) -> usize {
    wal.get(8..12).map_or(0, |bytes| u32::from_be_bytes(bytes.try_into().unwrap()) as usize)
}

fn wal_of(database: &Path) -> PathBuf {
    beside(database, "-wal")
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}
