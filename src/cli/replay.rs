//! Two states of the watches before stored articles: what the one finds and the other does not. Each article is asked of by the
//! function that the daemon asks by.

use std::collections::HashMap;

use crate::alert::snippet;
use crate::model::{Article, Hit, Reason};
use crate::store::{Archived, Then};
use crate::watch::{Scratch, WatchSet};

/// What becomes of a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It was not found before.
    Gained,
    /// It is found no more.
    Lost,
    /// It is found as before.
    Same,
}

impl Change {
    pub(super) const ALL: [Change; 3] = [Change::Gained, Change::Lost, Change::Same];

    pub(super) fn name(self) -> &'static str {
        match self {
            Change::Gained => "gained",
            Change::Lost => "lost",
            Change::Same => "same",
        }
    }

    pub(super) fn mark(self) -> &'static str {
        match self {
            Change::Gained => "+",
            Change::Lost => "-",
            Change::Same => "=",
        }
    }
}

/// What was before.
enum Before {
    /// What was found when the articles came.
    Then,
    /// What these watches find.
    Watches(Box<Side>),
}

/// Watches, and room to run them.
struct Side {
    watches: WatchSet,
    scratch: Scratch,
    /// By the number of a watch, its place among those that are compared.
    places: Vec<Option<usize>>,
}

impl Side {
    fn new(watches: WatchSet, compared: &HashMap<String, usize>) -> Side {
        let places = watches.names().map(|name| compared.get(name).copied()).collect();
        Side { watches, scratch: Scratch::default(), places }
    }
}

/// A comparison under way.
pub(super) struct Replay {
    before: Before,
    after: Side,
    /// The watches that are compared, each with its place.
    places: HashMap<String, usize>,
    found_before: Vec<usize>,
    found_after: Vec<usize>,
    /// To try texts with.
    trial: Scratch,
}

impl Replay {
    /// Of the watches with these names; without any before, beside what was found when the articles came.
    pub(super) fn new(names: &[String], before: Option<WatchSet>, after: WatchSet) -> Replay {
        let places = names.iter().enumerate().map(|(place, name)| (name.clone(), place)).collect();
        let before = before.map(|before| Before::Watches(Box::new(Side::new(before, &places))));
        let (found_before, found_after, trial) = Default::default();
        let after = Side::new(after, &places);
        Replay { before: before.unwrap_or(Before::Then), after, places, found_before, found_after, trial }
    }

    /// Whether an article's labels have to be read.
    pub(super) fn uses_labels(&self) -> bool {
        let of_before = match &self.before {
            Before::Then => false,
            Before::Watches(side) => side.watches.uses_labels(),
        };
        of_before || self.after.watches.uses_labels()
    }

    /// Whether what was found when an article came has to be read.
    pub(super) fn asks_what_was_found(&self) -> bool {
        matches!(self.before, Before::Then)
    }

    /// What becomes of each hit of an article: the place of its watch, and the hit as it is now, or as it was.
    pub(super) fn judge(&mut self, archived: &Archived<'_>) -> Vec<(usize, Change, Hit)> {
        let Archived { article, feed, then, .. } = archived;
        let Side { watches, scratch, places } = &mut self.after;
        self.found_after.clear();
        let now = watches.decide(article, *feed, scratch);
        self.found_after.extend(now.iter().filter_map(|number| places[*number as usize]));
        self.found_before.clear();
        match &mut self.before {
            Before::Then => {
                self.found_before.extend(then.iter().filter_map(|then| self.places.get(then.watch.as_str())));
            }
            Before::Watches(side) => {
                let Side { watches: before, scratch: room, places } = &mut **side;
                let found = before.decide_beside(article, *feed, (watches, scratch), room);
                self.found_before.extend(found.iter().filter_map(|number| places[*number as usize]));
            }
        }
        let mut changes = Vec::new();
        let place = |hit: &Hit| self.places.get(&*hit.watch).copied();
        if !self.found_after.is_empty() {
            let kept = &self.found_before;
            let change = |place: &usize| if kept.contains(place) { Change::Same } else { Change::Gained };
            let hits = watches.hits(article, *feed, scratch).into_iter();
            changes.extend(hits.filter_map(|hit| place(&hit).map(|place| (place, change(&place), hit))));
        }
        if self.found_before.iter().any(|place| !self.found_after.contains(place)) {
            let before = match &mut self.before {
                Before::Then => then.iter().map(hit_of).collect(),
                Before::Watches(side) => side.watches.hits(article, *feed, &mut side.scratch),
            };
            let lost = before.into_iter().filter_map(|hit| Some((place(&hit)?, Change::Lost, hit)));
            changes.extend(lost.filter(|(place, ..)| !self.found_after.contains(place)));
        }
        changes
    }

    /// A text that holds what a lost hit was found by, as short as can be: a test for the watch to be kept by. None where it was
    /// found by what is no text.
    pub(super) fn expectation(&mut self, place: usize, article: &Article, hit: &Hit) -> Option<String> {
        const TEXT_CHARS_MOST: usize = 2_000;
        let title = article.title.trim();
        let passage = snippet(article, hit).replace("[[", "").replace("]]", "");
        let with = |text: &str| format!("{title}\n{}", text.trim());
        let texts = [title.to_owned(), with(passage.trim_matches('…')), with(&article.summary), with(&article.body)];
        let is_found = |text: &String| {
            let is_short = text.chars().nth(TEXT_CHARS_MOST).is_none() && !title.contains('\n');
            is_short
                && match &self.before {
                    Before::Then => holds_all(text, &hit.why),
                    Before::Watches(side) => {
                        let found = side.watches.decide(&Article::of_text(text), None, &mut self.trial);
                        found.iter().any(|number| side.places[*number as usize] == Some(place))
                    }
                }
        };
        texts.into_iter().find(is_found)
    }
}

/// Whether all that was found stands in a text.
fn holds_all(text: &str, why: &[Reason]) -> bool {
    !why.is_empty() && why.iter().all(|reason| text.contains(&reason.text))
}

/// What was found when an article came.
fn hit_of(then: &Then) -> Hit {
    Hit {
        watch: then.watch.as_str().into(),
        revision: "".into(),
        level: Default::default(),
        why: then.why(),
        score: None,
    }
}
