//! What a reload changes in effect, for the line in the log. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Config;
use super::keys::ROWS;
use crate::model::{FeedSource, Sink};
use crate::watch::Explanation;
use crate::words::count_of;

/// More names than this make no line; the rest is counted.
const MAX_NAMES: usize = 5;

/// Things of one kind that came, went or are different now, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// New.
    pub added: Vec<String>,
    /// No longer there.
    pub removed: Vec<String>,
    /// There before and now, but different.
    pub changed: Vec<String>,
    /// How many are as they were.
    pub unchanged: usize,
}

/// A watch that is different now, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchChange {
    /// Its name.
    pub name: String,
    /// Terms it has now.
    pub terms_added: Vec<String>,
    /// Terms it had.
    pub terms_removed: Vec<String>,
    /// What else is another.
    pub parts: Vec<&'static str>,
}

impl Difference {
    fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// A setting that has another value now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingChange {
    /// Its key with its table, such as "poll.every".
    pub key: String,
    /// The value in force so far.
    pub from: String,
    /// The value written now.
    pub to: String,
    /// Whether it takes effect only when feedwatch is started again.
    pub needs_restart: bool,
}

/// What is different in effect between two configurations: comments, order and formatting make no difference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// By address, passwords masked.
    pub feeds: Difference,
    /// By name; changed when the compiled form is another.
    pub watches: Difference,
    /// Those that seem to have another name only: the old one, and the one of now.
    pub renamed: Vec<(String, String)>,
    /// What is different about those that changed.
    pub watch_changes: Vec<WatchChange>,
    /// By name.
    pub sinks: Difference,
    /// In the order of the file.
    pub settings: Vec<SettingChange>,
}

impl Changes {
    /// Whether nothing is different in effect.
    pub fn is_empty(&self) -> bool {
        self.feeds.is_empty() && self.watches.is_empty() && self.sinks.is_empty() && self.settings.is_empty()
    }
}

impl Config {
    /// What would be different in effect if `new` took this one's place.
    pub fn changes(&self, new: &Config) -> Changes {
        let watches = |config: &Config| -> BTreeMap<String, String> {
            config.watches.revisions().map(|(name, revision)| (name.to_owned(), revision.to_owned())).collect()
        };
        let settings = ROWS.iter().filter_map(|row| {
            let shown = row.shown?;
            let (from, to) = (shown(self), shown(new));
            (from != to).then(|| SettingChange { key: row.path(), from, to, needs_restart: row.needs_restart })
        });
        let watches = difference(&watches(self), &watches(new));
        Changes {
            feeds: difference(&by_address(&self.feeds), &by_address(&new.feeds)),
            watch_changes: watches.changed.iter().filter_map(|name| self.watch_change(new, name)).collect(),
            renamed: self.renamed(new, &watches),
            watches,
            sinks: difference(&by_name(&self.sinks), &by_name(&new.sinks)),
            settings: settings.collect(),
        }
    }
}

impl Config {
    /// Watches that went and came with the same query, unless the files say already that they are the same.
    fn renamed(&self, new: &Config, watches: &Difference) -> Vec<(String, String)> {
        let finds = |config: &Config, name: &str| -> Option<Vec<String>> {
            let finds = config.watches.explain(name)?.finds;
            Some(finds.into_iter().map(|clause| clause.text).collect())
        };
        let mut renamed = Vec::new();
        for old in &watches.removed {
            let same = |name: &&String| finds(self, old).is_some_and(|old| Some(old) == finds(new, name));
            let is_said = new.renamed.iter().any(|(was, _)| was == old);
            let now = watches.added.iter().find(same).filter(|_| !is_said);
            renamed.extend(now.map(|now| (old.clone(), now.clone())));
        }
        renamed
    }

