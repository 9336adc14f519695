//! From bytes of a TOML string's value back to bytes of the literal as written, through quotes and escapes. Pure.

use std::ops::Range;

/// The bytes of a literal, quotes included, that stand for `decoded` bytes of its value. An empty range stays empty.
pub(super) fn raw_range(literal: &str, decoded: Range<usize>) -> Range<usize> {
    let body = body(literal);
    // Without escapes the value is the body itself: a list of many words is not walked through for each warning.
    if !literal.starts_with('"') || !literal.contains('\\') {
        let inside = |offset: usize| body.start.saturating_add(offset).min(body.end);
        return inside(decoded.start)..inside(decoded.end);
    }
    let mut start = None;
    let mut end = None;
    let mut at = 0;
    let mut last = body.start;
    for (raw, length) in pieces(literal, body) {
        let piece = at..at + length;
        // Verbatim text keeps its offsets; an escape is one thing.
        let inside = |offset: usize| if raw.len() == length { raw.start + (offset - piece.start) } else { raw.start };
        if start.is_none() && piece.contains(&decoded.start) {
            start = Some(inside(decoded.start));
        }
        if end.is_none() && decoded.end > piece.start && decoded.end <= piece.end {
            end = Some(if raw.len() == length { inside(decoded.end) } else { raw.end });
        }
        at = piece.end;
        last = raw.end;
    }
    let start = start.unwrap_or(last);
    let end = if decoded.is_empty() { start } else { end.unwrap_or(last) };
    start..end.max(start)
}

/// A literal without its quotes, and without the first line end of a long text, which does not count.
fn body(literal: &str) -> Range<usize> {
    let long = literal.starts_with("\"\"\"") || literal.starts_with("'''");
    let quote = match literal.as_bytes() {
        [b'"' | b'\'', ..] if long => 3,
        [b'"' | b'\'', ..] => 1,
        _ => 0,
    };
    let skipped = match &literal[quote..] {
        rest if long && rest.starts_with('\n') => 1,
        rest if long && rest.starts_with("\r\n") => 2,
        _ => 0,
    };
    let start = quote + skipped;
    start..literal.len().saturating_sub(quote).max(start)
}

/// The body in pieces, one a character or escape: raw bytes, and how many bytes of the value they are.
fn pieces(literal: &str, body: Range<usize>) -> impl Iterator<Item = (Range<usize>, usize)> + '_ {
    let escapes = literal.starts_with('"');
    let mut at = body.start;
    std::iter::from_fn(move || {
        let rest = literal.get(at..body.end).filter(|rest| !rest.is_empty())?;
        let (raw, length) = match rest.strip_prefix('\\') {
            Some(escaped) if escapes => escape(escaped),
            _ => {
                let length = rest.chars().next().map_or(1, char::len_utf8);
                (length, length)
            }
        };
        let piece = at..at + raw;
        at += raw;
        Some((piece, length))
    })
}

/// How long an escape is, backslash included, and how many bytes it stands for.
fn escape(escaped: &str) -> (usize, usize) {
    let digits = match escaped.as_bytes().first() {
        Some(b'x') => 2,
        Some(b'u') => 4,
        Some(b'U') => 8,
        Some(b' ' | b'\t' | b'\r' | b'\n') => {
            // A backslash at a line's end swallows all white space up to the next text.
            let text = escaped.trim_start_matches([' ', '\t', '\r', '\n']);
            return (1 + escaped.len() - text.len(), 0);
        }
        _ => return (2, 1),
    };
    let code = escaped.get(1..1 + digits).and_then(|code| u32::from_str_radix(code, 16).ok());
    (2 + digits, code.and_then(char::from_u32).map_or(1, char::len_utf8))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(literal: &str, part: &str, raw: &str) {
        let toml: toml::Table = format!("x = {literal}").parse().unwrap();
        let value = toml["x"].as_str().unwrap();
        let start = value.find(part).unwrap();
        assert_eq!(&literal[raw_range(literal, start..start + part.len())], raw, "in {literal}");
    }

    #[test]
    fn a_part_of_a_value_is_found_in_the_literal() {
        check("'closed-door'", "door", "door");
        check(r#""closed-door""#, "door", "door");
        check(r#""say \"no\" now""#, "now", "now");
        check(r#""say \"no\" now""#, "\"no\"", r#"\"no\""#);
        check(r#""caf\u00e9 shut""#, "shut", "shut");
        check(r#""caf\u00e9 shut""#, "é", r"\u00e9");
        check(r#""\U0001F600 shut""#, "shut", "shut");
        check(r#""\xe9t\xe9 x""#, "t", "t");
        check("'''\nmediation\nOR x'''", "OR", "OR");
        check("'''\r\nmediation\r\nOR x'''", "OR", "OR");
        check("\"\"\"\none \\\n   two\"\"\"", "two", "two");
        check("\"\"\"\none \\\n   two\"\"\"", "one two", "one \\\n   two");
        check("\"\"\"a\"\"b\"\"\"", "b", "b");
        check("'arabulucu büro'", "büro", "büro");
        check("'强调停火'", "调停", "调停");
    }

    #[test]
    fn every_letter_of_any_literal_is_found() {
        // What a literal may be put together from: its text, and the value it stands for.
        let pieces: [(&str, &str); 9] = [
            ("a", "a"),
            ("é", "é"),
            ("停", "停"),
            ("😀", "😀"),
            ("\\n", "\n"),
            ("\\u00e9", "é"),
            ("\\U0001f600", "😀"),
            ("\\\"", "\""),
            ("\\x41", "A"),
        ];
        let long_only = [("\n", "\n"), ("\r\n", "\r\n"), ("\\\n \t", ""), ("\"", "\"")];
        for seed in 0..2000_u64 {
            let long = seed % 2 == 0;
            let choices: Vec<_> = pieces.iter().chain(if long { &long_only[..] } else { &[] }).collect();
            let mut literal = String::from(if long { "\"\"\"\n" } else { "\"" });
            let (mut value, mut expected) = (String::new(), Vec::new());
            let mut dice = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
            for _ in 0..seed % 12 {
                dice ^= dice << 13;
                dice ^= dice >> 7;
                dice ^= dice << 17;
                let (written, meant) = choices[(dice % choices.len() as u64) as usize];
                // A quote beside another may end the literal; a backslash at a line's end swallows further white space.
                if (*written == "\"" && literal.ends_with('"'))
                    || (written.starts_with(['\n', '\r']) && literal.ends_with('\t'))
                {
                    continue;
                }
                if !meant.is_empty() {
                    let raw = literal.len()..literal.len() + written.len();
                    expected.push((value.len()..value.len() + meant.len(), raw));
                }
                literal.push_str(written);
                value.push_str(meant);
            }
            if long && literal.ends_with('"') && literal.len() > 4 {
                continue;
            }
            literal.push_str(if long { "\"\"\"" } else { "\"" });
            let toml: toml::Table = format!("x = {literal}").parse().unwrap();
            assert_eq!(toml["x"].as_str(), Some(value.as_str()), "the test's own idea of {literal}");
            for (decoded, raw) in expected {
                assert_eq!(raw_range(&literal, decoded.clone()), raw, "{decoded:?} of {literal}");
            }
        }
    }

    #[test]
    fn the_end_of_a_value_is_before_the_closing_quote() {
        assert_eq!(raw_range("'abc'", 3..3), 4..4);
        assert_eq!(raw_range("\"\"", 0..0), 1..1);
        assert_eq!(raw_range("'''\nabc'''", 1..99), 5..7);
    }
}
