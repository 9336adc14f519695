//! What becomes of articles and hits: new or edited, raised or joined or held, each with its reason and its record.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::alert;
use crate::clock::{DAY, Timestamp, earlier, short, span};
use crate::feed::Parsed;
use crate::hash::hex128;
use crate::model::{
    Alert, AlertArticle, AlertFeed, AlertWatch, Alias, Article, ArticleChange, Decided, Feed, HeldBy, Hit, Kind, Known,
    KnownArticle, Latency, Level, Outcome, Outlet, RelatedTo, Telling, Told,
};
use crate::story::{Link, Memory, Signature};
use crate::watch::Scratch;

use super::again::Finding;
use super::age::{Ages, settle_dates};
use super::aliases::{link_hash, recognise};
use super::confirmed::confirmed;
use super::counted::{counted, joins};
use super::ground::{Ground, Holders, ground, grown, perhaps, unite};
use super::origin::{self, Prints};
use super::parts::{Whole, was_known};
use super::place::{Placed, place};
use super::{AlertPolicy, Rules};

/// If at least this many items are all new at once, they are an old archive under new identifiers (the feed moved or
/// was rebuilt). Smaller feeds often replace all their items.
const EXCHANGED_MIN: usize = 10;
/// ... unless that happened within this time before: then the feed always does so, and everything is news.
const EXCHANGED_RARELY: Duration = DAY.saturating_mul(7);
/// If no item is known and the dates do not say what is news, at most this many hits are told.
const UNDATED_TOLD_MAX: usize = 50;

/// When a poll was answered, and when it is decided upon.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// When the answer was there.
    pub answered_at: Timestamp,
    /// Now; never earlier.
    pub now: Timestamp,
}

/// The matches in an article, and its signature for comparing.
#[derive(Clone, Debug)]
pub struct Found {
    /// One for each watch, at least one.
    pub hits: Vec<Hit>,
    /// For finding its story.
    pub signature: Signature,
}

/// The matches in a document.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// By the key of the article; those in which no watch found anything are not among them.
    pub articles: HashMap<String, Found>,
    /// New keys of articles that are known under others.
    pub aliases: Vec<Alias>,
    /// The whole document compared with what was known, even if it is settled in parts.
    pub whole: Whole,
}

/// Recognises articles that come under new keys or under those of others, and lets the watches look at the new and
/// edited ones.
pub fn find(
    rules: &Rules,
    scratch: &mut Scratch,
    feed: &Feed,
    known: &mut Known,
    parsed: &mut Parsed,
    answered_at: Timestamp,
) -> Findings {
    settle_dates(parsed, &feed.polls.learned, answered_at);
    let aliases = recognise(known, &mut parsed.articles, answered_at);
    let whole = Whole::of(feed, known, parsed, answered_at);
    let feed = &named(feed, parsed);
    let articles = parsed.articles.iter().filter(|article| is_changed(known, article)).filter_map(|article| {
        let hits = rules.watches.find(article, Some(feed), scratch);
        (!hits.is_empty()).then(|| (article.key.clone(), Found { hits, signature: Signature::of(article) }))
    });
    Findings { articles: articles.collect(), aliases, whole }
}

/// Alerts of a first poll already call the feed by the title it has just given itself.
pub(super) fn named(feed: &Feed, parsed: &Parsed) -> Feed {
    Feed { title: parsed.title.clone().or_else(|| feed.title.clone()), ..feed.clone() }
}

pub(super) fn is_changed(known: &Known, article: &Article) -> bool {
    known.articles.get(&article.key).is_none_or(|before| before.content_hash != article.content_hash)
}

/// A document of which nothing was known: a feed's first one, or one whose items were all exchanged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    /// When the poll before it succeeded; never, if it is the first.
    since: Option<Timestamp>,
    /// Whether its items have dates that differ.
    has_dates: bool,
    /// Hits told so far of items whose date says nothing.
    pub(super) undated_told: usize,
}

impl Arrival {
    pub(super) fn of(feed: &Feed, known: &Known, articles: &[Article], now: Timestamp) -> Option<Arrival> {
        let since = feed.polls.succeeded_at;
        let is_new = articles.iter().all(|article| !was_known(feed, known, article));
        let learned = &feed.polls.learned;
        let is_rare = learned.gap_at.is_none_or(|gap| span(gap, now) > EXCHANGED_RARELY);
        // Older pages are read because of an arrival, which was one by then.
        let counts = since.is_none() || (articles.len() >= EXCHANGED_MIN && is_rare && learned.paging.is_none());
        let dates: BTreeSet<_> = articles.iter().map(Article::dated).collect();
        let undated_told = learned.begun.as_ref().map_or(0, |begun| begun.undated_told as usize);
        (is_new && counts).then_some(Arrival { since, has_dates: dates.len() > 1, undated_told })
    }

