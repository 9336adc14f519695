//! What a watch that did not fire lacked, in whole words.

use std::collections::BTreeMap;

use feedwatch::watch::{Lists, Scratch, WatchSet, WatchSource};

use super::{article, watch};

/// What the nearest clause of a query found in a text, and what it lacked.
#[track_caller]
fn check(query: &str, text: &str, found: &str, missing: &str) {
    check_watch(&watch(query), text, found, missing);
}

#[track_caller]
fn check_watch(source: &WatchSource, text: &str, found: &str, missing: &str) {
    let lists = Lists::from([
        ("post".to_owned(), "office OR bureau OR embassy".to_owned()),
        ("shut".to_owned(), "close OR shut OR \"wind up\"".to_owned()),
    ]);
    let (set, _) = WatchSet::compile(&lists, std::slice::from_ref(source)).unwrap();
    let verdict = set.verdict("w", &article("", "", text), None, &mut Scratch::default()).unwrap();
    assert!(verdict.hit.is_none(), "{text}");
    let nearest = verdict.clauses.first().expect("a clause of which a word is there");
    assert_eq!(nearest.found.join(", "), found, "{text}");
    assert_eq!(nearest.missing.as_deref(), Some(missing), "{text}");
}

#[test]
fn a_miss_names_what_is_missing() {
    check("{shut} NEAR/6 {post}", "They close the shop", "close", "no {post}");
    check("{shut} NEAR/6 {post}", "The embassy stays", "embassy", "no {shut}");
    check(
        "close NEAR/2 office",
        "They close it. The office stays",
        "close, office",
        "a sentence ends between close and office",
    );
    check(
        "close NEAR/2 office",
        "They close the very old and small office",
        "close, office",
        "more than 2 words stand between close and office",
    );
    check("close BEFORE/2 office", "The office closes", "closes, office", "office stands before close, not behind it");
    check("office closure", "The office stays", "office", "no closure");
    check(
        "office closure",
        "The office. Closed",
        "office, Closed",
        "they are not within 5 words of each other in one sentence",
    );
    check("close AND (gaza OR doha)", "They close", "close", "no gaza OR doha");
    check("close AND NOT office", "They close the office", "close, office", "office is there, which AND NOT rules out");
    check("ATLEAST 3 mediation", "mediators", "mediators", "mediation 1 times of the 3 that are asked for");
    check("ANY 2 OF (gaza, doha, oslo)", "Doha", "Doha", "1 of the 2 that are asked for");
    check(
        "close SAME SENTENCE office",
        "Close. Office",
        "Close, Office",
        "close and office are in different sentences",
    );
    check("close NOT NEAR/3 office", "close the office", "close, office", "each close is near office");
}

#[test]
fn words_are_told_whole() {
    check("\"change the locks\" NEAR/5 office", "of the office", "office", "no \"change the locks\"");
    let chinese =
        |query: &str| WatchSource { also: BTreeMap::from([("zh".to_owned(), query.to_owned())]), ..watch("mediation") };
    check_watch(&chinese("关闭 NEAR/10 领事馆"), "关闭被驻馆", "关闭", "no 领事馆");
    let ignoring = WatchSource { ignore: vec!["强调停".to_owned()], ..chinese("调停 NEAR/10 双方") };
    check_watch(&ignoring, "强调停火，双方", "双方, 调停", "no 调停");
}

#[test]
fn the_clause_that_comes_nearest_stands_first() {
    let query = "(film NEAR/3 award) OR (shut NEAR/3 office AND doha) OR (close NEAR/3 office)";
    check(query, "The award for doha: they close the shop and shut it", "shut, doha", "no office");
}
