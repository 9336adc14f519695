//! Whatever is done to a file, the door gives an answer with places that exist; it never panics.

use std::fs;
use std::path::Path;

use feedwatch::config::{Config, render_all};

use super::{Folder, service};

/// What is put into a file in the wrong place.
const DIRT: [&str; 24] = [
    "\"", "'", "\"\"\"", "\'\'\'", "[", "]", "[[", "]]", "{", "}", "=", ",", "#", "\\", "\n", "\r", "\t", "\0", "é",
    "停", "😀", "\u{feff}", ".", " ",
];
const SPOILED_COPIES: u64 = 12;

#[test]
fn no_text_makes_it_panic() {
    let folder = Folder::with(&[]);
    let main = folder.path("feedwatch.toml");
    let mut texts = Vec::new();
    for entry in fs::read_dir("tests/it/config/gallery").unwrap() {
        let path = entry.unwrap().path();
        let is_toml = path.extension().is_some_and(|extension| extension == "toml");
        texts.extend(fs::read_to_string(path).ok().filter(|_| is_toml));
    }
    texts.sort();
    let mut dice = crate::wish::seed(0x2545_F491_4F6C_DD1D).max(1);
    let mut roll = |below: usize| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        (dice % below.max(1) as u64) as usize
    };
    for text in texts {
        for _ in 0..SPOILED_COPIES {
            let mut spoiled = text.clone();
            for _ in 0..=roll(3) {
                let at = spoiled.floor_char_boundary(roll(spoiled.len() + 1));
                match roll(3) {
                    0 => spoiled.insert_str(at, DIRT[roll(DIRT.len())]),
                    1 => spoiled.truncate(at),
                    _ => {
                        let end = spoiled.floor_char_boundary((at + roll(8)).min(spoiled.len()));
                        spoiled.replace_range(at..end.max(at), "");
                    }
                }
            }
            fs::write(&main, &spoiled).unwrap();
            answer(&main, &spoiled);
        }
    }
}

fn answer(main: &Path, text: &str) {
    let (diagnostics, shown) = match Config::load(main, &service()) {
        Ok(loaded) => (loaded.warnings.clone(), render_all(&loaded.warnings, true)),
        Err(errors) => (errors.diagnostics().to_vec(), errors.render(false)),
    };
    assert_ne!(shown, "", "an answer to {text:?}");
    for diagnostic in diagnostics {
        if let Some((line, _)) = diagnostic.place.line_and_column() {
            assert!(line <= text.split('\n').count(), "line {line} of {text:?}");
        }
    }
}
