//! Whether a second source has a story, independent of the first: under another registrable domain. Pure.

use url::Url;

use super::gate;
use crate::clock::Timestamp;
use crate::hash::hex128;
use crate::model::{Alert, Decided, Feed, Kind, Outcome, Telling, Told};

/// Domains under which the pieces of others stand: who wrote those is not known, and unknown never counts as independent.
const OF_OTHERS: [&str; 12] = [
    "google.com",
    "feedburner.com",
    "msn.com",
    "yahoo.com",
    "reddit.com",
    "flipboard.com",
    "newsbreak.com",
    "smartnews.com",
    "t.co",
    "bit.ly",
    "archive.org",
    "inoreader.com",
];

/// The registrable domain of an address, where it says whose piece it is.
pub fn domain_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let domain = gate::domain(url.host_str()?)?.to_ascii_lowercase();
    (!OF_OTHERS.contains(&domain.as_str())).then_some(domain)
}

/// Where an article comes from: its link says it, else its feed.
pub(super) fn source(url: Option<&str>, feed: &Feed) -> Option<String> {
    match url {
        Some(url) => domain_of(url),
        None => domain_of(feed.source.url.as_str()),
    }
}

/// The record that a second source has a story, if the article that joins it is that.
pub(super) fn confirmed(
    joined: &Alert,
    feed: &Feed,
    told: &mut Told,
    telling: &Telling,
    now: Timestamp,
) -> Option<Decided> {
    let first = telling.source.as_ref()?;
    let second = source(joined.article.url.as_deref(), feed).filter(|second| second != first)?;
    if std::mem::replace(&mut told.is_confirmed, true) {
        return None;
    }
    let change = format!("confirmed by {second}, first told by {first}");
    let reason = format!("{second} has the story that alert {} told from {first}", telling.alert);
    let alert = Alert {
        id: hex128(&[b"confirmed", telling.alert.as_bytes()]),
        time: now,
        kind: Kind::Confirmed,
        message: format!("{} ({change})", joined.message),
        change: Some(change),
        ..joined.clone()
    };
    Some(Decided::new(Outcome::Grown, reason, alert))
}
