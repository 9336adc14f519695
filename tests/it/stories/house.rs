//! A whole feedwatch in virtual time: a folder, a scripted web, a daemon that can be run, stopped and crashed.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use feedwatch::clock::{Clock, Timestamp, later, span};
use feedwatch::config::{Choice, ChosenBy, Config, Environment, Refused};
use feedwatch::daemon::{self, DaemonError, Ended, Order, Until, World};
use feedwatch::fetch::{Answer, Document, Fetch, FetchError, Held, Hints, Post, Request, Response};
use feedwatch::model::{Alert, AlertFilter, Kind, StoredAlert, Validators};
use feedwatch::store::{ArticleFilter, FeedRow, Store, StoredArticle};
use tokio::sync::mpsc;

use crate::fresh;

/// What a scripted address says when asked at an instant.
pub(crate) type Page = Box<dyn Fn(&Request, Timestamp) -> Result<Response, FetchError> + Send + Sync>;

/// What a scripted hook says when a document comes.
pub(crate) type Hook = Box<dyn Fn(&Post, Timestamp) -> Result<(), FetchError> + Send + Sync>;

/// Hosts of this domain send a few bytes a second, and never come to an end.
pub(crate) const SLOW: &str = "slow.example";
/// ... until the poll's time is up.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// A document that a hook was given, whatever it said.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    pub(crate) url: String,
    pub(crate) at: Timestamp,
    pub(crate) taken: bool,
    pub(crate) event: serde_json::Value,
}

/// A request that the web has seen.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) url: String,
    pub(crate) at: Timestamp,
    pub(crate) validators: Validators,
}

/// The web of a test. It watches manners by itself: more requests to a host at once, or closer together, than the
/// limits say is a panic.
pub(crate) struct ScriptedWeb {
    clock: Clock,
    state: Mutex<State>,
    /// How long every answer takes, but those of the hosts of `SLOW`.
    pub(crate) takes: Duration,
    per_host: usize,
    host_gap: Duration,
}

#[derive(Default)]
struct State {
    pages: HashMap<String, Page>,
    hooks: HashMap<String, Hook>,
    posted: Vec<Posted>,
    asked: Vec<Asked>,
    hosts: HashMap<String, (usize, Option<Timestamp>)>,
}

impl ScriptedWeb {
    /// The servers' hour.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Every request so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }

    /// Forgets what was asked and posted, for long lives.
    pub(crate) fn forget(&self) {
        let mut state = self.state.lock().unwrap();
        state.asked = Vec::new();
        state.posted = Vec::new();
    }

    /// When an address was asked.
    pub(crate) fn asked_at(&self, url: &str) -> Vec<Timestamp> {
        self.asked().into_iter().filter(|asked| asked.url == url).map(|asked| asked.at).collect()
    }

    /// Puts a page up, or another in its place.
    pub(crate) fn serve(&self, url: &str, page: Page) {
        self.state.lock().unwrap().pages.insert(url.to_owned(), page);
    }

    /// Puts a hook up, or another in its place.
    pub(crate) fn hook(&self, url: &str, hook: Hook) {
        self.state.lock().unwrap().hooks.insert(url.to_owned(), hook);
    }

    /// Every document that a hook was given so far.
    pub(crate) fn posted(&self, url: &str) -> Vec<Posted> {
        self.state.lock().unwrap().posted.iter().filter(|posted| posted.url == url).cloned().collect()
    }

    /// The headlines of the documents that a hook took, in order.
    pub(crate) fn taken_titles(&self, url: &str) -> Vec<String> {
        let taken = self.posted(url).into_iter().filter(|posted| posted.taken);
        taken.map(|posted| posted.event["data"]["article"]["title"].as_str().unwrap_or_default().to_owned()).collect()
    }

    fn begin(&self, request: &Request) -> (String, Result<Response, FetchError>) {
        let now = self.clock.now();
        let mut state = self.state.lock().unwrap();
        let asked = request.way.steps.last().map_or(&request.url, |step| &step.to);
        let host = asked.host_str().unwrap().to_owned();
        let (in_flight, last) = state.hosts.entry(host.clone()).or_default();
        *in_flight += 1;
        assert!(*in_flight <= self.per_host, "{in_flight} requests at once to {host}");
        // Timers of the runtime go by milliseconds.
        let gap = self.host_gap.saturating_sub(Duration::from_millis(2));
        assert!(last.is_none_or(|last| span(last, now) >= gap), "requests to {host} too close: {last:?}, {now}");
        *last = Some(now);
        let url = asked.to_string();
        let validators = request.validators.clone();
        state.asked.push(Asked { url: url.clone(), at: now, validators });
        let answer = match state.pages.get(&url) {
            Some(page) => page(request, now),
            None => Err(FetchError::Status { status: 404, retry_after: None }),
        };
        (host, answer)
    }
}

/// Counts a request as over however it ends, also when the daemon is dropped in the middle of it.
struct InFlight<'a>(&'a ScriptedWeb, String);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.state.lock().unwrap().hosts.get_mut(&self.1).unwrap().0 -= 1;
    }
}

