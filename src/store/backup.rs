//! Backups: a consistent copy beside a running daemon, and a database made from one. Never writes over what is there.

use std::collections::HashSet;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, params};

use super::care::{matter, put_matter};
use super::opening::{self, make_private, safe_rename, size};
use super::outcomes::TOLD;
use super::row::instant;
use super::{BUSY_TIMEOUT, Result, Store, StoreError, lock, schema};
use crate::clock::Timestamp;

/// Pages copied between two looks at how far it is: 4 MB.
const PAGES_AT_ONCE: i32 = 1024;
/// A moment is waited for in which no alert is between the database and its log ...
const MOMENTS_MAX: u32 = 50;
/// ... and looked for so often. Without one (a full disk, say) the backup is made all the same.
const MOMENT: Duration = Duration::from_millis(40);

const BACKED_UP_AT: &str = "backed_up_at";
const RESTORED_AT: &str = "restored_at";

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holds {
    /// The version of its schema.
    pub schema: u32,
    /// When it was made; none of a file that was copied by other means.
    pub made_at: Option<Timestamp>,
    /// Feeds that are polled.
    pub feeds: usize,
    /// Articles.
    pub articles: usize,
    /// Alerts raised.
    pub alerts: usize,
    /// Alerts that the log or the journal is still owed: told after a restore, though the running daemon tells them too.
    pub owed: usize,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Copies the database at `path` into a new file `to`, as it stands at one moment, whoever polls with it meanwhile. The
/// copy is whole, checked and on disk, or not there. `progress` hears how many pages of how many are copied.
pub fn backup(path: &Path, to: &Path, now: Timestamp, mut progress: impl FnMut(usize, usize)) -> Result<Holds> {
    refuse_existing(to)?;
    if !path.exists() {
        return Err(Store::open_to_read(path).expect_err("there is no such file"));
    }
    let from = open_plainly(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    schema::refuse_newer(&from, path)?;
    let part = beside(to, ".part");
    let copied = in_part(&part, to, || {
        begin_between_alerts(&from)?;
        let mut copy = open_plainly(&part, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        copy_pages(&from, &mut copy, &mut progress)?;
        // One file, for any medium: no log beside it.
        copy.pragma_update(None, "journal_mode", "delete")?;
        if copy.table_exists(None, "matter")? {
            put_matter(&copy, BACKED_UP_AT, now.as_microsecond())?;
        }
        opening::check(&copy, &part, "quick_check")?;
        holds(&copy, &part)
    })?;
    Ok(Holds { bytes: size(to), ..copied })
}

/// Makes the database at `path` from the backup `from`, after looking through it. Where a database is already, it is
/// kept aside if `aside` is given, and else nothing is done. Refused while a feedwatch polls with it.
pub fn restore(from: &Path, path: &Path, aside: Option<&Path>, now: Timestamp) -> Result<Holds> {
    let cannot_open =
        |error: std::io::Error| StoreError::CannotOpen { path: path.to_owned(), cause: error.to_string() };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(cannot_open)?;
    let _sole_poller = lock(path)?;
    if aside.is_none() {
        refuse_existing(path)?;
    }
    let backup = open_backup(from)?;
    let before = holds(&backup, from)?;
    let part = beside(path, ".restoring");
    for left_over in ["-wal", "-shm", "-journal"] {
        let _ = std::fs::remove_file(beside(&part, left_over));
    }
    in_part(&part, path, || {
        let mut copy = open_plainly(&part, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        copy_pages(&backup, &mut copy, &mut |_, _| {})?;
        opening::check(&copy, from, "integrity_check")?;
        schema::prepare_copy(&mut copy, &part)?;
        put_matter(&copy, RESTORED_AT, now.as_microsecond())?;
        // It speaks of a file of then, which another may be taken for.
        copy.execute("delete from log_cursor", [])?;
        copy.pragma_update(None, "journal_mode", "delete")?;
        drop(copy);
        if let Some(aside) = aside.filter(|_| path.exists()) {
            put_aside(path, aside).map_err(cannot_open)?;
        }
        Ok(())
    })?;
    give_to_owner_of(folder, &[path, &beside(path, ".lock")]).map_err(cannot_open)?;
    Ok(Holds { bytes: size(path), ..before })
}

impl Store {
    /// When this database was restored from a backup, until `told_before` has said what was told since that was made.
    pub fn restored_at(&self) -> Result<Option<Timestamp>> {
        Ok(matter(&self.lock(), RESTORED_AT)?.map(instant))
    }

    /// Notes records that an alert log holds: those that are not known here were told after the backup was made and are
    /// not told again. How many were not known.
    pub fn told_before(&self, ids: &HashSet<String>, now: Timestamp) -> Result<usize> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let mut unknown = 0;
        {
            let mut note = transaction.prepare(
                "insert or ignore into told_before select ?1 where not exists (select 1 from alert where id = ?1)",
            )?;
            for id in ids {
                unknown += note.execute([id])?;
            }
            // The log asks its file before it writes; the journal would tell them once more.
            let mut tell = transaction.prepare(
                "update delivery set delivered_at = ?2 where sink = 'journal' and delivered_at is null \
                 and alert in (select seq from alert where id = ?1)",
            )?;
            for id in ids {
                tell.execute(params![id, now.as_microsecond()])?;
            }
        }
        transaction.execute("delete from matter where name = ?1", [RESTORED_AT])?;
        transaction.commit()?;
        Ok(unknown)
    }
}

/// Whether a record was told before this database was restored.
pub(super) fn was_told(connection: &Connection, id: &str) -> Result<bool> {
    Ok(connection.prepare_cached("select 1 from told_before where id = ?1")?.exists([id])?)
}

/// Opens a file that shall be restored, and refuses what is no database of feedwatch, or of a later one.
fn open_backup(from: &Path) -> Result<Connection> {
    let not_one = |cause: &str| StoreError::NoBackup { path: from.to_owned(), cause: cause.to_owned() };
    if !from.is_file() {
        return Err(not_one("there is no such file"));
    }
    let backup = open_plainly(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    match backup.table_exists(None, "article") {
        Ok(true) => {}
        Ok(false) => return Err(not_one("it is no database of feedwatch")),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
            return Err(not_one("it is no SQLite database"));
        }
        Err(error) => return Err(not_one(&error.to_string())),
    }
    schema::refuse_newer(&backup, from)?;
    Ok(backup)
}

fn open_plainly(path: &Path, access: OpenFlags) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| StoreError::CannotOpen { path: path.to_owned(), cause: error.to_string() })?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

/// Begins to read at a moment in which the log and the journal are owed nothing: what a backup says is owed would be told
/// again after a restore, though the daemon that runs now tells it in a moment.
fn begin_between_alerts(from: &Connection) -> Result<()> {
    for left in (0..MOMENTS_MAX).rev() {
        from.execute_batch("begin")?;
        if owed(from)? == 0 || left == 0 {
            return Ok(());
        }
        from.execute_batch("rollback")?;
        std::thread::sleep(MOMENT);
    }
    Ok(())
}

fn owed(connection: &Connection) -> Result<usize> {
    let sql = "select count(*) from delivery where sink in ('log', 'journal') and delivered_at is null";
    Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))? as usize)
}

