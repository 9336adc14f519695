//! OPML lists of feeds: an outline with an `xmlUrl` is a feed, the folders around it become its tags.

use std::ops::Range;
use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use toml::de::DeValue;

use super::Diagnostic;
use super::feeds::{self, Entry, Folder};
use super::settings::INTERVALS;
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
                    found.push(error.help(format!("{DEPTH_MAX} is the most; lists of people have three or four")));
                }
                if open.len() >= DEPTH_MAX {
                    open.push(None);
                    continue;
                }
                let outline = outline(source, &element, tag, found);
                feeds.extend(feed(source, &outline, &open, folder, files, found));
                open.push(if outline.url.is_none() { outline.name } else { None });
            }
            Event::Empty(element) if is_opml && open.len() < DEPTH_MAX && name_is(&element, "outline") => {
                let outline = outline(source, &element, tag, found);
                feeds.extend(feed(source, &outline, &open, folder, files, found));
            }
            Event::End(element) if element.name().as_ref().eq_ignore_ascii_case("outline") => {
                open.pop();
            }
            Event::Start(element) | Event::Empty(element) if !is_opml => {
                is_opml = name_is(&element, "opml");
                if !is_opml {
                    let error = Diagnostic::error(source.place(tag), "this is no list of feeds");
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
        let error = Diagnostic::error(source.place(end..end), "the list breaks off here");
        found.push(error.help("get the whole file again: closing tags are missing"));
    }
    feeds
}

/// Each folder is a tag of all feeds in it: deep ones would multiply.
const DEPTH_MAX: usize = 32;

/// The attributes that are of use here. Lists in the wild write them in any case.
const ATTRIBUTES: [&str; 4] = ["xmlUrl", "title", "text", "every"];

/// What an outline says.
struct Outline {
    url: Option<(String, Range<usize>)>,
    name: Option<String>,
    every: Option<(String, Range<usize>)>,
}

fn outline(source: &Arc<Source>, element: &BytesStart<'_>, tag: Range<usize>, found: &mut Vec<Diagnostic>) -> Outline {
    let mut values = [None, None, None, None];
    for attribute in element.attributes() {
        let attribute = match attribute {
            Ok(attribute) => attribute,
            Err(error) => {
                found.push(Diagnostic::error(source.place(tag.clone()), format!("broken XML: {error}")));
                break;
            }
        };
        let key = attribute.key.as_ref();
        // An interval is a word of ours, in a name space of ours.
        let (space, local) = key.split_once(':').unwrap_or(("", key));
        let Some(slot) = ATTRIBUTES.iter().position(|name| local.eq_ignore_ascii_case(name)) else { continue };
        if space.is_empty() == (ATTRIBUTES[slot] == "every") {
            continue;
        }
        let range = within(&source.text, &tag, key, &attribute.value);
        match attribute.normalized_value(XmlVersion::Implicit1_0) {
            Ok(value) => values[slot] = Some((value.into_owned(), range)),
            Err(_) => {
                let wrong =
                    Diagnostic::error(source.place(range), format!("`{key}` holds a & that means nothing in XML"));
                found.push(
                    wrong.help("write &amp; for a plain &, and the letter itself for names that only HTML knows"),
                );
            }
        }
    }
    let [url, title, text, every] = values;
    let plain = |value: Option<(String, Range<usize>)>| value.map(|(text, _)| text);
    let is_name = |name: &String| !name.is_empty() && url.as_ref().is_none_or(|(url, _)| name != url.trim());
    let name = plain(title).or(plain(text)).map(|name| name.trim().to_owned()).filter(is_name);
    Outline { url, name, every }
}

fn feed(
    source: &Arc<Source>,
    outline: &Outline,
    open: &[Option<String>],
    folder: &Folder,
    files: bool,
    found: &mut Vec<Diagnostic>,
) -> Option<Entry> {
    let (address, range) = outline.url.as_ref()?;
    let place = source.place(range.clone());
    // A list may come from anybody: it names no files of ours.
    match feeds::plain_address(address, folder, files) {
        Ok(url) => {
            found.extend(feeds::look(&url, &place));
            let tags = open.iter().flatten().cloned().collect();
            let every = outline.every.as_ref().and_then(|(every, range)| {
                let value = DeValue::String(every.as_str().into());
                duration(INTERVALS)(&value)
                    .map_err(|wrong| {
                        let error =
                            Diagnostic::error(source.place(range.clone()), format!("`every` must be {}", wrong.want));
                        found.push(error.label(wrong.found).help(wrong.help));
                    })
                    .ok()
            });
            Some(Entry { source: FeedSource { url, name: outline.name.clone(), tags, every }, place })
        }
        Err(wrong) => {
            let error = Diagnostic::error(place, format!("`xmlUrl` must be {}", wrong.want));
            found.push(error.label(wrong.found).help(wrong.help));
            None
        }
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
