//! How much a document may make of itself. A base address of some kilobytes and a hundred thousand links of one letter
//! are a small document and a gigabyte of links; what an honest one adds to its links is some bytes each.

use url::Url;

use super::cuts::Cuts;
use super::draft;
use super::limits;

/// How much addresses may still grow when they are made absolute.
#[derive(Debug)]
pub(super) struct Budget {
    growth_bytes_left: usize,
}

impl Budget {
    /// For a document of that many bytes.
    pub(super) fn of(document_bytes: usize) -> Self {
        Budget { growth_bytes_left: limits::GROWTH_BYTES + document_bytes }
    }

    /// An address made absolute. None if there is none, if it is too long, or if there is no room left for the growth
    /// by its base; the last two are noted.
    pub(super) fn resolve(&mut self, href: &str, base: &Url, field: &'static str, cuts: &mut Cuts) -> Option<String> {
        let href = href.trim();
        // A text that was escaped once too often becomes shorter, but not by more than that.
        if href.len() > 2 * limits::LINK_BYTES {
            cuts.note(field);
            return None;
        }
        // Joining costs time as well, so once the room was too small nothing more is joined.
        if self.growth_bytes_left == 0 && !href.is_empty() && !draft::has_scheme(href) {
            cuts.note(LONG_BASES);
            return None;
        }
        let url = draft::resolve(href, base)?;
        if url.len() > limits::LINK_BYTES {
            cuts.note(field);
            return None;
        }
        let left = self.growth_bytes_left.checked_sub(url.len().saturating_sub(href.len()));
        self.growth_bytes_left = left.unwrap_or_default();
        if left.is_none() {
            cuts.note(LONG_BASES);
        }
        left.map(|_| url)
    }

    /// The base that an element declares for its content.
    pub(super) fn base(href: &str, around: &Url, cuts: &mut Cuts) -> Option<Url> {
        if href.len() > limits::LINK_BYTES {
            cuts.note("xml:base");
            return None;
        }
        let base = Url::parse(&draft::resolve(href, around)?).ok()?;
        if base.as_str().len() > limits::LINK_BYTES {
            cuts.note("xml:base");
            return None;
        }
        Some(base)
    }
}

/// The name under which links are noted for which there was no room.
const LONG_BASES: &str = "links made long by their base";
