//! Who may know whom, read from the sources: the table of ARCHITECTURE.md, held.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const WORDS: &[&str] = &["clock", "hash", "model", "words"];

/// A room, what it may know besides the words and itself, and whether it is pure.
const ROOMS: &[(&str, &[&str], bool)] = &[
    ("clock", &[], false),
    ("hash", &[], true),
    ("model", &[], true),
    ("words", &[], true),
    ("web", &[], true),
    ("text", &[], true),
    ("feed", &["text"], true),
    ("watch", &["text"], true),
    ("story", &["feed", "text"], true),
    ("alert", &[], true),
    ("pace", &["web"], true),
    ("poll", &["alert", "feed", "pace", "story", "watch", "web"], true),
    ("fetch", &["web"], false),
    ("store", &[], false),
    ("sink", &["alert", "fetch"], false),
    ("terminal", &["alert"], false),
    ("config", &["alert", "feed", "fetch", "pace", "poll", "text", "watch"], false),
    ("logging", &["alert", "config", "terminal"], false),
    ("serve", &["alert", "logging", "store"], false),
    (
        "daemon",
        &["alert", "config", "feed", "fetch", "logging", "pace", "poll", "serve", "sink", "store", "story", "watch"],
        false,
    ),
    (
        "cli",
        &[
            "alert", "config", "daemon", "feed", "fetch", "logging", "pace", "poll", "serve", "sink", "store", "story",
            "terminal", "text", "watch",
        ],
        false,
    ),
    ("lib", &[], true),
    ("main", &["cli"], false),
];

/// An outside library, and the rooms that may know it.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("reqwest", &["fetch"]),
    ("psl", &["pace", "poll", "web"]),
    ("rusqlite", &["store"]),
    ("feed_rs", &["feed"]),
    ("ring", &["sink"]),
    ("lettre", &["sink"]),
    ("minijinja", &["alert"]),
    ("toml", &["config"]),
    ("tracing_subscriber", &["logging"]),
    ("tracing_journald", &["logging"]),
    ("sd_notify", &["daemon"]),
    ("hyper", &["serve"]),
    ("listenfd", &["serve"]),
    ("clap", &["cli", "main"]),
    ("anyhow", &["cli"]),
];

/// What a pure room does not touch. Addresses of the network are values; what opens a connection is not.
const WORLD: &[&str] = &[
    "std::fs",
    "std::env",
    "std::process",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "UnixStream",
    "ToSocketAddrs",
    "Instant",
    "SystemTime",
    "tracing",
    "tokio",
    "Clock::",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, found),
            false if path.extension().is_some_and(|extension| extension == "rs") => found.push(path),
            false => {}
        }
    }
}

/// The code of a file without comments and without what stands under `mod tests`.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// The identifiers that follow `prefix` in a text, also within braces: `crate::{alert, clock}`.
fn names_after(text: &str, prefix: &str) -> BTreeSet<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = BTreeSet::new();
    for (at, _) in text.match_indices(prefix) {
        let rest = &text[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(list) => names.extend(list.split('}').next().unwrap().split(',').map(|part| name(part.trim()))),
            None => drop(names.insert(name(rest))),
        }
    }
    names
}

/// Whether a word stands in a text as a whole.
fn mentions(text: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(part_of_name) && !text[at + word.len()..].starts_with(part_of_name))
}

/// A room of the table, whether it is pure and whom it may know.
fn room(name: &str) -> (bool, BTreeSet<&'static str>) {
    let (_, may_know, pure) = ROOMS.iter().find(|(room, ..)| *room == name).unwrap_or_else(|| panic!("no room {name}"));
    (*pure, may_know.iter().copied().collect())
}

/// Every room that one reaches, by any path.
fn reached(name: &str) -> BTreeSet<&'static str> {
    let mut reached = BTreeSet::new();
    let mut open = room(name).1;
    while let Some(next) = open.pop_first() {
        if reached.insert(next) {
            open.extend(room(next).1);
        }
    }
    reached
}

