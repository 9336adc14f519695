//! Bytes to text: finds the charset of a body. Refuses nothing; unreadable bytes are replaced, and a note says so.
//!
//! Servers and declarations may be wrong, bytes are not: valid UTF-8 is read as UTF-8, whatever is claimed.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GBK, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use memchr::memmem;

use super::{FeedError, charset, inflate};

/// A body as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text, without byte order mark.
    pub text: Cow<'a, str>,
    /// The charset it was read as, by its WHATWG name.
    pub charset: &'static str,
    /// Whether bytes were replaced.
    pub lossy: bool,
    /// Whether a compressed body ended early.
    pub truncated: bool,
}

/// How far a prologue is searched for a charset declaration, in bytes.
const DECLARATION_BYTES: usize = 1_024;

/// Reads a body with that Content-Type as text; the first rule that holds decides.
pub fn decode<'a>(body: &'a [u8], content_type: Option<&str>) -> Result<Decoded<'a>, FeedError> {
    let Some((inflated, truncated)) = inflate::undeclared(body)? else { return Ok(decode_plain(body, content_type)) };
    let Decoded { text, charset, lossy, .. } = decode_plain(&inflated, content_type);
    let text = match text {
        // Nothing was changed: the unpacked bytes are the text.
        Cow::Borrowed(text) if text.len() == inflated.len() => None,
        text => Some(text.into_owned()),
    };
    let text = match text {
        Some(text) => text,
        None => String::from_utf8(inflated).map_err(|error| FeedError::Broken(error.to_string()))?,
    };
    Ok(Decoded { text: Cow::Owned(text), charset, lossy, truncated })
}

fn decode_plain<'a>(body: &'a [u8], content_type: Option<&str>) -> Decoded<'a> {
    by_mark(body)
        .or_else(|| by_nul_pattern(body))
        .or_else(|| by_escapes(body, content_type))
        .or_else(|| std::str::from_utf8(body).ok().map(|text| sound(text, UTF_8.name())))
        .or_else(|| mostly_utf8(body, 10))
        .or_else(|| claims(body, content_type).find_map(|claim| strictly(body, claim)))
        .or_else(|| mostly_utf8(body, 1))
        .unwrap_or_else(|| by_guess(body))
}

/// A byte order mark; UTF-32 before UTF-16, whose mark is a prefix of it.
fn by_mark(body: &[u8]) -> Option<Decoded<'_>> {
    if let Some(rest) = body.strip_prefix(&[0xff, 0xfe, 0, 0]) {
        return Some(utf32(rest, u32::from_le_bytes, "UTF-32LE"));
    }
    if let Some(rest) = body.strip_prefix(&[0, 0, 0xfe, 0xff]) {
        return Some(utf32(rest, u32::from_be_bytes, "UTF-32BE"));
    }
    let (encoding, length) = Encoding::for_bom(body)?;
    let rest = &body[length..];
    // A UTF-8 mark before bytes that are not UTF-8 proves nothing.
    if encoding == UTF_8 && std::str::from_utf8(rest).is_err() {
        return mostly_utf8(rest, 1).or_else(|| Some(by_guess(rest)));
    }
    Some(replacing(rest, encoding))
}

/// UTF-16 or UTF-32 without a mark: the first `<` or `{` has NULs on one side.
fn by_nul_pattern(body: &[u8]) -> Option<Decoded<'_>> {
    let near = &body[..body.len().min(64)];
    let at = near.iter().position(|byte| matches!(byte, b'<' | b'{'))?;
    let before = |n: usize| at >= n && near[at - n..at].iter().all(|byte| *byte == 0);
    let after = |n: usize| near.len() > at + n && near[at + 1..=at + n].iter().all(|byte| *byte == 0);
    match () {
        () if at % 4 == 0 && after(3) => Some(utf32(body, u32::from_le_bytes, "UTF-32LE")),
        () if at % 4 == 3 && before(3) => Some(utf32(body, u32::from_be_bytes, "UTF-32BE")),
        () if at.is_multiple_of(2) && after(1) => Some(replacing(body, UTF_16LE)),
        () if at % 2 == 1 && before(1) => Some(replacing(body, UTF_16BE)),
        () => None,
    }
}

/// Seven-bit charsets look like ASCII: ISO-2022-JP tells itself by escapes, HZ must be claimed as `~{` also occurs in
/// scripts.
fn by_escapes<'a>(body: &'a [u8], content_type: Option<&str>) -> Option<Decoded<'a>> {
    if memchr::memchr(0x1b, body).is_some() && [&b"\x1b$B"[..], b"\x1b$@", b"\x1b(J"].iter().any(|e| contains(body, e))
    {
        let decoded = strictly(body, ISO_2022_JP);
        if decoded.is_some() {
            return decoded;
        }
    }
    let hz = |label: &str| label.to_ascii_lowercase().starts_with("hz");
    if labels(body, content_type).any(hz) && contains(body, b"~{") { Some(hz_gb_2312(body)) } else { None }
}

