//! /alerts.atom and /watch/NAME.atom: the latest alerts as an Atom feed (RFC 4287), for any reader. Pure.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::alert::escape;
use crate::clock::Timestamp;
use crate::model::{Alert, StoredAlert};

/// Alerts that the feed shows: more than a day of a busy desk, so that no reader that looks daily misses one.
pub(super) const ENTRIES_MAX: usize = 200;

/// The feed of these alerts, the oldest first as the store gives them. It was started at `since`, which stands in for
/// the time of the last change as long as there is none.
pub(super) fn feed(alerts: &[StoredAlert], id: &str, title: &str, since: Timestamp) -> io::Result<Vec<u8>> {
    let updated = alerts.last().map_or(since, |newest| newest.alert.time);
    let mut to = Writer::new_with_indent(Vec::new(), b' ', 1);
    to.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    to.create_element("feed").with_attribute(("xmlns", "http://www.w3.org/2005/Atom")).write_inner_content(|to| {
        text(to, "id", &uuid(id))?;
        text(to, "title", title)?;
        text(to, "updated", &format!("{updated:.6}"))?;
        to.create_element("author").write_inner_content(|to| text(to, "name", "feedwatch"))?;
        to.create_element("generator")
            .with_attribute(("version", env!("CARGO_PKG_VERSION")))
            .write_text_content(BytesText::new("feedwatch"))?;
        alerts.iter().rev().try_for_each(|stored| entry(to, &stored.alert))
    })?;
    Ok(to.into_inner())
}

fn entry(to: &mut Writer<Vec<u8>>, alert: &Alert) -> io::Result<()> {
    to.create_element("entry").write_inner_content(|to| {
        text(to, "id", &uuid(&alert.id))?;
        text(to, "title", &alert.message)?;
        text(to, "updated", &format!("{:.6}", alert.time))?;
        if let Some(published) = alert.article.published {
            text(to, "published", &published.to_string())?;
        }
        // Feeds may name other schemes, which a reader should not be made to follow.
        let link = alert.article.url.as_deref().filter(|url| url.starts_with("http://") || url.starts_with("https://"));
        if let Some(link) = link {
            to.create_element("link").with_attributes([("rel", "alternate"), ("href", &*clean(link))]).write_empty()?;
        }
        for (scheme, term) in
            [("watch", alert.watch.name.as_str()), ("level", alert.level.name()), ("kind", alert.kind.name())]
        {
            if !term.is_empty() {
                let term = clean(term);
                to.create_element("category")
                    .with_attributes([("term", term.as_str()), ("scheme", &format!("urn:feedwatch:{scheme}"))])
                    .write_empty()?;
            }
        }
        text(to, "summary", &summary(alert))
    })?;
    Ok(())
}

/// The text that a reader shows below the headline.
fn summary(alert: &Alert) -> String {
    let Alert { snippet, feed, watch, why, items, story, .. } = alert;
    let mut found: Vec<&str> = why.iter().map(|reason| reason.text.as_str()).collect();
    found.dedup();
    let lines = [
        snippet.clone(),
        story.news(),
        items.iter().map(|item| format!("{}: {}", item.watch, item.title)).collect::<Vec<_>>().join("\n"),
        if watch.name.is_empty() { String::new() } else { format!("{} found: {}", watch.name, found.join(", ")) },
        feed.title.clone(),
        format!("feedwatch alerts show {}", alert.id),
    ];
    lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn text(to: &mut Writer<Vec<u8>>, name: &str, content: &str) -> io::Result<()> {
    to.create_element(name).write_text_content(BytesText::new(&clean(content))).map(drop)
}

/// Lines kept, everything else made safe to show, and nothing left that XML 1.0 forbids (section 2.2).
fn clean(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(escape).collect();
    lines.join("\n").replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// 32 hexadecimal digits, as alerts have them, as a UUID of version 8: for ids of one's own making (RFC 9562).
fn uuid(id: &str) -> String {
    let bits = u128::from_str_radix(id, 16).unwrap_or_default();
    let bits = bits & !(0xf << 76) | 0x8 << 76;
    let bits = bits & !(0x3 << 62) | 0x2 << 62;
    let hex = format!("{bits:032x}");
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_of_version_8() {
        assert_eq!(uuid(&"f".repeat(32)), "urn:uuid:ffffffff-ffff-8fff-bfff-ffffffffffff");
        assert_eq!(uuid(&"0".repeat(32)), "urn:uuid:00000000-0000-8000-8000-000000000000");
    }
}
