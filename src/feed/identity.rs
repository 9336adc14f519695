//! Which article is which: keys that stay the same from poll to poll, hashes that change when the text does, and what to
//! make of a feed whose identifiers changed.

use std::collections::{HashMap, HashSet};

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
/// document share it, all of them get a longer key: with their link, or with title and date, or with their text. All, not
/// all but the first: which is the first changes as soon as a new item is put before it. What still shares its key says
/// the same as another item in everything, and is that article once more.
pub(super) fn assign_keys(articles: &mut Vec<Article>) -> Vec<usize> {
    for article in articles.iter_mut() {
        (article.key_kind, article.key) = base_key(article);
    }
    lengthen_shared(articles, |article| {
        let url = article.url.as_deref()?;
        Some(address::canonical_with_fragment(url))
    });
    lengthen_shared(articles, |article| {
        let date = article.dated().map(|at| at.to_string());
        Some(hash_text(&[&article.title, date.as_deref().unwrap_or_default()]))
    });
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

/// What is known of an article of the same feed from an earlier poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Its key.
    pub key: String,
    /// Its address, if it has one.
    pub url: Option<String>,
    /// Its title.
    pub title: String,
    /// Its content hash.
    pub content_hash: u64,
}

/// An article that came under a new key but is known under another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The key it has now.
    pub key: String,
    /// The key it is known under.
    pub known_as: String,
}

/// What a poll's keys say beside those of earlier polls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aliases {
    /// The articles that are known under another key.
    pub aliases: Vec<Alias>,
    /// Whether the feed changed its identifiers: more than half of its keys are new at once, and most of them are aliases.
    pub ids_changed: bool,
}

/// Finds the articles of a poll that are old ones under new keys: with the canonical link, or title and content, of an
/// earlier article that the document no longer has under its own key. `earlier` is what the feed gave in the last weeks.
///
/// Never when in doubt: an earlier article that more than one new one could be is nobody's alias, nor is one whose link
/// or title several earlier articles share.
pub fn aliases(articles: &[Article], earlier: &[Earlier]) -> Aliases {
    let known: HashSet<&str> = earlier.iter().map(|known| known.key.as_str()).collect();
    let present: HashSet<&str> = articles.iter().map(|article| article.key.as_str()).collect();
    let mut by_link: HashMap<String, Vec<&Earlier>> = HashMap::new();
    let mut by_text: HashMap<(&str, u64), Vec<&Earlier>> = HashMap::new();
    for gone in earlier.iter().filter(|known| !present.contains(known.key.as_str())) {
        if let Some(url) = &gone.url {
            by_link.entry(address::canonical(url)).or_default().push(gone);
        }
        if !gone.title.is_empty() {
            by_text.entry((&gone.title, gone.content_hash)).or_default().push(gone);
        }
    }
    let new: Vec<&Article> = articles.iter().filter(|article| !known.contains(article.key.as_str())).collect();
    let mut claimed: HashMap<&str, Vec<&Article>> = HashMap::new();
    for article in &new {
        let linked = article.url.as_ref().and_then(|url| by_link.get(&address::canonical(url)));
        let told = by_text.get(&(article.title.as_str(), article.content_hash));
        let single = [linked, told].into_iter().flatten().find_map(|found| match found.as_slice() {
            [only] => Some(*only),
            _ => None,
        });
        if let Some(single) = single {
            claimed.entry(&single.key).or_default().push(article);
        }
    }
    let alias = |(known_as, claims): (&str, Vec<&Article>)| match claims.as_slice() {
        [only] => Some(Alias { key: only.key.clone(), known_as: known_as.to_owned() }),
        _ => None,
    };
    let mut aliases: Vec<Alias> = claimed.into_iter().filter_map(alias).collect();
    aliases.sort_by(|a, b| a.key.cmp(&b.key));
    let ids_changed = new.len() * 2 > articles.len() && aliases.len() * 2 > new.len();
    Aliases { aliases, ids_changed }
}
