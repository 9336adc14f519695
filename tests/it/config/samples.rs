//! The commented samples that are shipped are right, and the defaults they tell are the defaults.

use std::fs;
use std::path::Path;
use std::process::Command;

use feedwatch::config::{Config, ROWS};

use super::{Folder, load};

#[test]
fn the_samples_are_good_and_need_no_warning() {
    let loaded = load(Path::new("config/feedwatch.toml"));
    let warnings: Vec<_> = loaded.warnings.iter().map(|warning| warning.render(false)).collect();
    assert_eq!(warnings, Vec::<String>::new());
    assert!(loaded.config.feeds.len() >= 12, "a dozen feeds");
}

#[test]
fn the_watches_of_the_manual_are_good_and_need_no_warning() {
    let manual = fs::read_to_string("config/WATCHES.md").unwrap();
    let blocks = manual.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let whole: Vec<&str> = blocks.filter(|block| block.contains("[[watch]]")).collect();
    assert!(whole.len() >= 2, "the first example, and those in many languages");
    let settings = "watches = \"watches.toml\"\n[[feed]]\nurl = \"https://example.org/feed\"\n";
    for watches in whole {
        let loaded = Folder::with(&[("feedwatch.toml", settings), ("watches.toml", watches)]).load();
        let warnings: Vec<_> = loaded.warnings.iter().map(|warning| warning.render(false)).collect();
        assert_eq!(warnings, Vec::<String>::new());
        assert_eq!(loaded.config.watches.failures(loaded.watch_files.sources()), []);
    }
}

#[test]
fn what_is_commented_out_shows_the_default() {
    let sample = fs::read_to_string("config/feedwatch.toml").unwrap();
    // A commented setting has no space behind its #, prose has one.
    let setting = |line: &str| line.starts_with('#') && line.as_bytes().get(1).is_some_and(u8::is_ascii_lowercase);
    let uncommented: Vec<&str> = sample.lines().map(|line| if setting(line) { &line[1..] } else { line }).collect();
    let uncommented = uncommented.join("\n");
    let written = Folder::with(&[("feedwatch.toml", &uncommented), ("watches.toml", "")]);
    let plain = Folder::with(&[("feedwatch.toml", &sample), ("watches.toml", "")]);
    let (written, plain): (Config, Config) = (written.load().config, plain.load().config);
    assert_eq!(plain.changes(&written).to_string(), "nothing changed");
}