    /// Whether the article's date says its age: a future or implausible date counts as none.
    pub(super) fn can_tell(&self, article: &Article, ages: &Ages, moment: Moment) -> bool {
        let tells = |dated| dated != moment.answered_at && ages.are_believed_anew(dated);
        self.has_dates && article.dated().is_some_and(tells)
    }
}

/// The most characters of a headline in a `related` record.
const TITLE_CHARS_MOST: usize = 80;

/// What becomes of a hit.
struct Ruling {
    outcome: Outcome,
    /// Empty when raised.
    reason: String,
    /// The other feed that holds what joined.
    by: Option<HeldBy>,
    /// The alert that it joined, or is told under.
    telling: Option<Telling>,
}

/// A watch that found an article which it had not found before.
struct Case<'a> {
    arrival: Option<Arrival>,
    ages: &'a Ages,
    feed: &'a Feed,
    article: &'a Article,
    /// The article as it was known, if it was.
    before: Option<&'a KnownArticle>,
    hit: &'a Hit,
    /// Who has it.
    outlet: &'a Outlet,
    story: &'a str,
    /// The pieces of the story that the article is like.
    links: &'a [Link],
    /// The alert of a story that it perhaps belongs to, and the feed that is charged for that.
    perhaps: Option<(Telling, Option<HeldBy>)>,
    finding: Finding,
    moment: Moment,
}

/// New and edited articles with their matches and the outcomes.
pub(super) fn changed_articles(
    rules: &Rules,
    feed: &Feed,
    known: &Known,
    whole: Whole,
    mut findings: HashMap<String, Found>,
    articles: Vec<Article>,
    moment: Moment,
) -> Vec<ArticleChange> {
    // What this very document brings and raises counts for its later articles.
    let mut memory = Memory::new(&known.stories);
    let mut prints = Prints::new(&known.stories);
    let mut told = known.told.clone();
    let mut holders = known.holders.clone();
    let Whole { mut arrival, ages, .. } = whole;
    let changed = articles.into_iter().filter(|article| is_changed(known, article)).map(|article| {
        let before = known.articles.get(&article.key);
        let first_seen_at = before.map_or(moment.answered_at, |before| before.first_seen_at);
        let id = before.map(|before| before.id);
        let Some(Found { hits, signature }) = findings.remove(&article.key) else {
            let (link_hash, hits) = (link_hash(&article), Vec::new());
            let alerts = lost(rules, feed, &ages, before, &article, &hits, moment);
            return ArticleChange { known: id, article, link_hash, first_seen_at, hits, alerts, piece: None };
        };
        let Placed { mut piece, links, alike, repeats } =
            place(rules, &mut memory, &holders, feed, before, &article, signature, moment);
        for other in &piece.absorbs {
            let theirs = told.remove(other).unwrap_or_default();
            unite(told.entry(piece.story.clone()).or_default(), theirs, rules.alerts.growth);
        }
        let outlet = prints.settle(&article, feed, &mut piece);
        if let Some(from) = &piece.renames {
            origin::rename(told.entry(piece.story.clone()).or_default(), from, piece.origin.as_ref());
        }
        let mut alerts = lost(rules, feed, &ages, before, &article, &hits, moment);
        for hit in &hits {
            let Some(finding) = Finding::of(hit, &article, before, rules.alerts.backlog_age) else { continue };
            let of_watch = |told: &&Told| *told.watch == *hit.watch;
            let told_here = told.get(&piece.story).and_then(|told| told.iter().find(of_watch));
            let was_told = told_here.zip(id).is_some_and(|(told, id)| told.has_told(id));
            if finding == Finding::Again && repeats && was_told {
                continue;
            }
            let policy = &rules.alerts;
            let perhaps = perhaps(policy, &told, &hit.watch, &alike, feed.id, &holders, moment.now);
            let perhaps = perhaps.map(|ground| (ground.telling.clone(), ground.by));
            let case = Case {
                finding,
                perhaps,
                arrival,
                ages: &ages,
                feed,
                article: &article,
                before,
                hit,
                outlet: &outlet,
                story: &piece.story,
                links: &links,
                moment,
            };
            let mut decided = case.decide(rules, told.entry(piece.story.clone()).or_default(), &holders);
            decided.retain(|decided| finding != Finding::Aged || !decided.outcome.is_of_age());
            for by in decided.iter().filter_map(|decided| decided.by).filter(|by| by.counts) {
                holders.entry(by.feed).or_default().held += 1;
            }
            if let Some(arrival) = arrival.as_mut().filter(|arrival| !arrival.can_tell(&article, &ages, moment)) {
                arrival.undated_told += decided.iter().filter(|decided| decided.outcome == Outcome::Raised).count();
            }
            alerts.extend(decided);
        }
        let link_hash = link_hash(&article);
        ArticleChange { known: id, article, link_hash, first_seen_at, hits, alerts, piece: Some(piece) }
    });
    changed.collect()
}

