//! `[http]`: where the local endpoint listens. What it shows is nobody's business beyond this machine, unless somebody
//! says so.

use std::path::Path;

use super::Diagnostic;
use super::keys;
use super::section::Section;
use crate::model::Listen;

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
            "write \"127.0.0.1:{}\", or add open_to_others = true if everybody who can reach that address may read all alerts: \
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
