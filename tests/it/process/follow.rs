//! `alerts --follow`: what it shows and what it says when the daemon or the database under it goes and comes.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};

use super::exits::check;
use super::program::{Home, PATIENCE, rss, signal, stop, until};
use crate::server::{Server, ok};

/// A reader that follows, and the lines of both its streams as they come.
struct Reader {
    child: Child,
    shown: Receiver<String>,
    said: Receiver<String>,
}

fn lines(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (send, lines) = channel();
    std::thread::spawn(move || {
        BufReader::new(stream).lines().map_while(Result::ok).try_for_each(|line| send.send(line))
    });
    lines
}

impl Reader {
    fn begin(home: &Home) -> Reader {
        let mut command = home.command(&["alerts", "--follow", "--json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (shown, said) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        Reader { child, shown, said }
    }

    /// The title of the next alert that it shows.
    #[track_caller]
    fn shows(&self) -> String {
        let line = self.shown.recv_timeout(PATIENCE).unwrap();
        let record: serde_json::Value = serde_json::from_str(&line).unwrap();
        record["article"]["title"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    fn says(&self, part: &str) {
        let line = self.said.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{part:?} is not said"));
        assert!(line.contains(part), "{part:?} is not in {line:?}");
    }

    /// Ends it; it has shown and said nothing more than was asked for.
    #[track_caller]
    fn end(mut self) {
        signal(&self.child, rustix::process::Signal::INT);
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        let rest: Vec<String> = self.shown.iter().chain(self.said.iter()).collect();
        assert!(rest.is_empty(), "{rest:?}");
    }
}

/// News that nobody takes for one story.
fn news(count: usize) -> crate::server::Answer {
    const PLACES: [&str; 6] =
        ["harbour of Osaka", "Peruvian mines", "school board", "tax on sugar", "night trains", "opera"];
    let items: String = PLACES[..count]
        .iter()
        .map(|place| format!("<item><guid>{place}</guid><title>Mediation for the {place}</title></item>"))
        .collect();
    ok(format!("<rss version=\"2.0\"><channel><title>f</title>{items}</channel></rss>"))
}

fn title(place: &str) -> String {
    format!("Mediation for the {place}")
}

#[test]
fn a_restored_a_moved_and_a_deleted_database_are_followed_without_a_loss_or_a_repetition() {
    let server = Server::start();
    let home = Home::new(&[server.url("/f")]);
    let publish = |count| {
        server.on("/f", news(count));
        check(&home.run(&["once", "--all"]), 0, &[]);
    };
    publish(1);
    check(&home.run(&["backup", "copy.db"]), 0, &[]);
    let reader = Reader::begin(&home);
    reader.says("feedwatch: stopped: all that was due was polled; no alerts come until it is started");
    assert_eq!(reader.shows(), title("harbour of Osaka"));
    publish(2);
    assert_eq!(reader.shows(), title("Peruvian mines"));

    check(&home.run(&["restore", "copy.db", "--force"]), 0, &[]);
    reader.says("was replaced by another file");
    reader.says("now following the database that lies at state/feedwatch.db");
    // It knows the second one no more, tells it nobody twice, and goes on with the third.
    publish(3);
    assert_eq!(reader.shows(), title("school board"));

    for name in ["feedwatch.db", "feedwatch.db-wal", "feedwatch.db-shm"] {
        let _ = std::fs::rename(home.path(&format!("state/{name}")), home.path(&format!("state/old-{name}")));
    }
    reader.says("was moved away or deleted");
    for name in ["feedwatch.db-wal", "feedwatch.db-shm", "feedwatch.db"] {
        let _ = std::fs::rename(home.path(&format!("state/old-{name}")), home.path(&format!("state/{name}")));
    }
    reader.says("now following the database");
    publish(4);
    assert_eq!(reader.shows(), title("tax on sugar"));
    reader.end();
}

#[test]
fn the_end_of_the_daemon_is_told_and_why_and_when_it_is_back() {
    let server = Server::start();
    let home = Home::new(&[server.url("/f")]);
    server.on("/f", ok(rss(0..1, "f")));
    let child = home.start(&["run"]);
    until("it is told", || home.alerts().len() == 1);
    let reader = Reader::begin(&home);
    assert_eq!(reader.shows(), "Mediation talks, day 0 of f");
    check(&home.run(&["status"]), 0, &["state      running\n"]);
    assert_eq!(stop(child), Some(0));
    reader.says("feedwatch: stopped by SIGTERM; no alerts come");
    check(&home.run(&["status"]), 1, &["state      stopped by SIGTERM\n"]);

    let mut child = home.start(&["run"]);
    reader.says("feedwatch: running again");
    child.kill().unwrap();
    child.wait().unwrap();
    reader.says("feedwatch: not running: the last run crashed or was killed; no alerts come");
    check(&home.run(&["status"]), 1, &["state      not running: the last run crashed or was killed\n"]);
    check(&home.run(&["status", "--json"]), 1, &["\"why_ended\":\"the last run crashed or was killed\""]);
    reader.end();

    let database = rusqlite::Connection::open(home.path("state/feedwatch.db")).unwrap();
    database.execute("update run set boot = 'another'", []).unwrap();
    check(&home.run(&["status"]), 1, &["state      not running: the machine was restarted\n"]);
}

#[test]
fn an_error_that_ended_the_daemon_is_told_with_its_exit_code() {
    let server = Server::start();
    let home = Home::new(&[server.url("/f")]);
    server.on("/f", ok(rss(0..1, "f")));
    check(&home.run(&["once"]), 0, &[]);
    std::fs::remove_file(home.path("state/alerts.jsonl")).unwrap();
    std::fs::create_dir(home.path("state/alerts.jsonl")).unwrap();
    check(&home.run(&["once"]), 69, &["cannot open the alert log"]);
    check(
        &home.run(&["status"]),
        1,
        &["state      not running: it ended with exit code 69: cannot open the alert log"],
    );
}
