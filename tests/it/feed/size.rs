//! What documents cost in memory against what they are: the most that is held while one is read, counted by the
//! allocator on the reading thread, is bounded by its own bytes, whatever it repeats.
//!
//! The cases are kinds of repetition; `fuzz/fuzz_targets/size.rs` looks for further ones in the same form.

use std::io::Write;

use allocation_counter::measure;

use super::parse;
use feedwatch::feed::{self, Note};

/// Most bytes held for each byte of a document: what is kept of it, once more while it is made, and in lists that grow
/// by doubling.
const FACTOR: usize = 6;

/// What a document may hold besides: nothing to speak of when it has few items, texts and addresses ...
const FEW: usize = 1_000_000;
/// ... what is kept of a long text several times over while it is made plain ...
const TEXTS: usize = 10_000_000;
/// ... about a kilobyte for each of ten thousand items, however short they are ...
const ITEMS: usize = 12_000_000;
/// ... and what links may grow by besides, in links, keys and once more while keys are told apart.
const LINKS: usize = 14_000_000;

/// A piece of a document and how often it stands there. In it `#` is its number, `~` 490 letters, `@` 3,900, `§`
/// 200,000, and `€` 1,300 of itself.
type Piece = (&'static str, usize);

fn document(pieces: &[Piece]) -> Vec<u8> {
    let (name, path, monster) = ("n".repeat(490), "p".repeat(3_900), "m".repeat(200_000));
    let euros = "€".repeat(1_300);
    let mut document = String::new();
    for (piece, times) in pieces {
        for number in 0..*times {
            for c in piece.chars() {
                match c {
                    '#' => document.push_str(&number.to_string()),
                    '~' => document.push_str(&name),
                    '@' => document.push_str(&path),
                    '€' => document.push_str(&euros),
                    '§' => document.push_str(&monster),
                    c => document.push(c),
                }
            }
        }
    }
    document.into_bytes()
}

/// Reads a document and checks what was held at the most, and what it weighs afterwards.
fn check(name: &str, body: &[u8], besides: usize) -> Result<(), String> {
    let mut read = None;
    let held = measure(|| read = Some(parse(body, None)));
    let (outcome, weight) = match read.unwrap() {
        Ok(parsed) => (format!("{} articles, {:?}", parsed.articles.len(), parsed.notes), parsed.weight()),
        Err(error) => (error.to_string().chars().take(100).collect(), 0),
    };
    let (held, allowed) = (held.bytes_max as usize, besides + FACTOR * body.len());
    let line = format!("{name}: {} bytes, held {held} of {allowed}, weight {weight}; {outcome}", body.len());
    if std::env::var_os("FEEDWATCH_SHOW_SIZES").is_some() {
        println!("{line}");
    }
    if held <= allowed && weight <= feed::held_bytes_most(body.len()) { Ok(()) } else { Err(line) }
}

const ATOM: &str = "<feed xmlns='http://www.w3.org/2005/Atom'>";
const RSS: &str = "<rss><channel>";
const ENTRY: &str = "<entry><title>#</title></entry>";

/// Kinds of repetition in markup and JSON.
const CASES: &[(&str, usize, &[Piece])] = &[
    // What a feed says once is said to each of its items.
    ("feed authors", ITEMS, &[(ATOM, 1), ("<author><name>#~</name></author>", 100), (ENTRY, 10_000)]),
    ("many feed authors", ITEMS, &[(ATOM, 1), ("<author><name>#~</name></author>", 1_000), (ENTRY, 10_000)]),
    ("a monstrous feed author", ITEMS, &[(ATOM, 1), ("<author><name>§</name></author>", 1), (ENTRY, 10_000)]),
    (
        "a monstrous language",
        ITEMS,
        &[(RSS, 1), ("<language>§</language>", 1), ("<item><guid>#</guid></item>", 10_000)],
    ),
    ("a monstrous xml:lang", ITEMS, &[("<feed xml:lang='§'>", 1), (ENTRY, 10_000)]),
    ("a monstrous title of the feed", ITEMS, &[(ATOM, 1), ("<title>§</title>", 1), (ENTRY, 10_000)]),
    (
        "JSON authors",
        ITEMS,
        &[
            ("{\"authors\":[", 1),
            ("{\"name\":\"#~\"},", 1_000),
            ("0],\"items\":[", 1),
            ("{\"id\":#},", 10_000),
            ("{}]}", 1),
        ],
    ),
    (
        "a monstrous JSON language",
        ITEMS,
        &[("{\"language\":\"§\",\"items\":[", 1), ("{\"id\":#},", 10_000), ("{}]}", 1)],
    ),
    // Bases.
    ("a monstrous base", FEW, &[("<feed xml:base='http://b.example/§/'><entry>", 1), ("<link href='x'/>", 5_000)]),
    (
        "a long base and links",
        LINKS,
        &[("<feed xml:base='http://b.example/@/'><entry>", 1), ("<link href='x#'/>", 20_000)],
    ),
    (
        "a long base and enclosures",
        LINKS,
        &[("<rss xml:base='http://b.example/@/'><channel><item>", 1), ("<enclosure url='x#'/>", 20_000)],
    ),
    (
        "a long base and items",
        LINKS,
        &[
            ("<feed xml:base='http://b.example/@/'>", 1),
            ("<entry><title>#</title><link href='x#'/><link rel='enclosure' href='y'/></entry>", 10_000),
        ],
    ),
    (
        "a long base and guids",
        LINKS,
        &[
            ("<rss xml:base='http://b.example/@/'><channel>", 1),
            ("<item><guid isPermaLink='true'>x#</guid></item>", 10_000),
        ],
    ),
    (
        "a long base and media",
        LINKS,
        &[
            ("<rss xml:base='http://b.example/@/'><channel>", 1),
            ("<item><media:content url='#'/><media:content url='m#'/></item>", 10_000),
        ],
    ),
    ("a long base and CDF", LINKS, &[("<channel xml:base='http://b.example/@/'>", 1), ("<item href='#'/>", 10_000)]),
    (
        "bases in bases",
        LINKS,
        &[
            (ATOM, 1),
            ("<entry xml:base='http://b.example/@/'><link href='#'/></entry>", 100),
            ("<x xml:base='a~/'>", 40),
            ("<entry><link href='x#'/></entry>", 9_000),
        ],
    ),
    (
        "a base of quotes",
        LINKS,
        &[
            ("<feed xml:base='http://b.example/", 1),
            ("\"", 1_300),
            ("/'>", 1),
            (ENTRY, 1),
            ("<entry><link href='x#'/></entry>", 10_000),
        ],
    ),
    (
        "a long home page",
        LINKS,
        &[
            ("{\"home_page_url\":\"http://b.example/@/\",\"items\":[", 1),
            ("{\"url\":\"#\",\"attachments\":[{\"url\":\"a\"},{\"url\":\"b#\"}]},", 10_000),
            ("{}]}", 1),
        ],
    ),
    (
        "a monstrous home page",
        ITEMS,
        &[("{\"home_page_url\":\"http://b.example/§/\",\"items\":[", 1), ("{\"url\":\"#\"},", 10_000), ("{}]}", 1)],
    ),
    (
        "a page with a monstrous base",
        FEW,
        &[("<!doctype html><html><base href='http://b.example/§/'>", 1), ("<a href='feed#'>rss</a>", 5_000)],
    ),
    (
        "a page with a long base",
        LINKS,
        &[("<!doctype html><html><base href='http://b.example/@/'>", 1), ("<a href='feed#'>rss</a>", 20_000)],
    ),
    // Lists of one item.
    ("authors", FEW, &[(ATOM, 1), ("<entry>", 1), ("<author>#~</author>", 1_000)]),
    ("creators", FEW, &[(RSS, 1), ("<item>", 1), ("<dc:creator>#</dc:creator>", 20_000)]),
    ("categories", FEW, &[(RSS, 1), ("<item>", 1), ("<category>#</category>", 20_000)]),
    ("keywords", FEW, &[(RSS, 1), ("<item><media:keywords>", 1), ("#,", 100_000)]),
    ("sources", FEW, &[(RSS, 1), ("<item>", 1), ("<source url='http://a/#@'>#~</source>", 1_000)]),
    ("sources of items", ITEMS, &[(RSS, 1), ("<item><source url='http://a/#'>#</source></item>", 10_000)]),
    ("enclosures", FEW, &[(RSS, 1), ("<item>", 1), ("<enclosure url='http://a/#'/>", 20_000)]),
    ("links", FEW, &[(ATOM, 1), ("<entry>", 1), ("<link href='http://a/#'/>", 20_000)]),
    ("links of other kinds", FEW, &[(ATOM, 1), ("<entry>", 1), ("<link rel='replies' href='http://a/#'/>", 20_000)]),
    ("links of the feed", FEW, &[(ATOM, 1), ("<link rel='next' href='http://a/#'/>", 20_000), (ENTRY, 1)]),
    (
        "media groups",
        FEW,
        &[
            (RSS, 1),
            ("<item>", 1),
            ("<media:group><media:content url='http://a/#'/><media:title>t</media:title></media:group>", 8_000),
        ],
    ),
    ("contributors", FEW, &[(ATOM, 1), ("<entry>", 1), ("<contributor><name>#</name></contributor>", 20_000)]),
    ("titles", FEW, &[(RSS, 1), ("<item>", 1), ("<title>&amp;#</title>", 20_000)]),
    ("guids", FEW, &[(RSS, 1), ("<item>", 1), ("<guid>#&amp;</guid>", 20_000)]),
    ("dates", FEW, &[(RSS, 1), ("<item>", 1), ("<pubDate>#</pubDate>", 20_000)]),
    ("JSON tags", FEW, &[("{\"items\":[{\"tags\":[", 1), ("\"#\",", 100_000), ("0]}]}", 1)]),
    ("JSON attachments", FEW, &[("{\"items\":[{\"attachments\":[", 1), ("{\"url\":\"#\"},", 50_000), ("0]}]}", 1)]),
    ("JSON authors of an item", FEW, &[("{\"items\":[{\"authors\":[", 1), ("{\"name\":\"#\"},", 50_000), ("0]}]}", 1)]),
    // Things without number.
    ("empty JSON items", ITEMS, &[("{\"items\":[", 1), ("{},", 300_000), ("{}]}", 1)]),
    ("JSON lists for items", FEW, &[("{\"items\":[", 1), ("[],", 300_000), ("{}]}", 1)]),
    ("JSON keys", FEW, &[("{", 1), ("\"k#\":1,", 80_000), ("\"items\":[]}", 1)]),
    ("JSON keys of an item", FEW, &[("{\"items\":[{", 1), ("\"k#\":1,", 80_000), ("\"id\":1}]}", 1)]),
    ("a list where JSON has a text", FEW, &[("{\"items\":[{\"title\":[", 1), ("0,", 300_000), ("0]}]}", 1)]),
    (
        "JSON objects in a field that is not read",
        FEW,
        &[("{\"items\":[{\"_x\":[", 1), ("{\"a\":{}},", 100_000), ("0],\"id\":1}]}", 1)],
    ),
    ("JSON nested", FEW, &[("{\"items\":[{\"x\":", 1), ("[", 500_000)]),
    ("items", ITEMS, &[(RSS, 1), ("<item/>", 100_000)]),
    ("items that repeat", ITEMS, &[(RSS, 1), ("<item><guid>1</guid></item>", 30_000)]),
    (
        "items that share an identifier",
        ITEMS,
        &[(RSS, 1), ("<item><guid>1</guid><link>http://a/#</link></item>", 10_000)],
    ),
    ("short items", ITEMS, &[(RSS, 1), ("<item><title>#</title></item>", 10_000)]),
    ("namespaces", FEW, &[("<rss ", 1), ("xmlns:a#='b' ", 50_000), ("><channel><item><title>x", 1)]),
    ("attributes", FEW, &[(RSS, 1), ("<item ", 1), ("a#='' ", 100_000), ("><title>x", 1)]),
    // Markup and entities.
    ("nested tags in a text", TEXTS, &[(RSS, 1), ("<item><description>", 1), ("<a>", 300_000)]),
    (
        "nested tags in a closed text",
        TEXTS,
        &[(RSS, 1), ("<item><description>", 1), ("<a>x", 200_000), ("</description>", 1)],
    ),
    ("nested XHTML", TEXTS, &[(ATOM, 1), ("<entry><content type='xhtml'>", 1), ("<div>", 200_000)]),
    ("elements with nothing to say", FEW, &[(RSS, 1), ("<item>", 1), ("<b></b>", 100_000)]),
    (
        "sections in a text",
        TEXTS,
        &[(RSS, 1), ("<item><description>", 1), ("<![CDATA[x]]> ", 60_000), ("</description>", 1)],
    ),
    (
        "blanks between sections",
        TEXTS,
        &[(RSS, 1), ("<item><description><![CDATA[a]]>", 1), (" ", 900_000), ("<![CDATA[b]]></description>", 1)],
    ),
    (
        "sections escaped",
        TEXTS,
        &[(ATOM, 1), ("<entry><content type='xhtml'><p/><![CDATA[", 1), ("&", 900_000), ("]]></content>", 1)],
    ),
    ("section ends", TEXTS, &[(RSS, 1), ("<item><description>", 1), ("]]&gt;", 150_000), ("</description>", 1)]),
    (
        "quotes in links",
        FEW,
        &[(RSS, 1), ("<item><guid>#</guid><enclosure url='http:", 1), ("\"", 3_000), ("'/></item>", 1)],
    ),
    ("ampersands", TEXTS, &[(RSS, 1), ("<item><description>", 1), ("&amp;", 200_000)]),
    (
        "declared entities",
        TEXTS,
        &[("<!DOCTYPE r [<!ENTITY a '~~'>]><rss><channel><item><description>", 1), ("&a;", 200_000)],
    ),
    (
        "declared entities in titles",
        ITEMS,
        &[("<!DOCTYPE r [<!ENTITY a '~~'>]><rss><channel>", 1), ("<item><title>&a;</title></item>", 10_000)],
    ),
    (
        "entities of declarations",
        FEW,
        &[("<!DOCTYPE r [", 1), ("<!ENTITY a# 'b'>", 30_000), ("]><rss><channel><item><title>&a1;", 1)],
    ),
    ("references", TEXTS, &[(RSS, 1), ("<item><description>", 1), ("&nGg;", 200_000)]),
    ("JSON escapes", TEXTS, &[("{\"items\":[{\"content_html\":\"", 1), ("\\u003c", 150_000), ("\"}]}", 1)]),
    ("long links", LINKS, &[(RSS, 1), ("<item><link>http://a.example/#@</link></item>", 250)]),
    (
        "long links of quotes",
        LINKS,
        &[(RSS, 1), ("<item><link>http://a.example/#\"\"\"\"~\"\"\"\"</link></item>", 1_500)],
    ),
    ("long identifiers that are shared", LINKS, &[(RSS, 1), ("<item><guid>@</guid><title>#</title></item>", 250)]),
    ("links of a page", FEW, &[("<!doctype html><html>", 1), ("<a href='feed'>rss</a>", 40_000)]),
    (
        "feeds that a page declares",
        FEW,
        &[("<!doctype html><html><head>", 1), ("<link rel=alternate type=application/rss+xml href=/#>", 18_000)],
    ),
    (
        "refreshes of a page",
        FEW,
        &[("<!doctype html><html>", 1), ("<meta http-equiv=refresh content='0; url=/#'>", 20_000)],
    ),
];

#[test]
fn no_repetition_makes_much_of_little() {
    let wrong = CASES.iter().filter_map(|(name, besides, pieces)| check(name, &document(pieces), *besides).err());
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Charsets in which a byte becomes three, and encodings that a document has around it.
#[test]
fn no_encoding_makes_much_of_little() {
    let gzip = |text: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    let rss = |charset: &str, inside: &[u8]| {
        let head =
            format!("<?xml version='1.0' encoding='{charset}'?><rss><channel><item><title>a</title><description>");
        [head.as_bytes(), inside].concat()
    };
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let spread = (0..1_000_000_u32).map(|n| (n * 7 % 251) as u8).collect::<Vec<u8>>();
    // Packed documents are counted by what they are, as the limit on what a body inflates to holds for that.
    let plain = "<rss><channel>".to_owned() + &"<item><title>x</title></item>".repeat(1_000);
    let cases: Vec<(&str, Vec<u8>, usize)> = vec![
        ("euro signs", rss("windows-1252", &[0x80; 900_000]), TEXTS),
        ("Thai", rss("windows-874", &[0xa1; 900_000]), TEXTS),
        ("half-width kana", rss("shift_jis", &[0xb1; 900_000]), TEXTS),
        ("UTF-16", utf16(&format!("<rss><channel><item><title>{}", "日".repeat(400_000))), TEXTS),
        ("UTF-16 halves", [utf16("<rss><channel><item><title>"), vec![0xd8; 900_000]].concat(), TEXTS),
        ("UTF-8 that is none", rss("utf-8", &[0xff; 900_000]), TEXTS),
        ("bytes of all kinds", rss("big5", &spread), TEXTS),
        ("escapes", rss("iso-2022-jp", &b"\x1b$B\x1b(B".repeat(150_000)), TEXTS),
        ("HZ", rss("hz-gb-2312", &b"~{~}".repeat(200_000)), TEXTS),
        ("mojibake", rss("utf-8", "Ã©â€™".repeat(80_000).as_bytes()), TEXTS),
        ("packed", gzip(plain.as_bytes()), ITEMS),
        ("packed twice", gzip(&gzip(plain.as_bytes())), ITEMS),
        ("a bomb", gzip(&vec![b' '; 20_000_000]), LINKS + ITEMS),
        ("members", gzip(b"").repeat(20_000), FEW),
    ];
    let wrong: Vec<String> =
        cases.iter().filter_map(|(name, body, besides)| check(name, body, *besides).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_document_weighs_what_it_takes() {
    let item = "<item><guid>#</guid><title>A&amp;B</title><link>/#</link><dc:creator>~</dc:creator><category>c</category>\
        <enclosure url='/#.mp3'/><description>&lt;p>text&lt;/p></description></item>";
    for items in [0, 1, 100] {
        let pieces: &[Piece] = &[
            ("<rss><channel><title>T</title><language>en</language><atom:link rel='next' href='/2'/>", 1),
            (item, items),
        ];
        let parsed = parse(&document(pieces), None).unwrap();
        let mut copy = None;
        let held = measure(|| copy = Some(parsed.clone()));
        let counted = copy.as_ref().unwrap().weight() - size_of_val(&parsed);
        assert_eq!(held.bytes_current as usize, counted);
        assert!(parsed.weight() >= counted);
    }
}

/// Documents that are read in several pieces: order, languages, authors and titles are those of the whole.
#[test]
fn pieces_make_a_whole() {
    let entry = "<entry xml:lang='l#'><id>#</id><title>t#</title></entry>";
    let pieces: &[Piece] = &[
        (ATOM, 1),
        (entry, 1_234),
        ("<entry><id>last</id></entry><author><name>Ann</name></author><title>T</title></feed>", 1),
    ];
    let parsed = parse(&document(pieces), None).unwrap();
    assert_eq!((parsed.title.as_deref(), parsed.articles.len(), &parsed.notes[..]), (Some("T"), 1_235, &[][..]));
    for (n, article) in parsed.articles.iter().take(1_234).enumerate() {
        let (id, lang, title) = (n.to_string(), format!("l{n}"), format!("t{n}"));
        assert_eq!(
            (article.id.as_deref(), article.lang.as_deref(), &article.title),
            (Some(&*id), Some(&*lang), &title)
        );
    }
    assert!(
        parsed.articles.iter().all(|article| article.author.as_deref() == Some("Ann")),
        "authors may stand at the end"
    );
}

/// What is cut is told, and nothing else is lost by it.
#[test]
fn what_is_too_much_is_told() {
    let cut = |field, times| Note::Shortened { field, times };
    let cases: &[(&[Piece], usize, &[Note])] = &[
        (
            &[
                ("<feed xml:base='http://b.example/@/'>", 1),
                ("<entry><id>#</id><title>#</title><link href='x#'/></entry>", 3_000),
            ],
            3_000,
            &[cut("links made long by their base", 0)],
        ),
        (
            &[("<feed xml:base='http://b.example/@@/'>", 1), ("<entry><id>1</id><link href='x'/></entry>", 1)],
            1,
            &[cut("xml:base", 1)],
        ),
        (&[(RSS, 1), ("<item><guid>1</guid><link>/@@</link></item>", 1)], 1, &[cut("link", 1)]),
        (
            &[(RSS, 1), ("<item><guid>1</guid>", 1), ("<category>#</category>", 101), ("</item>", 1)],
            1,
            &[cut("categories", 1)],
        ),
        (
            &[
                (RSS, 1),
                ("<item><guid>1</guid>", 1),
                ("<category>#</category><category>#</category>", 100),
                ("</item>", 1),
            ],
            1,
            &[],
        ),
        (
            &[(ATOM, 1), ("<entry><id>1</id>", 1), ("<author><name>#</name></author>", 101), ("</entry>", 1)],
            1,
            &[cut("authors", 1)],
        ),
        (&[(ATOM, 1), ("<author><name>#~</name></author>", 2), (ENTRY, 2)], 2, &[cut("author", 1)]),
        (&[(ATOM, 1), ("<entry><id>1</id>", 1), ("<link href='/#'/>", 101), ("</entry>", 1)], 1, &[cut("links", 1)]),
        (&[(ATOM, 1), ("<entry><id>1</id>", 1), ("<link rel='edit' href='/#'/>", 101), ("</entry>", 1)], 1, &[]),
        (&[(RSS, 1), ("<language>~</language><item><guid>1</guid></item>", 1)], 1, &[cut("language", 1)]),
        (&[("{\"items\":[{\"id\":1,\"tags\":[", 1), ("#,", 101), ("0]}]}", 1)], 1, &[cut("categories", 1)]),
        (
            &[(RSS, 1), ("<item><link>http://a.example/#€</link></item>", 1_600)],
            900,
            &[Note::Cut { what: "bytes of articles", limit: 0 }, Note::Incomplete { found: 1_600, read: 0 }],
        ),
    ];
    for (n, (pieces, articles, notes)) in cases.iter().enumerate() {
        let body = document(pieces);
        let parsed = parse(&body, None).unwrap();
        // How much fits is a matter of the limits; that it is told is not.
        let told = |note: &Note| match note {
            Note::Cut { what, .. } => Note::Cut { what, limit: 0 },
            Note::Incomplete { found, .. } => Note::Incomplete { found: *found, read: 0 },
            Note::Shortened { field: "links made long by their base", .. } => cut("links made long by their base", 0),
            other => other.clone(),
        };
        assert_eq!(parsed.notes.iter().map(told).collect::<Vec<_>>(), *notes, "case {n}");
        assert!(parsed.articles.len() >= *articles, "case {n}: {}", parsed.articles.len());
    }
}
