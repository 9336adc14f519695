//! Which article is which: keys that stay the same from poll to poll, and hashes that change when the text does. What
//! to make of keys that do not stay, and of those that several articles have, is for `evidence` to say.

use std::collections::HashMap;

use super::address;
use crate::hash::{hash64, hex128};
use crate::model::{Article, KeyKind};

/// A hash of texts in order, 128 bits in hexadecimal.
pub(super) fn hash_text(parts: &[&str]) -> String {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    hex128(&parts)
}

/// Changes when title, summary or body change.
pub(super) fn content_hash(article: &Article) -> u64 {
    hash64(&[article.title.as_bytes(), article.summary.as_bytes(), article.body.as_bytes()])
}

/// Gives each item its key and keeps each key once. Returns, for each item, the number of its article among those kept.
///
/// The key is the feed's identifier, else the canonical link, else a hash of the text. When different items of one
/// document share it, all of them get a longer key: with their link, or with title and date, or with their text. All,
/// not all but the first: which is the first changes as soon as a new item is put before it. What still shares its key
/// says the same as another item in everything, and is that article once more.
pub(super) fn assign_keys(articles: &mut Vec<Article>) -> Vec<usize> {
    for article in articles.iter_mut() {
        (article.key_kind, article.key) = base_key(article);
    }
    lengthen_shared(articles, |article| {
        let url = article.url.as_deref()?;
        Some(address::canonical_with_fragment(url))
    });
    lengthen_shared(articles, |article| Some(hash_title_and_date(article)));
    lengthen_shared(articles, |article| Some(format!("{:016x}", article.content_hash)));
    let mut numbers: HashMap<String, usize> = HashMap::with_capacity(articles.len());
    let mut items = Vec::with_capacity(articles.len());
    articles.retain(|article| {
        let next = numbers.len();
        let number = *numbers.entry(article.key.clone()).or_insert(next);
        items.push(number);
        number == next
    });
    items
}

fn base_key(article: &Article) -> (KeyKind, String) {
    match (&article.id, &article.url) {
        (Some(id), _) => (KeyKind::Id, id.clone()),
        (None, Some(url)) => (KeyKind::Link, address::canonical(url)),
        (None, None) => {
            let text = if article.body.is_empty() { &article.summary } else { &article.body };
            (KeyKind::Hash, hash_text(&[&article.title, text]))
        }
    }
}

/// Makes shared keys of articles longer, if the additions differ among them.
fn lengthen_shared(articles: &mut [Article], more: impl Fn(&Article) -> Option<String>) {
    let mut sharing: HashMap<&str, Vec<usize>> = HashMap::with_capacity(articles.len());
    for (n, article) in articles.iter().enumerate() {
        sharing.entry(&article.key).or_default().push(n);
    }
    let mut longer = Vec::new();
    for shared in sharing.into_values().filter(|shared| shared.len() > 1) {
        let added: Vec<_> = shared.iter().map(|n| more(&articles[*n])).collect();
        if added.windows(2).any(|two| two[0] != two[1]) {
            longer.extend(shared.into_iter().zip(added));
        }
    }
    for (n, added) in longer {
        if let Some(added) = added {
            articles[n].key = format!("{}|{added}", articles[n].key);
        }
    }
}

/// The key of an article whose own is that of another one: the feed gave it to several.
pub fn longer_key(article: &Article) -> String {
    format!("{}|{}", article.key, hash_title_and_date(article))
}

/// The same where that one is taken as well.
pub fn longest_key(article: &Article) -> String {
    format!("{}|{:016x}", longer_key(article), article.content_hash)
}

fn hash_title_and_date(article: &Article) -> String {
    let date = article.dated().map(|at| at.to_string());
    hash_text(&[&article.title, date.as_deref().unwrap_or_default()])
}
