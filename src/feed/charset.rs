//! Maps names of charsets, as people write them, to encodings. Accepts every name that is unambiguous.
//!
//! The Encoding Standard knows some 230 labels and no other spelling: `cp1251` and not `cp-1251`. Other names by
//! generators and servers consist of a prefix, a number and any signs between them.

use encoding_rs::Encoding;

/// The encoding of a number, whatever its prefix: Windows code pages, without the IBM and EBCDIC ones that the web has
/// no encoding for.
const CODE_PAGES: &[(u32, &str)] = &[
    (866, "ibm866"),
    (874, "windows-874"),
    (932, "shift_jis"),
    (936, "gbk"),
    (943, "shift_jis"),
    (949, "euc-kr"),
    (950, "big5"),
    (951, "big5"),
    (1200, "utf-16le"),
    (1201, "utf-16be"),
    (1250, "windows-1250"),
    (1251, "windows-1251"),
    (1252, "windows-1252"),
    (1253, "windows-1253"),
    (1254, "windows-1254"),
    (1255, "windows-1255"),
    (1256, "windows-1256"),
    (1257, "windows-1257"),
    (1258, "windows-1258"),
    (10000, "macintosh"),
    (10007, "x-mac-cyrillic"),
    (20866, "koi8-r"),
    (20932, "euc-jp"),
    (20936, "gbk"),
    (21866, "koi8-u"),
    (28591, "iso-8859-1"),
    (28592, "iso-8859-2"),
    (28593, "iso-8859-3"),
    (28594, "iso-8859-4"),
    (28595, "iso-8859-5"),
    (28596, "iso-8859-6"),
    (28597, "iso-8859-7"),
    (28598, "iso-8859-8"),
    (28599, "windows-1254"),
    (28603, "iso-8859-13"),
    (28605, "iso-8859-15"),
    (50220, "iso-2022-jp"),
    (50221, "iso-2022-jp"),
    (50222, "iso-2022-jp"),
    (51932, "euc-jp"),
    (51936, "gbk"),
    (51949, "euc-kr"),
    (54936, "gb18030"),
    (65001, "utf-8"),
];

/// The prefixes of such numbers.
const CODE_PAGE_PREFIXES: &[&str] = &[
    "cp",
    "codepage",
    "win",
    "windows",
    "mswindows",
    "microsoft",
    "ms",
    "mscp",
    "ibm",
    "dos",
    "x",
    "xcp",
    "xwindows",
    "xms",
    "",
];

/// Other names, without their signs and in lower case.
const NAMES: &[(&str, &str)] = &[
    ("utf8", "utf-8"),
    ("utf8mb3", "utf-8"),
    ("utf8mb4", "utf-8"),
    ("utf8bom", "utf-8"),
    ("utf8sig", "utf-8"),
    ("koi", "koi8-r"),
    ("koi8", "koi8-r"),
    ("koi8r", "koi8-r"),
    ("koi8ru", "koi8-u"),
    ("koi8u", "koi8-u"),
    ("cskoi8r", "koi8-r"),
    ("sjis", "shift_jis"),
    ("shiftjis", "shift_jis"),
    ("shiftjisx0213", "shift_jis"),
    ("mskanji", "shift_jis"),
    ("windows31j", "shift_jis"),
    ("mswin31j", "shift_jis"),
    ("eucjp", "euc-jp"),
    ("eucjpms", "euc-jp"),
    ("eucjpwin", "euc-jp"),
    ("ujis", "euc-jp"),
    ("jis", "iso-2022-jp"),
    ("iso2022jp", "iso-2022-jp"),
    ("iso2022jpms", "iso-2022-jp"),
    ("euckr", "euc-kr"),
    ("uhc", "euc-kr"),
    ("ksc5601", "euc-kr"),
    ("ksc56011987", "euc-kr"),
    ("gb", "gbk"),
    ("gbk", "gbk"),
    ("gb2312", "gbk"),
    ("gb231280", "gbk"),
    ("euccn", "gbk"),
    ("gb18030", "gb18030"),
    ("gb180302000", "gb18030"),
    ("gb180302005", "gb18030"),
    ("big5", "big5"),
    ("bigfive", "big5"),
    ("big5hk", "big5"),
    ("big5hkscs", "big5"),
    ("big5eten", "big5"),
    ("tis620", "windows-874"),
    ("tis6202533", "windows-874"),
    ("thai", "windows-874"),
    ("ascii", "windows-1252"),
    ("usascii", "windows-1252"),
    ("latin", "iso-8859-1"),
    ("western", "windows-1252"),
    ("mac", "macintosh"),
    ("macroman", "macintosh"),
    ("macintosh", "macintosh"),
    ("maccyrillic", "x-mac-cyrillic"),
    ("xmaccyrillic", "x-mac-cyrillic"),
];

/// The encoding that a name means, in any spelling; none when it means none or cannot be told.
pub(super) fn encoding(label: &str) -> Option<&'static Encoding> {
    let label = label
        .trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\u{201c}' | '\u{201d}' | ';' | ','));
    Encoding::for_label(label.as_bytes()).or_else(|| by_bare_name(label))
}

fn by_bare_name(label: &str) -> Option<&'static Encoding> {
    /// The length of the longest name; longer ones are not looked at.
    const NAME_BYTES: usize = 40;
    let bare: String = label.chars().filter(char::is_ascii_alphanumeric).take(NAME_BYTES).collect();
    let bare = bare.to_ascii_lowercase();
    let bare = bare.strip_prefix("charset").or_else(|| bare.strip_prefix("encoding")).unwrap_or(&bare);
    let named = |name: &str| NAMES.iter().find(|(known, _)| *known == name).map(|(_, label)| *label);
    let by_name = named(bare).or_else(|| named(bare.strip_prefix('x')?)).or_else(|| named(bare.strip_prefix("cs")?));
    let known = by_name.or_else(|| code_page(bare));
    let iso = || iso_8859(bare).and_then(|label| Encoding::for_label(label.as_bytes()));
    known.and_then(|label| Encoding::for_label(label.as_bytes())).or_else(iso)
}

/// A code page by its number.
fn code_page(bare: &str) -> Option<&'static str> {
    let digits = bare.bytes().position(|byte| byte.is_ascii_digit())?;
    let (prefix, number) = bare.split_at(digits);
    let number: u32 = number.parse().ok()?;
    let is_prefix = CODE_PAGE_PREFIXES.contains(&prefix);
    CODE_PAGES.iter().find(|(page, _)| is_prefix && *page == number).map(|(_, label)| *label)
}

/// `8859_2`, `iso88592`, `ISO8859/15`, `latin-2`, `iso-latin1`: a part of ISO 8859. The Latin alphabets have numbers of
/// their own.
fn iso_8859(bare: &str) -> Option<String> {
    const LATIN_PARTS: [u32; 10] = [1, 2, 3, 4, 9, 10, 13, 14, 15, 16];
    let bare = bare.strip_prefix('x').unwrap_or(bare);
    let bare = bare.strip_prefix("iso").unwrap_or(bare);
    let part = match (bare.strip_prefix("8859"), bare.strip_prefix("latin").or(bare.strip_prefix('l'))) {
        // The year of the standard may follow: ISO_8859-1:1987.
        (Some(part), _) => {
            part.strip_suffix("1987").or_else(|| part.strip_suffix("1988")).unwrap_or(part).parse().ok()?
        }
        (None, Some(alphabet)) => *LATIN_PARTS.get(alphabet.parse::<usize>().ok()?.checked_sub(1)?)?,
        (None, None) => return None,
    };
    Some(format!("iso-8859-{part}"))
}
