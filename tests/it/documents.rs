//! The documents: short enough to be read, and what they point to is there.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

/// A document of more lines is two documents.
const LINES_MOST: usize = 400;
const COLUMNS_MOST: usize = 120;
/// Folders whose comments have wider lines still. Take one out when its lines are wrapped.
const WIDE: &[&str] = &["src/cli", "src/config", "src/store", "tests"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All documents by their path in the repository.
fn documents() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for folder in ["", "config", "docs"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    assert!(found.len() > 8, "{} documents", found.len());
    found
}

#[test]
fn no_document_is_longer_than_one_reads() {
    for (path, text) in documents() {
        let lines = text.lines().count();
        assert!(lines <= LINES_MOST, "{} has {lines} lines; split it by subject", path.display());
    }
}

#[test]
fn no_line_is_wider_than_a_window_but_in_tables_and_commands() {
    let wide: Vec<String> = documents()
        .iter()
        .flat_map(|(path, text)| text.lines().zip(1..).map(move |(line, number)| (path, number, line)))
        .filter(|(_, _, line)| {
            line.chars().count() > COLUMNS_MOST && !line.starts_with('|') && !line.starts_with("    ")
        })
        .map(|(path, number, _)| format!("{}:{number}", path.display()))
        .collect();
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}

/// All source files of a folder and the folders in it.
fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let within = path.strip_prefix(root()).unwrap().to_owned();
        match path.is_dir() {
            true => found.extend(sources(within.to_str().unwrap())),
            false if path.extension().is_some_and(|extension| extension == "rs") => found.push(within),
            false => {}
        }
    }
    found
}

#[test]
fn no_comment_is_wider_than_a_window() {
    let mut files = ["src", "benches", "tests"].map(sources).concat();
    assert!(files.len() > 200, "{} files", files.len());
    files.retain(|path| !WIDE.iter().any(|folder| path.starts_with(folder)));
    let mut wide = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(root().join(&path)).unwrap();
        let too_wide = |line: &str| line.trim_start().starts_with("//") && line.chars().count() > COLUMNS_MOST;
        let lines = text.lines().zip(1..).filter(|(line, _)| too_wide(line));
        wide.extend(lines.map(|(_, number)| format!("{}:{number}", path.display())));
    }
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}

#[test]
fn every_link_leads_somewhere() {
    for (path, text) in documents() {
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            if file.contains("://") {
                continue;
            }
            let of = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            let whole = root().join(&of);
            assert!(whole.exists(), "{} links to {target}, which is not there", path.display());
            if !anchor.is_empty() {
                let text = std::fs::read_to_string(&whole).unwrap();
                let has_it = text.lines().filter(|line| line.starts_with('#')).any(|line| slug(line) == anchor);
                assert!(has_it, "{} links to {target}, and no heading is called so", path.display());
            }
        }
    }
}

/// A heading as it is linked to.
fn slug(heading: &str) -> String {
    let kept = |c: char| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c => c.is_alphanumeric().then(|| c.to_ascii_lowercase()),
    };
    heading.trim_start_matches('#').trim().chars().filter_map(kept).collect()
}

#[test]
fn every_source_file_that_is_named_exists() {
    let missing: Vec<String> = documents()
        .iter()
        .filter(|(path, _)| path.as_os_str() != "CHANGELOG.md")
        .flat_map(|(path, text)| text.split('`').skip(1).step_by(2).map(move |name| (path, name)))
        .filter(|(_, name)| name.ends_with(".rs") && name.contains('/') && !name.contains(' '))
        .filter(|(_, name)| !["", "src", "tests/it"].iter().any(|folder| root().join(folder).join(name).is_file()))
        .map(|(path, name)| format!("{} names {name}", path.display()))
        .collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
