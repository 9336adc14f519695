//! Settling one poll, or a part of it, within a transaction: what is known is asked for, what comes of the answer is decided and
//! stored. What fails here fails that poll.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;

use super::caught::caught;
use super::fault;
use super::writer::Answered;
use crate::alert::{escape, mask};
use crate::clock::{Timestamp, later};
use crate::feed::Note;
use crate::fetch::Held;
use crate::model::{Changes, Feed, HostState, Kept, Known, Routes};
use crate::poll::{
    Answer, Budget, Circumstances, Failure, Findings, Holding, Moment, Past, Read, Rest, Rules, decide, find, hold,
    look_up, notices, recent, tell_news,
};
use crate::store::{Ledger, StoreError};
use crate::watch::Scratch;

/// Where not even the failure of a poll can be stored, its feed is asked again after this.
const AGAIN_AFTER_A_FAULT: Duration = Duration::from_secs(3600);

/// What a transaction works with.
pub(super) struct Desk<'a> {
    pub(super) ledger: &'a Ledger<'a>,
    pub(super) routes: &'a Routes,
    pub(super) scratch: &'a mut Scratch,
    pub(super) now: Timestamp,
    /// What is left of the work that it should hold.
    pub(super) budget: Budget,
}

/// A feed's answer.
pub(super) struct Poll {
    pub(super) about: About,
    pub(super) stage: Stage,
}

/// What stays the same while it is settled.
pub(super) struct About {
    pub(super) feed: Arc<Feed>,
    host: String,
    answered_at: Timestamp,
    pub(super) around: Circumstances,
    rules: Arc<Rules>,
    _held: Held,
    _waiting: Option<OwnedSemaphorePermit>,
}

/// How far it is.
#[expect(clippy::large_enum_variant, reason = "nearly all are answered, and are settled where they lie")]
pub(super) enum Stage {
    Answered { answer: Answer, kept: Kept },
    Begun { read: Box<Read>, kept: Kept, rest: Box<Rest> },
}

impl Poll {
    pub(super) fn of(answered: Answered) -> Poll {
        let Answered { feed, host, answer, answered_at, kept, around, rules, turn: _, held, waiting } = answered;
        Poll {
            about: About { feed, host, answered_at, around, rules, _held: held, _waiting: waiting },
            stage: Stage::Answered { answer, kept },
        }
    }
}

impl About {
    /// Settles a poll, or a part of it: what that changed, and what is left.
    pub(super) fn advance(
        &self,
        desk: &mut Desk,
        stage: Stage,
        is_small: bool,
    ) -> Result<(Changes, Option<Stage>), StoreError> {
        let moment = self.moment(desk.now);
        let (mut read, kept, mut rest) = match stage {
            Stage::Begun { read, kept, rest } => (read, kept, rest),
            Stage::Answered { mut answer, kept } => {
                let Some((mut known, findings)) = self.find(desk, &mut answer)? else {
                    return Ok((self.decide(desk, Known::default(), Findings::default(), answer, kept, moment)?, None));
                };
                match answer {
                    Answer::Read(mut read) if !is_small && !Rest::fits(&read.parsed, &findings, &desk.budget) => {
                        let rest = Box::new(Rest::of(&mut read.parsed, known, findings));
                        (read, kept, rest)
                    }
                    answer => {
                        self.recall(desk.ledger, &answer, &findings, &mut known, desk.now)?;
                        let hits = findings.articles.len();
                        let changes = self.decide(desk, known, findings, answer, kept, moment)?;
                        desk.budget.hits = desk.budget.hits.saturating_sub(hits);
                        desk.budget.articles = desk.budget.articles.saturating_sub(changes.articles.len());
                        return Ok((changes, None));
                    }
                }
            }
        };
        let (articles, mut known, findings) = rest.take(&mut desk.budget);
        if rest.is_empty() {
            read.parsed.articles = articles;
            let answer = Answer::Read(read);
            self.recall(desk.ledger, &answer, &findings, &mut known, desk.now)?;
            return Ok((self.decide(desk, known, findings, answer, kept, moment)?, None));
        }
        let mut part = read.clone();
        part.parsed.articles = articles;
        let answer = Answer::Read(part);
        self.recall(desk.ledger, &answer, &findings, &mut known, desk.now)?;
        known.host = self.host(desk.ledger)?;
        let changes = decide(&self.rules, &self.feed, known, findings, answer, self.around, moment);
        let mut changes = rest.only_articles(&self.feed, changes, moment);
        self.tell_news(desk, &mut changes)?;
        self.hold(desk, &mut changes, moment)?;
        self.strike("settle");
        let changes = desk.ledger.apply(changes, desk.routes)?;
        Ok((changes, Some(Stage::Begun { read, kept, rest })))
    }

    /// When it was answered, and when it is decided upon.
    fn moment(&self, now: Timestamp) -> Moment {
        Moment { answered_at: self.answered_at, now: now.max(self.answered_at) }
    }

    fn strike(&self, stage: &str) {
        fault::strike(stage, || self.feed.source.url.to_string());
    }

    /// What is known of a document's articles, and what is found in the new and edited ones; none without a document.
    fn find(&self, desk: &mut Desk, answer: &mut Answer) -> Result<Option<(Known, Findings)>, StoreError> {
        let Answer::Read(read) = answer else { return Ok(None) };
        self.strike("match");
        let mut known = desk.ledger.known(self.feed.id, &read.parsed.articles, recent(desk.now), look_up)?;
        let findings = find(&self.rules, desk.scratch, &self.feed, &mut known, &mut read.parsed, self.answered_at);
        Ok(Some((known, findings)))
    }