impl Case<'_> {
    /// What becomes of the hit, and the record of that; a second one if its story has grown by it. `told` is kept up.
    fn decide(&self, rules: &Rules, told: &mut Vec<Told>, holders: &Holders) -> Vec<Decided> {
        let Ruling { outcome, reason, by, telling } = self.outcome(&rules.alerts, told, holders);
        let mut alert = self.record(&rules.run);
        let mine = told.iter_mut().find(|told| *told.watch == *self.hit.watch);
        if let Some(telling) = telling.as_ref().filter(|_| outcome == Outcome::Raised) {
            alert = related(alert, telling);
        }
        match (telling, mine) {
            (Some(telling), Some(told)) => {
                if outcome == Outcome::Raised {
                    told.tellings.push(self.telling(&alert));
                }
                let growth = rules.alerts.growth;
                let (story, gained, known_to) = joins(self.story, told, self.outlet, growth);
                alert.story = story;
                let step = growth.step(known_to, &alert.story);
                told.known_to = Some(growth.of(&alert.story));
                let grown = step.map(|step| grown(&alert, told.tellings.first().unwrap_or(&telling), step));
                // An article that is only perhaps the same confirms nothing.
                let wants_second = outcome == Outcome::Joined && rules.alerts.confirmed.contains(&*self.hit.watch);
                let confirmed =
                    wants_second.then(|| confirmed(&alert, self.outlet, told, &telling, self.moment.now)).flatten();
                let joined = Decided { by, gained, ..Decided::new(outcome, reason, alert) };
                [Some(joined), confirmed, grown].into_iter().flatten().collect()
            }
            (_, mine) if outcome == Outcome::Raised => {
                let telling = self.telling(&alert);
                let told = match mine {
                    Some(told) => told,
                    None => {
                        told.push(Told { watch: self.hit.watch.to_string(), ..Told::default() });
                        told.last_mut().expect("it was just put there")
                    }
                };
                told.tellings.push(telling);
                let (_, gained, _) = joins(self.story, told, self.outlet, rules.alerts.growth);
                told.known_to = None;
                vec![Decided { by, gained, ..Decided::new(outcome, reason, alert) }]
            }
            _ => vec![Decided::new(outcome, reason, alert)],
        }
    }

    /// That a record of this hit tells its story.
    fn telling(&self, alert: &Alert) -> Telling {
        Telling {
            alert: alert.id.clone(),
            feed: self.feed.id,
            article: self.before.map(|before| before.id).unwrap_or_default(),
            title: self.article.headline(),
            raised_at: self.moment.now,
            waits: false,
            void: None,
            outlet: self.outlet.clone(),
        }
    }

    /// What becomes of the hit, and why.
    fn outcome(&self, policy: &AlertPolicy, told: &[Told], holders: &Holders) -> Ruling {
        let held = |outcome, reason| Ruling { outcome, reason, by: None, telling: None };
        let since = |span: Duration| earlier(self.moment.now, span);
        let first_seen_at = self.before.map(|before| before.first_seen_at);
        let is_stale = |limit: &Duration| self.ages.is_stale(self.article, first_seen_at, since(*limit));
        if let (Some(limit), Some(arrival)) = (policy.backlog_age, self.arrival) {
            let age = short(limit);
            let reason = match arrival.since {
                None if self.ages.is_archived(self.article, since(limit)) => {
                    format!("on the feed's first poll and published more than {age} ago")
                }
                Some(last) if self.ages.is_archived(self.article, earlier(last, limit)) => {
                    format!(
                        "all items of the feed are new at once, and this one was published more than {age} before its last poll"
                    )
                }
                _ if arrival.undated_told >= UNDATED_TOLD_MAX
                    && !arrival.can_tell(self.article, self.ages, self.moment) =>
                {
                    format!(
                        "all items of the feed are new, their dates do not tell which are news, and {UNDATED_TOLD_MAX} were told"
                    )
                }
                _ => String::new(),
            };
            if !reason.is_empty() {
                return held(Outcome::HeldBacklog, reason);
            }
        }
        if let Some(limit) = policy.max_age.filter(is_stale) {
            return held(Outcome::HeldStale, format!("published more than {} ago", short(limit)));
        }
        let once = policy.story_window.is_some() && !policy.every_article.contains(&*self.hit.watch);
        let told = told.iter().find(|told| once && *told.watch == *self.hit.watch);
        let now = self.moment.now;
        let ground = told.and_then(|told| ground(policy, told, self.links, self.feed.id, holders, now));
        let Some(Ground { telling, by, .. }) = ground.as_ref().filter(|ground| ground.is_sure) else {
            let perhaps = ground.map(|ground| (ground.telling.clone(), ground.by)).or_else(|| self.perhaps.clone());
            let in_full = policy.related_in_full.contains(&*self.hit.watch) || self.feed.source.related_in_full;
            let wanted = once && !in_full;
            let (telling, by) = perhaps.filter(|_| wanted).unzip();
            return Ruling { outcome: Outcome::Raised, reason: String::new(), by: by.flatten(), telling };
        };
        let alert = &telling.alert;
        let reason = match telling.waits {
            true => format!("the same story waits for a digest, as alert {alert}"),
            false => format!("the same story was told by alert {alert}"),
        };
        Ruling { outcome: Outcome::Joined, reason, by: *by, telling: Some((*telling).clone()) }
    }

    /// The record, but for the article's number if it has none yet.
    fn record(&self, run: &str) -> Alert {
        let Case { feed, article, before, hit, finding, moment: Moment { answered_at, now }, .. } = *self;
        let millis_since = |at: Timestamp| now.duration_since(at).as_millis() as i64;
        Alert {
            v: 1,
            id: finding.id(alert::id(feed.source.url.as_str(), &article.key, &hit.watch, Kind::Alert), article),
            time: now,
            kind: Kind::Alert,
            level: hit.level,
            level_number: hit.level.number(),
            message: alert::message(article, hit, feed),
            change: before.map(|_| "term added".to_owned()),
            watch: AlertWatch { name: hit.watch.to_string(), revision: hit.revision.to_string() },
            why: hit.why.clone(),
            snippet: alert::snippet(article, hit),
            score: hit.score,
            article: AlertArticle {
                id: before.map_or(0, |before| before.id.0),
                key: article.key.clone(),
                title: article.headline(),
                url: article.url.clone(),
                published: article.published,
                first_seen: before.map_or(answered_at, |before| before.first_seen_at),
                lang: article.lang.clone(),
            },
            feed: AlertFeed {
                url: alert::mask(&feed.source.url),
                title: feed.label().into_owned(),
                tags: feed.source.tags.clone(),
                tier: feed.source.tier,
            },
            story: counted(self.story, [self.outlet], 1),
            related_to: None,
            latency_ms: Latency { published: article.published.map(millis_since), seen: millis_since(answered_at) },
            run: run.to_owned(),
            items: Vec::new(),
            counts: None,
        }
    }
}

