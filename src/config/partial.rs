//! What can be read of files that have a mistake: who reads alerts in the night does not wait until a colleague has finished a
//! watch. Nothing is polled, matched or sent by it.

use std::path::Path;

use super::diagnostic::any_error;
use super::load::{Gathered, Strictness, gather};
use super::named;
use super::source::{Place, Source};
use super::watches::WatchFiles;
use super::{Config, ConfigErrors, Diagnostic, Environment};
use crate::fetch::Guard;
use crate::watch::Severity;

/// As much of a configuration as is right.
#[derive(Clone, Debug)]
pub struct Partial {
    /// To read with. Watches that have a mistake are not among its watches.
    pub config: Config,
    /// The watches as written, as far as they could be read, right or wrong.
    pub watch_files: WatchFiles,
    /// What is wrong with the files, if anything.
    pub mistakes: Option<ConfigErrors>,
}

impl Partial {
    /// Reads a configuration file and all that it names, as far as they are right. An error is a file that does not even
    /// say where the database is.
    pub fn load(path: &Path, environment: &Environment) -> Result<Partial, ConfigErrors> {
        let environment = environment.for_file(path);
        let (source, unreadable) = match Source::read(path) {
            Ok(source) => (source, None),
            Err(why) => {
                let why = named::why(why, path, Place::File(path.to_owned()));
                if environment.database.is_none() {
                    return Err(ConfigErrors::new(vec![why]));
                }
                (Source::new(path, String::new()), Some(why))
            }
        };
        let Gathered { config, written, found, .. } = gather(path, &source, &environment, Strictness::AsFarAsRight);
        let found: Vec<Diagnostic> = unreadable.into_iter().chain(found).collect();
        let Some(mut config) = config else { return Err(ConfigErrors::new(found)) };
        let is_of_settings = |wrong: &Diagnostic| wrong.severity == Severity::Error && wrong.place.path() == path;
        if found.iter().any(is_of_settings) {
            // What opens a door may be what is wrong there.
            config.guard = Guard { deny: config.guard.deny, ..Guard::default() };
        }
        let mistakes = any_error(&found).then(|| ConfigErrors::new(found));
        Ok(Partial { config, watch_files: written, mistakes })
    }
}
