//! SQLite: what is known and what is owed. The only room that speaks SQL; it decides nothing.
//!
//! One connection, behind a lock; callers on the async side come through `spawn_blocking`.

mod ack;
mod alerts;
mod archive;
mod article;
mod backup;
mod busy;
mod care;
mod census;
mod check;
mod feed_row;
mod feeds;
mod ground;
mod held_by;
mod hold;
mod inspect;
mod known;
mod ledger;
mod opening;
mod outbox;
mod outcomes;
mod place;
mod quiet;
mod read;
mod row;
mod runs;
mod scans;
mod schema;
mod settle;
mod stories;
mod surprise;
mod telling;
mod worth;

use std::fs::{File, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

pub use ack::{Ack, DayVerdicts, Noted};
pub use archive::{Archive, Archived, Extent, Then};
pub use article::{HitOutcome, StoredHit, WholeArticle};
pub use backup::{Holds, backup, restore};
pub use care::{KeepInForce, Swept};
pub use check::Finding;
pub use feeds::{Asked, Synced};
pub use ground::{FullHolder, ToldByOther};
pub use hold::{DueDigest, HeldHits};
pub use inspect::{AlertDetails, DayCount, Delivery, Latencies, Sibling, Texts};
pub use ledger::Ledger;
pub use opening::Opening;
pub use outbox::{Pending, SinkState, SinkTrouble};
pub use read::{ArticleFilter, FeedRow, StoredArticle};
pub use runs::{POLLED_ONCE, Reload, Run, RunStatus, Tally};
pub use scans::{Ran, note_what_runs, ran};
pub use worth::{Verdicts, Worth};

use busy::Busy;
use opening::MODE;
use place::Place;

/// How long a statement waits for another process's lock before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Prepared statements that are kept: more than there are, as each is used with every poll and preparing one again
/// costs more than running it.
const STATEMENTS_MAX: usize = 128;

/// What to do where a user may not write.
const AS_THE_SERVICE: &str = "run it as the user of the service (sudo -u feedwatch feedwatch ...)";

/// Why the database cannot be used. One variant for each thing a person can do about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A later feedwatch wrote it.
    #[error(
        "database {} has schema version {found}, this feedwatch knows {known} at most; \
         run the newer feedwatch, or restore the copy that was made before the upgrade",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version it has.
        found: u32,
        /// The latest version known here.
        known: u32,
    },
    /// Another feedwatch is polling with it.
    #[error("database {} is in use by another feedwatch (is the service running?)", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// Another program holds a lock on it.
    #[error("database is locked by another program; find it (a backup? an open sqlite3 shell?) and end it: {0}")]
    Locked(rusqlite::Error),
    /// No room left.
    #[error("database cannot grow, the disk is full; nothing of this poll was stored, it will be asked again: {0}")]
    Full(rusqlite::Error),
    /// The bytes are not what SQLite wrote.
    #[error("database is damaged: {0}; restore a backup, or move the file away to start afresh")]
    Damaged(rusqlite::Error),
    /// SQLite's own check found faults.
    #[error(
        "database {} is damaged: {faults}; restore a backup (feedwatch restore FILE --force), or move the file away to start afresh",
        path.display()
    )]
    NotWhole {
        /// The file.
        path: PathBuf,
        /// The first of them.
        faults: String,
    },
    /// No copy could be made before an upgrade.
    #[error(
        "the database is to be upgraded and cannot be copied to {} before: {cause}; nothing was changed. \
         Make room there, or let feedwatch write there, and start again",
        copy.display()
    )]
    NotCopied {
        /// Where to.
        copy: PathBuf,
        /// What the system or SQLite said.
        cause: String,
    },
    /// A file is there already, and is not written over.
    #[error("{} exists already; name another file", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// What shall be restored cannot be.
    #[error("{} cannot be restored: {cause}", path.display())]
    NoBackup {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {error}", path.display())]
    CannotWrite {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file cannot be opened or made.
    #[error("cannot open database {}: {cause}", path.display())]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// What the system or SQLite said.
        cause: String,
    },
    /// The system cannot read or write it.
    #[error(
        "database cannot be read or written: {0}; look at the disk, at its quota and at the limit on the size of files (ulimit -f); \
         nothing of this was stored, it will be asked again"
    )]
    Disk(rusqlite::Error),
    /// It can be read and not written.
    #[error("the database cannot be written by this user, or its file system is read-only ({0}); {AS_THE_SERVICE}")]
    ReadOnly(rusqlite::Error),
    /// Another file lies where it was opened, or none.
    #[error(
        "database {} {what} while feedwatch was using it; what was written since then is in the old file. feedwatch ends here, so that \
         the next start works with what lies there now",
        path.display()
    )]
    Replaced {
        /// Where it lay.
        path: PathBuf,
        /// What became of it.
        what: &'static str,
    },
    /// A value in it is none that feedwatch writes, or cannot be stored: one poll, delivery or row is concerned, not the file.
    #[error(
        "the database holds what feedwatch did not write there, or cannot take a value: {0}; `feedwatch status --check` looks for it"
    )]
    Surprise(rusqlite::Error),
    /// Anything else.
    #[error("database error: {0}")]
    Sql(rusqlite::Error),
}

