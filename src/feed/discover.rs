//! The feeds that a web page offers: `<link rel="alternate">` in its head, and links that look like a feed's.

use std::borrow::Cow;
use std::collections::HashSet;

use url::Url;

use super::draft::resolve;
use super::entity::Entities;
use super::limits;
use crate::text::html;
use crate::text::markup::{Markup, Tag, Token};

/// A feed that a page offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Where it is.
    pub url: String,
    /// Its name on the page, if any.
    pub title: Option<String>,
    /// Whether the page declares it to be a feed; otherwise it only looks like one.
    pub declared: bool,
}

/// How likely a link leads to a feed, the likeliest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// Its media type is that of feeds, or it says `rel="feed"`.
    Feed,
    /// Its media type is one that feeds have among others.
    Data,
    /// Its address looks like a feed's.
    Address,
    /// Its text names a feed's format.
    Text,
}

/// Media types with these words are feeds', however they are written ...
const FEED_KINDS: &[&str] = &["rss", "atom", "feed+json", "rdf+xml"];
/// ... these may be.
const DATA_KINDS: &[&str] = &["application/json", "application/xml", "text/xml"];
/// Endpoints that pages declare next to feeds: for embedding, and for programs (WordPress).
const OTHER_KIND: &str = "oembed";
const OTHER_ADDRESSES: &[&str] = &["/wp-json/", "/oembed"];

/// Names that are typical of a feed's address: its last segment without extension, its host's first label, or a part of
/// its query.
const FEED_NAMES: &[&str] = &["feed", "feeds", "rss", "rss2", "atom", "rdf"];
/// The extensions that such a name has, a page's not among them ...
const NAMED_EXTENSIONS: &[&str] = &["", "xml", "json", "php", "asp", "aspx", "jsp", "cgi"];
/// ... and those that tell a feed by themselves.
const FEED_EXTENSIONS: &[&str] = &["rss", "atom", "rdf", "xml"];
/// XML for search engines and browsers.
const OTHER_NAMES: &[&str] = &["sitemap", "opensearch", "manifest", "browserconfig"];

/// Words in a link's text that mean a feed, and how long a text may be to be a link's name and no sentence.
const FEED_WORDS: &[&str] = &["rss", "atom"];
const LINK_TEXT_BYTES: usize = 60;

/// Most offers returned; a page that has more is a directory of feeds.
const OFFERS: usize = 50;

/// The feeds a page offers, each once: feeds of comments last, the declared ones first, otherwise in the order of the
/// page.
pub fn discover(page: &str, base: &Url) -> Vec<Offer> {
    let entities = Entities::default();
    let Page { base: declared, links, .. } = Page::read(page, &entities);
    let declared = declared.map(|href| entities.decode(href)).filter(|href| href.len() <= limits::LINK_BYTES);
    let base = declared.and_then(|href| base.join(href.trim()).ok()).unwrap_or_else(|| base.clone());
    let offered = links.iter().filter_map(|(how, link)| {
        let href = entities.decode(link.tag.attribute("href")?.trim());
        let url = resolve(&without_feed_scheme(&href), &base);
        let url = url.filter(|url| url.starts_with("http") && url.len() <= limits::LINK_BYTES)?;
        let is_other = OTHER_ADDRESSES.iter().any(|other| url.contains(other));
        let title = link.tag.attribute("title").map(|title| html::title_to_text(&entities.decode(title)));
        let title = title.filter(|title| (1..=limits::TITLE_BYTES).contains(&title.len()));
        (!is_other).then_some((*how, Offer { url, title, declared: *how <= Likeness::Data }))
    });
    let mut offers: Vec<_> = offered.collect();
    offers.sort_by_key(|(how, offer)| (is_of_comments(offer), *how));
    let mut seen = HashSet::new();
    offers.retain(|(_, offer)| seen.insert(offer.url.clone()));
    offers.truncate(OFFERS);
    offers.into_iter().map(|(_, offer)| offer).collect()
}

/// The parts of a page that matter here.
#[derive(Default)]
struct Page<'a> {
    /// The base of its links: the first `<base>` applies to all, wherever it is.
    base: Option<&'a str>,
    /// Those that may lead to a feed, and how likely.
    links: Vec<(Likeness, Link<'a>)>,
    /// The one that is being read.
    open: Option<Link<'a>>,
}

/// A `<link>` or `<a>`, with its visible text.
struct Link<'a> {
    tag: Tag<'a>,
    text: String,
}

