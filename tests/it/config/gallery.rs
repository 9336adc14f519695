//! The gallery of bad and doubtful configurations. A case is a file `gallery/NAME.toml`, or a folder `gallery/NAME/` with its
//! `feedwatch.toml` and what that names; what must be shown stands in `NAME.txt` beside it. FEEDWATCH_BLESS=1 writes
//! those texts anew, to be read by eye before they are committed.

use std::fs;
use std::path::{Path, PathBuf};

use feedwatch::config::{Config, Environment, render_all};

const GALLERY: &str = "tests/it/config/gallery";

#[test]
fn every_mistake_is_shown_with_its_place_and_what_to_type() {
    let bless = std::env::var_os("FEEDWATCH_BLESS").is_some();
    let cases = cases();
    assert!(cases.len() >= 45, "the gallery is not all there: {} cases", cases.len());
    let mut wrong = Vec::new();
    for (name, main) in cases {
        let shown = shown(&main);
        let expected_file = Path::new(GALLERY).join(format!("{name}.txt"));
        if bless {
            fs::write(&expected_file, &shown).unwrap();
        }
        let expected = fs::read_to_string(&expected_file).unwrap_or_default();
        if shown != expected {
            wrong.push(format!("--- {name}: expected\n{expected}--- shown\n{shown}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every case by name, with its main file.
fn cases() -> Vec<(String, PathBuf)> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(GALLERY).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            cases.push((name, path.join("feedwatch.toml")));
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            cases.push((name, path));
        }
    }
    cases.sort();
    cases
}

/// What a user sees, without the folders of this machine.
fn shown(main: &Path) -> String {
    let environment = Environment { state_directory: Some("/var/lib/feedwatch".into()), ..Environment::default() };
    let text = match Config::load(main, &environment) {
        Ok(loaded) => render_all(&loaded.warnings, false),
        Err(errors) => errors.render(false),
    };
    assert_ne!(text, "", "{} has nothing to show", main.display());
    text.replace(&format!("{GALLERY}/"), "").replace(env!("CARGO_MANIFEST_DIR"), "")
}
