//! The process and its files: started, stopped, killed, away for a while, restored from a backup, told to take other files.

use std::sync::Arc;
use std::time::Duration;

use feedwatch::clock::{SignedDuration, span};
use feedwatch::daemon::{Order, Until};
use tokio::time::Instant;

use super::crash;
use super::world::{BUSY, DAY, Found, HOUR, QUIET_MAX, QUIET_MIN, Running, SECOND, World, said};

impl World {
    pub(super) fn start(&mut self) {
        if self.log_blocked {
            self.change_log("free");
        }
        let (task, orders) = self.house.start(Until::Stopped);
        self.running = Some(Running { task, orders, since: Instant::now() });
    }

    pub(super) async fn stop(&mut self) -> Found {
        let Some(running) = self.running.take() else { return Ok(()) };
        self.eyes = None;
        let _ = running.orders.send(Order::Stop).await;
        let ended = running.task.await;
        self.house.forget_spacing();
        self.look()?;
        self.eyes = None;
        self.books.process_ended(&self.sites);
        match ended {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(format!("the daemon did not stop in good order: {error}")),
            Err(panic) => Err(format!("the daemon panicked while it stopped: {}", said(panic.into_panic()))),
        }
    }

    pub(super) async fn absent(&mut self, how: &str) -> Found {
        let by = |time: Duration| SignedDuration::try_from(time).unwrap();
        // By a clock that was set nobody can tell what came first.
        self.look()?;
        self.books.process_ended(&self.sites);
        match how {
            "asleep-5h" => self.house.clock.set(by(5 * HOUR)),
            "ahead-1h" => self.house.clock.set(by(HOUR)),
            "back-1h" => self.house.clock.set(-by(HOUR)),
            _ => {
                self.stop().await?;
                let time = match how {
                    "off-1h" => HOUR,
                    "off-2d" => 2 * DAY,
                    _ => 10 * DAY,
                };
                tokio::time::advance(time).await;
                self.start();
            }
        }
        self.idle(BUSY).await?;
        self.check(false)
    }

    /// Kills the process at a moment and starts it again.
    pub(super) async fn kill(&mut self, which: usize, how: &str) -> Found {
        self.check(false)?;
        let database = self.database();
        let mark = crash::mark(&database);
        let due = self.next_due()?;
        let due = span(self.now(), due).min(QUIET_MAX);
        let moment = Duration::from_millis(37 * which as u64);
        if how != "now" {
            if due >= QUIET_MIN {
                tokio::time::advance(due - SECOND).await;
            }
            self.idle(due.min(SECOND)).await?;
            let more = match how {
                "asked" => moment,
                "settled" => Duration::from_millis(300) + moment / 10,
                "told" => Duration::from_millis(320) + moment / 5,
                _ => 2 * SECOND + moment * 10,
            };
            self.idle(more).await?;
        }
        self.eyes = None;
        let keeper = crash::keep_wal(&database);
        if let Some(running) = self.running.take() {
            self.house.crash(running.task).await;
        }
        let lost = how.strip_suffix("-lost").map_or(0, |lost| lost.parse().unwrap());
        let lost = if how == "torn" { 3 } else { lost };
        crash::lose_commits(&database, &self.log(), keeper, &mark, lost, how == "torn", self.books.read_of_log());
        self.look()?;
        self.eyes = None;
        self.books.process_ended(&self.sites);
        self.start();
        self.idle(SECOND).await
    }

    pub(super) async fn restore(&mut self) -> Found {
        let Some(backup) = self.backup.clone() else { return Ok(()) };
        self.stop().await?;
        if self.log_blocked {
            self.change_log("free");
        }
        let aside = self.house.path("replaced.db");
        let restored = feedwatch::store::restore(&backup, &self.database(), Some(&aside), self.now());
        restored.map_err(|error| format!("restore failed: {error}"))?;
        self.books.restored(&self.sites, self.now());
        self.start();
        self.idle(SECOND).await
    }

    pub(super) fn write_files(&self) {
        std::fs::write(self.house.path("feedwatch.toml"), self.files.settings()).unwrap();
        std::fs::write(self.house.path("watches.toml"), self.files.watch_file()).unwrap();
    }

    pub(super) fn order(&self, order: Order) {
        if let Some(running) = &self.running {
            // Without room it would have been told enough.
            let _ = running.orders.try_send(order);
        }
    }

    pub(super) async fn reload(&mut self) -> Found {
        self.look()?;
        // Whether what is asked meanwhile is judged by the old files or by the new ones, nobody can say.
        self.watching(false);
        self.write_files();
        self.order(Order::Reload);
        self.idle(SECOND).await?;
        self.look()?;
        self.watching(true);
        self.eyes = None;
        Ok(())
    }

    /// Notes which watches are in force, or that this is not sure.
    pub(super) fn watching(&self, is_sure: bool) {
        let watches = Arc::new(self.files.watches().map(|watch| (watch.name.clone(), watch.term)).collect());
        let watches = is_sure.then_some(watches);
        self.sites.iter().for_each(|site| site.lock().unwrap().watches.clone_from(&watches));
    }

    pub(super) async fn mistake(&mut self, how: &str) -> Found {
        let listed = |world: &World| world.house.store().listed().map_err(|error| error.to_string());
        let before = listed(self)?;
        let (settings, watches) = self.files.with_a_mistake(how);
        std::fs::write(self.house.path("feedwatch.toml"), settings).unwrap();
        std::fs::write(self.house.path("watches.toml"), watches).unwrap();
        self.order(Order::Reload);
        self.idle(2 * SECOND).await?;
        self.write_files();
        if listed(self)? != before {
            return Err("files with a mistake changed the feeds".to_owned());
        }
        Ok(())
    }
}
