//! When to ask, whom, and what an answer changes. Pure: the hour and the dice are arguments.

mod place;
mod policy;

mod schedule;

mod rhythm;

mod quiet;

mod backoff;

mod route;

mod gate;

mod host;

mod places;

mod window;

mod outage;

mod load;

mod paging;

mod age;

mod again;
mod aliases;

mod decide;

mod fate;

mod parts;

mod ground;

mod publisher;

mod origin;

mod counted;

mod confirmed;

mod hold;

mod news;

mod notice;

pub use aliases::{look_up, recent};
pub use backoff::Trouble;
pub use counted::{Growth, counted};
pub use decide::{Answer, Circumstances, Failure, Given, Read, Rules, decide, is_unconnected};
pub use fate::{Findings, Found, Moment, find};
pub use ground::Retelling;
pub use hold::{AtMost, Holding, Past, Quiet, hold};
pub use load::{Adjusted, Demand, Load};
pub use news::{tell_news, timeline};
pub use notice::{is_broken, notices};
pub use outage::Outage;
pub use parts::{Budget, Rest, Whole};
pub use policy::{AlertPolicy, Policy, WITH_SLOW_ONES};
pub use rhythm::{Overlap, Seen};
pub use route::{Purpose, Question, question};
pub use schedule::{Plan, Result, RetryAfter, first_poll, next_poll, start_spread};
pub use window::{Offer, Turn, Window};
