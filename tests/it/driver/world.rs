//! A feedwatch with its feeds, hooks, files and people, and what each step does to it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use feedwatch::clock::{Timestamp, earlier, later, span};
use feedwatch::config::{Config, Environment};
use feedwatch::daemon::{DaemonError, Ended, Order};
use feedwatch::fetch::{FetchError, Post};
use feedwatch::store::Store;
use feedwatch::watch::WatchSet;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::books::{Books, next_due};
use super::files::{DESK, Files, OPS};
use super::site::{Dated, Site, put_up};
use super::steps::{Dice, Step, Verb};
use crate::stories::house::{Hook, House};

pub(super) const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
pub(super) const HOUR: Duration = Duration::from_secs(3600);
pub(super) const DAY: Duration = Duration::from_secs(24 * 3600);

/// Feeds of the world; some share a host.
const URLS: [&str; 5] = [
    "https://a.example/feed",
    "https://b.example/feed",
    "https://b.example/other",
    "https://c.example/feed",
    "https://d.example/feed",
];

/// A stretch without anything that is due is passed at once, from so much on ...
pub(super) const QUIET_MIN: Duration = Duration::from_secs(90);
/// ... up to so much: some signs of life a day are given as always.
pub(super) const QUIET_MAX: Duration = Duration::from_secs(6 * 3600);
/// What is due needs so long at the most to be asked, settled, delivered.
pub(super) const BUSY: Duration = Duration::from_secs(12);

/// After so long the daemon has looked for what commands have changed.
const BEATS: Duration = Duration::from_secs(22);

/// What was found, in words. An error ends the sequence.
pub(super) type Found<T = ()> = Result<T, String>;

/// A daemon that runs.
pub(super) struct Running {
    pub(super) task: JoinHandle<Result<Ended, DaemonError>>,
    pub(super) orders: mpsc::Sender<Order>,
    pub(super) since: Instant,
}

/// What the driver looks through.
pub(super) struct Eyes {
    /// As a stranger reads the database.
    pub(super) db: Connection,
    /// As reading commands do.
    pub(super) store: Store,
    /// The watches of the files.
    pub(super) watches: WatchSet,
}

/// All there is.
pub(super) struct World {
    pub(super) house: House,
    pub(super) sites: Vec<Arc<Mutex<Site>>>,
    pub(super) files: Files,
    pub(super) running: Option<Running>,
    pub(super) books: Books,
    /// Connections of its own for looking, as long as the file stays the same.
    pub(super) eyes: Option<Eyes>,
    /// Since when the desk's hook takes what it is given.
    pub(super) hook_well_since: Option<Timestamp>,
    /// Whether the alert log can be written.
    pub(super) log_blocked: bool,
    /// When it last could be again.
    pub(super) log_freed: Instant,
    stories: usize,
    rotated: usize,
    pub(super) backup: Option<PathBuf>,
}

impl World {
    pub(super) async fn begin() -> Found<World> {
        let house = House::new("", "");
        let sites: Vec<_> = URLS.iter().map(|url| Arc::new(Mutex::new(Site::new(url)))).collect();
        sites.iter().for_each(|site| put_up(&house.web, site, &house.clock));
        let files = Files::new(&URLS.map(str::to_owned));
        let mut world = World {
            house,
            sites,
            files,
            running: None,
            books: Books::default(),
            eyes: None,
            hook_well_since: None,
            log_blocked: false,
            log_freed: Instant::now(),
            stories: 0,
            rotated: 0,
            backup: None,
        };
        world.hook("well");
        world.house.web.hook(OPS, Box::new(|_, _| Ok(())));
        world.write_files();
        world.watching(true);
        for n in 0..URLS.len() {
            world.publish(n, "plain");
        }
        world.start();
        world.idle(SECOND).await?;
        world.pass(2 * MINUTE).await?;
        Ok(world)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.house.clock.now()
    }

    /// The instant so long ago.
    pub(super) fn before(&self, time: Duration) -> Timestamp {
        earlier(self.now(), time)
    }

    pub(super) fn database(&self) -> PathBuf {
        self.house.path("feedwatch.db")
    }

