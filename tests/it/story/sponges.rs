//! No feed makes the news of others untold: not with bags of words, not with lists of headlines, not beyond its limit with anything
//! else. Hits are told as they would be without it.

use std::collections::BTreeSet;
use std::time::Duration;

use feedwatch::clock::{Timestamp, earlier, later};
use feedwatch::hash::hash64;
use feedwatch::model::{Article, Decided, Outcome};
use feedwatch::poll::AtMost;

use super::corpus::{Kind, corpus, piece, start};
use super::desk::Desk;
use crate::wish;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Headlines of true reports, with or without a text.
type Reports = &'static [(&'static str, &'static str)];

fn article(n: usize, feed: usize, title: &str, text: &str) -> Article {
    piece(n, "", feed, earlier(start(), MINUTE), title, text).article
}

/// What became of each report of feeds 1 and 2 in turn, after a feed had these pieces.
fn outcomes(hostile: &[(String, String)], reports: Reports) -> Vec<Decided> {
    let mut desk = Desk::new(3, start());
    let pieces = hostile.iter().enumerate().map(|(n, (title, text))| article(1000 + n, 0, title, text));
    desk.read(0, pieces.collect(), start());
    let mut outcomes = Vec::new();
    for (n, (title, text)) in reports.iter().enumerate() {
        let feed = 1 + n % 2;
        let now = later(start(), MINUTE * (n as u32 + 1));
        let changes = desk.read(feed, vec![article(n, feed, title, text)], now);
        outcomes.extend(changes.articles.into_iter().flat_map(|change| change.alerts));
    }
    outcomes
}

fn told(outcomes: &[Decided]) -> Vec<&str> {
    let told = outcomes.iter().filter(|decided| decided.outcome == Outcome::Raised);
    told.map(|decided| decided.alert.article.title.as_str()).collect()
}

/// The pieces of a hostile feed hold none of the reports that are told without it.
fn holds_nobody(hostile: &[&str], text: &str, reports: Reports) {
    let pieces: Vec<_> = hostile.iter().map(|title| ((*title).to_owned(), text.to_owned())).collect();
    let (without, with) = (outcomes(&[], reports), outcomes(&pieces, reports));
    assert!(!told(&without).is_empty());
    let why: Vec<_> = with.iter().map(|decided| (&decided.alert.article.title, &decided.reason, decided.by)).collect();
    assert_eq!(told(&with), told(&without), "after {hostile:?} with text {text:?}: {why:#?}");
}

const ENGLISH: Reports = &[
    ("Qatar tells Hamas leaders to leave Doha, closing office", "The request came ten days ago, diplomats said."),
    ("Egypt offers new mediation after Gaza ceasefire talks collapse in Cairo", ""),
    ("Washington pressed Qatar to close the Hamas office, officials say", "The demand was made by letter."),
    ("Turkey denies it will host Hamas office after closure", "Ankara has no such plans, a spokesman said."),
    ("Norway steps in with mediation between Sudan generals", "Oslo will host talks next week."),
    ("US closes embassy office in Baghdad over threat to staff", "Diplomats were flown out."),
    (
        "Israeli troops raid Al Jazeera office in Ramallah and order closure",
        "Soldiers handed the staff a 45-day order.",
    ),
    ("Russia orders closure of consulate office in retaliation", "Moscow told the diplomats to leave."),
];

const BAGS: [&str; 8] = [
    "Egypt mediation Gaza ceasefire talks offer collapse Cairo",
    "Qatar Hamas Doha office close leaders leave told",
    "Washington pressed Qatar close Hamas office officials",
    "Turkey host Hamas office closure Ankara headquarters",
    "Norway mediation Sudan talks Oslo generals",
    "US embassy office closure Baghdad threat staff",
    "Russia closes consulate office expel diplomats",
    "Israel Al Jazeera office closure Ramallah raid",
];

