//! The fold table against a reference made from Unicode's own normalisation.

use std::fmt::Write as _;

use feedwatch::text::fold::fold;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/text/fold.tsv");

const HEAD: &str = "\
# What each character folds to. Derived from Unicode's compatibility decomposition, lower case and a few rules of news
# text; tests/it/watch/fold.rs holds the derivation and compares. Write anew: FEEDWATCH_WRITE_FOLD=1 cargo test fold
";

/// Characters without a decomposition that are still the same letter to a reader, and what is plain of quotes and dashes.
const BY_HAND: &[(&str, &str)] = &[
    ("ß", "ss"),
    ("ẞ", "ss"),
    ("æÆ", "ae"),
    ("œŒ", "oe"),
    ("øØ", "o"),
    ("đĐðÐ", "d"),
    ("łŁ", "l"),
    ("ħĦ", "h"),
    ("þÞ", "th"),
    ("ıİIi", "i"),
    ("ſ", "s"),
    ("ς", "σ"),
    ("أإآٱ", "ا"),
    ("ىیې", "ي"),
    ("ک", "ك"),
    ("ةۀەہۃ", "ه"),
    ("’‘‛ʼʹ′´׳ʻʽʾʿˈˊˋˮꞋꞌ՚‵❛❜", "'"),
    ("“”„‟«»″״", "\""),
    ("‐‑‒–—―−־", "-"),
    ("…", "."),
    ("。", "。"),
    ("．", "."),
];

/// Marks that readers leave out or add at will. Others (Thai, Indic, kana voicing) make another word and stay.
fn is_free_mark(c: char) -> bool {
    matches!(c as u32,
        0x0300..=0x036f | 0x0483..=0x0487 | 0x0591..=0x05bd | 0x05bf | 0x05c1..=0x05c2 | 0x05c4..=0x05c5 | 0x05c7
        | 0x0610..=0x061a | 0x064b..=0x065f | 0x0670 | 0x06d6..=0x06dc | 0x06df..=0x06e4 | 0x06e7..=0x06e8
        | 0x06ea..=0x06ed | 0x08d3..=0x08ff | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff | 0xfe20..=0xfe2f)
}

fn is_invisible(c: char) -> bool {
    matches!(c as u32,
        0x00ad | 0x034f | 0x061c | 0x0640 | 0x180b..=0x180f | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f
        | 0xfe00..=0xfe0f | 0xfeff | 0xe0000..=0xe01ef)
}

/// What a character folds to by the book.
fn reference(c: char) -> String {
    let by_hand = |c: char| BY_HAND.iter().find(|(from, _)| from.contains(c)).map(|(_, to)| (*to).to_owned());
    if is_free_mark(c) || is_invisible(c) {
        return String::new();
    }
    if let Some(to) = by_hand(c) {
        return to;
    }
    if let Some(digit) = decimal(c) {
        return digit.to_string();
    }
    let open: String = [c].into_iter().nfkd().filter(|c| !is_free_mark(*c) && !is_invisible(*c)).collect();
    let closed: String = open.nfc().collect();
    let low: String = closed.chars().flat_map(char::to_lowercase).filter(|c| !is_free_mark(*c)).collect();
    let to: String = low.chars().map(|c| by_hand(c).unwrap_or(c.to_string())).collect();
    let in_words = to.chars().all(|c| c.is_alphanumeric() || is_combining_mark(c));
    if in_words && !to.is_empty() || to.chars().count() == 1 { to } else { c.to_string() }
}

/// Arabic, Persian and full-width digits count as the digits they are.
fn decimal(c: char) -> Option<u32> {
    [0x0660, 0x06f0, 0xff10].into_iter().map(|zero| (c as u32).wrapping_sub(zero)).find(|digit| *digit < 10)
}

/// All planes that hold anything but ideographs of rare use and private characters.
fn all_characters() -> impl Iterator<Item = char> {
    (0..0x3_0000).chain(0xe_0000..0xe_0200).filter_map(char::from_u32)
}

