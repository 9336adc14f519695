//! Text of strangers made safe to show. Pure.

use std::borrow::Cow;

use serde_json::Value;

/// Makes characters visible that control a terminal, change the reading direction or are invisible, and turns line
/// breaks and tabs into spaces.
///
/// `\u{1b}` and the like stand for control characters (C0, C1, DEL), for bidi embeddings, overrides and isolates, with
/// which a headline could rewrite the text next to it (Trojan Source, CVE-2021-42574), and for tag characters, which
/// people cannot see but language models read. Marks that Arabic and Hebrew need (LRM, RLM, ALM) stay, and tags in the
/// flag of a region. For eyes, not for machines: it does not say whether a backslash was typed or put here, and
/// escaping twice changes nothing more.
pub fn escape(text: &str) -> Cow<'_, str> {
    made_safe(text, is_line_break)
}

/// The same, except that line breaks and tabs stay: for texts of several lines, and for values that machines read.
pub fn escape_lines(text: &str) -> Cow<'_, str> {
    made_safe(text, |_| false)
}

/// Makes every text in a JSON value safe: `jq -r` undoes JSON's own escapes, and prints to a terminal.
pub fn escape_json(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(safe) = escape_lines(text) {
                *text = safe;
            }
        }
        Value::Array(list) => list.iter_mut().for_each(escape_json),
        Value::Object(fields) => fields.values_mut().for_each(escape_json),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn made_safe(text: &str, becomes_space: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(must_go) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let flag = &rest[..flag_length(rest)];
        match c {
            _ if !flag.is_empty() => safe.push_str(flag),
            _ if becomes_space(c) => safe.push(' '),
            '\n' | '\t' => safe.push(c),
            _ if must_go(c) => safe.extend(c.escape_unicode()),
            _ => safe.push(c),
        }
        rest = &rest[flag.len().max(c.len_utf8())..];
    }
    Cow::Owned(safe)
}

fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether a character controls a terminal, changes the reading direction or is invisible.
pub(super) fn must_go(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// How many bytes the flag of a region takes that a text begins with (UTS #51, emoji tag sequences): a black flag, the
/// region's code in tags, and their end.
pub(super) fn flag_length(text: &str) -> usize {
    const CODE_CHARS: std::ops::RangeInclusive<usize> = 3..=6;
    let Some(tags) = text.strip_prefix('\u{1f3f4}') else { return 0 };
    let is_code = |c: &char| matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}');
    let code: Vec<char> = tags.chars().take(*CODE_CHARS.end()).take_while(is_code).collect();
    let code_bytes: usize = code.iter().map(|c| c.len_utf8()).sum();
    match tags[code_bytes..].strip_prefix('\u{e007f}') {
        Some(after) if CODE_CHARS.contains(&code.len()) => text.len() - after.len(),
        _ => 0,
    }
}
