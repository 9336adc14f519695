//! Edits of a file of settings that leave all else in it as it is.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A file without the `[[feed]]` table of the one feed whose address is meant; none where no table, or more than one, has it. What
/// stands above the table stays: it may be the heading of a group.
pub fn without_feed(text: &str, is_meant: &dyn Fn(&str) -> bool) -> Option<String> {
    let tree = DeTable::parse(text).ok()?;
    let DeValue::Array(feeds) = tree.get_ref().get("feed")?.get_ref() else { return None };
    let has_it = |feed: &&Spanned<DeValue<'_>>| match feed
        .get_ref()
        .as_table()
        .and_then(|table| table.get("url"))
        .map(Spanned::get_ref)
    {
        Some(DeValue::String(url)) => is_meant(url),
        _ => false,
    };
    let mut meant = feeds.iter().filter(has_it);
    let (feed, None) = (meant.next()?, meant.next()) else { return None };
    let values = feed.get_ref().as_table()?.iter().map(|(key, value)| key.span().start..end_of(value));
    let body = values.reduce(|all, one| all.start.min(one.start)..all.end.max(one.end))?;
    let range = whole_lines(text, body)?;
    Some(format!("{}{}", &text[..range.start], &text[range.end..]))
}

/// Where a value ends, with all that is in it.
fn end_of(value: &Spanned<DeValue<'_>>) -> usize {
    let inner = match value.get_ref() {
        DeValue::Table(table) => table.iter().map(|(_, value)| end_of(value)).max(),
        DeValue::Array(list) => list.iter().map(end_of).max(),
        _ => None,
    };
    inner.unwrap_or_default().max(value.span().end)
}

/// From the header of a table to the end of its last line, and the empty line behind it. None where no header is: the table is
/// written in braces.
fn whole_lines(text: &str, body: Range<usize>) -> Option<Range<usize>> {
    let mut start = text[..body.start].rfind('\n').map_or(0, |end| end + 1);
    while !is_header(&text[start..]) {
        start = text[..start.checked_sub(1)?].rfind('\n').map_or(0, |end| end + 1);
    }
    let end_of_line = |from: usize| text[from..].find('\n').map_or(text.len(), |end| from + end + 1);
    let mut end = end_of_line(body.end);
    if text[end..].trim_start_matches([' ', '\t', '\r']).starts_with('\n') {
        end = end_of_line(end);
    }
    Some(start..end)
}

fn is_header(line: &str) -> bool {
    let line = line.lines().next().unwrap_or_default().split('#').next().unwrap_or_default();
    line.chars().filter(|c| !c.is_whitespace()).eq("[[feed]]".chars())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, rest: Option<&str>) {
        assert_eq!(without_feed(text, &|url| url == "https://b/").as_deref(), rest, "{text}");
    }

    #[test]
    fn a_feed_is_taken_out_and_all_else_stays() {
        let (head, a) = ("# mine\n[poll]\nevery = \"1h\"\n\n", "[[feed]]\nurl = 'https://a/'\n\n");
        let c = "# the third\n[[feed]] # c\nurl = 'https://c/'\n";
        let b = "[[ feed ]]  # b\n# why\nname = \"\"\"\n[[feed]]\n\"\"\" # x\ntags = [\n  'x',\n  'y',\n] # z\nurl = 'https://b/'\n";
        check(&format!("{head}{a}{b}\n{c}"), Some(&format!("{head}{a}{c}")));
        check(&format!("{head}{b}"), Some(head));
        check(&format!("{b}{b}"), None);
        check(&format!("{head}{a}"), None);
        check("feed = [{ url = 'https://b/' }]\n", None);
        check(&format!("{}broken = ", b), None);
    }
}
