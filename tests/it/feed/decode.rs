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
fn knows_charsets_by_any_spelling() {
    use encoding_rs::{
        BIG5, EUC_KR, GB18030, IBM866, ISO_8859_2, ISO_8859_15, KOI8_U, MACINTOSH, WINDOWS_874, WINDOWS_1250,
    };
    // Short texts: what is guessed would be something else.
    let cases: &[(&[&str], &str, &'static Encoding)] = &[
        (
            &[
                "cp-1251",
                "CP_1251",
                "cp 1251",
                "windows1251",
                "windows_1251",
                "Windows 1251",
                "win-1251",
                "win1251",
                "ms-1251",
                "x-windows-1251",
                "1251",
                "codepage 1251",
                "cp1251;",
                "charset=cp1251",
            ],
            "Суд",
            WINDOWS_1251,
        ),
        (
            &["cp_1252", "windows1252", "win_1252", "latin-1", "ISO8859_1", "8859-1", "iso latin 1", "iso88591"],
            "né",
            WINDOWS_1252,
        ),
        (&["koi-8", "koi8r", "KOI8_R", "koi 8 r", "cp20866", "x-koi8-r"], "Суд", KOI8_R),
        (&["koi8u", "cp-21866"], "Київ", KOI8_U),
        (&["windows1250", "cp-1250", "x-cp-1250"], "Łódź", WINDOWS_1250),
        (&["iso8859_2", "iso_8859_2", "8859-2", "latin-2", "iso latin 2"], "Łódź", ISO_8859_2),
        (&["iso8859/15", "latin-9", "iso 8859 15"], "5 €", ISO_8859_15),
        (&["x_sjis", "shift jis", "S-JIS", "cp932", "cp-932", "ms 932", "windows31j", "MS_Kanji"], "日本の", SHIFT_JIS),
        (&["eucjp", "EUC_JP", "x-eucjp", "cp51932", "eucJP-ms"], "日本の", EUC_JP),
        (&["cp936", "ms936", "gb-2312", "GB_2312_80", "euc-cn", "gb 2312"], "新闻网", GBK),
        (&["gb-18030", "gb18030-2005"], "新闻网", GB18030),
        (&["big-5", "cp950", "big5hkscs", "Big5-ETEN"], "新聞網", BIG5),
        (&["euckr", "cp949", "ms949", "ks_c_5601", "uhc"], "뉴스", EUC_KR),
        (&["tis620", "cp874", "windows874", "TIS 620"], "ข่าว", WINDOWS_874),
        (&["cp866", "ibm-866", "dos-866"], "Суд", IBM866),
        (&["mac-roman", "x-mac-roman"], "né", MACINTOSH),
    ];
    for (labels, text, encoding) in cases {
        for label in *labels {
            for text in [
                format!("<?xml version=\"1.0\" encoding=\"{label}\"?><a>{text}</a>"),
                format!("<?xml version='1.0' encoding = ' {label} '?><a>{text}</a>"),
            ] {
                check(&encoded(&text, encoding), "", &text, encoding.name());
            }
            let text = format!("<a>{text}</a>");
            check(&encoded(&text, encoding), &format!("text/xml; charset=\"{label}\""), &text, encoding.name());
        }
    }
    let text = "<a>Суд</a>";
    for header in [
        "text/xml;charset = cp-1251",
        "text/xml; charset:cp-1251",
        "text/xml; Charset='cp-1251'",
        "text/xml; charset=cp-1251, text/xml",
    ] {
        check(&encoded(text, WINDOWS_1251), header, text, "windows-1251");
    }
}

#[test]
fn a_charset_that_means_nothing_leaves_the_bytes_to_tell() {
    let text = "<a>Последние новости дня: переговоры возобновлены</a>";
    for label in ["ansi", "none", "default", "binary", "utf8mb4", "utf-8-sig", "cp-99999", "windows-", "1", "\u{1f600}"]
    {
        check(&encoded(text, WINDOWS_1251), &format!("text/xml; charset={label}"), text, "windows-1251");
        check("<a>Суд é</a>".as_bytes(), &format!("text/xml; charset={label}"), "<a>Суд é</a>", "UTF-8");
    }
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
    let twice = gzip(&gzip(b"<rss/>"));
    check(&twice, "", "<rss/>", "UTF-8");
    check(&gzip(&encoded("<a>Привет</a>", KOI8_R)), "text/xml; charset=koi8-r", "<a>Привет</a>", "KOI8-R");
    check(&[gzip(b"<rss>"), gzip(b"</rss>"), b"\n\n".to_vec()].concat(), "", "<rss></rss>", "UTF-8");
    check(&[gzip(b"").repeat(99), gzip(b"<rss/>")].concat(), "", "<rss/>", "UTF-8");
    let pieces = decode(&gzip(b"").repeat(101), None).unwrap_err();
    assert_eq!(pieces.to_string(), "the feed is over a limit: it has more than 100 gzip members");
    let deep = decode(&gzip(&gzip(&twice)), None).unwrap_err();
    assert_eq!(deep.to_string(), "the feed is over a limit: it is packed more than 3 times over");
    let whole = gzip(&b"<item>some text</item>".repeat(500));
    let half = decode(&whole[..whole.len() - 10], None).unwrap();
    assert!(half.truncated && half.text.starts_with("<item>"));
}
