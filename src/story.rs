//! Which articles tell the same story. Pure.
//!
//! Two articles do when they are the same piece: one address (tracking parameters aside) under one headline, as when
//! a paper's sections repeat it in several feeds. An article without an address is a story of its own text.

use crate::feed::address;
use crate::hash::hex128;
use crate::model::Article;

/// The story an article belongs to; stable over restarts and order of arrival.
pub fn id(article: &Article) -> String {
    let headline = article.title.to_lowercase();
    let headline: Vec<&str> = headline.split_whitespace().collect();
    let headline = headline.join(" ");
    match article.url.as_deref().map(address::canonical) {
        Some(url) => hex128(&[b"link", url.as_bytes(), headline.as_bytes()]),
        None => hex128(&[b"text", headline.as_bytes(), article.summary.as_bytes(), article.body.as_bytes()]),
    }
}
