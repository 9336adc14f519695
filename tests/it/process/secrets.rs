//! A planted secret is in no output: whatever is asked, and whatever fails.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use super::exits::check;
use super::program::{Home, signal, stop, until};
use crate::server::{Server, ok, status};

/// Stands in every secret of this test, and nowhere else.
const PLANTED: &str = "PLANTED";

/// A feed whose links are relative, so that they are read against its address, and that calls itself nothing.
fn untitled() -> &'static str {
    "<rss version=\"2.0\"><channel><title></title><item><guid isPermaLink=\"false\">1</guid>\
     <title>Mediation begins</title><link>/talks/1</link></item></channel></rss>"
}

/// A page of the local endpoint.
fn get(home: &Home, page: &str) -> String {
    let mut endpoint = UnixStream::connect(home.path("http.sock")).unwrap();
    write!(endpoint, "GET {page} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    endpoint.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn no_output_shows_a_secret_with_polls_and_sinks_that_fail_too() {
    let server = Server::start();
    server.on("/feed", ok(untitled()));
    server.on("/page", ok("<html><head><title>x</title></head></html>").with("Content-Type", "text/html"));
    server.on("/hook/PLANTED-path", status(500));
    server.on("/moved", crate::server::moved(302, "/feed"));
    let home = Home::new(&[]);
    let host = server.url("").trim_start_matches("http://").trim_end_matches('/').to_owned();
    let with = |path: &str| format!("http://reader:PLANTED-password@{host}{path}");
    let files = [
        ("key", "PLANTED-key".to_owned()),
        ("hook-url", format!("http://{host}/hook/PLANTED-path?token=PLANTED-token")),
        ("feed-url", with("/moved")),
    ];
    for (name, text) in &files {
        home.write(name, text);
        std::fs::set_permissions(home.path(name), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    let feeds: String = [
        with("/feed"),
        with("/page"),
        with("/missing"),
        with("/feed?key=PLANTED-parameter"),
        "http://reader:PLANTED-password@127.0.0.1:1/closed".to_owned(),
        "credential:./feed-url".to_owned(),
    ]
    .iter()
    .map(|url| format!("[[feed]]\nurl = \"{url}\"\nevery = \"1s\"\n"))
    .collect();
    let settings = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    let sinks = "[sink.desk]\nwebhook = \"credential:./hook-url\"\nsecret_file = \"key\"\n\
                 [sink.closed]\nwebhook = \"http://127.0.0.1:1/PLANTED-path\"\nsecret_file = \"credential:./key\"\n";
    let settings =
        settings.replace("[poll]", "level = \"trace\"\n[http]\nlisten = \"unix:http.sock\"\n[poll]") + &feeds + sinks;
    home.write("feedwatch.toml", &settings);

    let daemon = home.start(&["run"]);
    until("the alert is told", || !home.alerts().is_empty());
    until("the hook was tried", || server.asked().iter().any(|asked| asked.path.starts_with("/hook/")));
    home.write("feedwatch.toml", &settings.replace("/missing", "/other").replace("reader:PLANTED", "editor:PLANTED"));
    signal(&daemon, rustix::process::Signal::HUP);
    until("it is reloaded", || home.log().contains("configuration reloaded"));
    home.write("feedwatch.toml", &settings.replace("every = \"1s\"", "evry = \"1s\""));
    signal(&daemon, rustix::process::Signal::HUP);
    until("it is refused", || home.log().contains("stays in force"));
    let arguments = std::fs::read(format!("/proc/{}/cmdline", daemon.id())).unwrap();
    let mut said = vec![("arguments".to_owned(), String::from_utf8_lossy(&arguments).into_owned())];

    for page in ["/metrics", "/healthz", "/alerts.atom"] {
        let answer = get(&home, page);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        said.push((page.to_owned(), answer));
    }
    let id = home.alerts()[0].id.clone();
    let commands: &[&[&str]] = &[
        &["check"],
        &["feeds"],
        &["feeds", "--broken"],
        &["articles"],
        &["alerts"],
        &["alerts", "--held"],
        &["alerts", "--operations"],
        &["alerts", "show", &id],
        &["alerts", "stats"],
        &["sinks"],
        &["sinks", "--test", "desk"],
        &["sinks", "--test", "closed"],
        &["status"],
        &["silences"],
        &["silence", "--feed", "feed", "--for", "1h", "--why", "x"],
        &["backup", "made.db"],
        &["export", "-"],
        &["import", "nothing.opml"],
        &["explain", "mediation"],
        &["backtest", "--same"],
        &["backtest", "mediation", "--query", "x"],
    ];
    // The refused file is still there.
    let refused: [&[&str]; 2] = [&["check"], &["check", "--json"]];
    let mut ask = |arguments: &[&str]| {
        let output = home.run(arguments);
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        said.push((arguments.join(" "), text));
    };
    refused.iter().for_each(|arguments| ask(arguments));
    home.write("feedwatch.toml", &settings);
    for command in commands {
        ask(command);
        ask(&[*command, &["--json"]].concat());
    }
    assert_eq!(stop(daemon), Some(0));
    home.write("feedwatch.toml", &settings.replace("level = \"trace\"", "level = \"trace\"\nformat = \"json\""));
    said.push(("once".to_owned(), format!("{:?}", home.run(&["once", "--all"]))));
    said.push(("log".to_owned(), home.log()));
    said.push(("alerts.jsonl".to_owned(), std::fs::read_to_string(home.path("state/alerts.jsonl")).unwrap()));
    let spoken = said.iter().map(|(_, text)| text.len()).sum::<usize>();
    assert!(spoken > 20_000, "{spoken} bytes were looked through");
    let leaks: Vec<String> = said
        .iter()
        .filter_map(|(what, text)| {
            text.lines().find(|line| line.contains(PLANTED)).map(|line| format!("{what}: {line}"))
        })
        .collect();
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    // They were used, not lost.
    let basic = server.asked().iter().any(|asked| asked.path == "/moved" && asked.field("authorization").is_some());
    assert!(basic, "the feed of the credential is asked with its password");
}

#[test]
fn a_secret_that_others_may_read_is_refused_and_a_reading_command_needs_none() {
    let home = Home::new(&[]);
    check(&home.run(&["once"]), 0, &[]);
    let settings = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    let hook = |settings: &str, url: &str| format!("{settings}[sink.desk]\nwebhook = \"{url}\"\n");
    home.write("url", "https://hooks.example.org/PLANTED");
    home.write("feedwatch.toml", &hook(&settings, "credential:./url"));
    check(&home.run(&["check"]), 1, &["everybody on this machine may use", "chmod 600"]);
    home.write("feedwatch.toml", &hook(&settings, "credential:desk"));
    check(&home.run(&["check"]), 1, &["$CREDENTIALS_DIRECTORY is not set", "LoadCredential=desk:"]);
    check(&home.run(&["once"]), 78, &["$CREDENTIALS_DIRECTORY is not set"]);
    check(&home.run(&["alerts"]), 0, &[]);

    std::fs::create_dir(home.path("credentials")).unwrap();
    home.write("credentials/desk", "https//hooks.example.org/PLANTED");
    std::fs::set_permissions(home.path("credentials/desk"), std::os::unix::fs::PermissionsExt::from_mode(0o400))
        .unwrap();
    let with = || home.command(&["check"]).env("CREDENTIALS_DIRECTORY", home.path("credentials")).output().unwrap();
    let refused = with();
    check(&refused, 1, &["what the credential holds is none"]);
    assert!(!String::from_utf8_lossy(&refused.stdout).contains(PLANTED));
    std::fs::remove_file(home.path("credentials/desk")).unwrap();
    home.write("credentials/desk", "https://hooks.example.org/PLANTED\n");
    std::fs::set_permissions(home.path("credentials/desk"), std::os::unix::fs::PermissionsExt::from_mode(0o400))
        .unwrap();
    check(&with(), 0, &[]);
}
