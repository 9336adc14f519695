//! The interval follows what the feed does: overlap tells of loss, its own rhythm of delay.

use std::time::Duration;

use feedwatch::clock::span;
use feedwatch::model::{Feed, HostState, Learned};
use feedwatch::pace::{Overlap, Policy, Purpose, Seen, next_poll, question};

use super::{DAY, HOUR, MINUTE, feed, good, now, plan, unchanged, waits};

fn document(items: u32, known: u32) -> Seen {
    Seen { whole: true, document: Some(Overlap { items, known, ..Overlap::default() }), ..Seen::default() }
}

fn with_gap(news_gap: Duration, quiet: Duration) -> Feed {
    let mut feed = feed();
    *feed.polls.learned =
        Learned { news_gap: Some(news_gap), news_at: Some(now() - quiet), items: 10, ..Learned::default() };
    feed
}

#[track_caller]
fn adapts(feed: &Feed, seen: Seen, interval: Duration) {
    let plan = plan(feed, HostState::default(), good(seen));
    let got = plan.polls.interval;
    assert!(got.abs_diff(interval) < Duration::from_secs(2), "{got:?}, wanted {interval:?}");
}

#[test]
fn little_overlap_shortens_and_silence_lengthens_within_bounds() {
    adapts(&feed(), unchanged(), HOUR * 5 / 4);
    adapts(&feed(), document(10, 10), HOUR * 5 / 4);
    adapts(&feed(), document(10, 8), HOUR);
    adapts(&feed(), document(10, 3), 42 * MINUTE);
    adapts(&feed(), document(10, 0), HOUR / 2);
    let mut often = feed();
    often.polls.interval = 20 * MINUTE;
    adapts(&often, document(10, 0), 15 * MINUTE);
    let mut seldom = feed();
    seldom.polls.interval = 6 * HOUR;
    adapts(&seldom, unchanged(), 6 * HOUR);
}

#[test]
fn the_interval_moves_towards_half_the_time_between_news_by_limited_steps() {
    adapts(&with_gap(2 * HOUR, Duration::ZERO), unchanged(), HOUR);
    adapts(&with_gap(20 * MINUTE, Duration::ZERO), unchanged(), HOUR / 2);
    adapts(&with_gap(10 * HOUR, Duration::ZERO), unchanged(), HOUR * 3 / 2);
    // A week of silence halves the expectation.
    adapts(&with_gap(90 * MINUTE, 7 * DAY), unchanged(), HOUR * 3 / 2);
    adapts(&with_gap(HOUR, 7 * DAY), unchanged(), HOUR);
}

#[test]
fn first_late_partial_and_formerly_failed_polls_teach_nothing() {
    let mut first = feed();
    first.polls.succeeded_at = None;
    adapts(&first, document(10, 0), HOUR);
    let mut late = feed();
    (late.polls.last_at, late.polls.next_at) = (Some(now() - 3 * HOUR), now() - 2 * HOUR);
    adapts(&late, document(10, 0), HOUR);
    let mut failed = feed();
    failed.polls.error = Some("connection refused".to_owned());
    adapts(&failed, document(10, 0), HOUR);
    let mut partial = document(10, 0);
    partial.document.as_mut().unwrap().partial = true;
    adapts(&feed(), partial, HOUR);
    let mut fixed = feed();
    fixed.source.every = Some(10 * MINUTE);
    adapts(&fixed, document(10, 0), 10 * MINUTE);
}

#[test]
fn a_document_without_a_known_item_is_a_gap() {
    let gaps = |feed: &Feed, seen| plan(feed, HostState::default(), good(seen)).polls.learned.gaps;
    assert_eq!(gaps(&feed(), document(10, 0)), 1);
    assert_eq!(gaps(&feed(), document(10, 1)), 0);
    assert_eq!(gaps(&feed(), document(0, 0)), 0);
    let mut new = feed();
    new.polls.succeeded_at = None;
    assert_eq!(gaps(&new, document(10, 0)), 0);
}

