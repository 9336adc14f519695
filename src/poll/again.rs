//! Hits that a watch had in an article before: it lost them by an edit, or they were held for the article's age. Pure.

use std::time::Duration;

use crate::clock::earlier;
use crate::hash::hex128;
use crate::model::{Article, Hit, KnownArticle};

/// The state of a hit, by the earlier hits of its article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// The watch finds something in the article for the first time.
    First,
    /// It did once, and then it did not.
    Again,
    /// It has found something all the time, which was held for the article's age; by its date of now the article is
    /// news.
    Aged,
}

impl Finding {
    /// The state of a hit; none if it was decided already. An article that was published this long before it was first
    /// seen is backlog, even if it is edited.
    pub(super) fn of(
        hit: &Hit,
        article: &Article,
        before: Option<&KnownArticle>,
        backlog_age: Option<Duration>,
    ) -> Option<Finding> {
        let Some(before) = before else { return Some(Finding::First) };
        let is_among = |watches: &[String]| watches.iter().any(|watch| **watch == *hit.watch);
        let news_from = earlier(before.first_seen_at, backlog_age.unwrap_or_default());
        let is_news = || article.published.is_some_and(|published| published >= news_from);
        match is_among(&before.watches) {
            true => (is_among(&before.aged) && is_news()).then_some(Finding::Aged),
            false if is_among(&before.lost) => Some(Finding::Again),
            false => Some(Finding::First),
        }
    }

    /// The id of the hit's record. One that has a record already gets another: the same for the same text, so that a
    /// repeat is told from news.
    pub(super) fn id(self, id: String, article: &Article) -> String {
        match self {
            Finding::First => id,
            Finding::Again | Finding::Aged => hex128(&[b"again", id.as_bytes(), &article.content_hash.to_le_bytes()]),
        }
    }
}
