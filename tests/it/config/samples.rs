//! The commented samples that are shipped are right, and the defaults they tell are the defaults.

use std::fs;
use std::path::Path;

use feedwatch::config::Config;

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
    assert!(whole.len() >= 2, "the first example, and the lists to start from");
    let settings = "watches = \"watches.toml\"\n[[feed]]\nurl = \"https://example.org/feed\"\n";
    for watches in whole {
        let loaded = Folder::with(&[("feedwatch.toml", settings), ("watches.toml", watches)]).load();
        let warnings: Vec<_> = loaded.warnings.iter().map(|warning| warning.render(false)).collect();
        assert_eq!(warnings, Vec::<String>::new());
    }
}

#[test]
fn what_is_commented_out_shows_the_default() {
    let sample = fs::read_to_string("config/feedwatch.toml").unwrap();
    // A commented setting has no space behind its #, prose has one.
    let setting = |line: &str| line.starts_with('#') && line.as_bytes().get(1).is_some_and(u8::is_ascii_lowercase);
    let settings = sample.lines().filter(|line| setting(line)).count();
    let uncommented: Vec<&str> = sample.lines().map(|line| if setting(line) { &line[1..] } else { line }).collect();
    let uncommented = uncommented.join("\n");
    assert_eq!(settings, 27, "the sample shows every key that has a default");
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
        let (start, end) = (text.find("[sink.post]").unwrap(), text.find("# The feeds.").unwrap());
        text.replace_range(start..end, "");
    }
    let folder = Folder::with(&[("feedwatch.toml", &text), ("watches.toml", ""), ("desk.key", "k"), ("mail.key", "k")]);
    for key in ["desk.key", "mail.key"] {
        fs::set_permissions(folder.path(key), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    let config = folder.load().config;
    assert_eq!(config.sinks.len(), 3 + usize::from(cfg!(feature = "mail")));
    assert!(config.holding.quiet.is_some());
}
