//! The watch language: what an analyst writes, compiled once, found in articles with reasons. Pure.

mod source;

pub use source::{Lists, Part, Problem, Severity, WatchSource};

use crate::model::{Article, Feed, Hit};

/// All watches, compiled: shared by reference, replaced as a whole at a reload.
#[derive(Clone, Debug, Default)]
pub struct WatchSet {}

/// What `find` needs room for; one a thread, reused.
#[derive(Debug, Default)]
pub struct Scratch {}

impl WatchSet {
    /// Compiles what was written. All errors at once, or the set and its warnings.
    pub fn compile(_lists: &Lists, _watches: &[WatchSource]) -> Result<(WatchSet, Vec<Problem>), Vec<Problem>> {
        Ok((WatchSet::default(), Vec::new()))
    }

    /// How many watches there are.
    pub fn len(&self) -> usize {
        0
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each watch's name and the hash of its compiled form, in the order of the files.
    pub fn revisions(&self) -> impl Iterator<Item = (&str, &str)> {
        std::iter::empty()
    }

    /// The watches that match an article, in the order of the files, each with its reasons.
    pub fn find(&self, _article: &Article, _feed: Option<&Feed>, _scratch: &mut Scratch) -> Vec<Hit> {
        Vec::new()
    }
}
