//! A host that never answers holds its own requests and nobody else's, in real time.

use std::time::Duration;

use super::program::{Home, stop, until};
use crate::farm::Farm;
use crate::server::{Fault, Server, ok};

#[test]
fn one_hanging_host_delays_nobody() {
    const OTHERS: usize = 200;
    let hanging = Server::start();
    let farm = Farm::start(8);
    let mut urls: Vec<String> = (0..40).map(|n| hanging.url(&format!("/{n}"))).collect();
    for n in 0..40 {
        hanging.on(&format!("/{n}"), ok("").then(Fault::Silence));
    }
    urls.extend((0..OTHERS).map(|n| farm.url(n, 3, 0)));
    let feeds: String = urls.iter().map(|url| format!("[[feed]]\nurl = \"{url}\"\nevery = \"1s\"\n")).collect();
    let home = Home::new(&[]);
    home.write(
        "feedwatch.toml",
        &format!(
            "[store]\npath = \"state/feedwatch.db\"\n[log]\nalerts = \"state/alerts.jsonl\"\n[poll]\nno_faster = \"0s\"\n\
             at_once = 16\nper_host = 4\nhost_gap = \"1ms\"\nstartup_spread = \"1s\"\n[guard]\nallow = [\"127.0.0.0/8\"]\n{feeds}"
        ),
    );
    let daemon = home.start(&["run"]);
    // Four of sixteen permits hang for twenty seconds each; the rest goes round two hundred feeds every second.
    until("every other feed was asked some times", || {
        let (full, unchanged, _) = farm.counts();
        full >= OTHERS as u64 && unchanged >= 3 * OTHERS as u64
    });
    assert_eq!(stop(daemon), Some(0));
    let status = String::from_utf8(home.run(&["status", "--json"]).stdout).unwrap();
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    let late = status["status"]["lateness_ms"].as_u64().unwrap();
    assert!(late < Duration::from_secs(1).as_millis() as u64, "{status}");
    let asked = hanging.asked().len();
    assert!((4..40).contains(&asked), "{asked}");
}
