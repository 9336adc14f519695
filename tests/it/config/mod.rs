//! The door: every bad configuration of the gallery gives exactly the text beside it; good ones give what they say.
#![allow(clippy::unwrap_used)]

mod broken;
mod changes;
mod check;
mod gallery;
mod good;
mod mail;
mod opml;
mod samples;

use std::fs;
use std::path::{Path, PathBuf};

use feedwatch::config::{Config, Environment, Loaded};

/// Files in a folder of their own that is gone at the end.
struct Folder(tempfile::TempDir);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Folder {
        let folder = crate::fresh::folder();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Folder(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    #[track_caller]
    fn load(&self) -> Loaded {
        load(&self.path("feedwatch.toml"))
    }
}

#[track_caller]
fn load(path: &Path) -> Loaded {
    Config::load(path, &service()).unwrap_or_else(|errors| panic!("{errors}"))
}

/// What systemd would give.
fn service() -> Environment {
    Environment {
        state_directory: Some("/var/lib/feedwatch".into()),
        logs_directory: Some("/var/log/feedwatch".into()),
        ..Environment::default()
    }
}
