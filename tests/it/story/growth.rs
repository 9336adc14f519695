//! A story once told: what joins it, when it is told again, what stays as it was.

use std::time::Duration;

use feedwatch::clock::{Timestamp, later};
use feedwatch::model::{AlertFilter, Article, Kind, Outcome};

use super::corpus::{piece, start};
use super::desk::Desk;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const TITLE: &str = "Varga resigns from emergency cabinet in Bratislava";

fn copy(n: usize, title: &str, at: Timestamp) -> Article {
    // Not quite the same text each time: the same again in one feed would be the same article under a new key.
    let by = char::from(b'A' + (n % 26) as u8);
    let text = format!("Defence Minister Tomas Varga said he was leaving the cabinet in Bratislava. By {by}.");
    piece(n, "", n, at, title, &text).article
}

/// What became of a feed's article: each outcome, with the change it tells and the size of the story.
fn outcomes(
    desk: &mut Desk,
    feed: usize,
    article: Article,
    now: Timestamp,
) -> Vec<(Outcome, Option<String>, u32, u32)> {
    let changes = desk.read(feed, vec![article], now);
    let alerts = changes.articles.into_iter().flat_map(|change| change.alerts);
    alerts
        .map(|decided| {
            let story = &decided.alert.story;
            (decided.outcome, decided.alert.change.clone(), story.feeds, story.articles)
        })
        .collect()
}

