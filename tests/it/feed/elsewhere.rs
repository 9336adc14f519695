//! Other addresses that documents name for a feed.

use feedwatch::feed::{parse, suggested, suggested_by_field};
use url::Url;

fn base() -> Url {
    Url::parse("https://a.example/x/feed").unwrap()
}

#[track_caller]
fn document(body: &str, expected: Option<&str>) {
    let read = parse(body.as_bytes(), &base(), None);
    let found = suggested(&read, body.as_bytes(), &base(), None);
    assert_eq!(found.map(|found| format!("{}: {}", found.by, found.url)).as_deref(), expected, "{body}");
}

#[test]
fn a_feed_names_its_new_address_itself() {
    let feed = |head: &str| {
        format!(
            "<rss version='2.0' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'><channel><title>F</title>\
             {head}<item><title>A</title></item></channel></rss>"
        )
    };
    let named = |to: &str| feed(&format!("<itunes:new-feed-url>{to}</itunes:new-feed-url>"));
    document(&feed(""), None);
    document(&named(" https://b.example/f?a=1&amp;b=2\n"), Some("itunes:new-feed-url: https://b.example/f?a=1&b=2"));
    document(&named("../new"), Some("itunes:new-feed-url: https://a.example/new"));
    document(&named("javascript:alert(1)"), None);
    document(&named("file:///etc/passwd"), None);
    document(&named("https://user:secret@b.example/f"), None);
    document(&named(&format!("https://b.example/{}", "x".repeat(5000))), None);
    document(&named(""), None);
    let within = "<item><itunes:new-feed-url>https://b.example/f</itunes:new-feed-url></item>";
    document(&feed(within), None);
}

#[test]
fn a_page_in_a_feeds_place_names_one_in_its_head() {
    let page = |head: &str| format!("<!doctype html><html><head>{head}</head><body>We have moved</body></html>");
    let meta = |content: &str| page(&format!("<meta http-equiv=\"Refresh\" content=\"{content}\">"));
    document(&page(""), None);
    document(&page("<meta name=refresh content='0; url=/no'>"), None);
    document(&meta("0; url=https://b.example/f"), Some("meta refresh: https://b.example/f"));
    document(&meta("5;URL='/new?a&amp;b'"), Some("meta refresh: https://a.example/new?a&b"));
    document(&meta("0;https://b.example/f"), Some("meta refresh: https://b.example/f"));
    document(&meta("300"), None);
    document(&meta("0; url=data:text/html,x"), None);
    let based = "<base href='https://c.example/y/'><meta http-equiv=refresh content='0;url=z'>";
    document(&page(based), Some("meta refresh: https://c.example/y/z"));
}

#[test]
fn a_redirect_document_names_the_new_location() {
    let moved = |to: &str| format!("<?xml version='1.0'?><redirect><newLocation>{to}</newLocation></redirect>");
    document(&moved("http://b.example/rss.xml"), Some("<newLocation>: http://b.example/rss.xml"));
    document(&moved("<![CDATA[http://b.example/rss.xml]]>"), Some("<newLocation>: http://b.example/rss.xml"));
    document(&moved("ftp://b.example/rss.xml"), None);
    document("<redirect><oldLocation>http://b.example/</oldLocation></redirect>", None);
}

#[test]
fn the_refresh_field_is_read_as_browsers_do() {
    let check = |field: &str, expected: Option<&str>| {
        let found = suggested_by_field(field, &base());
        assert_eq!(found.as_ref().map(|found| found.url.as_str()), expected, "{field}");
    };
    check("0; url=https://b.example/f", Some("https://b.example/f"));
    check("0;url=\"https://b.example/f\"; x", Some("https://b.example/f"));
    check(" 1.5 , URL = ../f ", Some("https://a.example/f"));
    check("0; /url", Some("https://a.example/url"));
    check("30", None);
    check("url=https://b.example/f", None);
    check("0; url=", None);
    check("0; url=http://[", None);
    check("\u{fffd}", None);
}

#[test]
fn older_items_are_where_the_feed_links_to() {
    let check = |body: &str, expected: Option<&str>| {
        let older = parse(body.as_bytes(), &base(), None).unwrap().older;
        assert_eq!(older.as_ref().map(Url::as_str), expected, "{body}");
    };
    let atom = |links: &str| format!("<feed xmlns='http://www.w3.org/2005/Atom'><title>F</title>{links}</feed>");
    let next = "<link rel='next' href='?page=2'/>";
    check(&atom(""), None);
    check(&atom(next), Some("https://a.example/x/feed?page=2"));
    check(&atom(&format!("{next}<link rel='prev-archive' href='/2026/10'/>")), Some("https://a.example/2026/10"));
    check(&atom("<link rel='previous' href='?page=0'/><link rel='next' href='javascript:x'/>"), None);
    check(&atom(&format!("<entry><id>1</id>{next}</entry>")), None);
    let rss = |head: &str| {
        format!(
            "<rss xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>F</title>{head}<item><guid>1</guid></item></channel></rss>"
        )
    };
    check(&rss("<atom:link rel='next' href='http://a.example/2'/>"), Some("http://a.example/2"));
    check(&rss("<link>https://a.example/</link>"), None);
    let json = r#"{"version": "https://jsonfeed.org/version/1.1", "title": "F", "next_url": "2.json", "items": []}"#;
    check(json, Some("https://a.example/x/2.json"));
}
