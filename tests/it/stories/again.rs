//! Hits that go and come again: a page that tells one event after the other under one identifier, and what was held for its age
//! and is news now. Each event is told, and none twice.

use std::time::Duration;

use feedwatch::model::Verdict;
use feedwatch::store::Store;

use super::behaviour::{Behaviour, check, check_with_stories};
use super::house::{House, answer, feed, item, rss};

const EVENTS: &[Behaviour] = &[
    Behaviour {
        what: "one event after the other, without dates",
        steps: &[
            (
                "s | https://s.example/status | Status: ferry to Ostmark stopped | The crew of the Ostmark line walked out | -\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [2, 0, 1],
            ),
            (
                "s | https://s.example/status | Status: all lines run | Nothing to report today | -\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [0, 1, 0],
            ),
            (
                "s | https://s.example/status | Status: ferry to Lindholm sunk | A barge hit the Lindholm boat at night | -\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [0, 1, 1],
            ),
            (
                "s | https://s.example/status | Status: all lines run | Nothing to report today | -\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [0, 1, 0],
            ),
            (
                "s | https://s.example/status | Status: ferry to Varna delayed | Fog on the strait keeps the Varna boat in port | -\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [0, 1, 1],
            ),
        ],
    },
    Behaviour {
        what: "one event after the other, with the date of the first event",
        steps: &[
            (
                "s | https://s.example/status | Status: ferry to Ostmark stopped | The crew of the Ostmark line walked out | -3h\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [2, 0, 1],
            ),
            (
                "s | https://s.example/status | Status: all lines run | Nothing to report today | -3h\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [0, 1, 0],
            ),
            (
                "s | https://s.example/status | Status: ferry to Lindholm sunk | A barge hit the Lindholm boat at night | -3h\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [0, 1, 1],
            ),
            (
                "s | https://s.example/status | Status: all lines run | Nothing to report today | -3h\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [0, 1, 0],
            ),
            (
                "s | https://s.example/status | Status: ferry to Varna delayed | Fog on the strait keeps the Varna boat in port | -3h\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [0, 1, 1],
            ),
        ],
    },
    Behaviour {
        what: "one event after the other, with the date of asking",
        steps: &[
            (
                "s | https://s.example/status | Status: ferry to Ostmark stopped | The crew of the Ostmark line walked out | now\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [2, 0, 1],
            ),
            (
                "s | https://s.example/status | Status: all lines run | Nothing to report today | now\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [0, 1, 0],
            ),
            (
                "s | https://s.example/status | Status: ferry to Lindholm sunk | A barge hit the Lindholm boat at night | now\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [0, 1, 1],
            ),
            (
                "s | https://s.example/status | Status: all lines run | Nothing to report today | now\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [0, 1, 0],
            ),
            (
                "s | https://s.example/status | Status: ferry to Varna delayed | Fog on the strait keeps the Varna boat in port | now\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [0, 1, 1],
            ),
        ],
    },
    Behaviour {
        what: "one event after the other, with the date of each event",
        steps: &[
            (
                "s | https://s.example/status | Status: ferry to Ostmark stopped | The crew of the Ostmark line walked out | -3h\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [2, 0, 1],
            ),
            (
                "s | https://s.example/status | Status: all lines run | Nothing to report today | -2h\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [0, 1, 0],
            ),
            (
                "s | https://s.example/status | Status: ferry to Lindholm sunk | A barge hit the Lindholm boat at night | -1h\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [0, 1, 1],
            ),
            (
                "s | https://s.example/status | Status: all lines run | Nothing to report today | now\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [0, 1, 0],
            ),
            (
                "s | https://s.example/status | Status: ferry to Varna delayed | Fog on the strait keeps the Varna boat in port | now\nn | https://s.example/n | Weather | Sun and wind | -1d",
                [0, 1, 1],
            ),
        ],
    },
];

#[tokio::test(start_paused = true)]
async fn a_hit_that_was_lost_and_is_found_in_another_event_is_told() {
    check("", EVENTS).await;
    check_with_stories("", EVENTS).await;
}

