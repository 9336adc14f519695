//! What servers and feeds wish is a floor for the wait, capped, with its name.

use std::time::Duration;

use feedwatch::model::{HostState, Wishes};
use feedwatch::pace::{Overlap, Policy, Seen, first_poll, next_poll};

use super::{DAY, HOUR, MINUTE, feed, good, now, plan, unchanged, waits};

fn check(seen: Seen, wait: Duration, why: &str) {
    let plan = plan(&feed(), HostState::default(), good(seen));
    waits(&plan, wait);
    assert_eq!(plan.polls.wait.to_string(), why);
}

fn document(wishes: Wishes) -> Seen {
    let overlap = Overlap { wishes, items: 10, known: 10, ..Overlap::default() };
    Seen { whole: true, document: Some(overlap), ..Seen::default() }
}

#[test]
fn freshness_ttl_and_update_period_are_floors_with_a_cap_and_a_name() {
    let quiet = HOUR * 5 / 4;
    let fresh = |fresh_for| Seen { fresh_for: Some(fresh_for), ..unchanged() };
    check(unchanged(), quiet, "the feed's rhythm");
    check(fresh(MINUTE), quiet, "the feed's rhythm");
    check(fresh(3 * HOUR), 3 * HOUR, "max-age 3h");
    check(fresh(30 * DAY), DAY, "max-age 1d");
    check(document(Wishes { ttl: Some(90 * MINUTE), ..Wishes::default() }), 90 * MINUTE, "ttl 90 min");
    check(document(Wishes { ttl: Some(60 * MINUTE), ..Wishes::default() }), quiet, "the feed's rhythm");
    check(document(Wishes { ttl: Some(60 * DAY), ..Wishes::default() }), DAY, "ttl 1440 min");
    check(document(Wishes { update_every: Some(12 * HOUR), ..Wishes::default() }), 12 * HOUR, "sy:updatePeriod 12h");
    check(document(Wishes { update_every: Some(HOUR), ..Wishes::default() }), quiet, "the feed's rhythm");
    let both = Wishes { ttl: Some(4 * HOUR), update_every: Some(3 * HOUR), ..Wishes::default() };
    check(Seen { fresh_for: Some(2 * HOUR), ..document(both) }, 4 * HOUR, "ttl 240 min");
    let asked = Seen { retry_after: Some(5 * HOUR), ..unchanged() };
    check(asked, 5 * HOUR, "200, Retry-After until 2026-11-24T17:00:00Z");
}

#[test]
fn a_feeds_wishes_hold_over_answers_without_a_document() {
    let wishes = Wishes { ttl: Some(4 * HOUR), ..Wishes::default() };
    let first = plan(&feed(), HostState::default(), good(document(wishes)));
    let mut feed = feed();
    feed.polls.learned = first.polls.learned;
    let then = plan(&feed, HostState::default(), good(unchanged()));
    waits(&then, 4 * HOUR);
    let without = plan(&feed, HostState::default(), good(document(Wishes::default())));
    assert_eq!(without.polls.learned.wishes, Wishes::default());
}

#[test]
fn a_users_interval_is_kept_whatever_is_wished_except_retry_after() {
    let mut feed = feed();
    feed.source.every = Some(10 * MINUTE);
    let wishes = Wishes { ttl: Some(4 * HOUR), skip_hours: 0xff_f000, ..Wishes::default() };
    let kept = plan(&feed, HostState { feeds: 10_000, ..HostState::default() }, good(document(wishes)));
    waits(&kept, 10 * MINUTE);
    assert_eq!(kept.polls.wait.to_string(), "fixed by `every`");
    waits(&plan(&feed, HostState::default(), good(Seen { retry_after: Some(HOUR), ..unchanged() })), HOUR);
}

#[test]
fn a_due_time_within_quiet_hours_or_days_moves_to_their_end() {
    let due = |wishes| {
        let plan = plan(&feed(), HostState::default(), good(document(wishes)));
        let words = plan.polls.wait.to_string();
        (plan.polls.next_at.strftime("%d %Hh").to_string(), words)
    };
    let skipped = "skipHours or skipDays".to_owned();
    assert_eq!(due(Wishes { skip_hours: 0b111 << 13, ..Wishes::default() }), ("24 16h".to_owned(), skipped.clone()));
    assert_eq!(due(Wishes { skip_days: 0b10, ..Wishes::default() }), ("25 00h".to_owned(), skipped));
    let all = Wishes { skip_hours: u32::MAX, skip_days: u8::MAX, ..Wishes::default() };
    assert_eq!(due(all), ("24 13h".to_owned(), "the feed's rhythm".to_owned()));
}

#[test]
fn many_feeds_at_one_host_and_too_much_work_stretch_the_interval_and_say_so() {
    let crowded = plan(&feed(), HostState { feeds: 10_000, ..HostState::default() }, good(unchanged()));
    waits(&crowded, Duration::from_secs(10_000));
    assert_eq!(crowded.polls.wait.to_string(), "host_gap: 10000 feeds at this host take turns");
    let stretched = next_poll(&Policy::default(), &feed(), &HostState::default(), 2.0, good(unchanged()), now());
    waits(&stretched, HOUR * 5 / 2);
    assert_eq!(stretched.polls.wait.to_string(), "stretched: more polls are due than can be made");
}

#[test]
fn new_feeds_are_spread_over_the_hour_when_they_are_many_and_soon_asked_when_they_are_few() {
    let due = |n: usize, of: usize| {
        let mut source = feed().source;
        source.url.set_path(&n.to_string());
        feedwatch::clock::span(now(), first_poll(&Policy::default(), &source, of, now()).0)
    };
    assert!((0..10).all(|n| due(n, 10) <= Duration::from_secs(1)));
    let mut per_tenth = [0; 10];
    (0..10_000).for_each(|n| per_tenth[due(n, 1_000_000).as_secs() as usize / 360] += 1);
    assert!(per_tenth.iter().all(|count| (850..1150).contains(count)), "{per_tenth:?}");
}
