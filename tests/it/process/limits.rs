//! The real program where the system gives it little.

use super::program::{Home, rss};
use crate::server::{Fault, Server, ok};

/// More than the descriptors would last for.
const FEEDS: usize = 150;

#[test]
fn with_few_descriptors_it_asks_fewer_at_once_and_no_poll_fails() {
    let server = Server::start();
    let paths: Vec<String> = (0..FEEDS).map(|n| format!("/{n}")).collect();
    for (n, path) in paths.iter().enumerate() {
        let drip = Fault::Drip(std::time::Duration::from_micros(200));
        server.on(path, ok(rss(0..1, &format!("f{n}"))).then(drip));
    }
    let home = Home::new(&paths.iter().map(|path| server.url(path)).collect::<Vec<_>>());
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "ulimit -n 64 && exec \"$0\" once --all", env!("CARGO_BIN_EXE_feedwatch")]);
    let output = command.current_dir(home.path("")).env_remove("JOURNAL_STREAM").output().unwrap();
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    assert!(said.contains(&format!("{FEEDS} feeds polled, 0 failed")), "{said}");
    assert!(said.contains("12 requests at once instead of 64"), "{said}");
    assert_eq!(home.alerts().len(), FEEDS);
}
