//! What reading feeds costs: against feed-rs alone on the same bytes in the same run, and on hostile documents at n, 2n
//! and 4n, each in a process of its own. `cargo bench --bench feed` prints both tables; name one of them to print only
//! it.

use std::fmt::Write;
use std::hint::black_box;
use std::process::Command;

use feedwatch::feed;
use url::Url;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["one", name, size] => one(name, size.parse().expect("a size is a number")),
        ["throughput"] => throughput(),
        ["hostile"] => hostile(),
        _ => {
            throughput();
            hostile();
        }
    }
}

fn base() -> Url {
    Url::parse("https://news.example/feed.xml").expect("it is an address")
}

/// CPU time of this process so far in milliseconds; the machine may be busy with other things.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds: f64 = stat.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default();
    nanoseconds / 1e6
}

/// The most memory this process ever held, in MB.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: f64 = peak.and_then(|peak| peak.split_whitespace().next()?.parse().ok()).unwrap_or_default();
    kilobytes / 1e3
}

fn throughput() {
    const FEEDS: usize = 1_000;
    const ITEMS: usize = 25;
    const ROUNDS: usize = 3;
    type Make = fn(usize) -> String;
    let kinds: [(&str, Make); 3] =
        [("RSS, escaped HTML", |n| rss(n, false)), ("RSS, CDATA", |n| rss(n, true)), ("Atom, XHTML", atom)];
    println!("{FEEDS} feeds of {ITEMS} items each, CPU ms, best of {ROUNDS}\n");
    println!("{:<20}{:>10}{:>12}{:>12}{:>8}", "kind", "MB", "feed-rs", "feedwatch", "ratio");
    let (mut total_raw, mut total_own) = (0.0, 0.0);
    for (kind, make) in kinds {
        let documents: Vec<String> = (0..FEEDS).map(make).collect();
        let bytes: usize = documents.iter().map(String::len).sum();
        let raw = best(ROUNDS, || {
            for document in &documents {
                let parser = feed_rs::parser::Builder::new().sanitize_content(false).base_uri(Some(base())).build();
                let feed = parser.parse(document.as_bytes()).expect("the feed is well-formed");
                assert_eq!(black_box(feed).entries.len(), ITEMS);
            }
        });
        let own = best(ROUNDS, || {
            for document in &documents {
                let parsed = feed::parse(document.as_bytes(), &base(), None).expect("the feed is well-formed");
                assert_eq!(black_box(parsed).articles.len(), ITEMS);
            }
        });
        total_raw += raw;
        total_own += own;
        println!("{kind:<20}{:>10.1}{raw:>12.0}{own:>12.0}{:>8.2}", bytes as f64 / 1e6, own / raw);
    }
    println!("{:<20}{:>10}{total_raw:>12.0}{total_own:>12.0}{:>8.2}\n", "all", "", total_own / total_raw);
}

fn best(rounds: usize, mut run: impl FnMut()) -> f64 {
    let once = |_| {
        let before = cpu_ms();
        run();
        cpu_ms() - before
    };
    (0..rounds).map(once).fold(f64::INFINITY, f64::min)
}

const WORDS: &[&str] = &[
    "mediation",
    "talks",
    "resumed",
    "on",
    "Tuesday",
    "after",
    "the",
    "delegation",
    "left",
    "its",
    "office",
    "in",
    "Doha",
    "officials",
    "said",
    "while",
    "prices",
    "rose",
    "by",
    "four",
    "per",
    "cent",
    "and",
    "the",
    "ministry",
    "denied",
    "reports",
    "of",
    "a",
    "closure",
    "café",
    "naïve",
    "“quoted”",
    "Zürich",
];

fn words(seed: usize, count: usize) -> String {
    let word = |n: usize| WORDS[(seed.wrapping_mul(31) + n * n * 7 + n) % WORDS.len()];
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}

