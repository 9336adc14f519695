//! The address of a hook, in the file or in a credential.

use toml::de::DeValue;
use url::Url;

use super::folder::Folder;
use super::secret;
use super::value::{self, Wrong};
use crate::fetch::Guard;

/// A hook's address. One that the guard refuses for ever is a mistake; what a name leads to is seen at each delivery.
pub(super) fn address(value: &DeValue<'_>, folder: &Folder, guard: &Guard) -> Result<Url, Wrong> {
    let whole = secret::address(&value::text(value)?, folder)?;
    plain_address(&whole.text, folder, guard).map_err(|wrong| whole.hushed(wrong))
}

pub(super) fn plain_address(text: &str, folder: &Folder, guard: &Guard) -> Result<Url, Wrong> {
    const WANT: &str = "the address of a hook";
    let example = "write it whole: \"https://hooks.example.org/news\"";
    let url = Url::parse(text).map_err(|error| Wrong::new(WANT, error.to_string(), example))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Wrong::new(WANT, format!("{}: is not a supported scheme", url.scheme()), example));
    }
    if folder.passes_over_secrets {
        return Ok(url);
    }
    let guard = Guard { files: false, ..guard.clone() };
    guard.url(&url).map_err(|refusal| Wrong::new("an address that may be asked", refusal.0, "see [guard]"))?;
    Ok(url)
}
