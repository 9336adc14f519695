//! Where relative paths and credentials in a file start from.

use std::path::{Path, PathBuf};

use url::Url;

use super::locate::Environment;

/// The folder of the file being read: what relative paths and `file:` addresses in it start from.
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) url: Option<Url>,
    /// Where credentials are that are named by name alone.
    pub(super) credentials: Option<PathBuf>,
    pub(super) passes_over_secrets: bool,
}

impl Folder {
    pub(super) fn of(file: &Path, environment: &Environment) -> Self {
        let path = file.parent().unwrap_or(Path::new("")).to_owned();
        let url = std::path::absolute(file).ok().and_then(|file| Url::from_file_path(file).ok());
        let Environment { credentials, passes_over_secrets, .. } = environment.clone();
        Folder { path, url, credentials, passes_over_secrets }
    }
}
