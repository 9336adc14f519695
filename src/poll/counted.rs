//! How many publishers and origins a story has, besides its feeds. Pure.
//!
//! Feeds say themselves who their publishers are, so a feed could claim any number of them. A publisher (or origin)
//! counts only if a separate feed carries it: each feed adds at most one, whatever it claims, and there are never more
//! than feeds. Unknown ones do not count.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::publisher::{is_domain, is_name_of};
use crate::model::{AlertStory, FeedId, Gained, Origin, Outlet, Told};

/// Publishers named in a record; a story of all the papers of the world is counted whole.
const NAMED_MOST: usize = 20;

/// People are alerted to a story again when this many carry it. Each step is five times the previous one, so that the
/// largest story of a year raises four alerts.
pub(super) const GROWTH_STEPS: [usize; 3] = [5, 25, 125];

/// What makes a story grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Growth {
    /// Publishers that have it.
    #[default]
    Publishers,
    /// Origins that it has.
    Origins,
}

impl Growth {
    /// Each with the word for it in the files.
    pub const ALL: &'static [(&'static str, Growth)] =
        &[("publishers", Growth::Publishers), ("origins", Growth::Origins)];

    /// Its name in the files.
    pub fn name(self) -> &'static str {
        Growth::ALL.iter().find(|(_, growth)| *growth == self).expect("the table names each").0
    }

    /// How far a story has come.
    pub(super) fn of(self, story: &AlertStory) -> usize {
        match self {
            Growth::Publishers => story.publishers as usize,
            Growth::Origins => story.origins as usize,
        }
    }

    /// The step that a story has just taken, if it has.
    pub(super) fn step(self, known_to: usize, story: &AlertStory) -> Option<usize> {
        GROWTH_STEPS.into_iter().rfind(|step| (known_to + 1..=self.of(story)).contains(step))
    }
}

/// A publisher or an origin, and the feed that claims it.
type Claim<'a> = (Origin, &'a Outlet);

/// A story as a record describes it: who carries it, in how many articles.
pub fn counted<'a>(id: &str, outlets: impl IntoIterator<Item = &'a Outlet>, articles: u32) -> AlertStory {
    let outlets: Vec<&Outlet> = outlets.into_iter().collect();
    let feeds: BTreeSet<FeedId> = outlets.iter().map(|outlet| outlet.feed).collect();
    let publisher = |outlet: &&Outlet| outlet.publisher.clone().map(Origin::Own);
    let publishers = for_sure(outlets.iter().filter_map(|outlet| Some((publisher(outlet)?, *outlet))).collect());
    let origins = for_sure(outlets.iter().filter_map(|outlet| Some((outlet.origin.clone()?, *outlet))).collect());
    let named = |origin: &Origin| origin.name().to_owned();
    AlertStory {
        id: id.to_owned(),
        feeds: feeds.len() as u32,
        articles,
        publishers: publishers.len() as u32,
        origins: origins.len() as u32,
        publisher_names: publishers.iter().take(NAMED_MOST).map(named).collect(),
        wires: origins.iter().filter(|origin| matches!(origin, Origin::Wire(_))).map(named).collect(),
        new: Vec::new(),
    }
}

/// Adds an article to its story: the story afterwards, what it gained, and its size before.
pub(super) fn joins(id: &str, told: &mut Told, outlet: &Outlet, growth: Growth) -> (AlertStory, Gained, usize) {
    let before = counted(id, &told.outlets, told.articles);
    let known_to = told.known_to.unwrap_or_else(|| growth.of(&before));
    told.articles += 1;
    told.feeds.insert(outlet.feed);
    outlet.clone().add_to(&mut told.outlets);
    let now = counted(id, &told.outlets, told.articles);
    let gained = Gained {
        feeds: now.feeds.saturating_sub(before.feeds),
        publishers: now.publishers.saturating_sub(before.publishers),
        origins: now.origins.saturating_sub(before.origins),
    };
    (now, gained, known_to)
}

