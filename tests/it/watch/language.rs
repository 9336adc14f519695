//! The language by cases: what a query finds in a text, word for word.

use feedwatch::watch::WatchSource;

use super::{article, find, texts, watch};

/// Looks for `query` in `text` and expects these words, parted by `|`; none for no hit.
#[track_caller]
fn check(query: &str, text: &str, found: &str) {
    check_watch(&watch(query), text, found);
}

#[track_caller]
fn check_watch(watch: &WatchSource, text: &str, found: &str) {
    let hit = find(watch, &article("", "", text));
    assert_eq!(texts(hit).join("|"), found, "{} in {text}", watch.find);
}

#[test]
fn a_bare_word_means_its_family() {
    check("mediation", "A mediator said they mediated.", "mediator|mediated");
    check("mediation", "the media, immediate aims, a médiathèque, remediation", "");
    check("closure", "Closing the closed; closer to the closest closet", "Closing|closed");
    check("office", "an officer of two offices", "offices");
}

#[test]
fn bare_words_side_by_side_are_near_each_other_in_any_order() {
    check("office closure", "to close Hamas’s political office", "close|office");
    check("office closure", "HAMAS OFFICE IN DOHA TO BE CLOSED", "OFFICE|CLOSED");
    check("office closure", "close one two three four five office", "close|office");
    check("office closure", "close one two three four five six office", "");
    check("office closure", "They close.\nThe office stays.", "");
    check("office closure", "They close. The office stays.", "");
    check("office closure", "The U.S. will close St. Mary's office", "close|office");
    check("political office closure", "to close Hamas’s political office", "close|political|office");
}

#[test]
fn quotes_give_order() {
    check("\"close the office\"", "they closed the office", "closed the office");
    check("\"close the office\"", "the office close", "");
    check("\"close * office\"", "closing their office", "closing their office");
    check("\"=close the =office\"", "they closed the office, I close the office", "close the office");
    check("“box office”", "at the box-office", "box-office");
    check("\"close the office\"", "They close. The office stays.", "");
    check("\"Wait! Offices\"", "“Wait! Offices close”", "Wait! Offices");
}

#[test]
fn nothing_is_near_over_the_end_of_a_sentence_but_by_request() {
    let text = "They will close. Office workers said so.";
    for query in ["close NEAR/5 office", "close BEFORE/5 office", "close NEAR/5 SAME SENTENCE office", "close office"] {
        check(query, text, "");
        check(query, "They will close an office", "close|office");
    }
    for query in ["close NEAR/5 SAME PARAGRAPH office", "close BEFORE/0 SAME PARAGRAPH office"] {
        check(query, text, "close|Office");
        check(query, "They will close\nOffice workers", "");
    }
    check("close NOT NEAR/5 office", text, "close");
    check("close NOT NEAR/5 SAME PARAGRAPH office", text, "");
    // What is near may itself reach further.
    check("(close NEAR/5 SAME PARAGRAPH office) NEAR/2 worker", text, "close|Office|workers");
    check("关闭", "他关。闭上门", "");
    check("闭 NEAR/3 门", "他关闭。门开了", "");
}

#[test]
fn signs_fix_the_form() {
    check("=closure", "closures and a closure", "closure");
    check("caps:WHO", "the WHO, who said W.H.O.", "WHO|W.H.O.");
}

#[test]
fn hyphenated_words_are_one_two_or_joined() {
    for text in ["a go-between", "a go between", "a gobetween", "a go\u{2011}between"] {
        let found = text.trim_start_matches("a ");
        check("go-between", text, found);
        check("gobetween", text, if text.contains("go b") { "" } else { found });
    }
    check("brokered", "a Chad-brokered pact", "brokered");
    check("office", "l’office d’Europe, qu'office", "office|office");
    check("=us", "the U.S. and U.S.-led", "U.S.|U.S.");
}

