//! How an alert looks: folded to the terminal, marks as colour, nothing that steers.

use feedwatch::alert::{Look, When, full};
use feedwatch::model::Level;
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
                  The Wire — Emirate to [[close]] the [[office]] of the movement\n";
    assert_eq!(full(&alert(), &PLAIN), wanted);
}

#[test]
fn a_terminal_gets_colour_instead_of_marks() {
    let shown = full(&alert(), &on_terminal(100));
    assert!(shown.contains("to \u{1b}[1m\u{1b}[33mclose\u{1b}[0m the "), "{shown:?}");
    assert!(!shown.contains("[["), "{shown:?}");
    assert_eq!(bare(&shown), full(&alert(), &PLAIN).replace("[[", "").replace("]]", ""));
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
    let seen = |now: &str| Look { when: When::Ago(now.parse().unwrap()), ..PLAIN };
    for (now, wanted) in [
        ("2024-11-09T14:05:06Z", "just now"),
        ("2024-11-09T14:06:05Z", "just now"),
        ("2024-11-09T14:08:07Z", "3 min ago"),
        ("2024-11-09T16:08:07Z", "2 h ago"),
        ("2024-11-10T16:08:07Z", "1 day ago"),
        ("2024-11-14T16:08:07Z", "5 days ago"),
    ] {
        assert!(full(&alert(), &seen(now)).starts_with(&format!("{wanted}  office")), "{now}");
    }
    let there = Look { when: When::In(TimeZone::fixed(jiff::tz::offset(3))), ..PLAIN };
    assert!(full(&alert(), &there).starts_with("2024-11-09 17:05  office"));
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
            alert.article.title = text.replace("[[", "").replace("]]", "");
            alert.feed.title = alert.article.title.clone();
            let shown = bare(&full(&alert, &Look { colour, width: Some(width), ..PLAIN }));
            for (n, line) in shown.lines().enumerate() {
                assert!(line.width() <= width.max(40), "{width}: {line}");
                assert_eq!(line.starts_with("    "), n > 0, "{line}");
            }
            let snippet = if colour { &alert.article.title } else { &alert.snippet };
            let all = format!("2024-11-0914:05Zofficeclosure{0}{0}—{snippet}", alert.article.title);
            assert_eq!(shown.replace([' ', '\n'], ""), all.replace(' ', ""), "nothing is lost");
        }
    }
}

#[test]
fn a_mark_over_the_edge_of_a_line_is_coloured_on_both() {
    let mut alert = alert();
    alert.snippet = "word word word [[close the office]] end".into();
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
