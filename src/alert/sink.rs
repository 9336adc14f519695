//! Delivering one record to one sink of the files, once. Whether and when to try again is the courier's business.

use std::time::Duration;

use super::{alertmanager, command, webhook};
use crate::clock::Timestamp;
use crate::fetch::{Fetch, FetchError};
use crate::model::{Alert, Sink, Target};

/// Why a delivery did not succeed. One variant for each reaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// The sink is in trouble: this record, and those behind it, are tried again later.
    #[error("{why}")]
    Later {
        /// What is wrong.
        why: String,
        /// How long the sink wants to be left alone, if it said so.
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
    let posted = match &sink.target {
        Target::Webhook { url, secret } => {
            fetch.post(webhook::post(url, secret.as_ref(), alert, now, sink.timeout)).await
        }
        Target::Alertmanager { url } => fetch.post(alertmanager::post(url, alert, sink.timeout)).await,
        #[cfg(feature = "mail")]
        Target::Mail(mail) => return super::mail::send(mail, alert, sink.timeout).await,
        #[cfg(not(feature = "mail"))]
        Target::Mail(_) => {
            let why = "this feedwatch was built without mail".to_owned();
            return Err(DeliveryError::Later { why, retry_after: None });
        }
        Target::Command { command, folder } => return command::run(command, folder, alert, sink.timeout).await,
    };
    posted.map_err(|error| verdict(&error))
}

/// What an answer means. A wrong address or key (401, 403, 404) is the sink's trouble and not the record's: it is
/// mended in the files or over there, and then everything shall arrive.
fn verdict(error: &FetchError) -> DeliveryError {
    let why = error.to_string();
    match error {
        // Bad request, too large, wrong media type, not processable: it is about this very document.
        FetchError::Status { status: 400 | 413 | 415 | 422, .. } => DeliveryError::Refused { why },
        FetchError::Throttled { retry_after, .. } | FetchError::Status { retry_after, .. } => {
            DeliveryError::Later { why, retry_after: *retry_after }
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
            (FetchError::Unreachable("connection refused".to_owned()), false),
        ] {
            assert_eq!(matches!(verdict(&error), DeliveryError::Refused { .. }), refused, "{error}");
        }
        let DeliveryError::Later { retry_after, .. } = verdict(&status(503)) else { panic!("503 passes") };
        assert_eq!(retry_after, Some(Duration::from_secs(9)));
    }
}
