//! A file as it was read, and places in it. Refuses what is no UTF-8 text, unless it is a list that other programs wrote.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::Diagnostic;
use crate::feed;

/// More is no file that a person edits; a million feeds are about 150 MB. Keeps `/dev/zero` from filling memory.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// A file's text and its path as the user named it.
#[derive(Debug)]
pub struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
    /// Whether some of its letters could not be read; only of a list of feeds.
    pub(super) lossy: bool,
    line_starts: OnceLock<Vec<usize>>,
    /// How many characters begin before each block of the text.
    chars_before: OnceLock<Vec<usize>>,
}

/// Bytes of a block: counting within one is quick, and a count a block is little to keep.
const BLOCK_BYTES: usize = 1024;

/// Where something stands.
#[derive(Clone, Debug)]
pub enum Place {
    /// Bytes of a file's text.
    Text {
        /// The file.
        source: Arc<Source>,
        /// The bytes, on character boundaries.
        range: Range<usize>,
    },
    /// A file as a whole, where its text cannot be shown.
    File(PathBuf),
}

impl Place {
    /// The file's path as the user named it.
    pub fn path(&self) -> &Path {
        match self {
            Place::Text { source, .. } => &source.path,
            Place::File(path) => path,
        }
    }

    /// The first byte; zero for a file as a whole.
    pub(super) fn start(&self) -> usize {
        match self {
            Place::Text { range, .. } => range.start,
            Place::File(_) => 0,
        }
    }

    /// The first byte of the line it begins on; tells lines apart without counting them.
    pub(super) fn line_start(&self) -> Option<usize> {
        match self {
            Place::Text { source, range } => Some(source.line_around(range.start).start),
            Place::File(_) => None,
        }
    }

    /// Line and column (in characters), both from 1; none for a file as a whole.
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        match self {
            Place::Text { source, range } => Some(source.line_and_column(range.start)),
            Place::File(_) => None,
        }
    }
}

/// Why a file gave no text.
pub(super) enum Unreadable {
    /// The system's word.
    Io(std::io::Error),
    /// It has a text of a kind, and this is wrong with it.
    NotText(Box<Diagnostic>),
}

impl Source {
    pub(super) fn new(path: &Path, text: String) -> Arc<Source> {
        Source::with_losses(path, text, false)
    }

    fn with_losses(path: &Path, text: String, lossy: bool) -> Arc<Source> {
        let (line_starts, chars_before) = Default::default();
        Arc::new(Source { path: path.to_owned(), text, lossy, line_starts, chars_before })
    }

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

    pub(super) fn place(self: &Arc<Self>, range: Range<usize>) -> Place {
        Place::Text { source: Arc::clone(self), range }
    }

    /// The bytes of the line that holds `offset`, without its line end.
    pub(super) fn line_around(&self, offset: usize) -> Range<usize> {
        let starts = self.line_starts();
        let line = self.line_index(offset);
        let end = starts.get(line + 1).copied().unwrap_or(self.text.len());
        let text = self.text[starts[line]..end].trim_end_matches(['\n', '\r']);
        starts[line]..starts[line] + text.len()
    }

    /// Line and column (in characters) of a byte offset, both from 1.
    pub(super) fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let line = self.line_index(offset);
        let start = self.line_starts()[line];
        (line + 1, self.chars_before(offset.min(self.text.len())) - self.chars_before(start) + 1)
    }

    /// How many characters begin before an offset. A line may be a list of megabytes with a thousand mistakes in it, so each
    /// count goes on from the last block.
    fn chars_before(&self, offset: usize) -> usize {
        let begin = |bytes: &[u8]| bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count();
        let blocks = self.chars_before.get_or_init(|| {
            let counts = self.text.as_bytes().chunks(BLOCK_BYTES).scan(0, |sum, block| {
                let before = *sum;
                *sum += begin(block);
                Some(before)
            });
            counts.collect()
        });
        let Some(before) = blocks.get(offset / BLOCK_BYTES).or(blocks.last()) else { return 0 };
        let block = (offset / BLOCK_BYTES).min(blocks.len() - 1) * BLOCK_BYTES;
        before + begin(&self.text.as_bytes()[block..offset])
    }

    fn line_index(&self, offset: usize) -> usize {
        self.line_starts().partition_point(|&start| start <= offset) - 1
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts
            .get_or_init(|| std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }
}

/// The text of a list of feeds in another encoding than UTF-8, and whether letters were lost: other programs write such lists,
/// and XML says what it is in. What a person edits is UTF-8 and nothing else.
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
