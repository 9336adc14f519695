//! README.md and WATCHES.md: every query that they show is read, and what they say of a query is true.

use feedwatch::watch::{Lists, WatchSet};

use super::{article, find, watch};

fn manual() -> String {
    ["README.md", "config/WATCHES.md"].map(|file| std::fs::read_to_string(file).unwrap()).concat()
}

#[test]
fn every_query_of_the_documents_is_read() {
    let manual = manual();
    let mut queries: Vec<&str> = Vec::new();
    for line in manual.lines() {
        let codes = line.split('`').skip(1).step_by(2);
        // In running text a query stands between single quotes; in the tables of the language it is the first cell.
        queries.extend(codes.filter_map(|code| code.strip_prefix('\'')?.strip_suffix('\'')));
        queries.extend(line.trim_start().strip_prefix("find").and_then(|rest| rest.split('\'').nth(1)));
    }
    let table = |head: &str| {
        let rows = manual.split(head).nth(1).unwrap_or_else(|| panic!("no {head}")).lines().skip(2);
        rows.take_while(|row| row.starts_with('|')).flat_map(|row| {
            let cell = row[1..].split(" |").next().unwrap();
            cell.split('`').skip(1).step_by(2)
        })
    };
    queries.extend(table("| you write | it finds |"));
    queries.extend(table("| you write | it means |"));
    // "find = '...'" is about the quotes.
    queries.retain(|query| query.contains(char::is_alphanumeric));
    assert!(queries.len() >= 50, "{} queries", queries.len());
    let lists = Lists::from(["posts", "port", "port fr"].map(|name| (name.to_owned(), "office OR bureau".to_owned())));
    let faulty = queries.iter().filter_map(|query| {
        let problems = WatchSet::compile(&lists, &[watch(query)]).err()?;
        Some(format!("{query}: {}", problems[0].message))
    });
    assert_eq!(faulty.collect::<Vec<_>>(), [""; 0]);
}

/// A query that stands in the documents, a text that they say it finds, one that they say it does not.
const CLAIMS: &[(&str, &str, &str)] = &[
    ("mediation", "They are mediating", "The media wants it immediately"),
    ("closure", "Offices will be closing", "closet"),
    ("=closure", "The closure", "It closed"),
    ("caps:WHO", "The W.H.O. and", "who is there"),
    ("wom?n", "Women", "womn"),
    ("*büro*", "Die Stadtbüros", "Das Brot"),
    ("Netanyahu~", "Netanyah said", "Netnyah said"),
    ("office closure", "close Hamas's political office", "The office. It closed"),
    ("\"close the office\"", "They closed the office", "The office they close"),
    ("\"close * office\"", "close that office", "close office"),
    ("go-between", "a go between", "go and between"),
    ("{office}", "La embajada", "The box office"),
    ("{office.fr}", "L'ambassade", "The embassy"),
    ("{office} {closing}", "Doha schließt das Büro", "The box office closes"),
    ("'\"box office\"'", "At the box office", "At the office"),
    ("(macht BEFORE/6 dicht) NEAR/6 Zentrale", "Er macht dicht die Zentrale", "Er macht ihre Zentrale dicht"),
    ("'close BEFORE/2 (case OR deal OR gap)'", "They closed the case", "They closed the office"),
    ("'caps:WHO AND health'", "WHO warns on health", "Who warns on health"),
    ("'title: (hamas NEAR/8 office)'", "Hamas to leave its office", "Hamas"),
    ("'{closing} NEAR/6 {office}'", "Norway shuts its embassy", "Norway opens its embassy"),
    ("'qatar BEFORE/8 (expel OR evict) BEFORE/8 hamas'", "Qatar to expel Hamas", "Hamas to expel Qatar"),
];

#[test]
fn what_the_documents_say_of_a_query_is_true() {
    let manual = manual();
    for (query, found, passed_over) in CLAIMS {
        assert!(manual.contains(query), "{query} stands in no document");
        let source = watch(query.trim_matches('\''));
        assert!(find(&source, &article(found, "", "")).is_some(), "{query} misses: {found}");
        assert!(find(&source, &article(passed_over, "", "")).is_none(), "{query} finds: {passed_over}");
    }
}
