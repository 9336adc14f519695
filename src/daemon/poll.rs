//! One poll: ask, read, have it settled.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::answered::{Answered, Queue};
use super::caught::caught_async;
use super::fault;
use super::hands::blocking;
use super::readers::{Readers, weight};
use crate::alert::{escape, mask};
use crate::clock::{Clock, Timestamp};
use crate::feed;
use crate::fetch::{Document, Fetch, FetchError, Held, Request, Response, Way};
use crate::hash::hash64;
use crate::model::{Feed, Kept, host_of};
use crate::pace::{Outage, Question, Turn, question};
use crate::poll::{Answer, Circumstances, Failure, Given, Read, Rules, is_unconnected};

/// What every poll needs.
pub(super) struct Means<F> {
    pub(super) clock: Clock,
    pub(super) fetch: Arc<F>,
    pub(super) rules: Arc<Rules>,
    pub(super) queue: Queue,
    pub(super) readers: Readers,
    /// Whether the world can be reached at all.
    pub(super) outage: Arc<Mutex<Outage>>,
    /// Becomes true when the daemon stops: polls without an answer by then are repeated after the next start.
    pub(super) stopping: watch::Receiver<bool>,
}

impl<F> Means<F> {
    /// A count is whole after any panic.
    pub(super) fn outage(&self) -> MutexGuard<'_, Outage> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F> Clone for Means<F> {
    fn clone(&self) -> Self {
        Means {
            clock: self.clock.clone(),
            fetch: Arc::clone(&self.fetch),
            rules: Arc::clone(&self.rules),
            queue: self.queue.clone(),
            readers: self.readers.clone(),
            outage: Arc::clone(&self.outage),
            stopping: self.stopping.clone(),
        }
    }
}

/// The result of a turn.
pub(super) enum Polled {
    /// The request that began then was answered, and the writer has it.
    Answered(Timestamp),
    /// The document is elsewhere.
    Elsewhere(Turn, Way),
    /// It was not asked: too much is on its way to that address already.
    Crowded(Turn),
    /// It was not read: too many large bodies are on their way.
    NoRoom(Turn),
    /// The daemon stops or the store failed: nothing has changed.
    Abandoned,
}

/// Asks for a feed whose turn it is. A fault on the way is a failure of this poll.
pub(super) async fn poll<F: Fetch>(means: Means<F>, turn: Turn, stretch: f64) -> Polled {
    let (queue, rules, now) = (means.queue.clone(), Arc::clone(&means.rules), means.clock.now());
    let (feed, spare, begun) = (Arc::clone(&turn.feed), turn.clone(), turn.begun);
    // In a place of its own: a task moves what it holds, and this is some kilobytes.
    let asked = Box::pin(ask(means, turn, stretch));
    match caught_async(asked).await {
        Ok(polled) => polled,
        Err(why) => {
            let (name, url) = (feed.label(), mask(&feed.source.url));
            tracing::error!(feed = %escape(&name), %url, "feedwatch failed over this feed: {why}; all others go on");
            let around = Circumstances { purpose: question(&feed, now).purpose, is_offline: false, stretch };
            let answered = Answered {
                host: feed.host(),
                answer: Answer::Failed(Failure::Fault(why)),
                answered_at: now,
                kept: Kept::AsItWas,
                around,
                rules,
                turn: Some(spare),
                held: Held::default(),
                waiting: None,
                feed,
            };
            queue.send(answered).await.map_or(Polled::Abandoned, |()| Polled::Answered(begun))
        }
    }
}

