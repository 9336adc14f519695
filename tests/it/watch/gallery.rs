//! Bad queries and doubtful ones, with what is said of each: the exact message, the bytes it points at, what to type.
//!
//! `gallery.txt` holds them: a line with `?` is a query (`?ignore`, `?reject` and the like say which part of a watch), and
//! below it stands what `check` would say. After a change: FEEDWATCH_WRITE_GALLERY=1 cargo test gallery, and read the diff.

use feedwatch::watch::{Lists, Part, ScoreSource, Severity, WatchSet, WatchSource};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/watch/gallery.txt");

#[test]
fn every_mistake_says_what_to_type() {
    let gallery = std::fs::read_to_string(FILE).unwrap();
    let mut derived = String::new();
    let mut queries = 0;
    for line in gallery.lines() {
        if line.starts_with('#') || line.is_empty() {
            derived += &format!("{line}\n");
        } else if let Some((part, query)) = line.strip_prefix('?').and_then(|line| line.split_once(' ')) {
            derived += &format!("{line}\n{}", said(part, query));
            queries += 1;
        }
    }
    if std::env::var_os("FEEDWATCH_WRITE_GALLERY").is_some() {
        std::fs::write(FILE, &derived).unwrap();
    }
    assert!(queries >= 50, "a gallery of {queries}");
    for (is, should) in derived.lines().zip(gallery.lines()) {
        assert_eq!(is, should);
    }
    assert_eq!(derived.lines().count(), gallery.lines().count());
}

/// What is said of a query in a part of a watch.
fn said(part: &str, query: &str) -> String {
    let mut lists = Lists::from([("posts".to_owned(), "office OR bureau".to_owned())]);
    let mut watch = WatchSource { name: "w".to_owned(), find: "mediation".to_owned(), ..WatchSource::default() };
    let text = query.replace("\\n", "\n");
    match part {
        "" => watch.find = text.clone(),
        "ignore" => watch.ignore = vec![text.clone()],
        "reject" => watch.reject = Some(text.clone()),
        "but_not" => watch.but_not = vec![text.clone()],
        "lang" => watch.lang = Some(text.clone()),
        "name" => watch.name = text.clone(),
        "list" => {
            lists.insert("own".to_owned(), text.clone());
            watch.find = "mediation OR {own}".to_owned();
        }
        "unused" => lists = Lists::from([("own".to_owned(), text.clone()), ("other".to_owned(), "film".to_owned())]),
        // A watch that finds the phrase "power broker", and something about brokers in Spanish.
        "broker" => {
            watch.find = "mediation OR \"power broker\" OR (\"honest broker\" NEAR/5 talks)".to_owned();
            watch.also = [("es".to_owned(), "\"buenos oficios\"".to_owned())].into();
            watch.ignore = vec![text.clone(), "\"box office\"".to_owned()];
        }
        "threshold" => {
            watch.threshold = Some(text.parse().unwrap());
            watch.score = vec![ScoreSource { points: 3, find: "doha".to_owned(), at_most: None }];
        }
        "score" => {
            watch.threshold = Some(1);
            watch.score = vec![ScoreSource { points: 3, find: text.clone(), at_most: None }];
        }
        code => drop(watch.also.insert(code.strip_prefix("also.").unwrap().to_owned(), text.clone())),
    }
    let problems = match WatchSet::compile(&lists, &[watch]) {
        Ok((_, warnings)) => warnings,
        Err(problems) => problems,
    };
    let mut said = String::new();
    // The list that is there for all is used by few.
    let is_meant = |of: &Part| *of != Part::List("posts".to_owned()) && (part != "list" || matches!(of, Part::List(_)));
    for problem in problems.into_iter().filter(|problem| is_meant(&problem.part)) {
        let width = |text: &str| text.chars().count();
        let before = text[..problem.range.start].rsplit('\n').next().unwrap();
        let marked = text[problem.range.clone()].split('\n').next().unwrap();
        let caret = " ".repeat(width(part) + 2 + width(before)) + &"^".repeat(width(marked).max(1));
        let severity = if problem.severity == Severity::Error { "error" } else { "warning" };
        // A threshold is a number, not a text with bytes to point at.
        if !matches!(problem.part, Part::Threshold(_)) {
            said += &format!("{caret}\n");
        }
        said += &format!("  {severity}: {}\n", problem.message);
        problem.hint.iter().for_each(|hint| said += &format!("  help: {hint}\n"));
    }
    if said.is_empty() { "  fine\n".to_owned() } else { said }
}
