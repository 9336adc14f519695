//! The POST for a webhook: a CloudEvents 1.0 document, or one in a form of the owner's own, signed as Standard Webhooks
//! 1.0 asks. Pure.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use url::Url;

use super::DeliveryError;
use crate::alert::{cloudevent, document};
use crate::clock::Timestamp;
use crate::fetch::Post;
use crate::model::{Alert, Form, Secret};

const CLOUDEVENTS: &str = "application/cloudevents+json; charset=UTF-8";
/// How a secret begins that is written in base64, by Standard Webhooks.
const BASE64_SECRET: &str = "whsec_";

/// The alert's id is the message id, so that a receiver can tell a repeat; `idempotency-key` says the same to those
/// who follow the IETF's draft.
pub(super) fn post(
    url: &Url,
    secret: Option<&Secret>,
    form: Option<&Form>,
    alert: &Alert,
    now: Timestamp,
    timeout: Duration,
) -> Result<Post, DeliveryError> {
    let (content_type, body) = match form {
        None => (CLOUDEVENTS.into(), cloudevent(alert)),
        Some(form) => (form.content_type.clone().into(), own(form, alert)?),
    };
    let at = now.as_second();
    let mut fields = vec![
        ("idempotency-key".into(), alert.id.clone()),
        ("webhook-id".into(), alert.id.clone()),
        ("webhook-timestamp".into(), at.to_string()),
    ];
    if let Some(secret) = secret {
        fields.push(("webhook-signature".into(), format!("v1,{}", signature(secret, &alert.id, at, &body))));
    }
    for (name, value) in form.iter().flat_map(|form| &form.headers) {
        let value = String::from_utf8_lossy(value.bytes()).into_owned();
        fields.push((name.to_ascii_lowercase().into(), value));
    }
    let body = body.into_bytes();
    Ok(Post { url: url.clone(), puts: false, content_type, fields, body, timeout, answer_max_bytes: 0 })
}

/// The document in a form of the owner's own. A record that it cannot be made of is refused: it never will be.
fn own(form: &Form, alert: &Alert) -> Result<String, DeliveryError> {
    document(&form.body, &form.content_type, alert)
        .map_err(|mistake| DeliveryError::Refused { why: format!("its body cannot be made: {}", mistake.message) })
}

/// HMAC-SHA256 over `id.timestamp.body`, in base64: neither an older document nor another one passes with it.
fn signature(secret: &Secret, id: &str, at: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key(secret));
    STANDARD.encode(hmac::sign(&key, format!("{id}.{at}.{body}").as_bytes()))
}

/// A secret as written, or decoded when it says that it is base64.
fn key(secret: &Secret) -> Vec<u8> {
    let written = std::str::from_utf8(secret.bytes()).ok().and_then(|text| text.strip_prefix(BASE64_SECRET));
    written.and_then(|text| STANDARD.decode(text).ok()).unwrap_or_else(|| secret.bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Figures of `openssl dgst -sha256 -hmac KEY -binary | base64`.
    #[test]
    fn a_signature_is_what_anybody_else_computes() {
        let signed = |secret: &str| signature(&Secret::new(secret.as_bytes().to_vec()), "id1", 1_700_000_000, "{}");
        assert_eq!(signed("sesame"), "ieGZoM7MfnAmORm3N3kXixgDH1HFU7dGIZ2DJR1pyMw=");
        assert_eq!(signed("whsec_c2VzYW1l"), signed("sesame"), "the same key in base64");
    }
}