impl Fetch for ScriptedWeb {
    async fn fetch(&self, request: Request) -> Result<Response, FetchError> {
        let (host, answer) = self.begin(&request);
        let takes = if host.ends_with(SLOW) { ANSWER_MAX } else { self.takes };
        let _in_flight = InFlight(self, host);
        tokio::time::sleep(takes).await;
        answer
    }

    async fn post(&self, post: Post) -> Result<Answer, FetchError> {
        let (at, limit) = (self.clock.now(), post.timeout);
        let answer = {
            let mut state = self.state.lock().unwrap();
            let url = post.url.to_string();
            let answer = state.hooks.get(&url).unwrap_or_else(|| panic!("no hook at {url}"))(&post, at);
            let event = serde_json::from_slice(&post.body).unwrap();
            state.posted.push(Posted { url, at, taken: answer.is_ok(), event });
            answer.map(|()| Answer::default())
        };
        let takes = if matches!(answer, Err(FetchError::TimedOut { .. })) { limit } else { self.takes };
        tokio::time::sleep(takes).await;
        answer
    }
}

/// A folder with a feedwatch in it.
pub(crate) struct House {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) clock: Clock,
    pub(crate) web: Arc<ScriptedWeb>,
    pub(crate) announced: Arc<Mutex<Vec<Alert>>>,
    beats_every: Duration,
}

/// What every house begins with; tests add to it.
const SETTINGS: &str = "[store]\npath = \"feedwatch.db\"\n[log]\nalerts = \"alerts.jsonl\"\n";

impl House {
    /// A house on a settings text (feeds and the like) and a watch file.
    pub(crate) fn new(settings: &str, watches: &str) -> House {
        let clock = Clock::starting_at("2026-11-24T12:00:00Z".parse().unwrap());
        let web = ScriptedWeb {
            // A clock of its own: servers do not care how ours is set.
            clock: Clock::starting_at(clock.now()),
            state: Mutex::default(),
            takes: Duration::from_millis(300),
            per_host: 2,
            host_gap: Duration::from_secs(1),
        };
        let beats_every = daemon::HEARTBEAT_EVERY;
        let house =
            House { folder: fresh::folder(), clock, web: Arc::new(web), announced: Arc::default(), beats_every };
        fresh::database(&house.path("feedwatch.db"));
        house.write(settings, watches);
        house
    }

    /// A house for hours and days, in which a heartbeat comes each five minutes: thousands of them would be most of its life.
    pub(crate) fn for_days(settings: &str, watches: &str) -> House {
        House { beats_every: Duration::from_secs(300), ..House::new(settings, watches) }
    }