#[test]
fn the_time_between_news_is_a_mean_and_a_batch_is_one_moment() {
    let after = |moments| {
        let mut seen = document(10, 5);
        seen.document.as_mut().unwrap().moments = moments;
        plan(&with_gap(2 * HOUR, 4 * HOUR), HostState::default(), good(seen)).polls.learned.news_gap.unwrap()
    };
    // Four hours since the last news: a mean of two hours moves by three tenths towards what was seen.
    assert_eq!(after(0), (2 * HOUR).mul_f64(0.7) + (4 * HOUR).mul_f64(0.3));
    assert_eq!(after(1), after(0));
    assert_eq!(after(4), (2 * HOUR).mul_f64(0.7) + HOUR.mul_f64(0.3));
}

#[test]
fn a_server_without_validators_is_asked_ever_less_while_nothing_changes() {
    let same = Seen { whole: true, is_unvalidated: true, ..Seen::default() };
    let mut feed = feed();
    for wanted in [2, 4, 6, 6, 6].map(|hours| hours * HOUR) {
        let plan = plan(&feed, HostState::default(), good(same.clone()));
        let wait = span(now(), plan.polls.next_at);
        // The one before was a tenth longer at most.
        assert!(wait >= wanted && wait <= wanted.mul_f64(1.21), "{wait:?}, wanted {wanted:?}");
        (feed.polls.last_at, feed.polls.next_at) = (Some(now() - wait), now());
    }
    let news = Seen { is_unvalidated: true, ..document(10, 9) };
    super::waits(&plan(&feed, HostState::default(), good(news)), HOUR);
    feed.source.every = Some(HOUR);
    super::waits(&plan(&feed, HostState::default(), good(same)), HOUR);
}

#[test]
fn the_owners_bounds_hold_whatever_the_server_lacks() {
    let same = Seen { whole: true, is_unvalidated: true, ..Seen::default() };
    let bounds = |adaptive, minutes: u32| Policy {
        adaptive,
        every: MINUTE,
        no_faster: MINUTE,
        no_slower: minutes * MINUTE,
        host_gap: Duration::ZERO,
        ..Policy::default()
    };
    for (what, policy, lies, wanted) in [
        ("no validators, up to no_slower", bounds(true, 20), false, 20 * MINUTE),
        ("lying validators, up to no_slower", bounds(true, 20), true, 20 * MINUTE),
        ("lying validators, an hour", bounds(true, 600), true, HOUR),
        ("no validators, not adaptive", bounds(false, 600), false, MINUTE),
        ("lying validators, not adaptive", bounds(false, 600), true, MINUTE),
    ] {
        let mut feed = feed();
        (feed.polls.interval, feed.polls.learned.validators_lie) = (MINUTE, lies);
        let seen = Seen { is_unvalidated: !lies, ..same.clone() };
        let wait = span(now(), next_poll(&policy, &feed, &HostState::default(), 1.0, good(seen), now()).polls.next_at);
        assert!(wait >= wanted && wait <= wanted.mul_f64(1.1), "{what}: {wait:?}, wanted {wanted:?}");
    }
}

#[test]
fn not_modified_for_a_fortnight_from_a_lively_feed_is_looked_into_and_found_out() {
    let asks = |read_days: u32, news_gap| {
        let mut feed = with_gap(news_gap, 20 * DAY);
        feed.polls.learned.read_at = Some(now() - read_days * DAY);
        let question = question(&feed, now());
        (question.purpose, question.request.validators.is_empty())
    };
    assert_eq!(asks(13, DAY), (Purpose::Ordinary, false));
    assert_eq!(asks(14, DAY), (Purpose::Check, true));
    assert_eq!(asks(14, 8 * DAY), (Purpose::Ordinary, false));

    let check = |known| {
        let seen = Seen { was_check: true, ..document(10, known) };
        plan(&with_gap(DAY, 20 * DAY), HostState::default(), good(seen)).polls
    };
    assert!(!check(10).learned.validators_lie);
    assert_eq!(check(10).learned.read_at, Some(now()), "and that is all for another fortnight");
    let found_out = check(9);
    assert!(found_out.learned.validators_lie);
    let mut feed = feed();
    (feed.polls.interval, feed.polls.learned) = (15 * MINUTE, found_out.learned);
    assert!(question(&feed, now()).request.validators.is_empty());
    let next = plan(&feed, HostState::default(), good(document(10, 9)));
    waits(&next, HOUR);
}
