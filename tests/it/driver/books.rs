//! What the driver has seen so far: lines of the alert log, what was told of each item, what the store was found to hold.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use feedwatch::clock::{Timestamp, span};
use feedwatch::model::{Alert, Kind};
use rusqlite::Connection;

use super::crash::logs;
use super::site::{Site, Version};
use super::world::Found;

const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 3600);
/// For so long an item is recognised under another name; a day less, for what was on its way.
const RECOGNISED: std::time::Duration = DAY.saturating_mul(29);
/// The time in which a story is told once, by default.
const STORY_WINDOW: std::time::Duration = DAY.saturating_mul(7);
/// What the step `short-window` makes of it.
const SHORT_WINDOW: std::time::Duration = DAY;

/// An item of a site, by its number there.
pub(super) type Which = (usize, usize);

/// That an item was told.
#[derive(Clone, Debug)]
struct Telling {
    id: String,
    at: Timestamp,
    guids: u32,
}

#[derive(Debug, Default)]
pub(super) struct Books {
    /// Bytes read of each log file, by inode.
    read: HashMap<u64, u64>,
    /// Ids of all lines of the log.
    pub(super) lines: HashSet<String>,
    /// By item and watch.
    told: HashMap<(Which, String), Telling>,
    /// The last row of the alerts that was looked at.
    pub(super) last_seq: i64,
    /// Alerts that were raised and stand in no line yet, and when they were.
    pub(super) owed: HashMap<String, Timestamp>,
    /// How each item was last found in the store.
    pub(super) known: HashMap<Which, Version>,
    /// The same when the backup was made.
    known_in_backup: HashMap<Which, Version>,
    restored_at: Option<Timestamp>,
    /// Whether `keep` was ever short.
    pub(super) sweeps: bool,
    /// Whether the window of stories was ever short.
    pub(super) forgets: bool,
    /// Ids that the desk's hook took.
    pub(super) taken: Arc<Mutex<HashSet<String>>>,
}

impl Books {
    pub(super) fn read_of_log(&self) -> &HashMap<u64, u64> {
        &self.read
    }

    pub(super) fn backed_up(&mut self) {
        self.known_in_backup = self.known.clone();
    }

    /// The process ended: what it was answered and had not settled is asked again.
    pub(super) fn process_ended(&mut self, sites: &[Arc<Mutex<Site>>]) {
        for site in sites {
            let mut site = site.lock().unwrap();
            site.shown.clear();
            site.asked = None;
        }
    }

    /// The database is that of the backup again.
    pub(super) fn restored(&mut self, sites: &[Arc<Mutex<Site>>], now: Timestamp) {
        self.process_ended(sites);
        self.known = self.known_in_backup.clone();
        (self.last_seq, self.restored_at) = (0, Some(now));
        self.owed.clear();
    }

    /// Reads the lines that came to the log: each record once, each item once.
    pub(super) fn read_log(&mut self, log: &Path, sites: &[Arc<Mutex<Site>>]) -> Found {
        for path in logs(log) {
            let mut file = File::open(&path).map_err(|error| error.to_string())?;
            let metadata = file.metadata().map_err(|error| error.to_string())?;
            let read = self.read.entry(metadata.ino()).or_default();
            if metadata.len() == *read {
                continue;
            }
            let mut text = String::new();
            file.seek(SeekFrom::Start(*read))
                .and_then(|_| file.read_to_string(&mut text))
                .map_err(|error| error.to_string())?;
            // A line that was torn by a kill is finished later.
            let whole = text.rfind('\n').map_or(0, |end| end + 1);
            *read += whole as u64;
            for line in text[..whole].lines() {
                let alert: Alert =
                    serde_json::from_str(line).map_err(|error| format!("no record in the log, {error}: {line}"))?;
                self.line(alert, sites)?;
            }
        }
        Ok(())
    }

    fn line(&mut self, alert: Alert, sites: &[Arc<Mutex<Site>>]) -> Found {
        self.owed.remove(&alert.id);
        if !self.lines.insert(alert.id.clone()) {
            return Err(format!("told twice in the log: {} {}", alert.id, alert.message));
        }
        let is_first = alert.change.as_ref().is_none_or(|change| change == "term added");
        let Some(which) =
            (matches!(alert.kind, Kind::Alert | Kind::Related) && is_first).then(|| item_of(&alert, sites)).flatten()
        else {
            return Ok(());
        };
        let guids = sites[which.0].lock().unwrap().items[which.1].version().guids;
        let telling = Telling { id: alert.id, at: alert.time, guids };
        let before = self.told.insert((which, alert.watch.name.clone()), telling);
        let Some(before) = before else { return Ok(()) };
        // A hit that comes again when its story's time is over is told anew.
        let window = if self.forgets { SHORT_WINDOW } else { STORY_WINDOW };
        let again = alert.change.is_some() && span(before.at, alert.time) > window;
        let long_ago = again || span(before.at, alert.time) > RECOGNISED;
        // A restored database knows it by the names that it had then.
        let forgotten = self.restored_at.is_some_and(|restored| restored >= before.at) && before.guids != guids;
        match long_ago || forgotten {
            true => Ok(()),
            false => Err(format!(
                "the watch {} told an item twice, first as {}: {} {}",
                alert.watch.name, before.id, alert.article.key, alert.message
            )),
        }
    }

    /// An item was found under names and with a text that say nothing of what it was before: it is another one.
    pub(super) fn another(&mut self, which: Which) {
        self.told.retain(|(told, _), _| *told != which);
    }
}

/// When a feed, a hook, a silence or a digest is next due after `now`; what is overdue is due now. A log that cannot be
/// written is tried each minute, which is no reason to stop at each.
pub(super) fn next_due(db: &Connection, now: Timestamp) -> Found<Timestamp> {
    let sql = "select min(at) from (select max(min(max(next_poll_at, coalesce((select paused_until from host where host.name = feed.host), 0))), ?1) as at from feed union all \
               select max(min(until), ?1) from silence where ended_at is null union all \
               select min(due_at) from digest where due_at > ?1 union all \
               select min(retry_at) from sink_trouble where retry_at > ?1 and sink <> 'log')";
    let mut read = db.prepare_cached(sql).map_err(|error| error.to_string())?;
    let at: Option<i64> =
        read.query_row([now.as_microsecond()], |row| row.get(0)).map_err(|error| error.to_string())?;
    Ok(at.and_then(|at| Timestamp::from_microsecond(at).ok()).unwrap_or(Timestamp::MAX))
}

/// Which item a record is about, by the word in its headline that only its story has.
pub(super) fn item_of(alert: &Alert, sites: &[Arc<Mutex<Site>>]) -> Option<Which> {
    let token = alert.article.title.split(' ').find(|word| word.ends_with('q'))?;
    let at = sites.iter().position(|site| site.lock().unwrap().url == alert.feed.url)?;
    let site = sites[at].lock().unwrap();
    let number = site.items.iter().position(|item| item.token() == token)?;
    Some((at, number))
}
