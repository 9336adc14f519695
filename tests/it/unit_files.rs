//! The files for systemd and logrotate agree with the program, and with the tools that read them.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use feedwatch::cli::Exit;
use feedwatch::logging::MESSAGE_IDS;

const BINARY: &str = env!("CARGO_BIN_EXE_feedwatch");

/// The directories systemd makes for a service, and the variables by which it tells of them (systemd.exec(5)).
const GRANTS: [(&str, &str); 5] = [
    ("StateDirectory", "STATE_DIRECTORY"),
    ("LogsDirectory", "LOGS_DIRECTORY"),
    ("CacheDirectory", "CACHE_DIRECTORY"),
    ("RuntimeDirectory", "RUNTIME_DIRECTORY"),
    ("ConfigurationDirectory", "CONFIGURATION_DIRECTORY"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn unit_file(name: &str) -> String {
    fs::read_to_string(root().join("systemd").join(name)).unwrap()
}

/// The values of a key, in order.
fn values(unit: &str, key: &str) -> Vec<String> {
    let assigned = unit.lines().filter_map(|line| line.split_once('='));
    assigned.filter(|(name, _)| *name == key).map(|(_, value)| value.to_owned()).collect()
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, into),
            false => into.push(path),
        }
    }
}

/// systemd's own tools have nothing to say. The gate runs the same script and insists on the tools; elsewhere they may
/// be missing.
#[test]
fn systemd_takes_the_files_without_a_word() {
    let installed = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|folder| folder.join("systemd-analyze").is_file());
    if !installed {
        eprintln!("not checked: systemd-analyze is missing");
        return;
    }
    let checked = Command::new(root().join("systemd/check")).arg(BINARY).output().unwrap();
    let said = [checked.stdout, checked.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    assert!(checked.status.success(), "{said}");
}

#[test]
fn every_directory_the_program_asks_for_is_granted_and_no_other() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let code: String = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let unit = unit_file("feedwatch.service");
    for (directive, variable) in GRANTS {
        // The unit itself uses the configuration folder, in its commands; people name the runtime folder in [http].
        let named = ["ConfigurationDirectory", "RuntimeDirectory"].contains(&directive);
        let asked = code.contains(&format!("\"{variable}\"")) || named;
        assert_eq!(!values(&unit, directive).is_empty(), asked, "{directive}= and ${variable}");
    }
}

#[test]
fn the_socket_is_on_the_port_that_the_sample_and_the_manual_for_operators_name() {
    let address = values(&unit_file("feedwatch.socket"), "ListenStream").remove(0);
    for file in ["config/feedwatch.toml", "OPERATING.md"] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        assert!(text.contains(&format!("listen = \"{address}\"")), "{file}");
    }
}

#[test]
fn the_operators_page_tells_of_every_kind_of_entry() {
    let page = fs::read_to_string(root().join("OPERATING.md")).unwrap();
    for (kind, id) in MESSAGE_IDS {
        assert!(page.contains(id), "{kind}");
    }
}

#[test]
fn the_commands_of_the_unit_are_commands_of_the_program() {
    let unit = unit_file("feedwatch.service");
    let lines = [values(&unit, "ExecStart"), values(&unit, "ExecReload")].concat();
    let ours: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix("/usr/bin/feedwatch ")).collect();
    assert_eq!(ours.len(), 2, "{lines:?}");
    for arguments in ours {
        let output = Command::new(BINARY).args(arguments.split(' ')).arg("--help").output().unwrap();
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn only_what_needs_a_person_keeps_the_service_down() {
    const USAGE: i32 = 2; // clap's own
    let unit = unit_file("feedwatch.service");
    assert_eq!(values(&unit, "RestartPreventExitStatus"), [format!("{USAGE} {}", Exit::Config as i32)]);
    assert_eq!(values(&unit, "StartLimitIntervalSec"), ["0"], "a full disk may take hours");
}

#[test]
fn all_files_mean_the_same_folder_and_user() {
    let unit = unit_file("feedwatch.service");
    let folder = format!("/var/log/{}", values(&unit, "LogsDirectory")[0]);
    let (user, mode) = (&values(&unit, "User")[0], &values(&unit, "LogsDirectoryMode")[0]);
    for (file, wanted) in [
        ("feedwatch.sysusers", format!("\nu {user} ")),
        ("feedwatch.tmpfiles", format!("\nd  {folder} {mode} {user} {user} ")),
        ("feedwatch.tmpfiles", format!("\na+ {folder} ")),
        ("feedwatch.logrotate", format!("\n{folder}/alerts.jsonl {{")),
        ("feedwatch.logrotate", format!("\n    su {user} {user}\n")),
        ("feedwatch.logrotate", format!("\n    create 0640 {user} {user}\n")),
    ] {
        assert!(unit_file(file).contains(&wanted), "{file} lacks {wanted:?}");
    }
}

#[test]
fn the_catalog_explains_every_kind_of_entry_and_no_other() {
    let catalog = unit_file("feedwatch.catalog");
    let entries = catalog.split("\n-- ").skip(1).map(|entry| entry.split_once('\n').unwrap());
    let mut explained = BTreeSet::new();
    for (id, text) in entries {
        assert!(text.starts_with("Subject: ") && text.contains("\nDefined-By: feedwatch\n\n"), "{id}");
        assert!(explained.insert(id), "{id} twice");
    }
    assert_eq!(explained, MESSAGE_IDS.iter().map(|(_, id)| *id).collect());
}
