//! A feed: its settings, and what polling it has shown.

use std::borrow::Cow;
use std::time::Duration;

use url::Url;

use super::mask;

use super::Polls;

/// A feed's number in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FeedId(pub i64);

/// The settings of a feed in the user's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedSource {
    /// The address as configured.
    pub url: Url,
    /// The name to show; the feed's own title when not given.
    pub name: Option<String>,
    /// Labels of the user's choosing.
    pub tags: Vec<String>,
    /// A fixed interval between polls; adaptive when not given.
    pub every: Option<Duration>,
    /// Whether its pieces may hold hits of other feeds, as the same story.
    pub holds_others: bool,
    /// How much it is worth to the user, from 1 (most) to 3; none when not given.
    pub tier: Option<u8>,
    /// Whether its hits that perhaps belong to a told story raise full alerts.
    pub related_in_full: bool,
}

/// The values a server gave to tell whether a document changed (RFC 9110 section 8.8), byte for byte.
///
/// Own copies, never slices of a response: those pin the connection's whole read buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// The address that gave them, when redirects led away from the feed's own: they mean nothing anywhere else.
    pub url: Option<Url>,
    /// The ETag field value, quotes and all.
    pub etag: Option<Box<[u8]>>,
    /// The Last-Modified field value, whatever its form.
    pub last_modified: Option<Box<[u8]>>,
}

impl Validators {
    /// Whether a conditional request can be made at all.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// A feed as the store keeps it.
#[derive(Clone, Debug)]
pub struct Feed {
    /// Its number.
    pub id: FeedId,
    /// Its settings.
    pub source: FeedSource,
    /// The address that is asked instead of the user's, since the server said often enough that the feed moved there.
    pub adopted: Option<Url>,
    /// The title the feed gave itself in its last good document.
    pub title: Option<String>,
    /// To be sent back with the next request.
    pub validators: Validators,
    /// A hash of the last good body, to know an unchanged document without parsing it.
    pub body_hash: Option<u64>,
    /// How its polls went and when the next is due.
    pub polls: Polls,
}

impl Feed {
    /// The address that is asked.
    pub fn address(&self) -> &Url {
        self.adopted.as_ref().unwrap_or(&self.source.url)
    }

    /// The validators of a request, and its address: an equal request gets the same "not modified".
    pub fn condition(&self) -> (&Url, Option<&[u8]>, Option<&[u8]>) {
        let Validators { url, etag, last_modified } = &self.validators;
        (url.as_ref().unwrap_or(self.address()), etag.as_deref(), last_modified.as_deref())
    }

    /// The name under which its server has its budget.
    pub fn host(&self) -> String {
        host_of(self.address())
    }

    /// What to call the feed: the user's name for it, its own title, or its address without its secrets.
    pub fn label(&self) -> Cow<'_, str> {
        let named = self.source.name.as_deref().or(self.title.as_deref());
        let named = named.filter(|name| !name.trim().is_empty());
        named.map_or_else(|| Cow::Owned(mask(&self.source.url)), Cow::Borrowed)
    }
}

/// The name under which an address's server has its budget: host, and port if not the usual one. A file has no server
/// to spare, so it is alone under its own.
pub fn host_of(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => url.as_str().to_owned(),
    }
}
