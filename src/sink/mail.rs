//! A record as a mail, handed to a server that takes it (SMTP): as text, like on a terminal. The only module that knows
//! of mail's forms, and there only with the feature `mail`.

use std::time::{Duration, SystemTime};

use jiff::tz::TimeZone;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use url::{Host, Url};

use super::DeliveryError;
use crate::alert::{Look, When, escape, full, link, remark};
use crate::fetch::tls_fault;
use crate::model::{Alert, Mail};

/// Lines of a mail (RFC 5322 section 2.1.1 asks for at most 78 characters).
const WIDTH_COLUMNS: usize = 78;
/// Ports of submission: within TLS from the start, and with STARTTLS (RFC 8314); of a relay on this machine.
const TLS_PORT: u16 = 465;
const STARTTLS_PORT: u16 = 587;
const LOCAL_PORT: u16 = 25;
/// Answers about this particular mail: too large, or refused for its content. Other failures, such as "no such user",
/// can be corrected in the files or at the server, and then all mails arrive.
const REFUSED: [&str; 2] = ["552", "554"];

/// Delivers a record within this time.
pub(super) async fn send(mail: &Mail, alert: &Alert, timeout: Duration) -> Result<(), DeliveryError> {
    let message = message(mail, alert).map_err(later)?;
    let transport = transport(mail, timeout).map_err(later)?;
    match tokio::time::timeout(timeout, transport.send(message)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(verdict(&error)),
        Err(_) => Err(later(format!("{} took longer than {} s", host(&mail.server), timeout.as_secs_f64()))),
    }
}

fn later(why: String) -> DeliveryError {
    DeliveryError::Later { why, retry_after: None }
}

fn verdict(error: &lettre::transport::smtp::Error) -> DeliveryError {
    let code = error.status().map(|code| code.to_string()).unwrap_or_default();
    // The server's own words follow the code; any other failure is named by its innermost cause.
    let why = match error.status() {
        Some(_) => error.to_string(),
        None => tls_fault(error).unwrap_or_else(|| innermost(error)),
    };
    match REFUSED.contains(&code.as_str()) {
        true => DeliveryError::Refused { why },
        false => later(why),
    }
}

fn innermost(error: &lettre::transport::smtp::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(further) = cause.source() {
        cause = further;
    }
    cause.to_string()
}

/// The mail. Its Message-ID is the alert's id, by which a repeat is recognised; mails of one story are one thread.
fn message(mail: &Mail, alert: &Alert) -> Result<Message, String> {
    let mailbox =
        |text: &String| text.parse::<Mailbox>().map_err(|error| format!("{text:?} is no mail address: {error}"));
    let from = mailbox(&mail.from)?;
    let id = |id: &str| format!("<{id}@{}>", from.email.domain());
    let mut builder = Message::builder().from(from.clone()).message_id(Some(id(&alert.id)));
    for to in &mail.to {
        builder = builder.to(mailbox(to)?);
    }
    if !alert.story.id.is_empty() {
        builder = builder.references(id(&alert.story.id));
    }
    let since = Duration::from_secs(alert.time.as_second().max(0).cast_unsigned());
    let builder = builder.date(SystemTime::UNIX_EPOCH + since).subject(escape(&alert.message)).header(AutoSubmitted);
    let builder = builder.header(ContentType::TEXT_PLAIN);
    builder.body(body(alert)).map_err(|error| format!("cannot write the mail: {error}"))
}

/// What stands on a terminal, without colour; the address, and how to read on.
fn body(alert: &Alert) -> String {
    let look = Look { colour: false, width: Some(WIDTH_COLUMNS), when: When::In(TimeZone::UTC) };
    let mut text = full(alert, &look);
    if let Some(url) = &alert.article.url {
        text.push_str(&link(url, &look));
    }
    text.push_str(&remark(&format!("feedwatch alerts show {}", alert.id), &look));
    text
}

/// RFC 3834: no automatic reply answers this.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// `smtps:` is within TLS from the start; `smtp:` turns to TLS before anything is said, but to a relay on this machine.
fn transport(mail: &Mail, timeout: Duration) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    let host = host(&mail.server);
    let tls = || TlsParameters::new(host.clone()).map_err(|error| format!("no TLS with {host}: {error}"));
    let (tls, port) = match mail.server.scheme() {
        "smtps" => (Tls::Wrapper(tls()?), TLS_PORT),
        _ if is_this_machine(&mail.server) => (Tls::None, LOCAL_PORT),
        _ => (Tls::Required(tls()?), STARTTLS_PORT),
    };
    let port = mail.server.port().unwrap_or(port);
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&host).port(port).tls(tls);
    if let Some(secret) = &mail.secret {
        let password = String::from_utf8_lossy(secret.bytes()).into_owned();
        builder = builder.credentials(Credentials::new(mail.user.clone(), password));
    }
    Ok(builder.timeout(Some(timeout)).build())
}

/// The server as it is dialled: without the brackets of an IPv6 address.
fn host(server: &Url) -> String {
    server.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned()
}

fn is_this_machine(server: &Url) -> bool {
    match server.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        // An address under a scheme that is not the web's is text to the parser.
        Some(Host::Domain(name)) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        None => false,
    }
}