#[test]
fn bags_of_words_hold_nobody() {
    holds_nobody(&BAGS, "", ENGLISH);
    holds_nobody(
        &BAGS.map(|bag| bag.split(' ').rev().collect::<Vec<_>>().join(" ")).each_ref().map(|bag| &**bag),
        "",
        ENGLISH,
    );
    holds_nobody(&BAGS.map(|bag| bag.replace(' ', ", ")).each_ref().map(|bag| &**bag), "", ENGLISH);
    holds_nobody(&BAGS.map(str::to_uppercase).each_ref().map(|bag| &**bag), "", ENGLISH);
    holds_nobody(&BAGS.map(|bag| format!("{bag} #news")).each_ref().map(|bag| &**bag), "", ENGLISH);
    // A text that is a bag itself, or that says nothing of it.
    holds_nobody(&BAGS, "Hamas Qatar Egypt Turkey office closure mediation diplomats embassy leaders", ENGLISH);
    holds_nobody(&BAGS, "Read more on our site.", ENGLISH);
    holds_nobody(&BAGS, "This story was first published on the pages of our partner. Sign in to read it.", ENGLISH);
}

#[test]
fn long_bags_hold_nobody() {
    let words: Vec<&str> = BAGS.iter().flat_map(|bag| bag.split(' ')).collect();
    for length in [12, 20, 28, 40] {
        let bags: Vec<String> = words.chunks(length).map(|words| words.join(" ")).collect();
        holds_nobody(&bags.iter().map(|bag| &**bag).collect::<Vec<_>>(), "", ENGLISH);
        // Some words of grammar strewn in do not make a headline of it.
        let strewn: Vec<String> = bags.iter().map(|bag| bag.replacen(' ', " of ", 1)).collect();
        if length > 24 {
            holds_nobody(&strewn.iter().map(|bag| &**bag).collect::<Vec<_>>(), "", ENGLISH);
        }
    }
}

#[test]
fn lists_of_headlines_and_digests_hold_none_of_them() {
    let titles: Vec<&str> = ENGLISH.iter().map(|(title, _)| *title).collect();
    for between in ["; ", " | ", " • ", " / ", " · "] {
        holds_nobody(&[&titles.join(between)], "", ENGLISH);
        holds_nobody(&[&titles[..4].join(between), &titles[4..].join(between)], "", ENGLISH);
    }
    holds_nobody(&[&format!("Morning briefing: {}", titles[..3].join(", "))], "", ENGLISH);
    holds_nobody(&[&format!("News in brief: {}", titles[..3].join(". "))], "", ENGLISH);
    holds_nobody(&[&titles.join(" while ")], "", ENGLISH);
}

#[test]
fn bags_of_words_hold_nobody_in_other_languages() {
    const GERMAN: Reports = &[
        ("Katar schließt das Büro der Hamas in Doha", "Die Führung soll das Land verlassen."),
        ("Ägypten bietet nach dem Abbruch der Gespräche in Kairo neue Vermittlung an", ""),
        ("Norwegen vermittelt zwischen den Generälen im Sudan", "Oslo lädt zu Gesprächen ein."),
    ];
    holds_nobody(
        &[
            "Katar Hamas Büro Doha schließt Führung",
            "Ägypten Vermittlung Kairo Gespräche Abbruch",
            "Norwegen Sudan Generäle vermittelt Oslo",
        ],
        "",
        GERMAN,
    );
    const SPANISH: Reports = &[
        ("Catar cierra la oficina de Hamás en Doha", "Los líderes deben salir del país."),
        ("Noruega media entre los generales de Sudán", "Oslo será la sede."),
    ];
    holds_nobody(&["Catar Hamás oficina Doha cierra líderes", "Noruega Sudán generales media Oslo"], "", SPANISH);
    const RUSSIAN: Reports = &[
        ("Катар закроет офис ХАМАС в Дохе", "Лидеры движения должны уехать из страны."),
        ("Норвегия станет посредником между генералами в Судане", ""),
    ];
    holds_nobody(&["Катар ХАМАС офис Дохе закроет лидеры", "Норвегия посредником генералами Судане Осло"], "", RUSSIAN);
    const ARABIC: Reports = &[
        ("قطر تغلق مكتب حماس في الدوحة", "طلبت من القادة مغادرة البلاد بعد فشل المحادثات."),
        ("النرويج تتوسط بين جنرالات السودان في أوسلو", ""),
    ];
    holds_nobody(&["قطر حماس مكتب الدوحة تغلق قادة", "النرويج السودان جنرالات تتوسط أوسلو"], "", ARABIC);
    const CHINESE: Reports =
        &[("卡塔尔将关闭哈马斯在多哈的办事处", "哈马斯领导人被要求离开。"), ("挪威在奥斯陆调解苏丹将军的冲突", "")];
    holds_nobody(&["卡塔尔 哈马斯 多哈 办事处 关闭 领导人", "挪威 苏丹 将军 调解 奥斯陆 冲突"], "", CHINESE);
    const HEBREW: Reports = &[("קטאר תסגור את משרד חמאס בדוחא", "ההנהגה התבקשה לעזוב את המדינה.")];
    holds_nobody(&["קטאר חמאס משרד בדוחא תסגור הנהגה"], "", HEBREW);
}

