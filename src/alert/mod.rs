//! The content of a record: its id, its line, and its forms for people and for other programs. Pure; `sink` delivers
//! it.

mod escape;
mod guarded;
mod snippet;

mod record;
mod show;
mod styled;

mod cloudevent;
mod diff;
mod formats;
mod notice;
mod template;

use crate::model::Kind;

pub use crate::model::mask;
pub use cloudevent::cloudevent;
pub use escape::{escape, escape_json, escape_lines};
pub use formats::{CSV_HEADER, cloudevents, csv, ecs, jsonl, otel};
pub use guarded::{Guarded, guarded};
pub use notice::{ITEMS_MAX, config_refused, digest, heartbeat, of_feed, silence_ended, watch_quiet};
pub use record::{LINE_MAX_BYTES, line};
pub use show::{Look, Replayed, When, at, beside, changed, fact, full, link, marked, remark, replayed, short_id, step};
pub use snippet::{message, quote, shorten, snippet};
pub use template::{DOCUMENT_MAX_BYTES, Mistake, document, try_template};

/// An alert's id: the same whenever the same watch finds the same article of the same feed, in every run and version.
pub fn id(feed_url: &str, article_key: &str, watch: &str, kind: Kind) -> String {
    crate::hash::hex128(&[feed_url, article_key, watch, kind.name()].map(str::as_bytes))
}
