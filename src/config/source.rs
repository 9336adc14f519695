//! A file as it was read, and places in it.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

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

impl Source {
    pub(super) fn new(path: &Path, text: String) -> Arc<Source> {
        Source::with_losses(path, text, false)
    }

    pub(super) fn with_losses(path: &Path, text: String, lossy: bool) -> Arc<Source> {
        let (line_starts, chars_before) = Default::default();
        Arc::new(Source { path: path.to_owned(), text, lossy, line_starts, chars_before })
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

    /// How many characters begin before an offset. A line may be a list of megabytes with a thousand mistakes in it, so
    /// each count goes on from the last block.
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