/// The publishers that certainly are among these claims. A publisher that is known only by name may be any of those
/// known by domain. If the name fits a domain, they are the same. Of the other names only as many count as exceed the
/// number of domains.
fn for_sure(claims: Vec<Claim<'_>>) -> BTreeSet<Origin> {
    let own = |origin: &Origin| match origin {
        Origin::Own(publisher) => Some(publisher.clone()),
        Origin::Wire(_) => None,
    };
    let all: BTreeSet<String> = claims.iter().filter_map(|(origin, _)| own(origin)).collect();
    let (domains, names): (Vec<String>, Vec<String>) = all.into_iter().partition(|publisher| is_domain(publisher));
    let home = |name: &String| Some((name.clone(), domains.iter().find(|domain| is_name_of(name, domain))?.clone()));
    let homes: HashMap<String, String> = names.iter().filter_map(home).collect();
    let (mut by_domain, mut by_name) = (Vec::new(), Vec::new());
    for (origin, outlet) in claims {
        let publisher = own(&origin);
        let origin = publisher.as_ref().and_then(|name| homes.get(name)).cloned().map_or(origin, Origin::Own);
        let has_domain = own(&origin).is_none_or(|publisher| is_domain(&publisher));
        if publisher.is_none_or(|publisher| !is_domain(&publisher)) {
            by_name.push((origin.clone(), outlet.feed));
        }
        by_domain.extend(has_domain.then_some((origin, outlet.feed)));
    }
    let (by_domain, by_name) = (vouched_for(by_domain), vouched_for(by_name));
    if by_name.len() > by_domain.len() { by_name } else { by_domain }
}

