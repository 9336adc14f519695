//! The feeds: `[[feed]]` tables here and in further TOML files, and OPML lists. Each feed once.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use toml::Spanned;
use toml::de::DeValue;
use url::Url;

use super::folder::Folder;
use super::keys::{INTERVALS, RELATED, TIERS};
use super::section::Section;
use super::source::Place;
use super::value::{self, Wrong, duration};
use super::{Diagnostic, secret};
use crate::fetch::{Guard, Refusal};
use crate::model::FeedSource;

/// A feed and where it is written.
pub(super) struct Entry {
    pub(super) source: FeedSource,
    pub(super) place: Place,
}

impl Entry {
    /// Whether its address stands where its place is, rather than in a credential.
    fn stands_here(&self) -> bool {
        stands_at(&self.place)
    }
}

fn stands_at(place: &Place) -> bool {
    match place {
        Place::Text { source, range } => !source.text[range.clone()].contains(secret::PREFIX),
        Place::File(_) => true,
    }
}

/// Reads a file of nothing but `[[feed]]` tables.
pub(super) fn read(top: &mut Section<'_, '_>, folder: &Folder, files: bool) -> Vec<Entry> {
    let mut feeds = Vec::new();
    top.tables("feed", |feed| feeds.extend(entry(feed, folder, files)));
    feeds
}

/// Reads one `[[feed]]`.
pub(super) fn entry(feed: &mut Section<'_, '_>, folder: &Folder, files: bool) -> Option<Entry> {
    let url = feed.need("url", |value| address_value(value, folder, files), "\"https://...\"");
    let name = feed.read("name", value::text).map(Spanned::into_inner);
    let tags = feed.list("tags", value::text).unwrap_or_default();
    let every = feed.read("every", duration(INTERVALS)).map(Spanned::into_inner);
    let holds_others = feed.read("holds_others", value::flag).is_none_or(Spanned::into_inner);
    let tier = feed.read("tier", value::whole(TIERS)).and_then(|tier| u8::try_from(tier.into_inner()).ok());
    let related_in_full = feed.read("related", value::word(RELATED)).is_some_and(Spanned::into_inner);
    let url = url?;
    let place = feed.place(url.span());
    if let Some(warning) = look(url.get_ref(), &place) {
        feed.push(warning);
    }
    let tags = tags.into_iter().map(Spanned::into_inner).collect();
    let source = FeedSource { url: url.into_inner(), name, tags, every, holds_others, tier, related_in_full };
    Some(Entry { source, place })
}

fn address_value(value: &DeValue<'_>, folder: &Folder, files: bool) -> Result<Url, Wrong> {
    match value {
        DeValue::String(text) => address(text, folder, files),
        _ => Err(Wrong::new(WANT_ADDRESS, value::kind(value), "write it in quotes: \"https://...\"")),
    }
}

const WANT_ADDRESS: &str = "the address of a feed";

/// Reads a feed's address, from a credential if it names one.
pub(super) fn address(text: &str, folder: &Folder, files: bool) -> Result<Url, Wrong> {
    let whole = secret::address(text, folder)?;
    plain_address(&whole.text, folder, files).map_err(|wrong| whole.hushed(wrong))
}

/// Reads an address: http, https, or `file:` where that is allowed. The fragment is dropped: no server sees it.
pub(super) fn plain_address(text: &str, folder: &Folder, files: bool) -> Result<Url, Wrong> {
    let text = text.trim();
    let wrong = |found: &str, help: &str| Err(Wrong::new(WANT_ADDRESS, found, help));
    let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_lowercase());
    let whole = corrected(text);
    let mut url = match scheme.as_deref() {
        _ if text.is_empty() => return wrong("this is empty", "write \"https://...\""),
        _ if unwrapped(text).is_some() => {
            return wrong("there is something around the address", &format!("write \"{whole}\""));
        }
        Some(scheme @ ("http" | "https")) if !text[scheme.len()..].starts_with("://") => {
            return wrong("there must be :// after the first word", &format!("write \"{whole}\""));
        }
        Some("http" | "https") => match Url::parse(text) {
            Ok(url) => url,
            Err(error) => return wrong(&format!("this is not an address: {error}"), "write \"https://host/path\""),
        },
        Some("file") if !files => return wrong("file: feeds are off", "write files = true in [guard] to allow them"),
        Some("file") => match Url::options().base_url(folder.url.as_ref()).parse(text) {
            Ok(url) if url.to_file_path().is_ok() => url,
            _ => {
                return wrong(
                    "this does not name a file here",
                    "write \"file:feeds/a.xml\" or \"file:///srv/feeds/a.xml\"",
                );
            }
        },
        Some("feed") => return wrong("feed: is a browser's shorthand", &format!("write \"{whole}\"")),
        Some(scheme) if text[scheme.len()..].starts_with("://") => {
            let rest = &text[scheme.len()..];
            let help = match value::nearest(scheme, &["https", "http"]) {
                Some(near) => format!("write \"{near}{rest}\""),
                None => "only http: and https: are supported".to_owned(),
            };
            return wrong(&format!("{scheme}: is not a supported scheme"), &help);
        }
        _ if text.starts_with(['/', '.']) && !text.starts_with("//") => {
            return wrong("this is a path", &format!("write \"file:{text}\" for a file on this machine"));
        }
        _ => return wrong("http:// or https:// is missing", &format!("write \"{whole}\"")),
    };
    url.set_fragment(None);
    Ok(url)
}

