//! What feeds say of their own rhythm, and of their language and authors.

use std::time::Duration;

use super::parse;
use feedwatch::feed::Hints;

fn hints(head: &str) -> Hints {
    let feed = format!(
        "<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel>{head}<item><title>A</title></item></channel></rss>"
    );
    parse(feed.as_bytes(), None).unwrap().hints
}

#[test]
fn reads_ttl_and_skips() {
    let minutes = |n: u64| Some(Duration::from_secs(n * 60));
    let none = Hints::default();
    let cases = [
        ("<ttl>90</ttl>", Hints { ttl: minutes(90), ..none.clone() }),
        ("<ttl>0</ttl>", none.clone()),
        ("<ttl>soon</ttl>", none.clone()),
        (
            "<skipHours><hour>0</hour><hour>3</hour><hour>24</hour><hour>99</hour></skipHours>",
            Hints { skip_hours: 0b1001, ..none.clone() },
        ),
        (
            "<skipDays><day>Monday</day><day>sunday</day><day>x</day></skipDays>",
            Hints { skip_days: 0b100_0001, ..none.clone() },
        ),
    ];
    for (head, expected) in cases {
        assert_eq!(hints(head), expected, "{head}");
    }
}

#[test]
fn divides_the_update_period_by_its_frequency() {
    let hours = |n: u64| Some(Duration::from_secs(n * 3600));
    for (head, expected) in [
        ("<sy:updatePeriod> Daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", hours(6)),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", hours(1)),
        ("<sy:updatePeriod>weekly</sy:updatePeriod><sy:updateFrequency>0.1</sy:updateFrequency>", hours(7 * 24)),
        ("<sy:updatePeriod>always</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>", None),
        ("<sy:updateFrequency>2</sy:updateFrequency>", None),
    ] {
        assert_eq!(hints(head).update_every(), expected, "{head}");
    }
}
