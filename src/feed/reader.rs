//! feed-rs at work: canonical documents to articles. The only file that knows feed-rs.

use feed_rs::model::{Content, Entry, Text};
use feed_rs::parser::Builder;

use super::mojibake::mended;
use super::{FeedError, dates, identity};
use crate::clock::Timestamp;
use crate::model::{Article, KeyKind};
use crate::text::html;

/// The feed's title and its articles, without keys yet.
pub(super) fn read(canonical: &str) -> Result<(Option<String>, Vec<Article>), FeedError> {
    // A parser is not to be used again after an error or panic, so there is one for each document.
    let parser = Builder::new()
        .sanitize_content(false)
        .timestamp_parser(|text| {
            dates::parse(text).and_then(|at| chrono::DateTime::from_timestamp_micros(at.as_microsecond()))
        })
        .id_generator(|_, _, _| String::new())
        .build();
    let feed = parser.parse(canonical.as_bytes()).map_err(|error| FeedError::Broken(error.to_string()))?;
    let title = feed.title.as_ref().map(title_text).filter(|title| !title.is_empty());
    Ok((title, feed.entries.into_iter().map(article).collect()))
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
    mended(if is_html { html::to_text(text) } else { html::plain_to_text(text) })
}

fn content_text(content: &Content) -> Option<String> {
    Some(body_text(content.body.as_deref()?, content.content_type.subty() == "html"))
}
