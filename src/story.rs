//! Which articles tell the same story. Pure.
//!
//! Wire copies, rewrites, edited headlines and shortened texts of one piece of news are one story; the parts of a
//! series (a daily update, a weekly column, a live blog) are not, although they share nearly all their words. See
//! `likeness` for how that is told. A story is looked up by its rare words and parts of its similarity hash, so that
//! only a few of those that are remembered are compared.

mod common;
mod evidence;
mod figures;
mod likeness;
mod memory;
mod news;
mod overlap;
mod print;
mod rarity;
mod sentence;
mod signature;
mod slots;
mod vocabulary;
mod wires;
mod words;

use crate::hash::hex128;

pub use likeness::Piece;
pub use memory::{Alike, Link, Memory, Place};
pub use news::{News, Said, Text};
pub use print::{has_text, is_print};
pub use signature::Signature;
pub use wires::{Credit, agency_of, credit, home_of};

/// The id of the story that an article begins: stable over restarts, as it only depends on the article.
pub fn id(feed_url: &str, article_key: &str) -> String {
    hex128(&[b"story", feed_url.as_bytes(), article_key.as_bytes()])
}
