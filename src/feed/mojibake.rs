//! Text that some server decoded with the wrong charset before it was sent: recognised by the result of undoing that.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;

/// The text as it was meant. UTF-8 that was read as windows-1252 ("â€™", "Ã©") is turned back when all of it can be,
/// and control characters of ISO 8859-1, which no text has, are read as windows-1252.
pub(super) fn mended(text: String) -> String {
    // What begins a UTF-8 sequence and was read as windows-1252, and what is a control character, begins with these.
    if memchr::memchr2(0xc2, 0xc3, text.as_bytes()).is_none() {
        return text;
    }
    let text = without_c1(text);
    let (bytes, _, unmappable) = WINDOWS_1252.encode(&text);
    match bytes {
        Cow::Owned(bytes) if !unmappable => String::from_utf8(bytes).unwrap_or(text),
        _ => text,
    }
}

fn without_c1(text: String) -> String {
    let is_c1 = |c: char| ('\u{80}'..='\u{9f}').contains(&c);
    if !text.contains(is_c1) {
        return text;
    }
    let mend = |c: char| match u8::try_from(c) {
        Ok(byte) if is_c1(c) => {
            WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next().filter(|c| !is_c1(*c))
        }
        _ => Some(c),
    };
    text.chars().filter_map(mend).collect()
}
