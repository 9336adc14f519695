//! Which statements read whole tables, for tests: a program built for testing notes each statement as it ends, if it is asked to, with how far it
//! stepped through a table without an index (SQLite's FULLSCAN_STEP). The program that is installed notes nothing.

use std::path::Path;

use rusqlite::Connection;

use super::Result;

/// A statement that ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// As it was prepared.
    pub sql: String,
    /// How often.
    pub times: u64,
    /// Rows that it stepped over in scans of whole tables, in all.
    pub scanned: u64,
    /// What SQLite counted up to its last run.
    counted: u64,
}

#[cfg(debug_assertions)]
mod notes {
    use std::collections::HashMap;
    use std::path::PathBuf;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use super::Ran;

    static RAN: Mutex<Option<HashMap<PathBuf, HashMap<String, Ran>>>> = Mutex::new(None);

    /// By database and statement.
    pub(super) fn all() -> MutexGuard<'static, Option<HashMap<PathBuf, HashMap<String, Ran>>>> {
        RAN.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether statements are noted.
#[cfg(debug_assertions)]
static IS_WISHED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Has the statements of all databases noted that are opened from now on; not in a program that is installed.
pub fn note_what_runs() {
    #[cfg(debug_assertions)]
    IS_WISHED.store(true, std::sync::atomic::Ordering::Relaxed);
}

/// Has a connection noted, if that is wished.
#[cfg(debug_assertions)]
pub(super) fn note(connection: &mut Connection, path: &Path) -> Result<()> {
    if !IS_WISHED.load(std::sync::atomic::Ordering::Relaxed) {
        return Ok(());
    }
    use rusqlite::StatementStatus::{FullscanStep, Run};
    use rusqlite::trace::{TraceEvent, TraceEventCodes};
    let path = path.to_owned();
    connection.trace_v2(
        TraceEventCodes::SQLITE_TRACE_PROFILE,
        Some(move |event: TraceEvent<'_>| {
            if let TraceEvent::Profile(statement, _) = event {
                let status = |of| u64::try_from(statement.get_status(of)).unwrap_or_default();
                let (sql, scanned) = (statement.sql().into_owned(), status(FullscanStep));
                let mut all = notes::all();
                let of = all.get_or_insert_default().entry(path.clone()).or_default();
                let ran = of.entry(sql).or_insert_with_key(|sql| Ran { sql: sql.clone(), ..Ran::default() });
                ran.times += 1;
                // A statement that is kept counts on from one run to the next.
                let before = if status(Run) > 1 { ran.counted } else { 0 };
                ran.scanned += scanned.saturating_sub(before);
                ran.counted = scanned;
            }
        }),
    )?;
    Ok(())
}

/// Notes nothing.
#[cfg(not(debug_assertions))]
pub(super) fn note(_connection: &mut Connection, _path: &Path) -> Result<()> {
    Ok(())
}

/// What ran on a database; nothing in a program that is installed.
pub fn ran(path: &Path) -> Vec<Ran> {
    #[cfg(debug_assertions)]
    {
        let all = notes::all();
        all.as_ref().and_then(|all| all.get(path)).into_iter().flat_map(|of| of.values().cloned()).collect()
    }
    #[cfg(not(debug_assertions))]
    {
        let _ = path;
        Vec::new()
    }
}
