//! Judging an answer: everything that one poll changes, as one value. The only author of `Changes`; who calls it stores
//! what it gives and adds nothing. Pure: the past is asked through `Recall`.

use super::Circumstances;
use super::decide::{Answer, Failure, Rules, decide};
use super::facts::{Facts, NoPast, Recall};
use super::hold::{Past, hold};
use super::news::tell_news;
use super::notice::notices;
use super::outcome::{Findings, Moment};
use super::parts::Rest;
use crate::feed::Note;
use crate::model::{Changes, Feed, HostState, Kept, Known};

/// Everything that an answer changes, or the last part of a document that is settled in parts.
pub fn judge<R: Recall>(
    rules: &Rules,
    mut facts: Facts,
    answer: Answer,
    moment: Moment,
    recall: &R,
) -> Result<Changes, R::Error> {
    let feed = facts.feed;
    facts.known.host = host(feed, facts.host, recall)?;
    let incomplete = incomplete(&answer);
    let mut changes = decide(rules, facts, answer, moment);
    tell_news(feed, &mut changes, |story, watch| recall.told_of(story, watch))?;
    hold_back(rules, &mut changes, moment, recall)?;
    changes.notices = notices(feed, &changes, incomplete, moment.now, &rules.run);
    Ok(changes)
}

/// What a part of a document changes that is not the last one: its articles, and that the document was begun. `rest` is
/// what is left of the document, and learns what the part has told.
pub fn judge_part<R: Recall>(
    rules: &Rules,
    mut facts: Facts,
    rest: &mut Rest,
    answer: Answer,
    moment: Moment,
    recall: &R,
) -> Result<Changes, R::Error> {
    let feed = facts.feed;
    facts.known.host = host(feed, facts.host, recall)?;
    let changes = decide(rules, facts, answer, moment);
    let mut changes = rest.only_articles(feed, changes, moment);
    tell_news(feed, &mut changes, |story, watch| recall.told_of(story, watch))?;
    hold_back(rules, &mut changes, moment, recall)?;
    Ok(changes)
}

/// What it changes that a poll failed here and not at the feed's server. Nothing is asked of the past: reading it may
/// be what failed.
pub fn judge_own_failure(
    rules: &Rules,
    feed: &Feed,
    host: &str,
    around: Circumstances,
    failure: Failure,
    moment: Moment,
) -> Changes {
    let facts =
        Facts { feed, host, around, known: Known::default(), findings: Findings::default(), kept: Kept::AsItWas };
    let Ok(changes) = judge(rules, facts, Answer::Failed(failure), moment, &NoPast);
    changes
}

/// What is known of the host that answered. The feed's own host counts its feeds, wherever they are led.
fn host<R: Recall>(feed: &Feed, answered: &str, recall: &R) -> Result<HostState, R::Error> {
    let mut host = recall.host(answered)?;
    let own = feed.host();
    if own != answered {
        host.feeds = host.feeds.max(recall.host(&own)?.feeds);
    }
    Ok(host)
}

/// Holds back what silences, quiet hours and `at_most` stand against.
fn hold_back<R: Recall>(rules: &Rules, changes: &mut Changes, moment: Moment, recall: &R) -> Result<(), R::Error> {
    let alerts = || changes.articles.iter().flat_map(|change| &change.alerts);
    if alerts().next().is_none() {
        return Ok(());
    }
    let watches = alerts().map(|decided| decided.alert.watch.name.as_str());
    let past = Past::of(&rules.holding, watches, moment.now, recall)?;
    hold(&rules.holding, past, changes, moment.now);
    Ok(())
}

/// How a document could not be read whole, if so.
fn incomplete(answer: &Answer) -> Option<String> {
    let Answer::Read(read) = answer else { return None };
    read.parsed.notes.iter().find(|note| matches!(note, Note::Incomplete { .. })).map(ToString::to_string)
}
