//! Addresses for comparing: two that lead to the same article become equal. The original is what people get to see.

use url::Url;

use crate::hash::hash64;

/// Query parameters that follow people, not articles: exact names, and beginnings of names ending in `_`.
const TRACKING: &[&str] = &[
    "utm_", "mtm_", "fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "mc_cid", "mc_eid",
    "_hsenc", "_hsmi", "mkt_tok", "srsltid",
];

/// The canonical form of an address: http and https alike, host in lower case, no default port, no fragment (but `#!`),
/// no tracking parameters, percent-encoding normal. The order of the query stays. A text that is not an address stays
/// as it is.
pub fn canonical(address: &str) -> String {
    let Ok(mut url) = Url::parse(address.trim()) else { return address.trim().to_owned() };
    if url.fragment().is_some_and(|fragment| !fragment.starts_with('!')) {
        url.set_fragment(None);
    }
    if let Some(query) = url.query() {
        let kept: Vec<_> = query.split('&').filter(|pair| !is_tracking(pair) && !pair.is_empty()).collect();
        let kept = kept.join("&");
        url.set_query(Some(kept.as_str()).filter(|query| !query.is_empty()));
    }
    let canonical = normal_percent(url.as_str());
    match canonical.strip_prefix("http://") {
        Some(rest) => format!("https://{rest}"),
        None => canonical,
    }
}

/// A hash of the canonical form, by which the store finds articles.
pub fn hash(address: &str) -> u64 {
    hash64(&[canonical(address).as_bytes()])
}

/// The canonical form with its fragment: for articles that are sections of one page.
pub(super) fn canonical_with_fragment(address: &str) -> String {
    let canonical = canonical(address);
    match address.trim().split_once('#') {
        Some((_, fragment)) if !fragment.starts_with('!') => format!("{canonical}#{fragment}"),
        _ => canonical,
    }
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or(pair).to_ascii_lowercase();
    TRACKING.iter().any(|known| match known.ends_with('_') {
        true => name.starts_with(known),
        false => name == *known,
    })
}

/// RFC 3986 section 6.2.2: hexadecimal digits in upper case, unreserved characters unencoded.
fn normal_percent(address: &str) -> String {
    let mut normal = String::with_capacity(address.len());
    let mut rest = address;
    while let Some((before, after)) = rest.split_once('%') {
        normal.push_str(before);
        let byte = after.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        rest = match byte {
            Some(byte) if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') => {
                normal.push(char::from(byte));
                &after[2..]
            }
            Some(byte) => {
                normal.push_str(&format!("%{byte:02X}"));
                &after[2..]
            }
            None => {
                normal.push('%');
                after
            }
        };
    }
    normal.push_str(rest);
    normal
}
