//! When to ask, and whom: intervals, waits, hosts, the order of requests. Pure: the time and the jitter are arguments.

mod policy;

mod schedule;

mod rhythm;

mod quiet;

mod backoff;

pub(crate) mod route;

pub(crate) mod gate;

mod host;

mod places;

mod window;

mod outage;

mod load;

pub use backoff::Trouble;
pub use load::{Adjusted, Demand, Load};
pub use outage::Outage;
pub use policy::{Policy, WITH_SLOW_ONES};
pub use rhythm::{Overlap, Seen};
pub use route::{Purpose, Question, question};
pub use schedule::{Plan, Result, RetryAfter, first_poll, next_poll, start_spread};
pub use window::{Offer, Turn, Window};
