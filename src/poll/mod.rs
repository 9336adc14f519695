//! When to ask, whom, and what an answer changes. Pure: the hour and the dice are arguments.

mod policy;

pub use policy::{AlertPolicy, Policy};