    fn watch_change(&self, new: &Config, name: &str) -> Option<WatchChange> {
        let (before, now) = (self.watches.explain(name)?, new.watches.explain(name)?);
        let terms = |watch: &Explanation| watch.terms.iter().map(|term| term.term.clone()).collect::<BTreeSet<_>>();
        let (had, has) = (terms(&before), terms(&now));
        let texts = |watch: &Explanation| watch.finds.iter().map(|clause| clause.text.clone()).collect::<Vec<_>>();
        let forms = |watch: &Explanation| watch.terms.clone();
        let same_terms = had == has;
        let parts = [
            ("find", same_terms && texts(&before) != texts(&now)),
            ("word forms", same_terms && forms(&before) != forms(&now)),
            ("points", before.threshold != now.threshold || before.scores != now.scores),
            ("ignore", before.ignores != now.ignores),
            ("reject", before.rejects != now.rejects),
        ];
        Some(WatchChange {
            name: name.to_owned(),
            terms_added: has.difference(&had).cloned().collect(),
            terms_removed: had.difference(&has).cloned().collect(),
            parts: parts.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part).collect(),
        })
    }
}

impl fmt::Display for WatchChange {
    /// "watch office closure: +2 terms (shut, bureau), -1 term (closing), ignore changed".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = Vec::new();
        for (sign, terms) in [("+", &self.terms_added), ("-", &self.terms_removed)] {
            if !terms.is_empty() {
                words.push(format!("{sign}{} ({})", count_of(terms.len(), "term"), some(terms)));
            }
        }
        words.extend(self.parts.iter().map(|part| format!("{part} changed")));
        if words.is_empty() {
            words.push("changed".to_owned());
        }
        write!(f, "watch {}: {}", self.name, words.join(", "))
    }
}

fn by_address(feeds: &[FeedSource]) -> BTreeMap<String, &FeedSource> {
    feeds.iter().map(|feed| (feed.url.to_string(), feed)).collect()
}

fn by_name(sinks: &[Sink]) -> BTreeMap<String, &Sink> {
    sinks.iter().map(|sink| (sink.name.clone(), sink)).collect()
}

fn difference<T: PartialEq>(before: &BTreeMap<String, T>, now: &BTreeMap<String, T>) -> Difference {
    let without = |a: &BTreeMap<String, T>, b: &BTreeMap<String, T>| {
        a.keys().filter(|name| !b.contains_key(*name)).map(|name| masked(name)).collect()
    };
    let differs = |(name, value): &(&String, &T)| now.get(*name).is_some_and(|now| now != *value);
    Difference {
        added: without(now, before),
        removed: without(before, now),
        changed: before.iter().filter(differs).map(|(name, _)| masked(name)).collect(),
        unchanged: before.iter().filter(|(name, value)| now.get(*name) == Some(*value)).count(),
    }
}

/// An address without its password; any other name as it is.
fn masked(name: &str) -> String {
    super::diagnostic::mask_passwords(name)
}

impl fmt::Display for Changes {
    /// One line: "1 feed added (https://...); watch changed (mediation); poll.every 1h -> 15m; ...".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing changed");
        }
        let mut parts = Vec::new();
        for (noun, difference) in [("feed", &self.feeds), ("watch", &self.watches), ("sink", &self.sinks)] {
            let Difference { added, removed, changed, unchanged } = difference;
            // Of watches it is said one by one what changed.
            let changed = if noun == "watch" { &Vec::new() } else { changed };
            let named = [(added, "added"), (removed, "removed"), (changed, "changed")].into_iter();
            let mut told: Vec<String> = named
                .filter(|(names, _)| !names.is_empty())
                .map(|(names, verb)| format!("{} {verb} ({})", count_of(names.len(), noun), some(names)))
                .collect();
            if noun == "watch" {
                told.extend(self.watch_changes.iter().map(ToString::to_string));
                told.extend(self.renamed.iter().map(|(old, now)| {
                    format!("{now} looks like {old} renamed: write was = \"{old}\" there to keep its history")
                }));
            }
            if !told.is_empty() && *unchanged > 0 {
                told.push(format!("{} not changed", count_of(*unchanged, noun)));
            }
            parts.extend(told);
        }
        for SettingChange { key, from, to, needs_restart } in &self.settings {
            let (from, to) = (shown(from), shown(to));
            let when = if *needs_restart { " (after a restart)" } else { "" };
            parts.push(format!("{key} {from} -> {to}{when}"));
        }
        f.write_str(&parts.join("; "))
    }
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "none" } else { value }
}

fn some(names: &[String]) -> String {
    let shown = names.iter().take(MAX_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MAX_NAMES) {
        0 => shown,
        more => format!("{shown}, and {more} more"),
    }
}
