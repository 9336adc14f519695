//! What strangers write stays text, and within the limits, whatever it is.

use super::channels::{CHANNELS, Channel, Form, body};
use super::{alert, path, send, sink_of, with_server};
use crate::server::{Server, saying};

/// Headlines that no editor wrote.
fn headlines() -> Vec<String> {
    let written = [
        "<!channel> <!here> <@U123> <https://evil.example|your bank>",
        "@everyone @here @room <@&1> <#2>",
        "[click](javascript:alert(1)) ![x](https://evil.example/p.png)",
        "**bold** __under__ ~~gone~~ ||hidden|| *x* _y_ ~z~ > quote # head",
        "```\ncode\n``` `inline` \\` \\\\",
        "<script>alert(1)</script><img src=x onerror=y><a href=\"https://evil.example\">x</a> &lt;b&gt; &amp;",
        "\u{202e}desrever\u{202c} \u{2066}isolated\u{2069} \u{e0041}",
        "\u{0}\u{1b}[31m\u{7}\u{8}\r\n\t\u{85}\u{2028}controls",
        "[[not]] a [[mark ]] [[",
        "{{ template }} ${env} %s %n",
        "\"quotes\" 'and' \\ backslashes \u{ffff}",
        "https://evil.example/autolink www.evil.example",
    ];
    let long =
        ["a", "ä", "新", "\u{1f468}\u{200d}\u{1f469}", "<", "*", "&", "e\u{301}\u{301}\u{301}", "\u{202e}", "\\"];
    let long = long.into_iter().map(|piece| piece.repeat(10_000));
    written.into_iter().map(str::to_owned).chain(long).collect()
}

/// A text read by the rules of its form must give back a stranger's words and no markup but ours.
fn check_text(channel: &Channel, form: Form, text: &str, about: &str) {
    let context = || format!("{} of {about:.60}: {text:.400}", channel.name);
    let steers = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{e0000}'..='\u{e007f}')
    };
    assert!(!text.contains(steers), "something steers: {}", context());
    match form {
        Form::Value => {}
        Form::Mrkdwn => assert!(!text.contains(['<', '>']), "{}", context()),
        Form::Html => {
            for tag in text.split('<').skip(1) {
                let known = ["b>", "/b>", "br>", "/a>", "a href=\"https://news.example/"];
                assert!(known.iter().any(|known| tag.starts_with(known)), "<{tag:.40} in {}", context());
            }
            for entity in text.split('&').skip(1) {
                let known = ["amp;", "lt;", "gt;", "quot;"];
                assert!(known.iter().any(|known| entity.starts_with(known)), "&{entity:.40} in {}", context());
            }
        }
        Form::Markdown => check_markdown(text, &context()),
    }
}

/// Whatever of Markdown is not behind a backslash must be ours: stars in pairs, and links to the article.
fn check_markdown(text: &str, context: &str) {
    let mut bare = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            c => bare.push(c),
        }
    }
    let links = bare.matches("](").count();
    assert_eq!(bare.matches("](https://news.example/").count(), links, "{context}");
    assert_eq!((bare.matches('[').count(), bare.matches('(').count()), (links, links), "{context}");
    assert_eq!(bare.matches('*').count(), 2 * bare.matches("**").count(), "{context}");
    assert_eq!(bare.matches("**").count() % 2, 0, "{context}");
    let signs = ['`', '_', '~', '|', '>', '<', '#', '@', '!'];
    assert!(!bare.contains(signs), "{context}");
}

#[test]
fn a_stranger_writes_no_markup_mentions_nobody_and_breaks_no_limit() {
    for channel in CHANNELS {
        let server = Server::start();
        let (config, sink) = sink_of(&with_server(channel, &server));
        for headline in headlines() {
            let mut alert = alert();
            server.on(&path(channel, &alert), saying(channel.taken));
            alert.watch.name = headline.chars().take(300).collect();
            alert.article.title = headline.clone();
            alert.snippet = format!("{headline} [[{headline}]]");
            alert.feed.title = headline.clone();
            alert.story.wires = vec![headline.clone()];
            alert.change = Some(headline.clone());
            assert_eq!(send(&config, &sink, &alert), Ok(()), "{}: {headline:.60}", channel.name);
            let asked = server.last(&path(channel, &alert));
            assert!(asked.body.len() <= channel.body_max_bytes, "{}: {} bytes", channel.name, asked.body.len());
            let body = body(&asked);
            let texts = (channel.texts)(&body);
            let length: usize = texts.iter().map(|(_, text)| text.encode_utf16().count()).sum();
            assert!(length <= channel.text_max, "{}: {length} characters of {headline:.60}", channel.name);
            texts.iter().for_each(|(form, text)| check_text(channel, *form, text, &headline));
            assert!(body.to_string().contains("https://news.example/talks?day="), "{}: the link stays", channel.name);
        }
    }
}

#[test]
fn a_link_that_is_none_of_the_web_or_too_long_is_left_out_and_the_rest_told() {
    let long = format!("https://news.example/talks?day={}", "1".repeat(10_000));
    for channel in CHANNELS {
        let server = Server::start();
        let (config, sink) = sink_of(&with_server(channel, &server));
        for url in ["javascript:alert(1)", "file:///etc/passwd", "tel:1", "news.example/no-scheme", &long] {
            let mut alert = alert();
            server.on(&path(channel, &alert), saying(channel.taken));
            alert.article.url = Some(url.to_owned());
            assert_eq!(send(&config, &sink, &alert), Ok(()));
            let body = body(&server.last(&path(channel, &alert)));
            assert!(!body.to_string().contains(&url[..20.min(url.len())]), "{}: {url:.60} in {body}", channel.name);
            let told = (channel.texts)(&body).iter().any(|(_, text)| text.contains("Talks begin in Harbour"));
            assert!(told, "{}: {body}", channel.name);
        }
    }
}
