//! What people type while the daemon runs: the calls that the commands of the same names make, on connections of their own.

use feedwatch::clock::{earlier, later};
use feedwatch::model::{AlertFilter, ArticleId, Scope, Silence, Verdict};
use feedwatch::store::{ArticleFilter, Store, StoreError, backup};
use feedwatch::watch::Scratch;

use super::steps::{Step, Verb};
use super::world::{Eyes, Found, World, long};

const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// How much `alerts` shows unless told otherwise.
const LIMIT: usize = 100;

impl World {
    /// A command that changes something. None may fail, at whatever moment.
    pub(super) fn command(&mut self, step: Step) -> Found {
        self.typed(step).map_err(|error| format!("the command {step} failed: {error}"))
    }

    fn typed(&mut self, step: Step) -> Result<(), StoreError> {
        let (which, how, now) = (step.which, step.how(), self.now());
        let store = Store::open_beside(&self.database())?;
        match step.verb {
            Verb::Ack => {
                if let Some(id) = self.alert(&store, which)? {
                    let verdict = match how {
                        "useful" => Some(Verdict::Useful),
                        "noise" => Some(Verdict::Noise),
                        _ => None,
                    };
                    store.acknowledge(&id, verdict, None, now)?;
                }
            }
            Verb::SilenceStory => {
                if let Some(id) = self.alert(&store, which)? {
                    let story = store.alerts_beginning(&id[..12])?.remove(0).story.id;
                    if !story.is_empty() {
                        self.silence(&store, Scope::Story, story, how)?;
                    }
                }
            }
            Verb::SilenceFeed => {
                let url = self.sites[which % self.sites.len()].lock().unwrap().url.clone();
                if store.feeds()?.iter().any(|row| row.listed && row.feed.source.url.as_str() == url) {
                    self.silence(&store, Scope::Feed, url, how)?;
                }
            }
            Verb::SilenceWatch => {
                let names: Vec<_> = self.files.watches().map(|watch| watch.name.clone()).collect();
                if let Some(name) = names.get(which % names.len().max(1)) {
                    self.silence(&store, Scope::Watch, name.clone(), how)?;
                }
            }
            Verb::EndSilence => {
                let silences = store.silences(now, false)?;
                if let Some(silence) = silences.get(which % silences.len().max(1)) {
                    store.end_silence(silence.id, now)?;
                }
            }
            Verb::Retry => {
                store.revive("desk")?;
            }
            Verb::Backup => {
                // While alerts wait for the log a backup waits too, in real time; and what it holds then is told again.
                if store
                    .outbox_sizes()?
                    .iter()
                    .all(|(sink, owed)| *owed == 0 || !["log", "journal"].contains(&sink.as_str()))
                {
                    let to = self.house.path("backup.db");
                    let _ = std::fs::remove_file(&to);
                    backup(&self.database(), &to, now, |_, _| {})?;
                    self.backup = Some(to);
                    self.books.backed_up();
                }
            }
            _ => unreachable!("{step} is no command"),
        }
        Ok(())
    }

    fn silence(&self, store: &Store, scope: Scope, target: String, how: &str) -> Result<(), StoreError> {
        let (since, why) = (self.now(), "known".to_owned());
        store.begin_silence(&Silence { id: 0, scope, target, why, since, until: later(since, long(how)), held: 0 })?;
        Ok(())
    }

    /// An alert that `alerts` shows, counted from the newest.
    fn alert(&self, store: &Store, from_newest: usize) -> Result<Option<String>, StoreError> {
        let alerts = store.alerts(&AlertFilter { limit: Some(LIMIT), ..AlertFilter::default() })?;
        let at = alerts.len().checked_sub(1 + from_newest % alerts.len().max(1));
        Ok(at.map(|at| alerts[at].alert.id.clone()))
    }

    /// Everything that only reads: status, feeds, alerts, stats, sinks, silences, articles, why.
    pub(super) fn read_everything(&self) -> Found {
        self.read_with().map_err(|error| format!("a reading command failed: {error}"))
    }

    fn read_with(&self) -> Result<(), StoreError> {
        let now = self.now();
        let Some(Eyes { store, watches, .. }) = &self.eyes else { return Ok(()) };
        store.last_run()?;
        store.sink_states()?;
        store.failing_feeds()?;
        store.latencies(earlier(now, DAY))?;
        store.feeds()?;
        store.silences(now, true)?;
        store.day_counts(earlier(now, 14 * DAY), 0)?;
        store.articles(&ArticleFilter { limit: LIMIT, ..ArticleFilter::default() })?;
        let limit = Some(LIMIT);
        let news = store.alerts(&AlertFilter { limit, ..AlertFilter::default() })?;
        store.alerts(&AlertFilter { limit, operations: true, ..AlertFilter::default() })?;
        let held = store.alerts(&AlertFilter { limit, held: true, ..AlertFilter::default() })?;
        let newest = [news.last(), held.last(), held.first()].into_iter().flatten();
        for stored in newest {
            store.alert_details(&stored.alert.id)?;
            store.story_now(&stored.alert.story.id, &stored.alert.watch.name)?;
            let Some(article) = store.article(ArticleId(stored.alert.article.id))? else { continue };
            for name in watches.names() {
                watches.verdict(name, &article.article, Some(&article.feed), &mut Scratch::default());
                store.outcomes(&article, name)?;
            }
        }
        Ok(())
    }
}
