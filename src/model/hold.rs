//! Reasons to hold an alert back for a while. Data only.

use crate::clock::Timestamp;

/// Alerts that a person does not want to see for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Its number.
    pub id: i64,
    /// What kind of thing is silenced.
    pub scope: Scope,
    /// Which: a watch's name, a feed's address as records show it, a story's id.
    pub target: String,
    /// The reason, in that person's words.
    pub why: String,
    /// When it began.
    pub since: Timestamp,
    /// When it ends, or ended.
    pub until: Timestamp,
    /// How many hits it held so far.
    pub held: u64,
}

/// What a silence covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All alerts of a watch.
    Watch,
    /// All alerts from a feed.
    Feed,
    /// All further alerts of a story.
    Story,
}

impl Scope {
    /// Every scope with its name.
    pub const ALL: [(Scope, &str); 3] = [(Scope::Watch, "watch"), (Scope::Feed, "feed"), (Scope::Story, "story")];

    /// Its name.
    pub fn name(self) -> &'static str {
        Scope::ALL.iter().find(|(scope, _)| *scope == self).expect("the table names every scope").1
    }
}

/// What holds a hit, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The silence with this number.
    Silence(i64),
    /// Its watch's `at_most`, until the window ends.
    AtMost(Timestamp),
    /// Quiet hours, until they end.
    Quiet(Timestamp),
}

/// A person's judgement of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Relevant: worth an alert.
    Useful,
    /// It was none.
    Noise,
}

impl Verdict {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Useful => "useful",
            Verdict::Noise => "noise",
        }
    }
}
