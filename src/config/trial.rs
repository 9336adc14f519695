//! Watches that are tried before they are in force: those of another file, or one with another query.

use std::path::Path;

use super::diagnostic::any_error;
use super::load::walk;
use super::named::why;
use super::source::{Place, Source};
use super::watches::WatchFiles;
use super::{ConfigErrors, Diagnostic};
use crate::watch::{Part, Problem, Severity, WatchSet, WatchSource};

/// Watches to be tried, and what deserves a look: tests of theirs that fail, words of the query that may not be meant
/// so.
#[derive(Clone, Debug)]
pub struct Tried {
    /// As they are written.
    pub files: WatchFiles,
    /// The same, compiled.
    pub watches: WatchSet,
    /// What deserves a look.
    pub remarks: Vec<Diagnostic>,
}

/// How the query of the command line is called where its mistakes are shown.
const QUERY: &str = "--query";

/// What a query is called that belongs to no watch.
const NAMELESS: &str = "query";

impl WatchFiles {
    /// One of these watches by itself.
    pub fn alone(&self, name: &str) -> WatchFiles {
        let mut alone = WatchFiles::default();
        alone.lists.clone_from(&self.lists);
        alone.watches.extend(self.watches.iter().filter(|watch| watch.name == name).cloned());
        alone
    }

    /// These watches, then those of other files, as one set; both were compiled by themselves and are right.
    pub fn compiled_with(&self, others: &WatchFiles) -> WatchSet {
        let files = [self, others].map(|files| (&files.lists, files.watches.as_slice()));
        WatchSet::compile_apart(&files).map(|(set, _)| set).unwrap_or_default()
    }

    /// The watches of another file. Lists that it does not define are those of these files. Of one watch, or all, the
    /// tests are run.
    pub fn of_file(&self, path: &Path, tested: Option<&str>) -> Result<Tried, ConfigErrors> {
        let mut found = Vec::new();
        let source = Source::read(path)
            .map_err(|error| ConfigErrors::new(vec![why(error, path, Place::File(path.to_owned()))]))?;
        let mut written = WatchFiles::default();
        let ((), faults) = walk(&source, &mut found, |top| written.read(top, &source));
        for (name, list) in &self.lists {
            let part = Part::List(name.clone());
            if !written.lists.contains_key(name)
                && let Some(literal) = self.texts.get(&part)
            {
                written.lists.insert(name.clone(), list.clone());
                written.texts.insert(part, literal.clone());
            }
        }
        if written.watches.is_empty() && !any_error(&found) {
            let nothing = Diagnostic::error(Place::File(path.to_owned()), "there are no watches in this file");
            found.push(nothing.help("write [[watch]] tables into it, as in watches.toml"));
        }
        let compiled =
            if faults.is_empty() { WatchSet::compile(&written.lists, &written.watches) } else { Err(Vec::new()) };
        let (watches, problems) = compiled.unwrap_or_else(|problems| (WatchSet::default(), problems));
        found.extend(problems.into_iter().map(|problem| written.diagnostic(problem)));
        if any_error(&found) {
            return Err(ConfigErrors::new(found));
        }
        let is_tested = |problem: &Problem| match &problem.part {
            Part::ShouldFind(watch, _) | Part::ShouldPassOver(watch, _) => {
                tested.is_none_or(|tested| written.watches[*watch].name == tested)
            }
            _ => true,
        };
        let failures = watches.failures(&written.watches).into_iter().filter(is_tested);
        let remarks = failures.map(|problem| remark(written.diagnostic(problem))).collect();
        Ok(Tried { watches, files: written, remarks })
    }

    /// The watch with this name and another `find`; without a name, the query alone.
    pub fn with_query(&self, name: Option<&str>, query: &str) -> Result<Tried, ConfigErrors> {
        let number = self.watches.iter().position(|watch| Some(watch.name.as_str()) == name);
        let before = number.map(|number| self.watches[number].clone());
        let before = before.unwrap_or_else(|| WatchSource { name: NAMELESS.to_owned(), ..WatchSource::default() });
        let watch = WatchSource { find: query.to_owned(), ..before };
        let typed = Source::new(QUERY.as_ref(), query.to_owned());
        // All but the query stands in the files, under the watch's own number there.
        let shown = |problem: Problem| match (&problem.part, number) {
            (Part::Find(_), _) | (_, None) => {
                let mistake = Diagnostic::error(typed.place(problem.range), problem.message);
                Diagnostic { severity: problem.severity, help: problem.hint, ..mistake }
            }
            (part, Some(number)) => self.diagnostic(Problem { part: of_watch(part.clone(), number), ..problem }),
        };
        let is_typed = |problem: &Problem| matches!(problem.part, Part::Find(_)) || problem.severity == Severity::Error;
        let (watches, problems) = WatchSet::compile(&self.lists, std::slice::from_ref(&watch))
            .map_err(|problems| ConfigErrors::new(problems.into_iter().map(shown).collect()))?;
        let failures = watches.failures(std::slice::from_ref(&watch)).into_iter();
        let remarks = problems.into_iter().filter(is_typed).map(shown).chain(failures.map(shown).map(remark));
        let remarks = remarks.collect();
        let mut files = WatchFiles::default();
        files.lists.clone_from(&self.lists);
        files.watches.push(watch);
        Ok(Tried { watches, files, remarks })
    }
}

/// What fails of a watch that is only tried refuses nothing.
fn remark(failure: Diagnostic) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..failure }
}

/// The same part of another watch.
fn of_watch(part: Part, number: usize) -> Part {
    match part {
        Part::List(name) => Part::List(name),
        Part::Name(_) => Part::Name(number),
        Part::Lang(_) => Part::Lang(number),
        Part::Find(_) => Part::Find(number),
        Part::Also(_, language) => Part::Also(number, language),
        Part::Ignore(_, entry) => Part::Ignore(number, entry),
        Part::ButNot(_, entry) => Part::ButNot(number, entry),
        Part::Reject(_) => Part::Reject(number),
        Part::Threshold(_) => Part::Threshold(number),
        Part::Score(_, entry) => Part::Score(number, entry),
        Part::ShouldFind(_, entry) => Part::ShouldFind(number, entry),
        Part::ShouldPassOver(_, entry) => Part::ShouldPassOver(number, entry),
    }
}
