//! Signals as orders, and signals that mean nothing here and must not end the process.

use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::Exit;
use crate::daemon::Order;

/// Signals that end a process which has not asked for them, though nothing in them says that it should. SIGXFSZ comes with a
/// write beyond the limit on the size of files: the write then fails, and is handled as on a full disk.
const WITHOUT_MEANING: [(rustix::process::Signal, &str); 7] = [
    (rustix::process::Signal::XFSZ, "SIGXFSZ: a file reached the limit on its size (ulimit -f)"),
    (rustix::process::Signal::XCPU, "SIGXCPU: the limit on CPU time is near (ulimit -t)"),
    (rustix::process::Signal::USR2, "SIGUSR2"),
    (rustix::process::Signal::ALARM, "SIGALRM"),
    (rustix::process::Signal::VTALARM, "SIGVTALRM"),
    (rustix::process::Signal::PROF, "SIGPROF"),
    (rustix::process::Signal::IO, "SIGIO"),
];

/// Whoever signals a process and its group, as `timeout` does, says it twice within this time and means it once.
const SAID_TWICE: Duration = Duration::from_millis(500);

/// Signals as orders. The first SIGTERM or SIGINT drains, a second one a moment later ends the process at once.
pub(super) fn orders() -> anyhow::Result<mpsc::Receiver<Order>> {
    let (send, orders) = mpsc::channel(8);
    let mut hangup = signal(SignalKind::hangup())?;
    let mut reopen = signal(SignalKind::user_defined1())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        let mut stopping: Option<Instant> = None;
        loop {
            let order = tokio::select! {
                _ = hangup.recv() => Order::Reload,
                _ = reopen.recv() => Order::Reopen,
                _ = terminate.recv() => Order::Stop,
                _ = interrupt.recv() => Order::Stop,
            };
            match stopping {
                Some(since) if order == Order::Stop && since.elapsed() < SAID_TWICE => continue,
                Some(_) if order == Order::Stop => std::process::exit(Exit::TryAgain as i32),
                None if order == Order::Stop => stopping = Some(Instant::now()),
                _ => {}
            }
            // The daemon may be draining already and listen no more.
            let _ = send.send(order).await;
        }
    });
    for (number, name) in WITHOUT_MEANING {
        let mut meaningless = signal(SignalKind::from_raw(number.as_raw()))?;
        tokio::spawn(async move {
            let mut is_told = false;
            while meaningless.recv().await.is_some() {
                if !std::mem::replace(&mut is_told, true) {
                    tracing::warn!("a signal that means nothing to feedwatch, and is passed over: {name}");
                }
            }
        });
    }
    Ok(orders)
}