/// The address in what was copied with it: signs around it, a link of Markdown, a word of the browser before it.
fn unwrapped(text: &str) -> Option<&str> {
    const PAIRS: [(char, char); 8] =
        [('<', '>'), ('(', ')'), ('[', ']'), ('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('«', '»')];
    const WORDS: [&str; 6] = ["view-source:", "url:", "url=", "href=", "rss:", "link:"];
    let begins = |word: &&str| text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    if let Some(word) = WORDS.iter().find(|word| begins(word)) {
        return Some(text[word.len()..].trim_start());
    }
    let in_pair = PAIRS.iter().find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close));
    let link = || text.strip_prefix('[')?.split_once("](")?.1.strip_suffix(')');
    link().or(in_pair).map(str::trim)
}

/// What someone may have meant by an address without a proper beginning.
fn corrected(text: &str) -> String {
    if let Some(inside) = unwrapped(text) {
        return corrected(inside);
    }
    let lower = text.to_lowercase();
    let begins = |word: &str| lower.strip_prefix(word).filter(|rest| rest.starts_with([':', '/'])).map(|_| word.len());
    let feed = begins("feed").unwrap_or(0);
    let (scheme, length) = match (begins("https"), begins("http")) {
        (Some(length), _) => ("https", length),
        (None, Some(length)) => ("http", length),
        (None, None) => ("https", feed),
    };
    let rest = text[length..].trim_start_matches([':', '/']);
    match feed > 0 && rest.starts_with("http") {
        true => corrected(rest),
        false => format!("{scheme}://{rest}"),
    }
}

/// What deserves a look in an address that can be used.
pub(super) fn look(url: &Url, place: &Place) -> Option<Diagnostic> {
    // One that comes from a credential does not stand in this file.
    let stands_here = stands_at(place);
    if url.password().is_some() && stands_here {
        let warning = Diagnostic::warning(place.clone(), "this address carries a password");
        return Some(warning.help(
            "let nobody but feedwatch and its operators read this file (chmod 640), or put the address into a \
             credential: url = \"credential:NAME\"",
        ));
    }
    let file = url.to_file_path().ok().filter(|_| url.scheme() == "file")?;
    (!file.is_file()).then(|| {
        let warning = Diagnostic::warning(place.clone(), "this file does not exist now");
        warning.label(format!("this is {}", file.display()))
    })
}

/// A warning for each feed that the guard will not let be asked, as far as its address tells: what a name leads to is
/// seen at each poll.
pub(super) fn refused(entries: &[Entry], guard: &Guard) -> Vec<Diagnostic> {
    let refused = |entry: &Entry| {
        let Refusal(why) = guard.foreseen(&entry.source.url).err()?;
        let (what, help) = why.split_once("; ").unwrap_or((&why, "see [guard]"));
        let warning = Diagnostic::warning(entry.place.clone(), "the guard will refuse this address");
        // What stands in a credential is not shown.
        let warning = if entry.stands_here() { warning.label(what) } else { warning };
        Some(warning.help(help))
    };
    entries.iter().filter_map(refused).collect()
}

/// Keeps the first of those that name the same feed. Case of the host, a default port and the fragment make no
/// difference: the address reader has evened them out.
pub(super) fn each_once(entries: Vec<Entry>, warnings: &mut Vec<Diagnostic>) -> Vec<FeedSource> {
    let mut first: HashMap<&Url, &Place> = HashMap::with_capacity(entries.len());
    let mut is_first = Vec::with_capacity(entries.len());
    for Entry { source, place } in &entries {
        let slot = first.entry(&source.url);
        is_first.push(matches!(slot, Slot::Vacant(_)));
        match slot {
            Slot::Vacant(slot) => {
                slot.insert(place);
            }
            Slot::Occupied(slot) => {
                let warning = Diagnostic::warning(place.clone(), "this feed is listed twice; it is polled once")
                    .related((*slot.get()).clone(), "the first, whose name, tags and interval count")
                    .help("take one of them out");
                warnings.push(warning);
            }
        }
    }
    let each = entries.into_iter().zip(is_first).filter(|(_, is_first)| *is_first);
    each.map(|(entry, _)| entry.source).collect()
}