#[test]
fn what_a_pure_room_reaches_is_pure_and_no_room_reaches_itself() {
    for (name, _, pure) in ROOMS {
        let reached = reached(name);
        assert!(!reached.contains(name), "{name} reaches itself");
        if *pure {
            let impure: Vec<_> = reached.into_iter().filter(|other| !room(other).0).collect();
            assert!(impure.is_empty(), "{name} is pure and reaches {impure:?}");
        }
    }
}

#[test]
fn every_room_knows_only_whom_it_may() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 40, "{} files", files.len());
    let mut complaints = Vec::new();
    for path in files {
        let place = path.strip_prefix(&src).unwrap();
        let first = place.components().next().unwrap().as_os_str().to_str().unwrap();
        let room = first.strip_suffix(".rs").unwrap_or(first);
        let Some((_, may_know, pure)) = ROOMS.iter().find(|(name, ..)| *name == room) else {
            complaints.push(format!("{}: no such room in the table", place.display()));
            continue;
        };
        let code = code(&path);
        for known in names_after(&code, "crate::").into_iter().chain(names_after(&code, "feedwatch::")) {
            let is_room = ROOMS.iter().any(|(name, ..)| *name == known);
            let allowed = known == room || WORDS.contains(&known.as_str()) || may_know.contains(&known.as_str());
            if is_room && !allowed {
                complaints.push(format!("{} must not know {known}", place.display()));
            }
        }
        for (library, rooms) in LIBRARIES {
            if mentions(&code, &format!("{library}::")) && !rooms.contains(&room) {
                complaints.push(format!("{} must not know {library}", place.display()));
            }
        }
        for thing in WORLD.iter().filter(|_| *pure) {
            if code.contains(thing) && mentions(&code, thing.trim_end_matches(':')) {
                complaints.push(format!("{} is pure and must not touch {thing}", place.display()));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Rooms whose files know each other in one direction only.
const WITHOUT_CIRCLES: &[&str] = &["config", "daemon", "store"];

/// The file of a room in which a name of its `mod.rs` stands: a module's own, or that of what `mod.rs` passes on. None for
/// what `mod.rs` has itself.
fn file_of(name: &str, head: &str) -> Option<String> {
    if head.contains(&format!("mod {name};")) {
        return Some(name.to_owned());
    }
    let passed_on = head.split("use ").skip(1).filter_map(|line| line.split_once(';')).map(|(path, _)| path);
    let passes_on = |path: &&str| {
        path.split_once("::")
            .is_some_and(|(module, names)| head.contains(&format!("mod {module};")) && mentions(names, name))
    };
    passed_on.into_iter().find(passes_on).and_then(|path| path.split_once("::")).map(|(module, _)| module.to_owned())
}

/// Which files of a room each file of it knows.
fn files_known(room: &str) -> BTreeMap<String, BTreeSet<String>> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (folder, beside) = (src.join(room), src.join(format!("{room}.rs")));
    let head = code(&if beside.exists() { beside } else { folder.join("mod.rs") });
    let mut files = Vec::new();
    sources(&folder, &mut files);
    let files = files.into_iter().filter(|path| path.parent() == Some(&folder) && !path.ends_with("mod.rs"));
    let known = files.map(|path| {
        let own = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let names = names_after(&code(&path), "super::").into_iter().filter_map(|name| file_of(&name, &head));
        let others = names.filter(|name| *name != own).collect();
        (own, others)
    });
    known.collect()
}

#[test]
fn no_file_of_these_rooms_reaches_itself() {
    for room in WITHOUT_CIRCLES {
        let known = files_known(room);
        assert!(known.len() > 10, "{room}: {known:?}");
        // Who knows nobody that is left, or is known by nobody, is in no circle.
        let mut left = known;
        loop {
            let names: BTreeSet<String> = left.keys().cloned().collect();
            left.values_mut().for_each(|others| others.retain(|other| names.contains(other)));
            let used: BTreeSet<String> = left.values().flatten().cloned().collect();
            left.retain(|name, others| used.contains(name) && !others.is_empty());
            if left.len() == names.len() {
                break;
            }
        }
        assert!(left.is_empty(), "files of {room} that know each other in a circle: {left:?}");
    }
}
