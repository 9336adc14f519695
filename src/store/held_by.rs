//! What holds a hit for now, by the words under which it is found again, and when a digest will tell of it.

use rusqlite::{Connection, params};

use super::Result;
use crate::model::Hold;

/// Everything that is waiting for quiet hours to end.
const QUIET: &str = "quiet hours";

/// What the name of a digest begins with that told a hit.
pub(super) const DIGEST: &str = "digest ";

/// Under which words a held hit is found again.
pub(super) fn holder(hold: Hold, watch: &str) -> String {
    match hold {
        Hold::Silence(id) => format!("silence {id}"),
        Hold::AtMost(_) => waiting(Some(watch)),
        Hold::Quiet(_) => waiting(None),
    }
}

pub(super) fn waiting(watch: Option<&str>) -> String {
    watch.map_or(QUIET.to_owned(), |watch| format!("at_most of {watch}"))
}

/// Notes that a digest will be due; an earlier one stays.
pub(super) fn put_due(connection: &Connection, hold: Hold, watch: &str) -> Result<()> {
    let (watch, due) = match hold {
        Hold::Silence(_) => return Ok(()),
        Hold::AtMost(due) => (watch, due),
        Hold::Quiet(due) => ("", due),
    };
    let mut put = connection.prepare_cached("insert or ignore into digest values (?1, ?2)")?;
    put.execute(params![watch, due.as_microsecond()])?;
    Ok(())
}
