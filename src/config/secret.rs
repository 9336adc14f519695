//! Secrets that stand outside the files people edit: `credential:NAME` is a file in the folder that the service manager
//! made for us, `credential:PATH` any other. Nobody else may use such a file, and its text is never shown.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use url::Url;

use super::folder::Folder;
use super::value::Wrong;

/// What an address begins with that stands in a credential.
pub(super) const PREFIX: &str = "credential:";
/// A key for HMAC-SHA256 has 32 bytes, an address some hundred; more than this is another file.
const SECRET_MAX_BYTES: u64 = 4096;
/// Stands for an address that was not read; such names lead nowhere (RFC 2606).
const NOT_READ: &str = "https://credential.invalid/";
const NOT_READ_HOST: &str = "credential.invalid";
/// Permissions of everybody who is neither owner nor group.
const FOR_OTHERS: u32 = 0o007;

/// The file that a text names, if it names a credential.
pub(super) fn named(text: &str, folder: &Folder) -> Option<Result<PathBuf, Wrong>> {
    let name = text.trim().strip_prefix(PREFIX)?;
    Some(match (name.contains('/'), &folder.credentials) {
        _ if name.is_empty() || name == ".." => Err(wrong("it has no name", "write \"credential:NAME\"")),
        (true, _) => Ok(folder.path.join(name)),
        (false, Some(credentials)) => Ok(credentials.join(name)),
        (false, None) => Err(wrong(
            "there are no credentials here: $CREDENTIALS_DIRECTORY is not set",
            &format!(
                "write LoadCredential={name}:/path into the unit, or \"credential:./{name}\" for a file beside this one"
            ),
        )),
    })
}

/// The address that a text stands for: itself, or what a credential holds.
pub(super) fn address(text: &str, folder: &Folder) -> Result<Address, Wrong> {
    match named(text, folder) {
        None => Ok(Address { text: text.to_owned(), is_secret: false }),
        // It is not asked, only counted.
        Some(_) if folder.passes_over_secrets => Ok(Address { text: NOT_READ.to_owned(), is_secret: true }),
        Some(path) => {
            let path = path?;
            let text = String::from_utf8(read(&path)?)
                .map_err(|_| wrong(&format!("{} holds no text", path.display()), "put the address there"))?;
            Ok(Address { text, is_secret: true })
        }
    }
}

/// Whether an address stands for one that was passed over.
pub fn is_not_read(url: &Url) -> bool {
    url.host_str() == Some(NOT_READ_HOST)
}

/// An address, and whether it may be shown.
pub(super) struct Address {
    pub(super) text: String,
    is_secret: bool,
}

impl Address {
    /// What is wrong with it, without its text if that is a secret.
    pub(super) fn hushed(&self, wrong: Wrong) -> Wrong {
        match self.is_secret {
            false => wrong,
            true => Wrong {
                found: "what the credential holds is none".to_owned(),
                help: "put the whole address there".to_owned(),
                ..wrong
            },
        }
    }
}

/// The secret of a file, without the newline at its end. Who else may read it could sign as we do.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Wrong> {
    let shown = path.display();
    let read = File::open(path).and_then(|file| {
        let mode = file.metadata()?.permissions().mode();
        let mut bytes = Vec::new();
        file.take(SECRET_MAX_BYTES + 1).read_to_end(&mut bytes)?;
        Ok((mode, bytes))
    });
    match read {
        Err(error) => {
            let word = error.to_string();
            let word = word.split(" (os error").next().unwrap_or_default();
            Err(wrong(&format!("cannot read {shown}: {word}"), "put the secret there, readable for feedwatch alone"))
        }
        Ok((mode, _)) if mode & FOR_OTHERS != 0 => {
            Err(wrong(&format!("everybody on this machine may use {shown}"), &format!("type: chmod 600 {shown}")))
        }
        Ok((_, bytes)) if bytes.len() as u64 > SECRET_MAX_BYTES => {
            Err(wrong(&format!("{shown} is longer than {SECRET_MAX_BYTES} bytes"), "name the file of the secret"))
        }
        Ok((_, bytes)) if bytes.trim_ascii().is_empty() => {
            Err(wrong(&format!("{shown} is empty"), "put the secret there: openssl rand -base64 32"))
        }
        Ok((_, bytes)) => Ok(bytes.trim_ascii().to_vec()),
    }
}

fn wrong(found: &str, help: &str) -> Wrong {
    Wrong::new("a secret that can be read", found, help)
}
