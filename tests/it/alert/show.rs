//! How an alert looks: folded to the terminal, marks as colour, nothing that steers.

use std::path::Path;

use feedwatch::alert::{Look, When, changed, digest, fact, full};
use feedwatch::model::{Alert, AlertItem, AlertStory, Level};
use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

use super::alert;

const PLAIN: Look = Look { colour: false, width: None, when: When::In(TimeZone::UTC) };

fn on_terminal(width: usize) -> Look {
    Look { colour: true, width: Some(width), ..PLAIN }
}

/// Shown text without its colours.
fn bare(text: &str) -> String {
    let mut bare = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("\u{1b}[") {
        bare.push_str(&rest[..start]);
        let end = rest[start..].find('m').unwrap();
        rest = &rest[start + end + 1..];
    }
    bare + rest
}

#[test]
fn plain_text_keeps_its_marks() {
    let wanted = "2024-11-09 14:05Z  office closure  Emirate to close the office of the movement\n    \
                  01234567  The Wire — Emirate to [[close]] the [[office]] of the movement\n";
    assert_eq!(full(&alert(), &PLAIN), wanted);
}

#[test]
fn a_terminal_does_not_say_a_headline_twice() {
    let wanted =
        "2024-11-09 14:05Z  office closure  Emirate to close the office of the movement\n    01234567  The Wire\n";
    assert_eq!(bare(&full(&alert(), &on_terminal(100))), wanted);
    let nothing = Alert { snippet: String::new(), ..alert() };
    assert_eq!(full(&nothing, &PLAIN).lines().last(), Some("    01234567  The Wire"), "no dash before nothing");
    let more = Alert { snippet: "It will [[close]] the [[office]].".into(), ..alert() };
    assert!(bare(&full(&more, &on_terminal(100))).ends_with("    01234567  The Wire — It will close the office.\n"));
}

#[test]
fn a_terminal_gets_colour_instead_of_marks() {
    let shown = full(&alert(), &on_terminal(100));
    assert!(shown.contains("to \u{1b}[0m\u{1b}[1m\u{1b}[33mclose\u{1b}[0m\u{1b}[1m the "), "{shown:?}");
    assert!(!shown.contains("[["), "{shown:?}");
}

#[test]
fn a_loud_alert_and_a_change_are_said_in_words() {
    let alert = Alert { level: Level::High, change: Some("story grew to 5 feeds".into()), ..alert() };
    let shown = full(&alert, &PLAIN);
    assert!(shown.starts_with("2024-11-09 14:05Z  office closure [high] (story grew to 5 feeds)  Emirate"), "{shown}");
}

#[test]
fn a_digest_lists_what_it_can_and_counts_the_others() {
    let item = |n: u32| AlertItem {
        id: format!("{n:032}"),
        watch: "mediation".into(),
        title: format!("Title {n}"),
        url: None,
        feed: "Wire".into(),
        story: AlertStory::default(),
    };
    let at = alert().time;
    let of =
        |watch: Option<&str>, held| full(&digest(watch, held, (1..=held as u32).map(item).collect(), at, "r"), &PLAIN);
    let shown = of(Some("mediation"), 33);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[0], "2024-11-09 14:05Z  digest  mediation: 33 more hits than its at_most let through");
    assert_eq!(lines[1], "    00000000  Wire — Title 1");
    assert_eq!(lines[20..], ["    00000000  Wire — Title 20", "    and 13 more: `feedwatch alerts --held` shows them"]);
    assert!(of(None, 2).ends_with("    00000000  mediation  Wire — Title 2\n"), "in quiet hours the watch is named");
    let story = AlertStory { feeds: 9, publishers: 4, origins: 2, wires: vec!["Reuters".into()], ..alert().story };
    let items = vec![AlertItem { story, ..item(1) }];
    let shown = full(&digest(Some("mediation"), 1, items, at, "r"), &PLAIN);
    assert!(shown.ends_with("Wire — Title 1 (9 feeds, 4 publishers, 2 origins (Reuters, own))\n"), "{shown}");
}

