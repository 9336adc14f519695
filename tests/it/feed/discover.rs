//! The feeds that web pages offer.

use feedwatch::feed::discover;
use url::Url;

#[test]
fn finds_the_feeds_of_a_page() {
    let cases: &[(&str, &[&str])] = &[
        ("<p>nothing</p>", &[]),
        ("<link rel=alternate type=application/rss+xml href=/rss title='A &amp; B'>", &["https://a.example/rss!A & B"]),
        (
            "<LINK REL=\"Alternate feed\" TYPE=\"application/atom+xml; charset=utf-8\" HREF=\"a?b&amp;c\">",
            &["https://a.example/x/a?b&c!"],
        ),
        (
            "<base href=\"https://b.example/y/\"><link rel='alternate' type='text/xml' href='z'>",
            &["https://b.example/y/z!"],
        ),
        ("<link rel='stylesheet' href='/feed.css'><link rel='alternate' hreflang='de' href='/de/'>", &[]),
        (
            "<a href='/feed/'>Feed</a> <a href='/news.rss'>x</a> <a href='/feedback'>no</a>",
            &["https://a.example/feed/", "https://a.example/news.rss"],
        ),
        ("<a href='/rss'>x</a><link rel=alternate type=application/rss+xml href=/rss>", &["https://a.example/rss!"]),
        ("<a href='javascript:feed'>x</a><!-- <link rel=alternate type=application/rss+xml href=/no> -->", &[]),
    ];
    let base = Url::parse("https://a.example/x/page").unwrap();
    for (page, expected) in cases {
        let show = |offer: feedwatch::feed::Offer| match offer.declared {
            true => format!("{}!{}", offer.url, offer.title.unwrap_or_default()),
            false => offer.url,
        };
        assert_eq!(discover(page, &base).into_iter().map(show).collect::<Vec<_>>(), *expected, "{page}");
    }
}
