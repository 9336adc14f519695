//! Who has a story: what its feeds, publishers and origins are counted as, and what is told of that.

use std::time::Duration;

use feedwatch::clock::later;
use feedwatch::model::{AlertFilter, AlertStory, Article, Kind, Original, Outcome};
use feedwatch::poll::{Growth, counted};

use super::corpus::{piece, start};
use super::desk::Desk;

const TITLE: &str = "Varga resigns from emergency cabinet in Bratislava";
const TEXT: &str = "Defence Minister Tomas Varga said he was leaving the emergency cabinet in Bratislava.";

/// What the sixth and later papers write of it by themselves.
const OWN: [&str; 6] = [
    "Tomas Varga walked out of the government on Sunday evening after a quarrel over the army budget.",
    "The departure leaves the coalition without its best known face, three months before people vote.",
    "Varga told reporters at the airport that he would go back to teaching law in Kosice.",
    "The prime minister thanked Varga for his work and wants to name a successor within the week.",
    "Opposition parties called for an early election as soon as the news of the minister's exit broke.",
    "Generals had complained for weeks that the defence ministry under Varga paid its bills too late.",
];

/// A piece of a story: which feed has it, under which headline, with which text, link, source and author.
#[derive(Clone, Default)]
struct Print {
    feed: usize,
    title: String,
    text: String,
    link: String,
    source: Option<(String, String)>,
    author: Option<String>,
}

fn print(feed: usize, link: &str, text: &str) -> Print {
    Print { feed, title: TITLE.to_owned(), text: text.to_owned(), link: link.to_owned(), ..Print::default() }
}

/// As Google News has pieces of others: no text, the publisher behind the headline and as the source.
fn gathered(feed: usize, name: &str, address: &str) -> Print {
    Print {
        title: format!("{TITLE} - {name}"),
        source: Some((name.to_owned(), address.to_owned())),
        ..print(feed, &format!("https://news.google.com/rss/articles/CBM{feed}"), "")
    }
}

/// A desk that read these, one after the other: the story of the first as it is counted then, and the changes that were told.
fn read(growth: Growth, prints: &[Print]) -> (Desk, AlertStory, Vec<String>) {
    let feeds = prints.iter().map(|print| print.feed + 1).max().unwrap();
    let mut desk = Desk::new(feeds, start());
    desk.rules().alerts.growth = growth;
    let (mut told, mut story) = (Vec::new(), None);
    for (n, print) in prints.iter().enumerate() {
        let now = later(start(), Duration::from_secs(60 * n as u64));
        let labelled = piece(n, "", n, now, &print.title, &print.text);
        let original = print.source.clone().map(|(name, url)| Box::new(Original { name: Some(name), url: Some(url) }));
        let (url, author) = (Some(print.link.clone()), print.author.clone());
        let article = Article { url, original, author, ..labelled.article };
        let changes = desk.read(print.feed, vec![article], now);
        for decided in changes.articles.into_iter().flat_map(|change| change.alerts) {
            story.get_or_insert_with(|| decided.alert.story.id.clone());
            if decided.outcome.is_told() {
                told.push(decided.alert.change.unwrap_or("told".to_owned()));
            }
        }
    }
    let id = story.unwrap();
    let now = desk.store().story_now(&id, "everything").unwrap();
    (desk, counted(&id, &now.outlets, now.articles), told)
}

fn check(what: &str, growth: Growth, prints: &[Print], size: &str, told: &[&str]) {
    let (_, story, was_told) = read(growth, prints);
    assert_eq!(
        (story.size().as_str(), was_told),
        (size, told.iter().map(|told| (*told).to_owned()).collect()),
        "{what}"
    );
}

#[test]
fn what_one_publisher_or_one_agency_has_many_times_does_not_grow() {
    use Growth::{Origins, Publishers};
    let five = |each: &dyn Fn(usize) -> Print| (0..5).map(each).collect::<Vec<_>>();
    let of_one_publisher = five(&|n| print(n, &format!("https://section{n}.bbc.co.uk/news/{n}"), OWN[n]));
    check(
        "five feeds of one publisher",
        Publishers,
        &of_one_publisher,
        "5 feeds, 1 publisher, 1 origin (own)",
        &["told"],
    );
    let of_one_link = five(&|n| print(n, "https://www.bbc.co.uk/news/1", TEXT));
    check("one link in five feeds", Publishers, &of_one_link, "5 feeds, 1 publisher, 1 origin (own)", &["told"]);
    let gathered_of_one = five(&|n| gathered(n, "Reuters", "https://www.reuters.com"));
    check(
        "five feeds of Google News with one piece of Reuters",
        Publishers,
        &gathered_of_one,
        "5 feeds, 1 publisher, 1 origin (Reuters)",
        &["told"],
    );
    let of_one_wire = five(&|n| {
        let dateline = format!("BRATISLAVA, Nov 16 (Reuters) - {TEXT} {}", OWN[n]);
        print(n, &format!("https://paper{n}.example/{n}"), &dateline)
    });
    let size = "5 feeds, 5 publishers, 1 origin (Reuters)";
    check("five prints of one wire text", Publishers, &of_one_wire, size, &["told", &format!("story grew to {size}")]);
    check("the same where origins count", Origins, &of_one_wire, size, &["told"]);
    // Without a word of thanks to anybody.
    let of_one_text = five(&|n| print(n, &format!("https://paper{n}.example/{n}"), TEXT));
    check("five prints of one text", Origins, &of_one_text, "5 feeds, 5 publishers, 1 origin (own)", &["told"]);
    let of_their_own = five(&|n| print(n, &format!("https://paper{n}.example/{n}"), OWN[n]));
    let size = "5 feeds, 5 publishers, 5 origins (5 own)";
    check("five papers", Origins, &of_their_own, size, &["told", &format!("story grew to {size}")]);
}

