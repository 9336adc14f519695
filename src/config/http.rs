//! `[http]`: where the local endpoint listens. What it shows is nobody's business beyond this machine, unless somebody
//! says so.

use std::net::SocketAddr;
use std::path::Path;

use toml::de::DeValue;

use super::Diagnostic;
use super::keys;
use super::section::Section;
use super::value::{self, Wrong};
use crate::model::Listen;

const EXAMPLE: &str = "write it as \"127.0.0.1:9417\", \"[::1]:9417\" or \"unix:/run/feedwatch/http.sock\"";

/// Reads the table. A Unix socket's path counts from the folder of the file, as all others.
pub(super) fn read(http: &mut Section<'_, '_>, folder: &Path) -> Option<Listen> {
    let listen = http.get_where(&keys::LISTEN);
    let is_open = http.get(&keys::OPEN_TO_OTHERS).unwrap_or_default();
    let listen = listen?;
    if let Listen::Tcp(address) = listen.get_ref()
        && !address.ip().is_loopback()
        && !is_open
    {
        let place = http.place(listen.span());
        let open = Diagnostic::error(place, format!("{address} can be reached from other machines"));
        let help = format!(
            "write \"127.0.0.1:{}\", or add open_to_others = true if whoever reaches that address may read all alerts: \
             there is no password",
            address.port()
        );
        http.push(open.help(help));
        return None;
    }
    Some(match listen.into_inner() {
        Listen::Unix(path) => Listen::Unix(folder.join(path)),
        listen => listen,
    })
}

/// A socket's path is as it is written.
pub(super) fn address(value: &DeValue<'_>) -> Result<Listen, Wrong> {
    const WANT: &str = "an address to listen on";
    let text = value::text(value)?;
    if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
        return Ok(Listen::Unix(path.into()));
    }
    match text.parse::<SocketAddr>() {
        Ok(address) if address.port() == 0 => Err(Wrong::new(WANT, "port 0 is another one at each start", EXAMPLE)),
        Ok(address) => Ok(Listen::Tcp(address)),
        Err(_) => match text.strip_prefix("localhost:").filter(|port| port.parse::<u16>().is_ok()) {
            Some(port) => Err(Wrong::new(WANT, "a name may mean several", format!("write \"127.0.0.1:{port}\""))),
            None => Err(Wrong::new(WANT, "this is none", EXAMPLE)),
        },
    }
}
