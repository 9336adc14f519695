//! Which items are one article, over weeks of what feeds do.

use super::behaviour::{Behaviour, check};

/// Every hit is told.
const ALL: &str = "backlog_age = \"off\"\nmax_age = \"off\"";

#[tokio::test(start_paused = true)]
async fn items_that_share_a_link_are_articles_of_their_own() {
    const S: &[Behaviour] = &[
        Behaviour {
            what: "a status page whose items have one link, rolling",
            steps: &[
                (
                    "i2 | https://s.example/ | Ferry down on line C | Strike | -1h\ni1 | https://s.example/ | Ferry down on line B | Fog | -2h\ni0 | https://s.example/ | Ferry down on line A | Ice | -3h",
                    [3, 0, 3],
                ),
                (
                    "i3 | https://s.example/ | Ferry down on line D | Wind | -0h\ni2 | https://s.example/ | Ferry down on line C | Strike | -1h\ni1 | https://s.example/ | Ferry down on line B | Fog | -2h",
                    [1, 0, 1],
                ),
                (
                    "i4 | https://s.example/ | Ferry down on line E | Crew | now\ni3 | https://s.example/ | Ferry down on line D | Wind | -0h\ni2 | https://s.example/ | Ferry down on line C | Strike | -1h",
                    [1, 0, 1],
                ),
            ],
        },
        Behaviour {
            what: "one item at a time, always the same link",
            steps: &[
                (
                    "i1 | https://s.example/now | Ferry down on line A | Fog, engineers are on their way | -9h",
                    [1, 0, 1],
                ),
                (
                    "i2 | https://s.example/now | Ferry down on line B | Ice, engineers are on their way | -8h",
                    [1, 0, 1],
                ),
                (
                    "i3 | https://s.example/now | Ferry down on line C | Wind, engineers are on their way | -7h",
                    [1, 0, 1],
                ),
                (
                    "i3 | https://s.example/now | Ferry down on line C | Wind, engineers are on their way | -7h",
                    [0, 0, 0],
                ),
            ],
        },
        Behaviour {
            what: "the same without dates",
            steps: &[
                ("i1 | https://s.example/now | Ferry down on line A | See our page. | -", [1, 0, 1]),
                ("i2 | https://s.example/now | Ferry down on line B | See our page. | -", [1, 0, 1]),
                ("i3 | https://s.example/now | Ferry down on line C | See our page. | -", [1, 0, 1]),
            ],
        },
        Behaviour {
            what: "the same without guids",
            steps: &[
                ("- | https://s.example/now | Ferry down on line A | Fog | -9h", [1, 0, 1]),
                ("- | https://s.example/now | Ferry down on line B | Ice | -8h", [1, 0, 1]),
                ("- | https://s.example/now | Ferry down on line C | Wind | -7h", [1, 0, 1]),
                ("- | https://s.example/now | Ferry down on line C | Wind | -7h", [0, 0, 0]),
                ("- | https://s.example/now | Ferry down on line A | Fog | -9h", [0, 0, 0]),
            ],
        },
        Behaviour {
            what: "without guids and dates",
            steps: &[
                ("- | https://s.example/now | Ferry runs aground at Ostmark | All are safe | -", [1, 0, 1]),
                ("- | https://s.example/now | Strike ends, ferry crews say | Wages rise | -", [1, 0, 1]),
                ("- | https://s.example/now | Strike ends, ferry crews say | Wages rise, owners say | -", [0, 1, 0]),
            ],
        },
        Behaviour {
            what: "sections of one page, without guids, one at a time and rolling",
            steps: &[
                ("- | https://s.example/log#a1 | Ferry late on line A | Fog | -9h", [1, 0, 1]),
                ("- | https://s.example/log#a2 | Ferry late on line B | Ice | -8h", [1, 0, 1]),
                (
                    "- | https://s.example/log#a3 | Ferry late on line C | Wind | -7h\n- | https://s.example/log#a2 | Ferry late on line B | Ice | -8h",
                    [1, 0, 1],
                ),
                ("- | https://s.example/log#a3 | Ferry late on line C | Wind | -7h", [0, 0, 0]),
            ],
        },
        Behaviour {
            what: "a link used again among items with links of their own",
            steps: &[
                (
                    "n1 | https://s.example/news | Ferry line A delayed by fog | Fog at Ostmark pier. | -3d\nq1 | https://s.example/q1 | Note | One | -4d\nq2 | https://s.example/q2 | Note | Two | -5d",
                    [3, 0, 1],
                ),
                (
                    "n2 | https://s.example/news | Ferry with 300 aboard sinks | Rescue helicopters are under way. | -1h\nq1 | https://s.example/q1 | Note | One | -4d\nq2 | https://s.example/q2 | Note | Two | -5d",
                    [1, 0, 1],
                ),
                (
                    "n3 | https://s.example/news | Ferry line B delayed by fog | Fog at Ostmark pier. | -0h\nq1 | https://s.example/q1 | Note | One | -4d\nq2 | https://s.example/q2 | Note | Two | -5d",
                    [1, 0, 1],
                ),
            ],
        },
        Behaviour {
            what: "warnings issued in the same second under one link",
            steps: &[
                (
                    "w1 | https://w.example/map | Storm warning for ferry ports in the north | Force 9 | -2h\nw2 | https://w.example/map | Storm warning for ferry ports in the south | Force 10 | -2h",
                    [2, 0, 2],
                ),
                (
                    "w3 | https://w.example/map | Storm warning for ferry ports in the west | Force 9 | -1h\nw4 | https://w.example/map | Storm warning for ferry ports in the east | Force 11 | -1h",
                    [2, 0, 2],
                ),
                ("w5 | https://w.example/map | Flood warning for ferry ports | Water rises | -1h", [1, 0, 1]),
            ],
        },
        Behaviour {
            what: "one guid for whatever is the latest",
            steps: &[
                ("latest | https://s.example/1 | Ferry sinks off Ostmark | Helicopters fly | -9h", [1, 0, 1]),
                ("latest | https://s.example/2 | Crew of ferry on strike | Wages are low | -8h", [1, 0, 1]),
                (
                    "latest | https://s.example/3 | New ferry for Nordhaven | The mayor breaks a bottle | -7h\nlatest | https://s.example/2 | Crew of ferry on strike | Wages are low | -8h",
                    [1, 0, 1],
                ),
                ("latest | https://s.example/3 | New ferry for Nordhaven | The mayor breaks a bottle | -7h", [0, 0, 0]),
            ],
        },
        Behaviour {
            what: "guids that count places in the list",
            steps: &[
                (
                    "1 | https://s.example/b | Ferry line B late | Fog | -8h\n2 | https://s.example/a | Ferry line A late | Fog | -9h",
                    [2, 0, 2],
                ),
                (
                    "1 | https://s.example/c | Ferry line C late | Fog | -7h\n2 | https://s.example/b | Ferry line B late | Fog | -8h\n3 | https://s.example/a | Ferry line A late | Fog | -9h",
                    [1, 0, 1],
                ),
                (
                    "1 | https://s.example/d | Ferry line D late | Fog | -6h\n2 | https://s.example/c | Ferry line C late | Fog | -7h\n3 | https://s.example/b | Ferry line B late | Fog | -8h",
                    [1, 0, 1],
                ),
            ],
        },
    ];
    check(ALL, S).await;
}

