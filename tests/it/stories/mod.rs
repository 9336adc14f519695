//! Stories of the daemon, told in virtual time: days pass in moments, every wait is exact, the web is scripted.

#![allow(clippy::unwrap_used)]

mod again;
mod awake;
mod behaviour;
mod crashes;
mod damage;
mod dating;
mod floods;
mod ground;
mod holding;
pub(crate) mod house;
mod keeping;
mod month;
mod offline;
mod operations;
mod parts;
mod place;
mod polling;
mod recognising;
mod reloading;
mod sameness;
mod scans;
mod sinks;
mod telling;
mod watches;
