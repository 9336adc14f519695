//! What feedwatch says while it runs: to the journal with native fields, to a terminal, as text or as JSON lines.
//! Decides only how things are said, never what is worth saying.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;

use jiff::tz::TimeZone;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata, Subscriber};
use tracing_journald::{Priority, PriorityMappings};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::{Context, Filter, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, filter, fmt, registry, reload};

use crate::alert;
use crate::clock::Clock;
use crate::config::LogFormat;
use crate::model::{Alert, Kind};
use crate::terminal;

/// The target of alerts.
pub const ALERT: &str = "feedwatch::alert";
/// The target for a feed that has been failing for long.
pub const FEED_BROKEN: &str = "feedwatch::feed_broken";
/// The target for a broken feed that works again.
pub const FEED_RECOVERED: &str = "feedwatch::feed_recovered";
/// The target for a feed that may have lost articles between two polls.
pub const FEED_GAP: &str = "feedwatch::feed_gap";
/// The target for a feed that is quiet against its rhythm.
pub const FEED_SILENT: &str = "feedwatch::feed_silent";
/// The target for a document that could not be read whole.
pub const FEED_INCOMPLETE: &str = "feedwatch::feed_incomplete";
/// The target for a feed that holds as many hits of others as it may.
pub const FEED_HOLDS: &str = "feedwatch::feed_holds";
/// The target for a watch that found nothing for long.
pub const WATCH_QUIET: &str = "feedwatch::watch_quiet";
/// The target for signs of life.
pub const HEARTBEAT: &str = "feedwatch::heartbeat";
/// The target for a feed whose server says that it is gone.
pub const FEED_GONE: &str = "feedwatch::feed_gone";
/// The target for a reload that was taken.
pub const CONFIG_RELOADED: &str = "feedwatch::config_reloaded";
/// The target for a reload that was refused.
pub const CONFIG_REFUSED: &str = "feedwatch::config_refused";
/// The target for a database that cannot be read or written.
pub const STORE_TROUBLE: &str = "feedwatch::store_trouble";
/// The target for an alert log that cannot be written.
pub const ALERT_LOG_TROUBLE: &str = "feedwatch::alert_log_trouble";

/// The target for a local endpoint that cannot listen.
pub const HTTP_TROUBLE: &str = "feedwatch::http_trouble";
/// The target for a sink that fails or refuses.
pub const SINK_TROUBLE: &str = "feedwatch::sink_trouble";

/// The MESSAGE_ID of each kind of event that people search or act on. systemd/feedwatch.catalog says for each what to
/// do. Such events are shown whatever the level. The ids are part of the interface: never change one.
pub const MESSAGE_IDS: [(&str, &str); 16] = [
    (ALERT, "031d932a51d14e2ea0f06b27feae7370"),
    (FEED_BROKEN, "992e78731d864a389bd6a8f5831ed303"),
    (FEED_RECOVERED, "2042877119f24c99be2b741d645d95c4"),
    (FEED_GAP, "5470b6cf5aa04addb6e44fbf73092b57"),
    (FEED_SILENT, "2f61a0d5c7b34e0f8a7d94be3c60f158"),
    (FEED_INCOMPLETE, "d7a4e0923b5c4f17a1c86e2f09bd5534"),
    (FEED_HOLDS, "5c0de91b64a7483f9d27e3b8a1f4c602"),
    (WATCH_QUIET, "8b7d61f0c25e4a3d9f0e4c17a6d2b935"),
    (HEARTBEAT, "61e3f5b8907d4c2a9e0b7c48d2f1a6c3"),
    (FEED_GONE, "1d4d0bcfef44435ababf1bef2abe700c"),
    (CONFIG_RELOADED, "fde562d923154e9b92afe783a73c0061"),
    (CONFIG_REFUSED, "4792fb7832fb41e396b0b99525f4e899"),
    (STORE_TROUBLE, "e33bcf38e236462a9f74877eb461aba0"),
    (ALERT_LOG_TROUBLE, "85680a96133e42d1aa42c0ad68c7d2af"),
    (HTTP_TROUBLE, "ae6b90d2c47f4d8c8f13d1a7504e2b96"),
    (SINK_TROUBLE, "4b6f3c0d7e3a4d51b0a3c1e58f2d9a67"),
];

