//! Charsets: what is claimed, what is sent, what is read.

use encoding_rs::{EUC_JP, Encoding, GBK, ISO_2022_JP, KOI8_R, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};
use feedwatch::feed::decode;

/// The body, the Content-Type, the text and the charset it is read as; a `~` behind the charset means lossy.
fn check(body: &[u8], content_type: &str, text: &str, charset: &str) {
    let decoded = decode(body, Some(content_type).filter(|value| !value.is_empty())).unwrap();
    let lossy = if decoded.lossy { "~" } else { "" };
    assert_eq!((&*decoded.text, format!("{}{lossy}", decoded.charset).as_str()), (text, charset), "{content_type}");
}

fn encoded(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    encoding.encode(text).0.into_owned()
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

fn utf32(text: &str, unit: fn(u32) -> [u8; 4]) -> Vec<u8> {
    text.chars().flat_map(|c| unit(u32::from(c))).collect()
}

#[test]
fn believes_bytes_before_claims() {
    let text = "<rss>Ćao, naïve 日本</rss>";
    check(text.as_bytes(), "", text, "UTF-8");
    check(text.as_bytes(), "text/xml; charset=iso-8859-1", text, "UTF-8");
    check(format!("\u{feff}{text}").as_bytes(), "", text, "UTF-8");
    let declared = format!("<?xml version='1.0' encoding='windows-1251'?>{text}");
    check(declared.as_bytes(), "", &declared, "UTF-8");
    check(
        b"<?xml version='1.0' encoding='utf-16'?><rss/>",
        "",
        "<?xml version='1.0' encoding='utf-16'?><rss/>",
        "UTF-8",
    );
}

#[test]
fn reads_utf_16_and_32_with_and_without_mark() {
    let text = "<?xml version='1.0' encoding='utf-16'?><a>é</a>";
    for mark in ["", "\u{feff}"] {
        let sent = format!("{mark}{text}");
        check(&utf16(&sent, u16::to_le_bytes), "", text, "UTF-16LE");
        check(&utf16(&sent, u16::to_be_bytes), "", text, "UTF-16BE");
        check(&utf32(&sent, u32::to_le_bytes), "", text, "UTF-32LE");
        check(&utf32(&sent, u32::to_be_bytes), "", text, "UTF-32BE");
    }
}

#[test]
fn reads_claimed_charsets_when_the_bytes_fit() {
    let russian = "<a>Привет</a>";
    check(&encoded(russian, WINDOWS_1251), "application/rss+xml; charset=\"windows-1251\"", russian, "windows-1251");
    let declared = format!("<?xml version=\"1.0\" encoding=\"koi8-r\"?>{russian}");
    check(&encoded(&declared, KOI8_R), "text/xml", &declared, "KOI8-R");
    // The header claims UTF-8, which the bytes disprove; the declaration is right.
    check(&encoded(&declared, KOI8_R), "text/xml; charset=utf-8", &declared, "KOI8-R");
    let japanese = "<?xml version=\"1.0\" encoding=\"Shift_JIS\"?>日本のニュース";
    check(&encoded(japanese, SHIFT_JIS), "", japanese, "Shift_JIS");
    let quotes = "<a>“smart”</a>";
    check(&encoded(quotes, WINDOWS_1252), "text/xml; charset=iso-8859-1", quotes, "windows-1252");
}

#[test]
fn reads_seven_bit_charsets_by_their_escapes() {
    let text = "<a>日本のニュース</a>";
    check(&encoded(text, ISO_2022_JP), "", text, "ISO-2022-JP");
    check(b"<a>~{<:Ky2;~}</a>", "text/xml; charset=hz-gb-2312", "<a>己所不</a>", "HZ-GB-2312");
    check(b"<a>~{<:Ky2;~}</a>", "", "<a>~{<:Ky2;~}</a>", "UTF-8");
}

#[test]
fn guesses_when_nothing_is_claimed() {
    let text = "<a>Последние новости дня: переговоры возобновлены</a>";
    check(&encoded(text, WINDOWS_1251), "", text, "windows-1251");
    let japanese = "<a>日本のニュースです。最新の情報をお届けします</a>";
    check(&encoded(japanese, EUC_JP), "", japanese, "EUC-JP");
    let chinese = "<a>中国新闻网最新消息，关于谈判的报道</a>";
    check(&encoded(chinese, GBK), "", chinese, "GBK");
}

#[test]
fn replaces_only_bad_bytes_in_utf_8() {
    check(
        b"<a>caf\xc3\xa9, na\xc3\xafve, \x93quoted\x94</a>",
        "text/xml; charset=utf-8",
        "<a>café, naïve, “quoted”</a>",
        "UTF-8~",
    );
}

#[test]
fn inflates_what_nobody_declared() {
    use std::io::Write;
    let gzip = |text: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    check(&gzip(b"<rss/>"), "", "<rss/>", "UTF-8");
    let bomb = decode(&gzip(&vec![b' '; 20_000_000]), None).unwrap_err();
    assert_eq!(bomb.to_string(), "the feed is over a limit: it inflates to more than 10000000 bytes");
    let whole = gzip(&b"<item>some text</item>".repeat(500));
    let half = decode(&whole[..whole.len() - 10], None).unwrap();
    assert!(half.truncated && half.text.starts_with("<item>"));
}
