//! What is sound in files that have a mistake: where the database is, and the watches that have none.

use std::path::PathBuf;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::Environment;
use super::folder::Folder;
use super::source::{Place, Source};
use super::syntax::Faults;
use super::watches::WatchFiles;
use crate::watch::{Part, Problem, Severity, WatchSet, WatchSource};

/// Where the database is by a file whose syntax is broken: what its lines say that can be read one by one. The default counts
/// only for a file that does not speak of it.
pub(super) fn store(text: &str, folder: &Folder, environment: &Environment) -> Option<PathBuf> {
    let mut is_in_store = false;
    let mut is_in_table = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            let name = line.split('#').next().unwrap_or_default().trim().trim_matches(['[', ']']).trim();
            (is_in_table, is_in_store) = (true, name == "store");
            continue;
        }
        let Ok(read) = DeTable::parse(line) else { continue };
        let table = match (is_in_store, is_in_table) {
            (true, _) => Some(read.get_ref()),
            (_, false) => read.get_ref().get("store").and_then(|store| store.get_ref().as_table()),
            _ => None,
        };
        if let Some(DeValue::String(path)) = table.and_then(|table| table.get("path")).map(|path| path.get_ref()) {
            return Some(folder.path.join(path.as_ref()));
        }
    }
    if text.contains("store") { None } else { environment.store() }
}

/// The watches that have no mistake. Where the syntax of a file is broken, those before the place from which on it is not
/// understood; without those that have a broken line.
pub(super) fn watches(written: &WatchFiles, broken: &[(Arc<Source>, Faults)], problems: &[Problem]) -> WatchSet {
    let is_sound = |number: usize| broken.iter().all(|broken| is_before_any_fault(written, number, broken));
    let mut sound: Vec<(usize, &WatchSource)> =
        written.watches.iter().enumerate().filter(|(number, _)| is_sound(*number)).collect();
    let mut wrong: Vec<usize> = problems.iter().filter_map(|problem| watch_of(&problem.part)).collect();
    // What is wrong in one round may have hidden what is wrong in the next.
    while !sound.is_empty() {
        sound.retain(|(number, _)| !wrong.contains(number));
        let sources: Vec<WatchSource> = sound.iter().map(|(_, watch)| (*watch).clone()).collect();
        let problems = match WatchSet::compile(&written.lists, &sources) {
            Ok((set, _)) => return set,
            Err(problems) => problems,
        };
        let numbers: Vec<usize> = sound.iter().map(|(number, _)| *number).collect();
        let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
        wrong = errors.filter_map(|problem| numbers.get(watch_of(&problem.part)?).copied()).collect();
        if wrong.is_empty() {
            // A list that all may use.
            break;
        }
    }
    WatchSet::default()
}

fn is_before_any_fault(written: &WatchFiles, number: usize, (source, faults): &(Arc<Source>, Faults)) -> bool {
    let Some(Place::Text { source: of, range }) = written.place_of(number) else { return false };
    if !Arc::ptr_eq(&of, source) {
        return true;
    }
    let table = |offset: usize| source.text[..offset.min(source.text.len())].matches("\n[[").count();
    faults.trusts(range.start) && faults.starts().all(|fault| table(fault) != table(range.start))
}

fn watch_of(part: &Part) -> Option<usize> {
    match part {
        Part::List(_) => None,
        Part::Name(watch)
        | Part::Find(watch)
        | Part::Lang(watch)
        | Part::Reject(watch)
        | Part::Threshold(watch)
        | Part::Also(watch, _)
        | Part::Ignore(watch, _)
        | Part::ButNot(watch, _)
        | Part::Score(watch, _)
        | Part::ShouldFind(watch, _)
        | Part::ShouldPassOver(watch, _) => Some(*watch),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::Path;

    use super::*;

    fn check(text: &str, found: Option<&str>) {
        let environment = Environment { state_directory: Some("/s".into()), ..Environment::default() };
        let folder = Folder::of(Path::new("/etc/f/feedwatch.toml"), &environment);
        assert_eq!(store(text, &folder, &environment), found.map(PathBuf::from), "{text}");
    }

    #[test]
    fn a_broken_file_says_where_the_database_is_or_nobody_guesses() {
        check("watches = [\n[store] # here\npath = \"a.db\"\n", Some("/etc/f/a.db"));
        check("x = \"\nstore.path = '/v/a.db'\n", Some("/v/a.db"));
        check("store = { path = \"/v/a.db\" }\nx = \"\n", Some("/v/a.db"));
        check("[poll]\npath = \"/v/wrong.db\"\nx = \"\n", Some("/s/feedwatch.db"));
        check("[store]\npath = \"/v/a.db\n", None);
        check("[store\npath = \"/v/a.db\"\n", Some("/v/a.db"));
        check("[log]\npath = 1\n[store]\nkeep = \"90d\n[log]\npath = \"/v/wrong.db\"", None);
    }
}