/// Titles and texts as they come from all over the world, and from people who mean harm.
fn assorted() -> Vec<Alert> {
    let texts: [(&str, &str, &str); 8] = [
        (
            "Harbour Post",
            "Qasira tells Haddar Front to close its political office in Marsa Noor, diplomats and residents say",
            "The emirate will [[close]] the movement’s political [[office]] by the end of the month, two diplomats briefed on the decision said on Sunday.",
        ),
        (
            "قناة الميناء",
            "قطر تستأنف جهود الوساطة بين الطرفين في الدوحة بعد توقف دام ثلاثة أسابيع",
            "أعلنت وزارة الخارجية أن جهود [[وساطة]] جديدة بدأت اليوم في العاصمة، وأن الوفدين وصلا مساء أمس إلى المدينة.",
        ),
        (
            "נמל היום",
            "גישור בין הצדדים יתחדש השבוע בדוחא, אומרים דיפלומטים",
            "[[גישור]] חדש נפתח היום בבירה; המשלחות הגיעו אתמול בערב.",
        ),
        (
            "海港日报",
            "卡塔尔计划关闭哈马斯驻多哈的政治办事处并已通知美国和以色列有关官员",
            "卡塔尔政府消息人士周五表示，卡塔尔计划[[关闭]]哈马斯驻多哈的政治[[办事处]]，并已将这一决定通知美国和以色列。",
        ),
        (
            "Émojis 🇶🇦",
            "👩‍👩‍👧‍👦 talk, 🏳️‍🌈 and 1️⃣; e\u{301}e\u{300}\u{302} and h\u{338}\u{321}\u{32a}e\u{335}y",
            "👍🏽 [[mediate]] with 🧑🏿‍🚀",
        ),
        (
            "Evil\u{1b}]0;owned\u{7}",
            "\u{1b}]8;;https://evil.example\u{1b}\\click\u{1b}]8;;\u{1b}\\ \u{9b}31m \u{202e}reversed\u{202c} \u{2067}apart\u{2069}",
            "\u{1b}[2J[[office]]\u{8}\u{8}\u{8}\u{7f}",
        ),
        ("Two\nlines", "A title\nof two lines\tand a tab\u{2028}and a separator", "a\r\nb [[closed]]\u{85}c"),
        (
            "Long",
            "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsvorsitzender",
            "https://example.org/a/very/long/address/that/has/no/place/to/break/but/its/strokes?and=a&query=[[office]]",
        ),
    ];
    let made = |(feed, title, snippet): (&str, &str, &str)| {
        let mut alert = alert();
        (alert.feed.title, alert.article.title, alert.snippet) = (feed.into(), title.into(), snippet.into());
        alert
    };
    texts.into_iter().map(made).collect()
}

/// What is shown of them, word for word; `FEEDWATCH_BLESS=1` writes it, ESC as ␛.
#[test]
fn alerts_look_as_they_always_looked_at_every_width() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/alert/golden");
    for (name, look) in [("80", on_terminal(80)), ("200", on_terminal(200)), ("pipe", PLAIN)] {
        let mut shown: String = assorted().iter().map(|alert| full(alert, &look)).collect();
        shown.push_str(&changed("body", "the office may close soon", "the office will close", &look));
        shown.push_str(&fact(
            "outcome",
            "held: cooldown: the watch's at_most, 5 per 1h, is used up until 2024-11-09T15:00:00Z",
            &look,
        ));
        if let Some(width) = look.width {
            assert!(bare(&shown).lines().all(|line| line.width() <= width), "{shown}");
        }
        assert!(!bare(&shown).contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
        let shown = shown.replace('\u{1b}', "␛");
        let file = folder.join(format!("{name}.txt"));
        if std::env::var_os("FEEDWATCH_BLESS").is_some() {
            std::fs::write(&file, &shown).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), shown, "{}", file.display());
    }
}

#[test]
fn loud_alerts_look_loud() {
    let mut alert = alert();
    let mut looks = [Level::Info, Level::Notice, Level::High].map(|level| {
        alert.level = level;
        full(&alert, &on_terminal(100))
    });
    assert!(looks[2].contains("\u{1b}[31moffice closure"), "{:?}", looks[2]);
    looks.sort();
    assert!(looks.windows(2).all(|two| two[0] != two[1]));
}

