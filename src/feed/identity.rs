//! Which article is which: keys that stay the same from poll to poll, and hashes that change when the text does.

use std::collections::HashMap;
use std::hash::Hasher;

use siphasher::sip::SipHasher24;
use siphasher::sip128::{Hasher128, SipHasher24 as SipHasher128};

use super::address;
use crate::model::{Article, KeyKind};

/// The keys of all our hashes: fixed for ever, as the hashes lie in databases.
const HASH_KEYS: (u64, u64) = (0x6665_6564_7761_7463, 0x6865_7320_6665_6564);

/// A hash of texts in order, 128 bits in hexadecimal; the same on every machine and in every version.
pub(super) fn hash_text(parts: &[&str]) -> String {
    let mut hasher = SipHasher128::new_with_keys(HASH_KEYS.0, HASH_KEYS.1);
    feed_hasher(&mut hasher, parts);
    format!("{:032x}", hasher.finish128().as_u128())
}

/// Changes when title, summary or body change; the same on every machine and in every version.
pub(super) fn content_hash(article: &Article) -> u64 {
    let mut hasher = SipHasher24::new_with_keys(HASH_KEYS.0, HASH_KEYS.1);
    feed_hasher(&mut hasher, &[&article.title, &article.summary, &article.body]);
    hasher.finish()
}

/// The length before each part keeps "ab" + "c" apart from "a" + "bc".
fn feed_hasher(hasher: &mut impl Hasher, parts: &[&str]) {
    for part in parts {
        hasher.write(&(part.len() as u64).to_le_bytes());
        hasher.write(part.as_bytes());
    }
}

/// Gives each article its key and drops those that repeat another one in everything that tells them apart. Returns how
/// many were dropped.
///
/// The key is the feed's identifier, else the canonical link, else a hash of the text. When different articles of one
/// document share it, all of them get a longer key with their link, or with title and date. All, not all but the first:
/// the first changes as soon as a new article is put before it.
pub(super) fn assign_keys(articles: &mut Vec<Article>) -> usize {
    let before = articles.len();
    for article in articles.iter_mut() {
        (article.key_kind, article.key) = base_key(article);
    }
    lengthen_shared(articles, |article| article.url.as_deref().map(address::canonical));
    lengthen_shared(articles, |article| {
        let date = article.published.or(article.updated).map(|at| at.to_string());
        Some(hash_text(&[&article.title, date.as_deref().unwrap_or_default()]))
    });
    let mut seen = std::collections::HashSet::new();
    articles.retain(|article| seen.insert(article.key.clone()));
    before - articles.len()
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

/// Adds to the keys of articles that share one, when what is to be added differs among them.
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
