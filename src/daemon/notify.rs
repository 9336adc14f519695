//! What the service manager is told. Without one (no NOTIFY_SOCKET) every call does nothing.

use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;

use crate::store::Store;

/// Everything is open: the service is up.
pub(super) fn ready(status: &str) {
    send(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The start takes longer than usual, but not longer than this.
pub(super) fn takes_up_to(span: Duration) {
    send(&[NotifyState::ExtendTimeoutUsec(u32::try_from(span.as_micros()).unwrap_or(u32::MAX))]);
}

/// A reload begins; `ready` ends it. The time must stand in the same message for Type=notify-reload.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => send(&[NotifyState::Reloading, now]),
        Err(_) => send(&[NotifyState::Reloading]),
    }
}

/// The drain begins.
pub(super) fn stopping() {
    send(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

/// The scheduler runs and the store has just been written: both are alive.
pub(super) fn alive(status: &str) {
    send(&[NotifyState::Watchdog, NotifyState::Status(status)]);
}

/// A transaction that takes this long hangs.
const HANGS_AFTER: Duration = Duration::from_secs(120);

/// Pings while a transaction runs that takes long, since neither the scheduler nor a heartbeat may come to the store
/// then. What hangs is not helped by that for ever.
pub(super) async fn while_at_work(store: Arc<Store>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        if store.busy_for().is_some_and(|busy| busy < HANGS_AFTER) {
            send(&[NotifyState::Watchdog]);
        }
    }
}

fn send(states: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "the service manager could not be told");
    }
}
