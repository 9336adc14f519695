//! Which of the articles that are known each item of a document is, where its key does not say: a feed that changes its
//! identifiers, its host or its links tells nothing twice, and one that gives several articles one key loses none.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use url::Url;

use crate::clock::{DAY, Timestamp, earlier};
use crate::feed::address;
use crate::feed::evidence::{Around, Item, Sureness, is_edit, is_same};
use crate::feed::identity::{longer_key, longest_key};
use crate::model::{Alias, AlikeArticle, Article, ArticleId, KeyKind, Known, LookUp};

/// An older article with the same link is another one: addresses such as /weather are used again.
const RECENT: Duration = DAY.saturating_mul(30);
/// So many items, and more than half of a document, that say what earlier ones said show that the feed changed its
/// identifiers: two may repeat themselves by chance.
const TOGETHER_MIN: usize = 3;

/// How many earlier articles with the same link, or the same text, an item is compared with. A link that more articles
/// share identifies none of them, and thousands of items that share one would be compared pairwise.
const CANDIDATES_MAX: usize = 16;

/// The instant from which on an article is recent enough to be recognised.
pub fn recent(now: Timestamp) -> Timestamp {
    earlier(now, RECENT)
}

/// A hash of the canonical link: a second way to find an article, besides its key.
pub(super) fn link_hash(article: &Article) -> Option<u64> {
    article.url.as_deref().map(address::hash)
}

/// What an article is looked up by.
pub fn look_up(article: &Article) -> LookUp {
    LookUp { link_hash: link_hash(article), longer_key: longer_key(article) }
}

/// Finds out which items are known articles under new keys, counts them as known and gives their new keys. An item
/// whose key is that of another article gets a longer one.
pub(super) fn recognise(known: &mut Known, articles: &mut [Article], answered_at: Timestamp) -> Vec<Alias> {
    if known.alike.is_empty() {
        return Vec::new();
    }
    let earlier = std::mem::take(&mut known.alike);
    let document = Document::of(known, articles, &earlier);
    let chosen = document.choose(known, articles, answered_at);
    let aliases = settle(known, articles, &earlier, &document.open, &chosen);
    known.alike = earlier;
    aliases
}

/// A document compared with the known articles.
struct Document<'a> {
    /// Items that are not known as they are.
    open: Vec<usize>,
    /// The earlier articles, as they are compared.
    stored: Vec<Item<'a>>,
    /// Their numbers by what may show that an item is one of them; those that stand in the document as they are left
    /// out.
    by_id: HashMap<ArticleId, usize>,
    by_key: HashMap<&'a str, usize>,
    by_link: HashMap<String, Vec<usize>>,
    by_words: HashMap<u64, Vec<usize>>,
    /// Canonical links, and how many items have each.
    links: HashMap<String, usize>,
    /// The same for the earlier articles, all of them.
    earlier_links: HashMap<String, usize>,
    around: Around,
}