#[test]
fn operators_combine() {
    check("bureau OR office", "the bureau", "bureau");
    check("bureau AND office", "the bureau", "");
    check("bureau AND office", "the bureau. The office.", "bureau|office");
    check("bureau AND NOT office", "the bureau", "bureau");
    check("bureau AND NOT office", "the bureau, the office", "");
    check("close NEAR/2 (office OR bureau)", "close the old bureau", "close|bureau");
    check("close NEAR/2 office", "close the very old office", "");
    check("close BEFORE/2 office", "office to close; they close the office", "close|office");
    check("close SAME SENTENCE office", "Close it. The office stays.", "");
    check("close SAME SENTENCE office", "Close it, Mr. Smith, the office that stays", "Close|office");
    check("close SAME PARAGRAPH office", "Close it. The office stays.", "Close|office");
    check("close NOT NEAR/1 to", "close to it", "");
    check("close NOT NEAR/1 to", "close to it; they never ever did close", "close");
    check("ATLEAST 3 mediation", "mediation, mediator", "");
    check("ATLEAST 3 mediation", "mediation, mediator, mediate", "mediation|mediator|mediate");
    check("ANY 2 OF (gaza, doha, cairo)", "Doha and Cairo", "Doha|Cairo");
    check("ANY 2 OF (gaza, doha, cairo)", "Cairo", "");
}

#[test]
fn fields_hold_a_query_to_a_part() {
    let article = article("Qatar to close office", "Envoys said so.", "The office has closed.");
    let found = |query| texts(find(&watch(query), &article)).join("|");
    assert_eq!(found("office"), "office|office");
    assert_eq!(found("title: office"), "office");
    assert_eq!(found("body: (office AND qatar)"), "");
    assert_eq!(found("author: doe"), "Doe");
    assert_eq!(found("category: diplomacy"), "Diplomacy");
    assert_eq!(found("diplomacy"), "");
    assert_eq!(found("url: world"), "world");
    assert_eq!(found("lang: en AND envoy"), "Envoys|en");
}

#[test]
fn what_is_ignored_does_not_count() {
    let ignoring = |find: &str, ignore: &[&str]| WatchSource {
        ignore: ignore.iter().map(|text| (*text).to_owned()).collect(),
        ..watch(find)
    };
    let office = ignoring("office closure", &["\"box office\"", "\"close to\"", "closed-door"]);
    check_watch(&office, "close the box office", "");
    check_watch(&office, "a source close to the office", "");
    check_watch(&office, "closed-door talks in the office", "");
    check_watch(&office, "the box office; they close the office", "close|office");
    check_watch(&ignoring("调停", &["强调停"]), "强调停火", "");
    check_watch(&ignoring("调停", &["强调停"]), "他强调停火，并接受调停。", "调停");
}

#[test]
fn dirt_changes_nothing() {
    for text in ["closing the OFFICE", "clo\u{ad}sing the of\u{200b}fice", "ｃｌｏｓｉｎｇ the oﬃce"] {
        assert_eq!(texts(find(&watch("office closure"), &article("", "", text))).len(), 2, "{text}");
    }
    check("İstanbul", "ISTANBUL, istanbul, İSTANBUL, ıstanbul", "ISTANBUL|istanbul|İSTANBUL|ıstanbul");
    check("وساطة", "وِسَاطَة وســاطه", "وِسَاطَة|وســاطه");
}

#[test]
fn the_seed_article_raises_both_topics_as_typed() {
    // The words of the article that matter, told anew.
    let text = "The government plans to close the group’s political office in the city and will stop mediation. \
                It wants its role as mediator to continue. A source close to the group spoke to the media.";
    check("mediation", text, "mediation|mediator");
    check("office closure", text, "close|office");
}

