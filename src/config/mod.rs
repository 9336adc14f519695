//! The door: files people edit become a `Config` that needs no more checking. The only room that reads TOML.

mod locate;

mod keys;
mod load;
mod lookout;
mod partial;
mod settings;
mod sound;

mod chat;
mod edit;
mod exchange;
mod feeds;
mod form;
mod hook;
mod http;
mod opml;
mod pairing;
mod reference;
mod sinks;
mod trial;
mod watches;

mod section;
mod special;
mod syntax;
mod value;

mod folder;
mod literal;
mod named;
mod reading;
mod secret;
mod source;

mod changes;
mod diagnostic;
mod refused;

use std::path::PathBuf;
use std::time::Duration;

use crate::fetch::{Guard, Identity, Limits};
use crate::model::{FeedSource, Keep, Listen, Routes, Sink};
use crate::pace::Policy;
use crate::poll::{AlertPolicy, Holding};
use crate::watch::WatchSet;

pub use changes::{Changes, Difference, SettingChange, WatchChange};
pub use diagnostic::{ConfigErrors, Diagnostic, render_all};
pub use edit::without_feed;
pub use exchange::{OpmlFeed, feed_table, read_opml, text_in_toml, write_opml};
pub use keys::{ROWS, Row};
pub use load::Loaded;
pub use locate::{Choice, ChosenBy, Environment, NoConfig, locate};
pub use lookout::fingerprint;
pub use partial::Partial;
pub use refused::{FirstMistake, Refused};
pub use secret::is_not_read;
pub use source::{Place, Source};
pub use trial::Tried;
pub use value::nearest;
pub use watches::WatchFiles;

/// The sinks that every record goes to; no other may have their names.
pub const LOG_AND_JOURNAL: [&str; 2] = ["log", "journal"];

/// Everything the files say, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it came from.
    pub path: PathBuf,
    /// All files it came from.
    pub files: Vec<PathBuf>,
    /// Whether a change to them is taken without being asked.
    pub watches_files: bool,
    /// The database file.
    pub store: PathBuf,
    /// How long articles are kept, if the files say so.
    pub keep: Option<Keep>,
    /// The alert log file.
    pub alert_log: PathBuf,
    /// What feedwatch says of itself.
    pub log: LogSettings,
    /// How polls are spaced.
    pub policy: Policy,
    /// How much an answer may cost.
    pub limits: Limits,
    /// How we name ourselves.
    pub identity: Identity,
    /// Where feedwatch may connect.
    pub guard: Guard,
    /// Which hits become alerts.
    pub alerts: AlertPolicy,
    /// How much is told, and when.
    pub holding: Holding,
    /// How often feedwatch gives a sign of life, if at all.
    pub heartbeat: Option<Duration>,
    /// Where the local endpoint listens, if anywhere.
    pub http: Option<Listen>,
    /// Where alerts go besides the log and the journal.
    pub sinks: Vec<Sink>,
    /// Which alert goes to which of them.
    pub routes: Routes,
    /// The feeds, each once. The daemon keeps them in its store only, since there may be a hundred thousand.
    pub feeds: Vec<FeedSource>,
    /// The watches, compiled.
    pub watches: WatchSet,
    /// Watches that had another name before: the old one, and the one of now.
    pub renamed: Vec<(String, String)>,
}

/// The diagnostic log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// The least severity that is shown.
    pub level: tracing::Level,
    /// Its form.
    pub format: LogFormat,
}

/// The form of the diagnostic log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// The journal under systemd, coloured text on a terminal, else plain text.
    #[default]
    Auto,
    /// Text on standard error.
    Text,
    /// One JSON object a line on standard error.
    Json,
}
