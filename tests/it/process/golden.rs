//! What the reading commands print about the demonstration, word for word; only what tells the time is masked.
//!
//! `FEEDWATCH_BLESS=1` writes what is printed into golden/; read it before you commit it.

use std::path::Path;

use super::program::Home;

const COMMANDS: &[(&str, &[&str])] = &[
    ("once", &["once", "--all"]),
    ("once-again", &["once", "--all"]),
    ("alerts", &["alerts", "--watch", "Office Closure"]),
    ("alerts-json", &["alerts", "--feed", "strait", "--limit", "1", "--json"]),
    ("articles", &["articles", "--feed", "wire", "--limit", "4"]),
    ("articles-json", &["articles", "--limit", "1", "--json"]),
    (
        "why",
        &["why", "http://meridian-wire.example/world/2025/11/14/qasira-haddar-front?utm_source=rss", "office closure"],
    ),
    ("why-number", &["why", "12"]),
    ("why-not-stored", &["why", "https://meridian.example/none", "mediation"]),
    ("why-no-name", &["why", "meridian", "mediation"]),
    ("explain", &["explain", "office closure"]),
    ("feeds", &["feeds"]),
    ("feeds-broken", &["feeds", "--broken"]),
    ("status", &["status"]),
    ("test", &["test", "office closure", "The ministry closes two offices; its box office stays open"]),
    ("test-no", &["test", "mediation", "The media want an immediate answer"]),
    ("test-unknown", &["test", "mediatoin", "text"]),
    ("test-misspelt", &["test", "Ofice closure"]),
    ("test-other-case", &["test", "OFFICE_CLOSURE", "The office stays. They close the shop."]),
    ("test-all", &["test", "Mediators say Ägypten closes an office and reopens the office"]),
    ("test-no-blank", &["test", "关闭驻美使馆附近的办事处"]),
    ("forms", &["forms", "cerrar", "--lang", "es"]),
    ("forms-of-a-name", &["forms", "C++"]),
    ("forms-hebrew", &["forms", "אטם", "--lang", "he"]),
    ("forms-no-language", &["forms", "close", "--lang", "english"]),
    ("test-all-json", &["test", "no such thing", "--json"]),
    ("check", &["check"]),
    ("lists", &["lists"]),
    ("lists-one", &["lists", "{Ceasefire}", "--lang", "fr"]),
    ("lists-unknown", &["lists", "weather"]),
];

/// What tells the hour, a number of this run or this machine's folder becomes `#`.
fn masked(text: &str, folder: &Path) -> String {
    let text = text.replace(&folder.display().to_string(), "FOLDER/");
    text.lines()
        .map(|line| if line.starts_with('{') { masked_record(line) } else { masked_words(line) } + "\n")
        .collect()
}

/// In a record, the values of these keys.
fn masked_record(line: &str) -> String {
    let mut line = line.to_owned();
    for key in ["id\":\"", "run\":", "time\":", "first_seen\":", "published\":", "seen\":"] {
        let key = format!("\"{key}");
        let mut at = 0;
        while let Some(found) = line[at..].find(&key) {
            let start = at + found + key.len();
            let end = start + line[start..].find([',', '}']).unwrap();
            line.replace_range(start..end, "#");
            at = start;
        }
    }
    line
}

/// In a line for people, digits of dates, of "3s ago", and of what is a line of its own.
fn masked_words(line: &str) -> String {
    // The beginning of an id, which depends on the folder.
    let id = line.strip_prefix("    ").and_then(|line| line.split_once("  "));
    if let Some((_, rest)) = id.filter(|(id, _)| id.len() == 8 && id.chars().all(|c| c.is_ascii_hexdigit())) {
        return format!("    ########  {rest}");
    }
    let whole = ["process ", "poll delay ", "latency ", "           from publication"]
        .iter()
        .any(|begin| line.starts_with(begin));
    let words: Vec<&str> = line.split(' ').collect();
    let mut masked = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let after = words.get(at + 1).map(|word| word.trim_end_matches([',', ':', ';']));
        let tells_time = word.contains("2026-") || word.ends_with('Z') || after == Some("ago");
        let is_id = at > 0 && words[at - 1] == "alert" && word.len() == 8;
        let word = if is_id { &"ID" } else { word };
        let hidden: String = word.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect();
        masked.push(if whole || tells_time { squeezed(&hidden) } else { (*word).to_owned() });
    }
    let masked = masked.join(" ");
    // A column is as wide as what was masked in it.
    match line.contains(" ago") {
        true => masked.split_whitespace().collect::<Vec<_>>().join(" "),
        false => masked.trim_end().to_owned(),
    }
}

/// A number is a `#`, however many digits it has.
fn squeezed(text: &str) -> String {
    let mut squeezed = text.to_owned();
    while squeezed.contains("##") {
        squeezed = squeezed.replace("##", "#");
    }
    squeezed
}

#[test]
fn the_commands_print_what_they_always_printed() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/demo");
    let home = Home::new(&[]);
    std::fs::create_dir(home.path("feeds")).unwrap();
    for name in ["watches.toml", "feeds/wire.xml", "feeds/harbour-post.atom", "feeds/strait-letter.json"] {
        std::fs::copy(demo.join(name), home.path(name)).unwrap();
    }
    let settings = std::fs::read_to_string(demo.join("feedwatch.toml")).unwrap();
    home.write("feedwatch.toml", &(settings.replace("../../target/demo", "state") + "\n[poll]\nat_once = 1\n"));
    let bless = std::env::var_os("FEEDWATCH_BLESS").is_some();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/process/golden");
    let mut different = Vec::new();
    for (name, arguments) in COMMANDS {
        let output = home.run(arguments);
        let said = format!(
            "$ feedwatch {}\n{}{}exit {}\n",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stdout),
            // The daemon's log has stories of its own; what other commands say there belongs to what is read.
            if arguments[0] == "once" { "".into() } else { String::from_utf8_lossy(&output.stderr) },
            output.status.code().unwrap()
        );
        let said = masked(&said, &home.path(""));
        let file = golden.join(format!("{name}.txt"));
        if bless {
            std::fs::write(&file, &said).unwrap();
        } else if std::fs::read_to_string(&file).unwrap_or_default() != said {
            different.push(format!("{}:\n{said}", file.display()));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
