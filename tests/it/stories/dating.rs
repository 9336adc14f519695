//! What is news, whatever its date says, and what is held for its age: only on a date that can be believed.

use feedwatch::model::Outcome;

use super::behaviour::{Behaviour, check};
use super::house::{House, answer, feed};

/// The second document of each brings an item with such a date beside known ones of these days.
async fn later_item(dates: &[&'static str], told: u64) {
    let quiet = "q | https://h.example/q | Harbour quiet | - | -2h\nr | https://h.example/r | Harbour busy | - | -4h";
    let mut behaviours = Vec::new();
    for date in dates {
        let first: &'static str = quiet;
        let second = format!("f | https://h.example/f | Ferry sinks | - | {date}\n{quiet}");
        let steps = vec![(first, [2, 0, 0]), (&*second.leak(), [1, 0, told])];
        behaviours.push(Behaviour { what: date, steps: steps.leak() });
    }
    check("", &behaviours).await;
}

#[tokio::test(start_paused = true)]
async fn a_date_that_is_no_date_of_publication_holds_nothing() {
    later_item(
        &[
            "=Thu, 01 Jan 1970 00:00:00 GMT",
            "=1969-12-31T23:00:00Z",
            "=0001-01-01T00:00:00Z",
            "=Wed, 30 Nov -0001 00:00:00 +0000",
            "=-0001-11-30T00:00:00Z",
            "=1601-01-01T00:00:00Z",
            "=1899-12-30",
            "=1900-01-01",
            "=1904-01-01T00:00:00Z",
            "=1980-01-01",
            "=Mon, 30 Nov 1999 00:00:00 GMT",
            "=1999-11-29T23:00:00Z",
            "=Sat, 01 Jan 2000 00:00:00 -0800",
            "=2001-01-01T00:00:00Z",
            "=1970-01-21T18:53:51Z",
            "=9999-12-31T23:59:59Z",
            "=1405/09/03 10:00",
            "=1360/02/31",
            "=1448/06/13",
            "=1433-08-08",
            "=2569-11-24",
            "=5787-03-14",
            "=115/11/24",
            "=126-11-24",
            "=令和8年11月24日",
            "=R8.11.24",
            "=0026-11-24",
            "=26-11-24",
            "=26/11/23",
            "=2026 نوفمبر 5",
            "=0",
            "=1795521600",
            "=1795521600000",
        ],
        1,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_old_item_that_slips_in_is_held() {
    later_item(&["-400d", "-31d", "=2015-03-01", "=Tue, 03 Feb 2004 10:00:00 GMT", "=1/2/2026"], 0).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_held_for_its_age_is_held_on_a_date_that_the_others_make_believable() {
    const E: &str = "=Thu, 01 Jan 1970 00:00:00 +0000";
    let notes = |date: &str| {
        (0..5).map(|n| format!("a{n} | https://h.example/a{n} | Harbour note {n} | - | {date}\n")).collect::<String>()
    };
    let ferry = |name: &str, date: &str| format!("{name} | https://h.example/{name} | Ferry {name} | - | {date}\n");
    let step =
        |items: &[String], expected: [u64; 3]| -> (&'static str, [u64; 3]) { (&*items.concat().leak(), expected) };
    let behaviour = |what, steps: Vec<(&'static str, [u64; 3])>| Behaviour { what, steps: steps.leak() };
    let archive = |name: &str| {
        let item =
            |n| format!("{name}{n} | https://{name}.example/{n} | Ferry {n} of {name} | - | =2019-05-{:02}\n", 20 - n);
        (0..12).map(item).collect::<String>()
    };
    let old = "=2019-05-01T10:11:12Z";
    let behaviours = [
        behaviour(
            "a feed whose dates are all the epoch",
            vec![step(&[notes(E)], [5, 0, 0]), step(&[ferry("x", E), notes(E)], [1, 0, 1])],
        ),
        behaviour("the same, from the first poll on", vec![step(&[ferry("x", E), notes(E)], [6, 0, 1])]),
        behaviour(
            "a feed whose dates are all one, years ago",
            vec![step(&[ferry("w", old), notes(old)], [6, 0, 1]), step(&[ferry("x", old), notes(old)], [1, 0, 1])],
        ),
        behaviour(
            "a feed whose clock stands years back",
            vec![
                step(&[ferry("a", "=2019-05-02T10:11:12Z"), ferry("b", "=2019-05-01T10:11:12Z")], [2, 0, 0]),
                step(&[ferry("c", "=2019-05-02T11:11:12Z"), ferry("a", "=2019-05-02T10:11:12Z")], [1, 0, 1]),
                step(
                    &[
                        ferry("e", "=2019-05-02T13:11:12Z"),
                        ferry("d", "=2019-05-02T12:11:12Z"),
                        ferry("c", "=2019-05-02T11:11:12Z"),
                    ],
                    [2, 0, 2],
                ),
                // The one before the others is an old one.
                step(&[ferry("e", "=2019-05-02T13:11:12Z"), ferry("z", "=2019-04-01T12:11:12Z")], [1, 0, 0]),
            ],
        ),
        behaviour(
            "the same, one item at a time",
            vec![
                step(&[ferry("a", "=2019-05-02T10:11:12Z")], [1, 0, 0]),
                step(&[ferry("b", "=2019-05-03T10:11:12Z")], [1, 0, 1]),
                step(&[ferry("z", "=2019-05-01T10:11:12Z")], [1, 0, 0]),
            ],
        ),
        behaviour(
            "one date for all items, one item at a time",
            vec![
                step(&[ferry("a", old)], [1, 0, 0]),
                step(&[ferry("b", old)], [1, 0, 1]),
                step(&[ferry("c", old)], [1, 0, 1]),
            ],
        ),
        behaviour(
            "one date of two months ago for all items, two at a time",
            vec![
                step(&[ferry("b", "-60d"), ferry("a", "-60d")], [2, 0, 0]),
                step(&[ferry("c", "-60d"), ferry("b", "-60d")], [1, 0, 1]),
            ],
        ),
        behaviour(
            "an item of a month ago that is newer than all before it: a draft that came out now",
            vec![
                step(&[ferry("b", "-50d"), ferry("a", "-60d")], [2, 0, 0]),
                step(&[ferry("c", "-40d"), ferry("b", "-50d"), ferry("a", "-60d")], [1, 0, 1]),
                step(&[ferry("c", "-40d"), ferry("b", "-50d"), ferry("a", "-60d"), ferry("z", "-70d")], [1, 0, 0]),
            ],
        ),
        behaviour(
            "an archive of a feed that has slept, under other addresses",
            vec![step(&[archive("a")], [12, 0, 0]), step(&[archive("b")], [12, 0, 0])],
        ),
        behaviour(
            "last year's number in a date",
            vec![
                step(&[ferry("a", "-3h"), ferry("b", "-30h")], [2, 0, 1]),
                step(&[ferry("c", "=2025-11-24T11:30:00Z"), ferry("a", "-3h"), ferry("b", "-30h")], [1, 0, 1]),
            ],
        ),
        behaviour(
            "an honest backlog, with a date that is none and with none at all among it",
            vec![step(
                &[ferry("a", "-3h"), ferry("b", "-3d"), ferry("c", "-40d"), ferry("d", "=1970-01-01"), ferry("e", "-")],
                [5, 0, 3],
            )],
        ),
        behaviour(
            "a feed that has slept for years, at the first poll",
            vec![step(&[ferry("a", "=2019-05-02"), ferry("b", "=2018-05-02"), ferry("c", "=2017-05-02")], [3, 0, 0])],
        ),
        behaviour(
            "day before month, as the other items show",
            vec![
                step(&[ferry("a", "=23/11/2026 10:00"), ferry("b", "=22/11/2026 10:00")], [2, 0, 0]),
                step(&[ferry("c", "=02/11/2026 10:00"), ferry("a", "=23/11/2026 10:00")], [1, 0, 1]),
                // Nothing in this document shows it; what the earlier ones showed does.
                step(&[ferry("d", "=03/11/2026 10:00"), ferry("c", "=02/11/2026 10:00")], [1, 0, 1]),
            ],
        ),
        behaviour(
            "month before day, where no date shows it",
            vec![
                step(&[ferry("a", "=11/03/2026 10:00"), ferry("b", "=11/02/2026 10:00")], [2, 0, 0]),
                step(&[ferry("c", "=11/04/2026 10:00"), ferry("a", "=11/03/2026 10:00")], [1, 0, 1]),
            ],
        ),
        behaviour(
            "day before month, where no date shows it",
            vec![
                step(&[ferry("a", "=03/11/2026 10:00"), ferry("b", "=02/11/2026 10:00")], [2, 0, 0]),
                step(&[ferry("c", "=04/11/2026 10:00"), ferry("a", "=03/11/2026 10:00")], [1, 0, 1]),
            ],
        ),
    ];
    check("", &behaviours).await;
}

#[tokio::test(start_paused = true)]
async fn the_date_of_the_last_change_counts_where_that_of_publication_is_none() {
    const URL: &str = "https://a.example/feed";
    let house = House::for_days(&feed(URL, "10m"), "[[watch]]\nname = \"ferry\"\nfind = \"ferry\"\n");
    let entry = |id: &str, published: &str, updated: &str| {
        format!(
            "<entry><id>{id}</id><title>Ferry {id}</title><published>{published}</published><updated>{updated}</updated></entry>"
        )
    };
    let entries = entry("a", "1970-01-01T00:00:00Z", "2026-11-24T11:50:00Z")
        + &entry("b", "1970-01-01T00:00:00Z", "2026-10-01T11:50:00Z")
        + &entry("c", "2026-10-02T00:00:00Z", "2026-11-24T11:50:00Z");
    house.web.serve(
        URL,
        Box::new(move |request, _| {
            answer(request, format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>A</title>{entries}</feed>"))
        }),
    );
    house.once(true).await;
    assert_eq!(house.logged_titles(), ["Ferry a"]);
    assert_eq!(house.logged()[0].article.published, None, "what is no date is not shown as one");
    let held: Vec<_> = house.held().into_iter().map(|held| (held.alert.article.title, held.outcome)).collect();
    assert_eq!(held, ["b", "c"].map(|id| (format!("Ferry {id}"), Outcome::HeldBacklog)));
}
