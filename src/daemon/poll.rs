//! One poll: ask, read, have it settled.

use std::sync::Arc;

use tokio::sync::{Semaphore, oneshot, watch};

use super::writer::{Answered, Queue};
use crate::clock::Clock;
use crate::feed;
use crate::fetch::{Document, Fetch, Request, Response};
use crate::hash::hash64;
use crate::model::{Changes, Feed};
use crate::poll::{Answer, Failure, Read, Rules};

/// What every poll needs.
pub(super) struct Means<F> {
    pub(super) clock: Clock,
    pub(super) fetch: Arc<F>,
    pub(super) rules: Arc<Rules>,
    pub(super) queue: Queue,
    /// Documents that may be parsed at once: parsing is all CPU and memory.
    pub(super) parses: Arc<Semaphore>,
    /// Turns true when the daemon stops: what is not answered by then is asked again another day.
    pub(super) stopping: watch::Receiver<bool>,
}

impl<F> Clone for Means<F> {
    fn clone(&self) -> Self {
        Means {
            clock: self.clock.clone(),
            fetch: Arc::clone(&self.fetch),
            rules: Arc::clone(&self.rules),
            queue: self.queue.clone(),
            parses: Arc::clone(&self.parses),
            stopping: self.stopping.clone(),
        }
    }
}

/// Polls a feed. None when it was abandoned, because the daemon stops or the store failed: nothing has changed then.
pub(super) async fn poll<F: Fetch>(mut means: Means<F>, feed: Feed) -> (Feed, Option<Changes>) {
    let request = Request { url: feed.source.url.clone(), validators: feed.validators.clone() };
    let response = tokio::select! {
        response = means.fetch.fetch(request) => response,
        _ = means.stopping.wait_for(|stopping| *stopping) => return (feed, None),
    };
    let answered_at = means.clock.now();
    let answer = match response {
        Ok(Response::NotModified { validators, hints, .. }) => Answer::NotModified { validators, hints },
        Ok(Response::Document(document)) => read(&means.parses, &feed, *document).await,
        Err(error) => Answer::Failed(error.into()),
    };
    let (reply, settled) = oneshot::channel();
    let answered = Answered { feed: feed.clone(), answer, answered_at, rules: means.rules, reply };
    if means.queue.send(answered).await.is_err() {
        return (feed, None);
    }
    (feed, settled.await.ok())
}

/// Reads a document off the async threads; one that is byte for byte the last one is not read again.
async fn read(parses: &Semaphore, feed: &Feed, document: Document) -> Answer {
    let Document { body, content_type, url, validators, hints, .. } = document;
    let body_hash = hash64(&[&body]);
    if feed.body_hash == Some(body_hash) {
        return Answer::SameBody { validators, hints };
    }
    let _permit = parses.acquire().await.expect("the semaphore is never closed");
    let parsing = tokio::task::spawn_blocking(move || feed::parse(&body, &url, content_type.as_deref()));
    match parsing.await {
        Ok(Ok(parsed)) => {
            for note in &parsed.notes {
                tracing::warn!(feed = feed.label(), url = %crate::alert::mask(&feed.source.url), "{note}");
            }
            Answer::Read(Box::new(Read { validators, hints, body_hash, parsed }))
        }
        Ok(Err(error)) => Answer::Failed(error.into()),
        Err(panic) => Answer::Failed(Failure::from(feed::FeedError::Broken(format!("the parser gave up: {panic}")))),
    }
}