/// How the process speaks. Cheap to clone; the default one is for a process that set nothing up.
#[derive(Clone, Debug, Default)]
pub struct Logging {
    form: Form,
    level: Option<reload::Handle<Loudness, Registry>>,
}

/// Where and how lines appear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    /// Native journal entries.
    Journal,
    /// Coloured or plain text on standard error.
    #[default]
    Text,
    /// JSON lines on standard error.
    Json,
}

/// Sets up logging for the whole process; to be called once, at its start.
pub fn init(level: Level, format: LogFormat) -> Logging {
    let journal = (format == LogFormat::Auto && stderr_is_the_journal()).then(journal_layers).and_then(io::Result::ok);
    let form = match (&journal, format) {
        (Some(_), _) => Form::Journal,
        (None, LogFormat::Json) => Form::Json,
        (None, LogFormat::Auto | LogFormat::Text) => Form::Text,
    };
    let (loudness, handle) = reload::Layer::new(Loudness { level, kinds: form != Form::Journal });
    let layers = match journal {
        Some((general, mut kinds)) => {
            kinds.push(general.with_filter(loudness).boxed());
            kinds
        }
        None if form == Form::Json => {
            let stderr = || alert::guarded(io::stderr(), true);
            let lines = fmt::layer().json().flatten_event(true).with_current_span(false).with_writer(stderr);
            vec![lines.with_filter(loudness).boxed()]
        }
        None => {
            let colour = terminal::look(&io::stderr()).colour;
            let stderr = || alert::guarded(io::stderr(), false);
            let lines = fmt::layer().with_writer(stderr).with_ansi(colour).with_target(false).with_timer(Hour);
            vec![lines.with_filter(loudness).boxed()]
        }
    };
    registry().with(layers).init();
    Logging { form, level: Some(handle) }
}

impl Logging {
    /// Changes the least severity that is shown, for a reload.
    pub fn set_level(&self, level: Level) {
        if let Some(handle) = &self.level {
            handle.modify(|loudness| loudness.level = level).expect("the subscriber lives as long as the process");
        }
    }

    /// Tells of an alert: an entry with fields for machines, two lines with the words marked for people.
    ///
    /// A refused configuration was told already, with every mistake of it.
    pub fn announce(&self, alert: &Alert) {
        match self.form {
            _ if alert.kind == Kind::ConfigRefused => {}
            Form::Journal | Form::Json if !alert.kind.is_news() => operation(alert),
            Form::Journal | Form::Json => event(alert),
            Form::Text => {
                let stderr = io::stderr();
                let text = alert::full(alert, &terminal::look(&stderr));
                // Whoever closed standard error does not want to know; the alert log has it all the same.
                let _ = stderr.lock().write_all(text.as_bytes());
            }
        }
    }
}

/// In the journal: FEEDWATCH_WATCH, FEEDWATCH_FEED, FEEDWATCH_URL and so on.
fn event(alert: &Alert) {
    let Alert { id, message, watch, snippet, article, feed, level, .. } = alert;
    tracing::info!(
        target: ALERT,
        watch = %alert::escape(&watch.name),
        feed = %alert::escape(&feed.title),
        feed_url = %alert::escape(&feed.url),
        title = %alert::escape(&article.title),
        url = article.url.as_deref().map(alert::escape).as_deref(),
        alert_id = %id,
        alert_level = level.number(),
        snippet = %alert::escape(snippet),
        "{}",
        alert::escape(message)
    );
}