#[test]
fn the_sinks_of_the_sample_are_right_once_they_are_uncommented() {
    let sample = fs::read_to_string("config/feedwatch.toml").unwrap();
    let setting = |line: &str| {
        line.starts_with("# [sink.")
            || line.strip_prefix("# ").is_some_and(|line| {
                [
                    "webhook",
                    "command",
                    "alertmanager",
                    "mail",
                    "body",
                    "content_type",
                    "headers",
                    "slack",
                    "teams",
                    "discord",
                    "telegram",
                    "matrix",
                    "ntfy",
                    "gotify",
                    "pushover",
                    "from",
                    "server",
                    "user",
                    "secret_file",
                    "takes",
                    "timeout",
                    "quiet_hours",
                ]
                .iter()
                .any(|key| line.starts_with(&format!("{key} = ")))
            })
    };
    let lines = sample.lines().map(|line| if setting(line) { &line[2..] } else { line });
    let mut text: String = lines.map(|line| format!("{line}\n")).collect();
    if !cfg!(feature = "mail") {
        // Without mail, that sink is a mistake by itself.
        let (start, end) = (text.find("[sink.post]").unwrap(), text.find("# Chats and telephones.").unwrap());
        text.replace_range(start..end, "");
    }
    let folder = Folder::with(&[("feedwatch.toml", &text), ("watches.toml", "")]);
    let services = ["slack", "telegram", "matrix", "gotify", "pushover"].map(|service| format!("{service}.token"));
    for key in ["desk.key".to_owned(), "mail.key".to_owned()].into_iter().chain(services) {
        fs::write(folder.path(&key), "k").unwrap();
        fs::set_permissions(folder.path(&key), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    let config = folder.load().config;
    assert_eq!(config.sinks.len(), 13 + usize::from(cfg!(feature = "mail")));
    assert!(config.holding.quiet.is_some());
}

/// Where each key is shown to who edits by hand, and the part of that file that tells of its table.
fn shown_to_people(table: &str) -> String {
    let settings = fs::read_to_string("config/feedwatch.toml").unwrap();
    let feeds = settings.find("# The feeds.").unwrap();
    match table {
        "" => settings[..settings.find("[store]").unwrap()].to_owned() + "\n[lists]\nlists = ",
        "feed" => settings[feeds..].to_owned(),
        "sink" => settings[settings.find("# Sinks:").unwrap()..feeds].to_owned(),
        "alert" => settings + &fs::read_to_string("config/WATCHES.md").unwrap(),
        "watch" | "score" => fs::read_to_string("config/WATCHES.md").unwrap(),
        table => {
            let start = settings.find(&format!("\n[{table}]\n")).unwrap_or_else(|| panic!("[{table}] is in no sample"));
            let part = &settings[start + 2..];
            part[..part.find("\n[").unwrap_or(part.len())].to_owned()
        }
    }
}

#[test]
fn every_key_is_in_a_sample_and_in_the_manual() {
    let manual = Command::new(env!("CARGO_BIN_EXE_feedwatch")).arg("man").output().unwrap();
    let manual = String::from_utf8(manual.stdout).unwrap();
    for row in ROWS {
        let sample = shown_to_people(row.table);
        let (name, path) = (row.name, row.path());
        assert!(
            sample.contains(&format!("{name} = ")) || sample.contains(&format!("`{name}`")),
            "{path} is in no sample"
        );
        // What a dot at the beginning of a line means to the reader of manuals.
        assert!(!row.help.starts_with('.') && row.help.ends_with('.'), "{path}: {}", row.help);
        assert!(manual.contains(&format!("\\fB{name}\\fR")), "{path} is not in the manual");
    }
}

/// For each setting a value that is not its default.
const OTHER_VALUES: &[(&str, &str)] = &[
    ("store.path", "\"other.db\""),
    ("store.keep", "\"40d\""),
    ("reload.watch", "true"),
    ("log.alerts", "\"other.jsonl\""),
    ("log.level", "\"debug\""),
    ("log.format", "\"json\""),
    ("poll.every", "\"2h\""),
    ("poll.no_faster", "\"20m\""),
    ("poll.no_slower", "\"7h\""),
    ("poll.adaptive", "false"),
    ("poll.polls_per_second", "7"),
    ("poll.at_once", "7"),
    ("poll.per_host", "7"),
    ("poll.host_gap", "\"7s\""),
    ("poll.timeout", "\"7s\""),
    ("poll.max_body", "\"7MB\""),
    ("poll.contact", "\"desk@example.org\""),
    ("poll.startup_spread", "\"7m\""),
    ("poll.backoff_base", "\"7m\""),
    ("poll.backoff_max", "\"7h\""),
    ("poll.redirect_sightings", "7"),
    ("poll.redirect_min_age", "\"7h\""),
    ("guard.allow", "[\"10.0.0.0/8\"]"),
    ("guard.deny", "[\"203.0.113.0/24\"]"),
    ("guard.files", "true"),
    ("http.listen", "\"127.0.0.1:9417\""),
    ("alerts.story_window", "\"2d\""),
    ("alerts.backlog_age", "\"2d\""),
    ("alerts.max_age", "\"2d\""),
    ("alerts.one_feed_holds", "\"7 per day\""),
    ("alerts.growth", "\"origins\""),
    ("alerts.quiet_after", "\"7d\""),
    ("alerts.heartbeat", "\"2h\""),
    ("alerts.quiet_hours", "\"22:00-07:00\""),
    ("alert.at_most", "\"7 per hour\""),
    ("alert.repeat", "\"every article\""),
    ("alert.related", "\"alert\""),
    ("alert.confirmed", "true"),
];

#[test]
fn a_reload_tells_every_setting_that_changed() {
    let watch = "[[watch]]\nname = \"w\"\nfind = \"mediation\"\n";
    let load = |settings: &str, watches: &str| {
        Folder::with(&[("feedwatch.toml", settings), ("watches.toml", watches)]).load().config
    };
    let before = load("", watch);
    for row in ROWS.iter().filter(|row| row.shown.is_some()) {
        let path = row.path();
        let (_, value) =
            OTHER_VALUES.iter().find(|(of, _)| *of == path).unwrap_or_else(|| panic!("{path} is not tried"));
        let line = format!("{} = {value}", row.name);
        let after = match row.table {
            "alert" => load("", &format!("{watch}alert = {{ {line} }}\n")),
            table => load(&format!("[{table}]\n{line}\n"), watch),
        };
        let told = before.changes(&after).to_string();
        assert!(told.contains(&format!("{path} ")), "{path}: {told}");
        assert_eq!(told.contains("(after a restart)"), row.needs_restart, "{path}: {told}");
    }
}
