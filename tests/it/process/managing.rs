//! Feeds managed from the command line: `feeds add`, `remove`, `refresh`, `discover --add`, `reload`, and what an import says.

use super::exits::check;
use super::program::{Home, rss, stop, until};
use crate::server::{Server, ok, status};

#[test]
fn a_feed_is_added_reloaded_and_taken_out_and_the_file_stays_as_it_was() {
    let server = Server::start();
    server.on("/a", ok(rss(0..1, "a")));
    server.on("/b", ok(rss(5..6, "b")));
    let home = Home::new(&[server.url("/a")]);
    let settings = || std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    let before = format!("# my feeds\n{}# the end\n", settings());
    home.write("feedwatch.toml", &before);
    check(&home.run(&["reload"]), 74, &["there is none yet"]);
    let child = home.start(&["run"]);
    until("the first is told", || home.alerts().len() == 1);

    let b = server.url("/b");
    check(&home.run(&["feeds", "add", &b, "--name", "B \"quoted\"", "--tag", "wire"]), 0, &["added to feedwatch.toml"]);
    check(&home.run(&["feeds", "add", &b]), 1, &["is among the feeds already"]);
    assert_eq!(settings(), format!("{before}\n[[feed]]\nurl = \"{b}\"\nname = 'B \"quoted\"'\ntags = [\"wire\"]\n"));
    check(&home.run(&["reload"]), 0, &["reloaded: 1 feed added"]);
    until("the second is told", || home.alerts().len() == 2);
    check(&home.run(&["reload", "--json"]), 0, &["\"refused\":false", "\"said\":\"nothing changed\""]);

    check(&home.run(&["feeds", "remove", &b]), 0, &["taken out of feedwatch.toml"]);
    assert_eq!(settings(), format!("{before}\n"));
    check(&home.run(&["feeds", "remove", &b]), 1, &["is not among the feeds"]);
    check(&home.run(&["reload"]), 0, &["1 feed removed"]);
    home.write("feedwatch.toml", &format!("{before}\nnonsense"));
    check(&home.run(&["reload"]), 78, &["refused; the old files stay in force"]);
    check(&home.run(&["feeds", "add", &b]), 78, &["nonsense"]);
    home.write("feedwatch.toml", &before);
    assert_eq!(stop(child), Some(0));
    check(&home.run(&["reload"]), 1, &["stopped by SIGTERM; its next start reads the files"]);
}

#[test]
fn a_feed_is_polled_when_that_is_wished_and_its_server_has_the_last_word() {
    let server = Server::start();
    server.on("/slow", ok(rss(0..1, "slow")));
    server.on("/busy", status(503).with("Retry-After", "3600"));
    let home = Home::new(&[server.url("/slow"), server.url("/busy")]);
    let settings = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    home.write("feedwatch.toml", &settings.replace("every = \"1s\"", "every = \"6h\""));
    let child = home.start(&["run"]);
    until("both were asked", || home.alerts().len() == 1 && server.asked().len() == 2);
    until("the answers are noted", || {
        String::from_utf8_lossy(&home.run(&["feeds", "--json"]).stdout).matches("\"last_poll\":\"").count() == 2
    });
    server.on("/slow", ok(rss(0..2, "slow")));
    check(&home.run(&["feeds", "refresh", &server.url("/busy")]), 75, &["is left alone until in "]);
    check(&home.run(&["feeds", "refresh", &server.url("/slow")]), 0, &["is polled within half a minute"]);
    check(&home.run(&["feeds", "refresh", &server.url("/none")]), 1, &["is not among the feeds"]);
    until("what is new is told", || home.alerts().len() == 2);
    assert_eq!(stop(child), Some(0));
    check(&home.run(&["feeds", "refresh", &server.url("/slow"), "--json"]), 0, &["\"became\":\"due\""]);
}

#[test]
fn the_one_feed_of_a_page_is_added_and_of_several_none() {
    let server = Server::start();
    let link = |path: &str| format!("<link rel=alternate type='application/rss+xml' title='News' href='{path}'>");
    let page = |links: &str| ok(format!("<html><head>{links}</head></html>")).with("Content-Type", "text/html");
    server.on("/one", page(&link("/rss")));
    server.on("/two", page(&(link("/rss") + &link("/comments"))));
    let home = Home::new(&[server.url("/a")]);
    check(&home.run(&["discover", &server.url("/two"), "--add"]), 1, &["none is added: there are 2 feeds"]);
    check(&home.run(&["discover", &server.url("/one"), "--add"]), 0, &["/rss added to feedwatch.toml"]);
    let settings = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    assert!(
        settings.ends_with(&format!("\n[[feed]]\nurl = \"{}\"\nname = \"News\"\n", server.url("/rss"))),
        "{settings}"
    );
}

#[test]
fn an_import_says_what_it_drops_and_keeps_all_folders_and_an_export_knows_titles() {
    let server = Server::start();
    server.on("/a", ok(rss(0..1, "The Title")));
    let home = Home::new(&[server.url("/a")]);
    check(&home.run(&["once"]), 0, &[]);
    check(&home.run(&["export", "-"]), 0, &["title=\"The Title\""]);
    let list = "<opml><body><outline text=\"Wires\"><outline xmlUrl=\"https://b.example/\"/><outline text=\"A note\"/></outline>\n\
                <outline text=\"Gulf\"><outline xmlUrl=\"https://b.example/\"/></outline></body></opml>";
    home.write("list.opml", list);
    check(&home.run(&["import", "list.opml"]), 0, &["this outline names no feed", "list.opml:1:", "1 feed added"]);
    let settings = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    assert!(settings.ends_with("url = \"https://b.example/\"\ntags = [\"Wires\", \"Gulf\"]\n"), "{settings}");
}
