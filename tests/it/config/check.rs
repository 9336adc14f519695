//! `feedwatch check` as a person and as a program see it.

use feedwatch::cli::check::{Check, View};
use serde_json::{Value, json};

use super::{Folder, service};

const GOOD: &str = "[[feed]]\nurl = \"https://example.org/feed\"\n";
const BAD: &str = "[poll]\nevery = \"soon\"\n";

fn check(folder: &Folder, json: bool) -> (u8, String) {
    let mut out = Vec::new();
    let args = Check { file: Some(folder.path("feedwatch.toml")) };
    let code = args.run(None, &service(), View { json, color: false }, &mut out).unwrap();
    let prefix = folder.path("").display().to_string();
    (code, String::from_utf8(out).unwrap().replace(&prefix, ""))
}

#[test]
fn a_good_configuration_is_summed_up() {
    let folder = Folder::with(&[("feedwatch.toml", GOOD), ("watches.toml", "[lists]\nposts = 'office'\n")]);
    let (code, shown) = check(&folder, false);
    assert_eq!(code, 0, "{shown}");
    let expected = "warning: there are no watches: nothing will be flagged\n\
                    --> feedwatch.toml\n \
                    = help: write [[watch]] tables into watches.toml beside this file\n\n\
                    1 warning\n\
                    feedwatch.toml (--config)\n\
                    1 feed, 0 watches, no tests in the watches\n\
                    database /var/lib/feedwatch/feedwatch.db\n\
                    alerts to /var/log/feedwatch/alerts.jsonl\n";
    assert_eq!(shown, expected);
}

#[test]
fn sinks_are_listed_with_what_goes_there() {
    let sinks = "[sink.desk]\nwebhook = \"https://hooks.example.org/secret/path\"\n[sink.ops]\ncommand = [\"logger\", \"-t\"]\n\
                 takes = \"operations\"\n[sink.idle]\nalertmanager = \"https://am.example.org/x\"\n[sink.all]\n\
                 webhook = \"https://all.example.org/\"\ntakes = [\"alerts\", \"heartbeats\"]\ntiers = [1, 2]\n";
    let watches = "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\nalert = { to = [\"desk\", \"all\"] }\n\
                   [[watch]]\nname = \"strike\"\nfind = \"strike\"\nalert = { to = [\"all\"] }\n";
    let folder = Folder::with(&[("feedwatch.toml", &format!("{sinks}{GOOD}")), ("watches.toml", watches)]);
    let (code, shown) = check(&folder, false);
    assert_eq!(code, 0, "{shown}");
    let expected = "alerts to /var/log/feedwatch/alerts.jsonl\n\
                    sink all: webhook https://all.example.org; receives alerts, heartbeats; alerts of all watches; only feeds of tier 1, 2\n\
                    sink desk: webhook https://hooks.example.org; receives alerts, operations; alerts of mediation\n\
                    sink idle: alertmanager https://am.example.org; receives alerts, operations; no watch sends it alerts\n\
                    sink ops: command logger -t; receives operations\n";
    assert!(shown.ends_with(expected), "{shown}");
    let shown: Value = serde_json::from_str(&check(&folder, true).1).unwrap();
    assert_eq!(shown["sinks"][1]["watches"], json!(["mediation"]));
}

#[test]
fn a_bad_one_gives_carets_and_exit_code_1() {
    let (code, shown) = check(&Folder::with(&[("feedwatch.toml", BAD)]), false);
    assert_eq!(code, 1);
    assert!(shown.starts_with("error: `every` must be a duration\n --> feedwatch.toml:2:9\n"), "{shown}");
    assert!(shown.ends_with("1 error\n"), "{shown}");
}

#[test]
fn a_file_that_is_not_there_is_said_to_be_missing() {
    let (code, shown) = check(&Folder::with(&[]), false);
    assert_eq!(code, 1);
    assert!(shown.starts_with("error: cannot read feedwatch.toml: No such file or directory"), "{shown}");
}

#[test]
fn a_program_gets_the_same_as_json() {
    let (code, shown) = check(&Folder::with(&[("feedwatch.toml", BAD)]), true);
    let expected = json!({
        "ok": false,
        "diagnostics": [{
            "severity": "error",
            "file": "feedwatch.toml",
            "line": 2,
            "column": 9,
            "message": "`every` must be a duration",
            "label": "this is not a duration",
            "help": "write a number and a unit, such as \"500ms\", \"90s\", \"15m\", \"1h30m\" or \"7d\"",
            "related": null,
        }],
    });
    assert_eq!((code, serde_json::from_str::<Value>(&shown).unwrap()), (1, expected));

    let folder = Folder::with(&[("feedwatch.toml", GOOD), ("watches.toml", "")]);
    let (code, shown) = check(&folder, true);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((code, &shown["ok"], &shown["feeds"]), (0, &json!(true), &json!(1)));
}

#[test]
fn a_watch_that_fails_its_own_tests_is_shown_where_it_is_written() {
    let watches = r#"
[[watch]]
name = "closure"
find = "office closure"
should_find = ["They will close the office.", "no such thing"]
should_pass_over = ["The \u201cbox office\u201d closed up", "fine"]
"#;
    let folder = Folder::with(&[("feedwatch.toml", GOOD), ("watches.toml", watches)]);
    let (code, shown) = check(&folder, false);
    assert_eq!(code, 1, "{shown}");
    let missed = "error: watch \"closure\": this should be found and is not\n --> watches.toml:5:48\n";
    let found = "error: watch \"closure\": this should be passed over, but";
    assert!(shown.starts_with(missed) && shown.contains(found), "{shown}");
    assert!(
        shown.contains("\n2 errors, 2 notes\n") && shown.contains("1 feed, 1 watch, 2 of 4 tests passed\n"),
        "{shown}"
    );
}
