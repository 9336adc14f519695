//! Why files cannot be used, as values: for the log, for the record that tells of it, and for who typed a command.

use std::fmt;
use std::path::PathBuf;

use super::diagnostic::{ConfigErrors, Diagnostic, mask_passwords};
use super::locate::{Choice, NoConfig};
use super::source::Place;

/// Files that cannot be used.
#[derive(Clone, Debug)]
pub enum Refused {
    /// There is no configuration.
    Nowhere(NoConfig),
    /// The configuration, or a file that it names, has mistakes.
    Mistakes {
        /// The configuration.
        choice: Choice,
        /// What is wrong.
        mistakes: ConfigErrors,
    },
    /// The file of the watches was taken without being named, and is gone. Who moved it by mistake, or has an editor
    /// that puts a new file in the place of the old one, would otherwise miss all that is published until somebody
    /// notices.
    WatchesGone(PathBuf),
}

/// The mistake that is named where there is room for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstMistake {
    /// What is wrong.
    pub what: String,
    /// Where, if it is at a place of a file: path, line and column.
    pub place: Option<String>,
}

impl Refused {
    /// All of it for a person.
    pub fn render(&self, color: bool) -> String {
        match self {
            Refused::Nowhere(nowhere) => nowhere.to_string(),
            Refused::Mistakes { choice, mistakes } => {
                format!("configuration {choice} is refused\n\n{}", mistakes.render(color))
            }
            Refused::WatchesGone(_) => format!(
                "error: {}\n  = help: put it back; to have nothing flagged, leave an empty file there",
                self.first().what
            ),
        }
    }

    /// The first mistake.
    pub fn first(&self) -> FirstMistake {
        let (what, place) = match self {
            Refused::Nowhere(nowhere) => (nowhere.to_string(), None),
            Refused::Mistakes { mistakes, .. } => match mistakes.first() {
                Some(Diagnostic { message, place, .. }) => (mask_passwords(message), Some(written(place))),
                None => (mistakes.to_string(), None),
            },
            Refused::WatchesGone(lost) => {
                let lost = lost.display();
                (format!("{lost} is gone, and there is no watch without it: nothing would be flagged"), None)
            }
        };
        FirstMistake { what, place }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(false).trim_end())
    }
}

/// A place as diagnostics write it.
fn written(place: &Place) -> String {
    let path = place.path().display();
    match place.line_and_column() {
        Some((line, column)) => format!("{path}:{line}:{column}"),
        None => path.to_string(),
    }
}