impl<'a> Document<'a> {
    fn of(known: &Known, articles: &[Article], earlier: &'a [AlikeArticle]) -> Document<'a> {
        let is_settled = |article: &Article| {
            known.articles.get(&article.key).filter(|known| known.content_hash == article.content_hash)
        };
        let settled: HashSet<ArticleId> = articles.iter().filter_map(is_settled).map(|known| known.id).collect();
        let mut document = Document {
            open: (0..articles.len()).filter(|n| is_settled(&articles[*n]).is_none()).collect(),
            stored: earlier.iter().map(Item::stored).collect(),
            by_id: HashMap::new(),
            by_key: HashMap::new(),
            by_link: HashMap::new(),
            by_words: HashMap::new(),
            links: HashMap::new(),
            earlier_links: HashMap::new(),
            around: Around { keeps: !known.articles.is_empty(), ..Around::default() },
        };
        for url in articles.iter().filter_map(|article| article.url.as_deref()) {
            *document.links.entry(address::canonical(url)).or_default() += 1;
        }
        for (number, old) in earlier.iter().enumerate() {
            let link = old.url.as_deref().map(address::canonical);
            if let Some(link) = &link {
                *document.earlier_links.entry(link.clone()).or_default() += 1;
            }
            if settled.contains(&old.known.id) {
                continue;
            }
            document.by_id.insert(old.known.id, number);
            document.by_key.insert(&old.key, number);
            add(document.by_words.entry(old.known.content_hash).or_default(), number);
            if let Some(link) = link {
                add(document.by_link.entry(link).or_default(), number);
            }
        }
        let renamed = document.open.iter().map(|n| &articles[*n]).filter(|article| {
            !known.articles.contains_key(&article.key) && document.by_words.contains_key(&article.content_hash)
        });
        // Items that all say the same are one that repeats itself.
        let renamed = renamed.map(|article| article.content_hash).collect::<BTreeSet<_>>().len();
        document.around.together = renamed >= TOGETHER_MIN && renamed * 2 > articles.len();
        document
    }

    /// For each open item the earlier article that it is, if any: the surest first, each article once.
    fn choose(&self, known: &Known, articles: &[Article], answered_at: Timestamp) -> HashMap<usize, usize> {
        let mut pairs = Vec::new();
        for &number in &self.open {
            let article = &articles[number];
            let item = Item::new(article, answered_at);
            let link = article.url.as_deref().map(address::canonical);
            let around = Around { own_link: link.as_deref().is_some_and(|link| self.is_own(link)), ..self.around };
            let same_key = known.articles.get(&article.key).and_then(|known| self.by_id.get(&known.id));
            let longer = self.by_key.get(longer_key(article).as_str());
            let linked = link.and_then(|link| self.by_link.get(&link)).into_iter().flatten();
            let told = self.by_words.get(&article.content_hash).into_iter().flatten();
            let candidates: BTreeSet<usize> =
                same_key.into_iter().chain(longer).chain(linked).chain(told).copied().collect();
            for old in candidates {
                let stored = &self.stored[old];
                // Longer keys hold the title and the date.
                let has_key = same_key == Some(&old) || longer == Some(&old);
                let kind = if longer == Some(&old) { KeyKind::Hash } else { article.key_kind };
                let edited = || (has_key && is_edit(&item, stored, kind, around)).then_some(Sureness::SameKey);
                let sureness = is_same(&item, stored, around).max(edited());
                pairs.extend(sureness.map(|sureness| (sureness, number, old)));
            }
        }
        pairs.sort_by_key(|(sureness, number, _)| (std::cmp::Reverse(*sureness), *number));
        let (mut chosen, mut taken) = (HashMap::new(), HashSet::new());
        for (_, number, old) in pairs {
            if !chosen.contains_key(&number) && taken.insert(old) {
                chosen.insert(number, old);
            }
        }
        chosen
    }

    /// Whether a link belongs to one article only: no other item of the document has it. A home page never does.
    fn is_own(&self, link: &str) -> bool {
        let is_home = || Url::parse(link).is_ok_and(|link| link.path() == "/" && link.query().is_none());
        let is_single = |links: &HashMap<String, usize>| links.get(link).is_none_or(|count| *count == 1);
        self.links.len() > 1 && is_single(&self.links) && is_single(&self.earlier_links) && !is_home()
    }
}

/// Adds a candidate, unless there are enough.
fn add(candidates: &mut Vec<usize>, number: usize) {
    if candidates.len() < CANDIDATES_MAX {
        candidates.push(number);
    }
}

/// Gives each item the key by which it is known, or one that is its own.
fn settle(
    known: &mut Known,
    articles: &mut [Article],
    earlier: &[AlikeArticle],
    open: &[usize],
    chosen: &HashMap<usize, usize>,
) -> Vec<Alias> {
    let keyed: Vec<Option<ArticleId>> =
        open.iter().map(|number| known.articles.remove(&articles[*number].key).map(|known| known.id)).collect();
    let taken: HashSet<&str> = earlier.iter().map(|old| old.key.as_str()).collect();
    let mut aliases = Vec::new();
    for (number, keyed) in open.iter().zip(keyed) {
        let article = &mut articles[*number];
        match (chosen.get(number).map(|old| &earlier[*old]), keyed) {
            (Some(old), Some(id)) if id == old.known.id => {}
            (Some(old), Some(_)) => article.key.clone_from(&old.key),
            (Some(old), None) => aliases.push(Alias { key: article.key.clone(), article: old.known.id }),
            (None, None) => {}
            (None, Some(_)) => {
                let longer = longer_key(article);
                article.key = if taken.contains(longer.as_str()) { longest_key(article) } else { longer };
            }
        }
        if let Some(old) = chosen.get(number) {
            known.articles.insert(article.key.clone(), earlier[*old].known.clone());
        }
    }
    aliases
}
