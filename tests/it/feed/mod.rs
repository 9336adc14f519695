//! The feed room through its door: bytes in, articles out.
#![allow(clippy::unwrap_used)]

mod cases;
mod command;
mod dates;
mod decode;
mod discover;
mod elsewhere;
mod faithful;
mod hints;
mod hostile;
mod html;
mod identity;
mod mutation;
mod size;

use feedwatch::feed::{self, FeedError, Parsed};
use url::Url;

/// Parses a body as if it came from `http://feeds.example/news/feed.xml`.
fn parse(body: &[u8], content_type: Option<&str>) -> Result<Parsed, FeedError> {
    feed::parse(body, &Url::parse("http://feeds.example/news/feed.xml").unwrap(), content_type)
}

/// An RSS document around these items.
fn rss(items: &str) -> String {
    format!("<rss version=\"2.0\"><channel><title>Feed</title>{items}</channel></rss>")
}
