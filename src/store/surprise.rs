//! Rows that are not what feedwatch wrote: another program's hand, a restored fragment, a damaged disk. One of them must
//! neither end the daemon nor keep it from starting: it is passed over or begins afresh, and is told once by a process.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Row, Rows};

use super::Result;

/// Surprises that are remembered as told; a database with more of them has one cause.
const TOLD_MAX: usize = 1_000;

static TOLD: Mutex<BTreeSet<(&str, String)>> = Mutex::new(BTreeSet::new());

/// A row cannot be read as it stands. `instead` says what is done.
pub(super) fn tell(table: &'static str, row: impl Display, error: &dyn Display, instead: &str) {
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    let row = row.to_string();
    if told.len() < TOLD_MAX && told.insert((table, row.clone())) {
        tracing::error!(
            table,
            row,
            "a row of table {table} is not what feedwatch writes ({error}): {instead}; `feedwatch status --check` names all such rows"
        );
    }
}

/// The rows that can be read; the others are told and left out. The first column names the row.
pub(super) fn readable<T>(
    table: &'static str,
    mut rows: Rows<'_>,
    read: impl Fn(&Row) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        match read(row) {
            Ok(value) => found.push(value),
            Err(error) => tell(table, name(row), &error, "it is passed over"),
        }
    }
    Ok(found)
}

/// The first column of a row, whatever it holds.
pub(super) fn name(row: &Row) -> String {
    use rusqlite::types::Value;
    match row.get(0) {
        Ok(Value::Integer(number)) => number.to_string(),
        Ok(Value::Text(text)) => text,
        other => format!("{other:?}"),
    }
}
