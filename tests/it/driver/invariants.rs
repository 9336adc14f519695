//! What must hold after each step, whatever happened: the invariants of ARCHITECTURE.md, looked for from outside.

use std::time::Duration;

use feedwatch::alert;
use feedwatch::clock::{Timestamp, later, span};
use feedwatch::model::{Alert, Kind};
use rusqlite::{Connection, OptionalExtension, params};

use super::books::{Which, item_of};
use super::site::{Dated, Shown, Version};
use super::world::{Found, World};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What a daemon that has run for so long has no excuse for.
const SETTLED: Duration = MINUTE.saturating_mul(2);

fn sql(error: rusqlite::Error) -> String {
    format!("the driver's own look into the database failed: {error}")
}

impl World {
    /// Looks at what came: the log, rows of alerts, items that feeds have shown.
    pub(super) fn look(&mut self) -> Found {
        self.open_eyes()?;
        // Lent for the while: what is found is noted in the books beside them.
        let eyes = self.eyes.take().expect("they were just opened");
        let looked = self
            .look_for_items(&eyes.db)
            .and_then(|()| self.books.read_log(&self.log(), &self.sites))
            .and_then(|()| self.look_at_alerts(&eyes.db));
        self.eyes = Some(eyes);
        looked
    }

    /// All that must hold at any moment; `quiet` where time has passed and what was under way has come to its end.
    pub(super) fn check(&mut self, quiet: bool) -> Found {
        self.look()?;
        let eyes = self.open_eyes()?;
        every_hit_has_a_fate(&eyes.db)?;
        what_is_held_is_not_lost(&eyes.db)?;
        self.read_everything()?;
        let Some(running) = &self.running else { return Ok(()) };
        if quiet && running.since.elapsed() > SETTLED {
            let eyes = self.eyes.as_ref().expect("they are open");
            self.nothing_is_left_undone(&eyes.db)?;
            self.every_feed_is_asked(&eyes.db)?;
        }
        self.house.web.forget();
        Ok(())
    }

    pub(super) fn check_at_the_end(&mut self) -> Found {
        self.check(true)?;
        let db = &self.open_eyes()?.db;
        let text = |query: &str| db.query_row(query, [], |row| row.get::<_, String>(0)).map_err(sql);
        let whole = text("pragma integrity_check")?;
        let strays: i64 =
            db.query_row("select count(*) from pragma_foreign_key_check", [], |row| row.get(0)).map_err(sql)?;
        let miscounted: i64 = db
            .query_row(
                "select count(*) from word where word >= 0 and stories <> (select count(*) from story_word where story_word.word = word.word)",
                [],
                |row| row.get(0),
            )
            .map_err(sql)?;
        let dead: i64 =
            db.query_row("select count(*) from dead_letter where sink = 'desk'", [], |row| row.get(0)).map_err(sql)?;
        match (whole.as_str(), strays, miscounted, dead) {
            ("ok", 0, 0, 0) => Ok(()),
            found => {
                Err(format!("at the end (integrity, stray references, words miscounted, dead letters): {found:?}"))
            }
        }
    }

