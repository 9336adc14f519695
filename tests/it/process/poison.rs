//! A feed or an alert over which the process ends, or fails by itself: the watch runs on without it and says so.

use std::process::Child;
use std::time::{Duration, Instant};

use super::exits::check;
use super::program::{Home, rss, stop, until};
use crate::server::{Server, ok};

/// Feeds beside the poisoned one.
const HONEST: usize = 5;
const STAGES: [&str; 5] = ["fetch", "decode", "parse", "match", "settle"];

struct Set {
    home: Home,
    server: Server,
    items: usize,
}

impl Set {
    fn new() -> Set {
        let server = Server::start();
        let honest = (0..HONEST).map(|n| server.url(&format!("/honest{n}")));
        let home = Home::new(&honest.chain([server.url("/poison")]).collect::<Vec<_>>());
        let mut set = Set { home, server, items: 0 };
        set.publish();
        set
    }

    /// One item more in each feed.
    fn publish(&mut self) {
        self.items += 1;
        for n in 0..HONEST {
            self.server.on(&format!("/honest{n}"), ok(rss(0..self.items, &format!("honest{n}"))));
        }
        // Another number is another part of a series, and no story that joins.
        self.server.on("/poison", ok(rss(0..self.items, "honest99")));
    }

    fn start(&self, fault: &str) -> Child {
        let log = std::fs::File::options().create(true).append(true).open(self.home.path("log")).unwrap();
        let mut command = self.home.command(&["run"]);
        command.env("FEEDWATCH_FAULT", fault).stdout(std::process::Stdio::null()).stderr(log);
        command.spawn().unwrap()
    }

    fn honest_alerts(&self) -> usize {
        self.home.alerts().iter().filter(|alert| !alert.feed.url.ends_with("/poison")).count()
    }

    /// Starts it as a service manager would, until it says that the poison is set aside and goes on beside it; how often it was
    /// started again, and the one that lives.
    fn restarts(&mut self, fault: &str, is_set_aside: &str) -> (usize, Child) {
        for restarts in 0.. {
            let mut child = self.start(fault);
            let mut is_alive = true;
            until("it ends, or sets the poison aside", || {
                is_alive = child.try_wait().unwrap().is_none();
                !is_alive || self.home.log().contains(is_set_aside)
            });
            if is_alive {
                // A round in which the poison was due, too.
                self.goes_on();
                return (restarts, child);
            }
            assert!(restarts < 10, "it ends for ever: {}", self.home.log());
        }
        unreachable!("it ends at ten")
    }

    fn goes_on(&mut self) {
        self.publish();
        let wanted = self.items * HONEST;
        until("the honest feeds are told", || self.honest_alerts() == wanted);
    }
}

/// Each stage beside the others: what takes the time is waiting.
fn at_each_stage(check: impl Fn(&str) + Sync) {
    std::thread::scope(|scope| {
        for stage in STAGES {
            let check = &check;
            scope.spawn(move || check(stage));
        }
    });
}

#[test]
fn a_feed_that_ends_the_process_at_any_stage_is_set_aside_after_two_restarts() {
    at_each_stage(|stage| {
        let mut set = Set::new();
        let set_aside = "it is set aside until then, and all others go on";
        let (restarts, child) = set.restarts(&format!("abort {stage} /poison"), set_aside);
        assert!((1..=2).contains(&restarts), "{stage}: {restarts} restarts\n{}", set.home.log());
        set.goes_on();
        let told = "the process ended while this was read (2 times)";
        check(&set.home.run(&["feeds", "--broken"]), 0, &[told]);
        check(&set.home.run(&["status"]), 0, &["set aside", "/poison", "(2 times)"]);
        let broken = String::from_utf8(set.home.run(&["feeds", "--broken"]).stdout).unwrap();
        assert_eq!(broken.matches("the process ended").count(), 1, "{stage}: {broken}");
        assert_eq!(stop(child), Some(0), "{stage}");
    });
}

#[test]
fn a_feed_over_which_feedwatch_panics_fails_alone() {
    at_each_stage(|stage| {
        let mut set = Set::new();
        let child = set.start(&format!("panic {stage} /poison"));
        until("the fault is told", || set.home.log().contains("feedwatch failed over this feed"));
        until("the poisoned feed fails", || {
            let broken = String::from_utf8(set.home.run(&["feeds", "--broken"]).stdout).unwrap_or_default();
            broken.contains("feedwatch itself failed over this feed")
        });
        set.goes_on();
        assert_eq!(stop(child), Some(0), "{stage}: {}", set.home.log());
    });
}

#[test]
fn a_story_over_which_feedwatch_panics_when_its_alert_is_noise_stops_nothing() {
    let mut set = Set::new();
    let child = set.home.start(&["run"]);
    until("the first alerts are told", || !set.home.alerts().is_empty());
    assert_eq!(stop(child), Some(0), "{}", set.home.log());
    let id = set.home.alerts().remove(0).id;
    check(&set.home.run(&["ack", &id, "--verdict", "noise"]), 0, &[]);
    // It is looked at with the first heartbeat, which comes at the start.
    let child = set.start("panic retell mediation");
    until("it is looked at", || set.home.log().contains("what joined a story cannot be looked at anew"));
    set.goes_on();
    assert_eq!(stop(child), Some(0), "{}", set.home.log());
}

#[test]
fn an_alert_whose_delivery_ends_the_process_lets_the_others_go_before_it() {
    let mut set = Set::new();
    let (restarts, child) = set.restarts("abort deliver honest99-0", "waits for the sink log until then");
    assert!((1..=2).contains(&restarts), "{restarts} restarts\n{}", set.home.log());
    assert_eq!(stop(child), Some(0));
    // Without the fault it follows.
    let child = set.home.start(&["run"]);
    until("all are told", || set.home.alerts().len() == set.items * (HONEST + 1));
    assert_eq!(stop(child), Some(0));
}

#[test]
fn an_alert_over_which_feedwatch_panics_is_a_dead_letter_and_the_others_are_told() {
    let mut set = Set::new();
    let child = set.start("panic deliver honest99-0");
    set.goes_on();
    check(&set.home.run(&["status"]), 0, &["sink       log: ", "a fault in feedwatch"]);
    assert!(set.home.log().contains("an alert is given up for the sink log"), "{}", set.home.log());
    assert_eq!(stop(child), Some(0), "{}", set.home.log());
    check(&set.home.run(&["sinks", "--retry", "log"]), 0, &[]);
    let child = set.home.start(&["run"]);
    until("all are told", || set.home.alerts().len() == set.items * (HONEST + 1));
    assert_eq!(stop(child), Some(0));
}

#[test]
fn an_honest_kill_costs_the_honest_feeds_nothing() {
    let mut set = Set::new();
    for kill in 0..4 {
        let mut child = set.home.start(&["run"]);
        std::thread::sleep(Duration::from_millis(60 + 130 * kill));
        child.kill().unwrap();
        child.wait().unwrap();
        let child = set.home.start(&["run"]);
        set.publish();
        let (begin, wanted) = (Instant::now(), set.items * (HONEST + 1));
        until("all are told", || set.home.alerts().len() == wanted);
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
        assert_eq!(stop(child), Some(0));
        assert!(!set.home.path("state/feedwatch.db.under-way").exists(), "a good end leaves no suspects");
    }
}
