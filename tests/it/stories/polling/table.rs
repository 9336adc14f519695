//! docs/polling.md names every rule of polling, and for each one tests that there are.

use std::collections::BTreeSet;
use std::path::Path;

/// Rules that feedwatch does not follow. The page says why.
const LEFT_OUT: [&str; 3] = ["R10", "R21", "R44"];

#[test]
fn every_rule_of_polling_names_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = Vec::new();
    collect(&root.join("tests/it"), "", &mut tests);
    collect(&root.join("src"), "", &mut tests);
    let page = std::fs::read_to_string(root.join("docs/polling.md")).unwrap();
    let mut rules = BTreeSet::new();
    for paragraph in page.split("\n\n") {
        let Some((rule, says)) = paragraph.strip_prefix("**").and_then(|rest| rest.split_once("** ")) else { continue };
        if !rule.starts_with(['R', 'S']) || !rule[1..].starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        rules.extend(range(rule));
        if LEFT_OUT.contains(&rule) {
            assert!(says.starts_with("Not followed: "), "{rule} does not say why it is not followed");
            continue;
        }
        let (_, held_by) = says.split_once("Held by").unwrap_or_else(|| panic!("{rule} names no test"));
        let names: Vec<&str> = held_by.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "{rule} names no test");
        for name in names {
            let is_it = |test: &String| format!("::{test}").contains(&format!("::{name}"));
            assert!(tests.iter().any(is_it), "{rule}: no test is called {name}");
        }
    }
    let all = (1..=51).map(|n| format!("R{n}")).chain((1..=10).map(|n| format!("S{n}")));
    let missing: Vec<String> = all.filter(|rule| !rules.contains(rule)).collect();
    assert!(missing.is_empty(), "rules without a paragraph: {missing:?}");
}

/// `R45-R48` is four rules.
fn range(rule: &str) -> Vec<String> {
    let number = |rule: &str| rule[1..].parse::<u32>().unwrap();
    let (first, last) = rule.split_once('-').unwrap_or((rule, rule));
    (number(first)..=number(last)).map(|n| format!("{}{n}", &rule[..1])).collect()
}

/// The tests in a folder, each with the modules it stands in.
fn collect(folder: &Path, module: &str, tests: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let inner = if matches!(stem.as_str(), "mod" | "main" | "lib") {
            module.to_owned()
        } else {
            format!("{module}{stem}::")
        };
        if path.is_dir() {
            collect(&path, &inner, tests);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let (mut is_test, mut within) = (false, "");
        for line in text.lines().map(str::trim_start) {
            if line.starts_with("mod tests {") {
                within = "tests::";
            }
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            let name = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
            if let Some(name) = name.filter(|_| is_test) {
                tests.push(format!("{inner}{within}{}", name.split('(').next().unwrap_or_default()));
                is_test = false;
            }
        }
    }
}
