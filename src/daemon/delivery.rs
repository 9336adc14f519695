//! Emptying the outbox: the alert log first, then the journal or terminal. Never in the way of a poll.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::base::Base;
use super::caught::caught;
use super::fault;
use super::hands::lend;
use super::trail::{Range, Trail};
use super::{Announce, JOURNAL, LOG};
use crate::alert::{self};
use crate::clock::{Clock, Timestamp, later, span};
use crate::logging::{ALERT_LOG_TROUBLE, SINK_TROUBLE};
use crate::model::Alert;
use crate::sink;
use crate::sink::AlertLog;
use crate::store::{Pending, SinkTrouble, Store, StoreError};

/// Alerts that are appended, synced and marked together.
const BATCH_MAX: usize = 256;
/// The first wait after the alert log could not be written; doubles up to `RETRY_MAX`.
const RETRY_MIN: Duration = Duration::from_secs(1);
/// Space comes back when a person makes it: a minute more is not felt, a try costs nothing.
const RETRY_MAX: Duration = Duration::from_secs(60);

/// How long a record waits over which the process seems to have ended twice ...
const PUT_OFF: Duration = Duration::from_secs(30);
/// ... by which factor longer after a third end ...
const PUT_OFF_GROWTH: u32 = 8;
/// ... and after how many ends it is given up.
const ENDS_MAX: u32 = 4;

/// What the deliverer is asked to do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Errand {
    /// There may be something in the outbox.
    Deliver,
    /// The alert log was rotated.
    Reopen,
}

/// The outbox and where it is emptied to.
pub(super) struct Outbox {
    store: Arc<Store>,
    clock: Clock,
    log: AlertLog,
    announce: Announce,
    /// What keeps alerts from their log, for the status; none when all is well.
    trouble: watch::Sender<Option<String>>,
    /// The same as the store has it, for who asks it.
    noted: Option<SinkTrouble>,
    /// What is on its way, for who comes after an unclean end.
    trail: Trail,
    /// Records that wait, as an earlier process seems to have ended over them: sink, number, and until when.
    put_off: Vec<(&'static str, i64, Timestamp)>,
}

impl Outbox {
    /// Opens the alert log and finds the records in it that the store still counts as pending.
    pub(super) fn open(
        base: Base,
        path: &Path,
        announce: Announce,
        trouble: watch::Sender<Option<String>>,
        trail: Trail,
    ) -> Result<Outbox, super::DaemonError> {
        let pending: HashSet<String> =
            base.store.pending(LOG, usize::MAX, base.now())?.into_iter().map(|owed| owed.alert.id).collect();
        let log = AlertLog::open(path, base.store.cursor(LOG)?, &pending)
            .map_err(|error| super::DaemonError::AlertLog { path: path.to_owned(), error })?;
        let noted = base.store.sink_trouble(LOG)?;
        let Base { store, clock, .. } = base;
        Ok(Outbox { store, clock, log, announce, trouble, noted, trail, put_off: Vec::new() })
    }

    /// Puts off or gives up records that were on their way, each by itself, when earlier processes ended. Also those of
    /// other sinks, where a second end is enough: they are carried one by one as a rule.
    pub(super) fn after_an_end(mut self, records: Vec<(String, Range, u32)>) -> Result<Outbox, StoreError> {
        let now = self.clock.now();
        for (sink, (seq, _), ends) in records.into_iter().filter(|(_, _, ends)| *ends > 1) {
            let own = [LOG, JOURNAL].into_iter().find(|own| *own == sink);
            if sink == LOG && self.is_logged(seq, now)? {
                self.trail.forget(&sink, seq);
                continue;
            }
            let why = format!("the process ended while it was delivered ({ends} times)");
            match own.filter(|_| ends < ENDS_MAX) {
                Some(own) => {
                    let until = later(now, PUT_OFF.saturating_mul(PUT_OFF_GROWTH.saturating_pow(ends - 2)));
                    tracing::error!(
                        target: SINK_TROUBLE, sink, alert = seq, ends, until = %format_args!("{until:.0}"),
                        "alert number {seq} waits for the sink {sink} until then, and others go before it: {why}"
                    );
                    self.put_off.push((own, seq, until));
                }
                None => {
                    tracing::error!(
                        target: SINK_TROUBLE, sink, alert = seq, ends,
                        "alert number {seq} is given up for the sink {sink}: {why}; feedwatch sinks --retry {sink} tries once more"
                    );
                    self.store.give_up(&sink, seq, &why, now)?;
                    self.trail.forget(&sink, seq);
                }
            }
        }
        Ok(self)
    }

    /// Whether the alert log holds a record that the store still counts as owed; then it is marked.
    fn is_logged(&self, seq: i64, now: Timestamp) -> Result<bool, StoreError> {
        let pending = self.store.pending(LOG, usize::MAX, now)?;
        let is_logged = pending.iter().any(|owed| owed.seq == seq && self.log.holds(&owed.alert.id));
        if is_logged {
            self.store.delivered(LOG, &[seq], None, now)?;
        }
        Ok(is_logged)
    }

