//! `feedwatch run`: the daemon.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::Arc;

use super::descriptors::Descriptors;
use super::setup;
use super::signals::{self, StoppedBy};
use super::{Exit, Global, allocator};
use crate::clock::Clock;
use crate::config::{Diagnostic, Loaded};
use crate::daemon::{self, Ended, Until, World};
use crate::fetch::{self, Http, Identity, Room, Tuning};
use crate::logging::{self, Logging};
use crate::serve;
use crate::store::{POLLED_ONCE, Store};

pub(super) fn run(global: &Global) -> anyhow::Result<Exit> {
    allocator::settle();
    start(global, Until::Stopped)?;
    Ok(Exit::Done)
}

/// Runs the daemon with everything real, until a signal or until it is idle.
pub(super) fn start(global: &Global, until: Until) -> anyhow::Result<Ended> {
    let Loaded { mut config, warnings, .. } = setup::load(global)?;
    let logging = logging::init(config.log.level, config.log.format);
    for warning in &warnings {
        tell(warning);
    }
    let descriptors = Descriptors::take();
    descriptors.fit(&mut config.policy);
    fetch::install_crypto();
    let (store, runtime, stopped_by) = (config.store.clone(), setup::runtime()?, StoppedBy::default());
    // A panic goes on its way once it is noted.
    let ended = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            let orders = signals::orders(Arc::clone(&stopped_by))?;
            anyhow::Ok(daemon::run(config, world(global.clone(), logging, descriptors), until, orders).await?)
        })
    }));
    let why = match &ended {
        Ok(Ok(_)) => stopped_by.get().map_or(POLLED_ONCE.to_owned(), |signal| format!("by {signal}")),
        Ok(Err(error)) => format!("with exit code {}: {error:#}", Exit::of(error) as u8),
        Err(_) => "by a fault in feedwatch; its log has the message. Please report it".to_owned(),
    };
    let is_its_own = !matches!(&ended, Ok(Err(error)) if Exit::of(error) == Exit::TryAgain);
    if is_its_own {
        note_end(&store, &why);
    }
    ended.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Notes why the run ended, for `status`. If the database is what ended it, that may fail too, and the log has told it already.
fn note_end(store: &Path, why: &str) {
    if let Err(error) = Store::open_beside(store).and_then(|store| store.run_says_why(why)) {
        tracing::debug!("why it ended could not be noted: {error}");
    }
}

fn world(global: Global, logging: Logging, descriptors: Descriptors) -> World<Http> {
    let announce = logging.clone();
    // One for the process: a reload makes another client, while what the old one fetched is still there.
    let room = Room::default();
    World {
        clock: Clock::System,
        beats_every: daemon::HEARTBEAT_EVERY,
        connect: Box::new(move |config| {
            let identity = Identity { feeds: config.feeds.len(), ..config.identity.clone() };
            let tuning = Tuning { keep_idle: descriptors.allow_idle(), room: room.clone(), ..Tuning::default() };
            Arc::new(Http::tuned(&identity, config.limits.clone(), config.guard.clone(), tuning))
        }),
        load: Arc::new(move || {
            let Loaded { mut config, warnings, .. } = setup::reload(&global)?;
            for warning in &warnings {
                tell(warning);
            }
            logging.set_level(config.log.level);
            descriptors.fit(&mut config.policy);
            Ok(config)
        }),
        sockets: serve::given(),
        announce: Arc::new(move |alert| announce.announce(alert)),
    }
}

/// A warning of the files, of which the log's own level says that it is one.
fn tell(warning: &Diagnostic) {
    let text = warning.render(false);
    tracing::warn!("{}", text.strip_prefix("warning: ").unwrap_or(&text).trim_end());
}
