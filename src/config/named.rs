//! Files that another file names, by name or by pattern: found, each once, and read; a name without a file is a
//! mistake.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;

use super::Diagnostic;
use super::folder::Folder;
use super::reading::Unreadable;
use super::source::{Place, Source};

/// A file, and where it is named.
pub(super) struct Named {
    pub(super) path: PathBuf,
    place: Place,
}

impl Named {
    /// The file that is meant when none is named, if it is there.
    pub(super) fn by_default(folder: &Folder, name: &str) -> Option<Named> {
        let path = folder.path.join(name);
        path.exists().then(|| Named { place: Place::File(path.clone()), path })
    }

    /// Its text; what hinders that is reported where the file is named.
    pub(super) fn read(&self, found: &mut Vec<Diagnostic>) -> Option<Arc<Source>> {
        let why = |unreadable| found.push(why(unreadable, &self.path, self.place.clone()));
        Source::read(&self.path).map_err(why).ok()
    }
}

/// The files that names and patterns stand for, each once, in the order of the names and then of the alphabet.
pub(super) fn resolve(
    source: &Arc<Source>,
    folder: &Folder,
    names: &[Spanned<String>],
    found: &mut Vec<Diagnostic>,
) -> Vec<Named> {
    let mut files = Vec::new();
    let mut seen = HashSet::new();
    for name in names {
        let place = source.place(name.span());
        let paths = match matches(folder, name.get_ref(), &place) {
            Ok(paths) => paths,
            Err(mistake) => {
                found.push(*mistake);
                continue;
            }
        };
        for path in paths {
            let same = path.canonicalize().unwrap_or_else(|_| path.clone());
            if seen.insert(same) {
                files.push(Named { path, place: place.clone() });
            }
        }
    }
    files
}

/// The files a name stands for: itself, or all that match when it is a pattern. Hidden files are no match.
fn matches(folder: &Folder, name: &str, place: &Place) -> Result<Vec<PathBuf>, Box<Diagnostic>> {
    let whole = folder.path.join(name);
    if !name.contains(['*', '?', '[']) {
        return Ok(vec![whole]);
    }
    let within = glob::Pattern::escape(&folder.path.to_string_lossy());
    let pattern = Path::new(&within).join(name);
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
    let matches = glob::glob_with(&pattern.to_string_lossy(), options).map_err(|error| {
        let mistake = Diagnostic::error(place.clone(), "this pattern cannot be understood").label(error.msg);
        mistake.help("use * for any letters, ? for one, [a-z] for one of some")
    })?;
    let paths: Result<Vec<PathBuf>, _> = matches.collect();
    let paths = paths.map_err(|error| {
        let path = error.path().to_owned();
        why(Unreadable::Io(error.into()), &path, place.clone())
    })?;
    if paths.is_empty() {
        let mistake = Diagnostic::error(place.clone(), format!("no file matches {}", whole.display()));
        return Err(Box::new(mistake.help("correct the pattern, or take it out")));
    }
    Ok(paths)
}

/// Why a file could not be read, told at the place that names it.
pub(super) fn why(unreadable: Unreadable, path: &Path, named: Place) -> Diagnostic {
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
