//! Dates of numbers whose order is ambiguous, as in 03/04/2026: a feed writes all dates in one order.
//!
//! The order in which most dates of a document can be read is assumed. If several are possible, earlier documents
//! decide, and otherwise the order in which the newest date is nearest before the poll, because feeds show recent
//! items.

use super::dates::AHEAD_AT_MOST;
use crate::clock::{Timestamp, later};
use crate::model::{Article, DateOrder};

/// A date in each order in which it can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readings([Option<Timestamp>; 3]);

/// A date of an item that may be read in several orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenDate {
    /// The number of the item in the document, or of its article.
    pub item: usize,
    /// Whether it is that of the last change.
    pub is_update: bool,
    /// What it may be.
    pub readings: Readings,
}

/// Reads the dates of articles in one order, those that can be read so.
pub fn apply(order: DateOrder, dates: &[OpenDate], articles: &mut [Article]) {
    for date in dates {
        let Some(article) = articles.get_mut(date.item) else { continue };
        let to = if date.is_update { &mut article.updated } else { &mut article.published };
        *to = date.readings.by(order).or(*to);
    }
}

const ORDERS: [DateOrder; 3] = [DateOrder::MonthFirst, DateOrder::DayFirst, DateOrder::YearFirst];

impl Readings {
    pub(super) fn of(readings: [(DateOrder, Option<Timestamp>); 3]) -> Readings {
        let mut by_order = Readings::default();
        for (order, at) in readings {
            by_order.0[order as usize] = at;
        }
        by_order
    }

    /// The date in this order, if it can be read so.
    pub fn by(&self, order: DateOrder) -> Option<Timestamp> {
        self.0[order as usize]
    }
}

/// The order that more of the dates can be read in than in any other.
pub fn shown(dates: &[OpenDate]) -> Option<DateOrder> {
    let likeliest = likeliest(dates);
    match likeliest.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// The order of the feed, for a poll at this instant; none if it cannot be decided.
pub fn meant(dates: &[OpenDate], learned: Option<DateOrder>, now: Timestamp) -> Option<DateOrder> {
    let likeliest = likeliest(dates);
    if let Some(learned) = learned.filter(|learned| likeliest.contains(learned)) {
        return Some(learned);
    }
    let newest = |order: DateOrder| dates.iter().filter_map(|date| date.readings.by(order)).max();
    let past = likeliest.into_iter().filter_map(|order| Some((newest(order)?, order)));
    let past: Vec<_> = past.filter(|(newest, _)| *newest <= later(now, AHEAD_AT_MOST)).collect();
    let nearest = past.iter().map(|(newest, _)| *newest).max()?;
    let mut nearest = past.into_iter().filter(|(newest, _)| *newest == nearest);
    nearest.next().filter(|_| nearest.next().is_none()).map(|(_, order)| order)
}

/// The orders that most of the dates can be read in.
fn likeliest(dates: &[OpenDate]) -> Vec<DateOrder> {
    let count = |order: DateOrder| dates.iter().filter(|date| date.readings.by(order).is_some()).count();
    let most = ORDERS.into_iter().map(count).max().unwrap_or_default();
    ORDERS.into_iter().filter(|order| most > 0 && count(*order) == most).collect()
}
