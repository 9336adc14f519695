//! Feeds that break, end, empty themselves, or were never there.

use std::time::Duration;

use feedwatch::clock::span;
use feedwatch::fetch::FetchError;
use feedwatch::model::Kind;

use super::{HOUR, WATCHES};
use crate::stories::house::{House, answer, feed, item, rss};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test(start_paused = true)]
async fn a_gone_feed_is_confirmed_once_then_left_and_looked_after_monthly() {
    let url = "https://a.example/feed";
    let house = House::for_days(&feed(url, "1h"), WATCHES);
    let start = house.clock.now();
    house.web.serve(
        url,
        Box::new(move |request, at| match at < start + 100 * DAY {
            true => Err(FetchError::Gone),
            false => answer(request, rss(url, &[item("1", "Mediation resumes", at)])),
        }),
    );
    house.run_for(3 * DAY).await;
    assert_eq!(house.feeds()[0].feed.polls.wait.to_string(), "gone (410); polled monthly");
    assert_eq!(house.told(Kind::FeedGone).len(), 1, "it is told once it is sure");
    assert!(house.told(Kind::FeedGone)[0].contains("its server says that it is gone (HTTP 410)"));
    house.once(true).await;
    assert_eq!(house.web.asked_at(url).len(), 2, "not even when everything is asked");
    for _ in 0..4 {
        house.pass(30 * DAY).await;
        house.run_for(3 * HOUR).await;
    }
    assert_eq!(house.logged_titles(), ["Mediation resumes"]);
    let told = [Kind::FeedGone, Kind::FeedBroken, Kind::FeedRecovered].map(|kind| house.told(kind).len());
    assert_eq!(told, [1, 0, 1], "gone, not broken as well, and back");
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_is_suddenly_empty_warns_and_does_not_hide_behind_its_validator() {
    let url = "https://a.example/feed";
    let house = House::for_days(&feed(url, "1h"), WATCHES);
    let start = house.clock.now();
    house.web.serve(
        url,
        Box::new(move |request, at| match at > start + 2 * HOUR && at < start + 9 * HOUR {
            true => answer(request, rss(url, &[])),
            false => answer(request, rss(url, &[item("1", "Calm", start)])),
        }),
    );
    house.run_for(8 * HOUR).await;
    let polls = &house.feeds()[0].feed.polls;
    assert_eq!(polls.error.as_deref(), Some("the feed is empty; it had 1 items"));
    let asked = house.web.asked();
    assert!(asked.len() >= 7, "it is asked as ever: {}", asked.len());
    let etag = asked[1].validators.etag.clone();
    assert!(etag.is_some() && asked[2..].iter().all(|asked| asked.validators.etag == etag));
    house.run_for(3 * HOUR).await;
    assert_eq!((&house.feeds()[0].feed.polls.error, house.articles().len()), (&None, 1));
}

#[tokio::test(start_paused = true)]
async fn gaps_are_counted_and_shown() {
    let url = "https://a.example/feed";
    let house = House::for_days(&feed(url, "1h"), WATCHES);
    let start = house.clock.now();
    house.web.serve(
        url,
        Box::new(move |request, at| {
            // Three new items an hour of which two are shown, from the third hour on.
            let hours = span(start, at).as_secs() / 3600;
            let first = if hours < 3 { 0 } else { hours * 3 };
            let items: Vec<_> = (first..first + 2).map(|n| item(&n.to_string(), &format!("Item {n}"), start)).collect();
            answer(request, rss(url, &items))
        }),
    );
    house.run_for(150 * Duration::from_secs(60)).await;
    assert_eq!(house.feeds()[0].feed.polls.learned.gaps, 0);
    house.run_for(4 * HOUR).await;
    let learned = &house.feeds()[0].feed.polls.learned;
    assert!(learned.gaps >= 3 && learned.gap_at.is_some(), "{learned:?}");
}

#[tokio::test(start_paused = true)]
async fn a_document_that_is_cut_short_gives_no_validators_until_it_is_always_cut_like_that() {
    let url = "https://a.example/feed";
    let house = House::for_days(&feed(url, "1h"), WATCHES);
    let start = house.clock.now();
    house.web.serve(
        url,
        Box::new(move |request, at| {
            let items: Vec<_> = (0..3).map(|n| item(&n.to_string(), &format!("Item {n}"), start)).collect();
            let whole = rss(url, &items);
            // One poll in between is cut, in another place than those from the sixth hour on.
            let cut = match span(start, at).as_secs() / 3600 {
                1 => whole.len() - 105,
                0..6 => whole.len(),
                _ => whole.len() - 95,
            };
            answer(request, whole[..cut].to_owned())
        }),
    );
    house.run_for(9 * HOUR).await;
    let tags: Vec<_> = house.web.asked().into_iter().map(|asked| asked.validators.etag).collect();
    assert!(tags[0].is_none() && tags[1].is_some(), "{tags:?}");
    assert_eq!(tags[2], tags[1], "the cut one left what was known");
    let last = tags.len() - 1;
    let cut_at = tags.iter().rposition(|tag| *tag == tags[1]).unwrap();
    assert!(cut_at < last && tags[cut_at + 1..].iter().all(|tag| *tag == tags[last]), "{tags:?}");
    assert_eq!(house.articles().len(), 3);
}