/// As many as can each have a separate feed: a maximum matching, found by augmenting paths.
fn vouched_for(claims: Vec<(Origin, FeedId)>) -> BTreeSet<Origin> {
    let mut feeds_of = BTreeMap::<&Origin, BTreeSet<FeedId>>::new();
    let mut all = BTreeSet::new();
    for (origin, feed) in &claims {
        feeds_of.entry(origin).or_default().insert(*feed);
        all.insert(*feed);
    }
    // The one that most feeds carry comes first: of those that share one feed, it is named.
    let mut origins: Vec<(&Origin, &BTreeSet<FeedId>)> =
        feeds_of.iter().map(|(origin, feeds)| (*origin, feeds)).collect();
    origins.sort_by_key(|(_, feeds)| std::cmp::Reverse(feeds.len()));
    let mut vouches = HashMap::<FeedId, usize>::new();
    let mut feed_of = vec![None; origins.len()];
    for number in 0..origins.len() {
        if vouches.len() == all.len() {
            break;
        }
        // From which origin each feed was reached.
        let mut reached = HashMap::<FeedId, usize>::new();
        let mut waiting = vec![number];
        let mut free = None;
        while let Some(origin) = waiting.pop().filter(|_| free.is_none()) {
            for feed in origins[origin].1 {
                if reached.contains_key(feed) {
                    continue;
                }
                reached.insert(*feed, origin);
                match vouches.get(feed) {
                    Some(other) => waiting.push(*other),
                    None => {
                        free = Some(*feed);
                        break;
                    }
                }
            }
        }
        // Each origin on the way takes the feed through which it was left.
        while let Some(feed) = free {
            let origin = reached[&feed];
            vouches.insert(feed, origin);
            free = feed_of[origin].replace(feed);
        }
    }
    vouches.into_values().map(|number| origins[number].0.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(agency: &str) -> Option<Origin> {
        Some(Origin::Wire(agency.to_owned()))
    }

    fn own(publisher: &str) -> Option<Origin> {
        Some(Origin::Own(publisher.to_owned()))
    }

    /// The size of a story that these feeds have, by publisher and origin.
    fn check(outlets: &[(i64, &str, Option<Origin>)], size: &str) {
        let outlet = |(feed, publisher, origin): &(i64, &str, Option<Origin>)| Outlet {
            feed: FeedId(*feed),
            publisher: Some((*publisher).to_owned()).filter(|publisher| !publisher.is_empty()),
            origin: origin.clone(),
        };
        let outlets: BTreeSet<Outlet> = outlets.iter().map(outlet).collect();
        assert_eq!(counted("s", &outlets, 1).size(), size, "{outlets:?}");
    }

    #[test]
    fn publishers_and_origins_are_counted_as_far_as_feeds_vouch_for_them() {
        let (bbc, reuters, afp) = (|| own("bbc.co.uk"), || wire("Reuters"), || wire("AFP"));
        check(&[(1, "bbc.co.uk", bbc())], "1 feed, 1 publisher, 1 origin (own)");
        check(
            &[(1, "bbc.co.uk", bbc()), (2, "bbc.co.uk", bbc()), (3, "bbc.co.uk", reuters())],
            "3 feeds, 1 publisher, 2 origins (Reuters, own)",
        );
        check(
            &[(1, "a.example", reuters()), (2, "b.example", reuters()), (3, "c.example", own("c.example"))],
            "3 feeds, 3 publishers, 2 origins (Reuters, own)",
        );
        check(
            &[(1, "a.example", own("a.example")), (2, "b.example", own("b.example")), (3, "c.example", afp())],
            "3 feeds, 3 publishers, 3 origins (AFP, 2 own)",
        );
        // Unknown ones do not count.
        check(&[(1, "", None), (2, "", None)], "2 feeds, no known publisher, no known origin");
        check(&[(1, "", reuters()), (2, "a.example", None)], "2 feeds, 1 publisher, 1 origin (Reuters)");
        // One feed can claim anything, and counts once.
        check(
            &[(1, "a.example", own("a.example")), (1, "b.example", afp()), (1, "c.example", reuters())],
            "1 feed, 1 publisher, 1 origin (AFP)",
        );
        let many = ["a.example", "b.example", "c.example", "d.example"].map(|claimed| (9, claimed, own(claimed)));
        check(
            &[vec![(1, "bbc.co.uk", bbc()), (2, "bbc.co.uk", bbc()), (3, "bbc.co.uk", bbc())], many.to_vec()].concat(),
            "4 feeds, 2 publishers, 2 origins (2 own)",
        );
        // Feeds of others that show the same papers vouch for as many as they are.
        check(
            &[
                (1, "a.example", None),
                (1, "b.example", None),
                (2, "a.example", None),
                (3, "b.example", None),
                (3, "c.example", None),
            ],
            "3 feeds, 3 publishers, no known origin",
        );
        check(
            &[
                (1, "a.example", None),
                (1, "b.example", None),
                (2, "a.example", None),
                (2, "b.example", None),
                (2, "c.example", None),
            ],
            "2 feeds, 2 publishers, no known origin",
        );
    }

    #[test]
    fn a_name_may_be_that_of_any_domain() {
        let mine = |publisher| own(publisher);
        check(
            &[(1, "theguardian.com", mine("theguardian.com")), (2, "The Guardian", mine("The Guardian"))],
            "2 feeds, 1 publisher, 1 origin (own)",
        );
        check(&[(1, "nytimes.com", None), (2, "The New York Times", None)], "2 feeds, 1 publisher, no known origin");
        check(&[(1, "The Paper", None), (2, "The Post", None)], "2 feeds, 2 publishers, no known origin");
        check(
            &[(1, "nytimes.com", None), (2, "The Paper", None), (3, "The Post", None)],
            "3 feeds, 2 publishers, no known origin",
        );
        check(
            &[(1, "theguardian.com", None), (2, "The Guardian", None), (3, "The Post", None)],
            "3 feeds, 2 publishers, no known origin",
        );
    }

    #[test]
    fn a_step_is_taken_once() {
        let story = |publishers| AlertStory { publishers, origins: 1, ..AlertStory::default() };
        let step = |known, now| Growth::Publishers.step(known, &story(now));
        assert_eq!(
            [step(4, 5), step(5, 6), step(0, 4), step(3, 130), step(5, 5)],
            [Some(5), None, None, Some(125), None]
        );
        assert_eq!(Growth::Origins.step(0, &story(130)), None);
    }
}
