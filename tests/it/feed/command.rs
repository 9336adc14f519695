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
    let folder = crate::fresh::folder();
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
    let empty = "{\"id\":\"bbac14123271af025e0bd2eddea6ac6a\",\"link\":null,\"title\":\"\",\"published\":null,\"updated\":null,\"summary\":\"\",\"content\":\"\",\"enclosures\":[],\"author\":null,\"categories\":[],\"language\":null}\n";
    let first = "{\"id\":\"https://a.example/1\",\"link\":\"http://a.example/1\",\"title\":\"A\",\"published\":\"2004-01-01T00:00:00Z\",\"updated\":null,\"summary\":\"B\",\"content\":\"\",\"enclosures\":[],\"author\":null,\"categories\":[],\"language\":null}\n";
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

/// Nothing of a stranger's steers a terminal, turns the reading direction or hides itself, whatever is printed.
#[test]
fn nothing_reaches_a_terminal_unescaped() {
    let strange = ["\u{1b}[2J", "\u{202e}", "\u{2066}", "\u{2069}", "\u{9b}31m", "\u{e0041}", "\u{7f}", "\u{7}"];
    for strange in strange {
        let feed = format!(
            "<rss><channel><title>T{strange}</title><language>l{strange}</language><item><title>A{strange}</title><guid>g{strange}</guid>\
             <link>/l{strange}</link><author>a{strange}</author><category>c{strange}</category><enclosure url='/e{strange}'/>\
             <description>d{strange}\n\n&lt;p>second</description></item></channel></rss>"
        );
        let page = format!("<html><link rel=alternate type=application/rss+xml href='http://a.example/{strange}'>");
        for (content, flags) in [(&feed, &["--json"][..]), (&feed, &[]), (&feed, &["--repaired"]), (&page, &[])] {
            let (_, out, messages) = run(content, flags);
            let (shown, steers) = (out + &messages, strange.chars().next().unwrap());
            assert!(!shown.is_empty() && !shown.contains(steers), "{flags:?}: {shown:?}");
            if flags == ["--json"] {
                let line: serde_json::Value = serde_json::from_str(shown.lines().next().unwrap()).unwrap();
                assert_eq!(line["summary"].as_str().unwrap().lines().count(), 2, "line breaks stay: {line}");
            }
        }
    }
}

#[test]
fn shows_author_categories_and_language() {
    let (_, out, _) = run(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='de'><entry><id>1</id><author><name>Ann</name></author>\
         <author><name>Bob</name></author><category term='x'/><category term='y'/></entry></feed>",
        &["--json"],
    );
    let line: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(line["author"], "Ann, Bob");
    assert_eq!(line["categories"], serde_json::json!(["x", "y"]));
    assert_eq!(line["language"], "de");
}

#[test]
fn shows_who_had_an_item_first() {
    let (_, out, _) = run(
        "<rss><channel><item><title>A</title><source url='https://a.example/'>The A\u{202e}</source></item></channel></rss>",
        &["--json"],
    );
    let line: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(line["source"], serde_json::json!({ "name": "The A\\u{202e}", "url": "https://a.example/" }));
}

#[test]
fn shows_what_was_made_of_it() {
    let (_, out, _) = run("<rss><channel><item><title>A & B", &["--repaired"]);
    assert_eq!(
        out,
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><title type=\"html\"><![CDATA[A & B]]></title></entry></feed>\n"
    );
}
