//! Whole watches: points, rejection, further languages, feeds, the title said twice, their own tests.

use std::collections::{BTreeMap, BTreeSet};

use feedwatch::watch::{Lists, Part, ScoreSource, Scratch, WatchSet, WatchSource};

use super::{article, find, texts, watch};

fn line(points: i64, find: &str, at_most: Option<i64>) -> ScoreSource {
    ScoreSource { points, find: find.to_owned(), at_most }
}

#[test]
fn points_add_up() {
    let source = WatchSource {
        find: String::new(),
        threshold: Some(10),
        score: vec![
            line(6, "title: (hamas NEAR/8 office)", None),
            line(2, "doha OR qatar", Some(4)),
            line(3, "mediation", None),
            line(-8, "football", None),
        ],
        ..watch("")
    };
    let points = |title: &str, body: &str| {
        find(&source, &article(title, "", body)).and_then(|hit| hit.score).map(|score| score.points)
    };
    assert_eq!(points("Hamas office in Doha", "Qatar, Doha and Doha"), Some(10), "6 and at most 4");
    assert_eq!(points("Hamas office in Doha", "mediation"), Some(11), "6, 2 and 3");
    assert_eq!(points("Hamas office", "mediation"), None, "9");
    assert_eq!(points("Hamas office in Doha", "Qatar mediation, football"), None, "13 - 8");
    let hit = find(&source, &article("Hamas office in Doha", "", "Qatar, Doha")).unwrap();
    let given: i64 = hit.why.iter().filter_map(|reason| reason.points).sum();
    assert_eq!(given, hit.score.unwrap().points, "the reasons tell all points");
}

#[test]
fn find_and_score_must_both_be_met() {
    let source = WatchSource { threshold: Some(2), score: vec![line(2, "doha", None)], ..watch("mediation") };
    assert!(find(&source, &article("Mediation in Doha", "", "")).is_some());
    assert!(find(&source, &article("Mediation in Oslo", "", "")).is_none());
    assert!(find(&source, &article("Doha", "", "")).is_none());
}

#[test]
fn what_is_rejected_never_fires() {
    let source = WatchSource { reject: Some("football OR category: sport".to_owned()), ..watch("mediation") };
    assert!(find(&source, &article("Mediation", "", "")).is_some());
    assert!(find(&source, &article("Mediation", "", "after the football match")).is_none());
    let mut sport = article("Mediation", "", "");
    sport.categories.push("Sport".to_owned());
    assert!(find(&source, &sport).is_none());
}

#[test]
fn other_languages_are_found_beside() {
    let source = WatchSource {
        also: BTreeMap::from([("fr".to_owned(), "fermer NEAR/4 bureau".to_owned())]),
        ignore: vec!["\"à bureaux fermés\"".to_owned()],
        ..watch("office closure")
    };
    assert_eq!(texts(find(&source, &article("Closing the office", "", ""))), ["Closing", "office"]);
    assert_eq!(texts(find(&source, &article("Le bureau fermera", "", ""))), ["bureau", "fermera"]);
    assert_eq!(texts(find(&source, &article("Spectacle à bureaux fermés", "", ""))), [""; 0]);
}

#[test]
fn a_title_said_again_in_the_text_counts_once() {
    let source = watch("ATLEAST 2 mediation");
    assert!(find(&source, &article("Qatar ends mediation role", "Qatar ends mediation role", "")).is_none());
    assert!(
        find(&source, &article("Qatar ends mediation role", "Qatar ends mediation role. The mediator said so.", ""))
            .is_some()
    );
}

#[test]
fn lists_serve_all_watches_and_one_another() {
    let lists = Lists::from([
        ("all posts".to_owned(), "{posts} OR embassy".to_owned()),
        ("posts".to_owned(), "office OR bureau".to_owned()),
    ]);
    let (set, _) = WatchSet::compile(&lists, &[watch("close NEAR/3 {all posts}")]).unwrap();
    let mut scratch = Scratch::default();
    for title in ["Closing the embassy", "Bureau closed"] {
        let hits = set.find(&article(title, "", ""), None, &mut scratch);
        assert_eq!(hits[0].why[0].clause, "close NEAR/3 {all posts}");
    }
}