#[tokio::test(start_paused = true)]
async fn items_that_say_the_same_again_at_another_date_and_place_are_articles_of_their_own() {
    const S: &[Behaviour] = &[
        Behaviour {
            what: "press releases with a title alone, one at a time",
            steps: &[
                ("p1 | https://s.example/pr/1 | Ferry press release | - | -4d", [1, 0, 1]),
                ("p2 | https://s.example/pr/2 | Ferry press release | - | -2d", [1, 0, 1]),
                ("p3 | https://s.example/pr/3 | Ferry press release | - | -1h", [1, 0, 1]),
            ],
        },
        Behaviour {
            what: "a daily report with the same words",
            steps: &[
                (
                    "r1 | https://s.example/r/1 | Ferry report | All ferries run. | -2d\nx | https://s.example/x | Note | One | -9d",
                    [2, 0, 1],
                ),
                (
                    "r2 | https://s.example/r/2 | Ferry report | All ferries run. | -1d\nx | https://s.example/x | Note | One | -9d",
                    [1, 0, 1],
                ),
                (
                    "r3 | https://s.example/r/3 | Ferry report | All ferries run. | -1h\nr2 | https://s.example/r/2 | Ferry report | All ferries run. | -1d",
                    [1, 0, 1],
                ),
            ],
        },
        Behaviour {
            what: "three daily reports, all exchanged at once",
            steps: &[
                (
                    "a1 | https://s.example/a/1 | Ferry report | Calm | -1d\nb1 | https://s.example/b/1 | Market report | Dull | -1d\nc1 | https://s.example/c/1 | Traffic report | Slow | -1d",
                    [3, 0, 1],
                ),
                (
                    "a2 | https://s.example/a/2 | Ferry report | Calm | -1h\nb2 | https://s.example/b/2 | Market report | Dull | -1h\nc2 | https://s.example/c/2 | Traffic report | Slow | -1h",
                    [3, 0, 1],
                ),
            ],
        },
        Behaviour {
            what: "press releases of mere days, and one without a date beside known ones",
            steps: &[
                (
                    "p1 | https://s.example/pr/1 | Ferry press release | - | day-3\np0 | https://s.example/pr/0 | Note | - | day-4",
                    [2, 0, 1],
                ),
                (
                    "p2 | https://s.example/pr/2 | Ferry press release | - | day-3\np0 | https://s.example/pr/0 | Note | - | day-4",
                    [1, 0, 1],
                ),
                (
                    "p3 | https://s.example/pr/3 | Ferry press release | - | -\np0 | https://s.example/pr/0 | Note | - | day-4",
                    [1, 0, 1],
                ),
            ],
        },
        Behaviour {
            what: "a status page that says the same of each fault, under one link",
            steps: &[
                ("f1 | https://s.example/status | Ferry disruption | We are looking into it. | -9h", [1, 0, 1]),
                ("f2 | https://s.example/status | Ferry disruption | We are looking into it. | -5h", [1, 0, 1]),
                (
                    "f3 | https://s.example/status | Ferry disruption | We are looking into it. | -1h\nf2 | https://s.example/status | Ferry disruption | We are looking into it. | -5h",
                    [1, 0, 1],
                ),
            ],
        },
        Behaviour {
            what: "no guids, links of their own",
            steps: &[
                ("- | https://s.example/pr/1 | Ferry press release | - | -4d", [1, 0, 1]),
                ("- | https://s.example/pr/2 | Ferry press release | - | -2d", [1, 0, 1]),
            ],
        },
    ];
    check(ALL, S).await;
}

