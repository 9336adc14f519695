//! Chats and telephones, against a small fake of each API on loopback: form, escaping, limits, answers.
#![allow(clippy::unwrap_used)]

mod answers;
pub(crate) mod channels;
mod hostile;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use feedwatch::clock::{Timestamp, later};
use feedwatch::config::{Config, Environment};
use feedwatch::fetch::Http;
use feedwatch::model::{Alert, Field, Kind, Level, Reason, Sink};
use feedwatch::sink::{DeliveryError, deliver};

use crate::server::Server;
use channels::{CHANNELS, Channel, body};

/// A file with one sink, and a token beside it.
fn sink_of(lines: &str) -> (Config, Sink) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).unwrap();
        fs::set_permissions(folder.path().join(name), PermissionsExt::from_mode(0o600)).unwrap();
    };
    write("token", "PLANTED-token\n");
    write("feedwatch.toml", &format!("[guard]\nallow = [\"127.0.0.0/8\"]\n[sink.desk]\n{lines}\n"));
    write("watches.toml", "");
    let environment = Environment { state_directory: Some("state".into()), ..Environment::default() };
    let loaded = Config::load(&folder.path().join("feedwatch.toml"), &environment);
    let config = loaded.unwrap_or_else(|mistakes| panic!("{lines}: {}", mistakes.render(false))).config;
    let sink = config.sinks[0].clone();
    (config, sink)
}

fn send(config: &Config, sink: &Sink, alert: &Alert) -> Result<(), DeliveryError> {
    feedwatch::fetch::install_crypto();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let http = Http::new(&config.identity, config.limits.clone(), config.guard.clone());
        deliver(&http, sink, alert, Timestamp::UNIX_EPOCH).await
    })
}

fn with_server(channel: &Channel, server: &Server) -> String {
    channel.lines.replace("SERVER", server.url("/").trim_end_matches('/'))
}

fn path(channel: &Channel, alert: &Alert) -> String {
    channel.path.replace("ID", &alert.id)
}

/// An alert as most are.
fn alert() -> Alert {
    let time = later(Timestamp::UNIX_EPOCH, std::time::Duration::from_secs(1_790_000_000));
    let title = "Talks begin in Harbour";
    let mut alert = Alert::about(Kind::Alert, Level::High, "5".repeat(32), time, format!("harbour: {title}"), "1f");
    alert.watch.name = "harbour".to_owned();
    alert.article.title = title.to_owned();
    alert.article.url = Some("https://news.example/talks?day=(1)&x=2".to_owned());
    alert.snippet = "Both sides let [[mediators]] in.".to_owned();
    alert.feed.title = "Harbour Post".to_owned();
    (alert.story.id, alert.story.feeds, alert.story.publishers) = ("6".repeat(32), 9, 4);
    (alert.story.origins, alert.story.wires) = (2, vec!["Reuters".to_owned()]);
    alert
}

#[test]
fn each_service_gets_a_message_in_its_own_form() {
    let bless = std::env::var_os("FEEDWATCH_BLESS").is_some();
    let mut wrong = Vec::new();
    for channel in CHANNELS {
        let server = Server::start();
        let alert = alert();
        server.on(&path(channel, &alert), crate::server::saying(channel.taken));
        let (config, sink) = sink_of(&with_server(channel, &server));
        assert_eq!(send(&config, &sink, &alert), Ok(()), "{}", channel.name);
        let asked = server.last(&path(channel, &alert));
        let proofs = ["authorization", "x-gotify-key", "idempotency-key"];
        let proofs: String = proofs
            .iter()
            .filter_map(|name| Some(format!("{name}: {}\n", String::from_utf8_lossy(asked.field(name)?))))
            .collect();
        let document = serde_json::to_string_pretty(&body(&asked)).unwrap();
        let shown = format!("{} {}\n{proofs}\n{document}\n", asked.method, asked.path);
        let file = Path::new("tests/it/sink/golden").join(format!("{}.txt", channel.name));
        if bless {
            fs::write(&file, &shown).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if shown != expected {
            wrong.push(format!("--- {}: expected\n{expected}--- sent\n{shown}", channel.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_digest_and_a_record_of_operation_are_told_too() {
    for channel in CHANNELS {
        let server = Server::start();
        let mut digest = alert();
        (digest.kind, digest.snippet) = (Kind::Digest, String::new());
        digest.message = "harbour: 30 held".to_owned();
        for n in 0..30 {
            let url = Some(format!("https://news.example/{n}"));
            let title = format!("Item number {n}");
            digest.items.push(feedwatch::model::AlertItem { title, url, ..Default::default() });
        }
        let broken = Alert::about(Kind::FeedBroken, Level::Notice, "7".repeat(32), digest.time, "no".to_owned(), "1f");
        for (record, told) in [(&digest, "Item number 0"), (&broken, "feed.broken")] {
            server.on(&path(channel, record), crate::server::saying(channel.taken));
            let (config, sink) = sink_of(&with_server(channel, &server));
            assert_eq!(send(&config, &sink, record), Ok(()), "{}", channel.name);
            let sent = body(&server.last(&path(channel, record)));
            let texts: String = (channel.texts)(&sent).into_iter().map(|(_, text)| text.replace('\\', "")).collect();
            assert!(texts.contains(told), "{}: {told} is not in {texts}", channel.name);
        }
    }
}

#[test]
fn what_was_found_in_a_headline_is_told_where_the_snippet_is_that_headline() {
    let server = Server::start();
    let channel = CHANNELS.iter().find(|channel| channel.name == "slack-bot").unwrap();
    let mut alert = alert();
    alert.snippet = "[[Talks]] begin in [[Harbour]]".to_owned();
    for text in ["Talks", "Harbour", "Talks"] {
        let (text, term, clause) = (text.to_owned(), String::new(), String::new());
        alert.why.push(Reason { field: Field::Title, start: 0, end: text.len(), text, term, clause, points: None });
    }
    server.on(channel.path, crate::server::saying(channel.taken));
    let (config, sink) = sink_of(&with_server(channel, &server));
    assert_eq!(send(&config, &sink, &alert), Ok(()));
    let sent = String::from_utf8(server.last(channel.path).body).unwrap();
    assert_eq!(sent.matches("Talks begin in").count(), 2, "the headline and the notification: {sent}");
    assert_eq!(sent.matches("\"bold\":true").count(), 3, "the head and two words: {sent}");
}
