//! When to ask, whom, and what an answer changes. Pure: the hour and the dice are arguments.

mod decide;
mod fate;
mod policy;
mod schedule;
mod window;

pub use decide::{Answer, Failure, Read, Rules, decide};
pub use fate::{Findings, Found, Moment, find};
pub use policy::{AlertPolicy, Policy};
pub use schedule::{Plan, Result, first_poll, next_poll};
pub use window::Window;
