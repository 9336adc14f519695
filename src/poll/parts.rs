//! A document with more hits than one transaction should have is settled in parts. It is judged once, as a whole. Each
//! part is stored with its alerts; only the last part stores the new schedule and validators of the feed. After a crash
//! in between, the document is fetched again: the first parts are known, and the rest is judged as if they were not.
//! Pure.

use std::collections::VecDeque;

use super::age::Ages;
use super::decide::overlap;
use super::outcome::{Arrival, Findings, Moment, is_changed};
use crate::clock::Timestamp;
use crate::feed::Parsed;
use crate::model::{Article, Begun, Changes, Feed, Kept, Known, Outcome};
use crate::pace::Overlap;

/// The most articles with hits that one transaction decides: each is compared with stories in the store, which takes
/// about a millisecond on a slow machine.
const HITS_AT_ONCE: usize = 300;
/// Articles that are stored in one transaction, hits or not: some tens of microseconds each.
const ARTICLES_AT_ONCE: usize = 3_000;

/// A whole document compared with what was known.
#[derive(Clone, Debug, Default)]
pub struct Whole {
    pub(super) overlap: Overlap,
    pub(super) arrival: Option<Arrival>,
    pub(super) ages: Ages,
    /// Whether it has an item that was seen before the gap whose pages are read.
    pub(super) closes_gap: bool,
}

impl Whole {
    pub(super) fn of(feed: &Feed, known: &Known, parsed: &Parsed, now: Timestamp) -> Whole {
        let since = feed.polls.learned.paging.as_ref().map(|paging| paging.since);
        let is_old =
            |article: &Article| known.articles.get(&article.key).is_some_and(|known| Some(known.first_seen_at) < since);
        Whole {
            overlap: overlap(feed, known, parsed),
            arrival: Arrival::of(feed, known, &parsed.articles, now),
            ages: Ages::of(feed, &parsed.articles, now),
            closes_gap: parsed.articles.iter().any(is_old),
        }
    }

    pub(super) fn brings_new(&self) -> bool {
        self.overlap.items > self.overlap.known
    }

    /// Counts what a part has told, because the next part needs it. To be called before holding.
    fn count_told(&mut self, changes: &Changes, moment: Moment) {
        let (Some(arrival), ages) = (&mut self.arrival, &self.ages) else { return };
        let undated = changes.articles.iter().filter(|change| !arrival.can_tell(&change.article, ages, moment));
        let decided = undated.flat_map(|change| &change.alerts);
        let told = decided.filter(|decided| decided.outcome == Outcome::Raised).count();
        arrival.undated_told += told;
    }
}

/// Whether an article was known before this document came, of which a crash may have left the first parts.
pub(super) fn was_known(feed: &Feed, known: &Known, article: &Article) -> bool {
    let begun = feed.polls.learned.begun.as_ref();
    known.articles.get(&article.key).is_some_and(|known| begun.is_none_or(|begun| known.first_seen_at < begun.at))
}

/// How much of a transaction's work is left.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Articles with hits.
    pub hits: usize,
    /// Articles.
    pub articles: usize,
}

impl Budget {
    /// That of a new transaction.
    pub const WHOLE: Budget = Budget { hits: HITS_AT_ONCE, articles: ARTICLES_AT_ONCE };

    /// Whether nothing more should be begun with it.
    pub fn is_used_up(&self) -> bool {
        self.hits == 0 || self.articles == 0
    }
}

/// New and edited articles of a document that wait to be settled.
#[derive(Debug)]
pub struct Rest {
    articles: VecDeque<Article>,
    known: Known,
    findings: Findings,
}

impl Rest {
    /// All that is new or edited in a document, which is left without articles.
    pub fn of(parsed: &mut Parsed, known: Known, findings: Findings) -> Rest {
        let articles = std::mem::take(&mut parsed.articles);
        let articles = articles.into_iter().filter(|article| is_changed(&known, article)).collect();
        Rest { articles, known, findings }
    }

    /// Whether it fits into the rest of a transaction.
    pub fn fits(parsed: &Parsed, findings: &Findings, budget: &Budget) -> bool {
        findings.articles.len() <= budget.hits && parsed.articles.len() <= budget.articles
    }

    /// Takes a part, as large as the budget allows: its articles, what is known of them, and their matches. At least
    /// one article is taken. Nothing is left after the last part.
    pub fn take(&mut self, budget: &mut Budget) -> (Vec<Article>, Known, Findings) {
        let mut articles = Vec::new();
        let mut known = Known::default();
        let mut findings = Findings { whole: self.findings.whole.clone(), ..Findings::default() };
        // They name stored articles, whatever part the new key is in.
        findings.aliases = std::mem::take(&mut self.findings.aliases);
        while let Some(article) = self.articles.pop_front() {
            let found = self.findings.articles.remove(&article.key);
            budget.hits = budget.hits.saturating_sub(usize::from(found.is_some()));
            budget.articles = budget.articles.saturating_sub(1);
            known.articles.extend(self.known.articles.remove_entry(&article.key));
            findings.articles.extend(found.map(|found| (article.key.clone(), found)));
            articles.push(article);
            if budget.is_used_up() {
                break;
            }
        }
        (articles, known, findings)
    }

    /// Whether all was taken.
    pub fn is_empty(&self) -> bool {
        self.articles.is_empty()
    }

    /// The changes by a part that is not the last one: its articles, and that the document was begun.
    pub(super) fn only_articles(&mut self, feed: &Feed, changes: Changes, moment: Moment) -> Changes {
        self.findings.whole.count_told(&changes, moment);
        let arrival = self.findings.whole.arrival;
        let at = feed.polls.learned.begun.as_ref().map_or(moment.answered_at, |begun| begun.at);
        let mut polls = feed.polls.clone();
        polls.learned.begun =
            Some(Begun { at, undated_told: arrival.map_or(0, |arrival| arrival.undated_told as u32) });
        Changes { polls, document: None, kept: Kept::AsItWas, moved: None, notices: Vec::new(), pause: None, ..changes }
    }
}