    /// What a sink is owed and may be given now, no more at once than is known to do no harm.
    fn pending(&mut self, sink: &'static str) -> Result<Vec<Pending>, StoreError> {
        let now = self.clock.now();
        self.put_off.retain(|(_, _, until)| *until > now);
        let waits = |owed: &Pending| self.put_off.iter().any(|(at, seq, _)| *at == sink && *seq == owed.seq);
        let mut pending = self.store.pending(sink, BATCH_MAX + self.put_off.len(), now)?;
        pending.retain(|owed| !waits(owed));
        if let (Some(first), Some(last)) = (pending.first(), pending.last()) {
            let most = self.trail.at_once(sink, (first.seq, last.seq), BATCH_MAX);
            // All records in the log are marked together: the cursor moves past all of them, and nothing before it is
            // read again.
            let is_logged = |owed: &&Pending| sink == LOG && self.log.holds(&owed.alert.id);
            let logged = pending.iter().take_while(is_logged).count();
            pending.truncate(most.max(logged));
        }
        if let (Some(first), Some(last)) = (pending.first(), pending.last()) {
            self.trail.carries(sink, (first.seq, last.seq));
        }
        Ok(pending)
    }

    /// A record that cannot be put into words is given up for a sink; the others go on.
    fn give_up(&self, sink: &str, owed: &Pending, why: &str) -> Result<(), StoreError> {
        let alert = &owed.alert.id;
        tracing::error!(
            target: SINK_TROUBLE, sink, alert_id = alert,
            "an alert is given up for the sink {sink}: {why}; feedwatch sinks --retry {sink} tries once more"
        );
        self.store.give_up(sink, owed.seq, why, self.clock.now())
    }

    /// Runs errands until all who could send one are gone, then delivers a last time.
    pub(super) async fn run(mut self, mut errands: mpsc::Receiver<Errand>) -> Result<(), StoreError> {
        let (mut retry_in, mut wake_in): (Option<Duration>, Option<Duration>) = (None, None);
        loop {
            let errand = match wake_in {
                None => errands.recv().await,
                Some(wait) => tokio::select! {
                    errand = errands.recv() => errand,
                    () = tokio::time::sleep(wait) => Some(Errand::Deliver),
                },
            };
            let wait = retry_in.map_or(RETRY_MIN, |wait| (wait * 2).min(RETRY_MAX));
            let (outbox, result) = lend(self, move |outbox| outbox.work(errand, wait)).await;
            self = outbox;
            let put_off = self.put_off.iter().map(|(_, _, until)| span(self.clock.now(), *until)).min();
            let failed = result?.is_err();
            retry_in = if failed { Some(wait) } else { None };
            wake_in = retry_in.or(put_off.map(|wait| wait + RETRY_MIN));
            if errand.is_none() {
                return Ok(());
            }
        }
    }

    /// The outer error is the store's and ends the daemon; the inner one is the alert log's and is tried again after
    /// `wait`.
    fn work(&mut self, errand: Option<Errand>, wait: Duration) -> Result<io::Result<()>, StoreError> {
        let reopened = match errand {
            Some(Errand::Reopen) => self.log.reopen(),
            _ => Ok(()),
        };
        let logged = match reopened {
            Ok(()) => self.deliver_to_log()?,
            failed => failed,
        };
        self.tell_trouble(&logged);
        self.note_trouble(&logged, wait)?;
        self.deliver_to_journal()?;
        Ok(logged)
    }

    fn deliver_to_log(&mut self) -> Result<io::Result<()>, StoreError> {
        loop {
            let pending = self.pending(LOG)?;
            if pending.is_empty() {
                return Ok(Ok(()));
            }
            let (mut lines, mut written) = (Vec::with_capacity(pending.len()), Vec::with_capacity(pending.len()));
            for owed in &pending {
                match caught(|| line(LOG, &owed.alert)) {
                    Ok(line) => {
                        lines.push((owed.alert.id.clone(), line));
                        written.push(owed.seq);
                    }
                    Err(why) => self.give_up(LOG, owed, &why)?,
                }
            }
            let appended = if lines.is_empty() { Ok(None) } else { self.log.append(&lines).map(Some) };
            match appended {
                Ok(cursor) => self.store.delivered(LOG, &written, cursor, self.clock.now())?,
                Err(error) => {
                    self.trail.carried(LOG);
                    return Ok(Err(error));
                }
            }
            self.trail.carried(LOG);
        }
    }

    fn deliver_to_journal(&mut self) -> Result<(), StoreError> {
        loop {
            let pending = self.pending(JOURNAL)?;
            if pending.is_empty() {
                return Ok(());
            }
            let mut announced = Vec::with_capacity(pending.len());
            for owed in &pending {
                match caught(|| (self.announce)(&owed.alert)) {
                    Ok(()) => announced.push(owed.seq),
                    Err(why) => self.give_up(JOURNAL, owed, &why)?,
                }
            }
            self.store.delivered(JOURNAL, &announced, None, self.clock.now())?;
            self.trail.carried(JOURNAL);
        }
    }