async fn ask<F: Fetch>(mut means: Means<F>, turn: Turn, stretch: f64) -> Polled {
    let feed = &turn.feed;
    fault::strike("fetch", || feed.source.url.to_string());
    let Question { request, purpose } = question(feed, means.clock.now());
    let request = Request { way: turn.way.clone(), ..request };
    let host = host_of(request.way.steps.last().map_or(&request.url, |step| &step.to));
    let response = tokio::select! {
        response = means.fetch.fetch(request) => response,
        _ = means.stopping.wait_for(|stopping| *stopping) => return Polled::Abandoned,
    };
    match response {
        Err(FetchError::Crowded) => return Polled::Crowded(turn),
        Err(FetchError::NoRoom) => return Polled::NoRoom(turn),
        _ => {}
    }
    let answered_at = means.clock.now();
    let is_offline = {
        let unconnected = response.as_ref().is_err_and(is_unconnected);
        means.outage().note(&host, unconnected, answered_at)
    };
    let (mut held, mut waiting, mut place) = (Held::default(), None, None);
    let (answer, kept) = match response {
        Ok(Response::NotModified { validators, hints, redirects }) => {
            (Answer::NotModified(Given { validators, hints, redirects, suggestion: None }), Kept::AsItWas)
        }
        Ok(Response::Document(mut document)) => {
            fault::strike("decode", || feed.source.url.to_string());
            held = std::mem::take(&mut document.held);
            let bytes = document.body.len();
            place = Some(means.readers.place(bytes).await);
            // Beside the body there is soon what is read of it.
            held.weighs(2 * bytes);
            let (answer, kept) = read(feed, *document).await;
            let bytes = weight(&answer, &kept);
            held.weighs(bytes);
            waiting = Some(means.readers.to_wait(bytes).await);
            (answer, kept)
        }
        Ok(Response::Elsewhere(way)) => return Polled::Elsewhere(turn, way),
        Err(error) => (Answer::Failed(error.into()), Kept::AsItWas),
    };
    let around = Circumstances { purpose, is_offline, stretch };
    let (feed, rules, begun, turn) = (Arc::clone(feed), means.rules, turn.begun, Some(turn));
    let answered = Answered { feed, host, answer, around, answered_at, kept, rules, turn, held, waiting };
    let sent = means.queue.send(answered).await;
    drop(place);
    sent.map_or(Polled::Abandoned, |()| Polled::Answered(begun))
}

/// The most bytes that are kept of a body that could not be read fully: enough to see the problem.
const KEPT_BYTES_MAX: usize = 1_000_000;

/// Reads a document off the async threads; one that is byte for byte the last one is not read again.
async fn read(feed: &Feed, document: Document) -> (Answer, Kept) {
    let Document { body, content_type, url, validators, hints, redirects, refresh, held: _ } = document;
    let suggestion = refresh.and_then(|field| feed::suggested_by_field(&field, &url));
    let given = Given { validators, hints, redirects, suggestion };
    let body_hash = hash64(&[&body]);
    if feed.body_hash == Some(body_hash) {
        return (Answer::SameBody(given), Kept::AsItWas);
    }
    let address = feed.source.url.clone();
    let parsing = blocking(move || {
        fault::strike("parse", || address.to_string());
        let parsed = feed::parse(&body, &url, content_type.as_deref());
        let suggestion = feed::suggested(&parsed, &body, &url, content_type.as_deref());
        (parsed, suggestion, body)
    });
    // `parse` holds its panics back, so there is always an answer.
    let (parsed, own, body) = parsing.await;
    let suggestion = own.or_else(|| given.suggestion.clone());
    let keep = |why: Vec<String>| {
        let mut body = body;
        body.truncate(KEPT_BYTES_MAX);
        body.shrink_to_fit();
        Kept::Body { why, body }
    };
    match parsed {
        Ok(parsed) => {
            for note in &parsed.notes {
                tracing::warn!(feed = %escape(&feed.label()), url = %mask(&feed.source.url), "{note}");
            }
            let kept = match parsed.notes.as_slice() {
                [] => Kept::Nothing,
                notes => keep(notes.iter().map(ToString::to_string).collect()),
            };
            let given = Given { suggestion, ..given };
            (Answer::Read(Box::new(Read { given, body_hash, parsed })), kept)
        }
        Err(error) => {
            let kept = keep(vec![error.to_string()]);
            (Answer::Failed(Failure::Feed { error, suggestion }), kept)
        }
    }
}