#[test]
fn nine_feeds_are_four_publishers_and_two_origins() {
    let wire = format!("BRATISLAVA (Reuters) - {TEXT}");
    let mut prints: Vec<Print> = (0..4).map(|n| print(n, &format!("https://news{n}.bbc.co.uk/{n}"), OWN[0])).collect();
    prints.extend([
        print(4, "https://www.reuters.com/world/1", TEXT),
        gathered(5, "Reuters", "https://www.reuters.com"),
        print(6, "https://www.straitstimes.com/1", &wire),
        Print { author: Some("Reuters".to_owned()), ..print(7, "https://www.dawn.com/1", OWN[1]) },
        print(8, "https://www.dawn.com/2", &wire),
    ]);
    let (desk, story, told) = read(Growth::Publishers, &prints);
    assert_eq!(story.size(), "9 feeds, 4 publishers, 2 origins (Reuters, own)");
    assert_eq!(story.publisher_names, ["bbc.co.uk", "dawn.com", "reuters.com", "straitstimes.com"]);
    assert_eq!((told, story.articles), (vec!["told".to_owned()], 9));
    // The record of each says how far the story had come with it.
    let filter = AlertFilter { held: true, ..AlertFilter::default() };
    let joined = desk.store().alerts(&filter).unwrap();
    let sizes: Vec<String> = joined.iter().map(|stored| stored.alert.story.size()).collect();
    assert_eq!(sizes[0], "2 feeds, 1 publisher, 1 origin (own)");
    assert_eq!(sizes[3], "5 feeds, 2 publishers, 2 origins (Reuters, own)");
    assert_eq!(sizes[7], story.size());
}

#[test]
fn an_agencys_news_in_three_languages_is_of_one_origin_in_each_story_that_tells_it() {
    let title = |title: &str, print: Print| Print { title: title.to_owned(), ..print };
    let prints = [
        print(0, "https://www.france24.com/en/1", &format!("BRATISLAVA (AFP) - {TEXT}")),
        title(
            "Le ministre de la Défense quitte le gouvernement slovaque",
            print(1, "https://www.lemonde.fr/1", "Bratislava (AFP) – Le ministre de la Défense a annoncé son départ."),
        ),
        title(
            "وزير الدفاع فارغا يستقيل من الحكومة في براتيسلافا",
            print(2, "https://www.aljazeera.net/1", "براتيسلافا (أ ف ب) - أعلن وزير الدفاع استقالته من الحكومة."),
        ),
    ];
    let (desk, _, told) = read(Growth::Publishers, &prints);
    let mut alerts = desk.store().alerts(&AlertFilter::default()).unwrap();
    alerts.retain(|stored| stored.alert.kind == Kind::Alert);
    // What is perhaps the same in another language is told in a line.
    let lines = told.iter().filter(|told| told.starts_with("perhaps")).count();
    assert_eq!((told.len() - lines, alerts.len()), (desk.stories() as usize, desk.stories() as usize), "{told:?}");
    let mut feeds = 0;
    for stored in alerts {
        let now = desk.store().story_now(&stored.alert.story.id, "everything").unwrap();
        let story = counted("s", &now.outlets, now.articles);
        assert_eq!((story.publishers, story.origins, &story.wires[..]), (story.feeds, 1, &["AFP".to_owned()][..]));
        feeds += story.feeds;
    }
    assert_eq!(feeds, 3, "each piece counts in one story");
}

#[test]
fn what_is_not_known_counts_for_nobody() {
    let unknown = |feed: usize| print(feed, &format!("https://www.reddit.com/r/news/{feed}"), OWN[feed % 6]);
    let prints: Vec<Print> = (0..6).map(unknown).collect();
    let size = "6 feeds, no known publisher, no known origin";
    check("links to where others write", Growth::Publishers, &prints, size, &["told"]);
    let one_more = [prints, vec![print(6, "https://www.bbc.co.uk/news/1", TEXT)]].concat();
    check("and a paper", Growth::Publishers, &one_more, "7 feeds, 1 publisher, 1 origin (own)", &["told"]);
    let unnamed = Print { author: Some("Staff and agencies".to_owned()), ..print(0, "https://a.example/1", TEXT) };
    let prints = [unnamed, print(1, "https://b.example/1", OWN[0])];
    check("some agency", Growth::Publishers, &prints, "2 feeds, 2 publishers, 1 origin (own)", &["told"]);
}

