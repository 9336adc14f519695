//! Text of strangers made safe to show. Pure.

use std::borrow::Cow;

/// Makes what would steer a terminal or turn the reading direction visible, and line breaks and tabs into spaces.
///
/// `\u{1b}` and the like stand for control characters (C0, C1, DEL) and for bidi embeddings, overrides and isolates,
/// with which a headline could rewrite what stands beside it (Trojan Source, CVE-2021-42574). Marks that Arabic and
/// Hebrew need (LRM, RLM, ALM) stay. For eyes, not for machines: it does not say whether a backslash was typed or put
/// here, and escaping twice changes nothing more.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(must_go) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}' => safe.push(' '),
            _ if must_go(c) => safe.extend(c.escape_unicode()),
            _ => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

fn must_go(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}