#[test]
fn names_with_signs_are_names() {
    for (query, finds, not) in [
        ("C++", "C++ C++11 C/C++ c++ C＋＋", "C C# C+ CC"),
        ("\"C++\"", "C++", "C"),
        ("C#", "C# C#7", "C C++"),
        ("F#", "F#", "F"),
        (".NET", ".NET .net", "net NET example.net ASP.NET"),
        ("heise+", "heise+", "heise"),
        ("Yahoo!", "Yahoo!", "Yahoo"),
        ("=Yahoo!", "Yahoo!", "Yahoo"),
        ("@handle", "@handle (@handle) ＠handle", "handle me@handle.org @handles"),
        ("#gaza", "#gaza #Gaza", "gaza #gazan"),
        ("#gaza*", "#gaza #gazan", "gaza"),
        ("$TSLA", "$TSLA", "TSLA"),
        ("50%", "50%", "50 150%"),
        ("US$", "US$5", "US us"),
        ("AT&T", "AT&T AT＆T", "at-T at"),
        ("caps:AT&T", "AT&T", "at&t"),
        ("R&D", "R&D", "r-d rd"),
        ("Ke$ha", "Ke$ha KE$HA", "ke-ha keha"),
        ("TCP/IP", "TCP/IP TCP-IP", "TCP"),
        ("9/11", "9/11 9-11 9–11", "911 9.11 9/110"),
        ("911", "911", "9/11"),
        ("24/7", "24/7", "247"),
        ("3:0", "3:0", "30 3-0"),
        ("booking.com", "booking.com", "booking-com"),
        ("me@example.org", "me@example.org", "example.org"),
        ("go-between", "go-between gobetween", "go"),
        ("f-16", "F-16 F16 F-16s F16s F-16’s", "F-15 F F-160"),
        ("F16", "F16 F-16 F16s F-16s", "F15"),
        ("MiG-29", "MiG-29s MiG29s", "MiG"),
        ("A320", "A320s A-320 A320", "A321"),
        ("M1A1", "M1A1s", "M1"),
        ("1990", "1990", "1990s"),
        ("caps:NGO", "NGO NGOs N.G.O. NGO’s", "ngo ngos NGOS NGOx"),
        ("caps:UAV", "UAVs", "uavs"),
        ("caps:IT", "IT ITs", "its Its it"),
    ] {
        finds.split(' ').for_each(|text| assert!(found(query, text), "{query} does not find {text}"));
        not.split(' ').for_each(|text| assert!(!found(query, text), "{query} finds {text}"));
    }
    for (query, text, hits) in [
        ("S&P 500", "The S&P 500 fell", true),
        ("S&P 500", "S and P bought 500", false),
        ("\"S&P 500\"", "the S & P 500", true),
        ("\"Marks & Spencer\"", "Marks & Spencer closes", true),
        ("\"Marks & Spencer\"", "Marks, Spencer", false),
        ("AT&T", "AT & T closes", true),
        ("AT&T", "looked at T-Mobile", false),
        ("\"Boeing 737\"", "Boeing 737s grounded", true),
        ("9/11", "at 9 11 people died", false),
        ("url: /world/", "", true),
    ] {
        assert_eq!(found(query, text), hits, "{query} in {text}");
    }
}

/// Whether a query is found in a text.
fn found(query: &str, text: &str) -> bool {
    find(&watch(query), &article("", "", text)).is_some()
}

#[test]
fn letters_that_are_apostrophes_are_read_as_such() {
    for mark in "'`´‘’‛ʻʼʽʾʿʹ′ˈˊˋꞌ".chars() {
        for name in ["Hawai_i", "O_zbekiston", "Qur_an", "Ka_aba", "Xi_an", "O_ahu", "Sana_a"] {
            let (with, without) = (name.replace('_', &mark.to_string()), name.replace('_', ""));
            for query in [&with, &without, &name.replace('_', "'")] {
                assert!(found(query, &with), "{query} in {with}");
            }
        }
    }
    check("Hawaii", "Hawaiʻi volcano erupts", "Hawaiʻi");
}
