//! Where records go: the alert log and the sinks of the files, each record once. Whether and when to try again is the
//! courier's business. Only `log` touches a file, only `command` starts a program, only `mail` speaks to a server past
//! `fetch`.

mod alertmanager;
mod chat;
mod command;
mod log;
#[cfg(feature = "mail")]
mod mail;
mod webhook;

use std::time::Duration;

use crate::clock::{DAY, Timestamp};
use crate::fetch::{Fetch, FetchError};
use crate::model::{Alert, Sink, Target};

pub use log::{AlertLog, logged_ids};

/// A hook may ask for more patience than ours, but not for ever.
const RETRY_AFTER_MAX: Duration = DAY;

/// Why a delivery did not succeed. One variant for each reaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// The sink is in trouble: this record, and those behind it, are tried again later.
    #[error("{why}")]
    Later {
        /// What is wrong.
        why: String,
        /// The pause that the sink asked for, if any; at most a day.
        retry_after: Option<Duration>,
    },
    /// The sink is well and will not have this record, now or later.
    #[error("{why}")]
    Refused {
        /// What it said.
        why: String,
    },
}

/// Hands a record to a sink.
pub async fn deliver<F: Fetch>(fetch: &F, sink: &Sink, alert: &Alert, now: Timestamp) -> Result<(), DeliveryError> {
    let post = match &sink.target {
        Target::Webhook { url, secret, form } => {
            webhook::post(url, secret.as_ref(), form.as_ref(), alert, now, sink.timeout)?
        }
        Target::Alertmanager { url } => alertmanager::post(url, alert, sink.timeout),
        Target::Chat(chat) => return chat::deliver(fetch, chat, alert, sink.timeout).await,
        #[cfg(feature = "mail")]
        Target::Mail(mail) => return mail::send(mail, alert, sink.timeout).await,
        #[cfg(not(feature = "mail"))]
        Target::Mail(_) => {
            let why = "this feedwatch was built without mail".to_owned();
            return Err(DeliveryError::Later { why, retry_after: None });
        }
        Target::Command { command, folder } => return command::run(command, folder, alert, sink.timeout).await,
    };
    match fetch.post(post).await {
        Ok(answer) => answer.refusal.map_or(Ok(()), |refusal| Err(verdict(refusal))),
        Err(error) => Err(verdict(error)),
    }
}

/// What an answer means. A wrong address or key (401, 403, 404) is the sink's trouble and not the record's: it is
/// mended in the files or over there, and then everything shall arrive.
fn verdict(mut error: FetchError) -> DeliveryError {
    if let FetchError::Status { retry_after: Some(wait), .. } | FetchError::Throttled { retry_after: Some(wait), .. } =
        &mut error
    {
        *wait = RETRY_AFTER_MAX.min(*wait);
    }
    let why = error.to_string();
    match error {
        // Bad request, too large, wrong media type, not processable: it is about this very document.
        FetchError::Status { status: 400 | 413 | 415 | 422, .. } => DeliveryError::Refused { why },
        FetchError::Throttled { retry_after, .. } | FetchError::Status { retry_after, .. } => {
            DeliveryError::Later { why, retry_after }
        }
        FetchError::Gone => DeliveryError::Later { why: "the hook is gone (HTTP 410)".to_owned(), retry_after: None },
        _ => DeliveryError::Later { why, retry_after: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_about_the_record_or_about_the_sink() {
        let status = |status| FetchError::Status { status, retry_after: Some(Duration::from_secs(9)) };
        for (error, refused) in [
            (status(400), true),
            (status(422), true),
            (status(401), false),
            (status(404), false),
            (status(500), false),
            (FetchError::Gone, false),
            (FetchError::Throttled { status: 429, retry_after: None, reset: None }, false),
            (FetchError::TurnedAway("connection refused".to_owned()), false),
        ] {
            assert_eq!(matches!(verdict(error.clone()), DeliveryError::Refused { .. }), refused, "{error}");
        }
    }

    #[test]
    fn a_hook_is_left_alone_for_as_long_as_it_asks_but_not_for_ever() {
        for (asked, kept) in [(9, 9), (999_999, 86_400)] {
            let asked = Some(Duration::from_secs(asked));
            let busy = FetchError::Throttled { status: 429, retry_after: asked, reset: None };
            for error in [FetchError::Status { status: 500, retry_after: asked }, busy.clone()] {
                let DeliveryError::Later { retry_after, .. } = verdict(error) else { panic!("it passes") };
                assert_eq!(retry_after, Some(Duration::from_secs(kept)));
            }
            let said = verdict(busy).to_string();
            assert!(
                said.ends_with(&format!("(HTTP 429, retry after {kept} s)")),
                "what it says is what is kept: {said}"
            );
        }
    }
}
