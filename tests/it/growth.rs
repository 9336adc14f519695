//! What grows with the watches grows with them and no faster: four times the words cost four times the work, not sixteen.
//!
//! Each case is a way to write many words. What it costs is the CPU time of this thread, with few words and with four times as
//! many in one run, so that the ratio holds on any machine.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::time::Duration;

use feedwatch::cli::check::{Check, View};
use feedwatch::config::Environment;
use feedwatch::model::Article;
use feedwatch::watch::{Lists, ScoreSource, Scratch, WatchSet, WatchSource};

use crate::{cost, fresh};

/// Words of the smaller watch; the other has four times as many.
const WORDS: usize = 300;
const TIMES: usize = 4;

/// What is linear comes to 4, with caches and logarithms to 5; what is quadratic comes to 16.
const RATIO_MOST: f64 = 6.5;

/// CPU time that is measured at least, so that one odd moment is not the whole of it.
const MEASURED: Duration = Duration::from_millis(40);

/// What a run costs, in seconds; what is quick is run as often as it takes to be measured.
fn cost(mut work: impl FnMut()) -> f64 {
    let (mut runs, mut all) = (0, Duration::ZERO);
    while all < MEASURED {
        all += cost::of(&mut work).0;
        runs += 1;
    }
    all.as_secs_f64() / f64::from(runs)
}

/// Fails when the costs grow faster than what they are costs of.
#[track_caller]
fn grows_evenly(name: &str, few: f64, many: f64) {
    assert!(many / few < RATIO_MOST, "{name}: {few:.5} s, and with four times as much {many:.5} s");
}

/// A made-up word of letters; different for each number.
fn word(number: usize) -> String {
    let (consonants, vowels) = (b"bdfgklmnprtvz", b"aeiou");
    let mut rest = number + 100_000;
    let mut word = String::new();
    while rest > 0 {
        word.push(char::from(consonants[rest % consonants.len()]));
        rest /= consonants.len();
        word.push(char::from(vowels[rest % vowels.len()]));
        rest /= vowels.len();
    }
    word
}

fn words(count: usize) -> Vec<String> {
    (0..count).map(word).collect()
}

/// Each word in this shape (`%` stands for it, `$` for its neighbour), with something between.
fn shaped(count: usize, shape: &str, between: &str) -> String {
    let shaped = (0..count).map(|number| shape.replace('%', &word(number)).replace('$', &word(number + 1)));
    shaped.collect::<Vec<_>>().join(between)
}

fn watch(name: &str, find: String) -> WatchSource {
    WatchSource { name: name.to_owned(), find, ..WatchSource::default() }
}

type Written = (Lists, Vec<WatchSource>);

fn one(find: String) -> Written {
    (Lists::new(), vec![watch("w", find)])
}

/// Compiles, explains, tries and runs what was written.
fn whole_life((lists, sources): &Written) {
    let Ok((set, _)) = WatchSet::compile(lists, sources) else { return };
    let name = &*sources[0].name;
    assert!(set.explain(name).is_some());
    let article = Article::of_text(&format!("{}\n{} the closure", word(3), words(40).join(" and ")));
    let mut scratch = Scratch::default();
    set.find(&article, None, &mut scratch);
    assert!(set.verdict(name, &article, None, &mut scratch).is_some());
    let mut count = set.count(name).unwrap();
    (0..20).for_each(|_| count.add(&article, None));
    count.done();
    set.failures(sources);
}

fn check(name: &str, write: impl Fn(usize) -> Written) {
    let (few, many) = (write(WORDS), write(TIMES * WORDS));
    whole_life(&(Lists::new(), vec![watch("tables are read", "closure OR a*bc".to_owned())]));
    grows_evenly(name, cost(|| whole_life(&few)), cost(|| whole_life(&many)));
}

#[test]
fn a_watch_of_many_words_costs_as_much_as_its_words() {
    let shapes = [
        ("words", "%", " OR "),
        ("words that begin alike", "re%", " OR "),
        ("numbers and letters", "x%1", " OR "),
        ("the same word", "closure", " OR "),
        ("each word twice", "% OR %", " OR "),
        ("exact forms", "=%", " OR "),
        ("wildcards", "%*", " OR "),
        ("misspellings", "%~", " OR "),
        ("phrases", "\"% $\"", " OR "),
        ("words near each other", "% $", " OR "),
        ("hyphens", "%-$", " OR "),
        ("all of them", "%", " AND "),
        ("none of them", "%", " AND NOT "),
        ("AND among OR", "% AND $", " OR "),
        ("NEAR among OR", "% NEAR/3 $ OR $", " OR "),
        ("operators in small letters", "% or $", " OR "),
        ("groups", "(% OR $)", " OR "),
        ("words of two scripts", "а%", " OR "),
    ];
    for (name, shape, between) in shapes {
        check(name, |count| one(shaped(count, shape, between)));
    }
    // Each is held against the whole dictionary.
    check("wildcards at the front", |count| one(shaped(count / 20, "*%", " OR ")));
    check("NEAR between long lists", |count| {
        let list = shaped(count / 2, "%", " OR ");
        one(format!("({list}) NEAR/5 ({list})"))
    });
    check("any of", |count| one(format!("ANY 2 OF ({})", shaped(count, "%", ", "))));
}

