//! What feeds do, as lists of documents that are read an hour apart, each by a process of its own, with what must be new, edited
//! and told.
//!
//! An item is a line `guid | link | title | text | date`; `-` is a field that it has not. A date is hours and days from the
//! beginning (`-3h`, `-2d`; at an odd second), a mere day (`day-2`), the moment of asking (`now`), or the text of
//! a date as it is written (`=30/11/2026`).

use std::time::Duration;

use feedwatch::clock::{Timestamp, earlier, later};

use super::house::{House, answer, feed};

const HOUR: Duration = Duration::from_secs(3600);
const URL: &str = "https://a.example/feed";
const WATCHES: &str = "[[watch]]\nname = \"ferry\"\nfind = \"ferry\"\n";

/// A document and how many articles are new, edited and told by it.
pub(crate) type Step = (&'static str, [u64; 3]);

/// What a feed does.
pub(crate) struct Behaviour {
    pub(crate) what: &'static str,
    pub(crate) steps: &'static [Step],
}

fn date(text: &str, start: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let odd = Duration::from_secs(97);
    let number = |text: &str| text.parse::<u32>().unwrap();
    if text == "-" || text == "now" {
        return Some(now).filter(|_| text == "now");
    }
    if let Some(days) = text.strip_prefix("day-") {
        return Some(earlier("2026-11-24T00:00:00Z".parse().unwrap(), 24 * HOUR * number(days)));
    }
    let (amount, unit) = text.trim_start_matches('-').split_at(text.len() - 2);
    match unit {
        "h" => Some(earlier(later(start, odd), HOUR * number(amount))),
        "d" => Some(earlier(later(start, odd), 24 * HOUR * number(amount))),
        _ => Some(text.parse().unwrap()),
    }
}

fn document(items: &str, start: Timestamp, now: Timestamp) -> String {
    let item = |line: &str| {
        let [guid, link, title, text, at] = line.split('|').map(str::trim).collect::<Vec<_>>().try_into().unwrap();
        let element = |name: &str, value: &str| match value {
            "-" => String::new(),
            value => format!("<{name}>{}</{}>", value.replace('&', "&amp;"), name.split(' ').next().unwrap()),
        };
        let at = match at.strip_prefix('=') {
            Some(written) => written.to_owned(),
            None => date(at, start, now).map_or("-".to_owned(), |at| at.to_string()),
        };
        [
            "<item>".to_owned(),
            element("guid isPermaLink=\"false\"", guid),
            element("link", link),
            element("title", title),
            element("description", text),
            element("pubDate", &at),
            "</item>".to_owned(),
        ]
        .concat()
    };
    let items: String = items.lines().map(str::trim).filter(|line| !line.is_empty()).map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>A</title>{items}</channel></rss>")
}

/// Lets feeds behave so, each by itself. What is told never depends on stories.
pub(crate) async fn check(alerts: &str, behaviours: &[Behaviour]) {
    check_with_stories(&format!("story_window = \"off\"\n{alerts}"), behaviours).await;
}

/// The same, where stories count.
pub(crate) async fn check_with_stories(alerts: &str, behaviours: &[Behaviour]) {
    let mut wrong = Vec::new();
    for Behaviour { what, steps } in behaviours {
        let house = House::for_days(&format!("[alerts]\n{alerts}\n{}", feed(URL, "10m")), WATCHES);
        let start = house.clock.now();
        for (number, (items, expected)) in steps.iter().enumerate() {
            house.web.serve(URL, Box::new(move |request, at| answer(request, document(items, start, at))));
            let tally = house.once(true).await.status.tally;
            let got = [tally.articles, tally.edited, tally.raised];
            if got != *expected {
                wrong.push(format!("{what}, document {}: {got:?} instead of {expected:?}", number + 1));
            }
            house.pass(HOUR).await;
        }
    }
    assert!(wrong.is_empty(), "[new, edited, told]\n{}", wrong.join("\n"));
}
