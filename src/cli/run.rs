//! `feedwatch run`: the daemon.

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::setup::{self, BadConfig};
use super::{Exit, Global};
use crate::clock::Clock;
use crate::config::Loaded;
use crate::daemon::{self, Ended, Order, Until, World};
use crate::fetch::{self, Http, Identity};
use crate::logging::{self, Logging};
use crate::serve;

pub(super) fn run(global: &Global) -> anyhow::Result<Exit> {
    start(global, Until::Stopped)?;
    Ok(Exit::Done)
}

/// Runs the daemon with everything real, until a signal or until it is idle.
pub(super) fn start(global: &Global, until: Until) -> anyhow::Result<Ended> {
    let Loaded { config, warnings, .. } = setup::load(global)?;
    let logging = logging::init(config.log.level, config.log.format);
    for warning in &warnings {
        tracing::warn!("{}", warning.render(false));
    }
    fetch::install_crypto();
    setup::runtime()?.block_on(async {
        let orders = signals()?;
        Ok(daemon::run(config, world(global.clone(), logging), until, orders).await?)
    })
}

fn world(global: Global, logging: Logging) -> World<Http> {
    let announce = logging.clone();
    World {
        clock: Clock::System,
        connect: Box::new(|config| {
            let identity = Identity { feeds: config.feeds.len(), ..config.identity.clone() };
            Arc::new(Http::new(&identity, config.limits.clone(), config.guard.clone()))
        }),
        load: Arc::new(move || {
            let Loaded { config, warnings, .. } = setup::load(&global).map_err(|BadConfig(mistakes)| mistakes)?;
            for warning in &warnings {
                tracing::warn!("{}", warning.render(false));
            }
            logging.set_level(config.log.level);
            Ok(config)
        }),
        sockets: serve::given(),
        announce: Arc::new(move |alert| announce.announce(alert)),
    }
}

/// Signals as orders. The first SIGTERM or SIGINT drains, a second one ends the process at once.
fn signals() -> anyhow::Result<mpsc::Receiver<Order>> {
    let (send, orders) = mpsc::channel(8);
    let mut hangup = signal(SignalKind::hangup())?;
    let mut reopen = signal(SignalKind::user_defined1())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        let mut stopping = false;
        loop {
            let order = tokio::select! {
                _ = hangup.recv() => Order::Reload,
                _ = reopen.recv() => Order::Reopen,
                _ = terminate.recv() => Order::Stop,
                _ = interrupt.recv() => Order::Stop,
            };
            if order == Order::Stop && std::mem::replace(&mut stopping, true) {
                std::process::exit(Exit::TryAgain as i32);
            }
            // The daemon may be draining already and listen no more.
            let _ = send.send(order).await;
        }
    });
    Ok(orders)
}
