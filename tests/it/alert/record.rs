//! A record is one line that fits, that nothing in it can break, and that gives the alert back.

use feedwatch::alert::{LINE_MAX_BYTES, escape, escape_json, escape_lines, id, line, mask};
use feedwatch::model::{Alert, Kind, RelatedTo};

use super::alert;

#[test]
fn a_record_reads_as_promised_and_gives_the_alert_back() {
    let text = line(&alert());
    let wanted = r#"{"v":1,"id":"0123456789abcdef0123456789abcdef","time":"2024-11-09T14:05:06.789012Z","kind":"alert","level":"notice","level_number":10,"message":"office closure: Emirate to close the office of the movement (example.org)","watch":{"name":"office closure","revision":"9f8e7d6c"},"why":[{"field":"title","start":11,"end":27,"text":"close the office","term":"office closure","clause":"office NEAR closure","points":null}],"snippet":"Emirate to [[close]] the [[office]] of the movement","score":null,"article":{"id":7,"key":"urn:x:7","title":"Emirate to close the office of the movement","url":"https://example.org/7","published":"2024-11-09T14:00:00Z","first_seen":"2024-11-09T14:05:05Z","lang":"en"},"feed":{"url":"https://example.org/rss","title":"The Wire","tags":["wire"]},"story":{"id":"ab","feeds":1,"articles":1,"publishers":1,"origins":1,"publisher_names":["example.org"],"wires":[]},"latency_ms":{"published":306789,"seen":1789},"run":"r1"}"#;
    assert_eq!(text, wanted);
    assert_eq!(serde_json::from_str::<Alert>(&text).unwrap(), alert());
}

#[test]
fn a_record_that_would_be_too_long_is_shortened_and_says_so() {
    /// Makes every text of an alert `text`, so many reasons and tags.
    fn swollen(text: &str, count: usize) -> Alert {
        let mut alert = alert();
        let mut reason = alert.why[0].clone();
        (reason.text, reason.term, reason.clause) = (text.into(), text.into(), text.into());
        alert.why = vec![reason; count];
        alert.feed.tags = vec![text.into(); count];
        alert.story.publisher_names = vec![text.into(); count];
        alert.related_to = Some(RelatedTo { id: "cd".to_owned(), title: text.into() });
        let Alert { message, watch, snippet, article, feed, .. } = &mut alert;
        for part in [message, &mut watch.name, snippet, &mut article.title, &mut article.key, &mut feed.url] {
            *part = text.into();
        }
        (alert.change, alert.article.url, alert.article.lang) =
            (Some(text.into()), Some(text.into()), Some(text.into()));
        alert.feed.title = text.into();
        alert
    }
    let most: String = "\u{10ffff}".repeat(2_000);
    let controls = "\u{1b}\0\u{202e}\\\"".repeat(500);
    for (text, count, shortened) in [
        ("a few words", 1, false),
        ("a few words", 50, false),
        ("a few words", 500, true),
        ("two hundred characters of text, or so, ", 20, false),
        (most.as_str(), 1, true),
        (most.as_str(), 70, true),
        (controls.as_str(), 9, true),
    ] {
        let text = line(&swollen(text, count));
        assert!(text.len() < LINE_MAX_BYTES, "{} bytes", text.len());
        assert_eq!(text.ends_with(r#""shortened":true}"#), shortened, "{} bytes, {count} reasons", text.len());
        let back: Alert = serde_json::from_str(&text).unwrap();
        assert!(!back.why.is_empty());
        for title in [back.article.title, back.related_to.unwrap().title] {
            assert_eq!(title.ends_with('…'), shortened && count != 500);
        }
    }
}

#[test]
fn a_record_is_one_line_and_steers_no_terminal_even_when_its_json_is_read() {
    let mut hostile = alert();
    hostile.article.title = "Peace\u{1b}[2J\u{7}\r\nat\u{202e}tsal \u{2028}".into();
    let text = line(&hostile);
    assert!(!text.contains(['\n', '\r', '\u{1b}', '\u{202e}', '\u{2028}']));
    let back: Alert = serde_json::from_str(&text).unwrap();
    assert_eq!(back.article.title, r"Peace\u{1b}[2J\u{7}  at\u{202e}tsal  ");
}

#[test]
fn what_steers_is_escaped_and_what_people_write_stays() {
    for (text, shown) in [
        ("plain — “quoted” – fine", "plain — “quoted” – fine"),
        ("\u{9b}31m", r"\u{9b}31m"),
        ("\u{7f}", r"\u{7f}"),
        ("a\u{2067}b\u{2069}", r"a\u{2067}b\u{2069}"),
        ("one\ttwo\nthree\u{2029}four", "one two three four"),
        ("مكتب\u{200f} الحركة", "مكتب\u{200f} الحركة"),
        ("שלום\u{200e}", "שלום\u{200e}"),
        (r"\u{1b}", r"\u{1b}"),
        // Tags: nobody sees them. In a flag they are seen.
        ("a\u{e0041}\u{e007f}b", r"a\u{e0041}\u{e007f}b"),
        ("\u{e0001}", r"\u{e0001}"),
        (
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} won",
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} won",
        ),
        ("\u{1f3f4}\u{e0067}\u{e0062}", "\u{1f3f4}\\u{e0067}\\u{e0062}"),
        (
            "\u{1f3f4}\u{e0068}\u{e0069}\u{e0068}\u{e0069}\u{e0068}\u{e0069}\u{e0068}\u{e007f}",
            "\u{1f3f4}\\u{e0068}\\u{e0069}\\u{e0068}\\u{e0069}\\u{e0068}\\u{e0069}\\u{e0068}\\u{e007f}",
        ),
    ] {
        assert_eq!(escape(text), shown);
        assert_eq!(escape(&escape(text)), shown, "a second time changes nothing");
    }
}

