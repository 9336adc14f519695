//! No command lets a name, an address, a path, an argument or a server's answer steer the terminal, in whatever form it shows it.

use serde_json::Value;

use super::program::Home;
use crate::server::{Server, ok, status};

/// Sets a title, hides text, clears the screen, turns the direction, goes back and over what stands there.
const EVIL: &str = "\u{1b}]0;t\u{7}\u{1b}[8m\u{9b}2J\u{202e}\u{2066}x\u{2069}\u{8}\u{7f}";

/// A text as TOML, every sign in it as an escape.
fn in_toml(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_string() } else { format!("\\u{:04x}", c as u32) })
        .collect()
}

/// The same in a document.
fn in_xml() -> String {
    EVIL.chars().map(|c| format!("&#{};", c as u32)).collect()
}

/// What is no feed.
fn page() -> String {
    format!("<title>{EVIL}</title>{EVIL}")
}

/// A house in which all that can have a name has this one, and whose feeds answer with it.
fn house() -> (Home, Server) {
    let server = Server::start();
    let home = Home::new(&[]);
    let (toml, xml) = (in_toml(EVIL), in_xml());
    // A query refuses brackets and semicolons that mean nothing there.
    let phrase = in_toml(&EVIL.replace([']', '[', ';'], " "));
    let feeds = ["/good", "/gone", "/moved", "/page", "/coded", "/busy"].map(|path| {
        let name = path.trim_start_matches('/');
        format!("[[feed]]\nurl = \"{}\"\nname = \"{name} {toml}\"\ntags = [\"{toml}\"]\n", server.url(path))
    });
    let settings = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    let sink = format!(
        "[sink.desk]\ncommand = [\"sh\", \"-c\", \"printf '\\\\033[8m\\\\342\\\\200\\\\256' >&2; exit 65; {toml}\"]\n"
    );
    home.write("feedwatch.toml", &format!("{settings}{sink}{}", feeds.concat()));
    home.write(
        "watches.toml",
        &format!(
            "[[watch]]\nname = \"w {toml}\"\nfind = \"mediation OR the\"\nignore = [\"\\\"box {phrase}office\\\"\"]\n"
        ),
    );
    let item = format!(
        "<item><guid>1</guid><title>Mediation {xml}</title><link>https://a.example/{xml}</link><author>{xml}</author>\
         <category>{xml}</category><description>Mediation {xml}{EVIL}</description></item>"
    );
    server.on("/good", ok(format!("<rss version=\"2.0\"><channel><title>{xml}</title>{item}</channel></rss>")));
    server.on("/gone", status(404).with("content-type", EVIL));
    server.on("/moved", status(302).with("location", format!("ftp://a/{EVIL}")));
    server.on("/page", ok(page()).with("content-type", EVIL));
    server.on("/coded", ok(page()).with("content-encoding", "\u{9b}8m"));
    server.on("/busy", status(503).with("retry-after", EVIL));
    home.write(
        "evil.opml",
        &format!("<opml version=\"2.0\"><body><outline text=\"{xml}\" xmlUrl=\"nothing:{xml}\"/></body></opml>"),
    );
    home.write("query", &format!("office{EVIL} w/5 (closure"));
    home.write("bad.toml", &format!("[poll]\nevery = \"{toml}\"\n\"{toml}\" = 1\n[[feed]]\nurl = \"{toml}\"\n"));
    (home, server)
}

/// What of an output would steer.
fn steers(text: &str) -> Option<char> {
    let is_bidi = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t') || is_bidi(*c))
}

/// A text without the colours that feedwatch itself uses.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut bare = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('m') {
            Some((code, rest))
                if code.split(';').all(|n| {
                    matches!(n, "" | "0" | "1" | "2" | "3" | "4") || matches!(n.as_bytes(), [b'3' | b'9', b'1'..=b'7'])
                }) =>
            {
                bare += rest
            }
            _ => bare += &format!("\u{1b}[{part}"),
        }
    }
    bare
}

