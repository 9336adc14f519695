//! What a back-test tells: hits as they are found, then what came of all of them; for people or as JSON.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use serde_json::json;

use super::replay::{Change, Replay};
use super::replayed::{Count, Counts, Labelled};
use crate::alert::{self, Look, Replayed, When, beside, escape_json, snippet};
use crate::clock::Timestamp;
use crate::config::text_in_toml;
use crate::model::{ArticleId, FeedId, Reason};
use crate::store::{Archive, Archived, Result};
use crate::terminal;
use crate::words::count_of;

/// Hits that wait to be told while the database is read; where they are many, the read ends early.
const WAITING_MOST: usize = 1_000;
/// Lost hits that are offered as tests of the watch.
const TESTS_MOST: usize = 10;

/// What is not counted, wherever it is told.
const NOT_ALERTS: &str = "counts hits, not alerts; stories, silences and limits are not simulated";

/// What was found so far, and what of it is still to be told.
pub(super) struct Report {
    /// The watches that are compared.
    names: Vec<String>,
    json: bool,
    /// Hits of a kind that are told, and whether those of kind `same` are.
    limit: usize,
    shows_same: bool,
    counts: Counts,
    told: Count,
    waiting: Vec<Waiting>,
    /// Lost hits as tests, each with the place of its watch.
    tests: Vec<(usize, String)>,
    look: Look,
}

/// A hit that is still to be told.
struct Waiting {
    watch: usize,
    change: Change,
    article: ArticleId,
    feed: FeedId,
    seen: Timestamp,
    published: Option<Timestamp>,
    title: String,
    url: Option<String>,
    snippet: String,
    why: Vec<Reason>,
    test: Option<String>,
}

impl Report {
    pub(super) fn new(names: Vec<String>, json: bool, limit: usize, shows_same: bool) -> Report {
        let look = terminal::look(&io::stdout());
        let zone = match &look.when {
            When::In(zone) if !json => zone.clone(),
            _ => TimeZone::UTC,
        };
        let counts = Counts::new(names.len(), zone);
        let (told, waiting, tests) = Default::default();
        Report { names, json, limit, shows_same: shows_same || json, counts, told, waiting, tests, look }
    }

    /// What is going to be compared.
    pub(super) fn begin(&self, what: &str, scope: &str, out: &mut impl Write) -> io::Result<()> {
        if self.json {
            return Ok(());
        }
        let head = format!("{what}; {scope}, newest first");
        out.write_all((beside("", &head, &self.look) + &beside("", NOT_ALERTS, &self.look)).as_bytes())?;
        out.flush()
    }

    /// Looks at an article.
    pub(super) fn take(&mut self, replay: &mut Replay, archived: &Archived<'_>) {
        let Archived { id, article, feed_id, first_seen_at, .. } = *archived;
        for (watch, change, hit) in replay.judge(archived) {
            self.counts.add(watch, change, feed_id, first_seen_at, &hit);
            let is_lost = change == Change::Lost;
            let is_told = (change != Change::Same || self.shows_same) && self.told.of(change) < self.limit as u64;
            let test = match is_lost && (self.json && is_told || self.tests.len() < TESTS_MOST) {
                true => replay.expectation(watch, article, &hit),
                false => None,
            };
            if let Some(test) = &test
                && self.tests.len() < TESTS_MOST
                && !self.tests.iter().any(|(of, known)| *of == watch && known == test)
            {
                self.tests.push((watch, test.clone()));
            }
            if !is_told {
                continue;
            }
            self.told.add(change);
            self.waiting.push(Waiting {
                watch,
                change,
                article: id,
                feed: feed_id,
                seen: first_seen_at,
                published: article.published,
                title: article.headline(),
                url: article.url.clone(),
                snippet: snippet(article, &hit),
                why: if self.json { hit.why } else { Vec::new() },
                test,
            });
        }
    }

    /// Whether so much waits to be told that reading on has time.
    pub(super) fn waits_long(&self) -> bool {
        self.waiting.len() >= WAITING_MOST
    }

