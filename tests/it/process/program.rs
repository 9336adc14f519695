//! A folder with files, and the program run on it.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use feedwatch::model::{Alert, Kind};

/// More than any of these tests needs on a busy machine; reached only when something is wrong.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    /// Files for the feeds at these addresses, on loopback, polled every second at the soonest.
    pub(crate) fn new(urls: &[String]) -> Home {
        let home = Home { folder: tempfile::tempdir().unwrap() };
        let feeds: String = urls.iter().map(|url| format!("[[feed]]\nurl = \"{url}\"\nevery = \"1s\"\n")).collect();
        home.write(
            "feedwatch.toml",
            &format!(
                "[store]\npath = \"state/feedwatch.db\"\n[log]\nalerts = \"state/alerts.jsonl\"\n\
                 [poll]\nno_faster = \"0s\"\nhost_gap = \"0s\"\nper_host = 64\nstartup_spread = \"0s\"\n\
                 [guard]\nallow = [\"127.0.0.0/8\"]\n{feeds}"
            ),
        );
        home.write("watches.toml", "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n");
        home
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_feedwatch"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("NOTIFY_SOCKET")
            .env_remove("JOURNAL_STREAM")
            .env_remove("USER");
        command.env_remove("FEEDWATCH_CONFIG").env("NO_COLOR", "1");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// Starts the program and does not wait for it.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let log = std::fs::File::options().create(true).append(true).open(self.path("log")).unwrap();
        self.command(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    /// What the started programs said.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// The alerts of the log, each line whole.
    pub(crate) fn alerts(&self) -> Vec<Alert> {
        let text = std::fs::read_to_string(self.path("state/alerts.jsonl")).unwrap_or_default();
        text.split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
            .map(|line| serde_json::from_str::<Alert>(line).unwrap())
            .filter(|record| record.kind == Kind::Alert)
            .collect()
    }
}

/// Waits until something is so.
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Sends a signal by the system's own tool's number.
pub(crate) fn signal(child: &Child, signal: rustix::process::Signal) {
    rustix::process::kill_process(rustix::process::Pid::from_child(child), signal).unwrap();
}

/// Asks the program to stop and gives its exit code.
pub(crate) fn stop(mut child: Child) -> Option<i32> {
    signal(&child, rustix::process::Signal::TERM);
    child.wait().unwrap().code()
}

/// An RSS document of items with these numbers, all about mediation.
pub(crate) fn rss(numbers: std::ops::Range<usize>, feed: &str) -> String {
    let items: String = numbers
        .map(|n| format!("<item><guid>{feed}-{n}</guid><title>Mediation talks, day {n} of {feed}</title><link>https://a.example/{feed}/{n}</link></item>"))
        .collect();
    format!("<rss version=\"2.0\"><channel><title>{feed}</title><link>https://a.example/</link>{items}</channel></rss>")
}
