//! An article as a feed tells it, and what a watch found in it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// An article's number in the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArticleId(pub i64);

/// What an article's key was made from; the earlier, the steadier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    /// The feed's own identifier (guid, atom:id, JSON id, rdf:about).
    Id,
    /// The canonical link, as there is no identifier.
    Link,
    /// A hash of title and text, as there is neither.
    Hash,
}

/// Who had an article first, by the word of the feed that shows it (RSS `source`). At least one of the two is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Original {
    /// What it is called.
    pub name: Option<String>,
    /// An address of it: of the article, of its feed, or of the paper.
    pub url: Option<String>,
}

/// One entry of a feed, its text plain.
#[derive(Clone, Debug, PartialEq)]
pub struct Article {
    /// Tells it from all other articles of its feed; the same at every poll.
    pub key: String,
    /// What the key was made from.
    pub key_kind: KeyKind,
    /// The feed's own identifier as written, trimmed.
    pub id: Option<String>,
    /// Where to read it; absolute where the feed allows.
    pub url: Option<String>,
    /// Plain text; may be empty.
    pub title: String,
    /// Plain text, paragraphs parted by a newline; may be empty.
    pub summary: String,
    /// The full text where the feed carries it, plain, paragraphs parted by a newline; may be empty.
    pub body: String,
    /// Names as the feed gives them.
    pub author: Option<String>,
    /// Whose piece it is, where the feed says that it is another's.
    pub original: Option<Box<Original>>,
    /// The feed's own labels for it.
    pub categories: Vec<String>,
    /// The language the feed states, if any.
    pub lang: Option<String>,
    /// When it was published; none when the feed gives no date that can be read.
    pub published: Option<Timestamp>,
    /// When it was last changed, by the feed's word.
    pub updated: Option<Timestamp>,
    /// Addresses of attached media.
    pub enclosures: Vec<String>,
    /// Changes when title, summary or body change.
    pub content_hash: u64,
}

impl Article {
    /// When it appeared, as far as the feed says: many Atom feeds only say when an entry was last changed.
    pub fn dated(&self) -> Option<Timestamp> {
        self.published.or(self.updated)
    }

    /// The memory it takes, in bytes.
    pub fn weight(&self) -> usize {
        let one = [&self.key, &self.title, &self.summary, &self.body];
        let maybe = [&self.id, &self.url, &self.author, &self.lang].into_iter().flatten();
        let lists = [&self.categories, &self.enclosures];
        let original = self.original.iter().flat_map(|original| [&original.name, &original.url]).flatten();
        let texts = one.into_iter().chain(maybe).chain(original).chain(lists.iter().copied().flatten());
        let text_bytes: usize = texts.map(String::capacity).sum();
        let original_bytes = self.original.as_ref().map_or(0, |_| size_of::<Original>());
        let list_bytes: usize = lists.iter().map(|list| list.capacity() * size_of::<String>()).sum();
        size_of::<Self>() + text_bytes + original_bytes + list_bytes
    }

    /// A text as an article: its first line is the title, the rest the body.
    pub fn of_text(text: &str) -> Article {
        let (title, body) = text.split_once('\n').unwrap_or((text, ""));
        Article {
            key: String::new(),
            key_kind: KeyKind::Hash,
            id: None,
            url: None,
            title: title.to_owned(),
            summary: String::new(),
            body: body.to_owned(),
            author: None,
            original: None,
            categories: Vec::new(),
            lang: None,
            published: None,
            updated: None,
            enclosures: Vec::new(),
            content_hash: 0,
        }
    }

    /// What to call it: its title, else the beginning of its text, else its address.
    pub fn headline(&self) -> String {
        const BEGINNING_CHARS: usize = 100;
        let text = [&self.title, &self.summary, &self.body].into_iter().find(|text| !text.trim().is_empty());
        match text {
            Some(text) if text.len() == self.title.len() => text.clone(),
            Some(text) => text.chars().take(BEGINNING_CHARS).map(|c| if c == '\n' { ' ' } else { c }).collect(),
            None => self.url.clone().unwrap_or_else(|| self.key.clone()),
        }
    }
}

/// The part of an article a span lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// The headline.
    Title,
    /// The teaser.
    Summary,
    /// The full text.
    Body,
    /// Who wrote it.
    Author,
    /// The feed's label.
    Category,
    /// The name, title, tags or address of the feed.
    Feed,
    /// The article's address.
    Url,
    /// The article's language.
    Lang,
}

/// A watch that matched an article.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The watch's name.
    pub watch: Arc<str>,
    /// A hash of the watch's compiled form.
    pub revision: Arc<str>,
    /// How loud the watch wants to be.
    pub level: super::Level,
    /// What was found, at least one.
    pub why: Vec<Reason>,
    /// Points against threshold, for watches that count.
    pub score: Option<Score>,
}

/// One thing found: which words, where, for which term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The part of the article.
    pub field: Field,
    /// First byte in the stored plain text of the field, on a character boundary.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// What stands there.
    pub text: String,
    /// The term as the analyst wrote it.
    pub term: String,
    /// The clause it belongs to, as understood.
    pub clause: String,
    /// What it counted, for watches with points.
    pub points: Option<i64>,
}

/// Points reached and needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Reached.
    pub points: i64,
    /// Needed.
    pub threshold: i64,
}
