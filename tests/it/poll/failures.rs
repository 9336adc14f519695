//! What failures cost: waits that grow, and never for ever.

use std::time::Duration;

use feedwatch::clock::span;
use feedwatch::model::{Feed, HostState};
use feedwatch::pace::{Plan, Result, RetryAfter, Trouble};

use super::{DAY, HOUR, MINUTE, feed, good, now, plan, unchanged, waits};

fn failed(trouble: Trouble, retry_after: impl Into<Option<Duration>>) -> Result {
    let retry_after = retry_after.into().map(|wait| RetryAfter { status: 500, wait });
    Result::Failed { trouble, retry_after, error: "no".to_owned() }
}

const SLOW_DOWN: Trouble = Trouble::Throttled { status: 429, host: true, reset: None };

/// After so many failures that count in whole.
fn after(failures: u32) -> Feed {
    let mut feed = feed();
    feed.polls.failures = failures;
    feed.polls.learned.strain = 4 * failures;
    feed.polls.learned.failing_since = (failures > 0).then(|| now() - HOUR);
    feed
}

fn quiet(feed: &Feed, result: Result) -> Plan {
    plan(feed, HostState::default(), result)
}

#[test]
fn failures_double_the_wait_up_to_the_cap_and_one_good_answer_ends_it() {
    for (failures, wait) in [(0, 2 * HOUR), (1, 4 * HOUR), (2, 8 * HOUR), (4, DAY), (400, DAY)] {
        waits(&quiet(&after(failures), failed(Trouble::Ordinary, None)), wait);
    }
    let mut slow = feed();
    slow.polls.interval = 2 * DAY;
    waits(&quiet(&slow, failed(Trouble::Ordinary, None)), 2 * DAY);
    let well = quiet(&after(9), good(unchanged()));
    waits(&well, HOUR * 5 / 4);
    assert_eq!((well.polls.failures, well.polls.learned.strain, well.polls.learned.failing_since), (0, 0, None));
}

#[test]
fn what_is_not_the_feeds_fault_counts_a_quarter_or_nothing() {
    let passing = quiet(&feed(), failed(Trouble::Passing, None));
    waits(&passing, HOUR.mul_f64(1.189));
    let offline = quiet(&after(3), failed(Trouble::Offline, None));
    waits(&offline, MINUTE);
    assert_eq!((offline.polls.failures, offline.polls.learned.strain), (3, 12));
    assert_eq!(offline.polls.wait.to_string(), "this machine seems to be offline");
}

#[test]
fn what_the_guard_refuses_backs_off_and_waits_for_the_files() {
    let refused = quiet(&after(1), failed(Trouble::Refused, None));
    waits(&refused, 4 * HOUR);
    assert_eq!(refused.polls.wait.to_string(), "tried again at the next reload or start");
}

#[test]
fn after_a_month_a_feed_is_asked_daily_and_after_half_a_year_weekly() {
    for (days, wait) in [(29, 2 * HOUR), (30, DAY), (179, DAY), (180, 7 * DAY), (4000, 7 * DAY)] {
        let mut feed = feed();
        feed.polls.learned.failing_since = Some(now() - days * DAY);
        waits(&quiet(&feed, failed(Trouble::Ordinary, None)), wait);
    }
}

#[test]
fn retry_after_outranks_all_but_a_longer_floor() {
    waits(&quiet(&feed(), failed(Trouble::Ordinary, 5 * HOUR)), 5 * HOUR);
    waits(&quiet(&after(4), failed(Trouble::Ordinary, MINUTE)), DAY);
    waits(&quiet(&feed(), failed(SLOW_DOWN, 3 * HOUR)), 3 * HOUR);
    waits(&quiet(&feed(), failed(SLOW_DOWN, MINUTE)), HOUR);
    waits(&quiet(&feed(), failed(SLOW_DOWN, 400 * DAY)), 7 * DAY);
    let plan = quiet(&feed(), failed(SLOW_DOWN, 3 * HOUR));
    assert_eq!(plan.polls.wait.to_string(), "429, host pauses until 2026-11-24T15:00:00Z");
    let plan = quiet(&feed(), failed(Trouble::Ordinary, 5 * HOUR));
    assert_eq!(plan.polls.wait.to_string(), "500, Retry-After until 2026-11-24T17:00:00Z");
}

