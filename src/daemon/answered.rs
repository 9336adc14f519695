//! The data that goes to the writer and comes back from it.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::clock::Timestamp;
use crate::fetch::Held;
use crate::model::{Changes, Feed, Kept};
use crate::pace::Turn;
use crate::poll::{Answer, Circumstances, Rules};

/// A poll that was answered and waits to be settled.
pub(super) struct Answered {
    pub(super) feed: Arc<Feed>,
    /// The name of the host that answered.
    pub(super) host: String,
    pub(super) answer: Answer,
    pub(super) answered_at: Timestamp,
    pub(super) kept: Kept,
    pub(super) around: Circumstances,
    pub(super) rules: Arc<Rules>,
    /// None when the answer was to another feed with the same address.
    pub(super) turn: Option<Turn>,
    /// The document's share of the memory of all, given back once it is decided upon.
    pub(super) held: Held,
    /// Its share of the waiting documents.
    pub(super) waiting: Option<OwnedSemaphorePermit>,
}

/// What an answer changed, now that it is on disk.
pub(super) struct Settled {
    /// None when there is more to come of it.
    pub(super) turn: Option<Turn>,
    /// Of the feed that was asked, and of those that share its address.
    pub(super) changes: Vec<(Arc<Feed>, Changes)>,
    /// Articles of documents that are settled in parts, but the last part.
    pub(super) parts: Vec<(Arc<Feed>, Changes)>,
}

/// The way to the writer.
pub(super) type Queue = mpsc::Sender<Answered>;
