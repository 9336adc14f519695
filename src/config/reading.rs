//! Reads a file. Refuses what is no UTF-8 text, unless it is a list that other programs wrote.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::diagnostic::Diagnostic;
use super::source::{Place, Source};
use crate::feed;

/// More is no file that a person edits; a million feeds are about 150 MB. Keeps `/dev/zero` from filling memory.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// Why a file gave no text.
pub(super) enum Unreadable {
    /// The system's word.
    Io(std::io::Error),
    /// It has a text of a kind, and this is wrong with it.
    NotText(Box<Diagnostic>),
}

impl Source {
    /// Reads a file. A leading byte order mark is dropped, so that offsets count from the first letter.
    pub(super) fn read(path: &Path) -> Result<Arc<Source>, Unreadable> {
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
            .map_err(Unreadable::Io)?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(Unreadable::Io(std::io::Error::other(format!("larger than {} MB", MAX_FILE_BYTES >> 20))));
        }
        if bytes.starts_with(b"\xEF\xBB\xBF") {
            bytes.drain(..3);
        }
        if let Some((text, lossy)) = list_text(&bytes) {
            return Ok(Source::with_losses(path, text, lossy));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Source::new(path, text)),
            Err(error) => Err(Unreadable::NotText(Box::new(not_utf8(path, error)))),
        }
    }
}

/// The text of a list of feeds in another encoding than UTF-8, and whether letters were lost: other programs write such
/// lists, and XML says what it is in. What a person edits is UTF-8 and nothing else.
fn list_text(bytes: &[u8]) -> Option<(String, bool)> {
    const ESC: u8 = 0x1b;
    let is_plain = std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0) && !bytes.contains(&ESC);
    let decoded = if is_plain { None } else { feed::decode(bytes, None).ok() }?;
    decoded.text.trim_start().starts_with('<').then(|| (decoded.text.into_owned(), decoded.lossy))
}

/// The caret stands where the first byte goes wrong: the text before it is the same in the repaired copy.
fn not_utf8(path: &Path, error: std::string::FromUtf8Error) -> Diagnostic {
    let start = error.utf8_error().valid_up_to();
    let bytes = error.as_bytes();
    let wide = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
    let text = String::from_utf8_lossy(bytes).into_owned();
    let source = Source::new(path, text);
    let help = "save it as UTF-8 (in most editors: \"Save with encoding\")";
    if wide {
        return Diagnostic::error(Place::File(path.to_owned()), "the file is UTF-16, not UTF-8").help(help);
    }
    let end = start + '\u{FFFD}'.len_utf8();
    Diagnostic::error(source.place(start..end), "the file is not UTF-8 text").label("this byte").help(help)
}
