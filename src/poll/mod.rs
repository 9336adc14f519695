//! What an answer changes: articles, hits, alerts, the next poll. Pure: the time is an argument.

mod place;
mod policy;

mod paging;

mod age;

mod again;
mod aliases;

mod decide;

mod facts;

mod judge;

mod outcome;

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
pub use counted::{Growth, counted};
pub use decide::{Answer, Circumstances, Failure, Given, Read, Rules, is_unconnected};
pub use facts::{Facts, NoPast, Recall};
pub use ground::Retelling;
pub use hold::{AtMost, Holding, Past, Quiet};
pub use judge::{judge, judge_own_failure, judge_part};
pub use news::timeline;
pub use notice::is_broken;
pub use outcome::{Findings, Found, Moment, find};
pub use parts::{Budget, Rest, Whole};
pub use policy::AlertPolicy;
