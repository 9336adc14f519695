//! Articles that come under a new key: recognised by link or text, so that a feed that changes its identifiers, its host
//! or its links tells nothing twice.

use crate::clock::{Timestamp, earlier};
use crate::feed::address;
use crate::feed::identity::{Earlier, aliases};
use crate::model::{Alias, Article, Known};

use std::time::Duration;

/// An older article with the same link is another one: addresses such as /weather are used again.
const RECENT: Duration = Duration::from_secs(30 * 24 * 3600);

/// The instant from which on an article is recent enough to be recognised.
pub fn recent(now: Timestamp) -> Timestamp {
    earlier(now, RECENT)
}

/// A hash of the canonical link, by which an article is found beside its key.
pub fn link_hash(article: &Article) -> Option<u64> {
    article.url.as_deref().map(address::hash)
}

/// Counts articles that are known under another key as known; gives their new keys.
pub(super) fn recognise(known: &mut Known, articles: &[Article]) -> Vec<Alias> {
    let earlier: Vec<Earlier> = known
        .alike
        .iter()
        .map(|alike| Earlier {
            key: alike.key.clone(),
            url: alike.url.clone(),
            title: alike.title.clone(),
            content_hash: alike.known.content_hash,
        })
        .collect();
    // Those known by a key, be it an alias of long ago, are not looked at again.
    let unknown: Vec<Article> =
        articles.iter().filter(|article| !known.articles.contains_key(&article.key)).cloned().collect();
    if earlier.is_empty() || unknown.is_empty() {
        return Vec::new();
    }
    let present = |key: &str| articles.iter().any(|article| article.key == key);
    let earlier: Vec<Earlier> = earlier.into_iter().filter(|earlier| !present(&earlier.key)).collect();
    let found = aliases(&unknown, &earlier).aliases.into_iter().filter_map(|alias| {
        let alike = known.alike.iter().find(|alike| alike.key == alias.known_as)?;
        known.articles.insert(alias.key.clone(), alike.known.clone());
        Some(Alias { key: alias.key, article: alike.known.id })
    });
    found.collect()
}