    /// Opens the database for looking, if it is not open yet, and reads the watches.
    pub(super) fn open_eyes(&mut self) -> Found<&Eyes> {
        if self.eyes.is_none() {
            let config = Config::load(&self.house.path("feedwatch.toml"), &Environment::default());
            let watches = config.map_err(|mistakes| mistakes.render(false))?.config.watches;
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
            let db = Connection::open_with_flags(self.database(), flags).map_err(|error| error.to_string())?;
            let store = Store::open_to_read(&self.database()).map_err(|error| error.to_string())?;
            self.eyes = Some(Eyes { db, store, watches });
        }
        Ok(self.eyes.as_ref().expect("they were just opened"))
    }

    pub(super) fn log(&self) -> PathBuf {
        self.house.path("alerts.jsonl")
    }

    /// Does a step.
    pub(super) async fn step(&mut self, step: Step) -> Found {
        let (which, how) = (step.which, step.how());
        let site = which % self.sites.len();
        match step.verb {
            Verb::Publish => self.publish(site, how),
            Verb::Edit => self.sites[site].lock().unwrap().edit(if how == "older" { 1 } else { 0 }, how),
            Verb::Roll => self.sites[site].lock().unwrap().roll(how),
            Verb::Rename => self.sites[site].lock().unwrap().rename(how),
            Verb::Answer => self.sites[site].lock().unwrap().answers = how,
            Verb::Pass => return self.pass(long(how)).await,
            Verb::Absent => return self.absent(how).await,
            Verb::Kill => return self.kill(which, how).await,
            Verb::Stop => {
                self.stop().await?;
                self.start();
                return self.idle(SECOND).await;
            }
            Verb::Hook => self.hook(how),
            Verb::Log => self.change_log(how),
            Verb::Feeds => {
                self.files.edit_feeds(which, how);
                return self.reload().await;
            }
            Verb::Watches => {
                self.files.edit_watches(which, how);
                return self.reload().await;
            }
            Verb::Settings => {
                self.books.sweeps |= how == "keep-30d";
                self.books.forgets |= how == "short-window";
                self.files.edit_settings(how);
                return self.reload().await;
            }
            Verb::Mistake => return self.mistake(how).await,
            Verb::Restore => return self.restore().await,
            _ => return self.command(step),
        }
        Ok(())
    }

    fn publish(&mut self, site: usize, how: &str) {
        let (born, mut stories) = (self.now(), self.stories);
        let mut dice = Dice::new(stories as u64 + 77);
        let terms = match how {
            "plain" => 0,
            "hits" => 1 + dice.below(7) as u8,
            _ => 1 << dice.below(2),
        };
        let dated = match how {
            "undated" => Dated::Never,
            "epoch" => Dated::Epoch,
            "ahead" => Dated::Ahead,
            "old" => Dated::Old,
            _ => Dated::Rightly,
        };
        // A copy is of the story that another feed had last, and says of itself what that says.
        let newest = |n: usize| self.sites[n].lock().unwrap().items.last().map(|item| (item.story, item.terms));
        let copied = match how {
            "copy" => (1..self.sites.len()).filter_map(|more| newest((site + more) % self.sites.len())).max(),
            _ => None,
        };
        let mut to = self.sites[site].lock().unwrap();
        match copied.filter(|(story, _)| to.items.iter().all(|item| item.story != *story)) {
            Some((story, terms)) => to.publish(story, terms, dated, false, born),
            None => {
                for _ in 0..if how == "burst" { 12 } else { 1 } {
                    stories += 1;
                    to.publish(stories, terms, dated, how == "linked", born);
                }
            }
        }
        self.stories = stories;
    }

