//! When to ask, whom, and what an answer changes. Pure: the hour and the dice are arguments.

mod aliases;
mod decide;
mod fate;
mod hold;
mod notice;
mod policy;
mod schedule;
mod window;

pub use aliases::{marks, recent};
pub use decide::{Answer, Failure, Read, Rules, decide};
pub use fate::Moment;
pub use hold::{AtMost, Holding, Past, Quiet, hold};
pub use notice::{is_broken, notices};
pub use policy::{AlertPolicy, Policy};
pub use schedule::{Plan, Result, first_poll, next_poll};
pub use window::Window;
