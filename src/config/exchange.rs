//! Lists of feeds for other readers and from them: OPML read by itself, OPML and `[[feed]]` tables written.

use std::fmt::Write;
use std::path::Path;

use quick_xml::escape::escape;

use super::feeds;
use super::folder::Folder;
use super::named::why;
use super::source::{Place, Source};
use super::{ConfigErrors, Diagnostic, Environment, opml};
use crate::clock::short;
use crate::fetch::Guard;
use crate::model::FeedSource;

/// The name space of what only feedwatch knows of a feed.
const NAMESPACE: &str = "urn:feedwatch:feed";

/// A feed of a list.
#[derive(Clone, Debug)]
pub struct OpmlFeed {
    /// What the list says of it.
    pub source: FeedSource,
    /// The line it stands on, from 1.
    pub line: usize,
}

/// Reads an OPML list: its feeds, what is refused of them, and what deserves a look, each with its place. An error is a
/// file that cannot be used at all.
pub fn read_opml(path: &Path, guard: &Guard) -> Result<(Vec<OpmlFeed>, Vec<Diagnostic>), ConfigErrors> {
    let unusable = |diagnostic| ConfigErrors::new(vec![diagnostic]);
    let source = Source::read(path).map_err(|error| unusable(why(error, path, Place::File(path.to_owned()))))?;
    if !opml::is_opml(&source.text) {
        let error = Diagnostic::error(Place::File(path.to_owned()), "this is not OPML");
        return Err(unusable(error.help("an OPML file begins with <?xml or <opml>")));
    }
    let folder = Folder::of(path, &Environment::default());
    let mut found = Vec::new();
    let entries = opml::read(&source, &folder, guard.files, &mut found);
    found.extend(feeds::refused(&entries, guard));
    let line = |place: &Place| place.line_and_column().map_or(1, |(line, _)| line);
    let feeds = entries.into_iter().map(|entry| OpmlFeed { line: line(&entry.place), source: entry.source });
    Ok((feeds.collect(), found))
}

/// Feeds as an OPML list: tags are folders, what OPML has no word for stands in attributes of our own. A feed without a
/// name is called by its address, which is read back as no name.
pub fn write_opml(feeds: &[FeedSource]) -> String {
    let mut sorted: Vec<&FeedSource> = feeds.iter().collect();
    sorted.sort_by_key(|feed| &feed.tags);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\" xmlns:feedwatch=\"{NAMESPACE}\">\n\
         <head><title>Feeds of feedwatch</title></head>\n<body>\n"
    );
    let mut open: &[String] = &[];
    for feed in sorted {
        let shared = open.iter().zip(&feed.tags).take_while(|(open, tag)| open == tag).count();
        (shared..open.len()).for_each(|_| text.push_str("</outline>\n"));
        for tag in &feed.tags[shared..] {
            let tag = escape(tag);
            let _ = writeln!(text, "<outline text=\"{tag}\" title=\"{tag}\">");
        }
        open = &feed.tags;
        let url = escape(feed.url.as_str());
        let name = feed.name.as_deref().map_or_else(|| url.clone(), escape);
        let _ = write!(text, "<outline type=\"rss\" text=\"{name}\" title=\"{name}\" xmlUrl=\"{url}\"");
        if let Some(every) = feed.every {
            let _ = write!(text, " feedwatch:every=\"{}\"", short(every));
        }
        text.push_str("/>\n");
    }
    open.iter().for_each(|_| text.push_str("</outline>\n"));
    text.push_str("</body>\n</opml>\n");
    text
}

/// A text as it is written in a file, in one line. What a terminal would not show as it is stands as an escape.
pub fn text_in_toml(text: &str) -> String {
    let is_plain =
        |c: char| !c.is_control() && !matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..);
    if text.chars().all(is_plain) {
        return toml::Value::from(text).to_string();
    }
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c if is_plain(c) => quoted.push(c),
            c => quoted.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    quoted + "\""
}

/// A feed as a `[[feed]]` table.
pub fn feed_table(feed: &FeedSource) -> String {
    let text = text_in_toml;
    let mut table = format!("[[feed]]\nurl = {}\n", text(feed.url.as_str()));
    if let Some(name) = &feed.name {
        let _ = writeln!(table, "name = {}", text(name));
    }
    if !feed.tags.is_empty() {
        let tags: Vec<String> = feed.tags.iter().map(|tag| text(tag)).collect();
        let _ = writeln!(table, "tags = [{}]", tags.join(", "));
    }
    if let Some(every) = feed.every {
        let _ = writeln!(table, "every = \"{}\"", short(every));
    }
    if !feed.holds_others {
        table.push_str("holds_others = false\n");
    }
    if let Some(tier) = feed.tier {
        let _ = writeln!(table, "tier = {tier}");
    }
    if feed.related_in_full {
        table.push_str("related = \"alert\"\n");
    }
    table
}