#[tokio::test(start_paused = true)]
async fn an_article_under_other_identifiers_is_the_same_article() {
    const S: &[Behaviour] = &[
        Behaviour {
            what: "guid and link change at every poll, the date stays",
            steps: &[
                (
                    "13330006 | https://news.example/rss/13330006?oc=5 | Ferry line to Ostmark shut | Coast Daily | -1h",
                    [1, 0, 1],
                ),
                (
                    "CBMiEPGl | https://news.example/rss/CBMiEPGl?oc=5 | Ferry line to Ostmark shut | Coast Daily | -1h",
                    [0, 0, 0],
                ),
                (
                    "CBMi2AVB | https://news.example/rss/CBMi2AVB?oc=5 | Ferry line to Ostmark shut | Coast Daily | -1h",
                    [0, 0, 0],
                ),
            ],
        },
        Behaviour {
            what: "a random guid at every poll",
            steps: &[
                (
                    "u1 | https://s.example/a | Ferry window A | One | -3h\nu2 | https://s.example/b | Ferry window B | Two | -4h",
                    [2, 0, 2],
                ),
                (
                    "u3 | https://s.example/a | Ferry window A | One | -3h\nu4 | https://s.example/b | Ferry window B | Two | -4h",
                    [0, 0, 0],
                ),
                (
                    "u5 | https://s.example/c | Ferry window C | Three | -2h\nu6 | https://s.example/a | Ferry window A | One | -3h\nu7 | https://s.example/b | Ferry window B | Two | -4h",
                    [1, 0, 1],
                ),
            ],
        },
        Behaviour {
            what: "a random guid and the date of asking at every poll",
            steps: &[
                (
                    "u1 | https://s.example/a | Ferry window A | One | now\nu2 | https://s.example/b | Ferry window B | Two | now",
                    [2, 0, 2],
                ),
                (
                    "u3 | https://s.example/a | Ferry window A | One | now\nu4 | https://s.example/b | Ferry window B | Two | now",
                    [0, 0, 0],
                ),
                ("u5 | https://s.example/a | Ferry window A | One | now", [0, 0, 0]),
            ],
        },
        Behaviour {
            what: "a random guid, no date, one link for all, titles alone",
            steps: &[
                (
                    "u1 | https://s.example/ | Ferry window A | - | -\nu2 | https://s.example/ | Ferry window B | - | -",
                    [2, 0, 2],
                ),
                (
                    "u3 | https://s.example/ | Ferry window A | - | -\nu4 | https://s.example/ | Ferry window B | - | -",
                    [0, 0, 0],
                ),
                ("u5 | - | Ferry window A | - | -", [0, 0, 0]),
            ],
        },
        Behaviour {
            what: "the host moves to TLS, then another name, with tracking in the links",
            steps: &[
                (
                    "1 | http://old.example/1 | Ferry A | One | -3h\n2 | http://old.example/2 | Ferry B | Two | -4h",
                    [2, 0, 2],
                ),
                (
                    "https://old.example/1 | https://old.example/1?utm_source=rss | Ferry A | One | -3h\nhttps://old.example/2 | https://old.example/2?utm_source=rss | Ferry B | Two | -4h",
                    [0, 0, 0],
                ),
                (
                    "https://new.example/1 | https://new.example/1 | Ferry A | One | -3h\nhttps://new.example/2 | https://new.example/2 | Ferry B | Two | -4h",
                    [0, 0, 0],
                ),
                (
                    "https://new.example/3 | https://new.example/3 | Ferry C | Three | -1h\nhttps://new.example/1 | https://www.new.example/1 | Ferry A | One | -3h",
                    [1, 0, 1],
                ),
            ],
        },
        Behaviour {
            what: "a new content management system: other guids and other dates, all at once",
            steps: &[
                (
                    "1 | https://s.example/1 | Ferry A | One | -3d\n2 | https://s.example/2 | Ferry B | Two | -4d\n3 | https://s.example/3 | Ferry C | Three | -5d",
                    [3, 0, 3],
                ),
                (
                    "x1 | https://s.example/1 | Ferry A | One | -2h\nx2 | https://s.example/2 | Ferry B | Two | -2h\nx3 | https://s.example/3 | Ferry C | Three | -2h",
                    [0, 0, 0],
                ),
            ],
        },
        Behaviour {
            what: "a new guid together with an edit, at a link of its own",
            steps: &[
                (
                    "1 | https://s.example/1 | Ferry to Ostmark sinks | All are safe, the coast guard says | -3h\n2 | https://s.example/2 | Note | Two | -4h",
                    [2, 0, 1],
                ),
                (
                    "x | https://s.example/1 | Ferry to Ostmark sinks in fog | All are safe, the coast guard says | -3h\n2 | https://s.example/2 | Note | Two | -4h",
                    [0, 1, 0],
                ),
                (
                    "y | https://s.example/1 | Ferry to Ostmark sinks in fog | All are safe, the coast guard said in the evening | -3h\n2 | https://s.example/2 | Note | Two | -4h",
                    [0, 1, 0],
                ),
            ],
        },
        Behaviour {
            what: "a guid with a number of the version, and the date of it",
            steps: &[
                (
                    "https://s.example/1#0 | https://s.example/1 | Ferry to Ostmark sinks | All are safe | -3h\nhttps://s.example/2#0 | https://s.example/2 | Note | Two | -4h",
                    [2, 0, 1],
                ),
                (
                    "https://s.example/1#1 | https://s.example/1 | Ferry to Ostmark sinks in fog | All are safe, police say | -2h\nhttps://s.example/2#0 | https://s.example/2 | Note | Two | -4h",
                    [0, 1, 0],
                ),
                (
                    "https://s.example/1#2 | https://s.example/1 | Ferry to Ostmark sinks in fog | All are safe, police say | -1h\nhttps://s.example/2#0 | https://s.example/2 | Note | Two | -4h",
                    [0, 0, 0],
                ),
            ],
        },
        Behaviour {
            what: "dates ahead of us, which are none",
            steps: &[
                (
                    "u1 | https://s.example/a | Ferry window A | One | 2099-01-01T00:00:00Z\nu2 | https://s.example/b | Ferry window B | Two | 2099-01-01T00:00:00Z",
                    [2, 0, 2],
                ),
                (
                    "u3 | https://s.example/a | Ferry window A | One | 2099-01-01T00:00:00Z\nu4 | https://s.example/b | Ferry window B | Two | 2099-01-01T00:00:00Z",
                    [0, 0, 0],
                ),
            ],
        },
    ];
    check(ALL, S).await;
}