#[test]
fn what_machines_read_is_safe_as_well_and_keeps_its_lines() {
    let strange = "one\u{202e}\ntwo\t\u{1b}[2J\u{e0041}\u{85}";
    let safe = "one\\u{202e}\ntwo\t\\u{1b}[2J\\u{e0041}\\u{85}";
    assert_eq!(escape_lines(strange), safe);
    let mut value = serde_json::json!({ "a": strange, "b": [strange, { "c": strange }], "n": 1, "none": null });
    escape_json(&mut value);
    assert_eq!(value, serde_json::json!({ "a": safe, "b": [safe, { "c": safe }], "n": 1, "none": null }));
}

#[test]
fn an_id_stays_the_same_for_ever_and_depends_on_every_part() {
    let of = |feed, key, watch| id(feed, key, watch, Kind::Alert);
    let this = of("https://example.org/rss", "urn:x:7", "office closure");
    assert_eq!(this, "adc78294ca3c8088f18899b0526f8f80");
    for other in [
        of("https://example.org/rss2", "urn:x:7", "office closure"),
        of("https://example.org/rss", "urn:x:8", "office closure"),
        of("https://example.org/rss", "urn:x:7", "mediation"),
        of("https://example.org/rssurn:x:7", "", "office closure"),
    ] {
        assert_ne!(other, this);
    }
}

#[test]
fn an_address_is_shown_without_its_secrets() {
    for (address, shown) in [
        ("https://example.org/rss?page=2", "https://example.org/rss?page=2"),
        ("https://ann:pa%20ss@example.org/rss", "https://ann:***@example.org/rss"),
        ("https://tok3n@example.org/rss", "https://***@example.org/rss"),
        ("https://example.org/rss?a=b+c&token=s3cret&API_KEY=x", "https://example.org/rss?a=b+c&token=***&API_KEY=***"),
        ("file:///srv/feeds/wire.xml", "file:///srv/feeds/wire.xml"),
    ] {
        assert_eq!(mask(&address.parse().unwrap()), shown);
    }
}
