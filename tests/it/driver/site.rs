//! The feeds of the driver's world: what each shows, what it lies about, and what it has answered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use feedwatch::clock::{Clock, Timestamp, earlier, later};
use feedwatch::fetch::{Document, FetchError, Held, Hints, Redirect, Request, Response};
use feedwatch::hash::hash64;
use feedwatch::model::Validators;
use tokio::time::Instant;

use crate::stories::house::ScriptedWeb;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The terms that watches look for; an item has some of them.
pub(super) const TERMS: [&str; 3] = ["mediation", "strike", "customs"];

/// Items that a document shows at the most.
const SHOWN_MAX: usize = 30;

/// What an item says of its date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dated {
    Rightly,
    Never,
    /// 1970, as feeds say that know no date.
    Epoch,
    Ahead,
    /// Truly old: forty days when it appears.
    Old,
}

/// One piece of news of a feed, whatever names it comes under.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Its story: copies in other feeds have the same.
    pub(super) story: usize,
    /// A bit for each of `TERMS`.
    pub(super) terms: u8,
    pub(super) dated: Dated,
    pub(super) born: Timestamp,
    wording: u32,
    /// How its text was before the last edit.
    before: (u8, u32),
    guids: u32,
    links: u32,
    /// It has the link of all such items.
    linked: bool,
    pub(super) shown: bool,
}

impl Item {
    /// The word that only this story has; it stands in each headline of it.
    pub(super) fn token(&self) -> String {
        token(self.story)
    }

    /// Its headline when it looks like this.
    pub(super) fn title(&self, version: Version) -> String {
        let (story, Version { terms, wording, .. }) = (self.story, version);
        const WHO: [&str; 6] = ["Envoy", "Minister", "Mayor", "Union leader", "Judge", "Bishop"];
        const DOES: [&str; 6] = ["backs", "rejects", "welcomes", "delays", "demands", "opens"];
        const WHAT: [&str; 6] =
            ["bridge plan", "school budget", "harbour works", "flood relief", "rail link", "vaccine drive"];
        let pick = |from: [&'static str; 6], salt: u64| {
            from[(hash64(&[&story.to_le_bytes(), &salt.to_le_bytes()]) % 6) as usize]
        };
        let terms: String = TERMS
            .iter()
            .enumerate()
            .filter(|(n, _)| terms & (1 << n) != 0)
            .map(|(_, term)| format!(" {term}"))
            .collect();
        let (town, wording) =
            (token(story + 1_000_003), ["", " at last", " once more", " tonight"][wording as usize % 4]);
        format!(
            "{} {} {} {} after{terms} talks in {town}{wording}",
            pick(WHO, 1),
            self.token(),
            pick(DOES, 2),
            pick(WHAT, 3)
        )
    }

    fn text(&self) -> String {
        format!(
            "{} said in {} that the matter of {} is not over, {} times asked.",
            self.token(),
            token(self.story + 7),
            token(self.story + 9),
            self.wording
        )
    }

    /// How far what can be told from its document has changed.
    pub(super) fn version(&self) -> Version {
        Version { terms: self.terms, wording: self.wording, guids: self.guids, links: self.links }
    }

    fn date(&self) -> Option<Timestamp> {
        match self.dated {
            Dated::Rightly => Some(self.born),
            Dated::Never => None,
            Dated::Epoch => Some(Timestamp::UNIX_EPOCH),
            Dated::Ahead => Some(later(self.born, DAY * 3)),
            Dated::Old => Some(earlier(self.born, DAY * 40)),
        }
    }

    fn xml(&self, number: usize, url: &str) -> String {
        let Item { guids, links, .. } = self;
        let date = self.date().map(|at| at.strftime("<pubDate>%a, %d %b %Y %H:%M:%S GMT</pubDate>").to_string());
        let link = if self.linked { format!("{url}/latest") } else { format!("{url}/{number}/{links}") };
        format!(
            "<item><guid isPermaLink=\"false\">g{guids}-{number}</guid><title>{}</title><link>{link}</link>{}\
             <description>{}</description></item>",
            self.title(self.version()),
            date.unwrap_or_default(),
            self.text()
        )
    }
}

/// What of an item can be told from its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) terms: u8,
    wording: u32,
    pub(super) guids: u32,
    links: u32,
}

impl Version {
    /// Whether the text is another.
    pub(super) fn is_edited(self, before: Version) -> bool {
        (self.terms, self.wording) != (before.terms, before.wording)
    }

    /// Whether nobody can say for sure that an item which looked like this before is the same one now.
    pub(super) fn is_another(self, before: Version) -> bool {
        let renamed = self.guids != before.guids;
        let rest = (self.links != before.links) || (self.terms, self.wording) != (before.terms, before.wording);
        renamed && rest
    }
}

