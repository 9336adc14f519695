//! How the process speaks. Logging is set up once a process, so each case runs in one of its own.

use std::process::Command;

use feedwatch::config::LogFormat;
use feedwatch::logging;
use tracing::Level;

use super::alert;

const CHILD: &str = "FEEDWATCH_TEST_LOG_FORMAT";

/// Runs `speak` in a process that logs in that format, and returns its standard error.
fn heard(format: &str, environment: &[(&str, &str)]) -> String {
    let this = std::env::current_exe().unwrap();
    let child = Command::new(this)
        .args(["alert::logging::speaks_when_asked", "--exact", "--nocapture"])
        .env(CHILD, format)
        .env_remove("JOURNAL_STREAM")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    assert!(child.status.success());
    String::from_utf8(child.stderr).unwrap()
}

/// Does nothing, unless `heard` started it.
#[test]
fn speaks_when_asked() {
    let format = match std::env::var(CHILD).as_deref() {
        Ok("auto") => LogFormat::Auto,
        Ok("text") => LogFormat::Text,
        Ok("json") => LogFormat::Json,
        _ => return,
    };
    let logging = logging::init(Level::WARN, format);
    tracing::info!(target: "feedwatch::daemon", "before: too quiet to be shown");
    tracing::warn!(feed = "x\u{1b}[2J", "before: shown");
    logging.set_level(Level::DEBUG);
    tracing::debug!(target: "feedwatch::daemon", "after: shown");
    tracing::debug!(target: "h2::codec", "after: a library chatters");
    tracing::warn!(target: "h2::codec", "after: a library warns");
    logging.set_level(Level::ERROR);
    tracing::info!(target: logging::CONFIG_RELOADED, "whatever the level");
    logging.announce(&alert());
}

#[test]
fn text_shows_what_the_level_asks_for_and_alerts_always() {
    for format in ["text", "auto"] {
        let text = heard(format, &[]);
        let lines: Vec<&str> = text.lines().collect();
        let wanted = [
            r"  WARN before: shown feed=",
            " DEBUG after: shown",
            "  WARN after: a library warns",
            "  INFO whatever the level",
            "2024-11-09 14:05Z  office closure  Emirate to close the office of the movement",
            "    01234567  The Wire — Emirate to [[close]] the [[office]] of the movement",
        ];
        assert_eq!(lines.len(), wanted.len(), "{text}");
        for (line, wanted) in lines.iter().zip(wanted) {
            assert!(line.contains(wanted), "{wanted:?} is not in {line:?}");
        }
        assert!(!text.contains('\u{1b}'), "no colour in a pipe, and no escape of a stranger: {text:?}");
    }
}

#[test]
fn colour_can_be_forced_and_forbidden() {
    assert!(heard("auto", &[("CLICOLOR_FORCE", "1")]).contains("\u{1b}[33mclose\u{1b}[0m"));
    assert!(!heard("auto", &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains("\u{1b}["));
}

#[test]
fn json_gives_the_alert_as_fields() {
    let text = heard("json", &[]);
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let alert = lines.last().unwrap();
    for (field, wanted) in [
        ("target", logging::ALERT),
        ("message", "office closure: Emirate to close the office of the movement (example.org)"),
        ("watch", "office closure"),
        ("url", "https://example.org/7"),
        ("alert_id", "0123456789abcdef0123456789abcdef"),
    ] {
        assert_eq!(alert[field], wanted, "{field}");
    }
}

#[test]
fn a_journal_that_is_not_behind_standard_error_is_not_used() {
    assert!(heard("auto", &[("JOURNAL_STREAM", "8:12345")]).contains("office closure"));
}

#[test]
fn message_ids_are_whole_and_each_has_its_own() {
    let mut ids: Vec<&str> = logging::MESSAGE_IDS.iter().map(|(_, id)| *id).collect();
    assert!(ids.iter().all(|id| id.len() == 32 && id.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), logging::MESSAGE_IDS.len());
}
