//! OPML lists of feeds: an outline with an `xmlUrl` is a feed, its categories and the folders around it become its
//! tags.
//!
//! Other programs wrote these lists, and their mistakes are well known: what can be read is read, and what names no
//! feed is told.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use toml::de::DeValue;

use super::Diagnostic;
use super::feeds::{self, Entry};
use super::folder::Folder;
use super::keys::INTERVALS;
use super::reference;
use super::source::Source;
use super::value::duration;
use crate::model::FeedSource;

/// Whether a text is meant as OPML: no TOML begins with an angle bracket.
pub(super) fn is_opml(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

/// Reads a list. What is wrong with one feed does not stop the others; broken XML ends the reading.
pub(super) fn read(source: &Arc<Source>, folder: &Folder, files: bool, found: &mut Vec<Diagnostic>) -> Vec<Entry> {
    let mut reader = Reader::from_str(&source.text);
    reader.config_mut().allow_dangling_amp = true;
    if source.lossy {
        let warning = Diagnostic::warning(source.place(0..0), "some letters of this list could not be read");
        found.push(warning.help("save it as UTF-8, or declare its encoding: <?xml ... encoding=\"...\"?>"));
    }
    let mut list = List { source, folder, files, declares_names: false };
    let mut feeds = Vec::new();
    let mut open: Vec<Option<String>> = Vec::new();
    let mut is_opml = false;
    let mut too_deep = false;
    loop {
        let start = to_offset(reader.buffer_position());
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                let at = source.text.floor_char_boundary(to_offset(reader.error_position()));
                found.push(Diagnostic::error(source.place(at..at), format!("broken XML: {error}")));
                return feeds;
            }
        };
        let tag = start..to_offset(reader.buffer_position());
        match event {
            Event::Start(element) if is_opml && name_is(&element, "outline") => {
                if open.len() == DEPTH_MAX && !std::mem::replace(&mut too_deep, true) {
                    let error = Diagnostic::error(source.place(tag.clone()), "folders within folders, too deep");
                    found.push(error.help(format!("{DEPTH_MAX} levels are allowed; most lists have three or four")));
                }
                if open.len() >= DEPTH_MAX {
                    open.push(None);
                    continue;
                }
                let outline = list.outline(&element, tag, found);
                feeds.extend(list.feed(&outline, &open, found));
                open.push(if outline.url.is_none() { outline.name } else { None });
            }
            Event::Empty(element) if is_opml && open.len() < DEPTH_MAX && name_is(&element, "outline") => {
                let outline = list.outline(&element, tag.clone(), found);
                if outline.url.is_none() && !outline.is_told {
                    found.push(list.without_feed("", tag));
                }
                feeds.extend(list.feed(&outline, &open, found));
            }
            Event::DocType(kind) => list.declares_names |= kind.contains("<!ENTITY"),
            Event::End(element) if element.name().as_ref().eq_ignore_ascii_case("outline") => {
                open.pop();
            }
            Event::Start(element) | Event::Empty(element) if !is_opml => {
                is_opml = name_is(&element, "opml");
                if !is_opml {
                    let error = Diagnostic::error(source.place(tag), "this is not a list of feeds");
                    let help = "a file of feeds is OPML (<opml>...) or TOML ([[feed]] tables)";
                    found.push(error.label("an OPML file begins with <opml>").help(help));
                    return feeds;
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if !open.is_empty() {
        let end = source.text.trim_end().len();
        let error = Diagnostic::error(source.place(end..end), "the list ends too early");
        found.push(error.help("get the whole file again: closing tags are missing"));
    }
    feeds
}

/// Each folder is a tag of all feeds in it: deep ones would multiply.
const DEPTH_MAX: usize = 32;

/// The attributes that are of use here. Lists in the wild write them in any case.
const ATTRIBUTES: [&str; 7] = ["xmlUrl", "title", "text", "every", "category", "type", "url"];

/// Words for the type of an outline that is a feed.
const FEED_TYPES: [&str; 4] = ["rss", "atom", "feed", "rdf"];

/// What an outline says.
struct Outline {
    url: Option<(String, Range<usize>)>,
    name: Option<String>,
    every: Option<(String, Range<usize>)>,
    categories: Vec<String>,
    /// Whether it was told that it names no feed.
    is_told: bool,
}

/// The list that is read.
struct List<'a> {
    source: &'a Arc<Source>,
    folder: &'a Folder,
    files: bool,
    /// Whether it declares references of its own. Those are not read: they may stand for anything, any number of times.
    declares_names: bool,
}

impl List<'_> {
    fn outline(&self, element: &BytesStart<'_>, tag: Range<usize>, found: &mut Vec<Diagnostic>) -> Outline {
        let mut values = [const { None }; ATTRIBUTES.len()];
        for attribute in element.html_attributes().with_checks(false) {
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(error) => {
                    found.push(Diagnostic::error(self.source.place(tag.clone()), format!("broken XML: {error}")));
                    break;
                }
            };
            let key = attribute.key.as_ref();
            // An interval is a word of ours, in a name space of ours.
            let (space, local) = key.split_once(':').unwrap_or(("", key));
            let Some(slot) = ATTRIBUTES.iter().position(|name| local.eq_ignore_ascii_case(name)) else { continue };
            if space.is_empty() == (ATTRIBUTES[slot] == "every") || values[slot].is_some() {
                continue;
            }
            let raw: &str = &attribute.value;
            let range = within(&self.source.text, &tag, key, raw);
            match reference::unknown(raw).filter(|_| self.declares_names) {
                None => values[slot] = Some((reference::undone(raw).into_owned(), range)),
                Some(name) => {
                    let message = format!("`{key}` holds {name}, which the list declares for itself");
                    let wrong = Diagnostic::error(self.source.place(range), message);
                    found.push(wrong.help("write what it stands for"));
                }
            }
        }
        let [url, title, text, every, category, kind, other_url] = values;
        let plain = |value: Option<(String, Range<usize>)>| value.map(|(text, _)| text);
        let kind = plain(kind).unwrap_or_default().trim().to_ascii_lowercase();
        let is_feed = FEED_TYPES.contains(&kind.as_str());
        let url = url.or(other_url.filter(|_| is_feed));
        let is_told = url.is_none() && (is_feed || kind == "include");
        if is_told {
            found.push(self.without_feed(&kind, tag));
        }
        let is_name = |name: &String| !name.is_empty() && url.as_ref().is_none_or(|(url, _)| name != url.trim());
        let named = [plain(title), plain(text)].into_iter().flatten().map(|name| name.trim().to_owned());
        let name = named.into_iter().find(is_name);
        // "/Regions/Gulf,Wires" (OPML 2.0): categories by commas, and a way from the general to the special by strokes.
        let category = plain(category).unwrap_or_default();
        let words = category.split([',', '/']).map(str::trim).filter(|word| !word.is_empty());
        let categories = words.take(CATEGORIES_MAX).map(str::to_owned).collect();
        Outline { url, name, every, categories, is_told }
    }

    fn without_feed(&self, kind: &str, tag: Range<usize>) -> Diagnostic {
        let (message, help) = match kind {
            "include" => ("a list within a list is not read", "get that list and name it in feeds = [...] as well"),
            _ => ("this outline names no feed: it has no `xmlUrl`", "add xmlUrl=\"https://...\", or take it out"),
        };
        Diagnostic::warning(self.source.place(tag), message).help(help)
    }

    fn feed(&self, outline: &Outline, open: &[Option<String>], found: &mut Vec<Diagnostic>) -> Option<Entry> {
        let (address, range) = outline.url.as_ref()?;
        let place = self.source.place(range.clone());
        // A list may come from anybody: it names no files of ours.
        match feeds::plain_address(&spelled_out(address), self.folder, self.files) {
            Ok(url) => {
                found.extend(feeds::look(&url, &place));
                let mut tags: Vec<String> = open.iter().flatten().cloned().collect();
                for category in &outline.categories {
                    if !tags.contains(category) {
                        tags.push(category.clone());
                    }
                }
                let every = outline.every.as_ref().and_then(|(every, range)| {
                    let value = DeValue::String(every.as_str().into());
                    duration(INTERVALS)(&value)
                        .map_err(|wrong| {
                            let place = self.source.place(range.clone());
                            let error = Diagnostic::error(place, format!("`every` must be {}", wrong.want));
                            found.push(error.label(wrong.found).help(wrong.help));
                        })
                        .ok()
                });
                Some(Entry {
                    source: FeedSource {
                        url,
                        name: outline.name.clone(),
                        tags,
                        every,
                        holds_others: true,
                        tier: None,
                        related_in_full: false,
                    },
                    place,
                })
            }
            Err(wrong) => {
                let error = Diagnostic::error(place, format!("`xmlUrl` must be {}", wrong.want));
                found.push(error.label(wrong.found).help(wrong.help));
                None
            }
        }
    }
}

