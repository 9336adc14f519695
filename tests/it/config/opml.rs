//! Lists of feeds as other programs write them: what can be read is read, whatever is wrong with it.

use encoding_rs::{Encoding, KOI8_R, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};
use feedwatch::config::{OpmlFeed, read_opml};
use feedwatch::fetch::Guard;

/// The feeds of a list, as `url | name | tags`, and what is said of it.
fn read(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let folder = crate::fresh::folder();
    let path = folder.path().join("list.opml");
    std::fs::write(&path, bytes).unwrap();
    let (feeds, found) = read_opml(&path, &Guard::default()).unwrap_or_else(|error| panic!("{error}"));
    let line = |OpmlFeed { source, .. }: &OpmlFeed| {
        let name = source.name.as_deref().unwrap_or_default();
        format!("{} | {name} | {}", source.url, source.tags.join(",")).trim_end_matches([' ', '|']).to_owned()
    };
    (feeds.iter().map(line).collect(), found.iter().map(|found| found.message.clone()).collect())
}

/// A list of one outline with these attributes.
#[track_caller]
fn check(attributes: &str, expected: &str) {
    let list = format!("<?xml version=\"1.0\"?>\n<opml version=\"2.0\"><body><outline {attributes}/></body></opml>");
    assert_eq!(read(list.as_bytes()), (vec![expected.to_owned()], vec![]), "{attributes}");
}

#[test]
fn references_that_xml_does_not_know_cost_no_feed() {
    check("text=\"R&D\" xmlUrl=\"https://a.example/f?x=1&y=2&amp;z=3\"", "https://a.example/f?x=1&y=2&z=3 | R&D");
    check("text=\"A\" htmlUrl=\"https://a.example/?a&b\" xmlUrl=\"https://a.example/f\"", "https://a.example/f | A");
    check(
        "text=\"Caf&eacute; &ndash; d&#233;j&#xe0;&nbsp;vu\" xmlUrl=\"https://a.example/f\"",
        "https://a.example/f | Caf\u{e9} \u{2013} d\u{e9}j\u{e0}\u{a0}vu",
    );
    check("text=\"&\" xmlUrl=\"https://a.example/f?q=a&copy=1&reg\"", "https://a.example/f?q=a&copy=1&reg | &");
    check("text=\"&mine; own\" xmlUrl=\"https://a.example/f\"", "https://a.example/f | &mine; own");
    check("text=\"a < b > c\" xmlUrl=\"https://a.example/f?a<b\"", "https://a.example/f?a%3Cb | a < b > c");
    check("text='it\u{201d}s \"quoted\"' xmlUrl='https://a.example/f'", "https://a.example/f | it\u{201d}s \"quoted\"");
}

#[test]
fn attributes_are_read_however_they_are_written() {
    check("XMLURL=\"https://a.example/f\" TITLE=\"A\"", "https://a.example/f | A");
    check("xmlurl = \"  https://a.example/f\n\" text=\"A\"", "https://a.example/f | A");
    check("text=A xmlUrl=https://a.example/f?x=1", "https://a.example/f?x=1 | A");
    check(
        "text=\"A\" text=\"B\" xmlUrl=\"https://a.example/f\" xmlUrl=\"https://b.example/f\"",
        "https://a.example/f | A",
    );
    check("type=\"rss\" url=\"https://a.example/f\" text=\"A\"", "https://a.example/f | A");
    check("title=\"\" text=\"A\" xmlUrl=\"https://a.example/f\"", "https://a.example/f | A");
    check("isOpen text=\"A\" xmlUrl=\"https://a.example/f\"", "https://a.example/f | A");
}

#[test]
fn the_shorthands_of_browsers_are_spelled_out() {
    let url = |address: &str, expected: &str| check(&format!("xmlUrl=\"{address}\""), expected);
    url("feed:https://a.example/f", "https://a.example/f");
    url("feed:http://a.example/f", "http://a.example/f");
    url("feed://a.example/f", "http://a.example/f");
    url("FEED://a.example:8080/f?x=http://b", "http://a.example:8080/f?x=http://b");
    url("feed://https://a.example/f", "https://a.example/f");
    url("feed:a.example/f", "http://a.example/f");
    url("itpc://a.example/f", "http://a.example/f");
    url("pcast:https://a.example/f", "https://a.example/f");
}

