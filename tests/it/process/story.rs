//! A story on the terminal: how it grew, `alerts show` and `story`, with what each piece brought.

use std::process::Output;

use serde_json::Value;

use super::program::Home;
use crate::server::{Server, ok};

/// Who tells it: the feed, its language, the headline, the text.
const PIECES: [(&str, &str, &str, &str); 6] = [
    (
        "post",
        "en",
        "Bomb kills shoppers at Osorno market",
        "OSORNO (Reuters) - A bomb killed 12 people at a market in Osorno.",
    ),
    (
        "wire",
        "en",
        "Bomb kills shoppers at Osorno market",
        "OSORNO (Reuters) - A bomb killed 12 people at a market in Osorno.",
    ),
    (
        "news",
        "en",
        "Bomb kills shoppers at Osorno market",
        "OSORNO (Reuters) - A bomb killed at least 15 people at a market in Osorno.",
    ),
    (
        "jour",
        "fr",
        "Explosion sur un marché d'Osorno : 15 morts",
        "Une bombe a tué 15 personnes sur un marché d'Osorno, selon la police.",
    ),
    (
        "harp",
        "en",
        "Osorno market bomb: police arrest two over blast that killed 15",
        "Police in Osorno arrested two over the bomb that killed 15 people at a market.",
    ),
    (
        "seal",
        "en",
        "Bomb kills shoppers at Osorno market",
        "A bomb killed 15 people at a market in Osorno, the mayor\u{202e} \u{1b}[31msaid, and Alba Roja claimed it.",
    ),
];

fn rss(name: &str, lang: &str, items: &[(&str, &str)]) -> String {
    let items: String = items
        .iter()
        .enumerate()
        .map(|(n, (title, text))| {
            format!(
                "<item><guid>{name}-{title}</guid><title>{title}</title><link>https://{name}.example/{n}</link>\
                 <description>{text}</description></item>"
            )
        })
        .collect();
    format!(
        "<rss version=\"2.0\"><channel><title>The {name}</title><language>{lang}</language>\
         <link>https://{name}.example/</link>{items}</channel></rss>"
    )
}

/// A house to which one feed after the other tells the story.
fn read() -> (Home, Server) {
    let server = Server::start();
    let urls: Vec<String> = PIECES.iter().map(|(name, ..)| server.url(&format!("/{name}"))).collect();
    let home = Home::new(&urls);
    home.write(
        "watches.toml",
        "[[watch]]\nname = \"bombs\"\nfind = \"(bomb OR bombe OR explosion OR blast) AND (market OR marché)\"\n",
    );
    for told in 0..=PIECES.len() {
        for (n, (name, lang, title, text)) in PIECES.iter().enumerate() {
            let before = [("Weather stays fair", "Nothing else happened.")];
            let now = [before[0], (*title, *text)];
            server.on(&format!("/{name}"), ok(rss(name, lang, if n < told { &now } else { &before })));
        }
        assert!(home.run(&["once", "--all"]).status.success(), "{}", home.log());
    }
    (home, server)
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn timeline(text: &str) -> Vec<&str> {
    text.split_once("\nwhat was new:\n").map_or(Vec::new(), |(_, lines)| {
        lines.lines().filter(|line| !line.starts_with(' ')).map(|line| &line["2026-11-24 12:00Z  ".len()..]).collect()
    })
}

#[test]
fn a_story_reads_as_what_each_piece_brought() {
    let (home, _server) = read();
    let alerts = home.alerts();
    let grown = alerts.iter().find(|alert| alert.message.contains("story grew to 5 feeds")).unwrap();
    assert!(grown.message.ends_with("; new deed arrest)"), "{}", grown.message);
    let first = &alerts[0];
    let story = said(&home.run(&["story", &first.id[..6]]));
    let wanted = [
        "The post: \"Bomb kills shoppers at Osorno market\"",
        "The news, new number 15: \"OSORNO (Reuters) - A bomb killed at least 15 people at a market in Osorno.\"",
        "The jour, the first report of its own: \"Explosion sur un marché d'Osorno : 15 morts\"",
        "The harp, new deed arrest: \"Osorno market bomb: police arrest two over blast that killed 15\"",
        "The seal, new name Alba Roja: \"A bomb killed 15 people at a market in Osorno, the mayor\\u{202e} [31msaid, and \
         Alba Roja claimed it.\"",
    ];
    assert_eq!(timeline(&story), wanted, "{story}");
    let head: Vec<&str> = story.lines().take(3).collect();
    assert_eq!(head[0], "Bomb kills shoppers at Osorno market");
    for line in [
        "\n6 pieces:\n",
        "who has it 6 feeds, 6 publishers, ",
        "  told in a line  The jour — ",
        "    https://jour.example/1\n",
    ] {
        assert!(story.contains(line), "{line:?} {story}");
    }
    assert_eq!(timeline(&said(&home.run(&["alerts", "show", &first.id]))), wanted);
    // By the story's own id, and by any record of it.
    for id in [&first.story.id, &grown.id, &first.story.id[..8].to_owned()] {
        let again = said(&home.run(&["story", id]));
        assert_eq!((again.lines().next(), timeline(&again)), (Some(head[0]), wanted.to_vec()));
    }
    let all: Value = serde_json::from_str(&said(&home.run(&["story", &first.id, "--json"]))).unwrap();
    assert_eq!((all["pieces"].as_array().unwrap().len(), all["story"]["feeds"].as_u64()), (6, Some(6)));
    let kinds: Vec<&str> =
        all["timeline"].as_array().unwrap().iter().map(|news| news["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["story", "number", "own-report", "deed", "name"]);
    assert_eq!(all["timeline"][1]["url"], "https://news.example/1");
    let shown: Value = serde_json::from_str(&said(&home.run(&["alerts", "show", &first.id, "--json"]))).unwrap();
    assert_eq!(shown["timeline"], all["timeline"]);
    let csv = said(&home.run(&["alerts", "--format", "csv"]));
    assert!(
        csv.lines().next().unwrap().ends_with(",story_new") && csv.contains("new deed arrest: The harp, "),
        "{csv}"
    );
    for form in ["ecs", "otel", "cloudevents"] {
        assert!(said(&home.run(&["alerts", "--format", form])).contains("arrest two over blast"), "{form}");
    }
}

#[test]
fn what_is_no_id_of_a_story_is_told_so() {
    let (home, _server) = read();
    for (id, why) in [("1f0", "too short"), ("ffffffff", "no alert has an id that begins with")] {
        let failed = home.run(&["story", id]);
        let error = String::from_utf8_lossy(&failed.stderr).into_owned();
        assert!(!failed.status.success() && error.contains(why), "{error}");
    }
}