    /// Writes the files anew, for a reload or the next start.
    pub(crate) fn write(&self, settings: &str, watches: &str) {
        std::fs::write(self.path("feedwatch.toml"), format!("{SETTINGS}{settings}")).unwrap();
        std::fs::write(self.path("watches.toml"), watches).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn world(&self) -> World<ScriptedWeb> {
        let web = Arc::clone(&self.web);
        let announced = Arc::clone(&self.announced);
        let path = self.path("feedwatch.toml");
        World {
            clock: self.clock.clone(),
            beats_every: self.beats_every,
            connect: Box::new(move |_| Arc::clone(&web)),
            load: Arc::new(move || load(&path)),
            sockets: Vec::new(),
            announce: Arc::new(move |alert| {
                if alert.kind == Kind::Alert {
                    announced.lock().unwrap().push(alert.clone());
                }
            }),
        }
    }

    /// Starts a daemon; it runs until `orders` says stop or it is dropped.
    pub(crate) fn start(
        &self,
        until: Until,
    ) -> (tokio::task::JoinHandle<Result<Ended, DaemonError>>, mpsc::Sender<Order>) {
        let config = load(&self.path("feedwatch.toml")).unwrap();
        let (send, orders) = mpsc::channel(8);
        (tokio::spawn(daemon::run(config, self.world(), until, orders)), send)
    }

    /// Lets time pass.
    pub(crate) async fn pass(&self, time: Duration) {
        self.clock.sleep_until(later(self.clock.now(), time)).await;
    }

    /// The wall clock is put back; the web's stays, as it is another machine's.
    pub(crate) fn set_clock_back(&mut self, by: Duration) {
        self.clock = Clock::starting_at(self.clock.now() - by);
    }

    /// Runs a daemon for a while and stops it in good order.
    pub(crate) async fn run_for(&self, while_: Duration) -> Ended {
        let (daemon, orders) = self.start(Until::Stopped);
        self.pass(while_).await;
        orders.send(Order::Stop).await.unwrap();
        daemon.await.unwrap().unwrap()
    }

    /// Runs a daemon for a while and drops it where it stands.
    pub(crate) async fn crash_after(&self, while_: Duration) {
        let (daemon, _orders) = self.start(Until::Stopped);
        self.pass(while_).await;
        self.crash(daemon).await;
    }

    /// Drops a daemon where it stands.
    pub(crate) async fn crash(&self, daemon: tokio::task::JoinHandle<Result<Ended, DaemonError>>) {
        daemon.abort();
        let _ = daemon.await;
        self.forget_spacing();
        // What was already with SQLite ends by itself and then lets go of the database.
        let lock = std::fs::File::options().write(true).open(self.path("feedwatch.db.lock")).unwrap();
        while lock.try_lock().is_err() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// A process that is gone remembers no spacing; the service manager's RestartSec keeps it.
    pub(crate) fn forget_spacing(&self) {
        self.web.state.lock().unwrap().hosts.values_mut().for_each(|(_, last)| *last = None);
    }

    /// Polls what is due, or everything.
    pub(crate) async fn once(&self, all: bool) -> Ended {
        let (daemon, _orders) = self.start(Until::Idle { all });
        daemon.await.unwrap().unwrap()
    }

    /// The alerts that lie in the alert log.
    pub(crate) fn logged(&self) -> Vec<Alert> {
        self.records().into_iter().filter(|record| record.kind == Kind::Alert).collect()
    }

    /// The messages of the records of a kind in the alert log.
    pub(crate) fn told(&self, kind: Kind) -> Vec<String> {
        self.records().into_iter().filter(|record| record.kind == kind).map(|record| record.message).collect()
    }

    /// All records of the alert log.
    pub(crate) fn records(&self) -> Vec<Alert> {
        let text = std::fs::read_to_string(self.path("alerts.jsonl")).unwrap_or_default();
        assert!(text.is_empty() || text.ends_with('\n'), "torn line: {text:?}");
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }

    /// The titles of the alerts in the log.
    pub(crate) fn logged_titles(&self) -> Vec<String> {
        self.logged().into_iter().map(|alert| alert.article.title).collect()
    }

    pub(crate) fn store(&self) -> Store {
        Store::open_to_read(&self.path("feedwatch.db")).unwrap()
    }

    pub(crate) fn articles(&self) -> Vec<StoredArticle> {
        self.store().articles(&ArticleFilter { limit: 1_000_000, ..Default::default() }).unwrap()
    }

    pub(crate) fn feeds(&self) -> Vec<FeedRow> {
        self.store().feeds().unwrap()
    }

    pub(crate) fn held(&self) -> Vec<StoredAlert> {
        self.store().alerts(&AlertFilter { held: true, ..Default::default() }).unwrap()
    }
}

fn load(path: &std::path::Path) -> Result<Config, Refused> {
    let choice = Choice { path: path.to_owned(), by: ChosenBy::Flag };
    match Config::load(path, &Environment::default()) {
        Ok(loaded) => Ok(loaded.config),
        Err(mistakes) => Err(Refused::Mistakes { choice, mistakes }),
    }
}

/// A `[[feed]]` table.
pub(crate) fn feed(url: &str, every: &str) -> String {
    format!("[[feed]]\nurl = \"{url}\"\nevery = \"{every}\"\n")
}

/// A `[[feed]]` table without an interval of its own.
pub(crate) fn plain(url: &str) -> String {
    format!("[[feed]]\nurl = \"{url}\"\n")
}

/// An item of a feed: its id, title, and when it was published.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) published: Timestamp,
}

pub(crate) fn item(id: &str, title: &str, published: Timestamp) -> Item {
    Item { id: id.to_owned(), title: title.to_owned(), published }
}

/// An RSS document of items, with an address each made from the feed's and the item's id.
pub(crate) fn rss(url: &str, items: &[Item]) -> String {
    let items: String = items
        .iter()
        .map(|item| {
            let Item { id, title, published } = item;
            let date = published.strftime("%a, %d %b %Y %H:%M:%S GMT");
            format!("<item><guid isPermaLink=\"false\">{id}</guid><title>{title}</title><link>{url}/{id}</link><pubDate>{date}</pubDate></item>")
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>Feed {url}</title><link>{url}</link>{items}</channel></rss>")
}

/// A good answer with a body and an ETag made from it; "not modified" to who sends that back.
pub(crate) fn answer(request: &Request, body: String) -> Result<Response, FetchError> {
    let etag = format!("\"{:x}\"", feedwatch::hash::hash64(&[body.as_bytes()])).into_bytes().into_boxed_slice();
    let validators = Validators { etag: Some(etag.clone()), ..Validators::default() };
    if request.validators.etag.as_ref() == Some(&etag) {
        return Ok(Response::NotModified { validators, hints: Hints::default(), redirects: Vec::new() });
    }
    Ok(Response::Document(Box::new(Document {
        body: body.into_bytes(),
        content_type: Some("application/rss+xml".to_owned()),
        url: request.url.clone(),
        validators,
        hints: Hints::default(),
        redirects: Vec::new(),
        refresh: None,
        held: Held::default(),
    })))
}

/// A page that always holds the same items.
pub(crate) fn fixed(items: Vec<Item>) -> Page {
    Box::new(move |request, _| answer(request, rss(request.url.as_str(), &items)))
}

/// A page that fails.
pub(crate) fn failing(error: FetchError) -> Page {
    Box::new(move |_, _| Err(error.clone()))
}