#[test]
fn a_scratch_serves_one_set_after_another() {
    let mut scratch = Scratch::default();
    let set = |query: &str| WatchSet::compile(&Lists::new(), &[watch(query)]).unwrap().0;
    let (one, other) = (set("mediation"), set("office closure OR mediat*"));
    let article = article("Mediator closes office", "", "");
    for _ in 0..3 {
        assert_eq!(one.find(&article, None, &mut scratch)[0].why.len(), 1);
        assert_eq!(other.find(&article, None, &mut scratch)[0].why.len(), 3);
    }
}

#[test]
fn a_revision_tells_what_a_watch_finds() {
    let revision_of = |source: WatchSource| {
        let name = source.name.clone();
        let (set, _) = WatchSet::compile(&Lists::new(), &[source]).unwrap();
        set.explain(&name).unwrap().revision
    };
    let revision = |find: &str, name: &str| revision_of(WatchSource { name: name.to_owned(), ..watch(find) });
    assert_eq!(revision("a OR  b", "w"), revision("a OR b", "w"), "white space changes nothing");
    assert_eq!(revision("a OR b", "w"), revision("a OR b", "v"), "nor does the name");
    let own = || watch("a OR b");
    let english = WatchSource { lang: Some("en".to_owned()), ..own() };
    assert_eq!(revision_of(english), revision_of(own()), "nor what holds anyhow");

    let texts = |text: &str| vec![text.to_owned()];
    let also = |code: &str, text: &str| [(code.to_owned(), text.to_owned())].into();
    let score = |at_most| vec![line(3, "c", at_most)];
    let others = [
        own(),
        watch("a AND b"),
        WatchSource { lang: Some("fr".to_owned()), ..own() },
        WatchSource { also: also("fr", "c"), ..own() },
        WatchSource { also: also("es", "c"), ..own() },
        WatchSource { also: also("fr", "b"), ..watch("a") },
        WatchSource { ignore: texts("c d"), ..own() },
        WatchSource { reject: Some("c d".to_owned()), ..own() },
        WatchSource { but_not: texts("a"), ..own() },
        WatchSource { score: score(None), threshold: Some(3), ..own() },
        WatchSource { score: score(None), threshold: Some(2), ..own() },
        WatchSource { score: score(Some(3)), threshold: Some(3), ..own() },
    ];
    let revisions: BTreeSet<String> = others.into_iter().map(revision_of).collect();
    assert_eq!(revisions.len(), 12, "each finds something else");
}

#[test]
fn own_tests_that_fail_are_told() {
    let source = WatchSource {
        should_find: vec!["a mediator".to_owned(), "the media".to_owned()],
        should_pass_over: vec!["a mediator".to_owned()],
        ..watch("mediation")
    };
    let (set, _) = WatchSet::compile(&Lists::new(), std::slice::from_ref(&source)).unwrap();
    let failures: Vec<_> = set.failures(&[source]).into_iter().map(|problem| (problem.part, problem.range)).collect();
    assert_eq!(failures, [(Part::ShouldFind(0, 1), 0..9), (Part::ShouldPassOver(0, 0), 2..10)]);
}

#[test]
fn hostile_texts_cost_little() {
    let begin = std::time::Instant::now();
    let words = "close office ".repeat(150_000);
    let marks = format!("clo{}se the office", "\u{301}".repeat(10_000));
    for text in [&words, &marks] {
        for query in ["close NEAR/100 office", "office closure", "close SAME SENTENCE office"] {
            assert!(find(&watch(query), &article("", "", text)).is_some(), "{query}");
        }
        let nested = "(close NEAR/50 office) NEAR/50 (close SAME SENTENCE office) NEAR/50 (office closure)";
        find(&watch(nested), &article("", "", text));
    }
    // Far above what it takes; quadratic work would take hours.
    assert!(begin.elapsed().as_secs() < 60, "{:?}", begin.elapsed());
}
