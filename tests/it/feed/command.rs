//! `feedwatch parse`: its lines are a contract.

use std::process::ExitCode;

use clap::Parser;
use feedwatch::cli::parse;

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    args: parse::Args,
    /// The global option of the real program.
    #[arg(long)]
    json: bool,
}

/// Runs the command on a file with that content: exit code, what it prints, what it says beside.
fn run(content: &str, flags: &[&str]) -> (ExitCode, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("feed");
    std::fs::write(&file, content).unwrap();
    let name = file.to_str().unwrap();
    let command = Command::parse_from([&["parse", name], flags].concat());
    let (mut out, mut messages) = (Vec::new(), Vec::new());
    let code = parse::run(&command.args, command.json, &mut out, &mut messages).unwrap();
    (code, String::from_utf8(out).unwrap(), String::from_utf8(messages).unwrap().replace(name, "FILE"))
}

const FEED: &str = "<rss><channel><title>T</title><item><title>A</title><link>/1</link><pubDate>1 Jan 2004</pubDate>\
    <description>&lt;p&gt;B&lt;/p&gt;</description></item><item/><item/></channel></rss>";

#[test]
fn prints_an_item_a_line() {
    let (code, out, messages) = run(FEED, &["--json", "--url", "http://a.example/feed"]);
    assert_eq!(code, ExitCode::SUCCESS);
    assert_eq!(messages, "FILE: items that only repeat another one: 1\n");
    let empty = "{\"id\":\"bbac14123271af025e0bd2eddea6ac6a\",\"link\":null,\"title\":\"\",\"published\":null,\"updated\":null,\"summary\":\"\",\"content\":\"\",\"enclosures\":[]}\n";
    let first = "{\"id\":\"https://a.example/1\",\"link\":\"http://a.example/1\",\"title\":\"A\",\"published\":\"2004-01-01T00:00:00Z\",\"updated\":null,\"summary\":\"B\",\"content\":\"\",\"enclosures\":[]}\n";
    assert_eq!(out, [first, empty, empty].concat());
}

#[test]
fn reads_with_the_content_type_given() {
    let (_, out, _) = run(
        "<rss><channel><item><title>caf\u{e9}</title></item></channel></rss>",
        &["--json", "--content-type", "text/xml; charset=koi8-r"],
    );
    assert!(out.contains("café"), "what is valid UTF-8 stays so: {out}");
}

#[test]
fn says_why_something_is_no_feed() {
    let (code, out, messages) =
        run("<html><link rel=alternate type=application/rss+xml href=/rss>", &["--url", "http://a.example/"]);
    assert_eq!((code, out.as_str()), (ExitCode::FAILURE, ""));
    assert_eq!(messages, "FILE: not a feed: it is a web page that offers http://a.example/rss\n");
}

#[test]
fn prints_for_people() {
    let (_, out, _) = run(FEED, &["--url", "http://a.example/feed"]);
    assert_eq!(
        out,
        "T: 2 articles, read as UTF-8\n\nA\n  2004-01-01T00:00:00Z  http://a.example/1\n  key https://a.example/1 (Link)\n  B\n\n\
         bbac14123271af025e0bd2eddea6ac6a\n  date unknown  (no link)\n  key bbac14123271af025e0bd2eddea6ac6a (Hash)\n"
    );
}

#[test]
fn shows_what_was_made_of_it() {
    let (_, out, _) = run("<rss><channel><item><title>A & B", &["--repaired"]);
    assert_eq!(
        out,
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><title type=\"html\"><![CDATA[A & B]]></title></entry></feed>\n"
    );
}
