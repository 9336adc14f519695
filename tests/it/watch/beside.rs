//! Two sets over one article find what each finds by itself, whichever reads it first.

use feedwatch::watch::{Lists, Scratch, WatchSet};

use super::{article, watch};

/// Queries of the text, of labels, and of both.
const QUERIES: [&str; 5] =
    ["office closure", "category: diplomacy", "close AND author: doe", "\"the office\"", "ATLEAST 2 office"];

#[test]
fn sets_that_share_the_reading_of_an_article_find_what_they_find_alone() {
    let articles = [
        article("The office closes", "The office closes for good", "Nothing else. An office-closing day."),
        article("Doe", "diplomacy", "the office"),
        article("", "", ""),
    ];
    for first in QUERIES {
        for second in QUERIES {
            let [one, other] =
                [first, second].map(|query| WatchSet::compile(&Lists::new(), &[watch(query)]).unwrap().0);
            let [mut room, mut beside, mut alone] = [Scratch::default(), Scratch::default(), Scratch::default()];
            for article in &articles {
                let found = one.decide(article, None, &mut room).to_vec();
                let also = other.decide_beside(article, None, (&one, &room), &mut beside).to_vec();
                assert_eq!(also, other.decide(article, None, &mut alone), "{second} beside {first}: {}", article.title);
                assert_eq!(other.hits(article, None, &mut beside), other.find(article, None, &mut alone));
                // The first one still knows what it found.
                assert_eq!(one.hits(article, None, &mut room), one.find(article, None, &mut alone));
                assert_eq!(found.len(), one.find(article, None, &mut alone).len());
            }
        }
    }
}