#[tokio::test(start_paused = true)]
async fn an_article_that_says_again_what_was_told_is_not_told_again() {
    const S: &[Behaviour] = &[
        Behaviour {
            what: "an article that is taken back and put up again",
            steps: &[
                (
                    "s | https://s.example/status | Status: ferry to Ostmark stopped | The crew of the Ostmark line walked out | -3h\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [2, 0, 1],
                ),
                (
                    "s | https://s.example/status | Status: all lines run | Nothing to report today | -3h\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [0, 1, 0],
                ),
                (
                    "s | https://s.example/status | Status: ferry to Ostmark stopped | The crew of the Ostmark line walked out | -3h\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [0, 1, 0],
                ),
                (
                    "s | https://s.example/status | Status: all lines run | Nothing to report today | -3h\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [0, 1, 0],
                ),
                (
                    "s | https://s.example/status | Status: ferry to Ostmark stopped | The crew of the Ostmark line walked out | -3h\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [0, 1, 0],
                ),
            ],
        },
        Behaviour {
            what: "two servers with two versions of a page",
            steps: &[
                (
                    "s | https://s.example/status | Status: ferry to Ostmark stopped | The crew of the Ostmark line walked out | -\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [2, 0, 1],
                ),
                (
                    "s | https://s.example/status | Status: all lines run | Nothing to report today | -\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [0, 1, 0],
                ),
                (
                    "s | https://s.example/status | Status: ferry to Ostmark stopped | The crew of the Ostmark line walked out | -\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [0, 1, 0],
                ),
                (
                    "s | https://s.example/status | Status: all lines run | Nothing to report today | -\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [0, 1, 0],
                ),
                (
                    "s | https://s.example/status | Status: ferry to Ostmark stopped | The crew of the Ostmark line walked out | -\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [0, 1, 0],
                ),
                (
                    "s | https://s.example/status | Status: all lines run | Nothing to report today | -\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [0, 1, 0],
                ),
                (
                    "s | https://s.example/status | Status: ferry to Ostmark stopped | The crew of the Ostmark line walked out | -\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [0, 1, 0],
                ),
            ],
        },
    ];
    check_with_stories("", S).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_held_for_its_age_is_told_when_it_is_news() {
    const S: &[Behaviour] = &[
        Behaviour {
            what: "an item of the backlog that tells another event of today",
            steps: &[
                (
                    "s | https://s.example/latest | Latest: ferry to Ostmark stopped | The crew walked out | -40d\no0 | https://s.example/o0 | Old note 0 | Words of it 0 | -30d\no1 | https://s.example/o1 | Old note 1 | Words of it 1 | -31d\no2 | https://s.example/o2 | Old note 2 | Words of it 2 | -32d\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [5, 0, 0],
                ),
                (
                    "s | https://s.example/latest | Latest: ferry to Lindholm sunk | A barge hit the boat at night | -1h\no0 | https://s.example/o0 | Old note 0 | Words of it 0 | -30d\no1 | https://s.example/o1 | Old note 1 | Words of it 1 | -31d\no2 | https://s.example/o2 | Old note 2 | Words of it 2 | -32d\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [0, 1, 1],
                ),
                (
                    "s | https://s.example/latest | Latest: ferry to Lindholm sunk | A barge hit the boat at night, two missing | -1h\no0 | https://s.example/o0 | Old note 0 | Words of it 0 | -30d\no1 | https://s.example/o1 | Old note 1 | Words of it 1 | -31d\no2 | https://s.example/o2 | Old note 2 | Words of it 2 | -32d\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [0, 1, 0],
                ),
            ],
        },
        Behaviour {
            what: "an item of the backlog that is edited and as old as before",
            steps: &[
                (
                    "s | https://s.example/latest | Latest: ferry to Ostmark stopped | The crew walked out | -40d\no0 | https://s.example/o0 | Old note 0 | Words of it 0 | -30d\no1 | https://s.example/o1 | Old note 1 | Words of it 1 | -31d\no2 | https://s.example/o2 | Old note 2 | Words of it 2 | -32d\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [5, 0, 0],
                ),
                (
                    "s | https://s.example/latest | Latest: ferry to Ostmark stopped for good | The crew walked out | -40d\no0 | https://s.example/o0 | Old note 0 | Words of it 0 | -30d\no1 | https://s.example/o1 | Old note 1 | Words of it 1 | -31d\no2 | https://s.example/o2 | Old note 2 | Words of it 2 | -32d\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [0, 1, 0],
                ),
                (
                    "s | https://s.example/latest | Latest: ferry to Lindholm sunk | A barge hit the boat at night | -1h\no0 | https://s.example/o0 | Old note 0 | Words of it 0 | -30d\no1 | https://s.example/o1 | Old note 1 | Words of it 1 | -31d\no2 | https://s.example/o2 | Old note 2 | Words of it 2 | -32d\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [0, 1, 1],
                ),
                (
                    "s | https://s.example/latest | Latest: ferry to Lindholm sunk | A barge hit the boat at night, two missing | -1h\no0 | https://s.example/o0 | Old note 0 | Words of it 0 | -30d\no1 | https://s.example/o1 | Old note 1 | Words of it 1 | -31d\no2 | https://s.example/o2 | Old note 2 | Words of it 2 | -32d\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [0, 1, 0],
                ),
            ],
        },
        Behaviour {
            what: "an item of the backlog that says nothing, and then tells an event of today",
            steps: &[
                (
                    "s | https://s.example/latest | Latest: ferry to Ostmark stopped | The crew walked out | -40d\no0 | https://s.example/o0 | Old note 0 | Words of it 0 | -30d\no1 | https://s.example/o1 | Old note 1 | Words of it 1 | -31d\no2 | https://s.example/o2 | Old note 2 | Words of it 2 | -32d\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [5, 0, 0],
                ),
                (
                    "s | https://s.example/latest | Status: all lines run | Nothing to report today | -3h\no0 | https://s.example/o0 | Old note 0 | Words of it 0 | -30d\no1 | https://s.example/o1 | Old note 1 | Words of it 1 | -31d\no2 | https://s.example/o2 | Old note 2 | Words of it 2 | -32d\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [0, 1, 0],
                ),
                (
                    "s | https://s.example/latest | Latest: ferry to Lindholm sunk | A barge hit the boat at night | -1h\no0 | https://s.example/o0 | Old note 0 | Words of it 0 | -30d\no1 | https://s.example/o1 | Old note 1 | Words of it 1 | -31d\no2 | https://s.example/o2 | Old note 2 | Words of it 2 | -32d\nn | https://s.example/n | Weather | Sun and wind | -1d",
                    [0, 1, 1],
                ),
            ],
        },
        Behaviour {
            what: "a week's backlog that the site sets anew, dates and all that matters as before",
            steps: &[
                (
                    "a | https://s.example/a | Ferry to Ostmark stopped | Walkout | -5d\nb | https://s.example/b | Ferry to Varna late | Fog | -6d\nn | https://s.example/n | Weather | Sun | -1d",
                    [3, 0, 0],
                ),
                (
                    "a | https://s.example/a | Ferry to Ostmark stopped | Walkout, 3 comments | -5d\nb | https://s.example/b | Ferry to Varna late | Fog, 1 comment | -6d\nn | https://s.example/n | Weather | Sun, 2 comments | -1d",
                    [0, 3, 0],
                ),
            ],
        },
    ];
    check("", S).await;
    check_with_stories("", S).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_judged_noise_is_not_told_again_when_it_comes_back() {
    const URL: &str = "https://a.example/feed";
    let house = House::for_days(&feed(URL, "10m"), "[[watch]]\nname = \"ferry\"\nfind = \"ferry\"\n");
    let start = house.clock.now();
    for (n, title) in ["Ferry to Ostmark stopped", "All lines run", "Ferry to Ostmark stopped"].into_iter().enumerate()
    {
        house.web.serve(URL, Box::new(move |request, _| answer(request, rss(URL, &[item("1", title, start)]))));
        house.once(true).await;
        if n == 0 {
            let id = &house.logged()[0].id;
            let store = Store::open(&house.path("feedwatch.db")).unwrap();
            store.acknowledge(id, Some(Verdict::Noise), None, house.clock.now()).unwrap();
        }
        house.pass(Duration::from_secs(3600)).await;
    }
    assert_eq!(house.logged().len(), 1, "{:?}", house.logged());
}