#[test]
fn terse_headlines_without_texts_still_join_copies_of_themselves() {
    for (one, other) in [
        ("Qatar to close Hamas office", "Qatar to close Hamas office"),
        ("Qatar closes Hamas office", "Qatar closes Hamas office"),
        ("Qatar closes Hamas office", "UPDATE 1-Qatar closes Hamas office"),
        ("Qatar closes Hamas office", "Qatar closes the Hamas office"),
        ("Locust swarms reach Punjab wheat fields", "Locust swarms reach Punjab wheat fields - The Harbour Post"),
        ("卡塔尔关闭哈马斯办事处", "卡塔尔关闭哈马斯办事处"),
        ("قطر تغلق مكتب حماس", "قطر تغلق مكتب حماس"),
    ] {
        let mut desk = Desk::new(2, start());
        desk.read(0, vec![article(0, 0, one, "")], start());
        let changes = desk.read(1, vec![article(1, 1, other, "")], later(start(), MINUTE));
        assert_eq!(changes.articles[0].alerts[0].outcome, Outcome::Joined, "{one} / {other}");
    }
}

#[test]
fn one_feed_holds_so_many_hits_of_others_and_no_more() {
    const PLACES: [&str; 12] = [
        "Slovakia", "Mombasa", "Lisbon", "Tbilisi", "Antwerp", "Cyprus", "Cordoba", "Oslo", "Tasmania", "Ghana",
        "Iceland", "Valais",
    ];
    let mut desk = Desk::new(3, start());
    desk.rules().alerts.one_feed_holds = Some(AtMost { count: 5, per: DAY });
    let outcome = |desk: &mut Desk, n: usize, feed: usize, title: String, now: Timestamp| {
        let published = earlier(now, MINUTE);
        let text = format!("The embassy in {} has shut its gates to visitors for good.", PLACES[n % 12]);
        let article = piece(1000 * feed + n, "", feed, published, &title, &text).article;
        desk.read(feed, vec![article], now).articles[0].alerts[0].clone()
    };
    let (mut held, mut told) = (0, 0);
    for (n, place) in PLACES.iter().enumerate() {
        let now = later(start(), MINUTE * n as u32);
        outcome(&mut desk, n, 0, format!("Denmark closes its embassy in {place} to visitors"), now);
        let second = outcome(&mut desk, n, 1, format!("Danish embassy in {place} is closed to all visitors"), now);
        let third = outcome(&mut desk, n, 2, format!("Embassy of Denmark in {place} closes to visitors"), now);
        held += usize::from(second.by.is_some_and(|by| by.counts)) + usize::from(third.by.is_some_and(|by| by.counts));
        told += usize::from(second.outcome == Outcome::Raised) + usize::from(third.outcome == Outcome::Raised);
    }
    let full = desk.store().full_holders(earlier(start(), DAY), 5).unwrap();
    assert!(full.len() == 2 || full.len() == 3, "{full:?}");
    assert!(full.iter().all(|full| full.held == 5), "{full:?}");
    assert!(held >= 10 && told >= 2 && held + told <= 24, "{held} held, {told} told");
    // A day later it may hold again.
    let now = later(start(), DAY + 60 * MINUTE);
    outcome(&mut desk, 30, 0, "Denmark closes its embassy in Osaka to visitors".to_owned(), now);
    let second = outcome(&mut desk, 30, 1, "Danish embassy in Osaka is closed to all visitors".to_owned(), now);
    assert_eq!(second.outcome, Outcome::Joined);
}

/// Numbers from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = hash64(&[&self.0.to_le_bytes()]);
        (self.0 >> 20) as usize % sides.max(1)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }
}

