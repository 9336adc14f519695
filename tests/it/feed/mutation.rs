//! Bounded fuzzing: feeds broken at random, always in the same way. Nothing may panic or hang, whatever comes out.
//! `fuzz/` holds the same doors for cargo-fuzz, to be run by hand and for longer.

use super::parse;
use feedwatch::feed::{dates, suggested, suggested_by_field};
use url::Url;

/// A small generator of pseudo-random numbers (xorshift64*), so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n.max(1)
    }
}

/// What feeds are broken with: the pieces that parsers trip over.
const PIECES: &[&[u8]] = &[
    b"<",
    b">",
    b"&",
    b"\"",
    b"'",
    b"</",
    b"/>",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<?xml encoding='utf-16'?>",
    b"&#0;",
    b"&#x110000;",
    b"&lt;",
    b"<item>",
    b"</item>",
    b"<entry>",
    b"</channel>",
    b"<title>",
    b"</title>",
    b"<feed>",
    b"xmlns=''",
    b" xml:base='http://['",
    b"\0",
    b"\xff\xfe",
    b"\xc3",
    b"\x1b$B",
    b"\xf0\x9f\x92\xa9",
    b"type='xhtml'",
    b"mode='base64'",
    b"<!DOCTYPE x [<!ENTITY a '&a;'>]>",
    b"&a;",
    b"{\"items\":[",
    b"99999999999999999999",
    b"0; url='",
    b"<meta http-equiv=refresh content='0;url=",
    b"<redirect><newLocation>",
    b"<!doctype html><html>",
    b"<itunes:new-feed-url>",
];

fn seeds() -> Vec<Vec<u8>> {
    let files = [
        include_str!("cases/rss.txt"),
        include_str!("cases/atom.txt"),
        include_str!("cases/repair.txt"),
        include_str!("cases/json.txt"),
    ];
    let feed = |case: &str| case.split_once('\n').unwrap().1.split("\n---\n").next().unwrap().as_bytes().to_vec();
    files.iter().flat_map(|file| file.split("\n=== ").skip(1).map(feed).collect::<Vec<_>>()).collect()
}

/// Cuts, doubles, swaps, overwrites and inserts.
fn mutate(document: &mut Vec<u8>, seeds: &[Vec<u8>], dice: &mut Dice) {
    for _ in 0..=dice.below(6) {
        let at = dice.below(document.len() + 1);
        let end = (at + dice.below(40)).min(document.len());
        match dice.below(6) {
            0 => drop(document.drain(at..end)),
            1 => drop(document.splice(at..at, PIECES[dice.below(PIECES.len())].iter().copied())),
            2 => drop(document.splice(at..end, PIECES[dice.below(PIECES.len())].iter().copied())),
            3 => document.extend_from_within(at..end),
            4 => {
                let other = &seeds[dice.below(seeds.len())];
                let from = dice.below(other.len());
                document.truncate(at);
                document.extend_from_slice(&other[from..]);
            }
            _ => document.iter_mut().skip(at).take(1).for_each(|byte| *byte = dice.below(256) as u8),
        }
    }
}

#[test]
fn no_broken_feed_panics_or_changes_its_mind() {
    const ROUNDS: usize = 3_000;
    let seeds = seeds();
    let mut dice = Dice(crate::wish::seed(0x5eed).max(1));
    for _ in 0..ROUNDS {
        let mut document = seeds[dice.below(seeds.len())].clone();
        mutate(&mut document, &seeds, &mut dice);
        let content_type =
            [None, Some("text/xml; charset=utf-8"), Some("application/xml; charset=shift_jis")][dice.below(3)];
        let first = parse(&document, content_type);
        assert_eq!(first, parse(&document, content_type), "{}", String::from_utf8_lossy(&document));
        let url = Url::parse("http://feeds.example/news/feed.xml").unwrap();
        let named = suggested(&first, &document, &url, content_type)
            .or_else(|| suggested_by_field(&String::from_utf8_lossy(&document), &url));
        assert!(named.is_none_or(|named| matches!(named.url.scheme(), "http" | "https")));
        // feed-rs can read whatever repair makes.
        let unread = matches!(&first, Err(error) if error.to_string().starts_with("broken feed: unable"));
        assert!(!unread, "{first:?}: {}", String::from_utf8_lossy(&document));
        if let Ok(parsed) = first {
            let mut keys: Vec<_> = parsed.articles.iter().map(|article| &article.key).collect();
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), parsed.articles.len(), "each key once: {}", String::from_utf8_lossy(&document));
        }
    }
}

#[test]
fn no_broken_date_panics() {
    const DATES: &[&str] = &[
        "2003-12-31T10:14:55.5-08:00",
        "Thu, 01 Jan 2004 19:48:21 +0100",
        "2004년 05월 28일 오후 01:31",
        "2003-W01-2",
        "1072915200",
    ];
    const SIGNS: &[char] = &['0', '9', '-', ':', '+', ' ', '.', 'T', 'W', 'é', '년', '/', '_'];
    let mut dice = Dice(crate::wish::seed(0xda7e).max(1));
    for _ in 0..20_000 {
        let mut date: Vec<char> = DATES[dice.below(DATES.len())].chars().collect();
        for _ in 0..=dice.below(4) {
            let at = dice.below(date.len());
            match dice.below(3) {
                0 => drop(date.remove(at)),
                1 => date.insert(at, SIGNS[dice.below(SIGNS.len())]),
                _ => date[at] = SIGNS[dice.below(SIGNS.len())],
            }
        }
        let _ = dates::parse(&date.into_iter().collect::<String>());
    }
}
