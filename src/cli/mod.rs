//! The commands people type, one file each.

/// `feedwatch check`.
pub mod check;
/// `feedwatch test`.
pub mod test;