/// A made-up name that is the same for the same number and shares nothing with that of another.
fn token(number: usize) -> String {
    let syllables = (1..=4_u64).map(|n| {
        let hash = hash64(&[&(number as u64).to_le_bytes(), &n.to_le_bytes()]) as usize;
        format!("{}{}", &"bdfgklmnprstvz"[hash % 14..=hash % 14], &"aeiou"[hash / 14 % 5..=hash / 14 % 5])
    });
    let word: String = syllables.collect();
    word[..1].to_uppercase() + &word[1..] + "q"
}

/// A document that was answered, or said to be the one that is known.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    /// By the daemon's clock.
    pub(super) at: Timestamp,
    /// Items by their number in the site, as they stood there.
    pub(super) items: Vec<(usize, Version)>,
    /// The watches in force; unknown while files are taken.
    pub(super) watches: Option<Watching>,
}

/// Names of watches, and which of `TERMS` each looks for.
pub(super) type Watching = Arc<Vec<(String, usize)>>;

/// A feed and its server.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) url: String,
    /// All that it ever had, the oldest first.
    pub(super) items: Vec<Item>,
    /// How its server answers.
    pub(super) answers: &'static str,
    /// What was given under each ETag: what a "not modified" speaks of, true or not.
    given: HashMap<Box<[u8]>, Vec<(usize, Version)>>,
    /// What was answered and not yet looked for in the store.
    pub(super) shown: Vec<Shown>,
    /// When it was last asked, by the daemon's clock and by the timer.
    pub(super) asked: Option<(Timestamp, Instant)>,
    /// Whether it was answered with a feed then, or the word that it did not change.
    pub(super) answered_well: bool,
    /// The watches in force; unknown while files are taken.
    pub(super) watches: Option<Watching>,
}

impl Site {
    pub(super) fn new(url: &str) -> Site {
        let (url, items, shown) = (url.to_owned(), Vec::new(), Vec::new());
        Site {
            url,
            items,
            answers: "well",
            given: HashMap::new(),
            shown,
            asked: None,
            answered_well: false,
            watches: None,
        }
    }

    /// Puts a new item up.
    pub(super) fn publish(&mut self, story: usize, terms: u8, dated: Dated, linked: bool, born: Timestamp) {
        let before = (terms, 0);
        self.items.push(Item {
            story,
            terms,
            dated,
            born,
            wording: 0,
            before,
            guids: 0,
            links: 0,
            linked,
            shown: true,
        });
        let shown: Vec<usize> = self.shown_items().collect();
        shown[..shown.len().saturating_sub(SHOWN_MAX)].iter().for_each(|n| self.items[*n].shown = false);
    }

    fn shown_items(&self) -> impl DoubleEndedIterator<Item = usize> {
        self.items.iter().enumerate().filter(|(_, item)| item.shown).map(|(n, _)| n)
    }

    /// Changes the text of an item, counted from the newest that is shown.
    pub(super) fn edit(&mut self, from_newest: usize, how: &str) {
        let shown: Vec<usize> = self.shown_items().collect();
        let Some(at) = shown.len().checked_sub(1 + from_newest % shown.len().max(1)) else { return };
        let item = &mut self.items[shown[at]];
        let now = (item.terms, item.wording);
        (item.terms, item.wording) = match how {
            "term-goes" => (0, item.wording),
            "term-comes" => (item.terms | 1, item.wording),
            "back" => item.before,
            _ => (item.terms, item.wording + 1),
        };
        item.before = now;
    }

    pub(super) fn roll(&mut self, how: &str) {
        let shown: Vec<usize> = self.shown_items().collect();
        let leaves = match how {
            "oldest" => shown.len().div_ceil(3),
            "all-but-one" => shown.len().saturating_sub(1),
            "return" => {
                self.items.iter_mut().rev().take(SHOWN_MAX).for_each(|item| item.shown = true);
                return;
            }
            _ => shown.len(),
        };
        shown[..leaves].iter().for_each(|n| self.items[*n].shown = false);
    }

    pub(super) fn rename(&mut self, how: &str) {
        let renamed = |item: &mut Item| match how {
            "guids" => item.guids += 1,
            _ => item.links += 1,
        };
        self.items.iter_mut().filter(|item| item.shown).for_each(renamed);
    }

    fn document(&self) -> String {
        let items: String = self.shown_items().rev().map(|n| self.items[n].xml(n, &self.url)).collect();
        format!(
            "<rss version=\"2.0\"><channel><title>{}</title><link>{}</link>{items}</channel></rss>",
            self.url, self.url
        )
    }

