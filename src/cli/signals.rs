//! Signals as orders, and signals that mean nothing here and must not end the process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
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

/// What the process was told to stop by.
pub(super) type StoppedBy = Arc<OnceLock<&'static str>>;

/// Signals as orders. The first SIGTERM or SIGINT drains, a second one a moment later ends the process at once.
pub(super) fn orders(stopped_by: StoppedBy) -> anyhow::Result<mpsc::Receiver<Order>> {
    let (send, orders) = mpsc::channel(8);
    let mut hangup = signal(SignalKind::hangup())?;
    let mut reopen = signal(SignalKind::user_defined1())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        let stop = |signal| {
            stopped_by.get_or_init(|| signal);
            Order::Stop
        };
        let mut stops = Stops::default();
        loop {
            let order = tokio::select! {
                _ = hangup.recv() => Order::Reload,
                _ = reopen.recv() => Order::Reopen,
                _ = terminate.recv() => stop("SIGTERM"),
                _ = interrupt.recv() => stop("SIGINT"),
            };
            if order == Order::Stop {
                match stops.told(Instant::now()) {
                    Stop::InOrder => {}
                    Stop::SaidTwice => continue,
                    Stop::AtOnce => std::process::exit(Exit::TryAgain as i32),
                }
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

/// Ctrl-C to a command that reads much: it then tells what it knows so far. A second one ends the process at once.
#[derive(Clone, Debug)]
pub(super) struct Interruption(Arc<AtomicBool>);

impl Interruption {
    /// Listens from now on.
    pub(super) fn listen() -> std::io::Result<Interruption> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let mut interrupt = {
            let _inside = runtime.enter();
            signal(SignalKind::interrupt())?
        };
        let came = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&came);
        std::thread::spawn(move || {
            runtime.block_on(async {
                interrupt.recv().await;
                noted.store(true, Ordering::Relaxed);
                interrupt.recv().await;
                std::process::exit(Exit::Interrupted as i32);
            });
        });
        Ok(Interruption(came))
    }

    /// Whether it came.
    pub(super) fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What it means to be told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// What is under way is brought to its end.
    InOrder,
    /// The same, said once more.
    SaidTwice,
    /// Somebody does not want to wait.
    AtOnce,
}

/// Since when the process has been told to stop.
#[derive(Debug, Default)]
struct Stops(Option<Instant>);

impl Stops {
    fn told(&mut self, now: Instant) -> Stop {
        match self.0 {
            None => {
                self.0 = Some(now);
                Stop::InOrder
            }
            Some(since) if now.duration_since(since) < SAID_TWICE => Stop::SaidTwice,
            Some(_) => Stop::AtOnce,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_twice_at_once_is_meant_once() {
        let begin = Instant::now();
        let mut stops = Stops::default();
        for (after_ms, means) in
            [(0, Stop::InOrder), (0, Stop::SaidTwice), (499, Stop::SaidTwice), (500, Stop::AtOnce), (900, Stop::AtOnce)]
        {
            assert_eq!(stops.told(begin + Duration::from_millis(after_ms)), means, "after {after_ms} ms");
        }
    }
}