fn rss(seed: usize, cdata: bool) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:media=\"http://search.yahoo.com/mrss/\">\n<channel>\
         <title>News</title><link>https://news.example/</link><description>All of it</description><language>en</language>\n",
    );
    for n in 0..25 {
        let seed = seed * 25 + n;
        let html = format!(
            "<p>{}</p><p>{} &amp; <a href=\"https://news.example/{seed}\">{}</a></p>",
            words(seed, 40),
            words(seed + 1, 60),
            words(seed + 2, 5)
        );
        let escaped = htmlize::escape_text(html.as_str());
        let body = if cdata { format!("<![CDATA[{html}]]>") } else { escaped.into_owned() };
        let _ = write!(
            xml,
            "<item>\n  <title>{}</title>\n  <link>https://news.example/{seed}?a=1&amp;b=2</link>\n  <guid isPermaLink=\"false\">id-{seed}</guid>\n  \
             <pubDate>Tue, {:02} Jun 2024 04:{:02}:00 GMT</pubDate>\n  <dc:creator>{}</dc:creator>\n  <category>World</category>\n  \
             <category>Politics</category>\n  <description>{}</description>\n  <content:encoded>{body}</content:encoded>\n  \
             <media:content url=\"https://img.example/{seed}.jpg\" medium=\"image\" width=\"640\"/>\n</item>\n",
            words(seed, 9),
            n + 1,
            n,
            words(seed, 2),
            words(seed + 3, 30),
        );
    }
    xml.push_str("</channel></rss>\n");
    xml
}

fn atom(seed: usize) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\">\n<title>News</title>\n",
    );
    for n in 0..25 {
        let seed = seed * 25 + n;
        let _ = write!(
            xml,
            "<entry>\n  <id>urn:news:{seed}</id>\n  <title type=\"html\">{}</title>\n  <link rel=\"alternate\" href=\"https://news.example/{seed}\"/>\n  \
             <published>2024-06-{:02}T04:00:00Z</published>\n  <updated>2024-06-{:02}T05:00:00Z</updated>\n  <author><name>{}</name></author>\n  \
             <category term=\"world\"/>\n  <summary>{}</summary>\n  <content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{}</p>\
             <p>{} <em>{}</em></p></div></content>\n</entry>\n",
            words(seed, 9),
            n + 1,
            n + 1,
            words(seed, 2),
            words(seed + 3, 30),
            words(seed, 40),
            words(seed + 1, 60),
            words(seed + 2, 5),
        );
    }
    xml.push_str("</feed>\n");
    xml
}

/// Makes a hostile document of about that many bytes.
type Make = fn(usize) -> Vec<u8>;

/// The hostile documents: their names, how large the largest is, and how they are made.
const HOSTILE: &[(&str, usize, Make)] = &[
    ("nested media:group", 25_000_000, |n| nested("<media:group>", n)),
    ("nested itunes:category", 25_000_000, |n| nested("<itunes:category text=\"x\">", n)),
    ("other nesting", 25_000_000, |n| nested("<x>", n)),
    ("divs in a description", 25_000_000, |n| item(&format!("<description>{}</description>", "<div>".repeat(n / 5)))),
    ("entity bomb", 10_000_000, entity_bomb),
    ("long text", 100_000_000, |n| item(&format!("<description>{}</description>", "word ".repeat(n / 5)))),
    ("long attribute", 50_000_000, |n| item(&format!("<enclosure url=\"http://a.example/{}\"/>", "x".repeat(n)))),
    ("items", 34_000_000, |n| item(&"<item><title>A</title><description>B</description></item>".repeat(n / 58))),
    ("ampersands", 20_000_000, |n| item(&format!("<title>A</title><description>{}</description>", "&".repeat(n)))),
    ("entities", 20_000_000, |n| item(&format!("<description>{}</description>", "&eacute;&#8217;".repeat(n / 15)))),
    ("unclosed comments", 20_000_000, |n| item(&"<!--".repeat(n / 4))),
    ("unclosed CDATA", 20_000_000, |n| item(&"<![CDATA[".repeat(n / 9))),
    ("unclosed instructions", 20_000_000, |n| item(&"<?".repeat(n / 2))),
    ("unclosed doctypes", 20_000_000, |n| item(&"<!DOCTYPE a [>".repeat(n / 14))),
    ("unclosed end tags", 20_000_000, |n| item(&"</a".repeat(n / 3))),
    ("unclosed quotes", 20_000_000, |n| item(&"<a b=\"".repeat(n / 6))),
    ("unclosed fields", 20_000_000, |n| item(&"<title>A<guid>B<dc:date>C".repeat(n / 25))),
    ("unclosed tags", 20_000_000, |n| item(&format!("<description>{}", "<b".repeat(n / 2)))),
    ("scripts", 20_000_000, |n| item(&format!("<description>{}</description>", "&lt;script&gt;</".repeat(n / 17)))),
    ("attributes", 20_000_000, |n| item(&format!("<x {}/>", "a='b' ".repeat(n / 6)))),
    ("namespaces", 20_000_000, |n| item(&"<x xmlns:a='urn:b'>".repeat(n / 19))),
    ("NULs", 20_000_000, |n| item(&format!("<description>{}</description>", "\0".repeat(n)))),
    ("invalid UTF-8", 20_000_000, |n| [item("").as_slice(), &b"\xff\xc3\xa9".repeat(n / 3)].concat()),
    ("declared entities", 10_000_000, |n| {
        let value = "x".repeat(990);
        let feed = item(&format!("<title>{}</title>", "&a;".repeat(n / 3)));
        [format!("<!DOCTYPE rss [<!ENTITY a \"{value}\">]>").as_bytes(), &feed].concat()
    }),
    ("deep JSON", 20_000_000, |n| format!("{{\"version\":\"x\",\"items\":[{}", "[".repeat(n)).into_bytes()),
    ("JSON items", 20_000_000, |n| format!("{{\"items\":[{}{{}}]}}", "{\"title\":\"A\"},".repeat(n / 14)).into_bytes()),
    ("gzip bomb", 1_000_000_000, gzip_bomb),
];

