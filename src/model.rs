//! The shared nouns. Words only: no rules, no I/O, nothing here knows a room.

mod alert;
mod article;
mod changes;
mod chat;
mod delivery;
mod feed;
mod hold;
mod keep;
mod listen;
mod mask;
mod news;
mod polls;
mod sink;
mod story;

pub use alert::{
    Alert, AlertArticle, AlertFeed, AlertItem, AlertStory, AlertWatch, Counts, Kind, Latency, Level, Outcome, RelatedTo,
};
pub use article::{Article, ArticleId, Field, Hit, KeyKind, Original, Reason, Score};
pub use changes::{
    Alias, AlikeArticle, ArticleChange, Changes, Decided, Decoded, DocumentSeen, Gained, HostPause, HostState, Kept,
    Known, KnownArticle, LookUp, Remembered, StoryPiece,
};
pub use chat::{Chat, Service};
pub use delivery::{AlertFilter, LogCursor, StoredAlert};
pub use feed::{Feed, FeedId, FeedSource, Validators, host_of};
pub use hold::{Hold, Scope, Silence, Verdict};
pub use keep::Keep;
pub use listen::Listen;
pub use mask::{SECRET_PARAMETERS, mask};
pub use news::{AlertNews, NewsKind};
pub use polls::{Begun, DateOrder, Learned, Moving, Paging, Polls, SuggestedBy, Suggestion, Wait, Wishes};
pub use sink::{Form, Mail, Route, Routes, Secret, Sink, Takes, Target};
pub use story::{
    CHANGED, EDITED, HeldBy, Holder, LookBack, NOISE, Origin, Outlet, PieceOutcome, StoryArticle, StoryHit, StoryNow,
    Telling, Told,
};