#[test]
fn a_retry_after_of_nothing_is_backed_off_from_like_any_failure_and_pauses_no_host() {
    for (failures, wait) in [(0, 2 * HOUR), (2, 8 * HOUR)] {
        let plan = quiet(&after(failures), failed(SLOW_DOWN, Duration::ZERO));
        waits(&plan, wait);
        assert_eq!(plan.pause, None);
    }
}

#[test]
fn a_host_that_names_no_time_is_left_alone_twice_as_long_each_time() {
    let pause = |strikes, paused_until| {
        let host = HostState { strikes, paused_until, feeds: 3, ..HostState::default() };
        let pause = plan(&feed(), host, failed(SLOW_DOWN, None)).pause.unwrap();
        (span(now(), pause.until), pause.strikes)
    };
    assert_eq!(pause(0, None), (HOUR, 1));
    assert_eq!(pause(1, None), (2 * HOUR, 2));
    assert_eq!(pause(4, None), (16 * HOUR, 5));
    assert_eq!(pause(40, None), (DAY, 41));
    assert_eq!(pause(1, Some(now() + MINUTE)), (MINUTE, 1), "an answer that was on its way when the pause began");
    assert_eq!(pause(1, Some(now() - MINUTE)), (2 * HOUR, 2));

    let mut swift = feed();
    swift.polls.interval = Duration::from_secs(1);
    waits(&quiet(&swift, failed(SLOW_DOWN, None)), HOUR);

    let forgiven = plan(&feed(), HostState { strikes: 3, ..HostState::default() }, good(unchanged())).pause;
    assert_eq!(forgiven.unwrap().strikes, 0);
    assert_eq!(quiet(&feed(), good(unchanged())).pause, None);
}

#[test]
fn a_quota_that_is_full_later_makes_a_pause_without_a_time_longer_and_never_shorter() {
    let quota = |reset, retry_after| {
        let trouble = Trouble::Throttled { status: 429, host: true, reset: Some(reset) };
        span(now(), quiet(&feed(), failed(trouble, retry_after)).pause.unwrap().until)
    };
    assert_eq!(quota(3 * HOUR, None), 3 * HOUR);
    assert_eq!(quota(MINUTE, None), HOUR);
    assert_eq!(quota(90 * DAY, None), DAY);
    assert_eq!(quota(3 * HOUR, Some(2 * HOUR)), 2 * HOUR, "a time is a time");
}

#[test]
fn a_503_of_the_owners_own_server_pauses_the_feed_only() {
    let own = quiet(&feed(), failed(Trouble::Throttled { status: 503, host: false, reset: None }, 3 * HOUR));
    waits(&own, 3 * HOUR);
    assert_eq!((own.pause, own.polls.wait.to_string().as_str()), (None, "503, Retry-After until 2026-11-24T15:00:00Z"));
}

#[test]
fn gone_is_asked_once_more_a_day_later_and_then_monthly() {
    let first = quiet(&feed(), failed(Trouble::Gone, None));
    waits(&first, DAY);
    let mut feed = feed();
    feed.polls = first.polls;
    let second = quiet(&feed, failed(Trouble::Gone, None));
    waits(&second, 30 * DAY);
    assert_eq!(second.polls.wait.to_string(), "gone (410); polled monthly");
    feed.polls = second.polls;
    assert_eq!(quiet(&feed, good(unchanged())).polls.learned.gone, 0);
}

#[test]
fn what_needs_the_user_is_asked_daily_and_an_emptied_feed_as_ever() {
    waits(&quiet(&feed(), failed(Trouble::Denied { status: 401 }, None)), DAY);
    waits(&quiet(&after(5), failed(Trouble::Emptied, None)), HOUR);
}

#[test]
fn a_feed_that_fails_for_a_year_is_asked_daily_then_weekly_and_never_given_up() {
    let (mut feed, mut at, mut per_month) = (feed(), now(), vec![0; 12]);
    let policy = feedwatch::pace::Policy { backoff_max: 4 * HOUR, ..Default::default() };
    while span(now(), at) < 360 * DAY {
        per_month[(span(now(), at).as_secs() / (30 * 86_400)) as usize] += 1;
        let failed = failed(Trouble::Ordinary, None);
        feed.polls = feedwatch::pace::next_poll(&policy, &feed, &HostState::default(), 1.0, failed, at).polls;
        at = feed.polls.next_at;
    }
    assert!((165..=185).contains(&per_month[0]), "{per_month:?}");
    assert!(per_month[1..6].iter().all(|polls| (27..=30).contains(polls)), "{per_month:?}");
    assert!(per_month[6..].iter().all(|polls| (3..=5).contains(polls)), "{per_month:?}");
}
