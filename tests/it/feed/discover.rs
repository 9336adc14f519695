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
        ("<link rel=alternate type=application/rss+xml href=f><base href='/y/'>", &["https://a.example/y/f!"]),
        ("<base target=_top><base href='/y/'><base href='/z/'><a href=rss.xml>x</a>", &["https://a.example/y/rss.xml"]),
        (
            "<link rel=alternate type=application/rss+xml title='Us &raquo; Comments Feed' href=/c><a href=/comments/feed>x</a>\
             <link rel=alternate type=application/rss+xml title='Us &raquo; Feed' href=/f>",
            &[
                "https://a.example/f!Us \u{bb} Feed",
                "https://a.example/c!Us \u{bb} Comments Feed",
                "https://a.example/comments/feed",
            ],
        ),
        (
            "<link rel=alternate type=application/json href=/wp-json/wp/v2/pages/2><link rel=alternate type=text/xml href=/x>\
             <link rel=alternate type=application/json+oembed href=/o><link rel=alternate type=application/feed+json href=/j>",
            &["https://a.example/j!", "https://a.example/x!"],
        ),
        (
            "<link rel=alternate href=/feed.xml><link rel=alternate href=/m media=handheld><link href=/rss rel=next>",
            &["https://a.example/feed.xml"],
        ),
        (
            "<script>s = '<link rel=alternate type=application/rss+xml href=/old>'</script><a href=/?feed=rss2>x</a>",
            &["https://a.example/?feed=rss2"],
        ),
        (
            "<a href='feed://b.example/x'>x</a><a href=feed:https://b.example/y/atom.xml>x</a>",
            &["http://b.example/x", "https://b.example/y/atom.xml"],
        ),
        (
            "<a href=//feeds.b.example/us>Subscribe</a><a href=/s/12>Subscribe via RSS</a><a href=/13><img alt='Atom feed' src=i></a>",
            &["https://feeds.b.example/us", "https://a.example/s/12", "https://a.example/13"],
        ),
        (
            "<a href=/news.xml>x</a><a href=/sitemap.xml>x</a><a href=/rss.html>x</a><a href=/share?u=/rss.xml>x</a>\
             <a href=/essay>Why a reader of RSS sees more of the world than one who is shown what others chose</a>",
            &["https://a.example/news.xml"],
        ),
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
