//! The local endpoint: how feedwatch does, for monitoring, and its alerts as a feed, over HTTP. It only reads, and
//! neither polls nor alerts ever wait for it.

mod answer;
mod atom;
mod health;
mod listen;
mod metrics;
mod slots;
mod vitals;
mod wanted;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::logging::HTTP_TROUBLE;
use crate::model::Listen;

pub use health::problems;
pub use listen::{Given, given};
pub use vitals::Vitals;

use listen::{Connection, Listener};
use slots::{Slots, Stage};

/// A request and its answer, from the first byte to the last: a slow client holds a connection no longer.
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(10);
/// The request's head within this time ...
const HEAD_TIME_MAX: Duration = Duration::from_secs(5);
/// ... and size; ordinary ones have some hundred bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// When nothing can be accepted (no file descriptors are left), it is tried again after this.
const ACCEPT_AGAIN: Duration = Duration::from_secs(1);
/// If an address is in use, it is tried again after this time.
const BIND_AGAIN: Duration = Duration::from_secs(30);

/// The data that is served.
#[derive(Clone, Debug)]
pub struct Source {
    /// The hour.
    pub clock: Clock,
    /// The database, read by a connection of its own for each request.
    pub store: PathBuf,
    /// How the daemon does.
    pub vitals: watch::Receiver<Vitals>,
}

/// Serves on the sockets that the service manager gave and on the address of the settings, until it is dropped. An
/// address that cannot be had is told once and tried again: monitoring is never a reason not to watch.
pub async fn run(given: Vec<Given>, listen: Option<Listen>, source: Source) {
    let mut serving = JoinSet::new();
    for given in given {
        let source = source.clone();
        serving.spawn(async move {
            match Listener::of(given) {
                Ok(listener) => accept(listener, source).await,
                Err(error) => tracing::error!(target: HTTP_TROUBLE, "the socket from systemd cannot be used: {error}"),
            }
        });
    }
    if let Some(listen) = listen {
        serving.spawn(async move { accept(bind(&listen).await, source).await });
    }
    while serving.join_next().await.is_some() {}
}

async fn bind(listen: &Listen) -> Listener {
    let mut is_told = false;
    loop {
        match Listener::bind(listen).await {
            Ok(listener) => {
                tracing::info!("/metrics, /healthz, /alerts.atom and /watch/NAME.atom are served on {listen}");
                return listener;
            }
            Err(error) if !std::mem::replace(&mut is_told, true) => tracing::error!(
                target: HTTP_TROUBLE,
                "cannot listen on {listen}: {error}; polling goes on, this is tried again every {} s; \
                 end the program that has the address (`ss -lptn`), or write another in [http]",
                BIND_AGAIN.as_secs()
            ),
            Err(_) => {}
        }
        tokio::time::sleep(BIND_AGAIN).await;
    }
}

async fn accept(listener: Listener, source: Source) {
    let (source, names) = (Arc::new(source), listener.names());
    let mut slots = Slots::default();
    loop {
        match listener.accept().await {
            Ok(connection) => {
                let room = slots.make_room().await;
                let (source, stage) = (Arc::clone(&source), Arc::<Stage>::default());
                slots.fill(room, Arc::clone(&stage), serve(connection, source, names, stage));
            }
            Err(error) => {
                tracing::debug!(%error, "no connection could be accepted");
                tokio::time::sleep(ACCEPT_AGAIN).await;
            }
        }
    }
}

/// One request and its answer. What goes wrong on the way is the client's to notice.
async fn serve(connection: Connection, source: Arc<Source>, names: listen::Names, stage: Arc<Stage>) {
    let service = service_fn(move |request| {
        let (source, stage) = (Arc::clone(&source), Arc::clone(&stage));
        async move {
            stage.asked();
            let answer = answer::answer(source, names, request).await;
            stage.answered();
            answer
        }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .keep_alive(false)
        .serve_connection(TokioIo::new(connection), service);
    let _ = tokio::time::timeout(CONNECTION_TIME_MAX, serving).await;
}
