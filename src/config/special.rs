//! Values that have a form of their own: a contact, how long articles are kept, a path, where to listen.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use toml::de::DeValue;

use super::value::{self, Wrong, duration};
use crate::clock::DAY;
use crate::model::{Keep, Listen};

/// An article is recognised under a new identifier for thirty days; sooner it must not be gone.
const KEEPS: RangeInclusive<Duration> = DAY.saturating_mul(30)..=DAY.saturating_mul(36_500);
/// Goes into every request's User-Agent.
const MAX_CONTACT_BYTES: usize = 200;

const LISTEN_EXAMPLE: &str = "write it as \"127.0.0.1:9417\", \"[::1]:9417\" or \"unix:/run/feedwatch/http.sock\"";

/// It stands in a comment of the User-Agent field (RFC 9110 section 10.1.5), so brackets and control bytes are out.
pub(super) fn contact(value: &DeValue<'_>) -> Result<String, Wrong> {
    const WANT: &str = "a page or an address that tells who polls";
    const HELP: &str = "write for example \"https://example.org/about-our-watch\" or \"watch@example.org\"";
    let text = value::text(value)?;
    let fits = text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '(' | ')' | '\\' | '"'));
    match text {
        _ if !fits => Err(Wrong::new(WANT, "only ASCII letters, digits and signs, no spaces or brackets", HELP)),
        text if text.len() > MAX_CONTACT_BYTES => {
            Err(Wrong::new(WANT, format!("this is longer than {MAX_CONTACT_BYTES} bytes"), HELP))
        }
        text => Ok(text),
    }
}

/// How long articles are kept.
pub(super) fn keep(value: &DeValue<'_>) -> Result<Keep, Wrong> {
    const WANT: &str = "a duration or \"forever\"";
    match value {
        DeValue::String(text) if text == "forever" => Ok(Keep::Forever),
        DeValue::String(text) if matches!(&**text, "off" | "never" | "always") => {
            Err(Wrong::new(WANT, "this is not a duration", "write \"forever\""))
        }
        _ => duration(KEEPS)(value).map(Keep::For).map_err(|wrong| Wrong { want: WANT.to_owned(), ..wrong }),
    }
}

/// A path as written; a shell's short cuts are not understood, so they are refused.
pub(super) fn path_text(value: &DeValue<'_>) -> Result<String, Wrong> {
    const WANT: &str = "a path in quotes";
    let text = value::text(value)?;
    match text.as_bytes() {
        [b'~', ..] => {
            Err(Wrong::new(WANT, "~ is not expanded here", "write the whole path, or one relative to this file"))
        }
        [b'$', ..] => Err(Wrong::new(WANT, "variables are not expanded here", "write the path itself")),
        _ => Ok(text),
    }
}

/// Where the local endpoint listens. A socket's path is as it is written.
pub(super) fn listen(value: &DeValue<'_>) -> Result<Listen, Wrong> {
    const WANT: &str = "an address to listen on";
    let text = value::text(value)?;
    if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
        return Ok(Listen::Unix(path.into()));
    }
    match text.parse::<SocketAddr>() {
        Ok(address) if address.port() == 0 => {
            Err(Wrong::new(WANT, "port 0 means another port at each start", LISTEN_EXAMPLE))
        }
        Ok(address) => Ok(Listen::Tcp(address)),
        Err(_) => match text.strip_prefix("localhost:").filter(|port| port.parse::<u16>().is_ok()) {
            Some(port) => {
                Err(Wrong::new(WANT, "a name may have several addresses", format!("write \"127.0.0.1:{port}\"")))
            }
            None => Err(Wrong::new(WANT, "this is not an address with a port", LISTEN_EXAMPLE)),
        },
    }
}
