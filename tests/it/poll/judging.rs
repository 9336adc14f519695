//! What an answer changes, judged as a whole: nothing is left for others to fill in.

use std::convert::Infallible;

use feedwatch::clock::Timestamp;
use feedwatch::feed::Parsed;
use feedwatch::fetch::{FetchError, Hints};
use feedwatch::model::{Article, Changes, FeedId, HostState, Kept, Kind, Known, Outcome, Scope, Silence, StoryArticle};
use feedwatch::model::{Validators, Wait};
use feedwatch::pace::Purpose;
use feedwatch::poll::{
    Answer, Circumstances, Facts, Failure, Findings, Given, Moment, Read, Recall, Rules, find, judge, judge_own_failure,
};
use feedwatch::watch::{Lists, Scratch, WatchSet, WatchSource};

use super::{DAY, HOUR, feed, now};

const AROUND: Circumstances = Circumstances { purpose: Purpose::Ordinary, is_offline: false, stretch: 1.0 };

fn moment() -> Moment {
    Moment { answered_at: now(), now: now() }
}

/// A past with these silences, and so many feeds at each host.
#[derive(Default)]
struct Before {
    silences: Vec<Silence>,
    feeds: Vec<(&'static str, u32)>,
}

impl Recall for Before {
    type Error = Infallible;

    fn host(&self, name: &str) -> Result<HostState, Infallible> {
        let feeds = self.feeds.iter().find(|(host, _)| *host == name).map_or(0, |(_, feeds)| *feeds);
        Ok(HostState { name: name.to_owned(), feeds, has_feeds: feeds > 0, ..HostState::default() })
    }

    fn silences(&self, _now: Timestamp) -> Result<Vec<Silence>, Infallible> {
        Ok(self.silences.clone())
    }

    fn raised_of(&self, _watch: &str, _most: usize) -> Result<Vec<(Timestamp, FeedId)>, Infallible> {
        Ok(Vec::new())
    }

    fn told_of(&self, _story: &str, _watch: &str) -> Result<Vec<StoryArticle>, Infallible> {
        Ok(Vec::new())
    }
}

/// What a document with one article changes, whose body is to be kept.
fn read(title: &str, before: &Before) -> Changes {
    let watch = WatchSource { name: "talks".to_owned(), find: "mediation".to_owned(), ..Default::default() };
    let (watches, _) = WatchSet::compile(&Lists::new(), &[watch]).unwrap();
    let rules = Rules { watches, ..Rules::default() };
    let (feed, mut known) = (feed(), Known::default());
    let mut parsed = Parsed { articles: vec![Article::of_text(title)], ..Parsed::default() };
    let findings = find(&rules, &mut Scratch::default(), &feed, &mut known, &mut parsed, now());
    let (validators, hints) = (Validators::default(), Hints::default());
    let given = Given { validators, hints, redirects: Vec::new(), suggestion: None };
    let answer = Answer::Read(Box::new(Read { given, body_hash: 7, parsed }));
    let kept = Kept::Body { why: vec!["it breaks off".to_owned()], body: vec![1] };
    let facts = Facts { feed: &feed, host: "example.org", around: AROUND, known, findings, kept };
    let Ok(changes) = judge(&rules, facts, answer, moment(), before);
    changes
}

#[test]
fn hits_are_held_by_what_the_past_says_and_the_body_is_kept() {
    let silence = |target: &str| Silence {
        id: 3,
        scope: Scope::Watch,
        target: target.to_owned(),
        why: "enough".to_owned(),
        since: now() - HOUR,
        until: now() + HOUR,
        held: 0,
    };
    for (title, silences, outcomes) in [
        ("Mediation in Doha", vec![], vec![Outcome::Raised]),
        ("Mediation in Doha", vec![silence("sport")], vec![Outcome::Raised]),
        ("Mediation in Doha", vec![silence("talks")], vec![Outcome::HeldSilenced]),
        ("Football in Doha", vec![silence("talks")], vec![]),
    ] {
        let changes = read(title, &Before { silences, ..Before::default() });
        let alerts = changes.articles.iter().flat_map(|change| &change.alerts);
        assert_eq!(alerts.map(|decided| decided.outcome).collect::<Vec<_>>(), outcomes, "{title}");
        assert!(matches!(changes.kept, Kept::Body { .. }));
    }
}

#[test]
fn the_feeds_own_host_counts_its_feeds_wherever_they_are_led() {
    // "Forbidden" from a host with many feeds of ours wants less of us.
    for (feeds, slows_down) in [(vec![], false), (vec![("example.org", 9)], true), (vec![("example.org", 1)], false)] {
        let error = FetchError::Status { status: 403, retry_after: None };
        let (feed, known, findings) = (feed(), Known::default(), Findings::default());
        let facts =
            Facts { feed: &feed, host: "elsewhere.example", around: AROUND, known, findings, kept: Kept::AsItWas };
        let answer = Answer::Failed(Failure::Fetch(error));
        let before = Before { feeds, ..Before::default() };
        let Ok(changes) = judge(&Rules::default(), facts, answer, moment(), &before);
        let is_throttled = matches!(changes.polls.wait, Wait::Throttled { .. });
        assert_eq!(is_throttled, slows_down, "{:?}: {}", before.feeds, changes.polls.wait);
    }
}

#[test]
fn a_feed_over_which_we_fail_for_a_day_is_told_as_broken() {
    for (well_ago, told) in [(HOUR, vec![]), (2 * DAY, vec![Kind::FeedBroken])] {
        let mut feed = feed();
        feed.polls.succeeded_at = Some(now() - well_ago);
        let failure = Failure::Fault("a fault".to_owned());
        let changes = judge_own_failure(&Rules::default(), &feed, "example.org", AROUND, failure, moment());
        let kinds: Vec<Kind> = changes.notices.iter().map(|notice| notice.kind).collect();
        assert_eq!(kinds, told, "well {well_ago:?} ago");
    }
}
