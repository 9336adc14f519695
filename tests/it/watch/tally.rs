//! What a watch would have met in many articles.

use feedwatch::watch::{Lists, ScoreSource, Tally, WatchSet, WatchSource};

use super::{article, watch};

const TEXTS: [&str; 5] = [
    "The office closes. The office is closed.",
    "An office in Doha closed",
    "The shop closes; football",
    "The office closes after the football",
    "Nothing of the kind, 停调",
];

fn tally(source: WatchSource) -> Tally {
    let (set, _) = WatchSet::compile(&Lists::new(), &[source]).unwrap();
    let mut count = set.count("w").unwrap();
    TEXTS.iter().for_each(|text| count.add(&article("", "", text), None));
    count.done()
}

#[test]
fn clauses_words_and_what_reject_drops_are_counted() {
    let rejecting = WatchSource { reject: Some("football".to_owned()), ..watch("office closure OR qatar OR 调停") };
    let Tally { articles, hits, rejected, clauses, words } = tally(rejecting);
    assert_eq!((articles, hits, rejected), (5, 2, 1));
    let clauses: Vec<_> = clauses.iter().map(|(text, held)| format!("{held} {text}")).collect();
    assert_eq!(clauses.join(", "), "3 office closure, 0 qatar, 0 调停");
    let words: Vec<_> = words.iter().map(|(word, met)| format!("{word} {met:?}")).collect();
    let expected =
        r#"closure [("closes", 3), ("closed", 2)], football [("football", 2)], office [("office", 4)], qatar []"#;
    assert_eq!(words.join(", "), expected);
}

#[test]
fn a_score_counts_where_it_reaches_its_threshold() {
    let line = |points, find: &str| ScoreSource { points, find: find.to_owned(), at_most: None };
    let source = WatchSource { threshold: Some(5), score: vec![line(3, "office"), line(2, "closure")], ..watch("") };
    let Tally { hits, clauses, .. } = tally(source);
    assert_eq!((hits, clauses[0].1, clauses[1].1), (3, 3, 4));
}
