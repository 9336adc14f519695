//! The way home for an address that was adopted and fails.

use feedwatch::pace::{Purpose, question};

use super::{DAY, feed, now};

#[test]
fn the_users_address_is_tried_after_a_week_of_failure_and_then_weekly() {
    let asks = |failing_days: Option<u32>, tried_days: Option<u32>, gone: u32| {
        let mut feed = feed();
        feed.adopted = Some("https://new.example/feed".parse().unwrap());
        let learned = &mut feed.polls.learned;
        learned.failing_since = failing_days.map(|days| now() - days * DAY);
        learned.home_tried_at = tried_days.map(|days| now() - days * DAY);
        learned.gone = gone;
        let question = question(&feed, now());
        let home = question.request.url.host_str() == Some("example.org");
        assert_eq!(home, question.purpose == Purpose::Home);
        assert!(!home || question.request.validators.is_empty());
        home
    };
    assert!(!asks(None, None, 0));
    assert!(!asks(Some(6), None, 0));
    assert!(asks(Some(7), None, 0));
    assert!(!asks(Some(9), Some(2), 0));
    assert!(asks(Some(15), Some(8), 0));
    assert!(asks(Some(0), None, 1), "gone");
}
