//! Sinks in the real world: a real receiver over kills, a real program, a signature that anybody can check.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use super::program::{Home, rss, stop, until};
use crate::server::{Server, ok, status};
use crate::wish;

/// Kills in the suite; FEEDWATCH_KILLS asks for more.
const KILLS: usize = 30;
const SHOWN: usize = 60;

fn with_sinks(home: &Home, sinks: &str) {
    let text = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    home.write("feedwatch.toml", &format!("{text}{sinks}"));
}

#[test]
fn a_hook_gets_every_alert_over_kills_at_random_moments_and_repeats_carry_the_same_id() {
    let kills = wish::number("FEEDWATCH_KILLS").map_or(KILLS, |count| count as usize);
    let seed = wish::seed(0);
    let (feeds, hook) = (Server::start(), Server::start());
    // Now and then the receiver is in trouble.
    hook.in_turn("/hook", [ok(""), status(500), ok(""), ok("")]);
    let home = Home::new(&[feeds.url("/f")]);
    with_sinks(&home, &format!("[sink.desk]\nwebhook = \"{}\"\n", hook.url("/hook")));
    let publish = |last: usize| {
        feeds.on("/f", ok(rss((last + 1).saturating_sub(SHOWN)..last + 1, "f")).etag(format!("\"{last}\"")));
    };
    for kill in 0..kills {
        publish(kill);
        let mut child = home.start(if kill % 2 == 0 { &["once", "--all"] } else { &["run"] });
        let moment = feedwatch::hash::hash64(&[b"hook", &seed.wrapping_add(kill as u64).to_le_bytes()]) % 160;
        std::thread::sleep(Duration::from_millis(moment));
        child.kill().unwrap();
        child.wait().unwrap();
        if kill % (SHOWN / 3) == 0 {
            assert!(home.run(&["once", "--all"]).status.success(), "{}", home.log());
        }
    }
    // A sink that failed is left alone for a while: its trouble is taken off here as an operator would.
    home.run(&["sinks", "--retry", "desk"]);
    // So is a feed that was the only one under way at two kills in a row, and that is taken for the cause.
    assert!(home.run(&["once", "--all"]).status.success(), "{}", home.log());
    publish(kills);
    let (items, child) = (kills + 1, home.start(&["run"]));
    let got = || {
        let mut got: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for asked in hook.asked() {
            let event: serde_json::Value = serde_json::from_slice(&asked.body).unwrap();
            let id = String::from_utf8(asked.field("webhook-id").unwrap().to_vec()).unwrap();
            assert_eq!((event["id"].as_str(), event["data"]["id"].as_str()), (Some(id.as_str()), Some(id.as_str())));
            got.entry(event["data"]["article"]["key"].as_str().unwrap().to_owned()).or_default().push(id);
        }
        got
    };
    until("all are logged", || home.alerts().len() >= items);
    until("the hook has all", || got().len() >= items);
    assert_eq!(stop(child), Some(0));
    let mut logged: BTreeMap<String, usize> = BTreeMap::new();
    for alert in home.alerts() {
        *logged.entry(alert.article.key).or_default() += 1;
    }
    assert!(logged.len() == items && logged.values().all(|count| *count == 1), "{logged:?}");
    let got = got();
    assert_eq!(got.keys().collect::<Vec<_>>(), logged.keys().collect::<Vec<_>>());
    for ids in got.values() {
        assert!(ids.iter().all(|id| *id == ids[0]), "a repeat carries the same id: {ids:?}");
    }
}

