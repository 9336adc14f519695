//! Alerts on their way to people: how one reads, and the sinks. Knows nothing of SQLite; only `log` touches a file,
//! only `command` starts a program.

mod escape;
mod snippet;

mod record;
mod show;
mod styled;
mod terminal;

mod log;

mod sink;

mod alertmanager;
mod cloudevent;
mod command;
mod diff;
mod formats;
mod notice;
mod webhook;

use url::Url;

use crate::model::Kind;

pub use cloudevent::cloudevent;
pub use escape::escape;
pub use formats::{CSV_HEADER, cloudevents, csv, ecs, jsonl, otel};
pub use log::{AlertLog, logged_ids};
pub use notice::{ITEMS_MAX, config_refused, digest, heartbeat, of_feed, silence_ended};
pub use record::{LINE_MAX_BYTES, line};
pub use show::{Look, When, changed, fact, full, link, marked, remark, short_id};
pub use sink::{DeliveryError, deliver};
pub use snippet::{message, snippet};
pub use terminal::look;

/// An alert's id: the same whenever the same watch finds the same article of the same feed, in every run and version.
pub fn id(feed_url: &str, article_key: &str, watch: &str, kind: Kind) -> String {
    crate::hash::hex128(&[feed_url, article_key, watch, kind.name()].map(str::as_bytes))
}

/// An address without its secrets: passwords, and the tokens that some services put into the user name or the query.
pub fn mask(url: &Url) -> String {
    const SECRET_PARAMETERS: [&str; 12] = [
        "access_token",
        "api_key",
        "apikey",
        "auth",
        "key",
        "pass",
        "password",
        "passwd",
        "pwd",
        "secret",
        "sig",
        "token",
    ];
    const MASK: &str = "***";
    let mut masked = url.clone();
    // Both setters fail only for addresses that cannot carry a user at all.
    if url.password().is_some() {
        let _ = masked.set_password(Some(MASK));
    } else if !url.username().is_empty() {
        let _ = masked.set_username(MASK);
    }
    let secret = |name: &str| SECRET_PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known));
    if url.query_pairs().any(|(name, _)| secret(&name)) {
        let pairs =
            url.query_pairs().map(|(name, value)| if secret(&name) { (name, MASK.into()) } else { (name, value) });
        masked.query_pairs_mut().clear().extend_pairs(pairs);
    }
    masked.into()
}
