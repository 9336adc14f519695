//! The store as one transaction sees it. Other files of this room say what can be read and written there.

use std::cell::Cell;

use rusqlite::{Connection, TransactionBehavior};

use super::{Result, Store};

/// The store as one transaction sees it.
#[derive(Debug)]
pub struct Ledger<'a> {
    pub(super) connection: &'a Connection,
    /// Whether any feed is asked at an address that it moved to, once somebody wanted to know.
    pub(super) any_moved: Cell<Option<bool>>,
}

impl Ledger<'_> {
    pub(super) fn of(connection: &Connection) -> Ledger<'_> {
        Ledger { connection, any_moved: Cell::new(None) }
    }
}

impl Store {
    /// Does some work in one transaction, or none of it.
    pub fn transact<T>(&self, work: impl FnOnce(&Ledger) -> Result<T>) -> Result<T> {
        self.refuse_if_lost()?;
        let mut connection = self.lock();
        let _busy = self.busy.begin();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&Ledger::of(&transaction))?;
        transaction.commit()?;
        Ok(done)
    }
}
