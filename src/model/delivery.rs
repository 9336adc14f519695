//! Types that the store, the sinks and the reading commands share. Data only.

use super::{Alert, Level, Outcome, Verdict};
use crate::clock::Timestamp;

/// How far the alert log was written when deliveries were last marked: the file by its identity, not by its name,
/// because logrotate renames it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogCursor {
    /// The device the file lies on.
    pub device: u64,
    /// Its inode there.
    pub inode: u64,
    /// Bytes from its beginning; always the end of a line.
    pub offset: u64,
}

/// An alert as the store gives it back.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredAlert {
    /// Its place in the order of raising; grows by at least one with each alert.
    pub seq: i64,
    /// What became of the hit.
    pub outcome: Outcome,
    /// Why, in words; empty when it was raised.
    pub reason: String,
    /// The record.
    pub alert: Alert,
}

/// Which alerts to read. All conditions must hold; the default asks for every raised alert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertFilter {
    /// Raised at or after this instant.
    pub since: Option<Timestamp>,
    /// Later in the order of raising than this number.
    pub after_seq: Option<i64>,
    /// Of the watch with this name, whatever its case.
    pub watch: Option<String>,
    /// Of feeds whose address or title contains this text, whatever its case.
    pub feed: Option<String>,
    /// The hits that were joined or held, instead of the alerts that were raised.
    pub held: bool,
    /// Of this level or a higher one.
    pub level: Option<Level>,
    /// With this verdict of a person.
    pub verdict: Option<Verdict>,
    /// Only those that nobody has acknowledged.
    pub unacked: bool,
    /// Records about feedwatch's own work, instead of news.
    pub operations: bool,
    /// The newest ones up to this number, still oldest first; none: all.
    pub limit: Option<usize>,
}
