//! Settling one poll, or a part of it, within a transaction: the facts are gathered, `poll::judge` says what the answer
//! changes, and that is stored as it is. What fails here fails that poll.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;

use super::answered::Answered;
use super::caught::caught;
use super::fault;
use crate::alert::{escape, mask};
use crate::clock::{Timestamp, later};
use crate::fetch::Held;
use crate::model::{Changes, Feed, FeedId, HostState, Kept, Known, Routes, Silence, StoryArticle};
use crate::poll::{
    Answer, Budget, Circumstances, Facts, Failure, Findings, Moment, Read, Recall, Rest, Rules, find, judge,
    judge_own_failure, judge_part, look_up, recent,
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
                    return Ok((self.judge(desk, Known::default(), Findings::default(), answer, kept, moment)?, None));
                };
                match answer {
                    Answer::Read(mut read) if !is_small && !Rest::fits(&read.parsed, &findings, &desk.budget) => {
                        let rest = Box::new(Rest::of(&mut read.parsed, known, findings));
                        (read, kept, rest)
                    }
                    answer => {
                        self.recall(desk.ledger, &answer, &findings, &mut known, desk.now)?;
                        let hits = findings.articles.len();
                        let changes = self.judge(desk, known, findings, answer, kept, moment)?;
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
            return Ok((self.judge(desk, known, findings, answer, kept, moment)?, None));
        }
        let mut part = read.clone();
        part.parsed.articles = articles;
        let answer = Answer::Read(part);
        self.recall(desk.ledger, &answer, &findings, &mut known, desk.now)?;
        let facts = self.facts(known, findings, Kept::AsItWas);
        let changes = judge_part(&self.rules, facts, &mut rest, answer, moment, desk.ledger)?;
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

    /// Judges the answer, or its last part, and stores what it changes.
    fn judge(
        &self,
        desk: &mut Desk,
        known: Known,
        findings: Findings,
        answer: Answer,
        kept: Kept,
        moment: Moment,
    ) -> Result<Changes, StoreError> {
        let changes = judge(&self.rules, self.facts(known, findings, kept), answer, moment, desk.ledger)?;
        self.strike("settle");
        desk.ledger.apply(changes, desk.routes)
    }

    fn facts(&self, known: Known, findings: Findings, kept: Kept) -> Facts<'_> {
        Facts { feed: &self.feed, host: &self.host, around: self.around, known, findings, kept }
    }

    /// The poll failed here, and not at the server's: that is told, stored as a failure of the feed, and all others go
    /// on.
    pub(super) fn fail(&self, desk: &mut Desk, why: &str) -> Result<Changes, StoreError> {
        let (feed, url) = (self.feed.label(), mask(&self.feed.source.url));
        tracing::error!(
            feed = %escape(&feed), %url,
            "feedwatch failed over this feed: {}; it is asked again later, and all others go on", escape(why)
        );
        let moment = self.moment(desk.now);
        let failure = Failure::Fault(why.to_owned());
        let decided = caught(|| {
            let changes = judge_own_failure(&self.rules, &self.feed, &self.host, self.around, failure, moment);
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

impl Recall for Ledger<'_> {
    type Error = StoreError;

    fn host(&self, name: &str) -> Result<HostState, StoreError> {
        Ledger::host(self, name)
    }

    fn silences(&self, now: Timestamp) -> Result<Vec<Silence>, StoreError> {
        Ledger::silences(self, now)
    }

    fn raised_of(&self, watch: &str, most: usize) -> Result<Vec<(Timestamp, FeedId)>, StoreError> {
        Ledger::raised_of(self, watch, most)
    }

    fn told_of(&self, story: &str, watch: &str) -> Result<Vec<StoryArticle>, StoreError> {
        Ledger::told_of(self, story, watch)
    }
}