impl StoreError {
    /// Whether one poll or one row is concerned: all others can go on.
    pub fn is_of_one_row(&self) -> bool {
        matches!(self, StoreError::Surprise(_))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked(error),
            Some(ErrorCode::DiskFull) => StoreError::Full(error),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged(error),
            Some(ErrorCode::SystemIoFailure) => StoreError::Disk(error),
            Some(ErrorCode::ReadOnly) => StoreError::ReadOnly(error),
            // Unknown is SQLite's word for a function that fails on a value, such as JSON that is none.
            Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig | ErrorCode::Unknown)
            | None => StoreError::Surprise(error),
            Some(_) => StoreError::Sql(error),
        }
    }
}

/// What a call into the store gives.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The database.
#[derive(Debug)]
pub struct Store {
    connection: Mutex<Connection>,
    path: PathBuf,
    place: Place,
    busy: Busy,
    /// Held as long as the store is open for polling, so that no second feedwatch polls with it.
    _sole_poller: Option<SolePoller>,
}

impl Store {
    /// Opens the database for polling, makes or upgrades it where needed, and keeps other pollers out.
    pub fn open(path: &Path) -> Result<Store> {
        Store::open_telling(path, &mut |_| {})
    }

    /// The same, and tells of what takes its time.
    pub fn open_telling(path: &Path, tell: &mut dyn FnMut(Opening)) -> Result<Store> {
        let cannot_open = |cause: String| StoreError::CannotOpen { path: path.to_owned(), cause };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| cannot_open(format!("{}: {error}", folder.display())))?;
        }
        let lock = lock(path)?;
        opening::make_private(path).map_err(|error| cannot_open(error.to_string()))?;
        let mut connection = Connection::open(path).map_err(|error| cannot_open(error.to_string()))?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        // Plans that look at bound values are made anew with each of them: a prepared statement would never be one.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        schema::prepare(&mut connection, path, schema::STEPS, tell)?;
        scans::note(&mut connection, path)?;
        Ok(Store::of(connection, path, Some(lock)))
    }

    /// Opens an existing database for reading, beside a running daemon or without one.
    pub fn open_to_read(path: &Path) -> Result<Store> {
        Store::open_existing(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    fn open_existing(path: &Path, access: OpenFlags) -> Result<Store> {
        let cannot_open = |cause: String| StoreError::CannotOpen { path: path.to_owned(), cause };
        if !path.exists() {
            return Err(cannot_open("there is none yet; `feedwatch run` or `feedwatch once` makes it".to_owned()));
        }
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection =
            Connection::open_with_flags(path, flags).map_err(|error| cannot_open(error.to_string()))?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        scans::note(&mut connection, path)?;
        schema::refuse_other_versions(&connection, path).map_err(|error| match error {
            StoreError::ReadOnly(_) => cannot_open(format!(
                "this user may not write there, which SQLite needs for reading too; {AS_THE_SERVICE}"
            )),
            error => error,
        })?;
        Ok(Store::of(connection, path, None))
    }

    /// Opens an existing database for a command that writes beside a running daemon: it never polls, so it needs no lock
    /// but SQLite's own, for the moment of the write.
    pub fn open_beside(path: &Path) -> Result<Store> {
        let store = Store::open_existing(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // SQLite opens what it may not write for reading, and says so only at the first write, without a name.
        if store.lock().is_readonly("main")? {
            let cause = format!("this user may not, or its file system is read-only; {AS_THE_SERVICE}");
            return Err(StoreError::CannotWrite { path: path.to_owned(), error: std::io::Error::other(cause) });
        }
        Ok(store)
    }

    fn of(connection: Connection, path: &Path, sole_poller: Option<SolePoller>) -> Store {
        Store {
            connection: Mutex::new(connection),
            path: path.to_owned(),
            place: Place::of(path),
            busy: Busy::default(),
            _sole_poller: sole_poller,
        }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The connection. A panic while it was held left no open transaction behind (they roll back when dropped), so a
    /// poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lock of who polls.
#[derive(Debug)]
struct SolePoller(File);

impl Drop for SolePoller {
    /// Closing the file alone would not do: a program that is being started holds all files of this process open until it
    /// is that program.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// Takes the lock file beside the database; the kernel drops it with the process, however that ends.
fn lock(database: &Path) -> Result<SolePoller> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let cannot_open = |error: std::io::Error| StoreError::CannotOpen {
        path: database.to_owned(),
        cause: format!("{}: {error}", Path::new(&path).display()),
    };
    let file = File::options().create(true).truncate(false).write(true).mode(MODE).open(&path).map_err(cannot_open)?;
    // Whoever can open it can lock it, and so keep feedwatch from starting. One that another user left stays as it is.
    let _ = file.set_permissions(Permissions::from_mode(MODE));
    match file.try_lock() {
        Ok(()) => Ok(SolePoller(file)),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::InUse { path: database.to_owned() }),
        Err(std::fs::TryLockError::Error(error)) => Err(cannot_open(error)),
    }
}
