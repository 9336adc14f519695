//! What the two packages hold: the same, and all of it is there.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use toml::{Table, Value};

fn metadata(tool: &str) -> Table {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: Table = manifest.parse().unwrap();
    manifest["package"]["metadata"][tool].as_table().unwrap().clone()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where a file comes from, where it goes, its mode, and whether it is a configuration file.
type Asset = (String, String, String, bool);

fn of_deb() -> BTreeSet<Asset> {
    let metadata = metadata("deb");
    let settings: Vec<&str> =
        metadata["conf-files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
    let asset = |asset: &Value| {
        let part = |n: usize| asset[n].as_str().unwrap();
        let target = whole(part(0), &format!("/{}", part(1)));
        let is_setting = settings.contains(&target.as_str());
        (part(0).to_owned(), target, part(2).to_owned(), is_setting)
    };
    metadata["assets"].as_array().unwrap().iter().map(asset).collect()
}

fn of_rpm() -> BTreeSet<Asset> {
    let asset = |asset: &Value| {
        let part = |key: &str| asset[key].as_str().unwrap();
        let is_setting = asset.get("config").is_some_and(|config| config.as_str() == Some("noreplace"));
        // Each family of systems has its folder for zsh.
        let target = whole(part("source"), part("dest")).replace("/site-functions/", "/vendor-completions/");
        (part("source").to_owned(), target, part("mode").to_owned(), is_setting)
    };
    metadata("generate-rpm")["assets"].as_array().unwrap().iter().map(asset).collect()
}

/// A target that is a folder takes the file's name.
fn whole(source: &str, target: &str) -> String {
    match target.ends_with('/') {
        true => format!("{target}{}", source.rsplit('/').next().unwrap()),
        false => target.to_owned(),
    }
}

#[test]
fn both_packages_hold_the_same_files() {
    assert_eq!(of_deb(), of_rpm());
}

#[test]
fn every_file_of_a_package_is_there_or_generated() {
    let assets = of_deb();
    for (source, ..) in &assets {
        assert!(source.starts_with("target/") || root().join(source).is_file(), "{source}");
    }
    let scripts = metadata("generate-rpm");
    for script in ["post_install_script", "pre_uninstall_script", "post_uninstall_script"] {
        assert!(root().join(scripts[script].as_str().unwrap()).is_file(), "{script}");
    }
    let settings = assets.iter().filter(|(.., is_setting)| *is_setting);
    assert_eq!(settings.count(), 3, "settings, watches, log rotation");
}

#[test]
fn every_unit_file_is_in_the_packages() {
    let shipped: BTreeSet<String> = of_deb().into_iter().map(|(source, ..)| source).collect();
    for entry in std::fs::read_dir(root().join("systemd")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name == "check" || shipped.contains(&format!("systemd/{name}")), "{name}");
    }
}
