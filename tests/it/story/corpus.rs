//! A corpus with labels: stories as several papers tell them, series whose parts differ in numbers only, single pieces that
//! share words with both.

use std::time::Duration;

use feedwatch::clock::{Timestamp, earlier, later};
use feedwatch::hash::hash64;
use feedwatch::model::{Article, KeyKind};

const STORIES: &str = include_str!("stories.txt");
const SINGLES: &str = include_str!("singles.txt");
const HOUR: Duration = Duration::from_secs(3600);

/// A piece and the news it tells: two with one label are one story.
#[derive(Clone, Debug)]
pub(crate) struct Labelled {
    pub(crate) label: String,
    /// The number of its feed.
    pub(crate) feed: usize,
    pub(crate) article: Article,
}

/// How a corpus is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Copies, rewrites, edits, shortened pieces, headlines alone.
    Whole,
    /// Three headlines of each story and those of all else, without texts.
    Headlines,
}

/// Feeds that the pieces are spread over.
pub(crate) const FEEDS: usize = 40;

/// When the corpus begins.
pub(crate) fn start() -> Timestamp {
    "2026-11-16T06:00:00Z".parse().unwrap()
}

/// Forty stories, ten series of eight parts, two hundred single pieces.
pub(crate) fn corpus(kind: Kind) -> Vec<Labelled> {
    let mut made = Maker { kind, pieces: Vec::new() };
    for (n, story) in STORIES.split("\n== ").skip(1).enumerate() {
        made.story(n, story);
    }
    for (n, (title, text)) in SERIES.iter().enumerate() {
        // Parts of a feed that differ in nothing are one article, which is not for stories to tell.
        if kind == Kind::Headlines && !title.contains('{') {
            continue;
        }
        for part in 0..8 {
            let label = format!("series {n} part {part}");
            made.piece(&label, n, part * 24, &filled(title, n, part), &filled(text, n, part));
        }
    }
    let written = SINGLES.lines().filter_map(|line| line.split_once(" | "));
    for (n, (title, text)) in written.enumerate() {
        // What came of a story comes days after it.
        made.piece(title, n, 200 + n * 2, title, text);
    }
    for n in 0..160 {
        let (title, text) = single(n);
        made.piece(&format!("single {n}"), n, n, &title, &text);
    }
    made.pieces.sort_by_key(|piece| piece.article.published);
    made.pieces
}

/// A piece by its parts; its number makes its key.
pub(crate) fn piece(n: usize, label: &str, feed: usize, published: Timestamp, title: &str, text: &str) -> Labelled {
    let key = n.to_string();
    let article = Article {
        url: Some(format!("https://f{feed}.example/{key}")),
        key_kind: KeyKind::Id,
        id: Some(key.clone()),
        title: title.to_owned(),
        summary: text.to_owned(),
        body: String::new(),
        author: None,
        original: None,
        // What the watch of these tests finds.
        categories: vec!["everything".to_owned()],
        lang: Some("en".to_owned()),
        published: Some(published),
        updated: None,
        enclosures: Vec::new(),
        content_hash: hash64(&[title.as_bytes(), text.as_bytes()]),
        key,
    };
    Labelled { label: label.to_owned(), feed, article }
}

struct Maker {
    kind: Kind,
    pieces: Vec<Labelled>,
}

impl Maker {
    fn piece(&mut self, label: &str, feed: usize, hours: usize, title: &str, text: &str) {
        let text = if self.kind == Kind::Headlines { "" } else { text };
        let published = later(earlier(start(), HOUR), HOUR * hours as u32);
        self.pieces.push(piece(self.pieces.len(), label, feed % FEEDS, published, title, text));
    }

    /// Three to twelve variants, as they come over a day and a half.
    fn story(&mut self, n: usize, story: &str) {
        let mut lines = story.lines();
        let label = lines.next().unwrap();
        let (texts, titles): (Vec<&str>, Vec<&str>) =
            lines.filter(|line| !line.is_empty()).partition(|line| line.starts_with('>'));
        let [first, second] = texts[..] else { panic!("{label} has two texts") };
        let [first, second] = [&first[2..], &second[2..]];
        let hours = |variant: usize| n * 53 % 150 + variant * 3;
        if self.kind == Kind::Headlines {
            // The fourth is the one that says what the others leave out; with a text it is told, alone it cannot be.
            for (variant, title) in titles[..3].iter().enumerate() {
                self.piece(label, n + variant * 7, hours(variant), title, "");
            }
            return;
        }
        let [a, b, c, d] = titles[..] else { panic!("{label} has four headlines") };
        let cut = |text: &str| text.split_inclusive(". ").next().unwrap().trim().to_owned();
        let without_last = |text: &str| text[..text.trim_end_matches('.').rfind(". ").unwrap() + 1].to_owned();
        let site = format!("{a} - The Harbour Post");
        let agency = format!("UPDATE {}-{}", n % 4 + 1, b);
        let variants: [(&str, String); 12] = [
            (a, first.to_owned()),
            (b, second.to_owned()),
            (&site, first.to_owned()),
            (c, first.to_owned()),
            (a, cut(first)),
            (&agency, without_last(second)),
            (c, second.to_owned()),
            (d, without_last(first)),
            (b, format!("{} {}", cut(second), first)),
            (a, String::new()),
            (d, cut(second)),
            (c, String::new()),
        ];
        for (variant, (title, text)) in variants.iter().take(3 + n * 7 % 10).enumerate() {
            self.piece(label, n + variant * 7, hours(variant), title, text);
        }
    }
}