#[test]
fn the_table_is_the_reference() {
    let derived = derive();
    if std::env::var_os("FEEDWATCH_WRITE_FOLD").is_some() {
        std::fs::write(FILE, &derived).unwrap();
    }
    assert!(std::fs::read_to_string(FILE).unwrap() == derived, "src/text/fold.tsv differs from its derivation");
    for c in all_characters() {
        assert_eq!(fold(&c.to_string()), reference(c), "U+{:04X}", c as u32);
    }
}

#[test]
fn folding_twice_is_folding_once() {
    for c in all_characters() {
        let once = fold(&c.to_string());
        assert_eq!(fold(&once), once, "U+{:04X}", c as u32);
    }
}

#[test]
fn reads_what_differs_only_to_machines_as_one() {
    let check = |texts: &[&str]| {
        let folded: Vec<_> = texts.iter().map(|text| fold(text)).collect();
        assert!(folded.iter().all(|text| *text == folded[0]), "{folded:?}");
    };
    check(&["mediation", "MEDIATION", "me\u{ad}dia\u{200b}tion", "ｍｅｄｉａｔｉｏｎ", "mé́diation", "𝐦ediation"]);
    check(&["istanbul", "İstanbul", "ISTANBUL", "ıstanbul"]);
    check(&["strasse", "STRASSE", "Straße", "STRAẞE"]);
    check(&["وساطة", "وســاطة", "وِسَاطَة", "وساطه"]);
    check(&["שלום", "שָׁלוֹם"]);
    check(&["Hamas's \"office\" - closed", "Hamas’s “office” — closed"]);
    check(&["میانجی\u{200c}گری", "میانجیگری", "ميانجيگري"]);
    check(&["office", "oﬃce"]);
    check(&["12", "١٢", "۱۲", "１２"]);
    assert_ne!(fold("か"), fold("が"), "voicing makes another word");
}

/// The rules file: every character that does not fold to itself, runs that move alike on one line.
fn derive() -> String {
    let mut text = HEAD.to_owned();
    let mut run: Option<(u32, u32, i64)> = None;
    let flush = |run: &mut Option<(u32, u32, i64)>, text: &mut String| {
        let Some((first, last, by)) = run.take() else { return };
        match (first == last, by) {
            (true, by) => {
                let to = char::from_u32((i64::from(first) + by) as u32).unwrap();
                let seen = if to.is_alphanumeric() { to.to_string() } else { format!("{by:+}") };
                writeln!(text, "{first:04X}\t{seen}").unwrap();
            }
            (false, _) => writeln!(text, "{first:04X}..{last:04X}\t{by:+}").unwrap(),
        }
    };
    let mut nothing: Option<(u32, u32)> = None;
    let flush_nothing = |nothing: &mut Option<(u32, u32)>, text: &mut String| match nothing.take() {
        Some((first, last)) if first == last => writeln!(text, "{first:04X}\t").unwrap(),
        Some((first, last)) => writeln!(text, "{first:04X}..{last:04X}\t").unwrap(),
        None => {}
    };
    for c in all_characters() {
        let (code, to) = (c as u32, reference(c));
        let single = (to.chars().count() == 1).then(|| to.chars().next().unwrap());
        let by = single.map(|to| i64::from(to as u32) - i64::from(code)).filter(|by| *by != 0);
        if !to.is_empty() {
            flush_nothing(&mut nothing, &mut text);
        }
        match (&mut run, by) {
            (Some((_, last, moved)), Some(by)) if *last + 1 == code && *moved == by => *last = code,
            (_, Some(by)) => {
                flush(&mut run, &mut text);
                run = Some((code, code, by));
            }
            (_, None) => {
                flush(&mut run, &mut text);
                if to.is_empty() {
                    nothing = match nothing {
                        Some((first, last)) if last + 1 == code => Some((first, code)),
                        other => {
                            let mut other = other;
                            flush_nothing(&mut other, &mut text);
                            Some((code, code))
                        }
                    };
                } else if single.is_none() {
                    writeln!(text, "{code:04X}\t{to}").unwrap();
                }
            }
        }
    }
    flush(&mut run, &mut text);
    flush_nothing(&mut nothing, &mut text);
    text
}