#[test]
fn no_command_lets_a_text_steer_the_terminal() {
    let (home, server) = house();
    let once = home.run(&["once"]);
    assert!(home.path("state/alerts.jsonl").exists(), "{once:?}");
    let watch = format!("w {EVIL}");
    let id = home.alerts().remove(0).id;
    let (page, good) = (server.url("/page"), server.url("/good"));
    let commands: &[&[&str]] = &[
        &["check"],
        &["check", "bad.toml"],
        &["check", EVIL],
        &["status"],
        &["status", "--config", EVIL],
        &["once", "--all"],
        &["once", "--config", "bad.toml"],
        &["explain", &watch],
        &["explain", EVIL],
        &["backtest", "--same"],
        &["backtest", &watch, "--query", "mediation -the"],
        &["backtest", &watch, "--query", "nothing"],
        &["backtest", "--query", "the", "--all"],
        &["backtest", "--query", EVIL],
        &["backtest", "--against", "bad.toml"],
        &["backtest", "--against", EVIL],
        &["backtest", EVIL],
        &["test", &watch, &format!("mediation {EVIL}")],
        &["test", EVIL, "mediation"],
        &["why", &id, &watch],
        &["why", EVIL, &watch],
        &["alerts"],
        &["alerts", "--held"],
        &["alerts", "--watch", EVIL],
        &["alerts", "--since", EVIL],
        &["alerts", "--format", "csv"],
        &["alerts", "--format", "ecs"],
        &["alerts", "show", &id],
        &["alerts", "show", EVIL],
        &["story", &id],
        &["story", &id, "--json"],
        &["story", EVIL],
        &["alerts", "stats"],
        &["ack", &id, "--verdict", "noise", "--note", EVIL],
        &["ack", EVIL],
        &["silence", &watch, "--for", "2h", "--why", EVIL],
        &["silence", EVIL, "--for", "2h", "--why", "x"],
        &["silence", "--feed", EVIL, "--for", "2h", "--why", "x"],
        &["silence", "--feed", &good, "--for", "2h", "--why", EVIL],
        &["silence", "--story", EVIL, "--for", "2h", "--why", "x"],
        &["silences"],
        &["silences", "--all"],
        &["sinks"],
        &["sinks", "--test", "desk"],
        &["sinks", "--test", EVIL],
        &["sinks", "--retry", EVIL],
        &["feeds"],
        &["feeds", "--broken"],
        &["feeds", "--body", EVIL],
        &["articles"],
        &["articles", "--feed", EVIL],
        &["discover", &page],
        &["discover", &good],
        &["discover", EVIL],
        &["parse", EVIL],
        &["parse", "query"],
        &["import", "evil.opml", "--dry-run"],
        &["import", EVIL],
        &["lists", EVIL],
        &["forms", EVIL],
        &["forms", "close", "--lang", EVIL],
        &["lists", "office", "--lang", EVIL],
        &["import-query", "query"],
        &["import-query", EVIL],
        &["export", "evil.opml"],
        &["backup", EVIL],
        &["backup", "/proc/none/x"],
        &["restore", EVIL],
        &[EVIL],
        &["alerts", EVIL],
        &["alerts", "--color", EVIL],
        &["--help"],
    ];
    for command in commands {
        for form in [&[][..], &["--color", "always"], &["--json"]] {
            if form.len() == 2 && command.contains(&"--color") {
                continue;
            }
            let output = home.command(&[command, form].concat()).env_remove("NO_COLOR").output().unwrap();
            let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
            for (stream, text) in [("output", &out), ("messages", &err)] {
                let bare = if form.len() == 2 { without_colours(text) } else { text.clone() };
                assert_eq!(steers(&bare), None, "the {stream} of {command:?} {form:?}: {text:?}");
            }
            if form == ["--json"] && out.starts_with('{') {
                let read = out.lines().try_for_each(|line| serde_json::from_str::<Value>(line).map(drop));
                assert!(read.is_ok(), "{command:?}: {read:?} in {out}");
            }
        }
    }
}

#[test]
fn no_log_lets_a_text_steer_the_terminal() {
    for format in ["text", "json"] {
        let (home, _server) = house();
        let settings = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
        home.write(
            "feedwatch.toml",
            &settings.replace("[log]\n", &format!("[log]\nformat = \"{format}\"\nlevel = \"debug\"\n")),
        );
        let output = home.run(&["once"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("poll failed"), "{said}");
        assert_eq!(steers(&said), None, "{said:?}");
        for line in said.lines().filter(|_| format == "json") {
            serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        }
    }
}

#[test]
fn what_another_program_reads_is_left_as_it_is() {
    let (home, server) = house();
    home.run(&["once"]);
    let body = home.run(&["feeds", "--body", &server.url("/page")]).stdout;
    assert_eq!(String::from_utf8(body).unwrap(), page());
    let exported = home.run(&["export", "-"]).stdout;
    assert!(String::from_utf8(exported).unwrap().contains("\u{202e}"));
}

#[test]
fn no_command_writes_past_the_guard() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for past in ["eprintln!", " println!", "stderr().lock", "writeln!(std::io::stderr", "writeln!(io::stderr"] {
            assert!(
                !text.contains(past),
                "{}: {past}; write to the `out` that is given, or with `say!`",
                path.display()
            );
        }
    }
}
