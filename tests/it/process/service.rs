//! The daemon under a service manager: what it tells the manager and how it takes signals.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use rustix::process::Signal;

use super::program::{Home, PATIENCE, rss, signal, stop, until};
use crate::server::{Server, ok};

/// A service manager's ear.
struct Manager {
    socket: UnixDatagram,
}

impl Manager {
    fn listen(home: &Home) -> Manager {
        let socket = UnixDatagram::bind(home.path("notify")).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Manager { socket }
    }

    /// The next message that begins like this; what came before it is passed over.
    fn hears(&self, beginning: &str) -> String {
        let mut buffer = [0; 4096];
        loop {
            let length = self.socket.recv(&mut buffer).unwrap_or_else(|error| panic!("no {beginning}: {error}"));
            let message = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if message.starts_with(beginning) {
                return message;
            }
        }
    }
}

#[test]
fn it_says_ready_reloading_and_stopping_and_drains_at_once() {
    let server = Server::start();
    server.on("/feed", ok(rss(0..1, "feed")));
    // A feed that never answers must not hold up the stop.
    server.on("/hang", ok("").then(crate::server::Fault::Silence));
    let home = Home::new(&[server.url("/feed"), server.url("/hang")]);
    let manager = Manager::listen(&home);
    let log = std::fs::File::create(home.path("log")).unwrap();
    let mut child = home.command(&["run"]).env("NOTIFY_SOCKET", home.path("notify")).stderr(log).spawn().unwrap();
    let ready = manager.hears("READY=1");
    assert!(ready.contains("STATUS=2 feeds, 1 watches"), "{ready}");
    until("the good feed is told and the other is asked", || home.alerts().len() == 1 && server.asked().len() >= 2);

    home.write("watches.toml", "[[watch]]\nname = \"talks\"\nfind = \"talks\"\n");
    signal(&child, Signal::HUP);
    let reloading = manager.hears("RELOADING=1");
    assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
    manager.hears("READY=1");
    assert!(home.log().contains("talks"), "{}", home.log());

    home.write("watches.toml", "[[watch]]\nname = \"talks\"\nfund = \"talks\"\n");
    signal(&child, Signal::HUP);
    manager.hears("RELOADING=1");
    manager.hears("READY=1");
    assert!(home.log().contains("the old one stays in force"), "{}", home.log());

    let start = std::time::Instant::now();
    signal(&child, Signal::TERM);
    manager.hears("STOPPING=1");
    assert_eq!(child.wait().unwrap().code(), Some(0), "{}", home.log());
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn a_rotated_alert_log_is_followed_on_sigusr1() {
    let server = Server::start();
    server.in_turn("/feed", [ok(rss(0..1, "feed")), ok(rss(0..2, "feed"))]);
    let home = Home::new(&[server.url("/feed")]);
    // The first answer only, until the log is rotated.
    server.on("/feed", ok(rss(0..1, "feed")));
    let child = home.start(&["run"]);
    until("the first alert is logged", || home.alerts().len() == 1);
    std::fs::rename(home.path("state/alerts.jsonl"), home.path("state/alerts.jsonl.1")).unwrap();
    signal(&child, Signal::USR1);
    until("the log is opened anew", || home.path("state/alerts.jsonl").exists());
    server.on("/feed", ok(rss(0..2, "feed")));
    until("the second alert is in the new file", || home.alerts().len() == 1);
    assert_eq!(home.alerts()[0].article.key, "feed-1");
    assert_eq!(stop(child), Some(0));
}
