//! Why a request failed, in words: the library's own text leaves out the cause, and its chain repeats itself.

use std::error::Error;
use std::io;
use std::time::Duration;

use url::Url;

use crate::fetch::dns::Unresolved;
use crate::fetch::{FetchError, Refusal};

/// A name without an address that may be asked.
pub(super) fn of_look_up(error: &(dyn Error + 'static)) -> FetchError {
    look_up(error).unwrap_or_else(|| FetchError::Unreachable(error.to_string()))
}

fn look_up(error: &(dyn Error + 'static)) -> Option<FetchError> {
    if let Some(refusal) = find::<Refusal>(error) {
        return Some(FetchError::Refused(refusal.clone()));
    }
    let Unresolved { host, temporary, .. } = find::<Unresolved>(error)?;
    Some(FetchError::Unresolved { host: host.clone(), temporary: *temporary })
}

/// A request that got no answer.
pub(super) fn of_request(error: reqwest::Error, at: &Url, connect: Duration) -> FetchError {
    // The URL may contain a password, and the reader of the message knows which feed it is about.
    let error = error.without_url();
    if let Some(found) = look_up(&error) {
        return found;
    }
    if error.is_connect() && error.is_timeout() {
        return FetchError::TimedOut { doing: "connecting", after: connect };
    }
    if let Some(fault) = tls_fault(&error) {
        return FetchError::Unreachable(fault);
    }
    let text = chain(&error);
    if error.is_connect() {
        let host = at.host_str().unwrap_or_default();
        let port = at.port_or_known_default().unwrap_or_default();
        let text = format!("{text} ({host}:{port})");
        let is_refused =
            find::<io::Error>(&error).is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
        return if is_refused { FetchError::TurnedAway(text) } else { FetchError::Unreachable(text) };
    }
    FetchError::Broken(format!("no usable answer: {text}"))
}

/// A body that did not come to its end.
pub(super) fn of_body(error: reqwest::Error) -> FetchError {
    FetchError::Broken(format!("the body cannot be read: {}", chain(&error.without_url())))
}

/// The first cause of a kind, anywhere in the chain. An `io::Error` hides the error it was made of from the chain.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(found) = inner.and_then(|inner| find::<E>(inner)) {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// All causes from the outermost in, without the libraries' preambles and each text once.
pub(super) fn chain(error: &reqwest::Error) -> String {
    /// Say only that something went wrong.
    const EMPTY_WORDS: [&str; 5] = [
        "error sending request",
        "client error",
        "tcp connect error",
        "error decoding response body",
        "error reading a body from connection",
    ];
    let mut parts: Vec<String> = Vec::new();
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        let text = without_number(&text);
        let empty = EMPTY_WORDS.iter().any(|words| text.starts_with(words));
        if !empty && !parts.iter().any(|part| part.contains(text)) {
            parts.push(text.to_owned());
        }
        next = error.source();
    }
    let text = if parts.is_empty() { error.to_string() } else { parts.join(": ") };
    uncapitalized(text)
}

/// The system's messages begin like sentences; we use them in the middle of one.
fn uncapitalized(mut text: String) -> String {
    if let [b'A'..=b'Z', b'a'..=b'z', ..] = text.as_bytes() {
        text[..1].make_ascii_lowercase();
    }
    text
}

/// The system's text without its number, as in "Connection refused (os error 111)".
pub(super) fn without_number(text: &str) -> &str {
    text.split_once(" (os error ").map_or(text, |(words, _)| words)
}

/// The problem with a server's TLS in words, if the chain of errors has one. Mail is sent by another client that uses
/// the same TLS.
pub fn tls_fault(error: &(dyn Error + 'static)) -> Option<String> {
    find::<rustls::Error>(error).map(tls)
}

fn tls(error: &rustls::Error) -> String {
    use rustls::CertificateError::{Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet};
    use rustls::CertificateError::{NotValidYetContext, Revoked, UnknownIssuer};
    let rustls::Error::InvalidCertificate(fault) = error else {
        return format!("TLS: {error}");
    };
    let what = match fault {
        Expired | ExpiredContext { .. } => "has expired",
        NotValidYet | NotValidYetContext { .. } => "is not valid yet",
        NotValidForName | NotValidForNameContext { .. } => "is for another name",
        UnknownIssuer => "is not signed by anybody this system trusts",
        Revoked => "was revoked",
        _ => return format!("TLS: the server's {error}"),
    };
    format!("TLS: the server's certificate {what}")
}