/// The record of a hit that is perhaps of a story that was told: a line under the alert that told it.
fn related(found: Alert, telling: &Telling) -> Alert {
    let change = format!("perhaps the same story as \"{}\"", alert::shorten(&telling.title, TITLE_CHARS_MOST));
    Alert {
        kind: Kind::Related,
        level: Level::Info,
        level_number: Level::Info.number(),
        message: format!("{} ({change})", found.message),
        change: Some(change),
        related_to: Some(RelatedTo { id: telling.alert.clone(), title: telling.title.clone() }),
        ..found
    }
}

/// A note for watches that matched an article but do not match its present text. No alert is raised; `alerts show` and
/// `alerts --held` show it.
fn lost(
    rules: &Rules,
    feed: &Feed,
    ages: &Ages,
    before: Option<&KnownArticle>,
    article: &Article,
    hits: &[Hit],
    moment: Moment,
) -> Vec<Decided> {
    let Some(before) = before else { return Vec::new() };
    let found = |name: &str| hits.iter().any(|hit| *hit.watch == *name);
    // A watch that left the files finds nothing in anything.
    let gone =
        rules.watches.revisions().filter(|(name, _)| before.watches.iter().any(|had| had == name) && !found(name));
    let note = |(name, revision): (&str, &str)| {
        let (watch, revision) = (Arc::from(name), Arc::from(revision));
        let hit = Hit { watch, revision, level: Level::Info, why: Vec::new(), score: None };
        let story = before.story.as_deref().unwrap_or_default();
        let outlet = &origin::outlet(article, feed);
        let case = Case {
            arrival: None,
            ages,
            feed,
            article,
            before: Some(before),
            hit: &hit,
            outlet,
            story,
            links: &[],
            perhaps: None,
            finding: Finding::First,
            moment,
        };
        let found = case.record(&rules.run);
        let reason = format!("the article was edited, and the watch finds nothing in it any more; alert {}", found.id);
        let change = "term removed".to_owned();
        let message = format!("{} ({change})", found.message);
        let id = hex128(&[b"lost", found.id.as_bytes()]);
        let alert = Alert { id, message, change: Some(change), ..found };
        Decided::new(Outcome::Lost, reason, alert)
    };
    gone.map(note).collect()
}