#[test]
fn one_feed_makes_no_story_grow_whatever_it_claims() {
    let hostile = |n: usize| match n % 3 {
        0 => print(4, &format!("https://paper{n}.example/{n}"), OWN[n % 6]),
        1 => gathered(4, &format!("The Paper {n}"), &format!("https://claimed{n}.example/")),
        _ => {
            let text = format!("BRATISLAVA ({}) - {}", ["AFP", "dpa", "EFE", "ANSA"][n % 4], OWN[n % 6]);
            print(4, &format!("https://paper{n}.example/{n}"), &text)
        }
    };
    let honest: Vec<Print> = (0..4).map(|n| print(n, &format!("https://s{n}.bbc.co.uk/news/{n}"), OWN[n])).collect();
    let prints = [honest, (0..30).map(hostile).collect()].concat();
    for growth in [Growth::Publishers, Growth::Origins] {
        let (desk, story, told) = read(growth, &prints);
        assert_eq!((story.feeds, story.publishers, story.origins), (5, 2, 2), "{story:?}");
        let outlets = desk.store().story_now(&story.id, "everything").unwrap().outlets;
        assert!(outlets.len() <= 4 + 8, "{} claims are kept of five feeds", outlets.len());
        assert!(!told.iter().any(|told| told.starts_with("story grew")), "{told:?}");
    }
}

#[test]
fn what_turns_out_to_be_an_agencys_was_that_all_along() {
    let unsigned = |feed: usize| print(feed, &format!("https://paper{feed}.example/1"), TEXT);
    let signed =
        |feed: usize| print(feed, &format!("https://paper{feed}.example/1"), &format!("BRATISLAVA (dpa) - {TEXT}"));
    let size = "3 feeds, 3 publishers, 1 origin (dpa)";
    check("last", Growth::Publishers, &[unsigned(0), unsigned(1), signed(2)], size, &["told"]);
    check("first", Growth::Publishers, &[signed(0), unsigned(1), unsigned(2)], size, &["told"]);
    check("between", Growth::Publishers, &[unsigned(0), signed(1), unsigned(2)], size, &["told"]);
}

#[test]
fn a_headline_alone_follows_the_text_below_the_same_headline_and_leads_none() {
    let (paper, own) = (gathered(0, "The Paper", "https://paper.example"), print(1, "https://www.bbc.co.uk/1", OWN[0]));
    let (reuters, wire) = (gathered(0, "Reuters", "https://reuters.com"), format!("BRATISLAVA (Reuters) - {TEXT}"));
    let signed = print(1, "https://b.example/1", &wire);
    for (one, other, size) in [
        (&reuters, &own, "2 feeds, 2 publishers, 2 origins (Reuters, own)"),
        (&paper, &signed, "2 feeds, 2 publishers, 1 origin (Reuters)"),
        (&reuters, &Print { feed: 1, ..paper.clone() }, "2 feeds, 2 publishers, 1 origin (Reuters)"),
    ] {
        check("in this order", Growth::Publishers, &[one.clone(), other.clone()], size, &["told"]);
        check("and in the other", Growth::Publishers, &[other.clone(), one.clone()], size, &["told"]);
    }
}

#[test]
fn one_feed_does_not_make_the_texts_of_all_an_agencys() {
    let own = |n: usize| print(n, &format!("https://paper{n}.example/1"), OWN[n]);
    let claim = |n: usize| print(5, &format!("https://hostile.example/{n}"), &format!("BRATISLAVA (AFP) - {}", OWN[n]));
    let prints: Vec<Print> = (0..5).flat_map(|n| [own(n), claim(n)]).collect();
    let size = "6 feeds, 6 publishers, 5 origins (AFP, 4 own)";
    check(
        "a feed that signs what others wrote",
        Growth::Origins,
        &prints,
        size,
        &["told", &format!("story grew to {size}")],
    );
}

#[test]
fn within_one_document_prints_of_one_text_are_one_origin() {
    let mut desk = Desk::new(1, start());
    let article = |n: usize| {
        let labelled = piece(n, "", n, start(), TITLE, &format!("{TEXT} By {n}."));
        Article { url: Some(format!("https://paper{n}.example/{n}")), ..labelled.article }
    };
    let changes = desk.read(0, (0..4).map(article).collect(), start());
    let alerts: Vec<_> = changes.articles.iter().flat_map(|change| &change.alerts).collect();
    assert_eq!(alerts.iter().filter(|decided| decided.outcome == Outcome::Raised).count(), 1);
    assert_eq!(alerts.last().unwrap().alert.story.size(), "1 feed, 1 publisher, 1 origin (own)");
    let gained: u32 = alerts.iter().map(|decided| decided.gained.feeds + decided.gained.publishers).sum();
    assert_eq!(gained, 2, "one feed and one publisher in all");
}
