//! What became of hits, as SQL: every list of outcomes that a statement names is made from `Outcome` here.

use std::fmt;

use rusqlite::Row;

use crate::model::Outcome;

/// A list of outcomes, as in `outcome in ('raised', 'grown')`.
#[derive(Clone, Copy)]
pub(super) struct Outcomes(fn(Outcome) -> bool);

/// People were told. The condition of two indexes, word for word.
pub(super) const TOLD: Outcomes = Outcomes(Outcome::is_told);
/// A digest will tell, or has told.
pub(super) const IN_DIGEST: Outcomes = Outcomes(Outcome::waits_for_digest);
/// A hit tells its story, at once or in a digest.
pub(super) const TELLS: Outcomes = Outcomes(|outcome| outcome == Outcome::Raised || outcome.waits_for_digest());
/// A hit is a part of a story that is told, at once or in a digest.
pub(super) const OF_STORY: Outcomes = Outcomes(Outcome::is_of_story);
/// The same, or a record of how far the story has come.
pub(super) const OF_STORY_OR_GROWN: Outcomes = Outcomes(|outcome| outcome == Outcome::Grown || outcome.is_of_story());
/// People were told, or a digest tells them.
pub(super) const TOLD_OR_IN_DIGEST: Outcomes = Outcomes(|outcome| outcome.is_told() || outcome.waits_for_digest());
/// No hit, but the end of one.
pub(super) const LOST: Outcomes = Outcomes(|outcome| outcome == Outcome::Lost);

impl fmt::Display for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Outcome::ALL.into_iter().filter(|outcome| self.0(*outcome));
        for (number, outcome) in named.enumerate() {
            write!(f, "{}'{}'", if number == 0 { "(" } else { ", " }, outcome.name())?;
        }
        f.write_str(")")
    }
}

/// The outcome in a column.
pub(super) fn outcome(row: &Row, at: usize) -> rusqlite::Result<Outcome> {
    let name: String = row.get(at)?;
    Outcome::named(&name).ok_or(rusqlite::Error::InvalidColumnName(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_the_words_that_stand_in_the_database() {
        for (list, sql) in [
            (TOLD, "('raised', 'grown')"),
            (IN_DIGEST, "('held: cooldown', 'held: quiet hours')"),
            (TELLS, "('raised', 'held: cooldown', 'held: quiet hours')"),
            (OF_STORY, "('raised', 'joined', 'held: cooldown', 'held: quiet hours')"),
            (OF_STORY_OR_GROWN, "('raised', 'joined', 'grown', 'held: cooldown', 'held: quiet hours')"),
            (TOLD_OR_IN_DIGEST, "('raised', 'grown', 'held: cooldown', 'held: quiet hours')"),
            (LOST, "('term removed')"),
        ] {
            assert_eq!(list.to_string(), sql);
        }
    }
}
