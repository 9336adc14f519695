//! The shape of the database and how an older one is brought to it: one step a version, each in a transaction of its
//! own, counted in SQLite's `user_version`.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::opening::{Opening, Tell, check_after_a_crash, make_private, safe_rename, set_up, size};
use super::{Result, StoreError};

/// The steps; step N makes version N. Only ever added to.
pub(super) const STEPS: &[&str] = &[
    include_str!("schema/001-start.sql"),
    include_str!("schema/002-care.sql"),
    include_str!("schema/003-filters.sql"),
    include_str!("schema/004-ground.sql"),
    include_str!("schema/005-sources.sql"),
    include_str!("schema/006-related.sql"),
    include_str!("schema/007-failing.sql"),
    include_str!("schema/008-hand.sql"),
];

/// Sets the connection up and brings the database to the latest version, after copying it if it holds anything.
pub(super) fn prepare(connection: &mut Connection, path: &Path, steps: &[&str], tell: Tell<'_>) -> Result<()> {
    let found = version(connection)?;
    let known = steps.len() as u32;
    if found > known {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    set_up(connection)?;
    check_after_a_crash(connection, path, tell)?;
    if 0 < found && found < known {
        let copy = copy_path(path, found);
        tell(Opening::Copying { bytes: size(path), copy: copy.clone() });
        copy_to(connection, &copy).map_err(|cause| StoreError::NotCopied { copy, cause })?;
    }
    upgrade(connection, found, steps)?;
    // What a poll may have to take back is kept in memory: in a file it costs as many writes as the polls themselves. An upgrade
    // sorts more than memory should hold.
    connection.pragma_update(None, "temp_store", "memory")?;
    if 0 < found && found < known {
        tell(Opening::Upgraded { from: found, to: known });
    }
    Ok(())
}

fn upgrade(connection: &mut Connection, found: u32, steps: &[&str]) -> Result<()> {
    for (step, sql) in steps.iter().enumerate().skip(found as usize) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", step as u32 + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

/// Copies the database into one file. Until it is whole it has another name.
fn copy_to(connection: &Connection, copy: &Path) -> std::result::Result<(), String> {
    let mut part = copy.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let _ = std::fs::remove_file(&part);
    let copied = make_private(&part)
        .map_err(|error| error.to_string())
        .and_then(|()| {
            connection.execute("vacuum into ?1", [part.to_string_lossy()]).map_err(|error| error.to_string())
        })
        .and_then(|_| safe_rename(&part, copy).map_err(|error| error.to_string()));
    if copied.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    copied
}

/// Brings a copy up to date that nobody else knows of yet: should it fail, the original is still there.
pub(super) fn prepare_copy(connection: &mut Connection, path: &Path) -> Result<()> {
    let found = version(connection)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    upgrade(connection, found, STEPS)?;
    refuse_other_versions(connection, path)
}

/// Refuses a database of a later feedwatch.
pub(super) fn refuse_newer(connection: &Connection, path: &Path) -> Result<()> {
    let (found, known) = (version(connection)?, STEPS.len() as u32);
    if found > known { Err(StoreError::Newer { path: path.to_owned(), found, known }) } else { Ok(()) }
}

/// Refuses a database that this program would misread.
pub(super) fn refuse_other_versions(connection: &Connection, path: &Path) -> Result<()> {
    let found = version(connection)?;
    let known = STEPS.len() as u32;
    match found {
        _ if found == known => Ok(()),
        _ if found > known => Err(StoreError::Newer { path: path.to_owned(), found, known }),
        _ => Err(StoreError::CannotOpen {
            path: path.to_owned(),
            cause: format!(
                "it has schema version {found}, this feedwatch reads {known}; `feedwatch run` or `feedwatch once` brings it up to date"
            ),
        }),
    }
}

pub(super) fn version(connection: &Connection) -> Result<u32> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// A free name beside the database for the copy made before an upgrade.
fn copy_path(path: &Path, version: u32) -> PathBuf {
    let named = |suffix: String| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".v{version}{suffix}"));
        PathBuf::from(name)
    };
    (1..)
        .map(|n| named(if n == 1 { String::new() } else { format!(".{n}") }))
        .find(|name| !name.exists())
        .expect("numbers do not end")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const OLD: &[&str] = &["create table note (text text); insert into note values ('kept')"];
    const NEW: &[&str] = &[OLD[0], "alter table note add column mark text; insert into note values ('new', 'x')"];
    const BROKEN: &[&str] = &[OLD[0], "insert into note values ('lost'); create nonsense"];

    fn notes(connection: &Connection) -> Vec<String> {
        let mut read = connection.prepare("select text from note").unwrap();
        read.query_map([], |row| row.get(0)).unwrap().map(|text| text.unwrap()).collect()
    }

    #[test]
    fn an_older_database_is_copied_and_then_upgraded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        prepare(&mut Connection::open(&path).unwrap(), &path, OLD, &mut |_| {}).unwrap();
        assert!(!folder.path().join("a.db.v0").exists(), "nothing to copy when it is new");

        let mut connection = Connection::open(&path).unwrap();
        let mut told = Vec::new();
        prepare(&mut connection, &path, NEW, &mut |opening| told.push(opening)).unwrap();
        let copy = folder.path().join("a.db.v1");
        assert!(matches!(&told[0], Opening::Copying { copy: told, .. } if *told == copy), "{told:?}");
        assert_eq!(told[1..], [Opening::Upgraded { from: 1, to: 2 }]);
        assert_eq!(notes(&connection), ["kept", "new"]);
        let copy = Connection::open(folder.path().join("a.db.v1")).unwrap();
        assert_eq!((notes(&copy), version(&copy).unwrap()), (vec!["kept".to_owned()], 1));
    }

    #[test]
    fn a_newer_database_is_refused_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        prepare(&mut Connection::open(&path).unwrap(), &path, NEW, &mut |_| {}).unwrap();
        let before = std::fs::read(&path).unwrap();
        let error = prepare(&mut Connection::open(&path).unwrap(), &path, OLD, &mut |_| {}).unwrap_err();
        assert!(matches!(error, StoreError::Newer { found: 2, known: 1, .. }), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn without_a_copy_there_is_no_upgrade() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        prepare(&mut Connection::open(&path).unwrap(), &path, OLD, &mut |_| {}).unwrap();
        // A folder stands where the copy would be written.
        std::fs::create_dir(folder.path().join("a.db.v1.part")).unwrap();
        let mut connection = Connection::open(&path).unwrap();
        let error = prepare(&mut connection, &path, NEW, &mut |_| {}).unwrap_err();
        assert!(matches!(error, StoreError::NotCopied { .. }), "{error}");
        assert_eq!((version(&connection).unwrap(), notes(&connection)), (1, vec!["kept".to_owned()]));
    }

    #[test]
    fn a_failed_step_leaves_the_version_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        prepare(&mut Connection::open(&path).unwrap(), &path, OLD, &mut |_| {}).unwrap();
        let mut connection = Connection::open(&path).unwrap();
        prepare(&mut connection, &path, BROKEN, &mut |_| {}).unwrap_err();
        assert_eq!((version(&connection).unwrap(), notes(&connection)), (1, vec!["kept".to_owned()]));
    }
}