    /// Each item that a settled poll showed is stored, with its text, and what watches find in it has a outcome.
    fn look_for_items(&mut self, db: &Connection) -> Found {
        for at in 0..self.sites.len() {
            let (url, shown) = {
                let site = self.sites[at].lock().unwrap();
                if site.shown.is_empty() {
                    continue;
                }
                (site.url.clone(), site.shown.clone())
            };
            let find = "select id, polled_at from feed where url = ?1";
            let row = db.query_row(find, [&url], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?)));
            let Some((feed, Some(polled_at))) = row.optional().map_err(sql)? else { continue };
            let settled = shown.iter().take_while(|shown| shown.at.as_microsecond() <= polled_at).count();
            let now: Vec<(usize, Version)> =
                shown[..settled].last().map(|shown| shown.items.clone()).unwrap_or_default();
            for (nth, shown) in shown[..settled].iter().enumerate() {
                for (number, version) in &shown.items {
                    let is_latest = nth + 1 == settled || !now.contains(&(*number, *version));
                    self.look_for_item(db, feed, (at, *number), *version, shown, is_latest && nth + 1 == settled)?;
                }
            }
            self.sites[at].lock().unwrap().shown.drain(..settled);
        }
        Ok(())
    }

    fn look_for_item(
        &mut self,
        db: &Connection,
        feed: i64,
        which: Which,
        version: Version,
        shown: &Shown,
        is_latest: bool,
    ) -> Found {
        let known = self.books.known.get(&which).copied();
        if known == Some(version) {
            return Ok(());
        }
        self.books.known.insert(which, version);
        if known.is_some_and(|known| version.is_another(known)) {
            self.books.another(which);
        }
        if !is_latest {
            return Ok(());
        }
        let (token, title, url) = {
            let site = self.sites[which.0].lock().unwrap();
            let item = &site.items[which.1];
            (item.token(), item.title(version), site.url.clone())
        };
        let mut read = db
            .prepare_cached("select id, title from article where feed = ?1 and instr(title, ?2) order by title <> ?3")
            .map_err(sql)?;
        let article =
            read.query_row(params![feed, token, title], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)));
        let (article, stored) = match article.optional().map_err(sql)? {
            Some(article) => article,
            None if self.books.sweeps && known.is_some() => return Ok(()),
            None => return Err(format!("an item that {url} showed at {} is not stored: {title}", shown.at)),
        };
        if stored != title {
            return Err(format!("an item that {url} showed at {} is stored as {stored:?}, not as {title:?}", shown.at));
        }
        let (Some(watches), true) = (&shown.watches, known.is_none_or(|known| version.is_edited(known))) else {
            return Ok(());
        };
        for (name, _) in watches.iter().filter(|(_, term)| version.terms & (1 << term) != 0) {
            let hit: bool = db
                .prepare_cached("select exists (select 1 from hit where article = ?1 and watch = ?2)")
                .and_then(|mut find| find.query_row(params![article, name], |row| row.get(0)))
                .map_err(sql)?;
            if !hit {
                return Err(format!("the watch {name} missed an item that {url} showed at {}: {title}", shown.at));
            }
        }
        Ok(())
    }

    /// Each new row of the alerts: its id, its reason, its ground.
    fn look_at_alerts(&mut self, db: &Connection) -> Found {
        let mut read = db
            .prepare_cached("select seq, id, outcome, reason, record, exists (select 1 from told_before where told_before.id = alert.id), \
                 exists (select 1 from delivery where alert = seq and sink = 'desk') \
                 or exists (select 1 from dead_letter where alert = seq and sink = 'desk') \
                 from alert where seq > ?1 order by seq")
            .map_err(sql)?;
        let mut rows = read.query([self.books.last_seq]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            let text = |at: usize| row.get::<_, String>(at).map_err(sql);
            let (id, outcome, reason, record) = (text(1)?, text(2)?, text(3)?, text(4)?);
            let alert: Alert = serde_json::from_str(&record).map_err(|error| error.to_string())?;
            let is_told = outcome == "raised" || outcome == "grown";
            if is_told && !self.books.lines.contains(&id) {
                self.books.owed.insert(id.clone(), alert.time);
            }
            let goes_to_desk: bool = row.get(6).map_err(sql)?;
            let is_sure = self.sites[0].lock().unwrap().watches.is_some() && self.files.desk;
            let was_told: bool = row.get(5).map_err(sql)?;
            if is_told
                && alert.kind.is_news()
                && is_sure
                && !was_told
                && !goes_to_desk
                && span(alert.time, self.now()) < DAY
            {
                return Err(format!("an alert was raised and is owed to no hook: {}", alert.message));
            }
            if outcome != "raised" && reason.is_empty() {
                return Err(format!("a hit that is {outcome} has no reason: {}", alert.message));
            }
            let is_hit =
                matches!(alert.kind, Kind::Alert | Kind::Related) && outcome != "grown" && outcome != "term removed";
            let own_id = alert::id(&alert.feed.url, &alert.article.key, &alert.watch.name, Kind::Alert);
            // A hit that comes again in another text of its article has a record of its own beside the first, whose key may have
            // been another.
            let is_again = || {
                let sql = "select exists (select 1 from alert where article = ?1 and watch = ?2 and id <> ?3)";
                db.query_row(sql, (alert.article.id, &alert.watch.name, &id), |row| row.get::<_, bool>(0))
            };
            if is_hit && id != own_id && !is_again().map_err(sql)? {
                return Err(format!("an alert's id is no longer what it was: {}", alert.message));
            }
            let teller =
                reason.split([' ', ',']).find(|word| word.len() == 32 && word.bytes().all(|c| c.is_ascii_hexdigit()));
            if let Some(teller) = teller.filter(|_| outcome == "joined") {
                let query = "select outcome from alert where id = ?1";
                let told: Option<String> = db.query_row(query, [teller], |row| row.get(0)).optional().map_err(sql)?;
                if !told
                    .as_deref()
                    .is_some_and(|told| ["raised", "held: cooldown", "held: quiet hours"].contains(&told))
                {
                    return Err(format!("a hit joined {teller}, which is {told:?}: {}", alert.message));
                }
            }
            if outcome == "held: backlog" || outcome == "held: stale" {
                self.is_old(&alert, &outcome)?;
            }
            self.books.last_seq = row.get(0).map_err(sql)?;
        }
        Ok(())
    }

    /// Only what is truly old is held for its age.
    fn is_old(&self, alert: &Alert, outcome: &str) -> Found {
        let Some((at, number)) = item_of(alert, &self.sites) else { return Ok(()) };
        let site = self.sites[at].lock().unwrap();
        let item = &site.items[number];
        match item.dated == Dated::Old || span(item.born, alert.time) > DAY {
            true => Ok(()),
            false => {
                Err(format!("news is {outcome}, dated {:?}, published {}: {}", item.dated, item.born, alert.message))
            }
        }
    }

    /// What was to be told, delivered or ended by now is.
    fn nothing_is_left_undone(&self, db: &Connection) -> Found {
        let now = self.now();
        let by = self.before(SETTLED);
        let owed = self.books.owed.iter().find(|(_, at)| **at < by);
        let log_is_well = !self.log_blocked && self.log_freed.elapsed() > SETTLED;
        if let Some((id, at)) = owed.filter(|_| log_is_well) {
            return Err(format!("an alert was raised at {at} and stands in no line of the log: {id}"));
        }
        let by = by.as_microsecond();
        let count = |query: &str| db.query_row(query, [by], |row| row.get::<_, i64>(0)).map_err(sql);
        let silences = count("select count(*) from silence where until < ?1 and ended_at is null")?;
        let digests = count("select count(*) from digest where due_at < ?1")?;
        let is_quiet = self.files.is_quiet(now) || self.files.is_quiet(self.before(SETTLED));
        if silences > 0 || (digests > 0 && !is_quiet) {
            return Err(format!("{silences} silences and {digests} digests are over and were not told"));
        }
        let waits = "select count(*) from delivery join alert on seq = alert where delivered_at is null and sink = 'desk' \
                     and raised_at < ?1 and not exists \
                     (select 1 from sink_trouble where sink = 'desk' and retry_at > ?1) and not exists \
                     (select 1 from delivery as lately where lately.sink = 'desk' and lately.delivered_at > ?1)";
        let well = self.hook_well_since.is_some_and(|since| span(since, now) > SETTLED);
        if well && self.files.desk && count(waits)? > 0 {
            return Err(format!("the desk's hook is well, and {} alerts wait for it", count(waits)?));
        }
        let mut read = db
            .prepare(
                "select id from delivery join alert on seq = alert where sink = 'desk' and delivered_at is not null",
            )
            .map_err(sql)?;
        let delivered = read.query_map([], |row| row.get::<_, String>(0)).map_err(sql)?;
        let taken = self.books.taken.lock().unwrap();
        for id in delivered {
            let id = id.map_err(sql)?;
            if !taken.contains(&id) {
                return Err(format!("{id} counts as delivered, and the desk's hook never took it"));
            }
        }
        Ok(())
    }

    /// Each feed of the files has its turn, and what it answered is settled.
    fn every_feed_is_asked(&self, db: &Connection) -> Found {
        let now = self.now();
        for feed in self.files.feeds.iter().filter(|feed| feed.listed) {
            let query = "select max(next_poll_at, coalesce((select paused_until from host where host.name = feed.host), 0)), \
                         polled_at, wait ->> '$.why', error from feed where url = ?1 and listed";
            let row = db.query_row(query, [&feed.url], |row| {
                Ok((
                    row.get::<_, Option<i64>>(0)?,
                    row.get::<_, Option<i64>>(1)?,
                    row.get::<_, String>(2)?,
                    row.get::<_, Option<String>>(3)?,
                ))
            });
            let Some((next, polled, why, error)) = row.optional().map_err(sql)? else {
                return Err(format!("{} stands in the files and not in the store", feed.url));
            };
            let Some(next) = next.and_then(|at| Timestamp::from_microsecond(at).ok()) else {
                return Err(format!("{} stands in the files and is never polled", feed.url));
            };
            let longest = match why.as_str() {
                "gone" => 34 * DAY,
                "retry_after" | "throttled" | "long_broken" => 8 * DAY,
                _ => 28 * HOUR,
            };
            if span(next, now) > SETTLED || span(later(now, longest), next) > Duration::ZERO {
                return Err(format!("{} is due at {next}, which is not near {now} ({why})", feed.url));
            }
            let asked = self.sites.iter().find_map(|site| {
                let site = site.lock().unwrap();
                site.asked.filter(|_| site.url == feed.url).map(|asked| (asked, site.answered_well))
            });
            let Some(((asked_at, asked), answered_well)) = asked else { continue };
            let is_settled = polled.is_some_and(|polled| polled >= asked_at.as_microsecond());
            if let Some(error) = error.filter(|_| is_settled && answered_well) {
                return Err(format!("{} answered well at {asked_at}, and counts as failed: {error}", feed.url));
            }
            if asked.elapsed() > SETTLED && !is_settled {
                return Err(format!("{} was asked at {asked_at}, and that was never settled", feed.url));
            }
        }
        Ok(())
    }
}

