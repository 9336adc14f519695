//! Whether the database still lies where it was opened. SQLite does not look: it would go on writing into a file that has no
//! name any more, and all of that would be lost with the process.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::config::DbConfig;

use super::{Result, Store, StoreError};

/// Which file it is.
#[derive(Debug)]
pub(super) struct Place {
    /// Device and inode; none where the system did not tell.
    opened: Option<(u64, u64)>,
    /// Whether it was seen to be gone: nothing is written from then on.
    is_lost: AtomicBool,
}

impl Place {
    pub(super) fn of(path: &Path) -> Place {
        Place { opened: identity(path).ok(), is_lost: AtomicBool::new(false) }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    std::fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

impl Store {
    /// Fails when another file, or none, lies where the database was opened.
    pub fn is_in_place(&self) -> Result<()> {
        let what = match (identity(&self.path), self.place.opened) {
            (Ok(now), Some(opened)) if now != opened => "was replaced by another file",
            (Err(error), _) if error.kind() == io::ErrorKind::NotFound => "was moved away or deleted",
            _ => return Ok(()),
        };
        if !self.place.is_lost.swap(true, Ordering::Relaxed) {
            // When it closes it would write its log back and remove the log by name, which may be that of the other file.
            self.lock().set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        }
        Err(StoreError::Replaced { path: self.path.clone(), what })
    }

    /// Fails once the database was seen to be gone: what is written then would be told, and lost.
    pub(super) fn refuse_if_lost(&self) -> Result<()> {
        if self.place.is_lost.load(Ordering::Relaxed) { self.is_in_place() } else { Ok(()) }
    }
}