#[tokio::test(start_paused = true)]
async fn an_edited_article_is_the_same_article() {
    const S: &[Behaviour] = &[
        Behaviour {
            what: "another headline at the same guid",
            steps: &[
                ("1 | https://s.example/1 | Ferry sinks | - | -3h", [1, 0, 1]),
                ("1 | https://s.example/1 | Vessel goes down off Ostmark, ferry company says | - | -1h", [0, 1, 0]),
            ],
        },
        Behaviour {
            what: "headline, text, link and date are others, and the words for the most part the same",
            steps: &[
                (
                    "1 | https://s.example/ferry-sinks | Ferry sinks off Ostmark | All are safe, the coast guard said | -3h\n2 | https://s.example/2 | Note | Two | -4h",
                    [2, 0, 1],
                ),
                (
                    "1 | https://s.example/ferry-sank | Ferry sank off Ostmark in fog | All passengers are safe, the coast guard said on Monday | -1h\n2 | https://s.example/2 | Note | Two | -4h",
                    [0, 1, 0],
                ),
            ],
        },
        Behaviour {
            what: "all of a text at the same guid and date",
            steps: &[
                ("1 | https://s.example/1 | Ferry live | Boats are on their way | -3h", [1, 0, 1]),
                (
                    "1 | https://s.example/1 | Evening edition of the ferry story | Everybody was brought ashore | -3h",
                    [0, 1, 0],
                ),
            ],
        },
        Behaviour {
            what: "no guid, at a link of its own, with a new date",
            steps: &[
                (
                    "- | https://s.example/1 | Ferry sinks off Ostmark | All are safe | -3h\n- | https://s.example/2 | Note | Two | -4h",
                    [2, 0, 1],
                ),
                (
                    "- | https://s.example/1 | Ferry sinks off Ostmark in fog | All are safe | -1h\n- | https://s.example/2 | Note | Two | -4h",
                    [0, 1, 0],
                ),
            ],
        },
        Behaviour {
            what: "two texts in turns, as from two servers",
            steps: &[
                ("1 | https://s.example/1 | Ferry sinks | All are safe | -3h", [1, 0, 1]),
                ("1 | https://s.example/1 | Le ferry sombre | Personne n'est mort | -3h", [0, 1, 0]),
                ("1 | https://s.example/1 | Ferry sinks | All are safe | -3h", [0, 1, 0]),
            ],
        },
        Behaviour {
            what: "the link gets a session, the guid stays",
            steps: &[
                ("1 | https://s.example/1?sid=a | Ferry sinks | All are safe | -3h", [1, 0, 1]),
                ("1 | https://s.example/1?sid=b | Ferry sinks | All are safe | -1h", [0, 0, 0]),
            ],
        },
    ];
    check(ALL, S).await;
}