#[test]
fn times_read_as_asked() {
    let ago = |now: &str| Look { when: When::Ago(now.parse().unwrap(), TimeZone::UTC), ..PLAIN };
    for (now, wanted) in [
        ("2024-11-09T14:05:06Z", "just now"),
        ("2024-11-09T14:06:05Z", "just now"),
        ("2024-11-09T14:08:07Z", "3 min ago"),
        ("2024-11-09T16:08:07Z", "2 h ago"),
        ("2024-11-10T14:05:05Z", "23 h ago"),
        ("2024-11-10T14:05:07Z", "14:05"),
    ] {
        assert!(full(&alert(), &ago(now)).starts_with(&format!("{wanted:<10}  office")), "{now}");
    }
    let there = TimeZone::fixed(jiff::tz::offset(3));
    assert!(
        full(&alert(), &Look { when: When::In(there.clone()), ..PLAIN }).starts_with("2024-11-09 17:05 +03  office")
    );
    assert!(full(&alert(), &Look { when: When::Hour(there), ..PLAIN }).starts_with("17:05  office"));
}

#[test]
fn every_line_fits_the_terminal_in_any_script() {
    let words = "The emirate will [[close]] the [[political office]] of the movement in its capital, ";
    let chinese = "卡塔尔计划[[关闭]]哈马斯驻多哈的政治[[办事处]]并已通知美国和以色列";
    let arabic = "قطر تعتزم [[إغلاق]] المكتب السياسي للحركة ";
    for text in [words.repeat(3), chinese.repeat(5), arabic.repeat(5), "[[x]]".repeat(90), "é\u{301}".repeat(300)] {
        for (width, colour) in [(40, true), (80, true), (80, false), (200, true), (10, true)] {
            let mut alert = alert();
            alert.snippet = text.trim().to_owned();
            alert.article.title = format!("{}.", text.replace("[[", "").replace("]]", ""));
            alert.feed.title = alert.article.title.clone();
            let shown = bare(&full(&alert, &Look { colour, width: Some(width), ..PLAIN }));
            for (n, line) in shown.lines().enumerate() {
                assert!(line.width() <= width.max(40), "{width}: {line}");
                assert_eq!(line.starts_with("    "), n > 0, "{line}");
            }
            let snippet = if colour { alert.article.title.trim_end_matches('.') } else { &alert.snippet };
            let all = format!("2024-11-0914:05Zofficeclosure{0}01234567{0}—{snippet}", alert.article.title);
            assert_eq!(shown.replace([' ', '\n'], ""), all.replace(' ', ""), "nothing is lost");
        }
    }
}

#[test]
fn a_mark_over_the_edge_of_a_line_is_coloured_on_both() {
    let mut alert = alert();
    alert.snippet = "word [[close the office]] end".into();
    let shown = full(&alert, &on_terminal(40));
    assert!(shown.contains("\u{1b}[33mclose the\u{1b}[0m\n    \u{1b}[1m\u{1b}[33moffice\u{1b}[0m end"), "{shown:?}");
}

#[test]
fn a_hostile_feed_steers_nothing_and_brackets_at_a_mark_stay_outside() {
    let mut alert = alert();
    alert.article.title = "Peace\u{1b}]0;owned\u{7}\u{202e}".into();
    alert.feed.title = "The\u{9b}Wire\n".into();
    alert.watch.name = "a\u{8}b".into();
    alert.snippet = "\u{1b}[31m said [[[Qatar]]] and [[open".into();
    let shown = full(&alert, &on_terminal(80));
    let text = bare(&shown);
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    assert!(text.contains(r"\u{1b}[31m said [Qatar] and [[open"), "{text:?}");
    assert!(shown.contains("[\u{1b}[1m\u{1b}[33mQatar\u{1b}[0m]"), "{shown:?}");
    assert_eq!(text.lines().count(), 2, "{text}");
}