fn every_hit_has_a_fate(db: &Connection) -> Found {
    let query = "select article.title || ' by ' || watch from hit join article on article.id = hit.article where not exists \
                 (select 1 from alert where alert.article = hit.article and alert.watch = hit.watch and kind in ('alert', 'related') \
                 and outcome <> 'term removed') limit 1";
    match db.query_row(query, [], |row| row.get::<_, String>(0)).optional().map_err(sql)? {
        None => Ok(()),
        Some(hit) => Err(format!("a hit has no outcome: {hit}")),
    }
}

/// What waits for a digest will have one, and what had one was told by it.
fn what_is_held_is_not_lost(db: &Connection) -> Found {
    let query = "select outcome || ' by ' || coalesce(held_by, 'nobody') || ': ' || id from alert where \
        (outcome in ('held: cooldown', 'held: quiet hours') and not coalesce( \
           (held_by = 'quiet hours' and exists (select 1 from digest where watch = '')) \
           or (held_by like 'at_most of %' and exists (select 1 from digest where held_by = 'at_most of ' || digest.watch)) \
           or (held_by like 'digest %' and exists (select 1 from alert as teller where alert.held_by = 'digest ' || teller.id)), 0)) \
        or (outcome = 'held: silenced' and not exists (select 1 from silence where held_by = 'silence ' || silence.id)) limit 1";
    match db.query_row(query, [], |row| row.get::<_, String>(0)).optional().map_err(sql)? {
        None => Ok(()),
        Some(held) => Err(format!("a hit is held and nobody will tell it: {held}")),
    }
}