#[test]
fn what_stands_beside_the_words_costs_as_much_as_it_is_long() {
    let find = |count| shaped(count, "%", " OR ");
    check("ignore", |count| {
        let ignore = words(count / 2);
        (Lists::new(), vec![WatchSource { ignore, ..watch("w", find(count / 2)) }])
    });
    check("ignored phrases", |count| {
        let ignore = words(count / 2).iter().map(|word| format!("\"{word} affair\"")).collect();
        (Lists::new(), vec![WatchSource { ignore, ..watch("w", find(count / 2)) }])
    });
    check("but_not", |count| {
        (Lists::new(), vec![WatchSource { but_not: words(count / 2), ..watch("w", find(count / 2)) }])
    });
    check("but_not in two watches", |count| {
        let struck = |name| WatchSource { but_not: words(count / 4), ..watch(name, find(count / 4)) };
        (Lists::new(), vec![struck("w"), struck("x")])
    });
    check("reject", |count| {
        (Lists::new(), vec![WatchSource { reject: Some(find(count)), ..watch("w", "x".to_owned()) }])
    });
    check("score", |count| {
        let score = words(count).into_iter().map(|find| ScoreSource { points: 2, find, at_most: Some(4) }).collect();
        (Lists::new(), vec![WatchSource { score, threshold: Some(3), ..watch("w", String::new()) }])
    });
    check("tests of a watch", |count| {
        (Lists::new(), vec![WatchSource { should_find: words(count / 2), ..watch("w", find(count / 2)) }])
    });
    check("other languages", |count| {
        let also = [("de", "%"), ("fr", "%"), ("ar", "%")].map(|(code, shape)| {
            let found = shaped(count / 4, shape, " OR ");
            (code.to_owned(), if code == "ar" { found.replace(['a', 'e'], "ا").replace('b', "ب") } else { found })
        });
        (Lists::new(), vec![WatchSource { also: also.into(), ..watch("w", "x".to_owned()) }])
    });
}

#[test]
fn many_watches_and_lists_cost_as_much_as_there_are() {
    check("watches", |count| (Lists::new(), words(count).iter().map(|word| watch(word, word.clone())).collect()));
    check("watches of one name", |count| {
        (Lists::new(), words(count).into_iter().map(|word| watch("w", word)).collect())
    });
    check("a list in many watches", |count| {
        let lists = Lists::from([("names".to_owned(), shaped(200, "%", " OR "))]);
        let watches = (0..count / 4).map(|number| watch(&word(number), format!("{{names}} NEAR/5 {}", word(number))));
        (lists, watches.collect())
    });
    let lists = |count: usize, text: &dyn Fn(usize) -> String| -> Lists {
        (0..count).map(|number| (format!("l{number}"), text(number))).collect()
    };
    check("many lists", |count| {
        let all = (0..count).map(|number| format!("{{l{number}}}")).collect::<Vec<_>>().join(" OR ");
        (lists(count, &word), vec![watch("w", all)])
    });
    check("lists that cannot be read", |count| {
        (lists(count, &|_| "x OR".to_owned()), vec![watch("w", "x".to_owned())])
    });
    check("lists in a circle", |count| {
        (lists(count, &|number| format!("{{l{}}}", (number + 1) % count)), vec![watch("w", "x".to_owned())])
    });
    check("a chain of lists that is too long", |count| {
        let next = |number| if number + 1 < count { format!("x OR {{l{}}}", number + 1) } else { "x".to_owned() };
        (lists(count, &next), vec![watch("w", "{l0}".to_owned())])
    });
    check("watches with a list that is not there", |count| {
        (lists(count, &word), (0..count).map(|number| watch(&word(number), "{nothing}".to_owned())).collect())
    });
}