    /// Keeps trouble where `feedwatch status` and `sinks` find it at once.
    fn note_trouble(&mut self, logged: &io::Result<()>, wait: Duration) -> Result<(), StoreError> {
        let now = self.clock.now();
        let trouble = logged.as_ref().err().map(|error| {
            let (since, failures) = self.noted.as_ref().map_or((now, 0), |noted| (noted.since, noted.failures));
            SinkTrouble {
                since,
                failures: failures.saturating_add(1),
                retry_at: later(now, wait),
                error: error.to_string(),
            }
        });
        if trouble.is_some() || self.noted.is_some() {
            self.store.note_trouble(LOG, trouble.as_ref())?;
        }
        self.noted = trouble;
        Ok(())
    }

    /// Says it once when trouble begins, changes or ends, not at every try.
    fn tell_trouble(&self, logged: &io::Result<()>) {
        let now = logged.as_ref().err().map(|error| format!("the alert log cannot be written: {error}"));
        self.trouble.send_if_modified(|before| {
            let changed = *before != now;
            match &now {
                Some(trouble) if changed => {
                    tracing::error!(
                        target: ALERT_LOG_TROUBLE,
                        "{trouble}; polling goes on, the alerts wait in the database and follow later"
                    );
                }
                None if changed => tracing::info!("the alert log is written again"),
                _ => {}
            }
            before.clone_from(&now);
            changed
        });
    }
}

/// A restored database may not know all sent alerts: alerts in the alert log are not sent again.
pub(super) fn after_a_restore(store: &Store, log: &Path, now: Timestamp) -> Result<(), super::DaemonError> {
    let Some(restored_at) = store.restored_at()? else { return Ok(()) };
    let ids = sink::logged_ids(log).map_err(|error| super::DaemonError::AlertLog { path: log.to_owned(), error })?;
    let unknown = store.told_before(&ids, now)?;
    tracing::info!(
        %restored_at, unknown,
        "the database was restored from a backup; the alert log holds {unknown} records that were told since it was made: \
         they are not told again"
    );
    Ok(())
}

/// A record as it is in the alert log.
fn line(sink: &str, alert: &Alert) -> String {
    fault::strike("deliver", || format!("{sink} {} {}", alert.feed.url, alert.article.key));
    alert::line(alert)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::daemon::Until;
    use crate::model::{Kind, Level, Routes};

    const RECORDS: usize = 6;

    fn open(folder: &Path) -> Outbox {
        let database = folder.join("a.db");
        let (trail, found) = Trail::open(&database);
        let store = Arc::new(Store::open(&database).unwrap());
        let (trouble, _) = watch::channel(None);
        let log = folder.join("alerts.jsonl");
        let (clock, run, started_at) = (Clock::System, "run".to_owned(), Timestamp::UNIX_EPOCH);
        let base = Base { store, clock, run, until: Until::Stopped, started_at };
        let outbox = Outbox::open(base, &log, Arc::new(|_| {}), trouble, trail).unwrap();
        outbox.after_an_end(found.records).unwrap()
    }

    /// Writes the next records; marks them, unless the process ends before.
    fn carry(outbox: &mut Outbox, is_marked: bool) -> usize {
        let pending = outbox.pending(LOG).unwrap();
        let lines: Vec<_> = pending.iter().map(|owed| (owed.alert.id.clone(), line(LOG, &owed.alert))).collect();
        let cursor = outbox.log.append(&lines).unwrap();
        if is_marked {
            let marked: Vec<i64> = pending.iter().map(|owed| owed.seq).collect();
            outbox.store.delivered(LOG, &marked, Some(cursor), Timestamp::UNIX_EPOCH).unwrap();
            outbox.trail.carried(LOG);
        }
        pending.len()
    }

    /// Each line says whether the records were marked when the process ended; at last all is delivered.
    fn check(ends: &[bool]) {
        let folder = tempfile::tempdir().unwrap();
        let record = |n: usize| {
            Alert::about(Kind::Heartbeat, Level::Info, format!("{n}"), Timestamp::UNIX_EPOCH, String::new(), "run")
        };
        let records: Vec<Alert> = (0..RECORDS).map(record).collect();
        let routes = Routes { always: vec![LOG.to_owned()], ..Routes::default() };
        open(folder.path()).store.raise(&records, &routes).unwrap();
        for is_marked in ends {
            carry(&mut open(folder.path()), *is_marked);
        }
        open(folder.path()).deliver_to_log().unwrap().unwrap();
        let text = std::fs::read_to_string(folder.path().join("alerts.jsonl")).unwrap();
        let ids: Vec<Alert> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let ids: Vec<String> = ids.into_iter().map(|alert| alert.id).collect();
        assert_eq!(ids, ["0", "1", "2", "3", "4", "5"], "ends: {ends:?}");
    }

    #[test]
    fn each_record_is_logged_once_wherever_the_process_ends_and_again_while_they_go_one_by_one() {
        check(&[]);
        check(&[false]);
        check(&[false, true]);
        check(&[false, true, false]);
        check(&[false, true, false, true]);
        check(&[true, false, true]);
    }
}