#[test]
fn categories_become_tags_beside_the_folders() {
    check("xmlUrl=\"https://a.example/f\" category=\"news\"", "https://a.example/f |  | news");
    check(
        "xmlUrl=\"https://a.example/f\" category=\"/Regions/Gulf, wires ,/Regions/Asia\"",
        "https://a.example/f |  | Regions,Gulf,wires,Regions,Asia".replace(",Regions,Asia", ",Asia").as_str(),
    );
    check("xmlUrl=\"https://a.example/f\" category=\" , /,//\"", "https://a.example/f");
    let many = (0..100).map(|n| format!("c{n}")).collect::<Vec<_>>().join(",");
    let list = format!(
        "<opml><body><outline text=\"News\" category=\"not mine\"><outline text=\"UK\"><outline xmlUrl=\"https://a.example/f\" \
         category=\"UK,politics\"/></outline></outline><outline xmlUrl=\"https://b.example/f\" category=\"{many}\"/></body></opml>"
    );
    let (feeds, said) = read(list.as_bytes());
    assert_eq!((feeds[0].as_str(), said.len()), ("https://a.example/f |  | News,UK,politics", 0));
    assert_eq!(feeds[1].matches(',').count(), 31);
}

#[test]
fn what_names_no_feed_is_told() {
    let said = |outline: &str| read(format!("<opml><body>{outline}</body></opml>").as_bytes());
    let lacks = "this outline names no feed: it has no `xmlUrl`".to_owned();
    assert_eq!(
        said("<outline type=\"rss\" text=\"A\" htmlUrl=\"https://a.example/\"/>"),
        (vec![], vec![lacks.clone()])
    );
    assert_eq!(said("<outline type=\"RSS\" text=\"A\"></outline>"), (vec![], vec![lacks.clone()]));
    let list = "<outline type=\"include\" text=\"A\" url=\"https://a.example/list.opml\"/>";
    assert_eq!(said(list), (vec![], vec!["a list within a list is not read".to_owned()]));
    assert_eq!(said("<outline text=\"a folder\"></outline><outline text=\"a note\"/>"), (vec![], vec![lacks]));
    let guarded = "<outline xmlUrl=\"http://169.254.169.254/\"/><outline xmlUrl=\"http://localhost/f\"/>";
    let (feeds, found) = said(guarded);
    assert_eq!((feeds.len(), found), (2, vec!["the guard will refuse this address".to_owned(); 2]));
    let broken =
        "<outline text=\"say \"hi\" now\" xmlUrl=\"https://a.example/f\"/><outline xmlUrl=\"https://b.example/f\"/>";
    let (feeds, found) = said(broken);
    assert!(feeds.last().is_some_and(|feed| feed == "https://b.example/f"), "{feeds:?}");
    assert!(feeds.len() == 2 || !found.is_empty(), "{feeds:?} {found:?}");
}

#[test]
fn lists_are_read_in_the_encoding_that_they_are_in() {
    let list = |declared: &str, name: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"{declared}\"?>\n<opml><body><outline text=\"{name}\" xmlUrl=\"https://a.example/f\"/></body></opml>"
        )
    };
    let wide = |text: &str, mark: bool, bytes: fn(u16) -> [u8; 2]| {
        let mark = mark.then_some(0xfeff);
        mark.into_iter().chain(text.encode_utf16()).flat_map(bytes).collect::<Vec<u8>>()
    };
    let in_ = |encoding: &'static Encoding, text: &str| encoding.encode(text).0.into_owned();
    let (latin, russian, japanese) = (
        "Z\u{fc}rich \u{2013} \u{a3}",
        "\u{41d}\u{43e}\u{432}\u{43e}\u{441}\u{442}\u{438}",
        "\u{65e5}\u{672c}\u{8a9e}",
    );
    let plain = "Z\u{fc}rich";
    for (what, bytes, name) in [
        ("a mark", [b"\xef\xbb\xbf", list("utf-8", latin).as_bytes()].concat(), latin),
        ("UTF-16LE", wide(&list("utf-16", russian), true, u16::to_le_bytes), russian),
        ("UTF-16BE", wide(&list("UTF-16", japanese), true, u16::to_be_bytes), japanese),
        ("UTF-16LE without a mark", wide(&list("utf-16", latin), false, u16::to_le_bytes), latin),
        ("UTF-16BE of ASCII", wide(&list("utf-16", "News"), false, u16::to_be_bytes), "News"),
        ("windows-1251", in_(WINDOWS_1251, &list("windows-1251", russian)), russian),
        ("koi8-r", in_(KOI8_R, &list("KOI8-R", russian)), russian),
        ("Shift_JIS", in_(SHIFT_JIS, &list("Shift_JIS", japanese)), japanese),
        ("iso-8859-1", in_(WINDOWS_1252, &list("ISO-8859-1", plain)), plain),
        ("UTF-16 that is UTF-8", list("utf-16", russian).into_bytes(), russian),
        ("latin that is UTF-8", list("iso-8859-1", russian).into_bytes(), russian),
        ("UTF-8 that is windows-1252", in_(WINDOWS_1252, &list("utf-8", plain)), plain),
    ] {
        let expected = format!("https://a.example/f | {name}");
        assert_eq!(read(&bytes), (vec![expected], vec![]), "{what}");
    }
}