fn item(inside: &str) -> Vec<u8> {
    format!("<rss><channel><item>{inside}</item></channel></rss>").into_bytes()
}

fn nested(tag: &str, bytes: usize) -> Vec<u8> {
    item(&tag.repeat(bytes / tag.len()))
}

fn entity_bomb(bytes: usize) -> Vec<u8> {
    let mut doctype = String::from("<!DOCTYPE rss [<!ENTITY e0 \"ha\">");
    for n in 1..12 {
        let _ = write!(doctype, "<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10));
    }
    let feed = item(&format!("<description>{}</description>", "&e11;".repeat(bytes / 5)));
    [format!("{doctype}]>").as_bytes(), &feed].concat()
}

fn gzip_bomb(bytes: usize) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let block = vec![b' '; 1_000_000];
    for _ in 0..bytes / block.len() {
        std::io::Write::write_all(&mut encoder, &block).expect("memory takes what is written");
    }
    encoder.finish().expect("memory takes what is written")
}

/// Parses one hostile document and prints bytes, CPU ms, MB at the peak before and after, and the outcome.
fn one(name: &str, size: usize) {
    let (_, _, make) = HOSTILE.iter().find(|(known, ..)| *known == name).expect("the parent process names a case");
    let document = make(size);
    let before_mb = peak_mb();
    let before_ms = cpu_ms();
    let outcome = match feed::parse(&document, &base(), None) {
        Ok(parsed) => {
            let notes: Vec<String> = parsed.notes.iter().map(ToString::to_string).collect();
            format!("{} articles; {}", parsed.articles.len(), notes.join("; "))
        }
        Err(error) => error.to_string(),
    };
    println!("{}|{}|{}|{}|{outcome}", document.len(), cpu_ms() - before_ms, before_mb, peak_mb());
}

fn hostile() {
    println!("{:<24}{:>10}{:>28}{:>14}   outcome", "hostile document", "MB", "CPU ms at n/4, n/2, n", "peak MB");
    let program = std::env::current_exe().expect("a process knows its program");
    for (name, size, _) in HOSTILE {
        let mut times = String::new();
        let mut last = (0.0, 0.0, String::new());
        for part in [4, 2, 1] {
            let output = Command::new(&program).args(["one", name, &(size / part).to_string()]).output();
            let output = output.expect("this program can be started again");
            let text = String::from_utf8_lossy(&output.stdout);
            let fields: Vec<&str> = text.trim().splitn(5, '|').collect();
            let [bytes, ms, _, peak, outcome] = fields.as_slice() else { panic!("{name} died: {output:?}") };
            let number = |text: &str| text.parse::<f64>().unwrap_or_default();
            let _ = write!(times, "{:>9.0}", number(ms));
            last = (number(bytes) / 1e6, number(peak), (*outcome).to_owned());
        }
        println!("{name:<24}{:>10.1}{times:>28}{:>14.0}   {}", last.0, last.1, last.2);
    }
}
