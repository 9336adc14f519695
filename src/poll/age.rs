//! The dates of a document's items: the order in which they are written, which of them are not dates, and whether a
//! date says how old its item is.
//!
//! A hit is held for its age only if the feed's other dates make its date plausible. A feed whose dates are all the
//! same, or whose clock is years behind, still brings news.

use std::time::Duration;

use crate::clock::{DAY, Timestamp, earlier, later};
use crate::feed::{Parsed, can_be_published, dates, orders};
use crate::model::{Article, Feed, Learned};

/// So many items with one date, and none with another, have the date of something else: the document, a program's zero.
const ONE_DATE_MIN: usize = 3;
/// A feed whose newest date lies further back and that still brings items does not date them by when they come.
const DORMANT: Duration = DAY.saturating_mul(90);
/// January's commonest mistake is last year's number.
const YEARS: [Duration; 2] = [DAY.saturating_mul(365), DAY.saturating_mul(366)];
/// ... of an item that came out within so long.
const LATELY: Duration = DAY.saturating_mul(7);

/// Reads ambiguous dates in the feed's order, drops impossible ones, and sets future ones to the time at which the
/// document arrived: they are mistakes.
pub(super) fn settle_dates(parsed: &mut Parsed, learned: &Learned, answered_at: Timestamp) {
    if let Some(order) = orders::meant(&parsed.open_dates, learned.date_order, answered_at) {
        orders::apply(order, &parsed.open_dates, &mut parsed.articles);
    }
    let settled = |at: Timestamp| can_be_published(at).then(|| dates::capped(at, answered_at));
    for article in &mut parsed.articles {
        article.published = article.published.and_then(settled);
        article.updated = article.updated.and_then(settled);
    }
}

/// The dates of a document, and the earlier dates of its feed.
#[derive(Clone, Debug, Default)]
pub(super) struct Ages {
    /// When the last poll before it succeeded.
    since: Option<Timestamp>,
    /// The newest date before it.
    dated_to: Option<Timestamp>,
    /// All dates but those ahead of us, the newest first.
    dates: Vec<Timestamp>,
    /// The first date in the document.
    first: Option<Timestamp>,
    now: Timestamp,
}

impl Ages {
    pub(super) fn of(feed: &Feed, articles: &[Article], answered_at: Timestamp) -> Ages {
        let mut dates: Vec<Timestamp> =
            articles.iter().filter_map(Article::dated).filter(|dated| *dated < answered_at).collect();
        let first = dates.first().copied();
        dates.sort_unstable_by(|one, other| other.cmp(one));
        let Learned { dated_to, .. } = *feed.polls.learned;
        Ages { since: feed.polls.succeeded_at, dated_to, dates, first, now: answered_at }
    }

    /// The newest date of the document that is not ahead of us.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.dates.first().copied()
    }

    /// Whether an article was published before an instant, by a date that can be believed. An article that was known
    /// before that instant, since `first_seen_at`, is as old as it says.
    pub(super) fn is_stale(&self, article: &Article, first_seen_at: Option<Timestamp>, than: Timestamp) -> bool {
        let is_known = first_seen_at.is_some_and(|seen_at| seen_at < than);
        article.dated().is_some_and(|dated| dated < than && (is_known || self.are_believed(dated)))
    }

    /// Whether an item of a document that is new as a whole was published before an instant, by a date that can be
    /// believed.
    pub(super) fn is_archived(&self, article: &Article, than: Timestamp) -> bool {
        article.dated().is_some_and(|dated| dated < than && self.are_believed_anew(dated))
    }

    /// Whether a date tells the age of an item of a document that is new as a whole: the feed has had items of these
    /// days.
    pub(super) fn are_believed_anew(&self, dated: Timestamp) -> bool {
        let had_such = || self.since.is_some() && self.dated_to >= Some(dated) && !self.is_one_date();
        had_such() || self.are_believed(dated)
    }

    /// Whether a date of the document may well be that of its item's publication.
    fn are_believed(&self, dated: Timestamp) -> bool {
        if self.is_one_date() {
            return false;
        }
        let Some(since) = self.since else { return !self.is_last_years(dated) };
        // The date of an item published since the last poll is believed.
        if dated > since {
            return true;
        }
        match self.newest_beside(dated) {
            // As new as anything that the feed has shown, and yet it was not there when it was last asked.
            None => false,
            Some(newest) if newest <= dated => false,
            Some(newest) if newest >= earlier(self.now, DORMANT) => !self.is_last_years(dated),
            // An old item that slips in where another was deleted is older than all others.
            Some(_) => self.dates.last() == Some(&dated) && self.dates.iter().rev().nth(1) != Some(&dated),
        }
    }

    fn is_one_date(&self) -> bool {
        self.dates.len() >= ONE_DATE_MIN && self.dates.first() == self.dates.last()
    }

    /// The newest date of the feed besides this one of the document.
    fn newest_beside(&self, dated: Timestamp) -> Option<Timestamp> {
        let is_newest = self.dates.first() == Some(&dated);
        self.dates.get(usize::from(is_newest)).copied().max(self.dated_to)
    }

    /// Whether it precedes newer dates, and would be the newest if it had the next year.
    fn is_last_years(&self, dated: Timestamp) -> bool {
        let (Some(newest), true) = (self.newest_beside(dated), self.first == Some(dated)) else { return false };
        let from = newest.max(earlier(self.now, LATELY));
        YEARS.iter().any(|year| (from..=later(self.now, dates::AHEAD_AT_MOST)).contains(&later(dated, *year)))
    }
}
