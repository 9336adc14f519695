//! Two sets of watches over one article: what a change of the watches would make of it. The words are read once for both.

use super::{Scratch, WatchSet};
use crate::model::{Article, Feed, Hit};

impl WatchSet {
    /// Whether any watch asks for more of an article than its title, summary and body: then its labels and its feed are needed too.
    pub fn uses_labels(&self) -> bool {
        self.inner.plan.uses_labels
    }

    /// The same as `decide`, for an article that another set has just read.
    pub fn decide_beside<'s>(
        &self,
        article: &Article,
        feed: Option<&Feed>,
        (other, read): (&WatchSet, &Scratch),
        scratch: &'s mut Scratch,
    ) -> &'s [u32] {
        if self.uses_labels() && !other.uses_labels() {
            return self.decide(article, feed, scratch);
        }
        self.fit(scratch);
        scratch.space.document.take_over(&read.space.document);
        self.look_up(article, feed, scratch);
        self.decide_read(scratch)
    }

    /// The hits of what was decided last with this scratch, for the same article: with their reasons.
    pub fn hits(&self, article: &Article, feed: Option<&Feed>, scratch: &mut Scratch) -> Vec<Hit> {
        let Scratch { space, fired, .. } = scratch;
        let (plan, watches) = (&self.inner.plan, &self.inner.watches);
        fired.iter().map(|number| watches[*number as usize].hit(plan, article, feed, space)).collect()
    }
}
