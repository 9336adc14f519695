//! Chats and telephones as the program reaches them: in order, with dead letters, and without a word of their secrets.

use std::os::unix::fs::PermissionsExt;

use super::program::{Home, rss};
use crate::server::{Server, ok, saying, status};
use crate::sink::channels::{CHANNELS, body};

const ITEMS: usize = 3;

#[test]
fn each_service_gets_alerts_in_order_with_dead_letters_and_no_output_shows_a_secret() {
    let feeds = Server::start();
    feeds.on("/f", ok(rss(0..ITEMS, "f")));
    let home = Home::new(&[feeds.url("/f")]);
    home.write("token", "PLANTED-token\n");
    std::fs::set_permissions(home.path("token"), PermissionsExt::from_mode(0o600)).unwrap();
    let servers: Vec<Server> = CHANNELS.iter().map(|_| Server::start()).collect();
    let mut settings = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    settings = settings.replace("[poll]", "level = \"trace\"\n[poll]");
    for (channel, server) in CHANNELS.iter().zip(&servers) {
        let answers = [status(500), saying(channel.taken), saying(channel.refused), saying(channel.taken)];
        server.in_turn(&channel.path.replace("ID", "*"), answers);
        let lines = channel.lines.replace("SERVER", server.url("/").trim_end_matches('/'));
        settings.push_str(&format!("[sink.{}]\n{lines}\n", channel.name));
    }
    home.write("feedwatch.toml", &settings);

    let mut said = vec![format!("{:?}", home.run(&["once"]))];
    for channel in CHANNELS {
        said.push(format!("{:?}", home.run(&["sinks", "--retry", channel.name])));
    }
    said.push(format!("{:?}", home.run(&["once", "--all"])));
    let titles: Vec<String> = home.alerts().into_iter().map(|alert| alert.article.title).collect();
    assert_eq!(titles.len(), ITEMS);
    for (channel, server) in CHANNELS.iter().zip(&servers) {
        let told = |n: usize| {
            let texts = (channel.texts)(&body(&server.asked()[n]));
            texts.iter().any(|(_, text)| text.replace('\\', "").contains(&titles[n.saturating_sub(1)]))
        };
        assert_eq!(server.asked().len(), ITEMS + 1, "{}: one in vain, then each once", channel.name);
        assert!((0..=ITEMS).all(told), "{}: the order is kept", channel.name);
    }

    let shown = String::from_utf8(home.run(&["sinks"]).stdout).unwrap();
    assert_eq!(shown.matches("1 dead letter, the last").count(), CHANNELS.len(), "{shown}");
    for place in ["slack #desk at http://127", "telegram -1001234 at http://127", "ntfy http://127"] {
        assert!(shown.contains(place), "{place} is not in {shown}");
    }
    said.push(shown);
    said.push(format!("{:?}", home.run(&["sinks", "--json"])));
    said.push(format!("{:?}", home.run(&["status"])));
    for channel in CHANNELS {
        let tested = home.run(&["sinks", "--test", channel.name]);
        assert_eq!(tested.status.code(), Some(0), "{tested:?}");
        said.push(format!("{tested:?}"));
    }
    let leaks: Vec<&String> = said.iter().filter(|text| text.contains("PLANTED")).collect();
    assert!(leaks.is_empty(), "{leaks:?}");
}
