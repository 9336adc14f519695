//! The commands people type, one file each.

pub mod test;
