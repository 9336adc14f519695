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
    assert!(ready.contains("STATUS=2 feeds, 1 watch; no alert yet"), "{ready}");
    let environment = std::fs::read(format!("/proc/{}/environ", child.id())).unwrap();
    let gives_back = b"MIMALLOC_PURGE_DELAY=0";
    assert!(
        environment.split(|byte| *byte == 0).any(|variable| variable == gives_back),
        "memory is given back at once"
    );
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
    // Who signals a process and its group means it once.
    signal(&child, Signal::TERM);
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

/// Asks on a Unix socket.
fn ask(socket: &std::path::Path, path: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::os::unix::net::UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: any.example\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_endpoint_listens_where_the_settings_say_and_survives_what_a_crash_left() {
    let server = Server::start();
    server.on("/feed", ok(rss(0..1, "feed")));
    let home = Home::new(&[server.url("/feed")]);
    let settings = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    home.write("feedwatch.toml", &format!("[http]\nlisten = \"unix:http.sock\"\n{settings}"));
    let socket = home.path("http.sock");
    for _ in 0..2 {
        let mut child = home.start(&["run"]);
        until("it is well", || socket.exists() && std::os::unix::net::UnixStream::connect(&socket).is_ok());
        until("it is ready", || ask(&socket, "/healthz").starts_with("HTTP/1.1 200"));
        until("it has an alert", || ask(&socket, "/alerts.atom").contains("Mediation talks, day 0 of feed"));
        assert!(ask(&socket, "/metrics").contains("\nfeedwatch_feeds 1\n"));
        // The socket stays behind.
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(socket.exists());
    }
}

#[test]
fn a_port_in_use_is_told_and_nothing_else_is_the_worse_for_it() {
    let server = Server::start();
    server.on("/feed", ok(rss(0..1, "feed")));
    let home = Home::new(&[server.url("/feed")]);
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    let address = other.local_addr().unwrap();
    home.write("feedwatch.toml", &format!("[http]\nlisten = \"{address}\"\n{settings}"));
    let child = home.start(&["run"]);
    until("it alerts", || home.alerts().len() == 1);
    until("it says so", || home.log().contains(&format!("cannot listen on {address}: Address already in use")));
    assert_eq!(stop(child), Some(0));
}

#[test]
fn a_socket_from_the_service_manager_is_served() {
    let home = Home::new(&[]);
    let socket = home.path("given.sock");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    // As sd_listen_fds(3) has it: descriptor 3, and the number of the process that it is meant for.
    let mut command = std::process::Command::new("sh");
    let start = "exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" run";
    command.args(["-c", start, env!("CARGO_BIN_EXE_feedwatch")]).current_dir(home.path(""));
    command.stdin(std::os::fd::OwnedFd::from(listener)).env_remove("NOTIFY_SOCKET").env_remove("JOURNAL_STREAM");
    let child = command.stderr(std::process::Stdio::null()).spawn().unwrap();
    until("it answers", || ask(&socket, "/healthz").starts_with("HTTP/1.1 200"));
    assert_eq!(stop(child), Some(0));
}

#[test]
fn signals_that_mean_nothing_end_nothing() {
    let server = Server::start();
    server.on("/feed", ok(rss(0..1, "feed")));
    let home = Home::new(&[server.url("/feed")]);
    let child = home.start(&["run"]);
    until("the first alert is logged", || home.alerts().len() == 1);
    let signals = [
        Signal::USR2,
        Signal::ALARM,
        Signal::VTALARM,
        Signal::PROF,
        Signal::IO,
        Signal::XFSZ,
        Signal::XCPU,
        Signal::PIPE,
    ];
    for number in signals {
        signal(&child, number);
    }
    server.on("/feed", ok(rss(0..2, "feed")));
    until("it goes on", || home.alerts().len() == 2);
    until("it says so once", || home.log().contains("passed over: SIGUSR2"));
    assert_eq!(stop(child), Some(0));
}

#[test]
fn a_limit_on_the_size_of_files_is_told_like_a_full_disk() {
    let server = Server::start();
    server.on("/feed", ok(rss(0..400, "feed")));
    let home = Home::new(&[server.url("/feed")]);
    assert!(home.run(&["once"]).status.success(), "{}", home.log());
    server.on("/feed", ok(rss(0..2_000, "feed")));
    let mut command = std::process::Command::new("sh");
    // Blocks of half a kilobyte: less than the database takes already.
    command.args(["-c", "ulimit -f 64 && exec \"$0\" run", env!("CARGO_BIN_EXE_feedwatch")]).current_dir(home.path(""));
    let output = command.env_remove("NOTIFY_SOCKET").env_remove("JOURNAL_STREAM").output().unwrap();
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    assert_eq!(output.status.code(), Some(74), "{said}");
    assert!(said.contains("the limit on the size of files"), "{said}");
    // Without the limit it goes on where it was.
    assert!(home.run(&["once", "--all"]).status.success());
    assert_eq!(home.run(&["status", "--check"]).status.code(), Some(0));
}

#[test]
fn the_lock_is_its_owners_alone_also_where_it_was_not() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new(&[]);
    std::fs::create_dir(home.path("state")).unwrap();
    let lock = home.path("state/feedwatch.db.lock");
    let mode = || std::fs::metadata(&lock).unwrap().permissions().mode() & 0o777;
    for before in [None, Some(0o644), Some(0o666), Some(0o640), Some(0o400), Some(0o600)] {
        let _ = std::fs::remove_file(&lock);
        if let Some(before) = before {
            std::fs::write(&lock, "").unwrap();
            std::fs::set_permissions(&lock, std::fs::Permissions::from_mode(before)).unwrap();
        }
        assert!(home.run(&["once"]).status.success(), "{before:?}: {}", home.log());
        assert_eq!(mode(), 0o600, "{before:?}");
    }
}
