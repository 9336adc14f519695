//! feed-rs at work: canonical documents to articles. The only file that knows feed-rs.

use feed_rs::model::{Content, Entry, Text};
use feed_rs::parser::Builder;

use super::canonical::Aside;
use super::mojibake::mended;
use super::{FeedError, dates, identity, limits};
use crate::clock::Timestamp;
use crate::model::{Article, KeyKind};
use crate::text::html;

/// The articles read so far of a document that arrives in pieces.
#[derive(Debug)]
pub(super) struct Reader {
    title: Option<String>,
    /// Without keys yet.
    articles: Vec<Article>,
    /// How much memory the articles may take, and how much they do, the keys included that they will get.
    most_bytes: usize,
    held_bytes: usize,
    is_full: bool,
}

impl Reader {
    pub(super) fn new(most_bytes: usize) -> Self {
        Reader { title: None, articles: Vec::new(), most_bytes, held_bytes: 0, is_full: false }
    }

    /// Whether no more articles are taken.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    /// Reads a piece; `asides` are what else is known of its entries.
    pub(super) fn read(&mut self, canonical: &str, asides: impl Iterator<Item = Aside>) -> Result<(), FeedError> {
        // A parser is not to be used again after an error or panic, so there is one for each document.
        let parser = Builder::new()
            .sanitize_content(false)
            .timestamp_parser(|text| {
                dates::parse(text).and_then(|at| chrono::DateTime::from_timestamp_micros(at.as_microsecond()))
            })
            .id_generator(|_, _, _| String::new())
            .build();
        let feed = parser.parse(canonical.as_bytes()).map_err(|error| FeedError::Broken(error.to_string()))?;
        self.title = feed.title.as_ref().map(title_text).filter(|title| !title.is_empty());
        for (entry, Aside { lang, original }) in feed.entries.into_iter().zip(asides) {
            let article = Article { lang, original, ..article(entry) };
            self.held_bytes += article.weight() + key_bytes(&article) + inherited_bytes(&article);
            self.is_full |= self.held_bytes > self.most_bytes;
            if self.is_full {
                break;
            }
            self.articles.push(article);
        }
        Ok(())
    }

    /// Title, articles, and how many bytes of them were allowed when there were more.
    pub(super) fn into_parts(self) -> (Option<String>, Vec<Article>, Option<usize>) {
        (self.title, self.articles, self.is_full.then_some(self.most_bytes))
    }
}

/// What an article's key can take while keys are assigned: its identifier and link, percent-encoded, and once more.
fn key_bytes(article: &Article) -> usize {
    let is_encoded = |byte: &u8| !byte.is_ascii_graphic() || br#""<>`{}\^|"#.contains(byte);
    let encoded = |url: &String| url.len() + 2 * url.as_bytes().iter().filter(|byte| is_encoded(byte)).count();
    2 * (article.id.as_ref().map_or(0, String::len) + article.url.as_ref().map_or(0, encoded))
}

/// The memory that fields of the feed can add to each article.
fn inherited_bytes(article: &Article) -> usize {
    let author = if article.author.is_none() { limits::LABEL_BYTES } else { 0 };
    author + if article.lang.is_none() { limits::LANG_BYTES } else { 0 }
}

fn article(entry: Entry) -> Article {
    let links = |rel: &'static str| entry.links.iter().filter(move |link| link.rel.as_deref() == Some(rel));
    let authors: Vec<_> = entry.authors.iter().filter_map(|person| person.name.as_deref()).collect();
    let mut article = Article {
        key: String::new(),
        key_kind: KeyKind::Hash,
        url: links("alternate").next().map(|link| link.href.clone()),
        title: entry.title.as_ref().map(title_text).unwrap_or_default(),
        summary: entry.summary.as_ref().map(|text| body_text(&text.content, is_html(text))).unwrap_or_default(),
        body: entry.content.as_ref().and_then(content_text).unwrap_or_default(),
        author: Some(authors.join(", ")).filter(|names| !names.is_empty()),
        original: None,
        categories: entry.categories.iter().map(|category| category.term.clone()).collect(),
        lang: None,
        published: entry.published.and_then(timestamp),
        updated: entry.updated.and_then(timestamp),
        enclosures: links("enclosure").map(|link| link.href.clone()).collect(),
        content_hash: 0,
        id: Some(entry.id).filter(|id| !id.is_empty()),
    };
    article.content_hash = identity::content_hash(&article);
    article
}

fn timestamp(at: chrono::DateTime<chrono::Utc>) -> Option<Timestamp> {
    Timestamp::from_microsecond(at.timestamp_micros()).ok()
}

fn is_html(text: &Text) -> bool {
    text.content_type.subty() == "html"
}

fn title_text(text: &Text) -> String {
    mended(html::title_to_text(&text.content))
}

fn body_text(text: &str, is_html: bool) -> String {
    let mut text = mended(if is_html { html::to_text(text) } else { html::plain_to_text(text) });
    // It was made with room for all of the markup, and is kept for a while.
    if text.capacity() > text.len() + text.len() / 4 {
        text.shrink_to_fit();
    }
    text
}

fn content_text(content: &Content) -> Option<String> {
    Some(body_text(content.body.as_deref()?, content.content_type.subty() == "html"))
}
