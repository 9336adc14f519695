//! Keys: the same at every poll, different for different articles.

use super::{parse, rss};
use feedwatch::feed::address::canonical;
use feedwatch::model::KeyKind;

fn keys(items: &str) -> Vec<(KeyKind, String)> {
    let parsed = parse(rss(items).as_bytes(), None).unwrap();
    parsed.articles.into_iter().map(|article| (article.key_kind, article.key)).collect()
}

fn key(item: &str) -> (KeyKind, String) {
    keys(item).remove(0)
}

#[test]
fn takes_the_steadiest_key_there_is() {
    assert_eq!(key("<item><guid> g1 </guid><link>http://a.example/</link></item>"), (KeyKind::Id, "g1".to_owned()));
    let (kind, link) = key("<item><link>http://A.example:80/x?utm_source=rss#top</link><title>A</title></item>");
    assert_eq!((kind, link.as_str()), (KeyKind::Link, "https://a.example/x"));
    let hash = key("<item><title>A</title><pubDate>2003-01-01</pubDate></item>");
    assert_eq!(hash.0, KeyKind::Hash);
    assert_eq!(hash, key("<item><title>A</title><pubDate>2004-01-01</pubDate></item>"), "dates are left out");
    assert_ne!(hash, key("<item><title>B</title></item>"));
}

#[test]
fn keeps_hashes_for_ever() {
    let parsed = parse(rss("<item><title>A</title><description>B</description></item>").as_bytes(), None).unwrap();
    let article = &parsed.articles[0];
    assert_eq!(
        (article.key.as_str(), article.content_hash),
        ("0cca49c3857007ce1d06002f062d00d7", 2_129_063_472_223_096_003)
    );
}

#[test]
fn tells_apart_what_shares_an_identifier() {
    let two = |first: &str, second: &str| {
        keys(&format!(
            "<item><guid isPermaLink='false'>g</guid>{first}</item><item><guid isPermaLink='false'>g</guid>{second}</item>"
        ))
    };
    let by_link = two("<link>http://a.example/1</link>", "<link>http://a.example/2</link>");
    assert_eq!(by_link[0].1, "g|https://a.example/1");
    assert_eq!(by_link[1].1, "g|https://a.example/2");
    let by_title = two("<title>A</title>", "<title>B</title>");
    assert_ne!(by_title[0], by_title[1]);
    assert_eq!(by_title, two("<title>A</title>", "<title>B</title>"));
    assert_eq!(two("<title>A</title>", "<title>A</title>").len(), 1, "a mere repetition is one article");
}

#[test]
fn compares_addresses_by_where_they_lead() {
    for (address, expected) in [
        ("HTTP://Example.COM:80/a%7eb?x=%2f", "https://example.com/a~b?x=%2F"),
        ("https://example.com/?utm_source=a&id=5&fbclid=z", "https://example.com/?id=5"),
        ("https://example.com/?b=1&a=2", "https://example.com/?b=1&a=2"),
        ("https://example.com/#section", "https://example.com/"),
        ("https://example.com/#!/app", "https://example.com/#!/app"),
        ("not an address", "not an address"),
    ] {
        assert_eq!(canonical(address), expected, "{address}");
    }
}

#[test]
fn tells_sections_of_one_page_apart_by_their_fragment() {
    let keys = keys("<item><link>http://a.example/p#1</link></item><item><link>http://a.example/p#2</link></item>");
    assert_eq!(keys[1].1, "https://a.example/p|https://a.example/p#2");
}

#[test]
fn counts_an_item_that_repeats_another_as_that_article() {
    let same = "<item><guid>g</guid><title>A</title></item>";
    let parsed = parse(rss(&[same, "<item><guid>h</guid></item>", same].concat()).as_bytes(), None).unwrap();
    assert_eq!((parsed.articles.len(), parsed.items.as_slice()), (2, [0, 1, 0].as_slice()));
}
