//! What came of a comparison: hits gained, lost and the same, by watch, day, feed, clause and term.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::replay::Change;
use crate::alert::{Look, beside};
use crate::clock::Timestamp;
use crate::model::{FeedId, Hit};

/// Rows of a table that are shown; the others are in the JSON.
const ROWS_MOST: usize = 12;
/// Days that are shown one by one; more of them are shown by month.
const DAYS_MOST: usize = 31;

/// How many hits of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count([u64; 3]);

impl Count {
    pub(super) fn of(self, change: Change) -> u64 {
        self.0[change as usize]
    }

    pub(super) fn add(&mut self, change: Change) {
        self.0[change as usize] += 1;
    }

    fn join(&mut self, other: Count) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, others)| *mine += others);
    }

    /// What changed most stands first.
    fn weight(self) -> (u64, u64) {
        (self.of(Change::Gained) + self.of(Change::Lost), self.of(Change::Same))
    }

    fn to_json(self) -> Value {
        json!({ "gained": self.of(Change::Gained), "lost": self.of(Change::Lost), "same": self.of(Change::Same) })
    }
}

/// What is known so far.
#[derive(Debug)]
pub(super) struct Counts {
    pub(super) all: Count,
    /// By the places of the watches.
    watches: Vec<Count>,
    days: BTreeMap<Date, Count>,
    feeds: HashMap<FeedId, Count>,
    clauses: HashMap<(usize, String), Count>,
    terms: HashMap<(usize, String), Count>,
    /// Where days begin.
    zone: TimeZone,
}

/// The feeds that a table shows, by name.
pub(super) type Labelled = Vec<(String, Count)>;

impl Counts {
    pub(super) fn new(watches: usize, zone: TimeZone) -> Counts {
        let (days, feeds, clauses, terms) = Default::default();
        Counts { all: Count::default(), watches: vec![Count::default(); watches], days, feeds, clauses, terms, zone }
    }

    /// Counts a hit: once for each clause and term that it was found by.
    pub(super) fn add(&mut self, watch: usize, change: Change, feed: FeedId, seen: Timestamp, hit: &Hit) {
        self.all.add(change);
        self.watches[watch].add(change);
        self.days.entry(seen.to_zoned_datetime(self.zone.clone()).date()).or_default().add(change);
        self.feeds.entry(feed).or_default().add(change);
        let count = |to: &mut HashMap<(usize, String), Count>, mut names: Vec<&str>| {
            names.sort_unstable();
            names.dedup();
            names.into_iter().for_each(|name| to.entry((watch, name.to_owned())).or_default().add(change));
        };
        count(&mut self.clauses, hit.why.iter().map(|reason| reason.clause.as_str()).collect());
        count(&mut self.terms, hit.why.iter().map(|reason| reason.term.as_str()).collect());
    }

    /// The feeds, those with the most changes first; as many as are asked for.
    pub(super) fn feeds(&self, most: usize) -> Vec<(FeedId, Count)> {
        let mut feeds: Vec<_> = self.feeds.iter().map(|(feed, count)| (*feed, *count)).collect();
        feeds.sort_by_key(|(feed, count)| (std::cmp::Reverse(count.weight()), feed.0));
        feeds.truncate(most);
        feeds
    }

    /// So many feeds are shown to people.
    pub(super) fn feeds_shown(&self) -> Vec<(FeedId, Count)> {
        self.feeds(ROWS_MOST)
    }

    /// The tables, as people read them.
    pub(super) fn tables(&self, names: &[String], feeds: Labelled, look: &Look) -> String {
        let mut text = String::new();
        let named = |counts: &HashMap<(usize, String), Count>| -> Labelled {
            let name = |(watch, name): &(usize, String)| match names.len() {
                1 => name.clone(),
                _ => format!("{}: {name}", names[*watch]),
            };
            counts.iter().map(|(key, count)| (name(key), *count)).collect()
        };
        if names.len() > 1 {
            let watches = names.iter().cloned().zip(self.watches.iter().copied());
            text += &table("watch", sorted(watches.filter(|(_, count)| *count != Count::default()).collect()), look);
        }
        let (unit, days) = self.days_shown();
        text += &whole_table(unit, &days, look);
        let others = self.feeds.len() - feeds.len();
        text += &with_rest(whole_table("feed", &feeds, look), others);
        text += &table("clause", sorted(named(&self.clauses)), look);
        text + &table("term", sorted(named(&self.terms)), look)
    }

    /// Days, the newest first; months, where these are many.
    fn days_shown(&self) -> (&'static str, Labelled) {
        if self.days.len() <= DAYS_MOST {
            let days = self.days.iter().rev().map(|(day, count)| (day.strftime("%a %Y-%m-%d").to_string(), *count));
            return ("day", days.collect());
        }
        let mut months: Labelled = Vec::new();
        for (day, count) in self.days.iter().rev() {
            let month = day.strftime("%Y-%m").to_string();
            match months.last_mut() {
                Some((last, sum)) if *last == month => sum.join(*count),
                _ => months.push((month, *count)),
            }
        }
        ("month", months)
    }

    /// The same for programs.
    pub(super) fn to_json(&self, names: &[String], feeds: Labelled) -> Value {
        let row = |key: &str, name: &str, count: Count| {
            let mut row = count.to_json();
            row[key] = name.into();
            row
        };
        let of_watches = |key: &str, counts: &HashMap<(usize, String), Count>| -> Vec<Value> {
            let mut rows: Vec<_> = counts.iter().collect();
            rows.sort_by_key(|((watch, name), count)| (*watch, std::cmp::Reverse(count.weight()), name.clone()));
            let row = |((watch, name), count): (&(usize, String), &Count)| {
                let mut row = row(key, name, *count);
                row["watch"] = names[*watch].as_str().into();
                row
            };
            rows.into_iter().map(row).collect()
        };
        json!({
            "watches": names.iter().zip(&self.watches).map(|(name, count)| row("watch", name, *count)).collect::<Vec<_>>(),
            "days": self.days.iter().rev().map(|(day, count)| row("day", &day.to_string(), *count)).collect::<Vec<_>>(),
            "feeds": feeds.iter().map(|(feed, count)| row("feed", feed, *count)).collect::<Vec<_>>(),
            "clauses": of_watches("clause", &self.clauses),
            "terms": of_watches("term", &self.terms),
        })
    }
}

fn sorted(mut rows: Labelled) -> Labelled {
    rows.sort_by(|(a, a_count), (b, b_count)| b_count.weight().cmp(&a_count.weight()).then_with(|| a.cmp(b)));
    rows
}

/// The first rows of a table, and how many there are besides.
fn table(of: &str, mut rows: Labelled, look: &Look) -> String {
    let others = rows.len().saturating_sub(ROWS_MOST);
    rows.truncate(ROWS_MOST);
    with_rest(whole_table(of, &rows, look), others)
}

fn with_rest(table: String, others: usize) -> String {
    if others == 0 { table } else { format!("{table}  and {others} more; --json tells all\n") }
}

fn whole_table(of: &str, rows: &[(String, Count)], look: &Look) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{:>8}{:>8}{:>8}  by {of}\n", "gained", "lost", "same");
    for (name, count) in rows {
        let [gained, lost, same] = Change::ALL.map(|change| count.of(change));
        text += &beside(&format!("{gained:>8}{lost:>8}{same:>8}  "), name, look);
    }
    text
}