/// Of feedwatch's own work: each kind has its target, and with it its MESSAGE_ID.
fn operation(alert: &Alert) {
    macro_rules! tell {
        ($tell:ident, $target:expr) => {
            tracing::$tell!(
                target: $target,
                feed = %alert::escape(&alert.feed.title),
                feed_url = %alert::escape(&alert.feed.url),
                alert_id = %alert.id,
                "{}",
                alert::escape(&alert.message)
            )
        };
    }
    match alert.kind {
        Kind::FeedBroken => tell!(warn, FEED_BROKEN),
        Kind::FeedRecovered => tell!(info, FEED_RECOVERED),
        Kind::FeedGap => tell!(warn, FEED_GAP),
        Kind::FeedSilent => tell!(warn, FEED_SILENT),
        Kind::FeedGone => tell!(warn, FEED_GONE),
        Kind::FeedIncomplete => tell!(warn, FEED_INCOMPLETE),
        Kind::FeedHolds => tell!(warn, FEED_HOLDS),
        Kind::WatchQuiet => tell!(warn, WATCH_QUIET),
        _ => tell!(info, HEARTBEAT),
    }
}

/// Which events are shown: ours from the level on, those of libraries only as warnings, the kinds of `MESSAGE_IDS`
/// always, or never where they have layers of their own.
#[derive(Debug)]
struct Loudness {
    level: Level,
    kinds: bool,
}

impl<S: Subscriber> Filter<S> for Loudness {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        let target = metadata.target();
        if MESSAGE_IDS.iter().any(|(kind, _)| *kind == target) {
            return self.kinds;
        }
        let ours = target.split("::").next() == Some(env!("CARGO_CRATE_NAME"));
        let level = if ours { self.level } else { self.level.min(Level::WARN) };
        *metadata.level() <= level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::from_level(self.level.max(Level::INFO)))
    }
}

type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// A layer for everything, and one for each kind with its MESSAGE_ID; an error when no journal answers.
///
/// INFO is priority 6 there, and alerts are 5: so `journalctl -p notice` shows alerts and trouble, nothing else.
fn journal_layers() -> io::Result<(tracing_journald::Layer, Vec<BoxedLayer>)> {
    let layer = |info| {
        let priorities = PriorityMappings { info, debug: Priority::Debug, ..PriorityMappings::new() };
        let layer = tracing_journald::layer()?.with_priority_mappings(priorities);
        let layer = layer.with_syslog_identifier(env!("CARGO_PKG_NAME").into());
        io::Result::Ok(layer.with_field_prefix(Some("FEEDWATCH".into())))
    };
    let kinds = MESSAGE_IDS.iter().map(|&(kind, id)| {
        let info = if kind == ALERT { Priority::Notice } else { Priority::Informational };
        let only_this = filter::filter_fn(move |metadata| metadata.target() == kind);
        io::Result::Ok(layer(info)?.with_custom_fields([("MESSAGE_ID", id)]).with_filter(only_this).boxed())
    });
    let kinds = kinds.collect::<io::Result<_>>()?;
    Ok((layer(Priority::Informational)?, kinds))
}

/// Whether systemd connected our standard error to the journal (JOURNAL_STREAM in systemd.exec(5)), and nobody has
/// redirected it since.
fn stderr_is_the_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    // A duplicate, because only a `File` tells its metadata.
    let stderr = io::stderr().as_fd().try_clone_to_owned().map(std::fs::File::from);
    stderr.and_then(|file| file.metadata()).is_ok_and(|file| stream == format!("{}:{}", file.dev(), file.ino()))
}

/// The time of a text line: the hour on a terminal, where it scrolls by; the whole instant in a file.
struct Hour;

impl FormatTime for Hour {
    fn format_time(&self, to: &mut Writer<'_>) -> std::fmt::Result {
        let now = Clock::System.now();
        if io::IsTerminal::is_terminal(&io::stderr()) {
            write!(to, "{}", now.to_zoned_datetime(TimeZone::system()).strftime("%H:%M:%S"))
        } else {
            write!(to, "{now:.3}")
        }
    }
}