    fn answer(&mut self, request: &Request, now: Timestamp) -> Result<Response, FetchError> {
        self.asked = Some((now, Instant::now()));
        self.answered_well = false;
        let status = |status, retry_after| Err(FetchError::Status { status, retry_after });
        let throttled = |status, retry_after| Err(FetchError::Throttled { status, retry_after, reset: None });
        let way = |to: &str, permanent| vec![Redirect { to: to.parse().unwrap(), permanent }];
        match self.answers {
            "html" => Ok(document(
                request,
                "<html><head><title>Sign in</title></head><body>hello</body></html>",
                Validators::default(),
                Vec::new(),
            )),
            "empty" => Ok(document(
                request,
                "<rss version=\"2.0\"><channel><title>x</title></channel></rss>",
                Validators::default(),
                Vec::new(),
            )),
            "403" => status(403, None),
            "404" => status(404, None),
            "410" => Err(FetchError::Gone),
            "429" => throttled(429, None),
            "429-1h" => throttled(429, Some(HOUR)),
            "500" => status(500, None),
            "503-2h" => throttled(503, Some(HOUR * 2)),
            "refused" => Err(FetchError::TurnedAway("connection refused".to_owned())),
            "slow" => Err(FetchError::TimedOut { doing: "reading the body", after: Duration::from_secs(60) }),
            "circle" => Err(FetchError::Redirect("it leads in a circle".to_owned())),
            "304" if !request.validators.is_empty() => {
                self.known(request, now);
                Ok(Response::NotModified {
                    validators: Validators::default(),
                    hints: Hints::default(),
                    redirects: Vec::new(),
                })
            }
            "moved" => self.truly(request, now, way(&format!("{}-new", self.url), true)),
            "lent" => self.truly(request, now, way(&format!("{}-other", self.url), false)),
            _ => self.truly(request, now, Vec::new()),
        }
    }

    /// What it has, or that this is what the asker knows.
    fn truly(&mut self, request: &Request, now: Timestamp, redirects: Vec<Redirect>) -> Result<Response, FetchError> {
        let mut body = self.document();
        let etag = format!("\"{:x}\"", hash64(&[body.as_bytes()])).into_bytes().into_boxed_slice();
        let url = redirects.last().map(|step| step.to.clone());
        let validators = match self.answers {
            "no-validators" => Validators::default(),
            _ => Validators { etag: Some(etag.clone()), url, ..Validators::default() },
        };
        let items: Vec<_> = self.shown_items().map(|n| (n, self.items[n].version())).collect();
        if request.validators.etag.as_ref() == Some(&etag) && !validators.is_empty() {
            self.show(now, items);
            return Ok(Response::NotModified { validators, hints: Hints::default(), redirects });
        }
        match self.answers {
            // What stands behind the cut was not shown.
            "cut" => body.truncate(body.len() - 20),
            _ => self.show(now, items.clone()),
        }
        self.given.insert(etag, items);
        Ok(document(request, &body, validators, redirects))
    }

    /// It says "not modified", true or not: what it gave under that ETag is known to the asker.
    fn known(&mut self, request: &Request, now: Timestamp) {
        let known = request.validators.etag.as_ref().and_then(|etag| self.given.get(etag));
        if let Some(items) = known.cloned() {
            self.show(now, items);
        }
    }

    fn show(&mut self, at: Timestamp, items: Vec<(usize, Version)>) {
        // An empty document is none.
        if !items.is_empty() {
            self.answered_well = true;
            self.shown.push(Shown { at, items, watches: self.watches.clone() });
        }
    }
}

fn document(request: &Request, body: &str, validators: Validators, redirects: Vec<Redirect>) -> Response {
    Response::Document(Box::new(Document {
        body: body.as_bytes().to_vec(),
        content_type: Some("application/rss+xml".to_owned()),
        url: redirects.last().map_or_else(|| request.url.clone(), |step| step.to.clone()),
        validators,
        hints: Hints::default(),
        redirects,
        refresh: None,
        held: Held::default(),
    }))
}

/// Has a site answer at its address, and where it moves to.
pub(super) fn put_up(web: &ScriptedWeb, site: &Arc<Mutex<Site>>, clock: &Clock) {
    let url = site.lock().unwrap().url.clone();
    for address in [url.clone(), format!("{url}-new"), format!("{url}-other")] {
        let (site, clock) = (Arc::clone(site), clock.clone());
        web.serve(&address, Box::new(move |request, _| site.lock().unwrap().answer(request, clock.now())));
    }
}
