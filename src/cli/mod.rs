//! To come.

/// `feedwatch check`.
pub mod check;