    /// Adds what is remembered of the stories that the articles in which something was found may belong to.
    fn recall(
        &self,
        ledger: &Ledger,
        answer: &Answer,
        findings: &Findings,
        known: &mut Known,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Answer::Read(read) = answer else { return Ok(()) };
        for article in &read.parsed.articles {
            let Some(found) = findings.articles.get(&article.key) else { continue };
            let story = known.articles.get(&article.key).and_then(|before| before.story.clone());
            let look_back = self.rules.alerts.look_back(now);
            ledger.recall(&found.signature.look_up(), story.as_deref(), look_back, known)?;
        }
        Ok(())
    }

    /// Decides upon the answer, or its last part, and stores that.
    fn decide(
        &self,
        desk: &mut Desk,
        mut known: Known,
        findings: Findings,
        answer: Answer,
        kept: Kept,
        moment: Moment,
    ) -> Result<Changes, StoreError> {
        known.host = self.host(desk.ledger)?;
        let incomplete = incomplete(&answer);
        let changes = decide(&self.rules, &self.feed, known, findings, answer, self.around, moment);
        let mut changes = Changes { kept, ..changes };
        self.tell_news(desk, &mut changes)?;
        self.hold(desk, &mut changes, moment)?;
        changes.notices = notices(&self.feed, &changes, incomplete, moment.now, &self.rules.run);
        self.strike("settle");
        desk.ledger.apply(changes, desk.routes)
    }

    /// What is known of the host that answered.
    fn host(&self, ledger: &Ledger) -> Result<HostState, StoreError> {
        let mut host = ledger.host(&self.host)?;
        let own = self.feed.host();
        if own != self.host {
            // Its own host counts its feeds, wherever that leads them.
            host.feeds = host.feeds.max(ledger.host(&own)?.feeds);
        }
        Ok(host)
    }

    /// Says what is new in the stories that have grown.
    fn tell_news(&self, desk: &Desk, changes: &mut Changes) -> Result<(), StoreError> {
        tell_news(&self.feed, changes, |story, watch| desk.ledger.told_of(story, watch))
    }

    fn hold(&self, desk: &Desk, changes: &mut Changes, moment: Moment) -> Result<(), StoreError> {
        if changes.articles.iter().any(|change| !change.alerts.is_empty()) {
            let holding = &self.rules.holding;
            hold(holding, past(desk.ledger, holding, changes, moment.now)?, changes, moment.now);
        }
        Ok(())
    }

    /// The poll failed here, and not at the server's: that is told, stored as a failure of the feed, and all others go on.
    pub(super) fn fail(&self, desk: &mut Desk, why: &str) -> Result<Changes, StoreError> {
        let (feed, url) = (self.feed.label(), mask(&self.feed.source.url));
        tracing::error!(
            feed = %escape(&feed), %url,
            "feedwatch failed over this feed: {}; it is asked again later, and all others go on", escape(why)
        );
        let moment = self.moment(desk.now);
        let known = Known { host: HostState { name: self.host.clone(), ..HostState::default() }, ..Known::default() };
        let answer = Answer::Failed(Failure::Fault(why.to_owned()));
        let decided = caught(|| {
            let changes = decide(&self.rules, &self.feed, known, Findings::default(), answer, self.around, moment);
            desk.ledger.apply(changes.clone(), desk.routes).map(|_| changes)
        });
        match decided {
            Ok(Ok(changes)) => return Ok(changes),
            Ok(Err(error)) if !error.is_of_one_row() => return Err(error),
            Ok(Err(error)) => tracing::error!(%url, "not even that can be stored: {error}"),
            Err(panic) => tracing::error!(%url, "not even that can be decided: {panic}"),
        }
        let next_at = later(moment.now, AGAIN_AFTER_A_FAULT);
        desk.ledger.put_off(self.feed.id, next_at)?;
        let mut polls = self.feed.polls.clone();
        (polls.next_at, polls.error) = (next_at, Some(why.to_owned()));
        Ok(Changes::only_polls(self.feed.id, polls))
    }

    /// The same answer for another feed with the same address. "Nothing changed" tells it nothing unless it knows the
    /// same document, or would have asked in the same words.
    pub(super) fn also_for(&self, answer: &Answer, other: Feed) -> Option<Poll> {
        let knows_as_much = other.body_hash == self.feed.body_hash && other.body_hash.is_some();
        let is_its_answer = match answer {
            Answer::Read(_) | Answer::Failed(_) => true,
            Answer::SameBody(_) => knows_as_much,
            Answer::NotModified(_) => knows_as_much || other.condition() == self.feed.condition(),
        };
        is_its_answer.then(|| Poll {
            about: About {
                feed: Arc::new(other),
                host: self.host.clone(),
                answered_at: self.answered_at,
                around: self.around,
                rules: Arc::clone(&self.rules),
                _held: self._held.clone(),
                _waiting: None,
            },
            stage: Stage::Answered { answer: answer.clone(), kept: Kept::AsItWas },
        })
    }
}

/// What the past says of the alerts that are about to be raised.
fn past(ledger: &Ledger, holding: &Holding, changes: &Changes, now: Timestamp) -> Result<Past, StoreError> {
    let mut past = Past { silences: ledger.silences(now)?, ..Past::default() };
    for alert in changes.articles.iter().flat_map(|change| &change.alerts).map(|decided| &decided.alert) {
        let watch = &alert.watch.name;
        if let Some(limit) = holding.at_most.get(watch).filter(|_| !past.raised.contains_key(watch)) {
            past.raised.insert(watch.clone(), ledger.raised_of(watch, limit.looks_at())?);
        }
    }
    Ok(past)
}

/// How a document could not be read whole, if so.
fn incomplete(answer: &Answer) -> Option<String> {
    let Answer::Read(read) = answer else { return None };
    read.parsed.notes.iter().find(|note| matches!(note, Note::Incomplete { .. })).map(ToString::to_string)
}
