//! What is made of the dates of a document's items once it is known when it came.

use crate::clock::Timestamp;
use crate::feed::dates;
use crate::model::Article;

/// Dates in the future are mistakes.
pub(super) fn settle_dates(articles: &mut [Article], now: Timestamp) {
    for article in articles {
        article.published = article.published.map(|at| dates::capped(at, now));
        article.updated = article.updated.map(|at| dates::capped(at, now));
    }
}
