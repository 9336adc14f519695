//! The feeds that a web page offers: `<link rel="alternate">` in its head, and links that look like a feed's.

use url::Url;

use super::draft::resolve;
use super::entity::Entities;
use crate::text::html;
use crate::text::markup::{Markup, Tag, Token};

/// A feed that a page offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Where it is.
    pub url: String,
    /// What the page calls it, if anything.
    pub title: Option<String>,
    /// Whether the page declares it to be a feed; otherwise its address only looks like one.
    pub declared: bool,
}

/// The media types that feeds are declared with.
const FEED_TYPES: &[&str] = &[
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/json",
    "application/xml",
    "text/xml",
];

/// What the last segment of a feed's address is or begins with, or its extension.
const FEED_NAMES: &[&str] =
    &["feed", "feeds", "rss", "atom", "rdf", "index.xml", "feed.xml", "rss.xml", "atom.xml", "feed.json"];
const FEED_EXTENSIONS: &[&str] = &[".rss", ".atom", ".rdf"];

/// Most offers returned; a page that has more is a directory of feeds.
const OFFERS: usize = 50;

/// The feeds a page offers: the declared ones first, each once, in the order of the page.
pub fn discover(page: &str, base: &Url) -> Vec<Offer> {
    let entities = Entities::default();
    let mut base = base.clone();
    let mut offers: Vec<Offer> = Vec::new();
    for token in Markup::new(page) {
        let Token::Start(tag) = token else { continue };
        let Some(href) = tag.attribute("href").map(|href| entities.decode(href)) else { continue };
        let declared = is_declared(tag);
        match tag.name.to_ascii_lowercase().as_str() {
            "base" => base = base.join(href.trim()).unwrap_or(base),
            "link" if declared => offers.extend(offer(tag, &href, &base, &entities, true)),
            "a" if declared || looks_like_feed(&href) => offers.extend(offer(tag, &href, &base, &entities, declared)),
            _ => {}
        }
    }
    offers.sort_by_key(|offer| !offer.declared);
    let mut seen = std::collections::HashSet::new();
    offers.retain(|offer| seen.insert(offer.url.clone()));
    offers.truncate(OFFERS);
    offers
}

fn offer(tag: Tag, href: &str, base: &Url, entities: &Entities, declared: bool) -> Option<Offer> {
    let url = resolve(href, base).filter(|url| url.starts_with("http"))?;
    let title = tag.attribute("title").map(|title| html::title_to_text(&entities.decode(title)));
    Some(Offer { url, title: title.filter(|title| !title.is_empty()), declared })
}

fn is_declared(tag: Tag) -> bool {
    let lower = |name| tag.attribute(name).unwrap_or_default().to_ascii_lowercase();
    let rel = lower("rel");
    let mut rels = rel.split_ascii_whitespace();
    let kind = lower("type");
    let kind = kind.split(';').next().unwrap_or_default().trim();
    rels.clone().any(|rel| rel == "feed") || (rels.any(|rel| rel == "alternate") && FEED_TYPES.contains(&kind))
}

fn looks_like_feed(href: &str) -> bool {
    let path = href.split(['?', '#']).next().unwrap_or(href).trim_end_matches('/').to_ascii_lowercase();
    let last = path.rsplit('/').next().unwrap_or(&path);
    FEED_NAMES.contains(&last) || FEED_EXTENSIONS.iter().any(|extension| last.ends_with(extension))
}
