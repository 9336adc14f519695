//! `file:` feeds: a regular file, read whole within the limit. The guard has said yes before.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use url::Url;

use crate::fetch::{Document, FetchError, Held, Hints};
use crate::model::Validators;

/// How long the file is now, so that memory can be had for it; an error when it is too long.
pub(super) async fn length(url: &Url, limit: u64) -> Result<usize, FetchError> {
    let Ok(path) = url.to_file_path() else { return Ok(0) };
    let looking = tokio::task::spawn_blocking(move || std::fs::metadata(path).map_or(0, |meta| meta.len()));
    let length = looking.await.map_err(|panic| FetchError::File(panic.to_string()))?;
    if length > limit { Err(FetchError::TooLarge { limit }) } else { Ok(length as usize) }
}

/// Reads the file; a file has no validators, so an unchanged one is known by its content.
pub(super) async fn read(url: Url, limit: u64) -> Result<Document, FetchError> {
    let Ok(path) = url.to_file_path() else {
        return Err(FetchError::File(format!("{url} names no file on this machine")));
    };
    let reading = tokio::task::spawn_blocking(move || read_regular(&path, limit));
    let body = reading.await.map_err(|panic| FetchError::File(panic.to_string()))??;
    let (content_type, validators, hints, redirects) = (None, Validators::default(), Hints::default(), Vec::new());
    Ok(Document { body, content_type, url, validators, hints, redirects, refresh: None, held: Held::default() })
}

fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>, FetchError> {
    let failed = |error: io::Error| FetchError::File(format!("cannot read {}: {}", path.display(), reason(&error)));
    // Looked at before it is opened: opening a pipe would wait for its writer.
    let meta = std::fs::metadata(path).map_err(failed)?;
    if !meta.is_file() {
        let what = if meta.is_dir() { "it is a directory" } else { "it is no regular file" };
        return Err(FetchError::File(format!("cannot read {}: {what}", path.display())));
    }
    let mut body = Vec::new();
    File::open(path).and_then(|file| file.take(limit.saturating_add(1)).read_to_end(&mut body)).map_err(failed)?;
    if body.len() as u64 > limit {
        return Err(FetchError::TooLarge { limit });
    }
    Ok(body)
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => super::cause::without_number(&error.to_string()).to_owned(),
    }
}
