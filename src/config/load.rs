//! From the first file to a whole `Config`: reads it and what it names, gathers every mistake, compiles the watches.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;

use super::feeds::{self, Folder};
use super::section::{Report, Section, any_error};
use super::source::{Place, Source, Unreadable};
use super::syntax::{self, Faults};
use super::watches::{WatchTest, Written};
use super::{Config, ConfigErrors, Diagnostic, Environment, opml, settings};
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
    /// The watches' own tests, for `check`.
    pub tests: Vec<WatchTest>,
}

impl Config {
    /// Reads a configuration file and all that it names. Either everything is right, or every mistake of every file is
    /// told; nothing but reading is done.
    pub fn load(path: &Path, environment: &Environment) -> Result<Loaded, ConfigErrors> {
        let mut found = Vec::new();
        let source = match Source::read(path) {
            Ok(source) => source,
            Err(unreadable) => {
                return Err(ConfigErrors::new(vec![why(unreadable, path, Place::File(path.to_owned()))]));
            }
        };
        let folder = Folder::of(path);
        let (mut settings, faults) = walk(&source, &mut found, |top| settings::read(top, &folder));
        settings.feed_files.retain(|name| faults.trusts(name.span().start));
        settings.watches.iter_mut().for_each(|names| names.retain(|name| faults.trusts(name.span().start)));

        let mut entries = settings.feeds;
        for named in resolve(&source, &folder, settings.feed_files, &mut found) {
            let Some(source) = named.read(&mut found) else { continue };
            let folder = Folder::of(&named.path);
            if opml::is_opml(&source.text) {
                entries.extend(opml::read(&source, &folder, settings.guard.files, &mut found));
            } else {
                let read = |top: &mut Section<'_, '_>| feeds::read(top, &folder, settings.guard.files);
                entries.extend(walk(&source, &mut found, read).0);
            }
        }
        let feeds = feeds::each_once(entries, &mut found);

        let watch_files = match settings.watches {
            Some(names) => resolve(&source, &folder, names, &mut found),
            None => Named::default_watches(&folder).into_iter().collect(),
        };
        let mut written = Written::default();
        let mut sound = true;
        for named in &watch_files {
            let Some(source) = named.read(&mut found) else { continue };
            let ((), faults) = walk(&source, &mut found, |top| written.read(top, &source));
            sound &= faults.is_empty();
        }
        // A file with broken syntax may have lost lists and watches: what the compiler missed then would be noise.
        let compiled = if sound { WatchSet::compile(&written.lists, &written.watches) } else { Err(Vec::new()) };
        let (watches, problems) = match compiled {
            Ok((watches, warnings)) => (watches, warnings),
            Err(problems) => (WatchSet::default(), problems),
        };
        found.extend(problems.into_iter().map(|problem| written.diagnostic(problem)));

        let store = settings.store.or_else(|| environment.store());
        if store.is_none() {
            let error = Diagnostic::error(Place::File(path.to_owned()), "no place is known for the database");
            let help = "write path = \"/var/lib/feedwatch/feedwatch.db\" in [store]: neither $STATE_DIRECTORY nor \
                        $XDG_STATE_HOME nor $HOME is set";
            found.push(error.help(help));
        }
        if !any_error(&found) {
            let file = || Place::File(path.to_owned());
            if feeds.is_empty() {
                let warning = Diagnostic::warning(file(), "there are no feeds: nothing will be polled");
                found.push(warning.help("add a [[feed]] table with url = \"https://...\""));
            }
            if written.watches.is_empty() {
                let warning = Diagnostic::warning(file(), "there are no watches: nothing will be flagged");
                found.push(warning.help("write [[watch]] tables into watches.toml beside this file"));
            }
        }
        let Some(store) = store.filter(|_| !any_error(&found)) else {
            return Err(ConfigErrors::new(found));
        };
        let config = Config {
            path: path.to_owned(),
            alert_log: settings.alert_log.unwrap_or_else(|| environment.alert_log(&store)),
            store,
            log: settings.log,
            policy: settings.policy,
            limits: settings.limits,
            identity: settings.identity,
            guard: settings.guard,
            alerts: settings.alerts,
            feeds,
            watches,
        };
        Ok(Loaded { config, warnings: found, tests: written.tests })
    }
}

/// Parses a TOML file and reads its top table. Tells what was read and how sound the syntax was.
fn walk<T>(
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

/// A file that another one names.
struct Named {
    path: PathBuf,
    place: Place,
}

impl Named {
    fn default_watches(folder: &Folder) -> Option<Named> {
        let path = folder.path.join(DEFAULT_WATCHES);
        path.exists().then(|| Named { place: Place::File(path.clone()), path })
    }

    fn read(&self, found: &mut Vec<Diagnostic>) -> Option<Arc<Source>> {
        Source::read(&self.path).map_err(|unreadable| found.push(why(unreadable, &self.path, self.place.clone()))).ok()
    }
}

/// The files that names and globs stand for, each once, in the order of the names and then of the alphabet.
fn resolve(
    source: &Arc<Source>,
    folder: &Folder,
    names: Vec<Spanned<String>>,
    found: &mut Vec<Diagnostic>,
) -> Vec<Named> {
    let mut files = Vec::new();
    let mut seen = HashSet::new();
    for name in names {
        let place = source.place(name.span());
        let matched = match matches(folder, name.get_ref()) {
            Ok(matched) => matched,
            Err(error) => {
                let wrong = Diagnostic::error(place, "this pattern cannot be understood");
                found.push(wrong.label(error.msg).help("use * for any letters, ? for one, [a-z] for one of some"));
                continue;
            }
        };
        if matched.is_empty() {
            let message = format!("no file matches {}", folder.path.join(name.get_ref()).display());
            found.push(Diagnostic::error(place, message).help("correct the pattern, or take it out"));
            continue;
        }
        for path in matched {
            let same = path.canonicalize().unwrap_or_else(|_| path.clone());
            if seen.insert(same) {
                files.push(Named { path, place: place.clone() });
            }
        }
    }
    files
}

/// The files a name stands for: itself, or all that match when it is a glob.
fn matches(folder: &Folder, name: &str) -> Result<Vec<PathBuf>, glob::PatternError> {
    if !name.contains(['*', '?', '[']) {
        return Ok(vec![folder.path.join(name)]);
    }
    let within = glob::Pattern::escape(&folder.path.to_string_lossy());
    let pattern = Path::new(&within).join(name);
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
    Ok(glob::glob_with(&pattern.to_string_lossy(), options)?.filter_map(Result::ok).collect())
}

fn why(unreadable: Unreadable, path: &Path, named: Place) -> Diagnostic {
    match unreadable {
        Unreadable::NotText(diagnostic) => *diagnostic,
        Unreadable::Io(error) => {
            // The number behind the system's word is of no use to anybody.
            let word = error.to_string();
            let word = word.split(" (os error").next().unwrap_or_default();
            let help = match error.kind() {
                ErrorKind::NotFound => {
                    "correct the name; relative paths count from the folder of the file that names them"
                }
                ErrorKind::PermissionDenied => "let the user that feedwatch runs as read it",
                ErrorKind::IsADirectory => "name a file, or a pattern such as \"watches.d/*.toml\"",
                _ => "name a file that can be read",
            };
            Diagnostic::error(named, format!("cannot read {}: {word}", path.display())).help(help)
        }
    }
}
