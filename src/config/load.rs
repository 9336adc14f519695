//! From the first file to a whole `Config`: reads it and what it names, gathers every mistake, compiles the watches.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::diagnostic::any_error;
use super::feeds::{self, Entry};
use super::folder::Folder;
use super::named::{self, Named};
use super::section::{Report, Section};
use super::source::{Place, Source};
use super::syntax::{self, Faults};
use super::watches::WatchFiles;
use super::{Config, ConfigErrors, Diagnostic, Environment, opml, settings, sound};
use crate::poll::{AlertPolicy, Holding};
use crate::watch::WatchSet;

/// The file that is taken for the watches when the settings name none.
const DEFAULT_WATCHES: &str = "watches.toml";

/// A good configuration, and what came with it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// To work with.
    pub config: Config,
    /// What deserves a look.
    pub warnings: Vec<Diagnostic>,
    /// The watches as written, with their own tests, for `check`.
    pub watch_files: WatchFiles,
}

impl Config {
    /// Reads a configuration file and all that it names. Either everything is right, or every mistake of every file is
    /// told; nothing but reading is done.
    pub fn load(path: &Path, environment: &Environment) -> Result<Loaded, ConfigErrors> {
        let environment = environment.for_file(path);
        let source = match Source::read(path) {
            Ok(source) => source,
            Err(unreadable) => {
                return Err(ConfigErrors::new(vec![named::why(unreadable, path, Place::File(path.to_owned()))]));
            }
        };
        let gathered = gather(path, &source, &environment, Strictness::All);
        match gathered.config.filter(|_| !any_error(&gathered.found)) {
            Some(config) => {
                let mut found = gathered.found;
                found.extend(idle(path, config.feeds.is_empty(), gathered.written.watches.is_empty()));
                Ok(Loaded { config, warnings: found, watch_files: gathered.written })
            }
            None => {
                let watch_files = gathered.watch_files.iter().map(PathBuf::as_path);
                Err(ConfigErrors::new(gathered.found).knowing(watch_files))
            }
        }
    }
}

/// How files with a mistake are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    /// All mistakes are wanted, and nothing else.
    All,
    /// What can be read of them is wanted too.
    AsFarAsRight,
}

/// What the files say, and what is wrong with them.
pub(super) struct Gathered {
    /// None where it is not known where the database is.
    pub(super) config: Option<Config>,
    pub(super) written: WatchFiles,
    pub(super) found: Vec<Diagnostic>,
    pub(super) watch_files: Vec<PathBuf>,
}

/// Reads all that the files say.
pub(super) fn gather(path: &Path, source: &Arc<Source>, environment: &Environment, how: Strictness) -> Gathered {
    let mut found = Vec::new();
    let folder = Folder::of(path, environment);
    let (mut settings, faults) = walk(source, &mut found, |top| settings::read(top, &folder));
    settings.feed_files.retain(|name| faults.trusts(name.span().start));
    settings.watches.iter_mut().for_each(|names| names.retain(|name| faults.trusts(name.span().start)));

    let mut entries = std::mem::take(&mut settings.feeds);
    let mut files = vec![path.to_owned()];
    for file in named::resolve(source, &folder, &settings.feed_files, &mut found) {
        files.push(file.path.clone());
        entries.extend(feed_file(&file, environment, settings.guard.files, &mut found));
    }
    found.extend(feeds::refused(&entries, &settings.guard));
    let feeds = feeds::each_once(entries, &mut found);

    let watch_paths = match &settings.watches {
        Some(names) => named::resolve(source, &folder, names, &mut found),
        None => Named::by_default(&folder, DEFAULT_WATCHES).into_iter().collect(),
    };
    files.extend(watch_paths.iter().map(|file| file.path.clone()));
    let (watches, written) = watches(&watch_paths, how, &mut found);
    let routes = written.routes(&settings.sinks, &mut found);
    let renamed = written.renamed(&mut found);

    let store = match (&environment.database, how, faults.is_empty()) {
        (Some(given), ..) => Some(given.clone()),
        // What a broken file seems to say is looked at by itself.
        (None, Strictness::AsFarAsRight, false) => sound::store(&source.text, &folder, environment),
        (None, ..) if settings.store_is_wrong => None,
        (None, ..) => settings.store.or_else(|| environment.store()),
    };
    if store.is_none() && !settings.store_is_wrong && faults.is_empty() {
        let error = Diagnostic::error(Place::File(path.to_owned()), "no place is known for the database");
        let help = "write path = \"/var/lib/feedwatch/feedwatch.db\" in [store]: neither $STATE_DIRECTORY nor \
                    $XDG_STATE_HOME nor $HOME is set";
        found.push(error.help(help));
    }
    let config = store.map(|store| Config {
        path: path.to_owned(),
        files,
        watches_files: settings.watches_files,
        alert_log: settings.alert_log.unwrap_or_else(|| environment.alert_log(&store)),
        store,
        keep: settings.keep,
        log: settings.log,
        policy: settings.policy,
        limits: settings.limits,
        identity: settings.identity,
        guard: settings.guard.knowing(feeds.iter().map(|feed| &feed.url)),
        alerts: AlertPolicy {
            every_article: written.every_article(),
            confirmed: written.confirmed(),
            related_in_full: written.related_in_full(),
            ..settings.alerts
        },
        holding: Holding { at_most: written.at_most(), quiet: settings.quiet },
        heartbeat: settings.heartbeat,
        http: settings.http,
        sinks: settings.sinks,
        routes,
        feeds,
        watches,
        renamed,
    });
    let watch_files = watch_paths.into_iter().map(|file| file.path).collect();
    Gathered { config, written, found, watch_files }
}