    pub(super) fn hook(&mut self, how: &str) {
        let refuse = |error: FetchError| -> Hook { Box::new(move |_, _| Err(error.clone())) };
        let (odd, taken) = (AtomicBool::new(false), Arc::clone(&self.books.taken));
        let take = move |post: &Post| {
            let event: serde_json::Value = serde_json::from_slice(&post.body).unwrap();
            taken.lock().unwrap().insert(event["data"]["id"].as_str().unwrap_or_default().to_owned());
            Ok(())
        };
        let hook: Hook = match how {
            "down" => refuse(FetchError::TurnedAway("connection refused".to_owned())),
            "busy" => refuse(FetchError::Throttled { status: 429, retry_after: Some(HOUR), reset: None }),
            "hangs" => refuse(FetchError::TimedOut { doing: "waiting for the hook's answer", after: 15 * SECOND }),
            // Every second document.
            "refuses" => Box::new(move |post, _| match odd.fetch_xor(true, Ordering::Relaxed) {
                true => Err(FetchError::Status { status: 422, retry_after: None }),
                false => take(post),
            }),
            _ => Box::new(move |post, _| take(post)),
        };
        self.hook_well_since = (how == "well").then(|| self.hook_well_since.unwrap_or(self.now()));
        self.house.web.hook(DESK, hook);
    }

    /// A rotation as logrotate does it, with its signal or without; or a folder stands where the log should be.
    pub(super) fn change_log(&mut self, how: &str) {
        let log = self.log();
        match how {
            "free" if self.log_blocked => {
                std::fs::remove_dir(&log).unwrap();
                (self.log_blocked, self.log_freed) = (false, Instant::now());
            }
            "free" => {}
            _ if self.log_blocked => {}
            _ => {
                self.rotated += 1;
                let _ = std::fs::rename(&log, self.house.path(&format!("alerts.jsonl.{:04}", self.rotated)));
                if how == "blocked" {
                    std::fs::create_dir(&log).unwrap();
                    self.log_blocked = true;
                }
                if how == "rotated" {
                    self.order(Order::Reopen);
                }
            }
        }
    }

    /// Lets so much time pass. Where nothing is due for long, it passes at once.
    pub(super) async fn pass(&mut self, time: Duration) -> Found {
        let end = later(self.now(), time);
        // What commands have changed is seen with the next sign of life.
        self.idle(BEATS.min(time)).await?;
        while self.now() < end {
            let due = self.next_due()?.min(end);
            let quiet = span(self.now(), due).min(QUIET_MAX);
            if quiet >= QUIET_MIN && self.running.is_some() {
                tokio::time::advance(quiet - SECOND).await;
            }
            self.idle(BUSY.min(span(self.now(), end))).await?;
        }
        self.check(time >= MINUTE)
    }

    /// When something is next due after this moment. What is overdue is due now.
    pub(super) fn next_due(&mut self) -> Found<Timestamp> {
        let now = self.now();
        next_due(&self.open_eyes()?.db, now)
    }

    /// Time passes, and the daemon does what it does.
    pub(super) async fn idle(&mut self, time: Duration) -> Found {
        self.house.pass(time).await;
        self.alive().await
    }

    /// The daemon never ends by itself.
    async fn alive(&mut self) -> Found {
        let Some(running) = self.running.take_if(|running| running.task.is_finished()) else { return Ok(()) };
        Err(match running.task.await {
            Ok(Ok(_)) => "the daemon ended by itself".to_owned(),
            Ok(Err(error)) => format!("the daemon ended by itself: {error}"),
            Err(panic) => format!("the daemon panicked: {}", said(panic.into_panic())),
        })
    }

    /// At the end: all is well again, and what is owed must come.
    pub(super) async fn finish(&mut self) -> Found {
        self.hook("well");
        self.change_log("free");
        self.files.desk = true;
        self.reload().await?;
        self.sites.iter().for_each(|site| site.lock().unwrap().answers = "well");
        self.pass(2 * HOUR).await?;
        self.command("retry 0 now".parse()?)?;
        self.pass(10 * MINUTE).await?;
        self.check_at_the_end()?;
        self.stop().await
    }
}

/// How long a step says.
pub(super) fn long(how: &str) -> Duration {
    let (number, unit) = how.split_at(how.len() - 1);
    let unit = match unit {
        "m" => MINUTE,
        "h" => HOUR,
        _ => DAY,
    };
    unit * number.parse::<u32>().unwrap()
}

/// What a panic said.
pub(super) fn said(panic: Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
