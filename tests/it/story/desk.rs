//! A desk that is told every article: the store, `judge` and a watch that finds everything, without the web.

use std::time::{Duration, Instant};

use feedwatch::clock::{Timestamp, later};
use feedwatch::feed::Parsed;
use feedwatch::fetch::Hints;
use feedwatch::model::{Article, Changes, Feed, FeedSource, Kept, LookBack, Routes, Validators};
use feedwatch::pace::Purpose;
use feedwatch::poll::{Answer, Circumstances, Facts, Given, Moment, Read, Rules, find, judge, look_up, recent};
use feedwatch::store::Store;
use feedwatch::watch::{Lists, Scratch, WatchSet, WatchSource};

use crate::fresh;

/// A store with feeds, and rules.
pub(crate) struct Desk {
    store: Store,
    feeds: Vec<Feed>,
    rules: Rules,
    scratch: Scratch,
    /// Articles whose stories were looked up, and how long that took.
    spent: (usize, Duration),
    _folder: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn new(feeds: usize, now: Timestamp) -> Desk {
        let folder = fresh::folder();
        let path = folder.path().join("feedwatch.db");
        fresh::database(&path);
        let store = Store::open(&path).unwrap();
        let url = |n: usize| format!("https://f{n}.example/feed").parse().unwrap();
        let source = |n| FeedSource {
            url: url(n),
            name: None,
            tags: Vec::new(),
            every: None,
            holds_others: true,
            tier: None,
            related_in_full: false,
        };
        let sources: Vec<FeedSource> = (0..feeds).map(source).collect();
        store.sync_feeds(&sources, |_| (now, Duration::from_secs(3600))).unwrap();
        let mut feeds = store.due_feeds(now, feeds).unwrap();
        feeds.sort_by_key(|feed| feed.id);
        // They were polled before, so that nothing counts as their backlog.
        feeds.iter_mut().for_each(|feed| feed.polls.succeeded_at = Some(now));
        let everything = WatchSource {
            name: "everything".to_owned(),
            find: "category: everything".to_owned(),
            ..Default::default()
        };
        let (watches, _) = WatchSet::compile(&Lists::new(), &[everything]).unwrap();
        let rules = Rules { watches, ..Rules::default() };
        Desk { store, feeds, rules, scratch: Scratch::default(), spent: Default::default(), _folder: folder }
    }

    /// Its watch tells every article from now on.
    #[allow(dead_code, reason = "the bench has no use for it")]
    pub(crate) fn tell_every_article(&mut self) {
        self.rules.alerts.every_article.insert("everything".to_owned());
    }

    /// Its rules, to be changed.
    #[allow(dead_code, reason = "the bench has no use for it")]
    pub(crate) fn rules(&mut self) -> &mut Rules {
        &mut self.rules
    }

    /// Its feeds, as the files say of them.
    #[allow(dead_code, reason = "the bench has no use for it")]
    pub(crate) fn feeds(&mut self) -> &mut [Feed] {
        &mut self.feeds
    }

    /// Settles one document of a feed, as the daemon does.
    pub(crate) fn read(&mut self, feed: usize, articles: Vec<Article>, now: Timestamp) -> Changes {
        self.read_all(vec![(feed, articles)], now).remove(0)
    }

    /// Settles documents in one transaction.
    pub(crate) fn read_all(&mut self, documents: Vec<(usize, Vec<Article>)>, now: Timestamp) -> Vec<Changes> {
        let routes = Routes { always: vec!["log".to_owned()], ..Routes::default() };
        let Desk { store, feeds, rules, scratch, spent, .. } = self;
        let settled = store.settle(documents, &routes, |(feed, articles), ledger| {
            let feed = &feeds[feed];
            let mut known = ledger.known(feed.id, &articles, recent(now), look_up)?;
            let mut parsed = Parsed { articles, ..Parsed::default() };
            let findings = find(rules, scratch, feed, &mut known, &mut parsed, now);
            for article in &parsed.articles {
                let Some(found) = findings.articles.get(&article.key) else { continue };
                let story = known.articles.get(&article.key).and_then(|before| before.story.clone());
                let begin = Instant::now();
                let look = rules.alerts.look_back(now);
                ledger.recall(&found.signature.look_up(), story.as_deref(), look, &mut known)?;
                *spent = (spent.0 + 1, spent.1 + begin.elapsed());
            }
            let given = Given {
                validators: Validators::default(),
                hints: Hints::default(),
                redirects: Vec::new(),
                suggestion: None,
            };
            let answer = Answer::Read(Box::new(Read { given, body_hash: 0, parsed }));
            let around = Circumstances { purpose: Purpose::Ordinary, is_offline: false, stretch: 1.0 };
            let moment = Moment { answered_at: now, now: later(now, Duration::from_millis(5)) };
            let (host, kept) = (&feed.host(), Kept::AsItWas);
            let changes = judge(rules, Facts { feed, host, around, known, findings, kept }, answer, moment, ledger)?;
            // It is told of articles, and not of the health of feeds.
            Ok(Changes { notices: Vec::new(), ..changes })
        });
        settled.unwrap()
    }

    /// Articles whose stories were looked up, and how long that took.
    #[allow(dead_code, reason = "the bench asks")]
    pub(crate) fn spent(&self) -> (usize, Duration) {
        self.spent
    }

    /// How many stories are remembered.
    pub(crate) fn stories(&self) -> u32 {
        let mut stories = 0;
        let count = |(), ledger: &feedwatch::store::Ledger| {
            let mut known = Default::default();
            let look = LookBack { told_since: Timestamp::MAX, held_since: None };
            ledger.recall(&[], None, look, &mut known)?;
            stories = known.stories.stories;
            Err(feedwatch::store::StoreError::Sql(rusqlite::Error::InvalidQuery))
        };
        // An error, so that nothing is written.
        self.store.settle(vec![()], &Routes::default(), count).unwrap_err();
        stories
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }
}
