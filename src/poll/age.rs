//! What the dates of a document's items tell once it is known when it came: which order is meant, which are none, and whether
//! one tells how old its item is.
//!
//! What is held for its age is held on a date that the feed's other dates make believable. A feed whose dates are all one, or
//! whose clock stands years back, brings news all the same.

use std::time::Duration;

use crate::clock::{Timestamp, earlier, later};
use crate::feed::{Parsed, can_be_published, dates, orders};
use crate::model::{Article, Feed, Learned};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// So many items with one date, and none with another, have the date of something else: the document, a program's zero.
const ONE_DATE_MIN: usize = 3;
/// A feed whose newest date lies further back and that still brings items does not date them by when they come.
const DORMANT: Duration = DAY.saturating_mul(90);
/// January's commonest mistake is last year's number.
const YEARS: [Duration; 2] = [DAY.saturating_mul(365), DAY.saturating_mul(366)];
/// ... of an item that came out within so long.
const LATELY: Duration = DAY.saturating_mul(7);

/// Reads open dates in the order that is meant, drops what cannot be one, and cuts those ahead of us back to the hour at which the
/// document came: they are mistakes.
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

/// The dates of a document, and what was known of its feed's before.
#[derive(Clone, Debug, Default)]
pub(super) struct Ages {
    /// When the last poll before it succeeded.
    since: Option<Timestamp>,
    /// The newest date before it.
    dated_to: Option<Timestamp>,
    /// All dates but those ahead of us, the newest first.
    dates: Vec<Timestamp>,
    /// The date that stands first in the document.
    first: Option<Timestamp>,
    now: Timestamp,
}

impl Ages {
    pub(super) fn of(feed: &Feed, articles: &[Article], answered_at: Timestamp) -> Ages {
        let mut dates: Vec<Timestamp> =
            articles.iter().filter_map(Article::dated).filter(|dated| *dated < answered_at).collect();
        let first = dates.first().copied();
        dates.sort_unstable_by(|one, other| other.cmp(one));
        Ages { since: feed.polls.succeeded_at, dated_to: feed.polls.learned.dated_to, dates, first, now: answered_at }
    }

    /// The newest date that the feed has given by now.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.dates.first().copied().max(self.dated_to)
    }

    /// Whether an article was published before an instant, by a date that can be believed.
    pub(super) fn is_older(&self, article: &Article, than: Timestamp) -> bool {
        article.dated().is_some_and(|dated| dated < than && self.are_believed(dated))
    }

    /// Whether a date of the document may well be that of its item's publication.
    pub(super) fn are_believed(&self, dated: Timestamp) -> bool {
        let (newest, oldest) = (self.dates.first(), self.dates.last());
        if self.dates.len() >= ONE_DATE_MIN && newest == oldest {
            return false;
        }
        // What came out while nobody asked is as old as it says.
        let Some(since) = self.since else { return !self.is_last_years(dated) };
        if dated > since {
            return true;
        }
        match self.newest_beside(dated) {
            // Newer than all that the feed has shown, and yet it was not there when it was last asked.
            None => false,
            Some(newest) if newest < dated => false,
            Some(newest) if newest >= earlier(self.now, DORMANT) => !self.is_last_years(dated),
            // An old item that slips in where another was deleted stands at the end.
            Some(_) => oldest.is_none_or(|oldest| dated <= *oldest),
        }
    }

    /// The newest date of the feed besides this one.
    fn newest_beside(&self, dated: Timestamp) -> Option<Timestamp> {
        let own = self.dates.iter().position(|date| *date == dated);
        let others = self.dates.iter().enumerate().filter(|(number, _)| Some(*number) != own);
        others.map(|(_, date)| *date).next().max(self.dated_to)
    }

    /// Whether it stands before newer ones, and would be the newest if its year were the next.
    fn is_last_years(&self, dated: Timestamp) -> bool {
        let (Some(newest), true) = (self.newest_beside(dated), self.first == Some(dated)) else { return false };
        let from = newest.max(earlier(self.now, LATELY));
        YEARS.iter().any(|year| (from..=later(self.now, dates::AHEAD_AT_MOST)).contains(&later(dated, *year)))
    }
}