/// The feeds of a further file, TOML or OPML.
fn feed_file(file: &Named, environment: &Environment, files: bool, found: &mut Vec<Diagnostic>) -> Vec<Entry> {
    let Some(source) = file.read(found) else { return Vec::new() };
    let folder = Folder::of(&file.path, environment);
    if opml::is_opml(&source.text) {
        return opml::read(&source, &folder, files, found);
    }
    let (entries, _) = walk(&source, found, |top| feeds::read(top, &folder, files));
    entries
}

/// The watches of all files, compiled together, and as they are written.
fn watches(files: &[Named], how: Strictness, found: &mut Vec<Diagnostic>) -> (WatchSet, WatchFiles) {
    let mut written = WatchFiles::default();
    let mut broken = Vec::new();
    for file in files {
        let Some(source) = file.read(found) else { continue };
        let ((), faults) = walk(&source, found, |top| written.read(top, &source));
        broken.extend((!faults.is_empty()).then_some((source, faults)));
    }
    // Broken syntax may have lost lists and watches: what the compiler missed then would be noise.
    let compiled =
        if broken.is_empty() { WatchSet::compile(&written.lists, &written.watches) } else { Err(Vec::new()) };
    let (watches, problems) = match compiled {
        Ok((watches, problems)) => (watches, problems),
        Err(problems) if how == Strictness::AsFarAsRight => (sound::watches(&written, &broken, &problems), problems),
        Err(problems) => (WatchSet::default(), problems),
    };
    found.extend(problems.into_iter().map(|problem| written.diagnostic(problem)));
    (watches, written)
}

/// A configuration that would do nothing is taken, but hardly meant.
fn idle(path: &Path, no_feeds: bool, no_watches: bool) -> Vec<Diagnostic> {
    let warnings = [
        (no_feeds, "there are no feeds: nothing will be polled", "add a [[feed]] table with url = \"https://...\""),
        (
            no_watches,
            "there are no watches: nothing will be flagged",
            "write [[watch]] tables into watches.toml beside this file",
        ),
    ];
    let warning = |message: &str, help: &str| Diagnostic::warning(Place::File(path.to_owned()), message).help(help);
    warnings.into_iter().filter(|(applies, ..)| *applies).map(|(_, message, help)| warning(message, help)).collect()
}

/// Parses a TOML file and reads its top table. Tells what was read and how sound the syntax was.
pub(super) fn walk<T>(
    source: &Arc<Source>,
    found: &mut Vec<Diagnostic>,
    read: impl for<'r, 'd> FnOnce(&mut Section<'r, 'd>) -> T,
) -> (T, Faults) {
    let (tree, faults) = syntax::parse(source);
    let mut report = Report::new(source);
    let result = Section::top(&mut report, tree.get_ref(), read);
    found.extend(faults.merge(report.finish()));
    (result, faults)
}