impl<'a> Page<'a> {
    fn read(page: &'a str, entities: &Entities) -> Page<'a> {
        let mut read = Page::default();
        let (mut is_in_link, mut script) = (false, None);
        for token in Markup::new(page) {
            if let Some(name) = script {
                // Its content is not markup.
                let ends = matches!(token, Token::End(end) if end.eq_ignore_ascii_case(name));
                script = Some(name).filter(|_| !ends);
                continue;
            }
            match token {
                Token::Start(tag) => match tag.name.to_ascii_lowercase().as_str() {
                    "script" | "style" if !tag.closed => script = Some(tag.name),
                    "base" => read.base = read.base.or(tag.attribute("href")),
                    name @ ("link" | "a") => {
                        is_in_link = name == "a";
                        read.close(entities);
                        read.open = Some(Link { tag, text: String::new() });
                    }
                    _ if is_in_link => read.say(tag.attribute("alt").unwrap_or_default()),
                    _ => {}
                },
                Token::Text(text) if is_in_link => read.say(text),
                Token::End(name) if name.eq_ignore_ascii_case("a") => is_in_link = false,
                _ => {}
            }
            if read.links.len() >= limits::OFFERS {
                break;
            }
        }
        read.close(entities);
        read
    }

    /// Keeps the link that was read, if it may lead to a feed: a page has thousands that do not.
    fn close(&mut self, entities: &Entities) {
        let Some(link) = self.open.take() else { return };
        let href = entities.decode(link.tag.attribute("href").unwrap_or_default().trim());
        if let Some(how) = link.likeness(&href).filter(|_| !href.is_empty() && href.len() <= limits::LINK_BYTES) {
            self.links.push((how, link));
        }
    }

    /// Text within the last link.
    fn say(&mut self, text: &str) {
        if let Some(link) = self.open.as_mut().filter(|link| link.text.len() <= LINK_TEXT_BYTES) {
            link.text.extend([" ", &text[..text.floor_char_boundary(LINK_TEXT_BYTES)]]);
        }
    }
}

impl Link<'_> {
    /// How likely it leads to a feed, if at all.
    fn likeness(&self, href: &str) -> Option<Likeness> {
        let lower = |name| self.tag.attribute(name).unwrap_or_default().to_ascii_lowercase();
        let (rel, kind) = (lower("rel"), lower("type"));
        let says = |word: &str| rel.split_ascii_whitespace().any(|rel| rel == word);
        let is_link = self.tag.name.eq_ignore_ascii_case("link");
        let kind = kind.split(';').next().unwrap_or_default().trim();
        match says("alternate") {
            _ if says("feed") => Some(Likeness::Feed),
            true if kind.contains(OTHER_KIND) || says("stylesheet") => None,
            true if FEED_KINDS.iter().any(|feed| kind.contains(feed)) => Some(Likeness::Feed),
            true if DATA_KINDS.contains(&kind) => Some(Likeness::Data),
            // Other languages and devices are alternates too.
            alternate if alternate || !is_link => {
                let by_text = || (!is_link && names_a_feed(&self.text)).then_some(Likeness::Text);
                looks_like_feed(href).then_some(Likeness::Address).or_else(by_text)
            }
            _ => None,
        }
    }
}

/// The rest after `feed:`, a browser's shorthand for "subscribe", before an address or instead of its http.
fn after_feed_scheme(href: &str) -> Option<&str> {
    let scheme = href.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("feed:"))?;
    Some(&href[scheme.len()..])
}

fn without_feed_scheme(href: &str) -> Cow<'_, str> {
    match after_feed_scheme(href) {
        Some(rest) if rest.starts_with("//") => Cow::Owned(format!("http:{rest}")),
        rest => Cow::Borrowed(rest.unwrap_or(href)),
    }
}

fn is_of_comments(offer: &Offer) -> bool {
    let title = offer.title.as_deref().unwrap_or_default();
    [title, &offer.url].iter().any(|text| text.to_ascii_lowercase().contains("comment"))
}

/// Whether a short text has the name of a format among its words.
fn names_a_feed(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    text.len() <= LINK_TEXT_BYTES && words.any(|word| FEED_WORDS.iter().any(|feed| word.eq_ignore_ascii_case(feed)))
}

/// Whether an address has a feed's name in its path's end, its query or its host.
fn looks_like_feed(href: &str) -> bool {
    let href = href.to_ascii_lowercase();
    let href = href.split('#').next().unwrap_or_default();
    let (path, query) = href.split_once('?').unwrap_or((href, ""));
    let (host, path) = match path.split_once("//") {
        Some((scheme, rest)) if scheme.is_empty() || scheme.ends_with(':') => {
            rest.split_once('/').unwrap_or((rest, ""))
        }
        _ => ("", path),
    };
    let path = path.trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or(path);
    let (name, extension) = last.rsplit_once('.').unwrap_or((last, ""));
    let is_named = FEED_NAMES.contains(&name) && NAMED_EXTENSIONS.contains(&extension);
    let is_typed = FEED_EXTENSIONS.contains(&extension) && !OTHER_NAMES.iter().any(|other| name.contains(other));
    let is_asked = query.split(['&', '=', ';']).any(|part| FEED_NAMES.contains(&part));
    let is_hosted = host.split('.').next().is_some_and(|label| FEED_NAMES.contains(&label));
    is_named || is_typed || is_asked || is_hosted || after_feed_scheme(href).is_some()
}