/// Each category becomes a tag; a feed has a few.
const CATEGORIES_MAX: usize = 32;

/// An address without the words that browsers and podcast programs once put before it to be opened themselves:
/// `feed:https://host/feed`, and `feed://host/feed`, which stands for http.
fn spelled_out(address: &str) -> Cow<'_, str> {
    const SHORTHANDS: [&str; 4] = ["feed", "pcast", "itpc", "podcast"];
    let text = address.trim();
    let Some((word, rest)) = text.split_once(':') else { return Cow::Borrowed(text) };
    if !SHORTHANDS.iter().any(|shorthand| word.eq_ignore_ascii_case(shorthand)) {
        return Cow::Borrowed(text);
    }
    let whole = rest.trim_start_matches('/');
    let scheme = whole.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("http" | "https") => Cow::Borrowed(whole),
        _ => Cow::Owned(format!("http://{whole}")),
    }
}

fn name_is(element: &BytesStart<'_>, name: &str) -> bool {
    element.name().as_ref().eq_ignore_ascii_case(name)
}

/// Where a raw attribute value stands within its tag: the first time it comes after its key.
fn within(text: &str, tag: &Range<usize>, key: &str, raw: &str) -> Range<usize> {
    let at = text[tag.clone()].find(key).map_or(tag.start, |at| tag.start + at + key.len());
    text[at..tag.end].find(raw).map_or(tag.clone(), |found| at + found..at + found + raw.len())
}

/// The reader counts in u64; its positions lie within a text that is in memory.
fn to_offset(position: u64) -> usize {
    usize::try_from(position).expect("positions lie within a text in memory")
}
