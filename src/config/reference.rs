//! References in the attributes of XML that people and programs write by hand: those of XML, those that only HTML
//! knows, and the bare `&` of an address, which stands for itself. Pure.

use std::borrow::Cow;

/// No name of HTML is longer.
const NAME_BYTES_MAX: usize = 32;

/// An attribute's value with its references undone.
pub(super) fn undone(raw: &str) -> Cow<'_, str> {
    if !raw.contains(['&', '\n', '\r', '\t']) {
        return Cow::Borrowed(raw);
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        value.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = reference(rest).unwrap_or(1);
        // A name that nobody knows stays as it is.
        value.push_str(&htmlize::unescape(&rest[..length]));
        rest = &rest[length..];
    }
    value.push_str(rest);
    // XML section 3.3.3.
    Cow::Owned(value.replace(['\n', '\r', '\t'], " "))
}

/// A reference in a value that would stay as it is, as one does that only the document itself declares.
pub(super) fn unknown(raw: &str) -> Option<&str> {
    let references = raw.match_indices('&').filter_map(|(at, _)| Some(&raw[at..at + reference(&raw[at..])?]));
    references.into_iter().find(|reference| htmlize::unescape(*reference) == **reference)
}

/// The length of the reference that a text begins with: `&name;` or `&#number;`.
fn reference(text: &str) -> Option<usize> {
    let end = text.bytes().take(NAME_BYTES_MAX + 2).position(|byte| byte == b';')?;
    let name = &text[1..end];
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'#');
    is_name.then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_undone_and_a_bare_ampersand_stands_for_itself() {
        let cases = [
            ("plain", "plain"),
            ("a &amp; b", "a & b"),
            ("?a=1&amp;b=2", "?a=1&b=2"),
            ("?a=1&b=2", "?a=1&b=2"),
            ("?a=1&copy=2&lt=3&amp=4", "?a=1&copy=2&lt=3&amp=4"),
            ("?a=1&reg", "?a=1&reg"),
            ("&", "&"),
            ("R&D", "R&D"),
            ("a&&amp;&b", "a&&&b"),
            ("&amp;amp;", "&amp;"),
            ("Caf&eacute;&nbsp;&#233;&#xE9;", "Caf\u{e9}\u{a0}\u{e9}\u{e9}"),
            ("&unknown;&;&#;", "&unknown;&;&#;"),
            ("AT&T; x", "AT&T; x"),
            ("two\nlines\tand", "two lines and"),
            ("&#10;", " "),
            ("&\u{e9};", "&\u{e9};"),
        ];
        for (raw, value) in cases {
            assert_eq!(undone(raw), value, "{raw}");
        }
        assert_eq!((unknown("&amp;&mine;"), unknown("&eacute; & x=1&y=2")), (Some("&mine;"), None));
    }
}
