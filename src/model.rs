//! The shared nouns. Words only: no rules, no I/O, nothing here knows a room.

mod alert;
mod article;
mod changes;
mod delivery;
mod feed;

pub use alert::{Alert, AlertArticle, AlertFeed, AlertStory, AlertWatch, Kind, Latency, Level, Outcome};
pub use article::{Article, ArticleId, Field, Hit, KeyKind, Reason, Score};
pub use changes::{
    ArticleChange, Changes, Decided, DocumentSeen, HostPause, Known, KnownArticle, Remembered, StoryPiece, Told,
};
pub use delivery::{AlertFilter, LogCursor, StoredAlert};
pub use feed::{Feed, FeedId, FeedSource, Polls, Validators};
