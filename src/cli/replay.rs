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

/// A comparison under way.
pub(super) struct Replay {
    /// Those before, then those after.
    watches: WatchSet,
    /// How many of them are before; none when what was found as the articles came takes their place.
    before: Option<usize>,
    scratch: Scratch,
    /// The watches that are compared, each with its place; by the number of a watch, its place.
    places: HashMap<String, usize>,
    by_number: Vec<Option<usize>>,
    /// To try texts with.
    trial: Scratch,
}

impl Replay {
    /// Of the watches with these names. So many of the set are those before; none where that is what was found as the articles came.
    pub(super) fn new(names: &[String], watches: WatchSet, before: Option<usize>) -> Replay {
        let places: HashMap<String, usize> =
            names.iter().enumerate().map(|(place, name)| (name.clone(), place)).collect();
        let by_number = watches.names().map(|name| places.get(name).copied()).collect();
        let (scratch, trial) = Default::default();
        Replay { watches, before, scratch, places, by_number, trial }
    }

    /// Which of the watches are those before.
    fn is_before(&self, number: u32) -> bool {
        self.before.is_some_and(|before| (number as usize) < before)
    }

    /// Whether an article's labels have to be read.
    pub(super) fn uses_labels(&self) -> bool {
        self.watches.uses_labels()
    }

    /// Whether what was found when an article came has to be read.
    pub(super) fn asks_what_was_found(&self) -> bool {
        self.before.is_none()
    }

    /// What becomes of each hit of an article: the place of its watch, and the hit as it is now, or as it was.
    pub(super) fn judge(&mut self, archived: &Archived<'_>) -> Vec<(usize, Change, Hit)> {
        let Archived { article, feed, then, .. } = archived;
        let fired = self.watches.decide(article, *feed, &mut self.scratch).to_vec();
        if fired.is_empty() && then.is_empty() {
            return Vec::new();
        }
        let place = |number: &u32| self.by_number[*number as usize];
        let (before, after): (Vec<u32>, Vec<u32>) = fired.iter().partition(|number| self.is_before(**number));
        let of_then = then.iter().filter_map(|then| self.places.get(&then.watch).copied());
        let found_before: Vec<usize> = before.iter().filter_map(place).chain(of_then).collect();
        let found_after: Vec<usize> = after.iter().filter_map(place).collect();
        if found_before.is_empty() && found_after.is_empty() {
            return Vec::new();
        }
        let hits = self.watches.hits(article, *feed, &mut self.scratch);
        let now =
            fired.iter().zip(hits).filter_map(|(number, hit)| Some((*number, self.by_number[*number as usize]?, hit)));
        let mut changes = Vec::new();
        for (number, place, hit) in now {
            match (self.is_before(number), found_before.contains(&place), found_after.contains(&place)) {
                (false, true, _) => changes.push((place, Change::Same, hit)),
                (false, false, _) => changes.push((place, Change::Gained, hit)),
                (true, _, false) => changes.push((place, Change::Lost, hit)),
                (true, _, true) => {}
            }
        }
        for then in *then {
            let lost = self.places.get(&then.watch).filter(|place| !found_after.contains(place));
            changes.extend(lost.map(|place| (*place, Change::Lost, hit_of(then))));
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
                && match self.before {
                    None => holds_all(text, &hit.why),
                    Some(before) => {
                        let found = self.watches.decide(&Article::of_text(text), None, &mut self.trial);
                        found.iter().any(|number| {
                            (*number as usize) < before && self.by_number[*number as usize] == Some(place)
                        })
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
