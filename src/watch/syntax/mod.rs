//! The watch language as text: a query becomes a tree whose nodes know their places in the text.

mod foreign;
mod lexer;
mod lists;
mod parser;
mod phrase;
mod print;
mod word;

pub(super) use lists::{ListNodes, Shipped, ShippedNodes, not_in, parse_lists};
pub(super) use parser::parse;
pub(super) use print::{print, print_in};

use std::ops::Range;
use std::rc::Rc;

/// A part of a query and the bytes it was written at.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) expr: Expr,
    pub(super) at: Range<usize>,
}

impl Node {
    /// Visits a node and all below it, those of lists of the files included.
    pub(super) fn visit(&self, visitor: &mut dyn FnMut(&Node)) {
        visitor(self);
        match &self.expr {
            Expr::Word(_) | Expr::Phrase(_) | Expr::Shipped(..) => {}
            Expr::Loose(nodes) | Expr::Or(nodes) | Expr::AnyOf(_, nodes) => {
                nodes.iter().for_each(|node| node.visit(visitor));
            }
            Expr::And(all, none) => all.iter().chain(none).for_each(|node| node.visit(visitor)),
            Expr::Relation(_, left, right) => [left, right].into_iter().for_each(|node| node.visit(visitor)),
            Expr::Field(_, inner) | Expr::AtLeast(_, inner) => inner.visit(visitor),
            Expr::List(_, inner) => inner.visit(visitor),
        }
    }
}

/// What can be asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    /// One word.
    Word(Word),
    /// Bare words and lists side by side: all, in any order, near each other.
    Loose(Vec<Node>),
    /// Quoted words: in this order, adjacent.
    Phrase(Vec<Step>),
    /// One of these.
    Or(Vec<Node>),
    /// All of the first, none of the second.
    And(Vec<Node>, Vec<Node>),
    /// Two things in a place to each other.
    Relation(Relation, Box<Node>, Box<Node>),
    /// Only in a part of the article.
    Field(Part, Box<Node>),
    /// So many separate occurrences.
    AtLeast(u32, Box<Node>),
    /// So many of these.
    AnyOf(u32, Vec<Node>),
    /// A list of the files, by its name.
    List(String, Rc<Node>),
    /// A built-in list, in one language or in all its languages.
    Shipped(Rc<Shipped>, Option<&'static str>),
}

/// A word as written, without the signs that say how it is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) manner: Manner,
}

/// How a word is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Manner {
    /// With its family: `closure`.
    Family,
    /// This form only: `=closure`.
    Exact,
    /// This form, case kept: `caps:WHO`.
    Caps,
    /// With `*` and `?`.
    Wildcard,
    /// With one edit: `Netanyahu~`.
    Fuzzy,
}

/// A step of a quoted phrase.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// A word and the bytes it was written at.
    Word(Word, Range<usize>),
    /// `*`: any one word.
    Gap,
}

/// The relation of two things; numbers count the words between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Relation {
    /// In either order.
    Near(u32, Reach),
    /// The left one first.
    Before(u32, Reach),
    /// In one sentence.
    SameSentence,
    /// In one paragraph.
    SameParagraph,
    /// The left one, where the right one is not near.
    NotNear(u32, Reach),
}

/// What may not be between two things that are near.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reach {
    /// The end of a sentence.
    Sentence,
    /// The end of a paragraph.
    Paragraph,
}

/// A part of the article that a query can be restricted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Part {
    Title,
    Summary,
    Body,
    /// The title and the first words of the text.
    Lead,
    Author,
    /// The feed's name, title, tags and address.
    Feed,
    Category,
    Tag,
    /// The feed's tier: 1, 2 or 3.
    Tier,
    Url,
    Lang,
}

impl Part {
    /// All parts under the names analysts type.
    pub(super) const ALL: &[(&str, Part)] = &[
        ("title", Part::Title),
        ("summary", Part::Summary),
        ("body", Part::Body),
        ("lead", Part::Lead),
        ("author", Part::Author),
        ("feed", Part::Feed),
        ("category", Part::Category),
        ("tag", Part::Tag),
        ("tier", Part::Tier),
        ("url", Part::Url),
        ("lang", Part::Lang),
    ];

    /// Whether it is running text, and no name or label.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Part::Title | Part::Summary | Part::Body | Part::Lead)
    }

    /// The name analysts type.
    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, part)| *part == self).map_or("", |(name, _)| name)
    }
}

/// A mistake in a query, by its bytes; the caller knows which text it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: Range<usize>,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Fault {
    pub(super) fn new(at: Range<usize>, message: impl Into<String>) -> Fault {
        Fault { at, message: message.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Fault {
        self.hint = Some(hint.into());
        self
    }
}