/// Within the transaction that `from` has begun, if it has: then it is one moment, however long it takes.
fn copy_pages(from: &Connection, to: &mut Connection, progress: &mut dyn FnMut(usize, usize)) -> Result<()> {
    let copying = Backup::new(from, to)?;
    loop {
        match copying.step(PAGES_AT_ONCE)? {
            StepResult::Done => return Ok(()),
            StepResult::Busy | StepResult::Locked => std::thread::sleep(MOMENT),
            _ => {
                let at = copying.progress();
                let pages = at.pagecount.max(0) as usize;
                progress(pages.saturating_sub(at.remaining.max(0) as usize), pages);
            }
        }
    }
}

fn holds(connection: &Connection, path: &Path) -> Result<Holds> {
    let count = |what: &str| -> Result<usize> {
        let sql = format!("select count(*) from {what}");
        Ok(connection.query_row(&sql, [], |row| row.get::<_, i64>(0))? as usize)
    };
    let made_at = match connection.table_exists(None, "matter")? {
        true => matter(connection, BACKED_UP_AT)?.map(instant),
        false => None,
    };
    Ok(Holds {
        schema: schema::version(connection)?,
        made_at,
        feeds: count("feed where listed")?,
        articles: count("article")?,
        alerts: count(&format!("alert where outcome in {TOLD} and kind = 'alert'"))?,
        owed: owed(connection)?,
        bytes: size(path),
    })
}

/// Has a file written under another name, and gives it its own once it is whole.
fn in_part<T>(part: &Path, whole: &Path, write: impl FnOnce() -> Result<T>) -> Result<T> {
    let cannot_write = |error: std::io::Error| StoreError::CannotWrite { path: whole.to_owned(), error };
    let _ = std::fs::remove_file(part);
    make_private(part).map_err(cannot_write)?;
    let written = write().and_then(|value| safe_rename(part, whole).map(|()| value).map_err(cannot_write));
    if written.is_err() {
        let _ = std::fs::remove_file(part);
    }
    written
}

fn refuse_existing(path: &Path) -> Result<()> {
    match path.symlink_metadata() {
        Ok(_) => Err(StoreError::Exists { path: path.to_owned() }),
        Err(_) => Ok(()),
    }
}

/// A database with its log: SQLite finds the one by the name of the other.
fn put_aside(path: &Path, aside: &Path) -> std::io::Result<()> {
    for end in ["-wal", "-shm"] {
        match std::fs::rename(beside(path, end), beside(aside, end)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    std::fs::rename(path, aside)
}

/// Files that root made in somebody's folder are that one's: the daemon must be able to open them.
fn give_to_owner_of(folder: &Path, files: &[&Path]) -> std::io::Result<()> {
    let owner = std::fs::metadata(folder)?;
    for file in files {
        let made = std::fs::metadata(file)?;
        if made.uid() != owner.uid() && made.uid() == 0 {
            chown(file, Some(owner.uid()), Some(owner.gid()))?;
        }
    }
    Ok(())
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}
