//! The mistakes of a sink that mails; each depends on whether this program knows mail.

use feedwatch::config::Config;

use super::{Folder, service};

const WHOLE: &str =
    "mail = \"desk@example.org\"\nfrom = \"feedwatch@example.org\"\nserver = \"smtps://mail.example.org\"\n";

/// What is said of a sink with these lines.
fn said(lines: &str) -> String {
    let folder = Folder::with(&[("feedwatch.toml", &format!("[sink.post]\n{lines}")), ("watches.toml", "")]);
    match Config::load(&folder.path("feedwatch.toml"), &service()) {
        Ok(_) => String::new(),
        Err(mistakes) => mistakes.render(false),
    }
}

#[test]
fn mail_needs_a_program_that_knows_it() {
    let said = said(WHOLE);
    match cfg!(feature = "mail") {
        true => assert_eq!(said, ""),
        false => assert!(said.contains("built without mail") && said.contains("--features mail"), "{said}"),
    }
}

#[cfg(feature = "mail")]
#[test]
fn mail_with_a_mistake_says_what_to_type() {
    let without = |key: &str| WHOLE.lines().filter(|line| !line.starts_with(key)).collect::<Vec<_>>().join("\n");
    for (lines, wanted) in [
        (without("from"), "write from = \"feedwatch@example.org\""),
        (without("server"), "write server = \"smtps://mail.example.org\", or smtp://localhost"),
        (WHOLE.replace("desk@", "desk.at."), "there is no @ between user and host"),
        (WHOLE.replace("smtps://mail", "https://mail"), "it does not begin with smtp:// or smtps:// and a host"),
        (WHOLE.replace("smtps://mail", "smtps://me:sesame@mail"), "it holds a user or a password"),
        (format!("{WHOLE}user = \"me\"\n"), "write both user and secret_file, or neither"),
    ] {
        let said = said(&lines);
        assert!(said.contains(wanted) && said.contains("feedwatch.toml:"), "{wanted:?} is not in\n{said}");
    }
}

#[test]
fn keys_of_mail_in_another_sink_are_strays() {
    let said = said("webhook = \"https://hooks.example.org/\"\nserver = \"smtps://mail.example.org\"\n");
    assert!(said.contains("`server` belongs to a sink with mail"), "{said}");
}