    /// Tells what waits.
    pub(super) fn show(&mut self, archive: &mut Archive<'_>, out: &mut impl Write) -> anyhow::Result<()> {
        for hit in std::mem::take(&mut self.waiting) {
            let feed = archive.feed_label(hit.feed)?;
            let name = self.names[hit.watch].as_str();
            if self.json {
                let mut line = json!({
                    "change": hit.change.name(), "watch": name, "article": hit.article.0, "feed": feed, "title": hit.title,
                    "url": hit.url, "published": hit.published, "first_seen": hit.seen, "snippet": hit.snippet, "why": hit.why,
                });
                if hit.change == Change::Lost {
                    line["should_find"] = hit.test.into();
                }
                escape_json(&mut line);
                writeln!(out, "{line}")?;
                continue;
            }
            let shown = Replayed {
                mark: hit.change.mark(),
                at: hit.seen,
                watch: Some(name).filter(|_| self.names.len() > 1),
                title: &hit.title,
                article: hit.article.0,
                feed: &feed,
                snippet: &hit.snippet,
            };
            out.write_all(alert::replayed(&shown, &self.look).as_bytes())?;
        }
        Ok(out.flush()?)
    }

    /// How far it came.
    pub(super) fn so_far(&self, archive: &Archive<'_>) -> String {
        let [gained, lost, same] = Change::ALL.map(|change| self.counts.all.of(change));
        let articles = count_of(archive.articles(), "article");
        let back = archive.back_to().map(|at| format!(", back to {}", self.when(at))).unwrap_or_default();
        format!("{gained} gained, {lost} lost, {same} the same in {articles}{back}")
    }

    fn when(&self, at: Timestamp) -> String {
        match &self.look.when {
            When::In(zone) if *zone != TimeZone::UTC => {
                at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
            }
            _ => at.strftime("%Y-%m-%d %H:%MZ").to_string(),
        }
    }

    /// What came of all that was read.
    pub(super) fn conclude(
        &self,
        archive: &mut Archive<'_>,
        is_whole: bool,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        if self.json {
            let feeds = labelled(archive, self.counts.feeds(usize::MAX))?;
            let mut summary = self.counts.to_json(&self.names, feeds);
            for change in Change::ALL {
                summary[change.name()] = self.counts.all.of(change).into();
            }
            summary["articles"] = archive.articles().into();
            summary["unreadable"] = archive.unreadable().into();
            summary["back_to"] = serde_json::to_value(archive.back_to())?;
            summary["complete"] = is_whole.into();
            summary["counted"] = NOT_ALERTS.into();
            let mut line = json!({ "summary": summary });
            escape_json(&mut line);
            writeln!(out, "{line}")?;
            return Ok(out.flush()?);
        }
        let feeds = labelled(archive, self.counts.feeds_shown())?;
        let mut text = self.not_told();
        text += &self.counts.tables(&self.names, feeds, &self.look);
        text += &self.offered_tests();
        text += &format!("\n{}\n", self.so_far(archive));
        if archive.unreadable() > 0 {
            let rows = count_of(archive.unreadable(), "article");
            text +=
                &beside("", &format!("{rows} could not be read: `feedwatch status --check` names them"), &self.look);
        }
        if !is_whole {
            text += &beside("", "stopped by Ctrl-C: what came before that is not counted", &self.look);
        }
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }

    /// How many hits were counted and not told.
    fn not_told(&self) -> String {
        let left = |change: Change| match change {
            Change::Same if !self.shows_same => 0,
            change => self.counts.all.of(change) - self.told.of(change),
        };
        let left: Vec<String> = Change::ALL
            .into_iter()
            .filter(|change| left(*change) > 0)
            .map(|change| format!("{} more {}", left(change), change.name()))
            .collect();
        if left.is_empty() {
            return String::new();
        }
        beside("", &format!("and {}; --limit N shows more of them", left.join(", ")), &self.look)
    }

    /// Lost hits as lines for the files.
    fn offered_tests(&self) -> String {
        let mut text = String::new();
        for (watch, name) in self.names.iter().enumerate() {
            let tests: Vec<&str> =
                self.tests.iter().filter(|(of, _)| *of == watch).map(|(_, test)| test.as_str()).collect();
            if tests.is_empty() {
                continue;
            }
            let why = format!(
                "lost hits of \"{name}\" as its tests: keep those that it should find; `feedwatch check` runs them"
            );
            text += &format!("\n{}should_find = [\n", beside("", &why, &self.look));
            tests.iter().for_each(|test| text += &format!("  {},\n", text_in_toml(test)));
            text += "]\n";
        }
        text
    }
}

/// What feeds are called.
fn labelled(archive: &mut Archive<'_>, feeds: Vec<(FeedId, Count)>) -> Result<Labelled> {
    feeds.into_iter().map(|(feed, count)| Ok((archive.feed_label(feed)?, count))).collect()
}