#[test]
fn a_story_is_told_again_when_5_25_and_125_publishers_have_it() {
    let mut desk = Desk::new(130, start());
    let mut told = Vec::new();
    for feed in 0..130 {
        let now = later(start(), Duration::from_secs(60 * feed as u64));
        for (outcome, change, feeds, articles) in outcomes(&mut desk, feed, copy(feed, TITLE, now), now) {
            let expected = if feed == 0 { Outcome::Raised } else { Outcome::Joined };
            assert!(outcome == expected || outcome == Outcome::Grown, "{feed}: {outcome}");
            assert_eq!((feeds, articles), (feed as u32 + 1, feed as u32 + 1));
            if outcome.is_told() {
                told.push((feeds, change));
            }
        }
    }
    let size = |n: u32| format!("{n} feeds, {n} publishers, 1 origin (own)");
    let grew = |feeds: u32| (feeds, Some(format!("story grew to {}", size(feeds))));
    assert_eq!(told, [(1, None), grew(5), grew(25), grew(125)]);
    let stored = desk.store().alerts(&AlertFilter::default()).unwrap();
    let mut ids: Vec<&str> = stored.iter().map(|stored| stored.alert.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((stored.len(), ids.len()), (4, 4), "each with an id of its own");
    assert!(
        stored[1].reason.contains(&stored[0].alert.id)
            && stored[1].alert.message.contains("grew to 5 feeds, 5 publishers")
    );
    assert_eq!(desk.store().pending("log", 10, Timestamp::MAX).unwrap().len(), 4, "sinks are owed all of them");
}

#[test]
fn a_feed_that_tells_a_story_many_times_does_not_make_it_grow() {
    let mut desk = Desk::new(2, start());
    outcomes(&mut desk, 0, copy(0, TITLE, start()), start());
    for n in 1..9 {
        let outcomes = outcomes(&mut desk, 1, copy(n, TITLE, start()), start());
        assert_eq!(outcomes, [(Outcome::Joined, None, 2, n as u32 + 1)]);
    }
}

#[test]
fn what_is_polled_again_or_edited_stays_in_its_story_and_is_not_told_again() {
    let mut desk = Desk::new(3, start());
    outcomes(&mut desk, 0, copy(0, TITLE, start()), start());
    let joined = copy(1, TITLE, start());
    assert_eq!(outcomes(&mut desk, 1, joined.clone(), start())[0].0, Outcome::Joined);
    assert_eq!(outcomes(&mut desk, 1, joined, later(start(), HOUR)), []);
    let edited = copy(1, "Football: Ajax lose at home", later(start(), HOUR));
    let changes = desk.read(1, vec![edited], later(start(), HOUR));
    let before = desk.read(2, vec![copy(2, TITLE, start())], later(start(), HOUR));
    let story = |changes: &feedwatch::model::Changes| changes.articles[0].piece.clone().unwrap().story;
    assert_eq!((changes.articles[0].alerts.len(), story(&changes)), (0, story(&before)));
}

#[test]
fn a_watch_that_wants_every_article_is_told_each_of_a_story() {
    let mut desk = Desk::new(3, start());
    outcomes(&mut desk, 0, copy(0, TITLE, start()), start());
    desk.tell_every_article();
    for n in 1..3 {
        assert_eq!(outcomes(&mut desk, n, copy(n, TITLE, start()), start())[0].0, Outcome::Raised);
    }
    assert_eq!(desk.stories(), 1, "it is one story all the same");
}

#[test]
fn what_two_feeds_say_in_the_same_few_words_is_told_once() {
    // Words that say little: nearly all of the text is in the headline, or in every report.
    for (title, text) in [
        (
            "Bomb kills shoppers at Osorno market",
            "A bomb killed 12 people at a market in Osorno on Monday, police said.",
        ),
        ("Dockers to strike", "Dockers will strike, a union said."),
    ] {
        let mut desk = Desk::new(2, start());
        let tell = |desk: &mut Desk, feed: usize, text: &str| {
            let n = feed + text.len();
            outcomes(desk, feed, piece(n, "", n, start(), title, text).article, start())[0].0
        };
        assert_eq!(tell(&mut desk, 0, text), Outcome::Raised);
        assert_eq!(tell(&mut desk, 1, text), Outcome::Joined, "{title}");
    }
}

#[test]
fn copies_within_one_document_join_as_well() {
    let mut desk = Desk::new(1, start());
    let pieces = (0..3).map(|n| copy(n, TITLE, start())).collect();
    let outcomes: Vec<Outcome> =
        desk.read(0, pieces, start()).articles.iter().map(|change| change.alerts[0].outcome).collect();
    assert_eq!(outcomes, [Outcome::Raised, Outcome::Joined, Outcome::Joined]);
}

#[test]
fn halves_of_a_story_that_came_apart_become_one_when_a_piece_belongs_to_both() {
    const CHILE: &str = "Chile telescope spots water on nearby rocky planet";
    const ATACAMA: &str = "Atacama observatory finds vapour around Gliese planet";
    const DISCOVERY: &str = "Water vapour surrounds a rocky planet orbiting the star Gliese 667, observations from the Atacama \
        desert suggest. Astronomers using the new Extremely Large Telescope in Chile have found it.";
    let mut desk = Desk::new(7, start());
    let mut told = Vec::new();
    let mut tell = |desk: &mut Desk, feed: usize, title: &str, text: &str| {
        let now = later(start(), Duration::from_secs(60 * feed as u64));
        let article = piece(feed, "", feed, start(), title, text).article;
        told.extend(outcomes(desk, feed, article, now).into_iter().map(|(outcome, _, feeds, _)| (outcome, feeds)));
    };
    tell(&mut desk, 0, CHILE, "");
    tell(&mut desk, 1, ATACAMA, DISCOVERY);
    assert_eq!(desk.stories(), 2);
    tell(&mut desk, 2, "Chile telescope finds water vapour around rocky Gliese planet", DISCOVERY);
    assert_eq!(desk.stories(), 1);
    tell(&mut desk, 3, CHILE, "");
    tell(&mut desk, 4, ATACAMA, "");
    tell(&mut desk, 5, ATACAMA, "");
    tell(&mut desk, 6, CHILE, "");
    let raised_twice = vec![(Outcome::Raised, 1), (Outcome::Raised, 1)];
    let as_one = vec![(Outcome::Joined, 3), (Outcome::Joined, 4), (Outcome::Joined, 5), (Outcome::Grown, 5)];
    let grown = vec![(Outcome::Joined, 6), (Outcome::Joined, 7)];
    assert_eq!(told, [raised_twice, as_one, grown].concat(), "all feeds count, and growth is told once");
    let raised = desk.store().alerts(&AlertFilter::default()).unwrap();
    for stored in &raised {
        assert_eq!(stored.alert.story.id, raised[0].alert.story.id, "each alert knows its story as it is now");
        let now = desk.store().story_now(&stored.alert.story.id, "everything").unwrap();
        assert_eq!((now.outlets.len(), now.articles), (7, 7));
    }
    assert_eq!(desk.store().alert_details(&raised[1].alert.id).unwrap().unwrap().siblings_in_all, 7);
}

#[test]
fn after_the_window_a_story_is_told_anew_and_what_was_remembered_is_forgotten() {
    let mut desk = Desk::new(2, start());
    outcomes(&mut desk, 0, copy(0, TITLE, start()), start());
    let now = later(start(), DAY * 8);
    assert_eq!(outcomes(&mut desk, 1, copy(1, TITLE, now), now)[0].0, Outcome::Raised);
    for day in 30..40 {
        let now = later(start(), DAY * day);
        outcomes(&mut desk, 0, copy(day as usize, &format!("Regatta {day} off Kiel won by Petersen"), now), now);
    }
    assert!(desk.stories() <= 8, "{} stories of the last seven days", desk.stories());
}

#[test]
fn parts_of_a_series_are_told_one_by_one() {
    for series in [
        ["Sahel drought: Flash Update #141", "Sahel drought: Flash Update #143"],
        ["War in the strait: key events, day 157", "War in the strait: key events, day 159"],
        ["Death toll in Lagos cholera outbreak at 33,686", "Death toll in Lagos cholera outbreak at 33,797"],
        ["Letters to the lighthouse, Monday", "Letters to the lighthouse, Tuesday"],
        ["Third round of Geneva grain talks opens", "Fourth round of Geneva grain talks opens"],
        ["War in the strait live: latest updates", "War in the strait live: latest updates"],
        ["Readings of buoy 5 at station 5", "Readings of buoy 5 at station 9"],
    ] {
        let mut desk = Desk::new(2, start());
        for (n, title) in series.iter().enumerate() {
            let now = later(start(), DAY * n as u32);
            let outcome = outcomes(&mut desk, 0, copy(n, title, now), now)[0].0;
            assert_eq!(outcome, Outcome::Raised, "{title}");
        }
    }
}

#[test]
fn what_is_asked_thought_or_done_after_the_news_is_other_news() {
    for (news, other) in [
        ("Envoy Lindqvist quits Moldova talks", "Who is Lindqvist, the envoy who quit the Moldova talks?"),
        ("Senate approves arrest of banker Morel", "Unions condemn Senate for arrest of banker Morel"),
        ("Osorno dam bursts, valley flooded", "Ministers cancel holiday after Osorno dam bursts"),
        ("Court in Lyon jails banker Morel", "Banker Morel jailed in Lyon: five takeaways"),
    ] {
        let mut desk = Desk::new(2, start());
        let headline = |n: usize, title: &str| piece(n, "", n, start(), title, "").article;
        outcomes(&mut desk, 0, headline(0, news), start());
        assert_eq!(outcomes(&mut desk, 1, headline(1, other), start())[0].0, Outcome::Raised, "{news} / {other}");
    }
}

#[test]
fn one_event_told_by_two_outlets_in_their_own_words_is_one_story() {
    for (one, other) in [
        ("Gantz is quitting Israel's war Cabinet", "Israel war minister Gantz to resign Cabinet post"),
        ("Strong earthquake shakes Tbilisi before dawn", "GEORGIA QUAKE: TBILISI SHAKEN BEFORE DAWN"),
        ("UPDATE 2-Dockers in Antwerp walk out over cranes", "Antwerp dockers strike over cranes | The Harbour Post"),
        ("La banque Dorval ferme son agence de Tunis", "Dorval ferme son agence de Tunis"),
        ("欧盟在布鲁塞尔达成渔业协议", "欧盟达成渔业协议"),
        ("President and prime minister to meet on Wednesday", "President, prime minister to meet on Wednesday"),
        (
            "Morel beats Lindqvist in five sets to win Osorno Open title",
            "Morel beats Lindqvist to win Osorno Open title",
        ),
    ] {
        let mut desk = Desk::new(2, start());
        let headline = |n: usize, title: &str| piece(n, "", n, start(), title, "").article;
        outcomes(&mut desk, 0, headline(0, one), start());
        let second = desk.read(1, vec![headline(1, other)], start()).articles.remove(0).alerts.remove(0);
        // Held for sure, or told in a line under the first.
        let is_under = second.outcome == Outcome::Joined || second.alert.kind == Kind::Related;
        assert!(is_under, "{one} / {other}: {second:?}");
    }
}
