//! What is new in a story, as records and commands show it. Data only.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// A fact of a piece that no earlier piece of the story had, in the words of that piece.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertNews {
    /// The kind of fact.
    pub kind: NewsKind,
    /// The number, name, place, action or term as the piece writes it; the publisher of an original report; the tier.
    pub value: String,
    /// The sentence that holds it, or the headline; of a long one the part around it.
    pub quote: String,
    /// Where to read it.
    pub url: Option<String>,
    /// What its feed is called.
    pub feed: String,
    /// Whose it is, if that is known.
    pub publisher: Option<String>,
    /// When it was published, or first seen.
    pub time: Timestamp,
}

/// The kinds of new facts in a piece of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NewsKind {
    /// The story itself: its first piece.
    Story,
    /// A term of the watch.
    Term,
    /// A number.
    Number,
    /// A place.
    Place,
    /// A name.
    Name,
    /// A deed.
    Deed,
    /// The first original report after prints of agencies.
    OwnReport,
    /// The first from a feed of a better tier than those before.
    Tier,
}

impl AlertNews {
    /// What is new, in a word or two: "new number 15".
    pub fn label(&self) -> String {
        let value = &self.value;
        match self.kind {
            NewsKind::Story => "first".to_owned(),
            NewsKind::Term => format!("new term {value}"),
            NewsKind::Number => format!("new number {value}"),
            NewsKind::Place => format!("new place {value}"),
            NewsKind::Name => format!("new name {value}"),
            NewsKind::Deed => format!("new deed {value}"),
            NewsKind::OwnReport => "the first report of its own".to_owned(),
            NewsKind::Tier => format!("the first of tier {value}"),
        }
    }

    /// The source: the feed, and for an original report the publisher.
    pub fn source(&self) -> &str {
        if self.kind == NewsKind::OwnReport { &self.value } else { &self.feed }
    }

    /// All of it in a line but for the link: `new number 15: The Harbour Post, "At least 15 were killed."`
    pub fn line(&self) -> String {
        format!("{}: {}, \"{}\"", self.label(), self.source(), self.quote)
    }
}