#[test]
fn a_test_record_is_signed_and_says_how_it_was_taken() {
    let hook = Server::start();
    hook.on("/hook", status(204));
    hook.on("/wrong", status(403));
    let home = Home::new(&[]);
    home.write("desk.key", "sesame\n");
    std::fs::set_permissions(home.path("desk.key"), PermissionsExt::from_mode(0o600)).unwrap();
    with_sinks(
        &home,
        &format!(
            "[sink.desk]\nwebhook = \"{}\"\nsecret_file = \"desk.key\"\n[sink.wrong]\nwebhook = \"{}\"\n",
            hook.url("/hook"),
            hook.url("/wrong")
        ),
    );
    let said = home.run(&["sinks", "--test", "desk"]);
    assert_eq!(said.status.code(), Some(0), "{said:?}");
    let asked = hook.last("/hook");
    let field = |name: &str| String::from_utf8_lossy(asked.field(name).unwrap()).into_owned();
    assert_eq!(
        (asked.method.as_str(), field("content-type").as_str()),
        ("POST", "application/cloudevents+json; charset=UTF-8")
    );
    assert_eq!(field("idempotency-key"), field("webhook-id"));
    let signed =
        [field("webhook-id"), field("webhook-timestamp"), String::from_utf8(asked.body.clone()).unwrap()].join(".");
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"sesame");
    let signature =
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, &field("webhook-signature")[3..]);
    ring::hmac::verify(&key, signed.as_bytes(), &signature.unwrap()).unwrap();

    let refused = home.run(&["sinks", "--test", "wrong"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stdout).contains("403"), "{refused:?}");
    let nobody = home.run(&["sinks", "--test", "dsek"]);
    assert_eq!(nobody.status.code(), Some(69));
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("the sinks are: desk, wrong"), "{nobody:?}");

    std::fs::set_permissions(home.path("desk.key"), PermissionsExt::from_mode(0o644)).unwrap();
    // What only reads needs no secret; what would send does.
    assert_eq!(home.run(&["sinks"]).status.code(), Some(0));
    let open = home.run(&["sinks", "--test", "desk"]);
    assert_eq!(open.status.code(), Some(78), "{open:?}");
    assert!(String::from_utf8_lossy(&open.stderr).contains("chmod 600"), "{open:?}");
}

#[test]
fn a_hook_on_a_private_address_must_be_allowed_and_a_redirect_is_not_followed() {
    let hook = Server::start();
    hook.on("/moved", crate::server::moved(307, "/hook"));
    let home = Home::new(&[]);
    with_sinks(&home, &format!("[sink.desk]\nwebhook = \"{}\"\n", hook.url("/moved")));
    let moved = home.run(&["sinks", "--test", "desk"]);
    assert!(String::from_utf8_lossy(&moved.stdout).contains("must answer where it is"), "{moved:?}");
    // By name, so that only the look-up can tell.
    let text = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    let text = text.replace("allow = [\"127.0.0.0/8\"]", "").replace(&hook.url("/moved"), &hook.named_url("/moved"));
    home.write("feedwatch.toml", &text);
    let guarded = home.run(&["sinks", "--test", "desk"]);
    assert!(String::from_utf8_lossy(&guarded.stdout).contains("refused by the guard"), "{guarded:?}");
    assert_eq!(hook.asked().len(), 1);
}

#[test]
fn a_program_reads_the_record_from_its_input_and_dies_with_its_children_when_it_hangs() {
    let feeds = Server::start();
    feeds.on("/f", ok(rss(0..2, "f")));
    let home = Home::new(&[feeds.url("/f")]);
    // A program with children that would go on for long.
    home.write("hang.sh", "#!/bin/sh\necho $$ > hang.pid\nsleep 600 & sleep 600\n");
    home.write("take.sh", "#!/bin/sh\ncat >> taken\necho \"$FEEDWATCH_ALERT_ID $1\" >> ids\n");
    home.write("fail.sh", "#!/bin/sh\necho no such desk >&2\nexit 65\n");
    for name in ["hang.sh", "take.sh", "fail.sh"] {
        std::fs::set_permissions(home.path(name), PermissionsExt::from_mode(0o755)).unwrap();
    }
    let sinks = "[sink.take]\ncommand = [\"./take.sh\", \"$(id) ; x\"]\n[sink.fail]\ncommand = [\"./fail.sh\"]\n\
                 [sink.hang]\ncommand = [\"./hang.sh\"]\ntimeout = \"1s\"\n";
    with_sinks(&home, sinks);
    assert!(home.run(&["once"]).status.success());
    let taken = std::fs::read_to_string(home.path("taken")).unwrap();
    assert_eq!(taken, std::fs::read_to_string(home.path("state/alerts.jsonl")).unwrap());
    let ids = std::fs::read_to_string(home.path("ids")).unwrap();
    let wanted: String = home.alerts().iter().map(|alert| format!("{} $(id) ; x\n", alert.id)).collect();
    assert_eq!(ids, wanted, "no shell reads the arguments");

    let shown = String::from_utf8(home.run(&["sinks"]).stdout).unwrap();
    assert!(shown.contains("2 dead letters, the last ") && shown.contains("no such desk"), "{shown}");
    assert!(shown.contains("1 try in vain") && shown.contains("took longer than 1 s and was killed"), "{shown}");
    let group = std::fs::read_to_string(home.path("hang.pid")).unwrap().trim().parse().unwrap();
    let group = rustix::process::Pid::from_raw(group).unwrap();
    until("nothing of it is left", || rustix::process::test_kill_process_group(group).is_err());
}
