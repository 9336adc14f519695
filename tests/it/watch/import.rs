//! Pasted queries and what they become.

use feedwatch::watch::{Dialect, import};

#[track_caller]
fn check(pasted: &str, dialect: Dialect, query: &str) {
    let imported = import(pasted, dialect);
    assert_eq!(imported.query, query, "{pasted}");
    assert_eq!(imported.problems, Vec::<String>::new(), "{pasted}");
}

#[test]
fn pasted_queries_are_translated() {
    let nexis = |pasted, query| check(pasted, Dialect::Nexis, query);
    nexis("clos! w/5 office", "clos* NEAR/4 office");
    nexis("(closed or shut) pre/3 bureau", "(closed OR shut) BEFORE/2 bureau");
    nexis("hamas w/s office and not football", "hamas SAME SENTENCE office AND NOT football");
    nexis("hamas /p office", "hamas SAME PARAGRAPH office");
    nexis("HEADLINE(hamas w/8 offic!)", "title: (hamas NEAR/7 offic*)");
    nexis("atleast5(mediation)", "ATLEAST 5 (mediation)");
    nexis("office closure OR \"peace talks\"", "\"office closure\" OR \"peace talks\"");
    nexis("box office not w/3 film", "\"box office\" NOT NEAR/2 film");
    nexis("hamas NEAR/2f office", "hamas BEFORE/2 office");
    nexis("raw:WHO AND health", "=WHO AND health");
    let factiva = |pasted, query| check(pasted, Dialect::Factiva, query);
    factiva("clos$ w/5 office", "clos* BEFORE/4 office");
    factiva("hd=(hamas near5 office) and la=en", "title: (hamas NEAR/4 office) AND lang: en");
    factiva("peace adj3 talks same gaza", "peace BEFORE/2 talks SAME PARAGRAPH gaza");
}

#[test]
fn every_change_is_told_and_what_has_no_counterpart_too() {
    let imported = import("me! w/5 office", Dialect::Nexis);
    let told: Vec<_> = imported.changes.iter().map(|change| format!("{} -> {}", change.was, change.is)).collect();
    assert_eq!(told, ["me! -> me*", "w/5 -> NEAR/4"]);
    assert_eq!(imported.problems.len(), 1, "a wildcard of two letters");
    assert_eq!(import("hamas /F50/", Dialect::Factiva).problems.len(), 1);
}
