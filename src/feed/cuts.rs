//! The parts of a document that were left out because they were too long: which field, and how often. Reported with the
//! articles.

use super::Note;

/// A tally of what was cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cuts(Vec<(&'static str, usize)>);

impl Cuts {
    /// Notes that a field was cut.
    pub(super) fn note(&mut self, field: &'static str) {
        self.add(field, 1);
    }

    /// Notes it unless it was noted before: for lists, which are told of once an item.
    pub(super) fn note_once(&mut self, field: &'static str) {
        if !self.0.iter().any(|(noted, _)| *noted == field) {
            self.0.push((field, 1));
        }
    }

    /// Adds the notes of another tally.
    pub(super) fn take(&mut self, others: &Cuts) {
        others.0.iter().for_each(|(field, times)| self.add(field, *times));
    }

    fn add(&mut self, field: &'static str, times: usize) {
        match self.0.iter_mut().find(|(noted, _)| *noted == field) {
            Some((_, noted)) => *noted += times,
            None => self.0.push((field, times)),
        }
    }

    pub(super) fn into_notes(self) -> impl Iterator<Item = Note> {
        self.0.into_iter().map(|(field, times)| Note::Shortened { field, times })
    }
}