fn contains(body: &[u8], needle: &[u8]) -> bool {
    memmem::find(body, needle).is_some()
}

/// UTF-8 with some stray bytes: at least `factor` good sequences for each bad byte, which is read as windows-1252.
fn mostly_utf8(body: &[u8], factor: usize) -> Option<Decoded<'_>> {
    let (mut good, mut bad) = (0, 0);
    for chunk in body.utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| *byte >= 0xc0).count();
        bad += chunk.invalid().len();
    }
    if good < bad * factor {
        return None;
    }
    let mut text = String::with_capacity(body.len() + bad);
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    Some(Decoded { text: Cow::Owned(text), charset: UTF_8.name(), lossy: true, truncated: false })
}

/// The charsets claimed, most trustworthy first, without those that the bytes already disproved.
fn claims<'a>(body: &'a [u8], content_type: Option<&'a str>) -> impl Iterator<Item = &'static Encoding> + 'a {
    labels(body, content_type)
        .filter_map(charset::encoding)
        .filter(|encoding| ![UTF_8, UTF_16LE, UTF_16BE].contains(encoding))
}

/// The labels as written: in the HTTP header, then in the XML declaration.
fn labels<'a>(body: &'a [u8], content_type: Option<&'a str>) -> impl Iterator<Item = &'a str> {
    let header = content_type.and_then(|value| label_after(value, "charset"));
    let prologue = &body[..body.len().min(DECLARATION_BYTES)];
    let declaration = memmem::find(prologue, b"<?xml").and_then(|start| {
        let end = start + memmem::find(&prologue[start..], b"?>")?;
        label_after(std::str::from_utf8(&prologue[start..end]).ok()?, "encoding")
    });
    header.into_iter().chain(declaration)
}

/// The value of `key = value` in a header or declaration, without its quotes. Blanks beside a quote belong to nothing.
fn label_after<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let at = text.to_ascii_lowercase().find(key)? + key.len();
    let value = text[at..].trim_start().strip_prefix(['=', ':'])?.trim_start();
    let (value, ends): (_, &[char]) = match value.trim_start_matches(['"', '\'']) {
        bare if bare.len() == value.len() => (value, &['"', '\'', ';', ',', ' ']),
        quoted => (quoted, &['"', '\'', ';']),
    };
    value.split(ends).next().map(str::trim).filter(|label| !label.is_empty())
}

/// Reads the body in a charset, or not at all when a byte does not fit.
fn strictly<'a>(body: &'a [u8], encoding: &'static Encoding) -> Option<Decoded<'a>> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(body)?;
    Some(Decoded { text, charset: encoding.name(), lossy: false, truncated: false })
}

fn replacing<'a>(body: &'a [u8], encoding: &'static Encoding) -> Decoded<'a> {
    let (text, lossy) = encoding.decode_without_bom_handling(body);
    Decoded { text, charset: encoding.name(), lossy, truncated: false }
}

fn by_guess(body: &[u8]) -> Decoded<'_> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(body, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    strictly(body, guess).unwrap_or_else(|| Decoded { lossy: true, ..replacing(body, WINDOWS_1252) })
}

fn sound<'a>(text: &'a str, charset: &'static str) -> Decoded<'a> {
    Decoded { text: Cow::Borrowed(text), charset, lossy: false, truncated: false }
}

/// UTF-32, which encoding_rs leaves out as the web forbids it.
fn utf32<'a>(body: &[u8], unit: fn([u8; 4]) -> u32, charset: &'static str) -> Decoded<'a> {
    let (units, rest) = body.as_chunks::<4>();
    let mut lossy = !rest.is_empty();
    let character = |bytes: &[u8; 4]| {
        char::from_u32(unit(*bytes)).unwrap_or_else(|| {
            lossy = true;
            char::REPLACEMENT_CHARACTER
        })
    };
    let text: String = units.iter().map(character).collect();
    Decoded { text: Cow::Owned(text), charset, lossy, truncated: false }
}

/// HZ (RFC 1843): GB 2312 with the high bits off between `~{` and `~}`, so GBK once they are on again.
fn hz_gb_2312<'a>(body: &[u8]) -> Decoded<'a> {
    let mut bytes = Vec::with_capacity(body.len());
    let (mut rest, mut double) = (body, false);
    while let Some(first) = rest.first() {
        let taken = match (rest, double) {
            ([b'~', b'{', ..], false) => {
                double = true;
                2
            }
            ([b'~', b'}', ..], true) => {
                double = false;
                2
            }
            ([b'~', b'~', ..], false) => {
                bytes.push(b'~');
                2
            }
            ([b'~', b'\n', ..], false) => 2,
            ([_, second, ..], true) if *first > b' ' => {
                bytes.extend([first | 0x80, second | 0x80]);
                2
            }
            _ => {
                bytes.push(*first);
                1
            }
        };
        rest = &rest[taken..];
    }
    let (text, lossy) = GBK.decode_without_bom_handling(&bytes);
    Decoded { text: Cow::Owned(text.into_owned()), charset: "HZ-GB-2312", lossy, truncated: false }
}