#[test]
fn what_would_be_too_deep_or_too_much_is_a_mistake_and_no_crash() {
    let doubled = |joined: &str, levels: usize| -> Written {
        let list = |level: usize| match level {
            0 => "doha OR cairo".to_owned(),
            _ => joined.replace('%', &format!("{{l{}}}", level - 1)),
        };
        let lists = (0..levels).map(|level| (format!("l{level}"), list(level))).collect();
        (lists, vec![watch("w", format!("{{l{}}}", levels - 1))])
    };
    let fault = |(lists, sources): Written| match WatchSet::compile(&lists, &sources) {
        Ok(_) => "none".to_owned(),
        Err(problems) => problems[0].message.clone(),
    };
    for (written, said) in [
        (doubled("% OR %", 60), "more than 1000000 words up to here, those of the lists included"),
        (doubled("% AND %", 60), "more than 1000000 words up to here, those of the lists included"),
        (doubled("(% OR x) AND NOT (% OR y)", 60), "more than 1000000 words up to here, those of the lists included"),
        (doubled("ANY 2 OF (%, %, %)", 60), "more than 1000000 words up to here, those of the lists included"),
        (doubled("\"a b\" OR % OR %", 60), "more than 1000000 words up to here, those of the lists included"),
        (doubled("% OR x", 20_000), "this is nested 502 levels deep, its lists included, at most 500 can be read"),
        (one("title: ".repeat(100_000) + "x"), "brackets nest deeper than 100"),
        (one("ATLEAST 2 ".repeat(100_000) + "x"), "brackets nest deeper than 100"),
        (one("title: ATLEAST 2 (".repeat(10_000) + "x"), "brackets nest deeper than 100"),
        (one("(".repeat(100_000) + "x"), "brackets nest deeper than 100"),
        (doubled("% OR x", 200), "none"),
        (doubled("% OR %", 12), "none"),
        (one("(".repeat(90) + "x" + &")".repeat(90)), "none"),
    ] {
        let query: String = written.1[0].find.chars().take(30).collect();
        assert_eq!(fault(written), said, "{query}");
    }
}

/// `feedwatch check` on a file of watches.
fn checked(folder: &Path, watches: &str, json: bool) -> String {
    std::fs::write(folder.join("feedwatch.toml"), "[[feed]]\nurl = \"https://example.org/feed\"\n").unwrap();
    std::fs::write(folder.join("watches.toml"), watches).unwrap();
    let environment = Environment {
        state_directory: Some("/var/lib/feedwatch".into()),
        logs_directory: Some("/var/log/feedwatch".into()),
        ..Environment::default()
    };
    let args = Check { file: Some(folder.join("feedwatch.toml")) };
    let mut out = Vec::new();
    args.run(None, &environment, View { json, color: false }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn many_warnings_on_one_line_cost_as_much_as_there_are() {
    let folder = fresh::folder();
    let array = |count: usize, shape: &str| format!("[{}]", shaped(count, shape, ","));
    let head = "[[watch]]\nname = \"w\"\nfind = 'mediation'\n";
    let cases: [(&str, &dyn Fn(usize) -> String); 5] = [
        ("the same word", &|count| format!("[[watch]]\nname = \"w\"\nfind = '{}'\n", shaped(count, "closure", " OR "))),
        ("with escapes", &|count| {
            format!("[[watch]]\nname = \"w\"\nfind = \"{}\"\n", shaped(count, "\\u0061a", " OR "))
        }),
        ("struck in vain", &|count| format!("{head}but_not = {}\n", array(count, "'%'"))),
        ("mistakes of the watch room", &|count| format!("{head}ignore = {}\n", array(count, "'% OR'"))),
        ("mistakes beyond ASCII", &|count| format!("{head}ignore = {}\n", array(count, "'é% OR'"))),
    ];
    for (name, text) in cases {
        for json in [false, true] {
            let run = |count| {
                let text = text(count);
                cost(|| drop(checked(folder.path(), &text, json)))
            };
            grows_evenly(name, run(WORDS), run(TIMES * WORDS));
        }
    }
}

#[test]
fn a_mistake_far_along_a_long_line_is_shown_where_it_is() {
    let folder = fresh::folder();
    for before in [10, 300, 1_500] {
        let find = format!("{} OR the OR é {}", shaped(before, "é%", " OR "), shaped(before, "%", " OR "));
        let column = "find = '".len() + shaped(before, "é%", " OR ").chars().count() + " OR ".len() + 1;
        let shown = checked(folder.path(), &format!("[[watch]]\nname = \"w\"\nfind = '{find}'\n"), false);
        assert!(
            shown.contains("warning: watch \"w\": \"the\" is so common that nearly every article has it\n"),
            "{shown}"
        );
        let place = format!("watches.toml:3:{column}\n");
        assert!(shown.contains(&place), "{place} is not in\n{shown}");
        let caret = shown.lines().find(|line| line.trim_start().starts_with("| ") && line.contains('^')).unwrap();
        let source = shown.lines().find(|line| line.starts_with("3 |")).unwrap();
        let marked: String = source.chars().skip(caret.chars().position(|c| c == '^').unwrap()).take(3).collect();
        assert_eq!(marked, "the", "{shown}");
        assert!(shown.len() < 2_000, "{shown}");
    }
}
