//! What happens to a database before it is used: made private, checked after an unclean stop, copied and upgraded.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};

use super::{Result, StoreError};

/// Pages that a writing connection keeps, in KiB; they come as they are used. A hit looks up words all over the database: with
/// SQLite's own 2 MB nearly every one is read anew.
const CACHE_KIB: i64 = 16 * 1024;

/// Its owner's alone: it holds the addresses of feeds with their passwords.
pub(super) const MODE: u32 = 0o600;
/// Faults that are shown of a damaged database; what follows them is of the same kind.
const FAULTS_MAX: usize = 3;
/// Log that is left on disk when all of it is in the database: what a large transaction once needed is given back.
const LOG_BYTES_LEFT: i64 = 32 << 20;

/// What takes its time while a database is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    /// The last run did not stop in good order: the database is checked.
    Checking {
        /// Its size.
        bytes: u64,
    },
    /// The check found nothing.
    Whole,
    /// It is copied before its upgrade.
    Copying {
        /// Its size.
        bytes: u64,
        /// To here.
        copy: PathBuf,
    },
    /// It was upgraded.
    Upgraded {
        /// From this schema version.
        from: u32,
        /// To this one.
        to: u32,
    },
}

/// Hears of what takes its time.
pub(super) type Tell<'a> = &'a mut dyn FnMut(Opening);

/// Makes an empty file where there is none, so that SQLite does not make one that others may read.
pub(super) fn make_private(path: &Path) -> std::io::Result<()> {
    File::options().create(true).append(true).mode(MODE).open(path).map(drop)
}

/// Gives a file that was written its final name; a power cut leaves the one or the other, never half a file.
pub(super) fn safe_rename(from: &Path, to: &Path) -> std::io::Result<()> {
    File::open(from)?.sync_all()?;
    std::fs::rename(from, to)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A file system that cannot sync folders loses only a power cut's race.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Sets up how the connection works, whatever the version of the database.
pub(super) fn set_up(connection: &Connection) -> Result<()> {
    // Must come before the first table: it cannot be changed later without rewriting the file.
    connection.pragma_update(None, "auto_vacuum", "incremental")?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_LEFT)?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(())
}

/// Looks through the database if its last run did not stop in good order. A stop in good order is noted in `run`.
pub(super) fn check_after_a_crash(connection: &Connection, path: &Path, tell: Tell<'_>) -> Result<()> {
    let has_runs = connection.table_exists(None, "run")?;
    if !has_runs || last_stop_was_clean(connection)? {
        return Ok(());
    }
    tell(Opening::Checking { bytes: size(path) });
    check(connection, path, "quick_check")?;
    tell(Opening::Whole);
    Ok(())
}

/// The size of a file; nothing depends on it but what is told.
pub(super) fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn last_stop_was_clean(connection: &Connection) -> Result<bool> {
    let sql = "select stopped_at is not null from run order by started_at desc limit 1";
    Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or(true))
}

/// Asks SQLite whether the database is whole: `quick_check`, or `integrity_check`, which compares indexes too.
pub(super) fn check(connection: &Connection, path: &Path, how: &str) -> Result<()> {
    let mut read = connection.prepare(&format!("pragma {how}({FAULTS_MAX})"))?;
    let faults = read.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    match faults.as_slice() {
        [fault] if fault == "ok" => Ok(()),
        faults => {
            let faults = faults.iter().flat_map(|fault| fault.lines()).take(FAULTS_MAX).collect::<Vec<_>>().join("; ");
            Err(StoreError::NotWhole { path: path.to_owned(), faults })
        }
    }
}
