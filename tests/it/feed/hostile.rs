//! Documents made to hurt: small forms of those that benches/feed.rs measures at full size.

use std::time::Duration;

use super::{parse, rss};
use crate::cost;
use feedwatch::feed::FeedError;

/// Far above what any of these takes, far below what quadratic time would.
const LONG: Duration = Duration::from_secs(20);

/// Parses on a thread with the stack of tokio's, and says what came out: articles and notes, or the error.
fn outcome(document: Vec<u8>) -> String {
    let parsing = move || {
        let (cost, parsed) = cost::of(|| parse(&document, None));
        assert!(cost < LONG, "it took {cost:?}");
        match parsed {
            Ok(parsed) => {
                let notes: Vec<String> = parsed.notes.iter().map(|note| format!("; {note}")).collect();
                format!("{} articles{}", parsed.articles.len(), notes.concat())
            }
            Err(error) => error.to_string(),
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(parsing).unwrap().join().unwrap()
}

fn item(inside: &str) -> Vec<u8> {
    rss(&format!("<item><title>A</title>{inside}</item>")).into_bytes()
}

#[test]
fn survives_what_kills_others() {
    let too_deep = "1 articles; more than 48 nested elements: the rest was not read";
    let one = "1 articles";
    let bomb = format!(
        "<!DOCTYPE x [<!ENTITY a \"{}\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c SYSTEM \"file:///etc/passwd\">]>",
        "x".repeat(900)
    );
    let bombed = |text: &str| [bomb.as_bytes(), &item(&format!("<description>{text}</description>"))].concat();
    let declared = format!("<?xml version='1.0' encoding='utf-16'?>{}", rss("<item><title>A</title></item>"));
    let utf16 = declared.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nested media:group", item(&"<media:group>".repeat(4_000)), too_deep),
        ("nested itunes:category", item(&"<itunes:category text='x'>".repeat(4_000)), too_deep),
        ("nested unknown elements", item(&"<x>".repeat(4_000)), too_deep),
        ("nested and closed", item(&format!("{}{}", "<x>".repeat(2_000), "</x>".repeat(2_000))), too_deep),
        ("nested markup in a text", item(&format!("<description>{}</description>", "<div>".repeat(10_000))), one),
        ("an author with brackets of another script", item("<author>a@b.cc\u{27e8}\u{e9}</author>"), one),
        ("a duration of 23 digits", item("<itunes:duration>99999999999999999999999</itunes:duration>"), one),
        ("UTF-16 with a declaration", utf16, one),
        ("an entity bomb", bombed(&"&b;".repeat(1_000)), one),
        ("an external entity", bombed("&c;"), one),
        ("unclosed comments", item(&"<!--".repeat(500_000)), one),
        ("unclosed CDATA sections", item(&"<![CDATA[".repeat(300_000)), one),
        ("unclosed instructions", item(&"<?".repeat(500_000)), one),
        ("unclosed document types", item(&"<!DOCTYPE a [>".repeat(300_000)), one),
        ("unclosed end tags", item(&"</a".repeat(300_000)), one),
        ("unclosed quotes", item(&"<a b=\"".repeat(10_000)), too_deep),
        (
            "unclosed fields",
            item(&"<title>x<guid>y<dc:date>z".repeat(10_000)),
            "1 articles; cut, as it was too long: fields (1)",
        ),
        ("unclosed tags", item(&format!("<description>{}", "<b".repeat(100_000))), one),
        ("half a script", item(&format!("<description>{}</description>", "&lt;script&gt;</".repeat(20_000))), one),
        ("ampersands", item(&format!("<description>{}</description>", "&".repeat(300_000))), one),
        ("attributes", item(&format!("<x {}/>", "a='b' ".repeat(100_000))), one),
        ("namespaces", item(&"<x xmlns:a='urn:b'/>".repeat(10_000)), one),
        ("NULs", item(&"\0".repeat(100_000)), one),
        (
            "deep JSON",
            format!("{{\"items\":[{}", "[".repeat(100_000)).into_bytes(),
            "broken feed: JSON: EOF while parsing a list at line 1 column 100010",
        ),
    ];
    for (name, document, expected) in cases {
        assert_eq!(outcome(document), expected, "{name}");
    }
}

#[test]
fn says_what_a_limit_cost() {
    let long = |n: usize| "x".repeat(n);
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (
            rss(&format!("<item><title>{}</title></item>", long(2_001))).into_bytes(),
            "1 articles; cut, as it was too long: title (1)",
        ),
        (
            item(&format!("<description>{}</description>", long(1_000_001))),
            "1 articles; cut, as it was too long: summary (1)",
        ),
        (
            item(&format!("<link>http://a.example/{}</link>", long(4_000))),
            "1 articles; cut, as it was too long: link (1)",
        ),
        (item(&format!("<author>{}</author>", long(501))), "1 articles; cut, as it was too long: author (1)"),
        (
            item(&"<enclosure url='http://a.example/a'/>".repeat(101)),
            "1 articles; cut, as it was too long: enclosures (1)",
        ),
        (item(&"<x/>".repeat(200_001)), "1 articles; more than 200000 elements: the rest was not read"),
        (
            rss(&(0..10_001).map(|n| format!("<item><guid>{n}</guid></item>")).collect::<String>()).into_bytes(),
            "10000 articles; more than 10000 items: the rest was not read; 10000 of 10001 items could be read",
        ),
        (
            [b"<rss><channel><item><title>caf\xc3\xa9 \xff</title></item>".as_slice()].concat(),
            "1 articles; some bytes could not be read as UTF-8 and were replaced",
        ),
        (
            format!("{}<rss><channel/></rss>", long(200_001)).into_bytes(),
            "the feed is over a limit: no feed begins within the first 200000 bytes",
        ),
    ];
    for (document, expected) in cases {
        assert_eq!(outcome(document), expected);
    }
}

#[test]
fn refuses_documents_beyond_its_last_defence() {
    let huge = vec![b' '; 128_000_001];
    assert!(matches!(parse(&huge, None), Err(FeedError::OverLimit(_))));
}
