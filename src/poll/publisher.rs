//! The publisher of an article: the registrable domain of its link. If that is an aggregator, it is the source that the
//! feed names, or else the name after the headline. Pure.
//!
//! A feed may claim anything. The effect on a story is limited where publishers are counted (`counted`).

use url::Url;

use crate::model::{Article, Feed};
use crate::pace::gate;
use crate::story::home_of;

/// Domains that carry articles of other publishers, and whether the name after a headline there is the publisher. If
/// the publisher is not known, it never counts as a second one.
const OF_OTHERS: [(&str, bool); 17] = [
    ("google.com", true),
    ("bing.com", true),
    ("msn.com", true),
    ("yahoo.com", true),
    ("newsbreak.com", true),
    ("smartnews.com", true),
    ("flipboard.com", true),
    ("apple.news", true),
    ("feedburner.com", true),
    ("inoreader.com", true),
    ("feedly.com", true),
    ("ampproject.org", false),
    ("reddit.com", false),
    ("t.co", false),
    ("bit.ly", false),
    ("archive.org", false),
    ("archive.ph", false),
];

/// A name with more words, or longer, is not a publisher.
const NAME_WORDS_MOST: usize = 5;
const NAME_BYTES_MOST: usize = 60;

/// The publisher of an article, if it is known.
pub(super) fn publisher(article: &Article, feed: &Feed) -> Option<String> {
    let address = article.url.as_deref().unwrap_or(feed.source.url.as_str());
    let domain = domain_of(address)?;
    let Some((_, has_names)) = OF_OTHERS.iter().find(|(of_others, _)| *of_others == domain) else {
        return Some(domain);
    };
    let original = article.original.as_ref();
    let by_address = original.and_then(|original| own_domain(original.url.as_deref()?));
    let by_name = || original.and_then(|original| named(original.name.as_deref()?));
    let by_headline = || named(name_behind(&article.title)?);
    by_address.or_else(by_name).or_else(|| has_names.then(by_headline).flatten())
}

/// Whether a publisher is known by its domain, and not by a name only.
pub(super) fn is_domain(publisher: &str) -> bool {
    publisher.contains('.') && !publisher.contains(char::is_whitespace)
}

/// Whether a name is that of the publisher at a domain: `The Guardian` at theguardian.com, `BBC News` at bbc.co.uk.
pub(super) fn is_name_of(name: &str, domain: &str) -> bool {
    let plain =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let bare = |text: &str| {
        let text = plain(text);
        let text = text.strip_prefix("the").unwrap_or(&text);
        text.strip_suffix("news").filter(|rest| !rest.is_empty()).unwrap_or(text).to_owned()
    };
    bare(name) == bare(domain.split('.').next().unwrap_or_default())
}

/// The registrable domain of an address.
fn domain_of(url: &str) -> Option<String> {
    Some(gate::domain(Url::parse(url).ok()?.host_str()?)?.to_ascii_lowercase())
}

/// The registrable domain of an address, unless it carries articles of other publishers.
fn own_domain(url: &str) -> Option<String> {
    domain_of(url).filter(|domain| !OF_OTHERS.iter().any(|(of_others, _)| of_others == domain))
}

/// A publisher by its name: the domain that the name is, or that of the agency called so.
fn named(name: &str) -> Option<String> {
    let name = name.trim();
    let is_name = name.chars().any(char::is_alphabetic)
        && name.len() <= NAME_BYTES_MOST
        && name.split_whitespace().count() <= NAME_WORDS_MOST;
    match home_of(name) {
        Some(home) => Some(home.to_owned()),
        None if is_domain(name) => own_domain(&format!("https://{name}/")),
        None => is_name.then(|| name.to_owned()),
    }
}

/// The text after the last dash of a headline: `Envoy leaves - The Paper`.
fn name_behind(title: &str) -> Option<&str> {
    let rules = [" - ", " – ", " — ", " | "];
    let (at, rule) = rules.into_iter().filter_map(|rule| Some((title.rfind(rule)?, rule))).max()?;
    Some(&title[at + rule.len()..]).filter(|_| !title[..at].trim().is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::clock::Timestamp;
    use crate::model::{FeedId, FeedSource, Original, Polls, Validators};

    fn feed(url: &str) -> Feed {
        let url = url.parse().unwrap();
        Feed {
            id: FeedId(1),
            source: FeedSource {
                url,
                name: None,
                tags: Vec::new(),
                every: None,
                holds_others: true,
                tier: None,
                related_in_full: false,
            },
            adopted: None,
            title: None,
            validators: Validators::default(),
            body_hash: None,
            polls: Polls::none_yet(Timestamp::UNIX_EPOCH, Default::default()),
        }
    }

    /// The publisher of a headline with a link and a source.
    fn check(title: &str, link: Option<&str>, source: (&str, &str), expected: Option<&str>) {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let original = Original { name: text(source.0), url: text(source.1) };
        let original = (original != Original::default()).then(|| Box::new(original));
        let article = Article { url: link.map(str::to_owned), original, ..Article::of_text(title) };
        let publisher = publisher(&article, &feed("https://feeds.paper.example/world"));
        assert_eq!(publisher.as_deref(), expected, "{title} {link:?} {source:?}");
    }

    #[test]
    fn the_link_says_whose_an_article_is_and_where_it_does_not_the_feed() {
        const GOOGLE: Option<&str> = Some("https://news.google.com/rss/articles/CBMi");
        let none = ("", "");
        check("Envoy leaves", Some("https://www.bbc.co.uk/news/1"), none, Some("bbc.co.uk"));
        check("Envoy leaves", None, none, Some("paper.example"));
        // A source next to a link to the publisher's own site is a claim that is not needed.
        check("Envoy leaves", Some("https://a.example/1"), ("Reuters", "https://reuters.com/"), Some("a.example"));
        check("Envoy leaves - Of Others", Some("https://a.example/1"), none, Some("a.example"));
        check("Envoy leaves - Reuters", GOOGLE, ("Reuters", "https://www.reuters.com"), Some("reuters.com"));
        check("Envoy leaves - The Paper", GOOGLE, ("", "https://news.google.com"), Some("The Paper"));
        check("Envoy leaves", GOOGLE, ("The Paper", ""), Some("The Paper"));
        check("Envoy leaves - Reuters", GOOGLE, none, Some("reuters.com"));
        check("Envoy leaves - euronews.com", GOOGLE, none, Some("euronews.com"));
        check("Envoy - leaves | The Paper", GOOGLE, none, Some("The Paper"));
        check("Envoy leaves", GOOGLE, none, None);
        check("Envoy leaves - and that was all that he had to say", GOOGLE, none, None);
        check("Envoy leaves - 2026", GOOGLE, none, None);
        // A person's name after a headline is not a publisher.
        check("Envoy leaves - Reuters", Some("https://www.reddit.com/r/news/1"), none, None);
        check("Envoy leaves", Some("http://192.0.2.7/1"), none, None);
        check("Envoy leaves", Some("urn:1"), none, None);
    }

    #[test]
    fn a_name_is_known_again_in_a_domain() {
        for (name, domain) in
            [("The Guardian", "theguardian.com"), ("BBC News", "bbc.co.uk"), ("Le Monde", "lemonde.fr")]
        {
            assert!(is_name_of(name, domain), "{name} {domain}");
        }
        assert!(!is_name_of("The Times", "nytimes.com") && !is_name_of("News", "abc.net"));
        assert!(is_domain("bbc.co.uk") && !is_domain("U.S. News") && !is_domain("Le Monde"));
    }
}
