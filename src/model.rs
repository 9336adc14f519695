//! The shared nouns. Words only: no rules, no I/O, nothing here knows a room.

mod alert;
mod article;
mod delivery;
mod feed;

pub use alert::{Alert, AlertArticle, AlertFeed, AlertStory, AlertWatch, Kind, Latency, Level, Outcome};
pub use article::{Article, ArticleId, Field, Hit, KeyKind, Known, Reason, Score};
pub use delivery::{AlertFilter, LogCursor, StoredAlert};
pub use feed::{Feed, FeedId, FeedSource, Polls, Validators};