/// What a hostile feed publishes that knows all headlines: words, headlines, mixtures of them, with a text or without.
fn hostile(dice: &mut Dice, titles: &[String], texts: &[String]) -> (String, String) {
    let mut words: Vec<&str> = Vec::new();
    for _ in 0..1 + dice.roll(3) {
        words.extend(dice.pick(titles).split(' '));
    }
    let title = match dice.roll(6) {
        0 => (0..3 + dice.roll(20)).map(|_| *dice.pick(&words)).collect::<Vec<_>>().join(" "),
        1 => dice.pick(titles).clone(),
        2 => format!("{} as {}", dice.pick(titles), dice.pick(titles)),
        3 => (0..2 + dice.roll(4)).map(|_| dice.pick(titles).clone()).collect::<Vec<_>>().join("; "),
        4 => format!("Report: {}, officials say", dice.pick(titles)),
        _ => words.iter().filter(|_| dice.roll(4) > 0).copied().collect::<Vec<_>>().join(" "),
    };
    let text = match dice.roll(3) {
        0 => dice.pick(texts).clone(),
        1 => format!("{} {}", dice.pick(texts), dice.pick(texts)),
        _ => String::new(),
    };
    (title, text)
}

/// The keys of the hits of honest feeds that are told, with all that became of them.
fn world(seed: u64, is_attacked: bool, limit: usize) -> Vec<(String, Decided)> {
    let mut dice = Dice(seed);
    let kind = if dice.roll(2) == 0 { Kind::Whole } else { Kind::Headlines };
    let pieces = corpus(kind);
    let from = dice.roll(pieces.len() - 60);
    let pieces = &pieces[from..from + 60];
    let honest = 1 + dice.roll(2);
    let titles: Vec<String> = pieces.iter().map(|piece| piece.article.title.clone()).collect();
    let texts: Vec<String> = pieces.iter().map(|piece| piece.article.summary.clone()).collect();
    let mut desk = Desk::new(1 + honest, start());
    desk.rules().alerts.one_feed_holds = Some(AtMost { count: limit, per: DAY });
    let now = pieces.iter().filter_map(|piece| piece.article.published).max().unwrap();
    let mut outcomes = Vec::new();
    for (n, known) in pieces.iter().enumerate() {
        for m in 0..dice.roll(4) {
            let (title, text) = hostile(&mut dice, &titles, &texts);
            if is_attacked {
                desk.read(0, vec![piece(100_000 + n * 10 + m, "", 0, now, &title, &text).article], now);
            }
        }
        let article = Article { published: Some(now), ..known.article.clone() };
        let feed = 1 + n % honest;
        let changes = desk.read(feed, vec![article], now);
        let alerts = changes.articles.into_iter().flat_map(|change| change.alerts);
        outcomes.extend(alerts.map(|decided| (known.article.key.clone(), decided)));
    }
    outcomes
}

#[test]
fn no_feed_makes_the_hits_of_others_untold_beyond_its_limit() {
    const LIMIT: usize = 4;
    const WORLDS: u64 = 4;
    const WORLDS_IN_FULL: u64 = 12;
    let seeds = match std::env::var("FEEDWATCH_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => (0..wish::count(WORLDS, WORLDS_IN_FULL)).collect::<Vec<u64>>(),
    };
    for seed in seeds {
        let (without, with) = (world(seed, false, LIMIT), world(seed, true, LIMIT));
        let raised = |outcomes: &[(String, Decided)]| {
            let told = outcomes.iter().filter(|(_, decided)| decided.outcome == Outcome::Raised);
            told.map(|(key, _)| key.clone()).collect::<BTreeSet<String>>()
        };
        let missing: BTreeSet<String> = raised(&without).difference(&raised(&with)).cloned().collect();
        let of_missing =
            || with.iter().filter(|(key, decided)| missing.contains(key) && decided.outcome == Outcome::Joined);
        let same = of_missing().filter(|(_, decided)| decided.by.is_some_and(|by| !by.counts)).count();
        let by_one = |feed: i64| {
            with.iter().filter(|(_, decided)| decided.by.is_some_and(|by| by.counts && by.feed.0 == feed)).count()
        };
        assert!((0..5).all(|feed| by_one(feed) <= LIMIT), "FEEDWATCH_SEED={seed}: a feed holds more than {LIMIT}");
        let titles = || of_missing().map(|(_, decided)| decided.alert.article.title.as_str()).collect::<Vec<_>>();
        assert!(
            missing.len() <= LIMIT + same,
            "FEEDWATCH_SEED={seed}: {} are untold, {same} of them said word for word; of {} told without: {:?}",
            missing.len(),
            raised(&without).len(),
            titles()
        );
    }
}