/// Series: a headline and a text each; `{n}` is the part, `{m}` another number, `{day}` a weekday, `{news}` what is new in it.
const SERIES: [(&str, &str); 10] = [
    (
        "Sahel drought response: Flash Update #{n}",
        "This update is issued by the relief office together with its partners and covers the last 24 hours. {news} {m} \
         households received seed. The next update will be issued tomorrow.",
    ),
    (
        "War in the strait, day {n}: the key events",
        "Here is where things stand in the strait on day {n}. {news} {news2}",
    ),
    (
        "Cholera death toll in Lagos rises to {m}",
        "The number of people killed by cholera in Lagos has reached {m}, the health ministry said. It counted {n} new cases since the day before.",
    ),
    (
        "Letter from the lighthouse: our weekly column",
        "{news} Which brings me to the neighbours and their goat. {news2} Until next week.",
    ),
    ("Strait crisis live: latest updates", "{news} Follow the latest developments here as they happen. {news2}"),
    ("Central bank sets kwanza at {m} to the dollar", ""),
    (
        "Tour of the Lakes, stage {n}: results",
        "Results of stage {n} of the Tour of the Lakes: the winner needed {m} minutes. {news}",
    ),
    ("{day} briefing: what you need to know this morning", "Good morning. {news} {news2} And finally, the weather."),
    (
        "Money market receives {m} million in late assistance",
        "The central bank said it provided the money market with {m} million in late assistance. This brings its help so far today to 4{m} million.",
    ),
    (
        "UN observers' report no. {n} on the ceasefire line",
        "The observers counted {m} violations of the ceasefire on the line during the reporting period. {news}",
    ),
];

fn filled(template: &str, series: usize, part: usize) -> String {
    const DAYS: [&str; 8] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "Holiday"];
    let news = |n: usize| {
        let (who, does, what) = (WHO[n * 7 % 20], DOES[n * 3 % 20], WHAT[n * 13 % 20]);
        format!("The {who} of {} {does} the {what}.", PLACES[n % 20])
    };
    template
        .replace("{news}", &news(series * 11 + part * 3))
        .replace("{news2}", &news(series * 7 + part * 5 + 1))
        .replace("{n}", &(140 + series + part).to_string())
        .replace("{m}", &(310 + series * 13 + part * 17).to_string())
        .replace("{day}", DAYS[part])
}

/// Singles: any two agree in one of place, person, deed and matter at the most.
fn single(n: usize) -> (String, String) {
    let (at, turn) = (n % 20, n / 20);
    let (place, who) = (PLACES[at], WHO[(at + turn) % 20]);
    let (does, what) = (DOES[(at + 2 * turn) % 20], WHAT[(at + 3 * turn + 7) % 20]);
    let title = match turn % 3 {
        0 => format!("{place}: {who} {does} {what}"),
        1 => format!("{who} in {place} {does} {what}"),
        _ => format!("{what}: {place} {who} {does} report"),
    };
    let weeks = n % 7 + 2;
    let text = match turn % 4 {
        0 => format!(
            "For {weeks} weeks {place} has been talking about the {what}. Now the {who} {does} it in an open letter."
        ),
        1 => format!(
            "The {who} {does} the {what}, it was announced in {place} on Thursday. A decision will be taken in {weeks} months."
        ),
        2 => format!(
            "\"We have waited for {weeks} years,\" says the {who}. People in {place} are divided over the {what}."
        ),
        _ => {
            format!("A letter from the {who} has reached the papers in {place}. In {weeks} pages it {does} the {what}.")
        }
    };
    (title, text)
}

const PLACES: [&str; 20] = [
    "Slovakia",
    "Doha",
    "Mombasa",
    "Lisbon",
    "Tbilisi",
    "Antwerp",
    "Cyprus",
    "Burkina Faso",
    "Cordoba",
    "Oslo",
    "Port Sudan",
    "Madagascar",
    "Tasmania",
    "Ghana",
    "Iceland",
    "Malta",
    "Valais",
    "Vienna",
    "Serbia",
    "Dresden",
];

const WHO: [&str; 20] = [
    "defence minister",
    "opposition leader",
    "coast guard",
    "biscuit maker",
    "chemist",
    "dockers' union",
    "mediator",
    "health ministry",
    "football club",
    "prosecutor",
    "militia commander",
    "school board",
    "chess federation",
    "water authority",
    "museum director",
    "city council",
    "carmaker",
    "rescue service",
    "central bank governor",
    "opera chorus",
];

const DOES: [&str; 20] = [
    "rejects",
    "welcomes",
    "defends",
    "attacks",
    "studies",
    "postpones",
    "signs",
    "doubts",
    "explains",
    "cancels",
    "mocks",
    "supports",
    "reopens",
    "investigates",
    "praises",
    "revives",
    "threatens",
    "shortens",
    "questions",
    "leaves",
];

const WHAT: [&str; 20] = [
    "coalition plan",
    "ferry inquiry",
    "takeover offer",
    "clean water prize",
    "earthquake drill",
    "night shift strike",
    "gas talks",
    "malaria vaccine study",
    "stadium roof contract",
    "bank fraud trial",
    "border truce",
    "dormitory fire report",
    "world title match",
    "dam agreement",
    "gold coin auction",
    "tram tunnel",
    "brake recall",
    "avalanche warning",
    "interest rate vote",
    "autumn season",
];
